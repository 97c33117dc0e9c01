"""Bulk requests against a scripted cluster: sizes, busy servers, and the fate of every document."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from slsloggrep.model import Rejection
from slsloggrep.ship import bulk
from slsloggrep.ship.bulk import Loader, pack
from slsloggrep.ship.documents import Document
from slsloggrep.sources.opensearch.failures import Trouble

Act = Callable[[str, dict[str, Any]], dict[str, Any]]


def created(_id: str, _body: dict[str, Any]) -> dict[str, Any]:
    return {"status": 201}


def rejected(status: int, kind: str, reason: str = "no") -> dict[str, Any]:
    return {"status": status, "error": {"type": kind, "reason": reason}}


class FakeCluster:
    """Keeps documents by ID, as a server does; `act` may decide otherwise of one, or raise."""

    def __init__(self, act: Act | None = None) -> None:
        self.stopped = threading.Event()
        self.act = act
        self.kept: dict[str, dict[str, Any]] = {}
        self.requests: list[int] = []
        self.pauses: list[int] = []
        self.before: Callable[[int], None] = lambda _size: None
        self.lock = threading.Lock()

    def given_up(self) -> bool:
        return self.stopped.is_set()

    def pause(self, attempt: int) -> None:
        self.pauses.append(attempt)

    def ask(self, method: str, path: str, body: msgspec.Raw, **_how: Any) -> str:
        data = bytes(body)
        assert (method, path) == ("POST", "/_bulk")
        assert data.endswith(b"\n")
        with self.lock:
            self.requests.append(len(data))
            self.before(len(data))
            lines = data.decode().splitlines()
            pairs = zip(lines[::2], lines[1::2], strict=True)
            items = [self._take(json.loads(a), json.loads(d)) for a, d in pairs]
        return json.dumps({"errors": True, "items": items})

    def _take(self, action: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
        ((kind, meta),) = action.items()
        if self.act is not None:
            fate = self.act(meta["_id"], document)
            if fate["status"] != 201:
                return {kind: fate}
        there = meta["_id"] in self.kept
        if kind == "create" and there:
            return {kind: rejected(409, "version_conflict_engine_exception")}
        self.kept[meta["_id"]] = document
        return {kind: {"status": 200 if there else 201}}


def event(number: int, text: str = "m") -> Document:
    return Document(f"id{number}", 0, {"doc_type": "event", "message": text, "n": number})


def invocation(number: int) -> Document:
    return Document(f"run{number}", 0, {"doc_type": "invocation", "n": number})


def load(cluster: Any, documents: list[Document], **how: Any) -> Loader:
    again = how.pop("again", False)
    loader = Loader(cluster, **how)
    for document in documents:
        if not loader.add(pack(document, "index", again=again)):
            break
    loader.finish()
    return loader


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "FIRST", 2_000)
    monkeypatch.setattr(bulk, "SMALLEST", 500)


EVENTS = [event(number) for number in range(500)]


def test_every_document_arrives_once() -> None:
    """Side by side in many requests, and each counted."""
    cluster = FakeCluster()
    loader = load(cluster, [*EVENTS, invocation(1)])
    assert len(cluster.kept) == 501
    delivered = loader.delivered
    assert (delivered.events, delivered.invocations, delivered.created) == (500, 1, 501)
    assert delivered.bytes == sum(cluster.requests)
    assert delivered.requests == len(cluster.requests) > 1
    assert (loader.unsent, loader.failure) == (0, None)


def test_sent_again_events_stay_and_invocations_are_written_anew() -> None:
    """An event never changes; an invocation may have ended since."""
    cluster = FakeCluster()
    load(cluster, [*EVENTS, invocation(1)])
    delivered = load(cluster, [*EVENTS, invocation(1)]).delivered
    assert (delivered.created, delivered.existing, delivered.replaced) == (0, 500, 1)
    assert (delivered.events, delivered.invocations) == (500, 1)
    assert load(cluster, EVENTS, again=True).delivered.replaced == 500


def test_a_rejected_document_costs_itself_only_and_is_told() -> None:
    """A mapping conflict is counted, with its reason; the others of the request are there."""

    def act(key: str, _document: dict[str, Any]) -> dict[str, Any]:
        if key in ("id7", "id8"):
            return rejected(400, "mapper_parsing_exception", "failed to parse field [n]")
        return {"status": 201}

    loader = load(FakeCluster(act), EVENTS)
    assert loader.delivered.rejected == 2
    assert loader.delivered.rejections == tuple(
        Rejection("index", key, "mapper_parsing_exception", "failed to parse field [n]")
        for key in ("id7", "id8")
    )
    assert loader.delivered.events == 498
    assert loader.unsent == 0


def test_a_thousand_rejections_are_counted_and_a_few_kept() -> None:
    """What is kept as an example does not grow with what goes wrong."""
    loader = load(FakeCluster(lambda *_: rejected(400, "strict")), EVENTS)
    assert loader.delivered.rejected == 500
    assert len(loader.delivered.rejections) == 5


def test_what_was_refused_for_the_moment_is_sent_again_alone() -> None:
    """A 429 on some documents repeats those, after a pause, and not the others."""
    seen: Counter[str] = Counter()

    def act(key: str, _document: dict[str, Any]) -> dict[str, Any]:
        seen[key] += 1
        if int(key[2:]) % 3 == 0 and seen[key] < 3:
            return rejected(429, "es_rejected_execution_exception")
        return {"status": 201}

    cluster = FakeCluster(act)
    loader = load(cluster, EVENTS)
    assert loader.delivered.created == 500
    assert loader.delivered.resent == 2 * 167
    assert {count for key, count in seen.items() if int(key[2:]) % 3} == {1}
    assert cluster.pauses


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_cluster_gets_smaller_requests(status: int) -> None:
    """The whole request refused: it is sent again, and what follows is smaller."""
    cluster = FakeCluster()
    left = [6]

    def before(_size: int) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise Trouble("busy", status=status, passes=True)

    cluster.before = before
    loader = load(cluster, EVENTS, workers=1)
    assert loader.delivered.created == 500
    assert loader.failure is None
    # The first one refused is repeated as it is; what was not packed yet is smaller then.
    assert min(cluster.requests[6:-1]) < cluster.requests[0]


def test_requests_grow_while_answers_come_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the limit, and never beyond it."""
    monkeypatch.setattr(bulk, "LARGEST", 9_000)
    cluster = FakeCluster()
    load(cluster, [event(number, "x" * 50) for number in range(3_000)], workers=1)
    assert max(cluster.requests) > 2 * cluster.requests[0]
    assert max(cluster.requests) <= 9_000


