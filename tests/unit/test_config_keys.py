"""`slsloggrep config get|set|unset KEY`."""

from __future__ import annotations

import io
import os
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def program(*argv: str, **env: str) -> tuple[int, str, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=True,
        width=80,
        stderr_width=10_000,
        env={"SLSLOGGREP_CONFIG": "own.toml", **env},
    )
    return run(argv, environment), stdout.getvalue(), stderr.getvalue()


def write(text: str) -> None:
    Path("own.toml").write_text(text, encoding="utf-8")


def written() -> str:
    return Path("own.toml").read_text(encoding="utf-8")


OWN = """\
tz = "CET"
id-key = ["order_id", "cart_id"]
redact = true
rate = 2.5

[source.os]
url = "opensearch+https://h:9200/i"
user = "ada"
password = { command = "pass show os" }
region = "eu-west-1"

[alias]
boom = "grep 'a b' -s 24h"

[context.ci]
tz = "UTC"
"""


@pytest.mark.parametrize(
    ("argv", "printed"),
    [
        (["tz"], "CET\n"),
        (["tz", "--context", "ci"], "UTC\n"),
        (["id-key"], "order_id\ncart_id\n"),
        (["redact"], "true\n"),
        (["rate"], "2.5\n"),
        (["source.os.url"], "opensearch+https://h:9200/i\n"),
        (["source.os.region"], "eu-west-1\n"),
        (["source.os.password"], "command: pass show os\n"),
        (["alias.boom"], "grep 'a b' -s 24h\n"),
        (["default-context", "--context", "ci"], "ci\n"),
    ],
)
def test_a_value_is_printed_as_a_script_takes_it(argv: list[str], printed: str) -> None:
    """Without quotes; a list, one a line; of a secret, where it is."""
    write(OWN)
    assert program("config", "get", *argv) == (0, printed, "")


@pytest.mark.parametrize("key", ["limit", "source.os.rate", "source.no.url", "alias.no"])
def test_what_is_not_set_is_no_error_and_no_success(key: str) -> None:
    """Nothing on either stream, and a code for scripts to ask for."""
    write(OWN)
    assert program("config", "get", key) == (1, "", "")


def test_what_counts_here_is_told() -> None:
    """The project's goes before the user's own, and a variable before both."""
    write('tz = "CET"\n')
    Path(".slsloggrep.toml").write_text('tz = "UTC"\n', encoding="utf-8")
    assert program("config", "get", "tz")[1] == "UTC\n"
    assert program("config", "get", "tz", SLSLOGGREP_TZ="+02:00")[1] == "+02:00\n"


