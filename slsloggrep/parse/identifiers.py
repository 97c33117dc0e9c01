"""Identifiers that a record reveals under the keys by which loggers and events name them.

Searches JSON documents (nested ones, and documents inside their strings, such as the body of a
logged SQS message) and `key=value` or `key: value` in plain text. Identifiers that show by shape
are found by `slsloggrep.parse.traces`. Which request a record itself belongs to is decided by the
modules that know its format; here every request ID is only revealed.

Keys are compared without case and without `_`, `-`, `.`: `AWSRequestId`, `aws_request_id` and
`aws.requestId` are one. The search has bounds in depth and number, so that a huge document stays
cheap; a subject is looked for in the raw message as well, which has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any

from slsloggrep.model import IdKind
from slsloggrep.parse.documents import read_document
from slsloggrep.parse.draft import Draft
from slsloggrep.parse.traces import find_shapes, trace_of

MAX_DEPTH = 12
"""Levels of nesting that are searched, documents inside strings included."""

MAX_VALUES = 20_000
"""Values that are looked at in one record."""

MAX_LENGTH = 512
"""Characters of an identifier; anything longer is a text."""

NOTHING = frozenset({"", "-", "undefined", "null", "none", "nil", "n/a", "unknown"})
"""Words that loggers write where there is no identifier (Node.js during init: `undefined`)."""

UUID = re.compile(r"[0-9A-Za-z]{8}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{12}")
"""The shape of a UUID; AWS's samples hold letters beyond hex (`6bc28136-xmpl-4365-…`)."""


class Role(Enum):
    """What a key says about its value."""

    OWN_REQUEST = "own request"
    """A Lambda request ID beyond doubt: whoever writes it means the invocation."""
    REQUEST = "request"
    """`requestId`: Lambda's in an application's record, but anyone's deeper down."""
    TRACE = "trace"
    DATADOG = "datadog"
    CORRELATION = "correlation"
    API = "api"
    MESSAGE = "message"


_KEYS = {
    Role.OWN_REQUEST: (
        "awsrequestid lambdarequestid functionrequestid faasexecution faasinvocationid "
        "awslambdarequestid awslambdaawsrequestid invocationid functioninvocationid "
        "xamznrequestid awsendpointrequestid integrationrequestid "
        "authorizerrequestid"
    ),
    Role.REQUEST: "requestid reqid",
    Role.TRACE: (
        "traceid xraytraceid awsxraytraceid xamzntraceid awstraceheader traceheader tracecontext "
        "oteltraceid traceparent @tr operationid xraytrace"
    ),
    Role.DATADOG: "ddtraceid xdatadogtraceid datadogtraceid",
    Role.CORRELATION: "correlationid xcorrelationid correlation",
    Role.API: "apirequestid extendedrequestid apigwrequestid xamzapigwid apigatewayrequestid",
    Role.MESSAGE: "messageid sqsmessageid snsmessageid eventid itemidentifier",
}

_ROLES = {key: role for role, keys in _KEYS.items() for key in keys.split()}

_DECIMAL = re.compile(r"[1-9][0-9]{0,19}")

_OPENINGS = frozenset("{[ \t\r\n")
"""What a document inside a text begins with."""

_HINTS = ("id", "trace", "correlation")

_PAIR = re.compile(
    r"(?<![\w.@-])(?P<key>[A-Za-z@_][\w.@-]{1,60})\\*[\"']?\s?(?:=>|[:=])\s?\\*[\"']?"
    r"(?P<value>[^\s\"',;&|<>(){}\[\]\\]{1,512})"
)


@lru_cache(maxsize=8192)
def role_of(key: str) -> Role | None:
    """Return what a key says about its value, or None for keys that name no identifier."""
    if len(key) > 60:
        return None
    lowered = key.lower()
    return _ROLES.get(lowered.replace("_", "").replace("-", "").replace(".", ""))


def plain_id(value: Any) -> str | None:
    """Return a value as an identifier's text, or None where it is none.

    Texts and whole numbers are identifiers; words for "none", blanks, long texts are not.
    """
    if isinstance(value, str):
        text = value.strip()
        if len(text) > MAX_LENGTH or text.lower() in NOTHING or "\n" in text:
            return None
        return text
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
        return str(value)
    return None


