"""What a word of the command line may become: names of settings, accounts, regions and functions.

All is read from files, and nothing is waited for. Where names of an account are missing or old, a
process is started that asks for them (`slsloggrep.cli.name_search`); the next Tab has them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from slsloggrep.cli.aliases import aliases_of
from slsloggrep.cli.app import COMMANDS, SHOW, environment_of
from slsloggrep.cli.contexts import config_of, documents_of
from slsloggrep.cli.credentials import CREDENTIAL_FILES, DEFAULT_SOURCE, has_credentials
from slsloggrep.cli.known_fields import FieldFile, place_of
from slsloggrep.cli.known_names import Account, NameFile, Names, cache_folder, is_safe, sample
from slsloggrep.cli.named import in_folder
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded when files are read
    from slsloggrep.config import NamedSource

MOST = 500
"""Candidates at once: bash takes 100 ms for as many, and nobody reads more."""

UNFINISHED = "unfinished"
"""The type of a candidate that something is to follow, without a space."""
OPERATORS = ("!=", "~=", ">=", "<=")
"""Of a condition, beside `=`."""

_LAMBDA = "/aws/lambda/"
_MOST_ACCOUNTS = 8
_ACCOUNT = {
    "profile": "profiles",
    "region": "regions",
    "endpoint-url": "endpoint_url",
    "role-arn": "role_arn",
}
"""Settings that say whose names are meant, in the order of Account, and their parameters."""
_FIELDS = {
    "id-key": "id_keys",
    "response-key": "response_keys",
    "redact-field": "redact_fields",
}
"""Settings that name fields of logs, and their parameters."""


def candidates(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]] | None:
    """Return what a parameter's value may become; None where that is its type's to say."""
    kind = _KINDS.get(parameter.name or "")
    if kind is None:
        return None
    if parameter.name == "where":
        return _begun_conditions(kind(ctx), incomplete)
    if parameter.name == "fields":  # several, with commas between them
        before, comma, incomplete = incomplete.rpartition(",")
        items = _items(kind(ctx), incomplete)
        return [CompletionItem(before + comma + item.value) for item in items]
    return _items(kind(ctx), incomplete)


def first_words(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
    """Return the commands and the user's aliases; no command is imported for it."""
    words = [
        CompletionItem(name, help=summary)
        for name, summary in COMMANDS.items()
        if name.startswith(incomplete)
    ]
    try:
        aliases = [name for name in aliases_of(ctx) if name not in COMMANDS]
    except UsageError:  # told when a command reads the file
        aliases = []
    return words + _items(aliases, incomplete)


def named_sources(ctx: click.Context) -> Iterator[str]:
    """Return the names of `[source.NAME]`."""
    return filter(is_safe, _keys_of(ctx, "source"))


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem[str]]:
    fitting = (name for name in names if name.startswith(incomplete) and is_safe(name))
    return [CompletionItem(name) for name in sample(fitting, MOST)]


def _begun_conditions(names: Iterable[str], incomplete: str) -> list[CompletionItem[str]]:
    """Return conditions without their value: the usual one, and all of a name that is typed whole.

    `>` and `<` alone are left out: without quotes a shell takes them for its own.
    """
    items = _items(names, incomplete)
    fitting = [item.value for item in items]
    ends = ("=", *(OPERATORS if incomplete in fitting else ()))
    return [
        CompletionItem(name + end, type=UNFINISHED)
        for name in fitting
        for end in (ends if name == incomplete else ends[:1])
    ]


# What files say


def _keys_of(ctx: click.Context, table: str) -> Iterator[str]:
    try:
        documents = documents_of(ctx)
    except UsageError:  # told when a command reads the file
        return
    for document in documents:
        stated = document.tables.get(table)
        if isinstance(stated, dict):
            yield from stated


def _contexts(ctx: click.Context) -> Iterable[str]:
    return _keys_of(ctx, "context")


def _profiles(ctx: click.Context) -> Iterator[str]:
    """Yield the profiles of ~/.aws; in `config` they are called `profile NAME`, but for default."""
    import configparser

    env = environment_of(ctx).env
    home = env.get("HOME") or env.get("USERPROFILE")
    for variable, usual in CREDENTIAL_FILES:
        named = env.get(variable) or (home and f"{home}/.aws/{usual}")
        if not named:
            continue
        parser = configparser.RawConfigParser(strict=False, default_section="\0")
        try:
            path = Path(named).expanduser()
            if not path.is_file():  # of a pipe, what a Tab reads would be gone for the command
                continue
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, RuntimeError, OSError):
            continue  # sections that came before are lost: it is no file of AWS's
        for section in parser.sections():
            word, _, name = section.partition(" ")
            if usual == "credentials" or section == "default":
                yield section
            elif word == "profile":
                yield name.strip().strip("\"'")


def _regions(_ctx: click.Context) -> Iterator[str]:
    """Yield the regions that botocore's own data has, which is read without botocore."""
    spec = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        return
    path = Path(spec.submodule_search_locations[0], "data", "partitions.json")
    try:
        stated = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return
    for partition in stated.get("partitions", ()):
        yield from (name for name in partition.get("regions", ()) if not name.endswith("-global"))


