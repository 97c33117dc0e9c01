"""Outlines that use everything a page can show, made by hand."""

from __future__ import annotations

from pathlib import Path

from slsloggrep.export.html.page import html_page
from slsloggrep.model.links import Link
from slsloggrep.model.outlines import (
    Bar,
    Cell,
    Chart,
    Column,
    Cut,
    Distribution,
    Excerpt,
    Facts,
    Line,
    Log,
    Mark,
    Outline,
    Paragraph,
    Points,
    Quantile,
    Run,
    Section,
    Sequence,
    Slice,
    Span,
    Step,
    Table,
    Tone,
    Waterfall,
)

GOLDEN = Path(__file__).with_name("html_incident.html")
T0 = 1_764_338_582_114
REQUESTS = (
    "8f1c2d3e-4a5b-6c7d-8e9f-a0b1c2d3e4f5",
    "1b9e77c0-0c1d-4e2f-9a3b-5c6d7e8f9a0b",
    "c0ffee00-1234-5678-9abc-def012345678",
)


def line(text: str, tone: Tone = Tone.PLAIN, anchor: str = "") -> Line:
    return (Span(text, tone, anchor),)


def mark(number: int, text: str, level: str = "", **other: object) -> Mark:
    return Mark(f"+{number * 0.137:.3f} s", T0 + 137 * number, level, text, **other)  # type: ignore[arg-type]


MARKUP = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!--",
    "]]>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "javascript:alert(1)",
    "{{7*7}} {% raw %} {# x #}",
    "&lt;b&gt; &#60;i&#62; &amp;",
    "${7*7} `x` \\u003cb\\u003e",
]


TRACEBACK = """[ERROR] PaymentDeclined: card declined for order ord-2207
Traceback (most recent call last):
  File "/var/task/charge.py", line 41, in handler
    receipt = charge(event["order"], event["card"])
  File "/var/task/charge.py", line 88, in charge
    raise PaymentDeclined(f"card declined for order {order}")"""

MARKS = (
    mark(0, f"START RequestId: {REQUESTS[1]} Version: $LATEST", tone=Tone.FAINT),
    mark(1, "order ord-2207: asking for 129.90 EUR", "INFO", mentions=True),
    mark(2, "cache miss for customer 4711", "DEBUG", key=False),
    mark(3, '{"level":"info","message":"ledger is slow","waited_ms":812}', "INFO", key=False),
    mark(4, "the bank answered late (812 ms); second attempt", "WARN", tone=Tone.NOTABLE),
    mark(5, TRACEBACK, "ERROR", tone=Tone.BAD, mentions=True),
    mark(6, f"END RequestId: {REQUESTS[1]}", key=False, tone=Tone.FAINT),
    mark(
        7,
        f"REPORT RequestId: {REQUESTS[1]}\tDuration: 1204.11 ms\tBilled Duration: 1205 ms\t"
        "Memory Size: 256 MB\tMax Memory Used: 91 MB\tStatus: error",
        tone=Tone.FAINT,
    ),
)


def run(
    anchor: str,
    function: str,
    request: str,
    tone: Tone,
    status: str,
    marks: tuple[Mark, ...] = MARKS,
    **other: object,
) -> Run:
    return Run(
        anchor=anchor,
        function=function,
        title=(
            Span(function, Tone.STRONG),
            Span("  attempt 1 · "),
            Span(status, tone),
            Span(" · 1.204 s", Tone.FAINT),
        ),
        tone=tone,
        request_id=request,
        facts=Facts(
            rows=(
                ("Request", line(request, Tone.CODE)),
                ("Started", line("2025-11-28 14:03:02.114 UTC")),
                ("Memory", line("91 of 256 MB")),
                ("Error", line("PaymentDeclined", Tone.BAD) if tone is Tone.BAD else line("none")),
                ("Log", line(f"2025/11/28/[$LATEST]{anchor}", Tone.CODE)),
                ("Joined by", line("correlation ID ord-2207 in the field order_id")),
            )
        ),
        log=Log(marks=marks, omitted=12, omitted_hint="slsloggrep trace ord-2207 --events all"),
        links=(
            Link("CloudWatch log stream", "https://console.aws.example/cloudwatch#logs"),
            Link("X-Ray trace", "https://console.aws.example/xray"),
        ),
        **other,  # type: ignore[arg-type]
    )