def request_id_of(value: Any) -> str | None:
    """Return a value as a request ID, or None: texts of at least eight characters, no blanks.

    Request IDs are not always UUIDs: Lambda Web Functions use 26 characters, AWS's samples hold
    `xmpl`, some are cut (`f8ac1208...`).
    """
    if not isinstance(value, str):
        return None
    text = plain_id(value)
    return text if text and 8 <= len(text) <= 128 and " " not in text else None


class IdKeys:
    """The extra keys whose values join: exact names, or dotted paths, at any depth."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._paths: dict[str, list[tuple[str, ...]]] = {}
        for key in keys:
            parts = tuple(key.split("."))
            self._paths.setdefault(parts[-1], []).append(parts)
            if len(parts) > 1:
                self._paths.setdefault(key, []).append((key,))

    def __bool__(self) -> bool:
        return bool(self._paths)

    def match(self, path: tuple[str, ...]) -> bool:
        """Tell whether a path of keys ends with one of the keys or dotted paths."""
        return any(path[-len(parts) :] == parts for parts in self._paths.get(path[-1], ()))

    def match_name(self, name: str) -> bool:
        """Tell whether a key in plain text, dotted or not, is one of the keys."""
        return self.match((name,)) or self.match(tuple(name.split(".")))


def reveal_shapes(draft: Draft, text: str) -> None:
    """Reveal the identifiers that show by shape anywhere in a text."""
    for identifier in find_shapes(text):
        draft.reveal(*identifier)


def reveal_pairs(draft: Draft, text: str, id_keys: IdKeys) -> None:
    """Reveal the identifiers that a plain text names as `key=value`, `key: value` or alike."""
    if not id_keys:
        lowered = text.lower()
        if not any(hint in lowered for hint in _HINTS):
            return
    for count, found in enumerate(_PAIR.finditer(text)):
        if count == MAX_VALUES:
            return
        key = found["key"]
        role = role_of(key)
        if role is not None:
            _reveal_role(draft, role, found["value"].rstrip(".:"), ())
        if id_keys and id_keys.match_name(key):
            _reveal_key(draft, found["value"].rstrip(".:"))


def reveal_document(draft: Draft, document: Any, id_keys: IdKeys) -> None:
    """Reveal the identifiers that a JSON document holds, in the order of the document."""
    _Search(draft, id_keys).visit(document, (), 0)


class _Search:
    """One bounded walk through a document."""

    def __init__(self, draft: Draft, id_keys: IdKeys) -> None:
        self.draft = draft
        self.id_keys = id_keys
        self.left = MAX_VALUES

    def visit(self, value: Any, path: tuple[str, ...], depth: int) -> None:
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            return
        if isinstance(value, dict):
            self._visit_shapes(value)
            for key, child in value.items():
                self._visit_entry(key, child, (*path, key), value, depth + 1)
        elif isinstance(value, list):
            for child in value:
                self.visit(child, path, depth + 1)
        elif isinstance(value, str) and len(value) > 8 and value[0] in _OPENINGS:
            inner = read_document(value)
            if inner is not None:
                self.visit(inner, path, depth + 1)

    def _visit_entry(
        self,
        key: str,
        child: Any,
        path: tuple[str, ...],
        holder: Mapping[str, Any],
        depth: int,
    ) -> None:
        role = role_of(key)
        if role is not None:
            role = _role_in(role, key, path, holder)
        if role is not None:
            for item in _scalars(child):
                _reveal_role(self.draft, role, item, path)
        if self.id_keys and self.id_keys.match(path):
            for item in _scalars(child):
                _reveal_key(self.draft, item)
        if isinstance(child, dict | list) or (isinstance(child, str) and child[:1] in _OPENINGS):
            self.visit(child, path, depth)

    def _visit_shapes(self, holder: dict[str, Any]) -> None:
        """Reveal what only keys side by side tell: EventBridge events, stream positions, S3."""
        if "detail-type" in holder and "source" in holder:
            event_id = request_id_of(holder.get("id"))
            if event_id:
                self.draft.reveal(IdKind.MESSAGE_ID, event_id)
        shard, sequence = holder.get("ShardId"), holder.get("SequenceNumber")
        if isinstance(shard, str) and isinstance(sequence, str):
            # What the consumer's event calls eventID.
            self.draft.reveal(IdKind.MESSAGE_ID, f"{shard}:{sequence}")
        elements = holder.get("responseElements")
        if isinstance(elements, dict):
            request = request_id_of(elements.get("x-amz-request-id"))
            if request:
                self.draft.reveal(IdKind.MESSAGE_ID, request)


def _role_in(role: Role, key: str, path: tuple[str, ...], holder: Mapping[str, Any]) -> Role | None:
    """Return what a key says where it stands: the keys around it may change its meaning."""
    parent = path[-2].lower() if len(path) > 1 else ""
    if role is Role.REQUEST:
        if parent in ("requestcontext", "request_context"):
            return Role.OWN_REQUEST if "functionArn" in holder else Role.API
        if not parent and is_access_log(holder):
            return Role.API
    if role is Role.TRACE and parent in ("dd", "_datadog"):
        return Role.DATADOG
    if role is Role.MESSAGE and key.lower() == "messageid" and "KinesisBatchInfo" in holder:
        return None
    return role


def is_access_log(fields: Mapping[str, Any]) -> bool:
    """Tell whether fields are an API Gateway access log's, whose requestId is the API's own.

    API Gateway Developer Guide, set-up-logging: the documented formats all hold the request's
    time, which no application's logger calls `requestTime` beside the method or protocol. Who
    writes a format without it, and wants to find the invocation, has `integrationRequestId` or
    `awsEndpointRequestId`, after the variables' names.
    """
    if "message" in fields or "level" in fields:
        return False
    if "requestId" in fields and any(key in fields for key in _INTEGRATION):
        return True
    return "extendedRequestId" in fields or (
        "requestTime" in fields
        and any(key in fields for key in ("httpMethod", "routeKey", "protocol", "resourcePath"))
    )


_INTEGRATION = ("awsEndpointRequestId", "integrationRequestId", "integration.requestId")


def _scalars(value: Any) -> Iterable[Any]:
    """Return a key's values: of a list all, of a message attribute (SQS, SNS) its text."""
    if isinstance(value, dict):
        return [value[key] for key in ("stringValue", "StringValue", "Value") if key in value]
    return value if isinstance(value, list) else (value,)


