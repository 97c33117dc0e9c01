"""What is wrong with the generated system: bugs, each with one cause, and lines that mislead.

Two crashes of one bug differ in IDs, numbers, hosts, paths, the lines of library code and, after
a deploy, the line numbers of the user's own. Two bugs differ in what a person would tell them
apart by: the type, the words of the message, or the functions on the stack; some pairs share all
but one of these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from truth_lines import Raised
from truth_model import hexadecimal, uuid

_BLANK = re.compile(r"\{(number|order|uuid|ip|host|path|line|own:\d+)\}")


@dataclass(frozen=True, slots=True)
class Bug:
    """A cause of failures; `{...}` in message and frames differs from crash to crash."""

    cause: str
    type: str
    message: str
    frames: tuple[str, ...] = ()

    def strike(self, rng: Random, version: str = "$LATEST") -> Raised:
        """Return the error of one crash; a published version has moved the user's own lines."""
        shift = 0 if version == "$LATEST" else 7 * int(version)
        drawn = {
            "number": lambda: str(rng.randrange(10, 90_000)),
            "order": lambda: f"ord-{rng.randrange(10_000, 99_999)}",
            "uuid": lambda: uuid(rng),
            "ip": lambda: f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}",
            "host": lambda: f"{rng.choice(['db', 'api', 'cache'])}-{rng.randrange(9)}.example.com",
            "path": lambda: f"/tmp/{hexadecimal(rng, 8)}/{rng.randrange(99)}.json",
            "line": lambda: str(rng.randrange(20, 900)),
        }

        def fill(blank: re.Match[str]) -> str:
            word, _, number = blank[1].partition(":")
            return str(int(number) + shift) if word == "own" else drawn[word]()

        message, *frames = (_BLANK.sub(fill, text) for text in (self.message, *self.frames))
        return Raised(self.type, message, tuple(frames))


def _python(*places: str, source: str = "return work(event)") -> tuple[str, ...]:
    frames = []
    for place in places:
        path, line, function = place.split("|")
        frames.append(f'File "{path}", line {line}, in {function}\n    {source}')
    return tuple(frames)


_APP = "/var/task/app.py|{own:41}|handler"

PY_PRICE = Bug(
    "py-price", "KeyError", "'sku-{number}'", _python(_APP, "/var/task/pricing.py|{own:12}|price")
)
PY_RESERVE = Bug(
    "py-reserve", "KeyError", "'sku-{number}'", _python(_APP, "/var/task/stock.py|{own:30}|reserve")
)
PY_MISSING = Bug(
    "py-missing",
    "OrderNotFound",
    "order {order} of customer {uuid} not found in {path}",
    _python(_APP, "/var/task/orders.py|{own:77}|load"),
)
PY_DATABASE = Bug(
    "py-database",
    "ConnectionError",
    "could not connect to {host}:5432 ({ip}) within {number} ms",
    _python(
        _APP,
        "/var/task/shop_common/db.py|{own:19}|connect",
        "/var/lang/lib/python3.12/socket.py|{line}|create_connection",
    ),
)
PY_PAYLOAD = Bug(
    "py-payload",
    "JSONDecodeError",
    "Expecting value: line 1 column {number} (char {number})",
    _python(
        _APP,
        "/var/task/messages.py|{own:8}|parse",
        "/var/lang/lib/python3.12/json/__init__.py|{line}|loads",
        "/var/lang/lib/python3.12/json/decoder.py|{line}|decode",
    ),
)
PY_LITERAL = Bug(
    "py-literal",
    "ValueError",
    "invalid literal for int() with base 10: 'x{number}'",
    _python("/var/task/legacy.py|{own:5}|handler"),
)
PY_IMPORT = Bug(
    "py-import",
    "Runtime.ImportModuleError",
    "Unable to import module 'app': No module named 'numpy'",
)
PY_HANDLER = Bug(
    "py-handler", "Runtime.HandlerNotFound", "Handler 'handle' missing on module 'app'"
)
PY_SYNTAX = Bug(
    "py-syntax",
    "Runtime.UserCodeSyntaxError",
    "Syntax error in module 'app': invalid syntax (app.py, line 12)",
)

