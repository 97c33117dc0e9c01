"""Documents into S3: whole, encrypted as asked, never public, never over another one unawares."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.sending import objects
from slsloggrep.sending.objects import BucketObject, Encryption
from slsloggrep.sources.aws import Patience
from slsloggrep.sources.base import Settings

URL = "s3://reports/incidents/a report+1.html"
KEY = "incidents/a report+1.html"
BODY = [b"<p>", "é".encode(), b"</p>"]


@pytest.fixture
def reports(aws: Any) -> Any:
    """Give a client that sees what is in the bucket."""
    client = aws.client("s3")
    client.create_bucket(Bucket="reports")
    aws.application.reset()
    return client


@pytest.fixture
def place(aws: Any, reports: Any, settings: Settings) -> Callable[..., BucketObject]:
    """Give a function that makes a place for an object."""

    def make(url: str = URL, **attributes: Any) -> BucketObject:
        patience = Patience(base=0.001, longest=0.01)
        return BucketObject(url, settings, **{"force": False, "patience": patience, **attributes})

    return make


def puts(seen: Any) -> bool:
    return bool(seen.method == "PUT" and seen.key == KEY)


def test_an_object_is_put_whole(aws: Any, reports: Any, place: Any) -> None:
    """All bytes, with their type and a checksum, under the key as it was typed; without an ACL."""
    target = place()
    target.check()
    assert target.put(BODY, "text/html; charset=utf-8") == "the server names no encryption"
    found = reports.get_object(Bucket="reports", Key=KEY)
    assert found["Body"].read() == b"".join(BODY)
    assert found["ContentType"] == "text/html; charset=utf-8"
    (put,) = [seen for seen in aws.application.requests if puts(seen)]
    digest = hashlib.md5(b"".join(BODY)).digest()
    assert put.headers["content-md5"] == base64.b64encode(digest).decode()
    assert put.headers["if-none-match"] == "*"
    assert "x-amz-acl" not in put.headers
    assert not [name for name in put.headers if name.startswith(("x-amz-grant", "x-amz-server"))]
    (owner,) = reports.get_object_acl(Bucket="reports", Key=KEY)["Grants"]
    assert owner["Grantee"]["Type"] == "CanonicalUser"


def test_an_object_that_exists_stays(reports: Any, place: Any) -> None:
    """It is refused before the work; with --force it is replaced."""
    reports.put_object(Bucket="reports", Key=KEY, Body=b"theirs")
    with pytest.raises(UsageError, match="exists") as refused:
        place().check()
    assert "--force" in (refused.value.hint or "")
    with pytest.raises(UsageError, match="exists"):
        place().put(BODY, "text/html")
    assert reports.get_object(Bucket="reports", Key=KEY)["Body"].read() == b"theirs"
    target = place(force=True)
    target.check()
    target.put(BODY, "text/html")
    assert reports.get_object(Bucket="reports", Key=KEY)["Body"].read() == b"".join(BODY)


def test_an_object_that_comes_meanwhile_stays(aws: Any, reports: Any, place: Any) -> None:
    """The server itself refuses to write over what came after the last look."""

    def come() -> None:
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object("reports", KEY, b"theirs")

    aws.application.inject(puts, before=come)
    with pytest.raises(UsageError, match="exists"):
        place().put(BODY, "text/html")
    assert reports.get_object(Bucket="reports", Key=KEY)["Body"].read() == b"theirs"


def test_a_server_without_conditions_is_asked_again(aws: Any, reports: Any, place: Any) -> None:
    """Where If-None-Match is not implemented, the object is put without it, once looked for."""
    aws.application.inject(
        lambda seen: puts(seen) and "if-none-match" in seen.headers,
        status="501 Not Implemented",
        code="NotImplemented",
    )
    place().put(BODY, "text/html")
    assert [seen.method for seen in aws.application.requests] == ["HEAD", "PUT", "PUT"]
    assert reports.get_object(Bucket="reports", Key=KEY)["Body"].read() == b"".join(BODY)


def test_a_server_that_passes_over_conditions_is_not_trusted(
    aws: Any, reports: Any, place: Any
) -> None:
    """What is there right before is seen even where the server would write over it."""
    target = place()
    target.check()
    reports.put_object(Bucket="reports", Key=KEY, Body=b"theirs")
    aws.application.requests.clear()
    with pytest.raises(UsageError, match="exists"):
        target.put(BODY, "text/html")
    assert not [seen for seen in aws.application.requests if puts(seen)]


@pytest.mark.parametrize(
    ("encryption", "headers", "said"),
    [
        (Encryption(algorithm="AES256"), {"x-amz-server-side-encryption": "AES256"}, "AES256"),
        (Encryption(algorithm="aws:kms"), {"x-amz-server-side-encryption": "aws:kms"}, "aws:kms"),
        (
            Encryption(algorithm="aws:kms", key_id="alias/reports"),
            {
                "x-amz-server-side-encryption": "aws:kms",
                "x-amz-server-side-encryption-aws-kms-key-id": "alias/reports",
            },
            "aws:kms, key alias/reports",
        ),
    ],
)
def test_encryption_is_what_was_asked_for(
    aws: Any, place: Any, encryption: Encryption, headers: dict[str, str], said: str
) -> None:
    """The algorithm and the key go along, and the answer says which it became."""
    told = place(encryption=encryption).put(BODY, "text/html")
    (put,) = [seen for seen in aws.application.requests if puts(seen)]
    assert headers.items() <= put.headers.items()
    assert told.startswith(f"encrypted with {said}")


def test_without_a_wish_the_bucket_decides(reports: Any, place: Any) -> None:
    """The bucket's default encryption is used and told."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms",
                                                   "KMSMasterKeyID": "alias/own"}}  # fmt: skip
    reports.put_bucket_encryption(
        Bucket="reports", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    assert place().put(BODY, "text/html").startswith("encrypted with aws:kms, key alias/own")


def test_a_public_bucket_is_refused(reports: Any, place: Any) -> None:
    """What everybody may read is no place for logs, with --force either."""
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                 "Resource": "arn:aws:s3:::reports/*"}  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    reports.put_bucket_policy(Bucket="reports", Policy=policy)
    for force in (False, True):
        with pytest.raises(UsageError, match="public") as refused:
            place(force=force).check()
        assert refused.value.hint


