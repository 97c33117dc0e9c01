"""An outline's tables as CSV: exact bytes, and that no cell is a formula, however it is split."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import (
    hostile_events,
    hostile_setup,
    hostile_trace,
    incident_report,
    trace_report,
)

from slsloggrep.errors import UsageError
from slsloggrep.export.csv import LONGEST, csv_table, csv_text, table_names
from slsloggrep.model import Report
from slsloggrep.model.outlines import Cell, Column, Facts, Outline, Section, Table, Tone
from slsloggrep.outline import outline as outline_of
from slsloggrep.outline import view_for

SIGNS = "=+-@" + "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe6b\ufe63\u2212"
"""Those of ASCII, in full width, small, and the minus sign."""
DELIMITERS = ",;\t|\n"


def table(name: str, *values: str | float | bool | None, keys: tuple[str, ...] = ()) -> Table:
    keys = keys or tuple(f"k{index}" for index in range(len(values)))
    return Table(
        name=name,
        columns=tuple(Column(key, f"title of {key}") for key in keys),
        rows=(tuple(Cell(f"text of {value}", value) for value in values),),
    )


def outline(*tables: Table, rows: tuple[Table, ...] = (), main: str = "") -> Outline:
    return Outline(
        title="t",
        lead=(),
        tone=Tone.BAD,
        facts=Facts(rows=()),
        sections=(
            Section(
                title=(),
                anchor="a",
                sections=(Section(title=(), anchor="b", blocks=tables),),
            ),
        ),
        rows=rows,
        main=main,
    )


def written(*values: str | float | bool | None) -> str:
    return "".join(csv_text(outline(table("t", *values))))


def test_a_table_is_keys_and_values_by_rfc_4180() -> None:
    """The header is the columns' keys; numbers are bare; quotes are doubled; rows end in CRLF."""
    assert written("cart", 12, -3, 0.25, -1.5e-7, bool(1), None, 'say "hi", you', "two\nlines") == (
        "k0,k1,k2,k3,k4,k5,k6,k7,k8\r\n"
        'cart,12,-3,0.25,-1.5e-07,true,,"say ""hi"", you","two\nlines"\r\n'
    )


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1.706s", "'+1.706s"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1d1", "'\uff1d1"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "\"'\n'=1\""),
        ("  =1", '"  \'=1"'),
        ('"=1', '"""\'=1"'),
        ("a;=cmd|' /C calc'!A0", "a;'=cmd|' /C calc'!A0"),
        ("a,-1", '"a,\'-1"'),
        ("a\n@b", '"a\n\'@b"'),
        ("\x1b[31m=1", r"\x1b[31m=1"),
        ("a-b = c", "a-b = c"),
        ('{"x":-5}', '"{""x"":-5}"'),
        ("KeyError: 'total' - missing", "KeyError: 'total' - missing"),
        ("", ""),
    ],
)
def test_a_text_that_could_be_a_formula_is_text(value: str, cell: str) -> None:
    """A sign gets an apostrophe where a cell may start, and only there."""
    text = written(value, 1).removeprefix("\ufeff")
    assert text == f"k0,k1\r\n{cell},1\r\n"


@given(st.lists(st.text(st.sampled_from(SIGNS + DELIMITERS + "\"' \r\0ab1\u200b")), min_size=1))
@settings(max_examples=150)
def test_no_cell_is_a_formula_however_the_file_is_split(values: list[str]) -> None:
    """Read with any delimiter, or cut at every quote, no cell begins with a formula's sign."""
    assert_no_formula(written(*values))


@pytest.mark.parametrize(
    "make", [trace_report, incident_report, hostile_setup, hostile_trace, hostile_events]
)
def test_no_table_of_a_report_has_a_formula(make: Callable[[], Report]) -> None:
    """Whole reports, as they are worded, hostile ones among them: each row has all its cells."""
    worded = outline_of(make(), view_for("csv"))
    names = table_names(worded)
    assert len(names) == len(set(names)) > 1
    for name in names:
        text = "".join(csv_text(worded, name))
        assert_no_formula(text)
        table = csv_table(worded, name)
        assert table is not None
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
        assert {len(row) for row in rows} == {len(table.columns)}
        assert len(rows) == 1 + len(table.rows)


def assert_no_formula(text: str) -> None:
    """Prove that no cell begins like a formula, with any delimiter; numbers may be negative."""
    text = text.removeprefix("\ufeff")
    cells = [
        cell
        for delimiter in ",;\t|"
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for cell in row
    ]
    cells += re.split(r"[,;\t|\r\n]", text)
    for cell in cells:
        start = cell.lstrip(' \t\r\n"')[:1]
        assert start not in set(SIGNS) or re.fullmatch(r"-\d+(\.\d+)?(e-?\d+)?", cell), cell


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=50)
def test_numbers_stay_numbers(value: float) -> None:
    """A number is read back as itself, whatever its sign."""
    assert type(value)(written(value).splitlines()[1]) == value


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn"])), min_size=2))
@settings(max_examples=50)
def test_a_reader_finds_the_cells_that_were_written(values: list[str]) -> None:
    """Cells keep their borders, so that each value stands under its key."""
    text = written(*values).removeprefix("\ufeff")
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert len(header) == len(row) == len(values)


def test_numbers_that_are_none_leave_the_cell_empty() -> None:
    """NaN and the infinities are no numbers that a spreadsheet has."""
    assert written(float("nan"), float("inf"), 1) == "k0,k1,k2\r\n,,1\r\n"


def test_the_mark_of_utf_8_stands_only_where_it_is_needed() -> None:
    """Programs that know no such mark read plain ASCII; Excel reads everything else right."""
    assert written("grusse").startswith("k0")
    assert written("grüße") == "\ufeffk0\r\ngrüße\r\n"


def test_what_a_spreadsheet_cannot_hold_is_cut_and_said() -> None:
    """No text spills into further cells, where its middle would be a beginning."""
    cell = written("-x" + "y" * LONGEST).splitlines()[1].removeprefix("\ufeff")
    assert cell == f"'-x{'y' * (LONGEST - 3)}... (3 more characters)"


def test_hostile_text_costs_no_more_than_its_length() -> None:
    """Runs of quotes, blanks and separators are looked through once."""
    began = time.perf_counter()
    for run in ('"', " ", ",", "\n", '," '):
        written(run * 200_000)
    assert time.perf_counter() - began < 5


def test_the_answer_is_the_table_unless_another_is_named() -> None:
    """Rows for programs come first, then the sections' tables in order; the main one before all."""
    first, second, runs = table("first", 1), table("second", 2), table("runs", 3)
    plain = outline(first, second, rows=(runs,))
    assert table_names(plain) == ("runs", "first", "second")
    assert csv_table(plain) is runs
    chosen = outline(first, second, rows=(runs,), main="second")
    assert table_names(chosen) == ("second", "runs", "first")
    assert csv_table(chosen) is second
    assert csv_table(chosen, "first") is first
    assert "".join(csv_text(chosen, "first")) == "k0\r\n1\r\n"


def test_a_table_that_is_not_there_is_refused_with_those_that_are() -> None:
    """The error names the value and what to try."""
    with pytest.raises(UsageError, match="no table 'figures'") as refused:
        csv_table(outline(table("groups", 1), table("crashes", 2)), "figures")
    assert refused.value.hint == "groups, crashes"


def test_an_outline_without_tables_gives_nothing() -> None:
    """Whoever asked is told that there is no table, not given an empty line."""
    assert csv_table(outline()) is None
    assert "".join(csv_text(outline())) == ""
