"""Runs one command line beside a settings file of its own, `own.toml` in the current folder."""

from __future__ import annotations

import io

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run


def program(*argv: str, answers: str | None = None, **env: str) -> tuple[int, str, str]:
    """Return the exit code, stdout and stderr; `answers` are typed at a terminal."""
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None if answers is None else io.BytesIO(answers.encode()),
        stdin_is_terminal=answers is not None,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=answers is not None,
        width=80,
        stderr_width=10_000,
        env={"SLSLOGGREP_CONFIG": "own.toml", **env},
    )
    return run(argv, environment), stdout.getvalue(), stderr.getvalue()
