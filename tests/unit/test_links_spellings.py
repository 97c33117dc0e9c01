"""JSURL and Rison: values in the spelling that consoles read, whatever stands in them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.links.spellings import iso, jsurl, read_rison, rison

TEXTS = st.text(max_size=20)
KEYS = st.text(min_size=1, max_size=5)
"""JSURL cannot tell an object whose first key is empty from an array."""
PLAIN = st.booleans() | st.integers(-(10**9), 10**15) | TEXTS
INNER = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(KEYS, PLAIN, max_size=3)
OBJECTS = st.dictionaries(KEYS, INNER, max_size=3)


class Reader:
    """A cursor over a spelling; what is not expected where it stands fails."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def eat(self, expected: str) -> None:
        assert self.text.startswith(expected, self.at), (expected, self.text[self.at :])
        self.at += len(expected)

    def take(self, pattern: str) -> str:
        found = re.compile(pattern, re.DOTALL).match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return found[0]


def read_jsurl(reader: Reader) -> Any:
    """Read as lib/jsurl.js does: `*xx` a character, `**xxxx` a UTF-16 unit."""
    reader.eat("~")
    if reader.peek() == "'":
        reader.eat("'")
        return jsurl_text(reader)
    if reader.peek() != "(":
        word = reader.take(r"[^~)]+")
        return {"true": True, "false": False}[word] if word.isalpha() else int(word)
    reader.eat("(")
    if reader.peek() == "~":
        items = []
        if reader.text.startswith("~)", reader.at):
            reader.eat("~")
        while reader.peek() == "~":
            items.append(read_jsurl(reader))
        reader.eat(")")
        return items
    pairs = {}
    while reader.peek() != ")":
        key = jsurl_text(reader)
        pairs[key] = read_jsurl(reader)
        if reader.peek() == "~":
            reader.eat("~")
    reader.eat(")")
    return pairs


def jsurl_text(reader: Reader) -> str:
    coded = reader.take(r"[^~)]*")
    assert re.fullmatch(r"[A-Za-z0-9_.*-]*", coded)
    units = re.sub(
        r"\*\*(?P<long>[0-9a-f]{4})|\*(?P<short>[0-9a-f]{2})",
        lambda found: chr(int(found["long"] or found["short"], 16)),
        coded,
    )
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


@given(OBJECTS)
def test_jsurl_is_read_back(value: dict[str, Any]) -> None:
    """What was written is read by JSURL's own grammar."""
    reader = Reader(jsurl(value))
    assert read_jsurl(reader) == value
    assert reader.at == len(reader.text)


@given(OBJECTS)
def test_rison_is_read_back(value: dict[str, Any]) -> None:
    """What was written is read as what it was."""
    assert read_rison(rison(value)) == value


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ({"end": 0, "start": -3600}, "~(end~0~start~-3600)"),
        ({"isLiveTail": False}, "~(isLiveTail~false)"),
        ({"source": ["/aws/lambda/x", "b"]}, "~(source~(~'*2faws*2flambda*2fx~'b))"),
        ("@message\n| 'a'", "~'*40message*0a*7c*20*27a*27"),
        ("[$LATEST]", "~'*5b*24LATEST*5d"),
        ("é€😀", "~'*e9**20ac**d83d**de00"),
        ([], "~(~)"),
    ],
)
def test_jsurl_in_bytes(value: Any, spelled: str) -> None:
    """The spelling of Logs Insights' own links, and of what is beyond ASCII."""
    assert jsurl(value) == spelled


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ({"time": {"from": "now-15m", "to": "now"}}, "(time:(from:now-15m,to:now))"),
        ({"pause": True, "value": 0, "filters": []}, "(pause:!t,value:0,filters:!())"),
        ("2026-11-28T06:30:00.000Z", "'2026-11-28T06:30:00.000Z'"),
        ("logs-*", "'logs-*'"),
        ("7c-1", "'7c-1'"),
        ("it's!", "'it!'s!!'"),
        ("", "''"),
        ("-", "'-'"),
    ],
)
def test_rison_in_bytes(value: Any, spelled: str) -> None:
    """What could be taken for a number or for punctuation stands in quotes."""
    assert rison(value) == spelled


@pytest.mark.parametrize(
    ("spelled", "value"),
    [
        ("(a:!n,b:!t,c:!f)", {"a": "", "b": True, "c": False}),
        ("!(1,-2,3x,1.5,-)", [1, -2, "3x", "1.5", "-"]),
        ("('$state':(store:appState))", {"$state": {"store": "appState"}}),
        ("'it!'s!!'", "it's!"),
        ("now%2Fw", "now%2Fw"),
        ("()", {}),
        ("!()", []),
    ],
)
def test_rison_of_others_is_read(spelled: str, value: Any) -> None:
    """What consoles write and this program does not: null, keys in quotes, odd words."""
    assert read_rison(spelled) == value


NOT_RISON = [
    *["", "(", ")", "(a", "(a:", "(a:b", "(a:b,)", "(a,b)", "(a:b c:d)", "!(a b)", "!(a,,b)"],
    *["!x", "'a", "'a!b'", "a'b'", "(a:b)(c:d)", "(" * 5000, "!(" * 30 + ")" * 30],
]


@pytest.mark.parametrize("text", NOT_RISON)
def test_what_is_no_rison_is_none(text: str) -> None:
    """It is what somebody pasted: never an error, and never half a value."""
    assert read_rison(text) is None


def test_times_are_written_as_a_browser_does() -> None:
    """`Date.toISOString`: UTC, milliseconds, a Z."""
    assert iso(1_795_847_400_007) == "2026-11-28T06:30:00.007Z"
    assert iso(0) == "1970-01-01T00:00:00.000Z"
