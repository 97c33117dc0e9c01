"""Whatever is generated and however it is packed: the program finds what plain Python finds."""

from __future__ import annotations

import gzip
import json
import zlib
from unittest import mock

# The store in memory lives with the unit tests, whose folder is not on the path from here.
from archive_samples import NOON, SETTINGS, MemoryStore, Patience, envelope, log_event
from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.cli.matching import make_criteria
from slsloggrep.investigate import Match, grep, trace
from slsloggrep.model import Coverage
from slsloggrep.parse import Parser, recognise
from slsloggrep.sources import scan
from slsloggrep.sources.archive import ArchiveSource

ID = "ord-47/b\u00fc"

_NOISE = st.lists(
    st.sampled_from([*'abord-47/ \\{}[]":,\n\t\x1b\u00fc\u00a0\u2028', "}{", '}{"a":']),
    max_size=40,
).map("".join)
_MESSAGE = st.one_of(
    _NOISE,
    st.builds("{} {} {}".format, _NOISE, st.just(ID), _NOISE),
    st.builds(lambda text: json.dumps({"order": ID, "x": text}), _NOISE),
    st.builds(lambda text: json.dumps({"x": json.dumps({"order": ID}), "y": text}), _NOISE),
    st.builds(lambda text: json.dumps({"order": text}, ensure_ascii=False), _NOISE),
)
_DOCUMENT = st.lists(_MESSAGE, max_size=5)
_WRITE = st.sampled_from(
    [
        lambda d: json.dumps(d).encode(),
        lambda d: json.dumps(d, indent=1).encode(),
        lambda d: json.dumps(d, ensure_ascii=False, separators=(",", ":")).encode(),
        lambda d: json.dumps(d).replace("/", "\\/").encode(),
    ]
)
_PACK = st.sampled_from(
    [bytes, gzip.compress, zlib.compress, lambda d: gzip.compress(gzip.compress(d))]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_DOCUMENT, _WRITE, st.sampled_from([b"", b"\n"])), max_size=6), _PACK)
def test_what_mentions_the_id_is_found_or_a_gap_is_told(documents, pack) -> None:  # type: ignore[no-untyped-def]
    """`grep` and `trace` miss no event that decoding everything and looking at it would find."""
    data = b""
    messages: list[str] = []
    for number, (texts, write, separator) in enumerate(documents):
        first = len(messages)
        messages += texts
        events = [log_event(first + i, NOON + first + i, text) for i, text in enumerate(texts)]
        data += write(envelope(f"f{number}", "abcdef"[number], events)) + separator
    store = {"o": pack(data)}
    criteria, subject = make_criteria(ID), recognise(ID)
    with mock.patch.object(scan, "BUFFER", 256):
        found = grep(
            [ArchiveSource(MemoryStore(store), SETTINGS)],
            Match(literals=criteria.literals, accept=criteria.accept, plausible=criteria.plausible),
            parser=Parser(),
            since=None,
            until=None,
            limit=None,
            invocations=False,
            watch=Patience(),
            now=NOON,
        )
        traced = trace(
            [ArchiveSource(MemoryStore(store), SETTINGS)],
            ID,
            parser=Parser(),
            since=None,
            until=None,
            reach=0,
            max_hops=0,
            watch=Patience(),
            now=NOON,
        )
    told: tuple[Coverage, ...] = (*found.coverage, *traced.coverage)
    if not all(coverage.complete for coverage in told):
        return
    plain = [text for text in messages if ID in text]
    shown = [record.event.message for record in found.records]
    assert [text for text in plain if text not in shown] == []
    members = traced.transaction.members
    held = {r.event.message for m in members for r in m.invocation.records}
    held |= {record.event.message for record in traced.transaction.unattributed}
    assert [text for text in messages if subject.mentioned_in(text) and text not in held] == []