@pytest.mark.parametrize(
    ("argv", "before", "after"),
    [
        (["tz", "Europe/Berlin"], "", 'tz = "Europe/Berlin"\n'),
        (["tz", "UTC"], "# Mine.\ntz = 'CET' # here\n", '# Mine.\ntz = "UTC" # here\n'),
        (["id-key", "a", "b c"], "", 'id-key = ["a", "b c"]\n'),
        (["id-key", "a"], "id-key = ['x']\n", 'id-key = ["a"]\n'),
        (["redact", "TRUE"], "", "redact = true\n"),
        (["limit", "7"], "", "limit = 7\n"),
        (["rate", "2"], "", "rate = 2.0\n"),
        (["output", "md"], "", 'output = "md"\n'),
        (["tz", "UTC", "--context", "ci"], "", '[context.ci]\ntz = "UTC"\n'),
        (["context.ci.tz", "UTC"], "[context.ci]\n", '[context.ci]\ntz = "UTC"\n'),
        (["source.x.url", "demo:"], "", '[source.x]\nurl = "demo:"\n'),
        (
            ["source.x.region", "eu-west-1"],
            "[source.x]\nurl = 'cloudwatch:'\n",
            "[source.x]\nurl = 'cloudwatch:'\nregion = [\"eu-west-1\"]\n",
        ),
        (["alias.mine", "crashes -s 24h"], "", '[alias]\nmine = "crashes -s 24h"\n'),
        (["default-context", "a"], "[context.a]\n", 'default-context = "a"\n\n[context.a]\n'),
        (["tz", "UTC"], "tz = 'no such zone'\n", 'tz = "UTC"\n'),
    ],
)
def test_a_value_is_written_as_its_kind(argv: list[str], before: str, after: str) -> None:
    """Numbers, lists and flags as such, in their table; a file that is wrong can be mended."""
    write(before)
    code, printed, said = program("config", "set", *argv)
    assert (code, printed) == (0, "")
    assert written() == after
    assert said.startswith("own.toml:")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["id-kye", "x"], "no setting is called 'id-kye'; did you mean 'id-key'?"),
        (["context.ci.id-kye", "x"], "no setting is called 'id-kye'; did you mean 'id-key'?"),
        (
            ["limit", "ten"],
            "own.toml:2: 'limit' is to be a whole number of at least 1, and is 'ten'",
        ),
        (["redact", "maybe"], "'redact' is to be true or false, and is 'maybe'"),
        (["color", "pink"], "'color' is to be one of auto, always, never, and is 'pink'"),
        (["tz", "UTC", "CET"], "own.toml:1: 'tz' is to be a text, and is a list"),
        (["tz", "Mars"], "own.toml:1: no time zone is called 'Mars'"),
        (["tz", "Mars", "--context", "ci"], "no time zone is called 'Mars'"),
        (["tz", "U\x1b[2JC"], "control character"),
        (["tz", "U\udcffC"], "control character"),
        (["default-context", "ci"], "no context is called 'ci'"),
        (["source.x.profile", "p"], "source 'x' has no url"),
        (["source.x.rul", "demo:"], "a source has no 'rul'; did you mean 'url'?"),
        (["source", "x"], "'source' is a table"),
        (["source.x", "demo:"], "'source.x' is no key that stands on its own"),
        (["price.eu-west-1.arm64", "1"], "is no key that stands on its own"),
        (["alias.tail", "crashes"], "alias 'tail': a command is called so"),
        (["alias.mine", "crashs"], "no command is called 'crashs'"),
        (["alias.x y", "crashes"], "stands in it in a way that only you should change"),
        (["source.x.url", "demo:", "--context", "ci"], "a context does not hold 'source.x.url'"),
    ],
)
def test_what_makes_no_sense_is_not_written(argv: list[str], said: str) -> None:
    """As the file would be refused, and with the near name; it stays as it was, to the byte."""
    write("tz = 'UTC' # x\n")
    code, printed, told = program("config", "set", *argv)
    assert (code, printed) == (2, "")
    assert said in told
    assert written() == "tz = 'UTC' # x\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("source.os.password", "hunter2"),
        ("source.os.token", "hunter2"),
        ("source.os.url", "https://ada:hunter2@h/i"),
        ("endpoint-url", "https://ada:hunter2@h/i"),
    ],
)
def test_a_secret_is_neither_written_nor_repeated(key: str, value: str) -> None:
    """What the reader of the file refuses, its writer does."""
    write(OWN)
    code, printed, told = program("config", "set", key, value)
    assert (code, printed) == (2, "")
    assert "hunter2" not in told
    assert "nothing was written" in told
    assert written() == OWN


def test_a_key_is_removed_whatever_it_says() -> None:
    """A slip too, or the file could not be mended; what is not there is said, and no error."""
    write("id-kye = 1\ntz = 'UTC'\n[context.ci]\nlimit = 1\n")
    assert program("config", "unset", "id-kye")[::2] == (
        0,
        "own.toml: id-kye is not set any more\n",
    )
    assert program("config", "unset", "limit", "--context", "ci")[0] == 0
    assert written() == "tz = 'UTC'\n[context.ci]\n"
    assert program("config", "unset", "limit") == (0, "", "own.toml does not set 'limit'\n")
    Path("own.toml").unlink()
    assert program("config", "unset", "tz") == (0, "", "own.toml does not set 'tz'\n")


