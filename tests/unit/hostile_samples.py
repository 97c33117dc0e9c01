"""Text that an attacker may have got into a log, and a look at whether an output obeys it."""

import re
import unicodedata

HOSTILE = [
    "\x1b[2J\x1b[1;1Hgone",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1bP+q544e\x1b\\",
    "\x9b31mred\x9c\x9d0;title\x07",
    "over\rwrite\x08\x08\x7f",
    "admin\u202enimda\u2066\u2069",
    "zero\u200bwidth\ufeff\u2060\u00ad",
    "line\u2028para\u2029graph\x85next",
    "\ud800lone\udfff",
    "[red]markup[/red] [link=https://evil.example]x[/link] [/] [@click=app.quit]y",
    ":boom: %s {0} \\[bold]",
    "日本語" * 60 + "👍🏽👩\u200d💻" * 30,
    "Z" + "\u0301" * 300,
    "\u0301\u0302starts with marks",
    "\x00" * 50,
    "\t" * 40 + "tabs",
    "\n" * 5 + "blank lines",
    "\U000e0041\U000e0042tags",
]
SGR = re.compile(r"\x1b\[[0-9;]*m")


def harmful(text: str) -> set[str]:
    """Return the characters of an output, its own colours apart, that are not text."""
    text = SGR.sub("", text)
    return {
        character
        for character in text
        if character not in "\n\t\u200d"
        and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }
