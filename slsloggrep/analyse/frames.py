r"""Stack traces to frames: function, file and line, and whether the code is the user's own.

Reads what the runtimes and loggers of Python, Node.js, Java, .NET, Ruby, Go and Rust write, a line
at a time, also those that the parser made out of objects (`function (file:line)`). Lines that are
no frames (the error itself, `Caused by`, `... 4 more`, separators) are left out; what cannot be
read is left out, too, and never an error. Whose code it is, `owners` tells.

Python's runtime indents by no-break spaces; its source lines, and the second line of a frame of Go,
are part of the frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from slsloggrep.analyse.owners import is_own
from slsloggrep.model import Frame
from slsloggrep.parse.failures import LINES

_MOST = 1000
"""Lines that are looked at: a recursion repeats, and no runtime writes more by itself."""

_LONGEST = 2000
"""Characters of a line that can be a frame."""

_PYTHON = re.compile(r'File "(?P<file>[^"]*)", line (?P<line>\d+)(?:, in (?P<function>.+))?')
_PYTHON_MARK = re.compile(r"[\^~ ]+|\[Previous line repeated .*\]")
_DOTNET = re.compile(r"(?P<function>[^()]+)(?:\(.*\))? in (?P<file>.+):line (?P<line>\d+)")
_DOTNET_BARE = re.compile(r"(?P<function>[\w.<>`+|$\[\],]+)\([^()]*\)")
_JAVA = re.compile(
    r"(?P<function>[^\s()]+)\((?:(?P<file>[\w$-]+\.(?:java|kt|kts|scala|groovy|clj)|SourceFile)"
    r"(?::(?P<line>-?\d+))?|Unknown Source|Native Method|<generated>)\)(?: ~?\[.*\])?"
)
_SCRIPT = re.compile(r"(?:(?P<function>.+) \()?(?P<file>[^()\s][^()]*?):(?P<line>\d+):\d+\)?")
_SCRIPT_BARE = re.compile(
    r"(?P<function>.+) \((?P<file><anonymous>|native|index \d+|node:[^()]*)\)"
)
_EVALUATED = re.compile(r"(?P<function>\S+) \(eval at .*\)")
_PLACED = re.compile(r"(?P<function>.+) \((?P<file>[^()]+?)(?::(?P<line>\d+))?(?::\d+)?\)")
"""As older runtimes of Node.js write it, and the parser's own spelling of objects."""
_RUBY = re.compile(
    r"(?:from )?(?P<file><internal:[^>]+>|\S[^:]*):(?P<line>\d+):in [`'](?P<function>.+)'"
)
_GO_PLACE = re.compile(r"(?P<file>\S+\.(?:go|s)):(?P<line>\d+)(?: \+0x[0-9a-f]+)?")
_GO_CALL = re.compile(
    r"(?:created by )?(?P<function>[^\s()]*(?:\(\*[\w\[\].…]+\)[^\s()]*)?)(?:\(.*\))?"
    r"(?: in goroutine \d+)?"
)
_RUST_PLACE = re.compile(r"(?P<file>\S+\.rs):(?P<line>\d+):\d+")
_RUST_CALL = re.compile(r"\d+: +(?:0x[0-9a-f]+ - )?(?P<function>\S.*)")
_RUST_HASH = re.compile(r"::h[0-9a-f]{16}$")

_LANGUAGES = {
    "java": "java", "kt": "java", "kts": "java", "scala": "java", "groovy": "java", "clj": "java",
    "go": "go", "rs": "rust", "cs": "dotnet", "vb": "dotnet", "fs": "dotnet",
}  # fmt: skip
"""By the ending of the file's name; all others are told by where the file lies."""


def frames_of(stack: Iterable[str]) -> tuple[Frame, ...]:
    """Return the frames of a stack trace, in the order in which they were written."""
    return tuple(_read(_lines(stack)))


