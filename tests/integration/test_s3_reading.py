"""Objects come whole over a real socket, whatever the network does to them on the way."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace

import pytest

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.sources import s3, s3_reader
from slsloggrep.sources.aws import Patience
from slsloggrep.sources.s3 import Location, S3Store, parse_url

QUICK = Patience(attempts=6, seconds=20, base=0.01, longest=0.05)
BODY = random.Random(2).randbytes(3 << 20)
NAME = "2024/01/02/03/stream-1-2024-01-02-03-04-05-0a1b2c3d-1111-2222-3333-444455556666"


def open_store(url: str, settings, patience: Patience = QUICK) -> S3Store:
    return S3Store(url, settings, patience=patience)


def read_all(store: S3Store) -> dict[str, bytes]:
    found = {}
    for stored in store.list(None, None):
        with store.open(stored) as reader:
            found[stored.name] = reader.read()
    return found


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every object of more than 256 kB a very large one."""
    monkeypatch.setattr(s3, "WHOLE", 256 << 10)
    defaults = {"part": 200_000, "ahead": 3}
    monkeypatch.setattr(s3_reader.RangeReader.__init__, "__kwdefaults__", defaults)


def test_an_object_is_read_with_one_request(bucket, settings, aws) -> None:
    """Listing one object and reading it costs two requests, and the count says so."""
    store = open_store(bucket({NAME: BODY}), settings)
    assert read_all(store) == {NAME: BODY}
    assert store.requests == 2 == len(aws.application.requests)


def test_names_of_every_kind_come_back(bucket, settings) -> None:
    """Names with spaces, signs, escapes and other scripts are listed and read as they are."""
    names = ["a b+c%20d/é&=?#.gz", "2024/02/13/[$LATEST]abc", "<x>'\".gz", "日本/ログ.gz"]
    store = open_store(bucket({name: name.encode() for name in names}), settings)
    assert read_all(store) == {name: name.encode() for name in names}


def test_a_very_large_object_is_read_in_ranges_of_one_version(
    bucket, settings, aws, small_parts
) -> None:
    """Ranges join to the object, and all after the first ask for the version begun with."""
    store = open_store(bucket({NAME: BODY}), settings)
    assert read_all(store) == {NAME: BODY}
    gets = [seen for seen in aws.application.requests if seen.gets]
    assert len(gets) == -(-len(BODY) // 200_000)
    assert sum("if-match" in seen.headers for seen in gets) >= len(gets) - 3


def test_a_very_large_object_that_is_replaced_is_not_mixed(
    bucket, settings, aws, small_parts
) -> None:
    """A new version in the middle of reading is an OSError that says so, never a mixture."""
    store = open_store(bucket({NAME: BODY}), settings)
    (stored,) = store.list(None, None)
    with store.open(stored) as reader:
        assert reader.read(10) == BODY[:10]
        aws.client("s3").put_object(Bucket="logs", Key=NAME, Body=BODY[::-1])
        with pytest.raises(OSError, match="replaced while it was read"):
            reader.read()


@pytest.mark.parametrize("cut", [0, 1, 700_000])
def test_a_cut_connection_goes_on_where_it_was_cut(bucket, settings, aws, cut) -> None:
    """A body that ends too early is continued with a range, not taken for the whole."""
    store = open_store(bucket({NAME: BODY}), settings)
    fault = aws.application.inject(lambda seen: seen.gets, times=3, cut_after=cut)
    assert read_all(store) == {NAME: BODY}
    assert fault.hits == 3


def test_cut_ranges_go_on_where_they_were_cut(bucket, settings, aws, small_parts) -> None:
    """The same holds for the ranges of a very large object."""
    store = open_store(bucket({NAME: BODY}), settings)
    aws.application.inject(lambda seen: seen.gets, times=9, cut_after=70_000)
    assert read_all(store) == {NAME: BODY}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("503 Slow Down", "SlowDown"),
        ("500 Internal Server Error", "InternalError"),
        ("502 Bad Gateway", ""),
        ("429 Too Many Requests", "TooManyRequestsException"),
        ("400 Bad Request", "RequestTimeout"),
    ],
)
def test_transient_failures_are_waited_out(bucket, settings, aws, status, code) -> None:
    """Throttling and server errors slow listing and reading down, and never end them."""
    store = open_store(bucket({NAME: BODY}), settings)
    aws.application.inject(lambda seen: seen.lists, times=4, status=status, code=code)
    aws.application.inject(lambda seen: seen.gets, times=4, status=status, code=code)
    assert read_all(store) == {NAME: BODY}
    assert store.requests == 10


