import json
import types
from decimal import Decimal

import msgspec
import pytest

from slsloggrep.harmless import json_text, visible


def test_json_is_harmless_when_printed_raw() -> None:
    """What `visible` would show is escaped in JSON too, and a reader gets it back."""
    text = "\x1b[2J\x9b\x7f\u202e\u2066\u200b\u2028\ufeff\x00\U000e0041\u0301"
    written = json_text({"k\x1b": text})
    assert visible(written) == written
    assert json.loads(written) == {"k\x1b": text}


def test_lone_surrogates_do_not_spoil_the_document() -> None:
    """A strict reader takes the document; the surrogate is named in the text."""
    written = json_text(["a\ud83d", "\udc00"])
    assert msgspec.json.decode(written.encode()) == ["a\\ud83d", "\\udc00"]


def test_numbers_that_json_lacks_become_strings() -> None:
    """NaN and the infinities keep their names and the document its validity."""
    value = {"a": [float("nan"), float("inf")], "b": {"c": float("-inf")}, "d": 1.5}
    assert msgspec.json.decode(json_text(value)) == {
        "a": ["NaN", "Infinity"],
        "b": {"c": "-Infinity"},
        "d": 1.5,
    }


@pytest.mark.parametrize("depth", [20, 5_000, 200_000])
def test_any_depth_passes(depth: int) -> None:
    """Nesting is bounded by nothing but memory."""
    value: object = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"k": value}
    written = json_text(value)
    assert written.count("[") + written.count("{") == depth
    assert written.count("]") + written.count("}") == depth


def test_unusual_values_become_the_nearest_of_json() -> None:
    """Mappings, tuples, sets, keys that are no strings and numbers beyond limits all pass."""
    value = {
        1: types.MappingProxyType({"a": (1, 2)}),
        "set": {3},
        "decimal": Decimal("1.50"),
        "huge": 10**5000,
        (1, 2): None,
    }
    read = msgspec.json.decode(json_text(value))
    assert read["1"] == {"a": [1, 2]}
    assert read["set"] == [3]
    assert read["decimal"] == "1.50"
    assert int(read["huge"], 16) == 10**5000
    assert read["(1, 2)"] is None


def test_both_ways_of_writing_agree() -> None:
    """The slow way, taken for one NaN, writes everything else as the fast way does."""
    value = {"a": [1, 2.5, True, None, 'é\u202e\n"'], "b": {}, "c": []}
    slow = json_text([value, float("nan")])
    assert slow == f'[{json_text(value)},"NaN"]'


def test_ascii_only_is_the_same_document() -> None:
    """Escapes for an output that is not Unicode change nothing for a reader."""
    value = {"é": "日本 👍"}
    written = json_text(value, ascii_only=True)
    assert written.isascii()
    assert json.loads(written) == value
