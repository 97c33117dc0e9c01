"""Measures how long an event takes from PutLogEvents to the reader of `slsloggrep tail -f`.

    python tests/bench/tail.py

The service is moto's server in this process, asked over a socket, as the program asks it; the
program runs with its defaults in a process of its own, and writes to a pipe. An event is put every
now and then, at no fixed distance from the polls. Then a million events are put into the tests'
stand-in, and searched and printed: the peak of resident memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

GROUP = "/aws/lambda/bench"
STREAM = "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"
PROGRAM = [sys.executable, "-m", "slsloggrep"]
MILLION = 1_000_000


def environment_of(url: str) -> dict[str, str]:
    """Return an environment in which the program asks a server here."""
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def measure_latency(events: int) -> None:
    """Print the times from put to print."""
    import botocore.session
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = environment_of(f"http://127.0.0.1:{server.server_port}")
    client: Any = botocore.session.Session().create_client(
        "logs",
        region_name="us-east-1",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
    command = [*PROGRAM, "tail", "-S", "cloudwatch:", "-g", GROUP, "-f", "-o", "ndjson"]
    program = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    put_at: dict[str, float] = {}
    taken: list[float] = []

    def put() -> None:
        time.sleep(4)
        for number in range(events):
            put_at[str(number)] = time.perf_counter()
            event = {"timestamp": time.time_ns() // 1_000_000, "message": str(number)}
            client.put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=[event])
            time.sleep(random.uniform(0.2, 1.5))

    threading.Thread(target=put, daemon=True).start()
    for line in program.stdout:
        taken.append(time.perf_counter() - put_at[json.loads(line)["message"]])
        if len(taken) == events:
            break
    program.terminate()
    server.shutdown()
    print(
        f"from put to print, {events} events: median {statistics.median(taken):.2f} s, "
        f"longest {max(taken):.2f} s"
    )


def serve_a_million(ready: Any, begin: int) -> None:
    """Run the stand-in with a million events in ten groups until the process is ended."""
    from logs_service import LogsService

    with LogsService() as service:
        for group in range(10):
            name = f"/aws/lambda/bench-{group}"
            service.create_group(name)
            for start in range(0, MILLION // 10, 10_000):
                batch = [
                    (begin + n * 36, f"RequestId: {n:08x} INFO order {n} was stored in 12 ms\n")
                    for n in range(start, start + 10_000)
                ]
                service.put(name, STREAM, batch)
        ready.send(service.url)
        ready.recv()


def measure_memory() -> None:
    """Print the peak of memory of commands that read a million events."""
    begin = time.time_ns() // 1_000_000 - 2 * 3_600_000
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve_a_million, args=(there, begin), daemon=True)
    server.start()
    environment = environment_of(here.recv())
    asked = ["-S", "cloudwatch:", "-g", "*", "--rate", "1000", "-s", str(begin)]
    for command in (
        ["grep", "-i", "NOTHING LIKE THIS", *asked],
        ["tail", *asked, "-o", "ndjson"],
    ):
        started = time.perf_counter()
        program = subprocess.Popen(
            [*PROGRAM, *command],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, _, usage = os.wait4(program.pid, 0)
        elapsed = time.perf_counter() - started
        print(
            f"{command[0]} over a million events: {usage.ru_maxrss / 1024:.0f} MB, {elapsed:.1f} s"
        )
    server.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=40)
    options = parser.parse_args()
    measure_latency(options.events)
    measure_memory()


if __name__ == "__main__":
    main()
