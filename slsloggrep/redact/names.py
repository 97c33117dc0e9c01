"""Secrets that show by the name they stand under: `password=`, `"token": "`, `Cookie:`.

Finds the names in text, and reads which stretch is the value; tells of a key of a structured
record whether its value is a secret. Escapes are undone before; shapes that need no name are
`slsloggrep.redact.shapes`'s.

A word too much is better than a secret too few: `password: incorrect` loses its word. But names
of what is no secret (`nextToken`, `max_tokens`, `idempotency-token`) are known, and where prose may
stand (`Invalid token: expired`), a value must look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from slsloggrep.redact.stretches import read_header, read_value


class Name(NamedTuple):
    """A word that the name of a secret ends with."""

    kind: str
    sign: str
    """What it begins with, in lower case; texts without it are passed over."""
    tail: str = ""
    """A regex for the rest of it."""
    before: str = ""
    """A regex for what must stand before it."""
    apart: bool = False
    """It is short, and stands apart: `otp` is none in `laptop`, but one in `userOtp`."""
    prosaic: bool = False
    """It is an ordinary word, after which prose may follow."""


_KEYS = (
    "api|access|account|private|secret|signing|encryption|subscription|functions?|master|auth|app"
    "|application|sharedaccess|shared[_-]access|storage|admin|license|deploy|webhook|client"
)

NAMES = (
    Name("password", "passw", r"(?:or)?ds?"),
    Name("password", "passphrase"),
    Name("password", "passcode"),
    Name("password", "pwd", apart=True),
    Name("aws-secret", "secret", r"[_-]?(?:access[_-]?)?key"),
    Name("secret", "secret", r"(?:[_-]?(?:string|value|text|binary|token))?", prosaic=True),
    Name("token", "token", r"(?:[_-]?(?:value|string|secret))?", prosaic=True),
    Name("token", "jwt", apart=True),
    Name("api-key", "key", before=rf"(?:{_KEYS})[_-]?"),
    Name("secret", "credential", r"s?", prosaic=True),
    Name("secret", "connectionstring"),
    Name("secret", "connection", r"[_-]string"),
    Name("token", "sharedaccesssignature"),
    Name("token", "signature", before=r"(?:[?&;]|x-amz-|, ?)"),
    Name("token", "sig", before=r"[?&;]"),
    Name("token", "code", before=r"[?&;]"),
    Name("token", "saml", r"(?:response|request)"),
    Name("token", "assertion"),
    Name("cookie", "sess", r"(?:ion)?[_-]?id", before=r"(?:php|j|asp\.net[_-]?)"),
    Name("cookie", "connect.sid"),
    Name("code", "otp", apart=True),
    Name("code", "cvv", r"2?", apart=True),
    Name("code", "cvc", r"2?", apart=True),
    Name("code", "security", r"[_-]?code"),
    Name("ssn", "ssn", apart=True),
    Name("ssn", "social", r"[_-]?security[_-]?(?:number|no)"),
    Name("card", "card", r"[_-]?(?:number|num|no)"),
    Name("iban", "iban", apart=True),
    Name("authorization", "authori", r"[sz]ation"),
    Name("cookie", "cookie", r"s?2?"),
)

KINDS = tuple(dict.fromkeys(name.kind for name in NAMES))

_SUFFIX = r"(?:[_-]?(?:hash|salt|confirm(?:ation)?|repeat|old|new|plain|text|\d{1,2}))?"

SEPARATOR = r"(?P<close>[\"'`]?)\]?[ \t]{0,4}(?P<sep>=>|:=|[:=]|->)\s{0,4}"
"""What stands between a name and its value: JSON, logfmt, headers, URLs, maps of Ruby and Go."""

_BESIDE = re.compile(r"[\"'],\s?[\"']")
"""Between a header's name and its value in a list of them (Node.js `rawHeaders`, Python)."""

_NO_SECRET = re.compile(
    r"(?:next|continuation|pagination|page|paging|starting|sync|idempotency|request|upload|cancel"
    r"|unexpected|delivery|device|push|max|min|total|prompt|completion|num|has|is|public|partition"
    r"|sort|primary|foreign|routing|cache|object)[_.-]?\Z"
)
"""What stands before `token` where it is no secret: a place in a listing, a count."""

_PLACEHOLDER = re.compile(
    r"(?:\W*|[xX]{3,}|(?i:\W*(?:redacted|masked|hidden|filtered|omitted|removed|none|null|nil"
    r"|undefined|true|false|n/a|unknown|required|missing|invalid|object|array)(?: [Oo]bject)?\W*)"
    r"|[$#%]?\{.*\}|%\w|arn:aws[\w-]*:(?!lambda:secret).*)",
    re.DOTALL,
)
"""What stands where a secret was hidden already, or where there is none. ARNs name secrets."""

_FLAG = re.compile(
    r"(?<!\S)--?[\w-]*?(?:(?P<password>passw(?:or)?d|passphrase)|(?P<token>token)"
    r"|(?P<secret>secret)|(?P<key>api-?key))[ ]+(?P<value>[^\s-]\S*)",
    re.IGNORECASE,
)
_FLAG_KINDS = {"password": "password", "token": "token", "secret": "secret", "key": "api-key"}

_PAIR = re.compile(
    r"[\"'](?:name|key|Name|Key|header)[\"']\s*:\s*[\"'](?P<name>[\w.-]{1,80})[\"']\s*,\s*"
    r"[\"'](?:value|Value)[\"']\s*:\s*(?=[\"'])"
)
_ELEMENT = re.compile(r"<(?P<name>[\w:.-]{1,80})(?:\s[^<>]*)?>(?P<value>[^<>]+)</(?P=name)>")
_FORM = re.compile(
    r"name=\"(?P<name>[\w.\[\]-]{1,80})\"\r?\n(?:[\w-]+:.*\n)*\r?\n(?P<value>[^\n]+)"
)


