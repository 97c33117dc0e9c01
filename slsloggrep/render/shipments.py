"""A shipment for people: how much is in the index now, and what is not."""

from __future__ import annotations

from rich.text import Text

from slsloggrep.harmless import visible
from slsloggrep.model import Shipment
from slsloggrep.wording import bytes_text, count_text, duration_text


def render_shipment(shipment: Shipment, seconds: float) -> Text:
    """Return a few lines: what is there, what was new of it, what was rejected, how fast it was."""
    delivered = shipment.delivered
    events = count_text(delivered.events, "event")
    invocations = count_text(delivered.invocations, "invocation")
    fates = {
        "new": delivered.created,
        "there before": delivered.existing,
        "written again": delivered.replaced,
        "rejected": delivered.rejected,
    }
    lines = [
        f"{events} and {invocations} are in {shipment.to}",
        ", ".join(f"{fate} {count}" for fate, count in fates.items()),
    ]
    if shipment.unsent:
        lines.append(f"not sent: {count_text(shipment.unsent, 'document')} at least")
    rate = delivered.documents / seconds if seconds > 0 else 0
    speed = f", {rate:.0f} documents/s" if rate >= 1 else ""
    lines.append(
        f"{bytes_text(delivered.bytes)} in {count_text(delivered.requests, 'request')}, "
        f"{duration_text(seconds * 1000)}{speed}"
    )
    if delivered.resent:
        lines.append(f"sent more than once: {count_text(delivered.resent, 'document')}")
    lines += [
        f"rejected: {one.index_name}/{one.id}: {one.kind}: {one.reason}"
        for one in delivered.rejections
    ]
    if delivered.rejected > len(delivered.rejections):
        lines.append(f"... and {delivered.rejected - len(delivered.rejections)} more")
    return Text("\n".join(visible(line, newlines=False) for line in lines))
