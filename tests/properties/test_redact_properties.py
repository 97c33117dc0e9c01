"""Properties of redaction: it ends, it is done once, and it spoils nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.model import Event, Record
from slsloggrep.redact import Redactor, Rules

SECRETS = (
    "alice@example.com",
    "password=zz11yy",
    '"token": "zz22 yy"',
    "Authorization: Bearer zz33yy",
    "Cookie: a=zz44yy; b=zz55yy",
    "AKIAIOSFODNN7ABCDEFG",
    "4111 1111 1111 1111",
    "pg://ada:zz66yy@db/x",
    "customer_name=Ada",
    "10.1.2.3",
    "8f14e45f-ceea-467f-9a3b-0123456789ab",
)
NOISE = (
    "\\",
    "%",
    '"',
    "'",
    "\n",
    "<",
    ">",
    "&",
    "{",
    "}",
    "[",
    "]",
    "=",
    ":",
    ",",
    " ",
    "\\n",
    "é",
)
RULES = Rules(
    ips=True, ids=True, fields=("customer_name",), patterns=(("shout", re.compile(r"[A-Z]{5,}!")),)
)

texts = st.lists(
    st.one_of(
        st.sampled_from(SECRETS), st.sampled_from(NOISE), st.text(max_size=8), st.just("<email-1>")
    ),
    max_size=12,
).map("".join)


def escaped(text: str, layers: list[str]) -> str:
    """Return a text with layers of escapes over it."""
    for layer in layers:
        if layer == "json":
            text = json.dumps(text)
        elif layer == "ascii":
            text = "".join(f"\\u{ord(c):04x}" if c in "@=:\"'" else c for c in text)
        else:
            text = quote(text, safe="")
    return text


LAYERS = st.lists(st.sampled_from(["json", "ascii", "url"]), max_size=3)


@settings(max_examples=300)
@given(texts, LAYERS, st.booleans())
def test_redacting_twice_changes_nothing(text: str, layers: list[str], everything: bool) -> None:
    """What was redacted stays as it is, whatever it is made of."""
    rules = RULES if everything else Rules()
    once = Redactor(rules).text(escaped(text, layers))
    assert Redactor(rules).text(once) == once


@settings(max_examples=100)
@given(texts)
def test_equal_texts_are_redacted_alike(text: str) -> None:
    """The same text gives the same, at once and after others."""
    redactor = Redactor(RULES)
    first = redactor.text(text)
    redactor.text("another@example.com")
    assert redactor.text(text) == first


@settings(max_examples=150)
@given(st.text(alphabet="abc XYZ.-_/\n\t(){}[]\\\"'éß😀", max_size=200))
def test_texts_without_secrets_are_unchanged(text: str) -> None:
    """Where no sign of a secret can be, nothing is touched."""
    redactor = Redactor()
    assert redactor.text(text) == text
    assert redactor.counts == ()


WRAPS = st.text(alphabet="ab \n\t.,;()/é", max_size=20)


@settings(max_examples=200)
@given(st.sampled_from(SECRETS), WRAPS, WRAPS, LAYERS)
def test_planted_secrets_are_found(secret: str, before: str, after: str, layers: list[str]) -> None:
    """A secret between other words goes, under any layers of escapes; the others stay."""
    text = f"{before} {secret}\n{after}"
    redacted = Redactor(RULES).text(escaped(text, layers))
    for telling in ("alice", "yy", "AKIA", "1111", "Ada", "10.1", "8f14"):
        assert telling not in redacted
    if not layers:
        start, end = redacted.index(before), len(redacted) - len(after)
        assert (redacted[start : start + len(before)], redacted[end:]) == (before, after)


keys = st.one_of(st.sampled_from(["password", "a", "customer_name"]), texts)
documents = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3),
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.dictionaries(texts, documents, max_size=3), texts)
def test_values_keep_their_number_of_elements(fields: dict[str, Any], message: str) -> None:
    """Records stay records, entries stay entries, and a second time changes nothing."""
    value = tuple(Record(event=Event(1, message, "g", "s", "1"), fields=fields) for _ in range(2))
    redacted = Redactor(RULES).value(value)
    assert len(redacted) == 2
    assert [len(one.fields) for one in redacted] == [len(fields)] * 2
    again = Redactor(RULES).value(redacted)
    assert repr(again) == repr(redacted)  # by words: NaN is no equal of itself


def test_the_corpus_is_unchanged(corpus: Path) -> None:
    """Nothing in logs that others published is taken for a secret, but what is called a token."""
    read = 0
    for file in sorted(corpus.rglob("*.json")):
        redactor = Redactor()
        for line in file.read_text("utf-8").splitlines():
            redacted = redactor.text(line)
            assert redacted in (line, line.replace('"TOKEN"', '"<token-1>"'))
            read += 1
    assert read > 1_000
