"""`functions` and `doctor` as documents: files of every format, and what is redacted of them."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

import pytest
from logs_service import LogsService
from program import ask

NOW = 1_790_000_000_000
COMMANDS = ("functions", "doctor")


@pytest.fixture
def account(cloudwatch: LogsService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an account in which something is denied, and a folder to write to."""
    cloudwatch.world.create_function("acme-cart")
    stamp = int(time.time() * 1000) - 5_000
    cloudwatch.put("/aws/lambda/acme-cart", "2026/09/21/[$LATEST]a", [(stamp, "x")])
    cloudwatch.deny("DescribeLogStreams")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_documents_say_what_the_text_says(account: Path, command: str) -> None:
    """In every format, in a file of that ending, with the code of the text; JSON is the same."""
    text = ask(command, "-F", "acme-cart", now=NOW)
    assert text.code == 3
    for ending in ("html", "md", "csv", "json", "ndjson", "svg"):
        answer = ask(command, "-F", "acme-cart", "-O", f"it.{ending}", now=NOW)
        assert (answer.code, answer.stdout) == (3, "")
        assert "logs:DescribeLogStreams" in answer.stderr or command == "doctor"
    html, markdown, table, document, lines, picture = (
        (account / f"it.{ending}").read_text(encoding="utf-8")
        for ending in ("html", "md", "csv", "json", "ndjson", "svg")
    )
    assert html.startswith("<!doctype html>")
    assert html.count("<h1") == 1
    assert markdown.startswith("# ")
    assert "cart" in html
    assert "cart" in markdown
    assert "cart" in picture
    rows = list(csv.DictReader(io.StringIO(table)))
    key = "functions" if command == "functions" else "checks"
    assert json.loads(document)["schema"] == f"slsloggrep.{command}/1"
    assert len(rows) == len(json.loads(document)[key]) == len(lines.splitlines())
    assert ask(command, "-F", "acme-cart", "-o", "json", now=NOW).json == json.loads(document)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_redacted_is_nowhere(account: Path, command: str) -> None:
    """Neither in what is written, in any format, nor on stderr; how much it was is said."""
    del account
    for form in ("text", "json", "ndjson", "html", "md", "csv", "svg"):
        rules = ("--redact", "--redact-pattern", "client=acme|reader")
        answer = ask(command, "-F", "acme-c*", "-o", form, *rules, now=NOW)
        assert answer.code == 3
        assert "acme" not in answer.stdout
        assert "user/reader" not in answer.stdout
        assert "acme" not in answer.stderr
        assert "client-1" in answer.stdout
        assert "redacted: client " in answer.stderr


def test_a_policy_is_json_in_a_file_too(account: Path) -> None:
    """It is for a program, and no document for people."""
    answer = ask("doctor", "-F", "acme-cart", "--policy", "-O", "policy.json", now=NOW)
    assert (answer.code, answer.stdout) == (3, "")
    policy = json.loads((account / "policy.json").read_bytes())
    assert policy["Statement"][0]["Action"] == ["logs:DescribeLogStreams"]
    refused = ask("doctor", "--policy", "-o", "html", now=NOW)
    assert (refused.code, refused.stdout) == (2, "")
    assert "--policy prints JSON" in refused.stderr
