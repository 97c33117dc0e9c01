"""Which invocations are cold starts, and how long their init took, for tables of running times.

REPORT is asked, for it is all that is read of what ended well: it states the init, or the restore,
that the request waited for. A failed init is stated nowhere but in its own lines. No cold start is
an init that went well and that REPORT says nothing of: one in advance (provisioned concurrency), or
the one that Lambda repeats after a crash and adds to the duration (Developer Guide,
lambda-runtime-environment, "suppressed init").
"""

from __future__ import annotations

from slsloggrep.model import Fact, Invocation, Record, Status
from slsloggrep.parse.endings import BAD_STATUSES

_BEGINNINGS = frozenset({Fact.INIT_START, Fact.RESTORE_START})
_ENDS = frozenset(
    {
        Fact.INIT_REPORT,
        Fact.INIT_RUNTIME_DONE,
        Fact.RESTORE_REPORT,
        Fact.RESTORE_RUNTIME_DONE,
    }
)


def report_of(invocation: Invocation) -> Record | None:
    """Return the record that ends an invocation, or None where none was read."""
    for record in reversed(invocation.records):
        if record.fact is Fact.REPORT and record.request_id in (None, invocation.request_id):
            return record
    return None


def init_of(report: Record | None) -> float | None:
    """Return how many ms the init or the restore took that a REPORT states; None: of none."""
    platform = report.platform if report is not None else None
    if platform is None:
        return None
    return platform.init_ms if platform.init_ms is not None else platform.restore_ms


def is_cold(invocation: Invocation, report: Record | None) -> bool:
    """Tell whether an invocation that was read whole is a cold start."""
    if init_of(report) is not None:
        return True
    if report is None or invocation.status is Status.INIT_ERROR or not invocation.cold_start:
        return invocation.cold_start
    facts = [record.platform for record in invocation.records if record.platform is not None]
    ends = [platform for platform in facts if platform.fact in _ENDS]
    if any(platform.status in BAD_STATUSES for platform in ends):
        return True
    return not ends and not any(platform.fact in _BEGINNINGS for platform in facts)
