"""What a word may become: from files alone, of the right account, and in no shell's way."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from slsloggrep.cli import name_search
from slsloggrep.cli.context import Environment
from slsloggrep.cli.known_fields import FieldFile, Place
from slsloggrep.cli.known_names import Account, NameFile, Names, cache_folder
from slsloggrep.cli.main import run

_CLUSTERS = ["opensearch+https://", "opensearch+http://"]
NAMES = Names(groups=("/aws/lambda/gone", "/ecs/web"), functions=("cart", "checkout"))


class Home:
    """Somebody's home, and what its shell gets at a Tab."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self._monkeypatch = monkeypatch
        self.env = {"HOME": str(path), "SLSLOGGREP_PROJECT_FILE": os.devnull}
        self.started: list[Account] = []
        monkeypatch.setattr(
            name_search, "start", lambda account, _env: self.started.append(account)
        )

    def keep(self, names: Names, *account: str | None) -> NameFile:
        folder = cache_folder(self.env, sys.platform)
        assert folder is not None
        file = NameFile(folder, Account(*account), self.env)
        file.write(names)
        return file

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def tab(self, line: str, **env: str) -> list[str]:
        """Return what the last word of a line may become; nothing is said, and all is well."""
        code, words, said = self.ask(line, **env)
        assert (code, said) == (0, "")
        return words

    def ask(self, line: str, **env: str) -> tuple[int, list[str], str]:
        self._monkeypatch.setenv("COMP_WORDS", env.pop("COMP_WORDS", line))
        self._monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
        stdout, stderr = io.StringIO(), io.StringIO()
        environment = Environment(
            stdin=None,
            stdin_is_terminal=True,
            stdout=stdout,
            stdout_is_terminal=False,
            stderr=stderr,
            stderr_is_terminal=True,
            width=80,
            env={**self.env, **env, "_SLSLOGGREP_COMPLETE": "bash_complete"},
        )
        code = run([], environment)
        words = [line.partition(",")[2] for line in stdout.getvalue().splitlines() if line]
        return code, words, stderr.getvalue()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(tmp_path, monkeypatch)


def test_functions_and_groups_are_those_of_the_account_that_is_named(home: Home) -> None:
    """A profile and a region have their own names; several regions have theirs together."""
    home.keep(NAMES)
    home.keep(Names(functions=("canary",)), "prod", "eu-west-1")
    home.keep(Names(functions=("cashier",)), "prod", "eu-west-2")
    assert home.tab("slsloggrep tail c") == ["cart", "checkout"]
    assert home.tab("slsloggrep latency --profile prod --region eu-west-1 c") == ["canary"]
    both = "slsloggrep crashes --profile prod --region eu-west-1 --region eu-west-2 -F c"
    assert home.tab(both) == ["canary", "cashier"]
    assert home.tab("slsloggrep tail --profile prod c") == []
    assert home.tab("slsloggrep grep x -g /") == ["/aws/lambda/gone", "/ecs/web"]


def test_a_function_that_is_gone_is_known_by_its_log_group(home: Home) -> None:
    """Its log may be what is looked for; and where functions may not be listed, groups may."""
    home.keep(NAMES)
    assert home.tab("slsloggrep functions g") == ["gone"]


def test_other_credentials_have_other_names(home: Home) -> None:
    """Keys in variables, of which only a hash is kept, tell one account from another."""
    home.keep(NAMES)
    assert home.tab("slsloggrep tail c", AWS_ACCESS_KEY_ID="AKIA1") == []
    assert not any("AKIA" in path.name for path in home.path.rglob("*"))


def test_settings_say_whose_names_are_meant(home: Home) -> None:
    """A named source has its own account; a default profile counts, and flags go before it."""
    home.write(
        ".config/slsloggrep/config.toml",
        'profile = "prod"\n[source.far]\nurl = "cloudwatch:"\nregion = "eu-west-1"\n'
        '[source.disk]\nurl = "s3://logs/here"\n[context.night]\nprofile = "night"\n',
    )
    home.keep(Names(functions=("canary",)), "prod")
    home.keep(Names(functions=("cashier",)), "prod", "eu-west-1")
    home.keep(Names(functions=("clock",)), "night")
    assert home.tab("slsloggrep tail c") == ["canary"]
    assert home.tab("slsloggrep tail -S far c") == ["cashier"]
    assert home.tab("slsloggrep tail -S disk c") == []
    assert home.tab("slsloggrep tail -S 'cloudwatch:?region=eu-west-1' c") == []
    assert home.tab("slsloggrep tail --context night c") == ["clock"]
    assert home.tab("slsloggrep tail --profile night c") == ["clock"]


