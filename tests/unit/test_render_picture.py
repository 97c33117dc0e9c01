"""Pictures of what a terminal shows: columns stay columns, and nothing in them is obeyed."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hostile_samples import HOSTILE, harmful
from rich.text import Text

from slsloggrep.harmless import visible
from slsloggrep.render.lines import plain
from slsloggrep.render.picture import FADED, GROUND, INK, MOST_LINES, PALETTE, Picture
from slsloggrep.render.theme import STATUS_STYLE

SVG = "{http://www.w3.org/2000/svg}"
CELL = 8.4


def drawn(*lines: Text | str, width: int = 40, coloured: bool = True) -> ET.Element:
    picture = Picture(width, coloured=coloured)
    for line in lines:
        picture.add(Text(line) if isinstance(line, str) else line)
    return ET.fromstring(picture.svg("slsloggrep"))


def rows(root: ET.Element) -> list[list[ET.Element]]:
    """Return the texts of each line below the command, from the first that has any."""
    found: dict[str, list[ET.Element]] = {}
    for text in root.iter(f"{SVG}text"):
        found.setdefault(text.attrib["y"], []).append(text)
    return list(found.values())[1:]


def cell_of(text: ET.Element) -> float:
    return round((float(text.attrib["x"]) - 16) / CELL, 2)


def cells_of(text: ET.Element) -> float:
    return round(float(text.attrib["textLength"]) / CELL, 2)


def test_the_same_text_gives_the_same_bytes() -> None:
    """Nothing in a picture is counted up, drawn by lot, or taken from the machine."""
    first, second = Picture(40), Picture(40)
    for picture in (first, second):
        picture.add(Text("a", "bold red"))
    assert first.svg("x") == second.svg("x")


def test_every_piece_stands_in_its_own_cells() -> None:
    """Whatever widths the viewer's fonts have: what is in a column begins there."""
    (line,) = rows(drawn("✓ ok   日本語 e\u0301x  ├──┤"))
    assert [(text.text, cell_of(text), cells_of(text)) for text in line] == [
        ("✓", 0, 1),
        ("ok", 2, 2),
        ("日本語", 7, 6),
        ("e\u0301x", 14, 2),
        ("├──┤", 18, 4),
    ]


def test_a_style_is_told_once_and_means_what_the_terminal_means() -> None:
    """Colours, bold, underlined and faint; the same style has the same rule."""
    parts = Text.assemble(("a", "bold red"), " ", ("b", "dim cyan"), " ", ("c", "underline"))
    root = drawn(parts, parts)
    first, second = rows(root)
    assert [text.attrib["class"] for text in first] == [text.attrib["class"] for text in second]
    style = root.findtext(f"{SVG}style") or ""
    rules = dict(re.findall(r"\.(s\d+)\{(.*?)\}", style))
    a, b, c = (rules[text.attrib["class"]] for text in first)
    assert a == f"fill:{PALETTE['red']};font-weight:bold"
    assert b.startswith("fill:#")
    assert b != f"fill:{PALETTE['cyan']}"
    assert c == f"fill:{INK};text-decoration:underline"


def test_without_colours_the_words_are_there() -> None:
    """Meaning never rests on the hue."""
    root = drawn(Text("failed", "bold red"), coloured=False)
    assert "".join(rows(root)[0][0].itertext()) == "failed"
    assert PALETTE["red"] not in ET.tostring(root, encoding="unicode")


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [INK, *PALETTE.values()])
def test_every_colour_can_be_read_on_the_ground(colour: str) -> None:
    """At 4.5 to 1 and more, faint or not (WCAG 2.2, 1.4.3)."""
    own, ground = bytes.fromhex(colour[1:]), bytes.fromhex(GROUND[1:])
    faint = bytes(round(a + (b - a) * FADED) for a, b in zip(own, ground, strict=True))
    for shown in (colour, "#" + faint.hex()):
        assert (luminance(shown) + 0.05) / (luminance(GROUND) + 0.05) >= 4.5


def test_the_palette_has_every_colour_of_a_status() -> None:
    """A colour that it lacked would be shown as none."""
    assert {style.split()[-1] for style in STATUS_STYLE.values()} <= {*PALETTE}


@pytest.mark.parametrize("text", [*HOSTILE, "</text><script>alert(1)</script>", "]]><!--", "&lt;"])
def test_hostile_text_is_text(text: str) -> None:
    """No element, attribute or address comes out of a log, and the document stays one."""
    picture = Picture(40)
    picture.add(Text(plain(text, "utf-8")))
    picture.note(text)
    svg = picture.svg(f"slsloggrep grep {text}")
    root = ET.fromstring(svg)
    assert {element.tag for element in root.iter()} == {
        SVG + name for name in ("svg", "title", "style", "rect", "text")
    }
    assert {name for element in root.iter() for name in element.attrib} <= {
        *("width", "height", "viewBox", "role", "aria-label"),
        *("x", "y", "rx", "fill", "stroke", "class", "textLength", "lengthAdjust"),
    }
    assert harmful(svg) == set()
    assert root.findtext(f"{SVG}title") == visible(f"slsloggrep grep {text}", newlines=False)


def test_characters_that_xml_lacks_are_replaced() -> None:
    """Even if somebody hands them on: a picture that no viewer opens shows nothing."""
    picture = Picture(40)
    picture.add(Text("a\ufffeb"))
    assert "a\ufffdb" in "".join(ET.fromstring(picture.svg("x")).itertext())


def test_a_picture_asks_nothing_of_anybody() -> None:
    """No address but the one that names the format: fonts are the viewer's own."""
    svg = Picture(40).svg("slsloggrep")
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in svg
    assert "@" not in svg


def test_what_is_too_long_is_counted_and_notes_stay() -> None:
    """Whoever sees the picture sees that there is more, and what was not read."""
    picture = Picture(40)
    for number in range(MOST_LINES + 1_234):
        picture.add(Text(f"line {number}"))
    picture.note("the answer is partial")
    shown = [
        "".join(text.itertext()) for text in ET.fromstring(picture.svg("x")).iter(f"{SVG}text")
    ]
    assert f"line {MOST_LINES - 1}" in shown
    assert f"line {MOST_LINES}" not in shown
    assert re.search(r"1.?234 more lines", " ".join(shown))
    assert shown[-1] == "the answer is partial"


def test_nothing_is_wider_than_the_ground() -> None:
    """What does not fit wraps, or is cut: no letter stands outside."""
    family, snow = "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u2744\ufe0f"
    signs = f"{family} {snow}" * 9 + "z" * 40
    root = drawn("x" * 95, Text("y" * 95, no_wrap=True, overflow="ignore"), signs)
    width = float(root.attrib["width"])
    for text in root.iter(f"{SVG}text"):
        assert float(text.attrib["x"]) + float(text.attrib["textLength"]) <= width - 16 + 0.2
    assert sum((text.text or "").count("x") for text in root.iter(f"{SVG}text")) == 95
