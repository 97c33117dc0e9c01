"""Who asks a search cluster, and over what: let in with the right secret, told why otherwise."""

from __future__ import annotations

import base64
import json
import sys
import types
from typing import Any

import pytest
from search_access import Certificates, SignedBy, api_key, basic, bearer
from search_fixtures import Search
from search_proxy import Proxy

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.model import Coverage, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch.cluster import Patience
from slsloggrep.sources.opensearch.source import SearchSource

NOW = 1_795_428_000_000
USER, PASSWORD = "SLSLOGGREP_OPENSEARCH_USER", "SLSLOGGREP_OPENSEARCH_PASSWORD"
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
    "AWS_SESSION_TOKEN": "a-session",
}


@pytest.fixture
def index(search: Search) -> str:
    """Give an index with one document."""
    name = search.name("cwl-2026.11.23")
    document = {"@timestamp": NOW, "@message": "hello", "@log_group": "g", "@log_stream": "s"}
    mappings = {"properties": {"@timestamp": {"type": "date"}}}
    search.call("PUT", f"/{name}", {"mappings": mappings})
    search.call("POST", f"/{name}/_doc/1?refresh=true", document)
    return name


def read(url: str, **settings: Any) -> tuple[list[str], Coverage]:
    """Return the messages behind a URL, and what could be read."""
    patience = Patience(attempts=2, base=0.01, longest=0.02, first_contact=2)
    source = SearchSource(f"opensearch+{url}", Settings(now=NOW, **settings), patience)
    total = [Coverage(source=source.name)]

    def add(increment: Coverage) -> None:
        total[0] += increment

    found = [event.message for event in source.fetch(Query(), add)]
    source.close()
    return found, total[0]


@pytest.mark.parametrize(
    ("gate", "env"),
    [
        (basic("ada", "s3 cret:é"), {USER: "ada", PASSWORD: "s3 cret:é"}),
        (api_key("aWQ6a2V5"), {"SLSLOGGREP_OPENSEARCH_API_KEY": "aWQ6a2V5"}),
        (api_key("aWQ6a2V5"), {"SLSLOGGREP_OPENSEARCH_API_KEY": "id:key"}),
        (bearer("t0ken"), {"SLSLOGGREP_OPENSEARCH_TOKEN": "t0ken"}),
    ],
    ids=["basic", "key", "key-in-parts", "token"],
)
def test_secrets_come_from_the_environment(
    search: Search, index: str, gate: Any, env: dict[str, str]
) -> None:
    """User and password, API key and token are sent as their servers want them."""
    with Proxy(search.url, gate=gate) as proxy:
        assert read(f"{proxy.url}/{index}", env=env)[0] == ["hello"]
        with pytest.raises(SourceError, match=r"needs credentials \(401\)") as caught:
            read(f"{proxy.url}/{index}")
        assert "SLSLOGGREP_OPENSEARCH_USER" in str(caught.value.hint)
        wrong = {name: f"{value}x" for name, value in env.items()}
        with pytest.raises(SourceError, match="does not accept"):
            read(f"{proxy.url}/{index}", env=wrong)


