"""The longest text that stands in everything that a pattern can match.

Sources search bytes for it before anything is decoded, so it must be sound: too little is only
slow, too much would lose matches. What a pattern is looked for in is `slsloggrep.cli.matching`'s.
"""

from __future__ import annotations

import re
from re import _constants, _parser  # type: ignore[attr-defined] # no stubs; there since 3.11

_PLAIN_RUN = re.compile(r"[A-Za-z0-9_.-]+")
"""Characters that no JSON encoder in use spells in another way.

Not the space: a logger that colours values changes the colour between words.
"""


def required_text(text: str) -> str:
    """Return the longest run of a text that loggers write as it is; empty where there is none."""
    return max(_PLAIN_RUN.findall(text), key=len, default="")


def required_by(pattern: re.Pattern[str]) -> str:
    """Return such a run of what every match of a regex holds; empty where none is known.

    Looked for on the top level of the regex only: what stands beside groups, alternatives,
    repetitions and assertions.
    """
    if pattern.flags & re.IGNORECASE:
        return ""
    runs = [""]
    for operation, argument in _parser.parse(pattern.pattern, pattern.flags):
        if operation is _constants.LITERAL:
            runs[-1] += chr(argument)
        else:
            runs.append("")
    return max(map(required_text, runs), key=len)
