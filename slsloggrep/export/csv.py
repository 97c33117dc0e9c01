r"""An outline's tables for a spreadsheet: one CSV, by RFC 4180, in which nothing is a formula.

A report has several tables and a CSV file one. It is the one that holds the answer, unless another
is asked for by name; which others there are is told by `table_names`, and said by the caller.
What is in a table belongs to the outline: here are columns by their keys and cells by their values.

Spreadsheets run what begins with `=`, `+`, `-` or `@`, a tab or a line break before it or not, in
full width as well (OWASP, "CSV Injection"). A file with commas may be split at semicolons, tabs
or line breaks, by a spreadsheet of another country or by a person who pastes it; so such a sign is
disarmed after everything that could end a cell or be trimmed away, too: an apostrophe before it
makes it text. Numbers are written as numbers, negative ones with their sign.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from slsloggrep.errors import UsageError
from slsloggrep.harmless import visible
from slsloggrep.model.outlines import Outline, Section, Table
from slsloggrep.wording import suggestion

LONGEST = 32_000
"""Characters of a cell. Excel holds 32,767 of them, and spills what is more into further cells."""

_SIGNS = r"=+@\-" + "\uff1d\uff0b\uff20\uff0d\ufe66\ufe62\ufe6b\ufe63\u2212"
"""With their forms in full width and small, and the minus sign, which are read as ASCII's."""
_SIGN = re.compile(rf"(?<![^\s,;|\"'])[{_SIGNS}]")
"""A sign that does not stand behind other text: only such can begin a cell."""
_STARTS_UNSEEN = re.compile(r"^[\t\r\n]")
_QUOTED = re.compile(r'[",\r\n]|^\s|\s$')


def table_names(outline: Outline) -> tuple[str, ...]:
    """Return the names of an outline's tables, the one that `csv_text` takes by itself first."""
    return tuple(table.name for table in _tables(outline))


def csv_table(outline: Outline, name: str | None = None) -> Table | None:
    """Return the table of a name, without one that which holds the answer; None: there is none.

    Raises UsageError where there are tables, but none of this name.
    """
    tables = list(_tables(outline))
    if name is None:
        return tables[0] if tables else None
    for table in tables:
        if table.name == name:
            return table
    names = [table.name for table in tables]
    raise UsageError(
        f"there is no table '{name}' here{suggestion(name, names)}",
        hint=", ".join(names) or "this report has no table",
    )


def csv_text(outline: Outline, name: str | None = None) -> Iterator[str]:
    """Yield a table as CSV, row by row: a header of the columns' keys, then the rows.

    Rows end in CRLF, as RFC 4180 has it. A byte order mark stands first if any character is not
    ASCII: without it Excel takes UTF-8 for another encoding, and where it is not needed it would
    only be in the way of programs. An outline without tables gives nothing.
    """
    table = csv_table(outline, name)
    if table is None:
        return
    keys = [column.key for column in table.columns]
    if any(map(_needs_mark, keys)) or any(_needs_mark(c.value) for row in table.rows for c in row):
        yield "\ufeff"
    yield _row(keys)
    for row in table.rows:
        yield _row(cell.value for cell in row)


def _needs_mark(value: object) -> bool:
    return isinstance(value, str) and not value.isascii()


def _tables(outline: Outline) -> Iterator[Table]:
    """Yield all tables, the one that holds the answer first."""
    tables = [*outline.rows]
    for section in outline.sections:
        tables += _tables_of(section)
    main = outline.main or (tables[0].name if tables else "")
    yield from (table for table in tables if table.name == main)
    yield from (table for table in tables if table.name != main)


def _tables_of(section: Section) -> Iterator[Table]:
    for block in section.blocks:
        if isinstance(block, Table):
            yield block
    for part in section.sections:
        yield from _tables_of(part)


def _row(values: Iterable[str | float | bool | None]) -> str:
    return ",".join(_cell(value) for value in values) + "\r\n"


def _cell(value: str | float | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value) if math.isfinite(value) else ""
    text = _disarmed(value)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _disarmed(value: str) -> str:
    """Return a text that no spreadsheet takes for a formula, nor a terminal for a command."""
    text = visible(value)
    signs = [match.start() for match in _SIGN.finditer(text) if _may_start(text, match.start())]
    if signs:
        text = "'".join(text[left:right] for left, right in pairwise((0, *signs, len(text))))
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}... ({len(text) - LONGEST} more characters)"
    return f"'{text}" if _STARTS_UNSEEN.match(text) else text


def _may_start(text: str, index: int) -> bool:
    """Tell whether a cell may start at a sign: behind what ends one, or only what is trimmed."""
    if index and text[index - 1] in "\"'":
        return True
    while index and (text[index - 1].isspace() or text[index - 1] in "\"'"):
        index -= 1
        if text[index] in "\t\r\n":
            return True
    return not index or text[index - 1] in ",;|"
