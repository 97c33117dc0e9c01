"""Outlines: a report's content worded and in order, before any format gives it a look.

Texts are as the logs have them, control characters and markup included: making them harmless is
each format's duty, for each has its own dangers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from slsloggrep.model.links import Link
from slsloggrep.model.records import Millis


class Tone(StrEnum):
    """What a text means; formats show it by more than a hue."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    CODE = "code"
    """Something to be copied or typed, or a name as written."""
    GOOD = "good"
    NOTABLE = "notable"
    BAD = "bad"


class Span(NamedTuple):
    """A piece of running text."""

    text: str
    tone: Tone = Tone.PLAIN
    anchor: str = ""
    """Leads to the block with this anchor, in the same document; empty: leads nowhere."""


Line = tuple[Span, ...]
"""Running text without line breaks of its own."""


class Cell(NamedTuple):
    """A cell of a table."""

    text: str
    """As people read it."""
    value: str | int | float | bool | None = None
    """For programs: numbers bare and in the column's unit, times as RFC 3339. None: absent."""
    tone: Tone = Tone.PLAIN
    anchor: str = ""
    """Leads to the block with this anchor, in the same document; empty: leads nowhere."""
    bars: tuple[int, ...] = ()
    """A small chart in the place of the text: counts from left to right."""


class Column(NamedTuple):
    """A column of a table."""

    key: str
    """For programs: `p99_ms`; unique in its table."""
    title: str
    """For people: `p99`."""
    numeric: bool = False
    """Its cells are compared by eye: aligned to the right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of one kind of thing."""

    name: str
    """For programs: `crash_groups`; unique in its document."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    omitted: int = 0
    """Further rows, which are not shown."""
    omitted_hint: str = ""
    """What shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A few sentences."""

    line: Line
    tone: Tone = Tone.PLAIN
    """NOTABLE and BAD: it must not be overlooked (what was not read)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A list of sentences."""

    lines: tuple[Line, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and what they stand for: `started: 14:03:02`."""

    rows: tuple[tuple[str, Line], ...]


class Mark(NamedTuple):
    """A record, as a line of an invocation's log."""

    time: str
    """As people read it: an offset from the transaction's start, or a time of day."""
    timestamp: Millis
    level: str
    """`ERROR`, `INFO`, …; empty: none is stated."""
    text: str
    """May have several lines."""
    tone: Tone = Tone.PLAIN
    mentions: bool = False
    """It mentions what was asked for."""
    key: bool = True
    """What an investigator looks at first: warnings, errors, what the platform states."""
    place: str = ""
    """Function or log group, where marks of several are listed together."""
    log_group: str = ""
    log_stream: str = ""
    request_id: str = ""
    event_id: str = ""
    """For programs, as are the three before; each empty where nothing tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Records in order."""

    marks: tuple[Mark, ...]
    omitted: int = 0
    """Further records, which are not shown."""
    omitted_hint: str = ""
    """What shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An invocation, to be folded and unfolded."""

    anchor: str
    """Unique in the document: letters, digits and hyphens only."""
    function: str
    """What one can jump to; formats filter by it."""
    title: Line
    """Function, attempt, status, duration: all that is seen while it is folded."""
    tone: Tone
    """GOOD, NOTABLE (incomplete) or BAD (it failed)."""
    request_id: str
    """To be copied; empty: there is none."""
    facts: Facts
    log: Log
    links: tuple[Link, ...] = ()
    open: bool = False
    """Unfolded from the start."""


class Bar(NamedTuple):
    """One invocation on a time axis."""

    label: str
    since: float
    """When its init began; equals `run` where it had none. 0 to 1 along the axis."""
    run: float
    """When it began to run, 0 to 1."""
    until: float
    """When it ended, 0 to 1."""
    duration: str
    """As people read it."""
    status: str
    tone: Tone
    anchor: str
    """Of its `Run`; empty: that is not shown."""


class Cut(NamedTuple):
    """A pause that was cut out of a time axis."""

    left: float
    right: float
    """Of the gap that stands for it, 0 to 1."""
    length: str
    """As people read it: `2 m 03 s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """Invocations over a common time axis."""

    start: str
    """The axis begins there, as people read it."""
    end: str
    bars: tuple[Bar, ...]
    cuts: tuple[Cut, ...] = ()
    omitted: int = 0
    """Further invocations, which are not shown."""


class Step(NamedTuple):
    """One message of a sequence: a call, an answer, or a note."""

    source: int
    """Which participant, by its index."""
    target: int
    """Which participant; equals `source` for what happens within it."""
    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """Who worked after whom, as a sequence diagram."""

    participants: tuple[str, ...]
    steps: tuple[Step, ...]
    omitted: int = 0
    """Further steps, which are not shown."""


class Slice(NamedTuple):
    """One stretch of time of a chart."""

    label: str
    """As people read it: when it begins."""
    total: int | None
    """Invocations; None: they were not counted."""
    bad: int
    """Of these: crashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Invocations and crashes over time."""

    title: str
    start: str
    """The axis begins there, as people read it."""
    end: str
    step: str
    """How long each slice is, as people read it."""
    slices: tuple[Slice, ...]
    marked: int | None = None
    """The slice in which it began."""
    marked_label: str = ""


class Quantile(NamedTuple):
    """A value on a distribution's axis."""

    label: str
    """`p50`, `p99`, `limit`."""
    text: str
    """As people read it."""
    position: float
    """0 to 1 along the axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How long invocations of one function took, on a logarithmic axis."""

    title: str
    start: str
    """Where the axis begins, as people read it: `10 ms`."""
    end: str
    counts: tuple[int, ...]
    """In bins of equal width along the axis."""
    bins: tuple[str, ...]
    """What each bin holds, as people read it: `10 to 13 ms`; as many as counts."""
    quantiles: tuple[Quantile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Text as it stands in a log or a trace, to be shown in a fixed pitch."""

    lines: tuple[Line, ...]
    """STRONG: the user's own frames; FAINT: those of libraries."""


Block = (
    Paragraph
    | Points
    | Facts
    | Table
    | Log
    | Run
    | Waterfall
    | Sequence
    | Chart
    | Distribution
    | Excerpt
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a document under a heading."""

    title: Line
    anchor: str
    """Unique in the document: letters, digits and hyphens only."""
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A report, worded and in order: what every format shows, and nothing else."""

    title: str
    lead: tuple[Line, ...]
    """The answer in a few sentences: what a reader in a hurry reads."""
    tone: Tone
    """Of the answer as a whole: BAD where something failed, NOTABLE where it is partial."""
    facts: Facts
    """What was asked, when, of what; which program answered."""
    sections: tuple[Section, ...]
    rows: tuple[Table, ...] = ()
    """For programs alone: what people read as runs and logs, a row for each (`invocations`,
    `records`). Names are unique among all tables of the outline."""
    main: str = ""
    """The table that holds the answer, by name: what a spreadsheet is given unless another is asked
    for. Empty: the first one, `rows` before those of the sections."""
