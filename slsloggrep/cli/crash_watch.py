"""`slsloggrep crashes --follow`: crashes as they come, with a bell or a program for each.

How sources are followed is `slsloggrep.follow`'s affair, what a crash is `slsloggrep.analyse`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from slsloggrep.cli.alarm import Alarm
from slsloggrep.cli.app import PROGRAM
from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.publication import Publication
from slsloggrep.cli.times import parse_duration
from slsloggrep.errors import ExitCode, UsageError
from slsloggrep.model import Coverage, Crash, Invocation, Millis, Status
from slsloggrep.wording import count_text

if TYPE_CHECKING:  # loaded when there is something to show
    from slsloggrep.follow import Followed, Step
    from slsloggrep.sources.base import Source

_BELL = "\a"
_REORDER = "1s"


def watch_crashes(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    bell: bool,
    program: str | None,
    publication: Publication,
) -> int:
    """Tell crashes from now on, or since --since, until Ctrl-C; return the exit code.

    Raises UsageError where a source cannot be followed, SourceError where none can be used.
    """
    if output.format == "json":
        raise UsageError(
            "-o json is one document, and what is followed has no end",
            hint="-o ndjson: one document for each crash",
        )
    watch = _Watch(environment, inputs, output, publication, bell=bell)
    with ExitStack() as closing_all, environment.interrupts() as cancellation:
        if program is not None:
            alarm = Alarm(program, environment.env, environment.say)
            closing_all.callback(alarm.close)
            watch.alarm = alarm
        sources = inputs.open_sources(environment, cancellation.__bool__)
        for source in sources:
            closing_all.callback(source.close)
        watch.sources = sources
        followed = _follow(environment, inputs, sources, cancellation.__bool__)
        environment.say(f"{PROGRAM}: waiting for crashes; Ctrl-C ends")
        left = False
        with closing(iter(followed)) as steps:
            try:
                watch.run(steps)
            except BrokenPipeError:
                left = not cancellation
                cancellation.set()
        if left:
            return int(ExitCode.FOUND)
        interrupted = bool(cancellation)
    return watch.conclude(followed.coverage, interrupted=interrupted)


def _follow(
    environment: Environment,
    inputs: Inputs,
    sources: Sequence[Source],
    cancelled: Callable[[], bool],
) -> Followed:
    from slsloggrep.follow import Followed, begin_after
    from slsloggrep.recent import Selection
    from slsloggrep.sources.base import Following

    selection = Selection(invocations=True)
    since = inputs.now if inputs.since is None else inputs.since
    return Followed(
        sources,
        selection,
        parser=inputs.make_parser(),
        beginning=begin_after(None, selection, since=since, now=inputs.now, late=inputs.late),
        until=inputs.until,
        following=Following(late=inputs.late),
        reorder=parse_duration(_REORDER),
        clock=environment.clock,
        cancelled=cancelled,
    )


class _Watch:
    """Tells crashes one by one, and keeps count of them."""

    def __init__(
        self,
        environment: Environment,
        inputs: Inputs,
        output: Output,
        publication: Publication,
        *,
        bell: bool,
    ) -> None:
        self._publication = publication
        self._environment = environment
        self._inputs = inputs
        self._output = output
        self._bell = bell and environment.stdout_is_terminal
        self.alarm: Alarm | None = None
        self.sources: Sequence[Source] = ()
        self._told = 0
        self._fingerprints: set[str] = set()

    def run(self, steps: Iterator[Step]) -> None:
        """Tell what comes until nothing comes any more; raises BrokenPipeError as `put` does."""
        say = self._environment.say
        for step in steps:
            for name, gap in step.gaps:
                say(f"{PROGRAM}: not read: {name.removesuffix(':')}: {gap.what}: {gap.reason}")
            for notice in step.notices:
                say(f"{PROGRAM}: {notice}")
            crashes = list(_crashes_in(step.shown, self._environment.clock()))
            for crash in crashes:
                self._tell(self._publication.clean(crash))
            if not crashes and self._environment.reader_left():
                raise BrokenPipeError

    def conclude(self, coverage: Sequence[Coverage], *, interrupted: bool) -> int:
        """Say how much it was, and return the exit code."""
        gaps = sum(source.unread for source in coverage)
        kinds = count_text(len(self._fingerprints), "fingerprint")
        self._publication.tell()
        told = "1 crash" if self._told == 1 else f"{self._told} crashes"
        self._environment.say(f"{PROGRAM}: {told} of {kinds}")
        if gaps:
            self._environment.say(f"{PROGRAM}: {count_text(gaps, 'thing')} could not be read")
        if interrupted:
            return int(ExitCode.INTERRUPTED)
        if gaps:
            return int(ExitCode.PARTIAL)
        return int(ExitCode.FOUND if self._told else ExitCode.NOTHING)

    def _tell(self, crash: Crash) -> None:
        from slsloggrep.export.crashes import crash_line

        self._told += 1
        self._fingerprints.add(crash.fingerprint)
        self._environment.put(self._text(crash) + (_BELL if self._bell else ""))
        if self.alarm is not None:
            self.alarm.ring(crash_line(crash)["crash"])

    def _text(self, crash: Crash) -> str:
        if self._output.format == "ndjson":
            from slsloggrep.export.crashes import crash_line
            from slsloggrep.export.json import ndjson_lines

            encoding = getattr(self._environment.stdout, "encoding", None) or "utf-8"
            plain = not encoding.lower().startswith("utf")
            return "".join(ndjson_lines([crash_line(crash)], ascii_only=plain))
        from slsloggrep.cli.reply import make_console, text_of
        from slsloggrep.render.crashes import CrashView, render_crashes

        environment = self._environment
        view = CrashView(
            tz=self._inputs.zone,
            terminal=environment.stdout_is_terminal,
            pages=self._publication.pages(self.sources),
        )
        console = make_console(environment, self._output, width=environment.columns)
        return text_of(render_crashes([crash], view), console)


def _crashes_in(shown: Iterable[object], now: Millis) -> Iterator[Crash]:
    """Yield what crashed of what came; a record by itself may be another service's run.

    One without an end is given away when it cannot run any more, or with what came after it in
    its log stream.
    """
    from slsloggrep.analyse.crashes import crashes_of
    from slsloggrep.analyse.silence import LIVE_GRACE
    from slsloggrep.parse.signs import shows_failure
    from slsloggrep.recent import Line

    pieces = list(shown)
    invocations = [piece for piece in pieces if isinstance(piece, Invocation)]
    silent = {(i.log_group, i.log_stream) for i in invocations if i.status is Status.INCOMPLETE}
    telling = [i for i in invocations if i.status.failed or (i.log_group, i.log_stream) in silent]
    records = [piece.record for piece in pieces if isinstance(piece, Line)]
    lone = [
        record
        for record in records
        if shows_failure(record) or (record.event.log_group, record.event.log_stream) in silent
    ]
    if telling or lone:
        yield from reversed(crashes_of(telling, lone, read_until=now, grace=LIVE_GRACE))
