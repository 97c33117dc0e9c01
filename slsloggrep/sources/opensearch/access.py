"""Who asks a search cluster: names, passwords, keys and signatures, out of safe places.

Secrets come from the environment, from a command that prints one, or from the system's keyring;
never from the URL. What a refusal means is `slsloggrep.sources.opensearch.failures`' knowledge.
"""

from __future__ import annotations

import base64
import importlib
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch.location import SECRETS, Location, is_amazon

PREFIX = "SLSLOGGREP_OPENSEARCH_"
_WAYS = ("", "_COMMAND", "_KEYRING")
"""Endings of the variables that say where a secret is."""
KEYRING = "slsloggrep"
"""The service under which the keyring holds passwords: `keyring set slsloggrep USER@HOST`."""

_PATIENCE_S = 60
"""A password manager may ask a person first."""


@dataclass(frozen=True, slots=True)
class Access:
    """How requests say who asks."""

    who: str
    """For people: `user 'ada'`, `an API key`, `no credentials`."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    sign: Callable[..., dict[str, str]] | None = field(default=None, repr=False)
    """Returns the headers of one request, given its method, URL and body."""
    is_secret: bool = False
    """Something is sent that whoever listens could use."""


def find_access(location: Location, settings: Settings) -> Access:
    """Return how to ask a cluster.

    The way that the URL names, else the first that there are secrets for: API key, token, user and
    password; else a signature, where the host is Amazon's; else none. Raises UsageError where the
    named way lacks its secret, SourceError where a command or AWS gives none.
    """
    env = settings.env
    auth = location.auth
    if auth == "none":
        return Access("no credentials")
    if auth == "aws":
        return _signed(location, settings)
    api_key = _secret(location, env, "API_KEY") if auth in ("", "apikey") else ""
    if auth == "apikey" or api_key:
        return _with_key(location, api_key)
    token = _secret(location, env, "TOKEN") if auth in ("", "bearer") else ""
    if auth == "bearer" or token:
        if not token:
            raise _lacks(location, "a token", "TOKEN")
        return Access("a token", {"authorization": f"Bearer {token}"}, is_secret=True)
    user = env.get(f"{PREFIX}USER", "")
    password = _password(location, env, user) if user else ""
    if user and password:
        coded = base64.b64encode(f"{user}:{password}".encode()).decode()
        return Access(f"user '{user}'", {"authorization": f"Basic {coded}"}, is_secret=True)
    if user or auth == "basic":
        raise _lacks(location, "a user and a password", "USER and _PASSWORD")
    if is_amazon(location):
        return _signed(location, settings)
    return Access("no credentials")


def _with_key(location: Location, api_key: str) -> Access:
    if not api_key:
        raise _lacks(location, "an API key", "API_KEY")
    if ":" in api_key:  # ID and key, as the API gives them; the header wants both encoded
        api_key = base64.b64encode(api_key.encode()).decode()
    return Access("an API key", {"authorization": f"ApiKey {api_key}"}, is_secret=True)


def _password(location: Location, env: Mapping[str, str], user: str) -> str:
    if any(env.get(f"{PREFIX}PASSWORD{way}") for way in _WAYS):
        return _secret(location, env, "PASSWORD")
    return _from_keyring(f"{user}@{location.hosts[0].name}")


def _secret(location: Location, env: Mapping[str, str], name: str) -> str:
    """Return what a variable holds, or its command prints, or its entry of the keyring holds."""
    variable = f"{PREFIX}{name}"
    if value := env.get(variable, ""):
        return value
    if command := env.get(f"{variable}_COMMAND", ""):
        return _run(location, f"{variable}_COMMAND", command)
    entry = env.get(f"{variable}_KEYRING", "")
    value = _from_keyring(entry) if entry else ""
    if entry and not value:
        raise UsageError(
            f"{location.url}: the keyring has no entry '{entry}' of '{KEYRING}'",
            hint=f"keyring set {KEYRING} {entry}",
        )
    return value


def _run(location: Location, variable: str, command: str) -> str:
    """Return the first line that a command prints; it is run without a shell."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"{variable} cannot be split into words: {error}") from None
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            words, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceError(
            location.url, f"{location.url}: {variable} failed: {error}", hint="run it by hand"
        ) from error
    printed = done.stdout.decode("utf-8", "replace").splitlines()
    if done.returncode or not printed or not printed[0]:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = said[-1] if said else f"it ended with {done.returncode} and printed no password"
        raise SourceError(
            location.url, f"{location.url}: {variable} failed: {why}", hint="run it by hand"
        )
    return printed[0]


def _from_keyring(entry: str) -> str:
    try:
        keyring: Any = importlib.import_module("keyring")
    except ImportError:
        return ""
    try:
        found = keyring.get_password(KEYRING, entry)
    except Exception:  # noqa: BLE001, RUF100 - back ends raise whatever they like: then there is none
        return ""
    return found or ""


def _signed(location: Location, settings: Settings) -> Access:
    from opensearchpy import Urllib3AWSV4SignerAuth

    from slsloggrep.sources.aws import Account

    account = Account(location.url, settings)
    region = location.region or account.region
    if not region:
        raise UsageError(
            f"{location.url}: no region is known that requests could be signed for",
            hint="add ?region=NAME, or --region NAME",
        )
    credentials = account.credentials()
    profile = f" of profile '{account.profile}'" if account.profile else ""
    return Access(
        f"the AWS credentials{profile}",
        sign=Urllib3AWSV4SignerAuth(credentials, region, location.service),
    )


def _lacks(location: Location, what: str, variables: str) -> UsageError:
    return UsageError(
        f"{location.url}: {what} is needed: {PREFIX}{variables}",
        hint=SECRETS if "PASSWORD" in variables else None,
    )
