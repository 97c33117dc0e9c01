"""What may go wrong between a client and a search server, as rules for a `search_proxy.Proxy`.

`refuse` (an answer instead of the server's), `slow`, `hang`, `drop`, `cut` (in the middle of a
body), `change` (of the answer's JSON), and of those `timed_out`, `shards_failed`, `lose_context`
(which ends the point in time or the scroll at the server, whose own answer then passes).

What differs from a real fault: it hits exactly the requests that the rule names. Bodies of errors
are those that servers and load balancers were seen to give.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from search_proxy import PATIENCE, Answer, Asked, Fault, Forward, Gone, error

__all__ = [
    "change",
    "cut",
    "drop",
    "hang",
    "lose_context",
    "refuse",
    "shards_failed",
    "slow",
    "timed_out",
]


def refuse(status: int, body: Any = None, **headers: str) -> Fault:
    """Answer with a status instead of the server: worded as servers do, or JSON, or bytes of HTML.

    Headers are given with `_` for `-`: `refuse(429, Retry_After="1")`.
    """
    reasons = {
        429: ("rejected_execution_exception", "rejected execution of search task: queue capacity"),
        503: ("no_shard_available_action_exception", "all shards failed"),
    }
    extra = [(name.replace("_", "-"), value) for name, value in headers.items()]

    def act(_asked: Asked, _forward: Forward) -> Answer:
        answer = error(status, *reasons.get(status, ("exception", "refused by a rule")))
        if isinstance(body, bytes):
            answer.body, answer.headers = body, [("Content-Type", "text/html")]
        elif body is not None:
            answer.body = json.dumps(body).encode()
        answer.headers += extra
        return answer

    return act


def slow(seconds: float) -> Fault:
    """Answer correctly, but late."""

    def act(asked: Asked, forward: Forward) -> Answer:
        time.sleep(seconds)
        return forward(asked)

    return act


def hang(released: threading.Event) -> Fault:
    """Answer nothing until the event is set, and then close the connection."""

    def act(_asked: Asked, _forward: Forward) -> Answer:
        released.wait(PATIENCE)
        raise Gone

    return act


def drop(*, reached: bool = False) -> Fault:
    """Close the connection without an answer; if `reached`, after the server did what was asked."""

    def act(asked: Asked, forward: Forward) -> Answer:
        if reached:
            forward(asked)
        raise Gone

    return act


def cut(share: float = 0.5) -> Fault:
    """Announce the whole body, send a share of it, and break the connection."""

    def act(asked: Asked, forward: Forward) -> Answer:
        answer = forward(asked)
        answer.send = int(len(answer.body) * share)
        return answer

    return act


def change(edit: Callable[[Any], Any], status: int | None = None) -> Fault:
    """Let the server answer, and edit its JSON: a function of it, which may return another."""

    def act(asked: Asked, forward: Forward) -> Answer:
        answer = forward(asked)
        content = answer.json()
        edited = edit(content)
        answer.body = json.dumps(content if edited is None else edited).encode()
        answer.status = status or answer.status
        return answer

    return act


def _only(content: Any, share: float) -> None:
    hits = content["hits"]["hits"]
    del hits[int(len(hits) * share) :]


def timed_out(keep: float = 0.5) -> Fault:
    """Say that the search timed out, and give a share of its hits: a success, by its status."""

    def edit(content: Any) -> None:
        content["timed_out"] = True
        _only(content, keep)

    return change(edit)


def shards_failed(
    keep: float = 0.5,
    kind: str = "circuit_breaking_exception",
    reason: str = "[parent] Data too large",
) -> Fault:
    """Say that a shard failed, and give a share of the hits: a success, by its status."""

    def edit(content: Any) -> None:
        shards = content["_shards"]
        shards["total"] = max(2, shards["total"])
        shards |= {
            "successful": shards["total"] - 1,
            "failed": 1,
            "failures": [
                {
                    "shard": 1,
                    "index": "one",
                    "node": "n",
                    "reason": {"type": kind, "reason": reason},
                }
            ],
        }
        _only(content, keep)

    return change(edit)


def lose_context() -> Fault:
    """End the point in time or the scroll that is asked for at the server, which then says so."""

    def act(asked: Asked, forward: Forward) -> Answer:
        content = asked.json() or {}
        if pit := content.get("pit", {}).get("id"):
            for path, body in (
                ("/_search/point_in_time", {"pit_id": [pit]}),
                ("/_pit", {"id": pit}),
            ):
                forward(_behind(asked, path, body))
        scroll = content.get("scroll_id") or asked.query.get("scroll_id")
        if scroll:
            forward(_behind(asked, "/_search/scroll", {"scroll_id": [scroll]}))
        return forward(asked)

    return act


def _behind(asked: Asked, path: str, body: Any) -> Asked:
    """Return what the same client would have sent to close something."""
    headers = {"content-type": "application/json"}
    if who := asked.headers.get("authorization"):
        headers["authorization"] = who
    return Asked("DELETE", path, {}, headers, json.dumps(body).encode(), 0.0, path)
