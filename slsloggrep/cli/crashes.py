"""`slsloggrep crashes [FUNCTION]...`: what crashed, of which kind, how often, since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slsloggrep.cli.app import Command
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import offer, shared
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.publication import Publication, document_options
from slsloggrep.cli.times import parse_duration
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded when the command runs, not when its help is shown
    from rich.console import RenderableType

    from slsloggrep.cli.reply import Reply
    from slsloggrep.investigate.crashes import CrashFinding
    from slsloggrep.render.hyperlinks import Pages

_MANY = 20
"""More crashes than this are shown in groups on a terminal."""


@click.command(
    "crashes",
    cls=Command,
    examples=[
        (
            "slsloggrep crashes -s 24h --baseline 7d",
            "What crashed in a day, and what is new:",
        ),
        ("slsloggrep crashes 'shop-*' -n 20 -S s3://my-logs/prod", "The last 20, one by one:"),
        ("slsloggrep crashes -f --exec ./page-me", "As they come, and a program for each:"),
    ],
)
@click.argument("function_arguments", metavar="[FUNCTION]...", nargs=-1, shell_complete=offer)
@shared("--limit", "-n", type=click.IntRange(min=1), metavar="N", help="The newest N, no more.")
@shared(
    "--groups/--list",
    "grouped",
    default=None,
    help="The same crash once, with its count, or each by itself. On a terminal many are shown "
    "in groups. A bare --group is the same as --groups.",
)
@shared("--wide", is_flag=True, help="Nothing is cut to the terminal's width: long texts wrap.")
@shared(
    "--logged-errors",
    is_flag=True,
    help="Errors, too, that were handled and only logged; reads everything.",
)
@shared(
    "--line-numbers",
    is_flag=True,
    help="Errors on different lines of your own code are different; without it a fingerprint "
    "outlives an edit above them.",
)
@shared(
    "--baseline",
    metavar="DURATION",
    help="How long before --since is searched, too: what is not in it is new.",
)
@shared("--follow", "-f", is_flag=True, help="Tell crashes as they come; Ctrl-C ends.")
@shared("--bell", is_flag=True, help="With --follow: ring the terminal's bell for each.")
@shared(
    "--exec",
    "program",
    metavar="COMMAND",
    help="With --follow: run this for each, without a shell; what crashed is in the variables "
    "SLSLOGGREP_CRASH_FUNCTION, _KIND, _REQUEST_ID, _FINGERPRINT, ... and as JSON on stdin.",
)
@pipeline_options
@document_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    limit: int | None,
    grouped: bool | None,
    wide: bool,
    logged_errors: bool,
    line_numbers: bool,
    baseline: str | None,
    follow: bool,
    bell: bool,
    program: str | None,
    publication: Publication,
) -> int:
    """Tell what crashed, the newest first, or all that is known of one crash.

    FUNCTION is a name or a glob. A crash is what did not end well, by REPORT's status or by what
    the runtime reports: errors, timeouts, out of memory, failed inits; an error that was handled
    and logged is none. `crashes show` with a fingerprint or a request ID tells all of one.
    """
    before = None if baseline is None else parse_duration(baseline)
    if (bell or program) and not follow:
        raise UsageError(f"{'--bell' if bell else '--exec'} is for what is followed", hint="-f")
    if inputs.dry_run:
        return _plan(environment, inputs, output)
    if follow:
        publication.refuse_following()
        given = {
            "--logged-errors": logged_errors,
            "--baseline": baseline,
            "--groups": grouped,
            "--limit": limit,
        }
        for name in filter(given.get, given):
            raise UsageError(f"{name} is not for what is followed", hint=f"without {name} or -f")
        from slsloggrep.cli.crash_watch import watch_crashes

        return watch_crashes(
            environment, inputs, output, bell=bell, program=program, publication=publication
        )
    from slsloggrep.cli.reply import Reply
    from slsloggrep.cli.steps import after_crashes
    from slsloggrep.investigate.crashes import find_crashes

    reply = Reply(environment, inputs, output, publication)
    with reply.working() as (sources, watch):
        finding = find_crashes(
            sources,
            parser=inputs.make_parser(),
            since=inputs.since,
            until=inputs.until,
            now=inputs.now,
            limit=limit,
            logged=logged_errors,
            lines=line_numbers,
            baseline=before,
            watch=watch,
        )
    if grouped is None:
        many = reply.terminal and limit is None and len(finding.crashes) > _MANY
        grouped = many or baseline is not None
    if baseline is not None and finding.window.since is None:
        reply.say("--baseline: nothing is before everything; -s says since when")
    if publication.makes_document:
        from slsloggrep.cli.reports import crashes_report, head_of

        head = head_of(environment, inputs, inputs.subject)
        if grouped and output.format == "csv" and publication.table is None:
            publication.table = "crash_groups"
        publication.publish(crashes_report(head, finding), sources)
    else:
        cleaned = publication.clean(finding)
        pages = publication.pages(sources)
        _write(reply, inputs, output, cleaned, pages, grouped=grouped, wide=wide)
    shown = [group.sample for group in finding.groups] if grouped else finding.crashes
    if finding.since != finding.window.since:
        reply.say(f"shown: the newest {limit}; what is older was not read (--limit)")
    elif len(finding.crashes) < finding.found:
        reply.say(f"shown: the newest {limit} of {finding.found} (--limit)")
    return reply.conclude(
        found=bool(finding.crashes),
        coverage=finding.coverage,
        window=finding.window,
        interrupted=finding.interrupted,
        step=after_crashes(shown),
    )


def _write(
    reply: Reply,
    inputs: Inputs,
    output: Output,
    finding: CrashFinding,
    pages: Pages,
    *,
    grouped: bool,
    wide: bool,
) -> None:
    crashes, groups, coverage = finding.crashes, finding.groups, finding.coverage
    if output.format == "json":
        from slsloggrep.export.crashes import crashes_document

        reply.write_json(crashes_document(crashes, groups, coverage))
    elif output.format == "ndjson":
        from slsloggrep.export.crashes import crash_lines

        reply.write_ndjson(crash_lines(crashes, groups, coverage))
    elif crashes:
        from slsloggrep.render.crashes import CrashView, render_crashes, render_groups

        view = CrashView(
            tz=inputs.zone,
            terminal=reply.terminal,
            wide=wide,
            since=finding.window.since,
            until=finding.window.until,
            pages=pages,
        )
        page: RenderableType
        page = render_groups(groups, view) if grouped else render_crashes(crashes, view)
        reply.print([page])


def _plan(environment: Environment, inputs: Inputs, output: Output) -> int:
    from slsloggrep.cli.plan import show_search_plan
    from slsloggrep.investigate.crashes import BOUNDS
    from slsloggrep.parse.signs import FAILURE_SIGNS

    return show_search_plan(
        environment,
        inputs,
        output,
        (*FAILURE_SIGNS, *BOUNDS),
        then="the invocations around the signs of failure would be read whole",
    )
