"""`slsloggrep latency [FUNCTION]...`: how long functions take, and what else their ends state."""

from __future__ import annotations

import click

from slsloggrep.cli.app import Command
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import offer, shared
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.publication import Publication, document_options
from slsloggrep.cli.times import parse_range
from slsloggrep.errors import UsageError

BY = ("version", "cold", "memory", "hour", "minute", "environment", "status")
SORTS = (
    *("invocations", "errors", "timeouts", "cold", "mean", "p50", "p90", "p95", "p99", "max"),
    *("init", "memory", "billed", "cost", "function"),
)


@click.command(
    "latency",
    cls=Command,
    examples=[
        ("slsloggrep latency -s 24h --sort p99 --top 10", "What is slow, the worst first:"),
        (
            "slsloggrep latency checkout --by cold --histogram -S s3://my-logs/prod -s 2h",
            "Cold starts beside warm ones, and how the times are spread:",
        ),
        (
            "slsloggrep latency checkout -s 'today 14:00' --compare 'yesterday 14:00..15:00'",
            "Is it slower than yesterday, or is that chance?",
        ),
    ],
)
@click.argument("function_arguments", metavar="[FUNCTION]...", nargs=-1, shell_complete=offer)
@shared(
    "--by",
    type=click.Choice(BY),
    multiple=True,
    help="A row for each of these, too; environment is the log stream. Repeatable.",
)
@shared(
    "--sort",
    type=click.Choice(SORTS),
    metavar="COLUMN",
    help="What the rows are in the order of, the largest first: invocations (unless you say so), "
    f"{', '.join(SORTS[1:])}.",
)
@shared("--top", type=click.IntRange(min=1), metavar="N", help="The first N rows, and no more.")
@shared("--histogram", is_flag=True, help="How the times of each row are spread.")
@shared(
    "--slowest",
    type=click.IntRange(min=1),
    metavar="N",
    help="The N slowest invocations, with their request IDs.",
)
@shared(
    "--compare",
    metavar="START..END",
    help="Another window beside this one, and whether the change is larger than chance.",
)
@shared("--compare-version", is_flag=True, help="The newest version beside the one before it.")
@shared(
    "--approximate",
    is_flag=True,
    help="Percentiles within 1 % of their value, in less memory, without temporary files.",
)
@shared(
    "--architecture",
    type=click.Choice(["x86_64", "arm64"]),
    help="Whose price is taken: x86_64 unless you say so, for logs do not tell.",
)
@shared(
    "--price",
    metavar="GB_SECOND[,REQUEST]",
    help="Your own price in dollars, instead of the published one of the region.",
)
@pipeline_options
@document_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    by: tuple[str, ...],
    sort: str | None,
    top: int | None,
    histogram: bool,
    slowest: int | None,
    compare: str | None,
    compare_version: bool,
    approximate: bool,
    architecture: str | None,
    price: str | None,
    publication: Publication,
) -> int:
    """Show running times, cold starts, memory, errors and cost of functions.

    FUNCTION is a name or a glob. Every invocation that ended counts, each attempt once; its time
    is REPORT's, without the init. Percentiles are exact, by linear interpolation between ranks.
    """
    from slsloggrep.cli.measure import Wish, answer

    if compare and compare_version:
        raise UsageError("--compare and --compare-version are two questions", hint="one of the two")
    given = {"--sort": sort, "--slowest": slowest, "--histogram": histogram}
    for name in filter(given.get, given if compare or compare_version else ()):
        raise UsageError(
            f"{name} is for one table, not for two side by side", hint=f"without {name}"
        )
    wish = Wish(
        by=tuple(dict.fromkeys(by)),
        sort=sort or "invocations",
        top=top,
        slowest=slowest or 0,
        compare=parse_range(compare, now=inputs.now, tz=inputs.zone) if compare else None,
        compare_version=compare_version,
        approximate=approximate,
        architecture=architecture,
        price=price,
        histogram=histogram,
    )
    return answer(environment, inputs, output, wish, publication)
