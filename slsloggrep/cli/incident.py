"""What `report incident` answers: an incident is investigated, and written into a document.

What is asked for is understood by `slsloggrep.cli.report_incident`.
"""

from __future__ import annotations

from slsloggrep.analyse.activity import TimedLedger
from slsloggrep.analyse.prices import price_of
from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.publication import Publication
from slsloggrep.cli.reply import Reply
from slsloggrep.cli.reports import head_of, incident_report
from slsloggrep.investigate.crash_report import CrashReportFinding, report_crash
from slsloggrep.investigate.incident import IncidentFinding, investigate_incident
from slsloggrep.model import Millis

_SLOWEST = 10


def report_incident(
    environment: Environment,
    inputs: Inputs,
    output: Output,
    publication: Publication,
    *,
    baseline: Millis | None,
    whole: int,
    reach: Millis,
) -> int:
    """Investigate, write the document, and return the exit code."""
    region = inputs.regions[0] if len(inputs.regions) == 1 else None
    price = price_of(region, None, {})

    def make_ledger(since: Millis | None, until: Millis | None) -> TimedLedger:
        return TimedLedger(
            since=since, until=until, zone=inputs.zone, slowest=_SLOWEST, price=price
        )

    reply = Reply(environment, inputs, output, publication)
    with reply.working() as (sources, watch):
        finding = investigate_incident(
            sources,
            parser=inputs.make_parser(),
            since=inputs.since,
            until=inputs.until,
            now=inputs.now,
            baseline=baseline,
            make_ledger=make_ledger,
            reach=reach,
            whole=whole,
            watch=watch,
        )
        first = _first_crash(finding)
        told: CrashReportFinding | None = None
        if first is not None and not watch.cancelled:
            told = report_crash(
                sources,
                first,
                parser=inputs.make_parser(),
                since=finding.window.since,
                until=finding.window.until,
                now=inputs.now,
                reach=reach,
                watch=watch,
            )
    head = head_of(environment, inputs, inputs.subject)
    publication.publish(incident_report(head, finding, told), sources)
    return reply.conclude(
        found=bool(finding.crashes.crashes) or finding.latency.ledger.total() is not None,
        coverage=finding.coverage,
        window=finding.window,
        interrupted=finding.interrupted,
    )


def _first_crash(finding: IncidentFinding) -> str | None:
    """Return the fingerprint of the crash that is told whole: that it began with, or the usual."""
    if finding.onset is not None:
        return finding.onset.fingerprint
    return finding.crashes.groups[0].fingerprint if finding.crashes.groups else None
