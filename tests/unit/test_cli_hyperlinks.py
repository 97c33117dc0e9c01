"""Which terminals and pagers are given hyperlinks: those that are known to understand them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.hyperlinks import has_hyperlinks, passes_hyperlinks, understands

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, False),
        ({"VTE_VERSION": "7000"}, True),
        ({"VTE_VERSION": "5001"}, True),
        ({"VTE_VERSION": "5000"}, False),
        ({"VTE_VERSION": "4902"}, False),
        ({"VTE_VERSION": "new"}, False),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.5.0"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.0.15"}, False),
        ({"TERM_PROGRAM": "iTerm.app"}, False),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809-5046fc22"}, True),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.94.2"}, True),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.71.0"}, False),
        ({"TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.1.3"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM_PROGRAM_VERSION": "455"}, False),
        ({"WT_SESSION": "c7f1"}, True),
        ({"KITTY_WINDOW_ID": "1"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "alacritty"}, True),
        ({"TERM": "foot"}, True),
        ({"KONSOLE_VERSION": "230805"}, True),
        ({"KONSOLE_VERSION": "200400"}, False),
        ({"DOMTERM": "version=3"}, True),
    ],
)
def test_a_terminal_is_told_by_its_variables(env: dict[str, str], expected: bool) -> None:
    """Versions before the first that has them, and what says nothing, have none."""
    assert understands({**XTERM, **env}, "linux") is expected


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"TERM": "dumb"}, False),
        ({"TERM": "linux"}, False),
        ({"INSIDE_EMACS": "29.1,vterm"}, False),
        ({"STY": "1234.pts-0"}, False),
        ({"TERM": "screen.xterm-256color"}, False),
        ({"TMUX": "/tmp/tmux-0/default,1,0"}, False),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"}, False),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True),
        ({"TERM": "screen", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.5a"}, True),
    ],
)
def test_what_lies_between_goes_before_the_terminal_around_it(
    env: dict[str, str], expected: bool
) -> None:
    """Variables of the outer terminal are still there in tmux, screen, Emacs and on a console."""
    assert understands({**XTERM, "VTE_VERSION": "7000", **env}, "linux") is expected


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"WT_SESSION": "c7f1"}, True),
        ({}, False),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.94.2"}, False),
    ],
)
def test_on_windows_only_its_terminal_has_them(env: dict[str, str], expected: bool) -> None:
    """The old console prints what it does not know."""
    assert understands(env, "win32") is expected


def environment(env: dict[str, str], *, terminal: bool = True) -> Environment:
    return Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=io.StringIO(),
        stdout_is_terminal=terminal,
        stderr=io.StringIO(),
        stderr_is_terminal=True,
        width=80,
        env=env,
    )


@pytest.mark.parametrize(
    ("env", "coloured", "expected"),
    [
        ({"TERM": "xterm-kitty"}, True, True),
        ({"TERM": "xterm-kitty"}, False, False),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, True, False),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": ""}, True, True),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "1"}, True, True),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "1"}, False, True),
    ],
)
def test_the_user_has_the_last_word(env: dict[str, str], coloured: bool, expected: bool) -> None:
    """FORCE_HYPERLINK goes before every other variable, colours included; an empty one is unset."""
    assert has_hyperlinks(environment(env), coloured=coloured) is expected
    assert not has_hyperlinks(environment(env, terminal=False), coloured=coloured)


@pytest.mark.parametrize(
    ("command", "less", "version", "expected"),
    [
        ("less", "FRX", "less 590 (GNU regular expressions)", True),
        ("/usr/bin/less", "FRX", "less 581.2 (POSIX regular expressions)", True),
        ("less.exe", "FRX", "less 661 (PCRE2)", True),
        ("less", "FRX", "less 551 (GNU regular expressions)", False),
        ("less", "FRX", "", False),
        ("less", "FRX", "BusyBox v1.36.1", False),
        ("less", "FX", "less 590", False),
        ("less -R", "FX", "less 590", True),
        ("less", "-i -R", "less 590", True),
        ("less", "--RAW-CONTROL-CHARS", "less 590", True),
        ("less", "-i -Pfor", "less 590", False),
        ("less", "-x4r", "less 590", False),
        ("less", "it's -R", "less 590", True),
        ("less +R", "M", "less 590", False),
        ("more", "FRX", "less 590", False),
        ("bat --paging=always", "FRX", "less 590", False),
    ],
)
def test_less_alone_lets_them_through(
    command: str, less: str, version: str, expected: bool
) -> None:
    """From version 566 on, and where it was told to let colours through."""
    asked: list[Sequence[str]] = []

    def ask(words: Sequence[str]) -> str:
        asked.append(words)
        return version

    words: Any = command.split()
    assert passes_hyperlinks(words, {"LESS": less}, ask) is expected
    assert all(each == [words[0], "--version"] for each in asked)
