"""Executions of state machines in a transaction: what they lead to, and what they must not weld."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from stream_samples import TRACE, A, B, C, document, events
from test_stitch_transactions import D, members, trace_of
from test_stitch_transactions import served as served_in

from slsloggrep.model import Event, Identifier, IdKind
from slsloggrep.stitch import Assembly

NAME = "d0dbefd8-a0f6-b402-da4c-f4863def7456"
ARN = f"arn:aws:states:sa-east-1:123456789012:express:shop:{NAME}:7fa0cfbe-be28-4a20-9875-1"
CHILD = "arn:aws:states:sa-east-1:123456789012:execution:ship:7b1e0000-be28-4a20-9875-2"
UUIDS = [f"{n}{n}{n}{n}{n}{n}{n}{n}-be28-4a20-9875-73c37f5dc39e" for n in range(6)]


def step(kind: str, /, after: int | None = None, **details: Any) -> dict[str, Any]:
    """Return one event; its number, and what it follows if nothing is said, come from its place."""
    return {"type": kind, "after": after, "details": details}


def execution(*steps: dict[str, Any], arn: str = ARN, at: int = 0) -> list[Event]:
    """Return an execution's events as Step Functions logs them, in one stream, 1 ms apart."""
    lines = []
    for number, each in enumerate(steps, 1):
        after = number - 1 if each["after"] is None else each["after"]
        message = {
            "id": str(number), "type": each["type"], "details": each["details"],
            "redrive_count": "0", "previous_event_id": "0" if number < 3 else str(after),
            "event_timestamp": str(1668095539607 + number), "execution_arn": arn,
        }  # fmt: skip
        lines.append((at + number, json.dumps(message)))
    group, stream = "/aws/vendedlogs/states/shop-Logs", "states/shop/2022-11-10-15-50/7851b2d9"
    return events(lines, group=group, stream=stream)


def started(**given: Any) -> dict[str, Any]:
    return step("ExecutionStarted", input=json.dumps(given), roleArn="arn:aws:iam::1:role/x")


def entered(name: str, after: int | None = None, **given: Any) -> dict[str, Any]:
    return step("TaskStateEntered", after, name=name, input=json.dumps(given))


def succeeded(request_id: str, after: int | None = None, **payload: Any) -> dict[str, Any]:
    """Return the answer of a function that was called by the optimised integration."""
    output = {
        "ExecutedVersion": "$LATEST", "Payload": payload,
        "SdkHttpMetadata": {"HttpHeaders": {"x-amzn-RequestId": request_id}},
        "SdkResponseMetadata": {"RequestId": request_id}, "StatusCode": 200,
    }  # fmt: skip
    return step("TaskSucceeded", after, resource="invoke", resourceType="lambda",
                output=json.dumps(output))  # fmt: skip


def failed(request_id: str, after: int | None = None, message: str = "no") -> dict[str, Any]:
    """Return the failure of a function, with its error payload as a text."""
    cause = {"errorMessage": message, "errorType": "Sold", "requestId": request_id}
    return step("LambdaFunctionFailed", after, error="Sold", cause=json.dumps(cause))


def served(request_id: str, *said: str, **how: Any) -> list[Event]:
    return served_in(request_id, *said, **{"function": f"f-{request_id[0]}"} | how)


def shown(assembly: Assembly) -> list[str]:
    return [record.event.message for record in assembly.transaction.unattributed]


def texts(*groups: list[Event]) -> list[str]:
    return [event.message for group in groups for event in group]


def numbers(assembly: Assembly) -> list[int]:
    """Return the numbers of the events of an execution that are shown."""
    return [int(json.loads(message)["id"]) for message in shown(assembly)]


ORDER = execution(
    started(orderId="ord-12"), entered("Pay"), step("TaskScheduled"), succeeded(A),
    step("TaskStateExited"), entered("Ship"), step("LambdaFunctionStarted"), failed(B),
    step("ExecutionFailed", error="Sold"),
)  # fmt: skip


