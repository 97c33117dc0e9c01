"""What stands in front of a search server in tests: spoilt answers, gates, TLS, and a memory."""

from __future__ import annotations

import hashlib
import http.client
import json
import ssl
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from search_access import Certificates, SignedBy, api_key, basic, bearer
from search_faults import (
    change,
    cut,
    drop,
    hang,
    lose_context,
    refuse,
    shards_failed,
    slow,
    timed_out,
)
from search_fixtures import Search, call
from search_proxy import Proxy


@pytest.fixture
def index(search: Search) -> str:
    name = search.name("events")
    lines = b"".join(b'{"index":{}}\n{"n":%d}\n' % number for number in range(10))
    search.call("POST", f"/{name}/_bulk?refresh=true", lines)
    return name


def ask(url: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Return status and JSON, whatever the status."""
    request = urllib.request.Request(
        url + path,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", **headers},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()
        return error.code, json.loads(text) if text[:1] == b"{" else text


def test_without_rules_nothing_changes(spoilt: Proxy, search: Search, index: str) -> None:
    """Answers pass as they are, and what was asked is remembered in order."""
    assert call(spoilt.url, "GET", "/") == search.call("GET", "/")
    assert (
        ask(spoilt.url, f"/{index}/_search?size=1", {"size": 3})[1]["hits"]["total"]["value"] == 10
    )
    assert spoilt.kinds() == ["GET ", "search"]
    assert spoilt.asked[1].query == {"size": "1"}
    assert spoilt.asked[1].json() == {"size": 3}
    assert spoilt.asked[1].status == 200


def test_a_rule_hits_what_it_names_and_no_more(spoilt: Proxy, index: str) -> None:
    """The first request of a kind passes, two are refused, the fourth passes again."""
    spoilt.when(refuse(429, Retry_After="1"), kind="search", after=1, times=2)
    statuses = [ask(spoilt.url, f"/{index}/_search", {})[0] for _ in range(4)]
    assert statuses == [200, 429, 429, 200]
    assert ask(spoilt.url, "/")[0] == 200


def test_refusals_are_worded_as_those_who_refuse_would(spoilt: Proxy, index: str) -> None:
    """A server's is JSON with a cause; a load balancer's is HTML."""
    spoilt.when(refuse(429), kind="search")
    spoilt.when(refuse(503, b"<html>503 Service Unavailable</html>"), kind="search")
    status, told = ask(spoilt.url, f"/{index}/_search", {})
    assert (status, told["error"]["type"]) == (429, "rejected_execution_exception")
    assert ask(spoilt.url, f"/{index}/_search", {}) == (
        503,
        b"<html>503 Service Unavailable</html>",
    )


def test_connections_break_in_the_ways_named(spoilt: Proxy, index: str) -> None:
    """A cut answer arrives in part, a dropped one not at all, a hanging one not in time."""
    path = f"/{index}/_search"
    spoilt.when(cut(0.5), path="_search")
    with pytest.raises(http.client.IncompleteRead) as incomplete:
        ask(spoilt.url, path, {})
    assert len(incomplete.value.partial) > 100
    spoilt.when(drop(), path="_search")
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        ask(spoilt.url, path, {})
    released = threading.Event()
    spoilt.when(hang(released), path="_search")
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(spoilt.url + path, timeout=0.2)
    released.set()
    spoilt.when(slow(0.2), path="_search")
    assert ask(spoilt.url, path, {})[0] == 200
    assert [asked.status for asked in spoilt.asked] == [0, 0, 0, 200]


def test_a_partial_answer_looks_like_a_success(spoilt: Proxy, index: str) -> None:
    """Time-outs and failed shards come with status 200 and some of the hits, as servers do it."""
    spoilt.when(timed_out(0.3), kind="search")
    spoilt.when(shards_failed(0.5), kind="search")
    spoilt.when(change(lambda told: told["hits"].update(hits=[])), kind="search")
    status, told = ask(spoilt.url, f"/{index}/_search", {})
    assert (status, told["timed_out"], len(told["hits"]["hits"])) == (200, True, 3)
    status, told = ask(spoilt.url, f"/{index}/_search", {})
    assert (status, told["_shards"]["failed"], len(told["hits"]["hits"])) == (200, 1, 5)
    assert ask(spoilt.url, f"/{index}/_search", {})[1]["hits"]["hits"] == []


def test_a_lost_point_in_time_is_the_servers_own_404(spoilt: Proxy, index: str) -> None:
    """It is closed behind the client's back; what was left open is counted."""
    opened = call(spoilt.url, "POST", f"/{index}/_search/point_in_time?keep_alive=1m")
    body = {"pit": {"id": opened["pit_id"]}, "size": 1}
    spoilt.when(lose_context(), kind="search", after=1)
    assert ask(spoilt.url, "/_search", body)[0] == 200
    status, told = ask(spoilt.url, "/_search", body)
    assert (status, told["error"]["root_cause"][0]["type"]) == (
        404,
        "search_context_missing_exception",
    )
    assert spoilt.unclosed == 1
    call(spoilt.url, "DELETE", "/_search/point_in_time", {"pit_id": [opened["pit_id"]]})
    assert spoilt.unclosed == 0


def test_a_lost_scroll_is_the_servers_own_404(spoilt: Proxy, index: str) -> None:
    """The same for scrolls, where a scroll that was closed by the client counts as closed."""
    first = ask(spoilt.url, f"/{index}/_search?scroll=1m", {"size": 1})[1]["_scroll_id"]
    spoilt.when(lose_context(), kind="scroll-next")
    assert ask(spoilt.url, "/_search/scroll", {"scroll_id": first})[0] == 404
    second = ask(spoilt.url, f"/{index}/_search?scroll=1m", {"size": 1})[1]["_scroll_id"]
    call(spoilt.url, "DELETE", "/_search/scroll", {"scroll_id": [second]})
    assert spoilt.unclosed == 1


@pytest.mark.parametrize(
    ("gate", "right", "wrong"),
    [
        (basic("ada", "pass:word"), "Basic YWRhOnBhc3M6d29yZA==", "Basic YWRhOndyb25n"),
        (api_key("aWQ6a2V5"), "ApiKey aWQ6a2V5", "Bearer aWQ6a2V5"),
        (bearer("token"), "Bearer token", ""),
    ],
)
def test_gates_let_in_who_has_the_secret(search: Search, gate: Any, right: str, wrong: str) -> None:
    """The right header passes, any other is answered 401 and never reaches the server."""
    with Proxy(search.url, gate=gate) as proxy:
        assert ask(proxy.url, "/", Authorization=right)[0] == 200
        assert ask(proxy.url, "/", Authorization=wrong)[0] == 401
        assert ask(proxy.url, "/")[0] == 401


@pytest.mark.parametrize("service", ["es", "aoss"])
def test_signatures_are_checked_whole(search: Search, index: str, service: str) -> None:
    """What botocore signs passes; another secret, region, body, query or path does not."""
    gate = SignedBy("AKID", "secret", "session", service=service)
    path, body = f"/{search.prefix}*,none-*/_search?q=n%3A%3E1&size=2&expand_wildcards=all", b"{}"

    def signed(secret: str = "secret", region: str = "eu-west-1", token: str = "session") -> Any:
        request = AWSRequest(
            "POST", proxy.url + path, {"Content-Type": "application/json"}, data=body
        )
        request.headers["Host"] = f"127.0.0.1:{proxy.port}"
        request.headers["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
        SigV4Auth(Credentials("AKID", secret, token), service, region).add_auth(request)
        return dict(request.headers.items())

    def status(target: str, content: bytes, headers: Any) -> int:
        request = urllib.request.Request(proxy.url + target, content, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    with Proxy(search.url, gate=gate) as proxy:
        assert status(path, body, signed()) == 200
        assert status(path, body, signed("wrong")) == 403
        assert status(path, body, signed(region="us-east-1")) == 403
        assert status(path, body, signed(token="other")) == 403
        assert status(path, b"{ }", signed()) == 403
        assert status(path + "&size=3", body, signed()) == 403
        assert status(path.replace("none-", "nine-"), body, signed()) == 403
        assert status(path, body, {"Content-Type": "application/json"}) == 403


def test_tls_needs_the_right_authority_and_client(search: Search, authority: Certificates) -> None:
    """Who trusts another authority, or shows no certificate or a stranger's, gets nothing."""

    def status(trusted: Any, certificate: Any = None, key: Any = None) -> int:
        context = ssl.create_default_context(cafile=trusted)
        if certificate:
            context.load_cert_chain(certificate, key)
        with urllib.request.urlopen(proxy.url, timeout=10, context=context) as answer:
            return int(answer.status)

    ours = (authority.client, authority.client_key)
    with Proxy(search.url, tls=authority.server()) as proxy:
        assert status(authority.authority) == 200
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            status(authority.stranger)
    with Proxy(search.url, tls=authority.server(client=True)) as proxy:
        assert status(authority.authority, *ours) == 200
        with pytest.raises((urllib.error.URLError, OSError)):
            status(authority.authority)
        with pytest.raises((urllib.error.URLError, OSError)):
            status(authority.authority, authority.strange_client)
