"""Figures out of search clusters: who gives columns, what is asked for, and what becomes of it."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.decode.reports import read_report
from slsloggrep.decode.search_shapes import shape_named
from slsloggrep.model import Bound, Ends, Event, Fact, FigureBatch, Query, identity_of
from slsloggrep.model.sums import FigureSum, Sized
from slsloggrep.parse import Parser
from slsloggrep.ship.documents import event_document
from slsloggrep.ship.template import REPORTED, mappings
from slsloggrep.sources.chosen import Meant
from slsloggrep.sources.opensearch import aggregations, measuring
from slsloggrep.sources.opensearch.asking import Samples
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble
from slsloggrep.sources.opensearch.hits import Reader
from slsloggrep.sources.opensearch.indices import Choice
from slsloggrep.sources.opensearch.kinds import Kind
from slsloggrep.sources.opensearch.mapping import read_mapping
from slsloggrep.sources.opensearch.measuring import Columns, has_columns, plan_measures
from slsloggrep.sources.opensearch.naming import Target
from slsloggrep.sources.opensearch.reading import Hit, Page
from slsloggrep.sources.opensearch.summing import Sums, added_up
from slsloggrep.sources.opensearch.windows import within
from slsloggrep.sources.summing import Summing

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


def page_of(hits: list[Hit]) -> Page:
    """Return hits as a page of an answer."""
    return Page(hits, 10, [], len(hits))


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
    assert made.read(page_of([hit(message, time=T0 + 7)])) == ([], {})
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
    made.read(page_of(page))
    (batch,) = made.measure([])
    assert batch.durations_ms == [2.0]


def test_what_makes_no_sense_is_counted() -> None:
    """A row that cannot be read is a loss that is said; an index that nobody asked for is none."""
    made = columns()
    broken = Hit(index="logs-1", fields=msgspec.Raw(b'{"log_group": [5]}'))
    other = Hit(index="logs-2", fields=msgspec.Raw(b'{"log_group": [5]}'))
    assert made.read(page_of([broken, other])).losses == {
        "documents whose columns make no sense": 1
    }
    assert list(made.measure([])) == []


def test_documents_are_read_where_no_columns_came() -> None:
    """A server that refuses columns gives documents: the same rows, measured from messages."""
    body = shipped(report())
    found = Hit(index="logs-1", id="1", source=msgspec.Raw(json.dumps(body).encode()))
    made = columns()
    read = made.read(page_of([found]))
    (batch,) = made.measure(read.events)
    made.read(page_of([hit(report())]))
    (same,) = made.measure([])
    assert list(batch.identities) == list(same.identities)
    assert list(batch.durations_ms) == list(same.durations_ms)


def test_ends_find_each_other_whether_they_come_as_columns_or_as_events() -> None:
    """What is left is handed on, and how late the last one was."""
    made = columns("ends")
    started = f"START RequestId: {ID} Version: $LATEST"
    lonely = ID.replace("a", "b")
    made.read(page_of([hit(started)]))
    rest = list(made.measure([event(report(), time=T0 + 5), event("Unknown error", time=T0 + 2)]))
    assert [item.message for item in rest] == ["Unknown error"]
    made.read(page_of([hit(started.replace(ID, lonely), time=T0 + 9)]))
    assert list(made.measure([])) == []
    first, last = made.finish()
    assert first == Ends(started=[Bound(GROUP, STREAM, lonely, T0 + 9)], reported=[])
    assert last.latest == T0 + 9


@pytest.mark.parametrize("purpose", ["figures", "ends"])
def test_what_only_a_words_index_takes_for_wanted_is_left_out(purpose: Any) -> None:
    """A message is handed on if it holds what is looked for, or may hold it in another spelling."""
    query = replace(WINDOW, literals=("Task timed out",))
    kept = [
        event("x Task timed out after 3.00 seconds"),
        event('{"message":"task \\u0054ask timed out"}'),
        event("\x1b[31mREPORT\x1b[0m RequestId: 1"),
        event("REPORT RequestId: of another spelling"),
    ]
    spared = [event("the task timed itself out"), event("reported: nothing"), event("restarted")]
    assert list(columns(purpose, query=query).measure(kept + spared)) == kept


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


def test_what_somebody_adds_up_has_no_rows_and_stays_an_event() -> None:
    """So that its request can be left out of the sums: nothing counts twice."""
    of = choice(kind())
    reader = Reader("test", of.kinds, None, lambda _kind, _ids: ())
    made = Columns(WINDOW, "figures", reader, None, of, added_up=("logs-1",))
    inside = event(report())._replace(container="logs-1")
    outside = event(report())._replace(container="logs-2")
    first, second = made.measure([inside, outside])
    assert first is inside
    assert isinstance(second, FigureBatch)
    measures = plan_measures(WINDOW, "figures", of, (), added_up=of.kinds)
    assert not any(task.extra for task in measures.tasks.tasks)
    assert not measures.columns


EDGES = (1.0, 2.0, 4.0)
INDICES = ("logs-1",)


def plain(*apart: str) -> Summing:
    return Summing(edges=EDGES, slot=None, apart=apart)


def ranges(*counts: int) -> dict[str, Any]:
    return {"buckets": [{"doc_count": count} for count in counts]}


def bucket(function: str | None = "pay", group: str = GROUP, **changes: Any) -> dict[str, Any]:
    """Return what a server says of one function: two invocations, one of them a cold start."""
    return {
        "key": {"group": group, "function": function},
        "doc_count": 2,
        "durations": ranges(1, 1),
        "longest": {"value": 2.5},
        "total": {"value": 4.0},
        "used": {"value": 75.0},
        "init": {"durations": ranges(0, 0), "longest": {"value": None}},
        "restore": {"durations": ranges(0, 1), "longest": {"value": 3.5}},
        "sizes": {
            "sum_other_doc_count": 0,
            "buckets": [
                {"key": -1.0, "doc_count": 1, "billed": {"value": 0.0}, "counted": {"value": 0}},
                {"key": 128.0, "doc_count": 1, "billed": {"value": 3.0}, "counted": {"value": 1}},
            ],
        },
    } | changes


class Server:
    """Answers as a cluster does, one answer after the other, and notes what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def read(self, _method: str, _path: str, made: Any, body: Any, **_how: Any) -> Any:
        self.asked.append(json.loads(json.dumps(body)))
        answer = self._answers.pop(0)
        if isinstance(answer, Trouble):
            raise answer
        whole = {"timed_out": False, "_shards": {"failed": 0}} | answer
        return msgspec.json.decode(json.dumps(whole).encode(), type=made)

    def given_up(self) -> bool:
        return False

    def pause(self, _attempt: int) -> None:
        return


