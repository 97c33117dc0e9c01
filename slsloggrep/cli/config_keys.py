"""`slsloggrep config get|set|unset KEY`: one setting read, or changed in the user's own file.

How a file is changed so that its comments stay is `slsloggrep.config.editing`'s knowledge; what may
stand in it is checked as for any file, before anything is written.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from slsloggrep.cli.app import App, Command, environment_of
from slsloggrep.cli.config import check_aliases, own_path, toml_of
from slsloggrep.cli.context import Environment, OutputError
from slsloggrep.cli.contexts import (
    Settings,
    config_of,
    documents_of,
    key_of,
    own_document,
    put_document,
    variable_of,
)
from slsloggrep.cli.declarations import CONTEXT, Option, context_option
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded when files are read
    from slsloggrep.config import Config, Document, NamedSource

_CHANGED = ((0, "done"), (2, "the key, the value or the file makes no sense: nothing was written"))

_DEFAULT_CONTEXT = "default-context"
_HINT = "a setting, source.NAME.KEY or alias.NAME; slsloggrep config edit for all else"

KeyPath = tuple[str, ...]
"""Where a key stands in a file."""


def offer_keys(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return the keys that there may be, each with what it is for."""
    from slsloggrep.cli.known_names import is_safe

    found = {
        **{key: option.help or "" for key, option in _options(ctx)},
        _DEFAULT_CONTEXT: "The [context.NAME] that counts unless another one is chosen.",
        **{".".join(path): "" for path in _stated(documents_of(ctx))},
    }
    return [
        CompletionItem(key, help=told.partition(". ")[0] or None)
        for key, told in sorted(found.items())
        if key.startswith(incomplete) and is_safe(key)
    ]


