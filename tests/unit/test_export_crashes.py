import io
import json
from dataclasses import replace

import pytest
from figured_samples import CRASHES, EARLIER, GROUPS, KEY_ERROR, REPORT, crash, group, request_id
from hostile_samples import HOSTILE, harmful
from shown_samples import COVERAGE, GAPPED

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.crashes import (
    crash_line,
    crash_lines,
    crash_report_document,
    crashes_document,
    no_crash_document,
)
from slsloggrep.export.json import write_json, write_ndjson
from slsloggrep.model import Frame, Status

CRASH_FIELDS = [
    "time",
    "function",
    "request_id",
    "log_group",
    "log_stream",
    "kind",
    "error_type",
    "message",
    "fingerprint",
]
GROUP_FIELDS = [
    "fingerprint",
    "function",
    "kind",
    "error_type",
    "title",
    "count",
    "first_seen",
    "last_seen",
    "request_ids",
]


def test_crashes_have_every_promised_field_in_order_and_some_more() -> None:
    """The fields of the output contract, then those that this version adds."""
    document = crashes_document(CRASHES, GROUPS, COVERAGE)
    assert document["schema"] == "slsloggrep.crashes/1"
    assert document["coverage"] == coverage_document(COVERAGE)
    for listed in document["crashes"]:
        assert list(listed) == [*CRASH_FIELDS, "version", "logged", "title"]
    for grouped in document["groups"]:
        assert list(grouped) == [*GROUP_FIELDS, "functions", "versions", "is_new"]


def test_a_crash_says_what_when_and_where() -> None:
    """Times are RFC 3339 in UTC with milliseconds, kinds the words of the contract."""
    assert crashes_document([KEY_ERROR], [], COVERAGE)["crashes"] == [
        {
            "time": "2026-11-23T17:01:40.123Z",
            "function": "checkout-api-prod-eu-central-1-handler",
            "request_id": request_id(2),
            "log_group": "/aws/lambda/checkout-api-prod-eu-central-1-handler",
            "log_stream": "2026/11/23/[$LATEST]aa11",
            "kind": "error",
            "error_type": "KeyError",
            "message": "'items'",
            "fingerprint": "2222222200000000",
            "version": "7",
            "logged": False,
            "title": "KeyError: … in total_of (totals.py)",
        }
    ]


def test_a_group_says_how_often_and_since_when() -> None:
    """Its function is the most frequent of its functions."""
    assert crashes_document([], GROUPS[:1], COVERAGE)["groups"] == [
        {
            "fingerprint": "1111111100000000",
            "function": "charge-card",
            "kind": "timeout",
            "error_type": None,
            "title": "timed out after 3 s",
            "count": 31,
            "first_seen": "2026-11-23T16:40:00.123Z",
            "last_seen": "2026-11-23T17:09:00.123Z",
            "request_ids": [request_id(1)],
            "functions": ["charge-card", "charge-card-canary"],
            "versions": ["6", "7"],
            "is_new": False,
        }
    ]


def test_absent_values_are_null_and_never_missing() -> None:
    """Neither function, request, error, stream nor version; nor whether a group is new."""
    bare = crash(6, "", Status.EXIT, None, None, 0, request_id=None, log_group="", log_stream="")
    document = crashes_document([bare], [group(bare, request_ids=())], COVERAGE)
    for name in ("function", "request_id", "log_group", "log_stream", "error_type", "message"):
        assert document["crashes"][0][name] is None
    assert document["crashes"][0]["version"] is None
    assert document["groups"][0]["function"] is None
    assert document["groups"][0]["request_ids"] == []
    assert document["groups"][0]["is_new"] is None


def test_the_order_is_the_one_given() -> None:
    """Newest first and most frequent first are decided where crashes are found."""
    document = crashes_document(CRASHES, GROUPS, COVERAGE)
    assert [c["fingerprint"] for c in document["crashes"]] == [c.fingerprint for c in CRASHES]
    assert [g["fingerprint"] for g in document["groups"]] == [g.fingerprint for g in GROUPS]


