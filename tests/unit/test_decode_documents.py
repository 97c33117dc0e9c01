from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from slsloggrep.decode.documents import Origin, Shape, decode, sniff
from slsloggrep.model import Event

ORIGIN = Origin("archive", "2024/01/01/00/object")
T = 1_704_067_200_123  # 2024-01-01T00:00:00.123Z
GROUP = "/aws/lambda/orders"
STREAM = "2024/01/01/[$LATEST]94fa867e5374431291a7fc14e2f56ae7"
ID = "34622316099697884706540976068822859012661220141643892546"


def read(data: bytes | str, origin: Origin = ORIGIN, **options: Any) -> list[Event]:
    """Decode data that hold no damage."""
    problems: list[str] = []
    raw = data.encode() if isinstance(data, str) else data
    events = list(decode(raw, origin, problems.append, **options))
    assert problems == []
    return events


def envelope(*messages: Any, **changes: Any) -> dict[str, Any]:
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": GROUP,
        "logStream": STREAM,
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": ID[:-1] + str(n), "timestamp": T + n, "message": message}
            for n, message in enumerate(messages)
        ],
    }
    document.update(changes)
    return {key: value for key, value in document.items() if value is not None}


def texts(events: list[Event]) -> list[str]:
    return [event.message for event in events]


def test_an_envelope_gives_its_events_with_everything_that_it_says_of_them() -> None:
    """Time, message, group, stream and ID come from the envelope, the rest from the origin."""
    assert read(json.dumps(envelope("a\n", "b")), first_position=7) == [
        Event(T, "a\n", GROUP, STREAM, ID[:-1] + "0", "archive", ORIGIN.container, 7),
        Event(T + 1, "b", GROUP, STREAM, ID[:-1] + "1", "archive", ORIGIN.container, 8),
    ]


CONTROL = (
    '{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"",'
    '"subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1438485463442,'
    '"message":"CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."}]}'
)


@pytest.mark.parametrize("separator", ["", "\n", "\r\n", " \n\t", ",", ",\n", ", "])
@pytest.mark.parametrize("indent", [None, 2])
def test_envelopes_follow_each_other_with_or_without_a_separator(
    separator: str, indent: int | None
) -> None:
    """Documents end where they end; control messages among them are nobody's log."""
    documents = [json.dumps(envelope(f"m{n}"), indent=indent) for n in range(4)]
    documents[2:2] = [CONTROL]
    assert texts(read(separator.join(documents) + separator)) == ["m0", "m1", "m2", "m3"]


TRAPS = ["}{", '}{"', '{"a":1}{"messageType":"x"}', "}\n{", '"}{"a":"', "}]}{", '\\"}{\\"a\\":']


def test_messages_that_look_like_boundaries_are_no_boundaries() -> None:
    """`}{` within a message splits nothing, wherever quotes and keys stand around it."""
    data = "".join(json.dumps(envelope(trap, {trap: "}{", ",:": "}{"})) for trap in TRAPS)
    expected = [
        text
        for trap in TRAPS
        for text in (trap, json.dumps({trap: "}{", ",:": "}{"}, separators=(",", ":")))
    ]
    assert texts(read(data)) == expected


