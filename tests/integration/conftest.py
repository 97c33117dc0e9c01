"""A moto server in this process, reached over a real socket, with faults in front of it."""

from __future__ import annotations

import contextlib
import logging
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import botocore.session
import pytest
from faults import FaultyApplication
from logs_fixtures import cloudwatch  # noqa: F401 - a fixture is known where it is imported
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from search_fixtures import (  # noqa: F401 - as above
    _shared,
    authority,
    emulator,
    own_search,
    quick_search,
    search,
    search_server,
    spoilt,
)
from werkzeug.serving import WSGIRequestHandler, make_server

from slsloggrep.sources.base import Settings


class _QuietHandler(WSGIRequestHandler):
    """Says nothing, and closes the connection when an application fails in mid-body."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        return

    def run_wsgi(self) -> None:
        with contextlib.suppress(ConnectionAbortedError):
            super().run_wsgi()


@dataclass
class FakeAws:
    """Where the server listens, and what stands in front of it."""

    url: str
    application: FaultyApplication

    def client(self, service: str):  # type: ignore[no-untyped-def] # botocore makes classes at run time
        """Return a plain client that prepares a test's data."""
        return botocore.session.Session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@pytest.fixture(scope="session")
def _server() -> Iterator[FakeAws]:
    application = FaultyApplication(DomainDispatcherApplication(create_backend_app))
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield FakeAws(f"http://127.0.0.1:{server.server_port}", application)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def aws(_server: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """Give a server without data and faults, and an environment with credentials for it."""
    _server.application.reset()
    request = urllib.request.Request(f"{_server.url}/moto-api/reset", method="POST")
    urllib.request.urlopen(request).close()
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    _server.application.reset()
    yield _server
    _server.application.reset()


@pytest.fixture
def bucket(aws: FakeAws) -> Callable[[dict[str, bytes]], str]:
    """Give a function that fills the bucket `logs` with objects, and returns its URL."""
    client = aws.client("s3")

    def fill(objects: dict[str, bytes], name: str = "logs") -> str:
        client.create_bucket(Bucket=name)
        # Straight into the server, which runs in this process: ten times as fast as requests.
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for key, body in objects.items():
            backend.put_object(name, key, body)
        aws.application.reset()
        return f"s3://{name}"

    return fill


@pytest.fixture
def settings(aws: FakeAws) -> Settings:
    """Give settings that lead to the server."""
    return Settings(now=1_700_000_000_000, endpoint_url=aws.url)
