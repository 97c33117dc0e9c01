"""Which outline each kind of report gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from slsloggrep.model import ReportKind
from slsloggrep.model.outlines import Outline
from slsloggrep.outline.crashes import outline_crashes
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.latency import outline_latency
from slsloggrep.outline.tracing import outline_trace

OUTLINES: Mapping[ReportKind, Callable[[Draft], Outline]] = {
    ReportKind.TRACE: outline_trace,
    ReportKind.CRASHES: outline_crashes,
    ReportKind.CRASH: outline_trace,
    ReportKind.LATENCY: outline_latency,
    ReportKind.INCIDENT: outline_trace,
    ReportKind.EVENTS: outline_trace,
}
