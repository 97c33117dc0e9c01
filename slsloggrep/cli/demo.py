"""`slsloggrep demo`: what there is to try on the built-in demo, with commands to paste."""

from __future__ import annotations

import textwrap

import click

from slsloggrep.cli.app import Command, environment_of


@click.command(
    "demo",
    cls=Command,
    examples=[
        ("slsloggrep demo", "What there is to try:"),
        ("slsloggrep grep -l error -S demo:", "Every error of the demo:"),
        ("slsloggrep grep 'Task timed out' --invocations -S demo:", "What led up to a timeout:"),
    ],
    exit_codes=[(0, "printed"), (2, "the command line makes no sense")],
)
@click.pass_context
def command(ctx: click.Context) -> int:
    """Print what there is to try on the built-in demo.

    The source demo: is a small shop with a story worth finding: a dozen functions, their logs of
    the last hours as an archive would hold them. It needs no account and no network.
    """
    from slsloggrep.sources.demo import story

    environment = environment_of(ctx)
    width = environment.width if environment.stdout_is_terminal else 80
    parts = [
        textwrap.fill(
            "The demo is a small shop with logs of the last hours. What there is to find:", width
        )
    ]
    for number, lead in enumerate(story(environment.clock()), start=1):
        indent = " " * (len(str(number)) + 2)
        title = f"{number}. {lead.title}"
        explanation = textwrap.fill(
            lead.explanation, width, initial_indent=indent, subsequent_indent=indent
        )
        # Not wrapped: a command is there to be copied.
        parts.append(f"{title}\n{explanation}\n\n{indent}  {lead.command}")
    environment.write("\n\n".join(parts) + "\n")
    return 0
