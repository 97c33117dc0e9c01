"""Colours come and go by the same rules in every command, and nothing is wider than the screen."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

ESCAPE = "\x1b"
SGR = re.compile(r"\x1b\[[0-9;]*m")
NARROW = 60
COMMANDS = [
    ("trace", "ord-71866"),
    ("grep", "-l", "error", "-n", "5"),
    ("grep", "-l", "error", "-n", "5", "--invocations"),
    ("tail", "-n", "5"),
    ("crashes",),
    ("crashes", "--groups"),
    ("latency", "--by", "cold", "--slowest", "3", "--histogram"),
    ("latency", "--compare-version"),
    ("doctor",),
    ("trace", "ord-71866", "--dry-run"),
]


def shown(argv: tuple[str, ...], *, terminal: bool, env: dict[str, str]) -> tuple[str, str]:
    """Return stdout and stderr of a terminal of 60 columns, or of a pipe."""
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=terminal,
        stderr=stderr,
        stderr_is_terminal=terminal,
        width=NARROW,
        stderr_width=NARROW,
        env=env,
    )
    assert run([*argv, "-S", "demo:"], environment) == 0
    assert stdout.getvalue()
    return stdout.getvalue(), stderr.getvalue()


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_a_narrow_terminal_gets_colours_and_no_line_is_wider(argv: tuple[str, ...]) -> None:
    """60 columns are enough for every table and page."""
    text, _ = shown(argv, terminal=True, env={"TERM": "xterm"})
    assert ESCAPE in text
    plain = SGR.sub("", text)
    assert ESCAPE not in plain
    assert max(map(cell_len, plain.splitlines())) <= NARROW


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("terminal", "env", "coloured"),
    [
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False),
        (False, {"CLICOLOR_FORCE": "1"}, True),
    ],
)
def test_variables_for_colours_count_in_every_command(
    argv: tuple[str, ...], terminal: bool, env: dict[str, str], coloured: bool
) -> None:
    """NO_COLOR goes before CLICOLOR_FORCE; a dumb terminal gets no escape at all."""
    text, told = shown(argv, terminal=terminal, env=env)
    assert (ESCAPE in text) is coloured
    assert env.get("TERM") != "dumb" or ESCAPE not in told