def test_a_slow_answer_is_asked_for_again(bucket, settings, aws, monkeypatch) -> None:
    """An answer that does not come within the timeout is asked for anew."""
    monkeypatch.setattr("slsloggrep.sources.aws.READ_TIMEOUT", 0.5)
    store = open_store(bucket({NAME: BODY}), settings)
    aws.application.inject(lambda seen: seen.gets, times=2, delay=1.5)
    assert read_all(store) == {NAME: BODY}


def test_an_object_that_stays_unavailable_is_a_gap(bucket, settings, aws) -> None:
    """After all attempts the one object fails with its reason; the others are read."""
    store = open_store(bucket({"bad": b"1", "good": b"2"}), settings)
    aws.application.inject(
        lambda seen: seen.gets and seen.key == "bad", status="503 x", code="SlowDown"
    )
    by_name = {stored.name: stored for stored in store.list(None, None)}
    with pytest.raises(OSError, match="SlowDown"):
        store.open(by_name["bad"])
    assert store.open(by_name["good"]).read() == b"2"


@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        ("403 Forbidden", "InvalidObjectState", "x", "must be restored"),
        ("404 Not Found", "NoSuchKey", "x", "deleted after it was listed"),
        ("403 Forbidden", "AccessDenied", "Access Denied", "s3:GetObject"),
        (
            "403 Forbidden",
            "AccessDenied",
            "not authorized to perform: kms:Decrypt on this resource",
            "kms:Decrypt",
        ),
        ("400 Bad Request", "KMS.DisabledException", "the key is disabled", "kms:Decrypt"),
        ("400 Bad Request", "Odd", "something\nnew", "Odd: something new"),
    ],
)
def test_one_bad_object_of_many_is_a_gap(
    bucket, settings, aws, status, code, message, expected
) -> None:
    """What is wrong with one object is that object's OSError, at once, on one line."""
    store = open_store(bucket({"bad": b"1", "good": b"2"}), settings)
    aws.application.inject(
        lambda seen: seen.gets and seen.key == "bad", status=status, code=code, message=message
    )
    by_name = {stored.name: stored for stored in store.list(None, None)}
    with pytest.raises(OSError, match=expected) as caught:
        store.open(by_name["bad"])
    assert "\n" not in str(caught.value)
    assert store.open(by_name["good"]).read() == b"2"


def test_an_object_deleted_meanwhile_is_a_gap(bucket, settings, aws) -> None:
    """Listed, then deleted: an OSError, for the object only."""
    store = open_store(bucket({NAME: BODY}), settings)
    (stored,) = store.list(None, None)
    aws.client("s3").delete_object(Bucket="logs", Key=NAME)
    with pytest.raises(OSError, match="deleted"):
        store.open(stored)


def test_all_objects_denied_make_the_source_unusable(bucket, settings, aws) -> None:
    """If no object at all may be read, the missing permission is named once, for the source."""
    store = open_store(bucket({"a": b"1", "b": b"2", "c": b"3"}), settings)
    aws.application.inject(lambda seen: seen.gets, status="403 Forbidden", code="AccessDenied")
    outcomes = []
    for stored in store.list(None, None):
        with pytest.raises((OSError, SourceError)) as caught:
            store.open(stored)
        outcomes.append(caught.value)
    assert all(isinstance(outcome, OSError) for outcome in outcomes[:-1])
    assert isinstance(outcomes[-1], SourceError)
    assert "s3:GetObject on arn:aws:s3:::logs/* is missing" in outcomes[-1].message


@pytest.mark.parametrize(
    ("status", "code", "expected", "hint"),
    [
        ("403 Forbidden", "AccessDenied", "s3:ListBucket on arn:aws:s3:::logs is missing", "allow"),
        ("404 Not Found", "NoSuchBucket", "there is no bucket 'logs'", "endpoint"),
        ("400 Bad Request", "ExpiredToken", "credentials have expired", "aws sso login"),
        ("403 Forbidden", "InvalidAccessKeyId", "access key is not known", "AWS_ACCESS_KEY_ID"),
        ("403 Forbidden", "SignatureDoesNotMatch", "secret key is wrong", "AWS_SECRET"),
        ("403 Forbidden", "RequestTimeTooSkewed", "clock is wrong", "NTP"),
        ("400 Bad Request", "InvalidToken", "session token is wrong", "AWS_SESSION_TOKEN"),
    ],
)
def test_what_prevents_listing_is_one_line_with_a_hint(
    bucket, settings, aws, status, code, expected, hint
) -> None:
    """Each reason why a bucket cannot be used has its own words, and what to try."""
    store = open_store(bucket({"a": b"1"}), settings)
    aws.application.inject(lambda seen: seen.lists, status=status, code=code)
    with pytest.raises(SourceError) as caught:
        list(store.list(None, None))
    assert expected in caught.value.message
    assert "\n" not in caught.value.message
    assert hint in (caught.value.hint or "")
    assert store.requests == 1


