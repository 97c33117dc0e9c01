from __future__ import annotations

import gzip

import pytest

from slsloggrep.decode.documents import Origin, Shape, decode
from slsloggrep.model import Event

T = 1_704_067_200_000  # 2024-01-01T00:00:00Z
STREAM = "2024/01/01/[$LATEST]94fa867e5374431291a7fc14e2f56ae7"
EXPORT = Origin("s", "exportedlogs/1/x/000000.gz", "/aws/lambda/f", "2024-01-01-[$LATEST]9")


ARRIVED = Origin("s", "c", time=T)


def read(data: str, origin: Origin = ARRIVED) -> list[Event]:
    problems: list[str] = []
    events = list(decode(data.encode(), origin, problems.append))
    assert problems == []
    return events


def texts(data: str) -> list[str]:
    return [event.message for event in read(data)]


def test_an_export_task_gives_each_message_with_its_own_newlines() -> None:
    """Continuation and blank lines belong to the event; group and stream come from the path."""
    data = (
        "2024-01-01T00:00:00.046Z INIT_START Runtime Version: nodejs:20.v15\tARN: x\n\n"
        "2024-01-01T00:00:00.792Z START RequestId: 405bb962-f57b-521d-81a1-e7272fbf6077\n\n"
        "2024-01-01T00:00:00.050Z 2024-01-01T00:00:00.050Z\t405bb962\tINFO\tStart {\n"
        "  transaction: {\n    id: '1',\n\n  }\n}\n\n"
        "2024-01-01T00:00:00.999Z no newline of its own\n"
    )
    assert [(event.timestamp - T, event.message, *event[2:4]) for event in read(data, EXPORT)] == [
        (46, "INIT_START Runtime Version: nodejs:20.v15\tARN: x\n", *EXPORT[2:4]),
        (792, "START RequestId: 405bb962-f57b-521d-81a1-e7272fbf6077\n", *EXPORT[2:4]),
        (
            50,
            (
                "2024-01-01T00:00:00.050Z\t405bb962\tINFO\tStart {\n"
                "  transaction: {\n    id: '1',\n\n  }\n}\n"
            ),
            *EXPORT[2:4],
        ),
        (999, "no newline of its own", *EXPORT[2:4]),
    ]


def test_the_probe_of_an_export_task_is_nobodys_log() -> None:
    """What CreateExportTask writes to try its permission gives no event."""
    assert read("Permission Check Successful") == []
    assert list(decode(gzip.compress(b"")[:0], EXPORT, pytest.fail)) == []


@pytest.mark.parametrize(
    ("prefix", "group", "time"),
    [
        ("2024-01-01T00:00:00.079000+00:00 {stream} ", "", T + 79),
        ("{stream} 2024-01-01T00:00:00.079000 ", "", T + 79),
        ("/aws/lambda/f {stream} ", "/aws/lambda/f", T),
    ],
)
def test_saved_output_of_tools_gives_streams_and_times(prefix: str, group: str, time: int) -> None:
    """`aws logs tail`, `sam logs` and awslogs write the stream before each event."""
    lead = prefix.format(stream=STREAM)
    timeout = "2024-01-01T00:00:00.150Z 7c9567b5 Task timed out after 3.00 seconds"
    data = f"{lead}START RequestId: 1\n{lead}Traceback:\n  File x\n\n{lead}{timeout}\n"
    events = read(data)
    assert [event.message for event in events] == [
        "START RequestId: 1",
        "Traceback:\n  File x\n",
        timeout,
    ]
    assert {(event.log_group, event.log_stream) for event in events} == {(group, STREAM)}
    assert events[0].timestamp == time


EXTRACTED = """\
START RequestId: 6bc28136-xmpl-4365-b021-0ce6b2e64ab0 Version: $LATEST

[INFO]\t2024-01-01T00:00:01.000Z\t6bc28136-xmpl-4365-b021-0ce6b2e64ab0\tstarted

plain print
[ERROR]\t2024-01-01T00:00:02.000Z\t6bc28136-xmpl-4365-b021-0ce6b2e64ab0\tboom
Traceback (most recent call last):
  File "/var/task/app.py", line 7, in handler
    raise ValueError("boom")
java.lang.IllegalStateException: outer
\tat com.example.Handler.run(Handler.java:7)
at com.example.Main
Caused by: java.io.IOException: inner
... 3 more
{"level":"INFO","timestamp":"2024-01-01T00:00:03.000Z","message":"json"}
  indented print
{
  "time": "2024-01-01T00:00:04.000Z",
  "nested": {"a": 1}
}
END RequestId: 6bc28136-xmpl-4365-b021-0ce6b2e64ab0
REPORT RequestId: 6bc28136-xmpl-4365-b021-0ce6b2e64ab0\tDuration: 46.84 ms\t
XRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5xmpl2d1f6f85\tSampled: true\t
"""


def test_extracted_messages_keep_their_lines_together() -> None:
    """Lines that cannot begin an event belong to the one before; complete lines take none."""
    messages = [(event.timestamp - T, event.message) for event in read(EXTRACTED)]
    assert [message.partition("\n")[0][:22] for _, message in messages] == [
        "START RequestId: 6bc28",
        "[INFO]\t2024-01-01T00:0",
        "plain print",
        "[ERROR]\t2024-01-01T00:",
        "java.lang.IllegalState",
        '{"level":"INFO","times',
        "  indented print",
        "{",
        "END RequestId: 6bc2813",
        "REPORT RequestId: 6bc2",
    ]
    assert messages[0][1].endswith("$LATEST\n")
    assert messages[3][1].count("\n") == 3
    assert messages[4][1].endswith("... 3 more")
    assert messages[7][1].endswith("}")
    assert "\nXRAY TraceId" in messages[9][1]


def test_extracted_messages_take_times_from_themselves_or_their_neighbours() -> None:
    """START and REPORT state no time: the first ones wait for the first time that is stated."""
    origin = Origin("s", "c", time=T + 900_000)
    assert [(event.timestamp - T) // 1000 for event in read(EXTRACTED, origin)] == [
        1, 1, 1, 2, 2, 3, 3, 4, 4, 4,
    ]  # fmt: skip
    assert [e.timestamp for e in read("no time\nnone at all\n", origin)] == [origin.time] * 2


def test_blocks_of_text_inherit_the_time_of_the_block_before() -> None:
    """A caller that cuts text into blocks hands the last time on."""
    events = decode(
        b"no time",
        Origin("s", "c"),
        pytest.fail,
        shape=Shape.MESSAGES,
        previous=T,
        first_position=9,
    )
    assert [(event.timestamp, event.position) for event in events] == [(T, 9)]


def test_firehose_may_join_json_lines_without_a_newline() -> None:
    """Documents on one line are one event each."""
    line = '{"level":"INFO","time":"2024-01-01T00:00:01Z","msg":"}{"}'
    assert texts(f"hello\n{line}{line}\n{line}") == ["hello", line, line, line]


def test_a_cut_json_line_stays_a_line_with_its_time() -> None:
    """CloudWatch cuts long events: what is left is no JSON, and still a log line."""
    line = '{"level":"INFO","timestamp":"2024-01-01T00:00:07.000Z","message":"abc'
    assert [event[:2] for event in read(f"a\n{line}\n")] == [(T + 7000, "a"), (T + 7000, line)]


def test_bad_utf8_becomes_replacement_characters() -> None:
    """Every byte has its place in the text, and nothing raises."""
    events = decode(b"caf\xe9 \xff\n\xe4", Origin("s", "c", time=1), pytest.fail)
    assert [event.message for event in events] == ["caf\ufffd \ufffd", "\ufffd"]
