"""Reports to show: the demo's, by the real pipeline, and some with gaps and hostile records.

Each is made once and is the same in every run. `hostile_trace` and `hostile_events` hold log text
that wants to run, to break out or to deceive, in every place where log text can get to.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from hostile_samples import HOSTILE
from shown_samples import checkout, member, record
from shown_samples import invocation as invoke

from slsloggrep.analyse.comparison import ERRORS_TEST_NAME, TEST_NAME, compare
from slsloggrep.analyse.health import find_weaknesses
from slsloggrep.analyse.ledger import Ledger
from slsloggrep.export.checks import policy_text
from slsloggrep.investigate import Match, grep, trace
from slsloggrep.investigate.crash_report import report_crash
from slsloggrep.investigate.crashes import CrashFinding, find_crashes
from slsloggrep.investigate.latency import find_latency
from slsloggrep.model import (
    Activity,
    Affected,
    Coverage,
    Crash,
    ErrorInfo,
    Gap,
    Level,
    Link,
    Millis,
    Onset,
    Record,
    Redacted,
    Report,
    ReportKind,
    Status,
    Transaction,
    link_key,
)
from slsloggrep.model.checks import Check, Checked, Permission, Verdict
from slsloggrep.model.inventory import DeployedFunction, Inspected, Weakness
from slsloggrep.parse import Parser
from slsloggrep.sources.base import Settings, Source
from slsloggrep.sources.demo import hostile, open_demo
from slsloggrep.sources.demo.story import MINUTE_MS, tell

NOW: Millis = 1_795_453_200_000
"""2026-11-23T17:00:00Z: the demo tells the three hours before."""
HOUR: Millis = 3_600_000
SINCE: Millis = NOW - 2 * HOUR
DEMO = "demo:2026-11-23T17:00Z"
REACH: Millis = HOUR
MADE_AT: Millis = NOW + 5 * MINUTE_MS

GAPS = Coverage(
    source="s3://shop-logs/prod",
    events=8_120,
    bytes=1_204_000,
    raw_bytes=9_800_000,
    requests=41,
    objects=38,
    gaps=(
        Gap("prod/2026/11/23/16/shop-1-2026-11-23-16-10-00-a1", "the gzip stream is cut off"),
        Gap("prod/2026/11/23/16/shop-1-2026-11-23-16-25-00-b2", "access denied"),
        Gap("prod/2026/11/23/16/shop-1-2026-11-23-16-40-00-c3", "access denied"),
    ),
    notes=("times were taken from object names",),
)
"""Coverage of an archive that could not be read whole."""

MARKUP = (
    "<script>alert(1)</script>",
    "</style></script><img src=x onerror=alert(1)>",
    "<!-- --><svg/onload=alert(1)>&lt;b&gt;&amp;#39;",
    '" onmouseover="alert(1)" x=\'',
    "[click](javascript:alert(1)) ![](https://evil.example/x.png)",
    "```\nend of fence\n~~~~\n# heading | cell | **bold** <details open>",
    "| a | b |\n|---|---|\n| https://evil.example | @everyone #1 |",
    '=HYPERLINK("https://evil.example","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "%0A",
    ';,"quoted",\n\'',
    "sequenceDiagram\nA->>B: end; %%{init: {}}%%",
    "{{7*7}} {% raw %} ${7*7} #{7*7}",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "]]></x><x>",
)
"""Text that some format would obey."""
POISON = (*MARKUP, *HOSTILE)


class _Patient:
    """Waits as long as it takes."""

    cancelled = False

    def progress(self, coverage: Coverage) -> None:
        """Do nothing."""


def _demo() -> list[Source]:
    return [open_demo(DEMO, Settings(now=NOW))]


@lru_cache
def demo_transaction(identifier: str = "") -> tuple[Transaction, tuple[Coverage, ...], str]:
    """Return a transaction of the demo, what was read, and why that window; the lamp's, if none."""
    finding = trace(
        _demo(),
        identifier or tell(NOW).lamp_order,
        parser=Parser(),
        since=None,
        until=None,
        reach=REACH,
        max_hops=8,
        watch=_Patient(),
        now=NOW,
    )
    return finding.transaction, finding.coverage, finding.window.reason


@lru_cache
def demo_crashes() -> CrashFinding:
    """Return what crashed in the demo's last two hours, told apart from the hour before."""
    return find_crashes(
        _demo(),
        parser=Parser(),
        since=SINCE,
        until=NOW,
        now=NOW,
        limit=None,
        logged=False,
        lines=False,
        baseline=HOUR,
        watch=_Patient(),
    )


