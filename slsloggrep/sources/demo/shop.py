"""The functions of the demo's shop: what is deployed, not what happens.

Fourteen functions over five runtimes, with their log formats, memory, limits and tracing. How a
runtime writes is `runtimes`' and `platform`'s knowledge; who calls whom is `orders`'.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

ACCOUNT = "123456789012"
REGION = "eu-west-1"
API_LOG_GROUP = "/aws/apigateway/shop-prod-access"


class Dialect(Enum):
    """How a function's own log lines look."""

    PYTHON_TEXT = "[INFO]<tab>time<tab>request<tab>message"
    PYTHON_JSON = "the Python runtime's JSON format"
    POWERTOOLS = "Powertools for Python: JSON lines in a text-format stream"
    NODE_TEXT = "time<tab>request<tab>INFO<tab>message"
    NODE_JSON = "the Node.js runtime's JSON format"
    PINO = "pino-lambda: JSON lines in a text-format stream"
    LOG4J = "log4j2 with the Developer Guide's pattern"
    DOTNET_TEXT = "time<tab>request<tab>info<tab>message"
    DOTNET_JSON = "the .NET runtime's JSON format"
    SLOG = "Go's slog JSON handler on standard output"
    GO_LOG = "Go's log package: no level, no request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One deployed function."""

    name: str
    runtime: str
    """As INIT_START spells it: `python:3.13.v58`."""
    dialect: Dialect
    json_platform: bool = False
    """The log format is JSON: the platform writes `platform.*` events instead of text lines."""
    debug_platform: bool = False
    """The system log level is DEBUG: `platform.runtimeDone` and the like are written too."""
    memory_mb: int
    idle_mb: int
    """What the runtime and the loaded code use before the first request."""
    leak_mb: float = 0.0
    """By how much each request makes its environment grow."""
    timeout_s: int
    init_ms: int
    """A usual init (or restore)."""
    traced: bool = True
    snap_start: bool = False
    version: str = "$LATEST"
    extension: str | None = None

    @property
    def log_group(self) -> str:
        """The function's default log group."""
        return f"/aws/lambda/{self.name}"

    @property
    def arn(self) -> str:
        """The function's ARN without a version."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"


CHECKOUT = Function(
    name="shop-api-checkout",
    runtime="python:3.13.v58",
    dialect=Dialect.POWERTOOLS,
    memory_mb=512,
    idle_mb=88,
    timeout_s=29,
    init_ms=612,
    extension="collector",
)
PRICING = Function(
    name="shop-pricing",
    runtime="nodejs:22.v47",
    dialect=Dialect.NODE_JSON,
    json_platform=True,
    debug_platform=True,
    memory_mb=256,
    idle_mb=79,
    timeout_s=10,
    init_ms=318,
)
PAYMENT = Function(
    name="shop-payment",
    runtime="java:21.v39",
    dialect=Dialect.LOG4J,
    memory_mb=1024,
    idle_mb=171,
    timeout_s=20,
    init_ms=486,
    snap_start=True,
    version="17",
)
INVENTORY = Function(
    name="shop-inventory-reserve",
    runtime="dotnet:8.v52",
    dialect=Dialect.DOTNET_JSON,
    json_platform=True,
    memory_mb=512,
    idle_mb=92,
    timeout_s=30,
    init_ms=431,
)
SHIPPING = Function(
    name="shop-shipping-label",
    runtime="python:3.13.v58",
    dialect=Dialect.PYTHON_TEXT,
    memory_mb=256,
    idle_mb=74,
    leak_mb=4.0,
    timeout_s=30,
    init_ms=355,
)
INVOICE = Function(
    name="shop-invoice-pdf",
    runtime="dotnet:8.v52",
    dialect=Dialect.DOTNET_TEXT,
    memory_mb=1024,
    idle_mb=118,
    timeout_s=30,
    init_ms=702,
)
EMAIL = Function(
    name="shop-notify-email",
    runtime="nodejs:22.v47",
    dialect=Dialect.NODE_TEXT,
    memory_mb=256,
    idle_mb=83,
    timeout_s=15,
    init_ms=264,
)
LOYALTY = Function(
    name="shop-loyalty-points",
    runtime="provided:al2023.v98",
    dialect=Dialect.SLOG,
    memory_mb=128,
    idle_mb=24,
    timeout_s=60,
    init_ms=71,
)
IMAGES = Function(
    name="shop-image-resize",
    runtime="nodejs:22.v47",
    dialect=Dialect.NODE_TEXT,
    memory_mb=512,
    idle_mb=148,
    leak_mb=29.0,
    timeout_s=60,
    init_ms=407,
    traced=False,
)
SEARCH = Function(
    name="shop-search",
    runtime="nodejs:22.v47",
    dialect=Dialect.PINO,
    memory_mb=512,
    idle_mb=104,
    timeout_s=10,
    init_ms=391,
    traced=False,
)
LOGIN = Function(
    name="shop-login",
    runtime="python:3.13.v58",
    dialect=Dialect.PYTHON_JSON,
    json_platform=True,
    memory_mb=256,
    idle_mb=67,
    timeout_s=10,
    init_ms=288,
)
RECOMMEND = Function(
    name="shop-recommend",
    runtime="python:3.13.v58",
    dialect=Dialect.PYTHON_TEXT,
    memory_mb=1024,
    idle_mb=214,
    timeout_s=10,
    init_ms=1240,
    traced=False,
    version="41",
)
STOCK_SYNC = Function(
    name="shop-stock-sync",
    runtime="provided:al2023.v98",
    dialect=Dialect.GO_LOG,
    memory_mb=256,
    idle_mb=31,
    timeout_s=60,
    init_ms=84,
    traced=False,
)
DEAD_LETTERS = Function(
    name="shop-dead-letters",
    runtime="python:3.13.v58",
    dialect=Dialect.PYTHON_TEXT,
    memory_mb=128,
    idle_mb=41,
    timeout_s=10,
    init_ms=142,
    traced=False,
)
