"""Files with settings that are a stranger's, or hold what no file is to hold."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from config_asking import program as ask
from config_samples import layer_of

from slsloggrep.config import parse_document
from slsloggrep.errors import UsageError

PATIENCE_S = 3
"""Far more than a file of a few hundred lines takes, far less than one that was made for it."""


def program(*argv: str, answers: str | None = None, **env: str) -> tuple[int, str, str]:
    return ask(*argv, answers=answers, **{"SLSLOGGREP_PROJECT_FILE": "/dev/null", **env})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "x." * 60_000 + "y = 1",
        "[" + "x." * 60_000 + "y]",
        "x . " * 30_000 + "y = 1",
        '"x".' * 30_000 + "y = 1",
        "''." * 40_000 + "y = 1",
        "a = { " + "x." * 60_000 + "y = 1 }",
    ],
)
def test_keys_of_very_many_parts_are_refused_at_once(text: str) -> None:
    """A parser's time grows with the square of the parts; a file in a checkout holds up nobody."""
    began = time.monotonic()
    with pytest.raises(UsageError, match=r"^f\.toml: .*parts"):
        parse_document(text.encode(), "f.toml")
    assert time.monotonic() - began < PATIENCE_S


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        '"' * 200_000,
        "a-" * 100_000 + " = 1",
        "x = '" + "a.b " * 50_000 + "'",
        'x = "' + "." * 200_000 + '"',
    ],
)
def test_the_look_for_such_keys_takes_no_time_itself(text: str) -> None:
    """Whatever is in a file, it is looked at once; what is a text, and no key, may have dots."""
    began = time.monotonic()
    try:
        parse_document(text.encode(), "f.toml")
    except UsageError as error:
        assert "no TOML" in error.message  # noqa: PT017 - some of these are
    assert time.monotonic() - began < PATIENCE_S


def test_a_text_with_many_dots_is_no_key() -> None:
    """A regex or a host may have as many as it likes."""
    value = ".".join("x" * 40)
    assert parse_document(f'exclude = "{value}"'.encode(), "f").tables == {"exclude": value}


def test_the_line_of_what_is_nested_deeply_is_not_looked_for() -> None:
    """An error about such a file is an error, and no defect."""
    inner = "1"
    for _ in range(90):
        inner = "{ " + "x." * 30 + f"y = {inner} }}"
    document = parse_document(f"a = {inner}".encode(), "f")
    assert document.where("b") == "f"


def test_the_lines_of_long_values_are_not_looked_for_without_end() -> None:
    """What costs the square of a value's length is given up."""
    long = '"' + "x" * 500 + '",\n'
    document = parse_document(f"a = [\n{long * 480}]\nb = 1\n".encode(), "f")
    began = time.monotonic()
    assert document.where("b") == "f"
    assert time.monotonic() - began < PATIENCE_S


@pytest.mark.parametrize(
    "text",
    [
        "sources = ['opensearch+https://ada:hunter2@h/i']",
        "sources = ['demo:', 'elasticsearch+http://hunter2@h/i']",
        "endpoint-url = 'https://ada:hunter2@h'",
        "[context.a]\nsources = 'opensearch+https://ada:hunter2@h/i'",
        "[source.a]\nurl = 'cloudwatch:'\nendpoint-url = 'https://ada:hunter2@h'",
        "[alias]\nx = 'crashes -S opensearch+https://ada:hunter2@h/i'",
        "[alias]\nx = 'crashes --source=opensearch+https://ada:hunter2@h/i'",
    ],
)
def test_no_setting_holds_a_secret_in_a_url(text: str) -> None:
    """Wherever a URL stands, a password in it is refused, and not repeated."""
    with pytest.raises(UsageError) as caught:
        layer_of(text)
    assert "own.toml:" in caught.value.message
    assert "holds a user or a password" in caught.value.message
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"


def test_a_url_may_have_an_at_sign_behind_its_host() -> None:
    """A path or a query is no password."""
    text = "sources = ['s3://bucket/a@b', 'cloudwatch:/x?profile=a@b', './a@b']"
    assert len(layer_of(text).settings["sources"].value) == 3


def test_a_pattern_that_looks_for_passwords_holds_none() -> None:
    """What is searched in logs is no URL that is asked."""
    layer_of("id-key = '://.*@'\n[alias]\nx = 'grep -E postgres://.*@db'")


@pytest.mark.parametrize("key", ["password", "token", "api-key", "user", "url"])
def test_what_belongs_to_a_source_is_sent_there(key: str) -> None:
    """At the top of a file, what a source has is no slip for something else."""
    with pytest.raises(UsageError) as caught:
        layer_of(f"{key} = 'hunter2'")
    assert caught.value.message == f"own.toml:1: '{key}' is a source's: [source.NAME]"
    assert "hunter2" not in f"{caught.value.hint}"