WATERFALL = Waterfall(
    start="14:03:02.114",
    end="14:05:09.871",
    bars=(
        Bar("order-api", 0.0, 0.13, 0.42, "812 ms", "ok", Tone.GOOD, "run-1"),
        Bar("charge-card, attempt 1", 0.2, 0.2, 0.44, "1.204 s", "error", Tone.BAD, "run-2"),
        Bar("charge-card, attempt 2", 0.56, 0.56, 0.86, "1.198 s", "error", Tone.BAD, ""),
        Bar("notify-customer", 0.9, 0.97, 1.0, "31 ms", "incomplete", Tone.NOTABLE, "run-3"),
    ),
    cuts=(Cut(0.46, 0.56, "2 m 03 s"),),
    omitted=2,
)
SEQUENCE = Sequence(
    participants=("client", "order-api", "charge-card"),
    steps=(
        Step(0, 1, "POST /orders"),
        Step(1, 2, "ord-2207"),
        Step(2, 2, "PaymentDeclined", Tone.BAD),
        Step(2, 1, "error after 1.204 s", Tone.BAD),
    ),
    omitted=1,
)
CHART = Chart(
    title="Invocations and crashes",
    start="13:00",
    end="15:00",
    step="5 m",
    slices=tuple(
        Slice(
            f"{13 + n // 12}:{n % 12 * 5:02d}", 900 + 37 * (n * 7 % 11), 0 if n < 12 else 3 + n % 5
        )
        for n in range(24)
    ),
    marked=12,
    marked_label="it began 14:03",
)
DISTRIBUTION = Distribution(
    title="charge-card",
    start="10 ms",
    end="10 s",
    counts=(0, 2, 9, 41, 160, 310, 260, 120, 64, 31, 12, 4, 0, 0, 3, 18),
    bins=tuple(f"{10 * 1.54**n:.0f} to {10 * 1.54 ** (n + 1):.0f} ms" for n in range(16)),
    quantiles=(
        Quantile("p50", "96 ms", 0.34),
        Quantile("p95", "512 ms", 0.57),
        Quantile("p99", "780 ms", 0.63),
        Quantile("limit", "6 s", 0.97),
    ),
)
GROUPS = Table(
    name="crash_groups",
    columns=(
        Column("function", "Function"),
        Column("kind", "Kind"),
        Column("title", "What"),
        Column("count", "Crashes", numeric=True),
        Column("over_time", "Over time"),
        Column("fingerprint", "Fingerprint"),
    ),
    rows=(
        (
            Cell("charge-card", "charge-card", Tone.STRONG, "run-2"),
            Cell("error", "error", Tone.BAD),
            Cell("PaymentDeclined: card declined for order *", None),
            Cell("57", 57),
            Cell("", None, bars=(0, 0, 0, 1, 4, 9, 12, 8, 11, 12)),
            Cell("9c1e22", "9c1e22", Tone.CODE),
        ),
        (
            Cell("notify-customer", "notify-customer", Tone.STRONG),
            Cell("timeout", "timeout", Tone.NOTABLE),
            Cell("timed out after 3 s", None),
            Cell("4", 4),
            Cell("", None, bars=(0, 0, 0, 0, 0, 1, 0, 2, 0, 1)),
            Cell("77ab01", "77ab01", Tone.CODE),
        ),
    ),
    omitted=3,
    omitted_hint="slsloggrep crashes --limit 0",
)
LATENCY = Table(
    name="latency",
    columns=(
        Column("function", "Function"),
        *(
            Column(f"{name}_ms", name, numeric=True)
            for name in ("Invocations", "Errors", "Cold", "mean", "p50", "p90", "p95", "p99", "max")
        ),
        Column("before", "p99 before", numeric=True),
        Column("cost", "USD", numeric=True),
    ),
    rows=tuple(
        (
            Cell(name, name, Tone.STRONG),
            Cell("11 204", 11204),
            Cell("57", 57, Tone.BAD),
            *(Cell(text) for text in ("203", "121 ms", "96 ms", "204 ms", "512 ms")),
            Cell("780 ms", 780, Tone.NOTABLE),
            *(Cell(text) for text in ("6.000 s", "301 ms", "0.41")),
        )
        for name in ("charge-card", "order-api", "notify-customer")
    ),
)
EXCERPT = Excerpt(
    lines=(
        line("PaymentDeclined: card declined for order ord-2207", Tone.BAD),
        line('  File "/opt/python/bank/client.py", line 12, in ask', Tone.FAINT),
        line('  File "/var/task/charge.py", line 88, in charge', Tone.STRONG),
    )
)


