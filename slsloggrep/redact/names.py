"""Secrets that show by the name they stand under: `password=`, `"token": "`, `Cookie:`.

Finds the names in text, and reads which stretch is the value; tells of a key of a structured
record whether its value is a secret. Names that stand apart from their values are
`slsloggrep.redact.apart`'s. Escapes are undone before; shapes that need no name are
`slsloggrep.redact.shapes`'s.

A word too much is better than a secret too few: `password: incorrect` loses its word. But names
of what is no secret (`nextToken`, `max_tokens`, `idempotency-token`) are known, and where prose may
stand (`Invalid token: expired`), a value must look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from slsloggrep.redact.stretches import Stretch, read_header, read_value


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
    Name("password", "pass", apart=True, prosaic=True),
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
    Name(
        "session",
        "sess",
        r"(?:ion)?[_-]?(?:id|key)",
        before=r"(?<!php)(?<!j)(?<!asp\.net)(?<!asp\.net[_-])",
    ),
    Name("code", "otp", apart=True),
    Name("pin", "pin", apart=True),
    Name("code", "cvv", r"2?", apart=True),
    Name("code", "cvc", r"2?", apart=True),
    Name("code", "security", r"[_-]?code"),
    Name("ssn", "ssn", apart=True),
    Name("ssn", "social", r"[_-]?security[_-]?(?:number|no)"),
    Name("card", "card", r"[_-]?(?:number|num|no)"),
    Name("iban", "iban", apart=True),
    Name("authorization", "authorization"),
    Name("cookie", "cookie", r"s?2?"),
)

KINDS = tuple(dict.fromkeys(name.kind for name in NAMES))

_SUFFIX = r"(?:[_-]?(?:hash|salt|confirm(?:ation)?|repeat|old|new|plain|text|\d{1,2}))?"

SEPARATOR = r"(?:\[\])?(?P<close>[\"'`]?)\]?(?:\[\])?[ \t]{0,4}(?P<sep>=>|:=|[:=]|->)\s{0,4}"
"""What stands between a name and its value: JSON, lists in forms, logfmt, headers, maps of Ruby."""

_NO_SECRET = re.compile(
    r"(?:next|forward|backward|continuation|pagination|page|paging|starting|sync|idempotency"
    r"|request|upload|cancel|unexpected|delivery|device|push|max|min|total|prompt|completion|num"
    r"|has|is|public|partition|sort|primary|foreign|routing|cache|object|\d{12}:)[_.-]?\Z"
)
"""What stands before `token` where it is no secret: a place in a listing, a count."""

_NO_PASSWORD = re.compile(
    r"(?:is|has|did|by|boarding|season|high|low|band|all|first|second|last|max|min"
    r"|num|total|single|multi|ski|day|lift|bus|train|rail|travel|museum|city)[_. -]?\Z"
)
"""What stands before `pass` where it is none."""

_OUTCOME = re.compile(
    r"\d{1,4}|\d[\d.,]*(?:/\d+| ?of ?\d+| ?%| ?m?s)|\d+\.\d+"
    r"|(?i:ok|yes|no|on|off|y|n|t|f|pass(?:ed)?|fail(?:ed|ure)?|skip(?:ped)?|done|error"
    r"|success(?:ful)?|completed?|tests?(?:[A-Z_].*)?)"
)
"""What stands behind `pass` where it counts or tells how something went."""

_PIN = re.compile(r"\d{4,12}")
"""A PIN (ISO 9564-1); what has fewer digits numbers the pins of a chip."""

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_SHORTEST_SESSION = 16
"""Characters of what lets into a session, and is no number of one. A UUID is an ID that joins:
whoever wants it hidden hides IDs."""

_IN_ARN = re.compile(r"arn:[\w-]*:secretsmanager:[^\s:]*:[^\s:]*:\Z")
_LONGEST_ARN = 100
"""Characters of an ARN in front of its `secret:`."""

_PLACEHOLDER = re.compile(
    r"(?:(?P<filler>[^\w\s])(?P=filler)*|[\s\[\](){}<>\"'`,;:]*|[xX]{3,}|<[a-z][a-z0-9 _:-]*>"
    r"|(?i:basic|bearer|str|string)\s*"
    r"|(?i:\W*(?:redacted|masked|hidden|protected|filtered|omitted|removed|none|null|nil"
    r"|undefined|true|false|n/a|unknown|required|missing|invalid|object|array)(?: object)?\W*)"
    r"|[$#]\{[^{}\"']*\}|\{\{[^{}\"']*\}\}|\{\w*\}|%\w|arn:aws[\w-]*:.*)",
    re.DOTALL,
)
"""What stands where a secret was hidden already, or where there is none. ARNs name secrets."""

_SINGLE_KINDS = frozenset({"pin", "session"})
"""What is no list, and no map."""

_LONG_KINDS = frozenset({"aws-secret", "api-key", "secret", "token"})


class Named(NamedTuple):
    """A stretch of a text that is a secret by its name."""

    start: int
    end: int
    kind: str
    whole: bool = False
    """It is a list or a map, brackets included."""


_READERS = tuple(
    (name.sign, name, re.compile(f"{re.escape(name.sign)}{name.tail}{_SUFFIX}{SEPARATOR}"))
    for name in NAMES
)
_BEFORE = {name: re.compile(rf"{name.before}\Z") for name in NAMES if name.before}
_ENDS = tuple(
    (name, re.compile(f"{re.escape(name.sign)}{name.tail}{_SUFFIX}\\Z")) for name in NAMES
)

_READINGS = 20
"""How often a text may be read through for the values of one name that turn out to be none."""

SIGNS = tuple(dict.fromkeys(name.sign for name in NAMES))
"""One of them is, in lower case, in every text that names a secret."""


def lowered(text: str) -> str:
    """Return a text in lower case and as long as before: `İ` alone would become two characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.translate(_ASCII_LOWER)


