"""Tells the invocations of an environment apart that serves one at a time.

Lines between START and REPORT belong to the invocation, whatever they name, unless they name the
request of another one here: a platform line of a request that never started here was printed by
the application (forwarders of logs do that), and is text. Lines of an init belong to what follows,
and an init that failed with nothing following is an invocation of its own. Lines after REPORT
belong to what ran before, as long as it is certain that nothing unseen ran in between: at system
log level WARN an invocation that succeeds leaves neither START nor REPORT. What stays uncertain is
unattributed.

Sequence facts: AWS Lambda Developer Guide, lambda-runtime-environment and
monitoring-cloudwatchlogs-log-level, and recorded streams.
"""

from __future__ import annotations

from slsloggrep.model import Fact, Millis, Record
from slsloggrep.parse.endings import is_failing

SKEW: Millis = 1000
"""Clocks of platform and runtime may put a line before its START; attempts are further apart."""

RETRY_AFTER: Millis = 30_000
"""Asynchronous events are tried again after a minute at the earliest (Developer Guide,
invocation-async-error-handling): what comes this long after a REPORT may be another attempt."""

OVERHEAD: Millis = 100
"""REPORT comes up to this much later than its start and duration say."""

_INIT_STARTS = frozenset({Fact.INIT_START, Fact.RESTORE_START})
_INIT_ENDS = frozenset(
    {
        Fact.INIT_RUNTIME_DONE,
        Fact.INIT_REPORT,
        Fact.RESTORE_RUNTIME_DONE,
        Fact.RESTORE_REPORT,
    }
)
_INIT_FACTS = _INIT_STARTS | _INIT_ENDS
_ENVIRONMENT_FACTS = frozenset({Fact.EXTENSION, Fact.SUBSCRIPTION, Fact.IMAGE})
"""Written once for each environment, during its init."""
_FAILURES = frozenset({Fact.UNHANDLED, Fact.FAULT, Fact.IMAGE})
_CERTAIN = frozenset({Fact.START, Fact.RUNTIME_DONE, Fact.END, Fact.REPORT, Fact.FAULT,
                      Fact.TIMEOUT})  # fmt: skip
"""Their request ID is Lambda's; an application may call anything `requestId`."""


class Piece:
    """An invocation in the making."""

    def __init__(self, request_id: str | None, report: Record | None = None) -> None:
        self.request_id = request_id
        self.records: list[Record] = []
        self.started: Millis | None = None
        """When START came."""
        self.reported: Millis | None = None
        """When REPORT came."""
        self.report = report
        """The REPORT that will come, as far as it is known."""

    def add(self, record: Record) -> None:
        """Take a record in."""
        self.records.append(record)
        if record.request_id != self.request_id:
            return
        if record.fact is Fact.START:
            self.started = record.event.timestamp
        elif record.fact is Fact.REPORT:
            self.reported = record.event.timestamp

    def takes(self, record: Record, *, later: bool = False) -> bool:
        """Tell whether a record that names this request belongs to this attempt.

        `later`: there is reason to expect another attempt.
        """
        if record.fact is Fact.START:
            near = record.event.timestamp - self.records[0].event.timestamp <= SKEW
            return near and self.started is None and self.reported is None
        if record.fact is Fact.REPORT:
            return self.reported is None
        if later and self.reported is not None:
            return record.event.timestamp - self.reported < RETRY_AFTER
        return True

    @property
    def runs(self) -> bool:
        """Tell whether a line without a request ID belongs here."""
        return self.reported is None and (self.started is not None or self.report is not None)

    def prints(self, record: Record, report: Record | None) -> bool:
        """Tell whether what names a stranger, whose next REPORT is given, was printed by this one.

        It is, where this one runs by itself, until its REPORT: of others nothing can come then.
        Where several are served at once, REPORT states no billed time.
        """
        own = self.report
        if self.started is None or own is None or own.platform is None:
            return False
        alone = own.platform.billed_ms is not None
        inside = report is None or report.event.order <= own.event.order
        return alone and inside and record.event.timestamp > self.started

    def began_before(self, record: Record) -> bool:
        """Tell whether the invocation ran already at a record before its first one here."""
        if self.report is None or self.report.platform is None:
            return False
        duration = self.report.platform.duration_ms
        begun = self.report.event.timestamp - (duration or 0) - OVERHEAD
        return duration is None or record.event.timestamp >= begun


