"""Which lines of a stream make which invocation."""

import json
import sys

import pytest
from stream_samples import (
    EXTENSION,
    GROUP,
    INIT,
    STREAM,
    T0,
    A,
    B,
    C,
    check_whole,
    document,
    end,
    events,
    init_report,
    join,
    left,
    log,
    only,
    parse,
    platform,
    report,
    start,
    texts,
)

from slsloggrep.model import Status
from slsloggrep.stitch import stitch


def ids(stitched):
    return [invocation.request_id for invocation in stitched.invocations]


def test_lines_without_ids_between_start_and_report_belong_to_the_invocation():
    """Prints carry no request ID; the stream tells whose they are."""
    stitched = join(
        [
            (0, start(A)),
            (1, "first\n"),
            (2, report(A)),
            (10, start(B)),
            (11, "second\n"),
            (12, report(B)),
        ]
    )
    assert [texts(i)[1] for i in stitched.invocations] == ["first\n", "second\n"]
    assert all(i.complete for i in stitched.invocations)


@pytest.mark.parametrize(
    "late",
    [
        f"2026-11-23T11:00:03.000Z {A} Task timed out after 3.00 seconds\n\n",
        f"RequestId: {A} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n",
        log(A, "a promise that came late"),
    ],
)
@pytest.mark.parametrize("following", [[], [(9, start(B)), (11, report(B))]])
def test_lines_after_report_that_name_its_request_belong_to_it(late, following):
    """Old-style timeout and memory lines, and late output, may come last, even within the next."""
    lines = [(0, start(A)), (1, end(A)), (1, report(A)), *following[:1], (10, late), *following[1:]]
    stitched = join(lines)
    assert late in texts(stitched.invocations[0])
    assert all(late not in texts(i) for i in stitched.invocations[1:])


def test_a_line_that_names_another_request_of_the_stream_belongs_to_that_one():
    """Late output of an earlier invocation is not the present one's."""
    late = log(A, "late")
    stitched = join([(0, start(A)), (2, report(A)), (9, start(B)), (10, late), (12, report(B))])
    assert late in texts(stitched.invocations[0])
    assert len(texts(stitched.invocations[1])) == 2


@pytest.mark.parametrize(
    "printed",
    [
        report(C, status="timeout"),
        report(C),
        end(C),
        f"2026-11-23T11:00:03.000Z {C} Task timed out after 3.00 seconds\n\n",
        f"RequestId: {C} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n",
        platform("report", requestId=C, status="timeout", metrics={"durationMs": 5.0}),
        platform("runtimeDone", requestId=C, status="failure"),
        platform("fault", requestId=C),
    ],
)
def test_platform_lines_of_a_stranger_are_text_of_the_invocation_that_printed_them(printed):
    """Forwarders of logs print REPORTs of others: where one runs at a time, nobody else ends."""
    lines = [(0, start(A)), (1, log(C, "x")), (1, printed), (2, "own\n"), (3, report(A))]
    assert only(lines).status is Status.OK
    assert texts(only(lines)) == [text for _, text in lines]
    # The same of one that did run here is its own.
    (one, other) = join([(-9, start(C)), *lines]).invocations
    assert (one.request_id, other.request_id) == (C, A)
    assert printed in texts(one)


