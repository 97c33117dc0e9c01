"""`slsloggrep ship --to URL`: the logs of any source into an index, and a dashboard over it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from slsloggrep.cli.app import Command, environment_of
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import SourceUrl, shared
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.errors import UsageError

EXIT_CODES = (
    (0, "everything is in the index"),
    (1, "there was nothing to put there, and everything was read"),
    (2, "the command line makes no sense"),
    (3, "something was not read, or is not in the index; stderr says what"),
    (4, "a source or the cluster could not be used at all"),
    (130, "interrupted; the same command again goes on"),
)


def _dashboards_alone(function: Callable[..., int]) -> Callable[..., int]:
    """Answer at once where only the dashboards are wanted: no source is needed for them."""

    @functools.wraps(function)
    def answer(**given: Any) -> int:
        file = given.pop("dashboards")
        if given["to"] is None:
            if file is None:
                raise click.UsageError("Missing option '--to': where the logs are to be put.")
            _write_dashboards(environment_of(click.get_current_context()), file, given["index"])
            return 0
        return function(dashboards=file, **given)

    return answer


@click.command(
    "ship",
    cls=Command,
    exit_codes=EXIT_CODES,
    examples=[
        (
            "slsloggrep ship --to opensearch+https://os:9200 -S s3://b/logs --dashboards p.json",
            "An archive into a cluster, and a dashboard for it (import it under Saved objects):",
        ),
        (
            "slsloggrep ship --to opensearch+http://localhost:9200/incident-42 -S ./logs",
            "Some files into an index of their own:",
        ),
        (
            "slsloggrep trace ID -S 'opensearch+http://localhost:9200/slsloggrep-*'",
            "What was shipped is read like any other source:",
        ),
    ],
)
@shared(
    "--to",
    type=SourceUrl(),
    help="The cluster: opensearch+https://host:9200[/INDEX], elasticsearch+https://..., or a "
    "source's name in your settings. Secrets come from SLSLOGGREP_OPENSEARCH_USER and _PASSWORD, "
    "_API_KEY and the like.",
)
@shared(
    "--index",
    metavar="NAME",
    help="The index, instead of the one in the URL; a * stands for the day. Default: slsloggrep-*.",
)
@shared(
    "--dashboards",
    metavar="FILE",
    help="Write a dashboard for OpenSearch Dashboards or Kibana there; without --to only that.",
)
@shared("--no-invocations", is_flag=True, help="Events only.")
@shared(
    "--replace",
    is_flag=True,
    help="Write events anew that are there already, for instance with another --id-key.",
)
@_dashboards_alone
@pipeline_options
def command(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    *,
    to: str,
    index: str | None,
    dashboards: str | None,
    no_invocations: bool,
    replace: bool,
) -> int:
    """Put events and invocations into an index of OpenSearch or Elasticsearch.

    Each event becomes a document, and so does each invocation, with its figures. The documents
    have IDs of their own: the same command twice changes nothing, and after an interruption it
    goes on. An index template is put first, unless it is there.
    """
    from slsloggrep.cli.named import target
    from slsloggrep.cli.shipping import Order, ship

    to, own = target(click.get_current_context(), to)
    if inputs.dry_run:
        return _plan(environment, inputs, output, to, index)
    order = Order(to=to, index=index, invocations=not no_invocations, replace=replace, own=own)
    if dashboards is not None:
        _write_dashboards(environment, dashboards, order.pattern)
    return ship(environment, inputs, output, order)


def _write_dashboards(environment: Environment, file: str, index: str | None) -> None:
    from slsloggrep.export.dashboards import dashboard_lines
    from slsloggrep.ship.names import DEFAULT, IndexNames

    names = IndexNames(index or DEFAULT)
    try:
        with Path(file).open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(dashboard_lines(names.pattern))
    except OSError as error:
        raise UsageError(f"'{file}' cannot be written: {error.strerror or error}") from error
    environment.say(
        f"wrote {file}: import it into OpenSearch Dashboards or Kibana under Saved objects"
    )


def _plan(
    environment: Environment, inputs: Inputs, output: Output, to: str, index: str | None
) -> int:
    from slsloggrep.cli.plan import show_plan
    from slsloggrep.cli.shipping import Order
    from slsloggrep.investigate import default_window
    from slsloggrep.ship.loading import query_of

    order = Order(to=to, index=index)
    return show_plan(
        environment,
        inputs,
        output,
        lambda sources: query_of(default_window(sources, inputs.since, inputs.until, inputs.now)),
        then=f"all of it would be put into {order.pattern} of {order.host}",
    )
