"""What grep accepts, and which literal it may promise to the sources."""

from __future__ import annotations

import json

import pytest
from failure_samples import FAILING, HEALTHY
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.cli.matching import make_criteria, parse_condition
from slsloggrep.errors import UsageError
from slsloggrep.model import Coverage, Event, Fact, Level, Platform, Query, Record
from slsloggrep.parse import Parser
from slsloggrep.sources.base import Settings, open_source


def record(message: str, **attributes: object) -> Record:
    fields = {}
    if message.startswith("{"):
        fields = json.loads(message)
    event = Event(0, message, "/aws/lambda/pay", "stream", "")
    return Record(event=event, text=message, fields=fields, **attributes)  # type: ignore[arg-type]


LOGGED = record(
    json.dumps(
        {
            "msg": 'said "grüß" twice',
            "order": {"id": "ord-12", "total": 12.5, "tags": ["a", "b"], "paid": True},
            "dotted.key": "x",
            "lines": [{"sku": "one"}, {"sku": "two"}],
            "time": "2026-11-23T12:00:00Z",
            "nothing": None,
        }
    )
)


def test_a_literal_is_no_regex_and_heeds_case() -> None:
    """By default the pattern stands for itself."""
    assert make_criteria("a.c").accept(record("xa.cx"))
    assert not make_criteria("a.c").accept(record("abc"))
    assert not make_criteria("ABC").accept(record("abc"))
    assert make_criteria("ABC", ignore_case=True).accept(record("abc"))
    assert make_criteria("a.c", regex=True).accept(record("abc"))
    assert make_criteria("^second", regex=True).accept(record("first\nsecond"))


def test_what_a_logger_escaped_is_found_as_people_read_it() -> None:
    """A pattern is looked for inside JSON strings; the literal stands in the bytes."""
    criteria = make_criteria('said "grüß" twice')
    assert criteria.accept(LOGGED)
    assert criteria.literals == ("twice",)
    assert "twice" in LOGGED.event.message


def test_colours_do_not_hide_what_people_read() -> None:
    """A logger may colour a value; the pattern is found across the change."""
    coloured = record("order \x1b[33mord-7\x1b[0m was paid")
    criteria = make_criteria("order ord-7 was")
    assert criteria.accept(coloured)
    assert criteria.literals == ("order",)
    assert make_criteria("\x1b[33m").accept(coloured)


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ("order.id=ord-12", True),
        ("order.id==ord-12", True),
        ("order.id = ord-12", True),
        ("order.id=ord-1", False),
        ("order.id!=ord-1", True),
        ("order.absent!=1", True),
        ("order.absent=1", False),
        ("order.id~=^ord-\\d+$", True),
        ("order.total=12.50", True),
        ("order.total>12", True),
        ("order.total>=12.5", True),
        ("order.total<12.5", False),
        ("order.total<=13", True),
        ("order.total>abc", False),
        ("order.tags=b", True),
        ("order.tags!=b", False),
        ("order.paid=true", True),
        ("dotted.key=x", True),
        ("lines.sku=two", True),
        ("nothing=null", True),
        ("time>2026-11-23T11", True),
        ("time<2026-11-23T11", False),
        ("@log_group=/aws/lambda/pay", True),
        ("@function=pay", True),
    ],
)
def test_conditions(condition: str, met: bool) -> None:
    """A condition reads the field that its path leads to, and compares like with like."""
    assert parse_condition(condition).accept(LOGGED) is met


def test_levels_compare_by_severity() -> None:
    """A level takes in the more severe ones; a record without one is never accepted."""
    loud, quiet = record("x", level=Level.ERROR), record("x", level=Level.INFO)
    assert [make_criteria(None, level="warning").accept(r) for r in (loud, quiet)] == [True, False]
    assert not make_criteria(None, level="trace").accept(record("x"))
    assert parse_condition("@level>=error").accept(loud)
    assert not parse_condition("@level>error").accept(loud)
    assert parse_condition("@level!=info").accept(loud)
    assert not parse_condition("@level!=error").accept(loud)


def test_figures_of_the_platform_can_be_asked_for() -> None:
    """What REPORT states is there under the names that the JSON output has."""
    report = record("REPORT …", platform=Platform(fact=Fact.REPORT, duration_ms=1500.0))
    assert parse_condition("@duration_ms>1000").accept(report)
    assert parse_condition("@fact=report").accept(report)
    assert not parse_condition("@duration_ms>1000").accept(LOGGED)


