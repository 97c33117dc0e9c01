"""One file with settings: its tables, whose it is, and where in it something stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from slsloggrep.config.lines import key_lines
from slsloggrep.errors import UsageError

LARGEST = 256 * 1024
"""Bytes of a file: nobody writes more by hand, and a project's file may be a stranger's."""

_MOST_PARTS = 100
"""Of a dotted key: `tomllib` takes time by their square, and 120 kB of them a minute."""
_PART = r"""(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_LONG_KEY = re.compile(rf"(?:{_PART}\.[ \t]*+){{{_MOST_PARTS}}}", re.ASCII)
"""Never begins within a word, so that each is looked at once; a text of so many words that are
parted by dots is taken for one, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that was read."""

    path: str
    tables: Mapping[str, Any] = field(default_factory=dict)
    text: str = field(default="", repr=False)
    is_project: bool = False
    """It was found beside what the user works on, and perhaps written by somebody else."""
    folder: str = ""
    """Where the relative paths of a project's file start."""

    def where(self, *keys: str) -> str:
        """Return the file and the line of a key, for people: `/home/ada/.../config.toml:3`."""
        lines = _lines(self.text)
        for length in range(len(keys), 0, -1):
            if line := lines.get(keys[:length]):
                return f"{self.path}:{line}"
        return self.path

    def error(self, keys: tuple[str, ...], what: str, *, hint: str | None = None) -> UsageError:
        """Return an error that says where it is."""
        return UsageError(f"{self.where(*keys)}: {what}", hint=hint)


def parse_document(
    content: bytes, path: str, *, is_project: bool = False, folder: str = ""
) -> Document:
    """Return what a file says; raises UsageError where it is no TOML in UTF-8."""
    import tomllib

    if len(content) > LARGEST:
        raise UsageError(f"{path}: no file with settings is larger than {LARGEST // 1024} kB")
    try:
        text = content.decode("utf-8-sig")
        if _LONG_KEY.search(text):
            raise UsageError(f"{path}: no key has as many as {_MOST_PARTS} parts")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: this is no UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{path}: this is no TOML: {error}", hint='texts stand in quotes: tz = "UTC"'
        ) from None
    except RecursionError:
        raise UsageError(f"{path}: it is nested too deeply") from None
    return Document(path=path, tables=tables, text=text, is_project=is_project, folder=folder)


@lru_cache(maxsize=4)
def _lines(text: str) -> dict[tuple[str, ...], int]:
    return key_lines(text)
