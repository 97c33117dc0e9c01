"""On which line of a TOML text each key stands; `tomllib` does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

Path = tuple[str, ...]

_LONGEST = 500
_MOST = 1024 * 1024
"""Lines of one value, and characters that are parsed for it: it is parsed anew for each line, and a
text may be a stranger's."""


def key_lines(text: str) -> dict[Path, int]:
    """Return the first line, counted from 1, of every key and table of a text that is TOML.

    What stands behind a value of very many lines, or in one that is nested deeply, is missing.
    """
    found: dict[Path, int] = {}
    with suppress(RecursionError):
        _find(text, found)
    return found


def _find(text: str, found: dict[Path, int]) -> None:
    import tomllib

    lines = text.replace("\r\n", "\n").split("\n")
    table: Path = ()
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if not line or line.startswith("#"):
            at += 1
            continue
        if line.startswith("["):
            table = max(_paths(tomllib.loads(line)), key=len)
            _note(found, (), table, at)
            at += 1
            continue
        parsed = 0
        for end in range(at + 1, min(len(lines), at + _LONGEST) + 1):
            value = "\n".join(lines[at:end])
            parsed += len(value)
            if parsed > _MOST and end > at + 1:
                return
            try:
                stated = tomllib.loads(value)
            except tomllib.TOMLDecodeError:
                continue  # the value goes on
            break
        else:
            return
        for path in _paths(stated):
            _note(found, table, path, at)
        at = end


def _note(found: dict[Path, int], table: Path, path: Path, at: int) -> None:
    for length in range(1, len(path) + 1):
        found.setdefault((*table, *path[:length]), at + 1)


def _paths(value: Any, above: Path = ()) -> Iterator[Path]:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0]
    if not isinstance(value, dict) or not value:
        yield above
        return
    for key, inner in value.items():
        yield from _paths(inner, (*above, key))