def _head(kind: ReportKind, subject: str, question: str) -> Report:
    return Report(
        kind=kind,
        subject=subject,
        question=question,
        made_at=MADE_AT,
        program="slsloggrep 0.0-test",
        arguments=("-S", DEMO),
    )


@lru_cache
def trace_report(identifier: str = "") -> Report:
    """Return the report of a transaction of the demo: of the order that is never shipped."""
    transaction, coverage, reason = demo_transaction(identifier)
    question = f"slsloggrep report trace {transaction.id} -S {DEMO}"
    return replace(
        _head(ReportKind.TRACE, transaction.id, question),
        searched=reason,
        transactions=(transaction,),
        coverage=coverage,
        links=_links(transaction),
    )


def _links(transaction: Transaction) -> dict[tuple[str, str, str, Millis], tuple[Link, ...]]:
    console = "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1"
    return {
        link_key(m.invocation): (
            Link("CloudWatch log stream", f"{console}#logsV2:log-groups/log-group/x{index}"),
            Link("Logs Insights", f"{console}#logsV2:logs-insights$3FqueryDetail$3D{index}"),
        )
        for index, m in enumerate(transaction.members)
    }


@lru_cache
def empty_report() -> Report:
    """Return the report of a transaction of which nothing was found."""
    transaction, coverage, reason = demo_transaction("ord-99999")
    return replace(
        _head(ReportKind.TRACE, "ord-99999", f"slsloggrep report trace ord-99999 -S {DEMO}"),
        searched=reason,
        transactions=(transaction,),
        coverage=coverage,
    )


@lru_cache
def partial_report() -> Report:
    """Return a trace of which something could not be read, with redactions and notes."""
    return replace(
        trace_report(),
        coverage=(*trace_report().coverage, GAPS),
        notes=("times are those of the log stream",),
        redacted=(Redacted("email", 2, 31), Redacted("aws_key", 1, 1)),
        transactions=(replace(trace_report().transactions[0], hops_cut=True),),
    )


@lru_cache
def crashes_report() -> Report:
    """Return the report of what crashed in the demo's last two hours."""
    finding = demo_crashes()
    return replace(
        _head(ReportKind.CRASHES, "", f"slsloggrep report crashes -s 2h --baseline 1h -S {DEMO}"),
        since=finding.window.since,
        until=finding.window.until,
        searched=finding.window.reason,
        crashes=finding.crashes,
        groups=finding.groups,
        activity=_activity(finding.crashes, counted=False),
        coverage=finding.coverage,
    )


def _activity(crashes: tuple[Crash, ...], *, counted: bool) -> tuple[Activity, ...]:
    step = 5 * MINUTE_MS
    slices = []
    for start in range(SINCE, NOW, step):
        bad = sum(start <= crash.time < start + step for crash in crashes)
        slices.append(Activity(start, start + step, 40 + bad if counted else None, bad))
    return tuple(slices)


@lru_cache
def crash_report(name: str = "") -> Report:
    """Return the report of one crash: the newest of the most frequent group, if none is named."""
    name = name or demo_crashes().groups[0].fingerprint
    finding = report_crash(
        _demo(),
        name,
        parser=Parser(),
        since=NOW - 3 * HOUR,
        until=NOW,
        now=NOW,
        reach=REACH,
        watch=_Patient(),
    )
    assert finding.report is not None
    return replace(
        _head(ReportKind.CRASH, name, f"slsloggrep report crashes show {name} -S {DEMO}"),
        since=finding.window.since,
        until=finding.window.until,
        crash_reports=(finding.report,),
        coverage=finding.coverage,
    )


@lru_cache
def latency_report() -> Report:
    """Return the report of the demo's running times, its last two hours beside the one before."""
    until, since = NOW, SINCE
    before = (since - HOUR, since)

    def make_ledger(first: Millis | None, last: Millis | None) -> Ledger:
        return Ledger(since=first, until=last, slowest=10)

    finding = find_latency(
        _demo(),
        parser=Parser(),
        since=since,
        until=until,
        now=NOW,
        make_ledger=make_ledger,
        other=before,
        watch=_Patient(),
    )
    assert finding.compared is not None
    return replace(
        _head(ReportKind.LATENCY, "", f"slsloggrep report latency -s 2h -S {DEMO}"),
        since=since,
        until=until,
        searched=finding.window.reason,
        latency=finding.ledger.rows(sort="invocations"),
        total=finding.ledger.total(),
        slowest=finding.ledger.slowest(),
        changes=compare(finding.compared, finding.ledger),
        change_test=f"{TEST_NAME}; of errors {ERRORS_TEST_NAME}",
        before=before,
        coverage=finding.coverage,
    )


