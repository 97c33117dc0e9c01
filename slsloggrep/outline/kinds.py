"""Which outline each kind of report gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from slsloggrep.model import ReportKind
from slsloggrep.model.outlines import Outline
from slsloggrep.outline.checks import outline_checks
from slsloggrep.outline.crash import outline_crash
from slsloggrep.outline.crashes import outline_crashes
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.events import outline_events
from slsloggrep.outline.incident import outline_incident
from slsloggrep.outline.inventory import outline_functions
from slsloggrep.outline.latency import outline_latency
from slsloggrep.outline.tracing import outline_trace

OUTLINES: Mapping[ReportKind, Callable[[Draft], Outline]] = {
    ReportKind.TRACE: outline_trace,
    ReportKind.CRASHES: outline_crashes,
    ReportKind.CRASH: outline_crash,
    ReportKind.LATENCY: outline_latency,
    ReportKind.INCIDENT: outline_incident,
    ReportKind.EVENTS: outline_events,
    ReportKind.FUNCTIONS: outline_functions,
    ReportKind.DOCTOR: outline_checks,
}