def test_a_platform_line_names_its_request_beyond_doubt():
    """What may not have been printed ends its own request: a timeout of one that was not read.

    It comes as START does, or its REPORT comes later, or several are served at once (REPORT then
    states no billed time), or whether the invocation still ran is not known.
    """
    late = f"2026-11-23T11:00:03.000Z {C} Task timed out after 3.00 seconds\n\n"
    shared = platform("report", requestId=A, status="success", metrics={"durationMs": 3.0})
    for lines in (
        [(1, start(A)), (1, late), (2, "own\n"), (3, report(A))],
        [(0, start(A)), (1, late), (2, "own\n"), (3, report(A)), (9, report(C))],
        [(0, start(A)), (1, late), (2, "own\n"), (3, shared)],
    ):
        stitched = join(lines)
        assert {i.request_id: i.status for i in stitched.invocations} == {
            A: Status.OK,
            C: Status.TIMEOUT,
        }
        (own,) = (i for i in stitched.invocations if i.request_id == A)
        assert texts(own) == [text for _, text in lines if C not in text]
    unread = join([(0, "own\n"), (1, late), (3, report(A))])
    assert {i.request_id for i in unread.invocations} == {A, C}
    unfinished = join([(0, start(A)), (1, late)])
    assert {i.request_id for i in unfinished.invocations} == {A, C}


def test_an_application_s_own_ids_open_no_invocation():
    """What an application calls requestId (API Gateway's, say) is no Lambda request here."""
    inside = document(level="INFO", message="x", requestId="JKJaXmPLvHcESHA=")
    late = document(level="INFO", message="late", requestId="JKJaXmPLvHcESHA=")
    assert only([(0, start(A)), (1, inside), (2, report(A)), (3, late)]).request_id == A


def test_init_lines_belong_to_the_invocation_that_follows():
    """INIT_START, extensions and what the module prints while it loads."""
    lines = [(0, INIT), (1, "loading\n"), (2, EXTENSION), (3, start(A)), (9, report(A, init=3))]
    invocation = only(lines)
    assert texts(invocation)[:3] == [INIT, "loading\n", EXTENSION]
    assert invocation.cold_start
    assert invocation.start == T0 + 3


def test_init_and_start_of_the_same_millisecond_may_come_in_either_order():
    """Without event IDs nothing orders them; both belong to the invocation."""
    assert only([(0, start(A)), (0, INIT), (1, "x\n"), (2, report(A))], ids=False).cold_start
    first = only([(0, log(A, "x")), (0, start(A)), (0, INIT), (2, report(A))], ids=False)
    assert len(first.records) == 4


def test_an_init_without_a_line_of_its_own_is_told_by_the_report():
    """Older streams have no INIT_START: if the first REPORT has an init, prints before were it."""
    assert len(only([(0, "loading\n"), (3, start(A)), (9, report(A, init=3))]).records) == 3
    stitched = join([(0, "of something before\n"), (3, start(A)), (9, report(A))])
    assert left(stitched) == ["of something before\n"]


def test_one_failing_cold_start_is_one_invocation():
    """An init that fails is repeated inside the first invocation: two INIT_REPORTs, one crash."""
    error = "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module\n"
    invocation = only(
        [
            (0, INIT),
            (1, error),
            (2, init_report("init", "error", "Runtime.ImportModuleError")),
            (3, error),
            (4, init_report("invoke", "error", "Runtime.ImportModuleError")),
            (5, start(A)),
            (6, end(A)),
            (6, report(A, status="error", error_type="Runtime.ImportModuleError")),
        ]
    )
    assert invocation.status is Status.INIT_ERROR
    assert invocation.error_type == "Runtime.ImportModuleError"


def test_a_failing_init_without_any_invocation_stands_alone():
    """Where no START follows, the crash is still shown."""
    invocation = only([(0, INIT), (1, init_report("init", "error", "Runtime.ExitError"))])
    assert (invocation.status, invocation.request_id) == (Status.INIT_ERROR, None)
    assert invocation.error_type == "Runtime.ExitError"


@pytest.mark.parametrize(
    "lines",
    [
        [(0, INIT)],
        [(0, INIT), (1, "loading\n"), (2, "INIT_REPORT Init Duration: 150.79 ms\n")],
        [(0, platform("initStart", initializationType="provisioned-concurrency"))],
    ],
)
def test_an_init_made_in_advance_is_no_invocation(lines):
    """Provisioned concurrency and SnapStart initialise what may never be invoked."""
    stitched = join(lines)
    assert stitched.invocations == ()
    assert len(stitched.unattributed) == len(lines)


