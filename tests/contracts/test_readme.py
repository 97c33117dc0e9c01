"""What the README tells people to type works."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

README = Path(__file__).resolve().parents[2] / "README.md"
FEWEST = 4


def commands() -> list[str]:
    """Return the README's commands that need nothing but the demo."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    found = [re.search(r"slsloggrep .*?-S demo:[^|]*", line) for line in lines]
    return list(dict.fromkeys(match.group().strip() for match in found if match))


COMMANDS = commands()


def test_there_are_commands_to_run() -> None:
    """A contract over no commands would hold always."""
    assert len(COMMANDS) >= FEWEST


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_finds_something(command: str) -> None:
    """Copied out of the README, it ends with 0 and shows something."""
    _, *arguments = shlex.split(command, comments=True)
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=False,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=80,
    )
    assert run(arguments, environment) == 0, stderr.getvalue()
    assert stdout.getvalue()