@pytest.mark.parametrize(
    ("changes", "item", "expected"),
    [
        ({"messageType": None}, {}, {}),
        ({"policyLevel": "ACCOUNT_LEVEL_POLICY"}, {"extractedFields": {"a": "b"}}, {}),
        ({}, {"timestamp": str(T)}, {}),
        ({}, {"timestamp": T / 1000}, {}),
        ({}, {"timestamp": "2024-01-01T00:00:00.123Z"}, {}),
        ({}, {"id": 17}, {"event_id": "17"}),
        ({}, {"id": ""}, {"event_id": ""}),
        ({}, {"id": None}, {"event_id": ""}),
        ({}, {"message": {"a": [1, "ä"], "b": None}}, {"message": '{"a":[1,"ä"],"b":null}'}),
        ({}, {"message": [1, "NR", {}]}, {"message": '[1,"NR",{}]'}),
        ({}, {"message": 5}, {"message": "5"}),
        ({"logGroup": None}, {}, {"log_group": ""}),
        ({"logStream": None, "logGroup": ""}, {}, {"log_group": "", "log_stream": ""}),
    ],
)
def test_envelopes_out_of_the_ordinary_are_read_as_well(
    changes: dict[str, Any], item: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Types and keys may differ from what CloudWatch sends: pipelines rewrite envelopes."""
    document = envelope("m", **changes)
    document["logEvents"][0] |= item
    plain = Event(T, "m", GROUP, STREAM, ID[:-1] + "0", "archive", ORIGIN.container, 0)
    assert read(json.dumps(document, ensure_ascii=False)) == [plain._replace(**expected)]


@pytest.mark.parametrize("time", [None, "NaN", -5, 0, 10**25, "never"])
def test_an_absurd_time_is_a_missing_time(time: Any) -> None:
    """An event without a usable time takes that of the event before it, else the arrival's."""
    document = envelope("a", "b")
    document["logEvents"][1]["timestamp"] = time
    text = json.dumps(document).replace('"NaN"', "NaN")
    assert [event.timestamp for event in read(text)] == [T, T]
    document["logEvents"].pop(0)
    text = json.dumps(document).replace('"NaN"', "NaN")
    assert [e.timestamp for e in read(text, ORIGIN._replace(time=5))] == [5]


def test_events_without_any_time_are_reported() -> None:
    """Where nothing tells a time the event is given out all the same, and the lack is said."""
    problems: list[str] = []
    events = list(decode(b"hello\nworld", ORIGIN, problems.append))
    assert [(event.timestamp, event.message) for event in events] == [(0, "hello"), (0, "world")]
    assert problems == ["events without any time: 2; their container has none either"]


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


PLAIN = json.dumps(envelope("x", "y")).encode()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda raw: raw])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda data: {"awslogs": {"data": data}},
        lambda data: {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": data}}]},
        lambda data: {"invocationId": "i", "records": [{"recordId": "r", "data": data}]},
        lambda data: {
            "attemptsMade": 4, "arrivalTimestamp": 1594265943615, "errorMessage": "…",
            "errorCode": "Lambda.FunctionError", "attemptEndingTimestamp": 1594266081318,
            "rawData": data, "lambdaArn": "…", "subsequenceNumber": 0, "dataId": "496",
        },
        lambda data: {
            "attemptsMade": 8, "arrivalTimestamp": 1594265943615, "errorCode": "400",
            "errorMessage": "…", "attemptEndingTimestamp": 1594266081318, "rawData": data,
            "esDocumentId": "49", "esIndexName": "i", "esTypeName": "t",
        },
        lambda data: {"attemptsMade": 1, "errorCode": "Splunk.X", "rawData": data, "EventId": "1"},
    ],
)  # fmt: skip
def test_what_is_carried_in_base64_is_opened(pack: Any, wrap: Any) -> None:
    """Lambda's, Kinesis' and Firehose's events, and Firehose's error objects, are seen through."""
    document = json.dumps(wrap(b64(pack(PLAIN))))
    assert sniff(document.encode()) is Shape.WRAPPED
    assert [e[:5] for e in read(document + "\n" + document)] == [e[:5] for e in read(PLAIN)] * 2
    twice = json.dumps(wrap(b64(pack(document.encode()))))
    assert [e[:5] for e in read(twice)] == [e[:5] for e in read(PLAIN)]


def test_a_carried_text_takes_the_time_of_its_record() -> None:
    """A record that is no envelope is a log line, as old as its arrival."""
    document = {
        "records": [
            {"recordId": "1", "data": b64(b"Hello World"), "approximateArrivalTimestamp": T},
            {"recordId": "2", "result": "Dropped"},
        ]
    }
    assert [event[:2] for event in read(json.dumps(document))] == [(T, "Hello World")]


def test_carriers_within_carriers_are_opened_to_a_bound() -> None:
    """Five wrappings are nobody's logs: they are reported, not followed for ever."""
    data = PLAIN
    for _ in range(6):
        data = json.dumps({"awslogs": {"data": b64(data)}}).encode()
    problems: list[str] = []
    assert list(decode(data, ORIGIN, problems.append)) == []
    assert problems == ["records are wrapped in each other more than 4 times"]


def test_damage_within_a_record_is_reported() -> None:
    """A truncated gzip member in base64 gives what it holds, and a reason."""
    problems: list[str] = []
    packed = gzip.compress(PLAIN + PLAIN)[:-12]
    document = json.dumps({"awslogs": {"data": b64(packed)}}).encode()
    events = list(decode(document, ORIGIN, problems.append))
    assert texts(events)[:2] == ["x", "y"]
    assert any("base64" in problem for problem in problems)


def test_a_function_that_logs_base64_of_its_own_carries_nothing() -> None:
    """Only what is base64 throughout is opened; anything else stays a log line."""
    line = json.dumps({"rawData": "not base64 at all!", "errorCode": "x"})
    assert texts(read(line, ORIGIN._replace(time=T))) == [line]


