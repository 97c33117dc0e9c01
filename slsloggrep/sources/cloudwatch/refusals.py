"""What may become of a call but an answer: refused, out of reach, or no longer waited for.

Which errors of AWS pass, and which concern the whole account, is `slsloggrep.sources.aws_errors`'
knowledge; what follows from a refusal, that of those who read.
"""

from __future__ import annotations

from enum import Enum, auto

from botocore import exceptions as failures

from slsloggrep.errors import SourceError
from slsloggrep.sources.aws import Account
from slsloggrep.sources.aws_errors import (
    code_of,
    concerns_account,
    is_denied,
    is_transient,
    words_of,
)

_PREFIXES = {"resourcegroupstaggingapi": "tag", "stepfunctions": "states"}
"""What IAM calls a service whose endpoint has another name (Service Authorization Reference)."""
_ACTIONS = {"apigateway": "apigateway:GET", "apigatewayv2": "apigateway:GET"}
"""Of services whose actions are no operations: API Gateway's are methods of HTTP (as above)."""
_ABSENT = frozenset({"ResourceNotFoundException", "NotFoundException", "StateMachineDoesNotExist"})


class Why(Enum):
    """What kind of refusal it was."""

    NO_SUCH_GROUP = auto()
    NO_SUCH_STREAM = auto()
    DENIED = auto()
    UNSUPPORTED = auto()
    """The group's class (Infrequent Access) or the service does not know the operation."""
    BAD_REQUEST = auto()
    """A parameter that the service does not take: a filter pattern, a stale token, a direction."""
    LIMIT = auto()
    """As much of it as is allowed runs already: queries, live sessions."""
    GARBLED = auto()
    """What was answered cannot be: pages that lead in circles."""
    OTHER = auto()


class Refused(Exception):  # noqa: N818 - a fact about one request, not an error of the program
    """The service will not do this one thing, however often it is asked."""

    def __init__(self, why: Why, reason: str, hint: str | None = None, *, action: str = "") -> None:
        super().__init__(reason)
        self.why = why
        self.reason = reason
        """For a gap: what the service said, with the IAM action where that was missing."""
        self.hint = hint
        self.action = action
        """The IAM action that is missing; empty where it is not that."""


class Abandoned(Exception):  # noqa: N818 - a fact about the asker
    """Nobody waits for the answer any more: Ctrl-C, or a reader that has enough."""


class UnreachableError(SourceError):
    """Nothing was heard from the service, or nothing sensible, for as long as patience lasts.

    Who follows a group tries again later; who reads an answer cannot.
    """


def meaning_of(
    error: Exception, account: Account, *, service: str, operation: str, resource: str
) -> Refused | SourceError:
    """Return what an error of botocore means to whoever reads.

    `resource` is what the call was about: it is named where access to it was denied.
    """
    action = _ACTIONS.get(service) or f"{_PREFIXES.get(service, service)}:{operation}"
    code = code_of(error)
    if isinstance(error, failures.ParamValidationError):
        return Refused(Why.BAD_REQUEST, words_of(error))
    if is_denied(error):
        return Refused(
            Why.DENIED,
            f"access denied: {action} on {resource} is missing",
            f"allow {action} on {resource} to these credentials",
            action=action,
        )
    if code == "LimitExceededException":  # before what is transient: the asker waits for room
        return Refused(Why.LIMIT, words_of(error))
    if concerns_account(error) or is_transient(error):
        explained = account.explain(error, action=action, resource=resource)
        if is_transient(error):
            return UnreachableError(explained.source, explained.message, hint=explained.hint)
        return explained
    words = words_of(error)
    if code in _ABSENT:
        # A function's name may hold any word.
        stream = service == "logs" and "stream" in words and "group" not in words
        return Refused(Why.NO_SUCH_STREAM if stream else Why.NO_SUCH_GROUP, words)
    if code in ("InvalidOperationException", "UnknownOperationException") or (
        "infrequent" in words.lower()
    ):
        return Refused(Why.UNSUPPORTED, words)
    if code in ("InvalidParameterException", "MalformedQueryException", "ValidationException"):
        return Refused(Why.BAD_REQUEST, words)
    return Refused(Why.OTHER, words)
