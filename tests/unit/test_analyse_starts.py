"""Cold starts of tables of running times: who waited for an init, and for how long."""

from __future__ import annotations

import pytest

from slsloggrep.analyse.starts import init_of, is_cold, report_of
from slsloggrep.model import Event, Invocation
from slsloggrep.parse import Parser
from slsloggrep.stitch import stitch

ID = "11111111-1111-4111-8111-111111111111"
INIT = "INIT_START Runtime Version: python:3.12.v11\tRuntime Version ARN: arn:x\n"
START = f"START RequestId: {ID} Version: $LATEST\n"
END = f"END RequestId: {ID}\n"
FIGURES = (
    "Duration: 10.00 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t"
)
REPORT = f"REPORT RequestId: {ID}\t{FIGURES}\n"
COLD = f"REPORT RequestId: {ID}\t{FIGURES}Init Duration: 110.10 ms\t\n"
RESTORED = f"REPORT RequestId: {ID}\t{FIGURES}Restore Duration: 511.25 ms\t\n"
TIMEOUT = f"REPORT RequestId: {ID}\t{FIGURES}Status: timeout\n"
FAILED = f"REPORT RequestId: {ID}\t{FIGURES}Status: error\tError Type: Runtime.ExitError\n"
INIT_FAILED = (
    "INIT_REPORT Init Duration: 150.79 ms\tPhase: init\tStatus: error\t"
    "Error Type: Runtime.ExitError\n"
)
INIT_SLOW = "INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout\n"
INIT_IN_ADVANCE = "INIT_REPORT Init Duration: 150.79 ms\n"
IMPORT = "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'x'"
FAULT = f"RequestId: {ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n"


def run(*messages: str) -> Invocation:
    """Return the invocation that events make, a millisecond apart."""
    parser = Parser()
    events = (
        Event(1_795_431_600_000 + number, text, "/aws/lambda/f", "s", "", position=number)
        for number, text in enumerate(messages)
    )
    (found,) = stitch(map(parser.parse, events)).invocations
    return found


@pytest.mark.parametrize(
    ("messages", "cold", "init"),
    [
        ((START, END, REPORT), False, None),
        ((INIT, START, END, COLD), True, 110.10),
        ((START, END, COLD), True, 110.10),
        ((INIT, START, END, RESTORED), True, 511.25),
        # repeated after a crash: Lambda adds it to the duration, and states nothing
        ((INIT, START, END, REPORT), False, None),
        ((INIT, START, END, TIMEOUT), False, None),
        ((INIT, INIT_IN_ADVANCE, START, END, REPORT), False, None),
        # failed, and told by its own lines
        ((INIT, INIT_FAILED, INIT_FAILED, START, END, FAILED), True, None),
        ((INIT, INIT_SLOW, START, END, REPORT), True, None),
        ((INIT, IMPORT, IMPORT, START, END, REPORT), True, None),
        # no REPORT tells whose init it was
        ((INIT, START, FAULT), True, None),
        ((START, FAULT), False, None),
    ],
)
def test_a_cold_start_is_what_report_states_or_an_init_that_failed(
    messages: tuple[str, ...], cold: bool, init: float | None
) -> None:
    """Whether an invocation was read whole or as a row of figures, it counts alike."""
    invocation = run(*messages)
    report = report_of(invocation)
    assert (is_cold(invocation, report), init_of(report)) == (cold, init)
