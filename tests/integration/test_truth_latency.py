"""Running times of a generated system are exact: counts, percentiles, memory, billed time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from truth_asking import Answer, ask, ask_for
from truth_figures import EXACT, differences, tabulate
from truth_fleet import Plan
from truth_model import Run, System
from truth_packing import PACKINGS, pack, write
from truth_places import KINDS, NOW, Place, few, place, whole  # noqa: F401 - fixtures
from truth_scenes import Scene
from truth_system import small


def check(answer: Answer, system: System) -> None:
    """Prove that an answer has a row for each function, and that each figure is true."""
    true = tabulate(system.runs, lambda run: run.function)
    rows = {row["function"]: row for row in answer.document["functions"]}
    assert len(rows) == len(answer.document["functions"])
    assert answer.code == (0 if rows else 1)
    compare(rows, true)


def compare(rows: dict[Any, dict[str, Any]], true: dict[Any, dict[str, Any]]) -> None:
    wrong = {
        name: found
        for name, figures in true.items()
        if name in rows and (found := differences(rows[name], figures))
    }
    assert not wrong
    # a row may be there for nothing but what has no end
    assert {name for name, row in rows.items() if row["invocations"]} == set(true)


def test_every_figure_is_exact(place: Place) -> None:  # noqa: F811
    """From every source the same, and equal to what the definitions give."""
    check(ask_for("latency", place.system, place.options), place.system)


def test_order_and_repetition_change_nothing(few: System, tmp_path: Path) -> None:  # noqa: F811
    """Another order, other objects and other repeats give the same answer to the byte."""
    folders = [
        write(pack(few, seed, twice=twice), tmp_path / f"{seed}")
        for seed, twice in ((1, 0.1), (5, 0.9), (6, 0.0))
    ]
    answers = [ask_for("latency", few, ["-S", folder]) for folder in folders]
    assert answers[1].content == answers[0].content
    assert answers[2].content == answers[0].content


def _moment(run: Run, spelling: str) -> str | None:
    return None if run.end is None else f"{datetime.fromtimestamp(run.end // 1000, UTC):{spelling}}"


DIMENSIONS: dict[str, Callable[[Run], str | None]] = {
    "version": lambda run: run.version,
    "cold": lambda run: "yes" if run.cold else "no",
    "memory": lambda run: "unknown" if run.memory_mb is None else str(run.memory_mb),
    "environment": lambda run: run.stream,
    "status": lambda run: run.status,
    "hour": lambda run: _moment(run, "%Y-%m-%dT%H:00Z"),
    "minute": lambda run: _moment(run, "%Y-%m-%dT%H:%MZ"),
}


@pytest.mark.parametrize("by", DIMENSIONS)
def test_rows_by_whatever_else(few: System, by: str, tmp_path: Path) -> None:  # noqa: F811
    """The rows of a function are those of its values; each figure is exact in each of them."""
    value = DIMENSIONS[by]
    # where no end was written, its hour is not known for certain
    timed = by in ("hour", "minute")
    open_ended = {run.function for run in few.counted if timed and run.end is None}
    folder = write(pack(few, 3), tmp_path)
    document = ask_for("latency", few, ["-S", folder], "--by", by).document
    rows = {
        (row["function"], row["by"][by]): row
        for row in document["functions"]
        if row["function"] not in open_ended
    }
    runs = [run for run in few.runs if run.function not in open_ended]
    compare(rows, tabulate(runs, lambda run: (run.function, value(run))))
    assert rows


def test_a_window_holds_what_ended_in_it(few: System, tmp_path: Path) -> None:  # noqa: F811
    """An invocation counts where its REPORT is: from the beginning, up to the end without it."""
    begin, end = NOW - 100 * 60_000, NOW - 45 * 60_000
    folder = write(pack(few, 3), tmp_path)
    window = ["-s", str(begin), "-u", str(end)]
    answer = ask("latency", "-o", "json", "-S", folder, *window, now=NOW)
    open_ended = {run.function for run in few.counted if run.end is None}
    ended = [
        run
        for run in few.runs
        if run.function not in open_ended and run.end is not None and begin <= run.end < end
    ]
    rows = {
        row["function"]: row
        for row in answer.document["functions"]
        if row["function"] not in open_ended
    }
    compare(rows, tabulate(ended, lambda run: run.function))
    assert len(rows) >= 12


def test_the_slowest_are_the_slowest(few: System, tmp_path: Path) -> None:  # noqa: F811
    """They come with the IDs that lead to them, and how they ended."""
    folder = write(pack(few, 3), tmp_path)
    document = ask_for("latency", few, ["-S", folder], "--slowest", "60").document
    true = sorted((run.duration_ms for run in few.counted if run.duration_ms), reverse=True)
    told = document["slowest"]
    assert [Fraction(str(slow["duration_ms"])) for slow in told] == true[:60]
    known = {(run.request_id, run.stream, run.end): run for run in few.counted}
    for slow in told:
        end = round(datetime.fromisoformat(slow["end"]).timestamp() * 1000)
        run = known[slow["request_id"], slow["log_stream"], end]
        assert Fraction(str(slow["duration_ms"])) == run.duration_ms
        assert (slow["function"], slow["status"]) == (run.function, run.status)


def test_two_sources_with_the_same_events_count_them_once(few: System, tmp_path: Path) -> None:  # noqa: F811
    """What lies in two archives is one event, by its ID."""
    one, two = (["-S", write(pack(few, n), tmp_path / f"{n}")] for n in (7, 8))
    check(ask_for("latency", few, [*one, *two]), few)


def test_approximate_figures_are_within_their_error(few: System, tmp_path: Path) -> None:  # noqa: F811
    """Counts and sums stay exact; a percentile is off by no more than the answer says."""
    source = ["-S", write(pack(few, 12), tmp_path)]
    document = ask_for("latency", few, source, "--approximate").document
    error = Fraction(document["percentiles"]["relative_error"])
    true = tabulate(few.runs, lambda run: run.function)
    for row in document["functions"]:
        figures = true[row["function"]]
        for name, (said, _) in differences(row, figures).items():
            assert name in ("p50_ms", "p90_ms", "p95_ms", "p99_ms", "init_p50_ms"), name
            assert abs(Fraction(said) - figures[name]) <= error * figures[name]


def test_a_price_of_ones_own(few: System, tmp_path: Path) -> None:  # noqa: F811
    """Cost is GB-seconds and requests, each times its price."""
    source = ["-S", write(pack(few, 13), tmp_path)]
    document = ask_for("latency", few, source, "--price", "0.5,0.25").document
    for row in document["functions"]:
        if row["gb_seconds"] is not None:
            cost = Fraction(row["gb_seconds"]) / 2 + Fraction(row["invocations"], 4)
            assert abs(Fraction(row["cost_usd"]) - cost) <= EXACT * cost


@pytest.mark.parametrize("packing", PACKINGS)
def test_however_it_is_packed(few: System, packing: str, tmp_path: Path) -> None:  # noqa: F811
    """Figures are read out of bytes in every packing."""
    folder = write(pack(few, 3, packings=(packing,)), tmp_path)
    check(ask_for("latency", few, ["-S", folder]), few)


@pytest.mark.parametrize(("plan", "scene"), KINDS)
def test_each_kind_by_itself(plan: Plan, scene: Scene, tmp_path: Path) -> None:
    """One thing that happens, among invocations that are well, counts as what it is."""
    system = small(plan, scene, NOW)
    folder = write(pack(system, 4, packings=("gzip members",)), tmp_path)
    check(ask_for("latency", system, ["-S", folder]), system)
