"""Every command says what it is for, how it is used and how it ends; references come of that."""

from __future__ import annotations

import io
import re
import shlex
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import pytest

from slsloggrep.cli.app import COMMANDS, Command, make_app
from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.cli.recipes import RECIPES, RECIPES_TOPIC
from slsloggrep.cli.topics import TOPICS

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- reference begin -->\n", "<!-- reference end -->\n"
FEWEST = 26
"""Commands and their parts; one that is not extracted would not be tested."""
EXAMPLES = 3


def environment(width: int = 80) -> Environment:
    return Environment(
        stdin=None,
        stdin_is_terminal=False,
        stdout=io.StringIO(),
        stdout_is_terminal=False,
        stderr=io.StringIO(),
        stderr_is_terminal=False,
        width=width,
    )


def output(*argv: str, width: int = 80) -> str:
    terminal = environment(width)
    assert run(argv, terminal) == 0
    assert isinstance(terminal.stdout, io.StringIO)
    return terminal.stdout.getvalue()


def all_commands() -> dict[str, Command]:
    commands: dict[str, Command] = {}
    for command in make_app(environment()).all_commands():
        assert isinstance(command, Command)
        commands[str(command.name)] = command
    return commands


ALL = all_commands()


def section(text: str, title: str) -> list[str]:
    """Return the lines below a title of a help, up to the next title."""
    _, _, after = text.partition(f"\n{title}:\n")
    return re.split(r"\n(?=\S)", after)[0].splitlines()


def test_every_command_is_there() -> None:
    """Each name of the table, and the parts that are named by two words."""
    assert len(ALL) >= FEWEST
    assert {*COMMANDS} < {*ALL}
    assert {"crashes show", "report incident", "config init"} < {*ALL}


@pytest.mark.parametrize("name", ALL)
def test_the_help_has_a_summary_three_examples_and_the_exit_codes(name: str) -> None:
    """They are read out of what people see, and not out of what was declared."""
    text = output(*name.split(), "--help")
    usage, summary = (part.strip() for part in text.split("\n\n", 2)[:2])
    assert usage.startswith(f"Usage: slsloggrep {name}")
    assert re.match(r"[A-Z].*\.$", summary, re.DOTALL)
    examples = [line for line in section(text, "Examples") if line.startswith("    ")]
    assert len(examples) == EXAMPLES
    assert all("slsloggrep" in line for line in examples)
    codes = [line.split()[0] for line in section(text, "Exit codes") if re.match(r"  \d", line)]
    assert codes[0] == "0"
    assert "2" in codes


@pytest.mark.parametrize("name", ALL)
def test_the_help_fits_sixty_columns(name: str) -> None:
    """But for examples, which are there to be copied, and for words that are longer than that."""
    lines = output(*name.split(), "--help", width=60).splitlines()
    kept = [line for line, _ in ALL[name].examples]
    wide = [line for line in lines if len(line) > 60 and line.strip() not in kept]
    assert [line for line in wide if len(line.split()) > 1 and line.startswith("  ")] == []


@pytest.mark.parametrize(
    ("name", "example"), [(name, line) for name, c in ALL.items() for line, _ in c.examples]
)
def test_an_example_is_a_command_line_that_is_understood(
    name: str, example: str, tmp_path: Path
) -> None:
    """Options and choices that are no more would be told; what is searched is not looked at."""
    settings = tmp_path / "config.toml"
    settings.write_text('[context.prod]\nsince = "1h"\n')
    inner = re.search(r"[<$]\((.*?)\)", example)
    words = shlex.split(inner[1] if inner else example)
    ends = [index for index, word in enumerate(words) if word in {"|", ">"}]
    begins = [index for index, word in enumerate(words) if word.endswith("slsloggrep")]
    assert begins, name
    end = next((index for index in ends if index > begins[0]), len(words))
    terminal = replace(environment(), env={"SLSLOGGREP_CONFIG": str(settings)})
    app = make_app(terminal)
    root = click.Context(app, info_name="slsloggrep", obj=terminal)
    found, command, rest = app.resolve_command(root, words[begins[0] + 1 : end])
    assert found
    assert command is not None
    with command.make_context(found, rest, parent=root):
        pass


