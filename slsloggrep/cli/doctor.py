"""`slsloggrep doctor`: what an investigation needs, checked one by one, and what is missing."""

from __future__ import annotations

import click

from slsloggrep.cli.accounts import of_account
from slsloggrep.cli.app import Command
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import shared
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.publication import Publication, document_options
from slsloggrep.errors import UsageError

EXIT_CODES = (
    (0, "nothing is missing"),
    (2, "the command line makes no sense"),
    (3, "something is missing, and an investigation would lack it"),
    (4, "a source cannot be used at all"),
    (130, "interrupted; what was checked until then is shown"),
)


@click.command(
    "doctor",
    cls=Command,
    examples=[
        ("slsloggrep doctor", "Can CloudWatch be read from here?"),
        (
            "slsloggrep doctor -S s3://my-logs/prod -S cloudwatch: --profile prod -O doctor.html",
            "Two sources, with a profile's credentials, for whoever grants what is missing:",
        ),
        (
            "slsloggrep doctor -g '/aws/lambda/shop-*' --policy > policy.json",
            "The smallest IAM policy for just these log groups:",
        ),
    ],
    exit_codes=EXIT_CODES,
)
@shared("--insights", is_flag=True, help="Try a query of Logs Insights, too, which costs money.")
@shared(
    "--policy",
    is_flag=True,
    help="Print the smallest IAM policy that mends what was denied; where nothing was, the one "
    "that reading needs.",
)
@of_account
@pipeline_options
@document_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    insights: bool,
    policy: bool,
    publication: Publication,
) -> int:
    """Check what an investigation needs, and tell what is missing.

    Of each source: whose credentials there are and whether the clock is right, every permission
    that reading takes, each tried harmlessly, versions, mappings that would hide events, whether
    the layout of an archive is known. Nothing is changed, and no logs are read.
    """
    from slsloggrep.cli.examination import Findings, examine_all

    if inputs.dry_run:
        raise UsageError("doctor reads no logs, so there is nothing to plan", hint="no --dry-run")
    if policy and (publication.makes_document or output.is_picture):
        raise UsageError("--policy prints JSON", hint="-O policy.json writes it into a file")
    findings = Findings(environment, inputs, output, publication, policy=policy)
    with environment.interrupts() as cancellation:
        for source, check in examine_all(
            environment, inputs, cancellation.__bool__, costly=insights
        ):
            findings.take(source, check)
        interrupted = bool(cancellation)
    return findings.conclude(interrupted=interrupted)