def test_lines_are_told_apart_by_their_only_key() -> None:
    """The schema first, coverage last: without it the output is cut off."""
    lines = list(crash_lines(CRASHES, GROUPS, GAPPED))
    kinds = ["schema", *["crash"] * len(CRASHES), *["group"] * len(GROUPS), "coverage"]
    assert [list(line) for line in lines] == [[kind] for kind in kinds]
    document = crashes_document(CRASHES, GROUPS, GAPPED)
    assert [line["crash"] for line in lines if "crash" in line] == document["crashes"]
    assert [line["group"] for line in lines if "group" in line] == document["groups"]
    assert lines[-1]["coverage"] == document["coverage"]
    assert lines[1] == crash_line(CRASHES[0])


def test_nothing_found_is_a_document_too() -> None:
    """With its coverage, so that it can be trusted."""
    document = crashes_document([], [], COVERAGE)
    assert document["crashes"] == document["groups"] == []
    assert document["coverage"]["complete"] is True
    assert [list(line) for line in crash_lines([], [], COVERAGE)] == [["schema"], ["coverage"]]


def test_a_report_holds_all_that_the_page_shows() -> None:
    """Frames with whose they are, events, what was before, beside and after."""
    document = crash_report_document(REPORT, COVERAGE)
    assert document["schema"] == "slsloggrep.crash/1"
    assert list(document["crash"])[: len(CRASH_FIELDS)] == CRASH_FIELDS
    assert [frame["own"] for frame in document["crash"]["frames"]] == [True, False, False, True]
    assert document["crash"]["frames"][3] == {
        "text": 'File "/var/task/totals.py", line 88, in total_of\nreturn sum(order["items"])',
        "function": "total_of",
        "file": "/var/task/totals.py",
        "line": 88,
        "own": True,
    }
    assert len(document["crash"]["events"]) == 1
    assert document["alike"] == 29
    assert document["what_happened"] == list(REPORT.what_happened)
    assert document["advice"] == list(REPORT.advice)
    assert len(document["invocation"]["events"]) == 4
    assert document["invocation"]["max_memory_mb"] == 128.0
    environment = document["environment"]
    assert environment["start"] == "2026-11-23T16:49:59.123Z"
    assert [i["request_id"] for i in environment["earlier"]] == [i.request_id for i in EARLIER]
    assert environment["earlier"][0]["init_ms"] == 412.0
    assert [attempt["status"] for attempt in document["attempts"]] == ["error", "error", "ok"]
    assert document["transaction"]["id"] == "ord-8841"
    assert [i["function"] for i in document["transaction"]["upstream"]] == ["checkout"]
    assert [i["function"] for i in document["transaction"]["downstream"]] == ["write-audit-log"]
    assert document["undone"] == [{"function": "send-receipt", "seen": 98, "compared": 100}]


def test_a_report_of_nothing_has_the_same_parts() -> None:
    """That nothing was found is said by null, in every part."""
    whole = crash_report_document(REPORT, COVERAGE)
    nothing = no_crash_document(COVERAGE)
    assert list(nothing) == list(whole)
    assert {value for name, value in nothing.items() if name not in ("schema", "coverage")} == {
        None
    }


def test_a_crash_of_another_service_has_no_invocation() -> None:
    """Nor anything that joins it to others, where nothing does."""
    of_service = replace(REPORT.crash, invocation=None)
    document = crash_report_document(
        replace(REPORT, crash=of_service, transaction=None, environment_start=None), COVERAGE
    )
    assert document["invocation"] is None
    assert document["transaction"] is None
    assert document["environment"]["start"] is None


@pytest.mark.parametrize("text", HOSTILE)
def test_documents_of_log_text_are_harmless_and_true(text: str) -> None:
    """Printed raw they obey nothing; read again they hold the text as it was."""
    evil = crash(
        7,
        text,
        Status.ERROR,
        text,
        text,
        0,
        request_id=text,
        title=text,
        frames=(Frame(text, text, text, 3),),
    )
    for document in (
        crashes_document([evil], [group(evil)], COVERAGE),
        crash_report_document(replace(REPORT, crash=evil), COVERAGE),
    ):
        stream = io.StringIO()
        write_json(document, stream)
        assert harmful(stream.getvalue()) == set()
        expected = text.encode("utf-8", "backslashreplace").decode()
        read = json.loads(stream.getvalue())
        listed = read["crashes"][0] if "crashes" in read else read["crash"]
        assert listed["message"] == listed["function"] == expected
    stream = io.StringIO()
    assert write_ndjson(crash_lines([evil], [group(evil)], COVERAGE), stream) == 4
    assert stream.getvalue().count("\n") == 4