FLAT = {"id": ID, "timestamp": T, "message": "m\n"}


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (FLAT | {"logGroup": GROUP, "logStream": STREAM}, (GROUP, STREAM, ID)),
        (FLAT | {"log_group": GROUP, "log_stream": STREAM, "level": "x"}, (GROUP, STREAM, ID)),
        (
            {"eventId": ID, "logStreamName": STREAM, "timestamp": T, "message": "m\n",
             "ingestionTime": T + 900},
            ("", STREAM, ID),
        ),
        ({"timestamp": T, "message": "m\n", "ingestionTime": T + 900}, ("", "", "")),
        ({"timestamp": T, "message": "m\n"}, ("", "", "")),
        (
            {"@id": ID, "@timestamp": "2024-01-01T00:00:00.123Z", "@message": "m\n",
             "@owner": "1", "@log_group": GROUP, "@log_stream": STREAM, "level": "INFO"},
            (GROUP, STREAM, ID),
        ),
        ({"time": T / 1000, "log": "m\n", "logGroupName": GROUP}, (GROUP, "", "")),
        ({"@timestamp": T, "body": "m\n", "logStream": STREAM}, ("", STREAM, "")),
        (
            {"@timestamp": "2024-01-01T00:00:00.123Z", "message": "m\n", "cloud": {"region": "x"},
             "awscloudwatch": {"log_group": GROUP, "log_stream": STREAM}},
            (GROUP, STREAM, ""),
        ),
        (
            {"@timestamp": "2024-01-01T00:00:00.123Z", "message": "m\n", "tags": [],
             "aws": {"cloudwatch": {"log_group": GROUP, "log_stream": STREAM}}},
            (GROUP, STREAM, ""),
        ),
    ],
)  # fmt: skip
def test_single_events_are_told_by_their_keys(
    document: dict[str, Any], place: tuple[str, str, str]
) -> None:
    """The same concepts under many names: one event a document, alone, in lines or in a list."""
    line = json.dumps(document)
    expected = (T, "m\n", *place)
    assert sniff(line.encode()) is Shape.EVENTS
    for data in (line, f"{line}\n{line}", f"{line}{line}", f"[{line},{line}]",
                 json.dumps([document], indent=1)):  # fmt: skip
        assert {event[:5] for event in read(data)} == {expected}


def test_answers_of_the_api_are_lists_of_events() -> None:
    """FilterLogEvents, GetLogEvents, LiveTail and GetQueryResults, saved as they came."""
    event = {"logStreamName": STREAM, "timestamp": T, "message": "m", "eventId": ID}
    for document in (
        {"events": [event, event], "searchedLogStreams": []},
        {"events": [event, event], "nextForwardToken": "f/1", "nextBackwardToken": "b/1"},
        {"sessionUpdate": {"sessionMetadata": {}, "sessionResults": [event, event]}},
    ):
        assert [e[:5] for e in read(json.dumps(document, indent=4))] == [
            (T, "m", "", STREAM, ID)
        ] * 2
    assert read('{"events": [], "searchedLogStreams": []}') == []
    row = [
        {"field": "@timestamp", "value": "2024-01-01 00:00:00.123"},
        {"field": "@message", "value": "m"},
        {"field": "@log", "value": f"123456789012:{GROUP}"},
        {"field": "@logStream", "value": STREAM},
        {"field": "@ptr", "value": "CmEK"},
    ]
    answer = {"results": [row, row], "statistics": {}, "status": "Complete"}
    assert [e[:5] for e in read(json.dumps(answer))] == [(T, "m", GROUP, STREAM, "")] * 2


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"INFO","message":"m","timestamp":"2024-01-01T00:00:00.123Z","id":"order-1"}',
        '{"time":"2024-01-01T00:00:00.123Z","type":"platform.start","record":{"requestId":"r"}}',
        '{"level":30,"time":1704067200123,"pid":657,"hostname":"h","msg":"hello","reqId":1}',
        '{"message":"m","timestamp":"2024-01-01T00:00:00.123Z"}',
        '{"log_group_name":"g","message":"m","level":"INFO","timestamp":"2024-01-01T00:00:00.123Z"}',
        '{"_aws":{"Timestamp":1704067200123,"CloudWatchMetrics":[]},"a":1}',
        '{"version":"1.0","timestamp":"2024-01-01T00:00:00.123Z","responsePayload":{"a":1}}',
    ],
)
def test_a_log_line_that_is_json_stays_whole(line: str) -> None:
    """Only its time is taken: what else stands beside `message` belongs to the message."""
    for data in (line, f"{line}\n{line}\n", f"{line}{line}"):
        events = read(data)
        assert {(event.timestamp, event.message, event.event_id) for event in events} == {
            (T, line, "")
        }
    pretty = json.dumps(json.loads(line), indent=2)
    assert [event[:2] for event in read(pretty + "\n")] == [(T, pretty)]


