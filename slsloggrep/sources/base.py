"""What a source is, and how a URL becomes one.

A source pulls events from one place and says what it could not read. It does not parse, join or
show them, and it never decides what an answer means. The registry maps URL schemes to modules,
which are imported only when their scheme is used.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import BinaryIO, Literal, NamedTuple, Protocol, runtime_checkable

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.model import Coverage, Event, Gap, Millis, PlannedRead, Query
from slsloggrep.model.checks import Check
from slsloggrep.model.figures import Ends, FigureBatch
from slsloggrep.model.inventory import DeployedFunction
from slsloggrep.project import Deployment
from slsloggrep.wording import suggestion

Engine = Literal["auto", "filter", "insights"]

Report = Callable[[Coverage], None]
"""Receives increments of coverage while a source reads; called from the pulling thread only."""


class Capability(Flag):
    """What a source can do at the far end. Each is a promise of a sound superset."""

    NONE = 0
    FUNCTION = auto()
    """It reads only the log groups and functions that the settings name."""
    TEXT = auto()
    STREAM = auto()
    ORDERED = auto()
    NEWEST_FIRST = auto()
    FOLLOW = auto()
    AGGREGATE = auto()
    PATTERN = auto()
    """It heeds a query's `pattern`, a filter in its own language."""


class Source(Protocol):
    """A place that logs are pulled from."""

    @property
    def name(self) -> str:
        """The source as the user wrote it."""
        ...

    @property
    def capabilities(self) -> Capability:
        """What the far end filters soundly."""
        ...

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        """Yield every event that the query wants, and perhaps more; stop asking when closed.

        Events come in any order unless `ORDERED` is among the capabilities. Raises SourceError
        where nothing can be read at all; anything less is a gap given to `report`.
        """
        ...

    def close(self) -> None:
        """Give back connections and temporary files; nothing is fetched after it."""
        ...


class Pulse(NamedTuple):
    """A sign of life of a source that is followed; several come in a second."""

    time: Millis
    """Up to when events have come that can be expected: the far end's time of day, as well as it
    is known, and less while older ones are caught up (at the beginning, after an interruption)."""


class Notice(NamedTuple):
    """Something to be said at once, on stderr, while a source is followed."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How a source is to be followed."""

    live: bool = False
    """Use the far end's own push of new events, and fill behind it what it leaves out."""
    late: Millis = 3_600_000
    """How long after its time an event may still turn up; it is looked for that far back."""
    interval: float = 0.5
    """Seconds between two looks at a place where something happens; more where nothing does."""


@runtime_checkable
class Follower(Protocol):
    """A source with the capability FOLLOW."""

    def follow(
        self, query: Query, following: Following, report: Report
    ) -> Iterator[Event | Pulse | Notice]:
        """Yield the events since `query.since`, each once, and go on as they come, without an end.

        Events come as they are found: late ones after younger ones. Ends where `query.until` is
        past and late arrivals are unlikely, or when the settings say that it is cancelled. Whatever
        interrupts it (throttling, network, sleep) is caught up from where it stopped, and said.
        Raises SourceError only where it never could begin.
        """
        ...


@runtime_checkable
class Planner(Protocol):
    """A source that can tell beforehand what a query would cost."""

    def plan(self, query: Query, report: Report) -> Iterator[PlannedRead]:
        """Yield what would be read, without reading any log; raises SourceError as `fetch`."""
        ...


Purpose = Literal["figures", "ends"]
"""What a source is measured for: what REPORTs state, or which invocations have both their ends."""


