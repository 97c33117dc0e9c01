"""`slsloggrep help` tells of topics and commands, each on a screen of its own."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from slsloggrep.cli.app import EXIT_CODES, TROUBLE_CODES
from slsloggrep.cli.context import Environment
from slsloggrep.cli.help import topics
from slsloggrep.cli.main import run
from slsloggrep.cli.recipes import RECIPES
from slsloggrep.cli.topics import TOPICS

SCREEN = 23
"""Lines of the smallest usual terminal, less the prompt's."""
INCIDENTS = 10
ASKED_FOR = ("recipes", "time", "sources", "ids", "filters", "formats")


def answer(*argv: str, **attributes: Any) -> tuple[int, str, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    defaults: dict[str, Any] = {
        "stdin": None,
        "stdin_is_terminal": False,
        "stdout": stdout,
        "stdout_is_terminal": False,
        "stderr": stderr,
        "stderr_is_terminal": False,
        "width": 80,
    }
    code = run(argv, Environment(**{**defaults, **attributes}))
    return code, stdout.getvalue(), stderr.getvalue()


def test_the_topics_are_there() -> None:
    """Those that people were promised, and what else every command shares."""
    assert {*ASKED_FOR, "exit-codes", "environment", "settings"} == {*topics()}


@pytest.mark.parametrize("name", topics())
def test_a_topic_fits_on_a_screen(name: str) -> None:
    """80 columns and 24 lines, of which the prompt has one; at 60 columns nothing is wider."""
    code, told, _ = answer("help", name)
    assert code == 0
    assert told.startswith(f"{name}: ")
    lines = told.splitlines()
    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= 80
    narrow = answer("help", name, width=60)[1].splitlines()
    assert max(map(len, narrow)) <= 60


def test_there_is_a_recipe_for_each_usual_incident() -> None:
    """The topic lists them, one line each."""
    assert len({recipe.name for recipe in RECIPES}) == INCIDENTS
    _, told, _ = answer("help", "recipes")
    for recipe in RECIPES:
        assert f"  {recipe.name:<8} {recipe.symptom}\n" in told


@pytest.mark.parametrize("number", range(1, INCIDENTS + 1))
def test_a_recipe_fits_on_a_screen(number: int) -> None:
    """By name, and by the number that it has in the README; its commands are there to be copied."""
    recipe = RECIPES[number - 1]
    code, told, _ = answer("help", "recipes", recipe.name)
    assert (code, told) == answer("help", "recipes", str(number))[:2]
    assert told.startswith(f"{recipe.name}: ")
    lines = told.splitlines()
    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= 80
    for command, word in recipe.commands:
        assert any(line.startswith(f"    {command}") and line.endswith(word) for line in lines)
    narrow = answer("help", "recipes", recipe.name, width=60)[1].splitlines()
    assert max(len(line) for line in narrow if not line.startswith("    slsloggrep ")) <= 60


def test_recipes_complete_behind_their_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their names, and not those of commands."""
    monkeypatch.setenv("COMP_WORDS", "slsloggrep help recipes t")  # click reads the process's
    monkeypatch.setenv("COMP_CWORD", "3")
    _, told, _ = answer(env={"_SLSLOGGREP_COMPLETE": "bash_complete"})
    assert told == "plain,timeout\n"


def test_the_topic_of_exit_codes_is_the_contract() -> None:
    """No second list of them can go stale."""
    _, told, _ = answer("help", "exit-codes", width=100)
    for code, meaning in (*EXIT_CODES, *TROUBLE_CODES):
        assert f"  {code}  ".ljust(7) + meaning in told


def test_without_a_name_there_are_all() -> None:
    """Commands as `--help` has them, then the topics."""
    code, told, _ = answer("help")
    assert code == 0
    assert told.startswith(answer("--help")[1])
    for name, topic in TOPICS.items():
        assert f"\n  {name}" in told
        assert topic.summary in told


@pytest.mark.parametrize("words", [("trace",), ("crashes", "show"), ("report", "trace")])
def test_the_help_of_a_command_is_that_of_its_flag(words: tuple[str, ...]) -> None:
    """Parts of commands have two words."""
    assert answer("help", *words) == answer(*words, "--help")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("tiem",), "no topic and no command is called 'tiem'; did you mean 'time'?"),
        (("crashs",), "no topic and no command is called 'crashs'; did you mean 'crashes'?"),
        (("xyzzy",), "no topic and no command is called 'xyzzy'\n"),
        (("crashes", "shwo"), "'crashes' has no part that is called 'shwo'; did you mean 'show'?"),
        (("trace", "time"), "'trace' has no part that is called 'time'\n"),
        (("time", "trace"), "'time' is a topic, and has no parts"),
        (("recipes", "tiemout"), "no recipe is called 'tiemout'; did you mean 'timeout'?"),
        (("recipes", "xyzzy"), "no recipe is called 'xyzzy'\n"),
        (("--markdown", "time"), "--markdown is of all commands, or of recipes"),
    ],
)
def test_what_is_not_there_is_suggested(words: tuple[str, ...], told: str) -> None:
    """A near name is named; the code is that of usage."""
    code, stdout, stderr = answer("help", *words)
    assert (code, stdout) == (2, "")
    assert told in stderr


def test_help_is_there_though_the_settings_make_no_sense(tmp_path: Path) -> None:
    """Whoever has to mend a file needs it."""
    settings = tmp_path / "config.toml"
    settings.write_text("no = = toml")
    env = {"SLSLOGGREP_CONFIG": str(settings)}
    assert answer("crashes", "-S", "demo:", env=env)[0] == 2
    assert answer("help", "settings", env=env)[0] == 0
    assert answer("help", "crashes", env=env)[0] == 0
    assert answer("man", env=env)[0] == 0
