"""Documents as a user gets them: every command in every format, redacted, whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import stat
import urllib.parse
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.sources.demo.story import tell

NOW = 1_795_453_200_000
"""2026-11-23T17:00:00Z: the demo tells the three hours before."""
DEMO = ("-S", "demo:2026-11-23T17:00Z")
ORDER = tell(NOW).lamp_order

COMMANDS = {
    "trace": ("trace", ORDER),
    "tail": ("tail", "-n", "20"),
    "grep": ("grep", ORDER),
    "grep whole": ("grep", ORDER, "--invocations"),
    "crashes": ("crashes", "-s", "2h"),
    "latency": ("latency", "-s", "2h", "--slowest", "3"),
    "compared": ("latency", "-s", "1h", "--compare", "2h ago..1h ago"),
    "report trace": ("report", "trace", ORDER),
    "report crashes": ("report", "crashes", "-s", "2h", "--baseline", "1h"),
    "report latency": ("report", "latency", "-s", "2h"),
    "report compared": ("report", "latency", "-s", "1h", "--compare", "2h ago..1h ago"),
    "report incident": ("report", "incident", "-s", "2h"),
}
BEGINNINGS = {"html": "<!doctype html>", "md": "# ", "csv": ""}


def ask(*argv: str, code: int = 0) -> tuple[str, str]:
    """Run a command line in this process; return what it wrote to stdout and to stderr."""
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=False,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=100,
        clock=lambda: NOW,
    )
    assert run(argv, environment) == code, stderr.getvalue()
    return stdout.getvalue(), stderr.getvalue()


@pytest.mark.parametrize("form", list(BEGINNINGS))
@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_writes_every_document(name: str, form: str) -> None:
    """In its own form, and it holds what was asked for."""
    text, _ = ask(*COMMANDS[name], *DEMO, "-o", form)
    assert text.lower().startswith(BEGINNINGS[form])
    if form == "csv":
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}
    if ORDER in COMMANDS[name]:
        assert ORDER in text


def test_the_same_question_gives_the_same_document() -> None:
    """To the byte: nothing in it depends on the run."""
    for form in BEGINNINGS:
        first, again = (ask(*COMMANDS["report trace"], *DEMO, "-o", form)[0] for _ in range(2))
        assert first == again


def test_a_report_of_one_crash() -> None:
    """By its fingerprint, in each format."""
    document = json.loads(ask("crashes", "-s", "2h", *DEMO, "-o", "json")[0])
    name = document["groups"][0]["fingerprint"]
    for form, beginning in BEGINNINGS.items():
        text, _ = ask("report", "crash", name, "-s", "2h", *DEMO, "-o", form)
        assert text.lower().startswith(beginning)
    whole = json.loads(ask("report", "crash", name, "-s", "2h", *DEMO, "-o", "json")[0])
    assert whole["kind"] == "crash"


def test_an_incident_tells_what_broke_and_when_it_began() -> None:
    """What the demo's story knows of itself: the counts of its crashes, and the first new one."""
    incident = json.loads(ask("report", "incident", "-s", "2h", *DEMO, "-o", "json")[0])
    crashes = json.loads(ask("crashes", "-s", "2h", "--baseline", "2h", *DEMO, "-o", "json")[0])
    rows = json.loads(ask("latency", "-s", "2h", *DEMO, "-o", "json")[0])["functions"]
    assert incident["crashes"] == crashes["crashes"]
    assert incident["groups"] == crashes["groups"]
    first_new = min(group["first_seen"] for group in crashes["groups"] if group["is_new"])
    assert incident["onset"]["time"] == first_new
    activity = incident["activity"]
    assert sum(slot["crashes"] for slot in activity) == len(crashes["crashes"])
    assert sum(slot["invocations"] for slot in activity) == sum(r["invocations"] for r in rows)
    assert 1 <= len(incident["transactions"]) <= 3
    assert incident["affected"]


def test_a_file_is_its_owners_alone_and_is_written_whole(tmp_path: Path) -> None:
    """With permissions for nobody else; what is there already stays, unless --force is given."""
    target = tmp_path / "found.html"
    _, said = ask("report", "trace", ORDER, *DEMO, "-O", str(target))
    assert f"wrote {target}" in said
    assert stat.S_IMODE(target.stat().st_mode) == 0o600 or os.name == "nt"
    before = target.read_bytes()
    _, said = ask("report", "trace", ORDER, *DEMO, "-O", str(target), code=2)
    assert "exists" in said
    assert target.read_bytes() == before
    ask("report", "trace", ORDER, *DEMO, "-O", str(target), "--force")
    assert [path.name for path in tmp_path.iterdir()] == ["found.html"]


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_json_goes_into_a_file_as_to_stdout(form: str, tmp_path: Path) -> None:
    """The document is the same; only where it goes differs."""
    for index, argv in enumerate((COMMANDS["trace"], COMMANDS["tail"], COMMANDS["crashes"])):
        target = tmp_path / f"{index}.{form}"
        text, _ = ask(*argv, *DEMO, "-o", form)
        written, _ = ask(*argv, *DEMO, "-O", str(target))
        assert written == ""
        assert target.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["tail", "grep whole", "crashes", "latency"])
def test_a_picture_shows_what_a_terminal_does(name: str) -> None:
    """The command, the text and what stderr tells of it; where it was sent is nobody's business."""
    root = ET.fromstring(ask(*COMMANDS[name], *DEMO, "-o", "svg")[0])
    shown = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert shown[:2] == ["$", " ".join(("slsloggrep", *COMMANDS[name], *DEMO))]
    assert "shop-" in " ".join(shown)
    assert shown[-1].startswith("searched ")


