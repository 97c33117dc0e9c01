"""Whole runs as data: each `[[run]]` of a TOML file is arguments, input and what comes of them.

Keys of a run (the others are refused, so that a slip cannot pass as a test):

- `name`: the rule that the run proves
- `args`; `env`; `width`; `terminal` (what stdout and stderr are)
- `stdin`: text in a pipe; absent: a terminal
- `files`: by path, a text, or a table with `build` (a function of `case_builders`) and arguments
- `exit`: the exit code
- `stdout`, `stderr`: exactly this; `…_has`, `…_lacks`: lists of parts; `…_matches`: regexes, all to
  be found. A stream of which nothing is said must stay empty
- `stdout_json`: a document that the output holds, member by member; lists are compared whole
- `process`: a true process, with the machine's clock, instead of one injected environment

The clock stands at 2026-11-23T12:00:00Z.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import case_builders
import pytest

from slsloggrep.cli import progress
from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

HERE = Path(__file__).parent
NOW = int(datetime.fromisoformat("2026-11-23T12:00:00Z").timestamp() * 1000)
FEWEST = 40
"""Fewer cases than that mean that collecting them went wrong."""

KEYS = {"name", "args", "env", "stdin", "width", "terminal", "files", "exit", "process"}
EXPECTATIONS = {
    f"{stream}{kind}"
    for stream in ("stdout", "stderr")
    for kind in ("", "_has", "_lacks", "_matches")
} | {"stdout_json"}


class Outcome(NamedTuple):
    code: int
    stdout: str
    stderr: str


def collect() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(HERE.glob("*.toml"))
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["run"]
    ]


CASES = collect()


def test_cases_were_collected() -> None:
    """A contract over no cases would hold always."""
    assert len(CASES) >= FEWEST
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run does what its data says."""
    assert set(case) - KEYS - EXPECTATIONS == set()
    monkeypatch.chdir(tmp_path)
    # How far the reading is would show on a slow machine alone.
    monkeypatch.setattr(progress, "QUIET_SECONDS", 600.0)
    for name, content in case.get("files", {}).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes_of(content))
    outcome = (run_process if case.get("process") else run_inside)(case)
    told = f"exit {outcome.code}\n{outcome.stdout}\n--- stderr\n{outcome.stderr}"
    assert outcome.code == case["exit"], told
    for stream in ("stdout", "stderr"):
        check(stream, getattr(outcome, stream), case, told)


def check(stream: str, text: str, case: dict[str, Any], told: str) -> None:
    expected = {key for key in EXPECTATIONS if key.startswith(stream) and key in case}
    if not expected - {f"{stream}_lacks"}:
        assert text == "", told
    if stream in case:
        assert text == case[stream]
    for part in case.get(f"{stream}_has", []):
        assert part in text, told
    for part in case.get(f"{stream}_lacks", []):
        assert part not in text, told
    for pattern in case.get(f"{stream}_matches", []):
        assert re.search(pattern, text, re.MULTILINE), told
    if f"{stream}_json" in case:
        assert_holds(json.loads(text), json.loads(case[f"{stream}_json"]))


def assert_holds(actual: Any, expected: Any) -> None:
    """Prove that every member of the expected document is in the actual one."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict)
        for key, value in expected.items():
            assert key in actual
            assert_holds(actual[key], value)
    elif isinstance(expected, list):
        assert isinstance(actual, list)
        assert len(actual) == len(expected)
        for item, wanted in zip(actual, expected, strict=True):
            assert_holds(item, wanted)
    else:
        assert actual == expected


def run_inside(case: dict[str, Any]) -> Outcome:
    stdout, stderr = io.StringIO(), io.StringIO()
    stdin = case.get("stdin")
    terminal = case.get("terminal", False)
    environment = Environment(
        stdin=io.BytesIO((stdin or "").encode()),
        stdin_is_terminal=stdin is None,
        stdout=stdout,
        stdout_is_terminal=terminal,
        stderr=stderr,
        stderr_is_terminal=terminal,
        width=case.get("width", 80),
        env={"TERM": "xterm-256color", **case.get("env", {})},
        clock=lambda: NOW,
        stopwatch=lambda: 0.0,
    )
    code = run(case["args"], environment)
    return Outcome(code, stdout.getvalue(), stderr.getvalue())


def run_process(case: dict[str, Any]) -> Outcome:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "slsloggrep", *case["args"]],
        input=case.get("stdin", ""),
        env={**kept, **case.get("env", {})},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def _bytes_of(content: str | dict[str, Any]) -> bytes:
    if isinstance(content, str):
        return content.encode()
    arguments = dict(content)
    build: Callable[..., bytes] = getattr(case_builders, arguments.pop("build"))
    return build(**arguments)
