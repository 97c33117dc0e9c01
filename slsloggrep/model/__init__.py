"""The nouns of the project as immutable values: what flows from a source to the screen.

event -> record -> invocation -> transaction, crash or latency, and beside them the coverage, which
says what could really be read. Nothing here reads, parses, joins or shows anything: values and
their orders only.

Times are whole milliseconds since the epoch, UTC by definition (CloudWatch's own unit; a naive
local time cannot be expressed). Only `render` and `export` turn them into calendars.
"""

from __future__ import annotations

from slsloggrep.model.coverage import Coverage, Gap, PlannedRead
from slsloggrep.model.crashes import Crash, CrashGroup, CrashReport, Frame, Undone
from slsloggrep.model.figures import (
    BIN_EDGES_MS,
    Bound,
    Change,
    Ends,
    FigureBatch,
    Latency,
    Slow,
    bin_of,
    identities_of,
    identity_of,
)
from slsloggrep.model.invocations import Invocation, Status
from slsloggrep.model.links import Link
from slsloggrep.model.query import Query, Span, merge_stretches
from slsloggrep.model.records import (
    EVENT_ID_DIGITS,
    TRACE_KINDS,
    ErrorInfo,
    Event,
    Fact,
    Identifier,
    IdKind,
    Level,
    Millis,
    Platform,
    Record,
)
from slsloggrep.model.redactions import Redacted
from slsloggrep.model.reports import (
    Activity,
    Affected,
    LinkKey,
    Onset,
    Report,
    ReportKind,
    link_key,
)
from slsloggrep.model.shipments import Delivered, Rejection, Shipment
from slsloggrep.model.transactions import Evidence, Member, Transaction

__all__ = [
    "Activity",
    "Affected",
    "BIN_EDGES_MS",
    "Bound",
    "Change",
    "Coverage",
    "Crash",
    "CrashGroup",
    "CrashReport",
    "Delivered",
    "EVENT_ID_DIGITS",
    "Ends",
    "ErrorInfo",
    "Event",
    "Evidence",
    "Fact",
    "FigureBatch",
    "Frame",
    "Gap",
    "IdKind",
    "Identifier",
    "Invocation",
    "Latency",
    "Level",
    "Link",
    "LinkKey",
    "Member",
    "Millis",
    "Onset",
    "PlannedRead",
    "Platform",
    "Query",
    "Record",
    "Redacted",
    "Rejection",
    "Report",
    "ReportKind",
    "Shipment",
    "Slow",
    "Span",
    "Status",
    "TRACE_KINDS",
    "Transaction",
    "Undone",
    "bin_of",
    "identities_of",
    "identity_of",
    "link_key",
    "merge_stretches",
]