def test_expired_credentials_end_reading(bucket, settings, aws) -> None:
    """Credentials that expire meanwhile concern the source, not one object."""
    store = open_store(bucket({"a": b"1"}), settings)
    (stored,) = store.list(None, None)
    aws.application.inject(lambda seen: seen.gets, status="400 Bad", code="ExpiredToken")
    with pytest.raises(SourceError, match="expired"):
        store.open(stored)


def test_no_such_bucket(aws, settings) -> None:
    """A bucket that the server does not know is named."""
    with pytest.raises(SourceError, match="there is no bucket 'nowhere'"):
        list(open_store("s3://nowhere", settings).list(None, None))


def test_a_bad_bucket_name(aws, settings) -> None:
    """A name that no bucket can have is refused without a request."""
    store = open_store("s3://bad bucket!", settings)
    with pytest.raises(SourceError, match="'bad bucket!' is not a bucket's name"):
        list(store.list(None, None))
    assert store.requests == 0


def test_a_prefix_that_nothing_has(bucket, settings) -> None:
    """A mistyped prefix is an error, not an empty answer; an empty bucket is an empty answer."""
    url = bucket({"logs/a": b"1"})
    with pytest.raises(SourceError, match="begins with 'lgos'"):
        list(open_store(f"{url}/lgos", settings).list(None, None))
    empty = bucket({}, name="empty")
    assert list(open_store(empty, settings).list(None, None)) == []
    assert list(open_store(empty, settings).list(1, 2)) == []


def test_no_credentials(bucket, settings, monkeypatch) -> None:
    """Without credentials the line says so, with the ways to get them."""
    url = bucket({"a": b"1"})
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(SourceError, match="no AWS credentials were found") as caught:
        list(open_store(url, settings).list(None, None))
    assert "aws configure" in (caught.value.hint or "")
    assert "AWS_PROFILE" in (caught.value.hint or "")
    assert [s.name for s in open_store(f"{url}?anonymous", settings).list(None, None)] == ["a"]


def test_no_such_profile(aws, settings, monkeypatch) -> None:
    """A profile that is not configured is named, wherever its name comes from."""
    with pytest.raises(SourceError, match="'ghost' is not configured"):
        open_store("s3://logs", replace(settings, profiles=("ghost",)))
    monkeypatch.setenv("AWS_PROFILE", "phantom")
    with pytest.raises(SourceError, match="'phantom' is not configured"):
        open_store("s3://logs", settings)


