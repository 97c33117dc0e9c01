"""The one page that a word leads to: the nearest, and none where it could be a wrong one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stream_samples import GROUP, STREAM, TRACE, TRACE_2, A, end, log, only, report, start
from test_links_making import CLOUDWATCH, KIBANA, SEARCHED

from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.links import ConsolePages, Origin, Origins, links_for, links_for_record
from slsloggrep.links.pages import LONGEST_URL
from slsloggrep.model import Slow, Status
from slsloggrep.model.inventory import DeployedFunction
from slsloggrep.sources.cloudwatch.console import read_console_url

RUN = only([(0, start(A)), (10, log(A, "hello")), (90, end(A)), (90, report(A, trace=TRACE))])
PAGES = ConsolePages(CLOUDWATCH, single=True)
SLOW = Slow(
    function="pay",
    request_id=A,
    log_group=GROUP,
    log_stream=STREAM,
    end=1_795_431_600_500,
    duration_ms=500.4,
    init_ms=None,
    max_memory_mb=None,
    memory_mb=None,
    status=Status.OK,
)
FUNCTION = DeployedFunction(name="pay", region="eu-west-1", log_group=GROUP)


def test_an_invocation_leads_to_its_log_stream_and_its_trace_to_xray() -> None:
    """The links that a report has, one for each word; of another trace nothing is known."""
    stream, _, trace = links_for(RUN, CLOUDWATCH)
    assert PAGES.of_invocation(RUN) == stream.url
    assert PAGES.of_trace(TRACE, RUN) == trace.url
    assert PAGES.of_trace(TRACE_2, RUN) == ""


def test_a_record_leads_to_itself() -> None:
    """Its stream begins at it, and it is marked; in Discover it is a minute either way."""
    record = RUN.records[1]
    url = PAGES.of_record(record)
    place = read_console_url(url)
    assert (place.region, place.group, place.stream) == ("eu-west-1", GROUP, STREAM)
    assert url.endswith(
        f"$3Fstart$3D{record.event.timestamp}$26refEventId$3D{record.event.event_id}"
    )
    (found,) = links_for_record(record, SEARCHED)
    assert found.label == "Discover in Kibana"
    assert "from:'2026-11-23T10:59:00.010Z',to:'2026-11-23T11:01:00.010Z'".replace("'", "%27") in (
        found.url
    )
    assert ConsolePages(SEARCHED, single=True).of_record(record) == found.url


def test_a_crash_leads_to_what_crashed() -> None:
    """To the invocation; to the record that shows it where there is no invocation."""
    failed = only([(0, start(A)), (9, report(A, status="error"))])
    (crash,) = crashes_of([failed], [])
    assert PAGES.of_crash(crash) == PAGES.of_invocation(failed)
    alone = replace(crash, invocation=None)
    assert PAGES.of_crash(alone) == PAGES.of_record(crash.records[0])
    assert PAGES.of_crash(replace(alone, records=())) == ""


def test_one_of_the_slowest_leads_to_its_start() -> None:
    """It does not say where it is from: only where nothing else can be meant."""
    assert PAGES.of_slow(SLOW).endswith("$3Fstart$3D1795431600000")
    several = Origin(regions=("eu-west-1", "us-east-1"), labelled=True)
    for origins, single in [
        (CLOUDWATCH, False),
        (Origins(), True),
        (Origins(by_source={"test": several}), True),
        (Origins(by_source={"test": Origin(regions=("us-iso-east-1",))}), True),
        (SEARCHED, True),
    ]:
        assert ConsolePages(origins, single=single).of_slow(SLOW) == ""


def test_a_function_leads_to_its_log_group() -> None:
    """In its own region, if that was asked as itself; a name that cannot be leads nowhere."""
    assert PAGES.of_group(FUNCTION) == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fpay"
    )
    assert PAGES.of_group(replace(FUNCTION, region="us-east-1")) == ""
    assert PAGES.of_group(replace(FUNCTION, log_group="")) == ""
    assert PAGES.of_group(replace(FUNCTION, log_group="a b\x1b")) == ""


@pytest.mark.parametrize("length", [100, 480])
def test_an_address_that_terminals_ignore_is_none(length: int) -> None:
    """A page further down the list takes its place, if one is short enough."""
    stream = "\N{SNOWMAN}" * length
    records = [replace(r, event=r.event._replace(log_stream=stream)) for r in RUN.records]
    run = replace(RUN, log_stream=stream, records=tuple(records))
    origin = Origin(regions=("eu-west-1",), labelled=True, dashboards=KIBANA)
    url = ConsolePages(Origins(by_source={"test": origin}), single=True).of_invocation(run)
    assert len(url) <= LONGEST_URL
    assert ("log-events" in url) is (length == 100)
    assert url
