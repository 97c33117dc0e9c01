"""`tail --follow`: writes what there is to show as it comes, and tells in the end what that was.

What is followed is `slsloggrep.follow`'s work; what it looks like, `slsloggrep.cli.showing`'s.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial

from slsloggrep.cli.app import PROGRAM
from slsloggrep.cli.context import Cancellation, Environment
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.publication import Publication
from slsloggrep.cli.showing import Showing, batches_of
from slsloggrep.cli.wish import Wish
from slsloggrep.errors import AbsentError, ExitCode
from slsloggrep.follow import Followed, Step, begin_after
from slsloggrep.model import Coverage
from slsloggrep.recent import Recent, Selection, recent
from slsloggrep.sources.base import Following, Source
from slsloggrep.wording import count_text


def follow(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    wish: Wish,
    publication: Publication,
) -> int:
    """Follow until nothing comes any more, or nobody waits; return the exit code."""
    started = environment.stopwatch()
    showing = wish.showing(environment, inputs, output)
    left = False
    with environment.interrupts() as cancellation, ExitStack() as closing_all:
        sources = inputs.open_sources(environment, cancellation.__bool__)
        for source in sources:
            closing_all.callback(source.close)
        showing.pages = partial(publication.pages, sources)
        run = _Following(environment, inputs, wish, cancellation)
        steps = run.steps(sources)
        with closing(steps):
            try:
                _write(environment, showing, steps, publication)
            except BrokenPipeError:
                left = not cancellation
                cancellation.set()
        if left:
            return int(ExitCode.FOUND)
        interrupted = bool(cancellation)
    coverage = run.coverage
    requests = sum(source.requests for source in coverage)
    elapsed = environment.stopwatch() - started
    publication.tell()
    environment.say(f"{PROGRAM}: {showing.account.line(elapsed, requests)}")
    gaps = sum(source.unread for source in coverage)
    if gaps:
        environment.say(f"{PROGRAM}: {count_text(gaps, 'thing')} could not be read: see above")
    if interrupted:
        return int(ExitCode.INTERRUPTED)
    if gaps:
        return int(ExitCode.PARTIAL)
    return int(ExitCode.FOUND if showing.account.events else ExitCode.NOTHING)


def _write(
    environment: Environment, showing: Showing, steps: Iterator[Step], publication: Publication
) -> None:
    """Write what comes, until nothing comes any more; raises BrokenPipeError as `put` does."""
    for step in steps:
        for name, gap in step.gaps:
            name = name.removesuffix(":")
            environment.say(f"{PROGRAM}: not read: {name}: {gap.what}: {gap.reason}")
        for notice in step.notices:
            environment.say(f"{PROGRAM}: {notice}")
        if step.shown:
            environment.put(showing.text_of(list(map(publication.clean, step.shown))))
        elif environment.reader_left():
            raise BrokenPipeError


class _Following:
    """What was shown first, then what is followed; also one who waits for the former."""

    def __init__(
        self, environment: Environment, inputs: Inputs, wish: Wish, cancellation: Cancellation
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
                for pieces in batches_of(finding.shown):
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