@pytest.mark.parametrize("typed", [ARN, NAME, "ord-12"])
@pytest.mark.parametrize("max_hops", [0, 8])
def test_an_execution_leads_to_the_invocations_that_it_names(typed: str, max_hops: int) -> None:
    """By its ARN, its name, or an ID in its input: all events, and the functions' requests."""
    assembly = trace_of(
        typed, ORDER, served(A, at=2), served(B, at=6), served(C, at=3), max_hops=max_hops
    )
    assert members(assembly) == [(A, 1), (B, 1)]
    assert shown(assembly) == texts(ORDER)
    for member, request_id in zip(assembly.transaction.members, (A, B), strict=True):
        (evidence,) = member.joined_by
        assert evidence.identifier == Identifier(IdKind.REQUEST_ID, request_id)
        assert evidence.event in ORDER
    assert Identifier(IdKind.EXECUTION_ARN, ARN) in assembly.follow
    assert Identifier(IdKind.EXECUTION_ARN, ARN) in assembly.transaction.identifiers


def test_a_member_brings_the_execution_and_the_other_functions_by_a_hop() -> None:
    """The invocation that mentions the subject is one step of a state machine."""
    groups = (ORDER, served(A, "card 4711\n", at=2), served(B, at=6))
    assembly = trace_of("4711", *groups)
    assert members(assembly) == [(A, 1), (B, 1)]
    assert shown(assembly) == texts(ORDER)
    cut = trace_of("4711", *groups, max_hops=0)
    assert members(cut) == [(A, 1)]
    assert shown(cut) == texts(ORDER)
    assert cut.transaction.hops_cut


def test_a_function_that_logs_the_executions_arn_leads_to_it() -> None:
    """The payload holds `$$.Execution.Id` by convention; others that log it belong there too."""
    bare = execution(step("ExecutionStarted"), step("ExecutionSucceeded"))
    said = document(level="INFO", event={"Execution": {"Id": ARN}})
    groups = (served(A, said, "ord-12\n", at=2), served(B, said, at=6))
    assembly = trace_of("ord-12", bare, *groups)
    assert members(assembly) == [(A, 1), (B, 1)]
    assert shown(assembly) == texts(bare)
    without = trace_of("ord-12", *groups)
    assert members(without) == [(A, 1)]
    assert Identifier(IdKind.EXECUTION_ARN, ARN) in without.follow


def test_a_durable_executions_invocations_belong_together() -> None:
    """One execution is many requests over days: its ARN is in all of their records."""
    arn = "arn:aws:lambda:us-east-1:1:function:f:1/durable-execution/order-17/0195"
    said = document(level="INFO", message="x", executionArn=arn)
    groups = (
        served(A, said, document(level="INFO", orderId="ord-12")),
        served(B, said, at=1000),
        served(C, said.replace("order-17", "order-18"), at=2000),
    )
    assert members(trace_of("ord-12", *groups)) == [(A, 1), (B, 1)]
    assert members(trace_of("ord-12", *groups, max_hops=0)) == [(A, 1)]


def test_ids_of_other_services_and_payloads_lead_nowhere() -> None:
    """A state's output is full of request IDs: only Lambda's own answer names an invocation."""
    lines = execution(
        started(orderId="ord-12"), entered("Put"),
        step("TaskSucceeded", resourceType="dynamodb",
             output=json.dumps({"SdkResponseMetadata": {"RequestId": B}})),
        succeeded(A, 3, requestId=C), step("TaskStateExited", output=json.dumps({"requestId": D})),
    )  # fmt: skip
    groups = [served(each, at=n) for n, each in enumerate((A, B, C, D))]
    assembly = trace_of("ord-12", lines, *groups)
    assert members(assembly) == [(A, 1)]
    assert {i.value for i in assembly.follow} == {A, ARN}


def test_an_executions_input_names_who_started_it() -> None:
    """One request in it is the starter's; many are what a job works on."""
    one = execution(started(requestId=A, orderId="ord-12"), step("ExecutionSucceeded"))
    assert members(trace_of("ord-12", one, served(A, at=-10))) == [(A, 1)]
    assert shown(trace_of(A, one, served(A, at=-10))) == texts(one)
    many = execution(
        started(failed=[{"requestId": A}, {"requestId": C}]), entered("Repair"), succeeded(B)
    )
    assembly = trace_of(A, many, served(A, at=-10), served(B, at=2), served(C, at=-5))
    assert members(assembly) == [(A, 1)]