@pytest.mark.parametrize("reported", [True, False])
def test_a_reset_environment_begins_again(reported):
    """After a timeout the stream goes on with another init, which is the next invocation's."""
    lines = [
        (0, start(A)),
        *([(3000, report(A, status="timeout"))] if reported else []),
        (3100, INIT),
        (3150, "loading\n"),
        (3200, start(B)),
        (3300, report(B, init=50)),
    ]
    first, second = join(lines).invocations
    assert texts(second)[:2] == [INIT, "loading\n"]
    assert first.status is (Status.TIMEOUT if reported else Status.INCOMPLETE)
    assert not first.cold_start
    assert second.cold_start


def test_an_init_at_the_moment_of_the_report_is_the_next_one_s():
    """Ties may put INIT_START before the END and REPORT of the invocation that was stopped."""
    first, second = join(
        [
            (0, start(A)),
            (5, INIT),
            (5, end(A)),
            (5, report(A, status="timeout")),
            (9, start(B)),
            (10, report(B)),
        ]
    ).invocations
    assert INIT in texts(second)
    assert not first.cold_start


@pytest.mark.parametrize("place", [STREAM, ""])
def test_a_retry_is_another_invocation_of_the_same_request(place):
    """Asynchronous events are tried again under the same request ID."""
    stitched = join(
        [
            (0, start(A)),
            (5, report(A)),
            (60_000, start(A)),
            (60_005, report(A)),
            (180_000, start(A)),
            (180_005, report(A)),
        ],
        stream=place,
    )
    assert ids(stitched) == [A, A, A]
    assert all(i.complete for i in stitched.invocations)


@pytest.mark.parametrize("place", [STREAM, ""])
def test_retries_without_start_are_told_apart_by_report(place):
    """At system log level WARN a failing attempt leaves a REPORT and no START."""
    failed = platform("report", requestId=A, status="failure", metrics={"durationMs": 5})
    word = document(timestamp="x", level="INFO", requestId=A, message="hello")
    stitched = join([(0, word), (5, failed), (60_000, word), (60_005, failed)], stream=place)
    assert [len(i.records) for i in stitched.invocations] == [2, 2]
    assert [i.status for i in stitched.invocations] == [Status.ERROR, Status.ERROR]


def test_a_last_attempt_that_succeeds_in_silence_is_seen():
    """At WARN it leaves neither START nor REPORT: lines long after the last REPORT are its."""
    failed = platform("report", requestId=A, status="failure", metrics={"durationMs": 5})
    word = document(timestamp="x", level="INFO", requestId=A, message="hello")
    stitched = join([(0, word), (5, failed), (60_000, word)])
    assert [i.status for i in stitched.invocations] == [Status.ERROR, Status.INCOMPLETE]


@pytest.mark.parametrize("announced", [True, False])
def test_concurrent_invocations_are_joined_by_id_alone(announced):
    """Managed instances: what carries no ID is unattributed, not guessed."""
    head = [(0, platform("initStart", initializationType="lambda-managed-instances"))]
    stitched = join(
        [
            *(head if announced else []),
            (1, platform("start", requestId=A)),
            (2, platform("start", requestId=B)),
            (3, document(level="INFO", requestId=A, message="of a")),
            (4, "whose?\n"),
            (5, platform("report", requestId=B, status="success", metrics={"durationMs": 3})),
            (6, document(level="INFO", requestId=A, message="of a again")),
            (7, platform("report", requestId=A, status="success", metrics={"durationMs": 6})),
        ]
    )
    assert {i.request_id: len(i.records) for i in stitched.invocations} == {A: 4, B: 2}
    assert "whose?\n" in left(stitched)
    assert all(i.status is Status.OK for i in stitched.invocations)


