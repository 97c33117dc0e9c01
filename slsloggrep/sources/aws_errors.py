"""Errors of AWS by name: which pass, which concern the whole account, and what to try.

Knows botocore's exceptions and the codes that services answer with. Who repeats a request, and
which failures cost only a part of an answer, is decided elsewhere.
"""

from __future__ import annotations

from botocore import exceptions as failures

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


class GarbledError(failures.HTTPClientError):
    """What came back with a status of success is no answer of the service."""

    fmt = "what it answers makes no sense: {error}"


class MisshapenError(GarbledError):
    """It is whole, and of another shape than the service's answers: that hardly passes."""


NO_ANSWER = (
    failures.EndpointConnectionError,
    failures.ConnectTimeoutError,
    failures.ProxyConnectionError,
    failures.SSLError,
    GarbledError,
)
"""Nothing was ever heard from the endpoint, or nothing that it would say."""

_CUT = (
    failures.HTTPClientError,
    failures.IncompleteReadError,
    failures.FlexibleChecksumError,
)
_SSO_EXPIRED = (failures.SSOError, failures.TokenRetrievalError)
_LOGIN_EXPIRED = getattr(failures, "LoginError", ())  # newer than our oldest botocore
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
_OTHER_TIME = ("Signature expired", "Signature not yet current")
"""What a refusal of a signature says of a clock, under the code of a wrong secret (IAM User Guide,
troubleshoot SigV4)."""

AWS_ERRORS = (failures.BotoCoreError, failures.ClientError)
"""What a call of botocore can raise."""


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


def is_throttled(error: BaseException) -> bool:
    """Tell whether a service refused a request for coming too fast, and for nothing else."""
    return code_of(error) in _THROTTLED or status_of(error) == _STATUS_TOO_MANY


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


def describe(
    error: BaseException,
    *,
    profile: str | None,
    role: str | None,
    action: str | None = None,
    resource: str | None = None,
) -> tuple[str, str | None]:
    """Return why an account cannot be used, in one line, and what to try.

    `profile` and `role` are those in use. `action` is the IAM action that was denied if access was
    denied, `resource` the ARN on which it is needed.
    """
    if isinstance(error, failures.ClientError):
        return _describe_answer(error, profile, role, action, resource)
    profile = profile or "default"
    login = f"aws sso login --profile {profile}"
    if isinstance(error, failures.ProfileNotFound):
        return (
            f"the profile '{profile}' is not configured",
            "aws configure list-profiles names those that are",
        )
    if isinstance(error, _SSO_EXPIRED):
        return f"the login of profile '{profile}' has expired: {words_of(error)}", login
    if isinstance(error, _LOGIN_EXPIRED):
        return (
            f"the login of profile '{profile}' has expired: {words_of(error)}",
            f"aws login --profile {profile}",
        )
    if isinstance(error, GarbledError):
        return f"this is not the service's endpoint: {words_of(error)}", (
            "check --endpoint-url, and any proxy in between"
        )
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
    if isinstance(error, (*NO_ANSWER, failures.ReadTimeoutError)):
        return f"the endpoint does not answer: {words_of(error)}", (
            "check the network, --region and --endpoint-url"
        )
    return words_of(error), None


def _describe_answer(
    error: failures.ClientError,
    profile: str | None,
    role: str | None,
    action: str | None,
    resource: str | None,
) -> tuple[str, str | None]:
    code = code_of(error)
    if error.operation_name.startswith("AssumeRole"):
        action = f"sts:{error.operation_name}"
        resource = role or "the role of the profile"
    profile = profile or "default"
    if code in _EXPIRED:
        return "the AWS credentials have expired", (
            f"aws sso login --profile {profile}, or fetch new ones"
        )
    if code in _WRONG_KEY:
        return f"the AWS access key is not known there ({code})", (
            "check AWS_ACCESS_KEY_ID, --profile and --endpoint-url; some regions must be enabled "
            "for an account first"
        )
    if code in _SKEWED or (code in _WRONG_SECRET and _is_of_other_time(error)):
        return f"this machine's clock is wrong ({code}): AWS refuses its signatures", (
            "set the clock, for example with NTP"
        )
    if code in _WRONG_SECRET:
        return f"the AWS secret key is wrong ({code})", "check AWS_SECRET_ACCESS_KEY, --profile"
    if code in _WRONG_TOKEN:
        return f"the AWS session token is wrong ({code})", (
            "check AWS_SESSION_TOKEN: it belongs to one access key"
        )
    if code in _DENIED and action:
        return f"access denied: {action} on {resource} is missing", (
            f"allow {action} on {resource} to these credentials"
        )
    return f"{error.operation_name} failed: {words_of(error)}", None


def _is_of_other_time(error: failures.ClientError) -> bool:
    return str(error.response.get("Error", {}).get("Message", "")).startswith(_OTHER_TIME)


def _one_line(text: str) -> str:
    return " ".join(text.split())
