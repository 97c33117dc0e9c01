"""A program for each crash: what it is given, and that nothing in a log can become a command."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from slsloggrep.cli.alarm import Alarm, variables
from slsloggrep.errors import UsageError

SHOW = (
    "import json, os, sys; "
    "out = open(sys.argv[1], 'a'); "
    "json.dump({'stdin': json.load(sys.stdin), 'argv': sys.argv[2:], "
    "'env': {k: v for k, v in os.environ.items() if k.startswith('SLSLOGGREP_')}}, out); "
    "out.write(chr(10))"
)


def alarm(command: str, said: list[str]) -> Alarm:
    return Alarm(command, {"PATH": "/usr/bin:/bin"}, said.append)


def test_a_program_gets_what_crashed_by_variables_and_on_stdin(tmp_path: Path) -> None:
    """Its arguments are those that the user typed, whatever a log holds."""
    out, said = tmp_path / "out", list[str]()
    hostile = "$(touch x); `id` && rm -rf / \n\0 \x1b[31m"
    document = {"function": "pay", "message": hostile, "request_id": None, "logged": False}
    ringing = alarm(f'{sys.executable} -c "{SHOW}" {out} "two words"', said)
    ringing.ring(document)
    ringing.close()
    got = json.loads(out.read_text())
    assert got["argv"] == ["two words"]
    assert got["stdin"] == document
    assert got["env"] == {
        "SLSLOGGREP_CRASH_FUNCTION": "pay",
        "SLSLOGGREP_CRASH_MESSAGE": hostile.replace("\0", ""),
    }
    assert said == []


def test_a_program_that_fails_is_told_of() -> None:
    """And is no reason to end."""
    said: list[str] = []
    ringing = alarm(f'{sys.executable} -c "import sys; sys.exit(3)"', said)
    ringing.ring({"function": "pay"})
    ringing.ring({"function": "pay"})
    ringing.close()
    assert len(said) == 2
    assert "ended with 3" in said[0]


@pytest.mark.parametrize("command", ["", "   ", "no-such-program-here x", "'unbalanced"])
def test_what_cannot_be_run_is_refused_before_anything_is_read(command: str) -> None:
    """Not at the first crash, at night."""
    with pytest.raises(UsageError, match="--exec"):
        alarm(command, [])


def test_variables_are_bounded() -> None:
    """A system refuses a program with too large an environment."""
    assert len(variables({"message": "x" * 1_000_000})["SLSLOGGREP_CRASH_MESSAGE"]) < 10_000


def test_what_a_program_prints_is_no_data(capfd: pytest.CaptureFixture[str]) -> None:
    """It goes to stderr: a pipe behind the crashes holds crashes alone."""
    ringing = alarm(f"{sys.executable} -c 'print(\"paged\")'", [])
    ringing.ring({"function": "pay"})
    ringing.close()
    assert capfd.readouterr() == ("", "paged\n")


def test_a_program_that_hangs_is_ended_with_the_following() -> None:
    """Whatever it does with signals; what waits behind it is not begun any more."""
    said: list[str] = []
    code = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"
    ringing = alarm(f"{sys.executable} -c '{code}'", said)
    for _ in range(6):
        ringing.ring({"function": "pay"})
    started = time.monotonic()
    ringing.close(patience=0.5)
    assert time.monotonic() - started < 60
    assert any("further ones wait" in line for line in said)
    assert "ran on and were ended" in said[-1]
