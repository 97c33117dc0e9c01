"""What crashed depends on nothing but the events; groups partition it; nothing raises."""

from __future__ import annotations

import re
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from test_parse_properties import DOCUMENTS, MESSAGES

from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.analyse.explanation import explain
from slsloggrep.analyse.fingerprint import fingerprint_of
from slsloggrep.analyse.frames import frames_of
from slsloggrep.analyse.groups import group
from slsloggrep.analyse.masks import MASK, mask
from slsloggrep.model import Crash, Event
from slsloggrep.parse import Parser
from slsloggrep.parse.documents import write_document
from slsloggrep.parse.pieces import errors_in
from slsloggrep.parse.signs import logs_error, shows_failure
from slsloggrep.stitch import Collection, Stitched, stitch

PARSER = Parser()
T0 = 1_795_431_600_000
HOUR = 3_600_000

REPORT = (
    "REPORT RequestId: {id}\tDuration: 3004.5{d} ms\tBilled Duration: {n} ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 6{d} MB\t{status}\n"
)
NODE = "2026-11-23T11:00:0{d}.000Z\t{id}\t"
UNHANDLED = '{{"errorType":"Declined","errorMessage":"card {n} of {id}","stack":["Declined",'

PYTHON = (
    "[ERROR] KeyError: 'sku-{n}'\nTraceback (most recent call last):\n\xa0\xa0File "
    '"/var/task/app.py", line {n}, in handler\n\xa0\xa0\xa0\xa0return price(event)'
)

SCENES: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "ok": ("", 0, (NODE + "INFO\torder {n} took {d} s\n",)),
    "handled": ("", 0, (NODE + "ERROR\tTypeError: no {n}\n    at f (/var/task/a.js:1:2)\n",)),
    "python": (
        "",
        1,
        (PYTHON,),
    ),
    "node": (
        "",
        1,
        (NODE + "ERROR\tInvoke Error \t" + UNHANDLED
         + '"    at pay (/var/task/pay.js:{n}:{d})"]}}\n',),
    ),
    "java": (
        "",
        1,
        ("no card {n}: shop.DeclinedException\n", "shop.DeclinedException: no card {n}\n",
         "\tat shop.Pay.run(Pay.java:{n})\n", "Caused by: java.io.IOException: db-{d}.local\n"),
    ),
    "go": (
        "Status: error\tError Type: Runtime.ExitError",
        1,
        ("panic: index out of range [{n}]\n", "\n", "goroutine {d} [running]:\n",
         "main.pay(0xc0000{n})\n", "\t/src/pay.go:{n} +0x1{d}\n"),
    ),
    "timeout": ("Status: timeout", 1, ()),
    "old timeout": (
        "", 1, ("2026-11-23T11:00:03.000Z {id} Task timed out after 3.00 seconds\n\n",)
    ),
    "oom": ("Status: error\tError Type: Runtime.OutOfMemory", 1, ()),
    "old exit": (
        "",
        1,
        ("RequestId: {id} Error: Runtime exited with error: exit status {d}\nRuntime.ExitError\n",),
    ),
    "extension": ("Status: error\tError Type: Extension.Crash", 1, (NODE + "INFO\tfine\n",)),
}  # fmt: skip
"""What may happen: REPORT's status, the crashes that are in it, and what is written before."""


class Happening:
    """One invocation: what happens, when, and with which IDs and numbers."""

    def __init__(self, scene: str, stream: int, begin: int, seed: int) -> None:
        self.scene, self.stream, self.begin = scene, stream, begin
        rng = Random(seed)
        self.id = f"{rng.getrandbits(32):08x}-0000-4000-8000-{rng.getrandbits(48):012x}"
        self.number = str(rng.randrange(10, 90_000))
        self.digit = str(rng.randrange(1, 10))

    def events(self) -> list[Event]:
        status, _, between = SCENES[self.scene]
        fill = {"id": self.id, "n": self.number, "d": self.digit, "status": status}
        lines = [
            f"START RequestId: {self.id} Version: $LATEST\n",
            *(text.format(**fill) for text in between),
            f"END RequestId: {self.id}\n",
            REPORT.format(**fill),
        ]
        return [
            Event(
                T0 + self.begin + n, line, "/aws/lambda/pay",
                f"2026/11/23/[$LATEST]{self.stream:032x}",
                f"{T0 + self.begin + n:044d}{self.stream * 1000 + n:012d}", "s", "o", n,
            )
            for n, line in enumerate(lines)
        ]  # fmt: skip


