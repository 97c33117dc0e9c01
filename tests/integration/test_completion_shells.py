"""Completion in real shells that a terminal drives, and the search for names behind it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest
from logs_service import LogsService

from slsloggrep.cli.app import COMMANDS
from slsloggrep.cli.known_fields import FieldFile, Place
from slsloggrep.cli.known_names import Account, NameFile, Names
from slsloggrep.cli.name_search import keep_names

# The service runs in a thread; the shell's process begins with what it is to run.
pytestmark = pytest.mark.filterwarnings("ignore:.*forkpty:DeprecationWarning")

SCRIPTS = Path(__file__).parents[2] / "completions"
PATIENCE_S = 15
PROMPT = "ready>"
CLEAR = "\x15\x0c"
"""Ctrl-U empties the line, Ctrl-L the screen."""

STARTS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        (
            "bind 'set show-all-if-ambiguous on'; bind 'set enable-bracketed-paste off'; "
            f"PS1='{PROMPT} '; source '{SCRIPTS}/slsloggrep.bash'"
        ),
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        (
            f"PS1='{PROMPT} '; unsetopt prompt_sp; fpath=('{SCRIPTS}' $fpath); "
            "autoload -Uz compinit; compinit -u -D"
        ),
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        (
            f"function fish_prompt; echo '{PROMPT} '; end; set -g fish_autosuggestion_enabled 0; "
            f"source '{SCRIPTS}/slsloggrep.fish'"
        ),
    ),
}
"""How a shell starts without anybody's settings, and what makes it complete."""

CONFIG = '[source.prod-logs]\nurl = "cloudwatch:"\n[alias]\nmine = "crashes -s 24h"\n'


