"""Secrets by names that do not stand right before them with a separator in between.

Flags, elements, forms, lists and maps of names and values, and prose. Which names are telling is
`slsloggrep.redact.names`'s knowledge. Escapes are undone before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from slsloggrep.redact.names import (
    Named,
    is_no_secret,
    is_plain,
    is_telling,
    kind_beside,
    kind_of,
    kind_under,
)
from slsloggrep.redact.stretches import read_header, read_value

_FLAG = re.compile(
    r"(?<!\S)--?[\w-]*?(?:(?P<password>passw(?:or)?d|passphrase|(?<![A-Za-z])pass)|(?P<token>token)"
    r"|(?P<secret>secret)|(?P<key>api-?key))[ ]+(?P<value>[^\s-]\S*)",
    re.IGNORECASE,
)
_FLAG_KINDS = {"password": "password", "token": "token", "secret": "secret", "key": "api-key"}

# As variables and headers stand in lists of maps, either of them first.
_NAME_KEY = r"[\"'](?:[Nn]ame|[Kk]ey|header)[\"']\s*:\s*[\"'](?P<name>[\w.-]{1,80})[\"']"
_VALUE_KEY = r"[\"'][Vv]alue[\"']\s*:\s*"
_PAIR = re.compile(rf"{_NAME_KEY}\s*,\s*{_VALUE_KEY}(?=[\"'{{\[])")
_PAIR_TURNED = re.compile(
    rf"{_VALUE_KEY}(?P<quote>[\"'])(?P<value>(?:(?!(?P=quote))[^\\]|\\.)*+)(?P=quote)"
    rf"\s*,\s*{_NAME_KEY}"
)
_BESIDE = re.compile(r"[\"'](?P<name>[\w-]{3,60})[\"'],\s?(?=[\"'])")
"""A header's name before its value in a list of them (Node.js `rawHeaders`, Python's tuples)."""

_ELEMENT = re.compile(r"<(?P<name>[\w:.-]{1,80})(?:\s[^<>]*)?>(?P<value>[^<>]+)</(?P=name)>")
_CDATA = re.compile(
    r"<(?P<name>[\w:.-]{1,80})(?:\s[^<>]*)?>\s{0,40}<!\[CDATA\["
    r"(?P<value>(?:[^\]]|\](?!\]>)){1,1000})\]\]>"
)
_FORM = re.compile(
    r"name=\"(?P<name>[\w.\[\]-]{1,80})\"\r?\n(?:[\w-]+:.*\n)*\r?\n(?P<value>[^\n]+)"
)

_DOUBLED = re.compile(r"\"\"(?P<name>[\w.-]{1,80})\"\"\s?:\s?\"\"(?P<value>[^\"]{1,1000})\"\"")
"""JSON in a cell of CSV (RFC 4180, section 2: a quote within quotes is two)."""

_CONFIGURED = re.compile(r"(?<=configure set )(?:[\w.]*\.)?(?P<name>\w{1,80}) +(?P<value>\S+)")
"""As the AWS CLI is told keys."""

_SAID = re.compile(
    r"(?P<name>passw(?:or)?d|passphrase|passcode|token|api[ _-]?key)[ \t]{1,4}"
    r"(?:(?:is|was|set to)(?:[ \t]{0,4}(?P<colon>[:=])\s{0,4}|[ \t]{1,4}))?"
    r"(?=(?P<quote>[\"'`])?[^\s\"'`])"
)
"""As prose puts it, in lower case: `password was: x`, `password "x"`."""

_SAYING = (" is ", " was", ' "', " '", " `", " is:", " set to", "\t")

_NAMING = (
    *(("</", _ELEMENT), ("<![CDATA[", _CDATA), ("\n", _FORM), ('""', _DOUBLED)),
    *(("alue", _PAIR_TURNED), ("configure set ", _CONFIGURED)),
)
"""What has both a name and a value, and a sign without which it is not there."""

_HEADER_SIGNS = ("authorization", "cookie", "-key", "-token", "-secret", "-password", "-signature")


def find_apart(text: str, lower: str) -> Iterator[Named]:
    """Yield values whose names do not stand right before them with a separator in between.

    In no order; `lower` is the text in lower case.
    """
    if " -" in text or text.startswith("-"):
        for found in _FLAG.finditer(text):
            group = next(kind for kind in _FLAG_KINDS if found[kind])
            yield Named(*found.span("value"), _FLAG_KINDS[group])
    for sign, regex in _NAMING:
        for found in regex.finditer(text) if sign in text else ():
            kind = kind_under(found["name"], found["value"])
            if kind is not None and not is_plain(kind, found["value"]):
                yield Named(*found.span("value"), kind)
    if any(sign in lower for sign in _SAYING):
        for found in _SAID.finditer(lower):
            yield from _read_said(text, lower, found)
    if "value" in lower:
        for found in _PAIR.finditer(text):
            yield from _find_quoted(text, found.end(), kind_of(found["name"]))
    if any(sign in lower for sign in _HEADER_SIGNS):
        for found in _BESIDE.finditer(text):
            value = read_value(text, found.end(), quoted=True)
            kind = kind_beside(found["name"], text[value.start : value.end])
            yield from _find_quoted(text, found.end(), kind)


def _read_said(text: str, lower: str, found: re.Match[str]) -> Iterator[Named]:
    """Yield what a sentence says a secret is, if it is one word that looks so."""
    name = found["name"]
    kind = kind_of(name.replace(" ", "-"))
    before = found.start()
    if kind is None or is_no_secret(lower, before - lower.startswith(" ", before - 1)):
        return
    start, end, whole = read_value(text, found.end(), quoted=False)
    value = text[start:end]
    is_marked = kind == "password" and (found["colon"] or found["quote"])
    is_verbless = not found["quote"] and lower[found.end("name") : found.end()].isspace()
    if whole or is_verbless or any(map(str.isspace, value)) or is_plain(kind, value):
        return
    if value and (is_marked or is_telling(value)):
        yield Named(start, end, kind)


def _find_quoted(text: str, at: int, kind: str | None) -> Iterator[Named]:
    if kind is None:
        return
    value = read_value(text, at, quoted=True)
    start, end, _ = read_header(text, value) if kind == "authorization" else value
    if not is_plain(kind, text[start:end]):
        yield Named(start, end, kind)
