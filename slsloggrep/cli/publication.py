"""How an answer becomes a document: redacted, linked, worded, written, sent.

Every command that answers can write one. What belongs into a document is
`slsloggrep.cli.reports`' affair; each step is somebody else's work, and only their order is decided
here: links are made before anything is redacted, and fall with what they show; nothing leaves the
machine that was not redacted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar

import click

from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import PICTURE, TEXT_FORMATS, shared
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.origins import Consoles, console_options
from slsloggrep.cli.redaction import Redaction, redaction_options
from slsloggrep.cli.sending import Delivery, delivery_options
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded when a document is written, not when help is shown
    from slsloggrep.links import Origins
    from slsloggrep.model import Invocation, Report
    from slsloggrep.model.outlines import Outline
    from slsloggrep.redact import Redactor
    from slsloggrep.render.hyperlinks import Pages
    from slsloggrep.sources.base import Source

_Value = TypeVar("_Value")

DOCUMENTS = ("csv", "md", "html")
"""Formats of documents, beside JSON, which every command has anyway, and pictures of the text."""

REPORT = "slsloggrep.report"
"""Key of a click context's notes: the command was asked for as a report."""

_ENDINGS = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".markdown": "md",
    ".csv": "csv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".svg": "svg",
}

MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "svg": "image/svg+xml",
}


@dataclass(slots=True, kw_only=True)
class Publication:
    """What the user wants of documents, and what became of it."""

    environment: Environment
    inputs: Inputs
    output: Output
    delivery: Delivery
    redaction: Redaction
    consoles: Consoles
    table: str | None
    is_report: bool = False
    """Even JSON is a report's, and not the command's own."""
    _redactor: Redactor | None = field(default=None, init=False)

    @property
    def makes_document(self) -> bool:
        """Tell whether the answer is a document for people, or for a spreadsheet."""
        return self.is_report or self.output.format in DOCUMENTS

    def refuse_following(self) -> None:
        """Raise UsageError for a document of what has no end."""
        if self.makes_document or self.output.is_picture or not self.delivery.to_stdout:
            raise UsageError(
                "a document is written whole, and what is followed has no end",
                hint="without -f; or -o ndjson, with a shell's >",
            )

    def clean(self, value: _Value, *asked: str) -> _Value:
        """Return a value without secrets, if they are to be redacted, and count them.

        `asked` are IDs that the user asked for.
        """
        redactor = self._begin(*asked)
        return value if redactor is None else redactor.value(value)

    def _begin(self, *asked: str) -> Redactor | None:
        """Return the one redactor of this answer; None where nothing is to be redacted."""
        if self._redactor is None:
            self._redactor = self.redaction.make_redactor(*asked)
        return self._redactor

    def tell(self) -> None:
        """Say how much was redacted."""
        if self._redactor is None:
            return
        counts = self._redactor.counts
        said = ", ".join(f"{redacted.kind} {redacted.places} times" for redacted in counts)
        self.environment.say(f"redacted: {said or 'nothing, no secret was found'}")

    def pages(self, sources: Sequence[Source]) -> Pages:
        """Return which pages show what is printed: none where the terminal has no hyperlinks.

        Nor where anything is redacted: pseudonyms lead nowhere, and the names behind them must not
        stand in an address.
        """
        from slsloggrep.cli.reply import links_are_shown
        from slsloggrep.render.hyperlinks import NOWHERE

        if self.redaction.rules is not None or not links_are_shown(self.environment, self.output):
            return NOWHERE
        return self.consoles.pages(sources, self.inputs.regions)

    def publish(self, report: Report, sources: Sequence[Source], *asked: str) -> None:
        """Write a report in the format that was asked for, and send it to where it is wanted."""
        linked = replace(report, links=self._links(report, sources, *asked))
        cleaned = self.clean(linked, *asked)
        if self._redactor is not None:
            cleaned = replace(cleaned, redacted=self._redactor.counts)
        self.send(_encoded(self._text(cleaned)))

    def send(self, chunks: Iterable[bytes]) -> None:
        """Send a document to where it is wanted, and say where it went."""
        said = self.delivery.deliver(chunks, MEDIA_TYPES[self.output.format])
        if said:
            self.environment.say(said)

    def _links(self, report: Report, sources: Sequence[Source], *asked: str) -> Any:
        from slsloggrep.cli.reports import invocations_of
        from slsloggrep.links import link_all

        origins: Origins = self.consoles.origins(sources, self.inputs.regions)
        invocations = invocations_of(report)
        redactor = self._begin(*asked)
        if redactor is not None:
            # What is redacted of a name must not show in an address.
            invocations = (i for i in invocations if _is_open(i, redactor))
        return link_all(invocations, origins)

    def _text(self, report: Report) -> Iterator[str]:
        if self.output.format == "json":
            from slsloggrep.export.json import write_json
            from slsloggrep.export.report import report_document

            buffer = StringIO()
            write_json(report_document(report), buffer)
            yield buffer.getvalue()
            return
        from slsloggrep.outline import outline, view_for

        worded = outline(report, view_for(self.output.format, self.inputs.zone))
        if self.output.format == "html":
            from slsloggrep.export.html.page import html_page

            yield from html_page(worded)
        elif self.output.format == "md":
            from slsloggrep.export.markdown import markdown_text

            yield from markdown_text(worded)
        else:
            yield from self._table(worded)

    def _table(self, worded: Outline) -> Iterator[str]:
        from slsloggrep.export.csv import csv_table, csv_text, table_names

        names = table_names(worded)
        main = csv_table(worded, self.table)
        if main is None:
            return
        others = [name for name in names if name != main.name]
        if self.table is None and others:
            self.environment.say(f"further tables, with --table: {', '.join(others)}")
        yield from csv_text(worded, self.table)