def test_an_expired_sso_login(aws, settings, tmp_path, monkeypatch) -> None:
    """An SSO profile without a valid login tells the command that logs in."""
    config = tmp_path / "config"
    config.write_text(
        "[profile work]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
        "region = us-east-1\n[sso-session s]\nsso_region = us-east-1\n"
        "sso_start_url = https://example.invalid/start\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(SourceError, match="has expired") as caught:
        list(open_store("s3://logs", replace(settings, profiles=("work",))).list(None, None))
    assert caught.value.hint == "aws sso login --profile work"


def test_an_endpoint_that_does_not_answer_is_told_soon(aws, settings) -> None:
    """Nobody waits a minute for an address where nothing has ever answered."""
    store = open_store(
        "s3://logs", replace(settings, endpoint_url="http://127.0.0.1:9"), Patience()
    )
    started = time.monotonic()
    with pytest.raises(SourceError, match="does not answer") as caught:
        list(store.list(None, None))
    assert "--endpoint-url" in (caught.value.hint or "")
    assert time.monotonic() - started < 5


def test_a_malformed_endpoint(aws, settings) -> None:
    """An endpoint that is no URL is an error of the source."""
    with pytest.raises(SourceError, match="nonsense"):
        open_store("s3://logs", replace(settings, endpoint_url="nonsense"))


def test_a_role_is_assumed_with_the_given_credentials(bucket, settings, aws) -> None:
    """--role-arn: requests are signed with the keys that STS gave for the role."""
    role = "arn:aws:iam::123456789012:role/reader"
    store = open_store(bucket({NAME: BODY}), replace(settings, role_arn=role))
    assert read_all(store) == {NAME: BODY}
    keys = [
        seen.headers["authorization"].split("Credential=")[1].split("/")[0]
        for seen in aws.application.requests
    ]
    assert keys[0] == "test"
    assert all(key.startswith("ASIA") for key in keys[1:])
    assert store.requests == 3


def test_a_role_that_is_denied_is_named(bucket, settings, aws) -> None:
    """A denied role names sts:AssumeRole and the role, not S3."""
    role = "arn:aws:iam::123456789012:role/reader"
    store = open_store(bucket({NAME: BODY}), replace(settings, role_arn=role))
    aws.application.inject(
        lambda seen: seen.method == "POST", status="403 Forbidden", code="AccessDenied"
    )
    with pytest.raises(SourceError, match=f"sts:AssumeRole on {role} is missing"):
        list(store.list(None, None))


def test_an_endpoint_from_the_environment_is_used(bucket, settings, aws, monkeypatch) -> None:
    """AWS_ENDPOINT_URL works as --endpoint-url does."""
    url = bucket({NAME: BODY})
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", aws.url.replace("127.0.0.1", "localhost"))
    assert read_all(open_store(url, replace(settings, endpoint_url=None))) == {NAME: BODY}


def test_the_requester_pays_only_when_told(bucket, settings, aws) -> None:
    """Requests agree to be paid for only with `?requester-pays`."""
    url = bucket({NAME: BODY})
    read_all(open_store(url, settings))
    read_all(open_store(f"{url}?requester-pays", settings))
    payers = [seen.headers.get("x-amz-request-payer") for seen in aws.application.requests]
    assert payers == [None, None, "requester", "requester"]


def test_closing_ends_pauses(bucket, settings, aws) -> None:
    """After close nothing is repeated any more."""
    store = open_store(bucket({NAME: BODY}), settings, Patience(base=30, longest=30))
    (stored,) = store.list(None, None)
    aws.application.inject(
        lambda seen: seen.gets, status="503 x", code="SlowDown", before=store.close
    )
    started = time.monotonic()
    with pytest.raises(OSError, match="SlowDown"):
        store.open(stored)
    assert time.monotonic() - started < 5


def test_cancelling_ends_pauses(bucket, settings, aws) -> None:
    """Ctrl-C need not wait until a throttled bucket answers."""
    cancelled = threading.Event()
    patient = Patience(base=30, longest=30)
    store = open_store(bucket({NAME: BODY}), replace(settings, cancelled=cancelled.is_set), patient)
    aws.application.inject(lambda seen: seen.lists, status="503 x", code="SlowDown")
    threading.Timer(0.5, cancelled.set).start()
    started = time.monotonic()
    with pytest.raises(SourceError, match="SlowDown"):
        list(store.list(None, None))
    assert time.monotonic() - started < 5


def test_urls() -> None:
    """A prefix is text; what names no bucket is a usage error."""
    assert parse_url("s3://b") == Location("b", "")
    assert parse_url("s3://b/") == Location("b", "")
    assert parse_url("s3://b/logs2024/?x") == Location("b", "logs2024/?x")
    assert parse_url("s3://b/p?anonymous=1") == Location("b", "p", anonymous=True)
    assert parse_url("s3://b?requester-pays") == Location("b", "", requester_pays=True)
    point = "arn:aws:s3:eu-west-1:123456789012:accesspoint/logs"
    assert parse_url(f"s3://{point}/a/b") == Location(point, "a/b")
    for bad in ("s3:", "s3://", "s3:///x", "s3:b/x"):
        with pytest.raises(UsageError, match="names no bucket"):
            parse_url(bad)


def test_a_bucket_in_another_region_is_followed(bucket, settings, aws) -> None:
    """A redirect names the bucket's region: all further requests are signed for it."""
    store = open_store(bucket({NAME: BODY}), settings)
    aws.application.inject(
        lambda seen: "/us-east-1/" in seen.headers.get("authorization", ""),
        status="301 Moved Permanently",
        code="PermanentRedirect",
        headers=(("x-amz-bucket-region", "eu-central-1"),),
    )
    assert read_all(store) == {NAME: BODY}
    regions = [
        seen.headers["authorization"].split("Credential=")[1].split("/")[2]
        for seen in aws.application.requests
    ]
    assert regions[-2:] == ["eu-central-1", "eu-central-1"]
    assert store.requests == len(regions)
