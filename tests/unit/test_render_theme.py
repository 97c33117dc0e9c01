"""Colours that hold on light and dark, and signs that mean the same without any."""

from __future__ import annotations

import pytest
from rich.style import Style

from slsloggrep.model import Level, Status
from slsloggrep.render import checks, theme

SIXTEEN = {"red", "green", "yellow", "blue", "magenta", "cyan"}


def styles() -> list[tuple[str, str]]:
    """Return every style with its name."""
    found = [
        (name, value)
        for module in (theme, checks)
        for name, value in vars(module).items()
        if isinstance(value, str) and name.isupper() and not name.startswith("_")
    ]
    found += [(f"status {status}", style) for status, style in theme.STATUS_STYLE.items()]
    found += [(f"level {level}", theme.level_style(level)) for level in Level]
    found += [(f"verdict {verdict}", style) for verdict, style in checks._STYLES.items()]
    palettes = (*theme._FUNCTION_PALETTE, *theme._IDENTITY_PALETTE)
    return [*found, *(("palette", style) for style in palettes)]


@pytest.mark.parametrize(("name", "style"), styles())
def test_a_style_reads_on_light_and_on_dark(name: str, style: str) -> None:
    """Of the reader's own palette; no black, white or background; yellow only in bold."""
    parsed = Style.parse(style)
    assert parsed.bgcolor is None
    assert parsed.color is None or parsed.color.name in SIXTEEN
    if parsed.color is not None and parsed.color.name == "yellow":
        assert parsed.bold


def test_there_are_styles_to_judge() -> None:
    """The look for them finds them."""
    assert len(styles()) > 45
    assert {"GAP", "NOTABLE", "LATE", "FAINT"} <= {name for name, _ in styles()}


def test_a_status_is_told_by_a_sign_and_a_word() -> None:
    """Two colours may look the same to somebody, and on paper all do: signs and words differ."""
    for glyphs in (theme.UNICODE, theme.ASCII):
        assert len({glyphs.good, glyphs.bad, glyphs.open}) == 3
        for status in Status:
            sign = glyphs.of(status)
            assert (sign == glyphs.good) is (status is Status.OK)
    assert len({status.value for status in Status}) == len(Status)
