"""Commands to be copied: what to type next, quoted for a shell.

Which command it is belongs to those who call, where its lines end to those who show it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from itertools import pairwise

from slsloggrep.harmless import visible


def command_parts(
    command: Sequence[str],
    value: str | None,
    arguments: Sequence[str],
    *,
    show: Callable[[str], str],
) -> list[str]:
    """Return the parts of a command that takes a value, and options as somebody typed them.

    Nothing where a word is such that it would be shown otherwise than it is, as `show` tells: to
    copy it would find nothing, or another thing. No value at all is None, and no empty one.
    """
    if value == "":
        return []
    words = [*arguments] if value is None else [value, *arguments]
    if value is not None and value.startswith("-"):
        words = [*arguments, "--", value]
    if any(show(word) != word for word in words):
        return []
    parts = [*command]
    for before, word in pairwise(["", *words]):
        if before.startswith("-") and before != "--" and not word.startswith("-"):
            parts[-1] += f" {shlex.quote(word)}"  # an option and its value stay together
        else:
            parts.append(shlex.quote(word))
    return parts


def command_text(command: Sequence[str], value: str | None, arguments: Sequence[str]) -> str:
    """Return such a command on one line; empty where it cannot be copied."""
    return " ".join(command_parts(command, value, arguments, show=_on_one_line))


def _on_one_line(word: str) -> str:
    return visible(word, newlines=False)