INSIGHTS = {
    "@requestId": "8bbbfb91-a3ff-4502-b1b7-cb8f6658de64",
    "@duration": "2894.13",
    "@billedDuration": "2895",
    "@maxMemoryUsed": "119000000",
    "@memorySize": "1024000000",
    "@initDuration": "944.22",
}
SAMPLES = (*FAILING.values(), *HEALTHY.values())
FIGURES = ("@duration_ms", "@billed_ms", "@init_ms", "@memory_mb", "@max_memory_mb")


def test_a_figure_is_looked_for_by_what_stands_beside_it_in_every_format() -> None:
    """Whatever states a figure holds what is promised of it: text, JSON, Azure, Insights, demo."""
    demo = open_source("demo:2026-11-23T10:05Z", Settings(now=1_763_900_000_000))
    read: list[Coverage] = []
    events = [
        *demo.fetch(Query(), read.append),
        *(Event(0, text, "/aws/lambda/pay", "s", "") for text in SAMPLES),
        Event(0, json.dumps(INSIGHTS), "/aws/lambda/pay", "s", ""),
    ]
    assert not any(coverage.gaps for coverage in read)
    parser = Parser()
    for name in FIGURES:
        states_one = parse_condition(f"{name}>=0")
        criteria = make_criteria(None, where=[f"{name}>=0"])
        stating = [event for event in events if states_one.accept(parser.parse(event))]
        assert len({event.message[:12] for event in stating}) > 2
        assert criteria.literals == (states_one.literal,)
        assert all(states_one.literal in event.message for event in stating)
        assert all(criteria.plausible(event.message) for event in stating)
        assert sum(criteria.plausible(event.message) for event in events) < len(events) / 2


def test_nothing_is_promised_where_a_figure_may_be_missing() -> None:
    """`null` is what a record without a figure has, and `!=` holds for all of those."""
    for text in ("@duration_ms=null", "@duration_ms!=5"):
        assert parse_condition(text).accept(LOGGED)
        assert parse_condition(text).literal == ""


def test_criteria_are_all_to_be_met() -> None:
    """Pattern, conditions and level narrow each other; the longest literal is promised."""
    criteria = make_criteria("said", where=["order.id=ord-12", "order.total>1"])
    assert criteria.accept(LOGGED)
    assert criteria.literals == ("ord-12",)
    assert not make_criteria("said", where=["order.id=other"]).accept(LOGGED)


@pytest.mark.parametrize("value", ["12.5", "true", "null", "[1]", "1e3", "inf"])
def test_no_literal_is_promised_for_what_can_be_spelled_otherwise(value: str) -> None:
    """A number, a boolean or a container may stand in the logs in other characters."""
    assert parse_condition(f"a={value}").literal == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"pattern": "a(b", "regex": True}, "character 2"),
        ({"pattern": "*", "regex": True}, "nothing to repeat"),
        ({"pattern": ""}, "empty"),
        ({"pattern": None}, "nothing to look for"),
        ({"pattern": "x", "where": ["novalue"]}, "not a condition"),
        ({"pattern": "x", "where": ["=5"]}, "not a condition"),
        ({"pattern": "x", "where": ["a=~b"]}, "regex"),
        ({"pattern": "x", "where": ["a~=("]}, "cannot be understood"),
        ({"pattern": "x", "where": ["@functoin=a"]}, "did you mean '@function'"),
        ({"pattern": "x", "where": ["@level>loud"]}, "no level"),
        ({"pattern": "x", "level": "eror"}, "no level"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, object], told: str) -> None:
    """Each refusal names the value, and has a hint."""
    with pytest.raises(UsageError) as refused:
        make_criteria(**arguments)  # type: ignore[arg-type]
    assert told in refused.value.message
    assert refused.value.hint


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abc"), _VALUES), st.booleans(), st.data())
def test_the_literal_stands_in_every_message_that_is_accepted(
    fields: dict[str, object], ascii_only: bool, data: st.DataObject
) -> None:
    """A promised literal never loses a record, however the logger escapes its JSON."""
    logged = record(json.dumps(fields, ensure_ascii=ascii_only))
    texts = [value for value in fields.values() if isinstance(value, str) and value]
    value = data.draw(st.sampled_from(texts) if texts else st.text(min_size=1))
    criteria = [make_criteria(value)]
    if not value.lstrip().startswith(("=", "~")):  # those have a meaning in a condition
        criteria.append(make_criteria(None, where=[f"a={value}"]))
    if texts:
        assert criteria[0].accept(logged)
    for wanted in criteria:
        if wanted.accept(logged):
            assert all(literal in logged.event.message for literal in wanted.literals)
