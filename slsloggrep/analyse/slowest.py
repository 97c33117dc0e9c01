"""The slowest invocations, kept while figures pass by: the longest durations over all functions.

Ties are broken by what the invocations say of themselves, never by the order in which they came.
"""

from __future__ import annotations

from math import inf
from typing import Any

from slsloggrep.model import FigureBatch, Slow, Status
from slsloggrep.parse import function_of


class Slowest:
    """A bounded number of the slowest invocations, each once."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._floor = -inf if wanted > 0 else inf
        """What is shorter than this is not among them."""
        self._found: dict[int, tuple[bool, Slow]] = {}
        """By identity; and whether it was read whole."""

    def wants(self, duration: float) -> bool:
        """Tell whether an invocation of a duration in ms can be among them."""
        return duration >= self._floor

    def consider(self, batch: FigureBatch) -> None:
        """Look at a batch of invocations that ended well."""
        if self._wanted < 1 or not self.wants(max(batch.durations_ms)):
            return
        for place, duration in enumerate(batch.durations_ms):
            if not self.wants(duration):
                continue
            log_stream = batch.log_streams[place]
            init = batch.init_ms[place]
            slow = Slow(
                function=function_of(batch.log_group, log_stream),
                request_id=batch.request_ids[place],
                log_group=batch.log_group,
                log_stream=log_stream,
                end=batch.times[place],
                duration_ms=duration,
                init_ms=init if init is not None else batch.restore_ms[place],
                max_memory_mb=batch.max_memory_mb[place],
                memory_mb=batch.memory_mb[place],
                status=Status.OK,
            )
            self.add(batch.identities[place], slow, whole=False)

    def add(self, identity: int, slow: Slow, *, whole: bool) -> None:
        """Add one; what was read whole goes before a row of a batch that says the same."""
        if not self.wants(slow.duration_ms):
            return
        held = self._found.get(identity)
        if held is None or (held[0], _place(held[1])) < (whole, _place(slow)):
            self._found[identity] = (whole, slow)
        if len(self._found) > 4 * self._wanted + 64:
            self._prune()

    def result(self) -> tuple[Slow, ...]:
        """Return the slowest, the slowest first."""
        self._prune()
        return tuple(slow for _, slow in self._found.values())

    def _prune(self) -> None:
        ranked = sorted(self._found.items(), key=lambda item: _order(item[1][1]))
        self._found = dict(ranked[: self._wanted])
        if self._wanted and len(self._found) == self._wanted:
            self._floor = ranked[self._wanted - 1][1][1].duration_ms


def _order(slow: Slow) -> tuple[Any, ...]:
    # Copies of one invocation agree in the first three, wherever they were found.
    return (-slow.duration_ms, slow.end, slow.request_id, *_place(slow))


def _place(slow: Slow) -> tuple[str, ...]:
    return (slow.function, slow.log_group, slow.log_stream, slow.status.value)
