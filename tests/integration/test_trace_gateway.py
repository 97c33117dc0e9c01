"""API requests and executions, traced by the program through CloudWatch, pass by pass."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from stream_samples import T0, TRACE, TRACE_2, A, B, C, events, log, report, start
from test_stitch_executions import ARN, NAME, entered, execution, failed, started, succeeded
from test_stitch_gateway import API, API_2, EXTENDED, EXTENDED_2, GROUP, access_log, execution_log
from test_stitch_transactions import D

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

if TYPE_CHECKING:
    from logs_service import LogsService

    from slsloggrep.model import Event

NOW = T0 + 600_000
OTHERS = 20
"""Requests of other people in the same streams."""

SHIPPED = execution(
    started(orderId="ord-77"), entered("Ship"), failed(B), entered("Pack"), succeeded(D)
)

Trace = Callable[[str], dict[str, Any]]


def ran(request_id: str, function: str, *said: str, at: int = 10) -> list[Event]:
    lines = [
        (at, start(request_id)),
        *((at + 1, text) for text in said),
        (at + 9, report(request_id)),
    ]
    stream = f"2026/11/23/[$LATEST]{request_id[:8] * 4}"
    return events(lines, group=f"/aws/lambda/{function}", stream=stream)


def strangers() -> list[Event]:
    """Return other people's requests in the gateway's streams, before and after."""
    found = []
    for n in range(OTHERS):
        uuid, at = f"{n:08d}-39db-11e9-9e96-01e5c04505b9", n * 50 - 1000
        trace = f"1-6b041cb9-{n:024d}"
        extended = f"{n:08d}ArPEFcuQ="
        found += execution_log(uuid, at=at, extended=extended, served_by=uuid, trace=trace)
        found += access_log(at, requestId=uuid, extendedRequestId=extended, status="200")
    return found


@pytest.fixture
def system(cloudwatch: LogsService) -> LogsService:
    """Give an API, the functions that it calls, and a state machine that calls two of its own."""
    cloudwatch.clock.set(NOW)
    held: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for event in [
        *execution_log(API, path="{order=ord-12}"),
        *execution_log(API_2, at=5, extended=EXTENDED_2, served_by=C, trace=TRACE_2),
        *access_log(70, requestId=API, extendedRequestId=EXTENDED, status="200"),
        *strangers(),
        *ran(A, "checkout", log(A, "card 4711")),
        *ran(C, "browse"),
        *SHIPPED,
        *ran(B, "ship"),
        *ran(D, "pack"),
    ]:  # fmt: skip
        place = (event.log_group, event.log_stream)
        held.setdefault(place, []).append((event.timestamp, event.message))
    for (group, stream), lines in held.items():
        cloudwatch.put(group, stream, sorted(lines, key=lambda line: line[0]))
    return cloudwatch


@pytest.fixture
def trace(system: LogsService) -> Trace:
    """Run `trace` on all groups and return the transaction; everything must have been read."""

    def ask(identifier: str) -> dict[str, Any]:
        stdout, stderr = io.StringIO(), io.StringIO()
        environment = Environment(
            stdin=None, stdin_is_terminal=True, stdout=stdout, stdout_is_terminal=False,
            stderr=stderr, stderr_is_terminal=False, width=100, clock=lambda: NOW,
        )  # fmt: skip
        options = ["-S", "cloudwatch:", "-g", "*", "-s", "1h", "-o", "json", "--rate", "1000"]
        code = run(["trace", identifier, *options], environment)
        assert code == 0, stderr.getvalue()
        document = json.loads(stdout.getvalue())
        assert document["coverage"]["complete"]
        return document["transaction"]  # type: ignore[no-any-return]

    return ask


def functions(transaction: dict[str, Any]) -> list[str]:
    return [invocation["function"] for invocation in transaction["invocations"]]


def lone(transaction: dict[str, Any]) -> list[str]:
    return [event["message"] for event in transaction["unattributed"]]


def texts(*groups: list[Event]) -> list[str]:
    return [event.message for group in groups for event in group]


GATEWAY = texts(
    execution_log(API, path="{order=ord-12}"),
    access_log(70, requestId=API, extendedRequestId=EXTENDED, status="200"),
)


@pytest.mark.parametrize("typed", [API, EXTENDED, "ord-12", "4711", TRACE])
def test_an_api_request_and_its_invocation_are_found_from_either_end(
    trace: Trace, typed: str
) -> None:
    """By an ID of the gateway's, by what its lines or the function's mention, by the trace."""
    transaction = trace(typed)
    assert functions(transaction) == ["checkout"]
    assert lone(transaction) == GATEWAY


@pytest.mark.parametrize("typed", [ARN, NAME, "ord-77", B, D])
def test_an_execution_and_its_invocations_are_found_from_either_end(
    trace: Trace, typed: str
) -> None:
    """By its ARN, its name, or the request of a function that it called."""
    transaction = trace(typed)
    assert functions(transaction) == ["pack", "ship"]
    assert lone(transaction) == texts(SHIPPED)


def test_streams_of_the_gateway_are_not_read_whole(system: LogsService, trace: Trace) -> None:
    """Each of its lines names its request: the neighbours are other people's."""
    trace("ord-12")
    read = [call for call in system.requests if call.operation == "GetLogEvents"]
    whole = {call.given.get("logGroupName") for call in read}
    whole |= {
        call.given.get("logGroupName")
        for call in system.calls("FilterLogEvents")
        if call.given.get("logStreamNames")
    }
    assert "/aws/lambda/checkout" in whole
    assert not whole & {GROUP, "api-access", "/aws/vendedlogs/states/shop-Logs"}