_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


@lru_cache(maxsize=8192)
def kind_of(key: str) -> str | None:
    """Return what the value under a key of a structured record is by its name, or None."""
    if len(key) > 120:
        return None
    lower = lowered(key.rstrip("[]"))
    for name, regex in _ENDS:
        if name.sign in lower:
            found = regex.search(lower)
            if found and _is_named(name, key, lower, found.start()):
                return name.kind
    return None


def kind_beside(name: str, value: str) -> str | None:
    """Return what a text is that follows the name of a header in a list, or None.

    Lists may be of names alone, as CORS has them: `["authorization", "x-api-key"]`.
    """
    kind = kind_of(name)
    if kind == "cookie":
        return kind if "=" in value else None
    if kind is None or not ("-" in name or kind == "authorization"):
        return None
    is_value = " " in value.strip() or (is_telling(value) and not _HEADER.fullmatch(value))
    return kind if is_value else None


_HEADER = re.compile(r"[A-Za-z-]+")


def is_plain(kind: str, value: str) -> bool:
    """Tell whether a value is no secret whatever its name says: hidden already, a flag, an ARN."""
    return _PLACEHOLDER.fullmatch(value) is not None or (
        kind in _LONG_KINDS and value.isdecimal() and len(value) < 4
    )


def kind_under(key: str, value: object) -> str | None:
    """Return what a value under a key is, or None where the value says that it is no secret."""
    kind = kind_of(key)
    if kind is None:
        return None
    is_pass = kind == "password" and _PASS.search(key.rstrip("[]")) is not None
    return None if _is_ordinary(kind, value, is_pass=is_pass) else kind


_PASS = re.compile(rf"pass{_SUFFIX}\Z", re.IGNORECASE)


def _is_ordinary(kind: str, value: object, *, is_pass: bool) -> bool:
    """Tell whether a value is none for a name that is an ordinary word: `pass: 3`, `otp: sent`."""
    if isinstance(value, Mapping | list):
        return is_pass or kind in _SINGLE_KINDS
    written = str(value)
    if is_pass:
        return _OUTCOME.fullmatch(written) is not None
    if kind == "pin":
        return _PIN.fullmatch(written) is None
    if kind == "session":
        is_long = len(written) >= _SHORTEST_SESSION and not written.isdecimal()
        return not (is_long and is_telling(written)) or _UUID.fullmatch(written) is not None
    return kind == "code" and written.isalpha() and not written.isupper()


def names_secrets(lower: str) -> bool:
    """Tell quickly whether a text in lower case may name secrets, in whatever spelling."""
    return any(sign in lower for sign in SIGNS)


