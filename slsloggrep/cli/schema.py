"""`slsloggrep schema NAME`: the JSON Schema of what a command writes."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from slsloggrep.cli.app import Command, environment_of
from slsloggrep.errors import UsageError
from slsloggrep.wording import suggestion


def _complete(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from slsloggrep.export.schemas import SCHEMAS

    return [
        CompletionItem(name, help=schema.summary)
        for name, schema in SCHEMAS.items()
        if name.startswith(incomplete)
    ]


@click.command(
    "schema",
    cls=Command,
    examples=[
        ("slsloggrep schema", "Which there are:"),
        ("slsloggrep schema trace > trace.schema.json", "That of a transaction:"),
        ("slsloggrep schema crashes.ndjson", "That of a line of crashes -o ndjson:"),
    ],
    exit_codes=[(0, "printed"), (2, "the command line makes no sense")],
)
@click.argument("name", required=False, shell_complete=_complete)
@click.pass_context
def command(ctx: click.Context, name: str | None) -> int:
    """Print the JSON Schema of what a command writes.

    Without NAME, which there are; those that end in .ndjson describe one line. They are of draft
    2020-12. Every field is required: what is absent is null. Later versions may add fields.
    """
    from slsloggrep.export.schemas import SCHEMAS, schema_document

    environment = environment_of(ctx)
    if name is None:
        width = max(map(len, SCHEMAS))
        lines = (f"{each:{width}}  {schema.summary}\n" for each, schema in SCHEMAS.items())
        environment.write("".join(lines))
        return 0
    if name not in SCHEMAS:
        raise UsageError(
            f"there is no schema '{name}'{suggestion(name, SCHEMAS)}", hint=", ".join(SCHEMAS)
        )
    from slsloggrep.export.json import write_json

    with environment.writing() as stdout:
        write_json(schema_document(name), stdout)
    return 0