def test_a_source_without_its_url_is_none() -> None:
    """What would be left makes no sense, so all of it stays."""
    write("[source.x]\nurl = 'demo:'\n")
    code, _, told = program("config", "unset", "source.x.url")
    assert (code, written()) == (2, "[source.x]\nurl = 'demo:'\n")
    assert "source 'x' has no url; nothing was written" in told


def test_what_counts_instead_is_said(folder: Path) -> None:
    """Whoever sets a value and sees no change is told why."""
    write("[context.ci]\ntz = 'CET'\n")
    Path(".slsloggrep.toml").write_text("since = '1h'\n", encoding="utf-8")
    for argv, env, said in [
        (["since", "2h"], {}, "what counts here is said elsewhere: .slsloggrep.toml:1\n"),
        (["tz", "UTC"], {"SLSLOGGREP_TZ": "CET"}, "SLSLOGGREP_TZ is set, and goes before it\n"),
        (["tz", "UTC", "--context", "ci"], {"SLSLOGGREP_CONTEXT": "no"}, ""),
    ]:
        told = program("config", "set", *argv, **env)[2].partition("\n")[2]
        assert told.replace(f"{folder}/", "") == said


def test_a_variable_chooses_no_context_to_write_to() -> None:
    """What is exported for one shell would else end in a table that is not thought of."""
    write("[context.ci]\n")
    assert program("config", "set", "tz", "UTC", SLSLOGGREP_CONTEXT="ci")[0] == 0
    assert written() == 'tz = "UTC"\n\n[context.ci]\n'


def test_a_new_file_is_made_for_its_owner(folder: Path) -> None:
    """With the folders above it; it begins as the one that `config init` writes."""
    home = {"SLSLOGGREP_CONFIG": "", "XDG_CONFIG_HOME": str(folder / "a")}
    assert program("config", "set", "tz", "UTC", **home)[0] == 0
    path = folder / "a" / "slsloggrep" / "config.toml"
    assert path.read_text(encoding="utf-8").startswith("# Settings of slsloggrep;")
    assert path.read_text(encoding="utf-8").endswith('\n\ntz = "UTC"\n')
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link_and_a_mode_a_mode(folder: Path) -> None:
    """Settings may lie in a folder of dotfiles that is shared between machines."""
    (folder / "dotfiles").mkdir()
    real = folder / "dotfiles" / "slsloggrep.toml"
    real.write_text("tz = 'CET'\n", encoding="utf-8")
    real.chmod(0o640)
    Path("own.toml").symlink_to(real)
    assert program("config", "set", "tz", "UTC")[0] == 0
    assert Path("own.toml").is_symlink()
    assert real.read_text(encoding="utf-8") == 'tz = "UTC"\n'
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_of_several_changes_at_once_none_is_lost() -> None:
    """Scripts run side by side: what one has read, another one may be about to change."""
    names = [f"a{number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as pool:
        codes = pool.map(lambda name: program("config", "set", f"alias.{name}", "demo")[0], names)
    assert set(codes) == {0}
    assert set(tomllib.loads(written())["alias"]) == set(names)


def test_a_file_that_is_no_toml_is_left_alone() -> None:
    """Only its writer knows what was meant."""
    write("this is = no = TOML")
    for argv in (["set", "tz", "UTC"], ["unset", "tz"], ["get", "tz"]):
        code, printed, told = program("config", *argv)
        assert (code, printed) == (2, "")
        assert "this is no TOML" in told
    assert written() == "this is = no = TOML"


def test_a_file_that_cannot_be_written_is_told(folder: Path) -> None:
    """With why, and without a frame."""
    (folder / "file").touch()
    code, _, told = program("config", "set", "tz", "UTC", SLSLOGGREP_CONFIG="file/own.toml")
    assert code in (2, 74)
    assert "file" in told
    assert "defect" not in told
    assert os.listdir(folder) == ["file"]
