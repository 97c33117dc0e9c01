"""`slsloggrep report incident [FUNCTION]...`: all that is known of an incident, as a document."""

from __future__ import annotations

import click

from slsloggrep.cli.app import Command
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import offer, shared
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.publication import Publication, document_options
from slsloggrep.cli.times import parse_duration


@click.command(
    "report incident",
    cls=Command,
    examples=[
        (
            "slsloggrep report incident -s 2h -O incident.html --open",
            "What happened in the last two hours, in the browser:",
        ),
        (
            "slsloggrep report incident 'shop-*' -s 'today 14:00' -u 'today 15:00' --redact",
            "For an issue, without secrets:",
        ),
        (
            "slsloggrep report incident -s 1h --baseline 7d -O s3://reports/incident.html",
            "Beside a whole week, for colleagues:",
        ),
    ],
)
@click.argument("function_arguments", metavar="[FUNCTION]...", nargs=-1, shell_complete=offer)
@shared(
    "--baseline",
    metavar="DURATION",
    help="How long before --since is read, too, to tell what is new or slower: as long as the "
    "window is, and an hour at least, unless you say so.",
)
@shared(
    "--whole",
    type=click.IntRange(min=0),
    metavar="N",
    default=3,
    show_default=True,
    help="How many transactions that crashed are shown whole.",
)
@shared(
    "--reach",
    metavar="DURATION",
    default="1h",
    show_default=True,
    help="How far around a crash its transaction is looked for.",
)
@pipeline_options
@document_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    baseline: str | None,
    whole: int,
    reach: str,
    publication: Publication,
) -> int:
    """Report an incident: what broke, when it began, whom it hit, what is not known.

    Crashes in groups, and which of them are new; running times before and during; the transactions
    that were hit, a few of them whole; and what could not be read. FUNCTION is a name or a glob.
    """
    from slsloggrep.cli.incident import report_incident

    return report_incident(
        environment,
        inputs,
        output,
        publication,
        baseline=None if baseline is None else parse_duration(baseline),
        whole=whole,
        reach=parse_duration(reach),
    )
