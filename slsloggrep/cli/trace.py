"""`slsloggrep trace ID`: a transaction, stitched and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slsloggrep.cli.app import Command
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import shared
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.publication import Publication, document_options
from slsloggrep.cli.times import parse_duration
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded when the command runs, not when its help is shown
    from slsloggrep.render.trace import Events

_DEFAULT_HOPS = 8


@click.command(
    "trace",
    cls=Command,
    examples=[
        (
            "slsloggrep trace 1-67e1b5c0-3f2a9d1c4b5e6f7a8b9c0d1e -S s3://my-logs/prod",
            "By an X-Ray trace ID; its time tells where to look:",
        ),
        (
            "slsloggrep trace ord-2207 --id-key order_id -S ./logs -s 'yesterday 14:00'",
            "By an order number, in a folder synced from an archive:",
        ),
        (
            "aws s3 cp s3://my-logs/object - | slsloggrep trace ord-2207 -S - -o json",
            "In a pipe, for a program to read:",
        ),
    ],
)
@click.argument("identifier", metavar="ID")
@shared(
    "--events",
    type=click.Choice(["none", "key", "all"]),
    default="key",
    show_default=True,
    help="Records shown under each invocation; key: warnings, errors, what the platform states, "
    "and what mentions the ID.",
)
@shared(
    "--reach",
    metavar="DURATION",
    default="1h",
    show_default=True,
    help="How far around what was found the IDs that it reveals are looked for.",
)
@shared(
    "--max-hops",
    type=click.IntRange(min=0),
    metavar="N",
    default=_DEFAULT_HOPS,
    show_default=True,
    help="How many times trace IDs of those found are followed to others.",
)
@pipeline_options
@document_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    identifier: str,
    events: Events,
    reach: str,
    max_hops: int,
    publication: Publication,
) -> int:
    """Show every invocation that served a transaction, in time order.

    ID is whatever you have: a request ID, an X-Ray or W3C trace ID or the whole header, a
    correlation ID, an order number, the console's page of a trace. It is looked for as a whole
    word. Without --since and --until the window comes from the time inside the ID, where it has
    one; else everything is searched.
    """
    from slsloggrep.cli.pasted import identifier_of
    from slsloggrep.cli.reply import Reply
    from slsloggrep.cli.steps import after_trace
    from slsloggrep.investigate import trace

    if not identifier.strip():
        raise UsageError("the ID is empty", hint="a request ID, a trace ID, an order number, …")
    identifier, inputs = identifier_of(environment, inputs, identifier)
    if inputs.dry_run:
        return _plan(environment, inputs, output, identifier)
    around = parse_duration(reach)
    reply = Reply(environment, inputs, output, publication)
    with reply.working() as (sources, watch):
        finding = trace(
            sources,
            identifier,
            parser=inputs.make_parser(),
            since=inputs.since,
            until=inputs.until,
            reach=around,
            max_hops=max_hops,
            watch=watch,
            now=inputs.now,
        )
    if not publication.makes_document:
        finding = publication.clean(finding, identifier)
    transaction, coverage = finding.transaction, finding.coverage
    found = bool(transaction.members or transaction.unattributed)
    # Each format loads what it needs, and only once the answer is there.
    if publication.makes_document:
        from slsloggrep.cli.reports import head_of, trace_report

        head = head_of(environment, inputs, identifier)
        publication.publish(trace_report(head, finding), sources, identifier)
    elif output.format == "json":
        from slsloggrep.export.trace import trace_document

        reply.write_json(trace_document(transaction, coverage))
    elif output.format == "ndjson":
        from slsloggrep.export.trace import trace_lines

        reply.write_ndjson(trace_lines(transaction, coverage))
    elif found:
        from slsloggrep.render.trace import TraceView, render_trace

        pages = publication.pages(sources)
        view = TraceView(events=events, tz=inputs.zone, terminal=reply.terminal, pages=pages)
        reply.print([render_trace(transaction, coverage, view)])
    hops = f"trace IDs were followed for {max_hops} hops and lead further: --max-hops takes more"
    return reply.conclude(
        found=found,
        coverage=coverage,
        window=finding.window,
        interrupted=finding.interrupted,
        missing=hops if transaction.hops_cut else None,
        step=after_trace(transaction),
    )


def _plan(environment: Environment, inputs: Inputs, output: Output, identifier: str) -> int:
    from slsloggrep.cli.plan import show_plan
    from slsloggrep.investigate import trace_query
    from slsloggrep.parse import recognise

    return show_plan(
        environment,
        inputs,
        output,
        lambda sources: trace_query(
            sources,
            recognise(identifier),
            since=inputs.since,
            until=inputs.until,
            now=inputs.now,
        ),
        then="what is found would be read whole, and the IDs in it looked for around it",
    )
