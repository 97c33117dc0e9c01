"""What one file states: settings, sources, aliases, prices, contexts; each checked."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slsloggrep.config.document import Document
from slsloggrep.config.kinds import Known, UnfitError
from slsloggrep.config.sources import NAME, OWN, NamedSource, check_secrets, read_sources
from slsloggrep.config.trust import check_project
from slsloggrep.errors import UsageError
from slsloggrep.wording import suggestion

TABLES = ("source", "alias", "context", "price")
DEFAULT_CONTEXT = "default-context"

_URLS = ("sources", "endpoint-url", "dashboards-url")
_CLUSTER = re.compile(r"(?:-S|--\w+=)?(?:opensearch|elasticsearch)\+https?:", re.IGNORECASE)
"""Of an alias: a source that could hold a password. Other words may be patterns of `grep`."""

_OTHER_WORDS = {
    **dict.fromkeys(("timezone", "time-zone", "zone", "utc"), "tz"),
    **dict.fromkeys(("colour", "colours", "colors", "theme"), "color"),
    **dict.fromkeys(("log-group", "log-groups"), "group"),
    **dict.fromkeys(("format", "output-format"), "output"),
    "correlation-keys": "id-key",
}
"""What a setting may be called elsewhere."""

_ARCHITECTURES = ("x86_64", "arm64")
_PRICE = ("gb-second", "request")
_REGION = re.compile(r"[a-z0-9-]{1,63}")

Place = tuple[str, str]
"""A region and an architecture."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value, and where it was stated."""

    value: Any
    document: Document
    path: tuple[str, ...]
    below: Setting | None = None
    """Of a list that adds up: what it was added to."""

    @property
    def origin(self) -> str:
        """The file and the line, for people."""
        own = self.document.where(*self.path)
        return own if self.below is None else f"{self.below.origin}, {own}"