@lru_cache
def incident_report() -> Report:
    """Return an incident: what broke in the demo's last two hours, with all that belongs to it."""
    crashes, latency = crashes_report(), latency_report()
    new = [group for group in crashes.groups if group.is_new] or list(crashes.groups)
    first = min(new, key=lambda group: group.first_seen)
    lamp = trace_report().transactions[0]
    affected = tuple(
        Affected(c.request_id or "", c.time, c.function, c.kind, c.fingerprint, recovered=None)
        for c in reversed(crashes.crashes)
        if c.request_id
    )
    return replace(
        crashes,
        kind=ReportKind.INCIDENT,
        question=f"slsloggrep report incident -s 2h -S {DEMO}",
        latency=latency.latency,
        total=latency.total,
        changes=latency.changes,
        change_test=latency.change_test,
        before=latency.before,
        slowest=latency.slowest,
        activity=_activity(crashes.crashes, counted=True),
        onset=Onset(first.first_seen, first.fingerprint, NOW - 3 * HOUR),
        affected=affected,
        transactions=(lamp,),
        crash_reports=crash_report(first.fingerprint).crash_reports,
        links=trace_report().links,
        coverage=(*crashes.coverage, GAPS),
    )


@lru_cache
def events_report() -> Report:
    """Return what a search for the attacker's address finds in the demo, escapes included."""
    address = hostile.SCANNER.ip
    finding = grep(
        _demo(),
        Match(literals=(address,), accept=lambda record: address in record.event.message),
        parser=Parser(),
        since=NOW - HOUR,
        until=NOW,
        limit=None,
        invocations=False,
        watch=_Patient(),
        now=NOW,
    )
    return replace(
        _head(ReportKind.EVENTS, address, f"slsloggrep grep {address} -s 1h -S {DEMO}"),
        since=NOW - HOUR,
        until=NOW,
        records=tuple(finding.records),
        coverage=finding.coverage,
    )


@lru_cache
def functions_report() -> Report:
    """Return functions in several states of health, in two places, and a region that was denied."""
    functions = [
        DeployedFunction(
            name=f"shop-{number:02d}",
            region="eu-west-1" if number % 2 else "us-east-1",
            arn=f"arn:aws:lambda:eu-west-1:123456789012:function:shop-{number:02d}",
            place="prod@eu-west-1" if number % 2 else "prod@us-east-1",
            runtime="python3.13" if number % 3 else "image",
            memory_mb=512,
            timeout_s=29,
            log_group=f"/aws/lambda/shop-{number:02d}",
            log_format="JSON" if number % 4 else "Text",
            application_level="INFO" if number % 4 else "",
            system_level=("WARN" if number % 8 == 1 else "INFO") if number % 4 else "",
            traced=number % 5 != 0,
            group_exists=number != 7,
            retention_days=30 if number % 3 and number != 7 else None,
            infrequent=number == 9,
            last_activity=NOW - number * HOUR if number != 7 else None,
            activity_known=True,
        )
        for number in range(1, 13)
    ]
    return replace(
        _head(ReportKind.FUNCTIONS, "", "slsloggrep functions --region us-east-1"),
        searched="what Lambda and CloudWatch Logs tell of functions; no logs were read",
        inventory=tuple(Inspected(each, find_weaknesses(each)) for each in functions),
        coverage=(
            Coverage(
                source="cloudwatch:",
                requests=31,
                unit="log group",
                gaps=(Gap("ap-south-1", "lambda:ListFunctions is not allowed"),),
            ),
        ),
    )


@lru_cache
def healthy_report() -> Report:
    """Return one function of which nothing is unhealthy."""
    report = functions_report()
    return replace(report, inventory=(report.inventory[1],), coverage=())


@lru_cache
def no_functions_report() -> Report:
    """Return the report that there is no such function."""
    return replace(functions_report(), inventory=(), coverage=(Coverage(source="cloudwatch:"),))