PARENT = execution(
    started(x=1), entered("Ship"),
    step("TaskSubmitted", resourceType="states", resource="startExecution.sync:2",
         output=json.dumps({"ExecutionArn": CHILD})),
    step("TaskSucceeded", resourceType="states", output=json.dumps({"ExecutionArn": CHILD})),
    succeeded(A, 4),
)  # fmt: skip


@pytest.mark.parametrize("typed", [ARN, CHILD, A, B])
def test_nested_executions_lead_to_each_other(typed: str) -> None:
    """The parent names the child that it started."""
    child = execution(started(y=1), entered("Pack"), succeeded(B), arn=CHILD, at=100)
    assembly = trace_of(typed, PARENT, child, served(A, at=1), served(B, at=101))
    assert members(assembly) == [(A, 1), (B, 1)]
    assert shown(assembly) == texts(PARENT, child)


def test_a_child_names_its_parent_in_its_input() -> None:
    """`AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID`, by convention."""
    parent = execution(started(order="ord-12"))
    child = execution(
        started(AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID=ARN), succeeded(B), arn=CHILD, at=9
    )
    assembly = trace_of("ord-12", parent, child, served(B, at=10))
    assert members(assembly) == [(B, 1)]
    assert shown(assembly) == texts(parent, child)


def mapped(
    inputs: list[dict[str, Any]], answers: list[dict[str, Any]], **first: Any
) -> list[Event]:
    """Return an execution that maps over items: the iterations run side by side."""
    count = len(inputs)
    steps = [started(**first), step("MapStateEntered", 1, name="Each"), step("MapStateStarted")]
    base = len(steps)
    for n in range(count):
        steps.append(step("MapIterationStarted", 3, name="Each", index=n))
    for n, given in enumerate(inputs):
        steps.append(entered("Pay", base + 1 + n, **given))
    for n, answer in enumerate(answers):
        steps.append(answer | {"after": base + count + 1 + n})
    for n in range(count):
        steps.append(step("MapIterationSucceeded", base + 2 * count + 1 + n, name="Each", index=n))
    steps += [step("MapStateSucceeded"), step("MapStateExited", name="Each"), entered("Tell")]
    steps += [succeeded(D), step("ExecutionSucceeded")]
    return execution(*steps)


REQUESTS = (A, B, C)
RAN = [served(each, at=5 + n) for n, each in enumerate((*REQUESTS, D))]


@pytest.mark.parametrize(
    ("values", "typed"),
    [(["ord-12", "ord-13", "ord-14"], "ord-12"), (UUIDS[:3], UUIDS[0])],
)
@pytest.mark.parametrize("listed", [False, True])
def test_a_map_over_transactions_welds_none(values: list[str], typed: str, listed: bool) -> None:
    """It leads on, and is shown, in the iteration of what was asked for alone."""
    first = {"orders": [{"id": value} for value in values]} if listed else {}
    batch = mapped([{"id": v} for v in values], [succeeded(r) for r in REQUESTS], **first)
    assembly = trace_of(typed, batch, *RAN)
    assert members(assembly) == [(A, 1)]
    # Its start and end, and the first iteration: begun, entered, answered, done.
    assert numbers(assembly) == [1, 4, 7, 10, 13, 20]
    assert Identifier(IdKind.REQUEST_ID, B) not in assembly.follow


def test_an_invocation_in_a_map_brings_its_own_iteration_only() -> None:
    """Its neighbours may serve others: nothing tells that they do not."""
    batch = mapped([{"n": n} for n in range(3)], [succeeded(r) for r in REQUESTS])
    assembly = trace_of(B, batch, *RAN)
    assert members(assembly) == [(B, 1)]
    assert numbers(assembly) == [1, 5, 8, 11, 14, 20]


