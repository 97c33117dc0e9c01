"""Figures out of search clusters: who gives columns, what is asked for, and what becomes of it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.decode.search_shapes import shape_named
from slsloggrep.model import Bound, Ends, Event, Fact, FigureBatch, Query, identity_of
from slsloggrep.parse import Parser
from slsloggrep.ship.documents import event_document
from slsloggrep.ship.template import REPORTED, mappings
from slsloggrep.sources.chosen import Meant
from slsloggrep.sources.cloudwatch.reports import read_report
from slsloggrep.sources.opensearch import measuring
from slsloggrep.sources.opensearch.asking import Samples
from slsloggrep.sources.opensearch.hits import Reader
from slsloggrep.sources.opensearch.indices import Choice, Target
from slsloggrep.sources.opensearch.kinds import Kind
from slsloggrep.sources.opensearch.mapping import read_mapping
from slsloggrep.sources.opensearch.measuring import Columns, has_columns, plan_measures
from slsloggrep.sources.opensearch.reading import Hit, Page

ID = "aaaaaaaa-1111-4111-8111-111111111111"
GROUP, STREAM = "/aws/lambda/pay", "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"
T0 = 1_795_435_200_000
WINDOW = Query(since=T0, until=T0 + 1000, literals=("rror", "timeout"))


def event(message: str, *, time: int = T0, group: str = GROUP, stream: str = STREAM) -> Event:
    return Event(time, message, group, stream, "")


def report(duration: str = "26.73", more: str = "") -> str:
    return (
        f"REPORT RequestId: {ID}\tDuration: {duration} ms\tBilled Duration: 27 ms\t"
        f"Memory Size: 128 MB\tMax Memory Used: 75 MB\t{more}\n"
    )


def shipped(message: str, **place: Any) -> dict[str, Any]:
    """Return the document that is made of an event."""
    return event_document(Parser().parse(event(message, **place))).body


def kind(mapping: dict[str, Any] | None = None, *, shape: str = "slsloggrep") -> Kind:
    found = shape_named(shape)
    assert found is not None
    schema = read_mapping(mappings(wildcard=True) if mapping is None else mapping, {})
    return Kind(schema, found, Samples(), "@timestamp", names=("logs-1",))


def choice(*kinds: Kind) -> Choice:
    names = tuple(name for each in kinds for name in each.names)
    return Choice([Target(name, (name,)) for name in names], list(kinds), dict.fromkeys(names, 1))


def columns(purpose: Any = "figures", *, meant: Meant | None = None, query: Query = WINDOW) -> Any:
    of = choice(kind())
    reader = Reader("test", of.kinds, meant, lambda _kind, _ids: ())
    return Columns(query, purpose, reader, meant, of)


def hit(message: str, *, time: int = T0, index: str = "logs-1", **place: Any) -> Hit:
    """Return what a server answers where columns of an event's document are asked for."""
    body = shipped(message, time=time, **place)
    fields = {path: [body[path]] for path in ("log_group", "log_stream", "request_id", "fact")}
    fields |= {f"report.{name}": [value] for name, value in body.get("report", {}).items()}
    fields["@timestamp"] = [str(time)]
    return Hit(index=index, fields=msgspec.Raw(json.dumps(fields).encode()))


def test_who_ships_and_who_measures_mean_the_same_fields() -> None:
    """What is written is what is asked for, under names and facts that both know."""
    assert measuring.FIGURES == REPORTED
    body = shipped(report())
    assert body["fact"] == Fact.REPORT.value
    assert {Fact.START.value, Fact.REPORT.value} == {"start", "report"}
    assert set(body["report"]) < set(REPORTED)


@given(
    duration=st.integers(0, 90_000_000).map(lambda n: f"{n // 100}.{n % 100:02}"),
    init=st.none() | st.integers(0, 999_999).map(lambda n: f"{n // 100}.{n % 100:02}"),
)
def test_a_documents_figures_are_those_of_the_message(duration: str, init: str | None) -> None:
    """To the last digit, as they are read from the message; what is not stated is not there."""
    message = report(duration, "" if init is None else f"Init Duration: {init} ms\t")
    stated = read_report(message)
    assert stated is not None
    found = shipped(message)["report"]
    assert found == {
        name: value for name, value in zip(REPORTED, stated[1:], strict=True) if value is not None
    }


@pytest.mark.parametrize(
    "message",
    [
        report(more="Status: error\tError Type: Runtime.ExitError"),
        report(more="Status: timeout"),
        json.dumps({"time": "2026-11-23T12:00:00.000Z", "type": "platform.report", "record": {
            "requestId": ID, "status": "failure", "metrics": {"durationMs": 1.5}}}),
        f"START RequestId: {ID} Version: $LATEST",
        "all good",
    ],
)  # fmt: skip
def test_what_must_be_read_has_no_figures(message: str) -> None:
    """A REPORT that states a failure is no row, nor is anything that is no REPORT."""
    assert "report" not in shipped(message)


def test_what_no_place_tells_has_no_figures() -> None:
    """Without a log stream only the request tells what a REPORT ends: it has to be read."""
    assert "report" not in shipped(report(), stream="")