def offer_values(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return what the value of a key may become: what its option would offer."""
    key = (ctx.params.get("key") or "").rpartition(".")[2]
    option = next((option for name, option in _options(ctx) if name == key), None)
    if key == _DEFAULT_CONTEXT:
        from slsloggrep.cli.candidates import candidates

        return candidates(ctx, click.Option([f"--{CONTEXT}"]), incomplete) or []
    if option is None:
        return []
    if option.is_flag and isinstance(option.type, click.types.BoolParamType):
        return [CompletionItem(word) for word in ("true", "false") if word.startswith(incomplete)]
    return option.shell_complete(ctx, incomplete)


_key = click.argument("key", metavar="KEY", shell_complete=offer_keys)
_within = click.option(
    f"--{CONTEXT}",
    CONTEXT,
    cls=Option,
    metavar="NAME",
    help="In [context.NAME], which counts where that context is chosen.",
)
"""Unlike that of other commands without a variable: what is written stays."""


@click.command(
    "config get",
    cls=Command,
    exit_codes=((0, "printed"), (1, "nothing is set"), (2, "a file, or the key, makes no sense")),
    examples=[
        ("slsloggrep config get tz", "What counts here:"),
        ("slsloggrep config get region --context prod", "In a context:"),
        ("slsloggrep config get source.prod.url", "Of a named source:"),
    ],
)
@_key
@context_option
@click.pass_context
def get(ctx: click.Context, key: str) -> int:
    """Print the value of a setting that counts here, as it is; a list one a line.

    The variables SLSLOGGREP_* count, flags do not. `config show --origin` tells who says so.
    """
    from slsloggrep.harmless import visible

    environment, config = environment_of(ctx), config_of(ctx)
    path = _path_of(ctx, key)
    told = environment.env.get(variable_of(key)) if len(path) == 1 else None
    for line in [told] if told else _lines_of(config, path):
        environment.write(visible(line, newlines=False) + "\n")
        told = line
    return 0 if told is not None else 1


@click.command(
    "config set",
    cls=Command,
    exit_codes=_CHANGED,
    examples=[
        ("slsloggrep config set id-key order_id cart_id", "For every command to come:"),
        ("slsloggrep config set region eu-west-1 --context prod", "In a context, new or not:"),
        ("slsloggrep config set source.prod.url s3://my-logs/prod", "A named source:"),
    ],
)
@_key
@click.argument("values", metavar="VALUE...", nargs=-1, required=True, shell_complete=offer_values)
@_within
@click.pass_context
def set_(ctx: click.Context, key: str, values: tuple[str, ...], context: str | None) -> int:
    """Set one key in your own file, with its comments left as they are.

    The file is checked first, whole, and written whole or not at all. A value that is a list is
    replaced by the new one.
    """
    from slsloggrep.config.editing import set_value

    path = _path_of(ctx, key, context)
    literal = toml_of(_read(ctx, path, values))
    document = _change(ctx, path, lambda text: set_value(text, path, literal), context)
    environment = environment_of(ctx)
    environment.say(f"{document.where(*path)}: {path[-1]} = {literal}")
    _tell_winner(ctx, path, environment)
    return 0


@click.command(
    "config unset",
    cls=Command,
    exit_codes=_CHANGED,
    examples=[
        ("slsloggrep config unset tz", "As if it had never been set:"),
        ("slsloggrep config unset region --context prod", "In a context:"),
        ("slsloggrep config unset alias.mine", "An alias:"),
    ],
)
@_key
@_within
@click.pass_context
def unset(ctx: click.Context, key: str, context: str | None) -> int:
    """Remove one key from your own file, with the comment behind it."""
    from slsloggrep.config.editing import remove_value

    environment = environment_of(ctx)
    path = _path_of(ctx, key, context, is_known=False)
    before = own_document(environment)
    table: Any = {} if before is None else before.tables
    for name in path:
        table = table.get(name) if isinstance(table, dict) else None
    if before is None or table is None:
        environment.say(f"{own_path(environment)} does not set '{key}'")
        return 0
    _change(ctx, path, lambda text: remove_value(text, path), context)
    environment.say(f"{before.path}: {key} is not set any more")
    _tell_winner(ctx, path, environment)
    return 0


def _options(ctx: click.Context) -> Iterator[tuple[str, click.Option]]:
    """Yield the settings with the options that take them, the first of each."""
    app = ctx.find_root().command
    seen: set[str] = set()
    for command in app.all_commands() if isinstance(app, App) else ():
        for option in command.params:
            key = key_of(option)
            if key is not None and key not in seen and isinstance(option, click.Option):
                seen.add(key)
                yield key, option


def _stated(documents: Iterable[Document]) -> Iterator[KeyPath]:
    """Yield the keys of sources and the aliases that files state."""
    for document in documents:
        sources, aliases = (document.tables.get(table) for table in ("source", "alias"))
        for name, source in sources.items() if isinstance(sources, dict) else ():
            yield from (("source", name, key) for key in source if isinstance(source, dict))
        yield from (("alias", name) for name in (aliases if isinstance(aliases, dict) else ()))


def _path_of(
    ctx: click.Context, key: str, context: str | None = None, *, is_known: bool = True
) -> KeyPath:
    """Return where a key stands; raises UsageError for one that there cannot be.

    `is_known`: a setting has to be one that there is; whoever removes a slip has to name it.
    """
    path = tuple(key.split("."))
    if len(path) == 1:
        if is_known and key != _DEFAULT_CONTEXT:
            _check_known(ctx, key)
        return path if context is None else ("context", context, key)
    if context is not None:
        raise UsageError(f"a context does not hold '{key}'", hint="its settings have no dots")
    lengths = {"source": 3, "context": 3, "alias": 2}
    if all(path) and lengths.get(path[0]) == len(path):
        if path[0] == "context" and is_known:
            _check_known(ctx, path[2])
        return path
    raise UsageError(f"'{key}' is no key that stands on its own", hint=_HINT)


def _check_known(ctx: click.Context, key: str) -> None:
    """Raise UsageError where no setting is called so, with the near name."""
    from slsloggrep.config import Document, read_layer
    from slsloggrep.config.layer import TABLES

    if key in TABLES:
        raise UsageError(f"'{key}' is a table", hint=_HINT)
    known = _settings(ctx)
    if not any(known.kinds(key)):
        read_layer(Document(path="config", tables={key: ""}), known)


def _settings(ctx: click.Context) -> Settings:
    app = ctx.find_root().command
    if not isinstance(app, App):
        raise TypeError("settings are those of a command of the program")
    return Settings(app)


# What counts


def _lines_of(config: Config, path: KeyPath) -> Iterator[str]:
    """Yield what is set, a line each."""
    if path[0] == "alias" and path[1] in config.aliases:
        yield shlex.join(config.aliases[path[1]].words)
    elif path[0] == "source" and path[1] in config.sources:
        yield from _source_lines(config.sources[path[1]], path[2])
    elif path == (_DEFAULT_CONTEXT,) and config.context is not None:
        yield config.context
    elif path[0] == "context":
        raise UsageError(
            f"'{path[2]}' is a setting like others, of a context",
            hint=f"slsloggrep config get {path[2]} --context {path[1]}",
        )
    elif path[0] in config.settings:
        yield from _words(config.settings[path[0]].value)


def _source_lines(source: NamedSource, key: str) -> Iterator[str]:
    stated = {"url": source.url, "user": source.user, **source.options}
    if secret := source.secrets.get(key):
        yield f"{secret.kind}: {secret.name}"
    elif stated.get(key) is not None:
        yield from _words(stated[key])


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        yield "true" if value else "false"
    else:
        yield from map(str, value if isinstance(value, tuple) else (value,))


# What is changed


def _read(ctx: click.Context, path: KeyPath, words: Sequence[str]) -> Any:
    """Return the value that words stand for; what fits no kind stays text, and is refused later."""
    from slsloggrep.config import UnfitError

    for word in words:
        if not word.isprintable():
            raise UsageError("there is a control character in the value", hint="once more, without")
    for kind in _settings(ctx).kinds(path[-1]):
        values = [_value_of(word, kind.base) for word in words]
        if len(values) > 1 and not kind.several:
            continue
        try:
            return kind.accept(values if kind.several else values[0])
        except UnfitError:
            continue
    return tuple(words) if len(words) > 1 else words[0]


def _value_of(word: str, base: str) -> Any:
    if base == "flag":
        return {"true": True, "false": False}.get(word.lower(), word)
    if base == "text":
        return word
    for number in (int, float):
        try:
            return number(word)
        except ValueError:
            continue
    return word


def _change(
    ctx: click.Context, path: KeyPath, edit: Callable[[str], str], context: str | None
) -> Document:
    """Edit the own file, check what it has become, and write it; raises UsageError, OutputError."""
    from slsloggrep.sending.files import changing

    own = own_path(environment_of(ctx))
    with changing(own):
        after = _edited(ctx, path, edit, context)
        _write(own, after.text)
    return after


def _edited(
    ctx: click.Context, path: KeyPath, edit: Callable[[str], str], context: str | None
) -> Document:
    """Return what the own file would become; raises UsageError where that makes no sense."""
    from slsloggrep.cli.config_init import head_of_file
    from slsloggrep.config import parse_document
    from slsloggrep.config.editing import TangledError

    environment = environment_of(ctx)
    own, before = own_path(environment), own_document(environment)
    try:
        text = edit(head_of_file(is_project=False) if before is None else before.text)
    except TangledError:
        raise UsageError(
            f"{own}: '{'.'.join(path)}' stands in it in a way that only you should change",
            hint="slsloggrep config edit",
        ) from None
    try:
        after = parse_document(text.encode(), str(own))
        put_document(ctx, after)
        ctx.meta[CONTEXT] = context
        check_aliases(ctx, config_of(ctx))
    except UsageError as error:
        raise UsageError(f"{error.message}; nothing was written", hint=error.hint) from None
    return after


def _write(own: Path, text: str) -> None:
    from slsloggrep.sending.files import reason_of, write_file

    own = own.resolve()  # where it is a link, into somebody's dotfiles, it stays one
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        mode = own.stat().st_mode if own.exists() else None
        write_file(own, [text.encode()], force=True)
        if mode is not None:
            own.chmod(mode & 0o777)
    except OSError as error:
        raise OutputError(f"'{own}': {reason_of(error)}") from error


def _tell_winner(ctx: click.Context, path: KeyPath, environment: Environment) -> None:
    """Say what counts here in the stead of what was written, if something does."""
    key = path[-1]
    if path[0] in ("source", "alias") or key == _DEFAULT_CONTEXT:
        return
    setting = config_of(ctx).settings.get(key)
    if environment.env.get(variable_of(key)):
        environment.say(f"{variable_of(key)} is set, and goes before it")
    elif setting is not None and (setting.document.is_project or setting.path != path):
        environment.say(f"what counts here is said elsewhere: {setting.origin}")


def part(name: str) -> click.Command:
    """Return the command that does one thing with a key."""
    return {"get": get, "set": set_, "unset": unset}[name]
