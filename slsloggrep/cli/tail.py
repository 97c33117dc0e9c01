"""`slsloggrep tail [FUNCTION]...`: what happened last, and what happens from now on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import click

from slsloggrep.cli.app import PROGRAM, Command
from slsloggrep.cli.context import Cancellation, Environment
from slsloggrep.cli.filters import Filters, make_filters, make_tests
from slsloggrep.cli.matching import WHERE_GRAMMAR
from slsloggrep.cli.options import Inputs, Output, pipeline_options, shared
from slsloggrep.cli.times import parse_duration
from slsloggrep.errors import AbsentError, ExitCode, UsageError
from slsloggrep.model import Millis
from slsloggrep.render.times import count_text

if TYPE_CHECKING:  # loaded when the command runs, not when its help is shown
    from slsloggrep.cli.showing import Showing
    from slsloggrep.follow import Step
    from slsloggrep.model import Coverage, Invocation
    from slsloggrep.recent import Recent, Selection, Shown
    from slsloggrep.render.tail import Shape
    from slsloggrep.sources.base import Source

_AT_ONCE = 1_000
"""Lines that are written at once."""


@click.command(
    "tail",
    cls=Command,
    examples=[
        ("slsloggrep tail 'shop-*' -f -l warn", "Warnings and errors of many, as they come:"),
        ("slsloggrep tail checkout -f -n 0 --failed", "From now on, what fails, whole:"),
        ("slsloggrep tail -g /ecs/web -n 50 -o ndjson | jq .message", "For a program to read:"),
    ],
)
@click.argument("function_arguments", metavar="[FUNCTION]...", nargs=-1)
@shared("--follow", "-f", is_flag=True, help="Go on with what happens from now on; Ctrl-C ends.")
@shared(
    "--limit",
    "-n",
    type=click.IntRange(min=0),
    metavar="N",
    help="Only the last N, whenever they were; with --follow, begin with those.",
)
@shared(
    "--reorder",
    metavar="DURATION",
    default="1s",
    show_default=True,
    help="How long an event waits for older ones; what comes later still is marked late.",
)
@shared("--live", is_flag=True, help="Follow by CloudWatch's Live Tail too, which costs money.")
@shared(
    "--filter-pattern",
    metavar="PATTERN",
    help="Only what CloudWatch lets through, in its own filter pattern syntax.",
)
@shared(
    "--grep",
    metavar="REGEX",
    multiple=True,
    help="Only events with a match of this (Python's syntax). Repeatable: all must match.",
)
@shared("--exclude", metavar="REGEX", multiple=True, help="No events with a match. Repeatable.")
@shared("--ignore-case", "-i", is_flag=True, help="Upper and lower case are the same.")
@shared(
    "--where",
    metavar="CONDITION",
    multiple=True,
    help=f"{WHERE_GRAMMAR}; @level, @function, @duration_ms and the like for what is no field. "
    "Repeatable: all must hold.",
)
@shared("--level", "-l", metavar="LEVEL", help="This level and above.")
@shared("--invocations", is_flag=True, help="Whole invocations, each when it has ended.")
@shared("--failed", is_flag=True, help="Only invocations that failed, whole.")
@shared("--slower-than", metavar="DURATION", help="Only invocations that took longer, whole.")
@shared("--cold", is_flag=True, help="Only invocations with a cold start, whole.")
@shared("--wide", is_flag=True, help="Date, log group, log stream and request ID in full.")
@shared("--raw", is_flag=True, help="Messages as they were stored, and nothing else.")
@shared("--fields", metavar="A,B.C", help="Of JSON messages only these fields, in this order.")
@shared("--no-time", is_flag=True, help="No times.")
@pipeline_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    follow: bool,
    limit: int | None,
    reorder: str,
    live: bool,
    filter_pattern: str | None,
    grep: tuple[str, ...],
    exclude: tuple[str, ...],
    ignore_case: bool,
    where: tuple[str, ...],
    level: str | None,
    invocations: bool,
    failed: bool,
    slower_than: str | None,
    cold: bool,
    wide: bool,
    raw: bool,
    fields: str | None,
    no_time: bool,
) -> int:
    """Print what happened last, and what happens from now on.

    FUNCTION is a name or a glob; log groups are named with -g. Without --since and -n, the last 10
    minutes are shown; --follow goes on from there. On a terminal a line has the time, the function,
    the last two characters of the log stream, the first eight of the request ID, the level and the
    text; a REPORT shows how the invocation ended. Nothing is lost: what comes late is printed late,
    marked with how far up it belongs.
    """
    filters = make_filters(grep, exclude, where, level, ignore_case=ignore_case)
    tests = make_tests(failed=failed, slower_than=slower_than, cold=cold)
    wish = _Wish(
        filters=filters,
        tests=tests,
        pattern=filter_pattern or "",
        invocations=invocations or bool(tests),
        limit=limit,
        reorder=parse_duration(reorder),
        live=live,
        shape=_shape(output, wide=wide, raw=raw, fields=fields, no_time=no_time),
        fields=None if fields is None else tuple(filter(None, map(str.strip, fields.split(",")))),
        times=not no_time,
    )
    if wish.invocations and wish.pattern:
        raise UsageError(
            "--filter-pattern lets only parts of an invocation through",
            hint="--grep: invocations that hold a match",
        )
    if limit == 0 and not follow:
        raise UsageError("-n 0 shows nothing", hint="--follow with it begins from now on")
    if follow and output.format == "json":
        raise UsageError(
            "-o json is one document, and what is followed has no end",
            hint="-o ndjson: one document for each event",
        )
    if inputs.dry_run:
        return _plan(environment, inputs, output, wish, follow=follow)
    if follow and inputs.until is not None and inputs.until <= inputs.now:
        raise UsageError(
            "--until is past: there is nothing to follow", hint="leave --follow or --until out"
        )
    if follow:
        return _follow(environment, inputs, output, wish)
    return _show_recent(environment, inputs, output, wish)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What the options ask for, understood."""

    filters: Filters | None
    tests: tuple[Callable[[Invocation], bool], ...]
    """Of invocations only those that pass all of them."""
    pattern: str
    invocations: bool
    limit: int | None
    reorder: Millis
    live: bool
    shape: Shape
    fields: tuple[str, ...] | None
    times: bool

    def selection(self) -> Selection:
        """Return what the pipeline is to select."""
        from slsloggrep.recent import Selection

        tests = self.tests
        return Selection(
            match=self.filters.match() if self.filters else None,
            pattern=self.pattern,
            invocations=self.invocations,
            suits=(lambda invocation: all(t(invocation) for t in tests)) if tests else None,
        )

    def showing(self, environment: Environment, inputs: Inputs, output: Output) -> Showing:
        """Return what turns into text what there is to show."""
        from slsloggrep.cli.showing import Showing
        from slsloggrep.render.tail import TailView

        terminal = environment.stdout_is_terminal
        view = TailView(
            shape=self.shape,
            tz=inputs.zone,
            times=self.times,
            fields=self.fields,
            terminal=terminal,
            plain=not environment.has_colour(output.color, terminal=terminal),
            encoding=getattr(environment.stdout, "encoding", None) or "utf-8",
            emphasis=self.filters.emphasis if self.filters else None,
        )
        return Showing(environment, output, view, self.filters.accept if self.filters else None)


