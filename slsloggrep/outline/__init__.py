"""Reports worded and arranged: what every format shows, and the words that the terminal shares.

One module for each kind of report: `tracing`, `crashes`, `crash`, `latency`, `incident`, `events`.
What they are made of is below them: `transactions` and `runs` show invocations whole, `logs` choose
records, `coverage` tells what was not read. Texts stay as the logs have them: making them harmless
is each format's duty.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slsloggrep.outline.view import DOCUMENT, MESSAGE, TABLES, WHOLE, Limits, OutlineView, view_for

if TYPE_CHECKING:  # the terminal shares words and rules of this package, and needs no more of it
    from slsloggrep.model import Report
    from slsloggrep.model.outlines import Outline

__all__ = ["DOCUMENT", "MESSAGE", "TABLES", "WHOLE", "Limits", "OutlineView", "outline", "view_for"]


def outline(report: Report, view: OutlineView) -> Outline:
    """Return a report worded and in order, the answer first; the same report gives the same.

    No more is shown than the view's limits allow; what is left out is counted where it is missing.
    """
    from slsloggrep.outline.draft import Draft
    from slsloggrep.outline.kinds import OUTLINES
    from slsloggrep.outline.rows import build_rows

    made = OUTLINES[report.kind](Draft(report, view))
    return replace(made, rows=build_rows(report)) if view.rows else made
