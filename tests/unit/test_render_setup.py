"""Functions and checks as people see them: within the width, harmless, and told by words."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from shown_samples import show

from slsloggrep.model.checks import Check, Verdict
from slsloggrep.model.inventory import DeployedFunction, Weakness
from slsloggrep.render.checks import render_check, render_heading
from slsloggrep.render.functions import FunctionsView, age_text, render_functions

NOW = 1_790_000_000_000
HOSTILE = "evil\x1b[31m\u202e[bold]\r\n"
WORDS = (Weakness("retention_never_expires", "retention never expires"),)
FUNCTION = DeployedFunction(
    name="checkout-service-production-eu-west-1",
    region="us-east-1",
    runtime="python3.13",
    memory_mb=1024,
    timeout_s=900,
    log_group="/shared",
    log_format="JSON",
    application_level="INFO",
    system_level="WARN",
    group_exists=True,
    last_activity=NOW - 3 * 86_400_000,
    activity_known=True,
)


def table(*functions: DeployedFunction, width: int, terminal: bool = True) -> list[str]:
    view = FunctionsView(now=NOW, terminal=terminal)
    shown = render_functions([(each, WORDS) for each in functions], view)
    return show(shown, width, terminal=terminal).splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_a_table_of_functions_fits(width: int) -> None:
    """The name, perhaps cut, and what is unhealthy are there at every width; so is what is not."""
    lines = table(FUNCTION, width=width)
    assert all(cell_len(line) <= width for line in lines)
    text = " ".join(lines)
    assert "check" in text
    assert width < 80 or "retention never expires" in text
    assert width not in (60, 80) or "no room for" in text


def test_a_wide_table_and_a_pipe_have_all_columns() -> None:
    """Nothing is cut where there is room, and never in a pipe."""
    for lines in (table(FUNCTION, width=200), table(FUNCTION, width=80, terminal=False)):
        assert [line.split("  ")[0] for line in lines][-1] == FUNCTION.name
        row = " ".join(lines[-1].split())
        assert row == (
            f"{FUNCTION.name} python3.13 1024 900 3 d ago for ever JSON INFO/WARN /shared "
            "retention never expires"
        )


def test_what_is_not_known_is_not_nothing() -> None:
    """Never active is another thing than not known to be."""
    unknown = DeployedFunction(name="a", region="r")
    never = DeployedFunction(name="b", region="r", activity_known=True, group_exists=False)
    rows = table(unknown, never, width=200)[-2:]
    assert "never " not in rows[0].replace("never expires", "")
    assert "never " in rows[1].replace("never expires", "")


def test_places_are_told_where_there_are_several() -> None:
    """One place needs no column."""
    east = DeployedFunction(name="a", region="us-east-1", place="us-east-1")
    west = DeployedFunction(name="b", region="eu-west-1", place="eu-west-1")
    assert "place" not in table(east, width=200)[0]
    assert "eu-west-1" in table(east, west, width=200)[-1]


@pytest.mark.parametrize(
    ("age", "text"),
    [(0, "0 s"), (-5, "0 s"), (59_999, "59 s"), (3_600_000, "1 h"), (41 * 86_400_000, "41 d")],
)
def test_an_age_has_one_unit(age: int, text: str) -> None:
    """The largest that it fills; a clock that is ahead makes none of less than nothing."""
    assert age_text(age) == text


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_a_check_is_told_by_a_word_within_the_width(verdict: Verdict, width: int) -> None:
    """Detail and hint wrap, and lose nothing; the verdict is a word, never a colour alone."""
    check = Check(
        what="function settings",
        verdict=verdict,
        detail="access denied: lambda:GetFunctionConfiguration is missing",
        hint="allow it to these credentials",
    )
    lines = show(render_check(check, terminal=True), width).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    words = " ".join(" ".join(lines).split())
    assert verdict.value in words
    assert "access denied:" in words
    assert "try: allow" in words
    assert "credentials" in words


def test_names_cannot_do_anything() -> None:
    """Control characters are shown; lines stay single, and brackets are no markup."""
    check = Check(what="read events", verdict=Verdict.MISSING, detail=HOSTILE, hint=HOSTILE)
    shown = show(render_check(check, terminal=False), 80)
    shown += show(render_heading(HOSTILE, HOSTILE, terminal=False), 80)
    shown += "\n".join(table(DeployedFunction(name=HOSTILE, region="r"), width=200))
    assert "\x1b[31m" not in shown
    assert "\u202e" not in shown
    assert "\r" not in shown
    assert "[bold]" in shown
