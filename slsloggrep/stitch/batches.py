"""Tells invocations that serve several transactions at once: batches from a queue or a stream.

What counts are values that would be one if one transaction was served: message IDs, correlation
IDs, configured keys, executions, and values of the searched ID's own shape (`ord-17` beside
`ord-16`). One message has several message IDs where it came through several services (a
notification inside a queue's message), and a message that the invocation itself sent is none that
it served.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from slsloggrep.model import TRACE_KINDS, IdKind, Record
from slsloggrep.parse import Subject
from slsloggrep.parse.documents import read_document

_SIBLING_KINDS = frozenset({IdKind.CORRELATION_ID, IdKind.KEY, IdKind.EXECUTION_ARN})

_SENT = ("ResponseMetadata", "$metadata", "MD5OfMessageBody")
"""Only answers to calls of AWS hold these: boto3, the JavaScript SDK, SendMessage itself."""

_TRACE = re.compile(r"1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}")

_OPAQUE = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}|[0-9A-Fa-f]{16,}|1-[0-9a-f]{8}-[0-9a-f]{24}")

_MAX_DEPTH = 4
"""Levels in which a logged event's `Records` are looked for: `message.event.Records` and alike."""

_MAX_NESTING = 12
"""Levels of a document in which the subject's siblings are looked for."""


def serves_several(
    records: Sequence[Record],
    subject: Subject,
    shape: re.Pattern[str] | None,
    *,
    kinds: Collection[IdKind] = _SIBLING_KINDS,
) -> bool:
    """Tell whether records show more than one transaction; `shape` is `shape_of(subject)`.

    `kinds` are the identifiers of which a transaction has one.
    """
    values: dict[tuple[IdKind, str], set[str]] = {}
    traces: dict[IdKind, set[str]] = {}
    messages = _Messages()
    for record in records:
        if any(word in record.event.message for word in _SENT):
            continue
        delivered = _deliveries(record.fields)
        of_record: list[str] = []
        for identifier in record.identifiers:
            if identifier.kind is IdKind.MESSAGE_ID:
                of_record.append(identifier.value)
            elif identifier.kind in TRACE_KINDS:
                traces.setdefault(identifier.kind, set()).add(identifier.value)
            elif identifier.kind in kinds:
                for name in _names(record, identifier.kind, identifier.value):
                    key = (identifier.kind, name)
                    values.setdefault(key, set()).add(_canonical(identifier.value))
        messages.add(of_record, one=delivered == 1)
    if messages.count > 1 or any(len(of_key) > 1 for of_key in values.values()):
        return True
    # One trace is the invocation's own, one may be that of the message that it serves.
    if any(len(of_kind) > 2 for of_kind in traces.values()):
        return True
    if shape is None:
        return False
    own = {identifier.value.lower() for identifier in subject.identifiers}
    return any(
        match.group().lower() not in own
        for record in records
        for match in shape.finditer(record.event.message)
    )


def is_one_of_many(record: Record, subject: Subject) -> bool:
    """Tell whether a document holds the subject in a list, beside others of its kind.

    For opaque subjects, whose siblings no shape tells: `{"orders": [{"id": ...}, {"id": ...}]}`.
    Values are of a kind that stand under the same keys, wherever in a list.
    """
    own = {identifier.value.lower() for identifier in subject.identifiers}
    if not all(_OPAQUE.fullmatch(value) for value in own):
        return False
    places: dict[tuple[str, ...], set[str]] = {}
    for path, value in _texts(record.fields, (), 0):
        places.setdefault(path, set()).add(value.lower())
    return any(
        not values.isdisjoint(own) and any(_OPAQUE.fullmatch(value) for value in values - own)
        for values in places.values()
    )


def _texts(value: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the texts of a document, those of documents inside of texts too, with their keys."""
    if isinstance(value, str):
        inner = read_document(value) if value[:1] in ("{", "[") else None
        if inner is None:
            yield path, value
        value = inner
    if depth < _MAX_NESTING:
        if isinstance(value, dict):
            for key, child in value.items():
                yield from _texts(child, (*path, key), depth + 1)
        elif isinstance(value, list):
            for child in value:
                yield from _texts(child, path, depth + 1)


def shape_of(subject: Subject) -> re.Pattern[str] | None:
    """Return a pattern for values that look like the subject but for their digits.

    None where the subject is opaque (UUIDs, hex, trace IDs): those are everywhere, and only the
    keys they stand under tell what they mean; or where it has no word of letters or no digits.
    """
    text = subject.identifiers[-1].value
    pieces = re.split("([0-9]+)", text)
    if _OPAQUE.fullmatch(text) or len(pieces) == 1 or not re.search("[A-Za-z]", text):
        return None
    if all(len(piece) < 2 for piece in pieces[::2]):
        return None
    shape = "".join("[0-9]+" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
    return re.compile(rf"(?<![A-Za-z0-9_-]){shape}(?![A-Za-z0-9_-])", re.IGNORECASE)


class _Messages:
    """Counts messages by their IDs, of which one message may have several."""

    def __init__(self) -> None:
        self._group_of: dict[str, set[str]] = {}

    def add(self, ids: Iterable[str], *, one: bool) -> None:
        """Take IDs in; `one`: they are all of one message."""
        for value in ids:
            self._group_of.setdefault(value, {value})
        if one:
            merged = set().union(*(self._group_of[value] for value in ids))
            for value in merged:
                self._group_of[value] = merged

    @property
    def count(self) -> int:
        """How many messages the IDs are of."""
        return len({id(group) for group in self._group_of.values()})


def _deliveries(fields: Mapping[str, Any]) -> int | None:
    """Return how many messages a logged event delivers, or None where no event is logged."""
    if not fields:
        return None
    for holder in _holders(fields, 0):
        for key in ("Records", "records"):
            delivered = holder.get(key)
            if isinstance(delivered, list):
                return len(delivered)
        if "detail-type" in holder and "source" in holder:
            return 1
    return None


def _holders(value: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    yield value
    if depth < _MAX_DEPTH:
        for child in value.values():
            if isinstance(child, dict):
                yield from _holders(child, depth + 1)


def _names(record: Record, kind: IdKind, value: str) -> set[str]:
    """Return the keys under which a configured key's value stands; other kinds need none."""
    if kind is not IdKind.KEY:
        return {""}
    found = re.findall(
        rf"([\w@-]+)\\*[\"']?\s*(?:=>|[:=])\s*\\*[\"']?{re.escape(value)}(?![\w-])",
        record.event.message,
    )
    return set(found) or {""}


def _canonical(value: str) -> str:
    """Return a correlation ID that is a trace header as its trace: the parent may change."""
    trace = _TRACE.search(value)
    return trace.group().lower() if trace else value
