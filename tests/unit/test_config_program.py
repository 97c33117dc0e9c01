"""`slsloggrep config show|path|init|edit`."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from config_asking import program


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


OWN = r"""tz = "Europe/Berlin"
redact-pattern = ["order=ORD-\\d+ \"x\""]
default-context = "ci"

[source.os]
url = "opensearch+https://h:9200/i"
user = "ada"
password = { command = "pass show 'os'" }
region = "eu-west-1"

[alias]
boom = "grep 'a b' -s 24h"

[price.eu-west-1]
arm64 = { gb-second = 1.5e-5, request = 2e-7 }

[context.ci]
color = "never"
"""

SHOWN = r"""color = "never"                        # own.toml:18
redact-pattern = ["order=ORD-\\d+ \"x\""]  # own.toml:2
since = "1h"                           # .slsloggrep.toml:1
tz = "UTC"                             # SLSLOGGREP_TZ
# the context in use is ci

[source.os]                            # own.toml:5
url = "opensearch+https://h:9200/i"    # own.toml:6
user = "ada"                           # own.toml:7
region = ["eu-west-1"]                 # own.toml:9
password = { command = "pass show 'os'" }  # own.toml:8

[price.eu-west-1]
arm64 = { gb-second = 1.5e-05, request = 2e-07 }  # own.toml:15

[alias]
boom = "grep 'a b' -s 24h"             # own.toml:12
"""


def told(text: str) -> list[tuple[str, str]]:
    """Return the lines and the origins, without the spaces between."""
    pairs = [line.partition("  # ") for line in text.splitlines()]
    return [(line.rstrip(), origin) for line, _, origin in pairs]


def test_each_value_tells_where_it_comes_from(folder: Path) -> None:
    """File and line, or the variable; without --origin the same without that."""
    Path("own.toml").write_text(OWN, encoding="utf-8")
    Path(".slsloggrep.toml").write_text('since = "1h"\n', encoding="utf-8")
    code, shown, said = program("config", "show", "--origin", SLSLOGGREP_TZ="UTC")
    assert (code, said) == (0, "")
    project = str(folder / ".slsloggrep.toml")
    assert told(shown) == told(SHOWN.replace("# .slsloggrep.toml", f"# {project}"))
    plain = program("config", "show", SLSLOGGREP_TZ="UTC")[1]
    assert plain.splitlines() == [line for line, _ in told(SHOWN)]


def test_what_is_shown_is_a_file_that_means_the_same() -> None:
    """`config show > config.toml` keeps all of it, the context included."""
    Path("own.toml").write_text(OWN, encoding="utf-8")
    shown = program("config", "show")[1]
    Path("again.toml").write_text(shown, encoding="utf-8")
    again = program("config", "show", SLSLOGGREP_CONFIG="again.toml")[1]
    assert tomllib.loads(again) == tomllib.loads(shown)
    assert tomllib.loads(shown)["redact-pattern"] == ['order=ORD-\\d+ "x"']


def test_escape_sequences_of_a_file_are_shown_and_not_obeyed() -> None:
    """A checkout's file is as untrusted as a log."""
    Path(".slsloggrep.toml").write_text('id-key = "\\u001b[31m\\u009b2J\\u202e"\n', "utf-8")
    Path("own.toml").touch()
    shown = program("config", "show")[1]
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)


def test_nothing_that_is_set_is_said() -> None:
    """An empty answer leads on."""
    Path("own.toml").touch()
    assert program("config", "show") == (
        0,
        "",
        "nothing is set; slsloggrep config init writes a file\n",
    )


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "which of the things about settings?"),
        (("shwo",), "nothing about settings is called 'shwo'; did you mean 'show'?"),
        (("list", "tz"), "nothing about settings is called 'list'"),
    ],
)
def test_config_leads_on_to_its_parts(argv: tuple[str, ...], said: str) -> None:
    """A bare `config`, and a slip, are errors that name what there is."""
    code, _, told = program("config", *argv)
    assert code == 2
    assert told.startswith(f"slsloggrep: {said}")
    assert "slsloggrep config show|get|set|unset|path|init|edit" in told


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("config", "  path    which files are read\n"),
        ("report", "  latency          running times\n"),
    ],
)
def test_lists_in_help_keep_their_lines(command: str, line: str) -> None:
    """They are not filled up to the width, as paragraphs are."""
    assert line in program(command, "--help")[1]


