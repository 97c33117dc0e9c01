"""Named sources: `[source.NAME]` with a URL, whose account, which groups, and where secrets are.

What may be said of a source that is an option as well (`profile`, `region`, ...) takes what the
option takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from slsloggrep.config.document import Document
from slsloggrep.config.kinds import Kind, Known, UnfitError
from slsloggrep.config.trust import check_project
from slsloggrep.wording import suggestion

OPTIONS = (
    *("profile", "region", "group", "function", "stack", "tag", "api", "role-arn"),
    *("endpoint-url", "engine", "rate"),
)
"""Settings that a source can have for itself."""

SECRETS = ("password", "api-key", "token")
_TEXTS = ("url", "user")
_URLS = ("url", "endpoint-url")
KEYS = (*_TEXTS, *OPTIONS, *SECRETS)
OWN = (*_TEXTS, *SECRETS)
"""What only a source has."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""What a source or a context can be called: nothing that could be a URL or a path."""

_USER_IN_URL = re.compile(r"://[^/?#]*@")

SecretKind = Literal["env", "command", "keyring"]
_KINDS: tuple[SecretKind, ...] = ("env", "command", "keyring")


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is; never the secret itself."""

    kind: SecretKind
    name: str
    """Of a variable or an entry of the keyring, or the command that prints it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSource:
    """A source as `-S NAME` means it."""

    name: str
    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """By setting: `{"profile": ("prod",)}`."""
    user: str | None = None
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    document: Document

    @property
    def origin(self) -> str:
        """The file and the line."""
        return self.document.where("source", self.name)


def read_sources(document: Document, value: Any, known: Known) -> dict[str, NamedSource]:
    """Return the named sources of a document; raises UsageError for what makes no sense."""
    if not isinstance(value, dict):
        raise document.error(
            ("source",),
            "'source' holds sources by name",
            hint='sources = ["prod"] says which are read; [source.prod] what prod is',
        )
    return {name: _read_source(document, name, stated, known) for name, stated in value.items()}


def _read_source(document: Document, name: str, stated: Any, known: Known) -> NamedSource:
    where = ("source", name)
    if not NAME.fullmatch(name):
        raise document.error(
            where, f"no source can be called '{name}'", hint="letters, digits, - and _"
        )
    if not isinstance(stated, dict):
        raise document.error(
            where, f"a source is a table: [source.{name}]", hint='url = "cloudwatch:"'
        )
    options: dict[str, Any] = {}
    secrets: dict[str, Secret] = {}
    texts: dict[str, str] = {}
    for key, value in stated.items():
        path = (*where, key)
        if key not in KEYS:
            raise document.error(
                path, f"a source has no '{key}'{suggestion(key, KEYS)}", hint=", ".join(KEYS)
            )
        if key in SECRETS:
            check_project(document, path, key, None)
            secrets[key] = _read_secret(document, path, value)
            continue
        kinds = [Kind()] if key in _TEXTS else list(known.kinds(key))
        try:
            accepted = kinds[0].accept(value)
        except UnfitError as unfit:
            raise document.error(path, f"'{key}' {unfit}") from None
        if key in _URLS:
            check_secrets(document, path, accepted)
        check_project(document, path, key, accepted)
        if key in _TEXTS:
            texts[key] = accepted
        else:
            options[key] = accepted
    url = texts.get("url", "")
    if not url:
        raise document.error(where, f"source '{name}' has no url", hint='url = "cloudwatch:"')
    if ("password" in secrets) != ("user" in texts):
        missing = "user" if "password" in secrets else "password"
        raise document.error(where, f"source '{name}' has no {missing}", hint=_INSTEAD)
    return NamedSource(
        name=name,
        url=url,
        options=options,
        user=texts.get("user"),
        secrets=secrets,
        document=document,
    )


_INSTEAD = (
    'user = "ada", and password = { env = "VARIABLE" }, { command = "pass show os" } '
    'or { keyring = "ENTRY" }'
)


def check_secrets(document: Document, path: tuple[str, ...], value: Any) -> None:
    """Raise UsageError for a text, or one of several, that is a URL with a secret in clear."""
    for text in value if isinstance(value, tuple) else (value,):
        if isinstance(text, str) and _USER_IN_URL.search(text):
            hint = _INSTEAD if path[:1] == ("source",) else f"[source.NAME], with {_INSTEAD}"
            raise document.error(path, "the URL holds a user or a password", hint=hint)


def _read_secret(document: Document, path: tuple[str, ...], value: Any) -> Secret:
    """Return where a secret is. What is refused is not repeated: it may be the secret."""
    field_name = path[-1]
    if isinstance(value, dict) and len(value) == 1:
        ((kind, name),) = value.items()
        if kind in _KINDS and isinstance(name, str) and name:
            return Secret(kind, name)
    ways = (
        f'{field_name} = {{ env = "VARIABLE" }}, {{ command = "pass show os" }} '
        'or { keyring = "ENTRY" }'
    )
    if isinstance(value, str):
        raise document.error(
            path,
            f"'{field_name}' is not to stand here in clear",
            hint=f"{ways}; and change it, if others can read the file",
        )
    raise document.error(path, f"'{field_name}' is to say where the secret is", hint=ways)