class Terminal:
    """A shell, and what its screen shows."""

    def __init__(self, shell: str, env: dict[str, str], folder: Path) -> None:
        argv, setup = STARTS[shell]
        self._screen = pyte.Screen(120, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            argv[0], argv[1:], env=env, cwd=str(folder), dimensions=(24, 120), timeout=PATIENCE_S
        )
        self._child.delaybeforesend = None
        self._child.sendline(setup)
        self.wait(lambda lines: any(line.startswith(PROMPT) for line in lines))

    def tab(self, line: str, shows: Callable[[list[str]], bool], *, behind: str = "") -> list[str]:
        """Type a line, a Tab and what is behind it; return the screen as soon as it `shows`."""
        self._child.send(CLEAR)
        self.wait(lambda lines: lines == [PROMPT])
        self._child.send(f"{line}\t{behind}")
        return self.wait(shows)

    def wait(self, shows: Callable[[list[str]], bool]) -> list[str]:
        """Return the lines of the screen that are not empty, as soon as they are what is meant."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                self._stream.feed(self._child.read_nonblocking(65536, timeout=0.05))
            except pexpect.TIMEOUT:
                lines = [line.rstrip() for line in self._screen.display if line.strip()]
                if shows(lines):
                    return lines
        raise AssertionError("the screen shows:\n" + "\n".join(self._screen.display))

    def close(self) -> None:
        self._child.close(force=True)


def is_line(text: str) -> Callable[[list[str]], bool]:
    """Return whether the prompt has this line, and nothing else is on the screen."""
    return lambda lines: lines == [f"{PROMPT} {text}"]


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """Give the variables of somebody with a home, the program and no credentials."""
    program = tmp_path / "bin" / "slsloggrep"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m slsloggrep "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    return {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "SLSLOGGREP_CONFIG": str(config),
        "SLSLOGGREP_PROJECT_FILE": os.devnull,
    }


@pytest.fixture
def account(cloudwatch: LogsService, surroundings: dict[str, str]) -> dict[str, str]:
    """Give credentials besides, for an account with a few functions and log groups."""
    for name in ("checkout", "cart"):
        cloudwatch.world.create_function(name)
        cloudwatch.create_group(f"/aws/lambda/{name}")
    cloudwatch.create_group("/ecs/web")
    cloudwatch.world.stacks += ["shop-dev", "shop-prod"]
    return {
        **surroundings,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": cloudwatch.url,
    }


@pytest.fixture(params=STARTS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} on this machine")
    return name


@pytest.fixture
def open_shell(shell: str, tmp_path: Path) -> Iterator[Callable[[dict[str, str]], Terminal]]:
    """Give a function that opens a terminal with some variables."""
    opened: list[Terminal] = []

    def open_one(env: dict[str, str]) -> Terminal:
        opened.append(Terminal(shell, env, tmp_path))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.close()


def test_a_shell_completes_what_is_known(
    shell: str, open_shell: Callable[[dict[str, str]], Terminal], account: dict[str, str]
) -> None:
    """Commands, parts, functions, groups, sources, regions, fields: each by one Tab, in silence.

    The functions are those of the account as the cache has them, the fields those of the source.
    Behind the name of a field comes an operator and no space; behind a whole one, a choice of them.
    """
    keep_names(Account(), account)
    cache = Path(account["HOME"], ".cache", "slsloggrep")
    FieldFile(cache, Place("demo:"), account).add(["order.total"])
    terminal = open_shell(account)
    for typed, completed in {
        "slsloggrep tail che": "slsloggrep tail checkout",
        "slsloggrep grep x -g /ec": "slsloggrep grep x -g /ecs/web",
        "slsloggrep crashes -S pro": "slsloggrep crashes -S prod-logs",
        "slsloggrep lat": "slsloggrep latency",
        "slsloggrep grep --where @lev": "slsloggrep grep --where @level=",
        "slsloggrep grep -S demo: --where order.to": (
            "slsloggrep grep -S demo: --where order.total="
        ),
        "slsloggrep tail -S demo: --fields at,order.to": (
            "slsloggrep tail -S demo: --fields at,order.total"
        ),
        "slsloggrep tail --region=eu-no": "slsloggrep tail --region=eu-north-1",
        "slsloggrep tail -S cloudwatch: -s 14:05 che": (
            "slsloggrep tail -S cloudwatch: -s 14:05 checkout"
        ),
        "slsloggrep config get source.prod-logs.u": ("slsloggrep config get source.prod-logs.url"),
        "slsloggrep config set color nev": "slsloggrep config set color never",
        "slsloggrep grep --where=@lev": "slsloggrep grep --where=@level=",
        "slsloggrep tail -S de": "slsloggrep tail -S demo:",
    }.items():
        terminal.tab(typed, is_line(completed))
    start = "…der" if shell == "fish" else "order"
    shown = {f"{start}.total{end}" for end in ("=", "!=", "~=")}
    terminal.tab(
        "slsloggrep grep -S demo: --where order.total",
        lambda lines: shown <= set(" ".join(lines[1:]).replace("\\", "").split()),
    )
    everything = {"crash", "crashes", "incident", "latency", "trace"}
    terminal.tab("slsloggrep report ", lambda lines: everything <= set(" ".join(lines).split()))


def test_a_shell_says_nothing_without_credentials(
    open_shell: Callable[[dict[str, str]], Terminal], surroundings: dict[str, str]
) -> None:
    """No completion is no error: what was typed stays, and nothing is beside it."""
    terminal = open_shell(surroundings)
    terminal.tab("slsloggrep tail che", is_line("slsloggrep tail cheX"), behind="X")
    Path(surroundings["SLSLOGGREP_CONFIG"]).write_text("this is = no = TOML", encoding="utf-8")
    terminal.tab("slsloggrep tail che", is_line("slsloggrep tail cheX"), behind="X")
    assert not Path(surroundings["HOME"], ".cache", "slsloggrep").exists()


def test_fish_shows_summaries_whole(surroundings: dict[str, str]) -> None:
    """A comma in a summary does not end it."""
    if shutil.which("fish") is None:
        pytest.skip("there is no fish on this machine")
    script = f"source '{SCRIPTS}/slsloggrep.fish'; complete -C 'slsloggrep tra'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script],
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert (done.stdout, done.stderr) == (f"trace\t{COMMANDS['trace']}\n", "")
    assert "," in COMMANDS["trace"]


def ask(line: str, env: dict[str, str]) -> tuple[list[str], str]:
    """Return what a Tab of bash would get, and what it would read on its terminal."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "slsloggrep"],
        env={**env, **words, "_SLSLOGGREP_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return done.stdout.split(), done.stderr


def test_names_are_looked_for_behind_the_first_tab(
    cloudwatch: LogsService, account: dict[str, str], tmp_path: Path
) -> None:
    """The first Tab gets nothing and waits for nothing; a later one has the names.

    Many Tabs search once, into a file that nobody else may read and that tells no key.
    """
    answers = [ask("slsloggrep tail c", account) for _ in range(4)]
    folder = tmp_path / ".cache" / "slsloggrep"
    until = time.monotonic() + PATIENCE_S
    while not (found := list(folder.glob("*.json"))) and time.monotonic() < until:
        time.sleep(0.05)
    (file,) = found
    assert answers[0] == ([], "")
    assert ask("slsloggrep tail c", account) == (["plain,cart", "plain,checkout"], "")
    assert ask("slsloggrep tail -g /e", account) == (["plain,/ecs/web"], "")
    assert json.loads(file.read_bytes()) == {
        "groups": ["/aws/lambda/cart", "/aws/lambda/checkout", "/ecs/web"],
        "functions": ["cart", "checkout"],
        "stacks": ["shop-dev", "shop-prod"],
    }
    stacks = ask("slsloggrep tail --stack shop-", account)
    assert stacks == (["plain,shop-dev", "plain,shop-prod"], "")
    assert [path.stat().st_mode & 0o777 for path in (folder, file)] == [0o700, 0o600]
    assert len(cloudwatch.calls("DescribeLogGroups")) == 1


def test_fields_of_the_logs_that_were_read_complete_behind_that(
    cloudwatch: LogsService, account: dict[str, str]
) -> None:
    """Those of an account's functions, in whichever of its regions they log, and of no other."""
    now = int(time.time() * 1000)
    message = json.dumps({"order_id": "ord-7", "order": {"total": 3}})
    for region in ("us-east-1", "eu-west-1"):
        service = cloudwatch.region(region)
        service.put("/aws/lambda/buy", "a", [(now - 5_000 - n, message) for n in range(2)])
    regions = ["--region", "us-east-1", "--region", "eu-west-1"]
    for where in ([], regions):
        subprocess.run(
            [sys.executable, "-m", "slsloggrep", "grep", "ord-7", "-g", "/aws/lambda/buy", *where],
            env=account,
            check=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )
        line = " ".join(["slsloggrep grep", *where, "--where ord"])
        assert ask(line, account) == (
            ["unfinished,order=", "unfinished,order.total=", "unfinished,order_id="],
            "",
        )
    assert ask("slsloggrep grep --region eu-west-1 --where ord", account) == ([], "")


def test_a_service_that_never_answers_holds_up_no_tab(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    """The search neither keeps the shell's pipe open nor its terminal; the Tab ends without it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {
            **surroundings,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        began = time.monotonic()
        assert ask("slsloggrep tail c", env) == ([], "")
        took = time.monotonic() - began
        silent.settimeout(PATIENCE_S)
        connection, _ = silent.accept()  # by now the search has begun
        connection.close()
    assert took < 5
    assert len(list((tmp_path / ".cache" / "slsloggrep").glob("*.asked"))) == 1


def test_what_is_refused_stays_as_it_was_known(
    cloudwatch: LogsService, account: dict[str, str], tmp_path: Path
) -> None:
    """A listing that is denied takes away no names, and the other one is kept none the less."""
    file = NameFile(tmp_path / ".cache" / "slsloggrep", Account(), account)
    file.write(Names(groups=("/old",), functions=("old",)))
    cloudwatch.deny("ListFunctions")
    keep_names(Account(), account)
    groups = ("/aws/lambda/cart", "/aws/lambda/checkout", "/ecs/web")
    stacks = ("shop-dev", "shop-prod")
    assert file.read() == Names(groups=groups, functions=("old",), stacks=stacks)
    cloudwatch.deny("ListStacks")
    written = [path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")]
    cloudwatch.deny("DescribeLogGroups")
    keep_names(Account(), account)
    assert file.read() == Names(groups=groups, functions=("old",), stacks=stacks)
    assert [path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")] == written


def test_a_search_ends_whatever_it_waits_for() -> None:
    """A credential process, a second factor, a network without an answer: none keeps it alive."""
    lines = (
        "import time; from slsloggrep.cli import name_search as it; it.LIMIT_S = 0.1; "
        "it.keep_names = lambda *_: time.sleep(60); it.run()"
    )
    env = {**os.environ, "_SLSLOGGREP_NAMES_OF": "[null, null, null, null]"}
    done = subprocess.run(
        [sys.executable, "-c", lines], env=env, check=False, timeout=PATIENCE_S, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
