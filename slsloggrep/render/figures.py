"""Figures in columns: numbers of one column that line up, with one unit for all of them.

A column's numbers are compared by eye, so that they share their unit and their decimal point.
Single figures in running text are `slsloggrep.wording`'s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.text import Text

from slsloggrep.render.theme import FAINT, NOTABLE
from slsloggrep.wording import ABSENT, amount_text, decimals_for, number_text, percent_text


def counts(numbers: Sequence[int | None], style: str = "") -> list[Text]:
    """Return whole numbers; zero is faint, so that what is there stands out."""
    return [
        _absent() if number is None else Text(number_text(number), style if number else FAINT)
        for number in numbers
    ]


def milliseconds(numbers: Sequence[float | None], style: str = "") -> list[Text]:
    """Return durations in ms on a common decimal point; below 10 ms a tenth is shown.

    The tenth of longer ones is noise, but the place for it is kept.
    """
    tenths = any(_is_short(number) for number in numbers)
    cells = []
    for number in numbers:
        if number is None or not math.isfinite(number):
            cells.append(_absent(2 if tenths else 0))
        elif _is_short(number):
            cells.append(Text(number_text(number, 1), style))
        else:
            cells.append(Text(number_text(number) + ("  " if tenths else ""), style))
    return cells


def amounts(numbers: Sequence[float | None], most: int, style: str = "") -> list[Text]:
    """Return sums with so many decimals as the largest of them needs for three digits.

    At most `most` decimals; what they round to nothing is shown as less than the least of them.
    """
    decimals = decimals_for(numbers, most)
    cells = []
    for number in numbers:
        if number is None or not math.isfinite(number):
            cells.append(_absent())
        else:
            cells.append(Text(amount_text(number, decimals), style if number else FAINT))
    return cells


def percents(shares: Sequence[float | None], notable: float = math.inf) -> list[Text]:
    """Return shares in percent on a common decimal point; those from `notable` on stand out."""
    texts = [ABSENT if share is None else percent_text(share) for share in shares]
    tenths = any("." in text for text in texts)
    cells = []
    for share, text in zip(shares, texts, strict=True):
        style = FAINT if not share or text == ABSENT else NOTABLE if share >= notable else ""
        cells.append(Text(text + ("  " if tenths and "." not in text else ""), style))
    return cells


def _absent(behind: int = 0) -> Text:
    return Text(ABSENT + " " * behind, FAINT)


def _is_short(number: float | None) -> bool:
    return number is not None and 0 < abs(number) < 9.95
