"""Makes the calls of cloudwatch.py and nothing else: what calls, latency and concurrency allow.

Knows beforehand which 200 calls there are to make, neither signs nor parses them, and keeps 32 of
them under way on kept-alive connections. With `--start` before its arguments it starts up as the
program does: imports what that imports, and makes a client. Prints how many answers came.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from queue import Empty, SimpleQueue

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/logs/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + 64 * "0"
)
HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "Logs_20140328.FilterLogEvents",
    "X-Amz-Date": "20261123T120000Z",
    "Authorization": AUTHORIZATION,
}


def call_all(host: str, bodies: SimpleQueue[str], answers: SimpleQueue[int]) -> None:
    """Make calls until none is left."""
    connection = http.client.HTTPConnection(host)
    while True:
        try:
            body = bodies.get_nowait()
        except Empty:
            return
        connection.request("POST", "/", body, HEADERS)
        response = connection.getresponse()
        response.read()
        answers.put(response.status)


def start_up() -> None:
    """Do what the program does before its first call."""
    from slsloggrep.cli import grep, reply
    from slsloggrep.investigate import search
    from slsloggrep.sources.base import Settings
    from slsloggrep.sources.cloudwatch import source

    del grep, reply, search
    opened = source.open_cloudwatch("cloudwatch:", Settings(now=0))
    opened._places.all[0]._client("logs")


def main() -> None:
    if sys.argv[1] == "--start":
        del sys.argv[1]
        start_up()
    host, begin, end, pattern, pages, concurrency, *groups = sys.argv[1:]
    first, last, count = int(begin), int(end), int(pages)
    bodies: SimpleQueue[str] = SimpleQueue()
    for page in range(count):
        since = first + (last - first) * page // count
        until = first + (last - first) * (page + 1) // count
        for group in groups:
            asked = {"logGroupName": group, "startTime": since, "endTime": until - 1}
            bodies.put(json.dumps({**asked, "filterPattern": pattern}))
    answers: SimpleQueue[int] = SimpleQueue()
    threads = [
        threading.Thread(target=call_all, args=(host, bodies, answers))
        for _ in range(int(concurrency))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [answers.get() for _ in range(answers.qsize())]
    if set(statuses) != {200}:
        raise SystemExit(f"answers other than 200: {set(statuses)}")
    print(f"{len(statuses)} answers")


if __name__ == "__main__":
    main()
