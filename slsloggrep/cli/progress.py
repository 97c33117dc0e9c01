"""How far the reading is, on one line of stderr that is gone when data is printed.

Nothing is shown where stderr is no terminal, nor in the first half second. The line is written by
a thread of its own, so that it moves while the program waits for a network. Which counts there are
is the coverage's affair.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from slsloggrep.cli.context import Cancellation, Environment
from slsloggrep.model import Coverage
from slsloggrep.wording import bytes_text, count_text, duration_text

QUIET_SECONDS = 0.5
TICK_SECONDS = 0.1
CLEAR = "\r\x1b[K"
"""Takes the line away; where there is none, it does nothing."""


class Progress:
    """A running total per source, shown while the context is open."""

    def __init__(self, environment: Environment, cancellation: Cancellation) -> None:
        self._environment = environment
        self._cancellation = cancellation
        self._totals: dict[str, Coverage] = {}
        self._started = environment.stopwatch()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._shown = False
        self._doing: Callable[[], str] | None = None

    @property
    def cancelled(self) -> bool:
        """Tell whether the user asked to stop."""
        return bool(self._cancellation)

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self._environment.stopwatch() - self._started

    def progress(self, coverage: Coverage) -> None:
        """Take the running total of one source."""
        self._totals[coverage.source] = coverage

    def show(self, doing: Callable[[], str]) -> None:
        """Tell from now on what is done with what was read, instead of how much that is."""
        self._doing = doing

    def __enter__(self) -> Progress:
        if moves(self._environment):
            self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()
            if self._shown:
                self._environment.write_aside(CLEAR)

    def line(self, columns: int) -> str:
        """Return the line as it stands, in at most so many columns; what tells most is first."""
        if self._doing is not None:
            parts = [self._doing()]
        else:
            parts = _parts(list(self._totals.values()), self.elapsed)
        if self.cancelled:
            parts = ["stopping (Ctrl-C again ends at once)", *parts]
        while len(parts) > 1 and len(", ".join(parts)) > columns:
            parts.pop()
        return ", ".join(parts)[:columns]

    def _run(self) -> None:
        if self._ended.wait(QUIET_SECONDS):
            return
        while True:
            # One column is left free: a full line makes some terminals wrap.
            line = self.line(self._environment.stderr_width - 1)
            self._environment.write_aside(CLEAR + line)
            self._shown = True
            if self._ended.wait(TICK_SECONDS):
                return


def moves(environment: Environment) -> bool:
    """Tell whether stderr is where a line can be taken away again."""
    return environment.stderr_is_terminal and environment.env.get("TERM") != "dumb"


def _parts(totals: list[Coverage], elapsed: float) -> list[str]:
    objects = sum(total.objects for total in totals)
    planned_objects = sum(total.planned_objects for total in totals)
    done = sum(total.bytes for total in totals)
    planned = sum(total.planned_bytes for total in totals)
    if not objects and not planned_objects and not done:
        return [f"looking for what to read, {duration_text(elapsed * 1000)}"]
    parts = []
    if planned_objects:
        units = {total.unit or "object" for total in totals}
        unit = units.pop() if len(units) == 1 else "object"
        parts.append(f"read {objects} of {planned_objects} {unit}s")
        # How much there is to read is known beforehand of objects, not of log groups.
        parts.append(
            f"{bytes_text(done)} of {bytes_text(max(planned, done))}"
            if planned
            else bytes_text(done)
        )
    else:
        parts.append(f"read {bytes_text(done)}")
    requests = sum(total.requests for total in totals)
    if requests and not planned:
        # Where pages are empty, which is normal, nothing else moves.
        parts.append(count_text(requests, "request"))
    if elapsed > 0 and done:
        rate = done / elapsed
        parts.append(f"{bytes_text(round(rate))}/s")
        if planned > done:
            parts.append(f"{duration_text((planned - done) / rate * 1000)} left")
    return parts
