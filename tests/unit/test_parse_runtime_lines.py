"""Prefixes of text lines: what the runtimes and the pulling tools put before the message."""

from __future__ import annotations

import pytest

from slsloggrep.model import Event, Fact, Level, Record
from slsloggrep.parse import Parser

ID = "c793869b-ee49-115b-a5b6-4fd21e8dedac"


def parse(message: str) -> Record:
    return Parser().parse(Event(0, message, "", "", ""))


LINES = [
    (f"2019-06-07T19:11:20.564Z\t{ID}\tWARN\tEvent not processed.\n",
     ID, Level.WARN, "Event not processed."),
    (f"2019-06-07T19:11:20.564Z  {ID}  WARN  Event not processed.\n",
     ID, Level.WARN, "Event not processed."),
    ("2019-06-07T19:11:20.564Z\tundefined\tINFO\tmessage\n", None, Level.INFO, "message"),
    (f"2016-06-18T15:17:41.429Z\t{ID}\tExample log message 2\nLine 2\n",
     ID, None, "Example log message 2\nLine 2"),
    ("2019-06-07T19:11:20.564Z\tERROR\tmessage\n", None, Level.ERROR, "message"),
    (f"[INFO]\t2025-08-31T22:12:58.534Z\t{ID}\tmessage\n", ID, Level.INFO, "message"),
    (f"[WARNING]  2025-08-31T22:12:58.534Z  {ID}  message\n", ID, Level.WARN, "message"),
    ("[INFO]\t2025-08-31T22:12:58.534Z\t\tmessage\n", None, Level.INFO, "message"),
    (f"2021-12-10T08:20:59.274Z\t{ID}\ttrce\tentering", ID, Level.TRACE, "entering"),
    (f"2021-12-10T08:20:59.274Z\t{ID}\tcrit\tgone", ID, Level.FATAL, "gone"),
    ("[INFO] message", None, Level.INFO, "message"),
    ("[Information] - message", None, Level.INFO, "message"),
    ("2020-03-18 08:52:43 6bc28136-xmpl-4365-b021-0ce6b2e64ab0 INFO  Handler - VARIABLES:",
     "6bc28136-xmpl-4365-b021-0ce6b2e64ab0", Level.INFO, "VARIABLES:"),
    (f"{ID} DEBUG AbstractFlow:214 - SMARequest(", ID, Level.DEBUG, "SMARequest("),
    ("2024-09-05T09:24:54.417Z INFO 9 --- [ main] c.a.s.p.LambdaContainerHandler : Starting",
     None, Level.INFO, "Starting"),
    ("2024-09-05T09:24:54.417Z  WARN 9 --- [app] [ main] c.a.Handler            : careful",
     None, Level.WARN, "careful"),
    (f"I, [2019-10-26T10:04:01.689856 #8]  INFO {ID} -- : ## EVENT\n",
     ID, Level.INFO, "## EVENT"),
    ("E, [2019-10-26T10:04:01.689856 #8] ERROR -- : boom\n", None, Level.ERROR, "boom"),
    ("2020/03/27 03:40:05 EVENT: { x", None, None, "EVENT: { x"),
    ("2020/03/27 03:40:05 ERROR no table", None, Level.ERROR, "no table"),
    ((f'INFO Lambda runtime invoke{{requestId="{ID}" xrayTraceId="Root=1-673e57b6-'
     '0123456789abcdef01234567;Parent=aa;Sampled=0"}: message'), ID, Level.INFO, "message"),
    ((f'\x1b[2m2024-01-01T00:00:00.000000Z\x1b[0m \x1b[33m WARN\x1b[0m Lambda runtime '
     f'invoke{{requestId="{ID}"}}: message'), ID, Level.WARN, "message"),
    ("12 May 2020 21:19:02,997 [WARN] (invoke@invoke.c:297 errno: Address) run_dotnet failed",
     None, Level.WARN, "(invoke@invoke.c:297 errno: Address) run_dotnet failed"),
    ('time=2024-01-01T00:00:00.000Z level=WARN msg="slow query" ms=12',
     None, Level.WARN, "slow query"),
    ("ERROR: it broke", None, Level.ERROR, "it broke"),
    ("just a print\n", None, None, "just a print"),
    ("another\rline\n", None, None, "another\rline"),
    ("", None, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("line", "request_id", "level", "text"), LINES)
def test_prefixes_of_the_runtimes(
    line: str, request_id: str | None, level: Level | None, text: str
) -> None:
    """Time, request and level are taken off the message; `undefined` is no request."""
    record = parse(line)
    assert (record.request_id, record.level, record.text) == (request_id, level, text)
    assert record.platform is None


STREAM = "2023/02/20/[$LATEST]4eaf8445ba7a4a93b999cb17fbfbecd8"


@pytest.mark.parametrize(
    "prefix",
    [
        f"{STREAM} 2023-02-20T14:15:27.988000 ",
        f"2024-08-18T11:04:10.079000+00:00 {STREAM} ",
        "2024-02-13T21:01:04.046Z ",
    ],
)
def test_prefixes_of_pulling_tools(prefix: str) -> None:
    """`sam logs`, `aws logs tail` and exports put one more prefix before the line."""
    start = parse(f"{prefix}START RequestId: {ID} Version: $LATEST")
    assert start.fact is Fact.START
    line = parse(f"{prefix}2024-02-13T21:01:04.936Z\t{ID}\tINFO\tProcessing")
    assert (line.request_id, line.level, line.text) == (ID, Level.INFO, "Processing")


def test_a_time_before_plain_text_is_left_alone() -> None:
    """A leading time is taken for an export's only where a known beginning follows."""
    assert parse("2024-02-13T21:01:04.046Z is when").text == "2024-02-13T21:01:04.046Z is when"


def test_colours_are_taken_off_the_text() -> None:
    """ANSI colours are no part of what a person reads; the event keeps them."""
    record = parse("\x1b[31mred\x1b[0m alert")
    assert record.text == "red alert"
    assert record.event.message == "\x1b[31mred\x1b[0m alert"


def test_json_behind_a_prefix_is_structured() -> None:
    """A document after a text prefix gives fields and its own level and message."""
    record = parse(
        f"2023-02-20T14:15:30.479Z\t{ID}\tinfo\t"
        '{"ColdStart":true,"Level":"Warning","Message":"hi","XrayTraceId":"x"}\n'
    )
    assert (record.request_id, record.level, record.text) == (ID, Level.WARN, "hi")
    assert record.fields["ColdStart"] is True


def test_json_behind_a_label_is_a_payload() -> None:
    """A document after words is data: it gives fields, but neither level nor text."""
    record = parse(
        f'2019-06-05T19:30:03.173Z\t{ID}\tINFO\tEVENT\r{{\r  "level": "error",\r  "a": 1\r}}\n'
    )
    assert record.level is Level.INFO
    assert record.fields == {"level": "error", "a": 1}
    assert record.text.startswith("EVENT\r{")


def test_datadogs_prefix_is_seen_through() -> None:
    """`[dd.trace_id=…]` stands between the prefix and the document."""
    record = parse(
        f"2020-03-05T16:30:36.113Z\t{ID}\tDEBUG\t[dd.trace_id=3172564172058669914 dd.span_id=1429] "
        '{"status":"debug","message":"datadog:Patched"}\n'
    )
    assert record.text == "datadog:Patched"
    assert ("datadog_trace_id", "3172564172058669914") in [(*i,) for i in record.identifiers]


def test_what_begins_like_json_need_not_be_json() -> None:
    """Braces without a document stay text."""
    text = '{{"Source": "dlq", "x'
    assert parse(text).text == text
    assert parse(text).fields == {}
