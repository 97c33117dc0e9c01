"""Sources by name, and what the files with settings say of sources beside the options.

`-S prod` means `[source.prod]`: its URL, account, groups and secrets, but for what flags or
variables say. What the files say is read by `slsloggrep.cli.contexts`.
"""

from __future__ import annotations

import os
import re
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from slsloggrep.cli.app import environment_of
from slsloggrep.cli.contexts import config_of, key_of
from slsloggrep.cli.declarations import CONTEXT
from slsloggrep.errors import UsageError
from slsloggrep.wording import suggestion

if TYPE_CHECKING:  # loaded when files are read
    from slsloggrep.config import NamedSource

_Given = dict[str, Any]

_FIELDS = {
    "profile": "profiles",
    "region": "regions",
    "group": "groups",
    "function": "functions",
    "stack": "stacks",
    "tag": "tags",
    "api": "apis",
    "role-arn": "role_arn",
    "endpoint-url": "endpoint_url",
    "engine": "engine",
    "rate": "rate",
}
"""What the options that a source can have for itself are called as parameters, and in Settings."""

_IN_URL = {"profile": "profile", "region": "region", "role-arn": "role"}
"""What the URL of CloudWatch can say, so that two accounts are two sources by their names."""

_NARROWING = frozenset(
    {
        *("since", "until", "groups", "functions", "stacks", "tags", "projects", "apis"),
        *("level", "grep", "exclude", "where", "limit"),
        *("filter_pattern", "failed", "slower_than", "cold", "top"),
    }
)
"""Parameters that leave out of an answer what was there."""

