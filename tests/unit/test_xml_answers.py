"""Answers of STS, CloudFormation and S3, and what else comes in their place."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, IncompleteReadError

from slsloggrep.sources.aws_errors import GarbledError
from slsloggrep.sources.xml_answers import watch_xml

NAMESPACE = 'xmlns="http://example.com/doc/"'
LISTING = f"<ListBucketResult {NAMESPACE}><IsTruncated>false</IsTruncated></ListBucketResult>"
WHO = (
    f"<GetCallerIdentityResponse {NAMESPACE}><GetCallerIdentityResult><Account>1</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)
PAGES = ["<html>login</html>", "<!doctype html><br><p>Sign in", "", "{}", "\xff\0"]
CALLS = {
    "s3": ("ListObjectsV2", LISTING, {"Bucket": "bucket"}),
    "sts": ("GetCallerIdentity", WHO, {}),
}


class Raw:
    """What came over the wire."""

    def __init__(self, content: bytes) -> None:
        self.content = content


class Response:
    """In the place of what botocore makes of an answer of HTTP."""

    def __init__(self, status: int, body: str, announced: int | None) -> None:
        self.status_code = status
        self.content = body.encode("latin-1")
        length = len(self.content) if announced is None else announced
        self.headers = {"content-length": str(length)}
        self.raw = self.text = None


@lru_cache
def client_of(service: str) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("x", "y")
    client = session.create_client(service, region_name="eu-west-1")
    watch_xml(client)
    return client


def answer(service: str, body: str, *, status: int = 200, announced: int | None = None) -> Any:
    """Return what a client makes of an answer."""
    operation, _, given = CALLS[service]
    client = client_of(service)
    served = Response(status, body, announced)
    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}"
    client.meta.events.register(event, lambda **_: served, unique_id="served")
    try:
        return client._make_api_call(operation, given)
    finally:
        client.meta.events.unregister(event, unique_id="served")


@pytest.mark.parametrize("service", CALLS)
def test_an_answer_is_left_as_it_is(service: str) -> None:
    """Whatever stands behind it; an empty element is whole, too."""
    _, whole, _ = CALLS[service]
    assert answer(service, f'<?xml version="1.0"?>\n{whole}\n')
    if service == "s3":
        assert "Contents" not in answer(service, f"<ListBucketResult {NAMESPACE}/>")


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_no_answer(service: str, page: str) -> None:
    """Least of all one that there is nothing."""
    # What is no XML at all, botocore takes for an error within S3.
    with pytest.raises(GarbledError if service == "sts" else (GarbledError, ClientError)):
        answer(service, page)


def test_half_an_answer_is_told_from_none() -> None:
    """It may be whole when it is asked for again."""
    with pytest.raises(IncompleteReadError):
        answer("sts", WHO[:40], announced=len(WHO))


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("page", PAGES[:2])
def test_what_a_proxy_forbids_is_no_missing_permission(service: str, page: str) -> None:
    """Its page is no word of the service's; what may pass stays an error that may."""
    with pytest.raises(GarbledError):
        answer(service, page, status=403)
    with pytest.raises(ClientError):
        answer(service, page, status=429)


@pytest.mark.parametrize("body", PAGES[2:])
def test_an_error_without_words_is_one(body: str) -> None:
    """With what words there are, harmless, instead of a defect."""
    with pytest.raises(ClientError) as caught:
        answer("sts", body, status=403)
    error = caught.value.response["Error"]
    assert error["Code"] == "403"
    assert error["Message"].isprintable()


def test_an_error_of_the_service_keeps_its_words() -> None:
    """Both as STS writes them, and as S3 does under a status of success."""
    error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    with pytest.raises(ClientError, match=r"\(AccessDenied\).*: no"):
        answer("sts", f"<ErrorResponse>{error}</ErrorResponse>", status=403)
    with pytest.raises(ClientError, match=r"\(AccessDenied\).*: no"):
        answer("s3", error)