def test_what_may_not_be_looked_at_may_be_written(aws: Any, reports: Any, place: Any) -> None:
    """Credentials that may put and nothing else are enough: the server still does not replace."""
    for sort in ("HEAD", "GET"):
        aws.application.inject(
            lambda seen, sort=sort: seen.method == sort, status="403 Forbidden", code="AccessDenied"
        )
    target = place()
    target.check()
    target.put(BODY, "text/html")
    with pytest.raises(UsageError, match="exists"):
        place().put(BODY, "text/html")


@pytest.mark.parametrize(
    ("status", "code", "message", "expected", "hint"),
    [
        ("403 Forbidden", "AccessDenied", "no", "s3:PutObject on arn:aws:s3:::reports/incidents",
         "allow s3:PutObject"),
        ("403 Forbidden", "AccessDenied", "not authorized to perform: kms:GenerateDataKey on x",
         "cannot be encrypted", "allow kms:GenerateDataKey on the bucket's KMS key"),
        ("400 Bad Request", "KMS.DisabledException", "off", "cannot be encrypted", "--sse"),
        ("403 Forbidden", "InvalidAccessKeyId", "no", "access key is not known", "--profile"),
        ("403 Forbidden", "SignatureDoesNotMatch", "no", "secret key is wrong", "--profile"),
        ("400 Bad Request", "ExpiredToken", "no", "have expired", "fetch new ones"),
        ("404 Not Found", "NoSuchBucket", "no", "there is no bucket 'reports'", "--endpoint-url"),
    ],
)  # fmt: skip
def test_refusals_say_what_to_try(
    aws: Any, place: Any, status: str, code: str, message: str, expected: str, hint: str
) -> None:
    """A denied action is named with its resource; keys, secrets and tokens are told apart."""
    aws.application.inject(puts, status=status, code=code, message=message)
    with pytest.raises(SourceError, match=expected) as refused:
        place().put(BODY, "text/html")
    assert hint in (refused.value.hint or "")
    assert refused.value.message.startswith(URL)


def test_a_bucket_that_is_not_there_is_told_before_the_work(place: Any) -> None:
    """A slip in the bucket's name does not cost an investigation."""
    with pytest.raises(SourceError, match="there is no bucket 'report'"):
        place("s3://report/x.html").check()
    with pytest.raises(SourceError, match="is not a bucket's name"):
        place("s3://No_Bucket!/x.html").check()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("403 Forbidden", "InvalidAccessKeyId", "access key is not known"),
        ("403 Forbidden", "SignatureDoesNotMatch", "secret key is wrong"),
        ("400 Bad Request", "ExpiredToken", "have expired"),
    ],
)
def test_wrong_credentials_are_told_before_the_work(
    aws: Any, place: Any, status: str, code: str, expected: str
) -> None:
    """They are told from rights that are missing, although a HEAD has no body that names them."""
    aws.application.inject(lambda seen: True, status=status, code=code)
    with pytest.raises(SourceError, match=expected):
        place().check()


def test_no_credentials_are_told_before_the_work(
    reports: Any, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has none hears it at once."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(SourceError, match="no AWS credentials"):
        place().check()


def test_a_busy_server_gets_all_of_it_again(
    aws: Any, reports: Any, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused for a moment is sent again from its first byte, from disk as well."""
    monkeypatch.setattr(objects, "_IN_MEMORY", 1_000)
    aws.application.inject(puts, times=2, status="503 Slow Down", code="SlowDown")
    body = [b"x" * 700, b"y" * 700]
    place().put(body, "text/html")
    assert reports.get_object(Bucket="reports", Key=KEY)["Body"].read() == b"".join(body)


def test_of_two_that_conflict_one_comes_again(aws: Any, reports: Any, place: Any) -> None:
    """A conflict is no refusal yet: the request is sent once more, and then it counts."""
    aws.application.inject(puts, times=1, status="409 Conflict", code="ConditionalRequestConflict")
    place().put(BODY, "text/html")
    aws.application.inject(puts, status="409 Conflict", code="ConditionalRequestConflict")
    with pytest.raises(UsageError, match="exists"):
        place().put(BODY, "text/html")


def test_what_one_request_cannot_take_is_refused(
    aws: Any, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than 5 GB is told, and nothing is sent."""
    monkeypatch.setattr(objects, "LARGEST", 5)
    with pytest.raises(UsageError, match="more than one PutObject takes"):
        place().put(BODY, "text/html")
    assert not [seen for seen in aws.application.requests if puts(seen)]