@st.composite
def systems(draw: st.DrawFn) -> list[Happening]:
    """Draw what happens in a few environments, one invocation after another in each."""
    happenings = []
    clocks = [0, 0, 0]
    for number in range(draw(st.integers(1, 8))):
        stream = draw(st.integers(0, 2))
        clocks[stream] += draw(st.integers(100, 100_000))
        scene = draw(st.sampled_from(sorted(SCENES)))
        happenings.append(Happening(scene, stream, clocks[stream], number))
    return happenings


def events_of(happenings: list[Happening]) -> list[Event]:
    return [event for happening in happenings for event in happening.events()]


def stitched(events: list[Event]) -> Stitched:
    return stitch(map(PARSER.parse, Collection(events)))


def crashed(events: list[Event], *, logged: bool = False) -> list[Crash]:
    joined = stitched(events)
    return crashes_of(joined.invocations, joined.unattributed, logged=logged, read_until=T0 + HOUR)


@given(systems())
@settings(deadline=None, max_examples=150)
def test_all_that_crashed_is_told_once(happenings: list[Happening]) -> None:
    """Each invocation that did not end well is one crash, and nothing else is."""
    told = sorted(crash.request_id or "" for crash in crashed(events_of(happenings)))
    assert told == sorted(h.id for h in happenings if SCENES[h.scene][1])


@given(systems())
@settings(deadline=None, max_examples=100)
def test_every_crash_can_be_found_by_its_signs(happenings: list[Happening]) -> None:
    """Each failed invocation holds a record that by itself shows the failure."""
    for invocation in stitched(events_of(happenings)).invocations:
        if invocation.status.failed:
            assert any(map(shows_failure, invocation.records))


@given(systems(), st.randoms(), st.booleans())
@settings(deadline=None, max_examples=100)
def test_order_and_repetition_of_events_change_nothing(
    happenings: list[Happening], rng: Random, logged: bool
) -> None:
    """Shuffled and doubled events give the same crashes, in the same order, to the last field."""
    events = events_of(happenings)
    mixed = [*events, *rng.choices(events, k=len(events))]
    rng.shuffle(mixed)
    assert crashed(mixed, logged=logged) == crashed(events, logged=logged)


@given(systems(), st.randoms())
@settings(deadline=None, max_examples=100)
def test_groups_partition_the_crashes(happenings: list[Happening], rng: Random) -> None:
    """Every crash is in one group, that of its fingerprint; their order does not matter."""
    crashes = crashed(events_of(happenings), logged=True)
    groups = group(crashes)
    assert len({g.fingerprint for g in groups}) == len(groups)
    for found in groups:
        own = [crash for crash in crashes if crash.fingerprint == found.fingerprint]
        assert found.count == len(own)
        assert list(found.times) == sorted(crash.time for crash in own)
        assert {crash.title for crash in own} == {found.title}
        assert {crash.kind for crash in own} == {found.kind}
        assert set(found.request_ids) == {crash.request_id for crash in own}
        assert found.sample in own
    assert sum(g.count for g in groups) == len(crashes)
    rng.shuffle(crashes)
    assert group(crashes) == groups


SEEDS = st.integers(0, 10**6)


@given(st.sampled_from(sorted(SCENES)), SEEDS, SEEDS, st.integers(0, 9))
@settings(deadline=None, max_examples=200)
def test_fingerprints_do_not_depend_on_ids_times_and_numbers(
    scene: str, one: int, other: int, stream: int
) -> None:
    """The same failure with another request, at another time, in another place is the same."""
    first = crashed(Happening(scene, 0, 0, one).events(), logged=True)
    second = crashed(Happening(scene, stream, 50_000, other).events(), logged=True)
    assert [(c.fingerprint, c.title) for c in first] == [(c.fingerprint, c.title) for c in second]


