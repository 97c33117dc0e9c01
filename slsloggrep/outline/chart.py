"""Invocations and crashes over time, as a chart."""

from __future__ import annotations

from collections.abc import Sequence

from slsloggrep.model import Activity, Millis
from slsloggrep.model.outlines import Chart, Slice
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.spreading import round_step
from slsloggrep.wording import clock_text, day_text, duration_text

_MOST_SLICES = 96
"""Narrower ones cannot be told apart on a phone."""
_MINUTE: Millis = 60_000


def build_chart(draft: Draft, *, began: Millis | None = None) -> Chart | None:
    """Return the report's activity over time, or its crashes alone; None: there is nothing.

    `began` is when it began, which is marked.
    """
    activity = _merged(draft.report.activity or _of_crashes(draft))
    if not any(slice_.crashes or slice_.invocations for slice_ in activity):
        return None
    first, last = activity[0].start, activity[-1].until
    marked = None
    if began is not None and first <= began < last:
        marked = next(i for i, slice_ in enumerate(activity) if began < slice_.until)
    counted = all(slice_.invocations is not None for slice_ in activity)
    return Chart(
        title="Invocations and crashes over time" if counted else "Crashes over time",
        start=draft.moment(first),
        end=draft.moment(last),
        step=duration_text(activity[0].until - first),
        slices=tuple(
            Slice(_label(draft, part, first, last), part.invocations, part.crashes)
            for part in activity
        ),
        marked=marked,
        marked_label="" if marked is None else "began",
    )


def _label(draft: Draft, part: Activity, first: Millis, last: Millis) -> str:
    """Return when a slice begins: the time of day, with the day where there are several."""
    tz = draft.view.tz
    clock = clock_text(part.start, tz, millis=part.start % 1000 != 0)
    day = day_text(part.start, tz)
    return clock if day_text(first, tz) == day_text(last - 1, tz) else f"{day} {clock}"


def _of_crashes(draft: Draft) -> Sequence[Activity]:
    """Return how many crashes there were in each part of the window, or from first to last."""
    report = draft.report
    times = sorted(crash.time for crash in report.crashes)
    if not times:
        return ()
    since = times[0] if report.since is None else min(report.since, times[0])
    until = times[-1] + 1 if report.until is None else max(report.until, times[-1] + 1)
    step = round_step(max(until - since, _MINUTE), _MOST_SLICES // 2)
    start = since - since % step
    counts = [0] * -(-(until - start) // step)
    for time in times:
        counts[(time - start) // step] += 1
    return [
        Activity(start + index * step, start + (index + 1) * step, None, count)
        for index, count in enumerate(counts)
    ]


def _merged(activity: Sequence[Activity]) -> Sequence[Activity]:
    """Return no more parts than can be told apart, each of as many as it takes."""
    together = -(-len(activity) // _MOST_SLICES)
    if together <= 1:
        return activity
    merged = []
    for index in range(0, len(activity), together):
        parts = activity[index : index + together]
        totals = [part.invocations for part in parts if part.invocations is not None]
        merged.append(
            Activity(
                parts[0].start,
                parts[-1].until,
                sum(totals) if len(totals) == len(parts) else None,
                sum(part.crashes for part in parts),
            )
        )
    return merged