def test_a_password_from_a_command_and_from_the_keyring(
    search: Search, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command is run without a shell and its first line taken; else the keyring is asked."""
    with Proxy(search.url, gate=basic("ada", "pa$$ word")) as proxy:
        url = f"{proxy.url}/{index}"
        program = f"{sys.executable} -c \"print('pa\\x24\\x24 word'); print('more')\""
        command = "SLSLOGGREP_OPENSEARCH_PASSWORD_COMMAND"
        assert read(url, env={USER: "ada", command: program})[0] == ["hello"]
        failing = f"{sys.executable} -c \"import sys; sys.exit('locked')\""
        with pytest.raises(SourceError, match="locked"):
            read(url, env={USER: "ada", command: failing})
        ring: Any = types.ModuleType("keyring")
        secrets = {("slsloggrep", "ada@127.0.0.1"): "pa$$ word"}
        ring.get_password = lambda service, name: secrets.get((service, name))
        monkeypatch.setitem(sys.modules, "keyring", ring)
        assert read(url, env={USER: "ada"})[0] == ["hello"]
        with pytest.raises(UsageError, match="is needed"):
            read(url, env={USER: "bob"})


@pytest.mark.parametrize("service", ["es", "aoss"])
def test_requests_are_signed(
    search: Search, index: str, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`?auth=aws` signs for Amazon's domains and collections; what is refused names the keys."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    gate = SignedBy(*KEYS.values(), service=service)
    with Proxy(search.url, gate=gate) as proxy:
        url = f"{proxy.url}/{index[:-2]}*?auth=aws&region=eu-west-1&service={service}"
        assert read(url)[0] == ["hello"]
        assert read(url.replace("&region=eu-west-1", ""), regions=("eu-west-1",))[0] == ["hello"]
        with pytest.raises(SourceError, match="access denied for the AWS credentials"):
            read(url.replace("eu-west-1", "us-east-1"))


def test_tls_is_verified(search: Search, index: str, authority: Certificates) -> None:
    """A certificate that nobody vouches for is refused with what to try; `?insecure=1` is said."""
    with Proxy(search.url, tls=authority.server()) as proxy:
        url = f"{proxy.url}/{index}"
        found, coverage = read(f"{url}?ca={authority.authority}")
        assert found == ["hello"]
        assert not any("insecure" in note for note in coverage.notes)
        for options in ("", f"?ca={authority.stranger}"):
            with pytest.raises(SourceError, match="not trusted") as caught:
                read(f"{url}{options}")
            assert "?ca=FILE" in str(caught.value.hint)
        found, coverage = read(f"{url}?insecure=1")
        assert found == ["hello"]
        assert any("not verified" in note for note in coverage.notes)
        with pytest.raises(SourceError, match="cannot connect"):
            read(url.replace("https", "http", 1))
    with Proxy(search.url) as plain, pytest.raises(SourceError, match="no secure connection"):
        read(f"{plain.url}/{index}".replace("http", "https", 1))


def test_a_client_may_have_to_show_a_certificate(
    search: Search, index: str, authority: Certificates
) -> None:
    """Mutual TLS: `?cert=` and `?key=` name the client's files."""
    with Proxy(search.url, tls=authority.server(client=True)) as proxy:
        url = f"{proxy.url}/{index}?ca={authority.authority}"
        mine = f"&cert={authority.client}&key={authority.client_key}"
        assert read(f"{url}{mine}")[0] == ["hello"]
        with pytest.raises(SourceError):
            read(url)


def test_another_host_is_asked_where_one_is_away(search: Search, index: str) -> None:
    """Of several hosts, one that does not answer costs nothing but time."""
    with Proxy(search.url) as first, Proxy(search.url) as second:
        hosts = ",".join(url.removeprefix("http://") for url in (first.url, second.url))
        gone = "127.0.0.1:9"
        assert read(f"http://{gone},{hosts}/{index}")[0] == ["hello"]


def test_a_denied_privilege_is_named(search: Search, index: str) -> None:
    """403 tells which privilege is missing."""
    body = {"error": {"type": "security_exception", "reason": "no permissions"}, "status": 403}

    def refuse(asked: Any) -> Any:
        from search_proxy import Answer

        if asked.path.endswith("/_mapping"):
            return Answer(403, [("Content-Type", "application/json")], json.dumps(body).encode())
        return None

    with (
        Proxy(search.url, gate=refuse) as proxy,
        pytest.raises(SourceError, match="view_index_metadata"),
    ):
        read(f"{proxy.url}/{index}")


def test_a_cloud_id_names_the_host() -> None:
    """`cloud_id` holds the deployment's address."""
    from slsloggrep.sources.opensearch.location import parse_url

    coded = base64.b64encode(b"eu-west-1.aws.found.io$abc123$def456").decode()
    location = parse_url(f"elasticsearch+https:///logs-*?cloud_id=prod:{coded}")
    assert location.hosts == (("abc123.eu-west-1.aws.found.io", 443),)
