"""`slsloggrep config WHAT`: the files with settings, and what they come to.

What may stand in them is `slsloggrep.config`'s knowledge; the questions of `config init` are in
`slsloggrep.cli.config_init`, single keys in `slsloggrep.cli.config_keys`.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slsloggrep.cli.app import App, Command, environment_of
from slsloggrep.cli.context import Environment
from slsloggrep.cli.contexts import Settings, config_of, own_file, project_file, variable_of
from slsloggrep.cli.declarations import PREFIX, context_option, offer
from slsloggrep.cli.programs import words_of
from slsloggrep.errors import UsageError
from slsloggrep.wording import suggestion

if TYPE_CHECKING:  # loaded when files are read
    from slsloggrep.config import Config, NamedSource

WHATS = ("show", "get", "set", "unset", "path", "init", "edit")
_EXIT_CODES = ((0, "done"), (2, "a file, or the command line, makes no sense"))

_OTHERS = tuple(
    PREFIX + name
    for name in ("CONFIG", "CONTEXT", "CRASH_", "DEBUG", "OPENSEARCH_", "PAGER", "PROJECT_FILE")
)
"""Variables, or what they begin with, that are no settings."""
_NEAR = 0.9
"""Likeness of a slip: with their common beginning all names are somewhat alike."""

Row = tuple[str, str]
"""A line of TOML, and where it comes from."""


@click.command(
    "config",
    cls=Command,
    exit_codes=_EXIT_CODES,
    context_settings={"ignore_unknown_options": True},
    examples=[
        ("slsloggrep config init", "Answer a few questions, and have a file:"),
        ("slsloggrep config show --origin", "What counts here, and who says so:"),
        ("slsloggrep crashes -s 24h --context prod", "With the settings of [context.prod]:"),
    ],
)
@click.argument("words", metavar="WHAT", nargs=-1, type=click.UNPROCESSED, shell_complete=offer)
def command(words: tuple[str, ...]) -> int:
    r"""Show, check, make and edit the files with settings.

    \b
    show    what counts here; --origin: who says so
    get     the value of one key
    set     sets one key in your own file, comments stay
    unset   removes one key from it
    path    which files are read
    init    asks a few questions and writes a file
    edit    opens your own file in your editor, and checks it

    Your own file is config.toml in the platform's folder for it; a team's is .slsloggrep.toml in
    this folder or above it, and may only say what is read and how it is shown. Settings are called
    as the long options are. A later one wins: your own file, the project's, the context's, the
    variables SLSLOGGREP_*, flags.
    """
    hint = f"slsloggrep config {'|'.join(WHATS)}"
    if not words:
        raise UsageError("which of the things about settings?", hint=hint)
    near = suggestion(words[0], WHATS, alike=0.5)
    raise UsageError(f"nothing about settings is called '{words[0]}'{near}", hint=hint)


def part(name: str) -> click.Command:
    """Return the command that does one thing with the files."""
    return _PARTS[name]


@click.command(
    "config show",
    cls=Command,
    exit_codes=_EXIT_CODES,
    examples=[
        ("slsloggrep config show --origin", "What counts here, and who says so:"),
        ("slsloggrep config show --context prod", "What counts in a context:"),
        ("slsloggrep config show > config.toml", "All of it in one file:"),
    ],
)
@context_option
@click.option("--origin", is_flag=True, help="Tell the file and the line of each value.")
@click.pass_context
def _show(ctx: click.Context, origin: bool) -> int:
    """Show the settings that count here, as TOML.

    Files are checked whole: also the contexts, sources and aliases that are not in use. Variables
    count, flags do not.
    """
    from slsloggrep.harmless import visible

    environment, config = environment_of(ctx), config_of(ctx)
    check_aliases(ctx, config)
    rows = list(_rows(ctx, config, environment.env))
    if not rows:
        environment.say("nothing is set; slsloggrep config init writes a file")
    width = max((len(line) for line, place in rows if place), default=0)
    for line, place in rows:
        told = f"{line:<{min(width, 48)}}  # {place}" if origin and place else line
        environment.write(visible(told, newlines=False) + "\n")
    for line in _slips(ctx, environment.env):
        environment.say(line)
    return 0


def _slips(ctx: click.Context, env: Mapping[str, str]) -> Iterator[str]:
    """Yield what is to be said of variables that nothing reads, and whose name is near another."""
    root = ctx.find_root().command
    known = {variable_of(key) for key in Settings(root).names()} if isinstance(root, App) else set()
    for name in sorted(env):
        is_unread = name.startswith(PREFIX) and name not in known and not name.startswith(_OTHERS)
        if is_unread and (near := suggestion(name, known, alike=_NEAR)):
            yield f"{name} is not read{near}"


def check_aliases(ctx: click.Context, config: Config) -> None:
    """Raise UsageError where an alias is no command line that there can be."""
    from slsloggrep.cli.aliases import check

    root = ctx.find_root()
    if isinstance(root.command, App):
        for alias in config.aliases.values():
            check(root.command, root, alias)


def _rows(ctx: click.Context, config: Config, env: Mapping[str, str]) -> Iterator[Row]:
    root = ctx.find_root().command
    known = Settings(root).names() if isinstance(root, App) else ()
    for key in sorted({*config.settings, *known}):
        if value := env.get(variable_of(key)):
            yield f"{key} = {toml_of(value)}", variable_of(key)
        elif key in config.settings:
            setting = config.settings[key]
            yield f"{key} = {toml_of(setting.value)}", setting.origin
    if config.context is not None:
        yield f"# the context in use is {config.context}", ""
    for name, source in sorted(config.sources.items()):
        yield "", ""
        yield f"[source.{name}]", source.origin
        yield from _source_rows(source)
    places = sorted(config.prices)
    for region in dict.fromkeys(region for region, _ in places):
        yield "", ""
        yield f"[price.{region}]", ""
        for place in places:
            if place[0] == region:
                gb_second, request = config.prices[place].value
                figures = f"{{ gb-second = {gb_second!r}, request = {request!r} }}"
                yield f"{place[1]} = {figures}", config.prices[place].origin
    if config.aliases:
        yield "", ""
        yield "[alias]", ""
    for name, alias in sorted(config.aliases.items()):
        yield f"{name} = {toml_of(shlex.join(alias.words))}", alias.origin


def _source_rows(source: NamedSource) -> Iterator[Row]:
    where = source.document.where
    texts = {"url": source.url, "user": source.user, **source.options}
    for key, value in texts.items():
        if value is not None:
            yield f"{key} = {toml_of(value)}", where("source", source.name, key)
    for key, secret in source.secrets.items():
        place = where("source", source.name, key)
        yield f"{key} = {{ {secret.kind} = {toml_of(secret.name)} }}", place


def toml_of(value: Any) -> str:
    """Return a setting's value as it stands in a file, on one line."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    # What JSON escapes, TOML's basic strings escape alike; booleans and numbers are the same.
    return json.dumps(value, ensure_ascii=False)


