"""Outlines as Markdown: exact documents, and text that does nothing where GitHub draws it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hostile_samples import HOSTILE, harmful
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_pages import assert_harmless, page_of
from report_samples import (
    MARKUP,
    POISON,
    checks_report,
    functions_report,
    hostile_checks,
    hostile_events,
    hostile_setup,
    hostile_trace,
    incident_report,
    latency_report,
    trace_report,
)

from slsloggrep.export.markdown import GITHUB_LIMIT, markdown_text
from slsloggrep.export.markdown.charts import AXIS, chart_lines, spark, waterfall_lines
from slsloggrep.export.markdown.inline import html_inline, inline, inline_text, link
from slsloggrep.export.markdown.mermaid import MOST_CHARACTERS, diagram
from slsloggrep.harmless import visible
from slsloggrep.model import Report
from slsloggrep.model.links import Link
from slsloggrep.model.outlines import (
    Bar,
    Block,
    Cell,
    Chart,
    Column,
    Cut,
    Distribution,
    Excerpt,
    Facts,
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
from slsloggrep.outline import outline as outline_of
from slsloggrep.outline import view_for
from slsloggrep.wording import count_text

GOLDEN = Path(__file__).parent / "golden" / "document.md"
URL = "https://console.example/logs?a=1&b=$252F(x)#logsV2:log-groups/log-group/$252Faws$252F_a_*b*"
TEXTS = st.text(
    st.sampled_from("ab1@#:/.*_`[]()<>|~&$!\\\"'\n\t\r -+=;%{}^\x1b\u200b\u202eé日")
    | st.characters(),
    max_size=30,
)


def outline(*blocks: Block, title: str = "ord-1", lead: tuple[str, ...] = ()) -> Outline:
    return Outline(
        title=title,
        lead=tuple((Span(text),) for text in lead),
        tone=Tone.BAD,
        facts=Facts(rows=()),
        sections=(Section(title=(Span("Part"),), anchor="part", blocks=blocks),),
    )


def written(*blocks: Block, limit: int | None = None) -> str:
    return "".join(markdown_text(outline(*blocks), limit))


def log(*texts: str, key: bool = True) -> Log:
    return Log(marks=tuple(Mark("+0.001s", 1, "INFO", text, key=key) for text in texts))


def run(text: str, log: Log, tone: Tone = Tone.BAD) -> Run:
    return Run(
        anchor="run-1",
        function=text,
        title=(Span(text, Tone.STRONG), Span(" · "), Span("error", tone)),
        tone=tone,
        request_id=text,
        facts=Facts(rows=((text, (Span(text),)), ("", (Span(text, Tone.CODE),)))),
        log=log,
        links=(Link("CloudWatch", URL),),
    )


def document() -> Outline:
    """Return an outline with a block of every kind, and text that wants to be something else."""
    columns = (Column("function", "function"), Column("count", "count", numeric=True))
    rows = tuple(
        (Cell(f"shop-{n}|x", f"shop-{n}", Tone.CODE), Cell(str(n), n, bars=(0, 1, n)))
        for n in range(3)
    )
    marks = (
        Mark("+0.100s", 100, "", "START RequestId: 7"),
        Mark("+1.706s", 1706, "WARN", "No dimensions for `LMP`\n```\nnot the end", mentions=True),
        Mark("+2.150s", 2150, "ERROR", "TypeError: 'NoneType'\n\tat litres", Tone.BAD),
    )
    return Outline(
        title="Transaction ord-71866",
        lead=(
            (Span("It failed", Tone.BAD), Span(" in "), Span("shop_label", Tone.CODE), Span(".")),
            (Span("Ask ada@example.com, see http://example.com/a_b and #12, <b>now</b>."),),
        ),
        tone=Tone.BAD,
        facts=Facts(
            rows=(
                ("asked", (Span("slsloggrep trace ord-71866", Tone.CODE),)),
                ("joined by", (Span("OrderId"),)),
                ("", (Span("1-67e1b5c0-3f2a9d1c4b5e6f7a8b9c0d1e"),)),
            )
        ),
        sections=(
            Section(
                title=(Span("What is not known"),),
                anchor="unknown",
                blocks=(
                    Paragraph(line=(Span("3 objects could not be read."),), tone=Tone.NOTABLE),
                    Points(lines=((Span("- a_b_ *c*"),), (Span("1. two"),)), ordered=True),
                ),
            ),
            Section(
                title=(Span("In order"),),
                anchor="order",
                blocks=(
                    Waterfall(
                        start="14:03:02.100Z",
                        end="14:06:08.310Z",
                        bars=(
                            Bar("shop-checkout", 0.0, 0.1, 0.3, "842 ms", "ok", Tone.GOOD, "a"),
                            Bar("日本", 0.55, 0.55, 0.551, "3 ms", "timeout", Tone.BAD, ""),
                            Bar(
                                "shop-inventory-reserve-everything",
                                0.8,
                                0.9,
                                1.0,
                                "9 s",
                                "incomplete",
                                Tone.NOTABLE,
                                "",
                            ),
                        ),
                        cuts=(Cut(0.6, 0.65, "2 m 03 s"),),
                        omitted=2,
                    ),
                    Sequence(
                        participants=("shop-checkout", "end"),
                        steps=(
                            Step(0, 1, "call; #1: <b>%%"),
                            Step(1, 1, "waits", Tone.BAD),
                            Step(1, 0, "timeout at the end", Tone.BAD),
                            Step(1, 0, "", Tone.FAINT),
                        ),
                        omitted=1,
                    ),
                ),
                sections=(
                    Section(
                        title=(Span("Invocations"),),
                        anchor="runs",
                        blocks=(
                            replace(run("shop-label", Log(marks=marks, omitted=4)), open=True),
                            Excerpt(
                                lines=(
                                    (Span('File "/var/task/parcel.py", line 14', Tone.STRONG),),
                                    (Span("  return w_mm", Tone.FAINT), Span(" * h_mm")),
                                )
                            ),
                        ),
                    ),
                ),
            ),
            Section(
                title=(Span("Figures"),),
                anchor="figures",
                blocks=(
                    Table(
                        name="functions",
                        columns=columns,
                        rows=rows,
                        omitted=7,
                        omitted_hint="slsloggrep latency --top 10",
                    ),
                    Chart(
                        title="Invocations and crashes",
                        start="14:00",
                        end="15:00",
                        step="5 min",
                        slices=tuple(Slice(f"{n}", n * 3, n // 4) for n in range(9)),
                        marked=4,
                        marked_label="began 14:20",
                    ),
                    Distribution(
                        title="shop-label",
                        start="1 ms",
                        end="10 s",
                        counts=(0, 2, 0, 40, 1, 0),
                        bins=("to 1", "1 to 2", "2 to 4", "4 to 8", "8 to 16", "16 and more"),
                        quantiles=(Quantile("p50", "5 ms", 0.5), Quantile("p99", "9 ms", 0.8)),
                    ),
                ),
            ),
        ),
    )


def test_a_document_with_every_kind_of_block() -> None:
    """The document as it stands in the golden file, which was looked at as GitHub draws it."""
    text = "".join(markdown_text(document()))
    assert text == GOLDEN.read_text(encoding="utf-8")
    page = assert_harmless(text, frozenset({URL}))
    assert {"table", "details", "summary", "pre", "blockquote", "ol", "h1", "h2", "h3"} <= set(
        page.elements
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a *b* _c_ snake_case", r"a \*b\* \_c\_ snake_case"),
        ("[x](javascript:alert) ![](y)", r"`[x](javascript:alert)` !\[\](y)"),
        ("<script>&lt;", "`<script>&lt;`"),
        ("ask @ada or a@b.de", "ask `@ada` or `a@b.de`"),
        ("fixes #12, GH-3", "fixes `#12`, `GH-3`"),
        ("see http://x.y/z.", "see `http://x.y/z`."),
        ("at 14:03:02, 5 % ($0.25).", "at 14:03:02, 5 % ($0.25)."),
        (":tada: $x$", "`:tada:` `$x$`"),
        ("commit 3f2a9d1c now", "commit `3f2a9d1c` now"),
        ("a`b @x`y", r"a\`b ``@x`y``"),
        ("- item", r"\- item"),
        ("12. item", r"12\. item"),
        ("two\nlines", r"two\\nlines"),
        ("\x1b[31m", r"\\x1b\[31m"),
    ],
)
def test_running_text_is_shown_and_does_nothing(text: str, expected: str) -> None:
    """What Markdown obeys is escaped; what a page obeys is code, for it heeds no escape."""
    assert inline_text(text) == expected


@given(st.lists(st.builds(Span, TEXTS, st.sampled_from(Tone)), max_size=4))
@example([Span("0", Tone.STRONG), Span(""), Span("0", Tone.STRONG)])
@example([Span("0"), Span("0^0", Tone.STRONG)])
@example([Span("a"), Span("'b'", Tone.BAD), Span("c"), Span("`", Tone.CODE), Span("`", Tone.CODE)])
@settings(max_examples=200)
def test_github_shows_the_text_that_was_there(spans: list[Span]) -> None:
    """Whatever it holds, in a paragraph, a heading, a point and a summary."""
    line = tuple(spans)
    expected = "".join("".join(visible(span.text, newlines=False) for span in spans).split())
    for text in (
        f"{inline(line)}\n",
        f"# {inline(line)}\n",
        f"- {inline(line)}\n",
        f"> {inline(line)}\n",
        f"> [!WARNING]\n> {inline(line)}\n",
        f"<details>\n<summary>{html_inline(line)}</summary>\n\n</details>\n",
        f"| a |\n| --- |\n| {inline(line, cell=True)} |\n",
    ):
        page = assert_harmless(text)
        shown = "".join(page.text.removeprefix("\n").removeprefix("[!WARNING]").split())
        assert shown == (f"a{expected}" if "| a |" in text else expected)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
@settings(max_examples=100)
def test_cells_stay_in_their_columns(rows: list[tuple[str, str]]) -> None:
    """No text adds a cell or a row to a table, nor ends it."""
    table = Table(
        name="t",
        columns=(Column("a", "a|b"), Column("b", "b")),
        rows=tuple((Cell(a, a), Cell(b, b, Tone.CODE)) for a, b in rows),
    )
    page = assert_harmless(written(table))
    shown = ["".join(cell.split()) for cell in page.cells]
    expected = [visible(text, newlines=False) for row in rows for text in row]
    assert shown == ["a|b", "b", *("".join(text.split()) for text in expected)]


@given(st.lists(TEXTS, min_size=1, max_size=4))
@settings(max_examples=100)
def test_a_log_stays_in_its_fence(texts: list[str]) -> None:
    """No text of a record ends the fence that it stands in, or the element around that."""
    page = assert_harmless(written(run("f", log(*texts))), frozenset({URL}))
    assert page.elements.count("pre") == 1
    assert "".join(page.code).count("+0.001s") == len(texts) + sum("+0.001s" in t for t in texts)
    assert page.elements.count("details") == 1


@pytest.mark.parametrize("text", [*MARKUP, *HOSTILE])
def test_hostile_text_does_nothing_in_any_block(text: str) -> None:
    """In every place where log text can stand; nor does it reach a terminal."""
    line = (Span(text), Span(text, Tone.BAD), Span(text, Tone.CODE))
    whole = outline(
        Paragraph(line=line, tone=Tone.BAD),
        Paragraph(line=line),
        Points(lines=(line, line)),
        Facts(rows=((text, line),)),
        Table(
            name=text,
            columns=(Column(text, text),),
            rows=((Cell(text, text),), (Cell(text, text, Tone.CODE),)),
            omitted=1,
            omitted_hint=text,
        ),
        replace(log(text), omitted=1, omitted_hint=text),
        run(text, log(text, text)),
        Waterfall(
            start=text,
            end=text,
            bars=(Bar(text, 0, 0, 1, text, text, Tone.BAD, ""),),
            cuts=(Cut(0.1, 0.2, text),),
        ),
        Sequence(participants=(text, text), steps=(Step(0, 1, text), Step(1, 1, text))),
        Chart(
            title=text,
            start=text,
            end=text,
            step=text,
            slices=(Slice(text, 1, 1),),
            marked=0,
            marked_label=text,
        ),
        Distribution(
            title=text,
            start=text,
            end=text,
            counts=(1,),
            bins=(text,),
            quantiles=(Quantile(text, text, 0.1),),
        ),
        Excerpt(lines=(line,)),
        title=text,
        lead=(text,),
    )
    document = "".join(markdown_text(replace(whole, facts=Facts(rows=((text, line),))), None))
    page = assert_harmless(document, frozenset({URL}))
    assert page.elements.count("details") == 1
    assert harmful(document) == set()


@pytest.mark.parametrize(
    "make",
    [
        *(trace_report, incident_report, latency_report, functions_report, checks_report),
        *(hostile_setup, hostile_checks, hostile_trace, hostile_events),
    ],
)
def test_reports_say_what_they_say_and_do_nothing(make: Callable[[], Report]) -> None:
    """Whole reports, as they are worded, hostile ones among them, fit into an issue."""
    report = make()
    text = "".join(markdown_text(outline_of(report, view_for("md"))))
    urls = frozenset(each.url for links in report.links.values() for each in links)
    page = assert_harmless(text, urls)
    assert len(page.text) > 500
    assert len(text.encode("utf-16-le")) // 2 <= GITHUB_LIMIT
    assert harmful(text) == set()


def test_a_link_leads_where_it_says_and_no_other_scheme_is_one() -> None:
    """URLs keep their characters; what is not of the web stays a label."""
    page = page_of(link(Link("a [b] *c*", URL)))
    assert page.attributes == [("a", "href", URL)]
    assert page.text.strip() == "a [b] *c*"
    assert link(Link("x", "javascript:alert(1)")) == "x"
    strange = 'https://x.y/) "t" <b>\n`|é'
    (found,) = page_of(link(Link("x", strange))).attributes
    assert found == ("a", "href", "https://x.y/)%20%22t%22%20%3Cb%3E%0A%60%7C%C3%A9")


def test_labels_of_a_diagram_mean_nothing_to_mermaid() -> None:
    """Everything but letters, digits and a few signs is an entity; so is the word `end`."""
    lines, omitted = diagram(
        Sequence(
            participants=("a;b", "end", ""),
            steps=(Step(0, 1, 'x: y #1 %% <b> "q"\n$$z$$'), Step(1, 1, "the END, the ends")),
            omitted=3,
        )
    )
    assert lines == [
        "sequenceDiagram",
        "    participant P0 as a#59;b",
        "    participant P1 as #101;nd",
        "    participant P2 as -",
        "    P0->>P1: x#58; y #35;1 #37;#37; #60;b#62; #34;q#34;#92;n#36;#36;z#36;#36;",
        "    Note over P1: the #69;ND, the ends",
    ]
    assert omitted == 3


def test_a_diagram_is_no_larger_than_mermaid_takes() -> None:
    """Steps that would make it larger are counted with those that are not shown."""
    steps = tuple(Step(0, 1, "ü" * 90) for _ in range(500))
    lines, omitted = diagram(Sequence(participants=("a", "b"), steps=steps, omitted=1))
    assert len("\n".join(lines)) <= MOST_CHARACTERS
    assert len(lines) - 3 + omitted == 501


def test_bars_stand_where_invocations_ran() -> None:
    """An invocation takes a cell at least, an init those before, a cut where nothing ran."""
    bars = (
        Bar("a", 0.0, 0.25, 0.5, "1 s", "ok", Tone.GOOD, ""),
        Bar("b", 1.0, 1.0, 1.0, "1 ms", "ok", Tone.GOOD, ""),
    )
    lines = list(
        waterfall_lines(Waterfall(start="0", end="9", bars=bars, cuts=(Cut(0.6, 0.7, "1 h"),)))
    )
    quarter = AXIS // 4
    assert lines[0] == f"   0{'':{AXIS - 2}}9"
    cut = "╱" * (AXIS // 10)  # noqa: RUF001 - drawn, not a solidus
    assert lines[1][
        3 : 3 + AXIS
    ] == f"{'░' * quarter}{'█' * quarter}{'':{quarter * 2 // 5}}{cut}".ljust(AXIS)
    assert lines[2][3 : 3 + AXIS].endswith(" █")


def test_of_many_pauses_few_are_told_one_by_one() -> None:
    """A line that is read has an end."""
    bars = (Bar("a", 0.0, 0.0, 0.5, "1 s", "ok", Tone.GOOD, ""),)
    cuts = tuple(Cut(n / 100, (n + 1) / 100, f"{n} h") for n in range(50, 60))
    *_, told = waterfall_lines(Waterfall(start="0", end="9", bars=bars, cuts=cuts))
    assert told.endswith("10 pauses cut out (50 h, 51 h, 52 h, 53 h, 54 h, 55 h, 4 more)")
    *_, told = waterfall_lines(Waterfall(start="0", end="9", bars=bars, cuts=cuts[:6]))
    assert told.endswith("6 pauses cut out (50 h, 51 h, 52 h, 53 h, 54 h, 55 h)")


def test_marks_are_as_high_as_counts_are_large() -> None:
    """The most is the highest, one is not nothing, and what was not counted is left blank."""
    assert spark([0, 1, 50, 100]) == "·▁▄█"
    assert spark([0, 0]) == "··"
    slices = (Slice("a", None, 0), Slice("b", 4, 2))
    lines = list(chart_lines(Chart(title="t", start="a", end="b", step="1 min", slices=slices)))
    assert lines[0] == "invocations   █  at most 4 in 1 min"
    assert lines[1] == "crashes      ·█  at most 2 in 1 min"
    many = (Slice("a", 12_345, 1_234),)
    lines = list(chart_lines(Chart(title="t", start="a", end="b", step="1 min", slices=many)))
    assert [line.partition("at most ")[2] for line in lines[:2]] == [
        "12 345 in 1 min",
        "1 234 in 1 min",
    ]


def test_what_does_not_fit_is_left_out_whole_and_said_at_the_top() -> None:
    """What failed is shown before the rest, and every record is shown or counted."""
    runs = [
        run(f"run-{n}", log(*(f"line {n} {m} {'x' * 60}" for m in range(30)), key=False), tone)
        for n, tone in enumerate([Tone.GOOD] * 40 + [Tone.BAD] * 5)
    ]
    text = written(*runs, limit=GITHUB_LIMIT)
    assert len(text) <= GITHUB_LIMIT
    assert len(text) > GITHUB_LIMIT * 0.9
    assert_harmless(text, frozenset({URL}))
    note = text.split("\n\n")[1]
    shown = text.count("line ")
    assert note == (
        "> [!WARNING]\n> Left out, to fit into 65 536 characters: "
        f"{count_text(45 * 30 - shown, 'record')}."
    )
    assert text.count("<summary>") == 45
    assert all(f"line {n} 29" in text for n in range(40, 45))
    assert "Left out" not in written(*runs, limit=None)


def test_a_long_log_keeps_what_is_looked_at_first() -> None:
    """Of a log that does not fit the other records are left out, and of a table its later rows."""
    marks = tuple(Mark("1", n, "", f"line {n} {'x' * 100}", key=n % 100 == 0) for n in range(1_000))
    table = Table(
        name="t", columns=(Column("a", "a"),), rows=tuple((Cell(f"row {n}"),) for n in range(9_000))
    )
    text = written(Log(marks=marks), table, limit=GITHUB_LIMIT)
    assert text.count("line ") == 10
    assert "990 more records, not shown here" in text
    assert text.count("| row ") == 20
    assert "990 records, 8 980 rows." in text.split("\n\n")[1]


@given(
    st.lists(st.lists(st.integers(0, 3_000), max_size=4), max_size=12), st.integers(2_000, 20_000)
)
@settings(max_examples=50)
def test_no_document_is_longer_than_the_limit(sizes: list[list[int]], limit: int) -> None:
    """Whatever the blocks are, with characters counted as sites count them."""
    blocks = [run(f"r{n}", log(*("😀" * size for size in s))) for n, s in enumerate(sizes)]
    text = written(*blocks, Paragraph(line=(Span("é" * 3_000),)), limit=limit)
    assert len(text.encode("utf-16-le")) // 2 <= limit
    assert_harmless(text, frozenset({URL}))


def test_a_large_document_takes_no_time() -> None:
    """What is written costs what it is long, hostile text included."""
    began = time.perf_counter()
    texts = [piece * 2_000 for piece in ("`", "@", "#", "a@", ":a", "0a", "* ", "\\", "|", "_")]
    written(*(run(text, log(text)) for text in texts), limit=None)
    for long in (
        f":{'a' * 50_000}",
        f"{'.' * 50_000}x",
        "- " * 50_000,
        f"{'0' * 50_000}x",
        " :" * 9,
    ):
        html_inline((Span(long, Tone.BAD),))
        inline_text(long, Tone.BAD)
    written(log(*POISON * 200), limit=GITHUB_LIMIT)
    assert time.perf_counter() - began < 10
