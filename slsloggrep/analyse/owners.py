"""Whose code a frame of a stack trace is: the user's own, or a runtime's or a library's.

Told by where the file lies, or by the name of the package where only that is known:

- Python, Node.js, Ruby: own is what is not in the runtime (`/var/runtime`, `/var/lang`, `node:`),
  in a folder of installed packages (`site-packages`, `node_modules`, `gems`), or in a layer
  (`/opt`: layers hold what functions share, bought or not, and a trace cannot tell which). Packages
  that were installed beside the handler (`pip install -t .`) are told by name, the usual ones only.
- Java, .NET: by the beginning of the class's name.
- Go: own is what is neither of the standard library nor of a module with a version (`@v1.2.3`).
- Rust: by path (`/rustc/`, `.cargo/registry`) or crate.

What is not known is own: better one frame too many that is bright than the one that matters dim.
"""

from __future__ import annotations

import re

_FOREIGN_PLACES = re.compile(
    r"/site-packages/|/dist-packages/|/node_modules/|^node_modules/|/gems/|/vendor/bundle/"
    r"|^/var/runtime/|^/var/lang/|^/opt/|^/usr/(?:local/)?(?:lib|lib64|share)/|^/rustc/"
    r"|/\.?cargo/registry/|/go/pkg/mod/|^/usr/local/go/|^/root/\.rustup/"
    r"|^(?:node:|internal/|<|native\b|index \d|webpack/|deno:)"
)
_NODE_CORE = re.compile(
    r"(?:_\w+|assert|buffer|child_process|cluster|crypto|dgram|dns|domain|events|fs|http|http2|https"
    r"|module|net|process|stream|timers|tls|url|util|v8|vm|zlib|bootstrap_node|next_tick)\.js"
)
"""Before version 16 the files of Node.js itself had no `node:`, and no folder."""

_PACKAGES = (
    "aws_lambda_powertools aws_xray_sdk awslambdaric boto3 botocore s3transfer urllib3 requests "
    "certifi charset_normalizer idna httpx httpcore anyio aiohttp flask werkzeug jinja2 fastapi "
    "starlette mangum django rest_framework sqlalchemy pymysql psycopg psycopg2 asyncpg pymongo "
    "redis pydantic pydantic_core pandas numpy pyarrow jwt cryptography google grpc "
    "opentelemetry ddtrace datadog_lambda newrelic sentry_sdk lumigo_tracer serverless_wsgi "
    "jsonschema marshmallow attr attrs tenacity simplejson yaml lxml PIL openai stripe"
)
_BESIDE = frozenset(_PACKAGES.split())
_TASK = "/var/task/"

_JAVA_FOREIGN = (
    "java.", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.",
    "groovy.", "clojure.", "com.amazonaws.", "software.amazon.", "lambdainternal.",
    "com.fasterxml.", "com.google.", "com.mysql.", "com.zaxxer.", "com.datadog", "com.newrelic.",
    "org.springframework.", "org.apache.", "org.hibernate.", "org.postgresql.", "org.slf4j.",
    "org.jboss.", "org.eclipse.", "org.codehaus.", "org.aspectj.", "io.netty.", "io.micronaut.",
    "io.quarkus.", "io.grpc.", "io.opentelemetry.", "io.vertx.", "io.micrometer.", "reactor.",
    "okhttp3.", "okio.", "retrofit2.", "feign.", "ch.qos.", "redis.clients.", "lombok.",
)  # fmt: skip
_DOTNET_FOREIGN = (
    "System.", "Microsoft.", "Amazon.", "AWS.Lambda.", "Newtonsoft.", "Npgsql.", "MySql.",
    "MySqlConnector.", "Dapper.", "Polly.", "Serilog.", "NLog.", "AutoMapper.", "MediatR.",
    "FluentValidation.", "Grpc.", "StackExchange.", "MongoDB.", "OpenTelemetry.", "Datadog.",
    "lambda_method", "Interop.", "Internal.",
)  # fmt: skip
_RUST_FOREIGN = re.compile(
    r"<?(?:std|core|alloc|tokio|hyper|hyper_util|tower|tower_service|lambda_runtime|lambda_http"
    r"|lambda_runtime_api_client|futures\w*|aws_\w+|tracing\w*|serde\w*|reqwest|axum|backtrace"
    r"|rust_begin_unwind|rust_panic\w*|__rust\w*|__libc\w*|_start|main\b(?!::))"
)
_GO_PACKAGES = (
    "archive bufio builtin bytes cmp compress container context crypto database debug embed "
    "encoding errors expvar flag fmt go hash html image index internal io iter log maps math mime "
    "net os path plugin reflect regexp runtime slices sort strconv strings structs sync syscall "
    "testing text time unicode unique unsafe vendor weak"
)
_GO_STANDARD = frozenset(_GO_PACKAGES.split())
_GO_VERSION = re.compile(r"@v\d")


def is_own(language: str, function: str, file: str) -> bool:
    """Tell whether a frame is of the user's own code; `language` is a key of `OWNERS`."""
    return OWNERS[language](function, file)


def _by_file(function: str, file: str) -> bool:
    place = file.removeprefix("file://").replace("\\", "/")
    if not place or _FOREIGN_PLACES.search(place) or _NODE_CORE.fullmatch(place):
        return False
    if place.startswith(_TASK):
        return place.removeprefix(_TASK).partition("/")[0] not in _BESIDE
    return True


def _by_java_class(function: str, file: str) -> bool:
    # A module or class loader may stand before the name: `java.base/java.lang.Thread.run`.
    return not function.rpartition("/")[2].startswith(_JAVA_FOREIGN)


def _by_dotnet_class(function: str, file: str) -> bool:
    return not function.startswith(_DOTNET_FOREIGN)


def _by_go_module(function: str, file: str) -> bool:
    if _GO_VERSION.search(file) or _FOREIGN_PLACES.search(file):
        return False
    if not file.startswith("/"):
        return "/" not in file or file.partition("/")[0] not in _GO_STANDARD
    package = function.partition(".")[0].partition("/")[0]
    return package not in _GO_STANDARD and "/src/runtime/" not in file


def _by_rust_crate(function: str, file: str) -> bool:
    if file and _FOREIGN_PLACES.search(file):
        return False
    return not (function and _RUST_FOREIGN.match(function))


OWNERS = {
    "file": _by_file,
    "java": _by_java_class,
    "dotnet": _by_dotnet_class,
    "go": _by_go_module,
    "rust": _by_rust_crate,
}
"""How the frames of a language are told; `file` serves Python, Node.js and Ruby."""
