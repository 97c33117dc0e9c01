"""Parsing never raises, is the same every time, and finds what stands in the text."""

from __future__ import annotations

import json
import string

from hypothesis import example, given, settings
from hypothesis import strategies as st

from slsloggrep.model import Event, Record
from slsloggrep.parse import Parser, function_of, mentions, recognise, subject_of

PARSER = Parser(id_keys=["orderId", "detail.order.id"], response_keys=["out", "a.b"])

FRAGMENTS = st.sampled_from(
    [
        "START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_REPORT Init Duration: ",
        "RequestId: ", " Error: ", "Duration: ", "\tStatus: ", "EXTENSION\tName: ", "IMAGE\t",
        "2024-03-04T17:22:38.033Z", "\t", "\n", "\r", "  ", "[ERROR] ", "[ERROR]\t", "ERROR ",
        "Traceback (most recent call last):", "Task timed out after 3.00 seconds", "{", "}", "[",
        '"', ":", ",", '{"level":', '"message":', '{"type":"platform.report","record":', "null",
        "Invoke Error \t{", "Executing 'F' (", "Executed 'F' (Failed, Id=", "Exception while ",
        "LAMBDA_WARNING: ", "thread 'main' panicked at ", "panic: ", "I, [2019-10-26T10:04:01 #8] ",
        "Root=1-5759e988-bd862e3fe1be46a994272793", "\\u002d", "\\", "\x1b[31m", "\xa0", "\ud800",
        "06e46194-f277-454e-88d3-1dd7e3860eaa", "trace_id=", "NaN", "1e999", "(", ") ", "%3D",
    ]
)  # fmt: skip
MESSAGES = st.one_of(
    st.text(),
    st.text(st.characters()),
    st.lists(st.one_of(FRAGMENTS, st.text(max_size=5))).map("".join),
)

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), FRAGMENTS)
KEYS = st.one_of(
    st.text(max_size=5),
    st.sampled_from(
        ["level", "message", "msg", "type", "record", "requestId", "error", "err", "fields",
         "stack",
         "stackTrace", "errorType", "errorMessage", "exception", "stack_trace", "spans", "span",
         "requestContext", "responsePayload", "condition", "details", "execution_arn", "trace",
         "event_timestamp", "properties", "category", "operationName", "TimeGenerated", "Message",
         "severity", "statusCode", "body", "status", "metrics", "faas", "aws", "log", "dd", "_aws",
         "KinesisBatchInfo", "detail", "detail-type", "source", "id", "Records", "durationMs",
         "orderId", "functionArn", "function_name", "log_level", "severityNumber", "levelId",
         "frames", "name", "number", "text", "limit", "responseContext", "cause", "traces", "state"]
    ),
)  # fmt: skip
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=25,
)


def parse(message: str, group: str = "", stream: str = "") -> Record:
    return PARSER.parse(Event(0, message, group, stream, ""))


@given(MESSAGES, st.text(max_size=20), st.text(max_size=20))
@example("x" * 5_000_000, "", "")
@example("{" * 200_000, "", "")
@example('{"a":' * 2000 + "NaN" + "}" * 2000, "", "")
@example("[" * 2000 + "]" * 2000, "", "")
@example('{"a":' + "9" * 10_000 + "}", "", "")
@example('{"a":"\ud800"}', "", "")
@example("\ud800", "\ud800", "\ud800")
@settings(max_examples=400, deadline=None)
def test_parsing_never_raises(message: str, group: str, stream: str) -> None:
    """Any text at all gives a record that holds its event."""
    record = parse(message, group, stream)
    assert record.event.message == message
    assert isinstance(record.text, str)
    function_of(group, stream)


@given(st.dictionaries(KEYS, DOCUMENTS, max_size=8), st.sampled_from(["", "EVENT ", ("2024-01-01T00"
       ":00:00.000Z\tabcdefgh-1234\tERROR\t"), "2021/12/08 12:33:00 ", "Response: "]))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_documents_never_raise(document: dict[str, object], prefix: str) -> None:
    """Any JSON under any key, of any type, behind any prefix, gives a record fit for JSON."""
    record = parse(prefix + json.dumps(document))
    json.dumps(dict(record.fields), allow_nan=False)
    json.dumps(record.response, allow_nan=False)
    assert len(set(record.identifiers)) == len(record.identifiers)
    assert all(identifier.value for identifier in record.identifiers)


@given(MESSAGES)
@settings(max_examples=100, deadline=None)
def test_parsing_has_no_memory(message: str) -> None:
    """The same event gives the same record, whatever was parsed before."""
    assert parse(message) == Parser(
        id_keys=["orderId", "detail.order.id"], response_keys=["out", "a.b"]
    ).parse(Event(0, message, "", "", ""))


@given(MESSAGES)
@settings(max_examples=300, deadline=None)
def test_recognising_never_raises(text: str) -> None:
    """Whatever a user types is a subject."""
    subject = recognise(text)
    assert subject.identifiers
    subject.mentioned_in(text)


TOKENS = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=12).filter(
    lambda token: token[0] not in "-_" and token[-1] not in "-_"
)
AROUND = st.sampled_from(['"', " ", "(", ")", "/", "=", ",", ".", "\n", "\\n", "\\t", "", ":", ";"])


@given(TOKENS, AROUND, AROUND)
def test_a_token_is_found_between_any_bounds(token: str, before: str, after: str) -> None:
    """A token is mentioned wherever punctuation, a blank or an escape bounds it."""
    assert recognise(token).mentioned_in(f"{before}{token}{after}")


@given(TOKENS, st.sampled_from(string.ascii_letters + string.digits + "-_"))
def test_a_longer_token_is_another(token: str, more: str) -> None:
    """One character more on either side makes another token."""
    subject = recognise(token)
    for longer in (token + more, more + token):
        assert not subject.mentioned_in(longer)


@given(st.text(min_size=1, max_size=12).filter(lambda text: text.strip() == text))
@settings(deadline=None)
def test_what_is_escaped_is_still_mentioned(text: str) -> None:
    """Any text, however JSON escapes it, is mentioned by the document that holds it."""
    subject = recognise(text)
    value = subject.identifiers[0].value
    if value:
        for ascii_only in (True, False):
            assert subject.mentioned_in(json.dumps({"k": value}, ensure_ascii=ascii_only))
        spelled = "".join(f"\\u{ord(c):04x}" for c in value if ord(c) < 0x10000)
        if len(spelled) == 6 * len(value):
            assert subject.mentioned_in(f'{{"k":"{spelled}"}}')


@given(DOCUMENTS)
@settings(max_examples=200, deadline=None)
def test_what_a_record_reveals_it_mentions(document: object) -> None:
    """Every identifier of a record leads back to the record."""
    record = parse(json.dumps({"a": document}))
    for identifier in record.identifiers:
        assert mentions(record, subject_of(identifier))
