"""Patterns for literals are sound supersets within the service's limits."""

from __future__ import annotations

import json
import re

import pytest
from fake_logs import matches
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.sources.cloudwatch.logs import PATTERN_LENGTH
from slsloggrep.sources.cloudwatch.patterns import EVERYTHING, patterns_for

UUID = "8f5d3c1a-0b7e-4c9d-9a64-0123456789ab"

words = st.text(alphabet='abcXYZ019-_./:é"\\ü \n', min_size=1, max_size=60)


def found(literals: list[str], message: str) -> bool:
    return any(matches(pattern, message) for pattern in patterns_for(literals))


@given(st.lists(words, max_size=8), st.data(), st.integers(0, 3))
def test_nothing_is_lost(literals: list[str], data: st.DataObject, levels: int) -> None:
    """A message that holds a literal, however deep inside of JSON, matches one of the patterns."""
    if not literals:
        assert patterns_for(literals) == EVERYTHING
        return
    text = f"a {data.draw(st.sampled_from(literals))} b"
    for level in range(levels):
        text = json.dumps({"m": text}, ensure_ascii=level % 2 == 0)
    assert found(literals, text)


@given(st.lists(words, max_size=300))
def test_patterns_are_what_the_service_takes(literals: list[str]) -> None:
    """A pattern is one regex of supported characters, in alternatives, within its length."""
    run = r"[A-Za-z0-9]+(\.\*[A-Za-z0-9]+)*"
    end = r"(\\s|\\x[0-7][0-9A-F]|[_#=@/;,:-])?"
    for pattern in patterns_for(literals):
        assert len(pattern) <= PATTERN_LENGTH
        assert pattern == "" or re.fullmatch(rf"%{run}{end}(\|{run}{end})*%", pattern)


def test_a_telling_run_is_asked_for_alone() -> None:
    """Punctuation may be escaped, so what is asked for has none where it need not."""
    assert patterns_for([UUID]) == ("%0123456789ab%",)
    assert patterns_for([f"<{UUID}>"]) == ("%0123456789ab%",)
    assert patterns_for(["approximateInvokeCount: 3"]) == ("%approximateInvokeCount%",)


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("ord-71866", "%ord.*71866%"),
        ("Status Change", "%Status.*Change%"),
        ("\tfail\t", r"%fail\s|fail\x1B|fail\x5C%"),
        ("START ", r"%START\s|START\x1B|START\x5C%"),
        (".java:", r"%java:|java\s|java\x1B|java\x5C%"),
        ("[ERROR] ", r"%ERROR\s|ERROR\x1B|ERROR\x5C|ERROR\x5D%"),
        ("C:\\", r"%EVERYTHING%"),
        ("abc\\", r"%abc\x1B|abc\x5C%"),
    ],
)
def test_short_runs_are_asked_for_with_what_follows(literal: str, expected: str) -> None:
    """`Status` and `START` stand in ordinary lines; what they stand for is told by what follows.

    A character may be preceded by colours and escaped; around JSON's punctuation there are blanks.
    """
    assert patterns_for([literal]) == (EVERYTHING if "EVERY" in expected else (expected,))


@pytest.mark.parametrize("literal", ['"type":"abc"', "type\nabc", "type\u00e9abc"])
def test_over_line_ends_and_beyond_ascii_runs_are_not_joined(literal: str) -> None:
    """What `.` matches there is not certain: the longest run has to do."""
    assert patterns_for([literal]) == ("%type%",)


def test_a_wider_run_is_not_asked_for() -> None:
    """What holds a shorter run of another literal is found with it."""
    assert patterns_for(["aabbcc", "xxaabbccyy", "ddd"]) == ("%ddd|aabbcc%",)
    assert patterns_for(["rror", "the Error here", "rror: x"]) == ("%rror%",)
    assert patterns_for(["ord 1", "ords"]) == ("%ords|ord.*1%",)


@pytest.mark.parametrize("literal", ["a-b-c", "ab", "é", "ößé-12", "", "->"])
def test_too_little_to_search_for_reads_everything(literal: str) -> None:
    """A literal without a run of three characters makes every pattern unsound or useless."""
    assert patterns_for([literal]) == EVERYTHING
    assert patterns_for([UUID, literal]) == EVERYTHING


def test_many_identifiers_take_several_passes_and_too_many_take_none() -> None:
    """78 UUIDs fit into one pattern, three patterns are tried, and beyond that everything is read.

    Each pattern is a pass over the whole window: with many of them reading all takes fewer calls.
    """
    uuids = [f"8f5d3c1a-0b7e-4c9d-9a64-{number:012d}" for number in range(400)]
    assert [len(patterns_for(uuids[:count])) for count in (1, 78, 79, 157, 234)] == [1, 1, 2, 3, 3]
    assert patterns_for(uuids[:236]) == EVERYTHING
    assert patterns_for([f"{n:03d}x" for n in range(1000)]) == EVERYTHING


def test_what_does_not_fit_with_all_its_runs_is_asked_for_by_the_longest() -> None:
    """A second pass over the window costs more than what a shorter pattern brings too much."""
    orders = [f"order-no-{number:05d}" for number in range(160)]
    assert patterns_for(orders[:1]) == ("%order.*no.*00000%",)
    (pattern,) = patterns_for(orders)
    assert pattern.startswith("%00000|00001|")


def test_long_runs_are_cut_where_they_do_not_fit() -> None:
    """The end of a long run still stands in every match; 78 trace IDs fit into one pattern."""
    traces = [f"{number:032x}" for number in range(10**20, 10**20 + 78)]
    assert len(patterns_for(traces)) == 1
    assert all(found(traces, f"x {trace} y") for trace in traces)
    assert patterns_for(["a" * 3000]) == (f"%{'a' * 1022}%",)
