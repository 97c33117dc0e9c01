"""What happens when someone buys something: an order's way through eight functions.

API Gateway -> shop-api-checkout -> shop-pricing, shop-payment; a queue -> shop-inventory-reserve;
the event bus -> shop-shipping-label -> shop-invoice-pdf, a topic -> shop-notify-email, and a queue
that shop-loyalty-points reads in batches. Asynchronous calls are retried twice under the same
request ID, then their event goes to shop-dead-letters. Which orders there are, and what goes wrong
with them, is `story`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec

from slsloggrep.model import Level
from slsloggrep.sources.demo import faults, shop, spellings
from slsloggrep.sources.demo.catalogue import NEW_LAMP, PRODUCTS, Order, Trouble
from slsloggrep.sources.demo.fleet import Call, Fleet
from slsloggrep.sources.demo.gateway import Gateway
from slsloggrep.sources.demo.shop import ACCOUNT, REGION, Function

_Rest = ParamSpec("_Rest")

_RETRY_AFTER_MS = (59_000.0, 118_000.0)
"""Lambda's pauses before the first and the second retry of an asynchronous call."""
_BATCH_WINDOW_MS = 150_000.0
_BATCH_SIZE = 10


@dataclass(slots=True)
class _Travel:
    """What travels with an order from function to function."""

    order: Order
    correlation: str
    trace: str


