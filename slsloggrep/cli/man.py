"""`slsloggrep man`: the manual page, in roff (man(7)), out of what `--help` and `help` tell."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

import click

from slsloggrep.cli.app import (
    COMMANDS,
    EXIT_CODES,
    PROGRAM,
    TROUBLE_CODES,
    App,
    Command,
    environment_of,
)
from slsloggrep.cli.recipes import RECIPES, RECIPES_SUMMARY, RECIPES_TOPIC, Recipe, command_lines
from slsloggrep.cli.reference import Entry, OptionText, Reference, make_reference
from slsloggrep.cli.topics import EXIT_CODES_TEXT, TOPICS, Topic

_SPELLINGS = str.maketrans(
    {
        "\\": "\\e",
        "-": "\\-",
        "'": "\\(aq",
        "`": "\\(ga",
        "^": "\\(ha",
        "~": "\\(ti",
        "\N{HORIZONTAL ELLIPSIS}": "...",
    }
)
"""Characters that roff takes for others, or typesets as others than can be typed; groff_char(7)."""

_LINE = 72
"""Characters of a line, before any of them is spelled in a longer way."""

_LIST = "\b"
"""Stands alone on the line before lines that stay as they are (click)."""


@click.command(
    "man",
    cls=Command,
    examples=[
        ("slsloggrep man | man -l -", "To read it:"),
        (
            "slsloggrep man > ~/.local/share/man/man1/slsloggrep.1",
            "To install it, for `man slsloggrep`:",
        ),
        ("slsloggrep man | groff -man -Tpdf > slsloggrep.pdf", "To print it:"),
    ],
    exit_codes=[(0, "printed"), (2, "the command line makes no sense")],
)
@click.pass_context
def command(ctx: click.Context) -> int:
    """Print the manual page.

    It has every command with its options, the topics and recipes of `slsloggrep help`, the
    environment and the exit codes.
    """
    environment, app = environment_of(ctx), ctx.find_root().command
    if not isinstance(app, App):
        raise TypeError("the manual is of the program's commands")
    today = datetime.fromtimestamp(environment.clock() / 1000, UTC).date()
    environment.write(manual(make_reference(app, environment), app.help or "", today))
    return 0


def manual(reference: Reference, about: str, made: date) -> str:
    """Return the manual page; `about` is what the program's own help says."""
    from slsloggrep import __version__

    title = f'.TH SLSLOGGREP 1 "{made.isoformat()}" "{PROGRAM} {__version__}" "User Commands"'
    lines = [title, ".nh", *_lines(reference, about)]
    return "".join(f"{line}\n" for line in lines)


def _lines(reference: Reference, about: str) -> Iterator[str]:
    summary, *paragraphs = about.strip().split("\n\n")
    yield ".SH NAME"
    yield f"{PROGRAM} \\- {_text(summary[0].lower() + summary[1:]).rstrip('.')}"
    yield ".SH SYNOPSIS"
    yield f".B {PROGRAM}"
    yield "COMMAND [OPTIONS] ..."
    yield ".SH DESCRIPTION"
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".PP"
        yield from _filled(paragraph)
    yield ".SH COMMANDS"
    for name, does in COMMANDS.items():
        yield from _item(name, does)
    for entry in reference.entries:
        yield from _command(entry)
    yield '.SH "COMMON OPTIONS"'
    yield from _options(reference.shared)
    yield f".SH {RECIPES_TOPIC.upper()}"
    yield from _filled(RECIPES_SUMMARY)
    for recipe in RECIPES:
        yield from _recipe(recipe)
    for name, topic in TOPICS.items():
        if name != "environment":
            yield from _topic(name.upper(), topic)
    yield from _topic("ENVIRONMENT", TOPICS["environment"])
    codes = tuple((str(code), meaning) for code, meaning in (*EXIT_CODES, *TROUBLE_CODES))
    yield from _topic("EXIT STATUS", Topic("", (EXIT_CODES_TEXT, codes)))


def _command(entry: Entry) -> Iterator[str]:
    yield f'.SH "{_text(entry.name.upper())}"'
    yield f".B {PROGRAM} {_text(entry.name)}"
    yield _text(entry.usage)
    for paragraph in entry.text.split("\n\n"):
        yield ".PP"
        if paragraph.startswith(_LIST):
            yield ".nf"
            yield from (_text(line, keeps_spaces=True) for line in paragraph.splitlines()[1:])
            yield ".fi"
        else:
            yield from _filled(paragraph)
    yield from _options(entry.options)
    if entry.shares:
        yield ".PP"
        yield "It takes common options, too."
    yield ".PP"
    yield "Examples:"
    for line, purpose in entry.examples:
        yield ".PP"
        yield _text(purpose)
        yield from _typed([line])
    if list(entry.exit_codes) != list(EXIT_CODES):
        yield ".PP"
        yield "Exit status:"
        for code, meaning in entry.exit_codes:
            yield from _item(str(code), meaning)


def _recipe(recipe: Recipe) -> Iterator[str]:
    yield ".PP"
    yield f"\\fB{_text(recipe.symptom)}\\fR"
    yield from _typed(command_lines(recipe))
    yield ".PP"
    yield from _filled(recipe.reading)


def _typed(lines: Iterable[str]) -> Iterator[str]:
    yield ".RS 4"
    yield ".nf"
    for line in lines:
        yield _text(line, keeps_spaces=True)
    yield ".fi"
    yield ".RE"


def _topic(title: str, topic: Topic) -> Iterator[str]:
    yield f'.SH "{title}"'
    for number, part in enumerate(topic.parts):
        if not isinstance(part, str):
            for term, meaning in part:
                yield from _item(term, meaning)
            continue
        if number:
            yield ".PP"
        yield from _filled(part)


def _options(options: Sequence[OptionText]) -> Iterator[str]:
    for written, does in options:
        yield from _item(written, does)


def _item(term: str, meaning: str) -> Iterator[str]:
    yield ".TP"
    yield f"\\fB{_text(term, keeps_spaces=True).strip()}\\fR"
    yield from _filled(meaning)


def _filled(text: str) -> Iterator[str]:
    """Yield text on lines that are no longer than an editor's; where they end means nothing."""
    for line in textwrap.wrap(text, _LINE, break_long_words=False, break_on_hyphens=False):
        yield _text(line)


def _text(text: str, *, keeps_spaces: bool = False) -> str:
    """Return text as one line of roff, which is no request whatever it begins with."""
    text = text.strip("\n") if keeps_spaces else " ".join(text.split())
    written = text.translate(_SPELLINGS)
    written = re.sub(r"[^\x00-\x7f]", lambda match: f"\\[u{ord(match[0]):04X}]", written)
    return f"\\&{written}" if written.startswith((".", "\\(aq")) else written