def test_azure_and_cloudtrail_records_are_one_event_each() -> None:
    """A document that only lists records is opened, and each record stays whole."""
    for key, time in (("records", "time"), ("Records", "eventTime")):
        records = [{time: "2024-01-01T00:00:00.123Z", "n": n} for n in range(2)]
        events = read(json.dumps({key: records}, indent=1))
        assert [(e.timestamp, json.loads(e.message)) for e in events] == [(T, r) for r in records]


def test_a_function_that_logs_its_trigger_stays_a_log_line() -> None:
    """Among extracted messages, lists of records are what a function was invoked with."""
    trigger = json.dumps({"Records": [{"kinesis": {"data": b64(b"hello")}}]})
    lines = f"[INFO]\t2024-01-01T00:00:00.123Z\tr\tevent\n{trigger}\n"
    assert texts(read(lines))[1] == trigger


def test_shapes_mixed_in_one_container_are_all_read() -> None:
    """Envelopes, carriers, events and stray log lines may follow each other."""
    data = (
        json.dumps(envelope("a"))
        + json.dumps({"awslogs": {"data": b64(PLAIN)}})
        + "\n"
        + json.dumps(FLAT)
        + "\nstray line\n"
        + json.dumps(envelope("z"))
    )
    assert texts(read(data)) == ["a", "x", "y", "m\n", "stray line", "z"]


def test_text_in_utf16_and_with_a_byte_order_mark_is_read() -> None:
    """PowerShell writes UTF-16, some editors a mark before UTF-8; both are text all the same."""
    text = json.dumps(envelope("ä"), ensure_ascii=False)
    assert texts(read(text.encode("utf-16"))) == ["ä"]
    assert texts(read(text.encode("utf-8-sig"))) == ["ä"]


@pytest.mark.parametrize("blanks", [b"\n", b"\0", b" "])
def test_a_long_blank_beginning_hides_nothing(blanks: bytes) -> None:
    """Padding larger than the head that is sniffed is passed over, however it is announced."""
    data = blanks * 100_000 + PLAIN
    assert texts(read(data)) == ["x", "y"]
    assert texts(read(data, shape=Shape.EMPTY)) == ["x", "y"]


@pytest.mark.parametrize(
    ("head", "shape"),
    [
        (b"", Shape.EMPTY),
        (b" \n\n", Shape.EMPTY),
        (b"Permission Check Successful", Shape.EMPTY),
        (b"\x00\x01\x02\x03\x04" * 9, Shape.BINARY),
        (PLAIN, Shape.ENVELOPES),
        (PLAIN[:60], Shape.EVENTS),
        (PLAIN[:200], Shape.ENVELOPES),
        (b"[" + PLAIN + b"]", Shape.ENVELOPES),
        (CONTROL.encode(), Shape.ENVELOPES),
        (b"\xff\xfea\0", Shape.WRAPPED),
        (b"2024-02-13T21:01:04.046Z INIT_START Runtime Version: x\n\n", Shape.EXPORT),
        (b"2024-02-13T21:01:04.046Z\t405bb962\tINFO\tx\n", Shape.MESSAGES),
        (b"2024-02-13T21:01:04.046Z INFO 9 --- [ main] c.a.Handler : x\n", Shape.MESSAGES),
        (b"2024-02-13T21:01:04.046Z x\nSTART RequestId: 1 Version: 2\n", Shape.MESSAGES),
        (
            b"2020-06-09T15:02:26.150Z 7c9567b5-107b-4a6c-8798-0157ac21db52 Task timed out after",
            Shape.MESSAGES,
        ),
        (b"2024-08-18T11:04:10.079000+00:00 " + STREAM.encode() + b" x\n", Shape.SAVED),
        (STREAM.encode() + b" 2023-02-20T14:15:27.988000 x\n", Shape.SAVED),
        (GROUP.encode() + b" " + STREAM.encode() + b" x\n", Shape.SAVED),
        (b"[ERROR] x\n", Shape.MESSAGES),
        (b"{not json}\n", Shape.MESSAGES),
        (b'{"level":"INFO"}\n', Shape.MESSAGES),
        (b'[1,"NR_LAMBDA_MONITORING","H4sI"]\n', Shape.MESSAGES),
    ],
)
def test_the_shape_is_told_by_the_first_bytes(head: bytes, shape: Shape) -> None:
    """A container's beginning tells how to cut, search and read it."""
    assert sniff(head) is shape
