"""The program in this process, as a person or a script would run it."""

from __future__ import annotations

import functools
import io
import json
import os
from typing import Any, NamedTuple
from unittest import mock

import botocore.loaders

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

_load_once = functools.cache(botocore.loaders.create_loader)
"""The models of services take most of the time of a command that asks for little."""


class Answer(NamedTuple):
    """What came of a command line."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.stdout.splitlines()]


def ask(
    *argv: str,
    now: int,
    width: int = 100,
    terminal: bool = False,
    aside: bool = False,
    **env: str,
) -> Answer:
    """Run a command line; the process's own variables are there, and those given.

    `aside`: stderr is a terminal.
    """
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=terminal,
        stderr=stderr,
        stderr_is_terminal=aside,
        stderr_width=1000,
        width=width,
        clock=lambda: now,
        env={**os.environ, "SLSLOGGREP_DEBUG": "1", **env},
    )
    with mock.patch("botocore.session.create_loader", _load_once):
        code = run(argv, environment)
    return Answer(code, stdout.getvalue(), stderr.getvalue())
