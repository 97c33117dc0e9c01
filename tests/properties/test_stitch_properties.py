"""Stitching conserves records, gives the truth back, and depends on nothing but the events."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.model import Event, Status
from slsloggrep.parse import Parser, recognise
from slsloggrep.stitch import Collection, assemble, stitch

PARSER = Parser()
T0 = 1_795_431_600_000
STATUSES = ("", "timeout", "error\tError Type: Runtime.ExitError")
OUTCOMES = {"": Status.OK, "timeout": Status.TIMEOUT, STATUSES[2]: Status.EXIT}


@dataclass
class Truth:
    """What one invocation was."""

    request_id: str
    stream: str
    start: int
    status: Status
    cold: bool
    attempt: int
    orders: set[int]
    trace: int
    messages: list[str] = field(default_factory=list)


@st.composite
def archives(draw: st.DrawFn) -> tuple[list[Event], list[Truth]]:
    """Draw streams of environments that serve one invocation at a time, and what they served.

    Requests are tried again in the same environment or another; environments are initialised and
    reset; orders and traces are shared between requests; prints carry no IDs.
    """
    requests = draw(st.integers(1, 6))
    plan: list[tuple[int, int, int]] = []  # request, attempt, environment
    for request in range(requests):
        attempts = draw(st.sampled_from((1, 1, 1, 2, 3)))
        plan += [(request, attempt, draw(st.integers(0, 2))) for attempt in range(attempts)]
    orders = [{draw(st.integers(0, 3))} for _ in range(requests)]
    traces = [draw(st.integers(0, requests)) for _ in range(requests)]
    clocks = [0, 0, 0]
    ready = [False, False, False]
    lines: list[list[tuple[int, str]]] = [[], [], []]
    truths: list[Truth] = []
    finished: dict[int, int] = {}
    for request, attempt, environment in sorted(plan, key=lambda item: (item[1], item[0])):
        request_id = f"{request:08x}-0000-4000-8000-00000000000a"
        begin = clocks[environment] + draw(st.integers(1, 5000))
        if request in finished:
            begin = max(begin, finished[request] + 60_000)
        said: list[str] = []
        time = begin

        def say(message: str, *, step: int = 3, stream: int = environment) -> None:
            nonlocal time
            time += draw(st.integers(0, step))
            lines[stream].append((time, message))
            said.append(message)  # noqa: B023 - called within the iteration

        cold = not ready[environment] or draw(st.integers(0, 4)) == 0
        if cold:
            say("INIT_START Runtime Version: python:3.12.v1\tRuntime Version ARN: arn:x\n")
            for n in range(draw(st.integers(0, 2))):
                say(f"loading {environment} {time} {n}\n")
        ready[environment] = True
        time += 1
        started = time
        say(f"START RequestId: {request_id} Version: $LATEST\n", step=0)
        for n in range(draw(st.integers(0, 4))):
            unique = f"{environment} {time} {n}"
            say(
                draw(
                    st.sampled_from(
                        (
                            f"print {unique}\n",
                            f"[INFO]\t2026-11-23T11:00:00.000Z\t{request_id}\tline {unique}\n",
                            json.dumps({"level": "INFO", "requestId": request_id, "n": unique}),
                        )
                    )
                )
            )
        for order in sorted(orders[request]):
            say(f"order ord-{order} of {environment} at {time}\n")
        status = draw(st.sampled_from(STATUSES))
        time += 1
        say(f"END RequestId: {request_id}\n")
        report = f"REPORT RequestId: {request_id}\tDuration: {time - started + 0.5} ms\t"
        report += "Memory Size: 128 MB\tMax Memory Used: 64 MB\t"
        report += f"Init Duration: 9.00 ms\t" if cold else ""  # noqa: F541
        report += f"Status: {status}" if status else ""
        say(f"{report}\nXRAY TraceId: 1-6b041cb0-{traces[request]:024x}\tSegmentId: 0\n", step=0)
        finished[request] = time
        time += 1
        clocks[environment] = time
        truths.append(
            Truth(
                request_id,
                f"stream-{environment}",
                T0 + started,
                OUTCOMES[status],
                cold,
                attempt + 1,
                orders[request],
                traces[request],
                said,
            )
        )
    real = draw(st.booleans())
    events = [
        Event(
            T0 + time,
            message,
            "/aws/lambda/shop",
            f"stream-{environment}",
            f"{T0 + time:044d}{position:012d}" if real else "",
            "s",
            f"object-{environment}",
            position,
        )
        for environment, stream in enumerate(lines)
        for position, (time, message) in enumerate(stream)
    ]
    return events, truths


@given(archives())
@settings(max_examples=150, deadline=None)
def test_the_truth_comes_back(archive: tuple[list[Event], list[Truth]]) -> None:
    """Every invocation with all of its lines, its status, its cold start; nothing left over."""
    events, truths = archive
    stitched = stitch(map(PARSER.parse, events))
    assert stitched.unattributed == ()
    found = [
        (i.request_id, i.log_stream, i.start, i.status, i.cold_start,
         [r.event.message for r in i.records])
        for i in stitched.invocations
    ]  # fmt: skip
    assert sorted(found) == sorted(
        (t.request_id, t.stream, t.start, t.status, t.cold, t.messages) for t in truths
    )
    assert all(i.complete for i in stitched.invocations)


@given(archives(), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_transactions_are_the_closure_over_orders_requests_and_traces(
    archive: tuple[list[Event], list[Truth]], order: int
) -> None:
    """Members are exactly who mentions the order, their attempts, and who shares a trace."""
    events, truths = archive
    stitched = stitch(map(PARSER.parse, events))
    transaction = assemble(recognise(f"ord-{order}"), stitched, max_hops=20).transaction
    members = {t.request_id for t in truths if order in t.orders}
    while True:
        traces = {t.trace for t in truths if t.request_id in members}
        more = {t.request_id for t in truths if t.trace in traces}
        if more <= members:
            break
        members |= more
    assert {
        (m.invocation.request_id, m.attempt, m.invocation.start) for m in transaction.members
    } == {(t.request_id, t.attempt, t.start) for t in truths if t.request_id in members}
    assert not transaction.hops_cut
    for member in transaction.members:
        assert all(e.event in [r.event for r in member.invocation.records] or
                   e.identifier.kind == "request_id" for e in member.joined_by)  # fmt: skip


@given(archives(), st.randoms(use_true_random=False), st.integers(2, 40))
@settings(max_examples=100, deadline=None)
def test_shuffling_and_doubling_change_nothing(
    archive: tuple[list[Event], list[Truth]], random: object, in_memory: int
) -> None:
    """Whatever order events come in, and in how many more objects: the same, to the last field."""
    events, _ = archive
    expected = stitch(map(PARSER.parse, Collection(events)))
    assembled = assemble(recognise("ord-1"), expected, max_hops=4)
    copies = [event._replace(container=f"z-{event.container}") for event in events]
    mixed = [*events, *events, *copies]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    shuffled = stitch(map(PARSER.parse, Collection(mixed, in_memory=in_memory)))
    assert shuffled == expected
    assert assemble(recognise("ord-1"), shuffled, max_hops=4) == assembled


IDS = st.sampled_from([f"{n:08x}-0000-4000-8000-00000000000a" for n in range(3)])
PIECES = st.one_of(
    IDS.map(lambda i: f"START RequestId: {i} Version: $LATEST\n"),
    IDS.map(lambda i: f"END RequestId: {i}\n"),
    IDS.map(lambda i: f"REPORT RequestId: {i}\tDuration: 5.00 ms\tInit Duration: 1 ms\n"),
    IDS.map(lambda i: f"REPORT RequestId: {i}\tDuration: 90000.00 ms\tStatus: timeout\n"),
    IDS.map(lambda i: f"2026-11-23T11:00:03.000Z {i} Task timed out after 3.00 seconds\n"),
    IDS.map(lambda i: f"RequestId: {i} Error: Runtime exited\nRuntime.ExitError\n"),
    IDS.map(lambda i: json.dumps({"level": "ERROR", "requestId": i, "order": "ord-1"})),
    IDS.map(
        lambda i: json.dumps(
            {"time": "x", "type": "platform.report", "record": {"requestId": i, "status": "error"}}
        )
    ),
    st.sampled_from(
        [
            "INIT_START Runtime Version: x\n",
            "INIT_REPORT Init Duration: 9 ms\tPhase: invoke\tStatus: error\n",
            "RESTORE_START Runtime Version: x\n",
            "EXTENSION\tName: a\tState: Ready\n",
            '{"type":"platform.invokeStart","record":{}}',
            '{"type":"platform.initStart","record":{"initializationType":"on-demand"}}',
            "[ERROR] KeyError: 'x'\n",
            "print ord-1\n",
            "print ord-2 1-6b041cb0-000000000000000000000001\n",
            "Unknown application error occurred\n",
            "",
        ]
    ),
)
EVENTS = st.lists(
    st.builds(
        lambda time, message, group, stream, position: Event(
            time, message, group, stream, "", "s", "c", position
        ),
        st.one_of(st.integers(0, 5), st.integers(0, 200_000)),
        PIECES,
        st.sampled_from(["/aws/lambda/a", ""]),
        st.sampled_from(["x", "y", ""]),
        st.integers(0, 50),
    ),
    max_size=30,
)


@given(EVENTS, st.randoms(use_true_random=False))
@settings(max_examples=600, deadline=None)
def test_any_lines_at_all_are_conserved_in_order(events: list[Event], random: object) -> None:
    """However damaged the stream: each record in exactly one place, shuffled or not."""
    stitched = stitch(map(PARSER.parse, events))
    records = [r for i in stitched.invocations for r in i.records] + list(stitched.unattributed)
    assert sorted(r.event for r in records) == sorted(events)
    for invocation in stitched.invocations:
        assert invocation.records
        assert invocation.start <= invocation.end
        orders = [record.event.order for record in invocation.records]
        assert orders == sorted(orders)
        assert len({(r.event.log_group, r.event.log_stream) for r in invocation.records}) == 1
        named = {r.request_id for r in invocation.records if r.platform and r.request_id}
        assert named <= {invocation.request_id}
    random.shuffle(events)  # type: ignore[attr-defined]
    again = stitch(map(PARSER.parse, events))
    assert again == stitched
    assembly = assemble(recognise("ord-1"), stitched, max_hops=3)
    assert all(member.joined_by for member in assembly.transaction.members)
    assert assemble(recognise("ord-1"), again, max_hops=3) == assembly
    shown = [r for m in assembly.transaction.members for r in m.invocation.records]
    shown += assembly.transaction.unattributed
    for record in records:
        if recognise("ord-1").mentioned_in(record.event.message):
            assert record in shown
