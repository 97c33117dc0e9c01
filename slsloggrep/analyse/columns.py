"""Figures of invocations in columns: added to, rid of copies, sorted by row of the table, packed.

Columns rather than objects, because tens of millions of invocations pass through: what is done to
all of them is done by C code over arrays. Absent figures are NaN. What becomes of the figures is
`slsloggrep.analyse.tally`'s affair.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress, groupby, repeat
from math import nan
from operator import and_, itemgetter, rshift
from typing import Any, NamedTuple

from slsloggrep.model import FigureBatch

STITCHED = 1
"""Marks of an invocation, one bit each: it was read whole, and goes before a row of a batch."""
COLD = 2
"""It was preceded by an init of which no duration is known."""
INCOMPLETE = 4
ERROR = 8
TIMEOUT = 16
"""Beside ERROR."""

_WORDS = 7
"""Of 8 bytes: identity, number and marks, and five figures."""
ROW_BYTES = _WORDS * 8
_SHORT = 2
"""Segments that are not longer are sorted one invocation after the other."""
_FIGURES = ("durations", "billed", "memory", "max_memory", "inits")


class Figures(NamedTuple):
    """One invocation. Durations are ms, sizes MB, absent figures NaN."""

    identity: int
    number: int
    """The row of the table."""
    marks: int = 0
    duration: float = nan
    billed: float = nan
    memory: float = nan
    max_memory: float = nan
    init: float = nan


class Columns:
    """Figures of invocations; neighbours of one row of the table make one segment."""

    __slots__ = ("segments", "identities", "marks", *_FIGURES)

    def __init__(self) -> None:
        self.segments: list[tuple[int, int]] = []
        """Number of the row, and how many invocations follow each other there."""
        self.identities: array[int] = array("q")
        self.marks = bytearray()
        self.durations: array[float] = array("d")
        self.billed: array[float] = array("d")
        self.memory: array[float] = array("d")
        self.max_memory: array[float] = array("d")
        self.inits: array[float] = array("d")
        """Of inits and, where there is none, of restores."""

    def __len__(self) -> int:
        return len(self.identities)

    def append(self, figures: Figures) -> None:
        """Add one invocation."""
        identity, number, marks, *values = figures
        self.segments.append((number, 1))
        self.identities.append(identity)
        self.marks.append(marks)
        for name, value in zip(_FIGURES, values, strict=True):
            getattr(self, name).append(value)

    def extend(self, batches: Sequence[FigureBatch], numbers: Sequence[int]) -> None:
        """Add batches, each of one row of the table, those of one row after each other."""
        for number, same in groupby(zip(numbers, batches, strict=True), key=itemgetter(0)):
            self.segments.append((number, sum(len(batch.identities) for _, batch in same)))
        self._extend(_joined(batches))

    def extend_mixed(self, batches: Sequence[FigureBatch], numbers: Sequence[int]) -> None:
        """Add batches of several rows of the table, given for each invocation."""
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        self._segment(map(numbers.__getitem__, order))
        self._extend([[column[place] for place in order] for column in _joined(batches)])

    def add(self, other: Columns) -> None:
        """Add what is in other columns."""
        self.segments += other.segments
        self.marks += other.marks
        for name in ("identities", *_FIGURES):
            getattr(self, name).extend(getattr(other, name))

    def _extend(self, columns: Sequence[Sequence[Any]]) -> None:
        identities, durations, billed, memory, max_memory, inits, restores = columns
        if restores.count(None) != len(restores):
            inits = [r if i is None else i for i, r in zip(inits, restores, strict=True)]
        self.identities.extend(
            identities if isinstance(identities, array) else array("q", identities)
        )
        self.marks.extend(bytes(len(identities)))
        self.durations.extend(_floats(durations))
        self.billed.extend(_floats(billed))
        self.memory.extend(_floats(memory))
        self.max_memory.extend(_floats(max_memory))
        self.inits.extend(_floats(inits))

    def by_number(self) -> Iterator[tuple[int, Columns]]:
        """Yield each row's number and its invocations."""
        grouped = self.grouped()
        start = 0
        for number, count in grouped.segments:
            yield number, grouped.gather([(number, slice(start, start + count))])
            start += count

    def grouped(self) -> Columns:
        """Return the invocations in one segment for each row's number."""
        if len(self.segments) * _SHORT > len(self):
            numbers = self.numbers()
            order = sorted(range(len(self)), key=numbers.__getitem__)
            return self._permute(order, numbers)
        places: dict[int, list[slice]] = {}
        start = 0
        for number, count in self.segments:
            places.setdefault(number, []).append(slice(start, start + count))
            start += count
        return self.gather((number, each) for number in places for each in places[number])

    def gather(self, slices: Iterable[tuple[int, slice]]) -> Columns:
        """Return the invocations of slices, each of one row's number."""
        part = Columns()
        for number, each in slices:
            part.identities.extend(self.identities[each])
            part.marks.extend(self.marks[each])
            part.durations.extend(self.durations[each])
            part.billed.extend(self.billed[each])
            part.memory.extend(self.memory[each])
            part.max_memory.extend(self.max_memory[each])
            part.inits.extend(self.inits[each])
            if part.segments and part.segments[-1][0] == number:
                number, count = part.segments.pop()
            else:
                count = 0
            part.segments.append((number, count + each.stop - each.start))
        return part

    def _permute(self, order: Sequence[int], numbers: Sequence[int]) -> Columns:
        part = Columns()
        part._segment(map(numbers.__getitem__, order))
        part.marks.extend(map(self.marks.__getitem__, order))
        for name in ("identities", *_FIGURES):
            getattr(part, name).extend(map(getattr(self, name).__getitem__, order))
        return part

    def _segment(self, numbers: Iterable[int]) -> None:
        for number, same in groupby(numbers):
            self.segments.append((number, len(list(same))))

    def numbers(self) -> array[int]:
        """Return the row's number of each invocation."""
        numbers: array[int] = array("q")
        for number, count in self.segments:
            numbers.extend(array("q", (number,)) * count)
        return numbers

    def kept(self, wanted: Sequence[object]) -> Columns:
        """Return the invocations beside which there is something true."""
        part = Columns()
        part._segment(compress(self.numbers(), wanted))
        part.marks.extend(compress(self.marks, wanted))
        for name in ("identities", *_FIGURES):
            getattr(part, name).extend(compress(getattr(self, name), wanted))
        return part

    def without_copies(self, rank: Callable[[int], Any]) -> Columns:
        """Return each identity once: what was read whole first.

        Copies agree in what they state; they may differ in where they were found. Then the place
        with the highest `rank` of its number counts, so that no order of reading decides.
        """
        if len(set(self.identities)) == len(self):
            return self
        counts = Counter(self.identities)
        repeated = {identity for identity, count in counts.items() if count > 1}
        copies = compress(range(len(self)), map(repeated.__contains__, self.identities))
        numbers = self.numbers()
        best: dict[int, tuple[tuple[Any, ...], int]] = {}
        wanted = bytearray(b"\1") * len(self)
        for place in copies:
            identity = self.identities[place]
            claim = self._claim(place, rank(numbers[place]))
            held = best.get(identity)
            if held is None:
                best[identity] = (claim, place)
            elif held[0] < claim:
                best[identity] = (claim, place)
                wanted[held[1]] = 0
            else:
                wanted[place] = 0
        return self.kept(wanted)

    def _claim(self, place: int, rank: Any) -> tuple[Any, ...]:
        marks = self.marks[place]
        values = (getattr(self, name)[place] for name in _FIGURES)
        # NaN equals nothing, itself included.
        return (marks & STITCHED, rank, marks, *(v if v == v else -1.0 for v in values))

    def pack(self) -> bytes:
        """Return a row of `ROW_BYTES` for each invocation, for `unpack` in the same process."""
        words = array("q", bytes(ROW_BYTES * len(self)))
        words[0::_WORDS] = self.identities
        marked = zip(self.numbers(), self.marks, strict=True)
        words[1::_WORDS] = array("q", [number << 8 | mark for number, mark in marked])
        for column, name in enumerate(_FIGURES, 2):
            words[column::_WORDS] = array("q", getattr(self, name).tobytes())
        return words.tobytes()

    @classmethod
    def unpack(cls, rows: bytes) -> Columns:
        """Return the invocations of packed rows."""
        words = array("q", rows)
        part = cls()
        part.identities = words[0::_WORDS]
        marked = words[1::_WORDS]
        part.marks.extend(map(and_, marked, repeat(255)))
        part._segment(map(rshift, marked, repeat(8)))
        for column, name in enumerate(_FIGURES, 2):
            setattr(part, name, array("d", words[column::_WORDS].tobytes()))
        return part


def _joined(batches: Sequence[FigureBatch]) -> list[Sequence[Any]]:
    """Return the columns of all batches, each of them joined."""
    return [
        _join([batch.identities for batch in batches]),
        _join([batch.durations_ms for batch in batches]),
        _join([batch.billed_ms for batch in batches]),
        _join([batch.memory_mb for batch in batches]),
        _join([batch.max_memory_mb for batch in batches]),
        _join([batch.init_ms for batch in batches]),
        _join([batch.restore_ms for batch in batches]),
    ]


def _join(parts: Sequence[Sequence[Any]]) -> Sequence[Any]:
    first = parts[0] if parts else ()
    if isinstance(first, array) and all(isinstance(part, array) for part in parts):
        # Columns that are packed already are copied as they lie in memory.
        joined = array(first.typecode)
        for part in parts:
            joined.extend(part)
        return joined
    return list(chain.from_iterable(parts))


def _floats(values: Sequence[float | None]) -> array[float]:
    if isinstance(values, array):
        return values
    try:
        return array("d", values)  # type: ignore[arg-type]  # raises at the first None
    except TypeError:
        return array("d", [nan if value is None else value for value in values])