def test_web_functions_have_no_start_and_no_uuids():
    """Lambda Web Functions: requests are known by their ID only, the rest is unattributed."""
    first, second = "NF5U6CMIUAWPER24GXDNDEZSVU", "AB5U6CMIUAWPER24GXDNDEZSVU"
    lines = [
        (0, platform("invokeStart")),
        (1, document(timestamp="x", level="INFO", message="GET /", requestId=first)),
        (2, document(timestamp="x", level="INFO", message="GET /2", requestId=second)),
        (3, "print\n"),
        (4, document(timestamp="x", level="INFO", message="done", requestId=first)),
        (5, platform("invokeSummary")),
    ]
    stitched = join(lines)
    assert {i.request_id: len(i.records) for i in stitched.invocations} == {first: 2, second: 1}
    assert len(left(stitched)) == 3
    cut = join(lines[1:-1], group="/aws/lambda/web/shop")
    assert left(cut) == ["print\n"]


def test_an_unknown_platform_event_does_not_make_an_environment_shared():
    """What AWS adds later must not cost the attribution of prints."""
    assert (
        len(only([(0, start(A)), (1, platform("novelty")), (2, "print\n"), (3, report(A))]).records)
        == 4
    )


def test_without_platform_events_only_certain_lines_are_attributed():
    """At WARN nothing bounds invocations: a print counts only between lines of one request."""
    stitched = join(
        [
            (0, "before\n"),
            (1, document(level="INFO", requestId=A, message="1")),
            (2, "within\n"),
            (3, document(level="INFO", requestId=A, message="2")),
            (4, "between\n"),
            (5, document(level="INFO", requestId=B, message="3")),
            (6, "after\n"),
        ]
    )
    assert [len(i.records) for i in stitched.invocations] == [3, 1]
    assert left(stitched) == ["before\n", "between\n", "after\n"]
    assert {i.status for i in stitched.invocations} == {Status.INCOMPLETE}


def test_a_start_without_report_is_incomplete():
    """Running or cut: neither a success nor a crash."""
    invocation = only([(0, start(A)), (1, "x\n")])
    assert (invocation.status, invocation.complete) == (Status.INCOMPLETE, False)
    assert invocation.end == T0 + 1


def test_a_report_without_start_reaches_back_by_its_duration():
    """Where the window cut START off, lines are the invocation's as far back as it lasted."""
    stitched = join([(0, "earlier\n"), (5000, "own\n"), (5100, report(A, duration=500))])
    (invocation,) = stitched.invocations
    assert texts(invocation) == ["own\n", report(A, duration=500)]
    assert left(stitched) == ["earlier\n"]
    assert invocation.start == T0 + 4600
    assert (invocation.status, invocation.complete) == (Status.OK, False)


def test_json_platform_events_bound_an_invocation_too():
    """platform.start to platform.report, the runtime's prints between them included."""
    invocation = only(
        [
            (0, platform("initStart", initializationType="on-demand", functionName="pay")),
            (2, platform("start", requestId=A, version="7")),
            (3, "print\n"),
            (9, platform("runtimeDone", requestId=A, status="success",
                         metrics={"durationMs": 7.5, "producedBytes": 176})),
            (9, platform("report", requestId=A, status="success",
                         metrics={"durationMs": 7.9, "billedDurationMs": 8, "memorySizeMB": 128,
                                  "maxMemoryUsedMB": 77, "initDurationMs": 120.5})),
        ]
    )  # fmt: skip
    assert invocation.status is Status.OK
    assert (invocation.duration_ms, invocation.billed_ms) == (7.9, 8)
    assert (invocation.memory_mb, invocation.max_memory_mb) == (128, 77)
    assert (invocation.init_ms, invocation.cold_start) == (120.5, True)
    assert (invocation.version, invocation.produced_bytes) == ("7", 176)


