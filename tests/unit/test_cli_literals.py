"""A literal that is promised for a regex stands in everything that it matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.cli.literals import required_by, required_text


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        (r"took [0-9]{4,} ms", "took"),
        (r"connection (reset|refused) by peer", "connection"),
        (r"^REPORT RequestId: ", "RequestId"),
        (r"a|b", ""),
        (r"abc|abd", "ab"),
        (r"(?i)timeout", ""),
        (r"(?i:time)out", "out"),
        (r"colou?r", "colo"),
        (r"(?:optional)?fixed", "fixed"),
        (r"x{0}yy", "yy"),
        (r"(?x) with space", "withspace"),
        (r"(?=ahead)behind", "behind"),
        (r"said \"grüße\"", "said"),
        (r"ord\-12\.5", "ord-12.5"),
        (r".*", ""),
        (r"", ""),
    ],
)
def test_the_longest_run_of_the_top_level(pattern: str, literal: str) -> None:
    """What is optional, alternative, repeated or without regard to case is not promised."""
    assert required_by(re.compile(pattern)) == literal


def test_case_can_be_disregarded_from_outside() -> None:
    """A flag counts like one in the pattern."""
    assert required_by(re.compile("timeout", re.IGNORECASE)) == ""


def test_only_what_loggers_write_as_it_is_counts() -> None:
    """Quotes, slashes and letters beyond ASCII are escaped in JSON by some."""
    assert required_text('"über/longer" ab') == "longer"
    assert required_text("red words") == "words"


_PIECES = st.sampled_from(
    [
        "ab",
        "c",
        " ",
        "-",
        r"\.",
        "[xy]",
        "d?",
        "(?:ef)+",
        "(gh|ij)",
        "k*",
        r"\d{2}",
        "^",
        "$",
        "(?i:l)",
        "|",
    ]
)


@given(st.lists(_PIECES, min_size=1, max_size=8).map("".join), st.data())
def test_every_match_holds_the_literal(pattern: str, data: st.DataObject) -> None:
    """For any regex, in all texts that it is found in."""
    compiled = re.compile(pattern, re.MULTILINE)
    text = data.draw(st.text("abcdefghijklxyL -.12\n", max_size=20))
    found = compiled.search(text)
    if found:
        assert required_by(compiled) in text
