"""What the README tells people to type works.

Every command line in a block of `sh`, of which `readme_commands` says what it starts, is run: here
where all that it reads is the demo, else in `readme_world`, where there is what it names. None is
passed over: what is neither ours nor one of a few other programs, or is not understood, is an
error. The same holds for the examples of `--help`, of which those over the demo are run.
"""

from __future__ import annotations

import functools
import io
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from readme_commands import OTHERS, PROGRAM, Block, Call, blocks, calls, command_lines, inline, read
from readme_world import World

from slsloggrep.cli.app import Command, make_app
from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.cli.recipes import RECIPES, markdown_recipes

ROOT = Path(__file__).resolve().parents[2]
README = read(ROOT / "README.md")
FEWEST_DEMO, FEWEST_ELSEWHERE, FEWEST_EXAMPLES, FEWEST_OUTPUTS = 25, 25, 4, 1
"""Fewer than these mean that finding them went wrong."""

CAUSES = {
    "stuck": ["attempt 3 of 3", "No dimensions on file", "shop-pricing", "Left undone"],
    "timeout": ["30 s", "silent", "tax.example.com", "507 ms at most"],
    "memory": ["from 178 to 512 MB over 12 invocations", "48.2 megapixels", "470 MB"],
    "deploy": ["NEW", r"shop-recommend +42 +4 +4 ", "No module named 'numpy'"],
    "api": ['"statusCode":502', r"shop-payment .* error +5.01 s", "AcquirerException"],
    "retries": [
        "request 2dc814b1",
        "attempt 3 of 3",
        "A later attempt ended well",
        "batch: served other transactions too",
        "batchItemFailures",
    ],
    "cold": [r"init p50 +init max", "shop-recommend +yes"],
    "slow": ["7c48fd21", r"shop-payment .* error +5.01 s", "AcquirerException", "faster"],
    "attack": [r"ip=198\.51\.100\.2", "UNION SELECT", '"status":"500"', '"status":"200"'],
}
"""By recipe, what its commands over the demo show: regexes, all to be found."""
INTERRUPTED = 130
_OPTION = re.compile(r"--[a-z][a-z-]*")
_LEFT_OUT = "…"
"""Stands alone for lines of an output that the README leaves out."""


def environment(**attributes: Any) -> Environment:
    defaults: dict[str, Any] = {
        "stdin": None,
        "stdin_is_terminal": True,
        "stdout": io.StringIO(),
        "stdout_is_terminal": False,
        "stderr": io.StringIO(),
        "stderr_is_terminal": False,
        "width": 80,
    }
    return Environment(**{**defaults, **attributes})


def all_calls() -> list[Call]:
    """Return what the README's lines start, each once."""
    lines = [line for block in blocks(README, "sh") for line in command_lines(block)]
    return list(dict.fromkeys(call for line in lines for call in calls(line)))


def understood(arguments: list[str]) -> dict[str, Any]:
    """Return what the program makes of a command line, which is not run."""
    nothing = environment()
    app = make_app(nothing)
    root = click.Context(app, info_name=PROGRAM, obj=nothing)
    try:
        name, command, rest = app.resolve_command(root, arguments)
        assert name is not None
        assert command is not None
        with command.make_context(name, rest, parent=root) as ctx:
            return ctx.params
    except click.UsageError as error:
        raise AssertionError(f"{shlex.join(arguments)}: {error.format_message()}") from error


def sources_of(params: dict[str, Any]) -> list[str]:
    """Return what a command reads, as it is named, a target that it sends to included."""
    named = [*params.get("sources", ()), params.get("to"), params.get("output_file")]
    return [name for name in named if name]


def is_of_the_demo(params: dict[str, Any]) -> bool:
    """Tell whether a command reads the demo and nothing else, and comes to an end by itself."""
    named = sources_of(params)
    only_demo = bool(named) and all(name.startswith("demo:") for name in named)
    return only_demo and not params.get("follow")


CALLS = all_calls()
OURS = [call for call in CALLS if call.program == PROGRAM]
UNDERSTOOD = {call: understood(call.arguments) for call in OURS}
DEMO = [call for call in OURS if is_of_the_demo(UNDERSTOOD[call])]
ELSEWHERE = [call for call in OURS if not is_of_the_demo(UNDERSTOOD[call])]
EXAMPLES = [
    line
    for command in make_app(environment()).all_commands()
    if isinstance(command, Command)
    for line, _ in command.examples
    if "demo:" in line
]


