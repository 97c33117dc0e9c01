"""What is read where no source is named: CloudWatch, if there are signs of AWS credentials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from slsloggrep.cli.context import Environment
from slsloggrep.errors import UsageError

DEFAULT_SOURCE = "cloudwatch:"

_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
CREDENTIAL_FILES = (
    ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    ("AWS_CONFIG_FILE", "config"),
)
"""Variables and, where they are not set, files in `~/.aws` (AWS SDKs Reference Guide, location)."""


def default_sources(environment: Environment, *, named: Sequence[str]) -> tuple[str, ...]:
    """Return CloudWatch, where there are signs of AWS credentials or the user names a group."""
    if named or has_credentials(environment):
        return (DEFAULT_SOURCE,)
    piped = environment.stdin is not None and not environment.stdin_is_terminal
    raise UsageError(
        "no source is given, and there are no AWS credentials to read CloudWatch with"
        + ("; a pipe is read with -S -" if piped else ""),
        hint="-S cloudwatch: with --profile, -S s3://bucket/prefix, -S ./folder, -S - for a pipe, "
        "or -S demo: to look around",
    )


def has_credentials(environment: Environment) -> bool:
    """Tell whether there are signs of AWS credentials.

    Signs only: to look for the credentials themselves may take seconds and a network.
    """
    if any(environment.env.get(name) for name in _CREDENTIALS):
        return True
    home = environment.env.get("HOME") or environment.env.get("USERPROFILE")
    for name, usual in CREDENTIAL_FILES:
        path = environment.env.get(name) or (home and f"{home}/.aws/{usual}")
        if path and Path(path).expanduser().exists():
            return True
    return False
