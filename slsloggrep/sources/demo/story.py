"""The story that the demo tells, when what happens, and what there is to try.

Some three hours of a small shop: orders, searches, logins, uploads, a job; and in between a lamp
that cannot be shipped, an invoice that hangs, an image too many, a bad deploy, and an attack. All
times are minutes from the story's origin; nothing but the origin depends on the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import NamedTuple

from slsloggrep.model import Millis, Status
from slsloggrep.sources.demo import browsing, firehose, hostile, shop, spellings
from slsloggrep.sources.demo.catalogue import NEW_LAMP, PRODUCTS, Order, Trouble
from slsloggrep.sources.demo.fleet import Fleet, Served, Stream
from slsloggrep.sources.demo.gateway import Client, Gateway
from slsloggrep.sources.demo.orders import Orders

MINUTE_MS = 60_000
_SPAN_MIN = 181
"""From the origin to now; the last minutes are quiet, so that Firehose has written everything."""
_SEED = 20474
_FIRST_ORDER = 71_802
_LAMP_ORDER_MIN = 150.37
_TROUBLES = {
    23.41: Trouble.MAIL_RESET,
    41.87: Trouble.DECLINED,
    58.12: Trouble.ACQUIRER_DOWN,
    77.63: Trouble.NO_VOUCHER,
    84.29: Trouble.MAIL_RESET,
    96.74: Trouble.ACQUIRER_DOWN,
    112.55: Trouble.TAX_SERVICE_HANGS,
    128.18: Trouble.NO_DIMENSIONS,
    139.93: Trouble.DECLINED,
    _LAMP_ORDER_MIN: Trouble.NO_DIMENSIONS,
}
"""When an order runs into trouble, and which."""
_RUSH_MIN = 66.0
"""A newsletter goes out: eight orders in a minute and a half, served by one batch of points."""
_BAD_DEPLOY_MIN = (98.0, 110.5)
_ATTACK_MIN = 141.0
_IMAGES_MIN = 88.0
_WORDS = ("desk lamp", "linen towel", "oak stool", "mug", "wool throw", "vase", "gift", "candle")
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
)


class Lead(NamedTuple):
    """Something to try: an identifier that works, and the command that shows what became of it."""

    title: str
    identifier: str
    command: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Story:
    """What took place: the logs as they were written, and the facts."""

    origin: Millis
    streams: tuple[Stream, ...]
    served: tuple[Served, ...]
    """In the order of their ends."""
    lamp_order: str
    """The order that fails in its fifth function."""


@lru_cache(maxsize=2)
def tell(minute: Millis) -> Story:
    """Let the story take place up to a whole minute, in milliseconds; the same for the same one."""
    rng = Random(_SEED)  # noqa: S311 - a story that is the same each time, not a secret
    fleet = Fleet(minute - _SPAN_MIN * MINUTE_MS, rng)
    gateway = Gateway(fleet)
    lamp_order = _schedule_orders(gateway)
    _schedule_browsing(gateway)
    _schedule_jobs(fleet)
    hostile.burst(gateway, _ATTACK_MIN * MINUTE_MS)
    fleet.run()
    return Story(fleet.origin, tuple(fleet.streams), tuple(fleet.served), lamp_order)


def deliver(minute: Millis) -> dict[str, bytes]:
    """Return the story's objects by name, as Firehose archived them."""
    told = tell(minute)
    outage = told.origin + int(_LAMP_ORDER_MIN * MINUTE_MS)

    def refused(log_group: str, arrival: Millis) -> bool:
        # the transformation failed for the payment's logs just when the lamp was paid for
        return log_group == shop.PAYMENT.log_group and outage <= arrival < outage + MINUTE_MS

    return firehose.deliver(told.streams, told.origin, Random(_SEED), refused)  # noqa: S311 - as above


