"""Keeps what invocations come to, row by row of the table: exactly on disk, or roughly in memory.

Both take figures in blocks, drop copies, and end with a tally and multisets of durations for each
row. Exact accounts put what memory does not hold into temporary files. Sketched ones use none: they
count a block at once, keep sketches instead of durations, and remember whom they have counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, Protocol

from slsloggrep.analyse.columns import STITCHED, Columns
from slsloggrep.analyse.percentiles import Ranked, Samples
from slsloggrep.analyse.sketch import RELATIVE_ERROR, Sketches
from slsloggrep.analyse.spill import Spill
from slsloggrep.analyse.summed import add_counts, add_sum
from slsloggrep.analyse.tally import Tally
from slsloggrep.model import FigureBatch
from slsloggrep.model.sums import FigureSum
from slsloggrep.wording import number_text

REMEMBERED = 32
"""Blocks of invocations that a sketch remembers, in 8 bytes for each invocation."""

Rank = Callable[[int], Any]
"""Of a row's number: of copies that were found in different places, the highest counts."""


class Accounts(Protocol):
    """Takes figures in, and ends with tallies and multisets by the row's number."""

    tallies: dict[int, Tally]
    relative_error: float | None

    def expect(self, batch: FigureBatch, number: int) -> None:
        """Hear what the row of a batch would be for an invocation that was read whole."""

    def take(self, columns: Columns) -> Columns:
        """Take a block off the caller's hands; return what it has to keep."""

    def settle(self, columns: Columns) -> None:
        """Take the last block, and finish the tallies."""

    def durations(self, *numbers: int) -> Ranked:
        """Return the durations of rows, in ms."""

    def inits(self, *numbers: int) -> Ranked:
        """Return the durations of inits and restores of rows, in ms."""

    def notes(self) -> tuple[str, ...]:
        """Return what has to be said of the counts."""

    def close(self) -> None:
        """Give memory and disk back."""


class ExactAccounts:
    """Counts every invocation once and keeps every duration."""

    relative_error: float | None = None

    def __init__(self, budget: int, open_file: Callable[[], BinaryIO], rank: Rank) -> None:
        self.tallies: dict[int, Tally] = {}
        self._budget = budget
        self._open_file = open_file
        self._rank = rank
        self._spill: Spill | None = None
        # A duration takes a sixth of what a row of figures takes.
        self._samples = Samples(2 * budget, open_file)

    def expect(self, batch: FigureBatch, number: int) -> None:
        """Nothing: copies are told apart when all are at hand."""

    def take(self, columns: Columns) -> Columns:
        """Write a block to disk, unless copies were most of it."""
        unique = columns.without_copies(self._rank)
        if len(unique) <= self._budget // 2:
            return unique
        if self._spill is None:
            self._spill = Spill(self._open_file, self._budget)
        self._spill.add(unique)
        return Columns()

    def settle(self, columns: Columns) -> None:
        """Count everything, a part at a time."""
        if self._spill is None:
            self._count(columns.without_copies(self._rank))
            return
        self._spill.add(columns)
        for part in self._spill.read():
            self._count(part.without_copies(self._rank))
        self._spill.close()
        self._spill = None

    def _count(self, columns: Columns) -> None:
        for number, part in columns.by_number():
            tally = self.tallies.setdefault(number, Tally())
            durations, inits = tally.add(part)
            self._samples.add(2 * number, durations)
            self._samples.add(2 * number + 1, inits)

    def durations(self, *numbers: int) -> Ranked:
        """Return the durations of rows, in ms."""
        return self._samples.of(*(2 * number for number in numbers))

    def inits(self, *numbers: int) -> Ranked:
        """Return the durations of inits and restores of rows, in ms."""
        return self._samples.of(*(2 * number + 1 for number in numbers))

    def notes(self) -> tuple[str, ...]:
        """Nothing needs saying."""
        return ()

    def close(self) -> None:
        """Give memory and disk back."""
        if self._spill is not None:
            self._spill.close()
        self._samples.close()


