"""`tail` as people use it: what is printed, said and returned; as a process on a real service."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from followed_samples import NOW, Gap, Notice, Scripted, denied, event, pulse
from logs_service import LogsService
from stream_samples import A, B, document, end, log, report, start

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.model import Coverage
from slsloggrep.sources.base import Capability

posix_only = pytest.mark.skipif(os.name == "nt", reason="signals and pseudo-terminals of POSIX")
SHOP = "/aws/lambda/shop"
PROGRAM = [sys.executable, "-m", "slsloggrep"]
PATIENCE = 30
"""Seconds after which something that was to come does not come any more."""

CALLS = [
    event(0, start(A)),
    event(10, log(A, "order ord-7 received")),
    event(20, "print\n"),
    event(30, end(A)),
    event(30, report(A, duration=30, init=120.0)),
    event(40, start(B)),
    event(50, document(level="ERROR", message="no stock", order={"id": "ord-8"}, requestId=B)),
    event(60, report(B, duration=20, status="error")),
]
STORY = [pulse(0), *CALLS, pulse(9_000)]


class Outcome:
    """What came of a run."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.stdout, self.stderr = code, stdout, stderr
        self.lines = stdout.splitlines()

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


Tail = Callable[..., Outcome]


@pytest.fixture
def tail(monkeypatch: pytest.MonkeyPatch) -> Tail:
    """Give a function that runs `tail` over scripted sources in an injected environment."""

    def run_tail(
        *args: str,
        source: Any = None,
        sources: tuple[Any, ...] = (),
        terminal: bool = False,
        width: int = 100,
        stdout: Any = None,
        named: bool = True,
        **env: str,
    ) -> Outcome:
        queue = iter(sources or (source or Scripted(STORY, held=CALLS),))
        seen: list[Any] = []

        def open_source(_url: str, settings: Any) -> Any:
            opened = next(queue)
            opened.settings = settings
            seen.append(opened)
            return opened

        monkeypatch.setattr("slsloggrep.sources.base.open_source", open_source)
        count = (len(sources) or 1) if named else 0
        urls = [part for n in range(count) for part in ("-S", f"cloudwatch:{n}")]
        out, err = stdout or io.StringIO(), io.StringIO()
        environment = Environment(
            stdin=None,
            stdin_is_terminal=True,
            stdout=out,
            stdout_is_terminal=terminal,
            stderr=err,
            stderr_is_terminal=False,
            width=width,
            env=env,
            clock=lambda: NOW,
            stopwatch=lambda: 0.0,
        )
        code = run(["tail", *urls, *args], environment)
        return Outcome(code, out.getvalue(), err.getvalue())

    return run_tail


# What happened last


def test_the_last_ten_minutes_are_printed_and_it_ends(tail: Tail) -> None:
    """One event a line, with its request; it is said what was searched."""
    outcome = tail()
    assert outcome.code == 0
    assert [line.split()[1:4] for line in outcome.lines[:3]] == [
        ["pay", "aaaaaaaa", "INFO"],
        ["pay", "aaaaaaaa", "INFO"],
        ["pay", "aaaaaaaa", "-"],
    ]
    assert outcome.lines[4].endswith("REPORT ✓ ok 30 ms · 64 of 128 MB · cold start 120 ms")
    assert outcome.lines[6].endswith("ERROR no stock order.id=ord-8")
    assert "the last 10 minutes; --since widens it" in outcome.stderr


def test_exit_codes_are_those_of_grep(tail: Tail) -> None:
    """0 something, 1 nothing, 3 with a gap, 4 where nothing can be read."""

    class Gapped(Scripted):
        def fetch(self, query, report):  # type: ignore[no-untyped-def]
            report(Coverage(source="scripted:", gaps=(Gap("x", "denied"),)))
            yield from super().fetch(query, report)

    class Denied(Scripted):
        def fetch(self, query, report):  # type: ignore[no-untyped-def]
            raise denied()

    assert tail(source=Scripted()).code == 1
    assert tail(source=Gapped(held=CALLS)).code == 3
    assert tail(source=Denied()).code == 4


def test_the_last_n_are_printed_in_ascending_order(tail: Tail) -> None:
    """And that there are more."""
    outcome = tail("-n", "2", "-o", "ndjson")
    assert [found["message"] for found in outcome.documents] == [e.message for e in CALLS[-2:]]
    assert "shown: the last 2; there are more (-n)" in outcome.stderr
    assert "there are more" not in tail("-n", str(len(CALLS))).stderr


