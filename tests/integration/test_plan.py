"""`--dry-run` from end to end: sources are looked at, and no log is read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from logs_service import LogsService

from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import OutputFormat
from slsloggrep.cli.options import Inputs, Output, resolve_inputs
from slsloggrep.cli.plan import show_plan
from slsloggrep.errors import SourceError
from slsloggrep.model import Query

NOW = 1_795_453_200_000
HOUR = 3_600_000
DAY = 24 * HOUR
GB = 1_000_000_000
SEARCH = Query(since=NOW - 2 * HOUR, until=NOW - HOUR, literals=("ord-2207",))
SUMMARY = "a dry run: no logs were read\n"


def plan(
    *sources: str,
    query: Query = SEARCH,
    format: OutputFormat = "text",  # noqa: A002 - as the option is called
    width: int = 120,
    terminal: bool = False,
    then: str = "",
    stdin: io.BytesIO | None = None,
    **given: Any,
) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr."""
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=stdin,
        stdin_is_terminal=stdin is None,
        stdout=stdout,
        stdout_is_terminal=terminal,
        stderr=stderr,
        stderr_is_terminal=False,
        width=width,
        clock=lambda: NOW,
    )
    output = Output(format=format, color="never", stats=False, verbose=False)
    inputs: Inputs = resolve_inputs(
        environment,
        **{
            "sources": sources,
            "since": None,
            "until": None,
            "late": "1h",
            "tz": None,
            "local": False,
            "id_keys": (),
            "response_keys": (),
            "groups": (),
            "functions": (),
            "profiles": (),
            "regions": (),
            "role_arn": None,
            "endpoint_url": None,
            "engine": "auto",
            "rate": 1000.0,
            "dry_run": True,
            **given,
        },
    )
    code = show_plan(environment, inputs, output, lambda _: query, then=then)
    return code, stdout.getvalue(), stderr.getvalue()


def shop(cloudwatch: LogsService) -> None:
    for name in ("cart", "mail"):
        cloudwatch.create_group(f"/aws/lambda/{name}", created=NOW - 10 * DAY, stored_bytes=24 * GB)
    cloudwatch.create_group(
        "/aws/lambda/old",
        created=NOW - 10 * DAY,
        stored_bytes=240 * GB,
        log_group_class="INFREQUENT_ACCESS",
    )


def test_log_groups_are_planned_without_reading_them(cloudwatch: LogsService) -> None:
    """A line for each group and each query, with calls, sizes, dollars; groups are only listed."""
    shop(cloudwatch)
    code, shown, told = plan("cloudwatch:")
    assert code == 0
    title, _, head, *rows = shown.splitlines()
    assert title.startswith("would be read from 2026-11-23T15:00:00.000Z to 2026-11-23T16:00:00.0")
    assert head.split() == ["engine", "calls", "size", "cost"]
    assert [row.split() for row in rows] == [
        ["/aws/lambda/cart", "FilterLogEvents", "1", "100.0", "MB"],
        ["/aws/lambda/mail", "FilterLogEvents", "1", "100.0", "MB"],
        ["/aws/lambda/old", "Insights", "2", "1.0", "GB", "$0.01"],
        ["in", "all", "4", "1.2", "GB", "$0.01"],
    ]
    assert SUMMARY in told
    assert "1 log group of the class Infrequent Access: read by Insights" in told
    assert {request.operation for request in cloudwatch.requests} == {"DescribeLogGroups"}


def test_the_plan_is_a_document_with_coverage(cloudwatch: LogsService) -> None:
    """JSON on stdout and nothing else there; ndjson has a read on each line."""
    shop(cloudwatch)
    code, shown, _ = plan("cloudwatch:", format="json", engine="insights")
    assert code == 0
    document = json.loads(shown)
    assert document["schema"] == "slsloggrep.plan/1"
    assert document["coverage"]["complete"]
    assert document["coverage"]["sources"][0]["requests"] > 0
    assert [(read["engine"], read["bytes"]) for read in document["reads"]] == [
        ("Insights", pytest.approx(0.2 * GB, rel=0.01)),
        ("Insights", pytest.approx(1.0 * GB, rel=0.01)),
    ]
    assert document["total"]["dollars"] == pytest.approx(0.006, rel=0.01)
    _, shown, _ = plan("cloudwatch:", format="ndjson")
    assert [json.loads(line)["what"] for line in shown.splitlines()] == [
        "/aws/lambda/cart",
        "/aws/lambda/mail",
        "/aws/lambda/old",
    ]