def test_names_of_settings_complete(home: Home) -> None:
    """Sources, contexts and aliases, without the rest of a file being looked at."""
    home.write(
        ".config/slsloggrep/config.toml",
        '[source.prod-logs]\n[source."pro;touch x"]\n[context.prod]\nno-such-key = 1\n'
        '[alias]\ncrashy = "crashes -s 24h"\n',
    )
    assert home.tab("slsloggrep tail -S pro") == ["prod-logs"]
    assert home.tab("slsloggrep tail --context p") == ["prod"]
    assert home.tab("slsloggrep cra") == ["crashes", "crashy"]


def test_what_follows_an_alias_completes_as_behind_its_command(home: Home) -> None:
    """`slsloggrep mine c` takes what `slsloggrep crashes c` does."""
    home.write(".config/slsloggrep/config.toml", '[alias]\nmine = "crashes -s 24h"\n')
    home.keep(NAMES)
    assert home.tab("slsloggrep mine c") == ["cart", "checkout"]


def test_profiles_are_read_as_the_aws_files_have_them(home: Home) -> None:
    """`config` calls them `profile NAME`, `credentials` by name alone; other sections are none."""
    home.write(
        ".aws/config",
        "[default]\nregion = x\n[profile prod]\nregion = %(y)s\n[profile prod]\n"
        "[sso-session proud]\n[profile with space]\n",
    )
    home.write(".aws/credentials", "[probe]\naws_access_key_id = A\n")
    assert home.tab("slsloggrep tail --profile pro") == ["probe", "prod"]
    assert home.tab("slsloggrep tail --profile ") == ["default", "probe", "prod"]
    home.write(".aws/config", "this is none\n")
    assert home.tab("slsloggrep tail --profile pro") == ["probe"]


@pytest.mark.timeout(10)
def test_a_pipe_with_profiles_is_not_read(home: Home) -> None:
    """`AWS_CONFIG_FILE=<(...)` is for the command: what a Tab took of it would be gone."""
    os.mkfifo(home.path / "pipe")
    home.write(".aws/credentials", "[probe]\n")
    assert home.tab("slsloggrep tail --profile pr", AWS_CONFIG_FILE=str(home.path / "pipe")) == [
        "probe"
    ]


def test_regions_are_those_that_botocore_knows(home: Home) -> None:
    """China and the government's are regions; what only stands for a partition is none."""
    assert home.tab("slsloggrep grep x --region eu-w") == ["eu-west-1", "eu-west-2", "eu-west-3"]
    assert home.tab("slsloggrep grep x --region cn-") == ["cn-north-1", "cn-northwest-1"]
    assert home.tab("slsloggrep grep x --region aws") == []


def test_fields_are_those_that_settings_and_options_name(home: Home) -> None:
    """Identifiers, responses, what is redacted; conditions also take what every record states.

    Several fields of one option have commas between them.
    """
    home.write(
        ".config/slsloggrep/config.toml", 'id-key = ["order_id"]\nredact-field = ["order.x"]\n'
    )
    assert home.tab("slsloggrep tail --id-key or") == ["order.x", "order_id"]
    assert home.tab("slsloggrep tail --id-key ordinal --fields ord") == [
        "order.x",
        "order_id",
        "ordinal",
    ]
    assert home.tab("slsloggrep tail --fields level,ord") == ["level,order.x", "level,order_id"]
    assert home.tab("slsloggrep grep --where ord") == ["order.x=", "order_id="]
    assert home.tab("slsloggrep grep --where @me") == ["@memory_mb=", "@message="]


def test_fields_seen_in_the_logs_of_a_source_complete_for_it(home: Home) -> None:
    """By name, by URL, by path wherever one stands, by default; of other sources, nothing."""
    home.write(
        ".config/slsloggrep/config.toml",
        'profile = "prod"\n[source.far]\nurl = "s3://logs"\nprofile = "x"\n',
    )
    folder = cache_folder(home.env, sys.platform)
    assert folder is not None
    for place, name in [
        (Place("far", ("prod",)), "order_far"),
        (Place("s3://logs", ("prod",)), "order_near"),
        (Place(str(Path.cwd() / "logs")), "order_disk"),
        (Place("cloudwatch:", ("prod",)), "order_cloud"),
    ]:
        FieldFile(folder, place, home.env).add([name, "other"])
    assert home.tab("slsloggrep tail -S far --id-key ord") == ["order_far"]
    assert home.tab("slsloggrep tail -S s3://logs --response-key ord") == ["order_near"]
    assert home.tab("slsloggrep tail -S ./logs/ --redact-field ord") == ["order_disk"]
    assert home.tab("slsloggrep tail -S far -S ./logs --fields ord") == ["order_disk", "order_far"]
    assert home.tab("slsloggrep grep --where ord") == ["order_cloud="]
    assert home.tab("slsloggrep grep --profile test --where ord") == []
    assert home.tab("slsloggrep grep --where ord", AWS_ACCESS_KEY_ID="AKIA1") == []
    assert home.tab("slsloggrep tail -S ./logs --fields ord", AWS_ACCESS_KEY_ID="AKIA1") == [
        "order_disk"
    ]


