"""Words of every command lead to consoles, where the terminal has hyperlinks, and only there."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from program import ask

from slsloggrep.render.hyperlinks import without_links

NOW = 1_795_453_200_000
"""2026-11-23T17:00:00Z."""
REQUEST = "0d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6"
TRACE = "1-6b031ad8-36299d3a8627e97c08926891"
EVIL = "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\"
LINK = re.compile(r"\x1b\]8;;([^\x1b]+)\x1b\\(.*?)\x1b\]8;;\x1b\\", re.DOTALL)
HARMLESS = re.compile(
    r"https://eu-central-1\.console\.aws\.amazon\.com/[A-Za-z0-9\-._~:/?#=&%$*,!]+"
)
SGR = re.compile(r"\x1b\[[0-9;]*m")
TERMINAL = {"TERM": "xterm-256color", "VTE_VERSION": "7000"}
COMMANDS = {
    ("trace", TRACE): {TRACE, REQUEST},
    ("trace", "ord-7", "--events", "none"): {REQUEST},
    ("grep", "ord-7"): {REQUEST[:8]},
    ("grep", "ord-7", "--invocations"): {REQUEST},
    ("tail", "-n", "9"): {"ab", REQUEST[:8]},
    ("tail", "-n", "9", "--wide"): {REQUEST},
    ("tail", "-n", "9", "--invocations"): {REQUEST},
    ("crashes", "--list"): {REQUEST},
    ("crashes", "--groups"): {REQUEST},
    ("crashes", "show", REQUEST): {REQUEST, "/aws/lambda/pay"},
    ("latency", "--slowest", "2"): {REQUEST},
}


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of one invocation that failed, with a hyperlink in its log."""
    error = {"errorType": "Error", "errorMessage": f"ord-7 {EVIL}", "stack": ["Error: ord-7"]}
    lines = [
        f"START RequestId: {REQUEST} Version: $LATEST\n",
        f"2026-11-23T16:30:00.000Z\t{REQUEST}\tINFO\tord-7 {EVIL} of {REQUEST}\n",
        f"2026-11-23T16:30:00.000Z\t{REQUEST}\tERROR\tInvoke Error \t{json.dumps(error)}\n",
        (
            f"REPORT RequestId: {REQUEST}\tDuration: 12.30 ms\tBilled Duration: 13 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 64 MB\tStatus: error\tError Type: Error\n"
            f"XRAY TraceId: {TRACE}\tSegmentId: 0123456789abcdef\tSampled: true\t\n"
        ),
    ]
    envelope = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/lambda/pay",
        "logStream": "2026/11/23/[$LATEST]" + "ab" * 16,
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": f"{10**55 + index:056d}", "timestamp": NOW - 1_800_000 + index, "message": line}
            for index, line in enumerate(lines)
        ],
    }
    folder = tmp_path_factory.mktemp("logs")
    (folder / "one.gz").write_bytes(gzip.compress(json.dumps(envelope).encode()))
    return folder


def shown(argv: tuple[str, ...], logs: Path, *more: str, terminal: bool = True, **env: str) -> str:
    settings = {"TERM": "", "VTE_VERSION": "", "TMUX": "", "STY": "", "INSIDE_EMACS": ""}
    answer = ask(
        *argv,
        *("-S", str(logs), "--region", "eu-central-1"),
        *more,
        now=NOW,
        width=200,
        terminal=terminal,
        **{**settings, "NO_COLOR": "", "TERM_PROGRAM": "", "FORCE_HYPERLINK": "", **env},
    )
    assert answer.code == 0, answer.stderr
    return answer.stdout


@pytest.mark.parametrize("argv", list(COMMANDS), ids=" ".join)
def test_words_lead_to_consoles_and_nothing_else_changes(argv: tuple[str, ...], logs: Path) -> None:
    """To pages of our own making, in the same bytes each time; a link in a log is text."""
    text = shown(argv, logs, **TERMINAL)
    links = [(url, SGR.sub("", word)) for url, word in LINK.findall(text)]
    assert all(HARMLESS.fullmatch(url) for url, _ in links)
    words = {word.strip() for _, word in links}
    assert all(any(expected in word for word in words) for expected in COMMANDS[argv])
    assert all("click" not in word for word in words)
    without = shown(argv, logs, **TERMINAL, FORCE_HYPERLINK="0")
    assert SGR.sub("", without_links(text)) == SGR.sub("", without)  # a link parts what is faint
    assert text == shown(argv, logs, **TERMINAL)


@pytest.mark.parametrize(
    ("more", "env", "terminal"),
    [
        (("--no-links",), TERMINAL, True),
        (("--redact",), TERMINAL, True),
        ((), TERMINAL, False),
        ((), {**TERMINAL, "FORCE_HYPERLINK": "1"}, False),
        ((), {**TERMINAL, "TERM": "dumb"}, True),
        ((), {**TERMINAL, "NO_COLOR": "1"}, True),
        (("--color", "never"), TERMINAL, True),
        ((), {"TERM": "xterm-256color"}, True),
    ],
)
def test_where_there_are_none(
    more: tuple[str, ...], env: dict[str, str], terminal: bool, logs: Path
) -> None:
    """Neither where nobody wants them, nor where a pseudonym would have to lead, nor in a pipe."""
    for argv in (("trace", "ord-7"), ("tail", "-n", "9")):
        assert "\x1b]8;" not in shown(argv, logs, *more, terminal=terminal, **env)


def test_who_wants_links_and_no_colours_gets_just_them(logs: Path) -> None:
    """FORCE_HYPERLINK goes before NO_COLOR, which means colours."""
    for argv in (("trace", "ord-7"), ("tail", "-n", "9"), ("tail", "-n", "9", "--invocations")):
        text = shown(argv, logs, TERM="xterm", NO_COLOR="1", FORCE_HYPERLINK="1")
        assert LINK.search(text)
        assert not SGR.search(text)
        assert without_links(text) == shown(argv, logs, TERM="xterm", NO_COLOR="1")


def test_without_a_region_nothing_leads_anywhere(logs: Path) -> None:
    """An archive does not tell where its logs are from: no link is better than a wrong one."""
    answer = ask("trace", "ord-7", "-S", str(logs), now=NOW, terminal=True, **TERMINAL)
    assert "\x1b[" in answer.stdout
    assert "\x1b]8;" not in answer.stdout


def test_the_demo_is_in_no_console(logs: Path) -> None:
    """Its events lead nowhere, even beside others that do."""
    text = shown(("grep", "-l", "error", "-n", "9", "-S", "demo:"), logs, **TERMINAL)
    assert len(re.findall("shop-", text)) > 2
    assert {SGR.sub("", word) for _, word in LINK.findall(text)} <= {REQUEST[:8]}
