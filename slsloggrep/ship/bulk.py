"""Bulk requests: many at once, as large as the cluster likes, and every document's fate looked at.

Documents are packed by whoever adds them and sent by threads of their own. How large a request may
be is found out: larger while answers come quickly, smaller when the cluster is busy (429, 503),
slow, or refuses the size (413). What was refused for the moment is sent again, alone; what was
refused for good is counted and kept as an example. What is sent, and whether there is a template
for it, is decided elsewhere.

Sending the same document twice does no harm: the ID is the document's own. So an answer that was
lost is no loss, and an event that is there already costs the cluster a look-up only (`create`).
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from slsloggrep.model import Delivered, Rejection
from slsloggrep.ship.documents import Document
from slsloggrep.sources.opensearch.cluster import Cluster, decode
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble

WORKERS = 4
"""Requests under way at once; a node has that many threads for writing, or more."""

FIRST = 1_000_000
"""Bytes of the first requests."""
SMALLEST = 50_000
LARGEST = 8_000_000
"""Amazon's smaller domains take 10 MiB in a request (OpenSearch Service quotas, network)."""
MOST = 10_000
"""Documents in a request."""

QUICK = 1.0
"""Seconds for an answer below which the next requests may be larger."""
SLOW = 10.0

PATIENCE = 120.0
"""Seconds without any document being taken after which the cluster counts as gone."""
TIMEOUT = 120.0

_ACTION = "indices:data/write/bulk on these indices, and indices:admin/create"
_FILTER = {"filter_path": "errors,items.*.status,items.*.error"}

_BUSY = frozenset({429, 502, 503, 504})
_HOPELESS = frozenset(
    {
        "security_exception",
        "index_not_found_exception",
        "invalid_index_name_exception",
        "validation_exception",
        "cluster_block_exception",
    }
)
"""What is wrong with the index and not with the document: the next ones fare no better."""


class Packed(NamedTuple):
    """A document as it is sent."""

    index_name: str
    id: str
    is_invocation: bool
    lines: bytes
    """The action and the document, each with its newline."""


class _Item(msgspec.Struct):
    status: int = 0
    error: Any = None


class _Answer(msgspec.Struct):
    items: list[dict[str, _Item]] = []
    errors: bool = False


_encoder = msgspec.json.Encoder()


def pack(document: Document, index: str, *, again: bool = False) -> Packed:
    """Return a document as it is sent; `again`: what is there already is written anew.

    An invocation always is: it may have ended since.
    """
    kind = "index" if again or document.is_invocation else "create"
    try:
        body = _encoder.encode(document.body)
    except UnicodeEncodeError:
        body = _escaped(document.body).encode("ascii")
    action = f'{{"{kind}":{{"_index":"{index}","_id":"{document.id}"}}}}\n'
    return Packed(index, document.id, document.is_invocation, b"%b%b\n" % (action.encode(), body))


