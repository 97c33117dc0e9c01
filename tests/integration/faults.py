"""Faults on a real socket: a WSGI middleware that answers, delays or cuts what it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

Environ = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """One request, as it came over the socket."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]

    @property
    def lists(self) -> bool:
        """Tell whether this is a ListObjectsV2 request."""
        return self.method == "GET" and "list-type" in self.query

    @property
    def gets(self) -> bool:
        """Tell whether this is a GetObject request."""
        return self.method == "GET" and self.path.strip("/").count("/") > 0 and not self.lists

    @property
    def key(self) -> str:
        """The object's key of a path-style request."""
        return self.path.lstrip("/").partition("/")[2]


@dataclass
class Fault:
    """What happens to the requests that `matches` picks, `times` of them (None: all)."""

    matches: Callable[[Seen], bool]
    times: int | None = None
    status: str | None = None
    """Answer with this instead of passing on, with an S3 error document naming `code`."""
    code: str = ""
    message: str = "injected"
    headers: tuple[tuple[str, str], ...] = ()
    cut_after: int | None = None
    """Pass on, but close the connection after that many bytes of the body."""
    delay: float = 0.0
    """Seconds before the answer."""
    before: Callable[[], None] | None = None
    """Called before the request is passed on."""
    hits: int = 0


@dataclass
class FaultyApplication:
    """A WSGI application in front of another one, with a list of faults and a log of requests."""

    inner: Callable[..., Iterable[bytes]]
    faults: list[Fault] = field(default_factory=list)
    requests: list[Seen] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        """Forget faults and requests."""
        with self.lock:
            self.faults.clear()
            self.requests.clear()

    def inject(self, matches: Callable[[Seen], bool], **what: Any) -> Fault:
        """Add a fault for the requests that `matches` picks."""
        fault = Fault(matches, **what)
        with self.lock:
            self.faults.append(fault)
        return fault

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen = Seen(
            environ["REQUEST_METHOD"],
            unquote(environ.get("REQUEST_URI", environ["PATH_INFO"]).partition("?")[0]),
            parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True),
            {
                name.removeprefix("HTTP_").replace("_", "-").lower(): value
                for name, value in environ.items()
                if name.startswith("HTTP_")
            },
        )
        with self.lock:
            self.requests.append(seen)
            fault = next(
                (
                    fault
                    for fault in self.faults
                    if fault.matches(seen) and (fault.times is None or fault.hits < fault.times)
                ),
                None,
            )
            if fault is not None:
                fault.hits += 1
        if fault is None:
            return self.inner(environ, start_response)
        time.sleep(fault.delay)
        if fault.before is not None:
            fault.before()
        if fault.status is not None:
            error = f"<Error><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
            if seen.method == "POST":  # the query protocol, which STS speaks, has one layer more
                error = f"<ErrorResponse>{error}</ErrorResponse>"
            body = f'<?xml version="1.0" encoding="UTF-8"?>{error}'.encode()
            start_response(
                fault.status,
                [
                    ("Content-Type", "application/xml"),
                    ("Content-Length", str(len(body))),
                    *fault.headers,
                ],
            )
            return [body]
        answer = self.inner(environ, start_response)
        if fault.cut_after is None:
            return answer
        return _cut(answer, fault.cut_after)


def _cut(body: Iterable[bytes], count: int) -> Iterator[bytes]:
    left = count
    for piece in body:
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            # The server closes the connection when an application fails in mid-body.
            raise ConnectionAbortedError("injected: cut")
