"""Plans as people and programs see them."""

import json

import pytest
from rich.cells import cell_len
from shown_samples import COVERAGE, T0, show

from slsloggrep.export.json import ndjson_lines
from slsloggrep.export.plan import plan_document, plan_lines
from slsloggrep.model import PlannedRead
from slsloggrep.render.plan import Plans, PlanView, render_plan

HOUR = 3_600_000
PIPED = PlanView(terminal=False)
LONG = "/aws/lambda/production-eu-west-1-checkout-service-with-a-long-name"
CART = PlannedRead(what="/aws/lambda/cart", engine="FilterLogEvents", calls=1, bytes=1_200_000)
UNKNOWN = PlannedRead(what=LONG, engine="FilterLogEvents", calls=1200)
MANY = PlannedRead(
    what="24 log groups, a to b", engine="Insights", calls=2, bytes=12_340_000_000, dollars=0.06
)
PLANS: Plans = {"cloudwatch:": (CART, UNKNOWN, MANY)}


def lines(plans: Plans = PLANS, width: int = 100, view: PlanView | None = None) -> list[str]:
    view = view or PlanView()
    shown = render_plan(plans, T0, T0 + HOUR, view)
    return show(shown, width, terminal=view.terminal).splitlines()


def test_a_plan_is_a_table_with_totals() -> None:
    """What, how, calls, size and cost of each read; a plus where a part of a sum is not known."""
    title, empty, *table = lines(view=PIPED)
    assert title.startswith("would be read from 2026-11-23T17:00:00.123Z to 2026-11-23T18:00:00.1")
    assert empty == ""
    assert table == [
        f"{'':66}  engine           calls      size   cost",
        f"{'/aws/lambda/cart':66}  FilterLogEvents      1    1.2 MB",
        f"{LONG:66}  FilterLogEvents  1 200         ?",
        f"{'24 log groups, a to b':66}  Insights             2   12.3 GB  $0.06",
        f"{'in all':66}                   1 203  12.3 GB+  $0.06",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_it_fits_the_width_and_nothing_is_cut(width: int) -> None:
    """A name too long for its column has lines of its own; figures and names are all there."""
    shown = lines(width=width)
    assert all(cell_len(line) <= width for line in shown)
    text = "".join(line.strip() for line in shown)
    for word in ("/aws/lambda/cart", LONG, "24 log groups, a to b", "12.3 GB", "1 203", "$0.06"):
        assert word in text


def test_columns_are_straight_on_a_narrow_terminal() -> None:
    """At 60 columns the sizes still stand below each other."""
    sizes = [line for line in lines(width=60) if "MB" in line or "GB  " in line]
    assert len({line.index("B", 40) for line in sizes}) == 1


def test_a_price_is_told_only_where_there_is_one() -> None:
    """What is not known to cost anything says nothing; less than a cent is no zero."""
    assert "$" not in "\n".join(lines({"cloudwatch:": (CART, UNKNOWN)}))
    cheap = PlannedRead(what="g", engine="Insights", calls=2, bytes=10, dollars=0.00000005)
    dark = PlannedRead(what="h", engine="Insights", calls=2)
    assert lines({"cloudwatch:": (cheap, dark, CART)})[-1].split()[-1] == "<$0.01+"


def test_sources_are_told_apart() -> None:
    """Several sources have headings; one that cannot tell, and one with nothing, say so."""
    archive = PlannedRead(what="s3://b/logs", engine="GetObject", calls=3, bytes=1000)
    plans = {"cloudwatch:": (CART,), "s3://b/logs": (archive,), "x:": None, "./logs": ()}
    shown = [line.split("  ")[0] for line in lines(plans, view=PIPED)[3:]]
    assert shown == [
        "cloudwatch",
        "/aws/lambda/cart",
        "s3://b/logs",
        "x: cannot tell beforehand",
        "./logs: nothing to read",
        "in all",
    ]


def test_names_are_shown_and_not_obeyed() -> None:
    """A name is text from outside."""
    evil = PlannedRead(what="g\x1b[2J\u202e", engine="read", calls=1, bytes=1)
    text = "\n".join(lines({"s": (evil,)}))
    assert "\x1b" not in text
    assert r"g\x1b[2J\u202e" in text


def test_an_open_window_is_said_to_be_open() -> None:
    """No `--since`: from the beginning."""
    shown = show(render_plan(PLANS, None, None, PIPED), terminal=False)
    assert shown.startswith("would be read from the beginning to the end: ")


def test_the_document_has_every_field() -> None:
    """The promised shape: absent values are null, sums are of what is known."""
    document = plan_document({**PLANS, "x:": None}, T0, None, COVERAGE)
    assert document == {
        "schema": "slsloggrep.plan/1",
        "coverage": document["coverage"],
        "since": "2026-11-23T17:00:00.123Z",
        "until": None,
        "reads": [
            {
                "source": "cloudwatch:",
                "what": "/aws/lambda/cart",
                "engine": "FilterLogEvents",
                "calls": 1,
                "bytes": 1_200_000,
                "dollars": None,
            },
            {
                "source": "cloudwatch:",
                "what": LONG,
                "engine": "FilterLogEvents",
                "calls": 1200,
                "bytes": None,
                "dollars": None,
            },
            {
                "source": "cloudwatch:",
                "what": "24 log groups, a to b",
                "engine": "Insights",
                "calls": 2,
                "bytes": 12_340_000_000,
                "dollars": 0.06,
            },
        ],
        "total": {"calls": 1203, "bytes": 12_341_200_000, "dollars": 0.06},
        "unknown": ["x:"],
    }
    assert document["coverage"]["sources"][0]["source"] == "s3://b/logs"
    assert plan_document({"x:": None}, None, None, ())["total"] == {
        "calls": None,
        "bytes": None,
        "dollars": None,
    }


def test_a_line_for_each_read() -> None:
    """NDJSON is the list of reads, one a line."""
    shown = [json.loads(line) for line in ndjson_lines(plan_lines(PLANS))]
    assert [line["what"] for line in shown] == ["/aws/lambda/cart", LONG, "24 log groups, a to b"]