def test_a_request_that_is_too_large_is_divided() -> None:
    """413: halves, and halves of those; only what is too large by itself is rejected."""
    cluster = FakeCluster()

    def before(size: int) -> None:
        if size > 900:
            raise Trouble("Request Entity Too Large (413)", status=413)

    cluster.before = before
    loader = load(cluster, [*EVENTS, event(1000, "x" * 2_000)])
    assert len(cluster.kept) == 500
    assert loader.delivered.rejected == 1
    assert loader.delivered.rejections[0].id == "id1000"
    assert loader.failure is None


def test_an_answer_that_does_not_tell_of_every_document_is_no_answer() -> None:
    """A proxy's page or a shortened list: the documents are sent again, and are there once."""
    cluster = FakeCluster()
    asked = cluster.ask
    left = [2]

    def ask(*args: Any, **how: Any) -> str:
        text = asked(*args, **how)
        left[0] -= 1
        return '{"errors":false,"items":[]}' if left[0] >= 0 else text

    cluster.ask = ask  # type: ignore[method-assign] # a fault on the way
    loader = load(cluster, EVENTS)
    assert len(cluster.kept) == 500
    assert loader.delivered.events == 500
    assert loader.delivered.existing > 0


def test_a_lost_cluster_ends_it_and_what_is_missing_is_known() -> None:
    """Out of patience: no more is sent, and the count of what is not there is right."""
    cluster = FakeCluster()

    def before(_size: int) -> None:
        if len(cluster.kept) > 100:
            raise Trouble("cannot connect", passes=True, spoke=False)

    cluster.before = before
    loader = load(cluster, EVENTS, patience=0.05)
    assert loader.failure is not None
    assert loader.failure.words == "cannot connect"
    assert loader.unsent > 0
    delivered = loader.delivered
    assert delivered.events == len(cluster.kept)


def test_an_index_that_takes_nothing_ends_it_early() -> None:
    """What is wrong with the index is the same for all: no million requests for nothing."""
    cluster = FakeCluster(lambda *_: rejected(403, "security_exception", "no permissions"))
    loader = load(cluster, [event(number, "x" * 100) for number in range(5_000)])
    assert loader.failure is not None
    assert "no permissions" in loader.failure.words
    assert len(cluster.requests) < 20


def test_documents_too_busy_for_ever_end_it() -> None:
    """A cluster that refuses every document for the moment, each time, is given up, too."""
    cluster = FakeCluster(lambda *_: rejected(429, "es_rejected_execution_exception"))
    loader = load(cluster, EVENTS, patience=0.05)
    assert loader.failure is not None
    assert loader.unsent > 0
    assert loader.delivered.documents == 0


def test_what_nobody_expected_is_raised_and_does_not_hang() -> None:
    """A defect in a thread (credentials that cannot be had) reaches whoever waits for the end."""
    cluster = FakeCluster()

    def before(_size: int) -> None:
        raise LookupError("no credentials")

    cluster.before = before
    with pytest.raises(LookupError, match="no credentials"):
        load(cluster, EVENTS, workers=1)


def test_who_gives_up_waits_for_nothing() -> None:
    """After an interruption nothing more is sent, nothing hangs, and the rest counts as unsent."""
    cluster = FakeCluster()
    loader = Loader(cluster)  # type: ignore[arg-type] # as much of a cluster as is asked for
    for number, document in enumerate(EVENTS):
        if number == 100:
            cluster.stopped.set()
        if not loader.add(pack(document, "index")):
            break
    loader.finish()
    assert loader.delivered.events == len(cluster.kept) < 500
    assert loader.unsent > 0


def test_abandoning_ends_the_threads() -> None:
    """Where the reading failed, nothing is left behind."""
    before = threading.active_count()
    loader = Loader(FakeCluster())  # type: ignore[arg-type] # as above
    loader.add(pack(event(1), "index"))
    loader.abandon()
    assert threading.active_count() == before


def test_text_that_utf8_cannot_hold_is_sent_as_an_escape() -> None:
    r"""A lone surrogate is `\ud800` in the request, and the document is JSON in ASCII."""
    packed = pack(event(1, "a\ud800b"), "index")
    action, body = packed.lines.splitlines()
    assert json.loads(action) == {"create": {"_index": "index", "_id": "id1"}}
    assert json.loads(body)["message"] == "a\ud800b"
    assert packed.lines.isascii()