NODE_VOUCHER = Bug(
    "node-voucher",
    "TypeError",
    "Cannot read properties of undefined (reading 'percent')",
    (
        "at applyVoucher (file:///var/task/voucher.mjs:{own:31}:27)",
        "at Runtime.handler (file:///var/task/index.mjs:{own:19}:20)",
        "at Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:{line}:29)",
    ),
)
NODE_BASKET = Bug(
    "node-basket",
    "TypeError",
    "Cannot read properties of undefined (reading 'percent')",
    (
        "at sumBasket (file:///var/task/basket.mjs:{own:12}:5)",
        "at Runtime.handler (file:///var/task/index.mjs:{own:19}:20)",
        "at Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:{line}:29)",
    ),
)
NODE_CACHE = Bug(
    "node-cache",
    "Error",
    "connect ECONNREFUSED {ip}:6379",
    (
        "at TCPConnectWrap.afterConnect [as oncomplete] (node:net:{line}:16)",
        "at async load (/var/task/cache.js:{own:14}:9)",
        "at async Command.run (/var/task/node_modules/redis/lib/command.js:{line}:3)",
    ),
)
NODE_LIMIT = Bug(
    "node-limit",
    "ValidationError",
    "cart {uuid} has {number} items, more than allowed",
    (
        "at check (/var/task/check.js:{own:7}:11)",
        "at Runtime.handler (/var/task/index.js:{own:22}:3)",
    ),
)
NODE_LOCK = Bug(
    "node-lock",
    "Error",
    "lock {uuid} was taken by worker {number}",
    ("at take (file:///var/task/lock.mjs:{own:55}:13)",),
)
NODE_TIMER = Bug(
    "node-timer",
    "RangeError",
    "Invalid time value",
    (
        "at Timeout.flush [as _onTimeout] (file:///var/task/flush.mjs:{own:9}:2)",
        "at listOnTimeout (node:internal/timers:{line}:17)",
    ),
)
NODE_IMPORT = Bug(
    "node-import",
    "Runtime.ImportModuleError",
    "Error: Cannot find module 'left-pad'\nRequire stack:\n- /var/task/index.js",
    ("at loadModule (file:///var/runtime/index.mjs:{line}:11)",),
)
NODE_SYNTAX = Bug(
    "node-syntax", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected end of input"
)

_JAVA = "com.example.shop"
JAVA_ACQUIRER = Bug(
    "java-acquirer",
    f"{_JAVA}.AcquirerException",
    "No answer from {host} for {order} within {number} ms",
    (
        f"at {_JAVA}.AcquirerClient.authorise(AcquirerClient.java:{{own:118}})",
        f"at {_JAVA}.PaymentHandler.handleRequest(PaymentHandler.java:{{own:57}})",
        "at java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(Unknown Source)",
        "Caused by: java.net.SocketTimeoutException: Read timed out",
        "at java.base/sun.nio.ch.NioSocketImpl.timedRead(Unknown Source)",
        "... 2 more",
    ),
)
JAVA_CARD = Bug(
    "java-card",
    "java.lang.NullPointerException",
    'Cannot invoke "com.example.shop.Card.number()" because "card" is null',
    (
        f"at {_JAVA}.Cards.mask(Cards.java:{{own:21}})",
        f"at {_JAVA}.PaymentHandler.handleRequest(PaymentHandler.java:{{own:49}})",
    ),
)
JAVA_LEDGER = Bug(
    "java-ledger",
    "java.lang.IllegalStateException",
    "ledger {uuid} is closed since {number}",
    (
        f"at {_JAVA}.Ledger.append(Ledger.java:{{own:88}})",
        f"at {_JAVA}.LedgerHandler.handleRequest(LedgerHandler.java:{{own:33}})",
        "at com.amazonaws.services.lambda.runtime.api.client.AWSLambda.main(AWSLambda.java:{line})",
    ),
)

NET_QUANTITY = Bug(
    "net-quantity",
    "System.ArgumentException",
    "Quantity {number} is out of range (Parameter 'quantity')",
    (
        "at Shop.Billing.Lines.Add(Int32 quantity) in /src/Lines.cs:line {own:45}",
        "at Shop.Billing.Function.Handle(Order order) in /src/Function.cs:line {own:20}",
        "at lambda_method1(Closure , Stream , ILambdaContext , Stream )",
    ),
)
NET_RATE = Bug(
    "net-rate",
    "Shop.Billing.RateMissingException",
    "no rate for order {order}",
    ("at Shop.Billing.Rates.Find(String country) in /src/Rates.cs:line {own:61}",),
)

