"""The stand-in for CloudWatch Logs as a pytest fixture."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from logs_service import LogsService

__all__ = ["cloudwatch", "running"]


@contextlib.contextmanager
def running() -> Iterator[LogsService]:
    """Run an empty service, and fail at its end where a violation was not expected."""
    with LogsService() as service:
        yield service
    assert not service.violations, "\n".join(service.violations)


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[LogsService]:
    """Give an empty service, and an environment that leads to it.

    Fails the test when a request broke the service's rules, unless that was expected with
    `with cloudwatch.expecting(regex)`.
    """
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_LOGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with running() as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL", service.url)
        yield service