def test_the_reference_of_the_readme_is_made_of_the_help() -> None:
    """After a change of an option it is made again."""
    text = README.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    block = text.partition(BEGIN)[2].partition(END)[0]
    assert block == output("help", "--markdown"), (
        "regenerate: put the output of slsloggrep help --markdown between the marks"
    )


def test_the_reference_tells_every_option_and_shared_ones_once() -> None:
    """Those that three commands share have a table of their own; none is lost."""
    block = output("help", "--markdown")
    rows = re.findall(r"^\| `(.*?)` \| (.*) \|$", block, re.MULTILINE)
    assert max(Counter(rows).values()) <= 2
    told = {word for written, _ in rows for word in re.findall(r"--[a-z-]+", written)}
    declared = {
        word
        for command in ALL.values()
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
        for word in (*option.opts, *option.secondary_opts)
        if word.startswith("--")
    }
    assert len(declared) > 50
    assert told == declared


def test_the_manual_tells_every_command_option_and_topic() -> None:
    """The same source as the help's: nothing is in one and not in the other."""
    page = output("man")
    plain = page.replace("\\-", "-").replace("\\&", "").replace("\\(aq", "'")
    sections = re.findall(r'^\.SH "?(.*?)"?$', plain, re.MULTILINE)
    assert sections[:4] == ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS"]
    assert sections[-2:] == ["ENVIRONMENT", "EXIT STATUS"]
    assert {name.upper() for name in (*ALL, *TOPICS, RECIPES_TOPIC)} <= {*sections}
    assert len(sections) == len(set(sections))
    for spelled, character in {"\\e": "\\", "\\(ti": "~", "\\(ga": "`", "\\(ha": "^"}.items():
        plain = plain.replace(spelled, character)
    assert all(line in plain for recipe in RECIPES for line, _ in recipe.commands)
    for command in ALL.values():
        for line, _ in command.examples:
            assert line in plain
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.opts[0] in plain


def test_the_manual_is_sound_roff() -> None:
    """Requests are known, lists and indents are closed, and no text is taken for a request."""
    page = output("man")
    assert page.isascii()
    assert page.replace("\n", "").isprintable()
    lines = page.splitlines()
    assert lines[0].startswith('.TH SLSLOGGREP 1 "')
    requests = [line.split()[0] for line in lines if line.startswith((".", "'"))]
    assert set(requests) == {".TH", ".SH", ".B", ".PP", ".TP", ".nf", ".fi", ".RS", ".RE", ".nh"}
    assert requests.count(".nf") == requests.count(".fi")
    assert requests.count(".RS") == requests.count(".RE")
    assert all(lines)  # an empty line is a request of its own
    for index, line in enumerate(lines):
        if line.startswith(".SH"):  # begins a paragraph itself; mandoc warns of another one
            assert lines[index + 1] != ".PP"
        if line == ".TP":  # a tag, then what it means
            assert not lines[index + 1].startswith(".")
            assert not lines[index + 2].startswith(".")
    escapes = re.findall(r"\\(\(..|\[u[0-9A-F]{4,6}\]|f[BR]|.)", page)
    assert {each for each in escapes if len(each) == 1} <= {"-", "&", "e"}


def test_what_roff_would_obey_is_shown() -> None:
    """A text that begins with a dot, or holds a backslash, is no request."""
    from slsloggrep.cli.man import manual
    from slsloggrep.cli.reference import Entry, Reference

    entry = Entry(
        name="x",
        usage="",
        text=".so /etc/passwd\n\n'a \\fB",
        options=(("-x", ".ex"),),
        shares=False,
        examples=(),
        exit_codes=(),
    )
    page = manual(Reference((entry,), ()), "About it.\n\nMore.", date(2026, 11, 23))
    assert page.startswith('.TH SLSLOGGREP 1 "2026-11-23" "slsloggrep ')
    assert "\n\\&.so /etc/passwd\n" in page
    assert "\n\\&\\(aqa \\efB\n" in page
    assert "\n\\&.ex\n" in page