@lru_cache
def checks_report() -> Report:
    """Return checks of two sources, of which some things are denied and some not tried."""
    listing = Permission("logs:DescribeLogGroups")
    checks = (
        Check(what="versions", verdict=Verdict.OK, detail="slsloggrep 0.0-test, Python 3.13"),
        Check(
            what="log groups",
            verdict=Verdict.MISSING,
            detail="logs:DescribeLogGroups is not allowed",
            hint="slsloggrep doctor --policy prints the policy",
            permissions=(listing,),
            denied=True,
            place="prod@eu-west-1",
        ),
        Check(what="read", verdict=Verdict.UNCHECKED, detail="no group is known to try it with"),
        Check(what="clock", verdict=Verdict.NOTE, detail="this machine is 4 s ahead"),
    )
    return replace(
        _head(ReportKind.DOCTOR, "", "slsloggrep doctor -S cloudwatch:"),
        searched="no logs: what reading them needs was tried",
        checks=(
            Checked("slsloggrep", checks[0]),
            *(Checked("cloudwatch:", check) for check in checks[1:]),
        ),
        policy=policy_text([listing]),
        notes=("it was interrupted: it holds what was found until then",),
    )


@lru_cache
def hostile_setup() -> Report:
    """Return functions and groups of hostile names."""
    functions = [
        DeployedFunction(
            name=text,
            region=text,
            arn=text,
            place=text,
            runtime=text,
            log_group=text,
            log_format=text,
            application_level=text,
            system_level=text,
        )
        for text in POISON
    ]
    return replace(
        _head(ReportKind.FUNCTIONS, POISON[0], f"slsloggrep functions '{POISON[0]}'"),
        searched=POISON[1],
        inventory=tuple(Inspected(each, (Weakness(each.name, each.name),)) for each in functions),
        coverage=(Coverage(source=POISON[0], gaps=tuple(Gap(text, text) for text in POISON)),),
        notes=POISON,
    )


@lru_cache
def hostile_checks() -> Report:
    """Return checks whose every text is hostile, and the policy that would mend them."""
    permissions = tuple(Permission(text, (text,), text) for text in POISON)
    checks = [
        Check(
            what=text,
            verdict=verdict,
            detail=text,
            hint=text,
            place=text,
            permissions=permissions,
            denied=True,
        )
        for text in POISON
        for verdict in (Verdict.MISSING, Verdict.UNCHECKED)
    ]
    return replace(
        _head(ReportKind.DOCTOR, POISON[0], "slsloggrep doctor"),
        checks=tuple(Checked(check.what, check) for check in checks),
        policy=policy_text(permissions),
        notes=POISON,
    )


@lru_cache
def hostile_trace() -> Report:
    """Return a transaction whose every text is hostile: names, messages, errors, responses."""
    members = []
    for index, text in enumerate(POISON):
        request = f"{index:08d}-0000-4000-8000-000000000000"
        error = ErrorInfo(type=text, message=text, stack=(text, f"at {text} ({text}:1)"))
        failed = index % 3 == 0
        call = invoke(
            text,
            request,
            index * 1000,
            500,
            record(index * 1000 + 5, text, text, level=Level.INFO, fields={text: text}),
            record(index * 1000 + 9, text, text, level=Level.ERROR, error=error),
            status=Status.ERROR if failed else Status.OK,
            error_type=text if failed else None,
            error_message=text if failed else None,
            response={text: [text]},
            states_response=True,
            version=text,
        )
        members.append(member(call, 1))
    whole = checkout()
    return replace(
        _head(ReportKind.TRACE, POISON[0], f"slsloggrep report trace '{POISON[0]}'"),
        searched=POISON[1],
        arguments=("-S", POISON[2]),
        transactions=(
            Transaction(
                id=POISON[0],
                identifiers=whole.identifiers,
                members=tuple(members),
                unattributed=tuple(hostile_records()),
            ),
        ),
        coverage=(
            Coverage(
                source=POISON[0],
                gaps=tuple(Gap(text, text) for text in POISON),
                notes=POISON,
            ),
        ),
        notes=POISON,
        redacted=tuple(Redacted(text, 1, 2) for text in MARKUP),
    )


def hostile_records() -> list[Record]:
    """Return records of hostile text, of no invocation."""
    return [
        replace(record(index, text, text, level=Level.WARN, fields={text: text}), function=text)
        for index, text in enumerate(POISON)
    ]


@lru_cache
def hostile_events() -> Report:
    """Return records of hostile text as a search would find them."""
    return replace(
        _head(ReportKind.EVENTS, POISON[0], "slsloggrep grep x"),
        records=tuple(hostile_records()),
        coverage=(GAPS,),
    )
