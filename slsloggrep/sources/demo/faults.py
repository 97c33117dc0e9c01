"""The errors that the shop's functions do not catch, as their runtimes see them."""

from __future__ import annotations

from slsloggrep.sources.demo.runtimes import Raised

NO_VOLUME = Raised(
    "TypeError",
    "unsupported operand type(s) for *: 'NoneType' and 'NoneType'",
    (
        '  File "/var/task/app.py", line 48, in handler\n    parcel = pack(order, items)',
        '  File "/var/task/parcel.py", line 27, in pack\n    volume = sum(map(litres, items))',
        '  File "/var/task/parcel.py", line 14, in litres\n    return w_mm * h_mm * d_mm / 1e6',
    ),
)
"""shop-shipping-label, for a product without dimensions."""

CONNECTION_RESET = Raised(
    "Error",
    "read ECONNRESET",
    (
        "    at TLSWrap.onStreamRead (node:internal/stream_base_commons:216:20)",
        "    at TLSWrap.callbackTrampoline (node:internal/async_hooks:130:17)",
    ),
)
"""shop-notify-email, when the mail relay goes away."""

NO_VOUCHER = Raised(
    "TypeError",
    "Cannot read properties of undefined (reading 'percent')",
    (
        "    at applyVoucher (file:///var/task/voucher.mjs:31:27)",
        "    at priceCart (file:///var/task/index.mjs:58:11)",
        "    at Runtime.handler (file:///var/task/index.mjs:19:20)",
    ),
)
"""shop-pricing, for a voucher that has been deleted."""

WAREHOUSE_UNAVAILABLE = Raised(
    "errorString", "wms.example.com: 503 Service Unavailable, page 2", ()
)
"""shop-stock-sync, when the warehouses' system refuses."""

NO_MODULE = Raised(
    "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'numpy'", ()
)
"""shop-recommend, whose package was built without a dependency."""


def no_answer(order: str) -> Raised:
    """Return shop-payment's error for an order whose acquirer does not answer."""
    package = "com.example.shop.payment"
    return Raised(
        f"{package}.AcquirerException",
        f"No answer from acquirer.example.com for {order} within 5000 ms",
        (
            f"\tat {package}.AcquirerClient.authorise(AcquirerClient.java:118)",
            f"\tat {package}.PaymentHandler.handleRequest(PaymentHandler.java:57)",
            "Caused by: java.net.SocketTimeoutException: Read timed out",
            "\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(Unknown Source)",
            f"\tat {package}.AcquirerClient.post(AcquirerClient.java:143)",
            "\t... 1 more",
        ),
    )
