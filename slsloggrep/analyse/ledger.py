"""The ledger: takes in how invocations ended, in any order and however often, and makes a table.

Figures of what ended well come in batches, hundreds of thousands of rows; what may have failed
comes as invocations that were read whole. Both may tell of the same invocation: it counts once, as
it was read whole. Nothing depends on the order in which they come, or on how often.

Reading is somebody else's affair, and so is showing. What the rows are is `dimensions`', the
counting `accounts`' and `tally`'s, the table `latency`'s.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import UTC, tzinfo
from itertools import chain, compress
from math import nan
from operator import itemgetter
from typing import Any, BinaryIO

from slsloggrep.analyse.accounts import Accounts, ExactAccounts, SketchedAccounts
from slsloggrep.analyse.columns import (
    COLD,
    ERROR,
    INCOMPLETE,
    STITCHED,
    TIMEOUT,
    Columns,
    Figures,
)
from slsloggrep.analyse.dimensions import Key, Numbering
from slsloggrep.analyse.latency import Table
from slsloggrep.analyse.prices import Price, price_of
from slsloggrep.analyse.slowest import Slowest
from slsloggrep.analyse.starts import init_of, is_cold, report_of
from slsloggrep.analyse.tally import Basis, conclude
from slsloggrep.model import (
    Fact,
    FigureBatch,
    Invocation,
    Latency,
    Millis,
    Record,
    Slow,
    Status,
    identity_of,
)
from slsloggrep.model.sums import FigureSum
from slsloggrep.parse import function_of

BUDGET_ROWS = 500_000
"""Invocations that are held in memory: some 30 MB, and 150 MB while they are counted."""
_BLOCK = 8192
"""Rows of batches that are taken in together: columns are cheap by the thousand."""
_COLUMNS = tuple(field.name for field in fields(FigureBatch) if field.name != "log_group")


class Ledger:
    """What invocations of a window came to."""

    def __init__(
        self,
        *,
        since: Millis | None = None,
        until: Millis | None = None,
        by: Sequence[str] = (),
        slowest: int = 0,
        zone: tzinfo = UTC,
        price: Price | None = None,
        budget_rows: int = BUDGET_ROWS,
        open_file: Callable[[], BinaryIO] = tempfile.TemporaryFile,
        approximate: bool = False,
    ) -> None:
        """Begin a ledger of what ended from `since`, inclusive, to `until`, exclusive.

        Rows are told apart `by` what `DIMENSIONS` names, hours and minutes in `zone`. `slowest` is
        how many of the slowest invocations are kept. `open_file` opens a temporary file for what is
        more than `budget_rows`; with `approximate` there is none, and percentiles are within
        `sketch.RELATIVE_ERROR`. Raises UsageError for a strange dimension.
        """
        self._since = since
        self._until = until
        self._price = price or price_of(None, None)
        self._numbering = Numbering(by, zone)
        self._slowest = Slowest(slowest)
        # Rows are counted as soon as a block of them is there: a smaller one takes less memory.
        self._budget = max(budget_rows // 2 if approximate else budget_rows, 2)
        self._pending: list[FigureBatch] = []
        self._pending_rows = 0
        self._columns = Columns()
        self._limits: dict[Key, tuple[Millis, float]] = {}
        self._approximate = approximate
        self.takes_sums = approximate and not slowest and self._numbering.is_of_sums
        """Rows of single invocations are not needed: sums of them will do."""
        self.slot = self._numbering.slot
        """The stretches, in ms, that sums must not lie across; None: they may be of any time."""
        self._table: Table | None = None
        rank = self._numbering.keys.__getitem__
        self._accounts: Accounts = (
            SketchedAccounts(self._budget, rank)
            if approximate
            else ExactAccounts(self._budget, open_file, rank)
        )

    def add(self, batch: FigureBatch) -> None:
        """Add invocations that ended well."""
        self._pending.append(batch)
        self._pending_rows += len(batch.identities)
        if self._pending_rows >= min(_BLOCK, self._budget):
            self._take_in()

    def add_sum(self, summed: FigureSum) -> None:
        """Add invocations that ended well, added up in bins of `summed.sum_edges`.

        None of them may come as a row, too, or be read whole. Only where `takes_sums` is true.
        """
        if not isinstance(self._accounts, SketchedAccounts):
            raise TypeError("exact figures need every invocation")
        self._accounts.add_sum(summed, self._numbering.of_sum(summed.function, summed.time))

    def add_invocation(self, invocation: Invocation) -> None:
        """Add an invocation that was read whole.

        One without a request is an init that failed: nobody's invocation, it does not count.
        """
        if invocation.request_id is None:
            return
        report = report_of(invocation)
        time = report.event.timestamp if report is not None else invocation.end
        if not self._wants(time):
            return
        identity = _identity(invocation, report)
        cold = is_cold(invocation, report)
        number = self._numbering.of_invocation(invocation, time, cold=cold)
        self._columns.append(_figures(identity, number, invocation, init_of(report), cold=cold))
        duration = None if invocation.status is Status.INCOMPLETE else invocation.duration_ms
        if duration is not None and self._slowest.wants(duration):
            self._slowest.add(identity, _slow(invocation, time, init_of(report)), whole=True)
        self._note_limit(number, invocation, report, time)
        if self._approximate and report is not None:
            twin = _twin(identity, report)
            if twin is not None:
                numbers = self._numbering.of_batch(twin)
                self._accounts.expect(twin, numbers if isinstance(numbers, int) else numbers[0])
        self._make_room()

    def rows(self, *, sort: str = "function", top: int | None = None) -> tuple[Latency, ...]:
        """Return the rows of the table, as `Table.rows` does."""
        return self.table().rows(sort=sort, top=top)

    def total(self) -> Latency | None:
        """Return the row of all invocations together; None where there is but one row, or none."""
        return self.table().total()

    def slowest(self) -> tuple[Slow, ...]:
        """Return the slowest invocations over all functions, the slowest first."""
        return self.table().slowest

    def table(self) -> Table:
        """Return what the ledger comes to; nothing can be added any more."""
        if self._table is None:
            self._table = self._conclude()
        return self._table

    def close(self) -> None:
        """Give temporary files back, as the end of the ledger does; rows stay."""
        self._accounts.close()

    def _conclude(self) -> Table:
        self._take_in()
        self._accounts.settle(self._columns)
        self._columns = Columns()
        rows = {}
        notes = self._accounts.notes()
        for number, tally in self._accounts.tallies.items():
            if not tally.invocations and not tally.incomplete:
                continue
            key = self._numbering.keys[number]
            limit = self._limits.get(self._limited(key))
            basis = Basis(
                price=self._price,
                timeout_s=limit[1] if limit else None,
                relative_error=self._accounts.relative_error,
                notes=notes,
            )
            durations = self._accounts.durations(number)
            inits = self._accounts.inits(number)
            rows[key] = (conclude(*key, tally, durations, inits, basis), number)
        return Table(rows, self._accounts, self._slowest.result(), self._numbering.by)

    def _take_in(self) -> None:
        whole: list[tuple[int, FigureBatch]] = []
        mixed: list[tuple[list[int], FigureBatch]] = []
        for given in self._pending:
            batch = self._within(given)
            if not len(batch.identities):
                continue
            self._slowest.consider(batch)
            numbers = self._numbering.of_batch(batch)
            if isinstance(numbers, int):
                whole.append((numbers, batch))
            else:
                mixed.append((numbers, batch))
        self._pending = []
        self._pending_rows = 0
        if whole:
            whole.sort(key=itemgetter(0))
            self._columns.extend([batch for _, batch in whole], [number for number, _ in whole])
        if mixed:
            numbers = list(chain.from_iterable(numbers for numbers, _ in mixed))
            self._columns.extend_mixed([batch for _, batch in mixed], numbers)
        self._make_room()

    def _make_room(self) -> None:
        if len(self._columns) >= self._budget:
            self._columns = self._accounts.take(self._columns)

    def _wants(self, time: Millis) -> bool:
        return (self._since is None or time >= self._since) and (
            self._until is None or time < self._until
        )

    def _within(self, batch: FigureBatch) -> FigureBatch:
        if self._since is None and self._until is None:
            return batch
        times = batch.times
        if not len(times) or (self._wants(min(times)) and self._wants(max(times))):
            return batch
        wanted = [self._wants(time) for time in times]
        columns: dict[str, Any] = {
            name: list(compress(getattr(batch, name), wanted)) for name in _COLUMNS
        }
        return replace(batch, **columns)

    def _note_limit(
        self, number: int, invocation: Invocation, report: Record | None, time: Millis
    ) -> None:
        """Note the limit that a timeout shows: in words, or by how long it ran.

        The newest counts, for limits are changed.
        """
        limit = invocation.timeout_s
        platform = report.platform if report is not None else None
        if limit is None and platform is not None and platform.status == "timeout":
            # Limits are whole seconds, and Lambda is not a second late.
            limit = (platform.duration_ms or 0.0) // 1000 or None
        if limit is not None:
            key = self._limited(self._numbering.keys[number])
            shown = (time, limit)
            self._limits[key] = max(self._limits.get(key, shown), shown)

    def _limited(self, key: Key) -> Key:
        """Return what a limit is known of: a function or, where they are told apart, a version."""
        return (key[0], tuple(pair for pair in key[1] if pair[0] == "version"))


def _identity(invocation: Invocation, report: Record | None) -> int:
    """Return 64 bits that tell the invocation: those of its REPORT, or else of its beginning."""
    if report is not None:
        return identity_of(report.event, report.request_id or "")
    starts = (record for record in invocation.records if record.fact is Fact.START)
    first = next(starts, invocation.records[0] if invocation.records else None)
    if first is not None:
        return identity_of(first.event, invocation.request_id or "")
    place = (invocation.log_group, invocation.log_stream)
    return hash((*place, invocation.request_id, invocation.start))


def _figures(
    identity: int, number: int, invocation: Invocation, init: float | None, *, cold: bool
) -> Figures:
    if invocation.status is Status.INCOMPLETE:
        return Figures(identity, number, STITCHED | INCOMPLETE)
    marks = STITCHED
    if invocation.status.failed:
        marks |= ERROR
    if invocation.status is Status.TIMEOUT:
        marks |= TIMEOUT
    if cold and init is None:
        marks |= COLD
    return Figures(
        identity,
        number,
        marks,
        _float(invocation.duration_ms),
        _float(invocation.billed_ms),
        _float(invocation.memory_mb),
        _float(invocation.max_memory_mb),
        _float(init),
    )


def _float(figure: float | None) -> float:
    return nan if figure is None else figure


def _slow(invocation: Invocation, time: Millis, init: float | None) -> Slow:
    return Slow(
        function=invocation.function or function_of(invocation.log_group, invocation.log_stream),
        request_id=invocation.request_id or "",
        log_group=invocation.log_group,
        log_stream=invocation.log_stream,
        end=time,
        duration_ms=invocation.duration_ms or 0.0,
        init_ms=init,
        max_memory_mb=invocation.max_memory_mb,
        memory_mb=invocation.memory_mb,
        status=invocation.status,
    )


def _twin(identity: int, report: Record) -> FigureBatch | None:
    """Return what a source that reads figures would have made of a REPORT."""
    platform, event = report.platform, report.event
    if platform is None or platform.duration_ms is None:
        return None
    return FigureBatch(
        log_group=event.log_group,
        log_streams=(event.log_stream,),
        request_ids=(report.request_id or "",),
        identities=(identity,),
        times=(event.timestamp,),
        durations_ms=(platform.duration_ms,),
        billed_ms=(platform.billed_ms,),
        memory_mb=(platform.memory_mb,),
        max_memory_mb=(platform.max_memory_mb,),
        init_ms=(platform.init_ms,),
        restore_ms=(platform.restore_ms,),
    )
