"""Under a result there is a next step to copy, on a terminal's stderr and nowhere else."""

from __future__ import annotations

import io
import shlex
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, cast

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.cli.options import Inputs
from slsloggrep.cli.steps import Step, Trail, step_text
from slsloggrep.investigate import Window

NOW = 1_795_442_700_000
DEMO = "demo:2026-11-23T14:05Z"
ALL = Window(since=None, until=None, reason="everything")


@dataclass
class Typed:
    """The part of the inputs that a step is made of."""

    typed: tuple[str, ...] = ("-S", "./my logs")
    zone: tzinfo = UTC


def text(step: Step, window: Window = ALL, typed: tuple[str, ...] = ("-S", "./my logs")) -> str:
    return step_text(step, cast(Inputs, Typed(typed)), window)


def next_of(*argv: str, **attributes: Any) -> list[str]:
    """Return the steps that a command line tells on stderr."""
    stderr = io.StringIO()
    defaults: dict[str, Any] = {
        "stdin": None,
        "stdin_is_terminal": True,
        "stdout": io.StringIO(),
        "stdout_is_terminal": False,
        "stderr": stderr,
        "stderr_is_terminal": True,
        "width": 80,
        "env": {"TERM": "dumb"},
        "clock": lambda: NOW,
        "argv": argv,
    }
    run([*argv, "-S", DEMO], Environment(**{**defaults, **attributes}))
    lines = stderr.getvalue().splitlines()
    return [line.removeprefix("next: ") for line in lines if line.startswith("next: ")]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("trace", "ord-71866"), ("crashes", "show")),
        (("grep", "-l", "error"), ("trace",)),
        (("grep", "-l", "error", "--invocations"), ("trace",)),
        (("grep", "RetriesExhausted"), ("trace", "2dc814b1-0600-4119-9f6f-d2ac2222e197")),
        (
            ("grep", "--where", "status>=500", "-g", "/aws/apigateway/*"),
            ("trace", "8138f531-45f9-4a93-80d6-90e542bfcc4a"),
        ),
        (("tail", "-n", "20"), ("trace",)),
        (("crashes",), ("crashes", "show")),
        (("crashes", "--groups"), ("crashes", "show")),
        (("latency",), ("crashes",)),
        (("latency", "--sort", "max", "--top", "4"), ("crashes", "shop-stock-sync")),
        (("latency", "--slowest", "2"), ("trace",)),
        (("latency", "shop-search"), ("latency",)),
        (
            ("latency", "-s", "2h", "--compare", "2026-11-23T10:00Z..2026-11-23T12:00Z"),
            ("latency", "shop-api-checkout"),
        ),
        (("grep", "search", "--tz", "Asia/Kolkata", "-s", "2026-11-23 17:00"), ("trace",)),
        (("grep", "search", "--tz", "-03:00", "-s", "2026-11-23 08:00"), ("trace",)),
    ],
)
def test_a_next_step_finds_something(argv: tuple[str, ...], words: tuple[str, ...]) -> None:
    """There is one, it is a command of the program, and pasted it ends with 0."""
    (step,) = next_of(*argv)
    program, *arguments = shlex.split(step)
    assert program == "slsloggrep"
    assert tuple(arguments[: len(words)]) == words
    assert DEMO in arguments
    stdout = io.StringIO()
    pasted = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=io.StringIO(),
        stderr_is_terminal=False,
        width=80,
        clock=lambda: NOW,
    )
    assert run(arguments, pasted) == 0
    assert stdout.getvalue()


def test_what_was_chosen_stays_chosen() -> None:
    """The slowest of the functions that were named, not of all."""
    (step,) = next_of("latency", "shop-search", "shop-log*")
    assert step == f"slsloggrep latency -S {DEMO} -F shop-search -F 'shop-log*' --slowest 5"


def test_a_report_on_a_screen_leads_to_a_page() -> None:
    """What was typed, into a file."""
    assert next_of("report", "trace", "ord-71866") == [
        f"slsloggrep report trace ord-71866 -S {DEMO} -O report.html"
    ]


@pytest.mark.parametrize(
    ("options", "attributes"),
    [
        (("--no-next",), {}),
        ((), {"env": {"SLSLOGGREP_NO_NEXT": "1"}}),
        ((), {"stderr_is_terminal": False}),
        (("-o", "json"), {}),
        (("-l", "fatal", "--where", "@function=nobody"), {}),
        (("--redact", "--redact-ids"), {}),
        (("--redact", "--redact-ids", "--where", "status>=500"), {}),
    ],
)
def test_there_is_none_for_who_wants_none(
    options: tuple[str, ...], attributes: dict[str, Any]
) -> None:
    """By flag or setting, in a pipe, for a program, under nothing, or where IDs are redacted."""
    assert next_of("grep", "-l", "error", *options, **attributes) == []


def test_a_step_with_a_secret_is_not_told() -> None:
    """Redacted, it would lead nowhere."""
    options = ("crashes", "--id-key", "ada@example.com")
    assert len(next_of(*options)) == 1
    assert next_of(*options, "--redact") == []


def test_what_reads_the_same_is_part_of_it() -> None:
    """Quoted for a shell, and before `--` where the value looks like an option."""
    assert text(Step(("trace",), "a b")) == "slsloggrep trace 'a b' -S './my logs'"
    assert text(Step(("trace",), "-x", ("-O", "x"))) == (
        "slsloggrep trace -S './my logs' -O x -- -x"
    )
    assert text(Step(("latency",), None, ("--slowest", "5"))) == (
        "slsloggrep latency -S './my logs' --slowest 5"
    )


def test_a_step_to_another_group_is_not_held_in_those_that_were_chosen() -> None:
    """What serves an API does not log to the API's group."""
    typed = ("-S", "a", "-g", "b", "-g", "c", "-s", "2h")
    assert (
        text(Step(("trace",), "x", elsewhere=True), ALL, typed) == "slsloggrep trace x -S a -s 2h"
    )
    assert text(Step(("trace",), "x"), ALL, typed).endswith(" -S a -g b -g c -s 2h")


@pytest.mark.parametrize("value", ["\x1b[31m", "a\nb", "", "<request-id-1>"])
def test_what_cannot_be_copied_is_not_told(value: str) -> None:
    """It would find nothing, or another thing."""
    assert text(Step(("trace",), value)) == ""


def test_a_window_out_of_an_id_is_named() -> None:
    """Another command knows nothing of that ID; what ends now, or was typed, is not named."""
    step, zero = Step(("crashes", "show"), "x"), "1970-01-01T00:00:0"
    assert text(step, Window(since=0, until=1000, reason="by its ID"), ()) == (
        f"slsloggrep crashes show x -s {zero}0.000Z -u {zero}1.000Z"
    )
    assert text(step, Window(since=0, until=None, reason=""), ()) == "slsloggrep crashes show x"
    assert text(step, Window(since=0, until=1000, reason="", given=True), ("-s", "2h")) == (
        "slsloggrep crashes show x -s 2h"
    )


def test_the_last_that_failed_is_worth_a_trace() -> None:
    """Else the first that is shown; nothing without a request ID."""
    trail = Trail()
    trail.add(None)
    assert trail.step is None
    trail.add("a")
    trail.add("b")
    assert trail.step == Step(("trace",), "a")
    trail.add("c", failed=True)
    trail.add("d", failed=True)
    trail.add("e")
    assert trail.step == Step(("trace",), "d")
