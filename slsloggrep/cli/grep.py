"""`slsloggrep grep PATTERN`: events that match, or the invocations that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from slsloggrep.cli.app import Command
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import shared
from slsloggrep.cli.matching import WHERE_GRAMMAR, Accept, make_criteria
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.publication import Publication, document_options

if TYPE_CHECKING:  # loaded when the command runs, not when its help is shown
    from rich.console import RenderableType

    from slsloggrep.cli.steps import Trail
    from slsloggrep.investigate import GrepFinding
    from slsloggrep.model import Record
    from slsloggrep.render.events import EventView


@click.command(
    "grep",
    cls=Command,
    examples=[
        ("slsloggrep grep 'connection refused' -S s3://my-logs/prod -s 2h", "Plain text:"),
        (
            "slsloggrep grep -E 'took [0-9]{4,} ms' --invocations -S ./logs",
            "A regex, and the whole invocations that hold a match:",
        ),
        (
            "slsloggrep grep --where 'response.statusCode>=400' -l error -S demo: -o ndjson",
            "By fields and level, for a program to read:",
        ),
    ],
)
@click.argument("pattern", required=False)
@shared("--regex", "-E", is_flag=True, help="PATTERN is a regular expression (Python's).")
@shared("--ignore-case", "-i", is_flag=True, help="Upper and lower case are the same.")
@shared(
    "--where",
    metavar="CONDITION",
    multiple=True,
    help=f"{WHERE_GRAMMAR}; @level, @function, @duration_ms and the like for what is no field. "
    "Repeatable: all must hold.",
)
@shared("--level", "-l", metavar="LEVEL", help="This level and above.")
@shared("--limit", "-n", type=click.IntRange(min=1), metavar="N", help="The first N, and no more.")
@shared("--invocations", is_flag=True, help="The whole invocations that hold a match.")
@pipeline_options
@document_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    pattern: str | None,
    regex: bool,
    ignore_case: bool,
    where: tuple[str, ...],
    level: str | None,
    limit: int | None,
    invocations: bool,
    publication: Publication,
) -> int:
    """Print the events that match, or the whole invocations that hold a match.

    PATTERN is plain text, looked for in the message as stored and in the strings inside it; it can
    be left out where --where or --level say what is wanted.
    """
    from slsloggrep.cli.reply import Reply
    from slsloggrep.cli.steps import Trail
    from slsloggrep.investigate import Match, grep
    from slsloggrep.render.events import EventView

    criteria = make_criteria(
        pattern, regex=regex, ignore_case=ignore_case, where=where, level=level
    )
    if inputs.dry_run:
        from slsloggrep.cli.plan import show_search_plan

        then = "the invocations that hold a match would be read whole" if invocations else ""
        return show_search_plan(environment, inputs, output, criteria.literals, then=then)
    reply, trail = Reply(environment, inputs, output, publication), Trail()
    with reply.working() as (sources, watch):
        finding = grep(
            sources,
            Match(literals=criteria.literals, accept=criteria.accept, plausible=criteria.plausible),
            parser=inputs.make_parser(),
            since=inputs.since,
            until=inputs.until,
            limit=limit,
            invocations=invocations,
            watch=watch,
            now=inputs.now,
        )
    if publication.makes_document:
        from slsloggrep.cli.reports import events_report, head_of

        head = head_of(environment, inputs, pattern or "")
        report = events_report(
            head,
            _records(finding, invocations=invocations),
            finding.window,
            finding.coverage,
            _cut(finding, limit),
            interrupted=finding.interrupted,
        )
        publication.publish(report, sources, *([pattern] if pattern else ()))
    elif output.is_text:
        view = EventView(
            tz=inputs.zone,
            terminal=reply.terminal,
            encoding=reply.encoding,
            emphasis=criteria.emphasis,
            pages=publication.pages(sources),
        )
        reply.print(
            _renderables(
                finding, view, criteria.accept, publication, trail, invocations=invocations
            )
        )
    elif output.format == "json":
        from slsloggrep.export.events import grep_document

        reply.write_json(
            grep_document(
                _documents(finding, publication, invocations=invocations),
                publication.clean(finding.coverage),
            )
        )
    else:
        reply.write_ndjson(_documents(finding, publication, invocations=invocations))
    for line in _cut(finding, limit):
        reply.say(line)
    return reply.conclude(
        found=finding.matched > 0,
        coverage=finding.coverage,
        window=finding.window,
        interrupted=finding.interrupted,
        step=trail.step,
    )


def _cut(finding: GrepFinding, limit: int | None) -> list[str]:
    if limit is None or finding.matched <= limit:
        return []
    return [f"shown: {limit} of {finding.matched} (--limit)"]


def _renderables(
    finding: GrepFinding,
    view: EventView,
    accept: Accept,
    publication: Publication,
    trail: Trail,
    *,
    invocations: bool,
) -> Iterator[RenderableType]:
    from slsloggrep.render.events import render_invocation, render_record

    if not invocations:
        for record in map(publication.clean, finding.records):
            trail.add_record(record)
            yield render_record(record, view, function=_function_of(record))
        return
    for invocation in finding.invocations:
        matches = [i for i, record in enumerate(invocation.records) if accept(record)]
        cleaned = publication.clean(invocation)
        trail.add(cleaned.request_id)
        yield render_invocation(cleaned, view, matches=matches)
    for record in map(publication.clean, finding.unattributed):
        yield render_record(record, view, function=_function_of(record))


def _documents(
    finding: GrepFinding, publication: Publication, *, invocations: bool
) -> Iterator[dict[str, Any]]:
    from slsloggrep.export.events import event_document, invocation_events

    if not invocations:
        for record in map(publication.clean, finding.records):
            yield event_document(record, function=_function_of(record))
        return
    for invocation in map(publication.clean, finding.invocations):
        yield from invocation_events(invocation)
    for record in map(publication.clean, finding.unattributed):
        yield event_document(record, function=_function_of(record))


def _records(finding: GrepFinding, *, invocations: bool) -> Iterator[Record]:
    if not invocations:
        yield from (replace(record, function=_function_of(record)) for record in finding.records)
        return
    for invocation in finding.invocations:
        yield from (
            replace(r, function=r.function or invocation.function) for r in invocation.records
        )
    yield from (replace(record, function=_function_of(record)) for record in finding.unattributed)


def _function_of(record: Record) -> str:
    from slsloggrep.parse import function_of

    return record.function or function_of(record.event.log_group, record.event.log_stream)