def leads(minute: Millis) -> tuple[Lead, ...]:
    """Return what there is to try, most telling first."""
    told = tell(minute)
    pinned = f"demo:{spellings.minute(minute)}"
    order = told.lamp_order
    checkout = _find(told, lambda s: s.function == shop.CHECKOUT.name and order in s.transactions)
    timeout = _find(told, lambda s: s.status is Status.TIMEOUT and bool(s.transactions))
    old_timeout = _find(told, lambda s: s.status is Status.TIMEOUT and not s.transactions)
    oom = _find(told, lambda s: s.status is Status.OOM)
    batch = max(told.served, key=lambda s: len(s.transactions))
    bad_import = _find(told, lambda s: s.status is Status.INIT_ERROR)
    healed = _find(told, lambda s: s.function == shop.EMAIL.name and s.attempt == 2)
    return (
        Lead(
            "An order that was paid and never shipped",
            order,
            f"slsloggrep trace {order} -S demo:",
            "fails in its fifth function, is retried twice and given up; the warning one function "
            "earlier tells why",
        ),
        Lead(
            "The same order by its X-Ray trace",
            checkout.trace_id or "",
            f"slsloggrep trace {checkout.trace_id} -S {pinned}",
            "the synchronous part; shop-pricing never logs the order, only the trace joins it",
        ),
        Lead(
            "An invoice that was never made",
            timeout.request_id,
            f"slsloggrep trace {timeout.request_id} -S demo:",
            f"{timeout.function} waits for another service until its time limit",
        ),
        Lead(
            "A job that hung",
            old_timeout.request_id,
            f"slsloggrep trace {old_timeout.request_id} -S demo:",
            "a timeout in the older style, with 'Task timed out' after its REPORT",
        ),
        Lead(
            "An image too many",
            oom.request_id,
            f"slsloggrep trace {oom.request_id} -S demo:",
            f"{oom.function} runs out of memory, which its environment had used up image by "
            "image; the retry starts afresh",
        ),
        Lead(
            "An order in a batch",
            batch.transactions[0],
            f"slsloggrep trace {batch.transactions[0]} -S demo:",
            f"{batch.function} served it along with {len(batch.transactions) - 1} others, which "
            "do not come with it",
        ),
        Lead(
            "A shipment notice that came late",
            healed.request_id,
            f"slsloggrep trace {healed.request_id} -S demo:",
            "the mail relay reset the connection; the second attempt succeeded",
        ),
        Lead(
            "A bad deploy",
            bad_import.request_id,
            f"slsloggrep trace {bad_import.request_id} -S demo:",
            f"{bad_import.function} lacks a module: its init fails twice before the request does",
        ),
        Lead(
            "An attack on search and login",
            hostile.SCANNER.ip,
            f"slsloggrep grep {hostile.SCANNER.ip} -S demo:",
            "injection, path traversal and lookups, nearly all rejected; try also: "
            "slsloggrep grep 'Login rejected' -S demo:",
        ),
    )


def _find(told: Story, wanted: Callable[[Served], bool]) -> Served:
    return next(served for served in told.served if wanted(served))


def _schedule_orders(gateway: Gateway) -> str:
    """Schedule all orders, and return the ID of the one that the demo is about."""
    fleet = gateway.fleet
    orders = Orders(fleet, gateway)
    rng = fleet.rng
    quiet = [2.2 + number * 3.15 + rng.random() * 1.6 for number in range(54)]
    rush = [_RUSH_MIN + number * 0.19 for number in range(8)]
    lamp_order = ""
    for number, at in enumerate(sorted([*quiet, *rush, *_TROUBLES])):
        trouble = _TROUBLES.get(at, Trouble.NONE)
        products = tuple(rng.choice(PRODUCTS) for _ in range(1 + int(rng.random() * 2.4)))
        if trouble is Trouble.NO_DIMENSIONS:
            products = (*products[:1], NEW_LAMP)
        order = Order(
            f"ord-{_FIRST_ORDER + number}",
            _customer(rng),
            f"cus-{40_000 + rng.getrandbits(13)}",
            products,
            trouble,
        )
        if at == _LAMP_ORDER_MIN:
            lamp_order = order.id
        fleet.schedule(at * MINUTE_MS, orders.place, order)
    return lamp_order


def _schedule_browsing(gateway: Gateway) -> None:
    fleet = gateway.fleet
    rng = fleet.rng
    for number in range(118):
        at = (1 + number * 1.47 + rng.random()) * MINUTE_MS
        fleet.schedule(at, browsing.search, gateway, _customer(rng), rng.choice(_WORDS))
    for number in range(52):
        at = (1.3 + number * 3.3 + rng.random()) * MINUTE_MS
        user = f"cus-{40_000 + rng.getrandbits(13)}@example.com"
        right = rng.random() > 0.12
        fleet.schedule(at, browsing.log_in, gateway, _customer(rng), user, right=right)
    broken = replace(shop.RECOMMEND, version="42")
    begin, end = _BAD_DEPLOY_MIN
    for number in range(60):
        at = 0.7 + number * 2.9 + rng.random()
        deployed = broken if begin <= at < end else None
        sku = rng.choice(PRODUCTS).sku
        client = _customer(rng)
        fleet.schedule(at * MINUTE_MS, browsing.recommend, gateway, client, sku, deployed)


def _schedule_jobs(fleet: Fleet) -> None:
    rng = fleet.rng
    for number in range(6):
        at = (4.02 + number * 30) * MINUTE_MS
        fleet.schedule(at, browsing.sync_stock, fleet, hangs=number == 3, refused=number == 1)
    for number in range(16):
        at = (_IMAGES_MIN + number * 1.3) * MINUTE_MS
        fatal = number == 11
        key = f"2026/autumn/img_{4410 + number}.jpg"
        megapixels = 48.2 if fatal else 8 + 6 * rng.random()
        request_id = spellings.uuid(rng)
        fleet.schedule(at, browsing.resize_image, fleet, key, megapixels, request_id, fatal=fatal)


def _customer(rng: Random) -> Client:
    return Client(f"192.0.2.{1 + rng.getrandbits(7)}", rng.choice(_AGENTS))
