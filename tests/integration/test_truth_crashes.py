"""Crashes of a generated system are told exactly: which, of what kind, and which are the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from logs_service import LogsService
from truth_asking import (
    WINDOW,
    Answer,
    ask,
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
from truth_packing import PACKINGS, pack, put_into_service, write
from truth_places import CLOUDWATCH, KINDS, NOW, Place, few, place, whole  # noqa: F401 - fixtures
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


def test_two_sources_with_the_same_events_count_them_once(few: System, tmp_path: Path) -> None:  # noqa: F811
    """What lies in two archives is one event, by its ID."""
    one, two = (["-S", write(pack(few, n), tmp_path / f"{n}")] for n in (7, 8))
    check(ask_for("crashes", few, [*one, *two]), few)


def test_a_window_holds_what_ended_in_it(few: System, tmp_path: Path) -> None:  # noqa: F811
    """A crash is in the window in which it ended, whole though it began before."""
    begin, end = NOW - 100 * 60_000, NOW - 45 * 60_000
    source = ["-S", write(pack(few, 9), tmp_path)]
    answer = ask("crashes", "-o", "json", *source, "-s", f"{begin}", "-u", f"{end}", now=NOW)
    # when a run ended of which no REPORT tells it is a matter of opinion
    vague = {(run.request_id, run.stream) for run in few.crashes if run.end is None}
    part = replace(
        few,
        runs=tuple(run for run in few.crashes if run.end is not None and begin <= run.end < end),
    )
    told = Counter(
        {
            crash: number
            for crash, number in told_crashes(answer.document).items()
            if (crash[1], crash[2]) not in vague
        }
    )
    assert told == true_crashes(part), explain(told, true_crashes(part), few)
    assert len(told) > 25


def test_functions_are_chosen_by_name_and_glob(few: System, tmp_path: Path) -> None:  # noqa: F811
    """A function that logs to a group of many is chosen like any other, and alone."""
    names = ["shop-search", "shop-p*", "shop-worker"]
    chosen = ("shop-search", "shop-payment", "shop-push", "shop-worker")
    runs = tuple(run for run in few.runs if run.function in chosen)
    source = ["-S", write(pack(few, 10), tmp_path)]
    check(ask_for("crashes", few, source, *names), replace(few, runs=runs))


def test_new_is_what_was_not_there_before(few: System, tmp_path: Path) -> None:  # noqa: F811
    """A group is new if no crash of its cause ended in the time before the window."""
    begin = NOW - 40 * 60_000
    vague = {run.cause for run in few.crashes if run.end is None}
    old = {run.cause for run in few.crashes if run.end is not None and run.end < begin}
    causes = {run.request_id: run.cause for run in few.crashes}
    source = ["-S", write(pack(few, 11), tmp_path)]
    window = ["-s", f"{begin}", "--baseline", "6h"]
    document = ask("crashes", "-o", "json", *source, *window, now=NOW).document
    told = {
        causes[group["request_ids"][0]]: group["is_new"]
        for group in document["groups"]
        if group["request_ids"] and causes[group["request_ids"][0]] not in vague
    }
    assert told == {cause: cause not in old for cause in told}
    assert len(told) > 5


def test_the_newest_few_are_the_first_of_all(few: System, cloudwatch: LogsService) -> None:  # noqa: F811
    """Reading backwards, and no further than needed, finds what reading everything finds."""
    put_into_service(few, cloudwatch)

    def newest(*limit: str) -> list[dict[str, Any]]:
        answer = ask("crashes", *WINDOW, "-o", "json", *CLOUDWATCH, *limit, now=NOW)
        # a title speaks of all that are known of its group
        return [crash | {"title": None} for crash in answer.document["crashes"]]

    everything = newest()
    for limit in (1, 7, 40):
        assert newest("-n", f"{limit}") == everything[:limit]


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
