"""How one stands with AWS: whose credentials there are, who one is with them, whether clocks agree.

Checks that every source in AWS begins with. Which permissions a source needs is its own knowledge.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from slsloggrep.errors import SourceError
from slsloggrep.model import Millis
from slsloggrep.model.checks import Check, Permission, Verdict
from slsloggrep.sources.aws import Account
from slsloggrep.sources.aws_errors import AWS_ERRORS, is_denied
from slsloggrep.wording import duration_text

CREDENTIALS, IDENTITY, CLOCK = "credentials", "identity", "clock"

_SKEW: Millis = 60_000
"""From here on times mislead; from 5 minutes on AWS refuses requests (IAM User Guide, signing)."""
_WHOLE_SECOND: Millis = 1_500
"""Dates of answers have whole seconds: less than that says nothing."""

_METHODS = {
    "env": "environment variables",
    "shared-credentials-file": "the credentials file",
    "config-file": "the config file",
    "custom-process": "a program that the config file names",
    "sso": "IAM Identity Center",
    "iam-role": "the role of this instance",
    "container-role": "the role of this container",
    "assume-role": "an assumed role",
    "assume-role-with-web-identity": "a role assumed with a web identity",
}
"""Where botocore says that it found credentials (botocore.credentials, METHOD)."""


def check_credentials(account: Account, role: str | None = None) -> Check:
    """Return whether there are credentials; expired ones are renewed, a role is assumed.

    `role` is the one that the settings name. Tells the last four characters of the key, no more.
    """
    try:
        found = account.credentials()
        key = str(found.get_frozen_credentials().access_key)
    except SourceError as error:
        return Check(
            what=CREDENTIALS,
            verdict=Verdict.MISSING,
            detail=error.words,
            hint=error.hint,
            fatal=True,
        )
    except AWS_ERRORS as error:
        explained = account.explain(error)
        denied = is_denied(error) and role is not None
        return Check(
            what=CREDENTIALS,
            verdict=Verdict.MISSING,
            detail=explained.words,
            hint=explained.hint,
            permissions=(Permission("sts:AssumeRole", (role,)),) if denied and role else (),
            denied=denied,
            fatal=True,
        )
    method = _METHODS.get(str(found.method), str(found.method))
    profile = f", profile '{account.profile}'" if account.profile else ""
    detail = f"key ...{key[-4:]} from {method}{profile}"
    return Check(what=CREDENTIALS, verdict=Verdict.OK, detail=detail)


def tell_identity(answer: Mapping[str, Any]) -> Check:
    """Return the check that says who one is, out of an answer of GetCallerIdentity."""
    return Check(what=IDENTITY, verdict=Verdict.OK, detail=str(answer.get("Arn", "")))


def skip_identity(reason: str) -> Check:
    """Return the check that says why it is not known who one is; logs may be read all the same."""
    return Check(what=IDENTITY, verdict=Verdict.UNCHECKED, detail=reason)


def check_clock(ahead: Millis | None) -> Check:
    """Return what it means that the service's clock is so far ahead; None: it does not say."""
    if ahead is None:
        detail = "no answer tells the service's time"
        return Check(what=CLOCK, verdict=Verdict.UNCHECKED, detail=detail)
    if abs(ahead) < _WHOLE_SECOND:
        return Check(
            what=CLOCK, verdict=Verdict.OK, detail="the same as the service's, to a second"
        )
    way = "behind" if ahead > 0 else "ahead of"
    detail = f"this machine's clock is {duration_text(abs(ahead))} {way} the service's"
    if abs(ahead) < _SKEW:
        return Check(what=CLOCK, verdict=Verdict.NOTE, detail=detail)
    hint = "set the clock, for example with NTP: AWS refuses requests that are 5 minutes off"
    return Check(what=CLOCK, verdict=Verdict.MISSING, detail=detail, hint=hint)


def headers_of(answer: object) -> Mapping[str, Any]:
    """Return an answer, or what an error was answered with, as `served_at` takes it."""
    while isinstance(answer, BaseException) and not hasattr(answer, "response"):
        answer = answer.__cause__
    found = getattr(answer, "response", answer)
    return found if isinstance(found, Mapping) else {}


def ahead_of(served: Millis | None) -> Millis | None:
    """Return how far a service's time is ahead of this machine's, right now."""
    return None if served is None else served - time.time_ns() // 1_000_000
