"""Asks the program about a system whose truth is known, and lays the answer beside the truth."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from truth_model import Run, System

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

WINDOW = ("-s", "6h")
"""The system's three hours, and inits that were made long before."""


class Answer(NamedTuple):
    """What the program wrote, and how it ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document."""
        document: dict[str, Any] = json.loads(self.stdout)
        return document

    @property
    def content(self) -> str:
        """The JSON document without what tells where it came from."""
        return json.dumps({k: v for k, v in self.document.items() if k != "coverage"})


def ask(*arguments: str, now: int, env: Mapping[str, str] | None = None) -> Answer:
    """Run the program in this process, at a time, with variables of the environment."""
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=100,
        clock=lambda: now,
        env=env or {},
    )
    code = run(list(arguments), environment)
    return Answer(code, stdout.getvalue(), stderr.getvalue())


def ask_for(command: str, system: System, source: list[str], *options: str) -> Answer:
    """Ask for crashes or latency of a whole system, as JSON; everything must have been read."""
    answer = ask(command, *WINDOW, "-o", "json", *options, *source, now=system.now)
    assert answer.code in (0, 1), answer.stderr
    assert answer.document["coverage"]["complete"], answer.stderr
    return answer


Told = tuple[str, str | None, str, str, str | None]


def true_crashes(system: System) -> Counter[Told]:
    """Return function, request ID, stream, kind and error type of each crash."""
    return Counter(
        (run.function, run.request_id, run.stream, run.status, run.error_type)
        for run in system.crashes
    )


def told_crashes(document: dict[str, Any]) -> Counter[Told]:
    """Return the same of each crash that an answer has."""
    return Counter(
        (c["function"], c["request_id"], c["log_stream"], c["kind"], c["error_type"])
        for c in document["crashes"]
    )


def explain(told: Counter[Told], true: Counter[Told], system: System) -> str:
    """Return what differs, with the cause that was planted."""
    causes = {(r.function, r.request_id, r.stream): (r.status, r.cause) for r in system.runs}
    lines = [f"told but not true: {crash} {causes.get(crash[:3])}" for crash in told - true]
    lines += [f"true but not told: {crash} {causes.get(crash[:3])}" for crash in true - told]
    return "\n".join(sorted(lines))


def partition(pairs: list[tuple[Any, Any]]) -> set[frozenset[Any]]:
    """Return members by their class: what matters is who is together, not what the class is."""
    classes: dict[Any, set[Any]] = {}
    for member, value in pairs:
        classes.setdefault(value, set()).add(member)
    return {frozenset(members) for members in classes.values()}


def mixed(told: list[tuple[Any, Any]], true: list[tuple[Any, Any]]) -> str:
    """Return which causes share a class, and which are spread over several."""
    causes = dict(true)
    by_class: dict[Any, set[Any]] = {}
    by_cause: dict[Any, set[Any]] = {}
    for member, value in told:
        by_class.setdefault(value, set()).add(causes[member])
        by_cause.setdefault(causes[member], set()).add(value)
    lines = [f"one group of {sorted(found)}" for found in by_class.values() if len(found) > 1]
    lines += [
        f"{cause} in {len(found)} groups" for cause, found in by_cause.items() if len(found) > 1
    ]
    return "\n".join(sorted(lines))


def ends_by_request(runs: list[Run]) -> dict[tuple[str | None, str], set[int]]:
    """Return when the attempts of each request ended, by request ID and stream."""
    ends: dict[tuple[str | None, str], set[int]] = {}
    for each in runs:
        if each.end is not None:
            ends.setdefault((each.request_id, each.stream), set()).add(each.end)
    return ends