def _fields(ctx: click.Context) -> Iterator[str]:
    """Yield the fields that the user's settings and options tell of, and those of the logs."""
    for key, name in _FIELDS.items():
        yield from ctx.params.get(name) or ()
        if documents_of(ctx) and (setting := config_of(ctx).settings.get(key)) is not None:
            yield from setting.value
    environment = environment_of(ctx)
    folder = cache_folder(environment.env, sys.platform)
    if folder is None:
        return
    meant = _meant(ctx)
    for word in meant.sources or (DEFAULT_SOURCE,):
        is_named = word in meant.named
        at = word if is_named or meant.folder is None else in_folder(meant.folder, word)
        place = place_of(at, meant.given, is_named=is_named)
        yield from FieldFile(folder, place, environment.env).read()


def _conditions(ctx: click.Context) -> Iterator[str]:
    from slsloggrep.cli.matching import STATED

    yield from STATED
    yield from _fields(ctx)


# What accounts have


def _functions(ctx: click.Context) -> Iterator[str]:
    """Yield the functions, and those of which only the log is left."""
    if ctx.command.name == "crashes" and not ctx.params.get("function_arguments"):
        yield SHOW
    for names in _names(ctx):
        yield from names.functions
        yield from (name[len(_LAMBDA) :] for name in names.groups if name.startswith(_LAMBDA))


def _groups(ctx: click.Context) -> Iterator[str]:
    for names in _names(ctx):
        yield from names.groups


def _stacks(ctx: click.Context) -> Iterator[str]:
    for names in _names(ctx):
        yield from names.stacks


def _names(ctx: click.Context) -> Iterator[Names]:
    environment = environment_of(ctx)
    folder = cache_folder(environment.env, sys.platform)
    if folder is None:
        return
    accounts, is_own = _accounts(ctx)
    may_ask = is_own and (has_credentials(environment) or any(a.profile for a in accounts))
    for account in accounts:
        file = NameFile(folder, account, environment.env)
        yield file.read()
        if may_ask and file.claim():
            from slsloggrep.cli.name_search import start

            with suppress(OSError):  # no process to be had: what is known is known
                start(account, environment.env)


class _Meant(NamedTuple):
    """What options and settings say of where the logs are."""

    given: dict[str, Any]
    """Whose account, by parameter."""
    sources: tuple[str, ...]
    folder: str | None
    """A project's, where paths start."""
    named: Mapping[str, NamedSource]
    is_own: bool
    """The user alone says so.

    A project's file, perhaps a stranger's, may name a profile or a role: a command that is run
    takes it, and says what it does. A Tab does not, but for what is known already.
    """


def _meant(ctx: click.Context) -> _Meant:
    given = {name: ctx.params.get(name) for name in _ACCOUNT.values()}
    sources: tuple[str, ...] = ctx.params.get("sources") or ()
    folder = None
    is_own = True
    if not documents_of(ctx):
        return _Meant(given, sources, folder, {}, is_own)
    config = config_of(ctx)
    for key in (*_ACCOUNT, "sources"):
        setting = config.settings.get(key)
        if setting is None or (sources if key == "sources" else given[_ACCOUNT[key]]):
            continue
        is_own &= not setting.document.is_project
        if key == "sources":
            sources = setting.value
            folder = setting.document.folder if setting.document.is_project else None
        else:
            given[_ACCOUNT[key]] = setting.value
    return _Meant(given, sources, folder, config.sources, is_own)


def _accounts(ctx: click.Context) -> tuple[list[Account], bool]:
    """Return whose names are meant, and whether the user alone says so."""
    meant = _meant(ctx)
    is_own = meant.is_own
    accounts: list[Account] = []
    for word in meant.sources or (DEFAULT_SOURCE,):
        source = meant.named.get(word)
        url = word if source is None else source.url
        # Accounts in a URL are not looked for; others have no functions that could be listed.
        if not url.lower().startswith("cloudwatch:") or "?" in url:
            continue
        own: Mapping[str, Any] = {} if source is None else source.options
        if source is not None:
            is_own &= not source.document.is_project
        values = [
            meant.given[name] if ctx.params.get(name) else own.get(key, meant.given[name])
            for key, name in _ACCOUNT.items()
        ]
        accounts += [Account(*choice) for choice in product(*map(_each, values))]
    return list(dict.fromkeys(accounts))[:_MOST_ACCOUNTS], is_own


def _each(value: Any) -> tuple[str | None, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(value or (None,))


# Words of commands that have several parts


def _parts(ctx: click.Context) -> Iterable[str]:
    if ctx.params.get("words"):
        return ()
    if ctx.command.name == "report":
        from slsloggrep.cli.report import KINDS

        return KINDS
    from slsloggrep.cli.config import WHATS

    return WHATS


_KINDS: dict[str, Callable[[click.Context], Iterable[str]]] = {
    "function_arguments": _functions,
    "functions": _functions,
    "groups": _groups,
    "stacks": _stacks,
    "profiles": _profiles,
    "regions": _regions,
    "context": _contexts,
    "words": _parts,
    "id_keys": _fields,
    "response_keys": _fields,
    "redact_fields": _fields,
    "fields": _fields,
    "where": _conditions,
}
"""By parameter. Sources are completed by their type, which knows schemes and files."""