def test_a_map_over_the_items_of_one_transaction_is_all_of_it() -> None:
    """The execution was started for the order, and for nothing else."""
    items = mapped([{"sku": n} for n in range(3)], [succeeded(r) for r in REQUESTS], order=UUIDS[0])
    assembly = trace_of(UUIDS[0], items, *RAN)
    assert members(assembly) == [(A, 1), (B, 1), (C, 1), (D, 1)]
    assert shown(assembly) == texts(items)


def test_the_executions_own_arn_finds_all_of_a_batch() -> None:
    """Whoever types it wants the execution, of however many transactions."""
    batch = mapped([{"id": v} for v in UUIDS[:3]], [succeeded(r) for r in REQUESTS])
    assembly = trace_of(ARN, batch, *RAN)
    assert members(assembly) == [(A, 1), (B, 1), (C, 1), (D, 1)]
    assert shown(assembly) == texts(batch)


def test_functions_in_a_batch_that_log_its_arn_are_strangers() -> None:
    """All of them log the execution's ARN; only one is of the order."""
    batch = mapped([{"id": f"ord-{n}"} for n in (12, 13, 14)], [succeeded(r) for r in REQUESTS])
    said = document(level="INFO", message="x", executionArn=ARN)
    ran = [served(each, said, at=5 + n) for n, each in enumerate(REQUESTS)]
    assert members(trace_of("ord-12", batch, *ran)) == [(A, 1)]


def test_where_only_failures_are_logged_iterations_stay_apart() -> None:
    """At log level ERROR the causes are missing: which iteration an event is of is not known."""
    whole = mapped([{"id": v} for v in UUIDS[:3]], [failed(r) for r in REQUESTS])
    kept = [
        Event(*event[:1], event.message.replace("MapIterationSucceeded", "MapIterationFailed"),
              *event[2:])
        for event in whole
        if any(word in event.message for word in ("LambdaFunctionFailed", "MapIterationSucc"))
    ]  # fmt: skip
    assert len(kept) == 6
    assert members(trace_of(A, kept, *RAN)) == [(A, 1)]


def test_retries_at_log_level_error_are_of_one_execution() -> None:
    """Without a map in sight, what an execution logs is all its own."""
    tries = execution(failed(A, 4, "ord-12"), failed(B, 8), step("ExecutionFailed"))
    assert members(trace_of("ord-12", tries, *RAN)) == [(A, 1), (B, 1)]


def test_different_correlation_ids_make_a_batch_without_a_map() -> None:
    """A loop over a list: one state after the other, each visit of a state by itself."""
    loop = execution(
        started(todo=2), entered("Pay", 1, correlationId="ord/a"), succeeded(A),
        entered("Pay", 3, correlationId="ord/b"), succeeded(B), step("ExecutionSucceeded"),
    )  # fmt: skip
    assembly = trace_of("ord/a", loop, *RAN)
    assert members(assembly) == [(A, 1)]
    assert numbers(assembly) == [1, 2, 3, 6]


def test_one_trace_joins_execution_and_functions() -> None:
    """Step Functions passes its trace on; several are the functions' own and join by request."""
    lines = execution(started(traceHeader=f"Root={TRACE}"), step("ExecutionSucceeded"))
    assembly = trace_of("ord-12", lines, served(A, "ord-12\n", trace=TRACE))
    assert shown(assembly) == texts(lines)


def test_a_status_change_is_an_event_of_its_execution() -> None:
    """EventBridge's word, logged in a group of its own."""
    change = document(**{"id": UUIDS[1], "source": "aws.states", "detail": {"executionArn": ARN,
        "status": "FAILED"}, "detail-type": "Step Functions Execution Status Change"})  # fmt: skip
    lines = events([(500, change)], group="/events/states", stream="x")
    assert shown(trace_of("ord-12", ORDER, lines, *RAN)) == texts(ORDER, lines)


def test_shuffled_events_give_the_same_transaction() -> None:
    """A batch and nested executions, in any order."""
    batch = mapped([{"id": v} for v in UUIDS[:3]], [succeeded(r) for r in REQUESTS])
    found = [event for group in (batch, *RAN) for event in group]
    expected = trace_of(UUIDS[1], found)
    assert members(expected) == [(B, 1)]
    for seed in range(5):
        random.Random(seed).shuffle(found)
        assert trace_of(UUIDS[1], found) == expected