class Loader:
    """Takes documents and sends them; to be closed by `finish` or `abandon`."""

    def __init__(
        self, cluster: Cluster, *, workers: int = WORKERS, patience: float | None = None
    ) -> None:
        self._cluster = cluster
        self._patience = PATIENCE if patience is None else patience
        self._lock = threading.Lock()
        self._delivered = Delivered()
        self._target = FIRST
        self._taken = float("-inf")
        """When documents were taken last."""
        self._failure: Trouble | None = None
        self._defect: Exception | None = None
        """What a thread met that nobody expected; raised where somebody waits."""
        self._batch: list[Packed] = []
        self._size = 0
        self._added = 0
        self._queue: queue.Queue[list[Packed] | None] = queue.Queue(maxsize=workers)
        self._threads = [
            threading.Thread(target=self._work, name=f"bulk-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def delivered(self) -> Delivered:
        """What became of the documents so far."""
        with self._lock:
            return self._delivered

    @property
    def failure(self) -> Trouble | None:
        """Why no more is sent; None: nothing stands against it."""
        return self._failure

    @property
    def unsent(self) -> int:
        """How many documents were added that are neither in the index nor rejected."""
        delivered = self.delivered
        return self._added - delivered.documents - delivered.rejected

    def add(self, document: Packed) -> bool:
        """Take a document; waits while enough are under way. False: no more are sent."""
        self._added += 1
        size = len(document.lines)
        full = self._size + size > self._target or len(self._batch) >= MOST
        if self._batch and full and not self._hand_over():
            return False
        self._batch.append(document)
        self._size += size
        return True

    def finish(self) -> None:
        """Send what is left and wait for the last answer; look at `failure` then."""
        if self._batch:
            self._hand_over()
        self._end()
        if self._defect is not None:
            raise self._defect

    def abandon(self) -> None:
        """Send no more; requests under way are waited for, since they may be taken."""
        self._cluster.stopped.set()
        self._end()

    def _end(self) -> None:
        for _ in self._threads:
            while any(thread.is_alive() for thread in self._threads):
                try:
                    self._queue.put(None, timeout=0.1)
                    break
                except queue.Full:
                    continue
        for thread in self._threads:
            thread.join()

    def _hand_over(self) -> bool:
        batch, self._batch, self._size = self._batch, [], 0
        while not self._is_over():
            try:
                self._queue.put(batch, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def _work(self) -> None:
        while (batch := self._queue.get()) is not None:
            if self._is_over():
                continue  # taken out of the queue, so that nobody waits for room in it
            try:
                self._deliver(batch)
            except Abandoned:
                continue
            except Trouble as trouble:
                self._failure = self._failure or trouble
            except Exception as defect:  # noqa: BLE001, RUF100 - a thread's end would go unseen
                self._defect = defect

    def _is_over(self) -> bool:
        return self._failure is not None or self._defect is not None or self._cluster.given_up()

    def _deliver(self, batch: Sequence[Packed]) -> None:
        """Send documents until each is taken or rejected; raises Trouble, Abandoned."""
        attempt = 0
        began = time.monotonic()
        while batch:
            attempt += 1
            try:
                left = self._send(batch)
            except Trouble as trouble:
                if trouble.status == 413:
                    self._divide(batch, trouble)
                    return
                if not trouble.passes or self._is_out_of_patience(began):
                    raise
                left = batch
                self._shrink()
            else:
                if len(left) < len(batch):
                    attempt = 0
                elif left and self._is_out_of_patience(began):
                    raise Trouble("the cluster is too busy to take documents (429)")
            batch = left
            if batch:
                with self._lock:
                    self._delivered += Delivered(resent=len(batch))
                self._cluster.pause(attempt + 1)
                if self._is_over():
                    raise Abandoned

    def _send(self, batch: Sequence[Packed]) -> Sequence[Packed]:
        """Send documents once; return those that are to be sent again."""
        body = b"".join(document.lines for document in batch)
        began = time.monotonic()
        try:
            text = self._cluster.ask(
                "POST",
                "/_bulk",
                msgspec.Raw(body),
                params=_FILTER,
                action=_ACTION,
                timeout=TIMEOUT,
                patient=False,
            )
        finally:
            with self._lock:
                self._delivered += Delivered(requests=1, bytes=len(body))
        answer = decode(text, _Answer)
        if len(answer.items) != len(batch):
            raise Trouble("the answer does not tell of every document", passes=True)
        again: list[Packed] = []
        counted = Delivered()
        hopeless: Trouble | None = None
        created = existing = replaced = invocations = 0
        for document, fates in zip(batch, answer.items, strict=True):
            kind, fate = next(iter(fates.items()), ("", _Item()))
            status = fate.status
            if status == 201:
                created += 1
            elif status == 200:
                replaced += 1
            elif status == 409 and kind == "create":
                existing += 1
            elif status in _BUSY:
                again.append(document)
                continue
            else:
                rejection = _rejection(document, fate)
                counted += Delivered(rejected=1, rejections=(rejection,))
                if rejection.kind in _HOPELESS or status in (401, 403):
                    hopeless = Trouble(
                        f"{document.index_name} takes no documents: {rejection.reason} ({status})",
                        status=status,
                        kind=rejection.kind,
                    )
                continue
            invocations += document.is_invocation
        taken = created + existing + replaced
        counted = replace(
            counted,
            events=taken - invocations,
            invocations=invocations,
            created=created,
            existing=existing,
            replaced=replaced,
        )
        with self._lock:
            self._delivered += counted
            if taken or counted.rejected:
                self._taken = time.monotonic()
        if hopeless is not None:
            raise hopeless
        self._adapt(time.monotonic() - began, busy=bool(again))
        return again

    def _divide(self, batch: Sequence[Packed], trouble: Trouble) -> None:
        """Send what was too large in halves; what is too large by itself is rejected."""
        if len(batch) == 1:
            rejection = Rejection(batch[0].index_name, batch[0].id, "too_large", trouble.words)
            with self._lock:
                self._delivered += Delivered(rejected=1, rejections=(rejection,))
            return
        self._shrink()
        middle = len(batch) // 2
        self._deliver(batch[:middle])
        self._deliver(batch[middle:])

    def _adapt(self, seconds: float, *, busy: bool) -> None:
        if busy or seconds > SLOW:
            self._shrink()
        elif seconds < QUICK:
            with self._lock:
                self._target = min(LARGEST, self._target * 3 // 2)

    def _shrink(self) -> None:
        with self._lock:
            self._target = max(SMALLEST, self._target // 2)

    def _is_out_of_patience(self, began: float) -> bool:
        return time.monotonic() - max(began, self._taken) > self._patience


def _rejection(document: Packed, fate: _Item) -> Rejection:
    error = fate.error if isinstance(fate.error, dict) else {}
    kind = str(error.get("type") or "")
    reason = str(error.get("reason") or fate.error or f"HTTP {fate.status}")
    cause = error.get("caused_by")
    if isinstance(cause, dict) and cause.get("reason"):
        reason = f"{reason}: {cause['reason']}"
    return Rejection(document.index_name, document.id, kind, reason)


def _escaped(body: dict[str, Any]) -> str:
    r"""Return a document in ASCII: lone surrogates, which UTF-8 lacks, as `\ud800`."""
    return json.dumps(body, separators=(",", ":"))
