"""A real pager in a real terminal: it shows, it takes Ctrl-C, and it leaves the exit code alone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

LINES = 24
PATIENCE = 60
REQUEST = "0d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6"
_LEFT_OUT = {"LESS", "PAGER", "NO_COLOR", "TMUX", "STY", "INSIDE_EMACS", "FORCE_HYPERLINK"}
"""Variables of whoever runs the tests that would count."""
PROMPT = r":\x1b\[K"
"""Less waits for a key."""


@contextmanager
def terminal(*argv: str, **env: str) -> Iterator[pexpect.spawn]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SLSLOGGREP_") and name not in _LEFT_OUT
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


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with more records than a screen has lines."""
    record = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/lambda/pay",
        "logStream": "2026/11/23/[$LATEST]" + "ab" * 16,
        "subscriptionFilters": ["all"],
        "logEvents": [
            {
                "id": f"{10**55 + index:056d}",
                "timestamp": 1_795_451_400_000 + index,
                "message": f"2026-11-23T16:30:00.000Z\t{REQUEST}\tINFO\tord-7 number {index}",
            }
            for index in range(2 * LINES)
        ],
    }
    path = tmp_path_factory.mktemp("logs") / "one.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("env", "linked"),
    [
        ({"VTE_VERSION": "7000"}, True),
        ({"VTE_VERSION": "7000", "PAGER": "head -5"}, False),
        ({}, False),
    ],
)
def test_less_alone_gets_hyperlinks_of_a_terminal_that_has_them(
    env: dict[str, str], linked: bool, logs: Path
) -> None:
    """Another pager would show what it does not know; so would another terminal, perhaps."""
    argv = ("grep", "ord-7", "-S", str(logs), "--region", "eu-central-1")
    with terminal(*argv, **{"VTE_VERSION": "", **env}) as child:
        child.expect("number 3")
        before = child.before
        if "PAGER" not in env:
            child.expect(PROMPT)
            child.send("q")
        assert code_of(child) == 0
    assert REQUEST[:8] in before
    begun = "\x1b]8;;https://eu-central-1.console.aws.amazon.com/cloudwatch/home?"
    assert (begun in before) is linked
    assert ("\x1b]8" in before) is linked