@dataclass(slots=True)
class Orders:
    """The shop's way of serving orders; holds the queue of points that wait for their batch."""

    fleet: Fleet
    gateway: Gateway
    _points: list[_Travel] = field(default_factory=list)

    def place(self, at: float, order: Order) -> None:
        """Serve `POST /checkout`: price, payment, and the order goes into the queue."""
        fleet = self.fleet
        visit = self.gateway.accept(at, order.client, "POST", "/checkout")
        travel = _Travel(order, visit.request_id, visit.trace)
        call = self._open(shop.CHECKOUT, at + 9, travel)
        call.info(
            "Checkout requested",
            cart_id=f"cart-{spellings.hexadecimal(fleet.rng, 8)}",
            customer_id=order.customer,
            items=len(order.products),
        )
        call.work(14)
        priced_at, priced = self._price(call.now, travel)
        call.wait_until(priced_at + 3)
        if not priced:
            call.log(Level.ERROR, "Pricing failed, giving up", order_id=order.id)
            self._answer(call, 502, {"message": "Prices are not available"})
            visit.answer(call, 502)
            return
        call.info("Order created", order_id=order.id, total=order.total, currency="EUR")
        paid_at, paid = self._pay(call.now + 4, travel)
        call.wait_until(paid_at + 3)
        if paid is not Trouble.NONE:
            refused = paid is Trouble.DECLINED
            text = "Payment declined" if refused else "Payment function failed"
            level = Level.WARN if refused else Level.ERROR
            call.log(level, text, order_id=order.id, function=shop.PAYMENT.name)
            status = 402 if refused else 502
            self._answer(call, status, {"order": order.id, "message": text})
            visit.answer(call, status)
            return
        message_id = spellings.uuid(fleet.rng)
        call.work(9)
        call.info("Order queued", order_id=order.id, queue="shop-orders", message_id=message_id)
        call.print(_metric(fleet.clock(call.now), order.cents / 100))
        self._answer(call, 201, {"order": order.id, "total": order.total, "currency": "EUR"})
        visit.answer(call, 201)
        # a queue's consumer is traced on its own: X-Ray links the two, and joins them not
        later = call.now + fleet.vary(900)
        onward = _Travel(order, travel.correlation, fleet.new_trace(later))
        fleet.schedule(later, self._reserve, onward, message_id)

    def _open(
        self, function: Function, at: float, travel: _Travel, request_id: str = "", attempt: int = 1
    ) -> Call:
        return self.fleet.call(
            function,
            at,
            trace=travel.trace,
            correlation=travel.correlation,
            transactions=(travel.order.id,),
            request_id=request_id or None,
            attempt=attempt,
        )

    def _answer(self, call: Call, status: int, body: dict[str, object]) -> None:
        call.info("Checkout answered", response={"statusCode": status, "body": body})
        call.succeed(3)

    def _price(self, at: float, travel: _Travel) -> tuple[float, bool]:
        order = travel.order
        # pricing is not told the order's number: only the trace joins it to the order
        call = self._open(shop.PRICING, at, travel)
        call.log(Level.DEBUG, f"price list 2026-11 loaded, {len(PRODUCTS) + 1} products")
        call.work(18)
        if order.trouble is Trouble.NO_VOUCHER:
            end = call.fail(faults.NO_VOUCHER)
            return end, False
        call.info(
            "cart priced",
            lines=[{"sku": p.sku, "title": p.title, "cents": p.cents} for p in order.products],
            response={"cents": order.cents, "currency": "EUR", "vouchers": []},
        )
        return call.succeed(), True

    def _pay(self, at: float, travel: _Travel) -> tuple[float, Trouble]:
        order = travel.order
        call = self._open(shop.PAYMENT, at, travel)
        call.info(f"Authorising {order.total} EUR for {order.id}, correlation {travel.correlation}")
        if order.trouble is Trouble.ACQUIRER_DOWN:
            call.wait_until(call.now + 5003)
            end = call.fail(faults.no_answer(order.id))
            return end, Trouble.ACQUIRER_DOWN
        call.work(210)
        declined = order.trouble is Trouble.DECLINED
        call.info(f"Acquirer answered {'51' if declined else '00'} for {order.id}")
        if declined:
            call.log(Level.WARN, f"Declined by issuer: insufficient funds, {order.id}")
        call.info(
            "authorisation done",
            response={
                "approved": not declined,
                "authorisation": None if declined else f"{self.fleet.rng.getrandbits(19):06d}",
            },
        )
        return call.succeed(), Trouble.DECLINED if declined else Trouble.NONE

    def _reserve(self, at: float, travel: _Travel, message_id: str) -> None:
        order = travel.order
        call = self._open(shop.INVENTORY, at, travel)
        call.info(
            f"Reserving stock for {order.id}",
            OrderId=order.id,
            CorrelationId=travel.correlation,
            MessageId=message_id,
        )
        for product in order.products:
            call.work(22)
            call.info(f"Reserved 1 x {product.sku} in warehouse AMS-2", Sku=product.sku)
            if product is NEW_LAMP:
                call.log(
                    Level.WARN,
                    f"No dimensions on file for {product.sku}, passing null",
                    Sku=product.sku,
                    OrderId=order.id,
                )
        call.work(12)
        call.info(
            "Published InventoryReserved",
            OrderId=order.id,
            response={"reserved": len(order.products), "warehouse": "AMS-2"},
        )
        request_id = spellings.uuid(self.fleet.rng)
        self.fleet.schedule(
            call.succeed() + self.fleet.vary(350), self._ship, travel, request_id, 1
        )

    def _ship(self, at: float, travel: _Travel, request_id: str, attempt: int) -> None:
        fleet, order = self.fleet, travel.order
        call = self._open(shop.SHIPPING, at, travel, request_id, attempt)
        call.info(f"Creating label for {order.id} with carrier northpost")
        call.work(31)
        call.log(Level.DEBUG, f"Address of {order.customer} checked, zone 2")
        if order.trouble is Trouble.NO_DIMENSIONS:
            call.work(24)
            end = call.fail(faults.NO_VOLUME)
            if not self._retry(end, self._ship, travel, request_id, attempt):
                fleet.schedule(end + 800, self._bury, travel, request_id, attempt)
            return
        grams = sum(product.grams for product in order.products) + 180
        call.info(f"Parcel weighs {grams} g")
        call.work(140)
        tracking = f"NP{fleet.rng.getrandbits(36):011d}NL"
        call.info(
            f"Label created for {order.id}",
            correlation_id=travel.correlation,
            response={"tracking": tracking, "zone": 2, "grams": grams},
        )
        shipped = call.succeed()
        invoice_id, email_id = spellings.uuid(fleet.rng), spellings.uuid(fleet.rng)
        fleet.schedule(shipped + fleet.vary(400), self._bill, travel, invoice_id)
        fleet.schedule(shipped + fleet.vary(300), self._mail, travel, email_id, 1, tracking)
        if not self._points:
            fleet.schedule(shipped + _BATCH_WINDOW_MS, self._credit)
        self._points.append(travel)

    def _retry(
        self,
        at: float,
        action: Callable[Concatenate[float, _Travel, str, int, _Rest], None],
        travel: _Travel,
        request_id: str,
        attempt: int,
        *rest: _Rest.args,
        **named: _Rest.kwargs,
    ) -> bool:
        """Schedule the next attempt of an asynchronous call; False: there was the last one."""
        if attempt > len(_RETRY_AFTER_MS):
            return False
        later = at + _RETRY_AFTER_MS[attempt - 1] + 4000 * self.fleet.rng.random()
        self.fleet.schedule(later, action, travel, request_id, attempt + 1, *rest, **named)
        return True

    def _bury(self, at: float, travel: _Travel, request_id: str, attempts: int) -> None:
        order = travel.order
        call = self._open(shop.DEAD_LETTERS, at, travel)
        call.log(
            Level.ERROR,
            "",
            version="1.0",
            timestamp=spellings.iso(self.fleet.clock(at)),
            requestContext={
                "requestId": request_id,
                "functionArn": f"{shop.SHIPPING.arn}:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": attempts,
            },
            requestPayload={
                "detail-type": "InventoryReserved",
                "source": "shop.inventory",
                "account": ACCOUNT,
                "region": REGION,
                "detail": {"order": order.id, "correlationId": travel.correlation},
            },
            responseContext={
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            responsePayload={
                "errorMessage": faults.NO_VOLUME.message,
                "errorType": faults.NO_VOLUME.type,
                "requestId": request_id,
                "stackTrace": [frame + "\n" for frame in faults.NO_VOLUME.frames],
            },
        )
        call.work(18)
        call.info("Ticket opened", response={"ticket": f"ops-{self.fleet.rng.getrandbits(12)}"})
        call.succeed()

    def _bill(self, at: float, travel: _Travel, request_id: str) -> None:
        order = travel.order
        call = self._open(shop.INVOICE, at, travel, request_id)
        call.info(f"Invoice for {order.id}: {order.total} EUR")
        call.info(f"Asking tax.example.com for the rate of {order.customer}")
        if order.trouble is Trouble.TAX_SERVICE_HANGS:
            call.wait_until(call.now + 10_000)
            call.log(Level.WARN, "tax.example.com has not answered for 10 s, waiting on")
            call.time_out()
            return
        call.work(85)
        call.info("Rendering 1 page")
        call.work(260)
        call.info("invoice stored", response={"key": f"invoices/{order.id}.pdf", "pages": 1})
        call.succeed()

    def _mail(
        self, at: float, travel: _Travel, request_id: str, attempt: int, tracking: str
    ) -> None:
        order = travel.order
        call = self._open(shop.EMAIL, at, travel, request_id, attempt)
        call.info(f"shipment notice for {order.id}")
        call.work(45)
        if order.trouble is Trouble.MAIL_RESET and attempt == 1:
            end = call.fail(faults.CONNECTION_RESET)
            self._retry(end, self._mail, travel, request_id, attempt, tracking)
            return
        call.info(
            "mail accepted by relay",
            to=f"{order.customer}@example.com",
            tracking=tracking,
            response={"accepted": 1, "rejected": 0},
        )
        call.succeed()

    def _credit(self, at: float) -> None:
        """Serve what waits in the queue of points: one invocation, many orders."""
        batch, self._points = self._points[:_BATCH_SIZE], self._points[_BATCH_SIZE:]
        if self._points:
            self.fleet.schedule(at + 1000, self._credit)
        call = self.fleet.call(
            shop.LOYALTY, at, transactions=tuple(travel.order.id for travel in batch)
        )
        call.info("batch received", records=len(batch), queue="shop-loyalty")
        for travel in batch:
            call.work(11)
            call.info(
                "points credited",
                order_id=travel.order.id,
                correlation_id=travel.correlation,
                message_id=spellings.uuid(self.fleet.rng),
                points=travel.order.cents // 100,
            )
        call.info("batch done", response={"batchItemFailures": []})
        call.succeed()


def _metric(at: float, total: float) -> str:
    """Write a metric in the embedded format: a line for machines."""
    return (
        f'{{"_aws":{{"Timestamp":{int(at)},"CloudWatchMetrics":[{{"Namespace":"Shop",'
        '"Dimensions":[["service"]],"Metrics":[{"Name":"OrderTotal","Unit":"None"}]}]},'
        f'"service":"checkout","OrderTotal":[{total:.2f}]}}\n'
    )
