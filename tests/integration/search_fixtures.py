"""Search servers as pytest fixtures: started when a test wants one, stopped when none wants it.

`search` is what most tests want: the default server (OpenSearch 2) with a prefix of the test's own
for names of indices, templates and aliases; whatever has that prefix is removed after the test.
All test processes share it, and it ends with the last test that wants it. `own_search` starts any
of `search_builds.BUILDS` for one test alone, which may kill it: servers take seconds to start and
half a gigabyte, so each version is started once, by the test that proves all of it
(`test_search_versions`). `quick_search` is an emulator that is there at once. `spoilt` is a proxy
in front of `search`, `authority` the certificates for TLS.

SLSLOGGREP_TEST_OPENSEARCH=http://host:port names a server to use as the default one instead.
Where Java or Maven are missing the tests are skipped with what is missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from osmem_server import OsmemServer  # type: ignore[import-untyped] # it publishes no types
from search_access import Certificates, certificates
from search_builds import PASSWORD, Missing
from search_node import Node, share
from search_proxy import Answer, Asked, Proxy

__all__ = [
    "Search",
    "authority",
    "call",
    "emulator",
    "own_search",
    "quick_search",
    "search",
    "search_server",
    "spoilt",
]

GIVEN = "SLSLOGGREP_TEST_OPENSEARCH"


@dataclass(frozen=True)
class Search:
    """A server and a prefix for everything that one test puts there."""

    node: Node
    prefix: str

    @property
    def url(self) -> str:
        """Return where the server listens: `http://127.0.0.1:PORT`."""
        return self.node.url

    @property
    def env(self) -> dict[str, str]:
        """Return the environment in which the program may do all there."""
        if not self.node.authorization:
            return {}
        known = {"USER": "admin", "PASSWORD": PASSWORD}
        return {f"SLSLOGGREP_OPENSEARCH_{name}": value for name, value in known.items()}

    def name(self, rest: str) -> str:
        """Return a name of this test's own."""
        return self.prefix + rest

    def call(
        self, method: str, path: str, body: Any = None, *, allow: Iterable[int] = ()
    ) -> dict[str, Any]:
        """Return the answer to a request; bodies are JSON, or bytes of NDJSON for `_bulk`.

        Raises AssertionError for a status of 400 and above that is not among `allow`.
        """
        who = self.node.authorization
        return call(self.node.url, method, path, body, allow=allow, authorization=who)

    def open_contexts(self) -> int:
        """Return how many points in time and scrolls are open over this test's indices."""
        stats = self.call("GET", f"/{self.name('*')}/_stats/search?expand_wildcards=all")
        return int(stats["_all"]["total"]["search"]["open_contexts"])

    def clear(self) -> None:
        """Remove all indices, data streams, aliases and templates that begin with the prefix."""
        gone = (404, 400, 405)  # 400 and 405: the server knows no such thing
        path = urllib.parse.quote(self.prefix + "*")
        self.call("DELETE", f"/_data_stream/{path}", allow=gone)
        listed = self.call("GET", f"/{path}?expand_wildcards=all&filter_path=*.aliases", allow=gone)
        for name in listed:
            if name.startswith((self.prefix, f".ds-{self.prefix}")):
                self.call("DELETE", f"/{urllib.parse.quote(name)}", allow=gone)
        self.call("DELETE", f"/_index_template/{path}", allow=gone)
        self.call("DELETE", f"/_component_template/{path}", allow=gone)
        self.call("DELETE", f"/_template/{path}", allow=gone)


def call(
    url: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    allow: Iterable[int] = (),
    authorization: str = "",
) -> dict[str, Any]:
    """Return the answer of the server at the URL to one request (see Search.call)."""
    kind = "application/json"
    if isinstance(body, bytes):
        kind = "application/x-ndjson"
    elif body is not None:
        body = json.dumps(body).encode()
    headers = {"Content-Type": kind}
    if authorization:
        headers["Authorization"] = authorization
    request = urllib.request.Request(url + path, body, headers, method=method)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=60) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        with error:
            told = error.read().decode(errors="replace")
        if error.code not in allow:
            raise AssertionError(f"{method} {path}: {error.code} {told[:2000]}") from error
        return {}
    return json.loads(text) if text else {}


