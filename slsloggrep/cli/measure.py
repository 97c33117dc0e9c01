"""What `latency` answers: rows, the slowest, a histogram, or two windows or versions side by side.

What is asked for is understood by `slsloggrep.cli.latency`; figures come from
`slsloggrep.investigate.latency`, and look as `slsloggrep.render` and `slsloggrep.export` have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slsloggrep.analyse.comparison import (
    TESTS,
    compare,
    compare_versions,
)
from slsloggrep.analyse.ledger import Ledger
from slsloggrep.analyse.prices import DEFAULT_ARCHITECTURE, DEFAULT_REGION, Price, price_of
from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.publication import Publication
from slsloggrep.cli.reply import Reply
from slsloggrep.errors import UsageError
from slsloggrep.investigate.latency import REPORTS, LatencyFinding, find_latency
from slsloggrep.model import Change, Latency, Millis, Slow
from slsloggrep.wording import timestamp_text

if TYPE_CHECKING:  # what only people read is loaded when there is something for them to read
    from rich.console import RenderableType

    from slsloggrep.render.hyperlinks import Pages

Range = tuple[Millis, Millis | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the options ask for, understood."""

    by: tuple[str, ...]
    sort: str
    top: int | None
    slowest: int
    compare: Range | None
    compare_version: bool
    approximate: bool
    architecture: str | None
    price: str | None
    histogram: bool

    @property
    def compares(self) -> bool:
        """Tell whether two sides are wanted instead of rows."""
        return self.compare is not None or self.compare_version


def answer(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    wish: Wish,
    publication: Publication,
) -> int:
    """Measure, show, and return the exit code; raises UsageError for a price that is none."""
    if inputs.dry_run:
        return _plan(environment, inputs, output, wish)
    price = _price(environment, inputs, wish)
    by = wish.by
    if wish.compare_version and "version" not in by:
        by = (*by, "version")

    def make_ledger(since: Millis | None, until: Millis | None) -> Ledger:
        return Ledger(
            since=since,
            until=until,
            by=by,
            zone=inputs.zone,
            slowest=wish.slowest,
            price=price,
            approximate=wish.approximate,
        )

    from slsloggrep.cli.steps import after_changes, after_latency

    reply = Reply(environment, inputs, output, publication)
    with reply.working() as (sources, watch):
        finding = find_latency(
            sources,
            parser=inputs.make_parser(),
            since=inputs.since,
            until=inputs.until,
            now=inputs.now,
            make_ledger=make_ledger,
            other=wish.compare,
            watch=watch,
        )
        shown = Shown(finding, wish, price)
    if publication.makes_document:
        from slsloggrep.cli.reports import head_of, latency_report

        head = head_of(environment, inputs, inputs.subject)
        publication.publish(latency_report(head, shown), sources)
    else:
        shown.clean(publication)
        shown.write(reply, inputs, output, publication.pages(sources))
    if finding.other is not None:
        since, until = (timestamp_text(time, inputs.zone) for time in finding.other)
        reply.say(f"compared with what ended from {since} to {until}")
    if shown.left_out:
        reply.say(f"shown: {len(shown.changes)} rows, {shown.left_out} more (--top)")
    if notes := "; ".join(shown.notes):
        reply.say(f"note: {notes}")
    return reply.conclude(
        found=shown.found,
        coverage=shown.coverage,
        window=finding.window,
        interrupted=finding.interrupted,
        step=(
            after_changes(shown.changes)
            if shown.changes
            else after_latency(shown.rows, shown.slowest, inputs.functions)
        ),
    )


