import io
import json
import math
from dataclasses import replace

import pytest
from figured_samples import CHANGES, ROWS, SLOWEST, latency, request_id
from hostile_samples import HOSTILE, harmful
from shown_samples import COVERAGE, GAPPED, T0

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.json import write_json
from slsloggrep.export.latency import changes_document, latency_document, latency_lines
from slsloggrep.model import BIN_EDGES_MS, Change

PROMISED = [
    "invocations",
    "errors",
    "timeouts",
    "cold_starts",
    "mean_ms",
    "p50_ms",
    "p90_ms",
    "p95_ms",
    "p99_ms",
    "max_ms",
    "init_p50_ms",
    "init_max_ms",
    "memory_mb",
    "max_memory_mb",
    "billed_ms",
    "gb_seconds",
    "cost_usd",
]
PRICES = {"region": "eu-central-1", "gb_second_usd": 0.0000166667}


def test_rows_have_every_promised_field_in_order_and_some_more() -> None:
    """The fields of the output contract, then those that this version adds."""
    document = latency_document(ROWS, SLOWEST, COVERAGE)
    assert document["schema"] == "slsloggrep.latency/1"
    assert document["coverage"] == coverage_document(COVERAGE)
    for row in document["functions"]:
        assert list(row) == [
            *("function", "by", *PROMISED, "timeout_s", "bins"),
            *("incomplete", "relative_error", "notes"),
        ]


def test_a_row_holds_its_figures_as_numbers() -> None:
    """Durations in ms, memory in MB, as they are: nothing is rounded."""
    (row,) = latency_document(ROWS[:1], (), COVERAGE)["functions"]
    assert row["function"] == "charge-card"
    for name in PROMISED:
        assert row[name] == getattr(ROWS[0], name)
    assert row["timeout_s"] == 3.0
    assert sum(row["bins"]) == sum(ROWS[0].bins)
    assert row["by"] == {}


def test_what_rows_are_told_apart_by_is_an_object() -> None:
    """Names and values, in the order in which they were asked for."""
    by = (("version", "7"), ("cold", "yes"))
    (row,) = latency_document([replace(ROWS[0], by=by)], (), COVERAGE)["functions"]
    assert list(row["by"].items()) == list(by)


def test_bins_come_with_their_edges() -> None:
    """One more bin than there are edges: the first and the last are open."""
    document = latency_document(ROWS, (), COVERAGE)
    assert document["bin_edges_ms"] == list(BIN_EDGES_MS)
    assert len(document["functions"][0]["bins"]) == len(BIN_EDGES_MS) + 1


def test_absent_and_impossible_figures_are_null_and_never_missing() -> None:
    """JSON has no NaN, and a missing name is no answer."""
    row = latency("", 0, None, memory_mb=math.nan, gb_seconds=math.inf, cost_usd=None, bins=())
    (shown,) = latency_document([row], (), COVERAGE)["functions"]
    for name in ("function", "p50_ms", "memory_mb", "gb_seconds", "cost_usd", "timeout_s", "bins"):
        assert shown[name] is None
    assert shown["invocations"] == 0


def test_the_slowest_are_ready_to_be_traced() -> None:
    """Each with its request ID, its place and its time in RFC 3339."""
    slow = latency_document((), SLOWEST, COVERAGE)["slowest"][1]
    assert slow == {
        "function": "charge-card",
        "request_id": request_id(1),
        "log_group": "/aws/lambda/charge-card",
        "log_stream": "2026/11/23/[$LATEST]aa11",
        "end": "2026-11-23T17:00:01.123Z",
        "duration_ms": 3000.0,
        "init_ms": None,
        "memory_mb": 128.0,
        "max_memory_mb": 91.0,
        "status": "timeout",
    }
    assert latency_document((), (), COVERAGE)["slowest"] == []


def test_a_document_says_what_its_figures_rest_on() -> None:
    """The window, whether percentiles are exact, whose prices; null where nothing tells."""
    document = latency_document(
        (), (), COVERAGE, window=(T0, None), relative_error=0.01, prices=PRICES, total=ROWS[0]
    )
    assert document["since"] == "2026-11-23T17:00:00.123Z"
    assert document["until"] is None
    assert document["percentiles"] == {"exact": False, "relative_error": 0.01}
    assert document["prices"] == PRICES
    assert document["total"]["invocations"] == ROWS[0].invocations
    bare = latency_document((), (), COVERAGE)
    assert list(bare) == list(document)
    assert bare["percentiles"] == {"exact": True, "relative_error": None}
    assert bare["since"] is bare["prices"] is bare["total"] is None


def test_lines_are_told_apart_by_their_only_key() -> None:
    """First what is the same for all, last the coverage: without it the output is cut off."""
    lines = list(latency_lines(ROWS, SLOWEST, GAPPED, window=(T0, None), prices=PRICES))
    document = latency_document(ROWS, SLOWEST, GAPPED, window=(T0, None), prices=PRICES)
    kinds = [*["function"] * len(ROWS), *["slow"] * len(SLOWEST), "coverage"]
    assert [list(line) for line in lines[1:]] == [[kind] for kind in kinds]
    assert [line["function"] for line in lines if "function" in line] == document["functions"]
    assert [line["slow"] for line in lines if "slow" in line] == document["slowest"]
    assert lines[-1]["coverage"] == document["coverage"]
    rest = {n: v for n, v in document.items() if n not in ("functions", "slowest", "coverage")}
    assert lines[0] == rest


def test_changes_hold_both_rows_and_the_verdict() -> None:
    """A side that is not there is null; so is a probability that nothing tells."""
    document = changes_document(
        CHANGES, COVERAGE, "Mann-Whitney U", before=(T0 - 1000, T0), after=(T0, None)
    )
    assert document["schema"] == "slsloggrep.changes/1"
    assert document["test"] == "Mann-Whitney U"
    assert document["before"] == {
        "since": "2026-11-23T16:59:59.123Z",
        "until": "2026-11-23T17:00:00.123Z",
    }
    assert document["after"]["until"] is None
    first, *_, new, _ = document["changes"]
    assert first["function"] == "charge-card"
    assert first["before"]["p50_ms"] == 245.0
    assert first["after"]["p50_ms"] == pytest.approx(343.0)
    assert first["p_value"] == 0.00001
    assert first["larger_than_chance"] is True
    assert new["function"] == "nightly-report"
    assert new["before"] is new["p_value"] is new["larger_than_chance"] is None
    names = [
        *("function", "by", "before", "after", "p_value", "larger_than_chance"),
        *("errors_p_value", "errors_larger_than_chance"),
    ]
    assert all(list(change) == names for change in document["changes"])
    nothing = Change(before=None, after=None, p_value=math.nan, larger_than_chance=None)
    (empty,) = changes_document([nothing], COVERAGE, "")["changes"]
    assert empty == dict.fromkeys(names) | {"by": {}}


@pytest.mark.parametrize("text", HOSTILE)
def test_documents_of_names_are_harmless_and_true(text: str) -> None:
    """Printed raw they obey nothing; read again they hold the text as it was."""
    row = replace(ROWS[0], function=text, by=((text, text),), notes=(text,))
    slow = replace(SLOWEST[0], function=text, request_id=text)
    stream = io.StringIO()
    write_json(latency_document([row], [slow], COVERAGE), stream)
    assert harmful(stream.getvalue()) == set()
    read = json.loads(stream.getvalue())
    expected = text.encode("utf-8", "backslashreplace").decode()
    assert read["functions"][0]["function"] == read["slowest"][0]["request_id"] == expected
    assert read["functions"][0]["by"] == {expected: expected}
