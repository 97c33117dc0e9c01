"""Asking for the next page ahead: what is told from an answer's ends, and what a guess may cost."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from slsloggrep.sources.opensearch.ahead import Chain, last_sort, pit_of, scroll_of

QUIET = 10.0
"""Seconds within which anything must have happened."""


def answer(*hits: str) -> str:
    return f'{{"pit_id":"abc","took":1,"hits":{{"hits":[{",".join(hits)}]}}}}'


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        (answer('{"_source":{},"sort":[7]}', '{"_source":{},"sort":[8,-1]}'), [8, -1]),
        (answer('{"_source":{},"sort":[null,1.5e3]}') + "\n", [None, 1500.0]),
        (answer(), None),
        (answer('{"_source":{},"sort":["a"]}'), None),
        (answer('{"sort":[1],"_source":{"sort":[7]}}'), None),
        (answer(json.dumps({"_source": {"m": '"sort":[7]}]}}'}})), None),
        (answer('{"_source":{},"sort":[8]}')[:-1], None),
        (answer('{"_source":{},"sort":[8]}') + "}", None),
        (answer('{"_source":{},"sort":[8,,]}'), None),
        ("", None),
    ],
)
def test_the_last_hits_values_are_told_by_the_end(text: str, sort: list[Any] | None) -> None:
    """Only a hit's own values count, of a whole answer: never a document's text or field."""
    assert last_sort(text) == sort


def test_contexts_are_told_by_the_beginning() -> None:
    """What stands anywhere else, in a message say, is no context's ID."""
    assert pit_of(answer()) == "abc"
    assert scroll_of('{"_scroll_id":"s==","took":1}') == "s=="
    assert pit_of('{"took":1,"pit_id":"abc"}') == scroll_of(answer()) == ""


class Server:
    """Answers a number with the number, and notes what it was asked."""

    def __init__(self, last: int, failing: int = -1) -> None:
        self.last = last
        self.failing = failing
        self.asked: list[int] = []
        self.sent = threading.Semaphore(0)

    def ask(self, body: dict[str, Any], *, divisible: bool) -> str:
        assert divisible
        self.asked.append(body["n"])
        self.sent.release()
        if body["n"] == self.failing:
            self.failing = -1
            raise ValueError(body["n"])
        return str(body["n"])

    def follow(self, body: dict[str, Any], text: str) -> dict[str, Any] | None:
        assert text == str(body["n"])
        return {"n": body["n"] + 1} if body["n"] < self.last else None

    def wait(self, count: int) -> None:
        for _ in range(count):
            assert self.sent.acquire(timeout=QUIET)

    def chain(self) -> Chain:
        return Chain(self.ask, self.follow, lambda: False)


def test_right_guesses_cost_nothing() -> None:
    """Each is asked for once, in order, and nothing behind the last."""
    server = Server(20)
    chain = server.chain()
    assert [chain.send({"n": n}, divisible=True) for n in range(21)] == [*map(str, range(21))]
    assert server.asked == [*range(21)]
    chain.close()


def test_it_runs_ahead_and_not_far() -> None:
    """Two answers are held, however slowly they are taken: the memory that they take is bounded."""
    server = Server(100)
    chain = server.chain()
    chain.send({"n": 0}, divisible=True)
    server.wait(3)
    assert not server.sent.acquire(timeout=0.3)
    assert server.asked == [0, 1, 2]
    chain.close()
    assert not server.sent.acquire(timeout=0.5), "nobody waits any more"


def test_a_wrong_guess_is_never_taken_and_is_the_last() -> None:
    """What is asked for is what is answered; after one guess in vain there are no more."""
    server = Server(100)
    chain = server.chain()
    chain.send({"n": 0}, divisible=True)
    assert chain.send({"n": 7}, divisible=True) == "7"
    assert chain.send({"n": 8}, divisible=True) == "8"
    while server.sent.acquire(timeout=0.3):
        pass  # what was on its way
    assert [n for n in server.asked if n > 4] == [7, 8]
    chain.close()


def test_an_error_comes_where_its_answer_would_have() -> None:
    """What goes wrong ahead goes wrong for whoever asks for it, who may ask once more."""
    server = Server(5, failing=2)
    chain = server.chain()
    assert [chain.send({"n": n}, divisible=True) for n in (0, 1)] == ["0", "1"]
    with pytest.raises(ValueError, match="2"):
        chain.send({"n": 2}, divisible=True)
    assert [chain.send({"n": n}, divisible=True) for n in (2, 3, 4, 5)] == ["2", "3", "4", "5"]
    assert server.asked == [0, 1, 2, 2, 3, 4, 5]
    chain.close()


def test_nobody_waits_for_what_was_given_up() -> None:
    """Where the user has cancelled, nothing more is asked for ahead."""
    server = Server(100)
    given_up = threading.Event()
    chain = Chain(server.ask, server.follow, given_up.is_set)
    chain.send({"n": 0}, divisible=True)
    server.wait(3)
    given_up.set()
    chain.send({"n": 1}, divisible=True)
    assert not server.sent.acquire(timeout=0.5)
    chain.close()


def test_nobody_waits_for_a_guess_that_could_not_be_made() -> None:
    """What cannot be told from an answer that nobody has looked at costs speed, and no answer."""
    server = Server(5)

    def follow(_body: dict[str, Any], text: str) -> dict[str, Any] | None:
        if text == "1":
            raise KeyError(text)
        return {"n": int(text) + 1}

    chain = Chain(server.ask, follow, lambda: False)
    assert [chain.send({"n": n}, divisible=True) for n in range(4)] == ["0", "1", "2", "3"]
    chain.close()
