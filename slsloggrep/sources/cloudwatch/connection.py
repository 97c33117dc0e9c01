"""One account in one region, as all calls to it see it: patient, counted, and ended in time.

Every call waits for its turn at the limiter of its API, is repeated for as long as it is throttled
and for a while when it fails otherwise, and ends in an answer or in one of three exceptions:
`Refused` (this group, this pattern, this token: the others can go on), SourceError (nothing can be
read here at all: credentials, network) or `Abandoned` (nobody waits any more). Which operations
there are, and what their answers hold, is `slsloggrep.sources.cloudwatch.logs`' knowledge.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from copy import copy
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from typing import Any, Self
from urllib.parse import urlsplit

from botocore import exceptions as failures

from slsloggrep.model import Millis
from slsloggrep.sources.aws import AWS_DOMAINS, Account
from slsloggrep.sources.aws_errors import AWS_ERRORS, code_of, is_throttled, is_transient
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.answers import watch_answers
from slsloggrep.sources.cloudwatch.limiter import Limiter, Limiters
from slsloggrep.sources.cloudwatch.refusals import Abandoned, meaning_of

_GLANCE = 0.1
"""Seconds after which it is looked whether anybody still waits for a call."""
_CONCURRENCY = 64
"""Connections that a client keeps; how many are used at once, the readers decide."""

_METHODS = {
    "FilterLogEvents": "filter_log_events",
    "GetLogEvents": "get_log_events",
    "DescribeLogGroups": "describe_log_groups",
    "DescribeLogStreams": "describe_log_streams",
    "GetFunctionConfiguration": "get_function_configuration",
    "ListFunctions": "list_functions",
    "StartQuery": "start_query",
    "GetQueryResults": "get_query_results",
    "StartLiveTail": "start_live_tail",
    "ListStacks": "list_stacks",
    "ListStackResources": "list_stack_resources",
    "GetResources": "get_resources",
    "GetApi": "get_api",
    "GetStages": "get_stages",
    "GetIntegrations": "get_integrations",
    "GetAuthorizers": "get_authorizers",
    "GetApiMappings": "get_api_mappings",
    "DescribeStateMachine": "describe_state_machine",
    "GetCallerIdentity": "get_caller_identity",
}


class Connection:
    """The calls of one account in one region, whatever they ask for."""

    def __init__(
        self,
        account: Account,
        settings: Settings,
        *,
        label: str = "",
        limiters: Limiters,
        region: str | None = None,
        on_wait: Callable[[], None] | None = None,
    ) -> None:
        self.label = label
        """`eu-west-1` or `prod@eu-west-1` where several are read, else empty."""
        self.account = account
        self.settings = settings
        self._lent = False
        region = region or account.region
        if region is None:
            raise account.explain(failures.NoRegionError())
        self.region: str = region
        """Need not be the account's own: one set of credentials serves several regions."""
        self._limiters = limiters
        self._place = f"{account.profile}|{settings.role_arn}|{settings.endpoint_url}"
        self._on_wait = on_wait
        self._lock = threading.RLock()
        self._clients: dict[tuple[str, bool], Any] = {}
        self.clock_ahead: Millis = 0
        """How far the service's clock is ahead of this machine's, to a second or so."""

    @property
    def host(self) -> str:
        """The host that is asked for logs; empty as long as none was."""
        client = self._clients.get(("logs", False))
        return (urlsplit(client.meta.endpoint_url).hostname or "") if client is not None else ""

    def close(self) -> None:
        """Close the connections; whoever waits for an answer is ended by the account."""
        with self._lock:
            for client in self._clients.values():
                client.close()

    def lend(self, stopped: threading.Event) -> Self:
        """Return the same place for one of several readers: setting `stopped` ends its calls."""
        lent = copy(self)
        lent._lent = True  # noqa: SLF001 - a copy of this very class
        lent.account = self.account.lend(stopped)
        return lent

    def renew(self) -> None:
        """Read the credentials anew: those in use were refused. Raises SourceError."""
        self.account.renew()
        with self._lock:
            self._clients.clear()

    def limiter(self, operation: str) -> Limiter:
        """Return what lets the calls of an operation through."""
        return self._limiters.of(self._place, self.region, operation)

    def call(
        self,
        operation: str,
        resource: str,
        given: dict[str, Any],
        *,
        service: str = "logs",
    ) -> Any:
        """Return the answer of one operation; absent (None) parameters are left out.

        `resource` is what the call is about, for the words of an error. Raises Refused, SourceError
        (UnreachableError where it may work later) or Abandoned.
        """
        live = operation == "StartLiveTail"
        client = self._client(service, live=live)
        method = getattr(client, _METHODS[operation])
        parameters = {name: value for name, value in given.items() if value is not None}
        limiter = self.limiter(operation)
        while True:
            if not limiter.wait(self.account.given_up):
                raise Abandoned
            began = time.monotonic()
            try:
                answer = self._attend(
                    lambda: self.account.persist(
                        lambda: method(**parameters),
                        transient=lambda error: is_transient(error) and not is_throttled(error),
                        # Live tail has a host of its own.
                        endpoint=f"{'live.' if live else ''}{service}.{self.region}",
                    )
                )
            except AWS_ERRORS as error:
                if self.account.given_up():
                    raise Abandoned from error
                if is_throttled(error) and code_of(error) != "LimitExceededException":
                    limiter.throttled(time.monotonic() - began)
                    if self._on_wait is not None:
                        self._on_wait()
                    continue
                raise meaning_of(
                    error,
                    self.account,
                    service=service,
                    operation=operation,
                    resource=resource,
                ) from error
            limiter.passed(time.monotonic() - began)
            self._compare_clocks(answer)
            return answer

    def _attend(self, call: Callable[[], Any]) -> Any:
        """Return what a call returns, unless nobody waits for it any more.

        A read of a socket heeds nobody. Readers that were lent a place have threads that may be
        left alone with it; others wait here.
        """
        if self._lent:
            return call()
        outcome: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

        def work() -> None:
            try:
                outcome.put((call(), None))
            except BaseException as error:
                outcome.put((None, error))

        threading.Thread(target=work, name="call", daemon=True).start()
        while True:
            try:
                answer, error = outcome.get(timeout=_GLANCE)
            except Empty:
                if self.account.given_up():
                    raise Abandoned from None
                continue
            if error is not None:
                raise error
            return answer

    def _client(self, service: str, *, live: bool = False) -> Any:
        with self._lock:  # re-entrant: a live client looks at the ordinary one
            key = (service, live)
            if key not in self._clients:
                config: dict[str, Any] = {}
                if live:
                    # A session sends an update every second, an empty one where nothing happens.
                    config["read_timeout"] = 30
                    # The host's prefix is AWS's own; whoever names an endpoint means that one,
                    # be it by a flag, by a variable or in the profile.
                    self._client("logs")
                    config["inject_host_prefix"] = self.host.endswith(AWS_DOMAINS)
                client = self.account.client(
                    service, concurrency=_CONCURRENCY, region=self.region, **config
                )
                watch_answers(client)
                self._clients[key] = client
            return self._clients[key]

    def _compare_clocks(self, answer: Any) -> None:
        served = served_at(answer)
        if served is not None:
            ahead = served - time.time_ns() // 1_000_000
            # The header has whole seconds, cut off: less than one says nothing.
            self.clock_ahead = ahead if not -1500 < ahead < 500 else 0


def served_at(answer: Any) -> Millis | None:
    """Return when the service answered, by its own clock; whole seconds. None: it did not say."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return round(parsedate_to_datetime(date).timestamp() * 1000) if date else None
    except (TypeError, ValueError):
        return None
