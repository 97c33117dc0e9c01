"""`slsloggrep crashes show NAME`: all that the logs know of one crash."""

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
    from slsloggrep.cli.reply import Reply
    from slsloggrep.investigate.crash_report import CrashReportFinding


@click.command(
    "crashes show",
    cls=Command,
    examples=[
        ("slsloggrep crashes show 3f2a9d1c -s 24h", "The newest crash of a fingerprint:"),
        (
            "slsloggrep crashes show 8f6c1e0a-5b7d-4c39-9a41-2d3e4f5a6b7c -S ./logs",
            "The crash of one request:",
        ),
        ("slsloggrep crashes show e36cbfa5 -S demo: -o json", "For a program to read:"),
    ],
)
@click.argument("name", metavar="FINGERPRINT|REQUEST_ID")
@shared(
    "--reach",
    metavar="DURATION",
    default="1h",
    show_default=True,
    help="How far around the crash its transaction is looked for.",
)
@pipeline_options
@document_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    name: str,
    reach: str,
    publication: Publication,
) -> int:
    """Tell all that the logs know of one crash, and what to try next.

    What happened in plain words, the error with your own frames, the invocation whole, what led up
    to it in the same environment, the attempts, the transaction it is part of, and what was left
    undone. The first six characters of a name are enough; of several crashes it is the newest.
    """
    from slsloggrep.cli.reply import Reply
    from slsloggrep.investigate.crash_report import SHORTEST_PREFIX, report_crash

    if len(name.strip()) < SHORTEST_PREFIX:
        raise UsageError(
            f"'{name}' names no crash: it is too short",
            hint=f"a fingerprint or a request ID, or the first {SHORTEST_PREFIX} characters of one",
        )
    if inputs.dry_run:
        raise UsageError(
            "what is read depends on the crash: there is no plan",
            hint="slsloggrep crashes --dry-run tells what the search for it takes",
        )
    around = parse_duration(reach)
    reply = Reply(environment, inputs, output, publication)
    with reply.working() as (sources, watch):
        finding = report_crash(
            sources,
            name,
            parser=inputs.make_parser(),
            since=inputs.since,
            until=inputs.until,
            now=inputs.now,
            reach=around,
            watch=watch,
        )
    if publication.makes_document:
        from slsloggrep.cli.reports import crash_report, head_of

        head = head_of(environment, inputs, name)
        publication.publish(crash_report(head, finding), sources, name)
        return _conclude(reply, finding)
    finding = publication.clean(finding, name)
    if not output.is_text:
        from slsloggrep.export.crashes import crash_report_document, no_crash_document

        document = (
            crash_report_document(finding.report, finding.coverage)
            if finding.report is not None
            else no_crash_document(finding.coverage)
        )
        if output.format == "json":
            reply.write_json(document)
        else:
            reply.write_ndjson([document])
    elif finding.report is not None:
        from slsloggrep.render.crash_report import CrashReportView, render_crash_report

        typed = publication.clean(inputs.typed)
        view = CrashReportView(
            tz=inputs.zone,
            terminal=reply.terminal,
            arguments=typed,
            pages=publication.pages(sources),
        )
        reply.print([render_crash_report(finding.report, view)])
    return _conclude(reply, finding)


def _conclude(reply: Reply, finding: CrashReportFinding) -> int:
    return reply.conclude(
        found=finding.report is not None,
        coverage=finding.coverage,
        window=finding.window,
        interrupted=finding.interrupted,
    )