class SketchedAccounts:
    """Counts every block at once and keeps sketches of durations.

    An invocation that was read whole may have been counted as a row of a batch before: then that
    row is taken out again. Only a maximum may stay that is now another row's.
    """

    relative_error: float | None = RELATIVE_ERROR

    def __init__(self, budget: int, rank: Rank) -> None:
        self.tallies: dict[int, Tally] = {}
        self._budget = budget
        self._rank = rank
        self._durations = Sketches()
        self._inits = Sketches()
        self._whole = Columns()
        """Invocations that were read whole; they are counted last."""
        self._twins: dict[int, tuple[FigureBatch, int]] = {}
        """By identity: what the same invocations are as rows of a batch."""
        self._counted: list[array[int]] = []
        """Identities of rows of batches, a block each."""
        self._counted_whole: list[array[int]] = []
        self._forgot = False

    def expect(self, batch: FigureBatch, number: int) -> None:
        """Note a row of a batch in case that it was counted, or will be."""
        self._twins[batch.identities[0]] = (batch, number)

    def add_sum(self, summed: FigureSum, number: int) -> None:
        """Add what was added up elsewhere, of invocations of which no row will come."""
        add_sum(summed, self.tallies.setdefault(number, Tally()))
        add_counts(self._durations, number, summed.durations)
        add_counts(self._inits, number, summed.inits)

    def take(self, columns: Columns) -> Columns:
        """Count a block, unless copies were most of it."""
        unique = columns.without_copies(self._rank)
        if len(unique) <= self._budget // 2:
            return unique
        self._take(unique)
        return Columns()

    def settle(self, columns: Columns) -> None:
        """Count what is left."""
        self._take(columns.without_copies(self._rank))
        self._count_whole()

    def _take(self, columns: Columns) -> None:
        whole = bytes(mark & STITCHED for mark in columns.marks)
        if any(whole):
            self._whole.add(columns.kept(whole))
            columns = columns.kept([not mark for mark in whole])
        known = self._among(columns, (*self._counted, *self._counted_whole))
        if known:
            columns = columns.kept([i not in known for i in columns.identities])
        self._count(columns)
        self._remember(self._counted, columns)
        if len(self._whole) > self._budget:
            self._count_whole()

    def _count_whole(self) -> None:
        whole, self._whole = self._whole.without_copies(self._rank), Columns()
        known = self._among(whole, self._counted_whole)
        if known:
            whole = whole.kept([i not in known for i in whole.identities])
        for identity in self._among(whole, self._counted):
            if identity in self._twins:
                batch, number = self._twins[identity]
                twin = Columns()
                twin.extend([batch], [number])
                self._count(twin, sign=-1)
        self._twins.clear()
        self._count(whole)
        self._remember(self._counted_whole, whole)

    def _count(self, columns: Columns, sign: int = 1) -> None:
        for number, part in columns.by_number():
            durations, inits = self.tallies.setdefault(number, Tally()).add(part, sign)
            for sketches, values in ((self._durations, durations), (self._inits, inits)):
                change = sketches.add if sign > 0 else sketches.remove
                change(number, values)

    def _among(self, columns: Columns, remembered: Iterable[array[int]]) -> set[int]:
        wanted = set(columns.identities)
        return {identity for block in remembered for identity in wanted.intersection(block)}

    def _remember(self, blocks: list[array[int]], columns: Columns) -> None:
        if len(columns):
            blocks.append(columns.identities)
        if sum(map(len, blocks)) > REMEMBERED * self._budget:
            del blocks[0]
            self._forgot = True

    def durations(self, *numbers: int) -> Ranked:
        """Return the durations of rows, in ms."""
        return self._durations.of(*numbers)

    def inits(self, *numbers: int) -> Ranked:
        """Return the durations of inits and restores of rows, in ms."""
        return self._inits.of(*numbers)

    def notes(self) -> tuple[str, ...]:
        """Say so where copies may have been counted twice."""
        if not self._forgot:
            return ()
        apart = REMEMBERED * self._budget
        return (
            f"copies of an invocation that came {number_text(apart)} or more apart count twice",
        )

    def close(self) -> None:
        """Give the memory back."""
        self._durations.close()
        self._inits.close()
