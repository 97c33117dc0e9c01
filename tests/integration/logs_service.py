"""A strict stand-in for CloudWatch Logs on the wire, for what moto's server lacks.

    def test_something(cloudwatch):             # the fixture: AWS_ENDPOINT_URL leads to it
        cloudwatch.put("/aws/lambda/shop", "2026/01/01/[$LATEST]aa", [(timestamp_ms, "text")])
        ...                                     # violations fail the test at its end

`cloudwatch` is a `LogsService`; in a bench: `with LogsService() as service: ... service.url`.

- `url`; `client("logs", region=, key=, url=, **config)`: botocore's client without retries.
- `clock()` ms; `clock.set(ms)`, `clock.advance(ms)`, `clock.run()`. Real until set. It dates
  events, visibility, token ages and the `Date` header; token buckets, delays and live sessions run
  in real time.
- `create_group(name, region=, account=, log_group_class=, created=, stored_bytes=,
  retention_days=)`, `delete_group(name)`, `put(group, stream, [(ms, message)], ingested=ms,
  region=, account=) -> event IDs`. `put` makes group and stream. `account=` of another one makes a
  linked group. `world.create_stream`, `delete_stream`, `create_function(name, log_group=,
  aliases=)`.
- `world` is us-east-1, `region(name, account=)` any other; each has its own groups and knobs:
  `empty_pages` (n before each page and before the end), `page_events`, `page_bytes`,
  `scan_events` (a page ends after so many were looked at), `newest_first` = served | refused |
  ignored, `token_life`, `expire_tokens()`, `last_event_lag` (DescribeLogStreams), `tokens`;
  `insights`: `polls`, `ends` (["Failed", "Timeout"]), `concurrent`, `page_rows`,
  `whole_last_second`, `mixed_classes`, `ties_kept`, `queries`; `live`: `interval`, `session_s`,
  `most`, `drop`, `silent`, `shuffled`, `identifiers`, `sessions`, `timeouts`, `failures`, `open`,
  `started`; `cut_live_tails()`. See logs_world and logs_knobs.
- `accounts[access_key] = account`: who asks with that key sees that account's worlds (AssumeRole
  adds to it). `expired_keys.add(access_key)`: ExpiredTokenException.
- `throttle(op, times=|probability=)`, `limit(op, per_second, burst=)` (a token bucket for each
  account and region; None lifts it), `deny(op, group=)`, `fail(op, status=500)`,
  `delay(op, seconds)`, `cut(op, "before"|"headers"|"body")`, `fault(op, ...)` for the rest; all
  take `times=`, `probability=`, `group=`, `region=`, `matches=` and return the Fault with its
  `hits`; op "*" is any. `faults.remove(fault)`, `faults.clear()`. `cut_connections()`, `stop()`,
  `start()` (same port).
- `requests`: `operation, given, region, account, time, answer ("ok", the error's code, "cut"),
  took, events, groups`; `calls(op, answer=None)` picks. `accepted`: connections ever opened.
- `violations`, `with expecting(regex)`: what no correct client would have sent.
- `logs_clients`: `pages(call, **given)`, `messages(...)`, `refusal(...) -> "Code: words"`.

What is where: logs_world and logs_knobs (state), logs_reading, logs_listing, logs_insights with
logs_queries, logs_live, logs_patterns with logs_json_patterns, logs_neighbours (Lambda, STS),
logs_calls (protocols, validation), logs_shapes (the model's constraints), logs_connection (HTTP),
logs_faults.

The documents do not say everything. Chosen here, the stricter reading each time: groups that are
not of the class Standard are refused by FilterLogEvents and GetLogEvents with
InvalidParameterException, the only fitting error that their model lists, and by StartLiveTail with
InvalidOperationException, which its model has; a filter term is a whole token; a token is bound to
all parameters but `limit` and `startFromHead`; an Insights end time is an instant, equal sort keys
come in any order, and groups of two classes are not queried together.
"""

from __future__ import annotations

import contextlib
import functools
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore.config import Config
from logs_connection import Server
from logs_faults import Cut, Fault, Faults, Request
from logs_world import ACCOUNT, REGION, Clock, Group, World

_making = threading.Lock()
"""One client is made at a time: sessions are not made for more."""


@functools.cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()  # models are loaded once for each session


