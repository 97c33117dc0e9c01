"""Start-up stays fast: what is not needed for an answer is not imported for it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    "rich",
    "boto3",
    "botocore",
    "opensearchpy",
    "duckdb",
    "msgspec",
    "isal",
    "cramjam",
    "dateutil",
    "tomllib",
    "zoneinfo",
    "slsloggrep.harmless",
    "slsloggrep.config",
    "slsloggrep.model",
    "slsloggrep.sources",
    "slsloggrep.decode",
    "slsloggrep.parse",
    "slsloggrep.stitch",
    "slsloggrep.investigate",
    "slsloggrep.render",
    "slsloggrep.export",
)

RUN_AND_LIST = """
import json, sys
from slsloggrep.cli.main import main
sys.argv[0] = "slsloggrep"
code = main()
sys.stdout.flush()
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


def modules_of(*argv: str) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_LIST, *argv], capture_output=True, text=True, check=False
    )
    return done.returncode, set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "argv",
    [
        ("--version",),
        ("--help",),
        ("trace", "--help"),
        ("grep", "--help"),
        ("demo", "--help"),
        ("tail", "--help"),
        ("crashes", "--help"),
        ("crashes", "show", "--help"),
        ("report", "incident", "--help"),
        ("config", "show", "--help"),
        ("functions", "--help"),
        ("doctor", "--help"),
        ("completion", "bash"),
        ("help", "time"),
    ],
)
def test_questions_about_the_program_import_nothing_heavy(argv: tuple[str, ...]) -> None:
    """Version, help and completion need neither a source nor a renderer."""
    code, modules = modules_of(*argv)
    assert code == 0
    assert "slsloggrep.cli.main" in modules
    heavy = {
        name for name in modules for part in HEAVY if name == part or name.startswith(f"{part}.")
    }
    assert heavy == set()


def test_help_imports_no_command() -> None:
    """The list of commands comes from a table; a command is imported when it is asked for."""
    _, modules = modules_of("--help")
    assert not modules & {"slsloggrep.cli.trace", "slsloggrep.cli.grep", "slsloggrep.cli.demo"}


def test_the_version_does_not_even_import_click() -> None:
    """Click costs three times what the interpreter does."""
    _, modules = modules_of("--version")
    assert "click" not in modules
    assert "slsloggrep.model" not in modules


def test_the_list_of_heavy_modules_is_not_empty_of_meaning() -> None:
    """A command that does read a source imports some of them: the names above are real."""
    _, modules = modules_of("trace", "ord-71866", "-S", "demo:")
    assert modules & {"slsloggrep.sources.base"}
    assert modules & {"rich"}
