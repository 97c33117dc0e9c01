"""Crashes of a generated system are told exactly: which, of what kind, and which are the same."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from truth_asking import (
    Answer,
    ask_for,
    ends_by_request,
    explain,
    mixed,
    partition,
    told_crashes,
    true_crashes,
)
from truth_fleet import Plan
from truth_model import System
from truth_packing import PACKINGS, pack, write
from truth_places import KINDS, NOW, Place, few, place, whole  # noqa: F401 - fixtures
from truth_scenes import Scene
from truth_system import small


def check(answer: Answer, system: System) -> None:
    """Prove that an answer has the crashes of a system, all of them, and in the true groups."""
    document = answer.document
    told, true = told_crashes(document), true_crashes(system)
    assert told == true, explain(told, true, system)
    assert answer.code == (0 if true else 1)
    check_groups(document, system)
    check_times(document, system)


def check_groups(document: dict, system: System) -> None:
    crashes, groups = document["crashes"], document["groups"]
    told = [((c["request_id"], c["log_stream"]), c["fingerprint"]) for c in crashes]
    true = [((run.request_id, run.stream), run.cause) for run in system.crashes]
    assert partition(told) == partition(true), mixed(told, true)
    for group in groups:
        own = [c for c in crashes if c["fingerprint"] == group["fingerprint"]]
        assert group["count"] == len(own)
        assert (group["last_seen"], group["first_seen"]) == (own[0]["time"], own[-1]["time"])
        assert {c["kind"] for c in own} == {group["kind"]}
        assert set(group["request_ids"]) == {c["request_id"] for c in own} - {None}
        assert set(group["functions"]) == {c["function"] for c in own}
    assert sum(group["count"] for group in groups) == len(crashes)
    assert [group["count"] for group in groups] == sorted(
        (group["count"] for group in groups), reverse=True
    )


def check_times(document: dict, system: System) -> None:
    ends = ends_by_request(system.crashes)
    times = [datetime.fromisoformat(crash["time"]).timestamp() for crash in document["crashes"]]
    assert times == sorted(times, reverse=True)
    for crash, time in zip(document["crashes"], times, strict=True):
        known = ends.get((crash["request_id"], crash["log_stream"]))
        assert known is None or round(time * 1000) in known


def test_every_crash_is_told_once_in_its_group(place: Place) -> None:  # noqa: F811
    """From every source the same: all crashes and nothing else, those of one cause together."""
    check(ask_for("crashes", place.system, place.options), place.system)


def test_order_and_repetition_change_nothing(few: System, tmp_path: Path) -> None:  # noqa: F811
    """Another order, other objects and other repeats give the same answer to the byte."""
    folders = [
        write(pack(few, seed, twice=twice), tmp_path / f"{seed}")
        for seed, twice in ((1, 0.1), (5, 0.9), (6, 0.0))
    ]
    answers = [ask_for("crashes", few, ["-S", folder]) for folder in folders]
    assert answers[1].content == answers[0].content
    assert answers[2].content == answers[0].content


@pytest.mark.parametrize("packing", PACKINGS)
def test_however_it_is_packed(few: System, packing: str, tmp_path: Path) -> None:  # noqa: F811
    """What bytes are searched for is found in every packing."""
    folder = write(pack(few, 3, packings=(packing,)), tmp_path)
    check(ask_for("crashes", few, ["-S", folder]), few)


@pytest.mark.parametrize(("plan", "scene"), KINDS)
def test_each_kind_by_itself(plan: Plan, scene: Scene, tmp_path: Path) -> None:
    """One thing that happens, among invocations that are well, is what it is."""
    system = small(plan, scene, NOW)
    folder = write(pack(system, 4, packings=("gzip members",)), tmp_path)
    check(ask_for("crashes", system, ["-S", folder]), system)
