"""What commands take, out of their declarations: for the manual page and for the README.

Options that several commands share are told apart from a command's own. What roff wants of it is
`slsloggrep.cli.man`'s business.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import click

from slsloggrep.cli.app import App, Command, Example
from slsloggrep.cli.context import Environment

OptionText = tuple[str, str]
"""How an option is written, and what it does."""

_SHARED_BY = 3
"""Commands with the same option, from which on it is told once."""

_SPECIAL = re.compile(r"([\\|<>*_`\[\]])")
_TWINS = "report "
"""Begins the names of commands that take what the command of that name takes."""
_REPORTED = {"crash": "crashes show"}
"""Commands that reports are of, where they are called otherwise."""


class Entry(NamedTuple):
    """A command, as a reference tells it."""

    name: str
    usage: str
    """What follows the name: options and arguments."""
    text: str
    """The help: paragraphs, and lists that begin with a backspace of their own."""
    options: tuple[OptionText, ...]
    """Its own; of a report only what the command that it is of does not take."""
    shares: bool
    """Whether it takes the shared options, too."""
    examples: Sequence[Example]
    exit_codes: Sequence[tuple[int, str]]


class Reference(NamedTuple):
    """All commands, and the options that they share."""

    entries: tuple[Entry, ...]
    shared: tuple[OptionText, ...]


def make_reference(app: App, environment: Environment) -> Reference:
    """Import every command, and return what they take."""
    root = click.Context(app, info_name=app.name, obj=environment)
    commands = list(app.all_commands())
    options = {str(c.name): tuple(_options(c, root)) for c in commands}
    for name, texts in options.items():
        of = name.removeprefix(_TWINS)
        twin = options.get(_REPORTED.get(of, of), ()) if of != name else ()
        options[name] = tuple(option for option in texts if option not in twin)
    counts = Counter(option for texts in options.values() for option in texts)
    shared = {option: None for option, count in counts.items() if count >= _SHARED_BY}
    return Reference(
        tuple(_entry(c, root, options[str(c.name)], shared) for c in commands), tuple(shared)
    )


def _entry(
    command: click.Command,
    root: click.Context,
    options: Sequence[OptionText],
    shared: dict[OptionText, None],
) -> Entry:
    name = str(command.name)
    pieces = command.collect_usage_pieces(click.Context(command, info_name=name, parent=root))
    return Entry(
        name,
        " ".join(pieces),
        inspect.cleandoc(command.help or ""),
        tuple(option for option in options if option not in shared),
        name.startswith(_TWINS) or any(option in shared for option in options),
        command.examples if isinstance(command, Command) else (),
        command.exit_codes if isinstance(command, Command) else (),
    )


def _options(command: click.Command, root: click.Context) -> Iterator[OptionText]:
    """Yield the options of a command, but for `--help`, which each has."""
    ctx = click.Context(command, info_name=command.name, parent=root)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            record = parameter.get_help_record(ctx)
            if record is not None:  # it is hidden
                yield record


def markdown_reference(app: App, environment: Environment) -> str:
    """Return tables of all options, as the README has them between its marks."""
    reference = make_reference(app, environment)
    blocks = ["<details>\n<summary>All options, as <code>--help</code> has them</summary>\n"]
    for entry in reference.entries:
        if entry.options:
            summary = entry.text.splitlines()[0]
            head = f"`slsloggrep {entry.name} {entry.usage}`: {_escaped(summary)}"
            blocks.append(f"{head}\n\n{_table(entry.options)}")
    blocks.append(f"Options that several commands take:\n\n{_table(reference.shared)}")
    return "\n".join(blocks) + "\n</details>\n"


def _table(options: Sequence[OptionText]) -> str:
    rows = (
        f"| `{written.replace('|', chr(92) + '|')}` | {_escaped(does)} |\n"
        for written, does in options
    )
    return "| option | what it does |\n| --- | --- |\n" + "".join(rows)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
