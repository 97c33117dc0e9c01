"""AWS accounts: credentials, clients, patience, and errors by name.

Credentials are what botocore finds (environment, profiles, SSO, containers, instances), narrowed by
the settings. Every request is counted, transient failures are waited out, and what remains becomes
one line that names the missing permission and what to try. What is asked of a service, and which
failures cost only a part of the answer, belongs to the source that asks.

botocore alone is used, not boto3: its resources are not needed, and cost start-up time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from threading import Event
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
from slsloggrep.sources.base import Settings

_T = TypeVar("_T")

CONNECT_TIMEOUT = 10
READ_TIMEOUT = 30

_ANY_REGION = "us-east-1"
"""Roles are the same in every region: where none is known, STS is asked here."""

_THROTTLED = frozenset(
    {
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "LimitExceededException",
        "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException",
        "EC2ThrottledException",
    }
)
_TRANSIENT = frozenset({"RequestTimeout", "RequestTimeoutException", "InternalError"})
_STATUS_TOO_MANY = 429
_STATUS_SERVER = 500

_NO_ANSWER = (
    failures.EndpointConnectionError,
    failures.ConnectTimeoutError,
    failures.ProxyConnectionError,
    failures.SSLError,
)
_CUT = (
    failures.HTTPClientError,
    failures.IncompleteReadError,
    failures.FlexibleChecksumError,
)
_LOGIN_EXPIRED = (
    failures.SSOError,
    failures.TokenRetrievalError,
    getattr(failures, "LoginError", failures.SSOError),  # newer than our oldest botocore
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"}
)
_WRONG_KEY = frozenset(
    {"InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId"}
)
_WRONG_SECRET = frozenset({"SignatureDoesNotMatch", "InvalidSignatureException"})
_WRONG_TOKEN = frozenset({"InvalidToken"})
_SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})

AWS_ERRORS = (failures.BotoCoreError, failures.ClientError)
"""What a call of botocore can raise."""


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
    """Attempts where the endpoint has never answered: its address is probably wrong."""


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
        self._answered = False
        try:
            self._session = _new_session(settings)
            self._profile = self._session.get_config_variable("profile")
            self._session.get_scoped_config()
        except failures.BotoCoreError as error:
            raise self.explain(error) from error
        if settings.role_arn and not anonymous:
            self._session = self._assume(self._session, settings.role_arn)

    def client(self, service: str, *, concurrency: int = 10, **config: Any) -> Any:
        """Return a client of a service; `config` goes into botocore's Config.

        Raises SourceError where no client can be made: no region, no such region.
        """
        return self._client(
            self._session, service, self._settings.endpoint_url, concurrency, config
        )

    def persist(self, call: Callable[[], _T]) -> _T:
        """Return what a call returns, repeating it while its failure is transient.

        Throttling (503 SlowDown and the like), 5xx, timeouts and cut connections are transient.
        Raises what the last attempt raised.
        """
        started = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = call()
            except AWS_ERRORS as error:
                if not isinstance(error, _NO_ANSWER):
                    self._answered = True
                if not self._worth_repeating(error, attempt, started):
                    raise
            else:
                self._answered = True
                return answer
            self.pause(attempt)

    def pause(self, attempt: int) -> None:
        """Wait before the attempt that follows number `attempt`: exponential, with full jitter."""
        bound = min(self._patience.longest, self._patience.base * 2 ** (attempt - 1))
        self.stopped.wait(random.uniform(bound / 4, bound))  # noqa: S311 - spreads load, no secret

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
        message, hint = self._describe(error, action, resource)
        return SourceError(self.source, f"{self.source}: {message}", hint=hint)

    def _worth_repeating(self, error: Exception, attempt: int, started: float) -> bool:
        if not is_transient(error) or self.stopped.is_set():
            return False
        if not self._answered and attempt >= self._patience.first_contact:
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
    ) -> Any:
        if self._anonymous:
            config = {"signature_version": botocore.UNSIGNED, **config}
        try:
            client = session.create_client(
                service,
                region_name=self._settings.region,
                endpoint_url=endpoint,
                config=Config(
                    connect_timeout=CONNECT_TIMEOUT,
                    read_timeout=READ_TIMEOUT,
                    max_pool_connections=concurrency,
                    # persist() repeats: botocore's retry quota would end under long throttling.
                    retries={"total_max_attempts": 1, "mode": "standard"},
                    **config,
                ),
            )
        except (failures.BotoCoreError, ValueError) as error:
            if isinstance(error, ValueError):  # botocore's word for a malformed endpoint URL
                raise SourceError(self.source, f"{self.source}: {error}") from error
            raise self.explain(error) from error
        client.meta.events.register_last("before-send", self._count)
        return client

    def _count(self, **_: Any) -> None:
        if self._on_request is not None:
            self._on_request()

    def _assume(self, session: botocore.session.Session, role_arn: str) -> botocore.session.Session:
        """Return a session whose credentials are those of a role, renewed as they expire."""
        endpoint = self._settings.endpoint_url
        if endpoint and (urlsplit(endpoint).hostname or "").endswith(_AWS_DOMAINS):
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

    def _describe(
        self, error: BaseException, action: str | None, resource: str | None
    ) -> tuple[str, str | None]:
        if isinstance(error, failures.ClientError):
            return self._describe_answer(error, action, resource)
        profile = self._profile or "default"
        login = f"aws sso login --profile {profile}"
        if isinstance(error, failures.ProfileNotFound):
            return (
                f"the profile '{self._settings.profile or profile}' is not configured",
                "aws configure list-profiles names those that are",
            )
        if isinstance(error, _LOGIN_EXPIRED):
            return f"the login of profile '{profile}' has expired: {words_of(error)}", login
        if isinstance(error, failures.NoCredentialsError):
            return (
                "no AWS credentials were found",
                f"aws configure, or set AWS_PROFILE (or --profile), or {login}",
            )
        if isinstance(error, failures.PartialCredentialsError | failures.CredentialRetrievalError):
            return f"the AWS credentials cannot be read: {words_of(error)}", (
                "aws sts get-caller-identity shows whether they work elsewhere"
            )
        if isinstance(error, failures.NoRegionError):
            return "no AWS region is known", "give --region, or set AWS_REGION"
        if isinstance(error, failures.SSLError):
            return f"no secure connection: {words_of(error)}", (
                "AWS_CA_BUNDLE names the certificates of a proxy"
            )
        if isinstance(error, (*_NO_ANSWER, failures.ReadTimeoutError)):
            return f"the endpoint does not answer: {words_of(error)}", (
                "check the network, --region and --endpoint-url"
            )
        return words_of(error), None

    def _describe_answer(
        self, error: failures.ClientError, action: str | None, resource: str | None
    ) -> tuple[str, str | None]:
        code = code_of(error)
        if error.operation_name.startswith("AssumeRole"):
            action = f"sts:{error.operation_name}"
            resource = self._settings.role_arn or "the role of the profile"
        profile = self._profile or "default"
        if code in _EXPIRED:
            return "the AWS credentials have expired", (
                f"aws sso login --profile {profile}, or fetch new ones"
            )
        if code in _WRONG_KEY:
            return f"the AWS access key is not known there ({code})", (
                "check AWS_ACCESS_KEY_ID, --profile and --endpoint-url"
            )
        if code in _WRONG_SECRET:
            return f"the AWS secret key is wrong ({code})", "check AWS_SECRET_ACCESS_KEY, --profile"
        if code in _WRONG_TOKEN:
            return f"the AWS session token is wrong ({code})", (
                "check AWS_SESSION_TOKEN: it belongs to one access key"
            )
        if code in _SKEWED:
            return f"this machine's clock is wrong ({code}): AWS refuses its signatures", (
                "set the clock, for example with NTP"
            )
        if code in _DENIED and action:
            return f"access denied: {action} on {resource} is missing", (
                f"allow {action} on {resource} to these credentials"
            )
        return f"{error.operation_name} failed: {words_of(error)}", None


def _new_session(settings: Settings) -> botocore.session.Session:
    # The command line tools of AWS know both variables, botocore by itself only the second.
    variables = ["AWS_REGION", "AWS_DEFAULT_REGION"]
    return botocore.session.Session(
        session_vars={"region": ("region", variables, None, None)}, profile=settings.profile
    )


_AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "api.aws")


def code_of(error: BaseException) -> str:
    """Return the code by which a service names an error, empty for any other exception."""
    if isinstance(error, failures.ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def status_of(error: BaseException) -> int:
    """Return the HTTP status of a service's error, 0 for any other exception."""
    if isinstance(error, failures.ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return 0


def words_of(error: BaseException) -> str:
    """Return an error's own words on one line, a service's error with its code."""
    if isinstance(error, failures.ClientError):
        return _one_line(f"{code_of(error)}: {error.response.get('Error', {}).get('Message', '')}")
    return _one_line(str(error))


def is_denied(error: BaseException) -> bool:
    """Tell whether the credentials are good, but not allowed to do this."""
    return code_of(error) in _DENIED


def is_transient(error: BaseException) -> bool:
    """Tell whether the same request may succeed a little later."""
    if isinstance(error, failures.ClientError):
        code = code_of(error)
        status = status_of(error)
        return (
            code in _THROTTLED
            or code in _TRANSIENT
            or status == _STATUS_TOO_MANY
            or status >= _STATUS_SERVER
        )
    return isinstance(
        error, (*_CUT, failures.EndpointConnectionError, failures.ConnectTimeoutError)
    )


def concerns_account(error: BaseException) -> bool:
    """Tell whether an error will meet every further request: credentials, clock, connection."""
    if isinstance(error, failures.ClientError):
        refused = _EXPIRED | _WRONG_KEY | _WRONG_SECRET | _WRONG_TOKEN | _SKEWED
        return code_of(error) in refused or error.operation_name.startswith("AssumeRole")
    return isinstance(error, failures.BotoCoreError) and not isinstance(error, _CUT)


def _one_line(text: str) -> str:
    return " ".join(text.split())
