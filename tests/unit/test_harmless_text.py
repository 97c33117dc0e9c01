import unicodedata

import pytest

from slsloggrep.harmless import encodable, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]8;;http://x\x1b\\link", r"\x1b]8;;http://x\x1b" + "\\link"),
        ("\x1b]52;c;ZXZpbA==\x07", r"\x1b]52;c;ZXZpbA==\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\x00b\x08c\x7fd\x0be\x0c", r"a\x00b\x08c\x7fd\x0be\x0c"),
        ("\x85", r"\x85"),
        ("admin\u202enimda", r"admin\u202enimda"),
        ("\u2066x\u2069\u061c\u200e\u200f", r"\u2066x\u2069\u061c\u200e\u200f"),
        ("pass\u200bword\ufeff\u2060", r"pass\u200bword\ufeff\u2060"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("\ud800x\udfff", r"\ud800x\udfff"),
        ("\U000e0041", r"\U000e0041"),
        ("a\ufe0f", r"a\ufe0f"),
    ],
)
def test_shows_what_a_terminal_would_obey_or_hide(text: str, shown: str) -> None:
    """Controls, reordering and invisible characters become their escapes."""
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    ["plain", "naïve café", "日本語", "👍🏽", "👩\u200d💻", "⚠\ufe0f hot", "[red]markup[/]", "é"],
)
def test_leaves_harmless_text_alone(text: str) -> None:
    """Other alphabets, emoji and square brackets are text."""
    assert visible(text) == text


def test_turns_carriage_returns_and_hard_spaces_into_what_runtimes_meant() -> None:
    r"""Within one event `\r` stands for a newline, and `U+00A0` indents."""
    assert visible("a\rb\r\nc\n\u00a0\u00a0d\te") == "a\nb\nc\n  d\te"


def test_keeps_one_line_where_one_line_is_asked_for() -> None:
    """Names and headings cannot break out of their line."""
    assert visible("a\rb\nc\td\u00a0e", newlines=False) == r"a\rb\nc\td e"


def test_shows_marks_that_pile_up_or_have_no_base() -> None:
    """Marks may not paint over the lines around, nor over what stands before the text."""
    assert visible("e" + "\u0301" * 6) == "e" + "\u0301" * 4 + r"\u0301\u0301"
    assert visible("\u0301a\n\u0302b") == "\\u0301a\n\\u0302b"


def test_no_character_of_a_harmful_category_passes() -> None:
    """Of all of Unicode, nothing of category Cc, Cs, Zl or Zp comes through but newline and tab.

    Of Cf (format characters) only those that are visible themselves: signs of Arabic, Kaithi and
    Egyptian script.
    """
    passed = {"Cf": set()}
    for code in range(0x110000):
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Cc", "Cs", "Zl", "Zp", "Cf") and visible(f"a{character}a") == (
            f"a{character}a"
        ):
            passed.setdefault(category, set()).add(code)
    assert passed.pop("Cc") == {0x09, 0x0A}
    formats = passed.pop("Cf")
    assert passed == {}
    assert formats <= {
        *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD,
        *range(0x13430, 0x13440),
    }  # fmt: skip


def test_an_output_without_unicode_gets_escapes() -> None:
    """Writing never fails on a character that the output's encoding lacks."""
    assert encodable("5 €", "ascii") == r"5 \u20ac"
    assert encodable("5 €", "cp1252") == "5 €"
    assert encodable("5 €", "no-such-codec") == r"5 \u20ac"