@dataclass(frozen=True, slots=True)
class Alias:
    """A command line under a name."""

    name: str
    words: tuple[str, ...]
    document: Document

    @property
    def origin(self) -> str:
        """The file and the line, for people."""
        return self.document.where("alias", self.name)

    def error(self, what: str, *, hint: str | None = None) -> UsageError:
        """Return an error that says where the alias is."""
        return self.document.error(("alias", self.name), f"alias '{self.name}': {what}", hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one file, or one context in it, states."""

    settings: Mapping[str, Setting] = field(default_factory=dict)
    prices: Mapping[Place, Setting] = field(default_factory=dict)
    """`(dollars a GB-second, dollars a request)` by region and architecture."""
    sources: Mapping[str, NamedSource] = field(default_factory=dict)
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    contexts: Mapping[str, Layer] = field(default_factory=dict)
    default_context: Setting | None = None


def read_layer(document: Document, known: Known) -> Layer:
    """Return what a file states.

    Raises UsageError, with the file and the line, for what is unknown, of the wrong kind, or not
    for a project's file to say. All of it is checked, contexts that are not in use included.
    """
    tables = dict(document.tables)
    default = tables.pop(DEFAULT_CONTEXT, None)
    if default is not None and not (isinstance(default, str) and default):
        raise document.error((DEFAULT_CONTEXT,), f"'{DEFAULT_CONTEXT}' is to be a context's name")
    sources = read_sources(document, tables.pop("source", {}), known)
    tables.pop("alias", None)
    contexts = tables.pop("context", {})
    if not isinstance(contexts, dict):
        raise document.error(
            ("context",),
            "'context' holds contexts by name",
            hint=f'{DEFAULT_CONTEXT} = "prod" chooses one; [context.prod] says what it is',
        )
    settings, prices = _read_settings(document, tables, (), known)
    return Layer(
        settings=settings,
        prices=prices,
        sources=sources,
        aliases=read_aliases(document),
        contexts={
            name: _read_context(document, name, stated, known) for name, stated in contexts.items()
        },
        default_context=(
            None if default is None else Setting(default, document, (DEFAULT_CONTEXT,))
        ),
    )


def read_aliases(document: Document) -> dict[str, Alias]:
    """Return the aliases of a file, not yet looked at by whoever knows the commands."""
    stated = document.tables.get("alias", {})
    if not isinstance(stated, dict):
        raise document.error(("alias",), "'alias' holds command lines by name")
    return {name: _read_alias(document, name, line) for name, line in stated.items()}


def _read_alias(document: Document, name: str, line: Any) -> Alias:
    path = ("alias", name)
    if not NAME.fullmatch(name):
        raise document.error(
            path, f"no alias can be called '{name}'", hint="letters, digits, - and _"
        )
    example = f'{name} = "crashes -s 24h"'
    if not isinstance(line, str) or not line.strip():
        raise document.error(path, f"alias '{name}' is to be a command line", hint=example)
    if line.lstrip().startswith("!"):
        raise document.error(
            path, f"alias '{name}': an alias runs no other program", hint="a shell's alias does"
        )
    try:
        words = tuple(shlex.split(line))
    except ValueError as error:
        raise document.error(path, f"alias '{name}' cannot be split: {error}") from None
    check_secrets(document, path, tuple(filter(_CLUSTER.match, words)))
    return Alias(name, words, document)


def _read_context(document: Document, name: str, stated: Any, known: Known) -> Layer:
    path = ("context", name)
    if not NAME.fullmatch(name):
        raise document.error(
            path, f"no context can be called '{name}'", hint="letters, digits, - and _"
        )
    if not isinstance(stated, dict):
        raise document.error(path, f"a context is a table: [context.{name}]")
    for key in ("source", "alias", "context"):
        if key in stated:
            raise document.error(
                (*path, key),
                f"'{key}' does not belong into a context",
                hint='sources = ["prod"] chooses one' if key == "source" else f"[{key}] on its own",
            )
    settings, prices = _read_settings(document, stated, path, known)
    return Layer(settings=settings, prices=prices)


def _read_settings(
    document: Document, stated: Mapping[str, Any], above: tuple[str, ...], known: Known
) -> tuple[dict[str, Setting], dict[Place, Setting]]:
    settings: dict[str, Setting] = {}
    prices: dict[Place, Setting] = {}
    for key, value in stated.items():
        path = (*above, key)
        if key == "price" and isinstance(value, dict):
            prices = _read_prices(document, value, path)
            continue
        accepted = _accept(document, path, value, known)
        if key in _URLS:
            check_secrets(document, path, accepted)
        check_project(document, path, key, accepted)
        settings[key] = Setting(accepted, document, path)
    return settings, prices


def _accept(document: Document, path: tuple[str, ...], value: Any, known: Known) -> Any:
    key = path[-1]
    first: UnfitError | None = None
    for kind in known.kinds(key):
        try:
            return kind.accept(value)
        except UnfitError as unfit:
            first = first or unfit
    if first is not None:
        other = key.removesuffix("s")
        near = f"; did you mean '{other}'?" if other != key and any(known.kinds(other)) else ""
        raise document.error(path, f"'{key}' {first}{near}")
    if key in OWN:
        raise document.error(
            path,
            f"'{key}' is a source's: [source.NAME]",
            hint="[source.prod] has a url, and whose account or which secret it takes",
        )
    names = [*known.names(), *(TABLES if len(path) == 1 else ("price",)), DEFAULT_CONTEXT]
    spelled = key.lower().replace("_", "-")
    near = suggestion(_OTHER_WORDS.get(spelled, spelled), names)
    raise document.error(
        path,
        f"no setting is called '{key}'{near}",
        hint="settings are called as the long options are: id-key for --id-key",
    )


def _read_prices(
    document: Document, stated: Mapping[str, Any], above: tuple[str, ...]
) -> dict[Place, Setting]:
    example = "[price.eu-west-1]  x86_64 = { gb-second = 0.0000166667, request = 0.0000002 }"
    prices: dict[Place, Setting] = {}
    for region, by_architecture in stated.items():
        if not _REGION.fullmatch(region) or not isinstance(by_architecture, dict):
            raise document.error((*above, region), "prices stand by region", hint=example)
        for architecture, price in by_architecture.items():
            path = (*above, region, architecture)
            if architecture not in _ARCHITECTURES:
                raise document.error(
                    path,
                    f"no architecture is called '{architecture}'",
                    hint=" or ".join(_ARCHITECTURES),
                )
            if not isinstance(price, dict) or set(price) != set(_PRICE):
                raise document.error(path, "a price has a gb-second and a request", hint=example)
            figures = tuple(price[part] for part in _PRICE)
            if not all(_is_amount(figure) for figure in figures):
                raise document.error(path, "a price is dollars: two numbers", hint=example)
            prices[region, architecture] = Setting(tuple(map(float, figures)), document, path)
    return prices


def _is_amount(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= 0
    )
