"""`slsloggrep tail [FUNCTION]...`: what happened last, and what happens from now on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from slsloggrep.cli.app import Command
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import offer, shared
from slsloggrep.cli.filters import make_emphasis, make_filters, make_tests
from slsloggrep.cli.matching import WHERE_GRAMMAR
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.publication import Publication, document_options
from slsloggrep.cli.times import parse_duration
from slsloggrep.cli.wish import Wish
from slsloggrep.errors import UsageError
from slsloggrep.wording import count_text

if TYPE_CHECKING:  # loaded when the command runs, not when its help is shown
    from slsloggrep.render.tail import Shape


@click.command(
    "tail",
    cls=Command,
    examples=[
        ("slsloggrep tail 'shop-*' -f -l warn", "Warnings and errors of many, as they come:"),
        ("slsloggrep tail checkout -f -n 0 --failed", "From now on, what fails, whole:"),
        ("slsloggrep tail -g /ecs/web -n 50 -o ndjson | jq .message", "For a program to read:"),
    ],
)
@click.argument("function_arguments", metavar="[FUNCTION]...", nargs=-1, shell_complete=offer)
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
@shared(
    "--highlight",
    metavar="REGEX",
    multiple=True,
    help="Mark what matches, and leave nothing out for it. Repeatable.",
)
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
@document_options
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
    highlight: tuple[str, ...],
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
    publication: Publication,
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
    wish = Wish(
        filters=filters,
        emphasis=make_emphasis(filters, highlight, ignore_case=ignore_case),
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
        publication.refuse_following()
        from slsloggrep.cli.following import follow as follow_on

        return follow_on(environment, inputs, output, wish, publication)
    return _show_recent(environment, inputs, output, wish, publication)


def _plan(
    environment: Environment, inputs: Inputs, output: Output, wish: Wish, *, follow: bool
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


def _show_recent(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    wish: Wish,
    publication: Publication,
) -> int:
    from slsloggrep.cli.reply import Reply
    from slsloggrep.cli.showing import batches_of
    from slsloggrep.recent import recent

    reply = Reply(environment, inputs, output, publication)
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
    showing.pages = partial(publication.pages, sources)
    if publication.makes_document:
        from slsloggrep.cli.reports import events_report, head_of, records_of

        shown = list(finding.shown)
        for piece in shown:
            showing.account.add(piece)
        report = events_report(
            head_of(environment, inputs, inputs.subject),
            records_of(shown),
            finding.window,
            finding.coverage,
            [f"the last {count_text(wish.limit or 0, 'event')}; there are more (-n)"]
            if finding.more
            else (),
            interrupted=finding.interrupted,
        )
        publication.publish(report, sources)
    elif output.format == "json":
        from slsloggrep.export.tail import tail_document

        shown = list(map(publication.clean, finding.shown))
        for piece in shown:
            showing.account.add(piece)
        coverage = publication.clean(finding.coverage)
        reply.write_json(tail_document(showing.documents(shown), coverage))
    elif output.is_picture:
        reply.print(showing.renderables(map(publication.clean, finding.shown)))
    elif output.format == "ndjson" and not publication.delivery.to_stdout:
        reply.write_ndjson(showing.counted_documents(map(publication.clean, finding.shown)))
    else:
        with environment.writing() as stdout:
            for pieces in batches_of(map(publication.clean, finding.shown)):
                stdout.write(showing.text_of(pieces))
    if finding.more:
        reply.say(f"shown: the last {wish.limit}; there are more (-n)")
    return reply.conclude(
        found=showing.account.events > 0,
        coverage=finding.coverage,
        window=finding.window,
        interrupted=finding.interrupted,
        step=showing.account.trail.step,
    )


def _shape(output: Output, *, wide: bool, raw: bool, fields: str | None, no_time: bool) -> Shape:
    """Return how lines look; raises UsageError for options that have no effect together."""
    given = {"--wide": wide, "--raw": raw, "--fields": fields is not None, "--no-time": no_time}
    named = [name for name, is_given in given.items() if is_given]
    if named and not output.is_text:
        raise UsageError(
            f"{named[0]} is for text: -o {output.format} has everything",
            hint=f"without {named[0]}, or without -o {output.format}",
        )
    if raw and len(named) > 1:
        other = next(name for name in named if name != "--raw")
        raise UsageError(f"--raw and {other} contradict each other", hint="one of the two")
    return "raw" if raw else "wide" if wide else "short"
