"""Every JSON document that the program writes in a test, held against its schema.

`install` puts the check where documents become text, `slsloggrep.export.json`, for all that runs in
this process, and behind `subprocess.run` for what runs in another. A test that writes documents of
its own by those functions is marked `any_json`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import slsloggrep.export.json as writing

_LINES = {
    "invocation": "trace",
    "crash": "crashes",
    "group": "crashes",
    "function": "latency",
    "slow": "latency",
    "coverage": "latency",
}
"""What a line is one of, by its only key; the last line is the same in all."""

_KEYS = {"engine": "plan", "unhealthy": "functions", "verdict": "doctor"}
"""What no line has but those of one command."""

strict = True
"""Whether what is written has to be one of the program's documents."""
checked = 0
"""How many were held against a schema."""
_by_line = False


def install() -> None:
    """Begin to check."""
    plain_text, plain_lines, plain_run = writing.json_text, writing.ndjson_lines, subprocess.run

    def json_text(value: Any, *, ascii_only: bool = False) -> str:
        text = plain_text(value, ascii_only=ascii_only)
        check(text, by_line=_by_line)
        return text

    def ndjson_lines(documents: Iterable[Any], *, ascii_only: bool = False) -> Iterator[str]:
        global _by_line
        for document in documents:
            _by_line = True
            try:
                yield from list(plain_lines([document], ascii_only=ascii_only))
            finally:
                _by_line = False

    def run(command: Any, *args: Any, **kwargs: Any) -> subprocess.CompletedProcess[Any]:
        done = plain_run(command, *args, **kwargs)
        _check_output(command, done.stdout)
        return done

    writing.json_text = json_text
    writing.ndjson_lines = ndjson_lines
    subprocess.run = run


def check(text: str, *, by_line: bool = False) -> None:
    """Prove that text is a document, or a line, that a schema describes."""
    if not strict:
        return
    global checked
    checked += 1
    try:
        document = json.loads(text)
    except RecursionError:  # deeper than any parser here goes: the response of some function
        return
    if isinstance(document, dict) and "$schema" in document:
        validators().meta.validate(document)
        return
    name = _line_name(document) if by_line else _name(document)
    assert name is not None, f"no schema describes {text[:500]}"
    assert_valid(name, document)


def assert_valid(name: str, document: Any) -> None:
    """Prove that a document is what the schema of a name describes."""
    error = next(validator(name).iter_errors(document), None)
    assert error is None, f"not by the schema {name}: {error}"


def is_valid(name: str, document: Any) -> bool:
    """Tell whether a document is what the schema of a name describes."""
    return bool(validator(name).is_valid(document))


def validators() -> Any:
    """Return the library, which is loaded when the first document is written."""
    import jsonschema_rs

    return jsonschema_rs


@cache
def validator(name: str) -> Any:
    """Return what checks documents against the schema of a name."""
    from slsloggrep.export.schemas import schema_document

    return validators().Draft202012Validator(schema_document(name), validate_formats=True)


def _name(document: Any) -> str | None:
    from slsloggrep.export.schemas import SCHEMAS

    stated = document.get("schema", "") if isinstance(document, dict) else ""
    name = str(stated).removeprefix("slsloggrep.").removesuffix("/1")
    return name if stated == f"slsloggrep.{name}/1" and name in SCHEMAS else None


def _line_name(document: Any) -> str | None:
    from slsloggrep.export.schemas import SCHEMAS

    if not isinstance(document, dict):
        return None
    if "schema" in document:
        name = _name(document)
        return f"{name}.ndjson" if f"{name}.ndjson" in SCHEMAS else name
    if len(document) == 1:
        kind = _LINES.get(next(iter(document)))
        return f"{kind}.ndjson" if kind else None
    for key, name in _KEYS.items():
        if key in document:
            return f"{name}.ndjson"
    return "tail.ndjson" if "late_ms" in document else "grep.ndjson"


def _check_output(command: Any, stdout: Any) -> None:
    words = list(map(str, command)) if isinstance(command, list | tuple) else []
    if stdout is None or not any(word.endswith("slsloggrep") for word in words):
        return
    text = stdout if isinstance(stdout, str) else stdout.decode()
    options = set(pairwise(words))
    if ("-o", "json") in options and text:
        check(text)
    elif ("-o", "ndjson") in options:
        for line in text.splitlines():
            check(line, by_line=True)
