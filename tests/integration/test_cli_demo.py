"""What `slsloggrep demo` says there is to try can be tried."""

from __future__ import annotations

import io
import shlex
from datetime import datetime

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.sources.demo import Lead, story

NOW = int(datetime.fromisoformat("2026-11-23T12:00:30Z").timestamp() * 1000)
LEADS = story(NOW)


def answer(argv: list[str]) -> tuple[int, str, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=100,
        clock=lambda: NOW,
    )
    return run(argv, environment), stdout.getvalue(), stderr.getvalue()


def test_the_demo_has_leads_and_prints_their_commands_whole() -> None:
    """Each command stands on a line of its own, ready to be copied."""
    assert len(LEADS) >= 5
    _, printed, _ = answer(["demo"])
    lines = [line.strip() for line in printed.splitlines()]
    assert [lead.command for lead in LEADS if lead.command not in lines] == []


@pytest.mark.parametrize("lead", LEADS, ids=lambda lead: lead.title)
def test_each_command_finds_what_it_promises(lead: Lead) -> None:
    """Pasted into a shell, the command finds the identifier, and everything could be read."""
    program, *argv = shlex.split(lead.command)
    assert program == "slsloggrep"
    code, stdout, stderr = answer(argv)
    assert code == 0, stderr
    assert lead.identifier in stdout
    assert "not read" not in stderr
