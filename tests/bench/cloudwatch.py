"""Times a search over 20 log groups against its peers, 40 ms away.

    pip install awslogs awscli
    python tests/bench/cloudwatch.py

The service is the strict stand-in of the tests, in a process of its own, behind latency_proxy.py.
Each group holds a fifth of an hour's events that the service looks through in ten pages, so that
whoever searches them all needs 200 pages: `slsloggrep grep` in one go with its limiter lifted,
`awslogs get` and `aws logs filter-log-events` group by group, as those who use them have to. The
bound is calls.py, which starts up as the program does and then makes 200 calls and nothing else, 32
at once: calls x latency / concurrency, plus start-up. "Calls alone" does without the start-up.
Whole processes, started one after another in turn; medians of the rounds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

GROUPS = 20
PAGES = 10
EVENTS_A_PAGE = 250
NEEDLE = "ord-71866"
CONCURRENCY = 32
HOUR = 3_600_000


def serve(ready: multiprocessing.connection.Connection, begin: int) -> None:
    """Run the stand-in with its events until the process is ended."""
    from logs_service import LogsService

    with LogsService() as service:
        world = service.world
        world.scan_events = EVENTS_A_PAGE
        step = HOUR // (PAGES * EVENTS_A_PAGE)
        for group in range(GROUPS):
            name = f"/aws/lambda/bench-{group:02}"
            world.create_group(name)
            events = [
                (begin + number * step, f'{{"n": {number}, "order": "{order_of(number)}"}}')
                for number in range(PAGES * EVENTS_A_PAGE)
            ]
            for start in range(0, len(events), 1000):
                batch = events[start : start + 1000]
                world.put(name, "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef", batch)
        ready.send(service.url)
        ready.recv()


def order_of(number: int) -> str:
    """Return what an event names: one in two hundred the order that is searched for."""
    return NEEDLE if number % 200 == 7 else f"ord-{number:06}"


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def one_by_one(commands: list[list[str]], environment: dict[str, str]) -> list[str]:
    """Run commands one after another; return their lines that name the order."""
    found: list[str] = []
    for command in commands:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{command} ended with {done.returncode}: {done.stderr}")
        found += [line for line in done.stdout.splitlines() if NEEDLE in line]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ms", type=float, default=40.0)
    parser.add_argument("--alone", action="store_true", help="without the peers, which are slow")
    options = parser.parse_args()
    begin = time.time_ns() // 1_000_000 - 2 * HOUR
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there, begin), daemon=True)
    server.start()
    url = here.recv()
    port = free_port()
    ends = ["--listen", str(port), "--to", url.removeprefix("http://")]
    proxy = subprocess.Popen(
        [sys.executable, HERE / "latency_proxy.py", *ends, "--ms", str(options.ms)]
    )
    time.sleep(1)
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    # An installed program is compiled once, not each time.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    names = [f"/aws/lambda/bench-{group:02}" for group in range(GROUPS)]
    end = begin + HOUR
    ours = [sys.executable, "-m", "slsloggrep", "grep", NEEDLE, "-S", "cloudwatch:"]
    ours += ["-g", "/aws/lambda/bench-*", "-s", str(begin), "-u", str(end), "--rate", "1000"]
    commands: dict[str, list[list[str]]] = {"slsloggrep": [ours]}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    if not options.alone and (awslogs := shutil.which("awslogs", path=path)):
        window = ["-s", iso(begin), "-e", iso(end)]
        commands["awslogs"] = [
            [awslogs, "get", name, *window, "-f", f'"{NEEDLE}"', "--no-color"] for name in names
        ]
    if not options.alone and (aws := shutil.which("aws", path=path)):
        window = ["--start-time", str(begin), "--end-time", str(end)]
        wanted = ["--filter-pattern", f'"{NEEDLE}"', "--output", "text"]
        commands["aws logs"] = [
            [aws, "logs", "filter-log-events", "--log-group-name", name, *window, *wanted]
            for name in names
        ]
    calls = [sys.executable, str(HERE / "calls.py")]
    asked = [f"127.0.0.1:{port}", str(begin), str(end), f'"{NEEDLE}"', str(PAGES)]
    asked += [str(CONCURRENCY), *names]
    commands["calls alone"] = [[*calls, *asked]]
    commands["the bound"] = [[*calls, "--start", *asked]]
    try:
        measure(commands, environment, options.rounds)
    finally:
        proxy.terminate()
        server.terminate()


def measure(commands: dict[str, list[list[str]]], environment: dict[str, str], rounds: int) -> None:
    """Run all in turn, after one uncounted round, and print the medians and the ratios."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, series in commands.items():
            started = time.perf_counter()
            found = one_by_one(series, environment)
            if number:
                times[name].append(time.perf_counter() - started)
            wanted = GROUPS * sum(order_of(n) == NEEDLE for n in range(PAGES * EVENTS_A_PAGE))
            if len(found) != wanted and name not in ("calls alone", "the bound"):
                raise SystemExit(f"{name} found {len(found)} of {wanted} events")
    first = next(iter(times))
    for name, measured in times.items():
        ratios = [mine / other for mine, other in zip(times[first], measured, strict=True)]
        print(
            f"{name:12} {statistics.median(measured):7.2f} s   "
            f"{first} / {name}: {statistics.median(ratios):.3f}"
        )


def iso(time_ms: int) -> str:
    """Return a time as awslogs reads it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ms / 1000))


if __name__ == "__main__":
    main()
