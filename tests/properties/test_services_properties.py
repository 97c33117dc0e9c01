"""Runs of other services: whatever IDs are used again and whatever is missing, nothing welds."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.model import Event
from slsloggrep.parse import Parser, recognise
from slsloggrep.stitch import Assembly, assemble, stitch

PARSER = Parser()
T0 = 1_795_431_600_000
ARN = "arn:aws:states:us-east-1:1:execution:shop:run-{}"


def request(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-00000000000a"


@st.composite
def gateways(draw: st.DrawFn) -> tuple[list[Event], dict[int, int]]:
    """Draw API requests of which some share an ID, each served by an invocation of its own.

    Their lines lie in few streams, side by side or one after the other. Returns the events, and for
    each request the ID that the client chose.
    """
    lines: list[tuple[int, str, str, str]] = []
    chosen: dict[int, int] = {}
    for number in range(draw(st.integers(1, 5))):
        chosen[number] = draw(st.integers(0, 2))
        api_id = request(100 + chosen[number])
        stream = draw(st.sampled_from("ab"))
        begin = draw(st.integers(0, 40)) + draw(st.sampled_from((0, 2000, 4000)))
        early = [
            f"Extended Request Id: {number:08d}Pks=",
            f"Method request path: {{o=own-{number}}}",
        ]
        late = ["Method completed with status: 200"]
        late += [f"AWS Integration Endpoint RequestId : {request(number)}"]
        for text in early:
            lines.append((begin, "API-Gateway-Execution-Logs_x/p", stream, f"({api_id}) {text}"))
        for text in late:
            end = begin + draw(st.integers(5, 20))
            lines.append((end, "API-Gateway-Execution-Logs_x/p", stream, f"({api_id}) {text}"))
        if draw(st.booleans()):
            access = {
                "requestId": api_id,
                "extendedRequestId": f"{number:08d}Pks=",
                "status": "200",
            }
            lines.append((begin + 30, "access", "s", json.dumps(access)))
        group, own = f"/aws/lambda/f{number}", f"2026/11/23/[$LATEST]{number:032x}"
        lines.append((begin + 2, group, own, f"START RequestId: {request(number)} Version: 1\n"))
        said = json.dumps({"level": "INFO", "message": "x", "apiRequestId": api_id})
        if draw(st.booleans()):
            lines.append((begin + 3, group, own, said))
        lines.append(
            (begin + 4, group, own, f"REPORT RequestId: {request(number)}\tDuration: 2 ms\n")
        )
    return [
        Event(T0 + time, message, group, stream, f"{T0 + time:044d}{place:012d}", "s", "o", place)
        for place, (time, group, stream, message) in enumerate(lines)
    ], chosen


def traced(subject: str, events: list[Event], max_hops: int = 8) -> Assembly:
    return assemble(recognise(subject), stitch(map(PARSER.parse, events)), max_hops=max_hops)


def members(assembly: Assembly) -> set[str]:
    return {member.invocation.request_id or "" for member in assembly.transaction.members}


@settings(max_examples=80, deadline=None)
@given(gateways(), st.randoms(use_true_random=False))
def test_no_request_takes_in_anothers_invocation(drawn: object, chance: object) -> None:
    """What mentions one API request's own path finds its invocation at most, in any order."""
    events, chosen = drawn  # type: ignore[misc]
    for number in chosen:
        assembly = traced(f"own-{number}", events)
        assert members(assembly) <= {request(number)}
        others = {request(other) for other in chosen if other != number}
        shown = [record.event.message for record in assembly.transaction.unattributed]
        assert not [line for line in shown if any(other in line for other in others)]
        alone = list(chosen.values()).count(chosen[number]) == 1
        if alone:
            assert members(assembly) == {request(number)}
        back = traced(request(number), events)
        assert members(back) == {request(number)}
        shuffled = list(events)
        chance.shuffle(shuffled)  # type: ignore[attr-defined]
        assert traced(f"own-{number}", shuffled) == assembly


@st.composite
def maps(draw: st.DrawFn) -> tuple[list[Event], int]:
    """Draw an execution that maps over items, each for a stranger, with several steps in each."""
    items = draw(st.integers(2, 5))
    steps: list[dict[str, object]] = []

    def add(kind: str, cause: int, **details: object) -> int:
        steps.append(
            {
                "id": str(len(steps) + 1),
                "type": kind,
                "details": details,
                "previous_event_id": str(cause),
                "event_timestamp": "1",
                "execution_arn": ARN.format(1),
            }
        )
        return len(steps)

    listed = draw(st.booleans())
    given_ = {"items": [{"id": request(50 + n)} for n in range(items)]} if listed else {}
    add("ExecutionStarted", 0, input=json.dumps(given_))
    last = add("MapStateStarted", add("MapStateEntered", 0, name="Each"))
    heads = {n: add("MapIterationStarted", last, name="Each", index=n) for n in range(items)}
    todo = [n for n in range(items) for _ in range(draw(st.integers(1, 2)))]
    made = 0
    for n in draw(st.permutations(todo)):
        entered = add("TaskStateEntered", heads[n], input=json.dumps({"id": request(50 + n)}))
        made += 1
        output = json.dumps({"SdkResponseMetadata": {"RequestId": request(1000 * n + made)}})
        heads[n] = add("TaskSucceeded", entered, resourceType="lambda", output=output)
    ends = [add("MapIterationSucceeded", heads[n], name="Each", index=n) for n in range(items)]
    add("ExecutionSucceeded", add("MapStateSucceeded", ends[-1]))
    kept = [step for step in steps if draw(st.integers(0, 9)) > 0]
    events = []
    for place, step in enumerate(kept):
        message = json.dumps(step)
        at = ("/aws/vendedlogs/states/s-Logs", "states/s/1/2")
        events.append(Event(T0 + place, message, *at, f"{T0:044d}{place:012d}", "s", "o", place))
    for number in {n * 1000 + m for n in range(items) for m in range(made + 1)}:
        place = ("/aws/lambda/f", f"2026/11/23/[$LATEST]{number:032x}")
        line = f"START RequestId: {request(number)} Version: 1\n"
        events.append(Event(T0 + 500, line, *place, f"{number:056d}", "s", "o", number))
    return events, items


@settings(max_examples=80, deadline=None)
@given(maps())
def test_no_iteration_takes_in_anothers_invocation(drawn: tuple[list[Event], int]) -> None:
    """Whichever events are missing: what an item's ID finds was called in its iteration."""
    events, items = drawn
    for n in range(items):
        found = members(traced(request(50 + n), events))
        assert {int(request_id[:8], 16) // 1000 for request_id in found} <= {n}
