import json
import unicodedata

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.harmless import encodable, json_text, visible

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=20,
)


def finite(value: object) -> bool:
    """Tell whether a value is one that JSON has: no NaN, no infinity, no lone surrogate."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, UnicodeEncodeError):
        return False
    return True


@given(ANY_TEXT, st.booleans())
def test_what_is_visible_stays_as_it_is(text: str, newlines: bool) -> None:
    """Making text harmless twice changes nothing more, and leaves no control character."""
    shown = visible(text, newlines=newlines)
    assert visible(shown, newlines=newlines) == shown
    allowed = "\n\t" if newlines else ""
    assert not any(unicodedata.category(c) in ("Cc", "Cs") and c not in allowed for c in shown)


@given(ANY_TEXT, st.sampled_from(["utf-8", "ascii", "cp1252", "shift_jis"]))
def test_every_output_can_write_what_is_shown(text: str, encoding: str) -> None:
    """Whatever a log holds, writing it never raises."""
    encodable(visible(text), encoding).encode(encoding)


@given(VALUES, st.booleans())
def test_json_is_valid_harmless_and_means_the_same(value: object, ascii_only: bool) -> None:
    """Any value makes a document that a strict reader takes, equal where JSON can be."""
    written = json_text(value, ascii_only=ascii_only)
    # A hard space hides nothing: data keeps it, where text for people has a plain one.
    assert visible(written, newlines=False) == written.replace("\u00a0", " ")
    assert not ascii_only or written.isascii()
    msgspec.json.decode(written.encode())
    if finite(value):
        assert json.loads(written) == value