def document_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options for documents; it is called with `publication`.

    Stands below `pipeline_options`. The command's Output then may name any format.
    """

    @functools.wraps(function)
    def resolve(
        environment: Environment,
        inputs: Inputs,
        output: Output,
        *,
        delivery: Delivery,
        redaction: Redaction,
        consoles: Consoles,
        table: str | None,
        **given: Any,
    ) -> int:
        output = replace(output, format=_format(output, delivery))
        is_report = bool(click.get_current_context().meta.get(REPORT))
        if output.format == "text" and not delivery.to_stdout:
            raise UsageError(
                f"in which format is '{delivery.target}' to be written?",
                hint="-o html, -o md, -o csv or -o json"
                if is_report
                else "-o html, -o md, -o csv, -o json or -o svg",
            )
        if table is not None and output.format != "csv":
            raise UsageError("--table is for -o csv", hint="a CSV file holds one table")
        if delivery.open and output.format != "html":
            raise UsageError("--open is for HTML", hint="-o html -O FILE --open")
        if is_report and output.format not in (*DOCUMENTS, "json"):
            raise UsageError(
                f"a report is not written as {output.format}",
                hint="-O FILE that ends in .html, .md, .csv or .json",
            )
        if inputs.dry_run and (is_report or output.format in (*DOCUMENTS, PICTURE)):
            plain = "--dry-run with trace, crashes or latency alone"
            hint = plain if is_report else "--dry-run with -o text or -o json"
            raise UsageError("a plan is no report", hint=hint)
        if not inputs.dry_run:
            delivery.check()
        publication = Publication(
            environment=environment,
            inputs=inputs,
            output=output,
            delivery=delivery,
            redaction=redaction,
            consoles=consoles,
            table=table,
            is_report=is_report,
        )
        return function(environment, inputs, output, publication=publication, **given)

    complete: Callable[..., int] = _table_option(resolve)
    for add_options in (console_options, redaction_options, delivery_options):
        complete = add_options(complete)
    complete.formats = (*TEXT_FORMATS, *DOCUMENTS, PICTURE)  # type: ignore[attr-defined]
    return complete


_table_option = shared(
    "--table",
    metavar="NAME",
    help="With -o csv: which of the tables; without it the main one, and stderr names the others.",
)


def _format(output: Output, delivery: Delivery) -> Any:
    """Return the format: the one that is asked for, or else the one that the file's name tells."""
    context = click.get_current_context()
    given = context.get_parameter_source("output")
    default = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.DEFAULT_MAP)
    if given not in default or delivery.to_stdout:
        return output.format
    name = delivery.target.lower()
    # What is called a .pdf is not to be Markdown because nothing else was said.
    said = "text" if given is default[0] and PurePath(name).suffix else output.format
    return next((form for end, form in _ENDINGS.items() if name.endswith(end)), said)


def _is_open(invocation: Invocation, redactor: Redactor) -> bool:
    """Tell whether nothing is redacted of what links to an invocation would show."""
    named = (invocation.log_group, invocation.log_stream, invocation.request_id or "")
    return all(redactor.text(name) == name for name in named)


def _encoded(texts: Iterable[str]) -> Iterator[bytes]:
    for text in texts:
        yield text.encode("utf-8", "backslashreplace")