class Shown:
    """What there is to show."""

    def __init__(self, finding: LatencyFinding, wish: Wish, price: Price) -> None:
        self.finding = finding
        self._wish = wish
        self._price = price
        self.rows: tuple[Latency, ...] = ()
        self.changes: Sequence[Change] = ()
        self.left_out = 0
        self.slowest: tuple[Slow, ...] = ()
        self.total: Latency | None = None
        self.coverage = finding.coverage
        self.test = TESTS
        """How chance was judged, in words."""
        ledger = finding.ledger
        if finding.compared is not None:
            sides = (finding.compared, ledger)
            if finding.is_swapped:
                sides = (ledger, finding.compared)
            changes = compare(*sides)
            self.changes = _most_telling(changes, wish.top)
            self.left_out = len(changes) - len(self.changes)
        elif wish.compare_version:
            changes = compare_versions(ledger)
            self.changes = _most_telling(changes, wish.top)
            self.left_out = len(changes) - len(self.changes)
        else:
            self.rows = ledger.rows(sort=wish.sort, top=wish.top)
            self.slowest = ledger.slowest()
            self.total = ledger.total()

    def clean(self, publication: Publication) -> None:
        """Take secrets out of it, where they are to be redacted."""
        self.rows, self.changes, self.slowest, self.total, self.coverage = publication.clean(
            (self.rows, tuple(self.changes), self.slowest, self.total, self.coverage)
        )

    @property
    def found(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.rows or self.changes)

    @property
    def notes(self) -> Iterator[str]:
        """What is to be said beside the figures, each once."""
        rows = [*self.rows, *(c.after for c in self.changes if c.after)]
        return iter(dict.fromkeys(note for row in rows for note in row.notes))

    def write(self, reply: Reply, inputs: Inputs, output: Output, pages: Pages) -> None:
        """Write it in the format that was asked for; text leads to pages."""
        if output.is_text:
            if self.found:
                reply.print(self._drawn(reply, inputs, pages))
        elif output.format == "json":
            reply.write_json(self._document())
        else:
            reply.write_ndjson(self._lines())

    def _drawn(self, reply: Reply, inputs: Inputs, pages: Pages) -> Iterator[RenderableType]:
        from slsloggrep.render.latency import (
            LatencyView,
            render_changes,
            render_histogram,
            render_latency,
            render_slowest,
        )

        view = LatencyView(
            tz=inputs.zone,
            terminal=reply.terminal,
            total=self.total,
            sort=self._wish.sort,
            pages=pages,
        )
        if self.changes:
            yield render_changes(self.changes, view, self.test)
            return
        yield render_latency(self.rows, view)
        if self._wish.histogram:
            yield render_histogram(self.rows, view)
        if self.slowest:
            yield render_slowest(self.slowest, view)

    def _document(self) -> dict[str, Any]:
        from slsloggrep.export.latency import changes_document, latency_document

        finding = self.finding
        window = (finding.window.since, finding.window.until)
        other = finding.other
        if self._wish.compares:
            return changes_document(
                self.changes,
                self.coverage,
                self.test,
                before=window if finding.is_swapped or other is None else other,
                after=other if finding.is_swapped and other is not None else window,
            )
        return latency_document(
            self.rows,
            self.slowest,
            self.coverage,
            window=window,
            total=self.total,
            **self._basis(),
        )

    def _lines(self) -> Iterator[dict[str, Any]]:
        from slsloggrep.export.latency import latency_lines

        if self._wish.compares:
            yield self._document()
            return
        finding = self.finding
        window = (finding.window.since, finding.window.until)
        yield from latency_lines(
            self.rows,
            self.slowest,
            self.coverage,
            window=window,
            total=self.total,
            **self._basis(),
        )

    def _basis(self) -> dict[str, Any]:
        price = self._price
        return {
            "relative_error": self.rows[0].relative_error if self.rows else None,
            "prices": {
                "region": price.region,
                "architecture": price.architecture,
                "gb_second_usd": price.gb_second,
                "request_usd": price.request,
            },
        }


def _most_telling(changes: Sequence[Change], top: int | None) -> list[Change]:
    """Return changes, those first that are larger than chance, and no more than wanted."""

    def order(change: Change) -> tuple[bool, float]:
        is_sure = bool(change.larger_than_chance or change.errors_larger_than_chance)
        return not is_sure, 1.0 if change.p_value is None else change.p_value

    return sorted(changes, key=order)[:top] if top else list(changes)


def _price(environment: Environment, inputs: Inputs, wish: Wish) -> Price:
    """Return the price to take: the user's, else that of the only region that is read."""
    region = _region(environment, inputs)
    overrides = dict(inputs.prices)
    if wish.price is not None:
        own = (region or DEFAULT_REGION, wish.architecture or DEFAULT_ARCHITECTURE)
        overrides[own] = _parse_price(wish.price)
    return price_of(region, wish.architecture, overrides)


def _region(environment: Environment, inputs: Inputs) -> str | None:
    """Return the only region that is named; None: none is, or several.

    CloudWatch's is where the calls go, archives come from wherever they were written.
    """
    if inputs.regions:
        return inputs.regions[0] if len(inputs.regions) == 1 else None
    if not all(url.startswith("cloudwatch:") for url in inputs.urls):
        return None
    from slsloggrep.sources.cloudwatch.places import parse_url

    env = environment.env
    usual = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION")
    named = {region for url in inputs.urls for region in parse_url(url).regions or (usual,)}
    return named.pop() if len(named) == 1 else None


def _parse_price(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or any(not 0 <= number < 1 for number in numbers):
        raise UsageError(
            f"'{text}' is no price", hint="dollars for a GB-second and a request: 0.0000166667,2e-7"
        )
    return numbers[0], numbers[1] if len(numbers) == 2 else 0.0


def _plan(environment: Environment, inputs: Inputs, output: Output, wish: Wish) -> int:
    from slsloggrep.cli.plan import show_search_plan
    from slsloggrep.parse.signs import FAILURE_SIGNS

    return show_search_plan(
        environment,
        inputs,
        output,
        (*FAILURE_SIGNS, *REPORTS),
        then="the invocations around the signs of failure would be read whole"
        + ("; so would the other window" if wish.compare else ""),
    )
