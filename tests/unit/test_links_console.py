"""Pages of the AWS console: the form that the console itself writes, read back to what went in."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_links_spellings import Reader, read_jsurl

from slsloggrep.links.console import insights_url, is_served, stream_url, trace_url
from slsloggrep.sources.cloudwatch.console import read_console_url

REGION = "eu-west-1"
GROUP = "/aws/lambda/cart"
STREAM = "2024/05/06/[$LATEST]0123456789abcdef"
EVENT_ID = "37850182103692345678901234567890123456789012345678901234"
T = 1_700_000_000_123
HARMLESS = re.compile(r"https://[A-Za-z0-9\-._~:/?#=&%$*]+")

GROUPS = st.text("./-_#abzAZ09", min_size=1, max_size=20)
STREAMS = st.text(
    st.characters(exclude_characters=":*", exclude_categories=("Cs",))
    | st.sampled_from("$%[]()/ '\"<>&?=#~+"),
    min_size=1,
    max_size=20,
)
TIMES = st.integers(0, 253_402_300_799_999)


def test_a_log_stream_as_the_console_writes_it() -> None:
    """Names are escaped twice with `$` for `%`, what follows once; the event is marked."""
    assert stream_url(REGION, GROUP, STREAM, start=T, event_id=EVENT_ID) == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fcart"
        "/log-events/2024$252F05$252F06$252F$255B$2524LATEST$255D0123456789abcdef"
        f"$3Fstart$3D1700000000123$26refEventId$3D{EVENT_ID}"
    )


@given(GROUPS, STREAMS, TIMES)
def test_a_page_is_read_back(group: str, stream: str, start: int) -> None:
    """What people paste is read to the names that went in, whatever is in these; the time, too."""
    url = stream_url(REGION, group, stream, start=start)
    assert url is not None
    assert HARMLESS.fullmatch(url)
    place = read_console_url(url)
    assert (place.region, place.group, place.stream) == (REGION, group, stream)
    assert url.endswith(f"$3Fstart$3D{start}")


@pytest.mark.parametrize("stream", ["a%41", "a$41", "%252F", "$252F", "100%", "$3Fstart$3D1"])
def test_escapes_of_a_stream_s_own_stay(stream: str) -> None:
    """A name may look like an escape; it is read as often as it was escaped, and no more."""
    url = stream_url(REGION, GROUP, stream, start=T)
    assert url is not None
    assert read_console_url(url).stream == stream


@pytest.mark.parametrize(
    ("group", "stream", "start"),
    [
        ("", STREAM, T),
        ("a b", STREAM, T),
        ("<script>", STREAM, T),
        ("x" * 513, STREAM, T),
        (GROUP, "", T),
        (GROUP, "a:b", T),
        (GROUP, "a*b", T),
        (GROUP, "x" * 513, T),
        (GROUP, "lone \ud800", T),
        (GROUP, STREAM, -1),
        (GROUP, STREAM, 10**18),
    ],
)
def test_what_cannot_be_has_no_page(group: str, stream: str, start: int) -> None:
    """Names that no log group or stream can have, times beyond calendars: no link."""
    assert stream_url(REGION, group, stream, start=start) is None


@pytest.mark.parametrize("event_id", ["", "1", "x" * 56, "٣" * 56, EVENT_ID + "\n"])
def test_only_a_real_event_id_marks_an_event(event_id: str) -> None:
    """An ID that the service did not give would be looked for in vain."""
    url = stream_url(REGION, GROUP, STREAM, start=T, event_id=event_id)
    assert url is not None
    assert url.endswith(f"$3Fstart$3D{T}")


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "us-east-1.console.aws.amazon.com"),
        ("ap-southeast-7", "ap-southeast-7.console.aws.amazon.com"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("cn-northwest-1", "cn-northwest-1.console.amazonaws.cn"),
        ("eusc-de-east-1", "eusc-de-east-1.console.amazonaws-eusc.eu"),
    ],
)
def test_each_partition_has_its_console(region: str, host: str) -> None:
    """The host goes by the region, and what reads pasted pages knows it."""
    url = stream_url(region, GROUP, STREAM, start=T)
    assert url is not None
    assert url.startswith(f"https://{host}/cloudwatch/home?region={region}#")
    assert read_console_url(url).region == region
    assert is_served(region)


@pytest.mark.parametrize(
    "region",
    [
        "us-iso-east-1",
        "us-isob-east-1",
        "eu-isoe-west-1",
        "us-isof-south-1",
        "",
        "aws-global",
        "us-east-1.evil",
        "US-EAST-1",
        "us-east-1/x",
        "us-east-٣",
    ],
)
def test_regions_without_a_known_console(region: str) -> None:
    """Isolated partitions publish no console, and what is no region has none."""
    assert not is_served(region)


def test_insights_as_the_console_writes_it() -> None:
    """The spelling that the console has written since 2020; the window is of whole seconds."""
    query = "fields @timestamp, @message\n| filter @requestId = 'r-1'\n| sort @timestamp asc"
    assert insights_url(REGION, [GROUP, "b"], query, since=T, until=T + 900) == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:logs-insights$3FqueryDetail$3D$257E$2528"
        "end$257E$25272023-11-14T22*3a13*3a22.000Z"
        "$257Estart$257E$25272023-11-14T22*3a13*3a20.000Z"
        "$257EtimeType$257E$2527ABSOLUTE$257Etz$257E$2527UTC$257EeditorString$257E$2527"
        "fields*20*40timestamp*2c*20*40message"
        "*0a*7c*20filter*20*40requestId*20*3d*20*27r-1*27"
        "*0a*7c*20sort*20*40timestamp*20asc"
        "$257EisLiveTail$257Efalse"
        "$257Esource$257E$2528$257E$2527*2faws*2flambda*2fcart$257E$2527b$2529$2529"
    )


@given(st.text(max_size=40), st.lists(GROUPS, min_size=1, max_size=3), TIMES)
def test_a_query_ends_nothing(query: str, groups: list[str], since: int) -> None:
    """Whatever a query holds, no quote, bracket, space or control is left, and it is read back."""
    url = insights_url(REGION, groups, query, since=since, until=since)
    if url is None:
        assert since >= 253_402_300_799_000  # the second after it is beyond calendars
        return
    assert HARMLESS.fullmatch(url)
    detail = unquote(unquote(url.partition("queryDetail$3D")[2].replace("$", "%")))
    told = read_jsurl(Reader(detail))
    assert (told["editorString"], told["source"]) == (query, groups)


@pytest.mark.parametrize("groups", [[], ["a b"], [GROUP] * 51])
def test_groups_that_no_query_takes(groups: list[str]) -> None:
    """None, a name that cannot be, more than StartQuery takes: no link."""
    assert insights_url(REGION, groups, "fields @message", since=T, until=T) is None


def test_a_trace_as_documented() -> None:
    """X-Ray Developer Guide, Console deep linking: `xray/home?region=...#/traces/ID`."""
    trace = "1-57f5498f-d91047849216d0f2ea3b6442"
    assert trace_url("us-west-2", trace) == (
        f"https://us-west-2.console.aws.amazon.com/xray/home?region=us-west-2#/traces/{trace}"
    )


@pytest.mark.parametrize("trace", ["", "1-x", "javascript:alert(1)", "1-57F5498F-" + "0" * 24])
def test_what_is_no_trace_has_no_page(trace: str) -> None:
    """Only the canonical spelling of an X-Ray trace ID is one."""
    assert trace_url("us-west-2", trace) is None
