"""Crashes of one fingerprint, together."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from stream_samples import T0, A, B, events, parse

from slsloggrep.analyse.groups import group
from slsloggrep.model import Crash, Frame, Status

(RECORD,) = parse(events([(0, "x")]))


def crash(time: int, fingerprint: str = "a" * 16, **more: object) -> Crash:
    made = Crash(
        time=T0 + time,
        function="pay",
        request_id=A,
        log_group="/aws/lambda/pay",
        log_stream="s",
        kind=Status.ERROR,
        error_type="KeyError",
        message="'x'",
        fingerprint=fingerprint,
        title="KeyError",
        records=(RECORD,),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_the_most_frequent_come_first_then_the_newest() -> None:
    """By count; of equal counts the one that was seen last; of those by fingerprint."""
    crashes = [
        crash(1), crash(9),
        crash(5, "b" * 16), crash(2, "b" * 16),
        crash(9, "c" * 16), crash(9, "d" * 16), crash(3, "e" * 16),
    ]  # fmt: skip
    groups = group(crashes)
    assert [g.fingerprint[0] for g in groups] == ["a", "b", "c", "d", "e"]
    assert [g.count for g in groups] == [2, 2, 1, 1, 1]
    assert (groups[0].first_seen, groups[0].last_seen) == (T0 + 1, T0 + 9)
    for shuffled in permutations(crashes[:5]):
        assert group([*shuffled, *crashes[5:]]) == groups


def test_a_group_has_functions_versions_and_requests() -> None:
    """Functions by how often, versions in order, requests the newest first, each once."""
    (found,) = group(
        [
            crash(1, function="ship", version="10", request_id=B),
            crash(2, function="pay", version="9"),
            crash(3, function="ask", version="$LATEST", request_id=None),
            crash(4, function="pay", version=None),
        ]
    )
    assert found.functions == ("pay", "ask", "ship")
    assert found.function == "pay"
    assert found.versions == ("9", "10", "$LATEST")
    assert found.request_ids == (A, B)
    assert found.times == tuple(T0 + n for n in (1, 2, 3, 4))


def test_the_sample_is_the_newest_of_those_that_tell_most() -> None:
    """Frames count more than a message, and both more than being newer."""
    framed = (Frame("f"),)
    (found,) = group([crash(1, frames=framed), crash(2, frames=framed), crash(3), crash(4)])
    assert found.sample.time == T0 + 2
    (found,) = group([crash(1), crash(2, message=None)])
    assert found.sample.time == T0 + 1
    (found,) = group([crash(1), crash(2)])
    assert found.sample.time == T0 + 2


def test_new_is_what_was_not_seen_before() -> None:
    """Where the time before was not looked at, nothing is called new, nor old."""
    crashes = [crash(1), crash(2, "b" * 16)]
    assert [g.is_new for g in group(crashes)] == [None, None]
    assert {g.fingerprint[0]: g.is_new for g in group(crashes, before={"a" * 16})} == {
        "a": False,
        "b": True,
    }
    assert [g.is_new for g in group(crashes, before=())] == [True, True]


def test_nothing_makes_no_group() -> None:
    """No crash, no group."""
    assert group([]) == ()
