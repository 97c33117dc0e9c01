"""The completion scripts in the repository are those that the program prints."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from slsloggrep.cli.completion import FILES
from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

PLACES = {
    "bash": "~/.local/share/bash-completion/completions/slsloggrep",
    "zsh": "~/.zfunc/_slsloggrep",
    "fish": "~/.config/fish/completions/slsloggrep.fish",
}
"""Where a shell looks for the scripts of one user."""
FOLDER = Path(__file__).parents[2] / "completions"


def answer(argv: list[str], env: dict[str, str] | None = None) -> tuple[int, str]:
    stdout = io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=False,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=io.StringIO(),
        stderr_is_terminal=False,
        width=80,
        env=env or {},
    )
    return run(argv, environment), stdout.getvalue()


@pytest.mark.parametrize(("shell", "name"), FILES.items())
def test_the_file_is_what_the_program_prints(shell: str, name: str) -> None:
    """After a change of click or of the program's name the files are made again."""
    code, script = answer(["completion", shell])
    assert code == 0
    path = FOLDER / name
    assert path.read_text(encoding="utf-8") == script, (
        f"regenerate: slsloggrep completion {shell} > completions/{name}"
    )


@pytest.mark.parametrize(("shell", "place"), PLACES.items())
def test_a_script_says_where_to_put_it(shell: str, place: str) -> None:
    """Whoever has it before them need not look for that; zsh's first line stays what zsh reads."""
    lines = answer(["completion", shell])[1].splitlines()
    comments = [line for line in lines[:6] if line.startswith("# ")]
    assert f"slsloggrep completion {shell} > {place}" in " ".join(comments)
    assert (lines[0] == "#compdef slsloggrep") is (shell == "zsh")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("slsloggrep tr", "plain,trace"),
        ("slsloggrep trace --sin", "plain,--since"),
        ("slsloggrep grep -S dem", "plain,demo:"),
        ("slsloggrep grep -o nd", "plain,ndjson"),
        ("slsloggrep completion fi", "plain,fish"),
    ],
)
def test_a_shell_that_asks_gets_answers(
    words: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands, options, choices and the schemes of sources complete."""
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    code, answered = answer([], {"_SLSLOGGREP_COMPLETE": "bash_complete"})
    assert code == 0
    assert answered.splitlines() == [expected]


def test_an_unknown_question_is_refused() -> None:
    """What no shell asks is a usage error, not silence."""
    assert answer([], {"_SLSLOGGREP_COMPLETE": "tcsh_complete"})[0] == 2