def test_a_batch_that_starts_an_execution_for_each_of_its_messages_welds_none() -> None:
    """Each of them names the batch's request as the one that started it."""
    mine = execution(started(requestId=A, order="ord-12"), entered("Pay"), succeeded(B))
    theirs = execution(started(requestId=A, order="ord-13"), succeeded(C), arn=CHILD, at=50)
    starter = served(A, "order ord-12\n", "order ord-13\n", at=-100)
    assembly = trace_of("ord-12", mine, theirs, starter, served(B, at=2), served(C, at=51))
    assert members(assembly) == [(A, 1), (B, 1)]
    # Theirs is shown where it names the member, and leads nowhere.
    assert shown(assembly) == texts(mine, theirs[:1])
    # One that starts two executions for one order leads to both.
    single = served(A, "order ord-12\n", at=-100)
    more = execution(started(requestId=A, part=2), succeeded(C), arn=CHILD, at=50)
    both = trace_of("ord-12", mine, more, single, served(B, at=2), served(C, at=51))
    assert members(both) == [(A, 1), (B, 1), (C, 1)]


def nested_batch() -> tuple[list[Event], list[Event], list[Event]]:
    """Return an execution that starts another for each of two orders, and these two."""
    children = [CHILD, CHILD[:-1] + "3"]
    answers = [
        step("TaskSubmitted", resourceType="states", output=json.dumps({"ExecutionArn": child}))
        for child in children
    ]
    parent = mapped([{"id": v} for v in UUIDS[:2]], answers)
    first, second = (
        execution(
            started(AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID=ARN, id=value),
            succeeded(request_id),
            arn=child,
            at=100,
        )
        for child, value, request_id in zip(children, UUIDS, (A, B), strict=False)
    )
    return parent, first, second


@pytest.mark.parametrize("typed", [UUIDS[0], CHILD, A])
def test_the_siblings_of_a_nested_execution_are_strangers(typed: str) -> None:
    """From the child up to the parent, there only to the iteration that started it."""
    parent, first, second = nested_batch()
    ran = (served(A, at=101), served(B, at=101), served(D, at=200))
    assembly = trace_of(typed, parent, first, second, *ran)
    assert members(assembly) == [(A, 1)]
    assert set(texts(first)) < set(shown(assembly))
    assert not set(texts(second)) & set(shown(assembly))
    assert 0 < len(set(texts(parent)) & set(shown(assembly))) < len(parent)
    # Without the parent's log, what names the same parent may still be a stranger.
    assert members(trace_of(typed, first, second, *ran)) == [(A, 1)]


def test_a_step_that_serves_several_keeps_its_execution_from_leading_on() -> None:
    """The function in it shows two orders, the execution itself none."""
    lines = execution(started(x=1), entered("Pay"), succeeded(A), entered("Tell"), succeeded(B))
    batch = served(A, "order ord-12\n", "order ord-13\n", at=1)
    assembly = trace_of("ord-12", lines, batch, served(B, at=4))
    assert members(assembly) == [(A, 1)]
    assert numbers(assembly) == [1, 2, 3]


def test_a_captured_event_is_found_by_its_executions_name(corpus: Path) -> None:
    """A forwarder's copy, unescaped too far to be JSON, is still an event of its execution."""
    held = json.loads((corpus / "cwl-envelope" / "datadog_step_functions_log.json").read_bytes())
    place = (held["logGroup"], held["logStream"])
    found = [
        Event(e["timestamp"], e["message"], *place, e["id"], "c", "o", n)
        for n, e in enumerate(held["logEvents"])
    ]
    assembly = trace_of("d0dbefd8-a0f6-b402-da4c-f4863def7456", found)
    assert shown(assembly) == texts(found)
    (calling,) = assembly.follow
    assert calling.kind is IdKind.EXECUTION_ARN
    assert calling.value.endswith(":7fa0cfbe-be28-4a20-9875-73c37f5dc39e")