def test_json_is_one_document(tail: Tail) -> None:
    """With its schema, the coverage and the promised fields of each event."""
    document_ = json.loads(tail("-o", "json").stdout)
    assert document_["schema"] == "slsloggrep.tail/1"
    assert document_["coverage"]["complete"] is True
    assert document_["events"][2] == {
        "timestamp": "2026-11-23T11:00:00.020Z",
        "source": "scripted:",
        "log_group": "/aws/lambda/pay",
        "log_stream": CALLS[0].log_stream,
        "function": "pay",
        "request_id": A,
        "level": None,
        "message": "print\n",
        "id": None,
        "late_ms": None,
    }


@pytest.mark.parametrize(
    ("args", "messages"),
    [
        (["--grep", "ORD-7"], []),
        (["--grep", "ORD-7", "-i"], [1]),
        (["--grep", "ord-.", "--grep", "stock"], [6]),
        (["--grep", "ord-", "--exclude", "stock"], [1]),
        (["--exclude", "RequestId", "--exclude", "print"], [1, 6]),
        (["--where", "order.id=ord-8"], [6]),
        (["-l", "error"], [6, 7]),
        (["-l", "error", "--grep", "^REPORT"], [7]),
    ],
)
@pytest.mark.parametrize("follows", [False, True])
def test_filters(tail: Tail, args: list[str], messages: list[int], follows: bool) -> None:
    """All must hold, case matters unless told otherwise; followed or not, the same events."""
    outcome = tail(*args, "-o", "ndjson", *(["-f"] if follows else []))
    assert [found["message"] for found in outcome.documents] == [CALLS[n].message for n in messages]
    assert outcome.code == (0 if messages else 1)


@pytest.mark.parametrize("follows", [False, True])
def test_invocations_by_their_outcome(tail: Tail, follows: bool) -> None:
    """Whole, with head and records; --failed, --slower-than and --cold choose, and imply it."""
    mode = ["-f"] if follows else []
    everything = tail("--invocations", *mode)
    assert [line.split()[0] for line in everything.lines if line[:1].strip()] == ["pay", "pay"]
    assert f"request {B}" in tail("--failed", *mode).stdout
    assert f"request {A}" not in tail("--failed", *mode).stdout
    assert f"request {B}" not in tail("--slower-than", "25ms", *mode).stdout
    assert f"request {A}" in tail("--cold", "--slower-than", "25ms", *mode).stdout
    assert tail("--cold", "--failed", *mode).code == 1
    found = tail("--failed", "-o", "ndjson", *mode).documents
    assert [d["message"] for d in found] == [e.message for e in CALLS[5:]]
    assert {d["request_id"] for d in found} == {B}


def test_raw_wide_and_fields(tail: Tail) -> None:
    """Shapes of lines, of invocations too."""
    raw = tail("--raw").stdout
    assert raw == "".join(
        e.message if e.message.endswith("\n") else e.message + "\n" for e in CALLS
    )
    assert tail("--raw", "--failed").stdout.startswith(CALLS[5].message)
    assert f"{CALLS[0].log_stream} {A} " in tail("--wide").lines[0]
    assert tail("--fields", "order").lines[6].endswith('no stock order={"id":"ord-8"}')
    assert 'order={"id":"ord-8"}' in tail("--fields", "order", "--failed").stdout
    assert tail("--no-time").lines[2] == "pay aaaaaaaa -     print"
    assert tail("--tz", "+02:00").lines[0].startswith("2026-11-23T13:00:00.000+02:00 ")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["-f", "-o", "json"], "-o json is one document"),
        (["-n", "0"], "-n 0 shows nothing"),
        (["-o", "ndjson", "--fields", "a"], "--fields is for text"),
        (["-o", "json", "--raw"], "--raw is for text"),
        (["--raw", "--wide"], "--raw and --wide contradict"),
        (["--failed", "--filter-pattern", "x"], "--filter-pattern lets only parts"),
        (["--slower-than", "2"], "has no unit"),
        (["--grep", "("], "cannot be understood"),
        (["--reorder", "soon"], "not a duration"),
    ],
)
def test_what_makes_no_sense_is_refused(tail: Tail, args: list[str], told: str) -> None:
    """Before anything is read, with something to try."""
    source = Scripted(STORY)
    outcome = tail(*args, source=source)
    assert outcome.code == 2
    assert told in outcome.stderr
    assert "\ntry: " in outcome.stderr
    assert source.queries == []


def test_functions_are_arguments(tail: Tail) -> None:
    """Beside those of -F; each once."""
    source = Scripted(STORY)
    tail("pay", "shop-*", "-F", "pay", source=source)
    assert source.settings.functions == ("pay", "shop-*")  # type: ignore[attr-defined]


def test_a_function_is_reason_enough_to_ask_cloudwatch(tail: Tail) -> None:
    """Without any sign of credentials too: a machine's role leaves none."""
    outcome = tail("pay", named=False, HOME="/nonexistent")
    assert outcome.code == 0
    assert tail(named=False, HOME="/nonexistent").code == 2


