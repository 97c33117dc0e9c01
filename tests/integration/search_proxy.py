"""A proxy between a client and a real search server: it applies rules, and remembers requests.

Rules are asked in the order in which they were added; the first that fits a request and is not
used up decides what happens to it (`search_faults` has what can), all else passes unchanged. A gate
before them may turn requests away (`search_access` has those, and certificates for TLS).

What differs from a connection without it: one connection of the client is one to the server;
compressed answers arrive uncompressed; behind a gate, credentials are not passed on; requests with
chunked bodies are refused (411).
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import re
import socket
import ssl
import struct
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Answer", "Asked", "Fault", "Forward", "Gone", "Proxy", "error"]

HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
PATIENCE = 60  # seconds for the server's answer


@dataclass
class Answer:
    """An answer on its way to the client, of which `send` bytes of the body arrive (None: all)."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    send: int | None = None

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


@dataclass
class Asked:
    """One request as it came: the path without, and the query with its last values."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float
    target: str
    status: int = 0
    """What the client was answered; 0 while nothing was, or where the connection was cut."""

    def json(self) -> Any:
        """Return the body as JSON, None where there is none."""
        return json.loads(self.body) if self.body else None

    @property
    def kind(self) -> str:
        """Return what is asked for, for OpenSearch's paths and Elasticsearch's alike.

        One of `pit-open`, `pit-close`, `scroll-open`, `scroll-next`, `scroll-close`, `search`,
        `bulk`, or else the method and the last part of the path, such as `GET _mapping`.
        """
        last = self.path.rstrip("/").rpartition("/")[2]
        if last == "_pit" or "_search/point_in_time" in self.path:
            return "pit-close" if self.method == "DELETE" else "pit-open"
        if "/_search/scroll" in self.path:
            return "scroll-close" if self.method == "DELETE" else "scroll-next"
        if last == "_search":
            return "scroll-open" if "scroll" in self.query else "search"
        return "bulk" if last == "_bulk" else f"{self.method} {last}"


class Gone(Exception):  # noqa: N818 - not an error but what a rule wants
    """The connection is to be closed without another byte."""


Forward = Callable[[Asked], Answer]
Fault = Callable[[Asked, Forward], Answer]
"""What happens to a request: it may ask the server through the second argument, or raise Gone."""


def error(status: int, kind: str, reason: str) -> Answer:
    """Return an error as servers word it: a cause, its kind, and the status once more."""
    cause = {"type": kind, "reason": reason}
    body = {"error": {"root_cause": [cause], **cause}, "status": status}
    return Answer(status, [("Content-Type", "application/json")], json.dumps(body).encode())


@dataclass
class _Rule:
    fits: Callable[[Asked], bool]
    fault: Fault
    after: int
    times: int | None


@dataclass
class Proxy:
    """The proxy: `url` is where a client finds it, `asked` what it was asked so far.

    `gate` is asked before any rule, and may answer by itself (see `search_access`). `tls` makes it
    speak HTTPS. Use it as a context manager.
    """

    server: str
    gate: Callable[[Asked], Answer | None] | None = None
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    asked: list[Asked] = field(default_factory=list)
    unclosed: int = 0
    """Points in time and scrolls that were opened through it, less those that were closed."""
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listener: _Listener | None = None

    def __enter__(self) -> Proxy:
        self._listener = _Listener((self.host, 0), self)
        threading.Thread(target=self._listener.serve_forever, daemon=True, args=(0.05,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._listener
        self._listener.shutdown()
        self._listener.server_close()

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        assert self._listener
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        """Return its address: `http://127.0.0.1:PORT`, or `https://localhost:PORT` with TLS."""
        return f"https://localhost:{self.port}" if self.tls else f"http://{self.host}:{self.port}"

    def when(
        self,
        fault: Fault,
        *,
        kind: str = "",
        path: str = "",
        where: Callable[[Asked], bool] | None = None,
        after: int = 0,
        times: int | None = 1,
    ) -> None:
        """Spoil requests of a kind (a regular expression, as is `path`), or those `where` is true.

        The first `after` of them pass, then `times` are spoilt (None: all that follow).
        """

        def fits(asked: Asked) -> bool:
            return (
                re.fullmatch(kind or ".*", asked.kind, re.DOTALL) is not None
                and re.search(path, asked.path) is not None
                and (where is None or where(asked))
            )

        with self._lock:
            self._rules.append(_Rule(fits, fault, after, times))

    def clear(self) -> None:
        """Forget all rules, and what was asked."""
        with self._lock:
            self._rules.clear()
            self.asked.clear()
            self.unclosed = 0

    def kinds(self) -> list[str]:
        """Return the kinds of requests so far, in order."""
        with self._lock:
            return [asked.kind for asked in self.asked]

    def count(self, asked: Asked, answer: Answer) -> None:
        """Note what an answer opened or closed at the server."""
        if not 200 <= answer.status < 300:
            return
        with self._lock:
            if asked.kind in ("pit-open", "scroll-open"):
                self.unclosed += 1
            elif asked.kind in ("pit-close", "scroll-close"):
                content = asked.json() or {}
                ids = content.get("pit_id") or content.get("scroll_id") or content.get("id")
                if asked.path.endswith("/_all"):
                    self.unclosed = 0
                else:
                    self.unclosed -= len(ids) if isinstance(ids, list) else 1

    def decide(self, asked: Asked) -> Fault | None:
        """Note the request, and return what is to happen to it."""
        with self._lock:
            self.asked.append(asked)
            for rule in self._rules:
                if rule.times != 0 and rule.fits(asked):
                    if rule.after:
                        rule.after -= 1
                        continue
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule.fault
        return None


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(address, _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # The handshake is made here, in the connection's own thread: a client that refuses the
        # certificate must not end the listener.
        if self.proxy.tls:
            with (
                contextlib.suppress(OSError),
                self.proxy.tls.wrap_socket(request, server_side=True) as secure,
            ):
                super().finish_request(secure, client_address)
            return
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # clients that leave are what these tests are about


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener
    _upstream: http.client.HTTPConnection | None = None

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def finish(self) -> None:
        if self._upstream:
            self._upstream.close()
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        return

    def _serve(self) -> None:
        asked = self._read()
        proxy = self.server.proxy
        fault = proxy.decide(asked)
        refused = proxy.gate(asked) if proxy.gate else None
        try:
            if self.headers.get("Transfer-Encoding"):
                answer = error(411, "http_exception", "Length Required")
            elif refused:
                answer = refused
            else:
                answer = fault(asked, self._forward) if fault else self._forward(asked)
        except Gone:
            self._break()
            return
        except OSError:  # the server is gone
            answer = Answer(502, [("Content-Type", "text/html")], b"<h1>502 Bad Gateway</h1>")
        asked.status = 0 if answer.send is not None else answer.status
        proxy.count(asked, answer)
        self._write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _read(self) -> Asked:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urllib.parse.urlsplit(self.path)
        return Asked(
            self.command,
            urllib.parse.unquote(parts.path),
            dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            body,
            time.monotonic(),
            self.path,
        )

    def _forward(self, asked: Asked) -> Answer:
        if self._upstream is None:
            parts = urllib.parse.urlsplit(self.server.proxy.server)
            self._upstream = http.client.HTTPConnection(
                parts.hostname or "", parts.port, timeout=PATIENCE
            )
        mine = HOP | {"authorization"} if self.server.proxy.gate else HOP
        headers = {k: v for k, v in asked.headers.items() if k not in mine}
        try:
            self._upstream.request(asked.method, asked.target, asked.body or None, headers)
            got = self._upstream.getresponse()
            body = got.read()
        except (OSError, http.client.HTTPException) as error:
            self._upstream.close()
            self._upstream = None
            raise OSError(error) from error
        kept = [(k, v) for k, v in got.getheaders() if k.lower() not in HOP]
        if got.getheader("Content-Encoding") == "gzip" and body:
            body = gzip.decompress(body)
            kept = [(k, v) for k, v in kept if k.lower() != "content-encoding"]
        length = got.getheader("Content-Length")
        if asked.method == "HEAD" and length:
            kept.append(("Content-Length", length))
        return Answer(got.status, kept, body)

    def _write(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: answer.send])
        self.wfile.flush()
        if answer.send is not None:
            self.close_connection = True  # with a FIN, so that what was sent arrives

    def _break(self) -> None:
        """End the connection the hard way: the client sees a reset."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