def test_there_are_commands_to_run() -> None:
    """A contract over no commands would hold always."""
    assert len(DEMO) >= FEWEST_DEMO
    assert len(ELSEWHERE) >= FEWEST_ELSEWHERE
    assert len(EXAMPLES) >= FEWEST_EXAMPLES
    assert len(outputs()) >= FEWEST_OUTPUTS


def test_every_line_is_ours_or_starts_a_program_that_is_known() -> None:
    """What nobody runs is not in the README by mistake: a slip in our own name, say."""
    strange = [call.line for call in CALLS if call.program not in {PROGRAM, *OTHERS}]
    assert strange == []


@pytest.mark.parametrize("call", DEMO, ids=lambda call: shlex.join(call.arguments))
def test_a_command_over_the_demo_finds_something(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copied out of the README, it ends with 0, shows something, and leaves nothing unread."""
    monkeypatch.chdir(tmp_path)
    assert shown_of_the_demo(call.words[1:])


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_a_help_over_the_demo_finds_something(example: str) -> None:
    """Copied out of `--help`, it ends with 0 and shows something."""
    (call,) = [call for call in calls(example) if call.program == PROGRAM]
    assert shown_of_the_demo(call.words[1:])


@functools.cache
def shown_of_the_demo(arguments: tuple[str, ...]) -> str:
    """Return what a command line that ends with 0 prints; recipes are looked at twice."""
    stdout, stderr = io.StringIO(), io.StringIO()
    code = run(arguments, environment(stdout=stdout, stderr=stderr))
    assert code == 0, stderr.getvalue()
    return stdout.getvalue()


@pytest.mark.parametrize("name", CAUSES)
def test_a_recipe_leads_to_its_cause(name: str) -> None:
    """What its text says of the answers is in them."""
    (recipe,) = [recipe for recipe in RECIPES if recipe.name == name]
    own = [call for line, _ in recipe.commands for call in calls(line)]
    shown = "\n".join(shown_of_the_demo(call.words[1:]) for call in own if call in DEMO)
    missing = [cause for cause in CAUSES[name] if not re.search(cause, shown)]
    assert missing == [], shown


def test_every_recipe_has_a_cause() -> None:
    """But for the one about logs that are not there, which the demo cannot tell of."""
    assert {*CAUSES, "silent"} == {recipe.name for recipe in RECIPES}


def test_a_command_elsewhere_finds_what_it_names(tmp_path: Path) -> None:
    """Over accounts, buckets, files, pipes and clusters that hold the demo's shop it finds it.

    What follows goes on until Ctrl-C. All are run in one world, which takes seconds to make.
    """
    wrong = []
    with World(tmp_path) as world:
        for call in ELSEWHERE:
            params = UNDERSTOOD[call]
            provide(world, params)
            follows = bool(params.get("follow"))
            stdin = world.object() if call.reads else None
            told = world.run(call.arguments, stdin, watched=follows)
            if told.code != (INTERRUPTED if follows else 0):
                wrong.append(f"{call.line}\nended with {told.code}: {told.stdout}{told.stderr}")
        violations = list(world.violations)
    assert not wrong, "\n\n".join(wrong)
    assert violations == []


def provide(world: World, params: dict[str, Any]) -> None:
    """Let there be the folders and programs that a command names."""
    for name in params.get("sources", ()):
        if ":" not in name and name != "-" and not (world.folder / name).exists():
            world.put_files(name)
    if program := params.get("program"):
        path = world.folder / shlex.split(program)[0]
        path.write_text("#!/bin/sh\n")
        path.chmod(0o700)


# What the text says


def outputs() -> list[tuple[str, Block]]:
    """Return the blocks of text, each with the line of the command before it."""
    found = []
    commands = blocks(README, "sh")
    for block in blocks(README, "text"):
        before = [each for each in commands if each.line < block.line]
        lines = command_lines(before[-1]) if before else []
        if lines:
            found.append((lines[-1], block))
    return found


@pytest.mark.parametrize("number", range(len(outputs())))
def test_an_output_is_what_is_printed(number: int) -> None:
    """Line by line; where lines are left out an ellipsis stands, and nowhere else."""
    line, block = outputs()[number]
    (call,) = [call for call in calls(line) if call.program == PROGRAM]
    stdout = io.StringIO()
    plain = environment(stdout=stdout, stdout_is_terminal=True, env={"NO_COLOR": "1"})
    run(call.arguments, plain)
    printed = [line.rstrip() for line in stdout.getvalue().splitlines()]
    place = 0
    for piece in block.text.rstrip("\n").split(f"\n{_LEFT_OUT}\n"):
        wanted = piece.split("\n")
        starts = range(place, len(printed) - len(wanted) + 1)
        found = next((n for n in starts if printed[n : n + len(wanted)] == wanted), None)
        assert found is not None, f"{piece}\n\nis not in\n\n" + "\n".join(printed[place:])
        place = found + len(wanted)


def test_options_that_the_text_names_are_there() -> None:
    """An option that was renamed is found in the prose, too."""
    prose = README.partition("<!-- reference begin -->")
    text = prose[0] + prose[2].partition("<!-- reference end -->")[2]
    named = {
        word
        for span in inline(text)
        if span.startswith(("-", PROGRAM))
        for word in _OPTION.findall(span)
    }
    declared = {
        word
        for command in make_app(environment()).all_commands()
        for option in command.params
        for word in (*option.opts, *option.secondary_opts)
    }
    assert len(named) > 20
    assert named - declared - {"--help", "--version"} == set()


def test_the_recipes_are_those_of_the_help() -> None:
    """After a change of one they are made again."""
    begin, end = "<!-- recipes begin -->\n", "<!-- recipes end -->\n"
    assert README.count(begin) == README.count(end) == 1
    block = README.partition(begin)[2].partition(end)[0]
    assert block == markdown_recipes(), (
        "regenerate: put the output of slsloggrep help recipes --markdown between the marks"
    )


def test_commands_that_the_text_names_are_understood() -> None:
    """In prose and tables, too; a word in capitals, or a choice, is for the reader to fill in."""
    spans = [span for span in inline(README) if re.match(rf"{PROGRAM} (?!--version)", span)]
    wholly = [span for span in spans if not re.search(r"\b[A-Z]{2,}\b|[|\[]|\.\.\.", span)]
    assert len(wholly) > 3
    for span in wholly:
        for call in calls(span):
            if call.program == PROGRAM and "--help" not in call.words:
                understood(call.arguments)


def test_settings_that_the_text_shows_are_understood(tmp_path: Path) -> None:
    """Each key is one that is known, with a value that it may have."""
    shown = blocks(README, "toml")
    assert shown
    for number, block in enumerate(shown):
        settings = tmp_path / f"{number}.toml"
        settings.write_text(block.text)
        stdout, stderr = io.StringIO(), io.StringIO()
        env = {"SLSLOGGREP_CONFIG": str(settings), "SLSLOGGREP_PROJECT_FILE": ""}
        told = environment(stdout=stdout, stderr=stderr, env=env)
        assert run(["config", "show", "--origin"], told) == 0, stderr.getvalue()
        assert str(settings) in stdout.getvalue()


# How lines are told apart


@pytest.mark.parametrize(
    ("line", "started"),
    [
        ("slsloggrep trace x  # slsloggrep grep y", [("slsloggrep", "trace", "x")]),
        (
            "a/b/slsloggrep crashes 'x | y' | jq .z",
            [("a/b/slsloggrep", "crashes", "x | y"), ("jq", ".z")],
        ),
        (
            "python3 -m venv v && A=1 slsloggrep man > x.1",
            [("python3", "-m", "venv", "v"), ("slsloggrep", "man")],
        ),
        ("export A='b c'", [("export", "A=b c")]),
    ],
)
def test_a_line_is_cut_as_a_shell_cuts_it(line: str, started: list[tuple[str, ...]]) -> None:
    """Comments, quotes, assignments and redirections; what comes behind a pipe reads."""
    found = list(calls(line))
    assert [call.words for call in found] == started
    assert [call.reads for call in found] == [call.program == "jq" for call in found]
    assert [call.program == PROGRAM for call in found] == ["slsloggrep" in w[0] for w in started]


@pytest.mark.parametrize(
    "line", ["slsloggrep trace $(cat id)", "(slsloggrep man)", "slsloggrep tail x &"]
)
def test_what_is_not_so_simple_is_an_error(line: str) -> None:
    """Nothing is taken for an argument, or passed over, that a shell would take otherwise."""
    with pytest.raises(ValueError, match="does not understand"):
        list(calls(line))


def test_a_line_that_goes_on_is_one() -> None:
    """A backslash at its end, and lines that are comments."""
    (block,) = blocks(
        "```sh\n# what for\nslsloggrep ship \\\n    --to x\n\n```\n`slsloggrep x`", "sh"
    )
    assert command_lines(block) == ["slsloggrep ship --to x"]
