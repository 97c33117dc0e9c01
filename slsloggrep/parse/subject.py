r"""The subject of a search: what a user typed as an ID, and where a text mentions it.

Recognises request IDs, trace IDs in all spellings (a pasted header too), execution ARNs, Datadog's
decimal IDs; anything else is looked for as it is. A mention is a whole token: `ord-12` is not in
`ord-123`, `xord-12` or `ord-12-3`, but it is in `"ord-12"`, `/orders/ord-12/items`, and after an
escape such as `\n`. Characters of the token may be escaped as in JSON (`\u002d`, `\/`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from slsloggrep.model import TRACE_KINDS, Identifier, IdKind, Millis, Record
from slsloggrep.parse.identifiers import UUID
from slsloggrep.parse.moments import Moment, moment_of, moment_of_trace
from slsloggrep.parse.traces import EXECUTION_ARN, TRACEPARENT, W3C, XRAY, xray_identifier

_QUOTES = "\"'`\u201c\u201d\u2018\u2019<>"
_ROOT = re.compile(r"root=" + XRAY.pattern, re.IGNORECASE)
_NAMED = re.compile(
    r"(?:(?:aws_?|x-amzn-|lambda_?|function_?)?request_?-?id|x-amzn-trace-id|traceparent"
    r"|(?:xray_?|otel)?trace_?id)[\"']?\s*[:=]\s*(?=\S+$)",
    re.IGNORECASE,
)
_WEB_ID = re.compile(r"[A-Z2-7]{26}")
_DECIMAL = re.compile(r"[1-9][0-9]{14,19}")

_ESCAPABLE = re.compile(r"[\x00-\x1f/\"'\\]")

_SHORT_ESCAPES = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}

_COLOUR = re.compile(r"(?:\x1b|\\+u001[bB])\[[0-9;:]*m")

# Escapes of the characters that a token may hold: 0-9 A-Z a-z _ -
_FEW = 4

_OPAQUE = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}|[0-9a-fA-F]{32}|[0-9]{15,20}"
)
"""UUIDs, trace IDs in both spellings, and Datadog's decimal one, wherever they stand."""

_TOKEN_ESCAPE = r"u00(?:3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA]|2[dD])"  # noqa: S105 - a pattern, no password

_ENTRANCE = r"(?:(?<!\\)(?=\\)|(?!\\))"
"""A run of backslashes is entered at its beginning only, lest a long one is tried from each of its
members."""

_BEFORE = (
    r"(?:(?<![\w-])"
    r"|(?<=\\[nrtbf])"
    rf"|(?<=\\u[0-9a-fA-F]{{4}})(?<!\\{_TOKEN_ESCAPE})"
    r"|(?<=%2[0-9A-CE-Fa-ce-f])|(?<=%3[A-Fa-f]))"
)
_NOT_ESCAPED_BEFORE = rf"(?<!\\{_TOKEN_ESCAPE})"
_AFTER = rf"(?![\w-])(?!\\+{_TOKEN_ESCAPE})"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is searched for, in every spelling."""

    text: str
    """As typed, without the quotes and blanks around it."""
    identifiers: tuple[Identifier, ...]
    """What it can be; never empty."""
    literals: tuple[str, ...]
    """An event that mentions the subject holds at least one of these, or one JSON-escaped."""
    pattern: re.Pattern[str]
    """Finds a mention: a whole token in any spelling, escaped or not."""
    folded: bool = False
    """Upper and lower case are one (hex digits)."""
    time: Millis | None = None
    """The time that the identifier carries."""
    time_kind: str | None = None
    """The format that carries it: `xray`, `w3c`, `uuid7`, `uuid1`, `uuid6`, `ulid`, `ksuid`."""
    certain: bool = False
    """The format promises the time; else it is a guess from the identifier's looks."""

    def mentioned_in(self, text: str) -> bool:
        """Tell whether a text mentions the subject as a whole token."""
        searched = text.lower() if self.folded else text
        if not any(literal in searched for literal in self.literals):
            # Only what is escaped or coloured can still hide one; most texts are done here.
            escaped = "\\u" in text or ("\\" in text and _ESCAPABLE.search(self.literals[0]))
            if not escaped and "\x1b" not in text:
                return False
        if "\x1b" in text or "\\u001" in text:
            text = _COLOUR.sub("", text)
        return self.pattern.search(text) is not None


def recognise(text: str) -> Subject:
    """Return the subject that a user's text means; never fails, whatever it is.

    An empty text gives a subject that nothing mentions.
    """
    typed = _unquote(text)
    value = _unquote(typed[named.end() :]) if (named := _NAMED.match(typed)) else typed
    xray = _ROOT.search(value) or XRAY.fullmatch(value)
    if xray:
        return _trace_subject(typed, xray_identifier(xray.group(1), xray.group(2)))
    parent = TRACEPARENT.fullmatch(value)
    digits = parent.group(1) if parent else value if W3C.fullmatch(value) else ""
    if digits.strip("0"):
        return _trace_subject(typed, Identifier(IdKind.W3C_TRACE_ID, digits.lower()))
    if UUID.fullmatch(value):
        return _plain_subject(typed, value, (Identifier(IdKind.REQUEST_ID, value),))
    arn = EXECUTION_ARN.fullmatch(value)
    if arn:
        return _plain_subject(typed, value, (Identifier(IdKind.EXECUTION_ARN, value),))
    identifiers: tuple[Identifier, ...] = (Identifier(IdKind.TEXT, value),)
    if _DECIMAL.fullmatch(value) and int(value) < 1 << 64:
        identifiers = (Identifier(IdKind.DATADOG_TRACE_ID, value), *identifiers)
    elif _WEB_ID.fullmatch(value):
        identifiers = (Identifier(IdKind.REQUEST_ID, value), *identifiers)
    return _plain_subject(typed, value, identifiers)