def find_named(text: str, lower: str) -> Iterator[Named]:
    """Yield the values right behind telling names, in no order; `lower` is it in lower case."""
    for sign, name, regex in _READERS:
        if sign in lower:
            end = in_vain = 0
            for found in regex.finditer(lower):
                # What lies in the value before is a secret already: `password=password=`.
                if found.start() < end or not _is_named(name, text, lower, found.start()):
                    continue
                stretch, named = _read(name, text, found)
                if named is None:
                    in_vain += stretch.end - stretch.start
                    if in_vain <= _READINGS * len(text):
                        continue
                    # Names within values within names are made to cost time: all of it goes.
                    named = Named(stretch.start, stretch.end, name.kind)
                end = named.end
                yield named


def is_no_secret(lower: str, start: int) -> bool:
    """Tell whether what stands before an ordinary word makes no secret of it: `next_token`."""
    return _NO_SECRET.search(lower, max(0, start - _LOOKED_BACK), start) is not None


_LOOKED_BACK = 24
"""Characters before a name that say what it is."""


def _is_named(name: Name, text: str, lower: str, start: int) -> bool:
    """Tell whether a name that was found says what it seems to."""
    before = lower[max(0, start - _LOOKED_BACK) : start]
    if name.sign == "pass" and _NO_PASSWORD.search(before):
        return False
    if name.sign == "secret" and before.endswith(":"):
        arn = _IN_ARN.search(lower, max(0, start - _LONGEST_ARN), start)
        if arn is not None:
            return False
    if name.apart:
        if start and lower[start - 1].isalnum():
            return text[start].isupper() and not text[start - 1].isupper()
        return True
    if name.before:
        return _BEFORE[name].search(before) is not None
    return not (name.prosaic and is_no_secret(lower, start))


def _read(name: Name, text: str, found: re.Match[str]) -> tuple[Stretch, Named | None]:
    """Return where the value of a name stands, and the same as a secret unless it is none."""
    quoted = bool(found["close"])
    stretch = read_value(text, found.end(), quoted=quoted)
    if name.kind in ("authorization", "cookie"):
        stretch = read_header(text, stretch, pairs=name.kind == "cookie")
    if not _is_secret(name, text, found, stretch, quoted=quoted):
        return stretch, None
    return stretch, Named(stretch.start, stretch.end, name.kind, stretch.whole)


def _is_secret(
    name: Name, text: str, found: re.Match[str], stretch: Stretch, *, quoted: bool
) -> bool:
    start, end, whole = stretch
    if whole:
        is_ordinary = name.sign == "pass" or name.kind in _SINGLE_KINDS
        return not is_ordinary and not is_plain(name.kind, text[start:end])
    is_bare = text[start - 1 : start] not in ("'", '"', "`")
    spaced = not quoted and is_bare and found[0][-1:].isspace()
    value = text[start:end]
    if spaced and name.prosaic and _is_word_alone(text, found.start()) and not is_telling(value):
        return False
    if is_bare and _is_code(value, found[0][: found.start("close") - found.start()]):
        return False
    if name.sign in ("code", "assertion") and len(value) < 16:
        return False
    if name.kind == "cookie" and spaced and "=" not in value and not is_telling(value):
        return False
    if _is_ordinary(name.kind, value, is_pass=name.sign == "pass"):
        return False
    is_folder = name.sign == "pwd" and value.startswith("/")  # the shell's PWD
    return value != "" and not is_folder and not is_plain(name.kind, value)


def _is_word_alone(text: str, start: int) -> bool:
    """Tell whether a name is one word, as in prose, and no `access_token`."""
    return start == 0 or not (text[start - 1].isalnum() or text[start - 1] in "_-.")


_LOOKED_UP = re.compile(
    r"(?:os|process|self|this|config|settings|event|ctx|context)\b[.\[(]|get_?\w*\("
)


def _is_code(value: str, name: str) -> bool:
    """Tell whether a bare value is a variable or a call, as in the lines of a stack trace."""
    lower = value.lower()
    return (
        lower == name
        or ("." in value and lower.endswith((f".{name}", f"_{name}")))
        or _LOOKED_UP.match(value) is not None
    )


def is_telling(value: str) -> bool:
    """Tell whether what follows a word in prose looks like a secret."""
    return len(value) >= 16 or (len(value) >= 6 and any(c.isdigit() for c in value))
