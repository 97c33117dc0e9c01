"""AWS accounts: credentials, clients, and patience.

Credentials are what botocore finds (environment, profiles, SSO, containers, instances), narrowed by
the settings. Every request is counted, and transient failures are waited out. What an error means
is `slsloggrep.sources.aws_errors`' knowledge; what is asked of a service, and which failures cost
only a part of the answer, belongs to the source that asks.

botocore alone is used, not boto3: its resources are not needed, and cost start-up time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from copy import copy
from threading import Event, Lock
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import botocore
import botocore.session
from botocore import exceptions as failures
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)

from slsloggrep.errors import SourceError
from slsloggrep.sources.aws_errors import (
    AWS_ERRORS,
    NO_ANSWER,
    MisshapenError,
    describe,
    is_transient,
)
from slsloggrep.sources.base import Settings
from slsloggrep.sources.xml_answers import watch_xml

_T = TypeVar("_T")

CONNECT_TIMEOUT = 10
READ_TIMEOUT = 30

AWS_DOMAINS = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
)
"""Of the partitions that are open to the public (botocore, partitions.json)."""

_GLANCE = 0.2
"""Seconds of a pause after which it is looked whether the user has cancelled."""

_ANY_REGION = "us-east-1"
"""Roles are the same in every region: where none is known, STS is asked here."""


class Patience(NamedTuple):
    """How long a request is repeated before it counts as failed."""

    attempts: int = 10
    seconds: float = 60.0
    """No attempt begins later than this after the first."""
    base: float = 0.1
    """Seconds: the bound of the first pause; each further bound is twice as long."""
    longest: float = 10.0
    """Seconds: no single pause is longer."""
    first_contact: int = 3
    """Attempts where the endpoint has never answered, or answers what makes no sense: its address
    is probably wrong."""


class Account:
    """One set of credentials, as the settings name it, and the clients that use it.

    `on_request` is called for every HTTP request of its clients, repetitions and redirects
    included, on the thread that sends it. Raises SourceError where the settings name a profile
    that does not exist.
    """

    def __init__(
        self,
        source: str,
        settings: Settings,
        *,
        anonymous: bool = False,
        patience: Patience | None = None,
        on_request: Callable[[], None] | None = None,
    ) -> None:
        self.source = source
        self.stopped = Event()
        """Set: nobody waits for an answer any more, pauses end at once."""
        self._settings = settings
        self._anonymous = anonymous
        self._patience = patience or Patience()
        self._on_request = on_request
        self._answered: set[str] = set()
        self._making = Lock()
        self._lender: Account | None = None
        self._profile = settings.profile
        self._session = self._load()

    @property
    def region(self) -> str | None:
        """The region that clients use: the settings', else the environment's or the profile's."""
        region: str | None = self._settings.region or self._session.get_config_variable("region")
        return region

    @property
    def profile(self) -> str | None:
        """The profile in use; None: none is named anywhere."""
        return self._profile

    def credentials(self) -> Any:
        """Return botocore's credentials, renewed as they expire, for who signs by himself.

        Raises SourceError where there are none.
        """
        try:
            with self._making:
                found = self._session.get_credentials()
        except failures.BotoCoreError as error:
            raise self.explain(error) from error
        if found is None:
            raise self.explain(failures.NoCredentialsError())
        return found

    def client(
        self, service: str, *, concurrency: int = 10, region: str | None = None, **config: Any
    ) -> Any:
        """Return a client of a service; `config` goes into botocore's Config.

        `region` is another one than the account's own. Raises SourceError where no client can be
        made: no region, no such region.
        """
        with self._making:  # a session of botocore is not safe to use from several threads
            return self._client(
                self._session, service, self._settings.endpoint_url, concurrency, config, region
            )

    def persist(
        self,
        call: Callable[[], _T],
        *,
        transient: Callable[[BaseException], bool] = is_transient,
        endpoint: str = "",
    ) -> _T:
        """Return what a call returns, repeating it while its failure is transient.

        Throttling (503 SlowDown and the like), 5xx, timeouts and cut connections are transient,
        unless `transient` says otherwise. `endpoint` tells apart those that an account talks to:
        one that never answered gets less patience. Raises what the last attempt raised.
        """
        started = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = call()
            except AWS_ERRORS as error:
                if not isinstance(error, NO_ANSWER):
                    self._answered.add(endpoint)
                if not transient(error) or not self._worth_repeating(
                    attempt, started, endpoint, error
                ):
                    raise
            else:
                self._answered.add(endpoint)
                return answer
            self.pause(attempt)

    def pause(self, attempt: int) -> None:
        """Wait before the attempt that follows number `attempt`: exponential, with jitter.

        Ends early when nobody waits for the answer any more.
        """
        bound = min(self._patience.longest, self._patience.base * 2 ** (attempt - 1))
        length = random.uniform(bound / 4, bound)  # noqa: S311 - spreads load, no secret
        end = time.monotonic() + length
        while not self.given_up() and (left := end - time.monotonic()) > 0:
            self.stopped.wait(min(left, _GLANCE))

    def explain(
        self,
        error: BaseException,
        *,
        action: str | None = None,
        resource: str | None = None,
    ) -> SourceError:
        """Return the error that says why the source cannot be used, and what to try.

        `action` is the IAM action that was denied if access was denied, `resource` the ARN on
        which it is needed.
        """
        message, hint = describe(
            error,
            profile=self._profile,
            role=self._settings.role_arn,
            action=action,
            resource=resource,
        )
        return SourceError(self.source, f"{self.source}: {message}", hint=hint)

    def given_up(self) -> bool:
        """Tell whether nobody waits for an answer any more."""
        if self.stopped.is_set() or self._settings.cancelled():
            return True
        return self._lender is not None and self._lender.given_up()

    def lend(self, stopped: Event) -> Account:
        """Return the same account for one of several readers: setting `stopped` ends its calls.

        They end with those of this account, too.
        """
        lent = copy(self)
        lent.stopped = stopped
        lent._lender = self  # noqa: SLF001 - its own kind
        return lent

    def renew(self) -> None:
        """Read keys, profiles and logins anew, for the clients that are made from now on.

        Raises SourceError where the profile is not there any more.
        """
        if self._lender is not None:
            self._lender.renew()
        with self._making:
            self._session = self._load()

    def _load(self) -> botocore.session.Session:
        try:
            session = _new_session(self._settings)
            self._profile = session.get_config_variable("profile")
            session.get_scoped_config()
        except failures.BotoCoreError as error:
            raise self.explain(error) from error
        if self._settings.role_arn and not self._anonymous:
            return self._assume(session, self._settings.role_arn)
        return session

    def _worth_repeating(
        self, attempt: int, started: float, endpoint: str, error: BaseException
    ) -> bool:
        if self.given_up():
            return False
        hopeless = endpoint not in self._answered or isinstance(error, MisshapenError)
        if hopeless and attempt >= self._patience.first_contact:
            return False
        return (
            attempt < self._patience.attempts
            and time.monotonic() - started < self._patience.seconds
        )

    def _client(
        self,
        session: botocore.session.Session,
        service: str,
        endpoint: str | None,
        concurrency: int,
        config: dict[str, Any],
        region: str | None = None,
    ) -> Any:
        if self._anonymous:
            config = {"signature_version": botocore.UNSIGNED, **config}
        try:
            client = session.create_client(
                service,
                region_name=region or self._settings.region,
                endpoint_url=endpoint,
                config=Config(
                    max_pool_connections=concurrency,
                    # persist() repeats: botocore's retry quota would end under long throttling.
                    retries={"total_max_attempts": 1, "mode": "standard"},
                    **{
                        "connect_timeout": CONNECT_TIMEOUT,
                        "read_timeout": READ_TIMEOUT,
                        **config,
                    },
                ),
            )
        except (failures.BotoCoreError, ValueError) as error:
            if isinstance(error, ValueError):  # botocore's word for a malformed endpoint URL
                raise SourceError(self.source, f"{self.source}: {error}") from error
            raise self.explain(error) from error
        client.meta.events.register_last("before-send", self._count)
        watch_xml(client)
        return client

    def _count(self, **_: Any) -> None:
        if self._on_request is not None:
            self._on_request()

    def _assume(self, session: botocore.session.Session, role_arn: str) -> botocore.session.Session:
        """Return a session whose credentials are those of a role, renewed as they expire."""
        endpoint = self._settings.endpoint_url
        if endpoint and (urlsplit(endpoint).hostname or "").endswith(AWS_DOMAINS):
            endpoint = None  # an endpoint of one service of AWS does not serve STS

        def create_sts(_service: str, **credentials: Any) -> Any:
            signing = _new_session(self._settings)
            signing.set_credentials(
                credentials["aws_access_key_id"],
                credentials["aws_secret_access_key"],
                credentials.get("aws_session_token"),
            )
            if not (self._settings.region or signing.get_config_variable("region")):
                signing.set_config_variable("region", _ANY_REGION)
            return self._client(signing, "sts", endpoint, 1, {})

        class Role(CredentialProvider):
            METHOD = "assume-role"

            def load(self) -> DeferredRefreshableCredentials | None:
                base = session.get_credentials()
                if base is None:
                    return None
                fetcher = AssumeRoleCredentialFetcher(
                    create_sts, base, role_arn, extra_args={"RoleSessionName": "slsloggrep"}
                )
                return DeferredRefreshableCredentials(
                    refresh_using=fetcher.fetch_credentials, method=self.METHOD
                )

        assumed = _new_session(self._settings)
        assumed.register_component("credential_provider", CredentialResolver([Role()]))
        return assumed


def _new_session(settings: Settings) -> botocore.session.Session:
    # The command line tools of AWS know both variables, botocore by itself only the second.
    variables = ["AWS_REGION", "AWS_DEFAULT_REGION"]
    return botocore.session.Session(
        session_vars={"region": ("region", variables, None, None)}, profile=settings.profile
    )