class _Shared:
    """The default server, for as long as tests of this process want it.

    A plugin, which hears of every test before its fixtures are made: behind the last test that
    wants the server, this process has done with it.
    """

    def __init__(self, folder: Path, items: list[pytest.Item]) -> None:
        self._folder = folder
        wanting = [n for n, item in enumerate(items) if "search_server" in _fixtures_of(item)]
        self._behind = set(items[max(wanting, default=0) + 1 :])
        self._held = contextlib.ExitStack()
        self._node: Node | Missing | None = None

    def get(self) -> Node:
        """Return the server, started where it is not there."""
        if self._node is None:
            try:
                self._node = self._held.enter_context(share("opensearch", self._folder))
            except Missing as missing:
                self._node = missing
        return _there(self._node)

    def end(self) -> None:
        """Be one user less of the server."""
        self._node = None
        self._held.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """End where no test is left that wants it."""
        if item in self._behind:
            self.end()


def _fixtures_of(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def _shared(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[_Shared]:
    folder = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder = folder.parent  # what the workers of one run have in common
    shared = _Shared(folder, request.session.items)
    request.config.pluginmanager.register(shared)
    yield shared
    request.config.pluginmanager.unregister(shared)
    shared.end()


def _there(node: Node | Missing) -> Node:
    if isinstance(node, Missing):
        pytest.skip(str(node))
    return node


def _with_root(held: contextlib.ExitStack, node: Node) -> Node:
    """Put a proxy before a server that lacks `GET /` (a module of its own in Elasticsearch 9).

    All else passes through it unchanged.
    """
    if node.product != "elasticsearch" or node.major < 9:
        return node
    (told,) = call(node.url, "GET", "/_nodes/_local")["nodes"].values()
    root = {
        "name": told["name"],
        "cluster_name": "slsloggrep-tests",
        "version": {
            "number": told["version"],
            "build_flavor": told["build_flavor"],
            "build_hash": told["build_hash"],
            "minimum_wire_compatibility_version": "8.18.0",
            "minimum_index_compatibility_version": "8.0.0",
        },
        "tagline": "You Know, for Search",
    }
    headers = [("X-elastic-product", "Elasticsearch"), ("Content-Type", "application/json")]

    def gate(asked: Asked) -> Answer | None:
        if asked.method not in ("GET", "HEAD") or asked.path != "/":
            return None
        return Answer(200, list(headers), json.dumps(root).encode())

    return replace(node, url=held.enter_context(Proxy(node.url, gate=gate)).url)


@pytest.fixture
def search_server(request: pytest.FixtureRequest) -> Node:
    """Give the default server, or the one that the environment names."""
    if given := os.environ.get(GIVEN):
        version = call(given.rstrip("/"), "GET", "/")["version"]
        return Node(
            given.rstrip("/"),
            version.get("distribution", "elasticsearch"),
            version["number"],
            0,
            "",
        )
    shared: _Shared = request.getfixturevalue("_shared")
    return shared.get()


@pytest.fixture
def search(search_server: Node) -> Iterator[Search]:
    """Give the default server with a prefix of this test's own, and clear that afterwards."""
    search = Search(search_server, f"t{uuid.uuid4().hex[:10]}-")
    yield search
    search.clear()


@pytest.fixture
def own_search(tmp_path: Path) -> Iterator[Callable[[str], Search]]:
    """Give a function that starts a server of BUILDS for this test alone.

    The test may kill `node.pid`; whatever it leaves there goes with the server.
    """
    with contextlib.ExitStack() as held:

        def start(name: str = "opensearch") -> Search:
            try:
                node = held.enter_context(share(name, tmp_path))
            except Missing as missing:
                pytest.skip(str(missing))
            return Search(_with_root(held, node), "own-")

        yield start


@pytest.fixture(scope="session")
def emulator() -> Iterator[OsmemServer]:
    """Run the emulator; its package has such a fixture too, which leaves a pipe open."""
    server = OsmemServer.start(japanese=False)
    yield server
    server.close()
    if server.process.stdout:
        server.process.stdout.close()


@pytest.fixture
def quick_search(emulator: OsmemServer) -> Iterator[Search]:
    """Give an emulator of OpenSearch 3 with nothing in it, for this test alone.

    It has no data streams, no templates' every option and no refresh delay: no proof by itself.
    """
    clone = emulator.clone()
    version = call(clone.url, "GET", "/")["version"]["number"]
    yield Search(Node(clone.url, "opensearch", version, 0, ""), "quick-")
    clone.close()


@pytest.fixture
def spoilt(search: Search) -> Iterator[Proxy]:
    """Give a proxy in front of the server of `search`, which can spoil answers."""
    with Proxy(search.url) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Give certificates: an authority's, a server's for localhost, a client's, and strangers'."""
    return certificates(tmp_path_factory.mktemp("certificates"))
