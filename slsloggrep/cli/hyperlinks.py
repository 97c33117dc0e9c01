"""Whether a terminal, or the pager before it, understands hyperlinks (OSC 8).

No terminal can be asked without waiting for one that never answers, so its variables tell: those
of https://github.com/chalk/supports-hyperlinks and https://github.com/zkat/supports-hyperlinks,
and FORCE_HYPERLINK as they have it. Most others ignore what they do not know; some print it, and
to be sure there is nothing for them. Where links lead is `slsloggrep.links`' knowledge.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from slsloggrep.cli.context import Environment

FORCE = "FORCE_HYPERLINK"
"""0: the terminal has none; anything else: it has them, whatever the other variables say."""

_FIRST_VTE = 5001
"""0.50.1: in 0.50.0 they end the terminal (as supports-hyperlinks has it)."""
_FIRST_KONSOLE = 201200
"""20.12 (its release notes)."""
_FIRST_TMUX = (3, 4)
"""tmux's CHANGES; an older one drops them."""
_FIRST_LESS = 566
"""less' version history: OSC 8 where -R is in effect."""

_PROGRAMS: Mapping[str, tuple[int, ...]] = {
    "iTerm.app": (3, 1),
    "WezTerm": (),
    "vscode": (1, 72),
    "ghostty": (),
    "Hyper": (),
    "terminology": (),
    "zed": (),
}
"""What TERM_PROGRAM names, and since which version; nothing: any."""
_TERMS = re.compile(r"xterm-kitty|xterm-ghostty|alacritty(-direct)?|foot(-extra|-direct)?|wezterm")

_VALUED = frozenset("bhjkoOptTxyzPD#\"'")
"""Short options of less that take what follows them."""


def has_hyperlinks(environment: Environment, *, coloured: bool) -> bool:
    """Tell whether stdout gets hyperlinks: a terminal that has them, and is given colours.

    Who wants no colours wants no other escapes, as a rule. FORCE_HYPERLINK decides all of it but
    that stdout is a terminal: what goes into a file or a pipe is data.
    """
    if not environment.stdout_is_terminal:
        return False
    if forced := environment.env.get(FORCE):
        return forced.strip() != "0"
    return coloured and understands(environment.env, sys.platform)


def understands(env: Mapping[str, str], platform: str) -> bool:
    """Tell whether variables name a terminal that understands hyperlinks."""
    term, program = env.get("TERM", ""), env.get("TERM_PROGRAM", "")
    if term in {"dumb", "linux"} or env.get("INSIDE_EMACS") or env.get("STY"):
        return False  # what else is set there is of the terminal around it
    version = _version(env.get("TERM_PROGRAM_VERSION", ""))
    if env.get("TMUX") or term.startswith(("tmux", "screen")):
        return program == "tmux" and version >= _FIRST_TMUX
    if env.get("WT_SESSION"):
        return True
    if platform == "win32":
        return False
    if program in _PROGRAMS:
        return version >= _PROGRAMS[program]
    return bool(
        _number(env.get("VTE_VERSION")) >= _FIRST_VTE
        or _number(env.get("KONSOLE_VERSION")) >= _FIRST_KONSOLE
        or env.get("KITTY_WINDOW_ID")
        or env.get("DOMTERM")
        or _TERMS.fullmatch(term)
    )


def passes_hyperlinks(
    command: Sequence[str], env: Mapping[str, str], ask: Callable[[Sequence[str]], str]
) -> bool:
    """Tell whether a pager lets hyperlinks through: less does, from a version on and with -R.

    `env` is the pager's own; `ask` runs a command, and returns what it prints, or nothing.
    """
    if PurePath(command[0]).stem != "less":
        return False
    if not _is_raw([*_words(env.get("LESS", "")), *command[1:]]):
        return False
    found = re.match(r"less (\d{1,6})\b", ask([command[0], "--version"]))
    return found is not None and int(found[1]) >= _FIRST_LESS


def _words(options: str) -> list[str]:
    """Return the words of LESS; the first may lack its dash."""
    try:
        words = shlex.split(options)
    except ValueError:
        words = options.split()
    return [word if word.startswith(("-", "+")) else f"-{word}" for word in words[:1]] + words[1:]


def _is_raw(words: Sequence[str]) -> bool:
    for word in words:
        if word.lower() in {"--raw-control-chars"}:
            return True
        if not word.startswith("-") or word.startswith("--"):
            continue
        for letter in word[1:]:
            if letter in "rR":
                return True
            if letter in _VALUED:
                break
    return False


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"[0-9]{1,9}", text)[:2]))


def _number(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else 0