def test_extracted_messages_are_joined_by_id_alone():
    """Without group and stream, lines of strangers lie side by side."""
    stitched = join(
        [
            (0, start(A)),
            (1, start(B)),
            (2, "x\n"),
            (3, log(A, "y")),
            (4, report(B)),
            (5, report(A)),
        ],
        group="",
        stream="",
        ids=False,
    )
    assert {i.request_id: len(i.records) for i in stitched.invocations} == {A: 3, B: 2}
    assert left(stitched) == ["x\n"]
    assert {i.function for i in stitched.invocations} == {""}


def test_streams_are_read_apart():
    """The same moment in two streams: neither line crosses over."""
    one = events([(0, start(A)), (1, "x\n"), (2, report(A))])
    two = events([(0, start(B)), (1, "y\n"), (2, report(B))], stream="2026/11/23/[1]" + "b" * 32)
    stitched = stitch(parse([*two, *one]))
    check_whole([*one, *two], stitched)
    assert [texts(i)[1] for i in stitched.invocations] == ["x\n", "y\n"]


@pytest.mark.parametrize(
    ("group", "stream", "function"),
    [
        ("/aws/lambda/pay", "2026/11/23/[$LATEST]" + "0" * 32, "pay"),
        ("/aws/lambda/us-east-1.edge", "2026/11/23/[7]" + "0" * 32, "edge"),
        ("/team/shop", "2026/11/23/pay[$LATEST]" + "0" * 32, "pay"),
        ("/team/shop", "something else", "stated"),
    ],
)
def test_the_function_is_named_by_its_place_first(group, stream, function):
    """A record may name a function that it calls; a custom group's stream names its own."""
    said = document(level="INFO", message="x", function_name="stated")
    lines = [(0, start(A)), (1, said), (2, report(A))]
    assert only(lines, group=group, stream=stream).function == function


def test_a_destination_record_gives_the_response_of_the_last_attempt():
    """The dead letter knows what the function returned, though the function logged nothing."""
    record = {
        "version": "1.0",
        "requestContext": {
            "requestId": A,
            "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:pay:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 2,
        },
        "requestPayload": {},
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "no", "errorType": "Declined"},
    }
    served = [(0, start(A)), (5, report(A)), (60_000, start(A)), (60_005, report(A))]
    found = [
        *events(served),
        *events([(70_000, json.dumps(record))], group="/dead/letters", stream="one"),
    ]
    stitched = stitch(parse(found))
    check_whole(found, stitched)
    first, last = stitched.invocations
    assert not first.states_response
    assert last.response == {"errorMessage": "no", "errorType": "Declined"}
    assert last.status is Status.OK
    assert last.log_group == GROUP


def test_a_consumer_of_dead_letters_is_not_its_letter():
    """An invocation that logs a destination record keeps its own ID, response and status."""
    record = {
        "requestContext": {"requestId": C, "functionArn": "x", "condition": "RetriesExhausted"},
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "no", "errorType": "Declined"},
    }
    invocation = only([(0, start(A)), (1, json.dumps(record)), (2, report(A))])
    assert (invocation.request_id, invocation.status) == (A, Status.OK)
    assert not invocation.states_response


@pytest.mark.parametrize("place", [STREAM, ""])
def test_stitching_costs_in_proportion_to_its_input(place):
    """Twice the stream is twice the work, however many invocations in it never end."""

    def calls(count):
        lines = []
        for number in range(count):
            request_id = f"{number:08x}-0000-4000-8000-000000000000"
            lines += [(number * 20, start(request_id)), (number * 20 + 1, "print\n")]
            if number % 2:
                lines.append((number * 20 + 10, report(request_id)))
        records = parse(events(lines, stream=place))
        made = 0

        def count_calls(*_):
            nonlocal made
            made += 1

        before = sys.getprofile()
        sys.setprofile(count_calls)
        try:
            stitch(records)
        finally:
            sys.setprofile(before)
        return made

    assert calls(600) < 2.2 * calls(300)
