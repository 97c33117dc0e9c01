"""Hostile log text, figures and identifiers, through the whole program."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from archive_samples import NOON, TRACE, envelope, invocation, log_event

from slsloggrep.decode.search import Haystack, prepare
from slsloggrep.parse import recognise

HIDDEN = "deadbee5-1111-4111-8111-111111111111"

TEXTS = [
    "\x1b]52;c;aGk=\x07",
    "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m\x90q\x9c",
    "\u202edrow\u202c\u2066x\u2069\u200f",
    "[bold red]x[/][link=http://e]a[/link][/]",
    "\x00\x07\x08\x7f",
    "a\rb\x0bc\x0cd",
    "\u2028\u2029\u0085",
    "\x1b[2J\x1b[H",
    "x" * 20_000,
    "\U000e0041\U000e0042",
    "\N{LATIN SMALL LETTER E}\N{COMBINING ACUTE ACCENT}" * 50,
    " \n \t\n",
    "",
]

OBEYED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]"
)
"""What a terminal or a text renderer would act on; a newline and a tab are layout."""

FIGURES = [
    f"REPORT RequestId: {HIDDEN}\tDuration: {'9' * 5000} ms\tBilled Duration: 1 ms",
    f"REPORT RequestId: {HIDDEN}\tDuration: {'9' * 300} ms\tInit Duration: {'9' * 300} ms",
    json.dumps(
        {
            "type": "platform.report",
            "time": "2026-11-23T12:00:00.000Z",
            "record": {"requestId": HIDDEN, "metrics": {"durationMs": 1e308}, "status": "success"},
        }
    ),
]


def run(*arguments: str, folder: Path, timeout: float = 60) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "slsloggrep", *arguments, "-S", str(folder)],
        capture_output=True,
        check=False,
        timeout=timeout,
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive whose every name, message, field and response is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    documents = []
    for number, text in enumerate(TEXTS):
        fields = dict.fromkeys(
            ("level", "msg", "message", "result", "statusCode", "errorType", "errorMessage"), text
        )
        line = json.dumps({**fields, "requestId": HIDDEN, "response": {text: [text]}})
        events = invocation(
            number * 100, NOON + number, HIDDEN, f"{text} {HIDDEN} {text}", line, trace=TRACE
        )
        documents.append(envelope(f"f{text}", text, events))
    nested = '{"a":' * 5000 + "1" + "}" * 5000
    strange = [
        f'{{"id":"{HIDDEN}","m":{nested}}}',
        f'{{"id":"{HIDDEN}","x":NaN,"y":Infinity,"response":-Infinity}}',
        f'{{"requestId":"x","requestId":"{HIDDEN}","response":{"9" * 5000}}}',
    ]
    documents.append(
        envelope("s", "e", [log_event(9000 + i, NOON + i, text) for i, text in enumerate(strange)])
    )
    data = "".join(map(json.dumps, documents)).encode()
    for number, stamp in enumerate(["1e30", "-1", "1e400", "NaN", '"x"', "253402300800000", "[]"]):
        data += (
            f'{{"messageType":"DATA_MESSAGE","logGroup":"g","logStream":"t{number}","logEvents":'
            f'[{{"id":"{number}","timestamp":{stamp},"message":"{HIDDEN}"}}]}}'
        ).encode()
    (folder / "o.json").write_bytes(data + b"\xff\xfe")
    (folder / "\x1b]0;t\x07.gz").write_bytes(b"\x1f\x8b\x08 no gzip at all")
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ("trace", HIDDEN, "--events", "all"),
        ("trace", HIDDEN, "-o", "json"),
        ("trace", HIDDEN, "-o", "ndjson"),
        ("grep", HIDDEN),
        ("grep", HIDDEN, "--invocations"),
        ("grep", HIDDEN, "-o", "json"),
        ("grep", HIDDEN, "-o", "ndjson"),
    ],
)
def test_hostile_text_is_shown_and_never_obeyed(hostile: Path, arguments: tuple[str, ...]) -> None:
    """No output, and no note on stderr, holds anything that a terminal acts on; JSON is JSON."""
    done = run(*arguments, folder=hostile)
    assert done.returncode == 3, done.stderr.decode()
    out, told = done.stdout.decode(), done.stderr.decode()
    assert HIDDEN in out
    assert not OBEYED.search(out)
    assert not OBEYED.search(told)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    if "json" in arguments:
        assert json.loads(out, parse_constant=refuse)["coverage"]["complete"] is False
    if "ndjson" in arguments:
        assert all(json.loads(line, parse_constant=refuse) for line in out.splitlines())


@pytest.mark.parametrize("line", FIGURES)
def test_one_line_with_absurd_figures_spoils_no_answer(tmp_path: Path, line: str) -> None:
    """Whoever can write a log line cannot make an investigation fail."""
    good = envelope("good", "a", invocation(10, NOON, HIDDEN, "fine\n"))
    bad = envelope("bad", "b", [log_event(90, NOON, line)])
    (tmp_path / "o.json").write_text(json.dumps(good) + json.dumps(bad), encoding="utf-8")
    done = run("trace", HIDDEN, "-o", "json", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    starts = [i["start"] for i in json.loads(done.stdout)["transaction"]["invocations"]]
    assert all(start and start.startswith("2026-11-23T") for start in starts)
    assert run("trace", HIDDEN, folder=tmp_path).returncode == 0


@pytest.mark.parametrize("text", ["/o/1", "-x-", '"a"'])
def test_searching_a_run_of_backslashes_costs_no_more_than_its_length(text: str) -> None:
    """A long run of backslashes is searched in a blink, whatever the identifier."""
    haystack = Haystack(1 << 20)
    haystack.append(b"\\" * 40_000)
    began = time.perf_counter()
    for needle in prepare([text]):
        assert list(needle.find_all(haystack)) == []
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("text", [HIDDEN, TRACE, "ord-1/2", "order"])
def test_recognising_behind_backslashes_costs_no_more_than_their_length(text: str) -> None:
    """A line that holds the ID behind what a client sent to be logged hangs nobody."""
    subject = recognise(text)
    began = time.perf_counter()
    assert subject.mentioned_in("\\" * 40_000 + f" {text} ")
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "*",
        ".*",
        "((((",
        "\\",
        "a\nb",
        "''",
        "\x1b[31m",
        "\N{GRINNING FACE}",
        "9" * 5000,
        "a" * 10_000,
    ],
)
def test_any_identifier_gets_an_answer(tmp_path: Path, text: str) -> None:
    """Metacharacters, controls and enormous words are looked for as they are."""
    (tmp_path / "o.json").write_text(
        json.dumps(envelope("f", "a", [log_event(1, NOON, f"here it is: {text} .")])),
        encoding="utf-8",
    )
    done = run("grep", text, folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert run("trace", "nothing-of-the-kind", folder=tmp_path).returncode == 1
    assert b"Traceback" not in run("trace", text, folder=tmp_path).stderr