# Following


def test_following_goes_on_and_gives_an_account(tail: Tail) -> None:
    """Lines come as before; in the end one line says how much there was."""
    late = event(5, "late\n")
    other = event(70, "x\n", group="/aws/lambda/other")
    source = Scripted([pulse(100), *CALLS, other, pulse(2_000), late, pulse(2_100)])
    outcome = tail("-f", source=source)
    assert outcome.code == 0
    assert len(outcome.lines) == 10
    assert outcome.lines[-1].endswith("late +0.1s late")
    assert outcome.stderr == (
        "slsloggrep: 10 events (pay 9, other 1), 2 invocations ended, 1 late, by up to 65 ms"
        " in 0 ms\n"
    )


def test_lateness_is_a_field(tail: Tail) -> None:
    """Of every document; null where an event came in order."""
    source = Scripted([pulse(5_000), event(4_000, "a"), pulse(6_000), event(10, "b"), pulse(6_100)])
    found = tail("-f", "-o", "ndjson", source=source).documents
    assert [(d["message"], d["late_ms"]) for d in found] == [("a", None), ("b", 3990)]


def test_following_begins_where_it_is_told_to(tail: Tail) -> None:
    """Ten minutes ago, at --since, behind the last n, or now."""
    for args, since in (([], -600_000), (["-s", "1h"], -3_600_000), (["-n", "0"], 0)):
        source = Scripted([pulse(0)])
        tail("-f", *args, source=source)
        assert source.queries[-1].since == NOW + since
    source = Scripted([*CALLS, event(90, "new"), pulse(100), pulse(9_000)], held=CALLS)
    found = tail("-f", "-n", "2", "-o", "ndjson", source=source).documents
    assert [d["message"] for d in found] == [CALLS[6].message, CALLS[7].message, "new"]


def test_the_source_is_told_how_to_follow(tail: Tail) -> None:
    """--live, --late and the pattern are its affair."""
    source = Scripted([pulse(0)])
    tail("-f", "--live", "--late", "5m", "--filter-pattern", "ERROR", source=source)
    (following,) = source.followings
    assert (following.live, following.late) == (True, 300_000)
    assert source.queries[0].pattern == "ERROR"


def test_gaps_and_notices_go_to_stderr_at_once(tail: Tail) -> None:
    """Lines of the program's own; and the answer is partial."""
    gap = Gap("/aws/lambda/x", "denied\x1b[2J")
    source = Scripted([pulse(0), gap, Notice("throttled"), *CALLS, pulse(9_000)])
    outcome = tail("-f", source=source)
    assert outcome.code == 3
    assert len(outcome.lines) == len(CALLS)
    assert outcome.stderr.splitlines()[:2] == [
        "slsloggrep: not read: scripted: /aws/lambda/x: denied\\x1b[2J",
        "slsloggrep: throttled",
    ]
    assert "1 thing could not be read" in outcome.stderr


def test_a_source_that_cannot_be_followed_is_named(tail: Tail) -> None:
    """It is an error of usage, with what to do."""
    outcome = tail("-f", sources=(Scripted(STORY), _Still()))
    assert outcome.code == 2
    assert "still: cannot be followed" in outcome.stderr


class _Still:
    name = "still:"
    capabilities = Capability.NONE

    def close(self) -> None:
        """Do nothing."""


def test_where_nothing_can_be_followed_it_ends(tail: Tail) -> None:
    """With the source's error, and what to try."""
    outcome = tail("-f", source=Scripted([denied()]))
    assert outcome.code == 4
    assert outcome.stderr == "slsloggrep: scripted:: access denied\ntry: allow it\n"


def test_on_a_terminal_lines_are_coloured_and_fit(tail: Tail) -> None:
    """NO_COLOR keeps the columns, and what colours meant."""
    outcome = tail("-f", terminal=True, width=60, TERM="xterm")
    assert "\x1b[" in outcome.stdout
    plain = tail("-f", terminal=True, width=60, NO_COLOR="1").stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", outcome.stdout) == plain
    assert all(len(line) <= 60 for line in plain.splitlines())
    assert "11:00:00Z pay aaaaaaaa I REPORT ✓ ok 30 ms" in plain


def test_a_full_disk_is_told(tail: Tail) -> None:
    """Data that cannot be written ends the following with a code that no answer has."""

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    outcome = tail("-f", stdout=Full())
    assert outcome.code == 74
    assert "No space left" in outcome.stderr


# As a process


def now() -> int:
    return time.time_ns() // 1_000_000


@contextlib.contextmanager
def following(*args: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*PROGRAM, "tail", "-g", SHOP, "-f", *args],
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        # A background job of a shell has it ignored, and this would be inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


