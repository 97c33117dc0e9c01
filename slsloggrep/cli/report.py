"""`slsloggrep report WHAT ...`: the answer of another command as a document.

A report takes what the command itself takes, but for what only a terminal has; JSON is the whole
report, and not the command's own document. What an incident is stands in
`slsloggrep.cli.report_incident`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, NamedTuple

import click

from slsloggrep.cli.app import Command, Example
from slsloggrep.cli.declarations import offer, output_option
from slsloggrep.cli.publication import REPORT
from slsloggrep.errors import UsageError
from slsloggrep.wording import suggestion

FORMATS = ("md", "html", "csv", "json")
"""The first one is for a terminal, and for a pipe to an issue tracker."""


class _Kind(NamedTuple):
    """What a report is of."""

    module: str
    summary: str
    without: Mapping[str, Any]
    """Parameters of the command that a document has no use for, and what they are then."""
    examples: tuple[Example, ...]


_NOT_FOLLOWED = {"follow": False, "bell": False, "program": None}

KINDS = {
    "trace": _Kind(
        "trace",
        "Report a transaction: every invocation that served it, in time order.",
        {"events": "all"},
        (
            (
                "slsloggrep report trace ord-2207 -S ./logs -O ord-2207.html --open",
                "As a page, in the browser:",
            ),
            ("slsloggrep report trace ord-2207 -S ./logs | pbcopy", "For an issue, a chat:"),
            (
                "slsloggrep report trace ord-2207 --redact -O s3://reports/ord-2207.html",
                "For colleagues, without secrets:",
            ),
        ),
    ),
    "crashes": _Kind(
        "crashes",
        "Report what crashed: groups, since when, how often, a sample of each.",
        {**_NOT_FOLLOWED, "grouped": None, "wide": False},
        (
            ("slsloggrep report crashes -s 24h --baseline 7d -O crashes.html", "What is new:"),
            ("slsloggrep report crashes 'shop-*' -s 2h --redact", "For an issue:"),
            ("slsloggrep report crashes -s 7d -O crashes.csv", "For a spreadsheet:"),
        ),
    ),
    "crash": _Kind(
        "crash_show",
        "Report one crash: what happened, what led up to it, what it left undone.",
        {},
        (
            ("slsloggrep report crash 3f2a9d1c -s 24h -O crash.html", "The newest of a kind:"),
            ("slsloggrep report crash 3f2a9d1c -s 24h --redact", "For an issue:"),
            ("slsloggrep report crash 3f2a9d1c -s 24h -o json", "For a program:"),
        ),
    ),
    "latency": _Kind(
        "latency",
        "Report running times, cold starts, memory, errors and cost of functions.",
        {"histogram": False},  # how times are spread is shown in any case
        (
            ("slsloggrep report latency -s 24h --slowest 10 -O latency.html", "As a page:"),
            (
                "slsloggrep report latency -s 'today 14:00' --compare 'yesterday 14:00..15:00'",
                "Beside yesterday, for an issue:",
            ),
            ("slsloggrep report latency -s 7d --by version -O latency.csv", "For a spreadsheet:"),
        ),
    ),
    "incident": _Kind(
        "report_incident",
        "Report an incident: what broke, when it began, whom it hit, what is not known.",
        {},
        (),
    ),
}


@click.command(
    "report",
    cls=Command,
    context_settings={"ignore_unknown_options": True},
    examples=[
        ("slsloggrep report trace ord-2207 -S ./logs -O ord-2207.html", "A transaction:"),
        ("slsloggrep report crashes -s 24h --redact", "What crashed, for an issue:"),
        ("slsloggrep report incident -s 2h -O incident.html --open", "All of an incident:"),
    ],
)
@click.argument("words", metavar="WHAT ...", nargs=-1, type=click.UNPROCESSED, shell_complete=offer)
def command(words: tuple[str, ...]) -> int:
    r"""Write an investigation into a document that a colleague can open.

    \b
    trace ID         a transaction
    crashes          what crashed
    crash NAME       one crash: a fingerprint or a request ID
    latency          running times
    incident         what broke, when it began, whom it hit

    Each takes the options of the command of that name; `slsloggrep report trace --help` has them.
    Without -O a report is Markdown on standard output; -O names a file or an object in S3, whose
    ending tells the format: .html, .md, .csv, .json.
    """
    hint = f"slsloggrep report {' or '.join(KINDS)}"
    if not words:
        raise UsageError("a report of what?", hint=hint)
    raise UsageError(f"there is no report of '{words[0]}'{suggestion(words[0], KINDS)}", hint=hint)


def part(name: str) -> click.Command:
    """Return the command that reports one kind of thing."""
    kind = KINDS[name]
    original: Command = importlib.import_module(f"slsloggrep.cli.{kind.module}").command
    report = Command(
        f"report {name}",
        callback=_as_report(original, kind.without),
        params=[
            _told(parameter)
            for parameter in original.params
            if parameter.name not in kind.without and parameter.name != "output"
        ],
        help=original.help,
        short_help=kind.summary,
        examples=kind.examples or original.examples,
    )
    return output_option(FORMATS, FORMATS[0])(report)


def _told(parameter: click.Parameter) -> click.Parameter:
    """Return a parameter as the help of a report has it: a plan is none, which is said if asked."""
    if parameter.name != "dry_run":
        return parameter
    hidden = copy(parameter)
    hidden.hidden = True  # type: ignore[attr-defined] # it is an option
    return hidden


def _as_report(command: Command, without: Mapping[str, Any]) -> Callable[..., int]:
    def resolve(**given: Any) -> int:
        click.get_current_context().meta[REPORT] = True
        code: int = command.callback(**without, **given)  # type: ignore[misc] # each has one
        return code

    return resolve
