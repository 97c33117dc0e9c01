"""The connection to a search cluster: requests, and patience with them.

opensearch-py's transport is used with paths of our own. It checks nothing about the product, so it
serves OpenSearch 1 to 3 and Elasticsearch 7 to 9 alike (Elastic's own client refuses OpenSearch
from 7.14 on, and its ninth version sends a header that older servers refuse); the two differ in
where points in time are opened. What is asked, and what a failure costs, is decided elsewhere.
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections.abc import Mapping
from copy import copy
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from slsloggrep.errors import MissingExtraError, SourceError
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch.location import Location
from slsloggrep.sources.opensearch.product import Product, product_of

try:
    from opensearchpy.connection import Urllib3HttpConnection
    from opensearchpy.exceptions import OpenSearchException
    from opensearchpy.serializer import Serializer
    from opensearchpy.transport import Transport
except ModuleNotFoundError as missing:
    raise MissingExtraError("reading a search cluster", "opensearch") from missing

from slsloggrep.sources.opensearch.access import Access, find_access
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble, trouble_of

_T = TypeVar("_T")

CONCURRENCY = 8
"""Connections that are kept open to each host."""

TIMEOUT = 60.0
"""Seconds for an answer; searches that take longer are stopped by the server before."""

LENIENT = {"ignore_unavailable": "true", "allow_no_indices": "true", "expand_wildcards": "open"}
"""What a request says so that an index that is not there any more is no error."""

_GLANCE = 0.2
"""Seconds of a pause after which it is looked whether the user has cancelled."""


class Patience(NamedTuple):
    """How long a request is repeated before it counts as failed."""

    attempts: int = 8
    seconds: float = 60.0
    """No attempt begins later than this after the first."""
    base: float = 0.1
    """Seconds: the bound of the first pause; each further bound is twice as long."""
    longest: float = 10.0
    first_contact: int = 3
    """Attempts where the server was never heard of: its address is probably wrong."""


class _Plain(Serializer):
    """Leaves JSON to us: only C decoders that know what they look for are fast enough."""

    mimetype = "application/json"

    def dumps(self, data: Any) -> Any:
        """Return a body as bytes."""
        return data if isinstance(data, bytes | str) else msgspec.json.encode(data)

    def loads(self, data: Any) -> Any:
        """Return an answer as it is; errors are read by the exceptions."""
        return data


class _Connection(Urllib3HttpConnection):
    """Says nothing by itself: what a server warns of is no answer to what the user asked."""

    def _raise_warnings(self, warning_headers: Any) -> None:
        return


for _name in ("opensearch", "urllib3"):
    # Without any handler, Python prints warnings of loggers on stderr.
    logging.getLogger(_name).addHandler(logging.NullHandler())


class Cluster:
    """A search cluster, and who asks it; safe to use from several threads."""

    def __init__(
        self, location: Location, settings: Settings, patience: Patience | None = None
    ) -> None:
        self.location = location
        self.access: Access = find_access(location, settings)
        self.stopped = threading.Event()
        """Set: nobody waits for an answer any more, pauses end at once."""
        self._settings = settings
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._requests = self._pauses = 0
        self._answered = False
        self._known: dict[str, Product] = {}
        """What the server is, once it was asked; shared with those it is lent to."""
        self._transport = self._connect()

    @property
    def name(self) -> str:
        """The source as the user wrote it."""
        return self.location.url

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of the connection."""
        notes = []
        if self.location.secure and not self.location.verify:
            notes.append(
                f"{self._host}: its certificate is not verified (insecure): anyone may answer"
            )
        if (
            not self.location.secure
            and self.access.is_secret
            and not all(host.is_local for host in self.location.hosts)
        ):
            notes.append(f"{self._host}: {self.access.who} travels unencrypted (http)")
        return tuple(notes)

    @property
    def product(self) -> Product:
        """What the server is; asked once. Raises SourceError for what is no search cluster."""
        if "server" not in self._known:
            self._known["server"] = self._identify()
        return self._known["server"]

    def refuse_tiebreaker(self) -> None:
        """Hear that the server knows no `_shard_doc`, whatever its version."""
        self._known["server"] = self.product._replace(lacks_tiebreaker=True)

    def refuse_points_in_time(self) -> None:
        """Hear that the server opens no point in time, or not for us."""
        self._known["server"] = self.product._replace(lacks_points_in_time=True)

    @property
    def attempts(self) -> int:
        """How often something is tried."""
        return self._patience.attempts

    def take_requests(self) -> int:
        """Return how many requests were sent since the last call."""
        with self._lock:
            taken, self._requests = self._requests, 0
            return taken

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, str] | None = None,
        action: str = "the privilege to read",
        timeout: float = TIMEOUT,
        patient: bool = True,
        divisible: bool = False,
    ) -> str:
        """Return the answer's text; what passes is waited out.

        `path` is quoted already. `patient` false: one attempt. `divisible`: less could be asked
        for, so that a lack of memory at the server is not waited out here. Raises Trouble for what
        did not pass, and Abandoned where nobody waits any more.
        """
        started = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            if self.given_up() and patient:
                raise Abandoned
            try:
                answer = self._send(method, path, body, params, timeout)
            except OpenSearchException as error:
                trouble = trouble_of(
                    error, who=self.access.who, action=action, secure=self.location.secure
                )
                self._answered = self._answered or trouble.spoke
                passes = trouble.passes and patient and not (divisible and trouble.is_too_much)
                if not (passes and self._is_worth_it(attempt, started)):
                    raise trouble from error
            else:
                self._answered = True
                return answer
            self.pause(attempt)

    def read(self, method: str, path: str, kind: type[_T], body: Any = None, **how: Any) -> _T:
        """Return an answer as a value; see `ask`. Raises Trouble for what makes no sense."""
        return decode(self.ask(method, path, body, **how), kind)

    def given_up(self) -> bool:
        """Tell whether nobody waits for an answer any more."""
        return self.stopped.is_set() or self._settings.cancelled()

    def pause(self, attempt: int) -> None:
        """Wait before the attempt that follows number `attempt`: exponential, with jitter."""
        bound = min(self._patience.longest, self._patience.base * 2 ** (attempt - 1))
        end = time.monotonic() + random.uniform(bound / 4, bound)  # noqa: S311 - spreads load
        while not self.given_up() and (left := end - time.monotonic()) > 0:
            self.stopped.wait(min(left, _GLANCE))

    def lend(self, stopped: threading.Event, patience: Patience | None = None) -> Cluster:
        """Return the same cluster for one of several readers: setting `stopped` ends its calls."""
        lent = copy(self)
        lent.stopped = stopped
        lent._patience = patience or self._patience  # noqa: SLF001 - its own kind
        lent.take_requests = self.take_requests  # type: ignore[method-assign] # one count for all
        lent._count = self._count  # type: ignore[method-assign] # noqa: SLF001 - its own kind
        return lent

    def error(self, trouble: Trouble) -> SourceError:
        """Return the error that says why the source cannot be used."""
        return SourceError(
            self.name, f"{self.name}: {self._host}: {trouble.words}", hint=trouble.hint
        )

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _count(self) -> None:
        with self._lock:
            self._requests += 1

    def _send(
        self,
        method: str,
        path: str,
        body: Any,
        params: Mapping[str, str] | None,
        timeout: float,
    ) -> str:
        self._count()
        query = f"?{urlencode(params)}" if params else ""
        answer = self._transport.perform_request(
            method,
            f"{path}{query}",
            body=None if body is None else msgspec.json.encode(body),
            timeout=timeout,
            headers={"content-type": "application/json"} if body is not None else None,
        )
        return answer if isinstance(answer, str) else ""

    def _is_worth_it(self, attempt: int, started: float) -> bool:
        patience = self._patience
        if not self._answered and attempt >= patience.first_contact:
            return False
        return (
            attempt < patience.attempts
            and time.monotonic() - started < patience.seconds
            and not self.given_up()
        )

    @property
    def _host(self) -> str:
        return ",".join(f"{host.name}:{host.port}" for host in self.location.hosts)

    def _connect(self) -> Transport:
        location = self.location
        secure: dict[str, Any] = {}
        if location.secure:
            secure = {
                "use_ssl": True,
                "verify_certs": location.verify,
                "ssl_show_warn": False,
                "ca_certs": location.ca or None,
                "client_cert": location.cert or None,
                "client_key": location.key or None,
            }
        try:
            return Transport(
                [{"host": host.name.strip("[]"), "port": host.port} for host in location.hosts],
                connection_class=_Connection,
                serializer=_Plain(),
                max_retries=0,  # `ask` repeats, and knows when to stop
                retry_on_status=(),
                retry_on_timeout=True,  # no repetition with none left, but another node is next
                pool_maxsize=CONCURRENCY,
                url_prefix=location.prefix,
                headers=dict(self.access.headers),
                http_auth=self.access.sign,
                # On this machine packing costs more than it saves.
                http_compress=False,
                **secure,
            )
        except (OSError, ValueError, OpenSearchException) as error:
            raise SourceError(self.name, f"{self.name}: {error}") from error

    def _identify(self) -> Product:
        if self.location.service == "aoss":
            return Product("OpenSearch Serverless", ())  # it answers nothing at /
        try:
            answer = self.read("GET", "/", dict[str, Any], action="cluster:monitor/main")
        except Trouble as trouble:
            if trouble.status in (403, 404, 405):
                # Who may only search need not be allowed to ask for the version.
                elastic = self.location.product == "elasticsearch"
                return Product("Elasticsearch" if elastic else "OpenSearch", ())
            raise self.error(trouble) from trouble
        return product_of(answer, self.name, self._host)


def decode(text: str, kind: type[_T]) -> _T:
    """Return an answer's text as a value; raises Trouble where it is none, or was cut off.

    Servers give documents as they were written, halves of surrogate pairs included (an emoji that
    a program cut in two): those become U+FFFD, or one would make an answer senseless.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        mended = _HALF.sub(_mended, text)
        if mended != text:
            return decode(mended, kind)
        shown = text[:60].replace("\n", " ")
        raise Trouble(f"what it answers makes no sense: {error} ({shown!r})", passes=True) from None


_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u]"  # whole, or another escape
    r"|(?P<escaped>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|(?P<plain>[\ud800-\udfff])"
)


def _mended(found: re.Match[str]) -> str:
    if found["plain"]:
        return "\ufffd"
    return r"\ufffd" if found["escaped"] else found[0]


def quoted(expression: str) -> str:
    """Return an index expression as part of a path: commas and wildcards stay what they are."""
    return quote(expression, safe="*,")
