"""CloudWatch as a distrustful user meets it: real processes, a service that hinders, bad clocks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO

import pytest
from logs_service import LogsService
from stream_samples import A, end, report, start

SHOP = "/aws/lambda/shop"
STREAM = "2026/11/23/[$LATEST]aa"
PROGRAM = [sys.executable, "-m", "slsloggrep"]
SOON = 15.0
"""Seconds after which something that should have come or ended by then has not."""
FAILURE = "[ERROR] KeyError: 1\nTraceback (most recent call last):\nKeyError: 1"


class Process:
    """The program, what it wrote so far, and when it ended."""

    def __init__(self, *args: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A background job of a shell has it ignored, and this would be inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._threads = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr))
        ]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _read(stream: IO[str], lines: list[str]) -> None:
        lines.extend(iter(stream.readline, ""))

    def interrupt(self) -> int | None:
        """Press Ctrl-C; None: it did not end."""
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(SOON)
        except subprocess.TimeoutExpired:
            return None
        for thread in self._threads:
            thread.join(1)
        return code

    def end(self) -> None:
        """Kill it if it still runs, and close what it wrote to."""
        with self.process:
            self.process.kill()
            for thread in self._threads:
                thread.join(5)


Start = Callable[..., Process]


@pytest.fixture
def launch(cloudwatch: LogsService) -> Iterator[Start]:
    """Start the program; whatever still runs is killed at the end."""
    running: list[Process] = []

    def begin(*args: str) -> Process:
        running.append(Process(*args))
        return running[-1]

    yield begin
    for process in running:
        process.end()


def run(*args: str) -> str:
    return subprocess.run(
        [*PROGRAM, *args], capture_output=True, text=True, timeout=60, env=os.environ
    ).stdout


def wait_for(condition: Callable[[], object], seconds: float = SOON) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def put_failed(service: LogsService) -> None:
    now = service.clock() - 5_000
    messages = [start(A), FAILURE, end(A), report(A)]
    service.put(SHOP, STREAM, [(now + i, message) for i, message in enumerate(messages)])


@pytest.mark.parametrize(
    "wish",
    [["--exclude", "KeyError"], ["--where", "@level=INFO"], ["--filter-pattern", "-KeyError"]],
    ids=["exclude", "where", "pattern"],
)
def test_filter_does_not_turn_a_failure_into_success(
    cloudwatch: LogsService, wish: list[str]
) -> None:
    """How an invocation ended is not told from a part of its lines: no ✓ where the rest failed."""
    put_failed(cloudwatch)
    assert "✗ error" in run("tail", "shop")
    shown = run("tail", "shop", *wish)
    assert "REPORT" in shown
    assert "✓" not in shown


def test_filter_does_not_change_what_is_known_of_a_line(cloudwatch: LogsService) -> None:
    """A line has the same request ID whether or not its neighbours are shown as well."""
    put_failed(cloudwatch)
    whole = [json.loads(line) for line in run("tail", "shop", "-o", "ndjson").splitlines()]
    errors = run("tail", "shop", "-o", "ndjson", "-l", "error").splitlines()
    few = [json.loads(line) for line in errors]
    assert few == [document for document in whole if document["level"] == "ERROR"]


@pytest.mark.parametrize("follow", [[], ["-f"]], ids=["once", "follow"])
def test_interrupt_ends_the_search_for_groups(
    cloudwatch: LogsService, launch: Start, follow: list[str]
) -> None:
    """Ctrl-C ends the program soon, though the service does not answer about its groups."""
    cloudwatch.create_group(SHOP)
    cloudwatch.delay("DescribeLogGroups", 25)
    process = launch("tail", "sh*", *follow)
    assert wait_for(lambda: cloudwatch.accepted)
    time.sleep(1)
    assert process.interrupt() == 130
    assert "Traceback" not in "".join(process.stderr)


def test_interrupt_ends_the_wait_for_insights(cloudwatch: LogsService, launch: Start) -> None:
    """Ctrl-C ends the program soon, and stops the query, though its results do not come."""
    cloudwatch.put(SHOP, STREAM, [(cloudwatch.clock() - 60_000, "text")])
    cloudwatch.delay("GetQueryResults", 25)
    process = launch("tail", "shop", "--engine", "insights")
    assert wait_for(lambda: cloudwatch.calls("StartQuery"))
    time.sleep(1)
    assert process.interrupt() == 130
    assert cloudwatch.calls("StopQuery")


def test_a_clock_that_is_wrong_is_said(cloudwatch: LogsService, launch: Start) -> None:
    """`-n 0` begins by this machine's clock: where that is ahead, it is said why nothing comes."""
    cloudwatch.clock.advance(-60_000)
    cloudwatch.create_group(SHOP)
    process = launch("tail", "shop", "-f", "-n", "0")
    assert wait_for(lambda: process.stderr)
    assert "this machine's clock is 60 s ahead of the service's" in "".join(process.stderr)


def test_long_throttling_is_said_while_it_lasts(cloudwatch: LogsService, launch: Start) -> None:
    """Who sees nothing because the service throttles is told so before it is over."""
    cloudwatch.create_group(SHOP)
    process = launch("tail", "shop", "-f", "-n", "0")
    assert wait_for(lambda: len(cloudwatch.calls("FilterLogEvents", "ok")) > 2)
    cloudwatch.throttle("FilterLogEvents", probability=1.0)
    assert wait_for(lambda: process.stderr, 30)


def test_endpoint_of_the_environment_is_used_for_live_tail(
    cloudwatch: LogsService, launch: Start
) -> None:
    """AWS_ENDPOINT_URL leads live tail as --endpoint-url does; else that it fails is said."""
    cloudwatch.create_group(SHOP)
    process = launch("tail", "shop", "-f", "--live")
    assert wait_for(lambda: cloudwatch.world.live.started or process.stderr)


def test_end_that_is_past_leaves_no_gap(cloudwatch: LogsService) -> None:
    """Following up to an end before the beginning is refused, or finds nothing: it is no gap."""
    cloudwatch.create_group(SHOP)
    done = subprocess.run(
        [*PROGRAM, "tail", "shop", "-f", "-u", "2020-01-01"], capture_output=True, timeout=60
    )
    assert done.returncode in (1, 2), done.stderr
