"""`--dry-run`: what a command would read, and what that is thought to take, without reading it.

Commands call `show_plan` with the query of their first pass. The figures are the sources', their
look `slsloggrep.render.plan`'s and `slsloggrep.export.plan`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.progress import Progress
from slsloggrep.cli.reply import Reply
from slsloggrep.errors import ExitCode, SourceError
from slsloggrep.model import Coverage, Gap, PlannedRead, Query
from slsloggrep.sources.base import Planner, Source
from slsloggrep.wording import count_text

Plan = dict[str, tuple[PlannedRead, ...] | None]


def show_plan(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    ask: Callable[[Sequence[Source]], Query],
    *,
    then: str = "",
) -> int:
    """Print what sources would read for a query, and return the exit code: 0, or 3 with gaps.

    `ask` returns the query, once it is known which sources there are: without any window the kind
    of source decides. `then` says what the command would read after that. Raises SourceError where
    no source can be used, UsageError as the command itself would.
    """
    reply = Reply(environment, inputs, output)
    with reply.working() as (sources, watch):
        query = ask(sources)
        plans, coverage = _plan(sources, query, watch)
        interrupted = watch.cancelled
    since, until = query.bounds
    if output.format == "json":
        from slsloggrep.export.plan import plan_document

        reply.write_json(plan_document(plans, since, until, coverage))
    elif output.format == "ndjson":
        from slsloggrep.export.plan import plan_lines

        reply.write_ndjson(plan_lines(plans))
    else:
        from slsloggrep.render.plan import PlanView, render_plan

        view = PlanView(tz=inputs.zone, terminal=reply.terminal, encoding=reply.encoding)
        reply.print([render_plan(plans, since, until, view)])
    environment.say("a dry run: no logs were read" + (f"; {then}" if then else ""))
    reply.tell(coverage)
    if interrupted:
        environment.say("interrupted: the plan is not whole")
        return int(ExitCode.INTERRUPTED)
    if gaps := sum(source.unread for source in coverage):
        environment.say(f"the plan is partial: {count_text(gaps, 'thing')} could not be looked at")
        return int(ExitCode.PARTIAL)
    return int(ExitCode.FOUND)


def show_search_plan(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    literals: tuple[str, ...],
    *,
    then: str = "",
) -> int:
    """Print what sources would read to find one of the literals; see `show_plan`."""
    from slsloggrep.investigate import first_query

    return show_plan(
        environment,
        inputs,
        output,
        lambda sources: first_query(
            sources, literals, since=inputs.since, until=inputs.until, now=inputs.now
        ),
        then=then,
    )


def _plan(
    sources: Sequence[Source], query: Query, watch: Progress
) -> tuple[Plan, tuple[Coverage, ...]]:
    """Return what each source would read; one that cannot be used is a gap if another one can."""
    plans: Plan = {}
    coverage: list[Coverage] = []
    failures: list[SourceError] = []
    for source in sources:
        total = Coverage(source=source.name)

        def report(increment: Coverage, index: int = len(coverage)) -> None:
            coverage[index] += increment
            watch.progress(coverage[index])

        coverage.append(total)
        plans[source.name] = None
        if watch.cancelled:
            report(Coverage(source=source.name, gaps=(Gap(source.name, "interrupted"),)))
            continue
        if not isinstance(source, Planner):
            continue
        try:
            plans[source.name] = tuple(source.plan(query, report))
        except SourceError as error:
            failures.append(error)
            if len(failures) == len(sources):
                raise failures[0] from error
            gap = Gap(source.name, error.reason)
            report(Coverage(source=source.name, gaps=(gap,)))
    return plans, tuple(coverage)
