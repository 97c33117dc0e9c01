"""CloudWatch's calls as the readers make them: answers, refusals, patience, and giving up."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from logs_service import LogsService

from slsloggrep.errors import SourceError
from slsloggrep.sources.aws import Account, Patience
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.limiter import Limiters
from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused, UnreachableError, Why

NOW = 1_790_000_000_000
QUICK = Patience(attempts=4, seconds=20, base=0.01, longest=0.02)
OTHER = "999999999999"


class Caller:
    """Opens places, and remembers how often they had to wait."""

    def __init__(self) -> None:
        self.waits = 0
        self.limiters = Limiters()
        self.opened: list[Logs] = []

    def logs(self, *, patience: Patience = QUICK, **given: Any) -> Logs:
        settings = Settings(now=NOW, **given)
        account = Account("cloudwatch", settings, patience=patience)
        logs = Logs(account, settings, limiters=self.limiters, on_wait=self._wait)
        self.opened.append(logs)
        return logs

    def _wait(self) -> None:
        self.waits += 1


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    for logs in caller.opened:
        logs.close()


def read(logs: Logs, group: str = "/g", **given: Any) -> list[str]:
    page = logs.filter_events(
        Group(name=group, logs=logs), **({"since": 0, "until": NOW * 2} | given)
    )
    return [event.message for event in page.events]


# Answers


def test_events_between_two_times(cloudwatch: LogsService, caller: Caller) -> None:
    """The beginning is included, the end is not, for both ways of reading."""
    ids = cloudwatch.put("/g", "s", [(NOW + n, f"m{n}") for n in range(4)])
    logs = caller.logs()
    group = Group(name="/g", logs=logs)
    page = logs.filter_events(group, since=NOW + 1, until=NOW + 3)
    assert [(e.timestamp, e.message, e.eventId, e.logStreamName) for e in page.events] == [
        (NOW + 1, "m1", ids[1], "s"),
        (NOW + 2, "m2", ids[2], "s"),
    ]
    page = logs.get_events(group, "s", since=NOW + 1, until=NOW + 3)
    assert [(e.timestamp, e.message, e.eventId) for e in page.events] == [
        (NOW + 1, "m1", ""),
        (NOW + 2, "m2", ""),
    ]


def test_times_before_the_epoch_are_the_epoch(cloudwatch: LogsService, caller: Caller) -> None:
    """The service takes no negative time; whoever widens a window need not think of it."""
    cloudwatch.put("/g", "s", [(NOW, "m")])
    logs = caller.logs()
    assert read(logs, since=-60_000) == ["m"]
    page = logs.get_events(Group(name="/g", logs=logs), "s", since=-60_000, until=NOW + 1)
    assert len(page.events) == 1


def test_pages_lead_on_until_they_end(cloudwatch: LogsService, caller: Caller) -> None:
    """By a token for each; the end is no token, or the same one again. Empty pages are pages."""
    cloudwatch.world.page_events = 2
    cloudwatch.world.empty_pages = 1
    cloudwatch.put("/g", "s", [(NOW + n, f"m{n}") for n in range(5)])
    logs = caller.logs()
    group = Group(name="/g", logs=logs)
    found: list[str] = []
    sizes: list[int] = []
    token = None
    while True:
        page = logs.filter_events(group, since=NOW, until=NOW + 9, token=token)
        found += [event.message for event in page.events]
        sizes.append(len(page.events))
        token = page.token
        if token is None:
            break
    assert found == [f"m{n}" for n in range(5)]
    assert 0 in sizes
    found, token = [], None
    while True:
        page = logs.get_events(group, "s", since=NOW, until=NOW + 9, token=token)
        found += [event.message for event in page.events]
        if page.token == token:
            break
        token = page.token
    assert found == [f"m{n}" for n in range(5)]


def test_a_linked_group_is_named_by_its_arn(cloudwatch: LogsService, caller: Caller) -> None:
    """Its name alone would mean the own account's group of that name."""
    cloudwatch.put("/g", "s", [(NOW, "own")])
    cloudwatch.put("/g", "s", [(NOW, "linked")], account=OTHER)
    logs = caller.logs()
    arn = f"arn:aws:logs:us-east-1:{OTHER}:log-group:/g"
    group = Group(name="/g", arn=arn, logs=logs, linked=True)
    for page in (
        logs.filter_events(group, since=NOW, until=NOW + 1),
        logs.get_events(group, "s", since=NOW, until=NOW + 1),
    ):
        assert [event.message for event in page.events] == ["linked"]
    assert [stream["logStreamName"] for stream in logs.describe_streams(group)] == ["s"]