class Named(NamedTuple):
    """A stretch of a text that is a secret by its name."""

    start: int
    end: int
    kind: str
    whole: bool = False
    """It is a list or a map, brackets included."""


class _Reader(NamedTuple):
    name: Name
    regex: re.Pattern[str]
    beside: re.Pattern[str]


def _reader(name: Name) -> _Reader:
    word = re.escape(name.sign) + name.tail + _SUFFIX
    return _Reader(name, re.compile(word + SEPARATOR), re.compile(word + _BESIDE.pattern))


_READERS = tuple(map(_reader, NAMES))
_BEFORE = {name: re.compile(rf"{name.before}\Z") for name in NAMES if name.before}
_ENDS = tuple(
    (name, re.compile(f"{re.escape(name.sign)}{name.tail}{_SUFFIX}\\Z")) for name in NAMES
)

SIGNS = tuple(dict.fromkeys(name.sign for name in NAMES))
"""One of them is, in lower case, in every text that names a secret."""


def lowered(text: str) -> str:
    """Return a text in lower case and as long as before: `İ` alone would become two characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.translate(_ASCII_LOWER)


_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def kind_of(key: str) -> str | None:
    """Return what the value under a key of a structured record is by its name, or None."""
    if len(key) > 120:
        return None
    lower = lowered(key)
    for name, regex in _ENDS:
        if name.sign in lower:
            found = regex.search(lower)
            if found and _is_named(name, key, lower, found.start()):
                return name.kind
    return None


def is_plain(kind: str, value: str) -> bool:
    """Tell whether a value is no secret whatever its name says: hidden already, a flag, an ARN."""
    return _PLACEHOLDER.fullmatch(value) is not None or (
        kind == "token" and value.isdecimal() and len(value) < 4
    )


def find_named(text: str, lower: str) -> Iterator[Named]:
    """Yield the values of telling names, in no order; `lower` is the text in lower case."""
    for reader in _READERS:
        name = reader.name
        if name.sign not in lower:
            continue
        for found in reader.regex.finditer(lower):
            if _is_named(name, text, lower, found.start()):
                yield from _read(name, text, found)
        if name.kind in ("authorization", "cookie", "api-key", "token"):
            for found in reader.beside.finditer(lower):
                is_header = name.kind in ("authorization", "cookie") or (
                    text[max(0, found.start() - 1)] == "-"
                )
                if is_header and _is_named(name, text, lower, found.start()):
                    stretch = read_value(text, found.end() - 1, quoted=True)
                    if name.kind == "authorization":
                        stretch = read_header(text, stretch)
                    yield from _checked(name, text, stretch.start, stretch.end)
    if "--" in text or " -" in text:
        for found in _FLAG.finditer(text):
            group = next(kind for kind in _FLAG_KINDS if found[kind])
            yield Named(*found.span("value"), _FLAG_KINDS[group])
    for regex in (_PAIR, _ELEMENT, _FORM):
        yield from _find_apart(regex, text)


def _find_apart(regex: re.Pattern[str], text: str) -> Iterator[Named]:
    """Yield values whose names stand in another place than right before them."""
    for found in regex.finditer(text):
        kind = kind_of(found["name"].rstrip("[]"))
        if kind is None:
            continue
        if "value" in regex.groupindex:
            start, end = found.span("value")
        else:
            start, end, _ = read_value(text, found.end(), quoted=True)
        if not is_plain(kind, text[start:end]):
            yield Named(start, end, kind)


def _is_named(name: Name, text: str, lower: str, start: int) -> bool:
    """Tell whether a name that was found says what it seems to."""
    before = lower[max(0, start - 24) : start]
    if name.apart:
        if start and lower[start - 1].isalnum():
            return text[start].isupper() and not text[start - 1].isupper()
        return True
    if name.before:
        return _BEFORE[name].search(before) is not None
    return not (name.prosaic and _NO_SECRET.search(before))


def _read(name: Name, text: str, found: re.Match[str]) -> Iterator[Named]:
    quoted = bool(found["close"])
    stretch = read_value(text, found.end(), quoted=quoted)
    if name.kind in ("authorization", "cookie"):
        stretch = read_header(text, stretch, pairs=name.kind == "cookie")
    start, end, whole = stretch
    if whole:
        if re.search(r"\w", text[start:end]):
            yield Named(start, end, name.kind, whole=True)
        return
    spaced = not quoted and found[0][-1:].isspace() and text[start - 1 : start] not in ("'", '"')
    value = text[start:end]
    if spaced and name.prosaic and _is_word_alone(text, found.start()) and not _is_telling(value):
        return
    if name.sign in ("code", "assertion") and len(value) < 16:
        return
    if name.kind == "cookie" and spaced and "=" not in value and not _is_telling(value):
        return
    yield from _checked(name, text, start, end)


def _checked(name: Name, text: str, start: int, end: int) -> Iterator[Named]:
    is_folder = name.sign == "pwd" and text[start] == "/"  # the shell's PWD
    if end > start and not is_folder and not is_plain(name.kind, text[start:end]):
        yield Named(start, end, name.kind)


def _is_word_alone(text: str, start: int) -> bool:
    """Tell whether a name is one word, as in prose, and no `access_token`."""
    return start == 0 or not (text[start - 1].isalnum() or text[start - 1] in "_-.")


def _is_telling(value: str) -> bool:
    """Tell whether what follows a word in prose looks like a secret."""
    return len(value) >= 16 or (len(value) >= 6 and any(c.isdigit() for c in value))