def _plan(
    environment: Environment, inputs: Inputs, output: Output, wish: _Wish, *, follow: bool
) -> int:
    from slsloggrep.cli.plan import show_plan
    from slsloggrep.recent import first_query

    selection = wish.selection()
    then = ["invocations that the window cuts would be read whole"] if wish.invocations else []
    if follow:
        then.append("what comes would be read as it comes")
    return show_plan(
        environment,
        inputs,
        output,
        lambda sources: first_query(
            sources,
            selection,
            since=inputs.now if wish.limit == 0 else inputs.since,
            until=inputs.until,
            limit=wish.limit or None,
            now=inputs.now,
        ),
        then="; ".join(then),
    )


def _show_recent(environment: Environment, inputs: Inputs, output: Output, wish: _Wish) -> int:
    from slsloggrep.cli.reply import Reply
    from slsloggrep.recent import recent

    reply = Reply(environment, inputs, output)
    showing = wish.showing(environment, inputs, output)
    with reply.working() as (sources, watch):
        finding = recent(
            sources,
            wish.selection(),
            parser=inputs.make_parser(),
            since=inputs.since,
            until=inputs.until,
            limit=wish.limit,
            now=inputs.now,
            watch=watch,
        )
    if output.format == "json":
        from slsloggrep.export.tail import tail_document

        shown = list(finding.shown)
        for piece in shown:
            showing.account.add(piece)
        reply.write_json(tail_document(showing.documents(shown), finding.coverage))
    else:
        with environment.writing() as stdout:
            for pieces in _batches(finding.shown):
                stdout.write(showing.text_of(pieces))
    if finding.more:
        environment.say(f"shown: the last {wish.limit}; there are more (-n)")
    return reply.conclude(
        found=showing.account.events > 0,
        coverage=finding.coverage,
        window=finding.window,
        interrupted=finding.interrupted,
    )


