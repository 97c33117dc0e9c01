"""Wires the stages: plans passes over sources, and knows when to stop.

One module for each question: `tracing` (what was one transaction?), `search` (who wrote this?),
`crashes` (what failed?), `latency` (what is slow?). What time is searched is `windows`' matter;
what records mean, and what belongs together, is decided below, by `parse`, `stitch` and `analyse`.
"""

from __future__ import annotations

from slsloggrep.investigate.search import GrepFinding, Match, grep
from slsloggrep.investigate.tracing import TraceFinding, trace, trace_query
from slsloggrep.investigate.windows import Window, default_window, first_query

__all__ = [
    "GrepFinding",
    "Match",
    "TraceFinding",
    "Window",
    "default_window",
    "first_query",
    "grep",
    "trace",
    "trace_query",
]
