"""One value set or removed in a TOML text, with everything else left as it stands.

`tomllib` only reads, and whoever wrote the file has comments in it. So single lines are changed,
which is right for the files that people write; that nothing else came of it is proven by parsing
the text before and after. What cannot be done so is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from slsloggrep.config.lines import Path, key_lines

_BARE = re.compile(r"[A-Za-z0-9_-]+")


class TangledError(ValueError):
    """The text states the value in a way that only its writer should change."""


def set_value(text: str, path: Path, value: str) -> str:
    """Return a TOML text with a key set; `value` is its TOML, on one line.

    `path` has the tables above the key; a table that is not there is added at the end. Raises
    TangledError.
    """
    import tomllib

    lines, newline = _split(text)
    known = key_lines(text)
    if path in known:
        changed = _with_value(lines, known[path] - 1, value)
    else:
        changed = _with_line(lines, known, path, f"{_quoted(path[-1:])} = {value}")
    expected = tomllib.loads(text)
    table = _table_of(expected, path[:-1])
    table[path[-1]] = tomllib.loads(f"value = {value}")["value"]
    return _checked(newline.join(changed), expected)


def remove_value(text: str, path: Path) -> str:
    """Return a TOML text without a key and its comment; the text itself if it has no such key.

    Raises TangledError.
    """
    import tomllib

    lines, newline = _split(text)
    known = key_lines(text)
    expected = tomllib.loads(text)
    table = _table_of(expected, path[:-1])
    if path[-1] not in table:
        return text
    if path not in known:
        raise TangledError
    start = known[path] - 1
    changed = [*lines[:start], *lines[_end(lines, start) :]]
    del table[path[-1]]
    return _checked(newline.join(changed), expected)


def _split(text: str) -> tuple[list[str], str]:
    newline = "\r\n" if "\r\n" in text else "\n"
    return text.replace("\r\n", "\n").split("\n"), newline


def _checked(text: str, expected: dict[str, Any]) -> str:
    import tomllib

    try:
        if tomllib.loads(text) == expected:
            return text
    except tomllib.TOMLDecodeError:
        pass
    raise TangledError


def _table_of(tables: dict[str, Any], path: Path) -> dict[str, Any]:
    for key in path:
        tables = tables.setdefault(key, {})
        if not isinstance(tables, dict):
            raise TangledError
    return tables


def _end(lines: list[str], start: int) -> int:
    """Return the line behind the statement that begins at one."""
    import tomllib

    for end in range(start + 1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[start:end]))
        except tomllib.TOMLDecodeError:
            continue  # the value goes on
        return end
    raise TangledError


def _with_value(lines: list[str], start: int, value: str) -> list[str]:
    """Return lines with another value in a statement; a comment behind it stays."""
    end = _end(lines, start)
    statement = "\n".join(lines[start:end])
    sign = _first(statement, "=", lambda before: f"{before}= 0")
    if sign is None:
        raise TangledError
    key, stated = statement[:sign], statement[sign + 1 :]
    mark = _first(stated, "#", lambda before: f"value = {before}")
    old, comment = (stated, "") if mark is None else (stated[:mark], stated[mark:])
    if "\n" in old and "#" in old:
        raise TangledError  # comments within the value
    before = old[: len(old) - len(old.lstrip())]
    after = old[len(old.rstrip()) :] if comment else ""
    return [*lines[:start], f"{key}={before}{value}{after}{comment}", *lines[end:]]


def _first(text: str, sign: str, statement: Callable[[str], str]) -> int | None:
    """Return where a sign stands first so that what is before it is whole; None: nowhere."""
    import tomllib

    at = text.find(sign)
    while at >= 0:
        try:
            tomllib.loads(statement(text[:at]))
        except tomllib.TOMLDecodeError:
            at = text.find(sign, at + 1)
            continue
        return at
    return None


def _with_line(lines: list[str], known: dict[Path, int], path: Path, line: str) -> list[str]:
    """Return lines with one more, as the last of its table."""
    table = path[:-1]
    starts = sorted({number - 1 for number in known.values()})
    headers = [at for at in starts if lines[at].lstrip().startswith("[")]
    if not table:
        first, above = 0, _head(lines)
    elif table in known and _names(lines[known[table] - 1], table):
        first = known[table] - 1
        above = first + 1
    else:
        return _with_table(lines, f"[{_quoted(table)}]", line)
    behind = min((at for at in headers if at >= max(first, above)), default=len(lines))
    own = [at for at in starts if first <= at < behind and at not in headers]
    at = _end(lines, own[-1]) if own else above
    # A header is parted from what stands before it.
    gap = [""] if at < len(lines) and lines[at].strip() else []
    return [*lines[:at], line, *(gap if at in headers or not own else []), *lines[at:]]


def _head(lines: list[str]) -> int:
    """Return the line behind the comment that the file begins with, if it is the file's own."""
    at = 0
    while at < len(lines) - 1 and lines[at].startswith("#"):
        at += 1
    if at == 0 or lines[at].strip():
        return 0
    return min(at + 1, len(lines) - 1)


def _with_table(lines: list[str], header: str, line: str) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return [*lines, *([""] if lines else []), header, line, ""]


def _names(line: str, table: Path) -> bool:
    """Tell whether a line is the header of a table, and of none inside it."""
    import tomllib

    if not line.lstrip().startswith("["):
        return False
    stated: Any = tomllib.loads(line)
    for key in table:
        stated = stated.get(key) if isinstance(stated, dict) else None
    return isinstance(stated, dict) and not stated


def _quoted(path: Path) -> str:
    if not all(map(_BARE.fullmatch, path)):
        raise TangledError
    return ".".join(path)
