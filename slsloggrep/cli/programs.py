"""Programs that a variable or an option names: an editor, a pager, what an alarm starts.

No shell has a part in it. Starting them belongs to whoever needs them.
"""

from __future__ import annotations

import shlex
import sys

_QUOTES = ("'", '"')


def words_of(text: str, platform: str = sys.platform) -> list[str]:
    """Return a command line as words; raises ValueError for a quote that is never closed.

    On Windows (`platform` is `sys.platform`) a backslash parts folders, and escapes nothing.
    """
    if platform != "win32":
        return shlex.split(text)
    words = shlex.split(text, posix=False)
    return [word[1:-1] if word[:1] in _QUOTES and word[:1] == word[-1:] else word for word in words]