RUBY_IMAGE = Bug(
    "ruby-image",
    "Function<NoMethodError>",
    "undefined method 'width' for nil",
    (
        "/var/task/image.rb:{own:33}:in 'Image#scale'",
        "/var/task/app.rb:{own:5}:in 'handler'",
    ),
)
RUBY_OBJECT = Bug(
    "ruby-object",
    "Function<KeyError>",
    "key not found: {path}",
    ("/var/task/app.rb:{own:9}:in 'fetch_object'", "/var/task/app.rb:{own:5}:in 'handler'"),
)
RUBY_LOAD = Bug(
    "ruby-load",
    "Init<LoadError>",
    "cannot load such file -- mini_magick",
    ("/var/task/app.rb:1:in 'Kernel#require'",),
)

GO_WAREHOUSE = Bug(
    "go-warehouse", "errorString", "wms at {host} answered: service unavailable, page {number}"
)
GO_NEGATIVE = Bug("go-negative", "errorString", "stock of article {number} is negative")
GO_NIL = Bug(
    "go-nil",
    "errorString",
    "runtime error: invalid memory address or nil pointer dereference",
    (
        "github.com/aws/aws-lambda-go@v1.47.0/lambda/errors.go|{line}|lambdaPanicResponse",
        "runtime/panic.go|{line}|gopanic",
        "runtime/signal_unix.go|{line}|sigpanic",
        "github.com/example/shop/stock/count.go|{own:71}|Count",
        "github.com/example/shop/main.go|{own:28}|handle",
    ),
)
GO_INDEX = Bug(
    "go-index",
    "panic",
    "runtime error: index out of range [{number}] with length 3",
    ("shop/shelf.go|{own:17}|main.shelf", "shop/main.go|{own:40}|main.work"),
)

RUST_NONE = Bug(
    "rust-none", "panic", "called `Option::unwrap()` on a `None` value", ("src/query.rs:42:17",)
)
RUST_BOUNDS = Bug(
    "rust-bounds",
    "panic",
    "index out of bounds: the len is {number} but the index is {number}",
    ("src/index.rs:88:9",),
)
RUST_INDEX = Bug(
    "rust-index", "panic", "index {uuid} was not written by this version", ("src/open.rs:7:5",)
)


_REPORT = (
    "REPORT RequestId: {id}\tDuration: 91234.50 ms\tBilled Duration: 91235 ms\tMemory Size: 4096 MB"
    "\tMax Memory Used: 4096 MB\tInit Duration: 812.40 ms\tStatus: error\tError Type: "
    "Runtime.OutOfMemory"
)
_JSON_REPORT = (
    '{"type":"platform.report","record":{"requestId":"{id}","status":"timeout",'
    '"metrics":{"durationMs":91234.5}}}'
)
_PAYLOAD = (
    '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {id} Error: Task timed out after '
    '1.00 seconds"}'
)
MISLEADING = (
    "upstream said: Task timed out after 4.00 seconds",
    f"forwarding '{_REPORT}' to the collector",
    "seen START RequestId: {id} Version: $LATEST in the other account",
    "the mail told: [ERROR] KeyError: 'sku', and an Error",
    "callee answered: RequestId: {id} Error: Runtime exited with error: signal: killed",
    f'{{"seen":{_JSON_REPORT}}}',
    f'{{"callee":{_PAYLOAD}}}',
    f"callee answered {_PAYLOAD}",
    "0 errors, 0 failures, 0 exceptions; Status: error budget is full",
    "panic button pressed, fatal errors: none, goroutine 1 [running]: no",
)
"""Texts that sound like a failure, or like the platform, and are neither; `{id}` is a stranger."""


def misleading(rng: Random) -> str:
    """Return a text that sounds like a failure, or like the platform, and is neither."""
    return rng.choice(MISLEADING).replace("{id}", uuid(rng))


def harmless(rng: Random) -> str:
    """Return what handlers say all day."""
    return rng.choice(
        (
            f"order ord-{rng.randrange(10_000, 99_999)} priced at {rng.randrange(1, 9999) / 100}",
            f"asked https://api-{rng.randrange(4)}.example.com/v1/items/{rng.randrange(999)}: 200",
            f"cache hit for {hexadecimal(rng, 12)}, größe {rng.randrange(9)} kB \u2026",
            f'{{"customer":"cus-{rng.randrange(10_000)}","items":[{rng.randrange(9)},2]}}',
        )
    )