@pytest.mark.parametrize(
    ("key", "meant"),
    [("timezone", "tz"), ("time-zone", "tz"), ("colours", "color"), ("log-group", "group")],
)
def test_other_words_for_a_setting_lead_to_it(key: str, meant: str) -> None:
    """What is spelled quite otherwise may still mean the same."""
    with pytest.raises(UsageError, match=f"did you mean '{meant}'"):
        layer_of(f"{key} = 'x'")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("redact-pattern = ['n=((']", "own.toml:1: --redact-pattern n: '((' is no regex"),
        ("\nredact-pattern = 'x'", "own.toml:2: --redact-pattern 'x' does not name"),
        ("redact-field = 'a b'", "own.toml:1: --redact-field 'a b' is no field's name"),
        ("dashboards-url = 'x'", "own.toml:1: 'x' is no address of Kibana"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_makes_no_sense_is_told_before_it_is_used(text: str, said: str) -> None:
    """`config show` checks a file whole, with the line, as any command does."""
    Path("own.toml").write_text(text, encoding="utf-8")
    for argv in (("config", "show"), ("report", "crashes", "-S", "demo:", "-s", "1m")):
        code, _, told = program(*argv)
        assert code == 2
        assert said in told


@pytest.mark.usefixtures("folder")
def test_a_slip_in_the_name_of_a_variable_is_told() -> None:
    """Nobody reads it, and whoever wonders why asks what counts; other variables are their own."""
    Path("own.toml").touch()
    told = program(
        "config",
        "show",
        SLSLOGGREP_REGOIN="eu-west-1",
        SLSLOGGREP_TIME_ZONE="UTC",
        SLSLOGGREP_DEBUG="1",
        SLSLOGGREP_PAGER="less",
        SLSLOGGREP_OPENSEARCH_TOKEN="x",
        SLSLOGGREP_CRASH_KIND="oom",
        SLSLOGGREP_TEST_SEARCH_ARCHIVES="/x",
    )[2]
    assert [line for line in told.splitlines() if "SLSLOGGREP_" in line] == [
        "SLSLOGGREP_REGOIN is not read; did you mean 'SLSLOGGREP_REGION'?"
    ]


@pytest.mark.usefixtures("folder")
def test_aliases_do_not_chain() -> None:
    """So none leads in a circle; the error says what an alias begins with."""
    Path("own.toml").write_text("[alias]\na = 'b'\nb = 'a -n 1'\n", encoding="utf-8")
    code, _, told = program("a")
    assert code == 2
    assert "own.toml:2: alias 'a': no command is called 'b'" in told
    assert "try: an alias begins with a command, not with another alias" in told


@pytest.mark.usefixtures("folder")
def test_an_answer_holds_no_control_characters() -> None:
    """The arrow keys of a terminal that does not edit its line are no region."""
    code, _, told = program("config", "init", answers="demo:\n\n\x1b[A\neu-west-1\n\n\n\n\n")
    assert code == 0
    assert "eu-west-1" in Path("own.toml").read_text("utf-8")
    assert "\\u001b" not in Path("own.toml").read_text("utf-8")
    assert "a control character" in told


@pytest.mark.usefixtures("folder")
def test_a_source_that_nothing_serves_is_asked_for_again() -> None:
    """A slip in a scheme is told at once, and not by every command from then on."""
    answers = "clodwatch:\ncloudwatch: ./logs s3://b/x\n\n\n\n\n\n\n"
    code, _, told = program("config", "init", answers=answers)
    assert code == 0
    assert "no source is known for 'clodwatch:'; did you mean 'cloudwatch:'?" in told
    assert 'sources = ["cloudwatch:", "./logs", "s3://b/x"]' in Path("own.toml").read_text("utf-8")


def test_a_folder_that_is_gone_is_no_defect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`config init --project` says why it cannot write there."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    code, _, told = program("config", "init", "--project", answers="\n" * 9)
    assert code == 2
    assert "the current folder is gone" in told


@pytest.mark.usefixtures("folder")
def test_a_folder_that_cannot_be_made_is_not_the_editors_fault() -> None:
    """What failed is what is named."""
    Path("file").touch()
    code, _, told = program("config", "edit", EDITOR="true", SLSLOGGREP_CONFIG="file/x/own.toml")
    assert code == 2
    assert "editor" not in told
    assert "'file/x' cannot be made" in told
