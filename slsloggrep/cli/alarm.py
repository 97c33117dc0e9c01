"""What is done for each crash that is told: the terminal's bell, and a program of the user's.

The program is started without a shell, so that nothing in a log can become a command: what crashed
reaches it by variables and as JSON on its standard input.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from slsloggrep.errors import UsageError

VARIABLE = "SLSLOGGREP_CRASH_"

_STDERR = 2
"""The file descriptor that takes what the program prints: standard output is data."""

_AT_ONCE = 4
"""Programs that run at the same time; further ones wait."""

_LONGEST = 8_000
"""Characters of a variable: a system refuses environments of more than some 100 kB."""


class Alarm:
    """Runs a program for each crash, beside the telling of them."""

    def __init__(
        self, command: str, environment: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        """Raise UsageError where no such program is there; `say` hears of one that fails."""
        self._words = _split(command)
        program = shutil.which(self._words[0], path=environment.get("PATH", os.defpath))
        if program is None:
            raise UsageError(
                f"--exec: there is no program '{self._words[0]}'",
                hint="a path, or a program on PATH; it is not a shell's command line",
            )
        self._program = program
        self._environment = environment
        self._say = say
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="exec")
        self._running: list[Future[None]] = []

    def ring(self, document: Mapping[str, Any]) -> None:
        """Run the program for one crash, by its document; returns at once."""
        self._running = [future for future in self._running if not future.done()]
        self._running.append(self._pool.submit(self._run, dict(document)))

    def close(self) -> None:
        """Wait for what was begun."""
        self._pool.shutdown(wait=True)

    def _run(self, document: dict[str, Any]) -> None:
        environment = {**self._environment, **variables(document)}
        try:
            ended = subprocess.run(  # noqa: S603 - the user's own program, and no shell
                [self._program, *self._words[1:]],
                input=json.dumps(document).encode(),
                stdout=_STDERR,
                env=environment,
                check=False,
            )
        except OSError as error:
            self._say(f"--exec: {self._words[0]} could not be run: {error.strerror or error}")
            return
        if ended.returncode:
            self._say(f"--exec: {self._words[0]} ended with {ended.returncode}")


def variables(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what a crash is in variables; what is null or cannot be in one is left out.

    A NUL ends a variable for the system, so none is handed on.
    """
    return {
        VARIABLE + key.upper(): str(value).replace("\0", "")[:_LONGEST]
        for key, value in document.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--exec cannot be split into words: {error}") from None
    if not words:
        raise UsageError("--exec is empty", hint="a program and its arguments")
    return words