def test_columns_need_the_mapping_that_keeps_every_digit() -> None:
    """A float of 32 bits, a text or a figure that is not mapped: then the message is measured."""
    assert has_columns(kind(), "figures")
    assert has_columns(kind(), "ends")
    for path, mapped in (
        ("report", {"properties": {name: {"type": "float"} for name in REPORTED}}),
        ("report", {"properties": {"duration_ms": {"type": "double"}}}),
        ("request_id", {"type": "text"}),
    ):
        other = mappings(wildcard=True)
        other["properties"][path] = mapped
        assert not has_columns(kind(other), "figures"), path
    without = mappings(wildcard=True)
    del without["properties"]["report"]
    assert not has_columns(kind(without), "figures")
    assert has_columns(kind(without), "ends")
    assert not has_columns(kind(shape="cwl"), "figures")


def test_rows_are_recognised_as_their_events_would_be() -> None:
    """By group, stream, request and time: what was read whole takes the place of its row."""
    made = columns()
    message = report(more="Init Duration: 9.50 ms\t")
    assert made.read(Page([hit(message, time=T0 + 7)], 10)) == ([], {})
    (batch,) = made.measure([])
    assert batch == FigureBatch(
        log_group=GROUP,
        log_streams=[STREAM],
        request_ids=[ID],
        identities=[identity_of(event(message, time=T0 + 7), ID)],
        times=[T0 + 7],
        durations_ms=[26.73],
        billed_ms=[27.0],
        memory_mb=[128.0],
        max_memory_mb=[75.0],
        init_ms=[9.5],
        restore_ms=[None],
    )
    assert made.rows == 1
    assert list(made.measure([])) == []


def test_rows_are_of_the_window_and_of_what_is_meant() -> None:
    """A server's window may be wider, and so may be its search for names."""
    made = columns(meant=Meant((), ("pay",)))
    page = [
        hit(report("1.00"), time=T0 - 1),
        hit(report("2.00"), time=T0),
        hit(report("3.00"), group="/aws/lambda/ship"),
        hit(report("4.00"), time=T0 + 1000),
    ]
    made.read(Page(page, 10))
    (batch,) = made.measure([])
    assert batch.durations_ms == [2.0]


def test_what_makes_no_sense_is_counted() -> None:
    """A row that cannot be read is a loss that is said; an index that nobody asked for is none."""
    made = columns()
    broken = Hit(index="logs-1", fields=msgspec.Raw(b'{"log_group": [5]}'))
    other = Hit(index="logs-2", fields=msgspec.Raw(b'{"log_group": [5]}'))
    assert made.read(Page([broken, other], 10)).losses == {
        "documents whose columns make no sense": 1
    }
    assert list(made.measure([])) == []


def test_documents_are_read_where_no_columns_came() -> None:
    """A server that refuses columns gives documents: the same rows, measured from messages."""
    body = shipped(report())
    found = Hit(index="logs-1", id="1", source=msgspec.Raw(json.dumps(body).encode()))
    made = columns()
    read = made.read(Page([found], 10))
    (batch,) = made.measure(read.events)
    made.read(Page([hit(report())], 10))
    (same,) = made.measure([])
    assert list(batch.identities) == list(same.identities)
    assert list(batch.durations_ms) == list(same.durations_ms)


def test_ends_find_each_other_whether_they_come_as_columns_or_as_events() -> None:
    """What is left is handed on, and how late the last one was."""
    made = columns("ends")
    started = f"START RequestId: {ID} Version: $LATEST"
    lonely = ID.replace("a", "b")
    made.read(Page([hit(started)], 10))
    rest = list(made.measure([event(report(), time=T0 + 5), event("Unknown error", time=T0 + 2)]))
    assert [item.message for item in rest] == ["Unknown error"]
    made.read(Page([hit(started.replace(ID, lonely), time=T0 + 9)], 10))
    assert list(made.measure([])) == []
    first, last = made.finish()
    assert first == Ends(started=[Bound(GROUP, STREAM, lonely, T0 + 9)], reported=[])
    assert last.latest == T0 + 9


def test_an_end_that_holds_a_sign_stays_an_event() -> None:
    """What contains a literal is looked at, whatever else it states."""
    made = columns("ends")
    message = report(more="Status: timeout")
    assert [item.message for item in made.measure([event(message)])] == [message]


def clauses(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def test_nothing_is_left_out_between_columns_and_documents() -> None:
    """Whatever has no row is asked for as a document, by the words of a REPORT and by signs."""
    measures = plan_measures(WINDOW, "figures", choice(kind()), ())
    signs, words, rows = measures.tasks.tasks
    assert "REPORT" not in clauses(signs.clause)
    assert "rror" in clauses(signs.clause)
    assert not signs.extra
    stated = measuring.stated("figures")
    assert "REPORT" in clauses(words.clause)
    (excluded,) = words.clause["bool"]["must_not"]
    assert stated in excluded["bool"]["should"]
    assert not words.extra
    assert rows.clause["bool"]["filter"][1] == stated
    assert rows.wider == rows.clause
    assert rows.extra["_source"] is False
    assert measures.columns == ("logs-1",)
    assert any("columns" in note for note in measures.notes)


def test_who_gives_no_columns_is_asked_as_ever() -> None:
    """One search for signs and ends alike, and nothing is said."""
    measures = plan_measures(WINDOW, "figures", choice(kind({}, shape="cwl")), ())
    (task,) = measures.tasks.tasks
    assert not task.extra
    assert not measures.columns
    assert not any("columns" in note for note in measures.notes)
