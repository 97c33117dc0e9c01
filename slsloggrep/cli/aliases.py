"""Command lines under a name: `[alias]` of the files with settings, as git has them.

An alias begins with a command, never with another alias or another program. A project's alias may
say only what its file may say otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slsloggrep.cli.app import COMMANDS, App
from slsloggrep.cli.contexts import documents_of, key_of
from slsloggrep.wording import suggestion

if TYPE_CHECKING:  # loaded when an alias is looked for
    from slsloggrep.config import Alias


_HARMLESS = frozenset({"help", "context", "origin"})
"""Options that are no settings."""


def expand(app: App, ctx: click.Context, args: list[str]) -> list[str] | None:
    """Return a command line with its alias replaced; None where it begins with none.

    Raises UsageError for an alias that makes no sense, or is a project's and not to be trusted.
    """
    alias = aliases_of(ctx).get(args[0])
    if alias is None:
        return None
    check(app, ctx, alias)
    return [*alias.words, *args[1:]]


def aliases_of(ctx: click.Context) -> dict[str, Alias]:
    """Return all aliases; a project's goes before one of the user's own."""
    from slsloggrep.config import read_aliases

    aliases: dict[str, Alias] = {}
    for document in documents_of(ctx):
        aliases.update(read_aliases(document))
    return aliases


def check(app: App, ctx: click.Context, alias: Alias) -> None:
    """Raise UsageError for an alias that no command is behind, or that a project may not have."""
    first = alias.words[0]
    if alias.name in COMMANDS:
        raise alias.error("a command is called so, and goes first", hint="another name")
    if first not in COMMANDS:
        raise alias.error(
            f"no command is called '{first}'{suggestion(first, COMMANDS)}",
            hint="an alias begins with a command, not with another alias",
        )
    if alias.document.is_project:
        _check_project(app, ctx, alias)


def _check_project(app: App, ctx: click.Context, alias: Alias) -> None:
    from slsloggrep.config.trust import HINT, PROJECT_MAY_ASK, check_urls

    _, command, rest = app.resolve_command(ctx, list(alias.words))
    if command is None:
        raise alias.error(f"no command is called '{alias.words[0]}'")
    # In a context of the command's own: in the program's, what follows an argument is no option.
    own = click.Context(command, parent=ctx, **command.context_settings)
    if "--" in rest:
        raise alias.error("a project's alias may not take the meaning from what is typed behind it")
    if own.ignore_unknown_options and rest:
        raise alias.error("a project's alias names the whole command first", hint=HINT)
    try:
        values, _, order = command.make_parser(own).parse_args(list(rest))
    except click.UsageError as error:
        raise alias.error(f"it has to stand by itself: {error.format_message()}") from None
    for option in order:
        if isinstance(option, click.Argument):
            continue
        name = option.name or ""
        key = key_of(option) or name
        if key not in PROJECT_MAY_ASK | _HARMLESS:
            raise alias.error(f"a project's alias may not set '{key}'", hint=HINT)
        if key == "redact" and values[name] is False:
            raise alias.error("a project's alias can turn redaction on, not off", hint=HINT)
        if key == "sources":
            check_urls(alias.document, ("alias", alias.name), values[name])
