"""What errors usually mean: patterns of type and message, and what helps.

The order counts: of several that fit, the first is the advice. What surrounds the error is weighed
in `advice`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from slsloggrep.wording import number_text

_RESPONSE_LIMIT = 6_291_556
"""Bytes of a response that is not streamed (Developer Guide, gettingstarted-limits: 6 MB)."""

Match = re.Match[str]


class Remedy(NamedTuple):
    """What helps against an error."""

    pattern: str
    """A regex of what its type and message, `type: message`, hold."""
    advice: str | Callable[[Match], str]

    def fit(self, text: str) -> str | None:
        """Return the advice if the error is of this kind, else None."""
        found = re.search(self.pattern, text)
        if found is None:
            return None
        return self.advice if isinstance(self.advice, str) else self.advice(found)


def _module(found: Match) -> str:
    name = found["module"]
    return (
        f"Is {name} in the package or in a layer? It must be built for this runtime's version and "
        "architecture. If it is the function's own, check the handler's path."
    )


def _denied(found: Match) -> str:
    resource = found["resource"]
    role = re.search(r"assumed-role/(?P<name>[^/\s]+)", found.string)
    whom = f"the role {role['name']}" if role else "the function's role"
    where = f" on {resource.rstrip('.')}" if resource else ""
    how = " An explicit deny forbids it." if "explicit deny" in found.string else ""
    return f"Allow {whom} {found['action']}{where}.{how}"


def _refused(found: Match) -> str:
    address = found["address"] or "the address"
    if address.startswith(("127.", "localhost", "::1")):
        return (
            f"It called itself ({address}), where nothing listens: a default may stand in for a "
            "setting that is missing."
        )
    return f"Nothing listens at {address}: is it the right address, and is the service up?"


def _unknown_host(found: Match) -> str:
    return (
        f"The name {found['host']} could not be resolved: is it spelled right, and does the "
        "function's network know it (in a VPC: its DNS settings)?"
    )


def _too_large(found: Match) -> str:
    limit = re.search(r"\((\d{5,12}) bytes\)", found.string)
    size = int(limit.group(1)) if limit else _RESPONSE_LIMIT
    return (
        f"A response may have {number_text(size)} bytes: store what is larger in S3 and answer "
        "with a link, or stream it."
    )


def _handler(found: Match) -> str:
    module, name = found["module"], found["name"]
    return (
        f"The handler is configured as {module}.{name}, but there is no {name} in {module}: check "
        "both names."
    )


def _path(found: Match) -> str:
    name = found["name"] or found["bad"]
    return f"The handler's path {name} is not of the form that this runtime wants."


EXITS = (
    Remedy(
        r"exit status 127",
        "A program was not found: check the wrapper or bootstrap, its path and its line ends.",
    ),
    Remedy(
        r"exit status 126",
        "A program could not be run: check that it may be executed, and for which "
        "architecture it was built.",
    ),
    Remedy(
        r"exit status 101",
        "A Rust program ends so after a panic: its message should stand above.",
    ),
    Remedy(
        r"exit status 2\b",
        "A Go program ends so after a panic: its trace should stand above.",
    ),
    Remedy(
        r"segmentation fault|core dumped|signal: abort",
        "Native code crashed: look at native libraries and at what they were built for.",
    ),
    Remedy(
        r"signal: killed",
        "It was killed, which may have been for its memory: compare what it used with what it has.",
    ),
    Remedy(
        r"without providing a reason|exit status 0",
        "Something ended the process on purpose: look for exit(), sys.exit, os._exit or "
        "process.exit.",
    ),
)
"""Of ends of the process, by what the old style says of them."""

REMEDIES = (
    Remedy(
        r"invalid ELF header|GLIBC_[\d.]+' not found|exec format error|wrong ELF class|"
        r"cannot open shared object file",
        "A binary was built for another system: build the package for Amazon Linux and the "
        "function's architecture.",
    ),
    Remedy(
        r"(?:No module named|Cannot find (?:module|package)|cannot load such file --|"
        r"ClassNotFoundException:|NoClassDefFoundError:|"
        r"Class not found:) [\"']?(?P<module>[\w@./$-]*[\w$])",
        _module,
    ),
    Remedy(
        r"Handler '(?P<name>[^']*)' missing on module '(?P<module>[^']*)'",
        _handler,
    ),
    Remedy(
        r"Invalid handler: `(?P<name>[^']*)'|Bad handler '(?P<bad>[^']*)'",
        _path,
    ),
    Remedy(
        r"not authorized to perform: (?P<action>[\w*:-]+)"
        r"(?: on resource: (?P<resource>\S+))?",
        _denied,
    ),
    Remedy(
        r"AccessDenied|UnauthorizedOperation|is not authorized",
        "Look at what the function's role allows: an action is missing, or a resource.",
    ),
    Remedy(
        r"ExpiredToken|token included in the request is expired|security token.*expired",
        "Credentials were kept for too long: make clients anew, or do not copy credentials "
        "out of the environment.",
    ),
    Remedy(
        r"ECONNREFUSED(?: (?P<address>[\w.:\[\]-]+))?|[Cc]onnection refused",
        _refused,
    ),
    Remedy(
        r"(?:ENOTFOUND|EAI_AGAIN) (?P<host>[\w.-]+)",
        _unknown_host,
    ),
    Remedy(
        r"Name or service not known|nodename nor servname|UnknownHostException|no such host",
        "A host's name could not be resolved: is it spelled right, and does the function's "
        "network know it?",
    ),
    Remedy(
        r"ETIMEDOUT|ConnectTimeout|[Cc]onnect(?:ion)? timed? ?out|Connect timeout|"
        r"i/o timeout|Read timed out|ReadTimeout",
        "What it called did not answer in time: in a VPC check route, NAT, endpoints and "
        "security groups, else the service itself.",
    ),
    Remedy(
        r"ECONNRESET|EPIPE|socket hang up|[Cc]onnection reset|Broken pipe|RemoteDisconnected",
        "A connection was closed by the other side, maybe one that was kept from an "
        "earlier invocation while the environment stood still: connect anew, and try again "
        "once.",
    ),
    Remedy(
        r"EMFILE|[Tt]oo many open files",
        "An environment may have 1,024 files and connections open: something opens them "
        "and does not close them.",
    ),
    Remedy(
        r"ENOSPC|No space left on device|Errno 28|not enough space on the disk",
        "The disk (/tmp) is full: environments are used again, and what is left there "
        "stays. Delete it, or give the function more ephemeral storage (512 MB by default).",
    ),
    Remedy(
        r"EROFS|[Rr]ead-only file system",
        "Only /tmp can be written to.",
    ),
    Remedy(
        r"ResponseSizeTooLarge|maximum allowed payload size|Http response code: 413",
        _too_large,
    ),
    Remedy(
        r"not JSON serializable|Unable to marshal response|circular structure|"
        r"SerializationException",
        "The handler returned what is no JSON: return plain objects, lists, texts and numbers.",
    ),
    Remedy(
        r"ProvisionedThroughputExceeded|ThrottlingException|Throttling:|TooManyRequests|"
        r"Rate exceeded|SlowDown|RequestLimitExceeded|\b429\b",
        "What it called was throttled: try again with growing pauses, call less at once, "
        "or raise the quota.",
    ),
    Remedy(
        r"[Tt]oo many (?:clients|connections)|remaining connection slots",
        "The database has no connection left: each environment keeps its own. Use a proxy, "
        "or fewer environments.",
    ),
    Remedy(
        r"heap out of memory|OutOfMemoryError|MemoryError|NoMemoryError|"
        r"runtime: out of memory|failed to allocate memory",
        "The runtime had no memory left: give the function more, or process less at once.",
    ),
    Remedy(
        r"RecursionError|maximum recursion depth|StackOverflow|Maximum call stack|"
        r"stack level too deep",
        "A function calls itself without end: look for the frames that repeat.",
    ),
    Remedy(
        r"JSONDecodeError|Unexpected .* JSON|not valid JSON|JsonParse|JsonException|"
        r"invalid character .* looking for beginning of value",
        "It was given what is no JSON, perhaps nothing at all: look at what the caller, or "
        "the service that it called, had sent.",
    ),
    Remedy(
        r"SyntaxError|UserCodeSyntaxError|invalid syntax",
        "The code does not fit the runtime's version, or was cut when it was packed: run "
        "it in the runtime's image.",
    ),
    Remedy(
        r"ConditionalCheckFailed|TransactionCanceled|OptimisticLock",
        "Somebody else had changed the item: read it again and try once more.",
    ),
    Remedy(
        r"ResourceNotFoundException|NoSuchBucket|QueueDoesNotExist|NonExistentQueue",
        "What it called does not exist: check name, region, account and stage.",
    ),
    Remedy(
        r"States\.DataLimitExceeded",
        "A state's input or output may have 256 KB: pass a link to S3 instead.",
    ),
    Remedy(
        r"States\.Runtime|States\.ParameterPathFailure",
        "The state machine's definition does not fit its input: compare paths with the input.",
    ),
)
"""Of errors."""