def test_the_files_that_are_read_are_named(folder: Path) -> None:
    """The user's own first, whether it is there or not; then the project's."""
    code, shown, said = program("config", "path")
    assert (code, shown) == (0, "own.toml\n")
    assert said == "own.toml is not there yet; slsloggrep config init writes it\n"
    Path("own.toml").touch()
    Path(".slsloggrep.toml").touch()
    assert program("config", "path") == (0, f"own.toml\n{folder / '.slsloggrep.toml'}\n", "")
    code, _, said = program("config", "path", SLSLOGGREP_CONFIG="")
    assert code == 2
    assert "HOME is not set" in said


def test_questions_make_a_file_that_counts(folder: Path) -> None:
    """An answer that makes no sense is asked again; an empty one leaves its setting out."""
    answers = (
        "demo: './my logs'\n\n\n\norder_id \"a b\"\nEurope/Berlni\nEurope/Berlin\nmaybe\nyes\n"
    )
    code, shown, said = program(
        "config", "init", answers=answers, SLSLOGGREP_CONFIG="a/b/config.toml"
    )
    assert (code, shown) == (0, "")
    written = folder / "a/b/config.toml"
    assert tomllib.loads(written.read_text("utf-8")) == {
        "sources": ["demo:", "./my logs"],
        "id-key": ["order_id", "a b"],
        "tz": "Europe/Berlin",
        "redact": True,
    }
    assert "no time zone is called 'Europe/Berlni'" in said
    assert "yes or no?" in said
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert program("config", "show", SLSLOGGREP_CONFIG=str(written))[0] == 0


def test_a_file_that_is_there_is_not_written_over() -> None:
    """Unless --force says so."""
    Path("own.toml").write_text("tz = 'UTC'", encoding="utf-8")
    code, _, said = program("config", "init", answers="\n" * 9)
    assert code == 2
    assert "own.toml is there already" in said
    assert Path("own.toml").read_text("utf-8") == "tz = 'UTC'"
    assert program("config", "init", "--force", answers="\n" * 9)[0] == 0
    assert tomllib.loads(Path("own.toml").read_text("utf-8")) == {}


def test_questions_that_are_not_answered_write_nothing() -> None:
    """Neither without a terminal, nor where the answers end before the questions."""
    for answers in (None, "demo:\n"):
        code, _, said = program("config", "init", answers=answers)
        assert code == 2
        assert "terminal" in said or "nothing was written" in said
        assert not Path("own.toml").exists()


def test_a_teams_file_is_asked_for_what_a_project_may_say() -> None:
    """What its file would be refused for is refused as an answer."""
    Path("own.toml").touch()
    answers = "opensearch+https://h/i\ndemo:\n\n\n\n\n\nno\nyes\n"
    code, _, said = program("config", "init", "--project", answers=answers)
    assert code == 0, said
    assert "may not name 'opensearch+https:' sources" in said
    assert "can turn redaction on, not off" in said
    written = tomllib.loads(Path(".slsloggrep.toml").read_text("utf-8"))
    assert written == {"sources": ["demo:"], "redact": True}


def edit(text: str) -> tuple[int, str, str]:
    script = f"import sys, pathlib; pathlib.Path(sys.argv[1]).write_text({text!r})"
    Path("editor.py").write_text(script, encoding="utf-8")
    return program("config", "edit", EDITOR=f"{sys.executable} editor.py")


def test_what_was_edited_is_checked() -> None:
    """The editor gets the file; what is wrong in it is told at once."""
    assert edit("tz = 'UTC'") == (0, "", "own.toml makes sense\n")
    code, _, said = edit("zt = 'UTC'")
    assert code == 2
    assert "own.toml:1: no setting is called 'zt'" in said
    code, _, said = edit("[alias]\nx = 'trac'")
    assert code == 2
    assert "no command is called 'trac'; did you mean 'trace'?" in said


def test_an_editor_that_fails_is_told() -> None:
    """It is not taken for one that has saved."""
    for editor, said in (("no-such-editor-x", "cannot be started"), ("false", "ended with 1")):
        code, _, told = program("config", "edit", EDITOR=editor, PATH=os.environ["PATH"])
        assert code == 2
        assert said in told


def settings_of(argv: list[str], **env: Any) -> str:
    return program("config", "show", *argv, **env)[1]


def test_the_context_is_chosen_by_flag_before_variable() -> None:
    """`--context` and SLSLOGGREP_CONTEXT both choose; an unknown one is an error."""
    Path("own.toml").write_text("[context.a]\ntz='UTC'\n[context.b]\nlate='2h'\n", "utf-8")
    assert 'tz = "UTC"' in settings_of(["--context", "a"])
    assert 'late = "2h"' in settings_of([], SLSLOGGREP_CONTEXT="b")
    assert 'tz = "UTC"' in settings_of(["--context", "a"], SLSLOGGREP_CONTEXT="b")
    assert settings_of([]) == ""
    assert program("config", "show", "--context", "c")[0] == 2
