from __future__ import annotations

import base64
import gzip
import json

import pytest

from slsloggrep.decode import salvage
from slsloggrep.decode.documents import Origin, decode

T = 1_704_067_200_123


def envelope(first: int, count: int = 3) -> str:
    return json.dumps(
        {
            "messageType": "DATA_MESSAGE",
            "logGroup": "/aws/lambda/f",
            "logStream": "s\"'{[",
            "logEvents": [
                {"id": str(n), "timestamp": T + n, "message": f'{n} "quoted" {{}}'}
                for n in range(first, first + count)
            ],
        }
    )


def read(data: str | bytes) -> tuple[list[str], list[str]]:
    """Return the numbers that the messages begin with, and the problems."""
    problems: list[str] = []
    raw = data.encode() if isinstance(data, str) else data
    events = list(decode(raw, Origin("s", "c", time=1), problems.append))
    for event in events:
        if event.message[:1].isdigit():
            assert (event.log_group, event.log_stream) == ("/aws/lambda/f", "s\"'{[")
    return [event.message.split(" ")[0] for event in events], problems


DAMAGE = "a document is cut short or damaged: {} events of it could be read"


def test_a_truncated_envelope_gives_its_complete_events() -> None:
    """The end of a cut object is lost from the first incomplete event on, and that is said."""
    whole = envelope(0)
    start = whole.index('"logEvents"') + len('"logEvents": [')
    ends = [i + 1 for i in range(len(whole)) if whole[i] == "}" and whole[i - 1] == '"']
    for length in range(start, len(whole)):
        complete = sum(end <= length for end in ends)
        expected = [str(n) for n in range(complete)]
        assert read(whole[:length]) == (expected, [DAMAGE.format(complete)])


@pytest.mark.parametrize("separator", ["", "\n", ",\n"])
def test_reading_goes_on_at_the_next_document(separator: str) -> None:
    """A document that is cut in the middle of a container costs itself only."""
    data = separator.join([envelope(0), envelope(3)[:-60], envelope(6), envelope(9)])
    numbers, problems = read(data)
    assert numbers == ["0", "1", "2", "3", "4", "6", "7", "8", "9", "10", "11"]
    assert problems == [DAMAGE.format(2)]


def test_damage_within_a_list_costs_the_event_that_it_hit() -> None:
    """Complete events before and after a damaged one are read."""
    data = envelope(0, 5).replace('"timestamp": 1704067200125', '"timesta\0p" 17\x9920')
    assert read(data) == (["0", "1", "3", "4"], [DAMAGE.format(4)])


def test_what_is_only_untidy_is_no_damage() -> None:
    """Raw control characters in strings, bad UTF-8, NaN, half surrogates: read without a gap."""
    data = envelope(0).replace("quoted", "raw \t\x01 NaN").encode()
    data = data.replace(b"{}", b"\xff \\ud83d").replace(str(T + 1).encode(), b"NaN")
    problems: list[str] = []
    events = list(decode(data, Origin("s", "c"), problems.append))
    assert problems == []
    assert [event.message for event in events] == [
        f'{n} "raw \t\x01 NaN" \ufffd \ufffd' for n in range(3)
    ]


def test_too_deep_json_costs_its_event_only() -> None:
    """JSON that is nested deeper than can be parsed is passed over; its neighbours are read."""
    deep = '{"id": "9", "message": ' + "[" * 5000 + "]" * 5000 + "}"
    data = envelope(0).replace('{"id": "1"', deep + ', {"id": "1"')
    assert read(data) == (["0", "1", "2"], [DAMAGE.format(3)])


def test_an_open_json_document_over_many_lines_is_walked_once() -> None:
    """Joining lines looks at each line, never again at all lines before it."""
    data = b'hello\n{"a": 1,\n' + b' "b": {}\n' * 200_000
    events = list(decode(data, Origin("s", "c", time=1), lambda _: None))
    assert [len(event.message) for event in events] == [5, len(data) - 7]


@pytest.mark.parametrize("depth", range(940, 1000, 3))
def test_no_depth_of_nesting_raises(depth: int) -> None:
    """Whatever the interpreter's bounds are, the events around are read."""
    deep = '{"id": "9", "message": ' + "[" * depth + "]" * depth + "}"
    numbers, _ = read(envelope(0).replace('{"id": "1"', deep + ', {"id": "1"'))
    assert [number for number in numbers if number.isdigit()] == ["0", "1", "2"]


def test_a_cut_carrier_gives_what_its_payload_holds() -> None:
    """Base64 that ends in the middle is decoded as far as it goes."""
    raw = base64.b64encode(gzip.compress((envelope(0) + envelope(3)).encode(), 0)).decode()
    document = json.dumps({"errorCode": "x", "attemptsMade": 4, "rawData": raw})
    numbers, problems = read(document[: len(document) - 100])
    assert numbers[:4] == ["0", "1", "2", "3"]
    assert problems


def test_a_broken_document_of_no_known_shape_is_shown_as_text() -> None:
    """What cannot be understood is not thrown away."""
    cut = '{\n "version": "1.0",\n "responsePayload": {"errorMessage": "x'
    for before in ("", envelope(0)):
        problems: list[str] = []
        data = (before + cut).encode()
        events = list(decode(data, Origin("s", "c", time=1), problems.append))
        assert events[-1].message == cut
        assert problems == [
            "a document is cut short or damaged: what is left of it is shown as text"
        ]


def test_binary_between_documents_is_reported() -> None:
    """Bytes that are no text are no log lines."""
    numbers, problems = read(envelope(0).encode() + b"\x00\x01\x02\x7f\x03" + envelope(3).encode())
    assert numbers == ["0", "1", "2", "3", "4", "5"]
    assert problems == ["there are bytes between documents that are no text"]


HOSTILE = ["{", "[", '}{"', '{"a":', '{"logEvents":', '{"logEvents":[', '{"id":', '{"owner":"',
           '\n{"a":', '{"messageType":"\\', '{"id":"\\"', '"\\', "}     ", "at \n"]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("lead", ["", '{"logEvents":[', '{"logEvents":[{"id":"'])
def test_work_is_linear_on_hostile_input(
    unit: str, lead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scanner is given each part of a text a bounded number of times."""

    class Counting(json.JSONDecoder):
        scanned = 0

        def raw_decode(self, s: str, idx: int = 0) -> tuple[object, int]:
            # A scan may read to the end, and an error counts lines up to where it happened.
            Counting.scanned += len(s)
            return super().raw_decode(s, idx)

    def cost(size: int) -> int:
        Counting.scanned = 0
        data = lead + unit * (size // len(unit))
        for _ in decode(data.encode(), Origin("s", "c", time=1), lambda _: None):
            pass
        return Counting.scanned

    monkeypatch.setattr(salvage, "_SCANNER", Counting(strict=False))
    bound = 70  # the failures that are allowed in one list, and a few passes
    assert cost(20_000) <= bound * 20_100
    assert cost(80_000) <= bound * 80_100