def test_what_cannot_be_looked_at_makes_the_plan_partial(cloudwatch: LogsService) -> None:
    """A group that is named and not there: the others are planned, and the exit code is 3."""
    shop(cloudwatch)
    code, shown, told = plan("cloudwatch:", groups=("/aws/lambda/cart", "/aws/lambda/nope"))
    assert code == 3
    assert "/aws/lambda/cart" in shown
    assert "not read: cloudwatch:" in told
    assert "/aws/lambda/nope" in told
    assert "the plan is partial: 1 thing could not be looked at" in told


def test_archives_are_planned_by_their_listing(tmp_path: Path) -> None:
    """Files and the demo: how many there are and how large, none is opened."""
    for name, size in (("a.gz", 1000), ("b.gz", 500)):
        (tmp_path / name).write_bytes(b"x" * size)
        (tmp_path / name).chmod(0)
    code, shown, told = plan(str(tmp_path), "demo:", query=Query(literals=("x",)))
    assert code == 0
    rows = [line.split() for line in shown.splitlines()[3:]]
    assert rows[0] == [str(tmp_path), "read", "2", "1.5", "kB"]
    assert rows[1][:2] == ["demo:", "read"]
    assert int(rows[1][2]) > 10
    assert rows[2][:2] == ["in", "all"]
    assert told == SUMMARY


def test_a_bucket_is_listed_for_the_window_and_not_opened(bucket: Any, aws: Any) -> None:
    """Only objects that the window needs are counted, and only list requests are sent."""
    uuid = "0a1b2c3d-1111-2222-3333-444455556666"
    name = "2026/11/23/{0:02}/s-1-2026-11-23-{0:02}-05-00-" + uuid
    url = bucket({name.format(hour): b"x" * 100 for hour in range(17)})
    code, shown, _ = plan(url, endpoint_url=aws.url, regions=("us-east-1",))
    assert code == 0
    assert shown.splitlines()[-1].split() == [url, "GetObject", "2", "200", "B"]
    assert not [seen for seen in aws.application.requests if seen.gets]


def test_a_pipe_cannot_tell_how_much_comes() -> None:
    """Nothing of standard input is read for a plan."""
    pipe = io.BytesIO(b"a line\n")
    code, shown, _ = plan("-", stdin=pipe)
    assert code == 0
    assert shown.splitlines()[-1].split() == ["-", "read", "1", "?"]
    assert pipe.tell() == 0


def test_a_source_that_cannot_be_used_is_a_gap_as_long_as_another_can(tmp_path: Path) -> None:
    """Alone it is an error, as it would be for the command itself."""
    (tmp_path / "a").write_bytes(b"x")
    code, shown, told = plan(str(tmp_path), "./nowhere")
    assert code == 3
    assert "nowhere: cannot tell beforehand" in shown
    assert "not read: ./nowhere: ./nowhere: no such file or folder" in told
    with pytest.raises(SourceError, match="no such file"):
        plan("./nowhere")


def test_what_follows_is_said(tmp_path: Path) -> None:
    """A trace reads on from what it finds: the command says so."""
    (tmp_path / "a").write_bytes(b"x")
    _, _, told = plan(str(tmp_path), then="what is found leads to more")
    assert told == "a dry run: no logs were read; what is found leads to more\n"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_terminal_of_any_width_shows_it_all(cloudwatch: LogsService, width: int) -> None:
    """No line is wider than the terminal."""
    shop(cloudwatch)
    cloudwatch.create_group("/aws/lambda/" + "long-name-" * 12, created=NOW - DAY, stored_bytes=GB)
    _, shown, _ = plan("cloudwatch:", width=width, terminal=True)
    assert max(map(len, shown.splitlines())) <= width
    assert "/aws/lambda/" + "long-name-" * 12 in shown.replace("\n", "")