def test_a_whole_field_is_followed_by_an_operator(home: Home) -> None:
    """Each that there is, but for what a shell obeys; longer names are there as well."""
    home.write(".config/slsloggrep/config.toml", 'id-key = ["order", "order.id"]\n')
    assert home.tab("slsloggrep grep --where order") == [
        *("order=", "order!=", "order~=", "order>=", "order<="),
        "order.id=",
    ]
    line = {"COMP_LINE": "slsloggrep grep --where order.id"}
    assert home.tab("slsloggrep grep --where order.id", **line) == [
        *("order.id=", "order.id!=", "order.id~="),
    ]


@pytest.mark.parametrize(
    ("line", "words", "found"),
    [
        ("tail -S cloudwatch: c", "tail -S cloudwatch : c", ["cart", "checkout"]),
        ("tail --since=14:05 c", "tail --since = 14 : 05 c", ["cart", "checkout"]),
        ("grep --where=@lev", "grep --where = @ lev", ["@level="]),
        ("grep x -S cl", "grep x -S cl", ["cloudwatch:"]),
        ("grep x -S opensearch+h", "grep x -S opensearch+h", _CLUSTERS),
        ("grep x -S opensearch+https:", "grep x -S opensearch+https :", ["//"]),
        ("grep x -S 'opensearch+https:", "grep x -S 'opensearch+https:", ["opensearch+https://"]),
        ("tail -g /", "tail -g /", ["/aws/lambda/gone", "/ecs/web"]),
        ("tail 'c", "tail 'c", ["cart", "checkout"]),
        ("tail ", "tail ", ["cart", "checkout", "gone"]),
        ("tail 'x ", "tail 'x ", []),
    ],
)
def test_words_that_bash_parts_are_one(home: Home, line: str, words: str, found: list[str]) -> None:
    """At `:` and `=` bash parts words and replaces what follows; the line tells what was typed."""
    home.keep(NAMES)
    parted = {"COMP_LINE": f"slsloggrep {line}", "COMP_WORDS": f"slsloggrep {words}"}
    assert home.tab(f"slsloggrep {words}", **parted) == found


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("get id-k", ["id-key"]),
        ("set redact-", ["redact-field", "redact-ids", "redact-ips", "redact-pattern"]),
        ("unset def", ["default-context"]),
        ("get source.fa", ["source.far.region", "source.far.url"]),
        ("unset alias.", ["alias.mine"]),
        ("set --context ni", ["night"]),
        ("set color ", ["auto", "always", "never"]),
        ("set color n", ["never"]),
        ("set redact t", ["true"]),
        ("set default-context n", ["night"]),
        ("set source.far.region eu-w", ["eu-west-1", "eu-west-2", "eu-west-3"]),
        ("set function c", ["cart", "checkout"]),
        ("set group /e", ["/ecs/web"]),
        ("set sources fa", ["far"]),
        ("set id-key order_id car", ["cart_id"]),
        ("set nonsense x", []),
    ],
)
def test_keys_of_settings_and_their_values_complete(
    home: Home, line: str, words: list[str]
) -> None:
    """Those that there are, and those of sources and aliases; values as behind the option."""
    home.write(
        ".config/slsloggrep/config.toml",
        'id-key = ["cart_id"]\n[source.far]\nurl = "cloudwatch:"\nregion = "eu-west-1"\n'
        '[alias]\nmine = "crashes"\n[context.night]\ntz = "UTC"\n',
    )
    home.keep(NAMES)
    assert home.tab(f"slsloggrep config {line}") == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("slsloggrep report ", ["crash", "crashes", "incident", "latency", "trace"]),
        ("slsloggrep report trace x --respo", ["--response-key"]),
        ("slsloggrep config ", ["edit", "get", "init", "path", "set", "show", "unset"]),
        ("slsloggrep crashes s", ["show"]),
        ("slsloggrep crashes show --since 2h --unt", ["--until"]),
        ("slsloggrep --ver", ["--version"]),
        ("slsloggrep nonsense x", []),
    ],
)
def test_parts_of_commands_complete(home: Home, line: str, words: list[str]) -> None:
    """What a report is of, what is done with settings, one crash; what makes no sense, nothing."""
    assert home.tab(line) == words