def _reveal_key(draft: Draft, value: Any) -> None:
    text = plain_id(value)
    if text:
        draft.reveal(IdKind.KEY, text)


def _reveal_role(draft: Draft, role: Role, value: Any, path: tuple[str, ...]) -> None:
    if role is Role.OWN_REQUEST:
        request_id = request_id_of(value)
        if request_id:
            draft.reveal(IdKind.REQUEST_ID, request_id)
    elif role is Role.REQUEST:
        request_id = request_id_of(value)
        # Deeper down anything calls itself requestId; only what looks like Lambda's is revealed.
        if request_id and (len(path) == 1 or UUID.fullmatch(request_id)):
            draft.reveal(IdKind.REQUEST_ID, request_id)
    elif role is Role.TRACE:
        trace = trace_of(value) if isinstance(value, str) else None
        if trace:
            draft.reveal(*trace)
    elif role is Role.DATADOG:
        _reveal_datadog(draft, value)
    elif role is Role.CORRELATION:
        correlation = plain_id(value)
        if correlation:
            trace = trace_of(correlation) if "-" in correlation else None
            draft.reveal(IdKind.CORRELATION_ID, correlation)
            if trace:
                draft.reveal(*trace)
    elif isinstance(value, str):
        identifier = plain_id(value)
        if identifier and " " not in identifier:
            kind = IdKind.API_REQUEST_ID if role is Role.API else IdKind.MESSAGE_ID
            draft.reveal(kind, identifier)


def _reveal_datadog(draft: Draft, value: Any) -> None:
    text = plain_id(value)
    if text and _DECIMAL.fullmatch(text):
        draft.reveal(IdKind.DATADOG_TRACE_ID, text)
    elif text:
        # Tracers with 128-bit IDs log all of them, in hex.
        trace = trace_of(text)
        if trace:
            draft.reveal(*trace)