def test_a_picture_tells_what_was_not_read() -> None:
    """An answer with gaps never looks like a whole one, and an empty one says so."""
    text, _ = ask("grep", "no such thing", *DEMO, "-S", "/nowhere", "-o", "svg", code=3)
    shown = " ".join(ET.fromstring(text).itertext())
    for told in ("not read:", "/nowhere", "nothing found", "the answer is partial"):
        assert told in shown


def test_a_picture_goes_where_documents_go(tmp_path: Path) -> None:
    """By the ending of its name, for its owner alone, and never over another file."""
    target = tmp_path / "found.svg"
    ask(*COMMANDS["trace"], *DEMO, "-O", str(target))
    assert ET.parse(target).getroot().tag.endswith("svg")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "exists" in ask(*COMMANDS["trace"], *DEMO, "-O", str(target), code=2)[1]


@pytest.mark.parametrize(
    "argv",
    [
        ("report", "trace", ORDER, "-O", "found.svg"),
        ("tail", "-f", "-o", "svg"),
        ("crashes", "-f", "-o", "svg"),
        ("trace", ORDER, "--dry-run", "-o", "svg"),
    ],
    ids=lambda argv: argv[0],
)
def test_what_cannot_be_a_picture_is_refused(argv: tuple[str, ...]) -> None:
    """A report is more than its text, what is followed has no end, and a plan is no answer."""
    _, said = ask(*argv, *DEMO, code=2)
    assert "try: " in said


SECRETS = {
    "email": "ada.lovelace@example.org",
    "key": "AKIAIOSFODNN7EXAMPLE",
    "password": "hunter2-Tr0ub4dor",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9",
    "card": "4111 1111 1111 1111",
    "bearer": "Bearer c2VjcmV0LXRva2VuLW9mLWFkYQ",
}
REQUEST = "0d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6"


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    """Return an archive of one failing invocation that logs every secret, in every way.

    Its name holds one, too, and that of a file that cannot be read whole.
    """
    lines = [f"START RequestId: {REQUEST} Version: $LATEST\n"]
    for name, secret in SECRETS.items():
        fact = f"password={secret}" if name == "password" else f"{name} is {secret}"
        if name == "bearer":
            fact = f"Authorization: {secret}"
        lines.append(f"2026-11-23T16:30:00.000Z\t{REQUEST}\tINFO\tord-7 {fact}\n")
        inner = {"level": "ERROR", "requestId": REQUEST, "message": fact, "note": json.dumps(fact)}
        lines.append(json.dumps(inner) + "\n")
        lines.append(
            f"2026-11-23T16:30:00.000Z\t{REQUEST}\tERROR\tInvoke Error \t"
            + json.dumps({"errorType": "Error", "errorMessage": fact, "stack": [f"Error: {fact}"]})
            + "\n"
        )
        quoted = urllib.parse.quote(fact)
        lines.append(
            f"2026-11-23T16:30:00.000Z\t{REQUEST}\tINFO\tGET https://x.example/?q={quoted}\n"
        )
    lines.append(
        f"REPORT RequestId: {REQUEST}\tDuration: 12.30 ms\tBilled Duration: 13 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 64 MB\tStatus: error\tError Type: Runtime.Error\n"
    )
    start = NOW - 30 * 60_000
    envelope: dict[str, Any] = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/lambda/pay",
        "logStream": "2026/11/23/[$LATEST]" + "ab" * 16,
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": f"{index:056d}", "timestamp": start + index, "message": line}
            for index, line in enumerate(lines)
        ],
    }
    folder = tmp_path / f"logs of {SECRETS['email']}"
    folder.mkdir()
    packed = gzip.compress(json.dumps(envelope).encode())
    (folder / "one.gz").write_bytes(packed)
    (folder / f"of {SECRETS['key']}.gz").write_bytes(packed[:-9])
    return folder


LEAKING = (
    ("trace", "ord-7"),
    ("grep", "ord-7"),
    ("tail", "-s", "2h"),
    ("crashes",),
    ("crashes", "show", REQUEST),
    ("report", "incident", "-s", "2h"),
)
FORMS = ("html", "md", "csv", "json", "ndjson", "text", "svg")


@pytest.mark.parametrize(
    ("argv", "form"),
    # A report is a document: it has no text, no lines and no picture.
    [(a, f) for a in LEAKING for f in (FORMS[:4] if a[0] == "report" else FORMS)],
    ids=lambda given: given if isinstance(given, str) else " ".join(given[:2]),
)
def test_planted_secrets_appear_nowhere(argv: tuple[str, ...], form: str, leaky: Path) -> None:
    """In no format, in no attribute, in no URL; what was redacted is counted."""
    redacted = ("--redact", "--region", "eu-central-1")
    text, said = ask(*argv, "-S", str(leaky), "-o", form, *redacted, code=3)
    if form == "svg":
        text = " ".join(ET.fromstring(text).itertext())
    for name, secret in SECRETS.items():
        for spelling in {secret, urllib.parse.quote(secret), secret.replace(" ", "+")}:
            assert spelling not in text, name
            assert spelling not in said, name
    assert re.search(r"(<|&lt;)(email|aws-key|card|jwt|password|authorization)-1(>|&gt;)", text)
    assert "redacted: " in said
    if argv[0] not in ("grep", "tail") or form in ("csv", "json", "ndjson"):
        # What joins is kept, be it shortened: a colleague can look further.
        assert REQUEST[:8] in text


def test_without_redaction_the_secrets_are_there(leaky: Path) -> None:
    """So the test above has something to find."""
    text, _ = ask("report", "trace", "ord-7", "-S", str(leaky), "-o", "json", code=3)
    assert all(json.dumps(secret)[1:-1] in text for secret in SECRETS.values())