def test_names_are_searched_for_only_where_there_are_credentials(home: Home) -> None:
    """Signs of credentials, or a profile that is named; for one of many Tabs, and each account."""
    home.tab("slsloggrep tail c")
    assert home.started == []
    home.tab("slsloggrep tail --profile prod c")
    home.tab("slsloggrep tail --profile prod ca")
    assert home.started == [Account(profile="prod")]
    home.tab("slsloggrep tail c", AWS_ACCESS_KEY_ID="AKIA1")
    assert home.started == [Account(profile="prod"), Account()]
    home.tab("slsloggrep tail -S ./folder c", AWS_ACCESS_KEY_ID="AKIA2")
    assert len(home.started) == 2


def test_what_is_known_is_told_though_no_search_can_be_started(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without room for a process still completes."""

    def fail(_account: Account, _env: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(name_search, "start", fail)
    file = home.keep(NAMES, "prod")
    os.utime(file._path, (0, 0))
    assert home.tab("slsloggrep tail --profile prod c") == ["cart", "checkout"]


def test_a_stranger_s_project_asks_nobody(home: Home) -> None:
    """A project's file may name a role; a Tab in its folder does not take it."""
    home.write("project.toml", 'role-arn = "arn:aws:iam::123456789012:role/x"\n')
    project = {"SLSLOGGREP_PROJECT_FILE": str(home.path / "project.toml")}
    assert home.tab("slsloggrep tail c", AWS_ACCESS_KEY_ID="AKIA1", **project) == []
    assert home.started == []


def test_a_stranger_s_alias_stands_for_its_command_alone(home: Home) -> None:
    """What follows a project's alias completes; its role and its profile are not taken."""
    home.write(
        "project.toml", '[alias]\nmine = "crashes --profile x --role-arn arn:aws:iam::1:role/x"\n'
    )
    home.keep(NAMES)
    project = {"SLSLOGGREP_PROJECT_FILE": str(home.path / "project.toml")}
    assert home.tab("slsloggrep mine c", **project) == ["cart", "checkout"]
    home.tab("slsloggrep mine c", AWS_ACCESS_KEY_ID="AKIA1", **project)
    assert home.started == [Account()]


def test_variables_say_whose_names_are_meant(home: Home) -> None:
    """SLSLOGGREP_PROFILE is as good as --profile, and SLSLOGGREP_SOURCE as -S."""
    home.keep(Names(functions=("canary",)), "prod")
    assert home.tab("slsloggrep tail c", SLSLOGGREP_PROFILE="prod") == ["canary"]
    elsewhere = {"SLSLOGGREP_PROFILE": "prod", "SLSLOGGREP_SOURCE": "./folder"}
    assert home.tab("slsloggrep tail c", **elsewhere) == []


def test_a_file_that_makes_no_sense_is_told_where_that_is_asked_for(home: Home) -> None:
    """Silence at the prompt; SLSLOGGREP_DEBUG=1 shows what is wrong."""
    home.write(".config/slsloggrep/config.toml", "this = is = none")
    home.keep(NAMES)
    assert home.tab("slsloggrep tail c") == []
    code, words, said = home.ask("slsloggrep tail c", SLSLOGGREP_DEBUG="1")
    assert (code, words) == (2, [])
    assert "this is no TOML" in said


def test_a_tab_imports_nothing_that_takes_long(home: Home) -> None:
    """Neither AWS nor what shows, pulls or starts anything: what is kept fresh is only read."""
    home.env["AWS_ACCESS_KEY_ID"] = "AKIA1"
    home.keep(NAMES)
    lines = "import sys; from slsloggrep.cli.main import main; main(); print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", lines],
        env={
            **home.env,
            "COMP_WORDS": "slsloggrep tail che",
            "COMP_CWORD": "2",
            "_SLSLOGGREP_COMPLETE": "bash_complete",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    answer, modules = done.stdout.splitlines()
    assert (answer, done.stderr) == ("plain,checkout", "")
    heavy = {"botocore", "rich", "msgspec", "subprocess", "configparser", "slsloggrep.sources"}
    assert heavy.isdisjoint(modules.split())


def test_a_name_that_a_shell_would_obey_is_not_offered(home: Home) -> None:
    """The cache is a file: whatever stands in it, only plain names come out."""
    home.keep(Names(functions=("cart", "c$(x)", "c x", "c\nx", "c\x1b[2J", "-c")))
    assert home.tab("slsloggrep tail c") == ["cart"]
    assert home.tab("slsloggrep tail ") == ["cart"]  # a `-` first would make an option of it
    (file,) = home.path.rglob("names-*.json")
    for content in (b"[]", b'{"functions": 1}', b"{", b"\xff", b"[" * 100_000):
        file.write_bytes(content)
        assert home.tab("slsloggrep tail c") == []
    file.write_text(json.dumps({"functions": ["cart", None, 1, ["x"]]}), encoding="utf-8")
    assert home.tab("slsloggrep tail c") == ["cart"]