def _follow(environment: Environment, inputs: Inputs, output: Output, wish: _Wish) -> int:
    started = environment.stopwatch()
    showing = wish.showing(environment, inputs, output)
    left = False
    with environment.interrupts() as cancellation, ExitStack() as closing_all:
        sources = inputs.open_sources(environment, cancellation.__bool__)
        for source in sources:
            closing_all.callback(source.close)
        run = _Following(environment, inputs, wish, cancellation)
        steps = run.steps(sources)
        with closing(steps):
            try:
                _write(environment, showing, steps)
            except BrokenPipeError:
                left = not cancellation
                cancellation.set()
        if left:
            return int(ExitCode.FOUND)
        interrupted = bool(cancellation)
    coverage = run.coverage
    requests = sum(source.requests for source in coverage)
    elapsed = environment.stopwatch() - started
    environment.say(f"{PROGRAM}: {showing.account.line(elapsed, requests)}")
    gaps = sum(len(source.gaps) for source in coverage)
    if gaps:
        environment.say(f"{PROGRAM}: {count_text(gaps, 'thing')} could not be read: see above")
    if interrupted:
        return int(ExitCode.INTERRUPTED)
    if gaps:
        return int(ExitCode.PARTIAL)
    return int(ExitCode.FOUND if showing.account.events else ExitCode.NOTHING)


def _write(environment: Environment, showing: Showing, steps: Iterator[Step]) -> None:
    """Write what comes, until nothing comes any more; raises BrokenPipeError as `put` does."""
    for step in steps:
        for name, gap in step.gaps:
            name = name.removesuffix(":")
            environment.say(f"{PROGRAM}: not read: {name}: {gap.what}: {gap.reason}")
        for notice in step.notices:
            environment.say(f"{PROGRAM}: {notice}")
        if step.shown:
            environment.put(showing.text_of(step.shown))
        elif environment.reader_left():
            raise BrokenPipeError


class _Following:
    """What was shown first, then what is followed; also one who waits for the former."""

    def __init__(
        self, environment: Environment, inputs: Inputs, wish: _Wish, cancellation: Cancellation
    ) -> None:
        self._environment = environment
        self._inputs = inputs
        self._wish = wish
        self._cancellation = cancellation
        self.coverage: Sequence[Coverage] = ()

    def progress(self, _coverage: Coverage) -> None:
        """Hear how far things are; what is followed has no progress."""

    @property
    def cancelled(self) -> bool:
        """Tell whether the user asked to stop."""
        return bool(self._cancellation)

    def steps(self, sources: Sequence[Source]) -> Generator[Step, None, None]:
        """Yield what there is to show, piece by piece."""
        from slsloggrep.follow import Followed, Step, begin_after
        from slsloggrep.sources.base import Following

        inputs, wish = self._inputs, self._wish
        selection = wish.selection()
        late = inputs.late
        finding = None
        since = inputs.since
        if wish.limit:
            try:
                finding = self._recent(sources, selection)
            except AbsentError:
                pass  # then there is nothing before what is waited for
            else:
                for pieces in _batches(finding.shown):
                    yield Step(shown=pieces)
        elif wish.limit == 0:
            since = inputs.now
        followed = Followed(
            sources,
            selection,
            parser=inputs.make_parser(),
            beginning=begin_after(finding, selection, since=since, now=inputs.now, late=late),
            until=inputs.until,
            following=Following(live=wish.live, late=late),
            reorder=wish.reorder,
            clock=self._environment.clock,
            cancelled=self._cancellation.__bool__,
        )
        del finding
        try:
            yield from followed
        finally:
            self.coverage = followed.coverage

    def _recent(self, sources: Sequence[Source], selection: Selection) -> Recent:
        from slsloggrep.recent import recent

        return recent(
            sources,
            selection,
            parser=self._inputs.make_parser(),
            since=self._inputs.since,
            until=self._inputs.until,
            limit=self._wish.limit,
            now=self._inputs.now,
            watch=self,
            ended_only=True,
        )


def _shape(output: Output, *, wide: bool, raw: bool, fields: str | None, no_time: bool) -> Shape:
    """Return how lines look; raises UsageError for options that have no effect together."""
    given = {"--wide": wide, "--raw": raw, "--fields": fields is not None, "--no-time": no_time}
    named = [name for name, is_given in given.items() if is_given]
    if named and output.format != "text":
        raise UsageError(
            f"{named[0]} is for text: -o {output.format} has everything",
            hint=f"without {named[0]}, or without -o {output.format}",
        )
    if raw and len(named) > 1:
        other = next(name for name in named if name != "--raw")
        raise UsageError(f"--raw and {other} contradict each other", hint="one of the two")
    return "raw" if raw else "wide" if wide else "short"


def _batches(shown: Iterable[Shown]) -> Iterator[list[Shown]]:
    pieces = iter(shown)
    while batch := list(islice(pieces, _AT_ONCE)):
        yield batch