def _lines(stack: Iterable[str]) -> Iterator[str]:
    count = 0
    for item in stack:
        for line in LINES.split(item) if "\n" in item or "\r" in item else (item,):
            count += 1
            if count > _MOST:
                return
            yield line.replace("\xa0", " ")[:_LONGEST]


def _read(lines: Iterator[str]) -> Iterator[Frame]:
    source_of: Frame | None = None
    """A frame of Python, whose source may be on the next line."""
    called = ""
    """A line that names a function of Go or Rust, whose place may be on the next line."""
    for line in lines:
        text = line.strip()
        if source_of is not None:
            if line.startswith(" ") and not _PYTHON.fullmatch(text):
                if not _PYTHON_MARK.fullmatch(text):
                    yield source_of._replace(text=f"{source_of.text}\n{text}")
                    source_of = None
                continue
            yield source_of
            source_of = None
        found = _PYTHON.fullmatch(text)
        if found:
            source_of = _frame(text, found, "file")
            continue
        placed = _GO_PLACE.fullmatch(text) if called and line[:1].isspace() else None
        if placed:
            call = _GO_CALL.fullmatch(called)
            name = call["function"] if call else ""
            yield _made(f"{called}\n{text}", name, placed["file"], placed["line"], "go")
            called = ""
            continue
        rust = _RUST_CALL.fullmatch(called) if called else None
        if rust:
            name = _RUST_HASH.sub("", rust["function"])
            place = _RUST_PLACE.fullmatch(text.removeprefix("at "))
            if place:
                yield _made(f"{called}\n{text}", name, place["file"], place["line"], "rust")
                called = ""
                continue
            yield _made(called, name, "", None, "rust")
        called = ""
        frame = _read_line(text)
        if frame is not None:
            yield frame
        else:
            called = text
    if source_of is not None:
        yield source_of
    rust = _RUST_CALL.fullmatch(called) if called else None
    if rust:
        yield _made(called, _RUST_HASH.sub("", rust["function"]), "", None, "rust")


def _read_line(text: str) -> Frame | None:
    """Return the frame that one line is, or None."""
    if text.startswith("at "):
        return _read_call(text, text[3:].removeprefix("async "))
    place = _RUST_PLACE.fullmatch(text)
    if place:
        return _made(text, "", place["file"], place["line"], "rust")
    found = _RUBY.fullmatch(text)
    if found:
        return _frame(text, found, "file")
    found = _JAVA.fullmatch(text)
    if found:
        return _frame(text, found, "java")
    found = _PLACED.fullmatch(text)
    if found and "." in found["file"] and ": " not in found["file"]:
        return _frame(text, found, _language(found["file"]))
    return None


def _read_call(text: str, call: str) -> Frame | None:
    """Return the frame that a line beginning with `at` is: Java, .NET or JavaScript."""
    found = _JAVA.fullmatch(call)
    if found:
        return _frame(text, found, "java")
    found = _DOTNET.fullmatch(call)
    if found:
        return _frame(text, found, "dotnet")
    found = _SCRIPT.fullmatch(call) or _SCRIPT_BARE.fullmatch(call) or _EVALUATED.fullmatch(call)
    if found:
        return _frame(text, found, "file")
    found = _DOTNET_BARE.fullmatch(call)
    if found:
        return _frame(text, found, "dotnet")
    return _made(text, "", call, None, "file") if call == "<anonymous>" else None


def _frame(text: str, found: re.Match[str], language: str) -> Frame:
    groups = found.groupdict()
    function = groups.get("function") or ""
    return _made(text, function, groups.get("file") or "", groups.get("line"), language)


def _made(text: str, function: str, file: str, line: str | None, language: str) -> Frame:
    return Frame(
        text=text,
        function=function,
        file=file,
        line=int(line) if line and len(line) < 10 else None,
        own=is_own(language, function, file),
    )


def _language(file: str) -> str:
    return _LANGUAGES.get(file.rpartition(".")[2], "file")
