"""`slsloggrep functions [FUNCTION]...`: what is deployed, and what of it hides from a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slsloggrep.cli.accounts import of_account
from slsloggrep.cli.app import Command
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import offer, shared
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.publication import Publication, document_options
from slsloggrep.errors import ExitCode, UsageError
from slsloggrep.wording import count_text

if TYPE_CHECKING:  # loaded when the command runs, not when its help is shown
    from collections.abc import Sequence

    from slsloggrep.cli.progress import Progress
    from slsloggrep.cli.reply import Reply
    from slsloggrep.model import Coverage
    from slsloggrep.model.inventory import DeployedFunction, Inspected
    from slsloggrep.render.hyperlinks import Pages
    from slsloggrep.sources.base import Selection, Source

EXIT_CODES = (
    (0, "there are such functions"),
    (1, "there are none, and everything was asked"),
    (2, "the command line makes no sense"),
    (3, "something was not to be had; stderr says what, and which permission is missing"),
    (4, "not a single function could be listed"),
    (130, "interrupted; what was found until then is shown"),
)


@click.command(
    "functions",
    cls=Command,
    examples=[
        ("slsloggrep functions", "What there is, and what is unhealthy of it:"),
        (
            "slsloggrep functions 'shop-*' --stack shop-prod --profile prod --region eu-west-1",
            "Functions of a stack, nested ones too, by name:",
        ),
        (
            "slsloggrep functions --tag team=checkout --no-activity -o json",
            "Those of a team, for a program, without asking when they ran last:",
        ),
    ],
    exit_codes=EXIT_CODES,
)
@click.argument("function_arguments", metavar="[FUNCTION]...", nargs=-1, shell_complete=offer)
@shared(
    "--no-activity",
    is_flag=True,
    help="Do not ask when something was logged last, which takes a call for each log group.",
)
@of_account
@pipeline_options
@document_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    no_activity: bool,
    publication: Publication,
) -> int:
    """List functions with how they log, and what is unhealthy of that.

    FUNCTION is a name, a glob or an ARN. Unhealthy is what an investigation will miss or pay for:
    a retention that never expires, no JSON, a system log level of WARN, no tracing, no log group.
    The last activity is CloudWatch's own word, which may lag by an hour. No logs are read.
    """
    from slsloggrep.analyse.health import find_weaknesses
    from slsloggrep.cli.reply import Reply
    from slsloggrep.cli.steps import after_functions
    from slsloggrep.investigate import Window
    from slsloggrep.model.inventory import Inspected
    from slsloggrep.sources.base import Selection

    if inputs.dry_run:
        raise UsageError(
            "functions reads no logs, so there is nothing to plan", hint="no --dry-run"
        )
    reply = Reply(environment, inputs, output, publication)
    selection = Selection(activity=not no_activity)
    with reply.working() as (sources, watch):
        functions, coverage = _list(sources, selection, watch)
        interrupted = watch.cancelled
    inspected = tuple(Inspected(each, find_weaknesses(each)) for each in functions)
    if publication.makes_document:
        from slsloggrep.cli.reports import functions_report, head_of

        head = head_of(environment, inputs, inputs.subject)
        report = functions_report(head, inspected, coverage, interrupted=interrupted)
        publication.publish(report, sources)
    else:
        pages = publication.pages(sources)
        _show(reply, inputs, output, publication.clean((inspected, coverage)), pages)
    publication.tell()
    code = _tell(reply, inspected, publication.clean(coverage), interrupted=interrupted)
    reply.tell_next(after_functions(functions), Window(since=None, until=None, reason=""))
    reply.finish()
    return int(code)


def _tell(
    reply: Reply,
    functions: Sequence[Inspected],
    coverage: Sequence[Coverage],
    *,
    interrupted: bool,
) -> ExitCode:
    reply.tell(coverage)
    gaps = sum(source.unread for source in coverage)
    unhealthy = sum(1 for each in functions if each.weaknesses)
    of = f", {unhealthy} of them unhealthy for logging" if unhealthy else ""
    reply.say(f"{count_text(len(functions), 'function')}{of}")
    if interrupted:
        reply.say("interrupted: the list is partial")
        return ExitCode.INTERRUPTED
    if gaps:
        reply.say(f"the list is partial: {count_text(gaps, 'thing')} could not be had")
        return ExitCode.PARTIAL
    return ExitCode.FOUND if functions else ExitCode.NOTHING


def _list(
    sources: Sequence[Source], selection: Selection, watch: Progress
) -> tuple[list[DeployedFunction], tuple[Coverage, ...]]:
    """Return the functions of all sources; one that cannot be used is a gap if another one can."""
    from slsloggrep.errors import SourceError
    from slsloggrep.model import Coverage, Gap
    from slsloggrep.sources.base import Lister

    functions: list[DeployedFunction] = []
    totals: list[Coverage] = []
    failures: list[SourceError] = []
    for source in sources:
        if not isinstance(source, Lister):
            raise UsageError(
                f"'{source.name}' does not know which functions there are",
                hint="functions are listed from accounts: -S cloudwatch:, --profile, --region",
            )
        totals.append(Coverage(source=source.name))

        def report(increment: Coverage, index: int = len(totals) - 1) -> None:
            totals[index] += increment
            watch.progress(totals[index])

        try:
            functions += source.list_functions(selection, report)
        except SourceError as error:
            failures.append(error)
            if len(failures) == len(sources):
                raise failures[0] from error
            report(Coverage(source=source.name, gaps=(Gap(source.name, error.reason),)))
    return functions, tuple(totals)


def _show(
    reply: Reply,
    inputs: Inputs,
    output: Output,
    found: tuple[Sequence[Inspected], Sequence[Coverage]],
    pages: Pages,
) -> None:
    functions, coverage = found
    if output.format == "json":
        from slsloggrep.export.functions import functions_document

        reply.write_json(functions_document(functions, coverage))
    elif output.format == "ndjson":
        from slsloggrep.export.functions import function_lines

        reply.write_ndjson(function_lines(functions))
    elif functions:
        from slsloggrep.render.functions import FunctionsView, render_functions

        view = FunctionsView(now=inputs.now, terminal=reply.terminal, pages=pages)
        reply.print([render_functions(functions, view)])
