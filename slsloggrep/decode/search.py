r"""Searches plain bytes for literals before anything is decoded: this is where the speed is.

A literal may stand in the bytes in many spellings: inside a JSON string (and that inside another
JSON string, in a log message) `-` may be `\u002d`, `/` may be `\/`, `"` may be `\\\"`. What no
encoder escapes is a run of ASCII letters and digits. So the longest such run is searched, and
around each hit the rest of the literal is compared in every spelling. The result is a sound
superset: the caller compares again after decoding, token boundaries included.

Which documents the hits lie in is `slsloggrep.decode.documents`'s knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from slsloggrep.decode.haystack import Haystack

__all__ = ["Haystack", "Needle", "find_any", "prepare"]

_MIN_RUN = 2
"""Of a shorter run of letters and digits, the whole pattern is searched instead."""

_PROBE = 4
"""A run of this length is not cut any shorter."""

_COMMON_PAIRS = frozenset(
    re.findall(
        r"\w+",
        "on es ed me ti st io am re at ta id te er ag mp nt ss ar in or to de en un ge sa da im "
        "ue si et ce nc rd ct ec mb ou om qu se co od it le ve ea he rs ro bd rn ur NF IN FO la "
        "Co fu St rt ws aw ac is rc na us cu ev pa eq Re lo bl ri li ke so pu og gi ne ca ad ab "
        "mo ch eg ba va al as ng 00 01 10 11 12 17 20 T0 0T",
    )
)
"""What stands in every line of logs. The C library looks for a needle's first two letters, 64 bytes
at a time; where they are common it has to look closer, which takes twice as long."""

_TELLING_RUN = 8
"""A run of this length is rare enough that its hits need no comparison."""

_FEW = 100
"""Of more needles nobody looks which could share: comparing each with each would cost more."""

_MAX_SPELLING = 400
"""Bytes that one character may take, with backslashes, white space and colours around it."""

_NAMED = {"\n": b"n", "\t": b"t", "\r": b"r", "\b": b"b", "\f": b"f"}
"""Controls that JSON escapes by a letter (RFC 8259, 7)."""

_BACKSLASHES = rb"(?:\\{1,31})"
"""What stands before an escaped character: one backslash more than twice as many per level of JSON
in JSON. Bounded, lest a long run of them is tried from each of its members."""

_ENTRANCE = rb"(?:(?<!\\)(?=\\)|(?!\\))"
"""A run of backslashes is entered at its beginning only."""

_COLOURS = rb"(?:(?:\x1b|\\{1,31}u001[bB])\[[0-9;:]{0,32}m){0,4}"
"""Colours (ECMA-48, 8.3.117), which people do not see and do not type."""

_JSON_PUNCTUATION = frozenset('{}[]:,"')


class Needle:
    """One literal, in every spelling that JSON allows for it."""

    def __init__(self, literal: str) -> None:
        self.literal = literal
        run, lead = _choose_run(literal)
        self.run = b""
        """What is searched: no encoder escapes it. Empty: the pattern of the whole literal is."""
        self.compare = True
        """Whether a hit counts only where the rest of the literal stands around it."""
        self._surroundings = (literal, "")
        """What stands before the run, and what behind it."""
        if run is not None:
            self.run = run.group().encode()
            self._surroundings = (literal[: run.start()], literal[run.end() :])
        self.search_for(lead, len(self.run))

    # Compiled when something is compared: most needles are never found, and each pattern takes a
    # millisecond or two.
    @cached_property
    def _whole(self) -> re.Pattern[bytes]:
        return re.compile(_ENTRANCE + _spellings(self.literal))

    @cached_property
    def _before(self) -> re.Pattern[bytes] | None:
        before, _ = self._surroundings
        return re.compile(_spellings(before) + rb"\Z") if before else None

    @cached_property
    def _after(self) -> re.Pattern[bytes] | None:
        _, after = self._surroundings
        return re.compile(_spellings(after)) if after else None

    def search_for(self, start: int, end: int) -> None:
        """Search a part of the run: the rest of it is looked for where that stands."""
        self._lead, self.probe, self._tail = self.run[:start], self.run[start:end], self.run[end:]
        self.step = _period(self.probe)
        """Distance from one place of the probe to the next that may be one."""

    def find_all(self, haystack: Haystack) -> Iterator[int]:
        """Yield offsets at which the literal stands, in any spelling; never misses one."""
        return self.settle(haystack.find_all(self.probe, self.step) if self.run else (), haystack)

    def settle(self, hits: Iterable[int], haystack: Haystack) -> Iterator[int]:
        """Yield offsets at which the literal stands, given those of all its probes."""
        if not self.run:
            for match in self._whole.finditer(haystack.buffer, 0, haystack.filled):
                yield match.start()
            return
        buffer, filled, lead, tail = haystack.buffer, haystack.filled, len(self._lead), self._tail
        behind, reach = len(self.probe), _MAX_SPELLING * len(self._surroundings[0])
        for hit in hits:
            position = hit - lead
            if lead and (position < 0 or buffer[position:hit] != self._lead):
                continue
            if tail and not buffer.startswith(tail, hit + behind, filled):
                continue
            if not self.compare:
                yield position
                continue
            if self._after is not None and not self._after.match(
                buffer, position + len(self.run), filled
            ):
                continue
            if self._before is not None and not self._before.search(
                buffer, max(position - reach, 0), position
            ):
                continue
            yield position


def _choose_run(literal: str) -> tuple[re.Match[str] | None, int]:
    """Return the run of letters and digits to search, and how many of them to leave out first.

    The longest one, but rather a shorter one that begins less commonly.
    """
    runs = list(re.finditer("[A-Za-z0-9]+", literal))
    longest = max((len(run.group()) for run in runs), default=0)
    if longest < _MIN_RUN:
        return None, 0
    best = min(
        (
            (run.group()[lead : lead + 2] in _COMMON_PAIRS, lead - len(run.group()), index, lead)
            for index, run in enumerate(runs)
            for lead in range(len(run.group()) - min(_PROBE, longest) + 1)
        ),
    )
    return runs[best[2]], best[3]


def _period(run: bytes) -> int:
    """Return the distance at which a run can stand again, overlapping itself."""
    return next((i for i in range(1, len(run)) if run.startswith(run[i:])), len(run))


def _spellings(literal: str) -> bytes:
    return _COLOURS + _COLOURS.join(map(_spelling, literal)) + _COLOURS


def _spelling(character: str) -> bytes:
    if character.isascii() and character.isalnum():
        return character.encode()
    code = character.encode("utf-16-be", "surrogatepass")
    units = [code[i : i + 2].hex() for i in range(0, len(code), 2)]
    escaped = b"".join(_BACKSLASHES + b"u" + _any_case(unit) for unit in units)
    plain = re.escape(character.encode("utf-8", "surrogatepass"))
    if character == "\\":
        return rb"(?:" + _BACKSLASHES + rb"|" + escaped + rb")"
    named = b"|" + _BACKSLASHES + _NAMED[character] if character in _NAMED else b""
    spelling = rb"(?:" + _BACKSLASHES + rb"?" + plain + rb"|" + escaped + named + rb")"
    if character in _JSON_PUNCTUATION:
        # A message that is an object, not a string, is compared in its compact spelling.
        spelling = rb"[ \t\r\n]{0,99}" + spelling + rb"[ \t\r\n]{0,99}"
    return spelling


def _any_case(hexadecimal: str) -> bytes:
    return "".join(
        f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in hexadecimal
    ).encode()


def prepare(literals: Iterable[str]) -> tuple[Needle, ...]:
    """Return needles that find all of the literals in as few searches as can be.

    Where the run of one literal lies within that of another (a trace ID in two spellings), one
    search for the shorter run serves both; its hits are then not compared any further.
    """
    needles: list[Needle] = []
    for needle in sorted(map(Needle, dict.fromkeys(literals)), key=lambda needle: len(needle.run)):
        wider = next(
            (k for k in needles if len(k.run) >= _TELLING_RUN and k.run in needle.run), None
        )
        if wider is None:
            needles.append(needle)
        else:
            wider.compare = False
    _share(needles)
    return tuple(needles)


def _share(needles: Sequence[Needle]) -> None:
    """Let needles search for the same where one's probe lies in another's run, or runs begin alike.

    Each search is one of all bytes; where it hits is rare, and looked at for each of them.
    """
    if len(needles) > _FEW:
        return
    probes: list[bytes] = []
    for needle in sorted(needles, key=lambda needle: len(needle.probe)):
        if not needle.run:
            continue
        within = next((probe for probe in probes if probe in needle.run), None)
        if within is None:
            probes.append(needle.probe)
            continue
        start = needle.run.index(within)
        needle.search_for(start, start + len(within))
    alike: dict[bytes, list[Needle]] = {}
    for needle in needles:
        if len(needle.run) >= _TELLING_RUN:
            alike.setdefault(needle.run[:_TELLING_RUN], []).append(needle)
    for same in alike.values():
        if len({needle.probe for needle in same}) > 1:
            for needle in same:
                needle.search_for(0, _TELLING_RUN)


def find_any(needles: Sequence[Needle], haystack: Haystack) -> list[int]:
    """Return the sorted offsets at which any of the needles stands."""
    return find_with(needles, (), haystack)[0]


def find_with(
    needles: Sequence[Needle], words: Sequence[bytes], haystack: Haystack
) -> tuple[list[int], list[list[int]]]:
    """Return what `find_any` does, and the offsets of each word: bytes, as they stand.

    One pass over the haystack for all of them costs less than one for each.
    """
    probed = [needle for needle in needles if needle.run]
    # Literals around the same word are told apart where that stands.
    steps = {word: len(word) for word in words} | {n.probe: n.step for n in probed}
    hits = dict(zip(steps, haystack.find_all_of(list(steps), list(steps.values())), strict=True))
    found: set[int] = set()
    for needle in probed:
        found.update(needle.settle(hits[needle.probe], haystack))
    for needle in needles:
        if not needle.run:
            found.update(needle.find_all(haystack))
    return sorted(found), [hits[word] for word in words]