def page(*buckets: dict[str, Any], after: Any = None) -> dict[str, Any]:
    return {"aggregations": {"all": {"buckets": list(buckets), "after_key": after}}}


def test_a_sum_is_what_the_server_counted() -> None:
    """Restores count as inits where there is none; a size of -1 is one that is not stated."""
    server = Server(page(bucket()))
    sums = Sums(Query(), choice(kind()), None, INDICES)
    (found,) = sums.fetch(server, plain())  # type: ignore[arg-type] # as much of one as is needed
    assert found == FigureSum(
        function="pay",
        invocations=2,
        durations=[1, 1],
        total_ms=4.0,
        longest_ms=2.5,
        inits=[0, 1],
        init_longest_ms=3.5,
        max_memory_mb=75.0,
        sizes={None: Sized(1, 0, 0.0), 128.0: Sized(1, 1, 3.0)},
    )
    assert "added up there" in sums.notes[0]


def test_what_is_not_added_up_is_asked_for_as_rows() -> None:
    """One clause and its opposite: requests that are read, and figures beyond the edges."""
    server = Server(page())
    sums = Sums(Query(since=T0, until=T0 + 1000), choice(kind()), None, INDICES)
    assert sums.fetch(server, plain("b", "a")) == []  # type: ignore[arg-type] # as above
    clause = aggregations.summable(EDGES, {"a", "b"})
    assert clause["bool"]["filter"] == [{"range": {"report.duration_ms": {"gte": 1.0, "lt": 4.0}}}]
    assert {"terms": {"request_id": ["a", "b"]}} in clause["bool"]["must_not"]
    assert clauses(clause) in clauses(server.asked[0]["query"])
    (rest,) = sums.rest()
    assert rest.clause["bool"]["filter"][1]["bool"]["must_not"] == [clause]
    assert rest.extra


def test_sums_come_in_pages_of_those_that_are_meant() -> None:
    """The next page begins behind the last one; a page that is not full is the last."""
    full = [bucket(f"fn{number}") for number in range(aggregations.page_size(2))]
    after = {"group": GROUP, "function": "fn9"}
    server = Server(page(*full, after=after), page(bucket("pay"), after={"group": "z"}))
    sums = Sums(Query(), choice(kind()), Meant((), ("pay", "fn1")), INDICES)
    found = sums.fetch(server, plain())  # type: ignore[arg-type] # as above
    assert [each.function for each in found] == ["fn1", "pay"]
    composites = [body["aggs"]["all"]["composite"] for body in server.asked]
    assert [composite.get("after") for composite in composites] == [None, after]


@pytest.mark.parametrize(
    "answer",
    [
        page(bucket(durations=ranges(1, 0))),
        page(bucket(sizes={"sum_other_doc_count": 1, "buckets": []})),
        Trouble("too many buckets", status=503, kind="too_many_buckets_exception", passes=True),
        Trouble("no such aggregation", status=400),
    ],
)
def test_a_part_of_a_sum_is_none(answer: Any) -> None:
    """Whatever was not counted: nothing is, all are rows, and it is said."""
    sums = Sums(Query(), choice(kind()), None, INDICES)
    assert sums.fetch(Server(answer), plain()) == []  # type: ignore[arg-type] # as above
    (rest,) = sums.rest()
    assert rest.clause["bool"]["filter"][1] == measuring.stated("figures")
    assert "not added up" in sums.notes[0]