@given(st.lists(MESSAGES, max_size=12), st.sampled_from(["/aws/lambda/f", "g", ""]))
@settings(deadline=None, max_examples=300)
def test_no_text_makes_the_analysis_raise(messages: list[str], log_group: str) -> None:
    """Whatever stands in the logs: crashes, groups and words come out, or nothing does."""
    check(messages, log_group)


@given(st.lists(DOCUMENTS, max_size=6))
@settings(deadline=None, max_examples=150)
def test_no_document_makes_the_analysis_raise(documents: list[object]) -> None:
    """Nor does any JSON under the keys that parsing knows."""
    check([write_document(document) for document in documents], "/aws/lambda/f")


def check(messages: list[str], log_group: str) -> None:
    stream = "2026/11/23/[$LATEST]00000000000000000000000000000001" if log_group else ""
    events = [
        Event(T0 + n, message, log_group, stream, "", "s", "o", n)
        for n, message in enumerate(messages)
    ]
    records = [PARSER.parse(event) for event in events]
    for record in records:
        assert isinstance(shows_failure(record), bool)
        assert isinstance(logs_error(record), bool)
    for stated in errors_in(records):
        assert stated.records
    crashes = crashed(events, logged=True)
    for crash in crashes:
        assert re.fullmatch("[0-9a-f]{16}", crash.fingerprint)
        assert crash.title
        happened, _ = explain(crash)
        assert happened
    assert sum(found.count for found in group(crashes)) == len(crashes)


@given(
    st.lists(MESSAGES, max_size=20), st.one_of(st.none(), MESSAGES), st.one_of(st.none(), MESSAGES)
)
@settings(deadline=None, max_examples=300)
def test_any_lines_have_frames_and_a_fingerprint(
    stack: list[str], message: str | None, error_type: str | None
) -> None:
    """A stack trace may be anything; what is no frame is left out."""
    frames = frames_of(stack)
    for frame in frames:
        assert frame.text
    assert re.fullmatch("[0-9a-f]{16}", fingerprint_of("error", error_type, frames, message, "f"))


WORDS = st.sampled_from(["order", "could not", "reach", "failed:", "(char", "in", "the user's"])
VALUES = st.one_of(
    st.integers(0, 10**12).map(str),
    st.floats(0, 10**6, allow_nan=False).map(lambda value: f"{value:.3f}"),
    st.uuids().map(str),
    st.text(st.characters(codec="ascii", exclude_characters="'\\\r\n"), max_size=9).map(
        lambda text: f"'{text}'"
    ),
    st.lists(st.sampled_from(["tmp", "data-1", "x.csv"]), min_size=1, max_size=4).map(
        lambda parts: "/" + "/".join(parts)
    ),
    st.ip_addresses(v=4).map(str),
    st.datetimes().filter(lambda time: time.year > 999).map(lambda time: time.isoformat() + "Z"),
    st.sampled_from(["db-3.example.com:5432", "https://api.example.com/v1?x=1", "a@example.com",
                     "arn:aws:lambda:us-east-1:123456789012:function:f", "0xc000012345"]),
)  # fmt: skip


@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(VALUES, min_size=4, max_size=4),
       st.lists(VALUES, min_size=4, max_size=4))  # fmt: skip
@settings(deadline=None, max_examples=300)
def test_messages_that_differ_in_values_are_masked_alike(
    words: list[str], one: list[str], other: list[str]
) -> None:
    """Whatever kind of value stands between the words."""

    def filled(values: list[str]) -> str:
        return " ".join(f"{word} {value}" for word, value in zip(words, values, strict=False))

    assert mask(filled(one)) == mask(filled(other)) == filled([MASK] * 4)


@given(MESSAGES)
@settings(deadline=None, max_examples=300)
def test_what_is_masked_is_one_line(message: str) -> None:
    """Whatever line ends and blanks a message has."""
    assert len(mask(message).splitlines()) <= 1