@contextlib.contextmanager
def writing(service: LogsService, text: Callable[[int], str] = str) -> Iterator[None]:
    """Write an event every now and then, as long as the context is open."""
    ended = threading.Event()

    def write() -> None:
        number = 0
        while not ended.wait(0.05):
            service.put(SHOP, f"stream {number % 3}", [(now(), text(number))])
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


@posix_only
def test_lines_come_through_a_pipe_as_they_happen(cloudwatch: LogsService) -> None:
    """Each is flushed at once; Ctrl-C ends with 130 and an account of what was shown."""
    cloudwatch.put(SHOP, "a", [(now() - 5_000, "before")])
    with following("-o", "ndjson", "-n", "1") as process:
        assert process.stdout
        assert process.stderr
        read = [json.loads(process.stdout.readline())["message"]]
        with writing(cloudwatch):
            read += [json.loads(process.stdout.readline())["message"] for _ in range(5)]
        process.send_signal(signal.SIGINT)
        rest = [json.loads(line)["message"] for line in process.stdout]
        assert process.wait(PATIENCE) == 130
        told = process.stderr.read().decode()
    assert read[0] == "before"
    assert read[1:] + rest == [str(number) for number in range(len(read) - 1 + len(rest))]
    assert re.search(rf"^slsloggrep: {len(read) + len(rest)} events, \d+ requests in ", told, re.M)
    assert "Traceback" not in told


@posix_only
def test_a_reader_that_leaves_ends_it(cloudwatch: LogsService) -> None:
    """`| head -1` ends with 0, whether more comes or not."""
    cloudwatch.put(SHOP, "a", [(now() - 5_000, "only")])
    with following() as process:
        assert process.stdout
        assert process.stderr
        assert b"only" in process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read().decode() in ("", "slsloggrep: reading 1 log group\n")


@posix_only
def test_a_terminal_sees_lines_that_fit_after_it_was_resized(cloudwatch: LogsService) -> None:
    """No signal is needed: who prints looks first."""
    reader, terminal = os.openpty()
    resize(terminal, 120)
    env = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    env.pop("COLUMNS", None)
    with following("-n", "0", stdout=terminal, env=env), writing(cloudwatch, "word {} ".format):
        wide = wait_for(reader, r"(?m)^\S+Z shop +\d? +\S+ +- +- +word \d+")
        resize(terminal, 50)
        narrow = wait_for(reader, r"(?m)^\d\d:\d\d:\d\dZ shop - {8}- word \d+")
    os.close(terminal)
    os.close(reader)
    assert wide
    assert narrow


def resize(terminal: int, columns: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))


def wait_for(reader: int, pattern: str) -> bool:
    text = ""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if select.select([reader], [], [], 0.5)[0]:
            text += os.read(reader, 65536).decode().replace("\r\n", "\n")
        if re.search(pattern, text):
            return True
    return False


@posix_only
def test_invocations_come_whole_from_the_service(cloudwatch: LogsService) -> None:
    """Begun before, ended now, in pieces: shown once, when it has ended."""
    begun = now() - 60_000
    cloudwatch.put(SHOP, "a", [(begun, start(A)), (begun + 10, "print\n")])
    with following("--failed", "-n", "0") as process:
        assert process.stdout
        deadline = time.monotonic() + PATIENCE
        while not cloudwatch.calls("FilterLogEvents") and time.monotonic() < deadline:
            time.sleep(0.05)
        at = now()
        cloudwatch.put(SHOP, "a", [(at, report(A, duration=at - begun, status="timeout"))])
        head = process.stdout.readline().decode()
        body = [process.stdout.readline().decode() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    assert f"request {A}" in head
    assert "✗ timeout" in head
    assert ["START" in body[0], "print" in body[1], "REPORT" in body[2]] == [True] * 3


@posix_only
@pytest.mark.parametrize("limit", [[], ["-n", "5"], ["-n", "0"]])
def test_a_group_that_does_not_exist_yet_is_waited_for(
    cloudwatch: LogsService, limit: list[str]
) -> None:
    """`tail -f` before the first invocation: said at once, and the first line comes."""
    with following("-o", "ndjson", *limit) as process:
        assert process.stdout
        assert process.stderr
        assert b"waiting for it to appear" in process.stderr.readline()
        cloudwatch.put(SHOP, "a", [(now(), "first")])
        assert json.loads(process.stdout.readline())["message"] == "first"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130


def test_a_group_that_does_not_exist_is_an_error_without_following(
    cloudwatch: LogsService,
) -> None:
    """Who does not wait is told at once that nothing is there."""
    cloudwatch.create_group("/aws/lambda/other")
    done = subprocess.run([*PROGRAM, "tail", "-g", SHOP], capture_output=True, timeout=60)
    assert done.returncode == 4
    assert b"there is no log group" in done.stderr