def test_lists_are_paged_to_their_end(cloudwatch: LogsService, caller: Caller) -> None:
    """Groups, streams and functions come 50 at a time, and all of them."""
    for number in range(120):
        cloudwatch.create_group(f"/g{number:03}")
        cloudwatch.world.create_function(f"f{number:03}", log_group=f"/g{number:03}")
        cloudwatch.world.create_stream("/g000", f"s{number:03}")
    logs = caller.logs()
    groups = list(logs.describe_groups("/g"))
    assert [group.name for group in groups] == [f"/g{number:03}" for number in range(120)]
    assert groups[0].arn == "arn:aws:logs:us-east-1:123456789012:log-group:/g000"
    assert len(list(logs.describe_streams(groups[0]))) == 120
    assert len(list(logs.describe_streams(groups[0], newest=False))) == 120
    functions = dict(logs.list_functions())
    assert functions == {f"f{number:03}": f"/g{number:03}" for number in range(120)}


def test_a_listing_asks_no_further_than_it_is_pulled(
    cloudwatch: LogsService, caller: Caller
) -> None:
    """The second page is not asked for where the first was enough."""
    for number in range(120):
        cloudwatch.create_group(f"/g{number:03}")
    next(caller.logs().describe_groups())
    assert len(cloudwatch.requests) == 1


def test_the_service_s_clock_is_compared(cloudwatch: LogsService, caller: Caller) -> None:
    """A difference of seconds is known, one of less is none."""
    cloudwatch.create_group("/g")
    logs = caller.logs()
    read(logs)
    assert logs.clock_ahead == 0
    cloudwatch.clock.advance(90_000)
    read(logs)
    assert 87_000 <= logs.clock_ahead <= 91_000


# Refusals: this one thing, and nothing else


