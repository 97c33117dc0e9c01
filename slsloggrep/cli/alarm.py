"""What is done for each crash that is told: the terminal's bell, and a program of the user's.

The program is started without a shell, so that nothing in a log can become a command: what crashed
reaches it by variables and as JSON on its standard input.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from slsloggrep.cli.programs import words_of
from slsloggrep.errors import UsageError

VARIABLE = "SLSLOGGREP_CRASH_"

_STDERR = 2
"""The file descriptor that takes what the program prints: standard output is data."""

_AT_ONCE = 4
"""Programs that run at the same time; further ones wait."""

_FAREWELL_S = 5.0
"""Seconds that programs are given when the following has ended; then they are ended."""

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
        self._waiting: list[Future[None]] = []
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_full = False

    def ring(self, document: Mapping[str, Any]) -> None:
        """Run the program for one crash, by its document; returns at once."""
        self._waiting = [future for future in self._waiting if not future.done()]
        is_full = len(self._waiting) >= _AT_ONCE
        if is_full and not self._is_full:
            self._say(f"--exec: {_AT_ONCE} of {self._words[0]} still run: further ones wait")
        self._is_full = is_full
        self._waiting.append(self._pool.submit(self._run, dict(document)))

    def close(self, patience: float = _FAREWELL_S) -> None:
        """Wait for what was begun, at most so many seconds; what runs on then is ended."""
        wait(self._waiting, timeout=patience)
        self._pool.shutdown(wait=False, cancel_futures=True)
        running = tuple(self._running)
        if running:
            self._say(f"--exec: {len(running)} of {self._words[0]} ran on and were ended")
        for process in running:
            process.kill()
        self._pool.shutdown(wait=True)

    def _run(self, document: dict[str, Any]) -> None:
        environment = {**self._environment, **variables(document)}
        try:
            with (
                subprocess.Popen(  # noqa: S603 - the user's own program, and no shell
                    [self._program, *self._words[1:]],
                    stdin=subprocess.PIPE,
                    stdout=_STDERR,
                    env=environment,
                ) as process
            ):
                self._running.add(process)
                try:
                    process.communicate(json.dumps(document).encode())
                finally:
                    self._running.discard(process)
        except OSError as error:
            self._say(f"--exec: {self._words[0]} could not be run: {error.strerror or error}")
            return
        if process.returncode > 0:
            self._say(f"--exec: {self._words[0]} ended with {process.returncode}")


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
        words = words_of(command)
    except ValueError as error:
        raise UsageError(f"--exec cannot be split into words: {error}") from None
    if not words:
        raise UsageError("--exec is empty", hint="a program and its arguments")
    return words
