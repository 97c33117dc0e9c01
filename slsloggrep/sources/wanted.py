"""A query, prepared for reading archives: what is searched in bytes, and which events may count.

Answers the same question at three grains: of an object (by when it was written), of a log stream
and of an event. Each answer is a sound superset; the pipeline looks again. What an object's name
tells of time is `slsloggrep.sources.layout`'s knowledge, the reading itself that of
`slsloggrep.sources.scan`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from operator import itemgetter

from slsloggrep.decode.haystack import Haystack
from slsloggrep.decode.search import find_any, prepare
from slsloggrep.model import Event, Millis, Query, merge_stretches
from slsloggrep.sources.layout import may_hold

Stretch = tuple[Millis, Millis]
"""From, inclusive, to, exclusive."""

_MANY_STREAMS = 16

_RARE_RUN = 8
"""Stream names of Lambda end in 32 hex digits; a shorter name may stand everywhere."""

_SINCE, _UNTIL = map(itemgetter, range(2))


class Wanted:
    """What a query wants, and where it may lie."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self.everything = query.everything
        self.spans_only = bool(query.spans) and not query.literals
        """Whether nothing is wanted but stretches of log streams."""
        self._runs = [_longest_run(literal) for literal in query.literals]
        stretches: dict[tuple[str, str], list[Stretch]] = {}
        of_hash: dict[int, list[Stretch]] = {}
        for span in query.spans:
            stretch = (span.since, span.until)
            stretches.setdefault((span.log_group, span.log_stream), []).append(stretch)
            of_hash.setdefault(hash_of(span.log_stream), []).append(stretch)
        self._stretches = {key: merge_stretches(each) for key, each in stretches.items()}
        self._of_hash = {name: merge_stretches(each) for name, each in of_hash.items()}
        self._moments = merge_stretches(stretch for each in of_hash.values() for stretch in each)
        streams = {stream for _, stream in self._stretches}
        self.many_streams = len(streams) > _MANY_STREAMS or any(
            len(_longest_run(stream)) < _RARE_RUN for stream in streams
        )
        """Too many for a search each, or too short: the names in the bytes are looked up."""
        named = () if self.many_streams else sorted(streams - {""})
        self._needles = prepare([*query.literals, *named])
        self.stream_hashes = frozenset(of_hash)

    def positions(self, haystack: Haystack) -> list[int]:
        """Return the offsets of everything that may be wanted."""
        return find_any(self._needles, haystack)

    def holds_stream(self, stream: str) -> bool:
        """Tell whether a span lies in the log stream, whatever its group."""
        return hash_of(stream) in self.stream_hashes

    def stretches_of(self, log_group: str, log_stream: str) -> Sequence[Stretch]:
        """Return the stretches of a log stream that are wanted whole, in order and apart."""
        return self._stretches.get((log_group, log_stream), ())

    def may_lie_in(
        self,
        arrived: tuple[Millis, Millis] | None,
        late: Millis,
        streams: Collection[int] | None,
    ) -> bool:
        """Tell whether something of the spans may lie in an object.

        `arrived` is when it was written and `late` by how much later than its events, as for
        `may_hold`; `streams` are the hashes of all log streams in it. None: it is not known.
        """
        if streams is None:
            return _may_hold(arrived, self._moments, late)
        return any(
            _may_hold(arrived, self._of_hash[name], late)
            for name in streams
            if name in self.stream_hashes
        )

    def takes(self, event: Event) -> bool:
        """Tell whether an event may be wanted: sound, and cheap; the pipeline looks again."""
        stretches = self._stretches.get((event.log_group, event.log_stream))
        if stretches and holds(stretches, event.timestamp):
            return True
        if self.spans_only or not self._query.in_window(event.timestamp):
            return False
        if self.everything:
            return True
        message = event.message
        return any(run in message for run in self._runs)


def hash_of(stream: str) -> int:
    """Return what stands for a log stream: of its bytes, as they are found in the raw data."""
    return hash(stream.encode("utf-8", "surrogatepass"))


def holds(stretches: Sequence[Stretch], time: Millis) -> bool:
    """Tell whether a moment lies in one of the stretches, which are in order and apart."""
    index = bisect_right(stretches, time, key=_SINCE)
    return index > 0 and time < stretches[index - 1][1]


def _may_hold(
    arrived: tuple[Millis, Millis] | None, stretches: Sequence[Stretch], late: Millis
) -> bool:
    if arrived is None or not stretches:
        return bool(stretches)
    # Of those that do not lie before it, the first is the likeliest.
    index = bisect_right(stretches, arrived[0] - late, key=_UNTIL)
    return index < len(stretches) and may_hold(arrived, *stretches[index], late)


def _longest_run(literal: str) -> str:
    """Return what no encoder escapes; the empty string, where there is nothing such, is in all."""
    return max(re.findall("[A-Za-z0-9]+", literal), key=len, default="")