def refusal(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value


def test_what_is_denied_names_action_and_group(cloudwatch: LogsService, caller: Caller) -> None:
    """By its ARN where that is known; other groups can still be read."""
    cloudwatch.put("/g", "s", [(NOW, "m")])
    cloudwatch.put("/h", "s", [(NOW, "n")])
    for operation in ("FilterLogEvents", "GetLogEvents", "DescribeLogStreams"):
        cloudwatch.deny(operation, group="/g")
    logs = caller.logs()
    (group, other) = logs.describe_groups()
    calls: dict[str, Callable[[Group], object]] = {
        "FilterLogEvents": lambda group: logs.filter_events(group, since=0, until=NOW * 2),
        "GetLogEvents": lambda group: logs.get_events(group, "s", since=0, until=NOW * 2),
        "DescribeLogStreams": lambda group: list(logs.describe_streams(group)),
    }
    for operation, call in calls.items():
        refused = refusal(lambda call=call: call(group))  # type: ignore[misc]
        assert refused.why is Why.DENIED
        assert refused.reason == f"access denied: logs:{operation} on {group.arn} is missing"
        assert refused.hint == f"allow logs:{operation} on {group.arn} to these credentials"
        assert call(other)
    refused = refusal(
        lambda: cloudwatch.deny("DescribeLogGroups") and [*logs.describe_groups("/x")]
    )
    assert refused.reason == "access denied: logs:DescribeLogGroups on /x is missing"
    refused = refusal(
        lambda: cloudwatch.deny("GetFunctionConfiguration") and logs.group_of_function("cart")
    )
    assert "lambda:GetFunctionConfiguration on cart is missing" in refused.reason


def test_what_is_not_there_is_told_apart(cloudwatch: LogsService, caller: Caller) -> None:
    """Groups, streams and functions, whatever the latter are called."""
    cloudwatch.put("/g", "s", [(NOW, "m")])
    logs = caller.logs()
    assert refusal(lambda: read(logs, "/nowhere")).why is Why.NO_SUCH_GROUP
    group = Group(name="/g", logs=logs)
    missing = refusal(lambda: logs.get_events(group, "t", since=0, until=NOW * 2))
    assert missing.why is Why.NO_SUCH_STREAM
    for name in ("cart", "stream"):
        assert refusal(lambda name=name: logs.group_of_function(name)).why is Why.NO_SUCH_GROUP  # type: ignore[misc]


def test_what_the_service_does_not_take(cloudwatch: LogsService, caller: Caller) -> None:
    """Patterns that are none, classes that FilterLogEvents does not read, names that cannot be."""
    cloudwatch.put("/g", "s", [(NOW, "m")])
    cloudwatch.create_group("/ia", log_group_class="INFREQUENT_ACCESS")
    logs = caller.logs()
    assert refusal(lambda: read(logs, pattern="{ $.a = ")).why is Why.BAD_REQUEST
    assert refusal(lambda: read(logs, "/ia")).why is Why.UNSUPPORTED
    assert refusal(lambda: read(logs, "")).why is Why.BAD_REQUEST
    assert len(cloudwatch.requests) == 2, "what botocore itself refuses is not sent"


def test_a_limit_is_no_throttling(cloudwatch: LogsService, caller: Caller) -> None:
    """Who has as many queries as are allowed must end one; asking again would not help."""
    cloudwatch.create_group("/g")
    cloudwatch.fault("StartQuery", code="LimitExceededException", message="too many")
    logs = caller.logs()
    refused = refusal(
        lambda: logs.start_query(
            "fields @message", groups=[Group(name="/g", logs=logs)], since_s=0, until_s=1
        )
    )
    assert refused.why is Why.LIMIT
    assert len(cloudwatch.requests) == 1
    assert caller.waits == 0


def test_what_nobody_foresaw_is_told_in_the_service_s_words(
    cloudwatch: LogsService, caller: Caller
) -> None:
    """A new error costs one group."""
    cloudwatch.create_group("/g")
    cloudwatch.fault(code="NovelException", message="something\nnew")
    refused = refusal(lambda: read(caller.logs()))
    assert (refused.why, refused.reason) == (Why.OTHER, "NovelException: something new")


# Patience


def test_throttling_never_ends_a_call(
    cloudwatch: LogsService, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on for longer than any patience, each time half as fast, and tells that it waits."""
    cloudwatch.put("/g", "s", [(NOW, "m")])
    caller.limiters = Limiters(1000)
    cloudwatch.throttle("FilterLogEvents", times=4)
    logs = caller.logs(patience=Patience(attempts=2, seconds=0.1))
    limiter = logs.limiter("FilterLogEvents")
    rates: list[float] = []
    throttled = limiter.throttled

    def note(took: float = 0.0) -> None:
        throttled(took)
        rates.append(limiter.rate)  # with the call that goes through it begins to rise again

    monkeypatch.setattr(limiter, "throttled", note)
    assert read(logs) == ["m"]
    assert caller.waits == 4
    assert caller.limiters.throttles == 4
    assert rates == [500, 250, 125, 62.5]
    assert logs.limiter("GetLogEvents").rate == 1000, "another API is not slowed"


@pytest.mark.parametrize("code", ["Throttling", "TooManyRequestsException", "RequestLimitExceeded"])
def test_every_word_for_throttling_is_known(
    cloudwatch: LogsService, caller: Caller, code: str
) -> None:
    """The services and what imitates them have several."""
    cloudwatch.put("/g", "s", [(NOW, "m")])
    cloudwatch.fault("FilterLogEvents", code=code, times=1)
    assert read(caller.logs()) == ["m"]
    assert caller.waits == 1


@pytest.mark.parametrize(
    "trouble",
    [
        {"code": "InternalFailure", "status": 500},
        {"code": "ServiceUnavailableException", "status": 503},
        {"cut": "before"},
        {"cut": "headers"},
        {"cut": "body"},
    ],
)
def test_a_failure_that_passes_is_waited_out(
    cloudwatch: LogsService, caller: Caller, trouble: dict[str, Any]
) -> None:
    """Failures of the service and cut connections; the answer is whole, and nothing comes twice."""
    cloudwatch.put("/g", "s", [(NOW + n, f"m{n}") for n in range(50)])
    cloudwatch.fault("FilterLogEvents", times=3, **trouble)
    assert read(caller.logs()) == [f"m{n}" for n in range(50)]
    assert len(cloudwatch.requests) == 4
    assert caller.waits == 0, "this is no throttling"


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_listing_that_was_cut_off_is_not_taken_for_a_short_one(
    cloudwatch: LogsService, caller: Caller, where: Any
) -> None:
    """Botocore itself gives an empty answer then; the next attempt gives all of it."""
    cloudwatch.create_group("/g")
    cloudwatch.world.create_function("cart", log_group="/shop")
    cloudwatch.cut("*", where, matches=lambda request: not cloudwatch.calls(request.operation)[1:])
    logs = caller.logs()
    assert [group.name for group in logs.describe_groups()] == ["/g"]
    assert list(logs.list_functions()) == [("cart", "/shop")]
    assert logs.group_of_function("cart") == "/shop"
    assert [len(cloudwatch.calls(name)) for name in ("DescribeLogGroups", "ListFunctions")] == [
        2,
        2,
    ]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"code": "ServiceUnavailableException", "status": 503}, "ServiceUnavailableException"),
        ({"cut": "before"}, "Connection was closed"),
        ({"cut": "body"}, "total bytes expected"),
    ],
)
def test_a_failure_that_stays_says_that_it_may_pass(
    cloudwatch: LogsService, caller: Caller, trouble: dict[str, Any], words: str
) -> None:
    """After so many attempts; who follows a group tries again later."""
    cloudwatch.create_group("/g")
    cloudwatch.fault("*", **trouble)
    with pytest.raises(UnreachableError, match=words) as caught:
        read(caller.logs())
    assert caught.value.message.startswith("cloudwatch: ")
    assert len(cloudwatch.requests) == QUICK.attempts


def test_an_endpoint_where_nobody_listens(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is probably wrong: it is not tried for long."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        logs = caller.logs(endpoint_url=url, regions=("us-east-1",))
        with pytest.raises(UnreachableError, match="the endpoint does not answer") as caught:
            read(logs)
    assert caught.value.hint == "check the network, --region and --endpoint-url"


def test_one_dead_region_among_several(cloudwatch: LogsService, caller: Caller) -> None:
    """An account that was heard elsewhere has no more patience with an endpoint that is silent."""
    account = Account(
        "cloudwatch",
        Settings(now=NOW, regions=("us-east-1",)),
        patience=Patience(attempts=50, base=0.001, longest=0.002),
    )
    attempts: list[str] = []

    def call(endpoint: str) -> None:
        from botocore.exceptions import EndpointConnectionError

        attempts.append(endpoint)
        if endpoint == "dead":
            raise EndpointConnectionError(endpoint_url="x")

    account.persist(lambda: call("live"), endpoint="live")
    with pytest.raises(Exception, match="Could not connect"):
        account.persist(lambda: call("dead"), endpoint="dead")
    assert attempts.count("dead") == 3


@pytest.fixture
def impostor() -> Iterator[tuple[str, list[bytes]]]:
    """Give the URL of a server that answers 200 and the last body of a list, whatever is asked."""
    bodies: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(200)
            self.send_header("content-length", str(len(bodies[-1])))
            self.end_headers()
            self.wfile.write(bodies[-1])

        do_POST = do_GET  # noqa: N815 - the library's word

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", bodies
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome to your hotel</html>",
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff\xfe",
        b'{"message": "not found"}',
        b'{"events": [{"timestamp": "soon"}]}',
        b'{"events": [], "logGroups": [], "logStreams": [], "FunctionName',
    ],
)
@pytest.mark.usefixtures("cloudwatch")
def test_what_is_no_answer_is_not_taken_for_an_empty_one(
    caller: Caller, impostor: tuple[str, list[bytes]], body: bytes
) -> None:
    """A proxy's page, another server's JSON, half a document: an error, never "nothing found"."""
    url, bodies = impostor
    bodies.append(body)
    logs = caller.logs(endpoint_url=url)
    group = Group(name="/g", logs=logs)
    calls: list[Callable[[], object]] = [
        lambda: read(logs),
        lambda: logs.get_events(group, "s", since=0, until=1),
        lambda: list(logs.describe_groups()),
        lambda: list(logs.describe_streams(group)),
        lambda: list(logs.list_functions()),
        lambda: logs.group_of_function("cart"),
        lambda: logs.query_results("id"),
    ]
    for call in calls:
        with pytest.raises(UnreachableError, match="this is not the service's endpoint") as caught:
            call()
        assert "--endpoint-url" in str(caught.value.hint)


@pytest.mark.usefixtures("cloudwatch")
def test_an_empty_answer_is_one(caller: Caller, impostor: tuple[str, list[bytes]]) -> None:
    """No events is what the service itself says with an empty list."""
    url, bodies = impostor
    bodies.append(json.dumps({"events": [], "searchedLogStreams": []}).encode())
    assert read(caller.logs(endpoint_url=url)) == []


# Nothing can be read at all


def test_expired_credentials(cloudwatch: LogsService, caller: Caller) -> None:
    """Every call will meet that: the error is the source's, with the line to type."""
    cloudwatch.expired_keys.add("test")
    cloudwatch.create_group("/g")
    with pytest.raises(SourceError, match="the AWS credentials have expired") as caught:
        read(caller.logs())
    assert caught.value.hint == "aws sso login --profile default, or fetch new ones"
    assert len(cloudwatch.requests) == 1


@pytest.mark.usefixtures("cloudwatch")
def test_an_expired_sso_login(
    caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint is the line to type, with the profile."""
    config = tmp_path / "config"
    config.write_text(
        "[profile dev]\nregion = us-east-1\nsso_session = corp\n"
        "sso_account_id = 123456789012\nsso_role_name = reader\n"
        "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example/start\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(SourceError, match="the login of profile 'dev' has expired") as caught:
        read(caller.logs(profiles=("dev",)))
    assert caught.value.hint == "aws sso login --profile dev"


@pytest.mark.usefixtures("cloudwatch")
def test_no_credentials(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint says the ways to have some."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(SourceError, match="no AWS credentials were found") as caught:
        read(caller.logs())
    assert "aws configure" in str(caught.value.hint)


@pytest.mark.usefixtures("cloudwatch")
def test_no_region(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known before anything is asked."""
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(SourceError, match="no AWS region is known") as caught:
        caller.logs()
    assert caught.value.hint == "give --region, or set AWS_REGION"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("UnrecognizedClientException", "access key is not known there"),
        ("InvalidSignatureException", "secret key is wrong"),
        ("RequestTimeTooSkewed", "clock is wrong"),
    ],
)
def test_credentials_that_are_wrong(
    cloudwatch: LogsService, caller: Caller, code: str, words: str
) -> None:
    """Each by name, and at once."""
    cloudwatch.create_group("/g")
    cloudwatch.fault(code=code)
    with pytest.raises(SourceError, match=words) as caught:
        read(caller.logs())
    assert not isinstance(caught.value, UnreachableError)
    assert caught.value.hint
    assert len(cloudwatch.requests) == 1


def test_a_region_of_its_own(cloudwatch: LogsService) -> None:
    """One account serves several regions, each signed for."""
    cloudwatch.put("/g", "s", [(NOW, "west")], region="eu-west-1")
    settings = Settings(now=NOW)
    logs = Logs(Account("cloudwatch", settings), settings, limiters=Limiters(), region="eu-west-1")
    assert read(logs) == ["west"]
    assert logs.region == "eu-west-1"
    logs.close()


# Giving up


@pytest.mark.parametrize(
    "trouble",
    [
        {"code": "ThrottlingException"},
        {"code": "ServiceUnavailableException", "status": 503},
        {"cut": "before"},
    ],
)
@pytest.mark.parametrize("way", ["cancelled", "stopped", "lent"])
def test_nobody_waits_any_more(
    cloudwatch: LogsService, caller: Caller, trouble: dict[str, Any], way: str
) -> None:
    """Ctrl-C, a closed source, a reader that has enough: a call under way is the last one."""
    cloudwatch.create_group("/g")
    cancelled = threading.Event()
    asked = threading.Event()
    cloudwatch.fault("*", matches=lambda _request: asked.set() or True, **trouble)
    logs = caller.logs(
        patience=Patience(attempts=1000, seconds=600, base=5, longest=5),
        cancelled=cancelled.is_set if way == "cancelled" else lambda: False,
    )
    stopped = {"cancelled": cancelled, "stopped": logs.account.stopped, "lent": cancelled}[way]
    reader = logs.lend(cancelled) if way == "lent" else logs
    ends: list[BaseException] = []

    def ask() -> None:
        try:
            read(reader)
        except BaseException as error:
            ends.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(30)
    stopped.set()
    thread.join(30)
    assert not thread.is_alive()
    assert isinstance(ends[0], Abandoned)
    sent = len(cloudwatch.requests)
    with pytest.raises(Abandoned):
        read(reader)
    assert len(cloudwatch.requests) == sent, "nothing is sent afterwards"


def test_a_lent_place_ends_no_one_else_s_calls(cloudwatch: LogsService, caller: Caller) -> None:
    """One reader has enough; another one of the same account goes on."""
    cloudwatch.put("/g", "s", [(NOW, "m")])
    logs = caller.logs()
    enough = threading.Event()
    lent = logs.lend(enough)
    assert read(lent) == ["m"]
    enough.set()
    with pytest.raises(Abandoned):
        read(lent)
    assert read(logs) == ["m"]


def test_calls_of_many_threads_share_clients(cloudwatch: LogsService, caller: Caller) -> None:
    """Side by side, over one client that is made once."""
    cloudwatch.put("/g", "s", [(NOW, "m")])
    caller.limiters = Limiters(1000)
    logs = caller.logs()
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(read(logs))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["m"]] * 20
    assert cloudwatch.accepted <= 20
