"""What a query becomes: searched, read whole, or said to be unread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from slsloggrep.decode.search_shapes import SHAPES
from slsloggrep.model import Query
from slsloggrep.sources.opensearch import tasks
from slsloggrep.sources.opensearch.asking import Clause, Samples
from slsloggrep.sources.opensearch.indices import Choice
from slsloggrep.sources.opensearch.kinds import Kind
from slsloggrep.sources.opensearch.mapping import read_mapping
from slsloggrep.sources.opensearch.naming import Target
from slsloggrep.sources.opensearch.tasks import Plan, plan_window

Counts = Callable[[Sequence[str], Clause], int | None]
TIME = {"@timestamp": {"type": "date"}, "message": {"type": "text"}}
HIDDEN = {"raw": {"type": "keyword", "index": False, "doc_values": False}}
SHORT = {"host": {"type": "keyword", "ignore_above": 256}}
WINDOW: Clause = {"range": {"@timestamp": {"format": "epoch_millis", "gte": 5, "lt": 9}}}


def plan(*mappings: dict[str, Any], count: Counts | None = None, whole: bool = False) -> Plan:
    """Plan a search for an ID over indices `a`, `b`, ... of these mappings."""
    kinds, targets = [], []
    for name, more in zip("abc", mappings, strict=False):
        schema = read_mapping({"properties": TIME | more}, {})
        kinds.append(Kind(schema, SHAPES[-1], Samples(), "@timestamp", names=(name,)))
        targets.append(Target(name, (name,)))
    choice = Choice(targets, kinds, whole=whole)
    if count is not None:
        choice.count = count
    return plan_window(Query(since=5, until=9, literals=("ord-12345678",)), choice, ())


def test_what_can_be_searched_is_searched_and_not_counted() -> None:
    """Where all that may hold the text is indexed, there is nothing to read and nothing to say."""

    def count(_names: Sequence[str], _clause: Clause) -> int:
        raise AssertionError

    (task,) = plan({}, count=count).tasks
    assert task.clause != task.wider == WINDOW
    assert task.unread == ""


@pytest.mark.parametrize("more", [HIDDEN, SHORT])
def test_a_little_is_read_whole(more: dict[str, Any]) -> None:
    """Few documents in the window: all are looked at here, and nothing is unread."""
    asked: list[tuple[Sequence[str], Clause]] = []

    def count(names: Sequence[str], clause: Clause) -> int:
        asked.append((names, clause))
        return tasks.WHOLE - 1

    planned = plan(more, count=count)
    (task,) = planned.tasks
    assert asked == [(("a",), WINDOW)]
    assert (task.clause, task.unread) == (WINDOW, "")
    (note,) = planned.notes
    assert note.startswith("a: all is read in the window: there is little")


@pytest.mark.parametrize("many", [tasks.WHOLE, None])
def test_much_without_an_index_is_unread(many: int | None) -> None:
    """Many documents, or nobody knows how many: what is not searched is said, and what to do."""
    (task,) = plan(HIDDEN, count=lambda _names, _clause: many).tasks
    assert task.clause != WINDOW
    assert task.unread.startswith("not indexed, so not searched: raw;")
    assert "?whole=1" in task.unread


def test_keywords_that_are_short_wherever_seen_are_a_note() -> None:
    """Nothing shows that they are ever too long: that is said, and is no gap."""
    planned = plan(SHORT, count=lambda _names, _clause: tasks.WHOLE)
    assert planned.tasks[0].unread == ""
    assert planned.notes == ["a: not searched: texts of more than 256 characters in keyword fields"]


def test_the_user_may_want_all_read() -> None:
    """`?whole=1` searches nothing at the server, whatever there is."""
    planned = plan(HIDDEN, {}, whole=True, count=lambda _names, _clause: 10**9)
    assert all(not task.unread for task in planned.tasks)
    assert "range" in str(planned.tasks[0].clause)
    assert "regexp" not in str([task.clause for task in planned.tasks])
    assert all("?whole=1 wants it" in note for note in planned.notes)


def test_only_what_has_such_fields_is_unread() -> None:
    """Of several kinds of indices in one request, the gap names what one of them lacks, once."""
    (task,) = plan({}, HIDDEN, HIDDEN | SHORT).tasks
    assert task.unread.count("raw") == 1
    assert task.label == "a and 2 more"


def test_without_text_nothing_is_unread() -> None:
    """Whoever asks for a window gets all of it."""
    schema = read_mapping({"properties": TIME | HIDDEN}, {})
    kind = Kind(schema, SHAPES[-1], Samples(), "@timestamp", names=("a",))
    choice = Choice([Target("a", ("a",))], [kind])
    (task,) = plan_window(Query(since=5, until=9), choice, ()).tasks
    assert (task.clause, task.wider, task.unread) == (WINDOW, None, "")