def incident() -> Outline:
    """Return an incident's outline, with each block that there is."""
    return Outline(
        title="Incident: charge-card fails since 14:03",
        lead=(
            (
                Span("57 of 11 204 invocations of "),
                Span("charge-card", Tone.CODE),
                Span(" crashed since 14:03:02 UTC", Tone.STRONG),
                Span(", all but four with "),
                Span("PaymentDeclined", Tone.CODE),
                Span(", which was never seen before."),
            ),
            line("Latency of charge-card rose from 301 to 780 ms (p99); 41 orders are affected."),
        ),
        tone=Tone.BAD,
        facts=Facts(
            rows=(
                ("Asked", line("slsloggrep report incident --since 2h charge-card", Tone.CODE)),
                ("Window", line("2025-11-28 13:00 to 15:00 UTC")),
                ("Read", line("3 log groups, 48 120 events, 12.4 MB")),
                ("Made by", line("slsloggrep 0.6.0")),
            )
        ),
        sections=(
            Section(
                title=line("What is not known"),
                anchor="gaps",
                blocks=(
                    Paragraph(
                        line=line("/aws/lambda/ledger could not be read: access was denied."),
                        tone=Tone.NOTABLE,
                    ),
                    Paragraph(line=line("The answer is partial."), tone=Tone.BAD),
                ),
            ),
            Section(title=line("When it began"), anchor="onset", blocks=(CHART,)),
            Section(
                title=line("What crashed"),
                anchor="crashes",
                blocks=(
                    GROUPS,
                    EXCERPT,
                    Points(
                        lines=(
                            line("Look at the bank's status page."),
                            (Span("See the "), Span("failed attempt", anchor="run-2"), Span(".")),
                        )
                    ),
                ),
            ),
            Section(
                title=line("How long it took"),
                anchor="latency",
                blocks=(LATENCY,),
                sections=(
                    Section(
                        title=line("charge-card"),
                        anchor="latency-charge-card",
                        blocks=(DISTRIBUTION,),
                    ),
                ),
            ),
            Section(
                title=(Span("Transaction "), Span("ord-2207", Tone.CODE)),
                anchor="transaction-1",
                blocks=(
                    WATERFALL,
                    run("run-1", "order-api", REQUESTS[0], Tone.GOOD, "ok", MARKS[:4]),
                    run("run-2", "charge-card", REQUESTS[1], Tone.BAD, "error", open=True),
                    run(
                        "run-3",
                        "notify-customer",
                        REQUESTS[2],
                        Tone.NOTABLE,
                        "incomplete",
                        MARKS[:2],
                    ),
                    SEQUENCE,
                ),
            ),
            Section(
                title=line("What came before"),
                anchor="before",
                blocks=(
                    Log(
                        marks=tuple(
                            mark(
                                n,
                                f"tick {n}",
                                "INFO",
                                place="charge-card",
                                key=False,
                                request_id=f"before-{n}",
                            )
                            for n in range(5)
                        )
                    ),
                ),
            ),
        ),
    )


def everywhere(text: str, record: str | None = None) -> Outline:
    """Return an outline that has a text wherever one may stand."""
    span = (Span(text), *(Span(text, tone) for tone in Tone), Span(text, anchor="a"))
    facts = Facts(rows=((text, span),))
    inner = text if record is None else record
    log = Log(
        marks=(
            Mark(text, T0, text, inner, place=text, request_id=text),
            Mark(text, T0, "ERROR", inner, Tone.BAD, mentions=True),
        ),
        omitted=1,
        omitted_hint=text,
    )
    cell = Cell(text, None, Tone.CODE, "a")
    blocks = (
        Paragraph(line=span, tone=Tone.BAD),
        Points(lines=(span,)),
        facts,
        Table(
            name=text,
            columns=(Column("key", text), Column("bars", text, numeric=True)),
            rows=((cell, Cell(text, None, bars=(1, 2))),),
            omitted=1,
            omitted_hint=text,
        ),
        log,
        Run(
            anchor="a",
            function=text,
            title=span,
            tone=Tone.BAD,
            request_id=text,
            facts=facts,
            log=log,
            links=(Link(text, "https://console.example/"),),
        ),
        Waterfall(start=text, end=text, bars=(Bar(text, 0, 0, 1, text, text, Tone.BAD, "a"),)),
        Sequence(participants=(text, text), steps=(Step(0, 1, text), Step(1, 1, text))),
        Chart(
            title=text,
            start=text,
            end=text,
            step=text,
            slices=(Slice(text, 3, 1), Slice(text, None, 0)),
            marked=1,
            marked_label=text,
        ),
        Distribution(
            title=text,
            start=text,
            end=text,
            counts=(1, 0),
            bins=(text, text),
            quantiles=(Quantile(text, text, 0.5),),
        ),
        Excerpt(lines=(span,)),
    )
    inner_section = Section(title=span, anchor="inner")
    section = Section(title=span, anchor="outer", blocks=blocks, sections=(inner_section,))
    return Outline(
        title=text,
        lead=(span,),
        tone=Tone.BAD,
        facts=facts,
        sections=(section, Section(title=span, anchor="more")),
    )


def golden() -> str:
    """Return the page of the incident without its style and script, which have no golden file."""
    page = "".join(html_page(incident()))
    return page[page.index("<body>") : page.index("<script>")]


if __name__ == "__main__":
    GOLDEN.write_text(golden(), encoding="utf-8")