def subject_of(identifier: Identifier) -> Subject:
    """Return the subject that an identifier of a record is, to follow it further."""
    if identifier.kind in TRACE_KINDS and W3C.fullmatch(identifier.join_key[1]):
        return _trace_subject(identifier.value, identifier)
    return _plain_subject(identifier.value, identifier.value, (identifier,))


def mentions(record: Record, subject: Subject) -> bool:
    """Tell whether a record mentions a subject: by an identifier, or anywhere in its message."""
    wanted = {identifier.join_key for identifier in subject.identifiers}
    if any(identifier.join_key in wanted for identifier in record.identifiers):
        return True
    return subject.mentioned_in(record.event.message)


def _unquote(text: str) -> str:
    """Return a text without the blanks and the pairs of quotes around it."""
    text = text.strip()
    while len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1].strip()
    return text


class Mentions:
    """Tells whether a text mentions any of many subjects, in a time that does not grow with them.

    Nearly all that are followed are UUIDs and trace IDs: those are told by one look at the tokens
    of such a form. What may be escaped or coloured, and all other subjects, are asked one by one.
    """

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self._all = tuple(subjects)
        self._plain: set[str] = set()
        self._others: list[Subject] = []
        for subject in self._all:
            tokens = [literal.lower() for literal in subject.literals]
            if subject.folded and any(_OPAQUE.fullmatch(token) for token in tokens):
                self._plain.update(tokens)
            else:
                self._others.append(subject)

    def anywhere_in(self, text: str) -> bool:
        """Tell whether the text mentions at least one of the subjects."""
        if len(self._all) < _FEW or "\\" in text or "\x1b" in text:
            return any(subject.mentioned_in(text) for subject in self._all)
        if any(match.group().lower() in self._plain for match in _OPAQUE.finditer(text)):
            return any(subject.mentioned_in(text) for subject in self._all)
        return any(subject.mentioned_in(text) for subject in self._others)


def _trace_subject(typed: str, identifier: Identifier) -> Subject:
    digits = identifier.join_key[1].lower()
    xray = f"1-{digits[:8]}-{digits[8:]}"
    # Datadog's tracers log the low 64 bits, in decimal.
    decimal = str(int(digits[16:], 16))
    literals = tuple(dict.fromkeys((xray, xray.upper(), digits, digits.upper(), decimal)))
    spellings = [_token(xray), _token(digits), _token(decimal)]
    # In a traceparent the ID stands between dashes, which elsewhere would continue a token.
    spellings.append(rf"(?<![\w-])00-{digits}(?=-[0-9a-f]{{16}}-)")
    moment = moment_of_trace(digits, xray=identifier.kind is IdKind.XRAY_TRACE_ID)
    pattern = re.compile("|".join(spellings), re.IGNORECASE)
    return _subject(typed, (identifier,), literals, pattern, moment, folded=True)


def _plain_subject(typed: str, value: str, identifiers: tuple[Identifier, ...]) -> Subject:
    folded = UUID.fullmatch(value) is not None
    spellings = (value, value.lower(), value.upper()) if folded else (value,)
    literals = tuple(dict.fromkeys(spellings))
    pattern = re.compile(
        _token(value) if value else r"(?!)", re.IGNORECASE if folded else re.NOFLAG
    )
    return _subject(typed, identifiers, literals, pattern, moment_of(value), folded=folded)


def _subject(
    typed: str,
    identifiers: tuple[Identifier, ...],
    literals: tuple[str, ...],
    pattern: re.Pattern[str],
    moment: Moment | None,
    *,
    folded: bool,
) -> Subject:
    return Subject(
        text=typed,
        identifiers=identifiers,
        literals=literals,
        pattern=pattern,
        folded=folded,
        time=moment.time if moment else None,
        time_kind=moment.kind if moment else None,
        certain=moment.certain if moment else False,
    )


def _token(value: str) -> str:
    """Return the pattern of a whole token; an edge that is no token's character needs no bound."""
    before = _BEFORE + _NOT_ESCAPED_BEFORE if _continues(value[0]) else ""
    after = _AFTER if _continues(value[-1]) else ""
    return _ENTRANCE + before + "".join(_character(character) for character in value) + after


def _continues(character: str) -> bool:
    return character.isalnum() or character in "_-"


def _character(character: str) -> str:
    """Return the pattern of a character as it is or as JSON may escape it, at any depth."""
    code = ord(character)
    if code > 0xFFFF:
        high, low = 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF)
        return rf"(?:{re.escape(character)}|\\+u(?i:{high:04x})\\+u(?i:{low:04x}))"
    escaped = rf"\\+u(?i:{code:04x})"
    if character == "\\":
        return rf"(?:\\+|{escaped})"
    if character in _SHORT_ESCAPES:
        return rf"(?:{re.escape(character)}|\\+{_SHORT_ESCAPES[character]}|{escaped})"
    if character in "/\"'":
        return rf"(?:\\*{character}|{escaped})"
    return rf"(?:{re.escape(character)}|{escaped})"
