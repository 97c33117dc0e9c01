"""Links of invocations and transactions: which there are, and what they ask for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_samples import (
    GROUP,
    INIT,
    STREAM,
    T0,
    TRACE,
    TRACE_2,
    A,
    B,
    end,
    log,
    only,
    platform,
    report,
    start,
)
from test_links_spellings import Reader, read_jsurl

from slsloggrep.links import (
    Dashboards,
    Form,
    Index,
    Origin,
    Origins,
    link_all,
    links_for,
    links_for_transaction,
)
from slsloggrep.links.spellings import read_rison
from slsloggrep.model import (
    Event,
    Evidence,
    Identifier,
    IdKind,
    Invocation,
    Link,
    Member,
    Record,
    Transaction,
    link_key,
)
from slsloggrep.sources.cloudwatch.console import read_console_url

KIBANA = Dashboards(
    url="https://kibana.example.com", product="Kibana", form=Form.CLASSIC, index=Index("7c-1")
)
SHIPPED = replace(KIBANA, index=Index("7c-1", shipped=True))
CLOUDWATCH = Origins(by_source={"test": Origin(regions=("eu-west-1",), labelled=True)})
SEARCHED = Origins(by_source={"test": Origin(dashboards=KIBANA)})
HARMLESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#=&%$*,!]+")
RUN = [
    (0, INIT),
    (5, start(A)),
    (9, "bare line\n"),
    (10, log(A, "hello")),
    (1900, end(A)),
    (1900, report(A, trace=TRACE, init=3)),
]


def urls(links: tuple[Link, ...]) -> dict[str, str]:
    assert len({link.label for link in links}) == len(links)
    return {link.label: link.url for link in links}


def insights(url: str) -> dict[str, object]:
    return read_jsurl(
        Reader(unquote(unquote(url.partition("queryDetail$3D")[2].replace("$", "%"))))
    )


def discover(url: str) -> Any:
    (state,) = parse_qs(urlsplit(url).fragment.partition("?")[2])["_a"]
    value = read_rison(state)
    assert isinstance(value, dict)
    return value["query"]


def from_regions(*regions: str, container: str) -> tuple[Invocation, Origins]:
    """Return an invocation that was read with a label, and CloudWatch in several regions."""
    run = only(RUN)
    records = tuple(
        replace(record, event=record.event._replace(container=container)) for record in run.records
    )
    origin = Origin(regions=regions, labelled=True)
    return replace(run, records=records), Origins(by_source={"test": origin})


def test_an_invocation_is_found_in_three_places() -> None:
    """Its stream from its first record on, its lines by a query, its trace."""
    found = urls(links_for(only(RUN), CLOUDWATCH))
    assert list(found) == ["CloudWatch log stream", "CloudWatch Logs Insights", "X-Ray trace"]
    place = read_console_url(found["CloudWatch log stream"])
    assert (place.region, place.group, place.stream) == ("eu-west-1", GROUP, STREAM)
    assert found["CloudWatch log stream"].endswith(
        f"$3Fstart$3D{T0}$26refEventId$3D{T0:044d}{0:012d}"
    )
    assert found["X-Ray trace"].endswith(f"/xray/home?region=eu-west-1#/traces/{TRACE}")
    asked = insights(found["CloudWatch Logs Insights"])
    assert asked["editorString"] == (
        "fields @timestamp, @message"
        f"\n| filter @logStream = '{STREAM}'"
        f" and (@requestId = '{A}' or not ispresent(@requestId))"
        "\n| sort @timestamp asc\n| limit 10000"
    )
    assert asked["source"] == [GROUP]
    assert (asked["start"], asked["end"]) == (
        "2026-11-23T11:00:00.000Z",
        "2026-11-23T11:00:02.000Z",
    )


def test_no_source_no_link() -> None:
    """Where nothing is known of a source (demo:, a pipe), nothing is made up."""
    assert links_for(only(RUN), Origins()) == ()
    assert links_for(replace(only(RUN), records=()), CLOUDWATCH) == ()


def test_several_regions_are_told_apart() -> None:
    """By the label that CloudWatch's events carry, however they were read; else no link."""
    both = ("eu-west-1", "us-gov-west-1")
    for container, host in [
        ("eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("prod@us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("a/b@us-gov-west-1/GetLogEvents", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("eu-west-1/Insights 0001", "eu-west-1.console.aws.amazon.com"),
    ]:
        links = links_for(*from_regions(*both, container=container))
        assert {urlsplit(link.url).hostname for link in links} == {host}
    assert links_for(*from_regions(*both, container="")) == ()
    assert links_for(*from_regions(*both, container="us-east-2")) == ()


def test_an_isolated_region_has_no_console() -> None:
    """Its console's address is published nowhere."""
    assert links_for(*from_regions("us-iso-east-1", container="")) == ()


@pytest.mark.parametrize(
    ("first", "region"),
    [
        (INIT.replace("lambda:x", "lambda:us-west-2::runtime:" + "0" * 64), "us-west-2"),
        (
            platform(
                "start",
                requestId=A,
                functionArn="arn:aws-cn:lambda:cn-north-1:123456789012:function:pay",
            ),
            "cn-north-1",
        ),
    ],
)
def test_lambda_tells_the_region_of_what_was_archived(first: str, region: str) -> None:
    """In an archive the platform's own ARNs tell it, even against what the user said."""
    archive = Origins(by_source={"test": Origin()})
    told = Origins(by_source={"test": Origin(regions=("eu-west-1",))})
    run = only([(0, first), *RUN[1:]] if "INIT" in first else [(0, first), *RUN[2:]])
    for origins in (archive, told):
        url = urls(links_for(run, origins))["CloudWatch log stream"]
        assert read_console_url(url).region == region
    assert links_for(only(RUN), archive) == ()
    assert read_console_url(links_for(only(RUN), told)[0].url).region == "eu-west-1"


def test_cloudwatch_knows_its_regions_better_than_any_line() -> None:
    """Where an event was read is where its page is, whatever somebody wrote into the log."""
    forged = INIT.replace("lambda:x", "lambda:us-west-2::runtime:" + "0" * 64)
    links = links_for(only([(0, forged), *RUN[1:]]), CLOUDWATCH)
    assert {urlsplit(link.url).hostname for link in links} == {"eu-west-1.console.aws.amazon.com"}


def test_what_a_function_logs_tells_no_region() -> None:
    """An ARN in a line of the function's own is what somebody wrote."""
    line = log(A, "calling arn:aws:lambda:us-west-2:123456789012:function:other")
    run = only([RUN[1], (10, line), *RUN[4:]])
    assert links_for(run, Origins(by_source={"test": Origin()})) == ()


def test_lost_streams_are_asked_for_by_request() -> None:
    """Without a log stream there is no page of it; the query goes by the request ID."""
    run = only(RUN)
    records = tuple(replace(r, event=r.event._replace(log_stream="")) for r in run.records)
    found = urls(links_for(replace(run, log_stream="", records=records), CLOUDWATCH))
    assert "CloudWatch log stream" not in found
    query = insights(found["CloudWatch Logs Insights"])["editorString"]
    assert f"| filter @requestId = '{A}' or @message like '{A}'\n" in str(query)


@pytest.mark.parametrize("stream", ["it's", 'a"b', "a\\b", "a\nb"])
def test_quotes_are_not_trusted_in_a_query(stream: str) -> None:
    """How Insights escapes a quote is documented nowhere: the query does without such a name."""
    run = replace(only(RUN), log_stream=stream)
    query = str(
        insights(urls(links_for(run, CLOUDWATCH))["CloudWatch Logs Insights"])["editorString"]
    )
    assert f"filter @requestId = '{A}' or " in query
    assert stream not in query
    bare = replace(run, request_id=None)
    assert "CloudWatch Logs Insights" not in urls(links_for(bare, CLOUDWATCH))


def test_the_trace_is_the_invocation_s_own() -> None:
    """What REPORT states wins over what lines mention; two that are only mentioned are none."""
    mentions = [(10, log(A, f"Root={TRACE_2}")), (11, log(A, f"Root={TRACE}"))]
    own = only([RUN[1], *mentions, *RUN[4:]])
    assert urls(links_for(own, CLOUDWATCH))["X-Ray trace"].endswith(TRACE)
    without = [(1900, end(A)), (1900, report(A))]
    assert "X-Ray trace" not in urls(links_for(only([RUN[1], *mentions, *without]), CLOUDWATCH))
    one = urls(links_for(only([RUN[1], mentions[0], *without]), CLOUDWATCH))
    assert one["X-Ray trace"].endswith(TRACE_2)


def test_a_trace_that_was_not_sampled_is_nowhere() -> None:
    """X-Ray keeps what is sampled; a link would lead to nothing."""
    unsampled = report(A, trace=TRACE).replace("Sampled: true", "Sampled: false")
    run = only([RUN[1], (1900, end(A)), (1900, unsampled)])
    assert "X-Ray trace" not in urls(links_for(run, CLOUDWATCH))
    header = log(A, f"Root={TRACE};Parent=0123456789abcdef;Sampled=0")
    run = only([RUN[1], (5, header), (1900, end(A)), (1900, report(A))])
    assert "X-Ray trace" not in urls(links_for(run, CLOUDWATCH))


def test_discover_asks_for_stream_and_request() -> None:
    """By phrases, in fields where these are known; from the first record to the last."""
    found = urls(links_for(only(RUN), SEARCHED))
    assert list(found) == ["Discover in Kibana"]
    url = found["Discover in Kibana"]
    assert discover(url) == {"language": "kuery", "query": f'"{STREAM}" or "{A}"'}
    assert "from:%272026-11-23T11:00:00.000Z%27,to:%272026-11-23T11:00:01.900Z%27" in url
    shipped = Origins(by_source={"test": Origin(dashboards=SHIPPED)})
    url = urls(links_for(only(RUN), shipped))["Discover in Kibana"]
    assert discover(url)["query"] == f'log_stream:"{STREAM}" or request_id:"{A}"'
    assert "columns:!%28function,level,message,request_id%29" in url


def test_a_document_without_a_time_widens_no_window() -> None:
    """A document that has none is an event of time 0."""
    run = only(RUN)
    stray = replace(run.records[0], event=run.records[0].event._replace(timestamp=0))
    run = replace(run, records=(*run.records, stray))
    assert "1970" not in urls(links_for(run, SEARCHED))["Discover in Kibana"]


def test_a_report_files_links_by_invocation() -> None:
    """Each once, under its key; what has none is left out."""
    run, other = only(RUN), only([(0, start(B)), (9, end(B)), (9, report(B))])
    silent = replace(other, records=(), request_id="x")
    made = link_all([run, other, run, silent], CLOUDWATCH)
    assert made == {
        link_key(run): links_for(run, CLOUDWATCH),
        link_key(other): links_for(other, CLOUDWATCH),
    }


def transaction(*members: Member, name: str = "ord-17") -> Transaction:
    return Transaction(id=name, identifiers=(), members=members)


def member(run: Invocation, *, batch: bool = False) -> Member:
    evidence = Evidence(Identifier(IdKind.TEXT, "ord-17"), run.records[0].event)
    return Member(
        invocation=run, attempt=1, joined_by=(evidence,), mentions=frozenset(), batch=batch
    )


def test_a_transaction_is_found_as_a_whole() -> None:
    """One query for the groups of a region, the traces of members, and Discover."""
    run = only(RUN)
    other = only(
        [(3000, start(B)), (3009, end(B)), (3009, report(B, trace=TRACE_2))],
        group="/aws/lambda/ship",
        stream="s",
    )
    both = Origins(
        by_source={"test": Origin(regions=("eu-west-1",), labelled=True, dashboards=KIBANA)}
    )
    links = links_for_transaction(transaction(member(run), member(other)), both)
    assert [link.label for link in links] == [
        "CloudWatch Logs Insights",
        "X-Ray trace",
        "X-Ray trace",
        "Discover in Kibana",
    ]
    asked = insights(links[0].url)
    assert asked["source"] == [GROUP, "/aws/lambda/ship"]
    assert f"filter @message like 'ord-17' or @requestId in ['{A}', '{B}']\n" in str(
        asked["editorString"]
    )
    assert (asked["start"], asked["end"]) == (
        "2026-11-23T11:00:00.000Z",
        "2026-11-23T11:00:04.000Z",
    )
    assert discover(links[3].url)["query"] == f'"ord-17" or "{A}" or "{B}"'
    batch = links_for_transaction(transaction(member(run), member(other, batch=True)), both)
    assert [link.url[-35:] for link in batch if link.label == "X-Ray trace"] == [TRACE]


def test_a_transaction_of_many_traces_is_no_list_of_them() -> None:
    """The first few are linked, and the requests of a long one are not all named in a query."""
    runs = []
    for number in range(21):
        request = f"aaaaaaaa-0000-4000-8000-{number:012x}"
        trace = f"1-6b041cb0-{number:024x}"
        lines = [(0, start(request)), (9, end(request)), (9, report(request, trace=trace))]
        runs.append(member(only(lines, stream=str(number))))
    links = links_for_transaction(transaction(*runs), CLOUDWATCH)
    assert [link.url[-1] for link in links if link.label == "X-Ray trace"] == ["0", "1", "2"]
    query = str(insights(links[0].url)["editorString"])
    assert query.startswith("fields @timestamp, @message\n| filter @message like 'ord-17'\n")
    fewer = links_for_transaction(transaction(*runs[:20]), CLOUDWATCH)
    assert str(insights(fewer[0].url)["editorString"]).count("aaaaaaaa-") == 20


def test_a_transaction_without_members_has_no_links() -> None:
    """There is no window, and no log group."""
    assert links_for_transaction(transaction(), CLOUDWATCH) == ()


def test_an_address_is_not_endless() -> None:
    """A log may hold an ID of any length; what would be cut on its way is not made."""
    run = replace(only(RUN), request_id="x" * 9000, log_stream="")
    assert links_for(run, SEARCHED) == ()
    assert list(urls(links_for(run, CLOUDWATCH))) == ["X-Ray trace"]


WILD = st.text(max_size=12) | st.sampled_from(
    [
        '"><script>alert(1)</script>',
        "](javascript:alert(1))",
        "\x1b]8;;x\x07",
        "' onload='x",
        "\ud800",
    ]
)


@settings(max_examples=60)
@given(WILD, WILD, WILD, WILD, st.integers(-(10**19), 10**19), st.booleans())
def test_nothing_out_of_a_log_ends_a_url(
    group: str, stream: str, request: str, name: str, time: int, shipped: bool
) -> None:
    """Attributes, Markdown, terminals: no character that any of them obeys; no error either."""
    event = Event(time, request, group, stream, request, "test", stream, 0)
    identifier = Identifier(IdKind.XRAY_TRACE_ID, request)
    run = Invocation(
        function=name,
        request_id=request,
        log_group=group or GROUP,
        log_stream=stream,
        start=time,
        end=time,
        records=(Record(event=event, identifiers=(identifier,)),),
    )
    origins = Origins(
        by_source={
            "test": Origin(regions=("eu-west-1",), dashboards=SHIPPED if shipped else KIBANA)
        }
    )
    whole = transaction(member(run), name=name)
    for link in (*links_for(run, origins), *links_for_transaction(whole, origins)):
        assert HARMLESS.fullmatch(link.url)
        assert link.label.isascii()
        assert link.label.isprintable()