_TYPED = (click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT)
_CHOOSING = frozenset({"groups", "functions", "stacks", "tags", "projects", "apis"})
_CLOUDWATCH = "cloudwatch:"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_SECRETS = "SLSLOGGREP_OPENSEARCH_"
_WAYS = {"env": "", "command": "_COMMAND", "keyring": "_KEYRING"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What files say of the sources of one command line."""

    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """By URL: what is different from the Settings of the others."""
    prices: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    """The sources as they were named."""
    places: Mapping[str, str] = field(default_factory=dict)
    """By name in the settings: the URL that it stands for here."""
    typed: frozenset[str] = frozenset()
    """The parameters that come from flags or variables; a further command finds the others in
    the files again."""
    context: str | None = None
    """The context that was typed: a further command needs it, too."""


def settle(ctx: click.Context, given: _Given) -> Files:
    """Replace names of sources in `given` by their URLs; return what else there is to know.

    Default groups and functions of files give way to any that are typed, and to a source's own.
    They are for what is read by default, and for CloudWatch: a folder that is named is not
    searched for the groups of an account. Raises UsageError.
    """
    config = config_of(ctx)
    typed = {name for name in given if ctx.get_parameter_source(name) in _TYPED}
    if (arguments := ctx.params.get("function_arguments")) and "functions" not in typed:
        given["functions"] = tuple(arguments)
        typed.add("functions")
    if "groups" in typed and not given["groups"]:  # a bare --group, which names none
        typed.discard("groups")
        default = config.settings.get("group")
        given["groups"] = () if default is None else default.value
    if typed & _CHOOSING:
        given.update(dict.fromkeys(_CHOOSING - typed, ()))
    asked: tuple[str, ...] = tuple(given["sources"])
    places = _relative(ctx, asked)
    sources: dict[str, NamedSource] = {}
    own: dict[str, Mapping[str, Any]] = {}
    for name, place in places.items():
        source = config.sources.get(name)
        if source is None:
            _check_unnamed(name, config.sources)
            if options := _choice(place, {}, typed):
                own[place] = options
            continue
        place, options = _place(source, typed)
        options = {**_choice(place, options, typed), **options}
        if source.secrets:
            options["env"] = _with_secrets(source, environment_of(ctx).env)
        places[name] = place
        other = sources.setdefault(place, source)
        own[place] = _joined(own.get(place), options, source, other)
    for name, place in places.items():
        if name not in config.sources and place in sources:
            raise _one_place(name, sources[place].name)
    given["sources"] = tuple(places[name] for name in asked)
    if len(own) == len(set(given["sources"])) == 1:
        # All that is asked: what else depends on the account (prices, links) knows it, too.
        (only,) = own.values()
        given.update({name: value for name, value in only.items() if name in given})
    _tell_narrowing(ctx, given)
    return Files(
        own=own,
        prices=config.price_table(),
        sources=asked,
        places={name: place for name, place in places.items() if name in config.sources},
        typed=frozenset(typed),
        context=ctx.meta.get(CONTEXT),
    )


def target(ctx: click.Context, word: str) -> tuple[str, Mapping[str, Any]]:
    """Return the URL of where something is put, and what is different in Settings for it.

    A word that is no source's name is a URL.
    """
    source = config_of(ctx).sources.get(word)
    if source is None:
        return word, {}
    own = {_FIELDS[key]: value for key, value in source.options.items()}
    if source.secrets:
        own["env"] = _with_secrets(source, environment_of(ctx).env)
    return source.url, own


def _choice(place: str, options: _Given, typed: set[str]) -> _Given:
    """Return the groups and functions of a place in the stead of the default ones, if none."""
    if typed & _CHOOSING:
        return {}
    is_elsewhere = "sources" in typed and not place.lower().startswith(_CLOUDWATCH)
    return dict.fromkeys(_CHOOSING, ()) if is_elsewhere or options.keys() & _CHOOSING else {}


def _tell_narrowing(ctx: click.Context, given: _Given) -> None:
    """Say which settings leave something out, lest an empty answer means more than it does."""
    by_file = click.core.ParameterSource.DEFAULT_MAP
    names = [
        name
        for name in ctx.params
        if name in _NARROWING
        and ctx.get_parameter_source(name) is by_file
        and given.get(name, ctx.params[name])
    ]
    if names:
        by_name = {option.name: key_of(option) or "" for option in ctx.command.params}
        keys = ", ".join(by_name[name] for name in names)
        environment_of(ctx).say(
            f"slsloggrep: narrowed by settings: {keys}; slsloggrep config show --origin tells whose"
        )


def _relative(ctx: click.Context, sources: Sequence[str]) -> dict[str, str]:
    """Return the places by name: a project's paths start at its own folder."""
    config = config_of(ctx)
    setting = config.settings.get("sources")
    if (
        setting is None
        or not setting.document.is_project
        or ctx.get_parameter_source("sources") in _TYPED
    ):
        return {source: source for source in sources}
    folder = setting.document.folder
    return {
        source: source if source in config.sources else in_folder(folder, source)
        for source in sources
    }


def in_folder(folder: str, place: str) -> str:
    """Return a place as it is meant in a folder: paths that are relative start there."""
    if place == "-" or _SCHEME.match(place):
        return place
    return os.path.normpath(os.path.join(folder, place))


def _place(source: NamedSource, typed: set[str]) -> tuple[str, _Given]:
    """Return a source's URL, and what is different for it."""
    url, options = source.url, dict(source.options)
    if source.document.is_project:
        url = in_folder(source.document.folder, url)
    if typed & _CHOOSING:
        options = {key: value for key, value in options.items() if _FIELDS[key] not in _CHOOSING}
    options = {key: value for key, value in options.items() if _FIELDS[key] not in typed}
    if url.lower().startswith(_CLOUDWATCH) and "?" not in url:
        pairs = [
            f"{_IN_URL[key]}={quote(value, safe='/:')}"
            for key in _IN_URL
            for value in _each(options.get(key, ()))
        ]
        url += ("?" + "&".join(pairs)) if pairs else ""
    return url, {_FIELDS[key]: value for key, value in options.items()}


def _each(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _joined(
    before: Mapping[str, Any] | None, options: _Given, source: NamedSource, other: NamedSource
) -> Mapping[str, Any]:
    """Return what two sources say of one place: all their groups; of the rest, the same."""
    if before is None:
        return options
    together = dict(options)
    for name in _CHOOSING:
        together[name] = tuple(dict.fromkeys((*before.get(name, ()), *options.get(name, ()))))
    alone = {*_CHOOSING, "env"}
    if {k: v for k, v in before.items() if k not in alone} != {
        k: v for k, v in options.items() if k not in alone
    } or source.secrets != other.secrets:
        raise _one_place(source.name, other.name)
    return together


def _one_place(name: str, other: str) -> UsageError:
    return UsageError(
        f"'{name}' and '{other}' are one place, read in two ways", hint="one of the two"
    )


def _with_secrets(source: NamedSource, env: Mapping[str, str]) -> Mapping[str, str]:
    """Return variables that say where a source's secrets are, and nothing of others' secrets."""
    own = {name: "" for name in env if name.startswith(_SECRETS)}  # empty: as good as unset
    if source.user is not None:
        own[f"{_SECRETS}USER"] = source.user
    for key, secret in source.secrets.items():
        value = secret.name
        if secret.kind == "env":
            value = env.get(secret.name, "")
            if not value:
                raise UsageError(
                    f"{source.origin}: the variable {secret.name}, which holds the {key} of "
                    f"'{source.name}', is not set"
                )
        variable = f"{_SECRETS}{key.replace('-', '_').upper()}{_WAYS[secret.kind]}"
        own[variable] = value
    return ChainMap(own, dict(env))


def _check_unnamed(word: str, sources: Mapping[str, NamedSource]) -> None:
    """Raise UsageError for a word that is near a source's name, and is nothing else."""
    if not re.fullmatch(r"[\w-]+", word) or os.path.lexists(word):
        return
    if near := suggestion(word, sources, alike=0.5):
        raise UsageError(f"no source and no file is called '{word}'{near}")
