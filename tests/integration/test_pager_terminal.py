"""A real pager in a real terminal: it shows, it takes Ctrl-C, and it leaves the exit code alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pexpect
import pytest

LINES = 24
PATIENCE = 60
PROMPT = r":\x1b\[K"
"""Less waits for a key."""


@contextmanager
def terminal(*argv: str, **env: str) -> Iterator[pexpect.spawn]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SLSLOGGREP_") and name not in {"LESS", "PAGER", "NO_COLOR"}
    }
    child = pexpect.spawn(
        sys.executable,
        ["-m", "slsloggrep", *argv],
        env={**kept, "TERM": "xterm-256color", **env},
        dimensions=(LINES, 80),
        timeout=PATIENCE,
        encoding="utf-8",
    )
    try:
        yield child
    finally:
        child.close(force=True)


def code_of(child: pexpect.spawn) -> int:
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus is not None
    return child.exitstatus


def test_less_shows_a_screen_and_takes_ctrl_c() -> None:
    """Ctrl-C at less's prompt ends nothing; q does, and what is to be known comes after it."""
    with terminal("grep", "-l", "error", "-S", "demo:") as child:
        child.expect("ERROR")
        child.expect(PROMPT)
        child.sendintr()
        child.expect(PROMPT)
        assert child.isalive()
        child.send("q")
        child.expect("searched")
        assert code_of(child) == 0


def test_what_was_interrupted_before_stays_so() -> None:
    """A pager that is quit at once does not turn a partial answer into a whole one."""
    with terminal("latency", "-S", "demo:", "-S", "/nowhere/at/all", PAGER="head -1") as child:
        child.expect("function")
        assert code_of(child) == 3


@pytest.mark.parametrize(
    ("argv", "env"),
    [
        (("help", "time"), {}),
        (("grep", "-l", "error", "-S", "demo:", "--no-pager"), {}),
        (("grep", "-l", "error", "-S", "demo:"), {"SLSLOGGREP_PAGER": ""}),
        (("grep", "-l", "error", "-S", "demo:"), {"PAGER": "cat"}),
    ],
)
def test_nothing_waits_where_no_pager_is_wanted(argv: tuple[str, ...], env: dict[str, str]) -> None:
    """What fits, and whoever says so, is done at once."""
    with terminal(*argv, **env) as child:
        assert code_of(child) == 0
