"""What stands before the message in a line of text: time, request ID, level, by runtime.

Each runtime, and each way of pulling logs (`sam logs`, `aws logs tail`, exports), writes its own
prefix; AWS Lambda Developer Guide, *-logging pages, and the runtime interface clients. A prefix is
taken only as far as its shape is certain; the rest of the line is the message, which other modules
read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from slsloggrep.model import Level
from slsloggrep.parse.identifiers import UUID, request_id_of
from slsloggrep.parse.levels import LEVELS, level_of_word
from slsloggrep.parse.platform import starts_platform_line


class Prefix(NamedTuple):
    """What a line's prefix states, and the message after it."""

    message: str
    level: Level | None = None
    request_id: str | None = None
    word: str = ""
    """The level as written: .NET's `fail` means more than a level."""
    origin: str = ""
    """`node`, `python`, `go`, … where the shape tells the runtime; else empty."""


_WORD = "(?i:" + "|".join(sorted(LEVELS, key=len, reverse=True)) + ")"
_SHOUT = "TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL|SEVERE"
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_UUID = UUID.pattern

_STREAM = r"\d{4}/\d\d/\d\d/\S*?\[(?:\$LATEST|\d+)\][0-9a-f]{8,}"
_PULLED = re.compile(
    rf"(?:{_STREAM} \d{{4}}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)? "
    rf"|\d{{4}}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)? {_STREAM} )"
)
_EXPORTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?=\S)")
_AGAIN = re.compile(rf"{_ISO}[\t ]|\[(?:{_SHOUT})\]\t|[DIWEFA], \[\d{{4}}-")

_TAB = r"(?:\t| {2,})"
_NODE = re.compile(
    rf"{_ISO}(?:\t(?P<id>[^\t\r\n]*)\t| {{2,}}(?P<spaced>{_UUID}|undefined) {{2,}}"
    rf")(?:(?P<word>{_WORD})(?:\t| {{2,}}|\s*\Z))?"
)
_PYTHON = re.compile(
    rf"\[(?P<word>{_WORD})\]{_TAB}{_ISO}(?:\t| {{1,2}})(?P<id>[^\t\r\n ]*)(?:\t| +)"
)
_BRACKET = re.compile(rf"\[(?P<word>{_WORD})\](?:\t| - | )[ ]*")
_RUBY = re.compile(
    rf"[DIWEFA], \[\d{{4}}-\d\d-\d\dT[\d:.]+ #\d+\] +(?P<word>{_WORD}|ANY)"
    rf"(?: (?P<id>\S+))? -- ?(?P<program>[^:\r\n]*): "
)
_LOG4J = re.compile(
    rf"(?:{_ISO} )?(?P<id>{_UUID}) +(?P<word>{_SHOUT}) +(?:(?P<logger>[\w.$-]+(?::\d+)?) - )?"
)
_SPRING = re.compile(
    rf"{_ISO} +(?P<word>{_SHOUT}) +(?:\d+ )?--- (?:\[[^\]]*\] ?)*\s*(?P<logger>\S+) *: "
)
_DOTNET_HOST = re.compile(rf"\d\d? \w{{3}} \d{{4}} [\d:,]+ \[(?P<word>{_SHOUT})\] ")
_GO = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)? ")
_RUST = re.compile(
    rf" ?(?:{_ISO} +)?(?P<word>TRACE|DEBUG|INFO|WARN|ERROR) +"
    r"(?P<spans>(?:[A-Za-z_][\w :.-]*\{[^{}]*\}:?)+) *"
)
_RUST_ID = re.compile(r"\brequest_?[iI]d=\"?(?P<id>[^\"\s},]+)")
_LOGFMT = re.compile(r"(?:time|ts)=\S+ (?:.*? )?level=(?P<word>\w+)")
_LOGFMT_MESSAGE = re.compile(r"\bmsg=(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<bare>\S+))")
_PLAIN = re.compile(rf" ?(?:{_ISO} +)?\[?(?P<word>{_SHOUT})\]?(?:: *| +- +| +|\s*\Z)(?!=)")


def strip_pulled(line: str) -> str:
    """Return a line without what a tool for pulling logs put before it.

    `sam logs`: stream and time; `aws logs tail`: time and stream; exports: a time, which is taken
    off only where another known beginning follows.
    """
    found = _PULLED.match(line)
    if found:
        return line[found.end() :]
    found = _EXPORTED.match(line)
    if found:
        rest = line[found.end() :]
        if starts_platform_line(rest) or _AGAIN.match(rest):
            return rest
    return line


def read_prefix(line: str) -> Prefix:
    """Return what the line's prefix states; a line without one is all message."""
    first = line[:1]
    if first.isdigit():
        return _read_dated(line)
    if first == "[":
        return _read_bracketed(line)
    found = _RUBY.match(line) if line[1:4] == ", [" else None
    if found:
        request_id = _own_id(found["id"])
        return Prefix(
            line[found.end() :], level_of_word(found["word"]), request_id, found["word"], "ruby"
        )
    return _read_levelled(line)


def _read_dated(line: str) -> Prefix:
    found = _NODE.match(line)
    if found:
        word = found["word"] or ""
        named = found["id"] or found["spaced"] or ""
        if not word and level_of_word(named) is not None:
            # A logger that leaves out the request ID has its level in that place.
            named, word = "", named
        request_id = _own_id(named)
        return Prefix(line[found.end() :], level_of_word(word), request_id, word.lower(), "node")
    found = _GO.match(line)
    if found:
        inner = _read_levelled(line[found.end() :])
        return inner._replace(origin="go")
    found = _SPRING.match(line) or _DOTNET_HOST.match(line)
    if found:
        return Prefix(line[found.end() :], level_of_word(found["word"]), None, found["word"])
    return _read_levelled(line)


def _read_bracketed(line: str) -> Prefix:
    found = _PYTHON.match(line)
    if found:
        return Prefix(
            line[found.end() :],
            level_of_word(found["word"]),
            _own_id(found["id"]),
            found["word"],
            "python",
        )
    found = _BRACKET.match(line)
    if found:
        return Prefix(line[found.end() :], level_of_word(found["word"]), None, found["word"])
    return Prefix(line)


def _read_levelled(line: str) -> Prefix:
    found = _LOG4J.match(line)
    if found:
        return Prefix(
            line[found.end() :], level_of_word(found["word"]), found["id"], found["word"], "java"
        )
    found = _RUST.match(line) if "{" in line else None
    if found:
        named = _RUST_ID.search(found["spans"])
        if named or "Lambda runtime invoke" in found["spans"]:
            request_id = _own_id(named["id"]) if named else None
            return Prefix(
                line[found.end() :], level_of_word(found["word"]), request_id, found["word"], "rust"
            )
    found = _LOGFMT.match(line)
    if found:
        said = _LOGFMT_MESSAGE.search(line)
        message = (said["quoted"] or said["bare"] or "") if said else line
        return Prefix(message, level_of_word(found["word"]), None, found["word"], "logfmt")
    found = _PLAIN.match(line)
    if found:
        return Prefix(line[found.end() :], level_of_word(found["word"]), None, found["word"])
    return Prefix(line)


def _own_id(text: str | None) -> str | None:
    return request_id_of(text) if text else None