class LogsService:
    """The server, and what stands behind it; a context manager."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.accounts: dict[str, str] = {}
        """The account of an access key, where it is not the usual one."""
        self.expired_keys: set[str] = set()
        """Access keys that are answered with ExpiredTokenException."""
        self.faults = Faults()
        self.accepted = 0
        """How many connections were ever opened."""
        self._worlds: dict[tuple[str, str], World] = {}
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._port = 0
        self._connections: set[socket.socket] = set()

    # Where it is

    def __enter__(self) -> LogsService:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, on the same port as before if it was stopped."""
        self._server = Server(self._port, self)
        self._port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def stop(self) -> None:
        """Refuse connections, and cut those that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.cut_connections()

    def cut_connections(self) -> None:
        """Cut every connection that is open; new ones are accepted."""
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
            self.accepted += 1

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def client(
        self,
        service: str = "logs",
        *,
        region: str = REGION,
        key: str = "test",
        url: str | None = None,
        **config: Any,
    ) -> Any:
        """Return a botocore client for it that does not retry; `url` is a proxy before it."""
        options: dict[str, Any] = {
            "retries": {"total_max_attempts": 1},
            "inject_host_prefix": False,
            "max_pool_connections": 100,
            **config,
        }
        with _making:
            return _session().create_client(
                service,
                region_name=region,
                endpoint_url=url or self.url,
                aws_access_key_id=key,
                aws_secret_access_key="test",
                config=Config(**options),
            )

    # What it knows

    def region(self, region: str, account: str = ACCOUNT) -> World:
        """Return the world of a region, made when it is first asked for."""
        with self._lock:
            key = (account, region)
            if key not in self._worlds:
                self._worlds[key] = World(region, account, self.clock)
            return self._worlds[key]

    @property
    def world(self) -> World:
        """The world of the usual account in us-east-1."""
        return self.region(REGION)

    def create_group(self, name: str, *, region: str = REGION, **options: Any) -> Group:
        return self.region(region).create_group(name, **options)

    def delete_group(self, name: str, *, region: str = REGION, **options: Any) -> None:
        self.region(region).delete_group(name, **options)

    def put(
        self, group: str, stream: str, events: Any, *, region: str = REGION, **options: Any
    ) -> list[str]:
        return self.region(region).put(group, stream, events, **options)

    # What goes wrong

    def fault(self, operation: str = "*", **options: Any) -> Fault:
        """Make requests go wrong; see logs_faults.Fault for the options. Returns it, with hits."""
        return self.faults.add(Fault(operation, **options))

    def throttle(self, operation: str = "*", **options: Any) -> Fault:
        """Refuse requests with ThrottlingException, `times` or with a `probability`."""
        return self.fault(operation, code="ThrottlingException", message="Rate exceeded", **options)

    def limit(
        self, operation: str, per_second: float | None, *, burst: float | None = None
    ) -> None:
        """Throttle an operation by a token bucket for each account and region; None: no more."""
        self.faults.limit(operation, per_second, burst)

    def deny(self, operation: str = "*", *, group: str | None = None, **options: Any) -> Fault:
        """Refuse requests with AccessDeniedException, all or those about one group."""
        return self.fault(operation, code="AccessDeniedException", group=group, **options)

    def fail(self, operation: str = "*", status: int = 500, **options: Any) -> Fault:
        """Answer with a failure of the service's own: 500, 503."""
        code = "ServiceUnavailableException" if status == 503 else "InternalFailure"
        return self.fault(operation, code=code, status=status, **options)

    def delay(self, operation: str, seconds: float, **options: Any) -> Fault:
        """Answer late."""
        return self.fault(operation, delay=seconds, **options)

    def cut(self, operation: str = "*", where: Cut = "before", **options: Any) -> Fault:
        """Close connections `before` the answer, after its `headers` or in its `body`."""
        return self.fault(operation, cut=where, **options)

    # What was asked

    def calls(self, operation: str, answer: str | None = None) -> list[Request]:
        """Return the requests of an operation, perhaps only those that were answered so."""
        return [
            request
            for request in list(self.requests)
            if request.operation == operation and answer in (None, request.answer)
        ]

    def violate(self, what: str) -> None:
        """Note what no correct client would have sent."""
        self.violations.append(what)

    @contextlib.contextmanager
    def expecting(self, pattern: str) -> Iterator[None]:
        """Say that violations matching a regex come in this block: at least one must."""
        before = len(self.violations)
        yield
        found = [text for text in self.violations[before:] if re.search(pattern, text)]
        assert found, f"no violation matches {pattern}: {self.violations[before:]}"
        self.violations[before:] = [text for text in self.violations[before:] if text not in found]
