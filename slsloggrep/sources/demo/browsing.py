"""What happens around the orders: searching, logging in, recommendations, images, stock.

Each function serves one request, or one run of a job, from its beginning to its end, troubles
included. How often and when is `story`'s business; requests meant to do harm are `hostile`'s.
"""

from __future__ import annotations

from slsloggrep.model import Level
from slsloggrep.sources.demo import faults, shop
from slsloggrep.sources.demo.fleet import Fleet
from slsloggrep.sources.demo.gateway import Client, Gateway
from slsloggrep.sources.demo.shop import Function


def search(at: float, gateway: Gateway, client: Client, words: str) -> None:
    """Serve `GET /search`."""
    visit = gateway.accept(at, client, "GET", f"/search?q={words.replace(' ', '+')}")
    call = gateway.fleet.call(shop.SEARCH, at + 7, correlation=visit.request_id)
    call.info("search", q=words, ip=client.ip)
    call.work(38)
    hits = int(gateway.fleet.rng.random() * 24)
    call.info("search done", hits=hits, response={"statusCode": 200, "hits": hits})
    call.succeed()
    visit.answer(call, 200)


def log_in(at: float, gateway: Gateway, client: Client, user: str, *, right: bool) -> None:
    """Serve `POST /login` with a password that is right or wrong."""
    visit = gateway.accept(at, client, "POST", "/login")
    call = gateway.fleet.call(shop.LOGIN, at + 8, trace=visit.trace, correlation=visit.request_id)
    call.info("Login attempt", user=user, ip=client.ip, correlation_id=visit.request_id)
    call.work(61)
    status = 200 if right else 401
    if right:
        call.info("Login succeeded", user=user, response={"statusCode": status})
    else:
        call.log(
            Level.WARN,
            "Login rejected",
            user=user,
            ip=client.ip,
            reason="bad_password",
            response={"statusCode": status},
        )
    call.succeed()
    visit.answer(call, status)


def recommend(
    at: float, gateway: Gateway, client: Client, sku: str, broken: Function | None = None
) -> None:
    """Serve `GET /products/{sku}/recommendations`; a broken version cannot even start."""
    visit = gateway.accept(at, client, "GET", f"/products/{sku}/recommendations")
    if broken is not None:
        visit.fail(*gateway.fleet.fail_init(broken, at + 6, faults.NO_MODULE))
        return
    call = gateway.fleet.call(shop.RECOMMEND, at + 6, correlation=visit.request_id)
    call.info(f"Recommendations for {sku}")
    call.work(27)
    call.info("done", response={"statusCode": 200, "skus": 4})
    call.succeed()
    visit.answer(call, 200)


def resize_image(
    at: float,
    fleet: Fleet,
    key: str,
    megapixels: float,
    request_id: str,
    attempt: int = 1,
    *,
    fatal: bool,
) -> None:
    """Make the small pictures of an uploaded one; a fatal one takes all memory, and is retried."""
    call = fleet.call(shop.IMAGES, at, request_id=request_id, attempt=attempt)
    call.info(f"s3 object created: product-uploads/{key}")
    call.work(120)
    call.info(f"decoded {key}, {megapixels:.1f} megapixels, {call.used_mb} MB in use")
    if fatal:
        call.work(2300)
        call.log(Level.WARN, f"{call.used_mb} MB in use, cache not released")
        call.work(900)
        end = call.run_out_of_memory()
        later = end + 60_000 + 4000 * fleet.rng.random()
        again = attempt + 1
        fleet.schedule(later, resize_image, fleet, key, megapixels, request_id, again, fatal=False)
        return
    call.work(70 * megapixels)
    call.info("stored", response={"key": key, "widths": [320, 640, 1280]})
    call.succeed()


def sync_stock(at: float, fleet: Fleet, *, hangs: bool = False, refused: bool = False) -> None:
    """Fetch the stock of the warehouses, on schedule; it may hang or be refused."""
    call = fleet.call(shop.STOCK_SYNC, at)
    call.info("stock sync started, source wms.example.com")
    for page in range(1, 4):
        call.work(410)
        call.info(f"page {page}: 200 articles")
        if hangs and page == 2:
            call.info("page 3: waiting for wms.example.com")
            call.time_out(old_style=True)
            return
        if refused and page == 1:
            call.fail(faults.WAREHOUSE_UNAVAILABLE)
            return
    call.info("stock sync done", response={"articles": 600, "changed": 17})
    call.succeed()
