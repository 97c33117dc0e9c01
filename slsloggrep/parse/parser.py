"""The parser: one event in, one record out, whatever the event holds.

Tells by the first characters which kind of line a message may be, and hands it to the module that
knows the kind; what none of them understands stays as text. Parsing never raises and drops
nothing: the event itself is part of its record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from slsloggrep.model import Event, Fact, Level, Platform, Record
from slsloggrep.parse.azure import read_azure_document, read_host_line, strip_console
from slsloggrep.parse.documents import find_document, read_document
from slsloggrep.parse.draft import Draft
from slsloggrep.parse.exceptions import error_of_fields, is_error_payload
from slsloggrep.parse.failures import LINES, fail_unhandled, read_failure
from slsloggrep.parse.gateway import read_gateway_line
from slsloggrep.parse.identifiers import IdKeys, reveal_document, reveal_pairs, reveal_shapes
from slsloggrep.parse.insights import read_insights_row
from slsloggrep.parse.levels import level_of_word
from slsloggrep.parse.metrics import is_metric_document, is_metric_line
from slsloggrep.parse.platform import FIRST_LETTERS, read_platform_line, read_timeout_line
from slsloggrep.parse.platform_events import read_platform_event
from slsloggrep.parse.responses import read_labelled_response
from slsloggrep.parse.runtime_lines import Prefix, read_prefix, strip_pulled
from slsloggrep.parse.services import read_execution_text, read_service_document
from slsloggrep.parse.structured import read_application

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_WARNING = "LAMBDA_WARNING: "
_WARNING_END = re.compile(r"[\r\n]+|(?=\{\")")
_DATADOG = re.compile(r"\[dd\.[^\]]*\] *")
_NODE_REPORT = re.compile(
    r"(?P<label>Invoke Error|Uncaught Exception|Unhandled Promise Rejection) ?[\t ]+(?=\{)"
)


class Parser:
    """Turns events into records; holds the user's keys and nothing else, so one serves all.

    `id_keys` are keys (or dotted paths) whose values join, `response_keys` those that hold an
    invocation's response value. `notice` is called with each record.
    """

    def __init__(
        self,
        id_keys: Sequence[str] = (),
        response_keys: Sequence[str] = (),
        notice: Callable[[Record], None] | None = None,
    ) -> None:
        self._id_keys = IdKeys(id_keys)
        self._response_keys = tuple(response_keys)
        self._notice = notice

    def parse(self, event: Event) -> Record:
        """Return the record of an event; never raises."""
        draft = Draft(event)
        message = event.message
        if not (message[:1] in FIRST_LETTERS and read_platform_line(draft, message)):
            if "\x1b" in message:
                message = _COLOUR.sub("", message)
            self._read(draft, message)
        record = draft.record()
        if self._notice is not None:
            self._notice(record)
        return record

    def _read(self, draft: Draft, message: str) -> None:
        if message.lstrip()[:1] in ("{", "[") and self._read_json(draft, message):
            return
        line = strip_pulled(message)
        if line is not message and read_platform_line(draft, line):
            return
        if line.startswith(_WARNING):
            line = self._read_warning(draft, line)
            if not line:
                return
        if line[:1].isdigit() and "Task timed out" in line and read_timeout_line(draft, line):
            return
        if read_gateway_line(draft, line, draft.event.log_group) or read_execution_text(
            draft, line
        ):
            self._reveal_text(draft, line)
            return
        line, word = strip_console(line)
        if word:
            draft.level = level_of_word(word)
        self._read_line(draft, line)

    def _read_json(self, draft: Draft, text: str) -> bool:
        """Read a message that is a JSON document; False where it is none."""
        document = read_document(text)
        if document is None:
            return False
        if isinstance(document, dict) and read_platform_event(draft, document, text):
            return True
        draft.text = draft.text or text.rstrip()
        if isinstance(document, dict):
            draft.fields = document
            if (
                not read_insights_row(draft, document)
                and not read_service_document(draft, document)
                and not read_azure_document(draft, document)
            ):
                read_application(draft, document, self._response_keys)
        elif is_metric_document(document):
            draft.platform = Platform(fact=Fact.METRIC)
        reveal_document(draft, document, self._id_keys)
        if draft.text != text.rstrip():
            reveal_pairs(draft, draft.text, self._id_keys)
        reveal_shapes(draft, text)
        return True

    def _read_warning(self, draft: Draft, line: str) -> str:
        r"""Take the platform's warning off the line that it introduces, and return that line.

        The warning comes before the runtime's own report of an error, parted by `\r`.
        """
        end = _WARNING_END.search(line)
        rest = line[end.end() :].strip() if end else ""
        if not rest:
            draft.text = line.strip()
            draft.level = Level.WARN
            draft.platform = Platform(fact=Fact.RUNTIME_NOTICE)
        elif self._read_json(draft, rest):
            return ""
        return rest

    def _read_line(self, draft: Draft, line: str) -> None:
        """Read a line of text: a prefix, then a message, which may be JSON."""
        if not read_host_line(draft, line) and not self._read_report(draft, line):
            prefix = read_prefix(line)
            if prefix.level is not None:
                draft.level = prefix.level
            if prefix.request_id:
                draft.claim(prefix.request_id)
            self._read_message(draft, prefix)
        self._reveal_text(draft, line)

    def _read_report(self, draft: Draft, line: str) -> bool:
        """Read what Python's runtime reports: its `[ERROR] ` is no logger's prefix."""
        if not line.startswith("[ERROR] "):
            return False
        draft.text = line.rstrip()
        if read_failure(draft, line) and draft.error is not None and draft.error.unhandled:
            return True
        draft.error = draft.platform = draft.level = None
        return False

    def _read_message(self, draft: Draft, prefix: Prefix) -> None:
        message = prefix.message
        draft.text = message.rstrip()
        datadog = _DATADOG.match(message)
        body = message[datadog.end() :] if datadog else message
        if body.lstrip()[:1] in ("{", "[") and self._read_body(draft, body, prefix):
            return
        report = _NODE_REPORT.match(body)
        if report:
            document = read_document(body[report.end() :])
            if isinstance(document, dict):
                _read_node_report(draft, report["label"], document)
                reveal_document(draft, document, self._id_keys)
                return
        if is_metric_line(body):
            draft.platform = Platform(fact=Fact.METRIC, request_id=draft.request_id)
            return
        if read_host_line(draft, body):
            return
        read_failure(draft, body, dotnet=prefix.word == "fail")
        found = find_document(body)
        if found:
            label, document = found
            draft.fields = document
            read_labelled_response(draft, LINES.split(label.strip())[-1], document)
            reveal_document(draft, document, self._id_keys)

    def _read_body(self, draft: Draft, body: str, prefix: Prefix) -> bool:
        """Read a message that is JSON behind a prefix; False where it is no JSON.

        Go's runtime reports errors so: the log package's time, then the bare payload.
        """
        level = draft.level
        if not self._read_json(draft, body):
            return False
        if draft.level is None or (level is not None and not draft.fields):
            draft.level = level
        if (
            prefix.origin == "go"
            and is_error_payload(draft.fields)
            and "level" not in draft.fields
            and draft.error is not None
            and not draft.error.unhandled
        ):
            error = error_of_fields(draft.fields, unhandled=True)
            if error:
                fail_unhandled(draft, error)
        return True

    def _reveal_text(self, draft: Draft, text: str) -> None:
        reveal_shapes(draft, text)
        reveal_pairs(draft, text, self._id_keys)


def _read_node_report(draft: Draft, label: str, document: dict[str, Any]) -> None:
    """Read an error that Node.js's runtime reports; a rejection's cause is in `reason`."""
    error = error_of_fields(document, unhandled=True)
    reason = document.get("reason")
    cause = error_of_fields(reason, unhandled=True) if isinstance(reason, dict) else None
    draft.fields = document
    shown = cause if cause and cause.type else error
    if shown:
        fail_unhandled(draft, shown, error.type if error else None)
        words = ": ".join(word for word in (shown.type, shown.message) if word)
        draft.text = f"{label} {words}".rstrip()