@click.command(
    "config path",
    cls=Command,
    exit_codes=_EXIT_CODES,
    examples=[
        ("slsloggrep config path", "Which files are read:"),
        ('"$EDITOR" "$(slsloggrep config path | head -1)"', "In your own way:"),
        ("SLSLOGGREP_CONFIG=./try.toml slsloggrep config path", "Another file than usual:"),
    ],
)
@click.pass_context
def _path(ctx: click.Context) -> int:
    """Print where your own file is, or would be, and the project's if there is one.

    SLSLOGGREP_CONFIG names another file than your own, SLSLOGGREP_PROJECT_FILE another than the
    project's. A project's file counts only where it is yours, or root's.
    """
    environment = environment_of(ctx)
    own = own_path(environment)
    environment.write(f"{own}\n")
    if not own.exists():
        environment.say(f"{own} is not there yet; slsloggrep config init writes it")
    project = project_file(environment)
    if project is not None:
        environment.write(f"{project}\n")
    return 0


@click.command(
    "config edit",
    cls=Command,
    exit_codes=_EXIT_CODES,
    examples=[
        ("slsloggrep config edit", "In the editor that VISUAL or EDITOR names:"),
        ("EDITOR='code --wait' slsloggrep config edit", "In another one:"),
        ("slsloggrep config show", "To check it without editing:"),
    ],
)
@click.pass_context
def _edit(ctx: click.Context) -> int:
    """Open your own file in your editor, then check it."""
    environment = environment_of(ctx)
    own = own_path(environment)
    usual = "notepad" if sys.platform == "win32" else "vi"
    editor = environment.env.get("VISUAL") or environment.env.get("EDITOR") or usual
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder '{own.parent}' cannot be made: {error.strerror}") from None
    try:
        words = words_of(editor)
        done = subprocess.run([*words, str(own)], check=False)  # noqa: S603 - the user's own editor
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the editor '{editor}' cannot be started: {error}", hint="EDITOR names another one"
        ) from None
    if done.returncode:
        raise UsageError(f"the editor '{editor}' ended with {done.returncode}")
    check_aliases(ctx, config_of(ctx))
    environment.say(f"{own} makes sense" if own.exists() else f"{own} was not written")
    return 0


@click.command(
    "config init",
    cls=Command,
    exit_codes=_EXIT_CODES,
    examples=[
        ("slsloggrep config init", "Your own file:"),
        ("slsloggrep config init --project", "The team's, in this folder:"),
        ("slsloggrep config init --force", "Anew, over the one that is there:"),
    ],
)
@click.option("--project", is_flag=True, help="Write .slsloggrep.toml into this folder.")
@click.option("--force", is_flag=True, help="Write over the file that is there.")
@click.pass_context
def _init(ctx: click.Context, project: bool, force: bool) -> int:
    """Ask a few questions, and write a file with the answers.

    An empty answer leaves a setting out. Nothing is asked where there is no terminal.
    """
    from slsloggrep.cli.config_init import write_answers
    from slsloggrep.config import PROJECT_FILE

    environment = environment_of(ctx)
    path = _here() / PROJECT_FILE if project else own_path(environment)
    root = ctx.find_root().command
    if not isinstance(root, App):
        raise TypeError("settings are those of a command of the program")
    write_answers(environment, path, Settings(root), force=force, is_project=project)
    return 0


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError(f"the current folder is gone: {error.strerror}") from None


def own_path(environment: Environment) -> Path:
    """Return where the user's own file is, or would be; raises UsageError where nothing says so."""
    own = own_file(environment)
    if own is None:
        raise UsageError(
            "nothing says where your files are: HOME is not set", hint="SLSLOGGREP_CONFIG names one"
        )
    return own


_PARTS: dict[str, click.Command] = {"show": _show, "path": _path, "init": _init, "edit": _edit}