@runtime_checkable
class Meter(Protocol):
    """A source with the capability AGGREGATE: it reads what REPORTs state, and makes no events."""

    def measure(
        self, query: Query, purpose: Purpose, report: Report
    ) -> Iterator[Event | FigureBatch | Ends]:
        """Yield what the ends of invocations state, and every event that needs a closer look.

        For "figures": a `FigureBatch` for REPORTs (of text and JSON logs) that state success in
        the platform's own spelling, their time within the query's window; and as events, in the
        window as `fetch` takes it, every other REPORT and whatever contains one of the query's
        literals.

        For "ends": `Ends` with the STARTs and the REPORTs that did not find each other (by log
        stream and request ID) in one stretch of the source, both of them whatever their time, for
        every stretch that may lie in the window: the caller narrows them. What did find each
        other is not handed on, but `latest` may tell how late it was. A START or a REPORT in
        another spelling comes as an event, as does whatever contains one of the query's literals.

        An event is never a mistake: it may say nothing of what was asked, or repeat what a batch
        stated (by `identity_of` and request ID it is recognised). The query's spans and pattern
        are not looked at. Order, gaps and errors are as in `Source.fetch`; rows count as events.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """How closely functions are to be listed; which, the settings say."""

    activity: bool = True
    """Ask for the last activity: a call for each log group."""


@runtime_checkable
class Lister(Protocol):
    """A source that knows which functions there are."""

    def list_functions(self, selection: Selection, report: Report) -> Iterator[DeployedFunction]:
        """Yield the functions, by place and name; what was not to be had is a gap, and unknown.

        Raises SourceError where not a single one can be listed.
        """
        ...


@runtime_checkable
class Examined(Protocol):
    """A source that can be looked over: it tells what an investigation would lack."""

    def examine(self, *, costly: bool) -> Iterator[Check]:
        """Yield checks one by one, as they are made; none changes anything or reads much.

        `costly`: try what costs money, too. Raises SourceError where the source turns out not to
        be usable at all; what was yielded before that holds.
        """
        ...


def _never() -> bool:
    return False


def _silence(_line: str) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What sources need to know from outside: the clock, AWS settings, the standard input."""

    now: Millis
    late: Millis = 3_600_000
    """How much later than its events an archive object may have been written."""
    stdin: BinaryIO | None = None
    env: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The environment's variables: secrets that belong into no URL."""
    profiles: tuple[str, ...] = ()
    """AWS profiles; empty: the one that the environment names."""
    regions: tuple[str, ...] = ()
    """AWS regions; empty: the one that the environment or the profile names."""
    role_arn: str | None = None
    endpoint_url: str | None = None
    workers: int = 2
    """Threads that decode."""
    processes: int = 0
    """Processes that decode in their place where there is much to decode; 0: only threads."""
    groups: tuple[str, ...] = ()
    """Log groups as the user named them: names, globs, `/regexes/`, ARNs, console URLs."""
    functions: tuple[str, ...] = ()
    """Functions whose log groups are meant, as the user named them: names, globs, ARNs. Of stacks,
    tags and projects, where such are named, only these are meant."""
    stacks: tuple[str, ...] = ()
    """CloudFormation stacks as the user named them; what belongs to any of them is meant."""
    tags: tuple[str, ...] = ()
    """`KEY=VALUE`, or `KEY` with any value; functions that have all of the keys are meant."""
    projects: tuple[Deployment, ...] = ()
    """What the files of projects deploy; it is meant as stacks are."""
    apis: tuple[str, ...] = ()
    """APIs of API Gateway as the user named them: they are meant beside all else."""
    gaps: tuple[Gap, ...] = ()
    """What of all that is known not to be read, before anything is."""
    engine: Engine = "auto"
    """How CloudWatch is asked: by FilterLogEvents, by Insights, or by what suits."""
    rate: float | None = None
    """Requests per second at most, for each account, region and API; None: as published."""
    say: Callable[[str], None] = _silence
    """Tells the user something that cannot wait for the end: how much is about to be read."""
    commons: dict[str, object] = field(default_factory=dict, compare=False)
    """What the sources of one command share: limiters of an account that several of them ask."""
    cancelled: Callable[[], bool] = _never
    """Asked several times a second while a source reads; true: stop, and say what is missing."""

    @property
    def selects(self) -> bool:
        """Tell whether something is named that is to be looked up before groups are known."""
        return bool(self.stacks or self.tags or self.projects or self.apis)

    @property
    def profile(self) -> str | None:
        """The AWS profile, where a source has use for one only."""
        return self.profiles[0] if self.profiles else None

    @property
    def region(self) -> str | None:
        """The AWS region, where a source has use for one only."""
        return self.regions[0] if self.regions else None


class Unusable:
    """A source that could not be opened, in the place of it: asked, it says why."""

    capabilities = Capability.NONE

    def __init__(self, name: str, error: SourceError) -> None:
        self.name = name
        self._error = error

    def fetch(self, _query: Query, _report: Report) -> Iterator[Event]:
        """Raise the error that opening the source raised."""
        raise self._error

    def measure(
        self, _query: Query, _purpose: Purpose, _report: Report
    ) -> Iterator[Event | FigureBatch | Ends]:
        """Raise the error that opening the source raised."""
        raise self._error

    def plan(self, _query: Query, _report: Report) -> Iterator[PlannedRead]:
        """Raise the error that opening the source raised."""
        raise self._error

    def list_functions(self, _selection: Selection, _report: Report) -> Iterator[DeployedFunction]:
        """Raise the error that opening the source raised."""
        raise self._error

    def examine(self, *, costly: bool) -> Iterator[Check]:
        """Raise the error that opening the source raised."""
        raise self._error

    def close(self) -> None:
        """Do nothing."""


_SEARCH = ("slsloggrep.sources.opensearch.source", "open_search")

_SCHEMES = {
    "cloudwatch": ("slsloggrep.sources.cloudwatch.source", "open_cloudwatch"),
    "opensearch+https": _SEARCH,
    "opensearch+http": _SEARCH,
    "elasticsearch+https": _SEARCH,
    "elasticsearch+http": _SEARCH,
    "s3": ("slsloggrep.sources.s3", "open_s3"),
    "demo": ("slsloggrep.sources.demo", "open_demo"),
    "file": ("slsloggrep.sources.files", "open_files"),
}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


def open_source(url: str, settings: Settings) -> Source:
    """Return the source that a URL names; a path, a glob or `-` is a `file` source.

    Raises UsageError for a scheme that nothing serves, SourceError where the place cannot be used.
    """
    module, function = _SCHEMES[scheme_of(url)]
    opener = getattr(importlib.import_module(module), function)
    source: Source = opener(url, settings)
    return source


def scheme_of(url: str) -> str:
    """Return the scheme of a source's URL; raises UsageError for one that nothing serves."""
    matched = _SCHEME.match(url)
    scheme = matched.group(1).lower() if matched else "file"
    if scheme not in _SCHEMES:
        schemes = [f"{known}:" for known in sorted(_SCHEMES)]
        near = suggestion(f"{scheme}:", schemes)
        raise UsageError(
            f"no source is known for '{url}'{near or ': no scheme is called so'}",
            hint=f"{', '.join(schemes)}; for a file of that name write './{url}'",
        )
    return scheme