class Environment:
    """Reads one stream of an environment that serves one invocation at a time."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._current: Piece | None = None
        self._latest: dict[str, Piece] = {}
        self._foreign: dict[str, Piece] = {}
        """By IDs that are no request's here: the invocation that named them last."""
        self._after: list[Record] = []
        """Lines that came outside of any invocation, before any init."""
        self._init: list[Record] = []
        """An init and the lines since: they belong to what follows."""
        self._rest: list[Record] = []
        self._reports_ahead: dict[str, list[Record]] = {}
        """The REPORTs of each request that are still to come, the next one last."""
        self._starts = False
        """Whether the platform writes START here."""
        self._started: set[str] = set()
        """The requests that START names here."""

    def run(self, records: list[Record]) -> tuple[list[list[Record]], list[Record]]:
        """Return the records of each invocation, and those of none, all in order."""
        reports = self._look_ahead(records)
        for index, record in enumerate(records):
            if record.fact is Fact.START and record.request_id is not None:
                self._start(record, record.request_id, reports.get(index))
            elif record.request_id is not None:
                self._take_named(record, record.request_id)
            else:
                self._take_unnamed(record)
        self._finish()
        return [piece.records for piece in self._pieces], self._rest

    def _look_ahead(self, records: list[Record]) -> dict[int, Record]:
        """Note the REPORTs to come; return that of each START, by the START's index."""
        reports: dict[int, Record] = {}
        unclaimed: dict[str, Record] = {}
        for index in range(len(records) - 1, -1, -1):
            record = records[index]
            if record.request_id is None:
                continue
            if record.fact is Fact.REPORT:
                self._reports_ahead.setdefault(record.request_id, []).append(record)
                unclaimed[record.request_id] = record
            elif record.fact is Fact.START:
                self._starts = True
                self._started.add(record.request_id)
                if record.request_id in unclaimed:
                    reports[index] = unclaimed.pop(record.request_id)
        return reports

    def _open(self, request_id: str | None, report: Record | None) -> Piece:
        piece = Piece(request_id, report)
        self._pieces.append(piece)
        self._current = piece
        if request_id is not None:
            self._latest[request_id] = piece
        return piece

    def _start(self, record: Record, request_id: str, report: Record | None) -> None:
        current = self._current
        known = self._latest.get(request_id)
        if known is not None and known.takes(record):
            # A line of the invocation was sorted before its START.
            self._settle_after(known if known is current else self._ended())
            self._settle_init(known)
            known.report = report
            known.add(record)
            self._current = known
            return
        cold = report is not None and report.platform and report.platform.init_ms is not None
        if current is None and cold:
            # The first invocation here reports an init: what came before it was the init.
            self._init = [*self._after, *self._init]
            self._after = []
        self._settle_after(self._ended())
        piece = self._open(request_id, report)
        self._settle_init(piece)
        piece.add(record)

    def _ended(self) -> Piece | None:
        """Return what ran last here, if it is certain that nothing unseen ran since."""
        current = self._current
        if (
            current is not None
            and self._starts
            and (current.started is not None or current.reported is not None)
        ):
            return current
        return None

    def _take_named(self, record: Record, request_id: str) -> None:
        piece = self._piece_of(record, request_id)
        if piece is self._current and not self._init:
            self._settle_after(piece)
        piece.add(record)
        if record.fact is Fact.REPORT:
            self._reports_ahead[request_id].pop()

    def _piece_of(self, record: Record, request_id: str) -> Piece:
        current = self._current
        ahead = self._reports_ahead.get(request_id)
        known = self._latest.get(request_id)
        if known is not None and known.takes(record, later=bool(ahead) or not self._starts):
            return known
        report = ahead[-1] if ahead else None
        within = current if current is not None and current.runs and current.report else None
        if within and request_id not in self._started and within.prints(record, report):
            self._foreign[request_id] = within
            return within
        if known is None and not ahead and record.fact not in _CERTAIN:
            # An ID that no invocation here has, within one: the application's own.
            if within:
                self._foreign[request_id] = within
                return within
            if request_id in self._foreign and self._starts:
                return self._foreign[request_id]
        if within:
            # Of an invocation that was not read, or about to start: it ends nothing.
            piece = self._open(request_id, report)
            self._current = within
            return piece
        if current is not None:
            self._settle_after(self._ended())
        piece = self._open(request_id, report)
        if not piece.began_before(record):
            piece.report = None
        waiting, self._after = self._after, []
        for line in waiting:
            if piece.began_before(line):
                piece.add(line)
            else:
                self._rest.append(line)
        self._settle_init(piece)
        return piece

    def _take_unnamed(self, record: Record) -> None:
        fact = record.fact
        current = self._current
        runs = current if current is not None and current.runs and not self._init else None
        if fact in _INIT_FACTS and not (runs and self._init_is_of(runs, record)):
            # The environment starts over: what ran before has ended, reported or not.
            self._settle_after(self._ended())
            self._init.append(record)
        elif runs:
            runs.add(record)
        elif self._init:
            self._init.append(record)
        elif fact in _ENVIRONMENT_FACTS:
            self._settle_after(self._ended())
            self._init.append(record)
        else:
            self._after.append(record)

    def _init_is_of(self, current: Piece, record: Record) -> bool:
        """Tell whether an init's line within an invocation belongs to it, or to what follows."""
        if record.fact in _INIT_ENDS:
            return True
        time = record.event.timestamp
        if len(current.records) == 1 and current.records[0].event.timestamp == time:
            return True
        return current.report is not None and current.report.event.timestamp > time

    def _settle_after(self, piece: Piece | None) -> None:
        if not self._after:
            return
        waiting, self._after = self._after, []
        if piece is None:
            self._rest.extend(waiting)
        else:
            for record in waiting:
                piece.add(record)

    def _settle_init(self, piece: Piece) -> None:
        waiting, self._init = self._init, []
        for record in waiting:
            piece.add(record)

    def _finish(self) -> None:
        """At the end of the stream: an init that failed, and that nothing followed, stands alone.

        One that succeeded was made in advance (provisioned concurrency, SnapStart) or is cut.
        """
        current = self._current
        self._settle_after(current if current is not None and current.started is not None else None)
        if any(_is_failure(record) for record in self._init):
            self._settle_init(self._open(None, None))
        else:
            self._rest.extend(self._init)


def _is_failure(record: Record) -> bool:
    platform = record.platform
    if platform is None:
        return False
    if platform.fact in _FAILURES or (record.error is not None and record.error.unhandled):
        return True
    if platform.fact in _INIT_ENDS:
        return platform.status not in (None, "success")
    return platform.fact is Fact.EXTENSION and is_failing(platform.status)