def test_times_that_rows_tell_apart_are_added_up_apart() -> None:
    """Each stretch that holds anything by itself: a search in it looks at nothing else."""
    hours = {"aggregations": {"slots": {"buckets": [{"key": 0.0}, {"key": 1_800_000.0}]}}}
    server = Server(hours, page(bucket()), page(bucket("other")))
    sums = Sums(Query(), choice(kind()), None, INDICES)
    summing = Summing(edges=EDGES, slot=900_000, apart=())
    found = sums.fetch(server, summing)  # type: ignore[arg-type] # as above
    assert [(each.function, each.time) for each in found] == [("pay", 0), ("other", 1_800_000)]
    histogram = server.asked[0]["aggs"]["slots"]["date_histogram"]
    assert histogram == {"field": "@timestamp", "fixed_interval": "900000ms", "min_doc_count": 1}
    assert (
        within("@timestamp", 1_800_000, 2_700_000)
        in (server.asked[2]["query"]["bool"]["filter"][0]["bool"]["filter"])
    )


def test_too_many_times_are_told_by_rows() -> None:
    """One by one they would take longer than all rows do."""
    many = [{"key": 60_000.0 * number} for number in range(3_001)]
    server: Any = Server({"aggregations": {"slots": {"buckets": many}}})
    sums = Sums(Query(), choice(kind()), None, INDICES)
    assert sums.fetch(server, Summing(edges=EDGES, slot=60_000, apart=())) == []
    assert "3001 stretches of 1 min" in sums.notes[0]


def test_what_passes_is_asked_again() -> None:
    """A server that is busy, or a shard that was slow, may add up the next time."""
    busy = Trouble("busy", status=429, passes=True)
    server = Server(busy, page() | {"timed_out": True}, page(bucket()))
    sums = Sums(Query(), choice(kind()), None, INDICES)
    assert len(sums.fetch(server, plain())) == 1  # type: ignore[arg-type] # as above
    assert (
        Sums(Query(), choice(kind()), None, INDICES).fetch(
            Server(*[page() | {"_shards": {"failed": 1}}] * 3),  # type: ignore[arg-type] # as above
            plain(),
        )
        == []
    )


def lasting(*stretches: tuple[int, int], others: int = 0) -> dict[str, Any]:
    """Return what a server says of when the documents of indices are."""
    buckets = [{"min": {"value": first}, "max": {"value": last}} for first, last in stretches]
    found = {"buckets": buckets, "sum_other_doc_count": others}
    return {"aggregations": {"indices": found}}


@pytest.mark.parametrize(
    ("answers", "adds_up"),
    [
        ((lasting((11, 20)), lasting((1, 10))), True),
        ((lasting((1, 10)), lasting((10, 20))), False),
        ((lasting((1, 10), others=1), lasting((11, 20))), False),
        ((Trouble("denied", status=403),), False),
    ],
)
def test_two_indices_are_added_up_where_they_cannot_hold_the_same(
    answers: tuple[Any, ...], adds_up: bool
) -> None:
    """Indices of two days cannot; of two that hold the same hour, nobody knows: rows tell."""
    days = replace(kind(), names=("logs-1", "logs-2"))
    server: Any = Server(*answers)
    kinds, notes = added_up(Query(), choice(days), None, server)
    assert bool(kinds) is adds_up
    assert bool(notes) is not adds_up


def test_sums_of_some_and_rows_of_others_are_never_mixed() -> None:
    """An index beside it may hold the same REPORTs as messages: then all are rows."""
    kinds = (kind(), replace(kind({}, shape="cwl"), names=("cwl-1",)))
    server: Any = Server()
    assert added_up(Query(), choice(*kinds), None, server) == ([], ())
    assert added_up(Query(), choice(kinds[0]), None, server) == ([kinds[0]], ())


def test_an_index_that_came_meanwhile_is_not_added_up() -> None:
    """What was not left out before has its rows already."""
    both = replace(kind(), names=("logs-1", "logs-2"))
    sums = Sums(Query(), choice(both), None, INDICES)
    (task,) = sums.rest()
    assert task.indices == INDICES


def test_nobody_waits_for_a_sum_that_nobody_wants() -> None:
    """Ctrl-C ends it at once, however long the server takes to answer."""
    released = threading.Event()

    class Slow(Server):
        def read(self, *_args: Any, **_how: Any) -> Any:
            released.wait(20)
            raise Trouble("too late")

        def given_up(self) -> bool:
            return True

    server: Any = Slow()
    began = time.monotonic()
    with pytest.raises(Abandoned):
        Sums(Query(), choice(kind()), None, INDICES).fetch(server, plain())
    released.set()
    assert time.monotonic() - began < 5
