"""The S3 source: the objects of a bucket, found by time and read in parallel.

Lists and reads; credentials, patience and errors by name are `slsloggrep.sources.aws`'s, which
folders to list is `s3_listing`'s, what the bytes mean is the archive source's.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.model import Millis
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.aws import Account, Patience
from slsloggrep.sources.aws_errors import (
    AWS_ERRORS,
    code_of,
    concerns_account,
    is_denied,
    is_transient,
    words_of,
)
from slsloggrep.sources.base import Settings, Source
from slsloggrep.sources.layout import arrival
from slsloggrep.sources.s3_listing import Page, Window, walk
from slsloggrep.sources.s3_reader import RangeReader
from slsloggrep.sources.store import StoredObject

if TYPE_CHECKING:
    from slsloggrep.model.checks import Check

CONCURRENCY = 16
"""Reads at once. S3 serves at least 5,500 GET/s per prefix; a connection gives some 50 MB/s."""

WHOLE = 16 << 20
"""Bytes up to which an object is read with one request, and held."""

_CHUNK = 1 << 20
_PARTIAL_CONTENT = 206
_BUCKET = re.compile(
    r"s3://(?P<bucket>arn:[^:/]+:s3[^:/]*:[^:/]*:[^:/]*:[a-z]+[:/][^/]+|[^/]+)(?:/(?P<prefix>.*))?",
    re.DOTALL,
)
_OPTION = re.compile(r"\?(anonymous|requester-pays)(?:=1)?$")
_OWN_HOSTS = re.compile(r"https://[^/]*\.(?:amazonaws\.com(?:\.cn)?|api\.aws)(?:/|$)")


class Location(NamedTuple):
    """What a URL names."""

    bucket: str
    """A bucket's name, or the ARN of an access point."""
    prefix: str
    anonymous: bool = False
    """Requests are not signed: a public bucket."""
    requester_pays: bool = False
    """The user agrees to pay for the requests."""


def parse_url(url: str) -> Location:
    """Return what `s3://bucket[/prefix]` names, with `?anonymous` or `?requester-pays` behind it.

    The prefix is text, as S3 has it: `s3://b/logs` is what begins with `logs`, be it `logs/…` or
    `logs2024/…`. Raises UsageError where no bucket is named.
    """
    option = _OPTION.search(url)
    named = _BUCKET.fullmatch(url[: option.start()] if option else url)
    if named is None:
        raise UsageError(f"'{url}' names no bucket", hint="write s3://BUCKET or s3://BUCKET/PREFIX")
    return Location(
        named["bucket"],
        named["prefix"] or "",
        anonymous=bool(option and option[1] == "anonymous"),
        requester_pays=bool(option and option[1] == "requester-pays"),
    )


def open_s3(url: str, settings: Settings) -> Source:
    """Return the source that reads `s3://bucket[/prefix]`.

    Nothing is asked of the bucket yet. Raises UsageError for a URL without a bucket, SourceError
    for a profile, region or endpoint that cannot be.
    """
    return ArchiveSource(S3Store(url, settings), settings)


class S3Store:
    """The objects of one bucket under one prefix; an `archive.Store`."""

    def __init__(self, url: str, settings: Settings, *, patience: Patience | None = None) -> None:
        self.name = url
        self.concurrency = CONCURRENCY
        self.opens_anywhere = False
        self.requests = 0
        self.notes: tuple[str, ...] = ()
        self._location = parse_url(url)
        self._late = settings.late
        self._role = settings.role_arn
        self._lock = Lock()
        self._account = Account(
            url,
            settings,
            anonymous=self._location.anonymous,
            patience=patience,
            on_request=self._count_request,
        )
        self._client = self._connect(settings)
        self._pool: ThreadPoolExecutor | None = None
        self._listed: int | None = None
        """How many objects there are to read; None while the listing goes on."""
        self._denied: set[str] = set()
        self._was_read = False

    def list(self, since: Millis | None, until: Millis | None) -> Iterator[StoredObject]:
        """Yield the objects that may hold events of the window, lateness allowed for.

        Raises SourceError where the bucket cannot be listed, or nothing at all has the prefix.
        """
        self._listed = None
        window = Window(since, until, self._late)
        found = walk(self._ask, self._location.prefix, window)
        count = 0
        waiting: StoredObject | None = None
        # One behind, so that the listing is known to have ended before its last object is read.
        for stored in found:
            if stored.size == 0 and stored.name.endswith("/"):
                continue  # the folder that a console made
            count += 1
            if waiting is not None:
                yield waiting
            waiting = stored
        self._listed = count
        if waiting is not None:
            yield waiting

    def open(self, stored: StoredObject) -> BinaryIO:
        """Return a reader at the object's first byte.

        Opening and reading raise OSError with the reason for this object: deleted or replaced since
        it was listed, archived, denied, not to be had after all attempts. They raise SourceError
        where no object can be read: credentials, network, all of them denied.
        """
        if stored.size == 0:
            return io.BytesIO()
        if stored.size <= WHOLE:
            return io.BytesIO(_Download(self, stored).fetch(0, None))
        if self._pool is None:
            with self._lock:
                self._pool = self._pool or ThreadPoolExecutor(
                    self.concurrency, thread_name_prefix="range"
                )
        reader = RangeReader(_Download(self, stored).fetch, stored.size, self._pool)
        return cast("BinaryIO", io.BufferedReader(reader, buffer_size=_CHUNK))

    def close(self) -> None:
        """Stop: pauses between attempts end at once, nothing is repeated any more."""
        self._account.stopped.set()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def get(self, **request: Any) -> dict[str, Any]:
        """Send one GetObject request of this bucket; raises what botocore raises."""
        answer: dict[str, Any] = self._client.get_object(**self.owned(request))
        return answer

    def examine(self, *, costly: bool) -> Iterator[Check]:
        """Yield what can be read of the bucket; see Examined.examine. Next to nothing costs."""
        from slsloggrep.sources.s3_examination import examine_bucket

        yield from examine_bucket(self, role=self._role)

    @property
    def account(self) -> Account:
        """The credentials and the patience with which the bucket is read."""
        return self._account

    @property
    def client(self) -> Any:
        """The client of botocore, made for the bucket's endpoint."""
        return self._client

    @property
    def location(self) -> Location:
        """What the URL names."""
        return self._location

    def refuse(self, stored: StoredObject, error: Exception) -> OSError | SourceError:
        """Return what an object's failure means: for this object only, or for the source."""
        code = code_of(error)
        if concerns_account(error) or code == "NoSuchBucket":
            return self.unusable(error, "s3:GetObject", self.arn("/*"))
        if code in ("NoSuchKey", "404"):
            return OSError("deleted after it was listed")
        if code in ("PreconditionFailed", "412", "InvalidRange"):
            return OSError("replaced while it was read")
        if code == "InvalidObjectState":
            return OSError("archived in a Glacier class: it must be restored before it can be read")
        if is_denied(error) or code.startswith("KMS."):
            return self._refuse_denied(stored, error)
        if is_transient(error):
            return OSError(f"not to be had after repeated attempts: {words_of(error)}")
        return OSError(words_of(error))

    def note_read(self) -> None:
        """Remember that objects can be read: what is denied from now on is an exception."""
        self._was_read = True

    def _refuse_denied(self, stored: StoredObject, error: Exception) -> OSError | SourceError:
        by_key = code_of(error).startswith("KMS.") or "kms" in words_of(error).lower()
        action = "kms:Decrypt" if by_key else "s3:GetObject"
        where = "the bucket's KMS key" if by_key else self.arn("/*")
        with self._lock:
            self._denied.add(stored.name)
            every = len(self._denied) in (self._listed, CONCURRENCY) and not self._was_read
        if every:
            return SourceError(
                self.name,
                f"{self.name}: access to every object is denied: {action} on {where} is missing",
                hint=f"allow {action} on {where} to these credentials",
            )
        return OSError(f"access denied: {action} is missing ({words_of(error)})")

    def _connect(self, settings: Settings) -> Any:
        def connect(style: str) -> Any:
            return self._account.client(
                "s3",
                concurrency=CONCURRENCY + 8,
                s3={"addressing_style": style},
                response_checksum_validation="when_required",
            )

        if settings.endpoint_url:
            return connect("path")
        client = connect("auto")
        # An endpoint may come from the environment or the profile, too: such hosts seldom serve
        # a name per bucket.
        return client if _OWN_HOSTS.match(client.meta.endpoint_url) else connect("path")

    def _ask(
        self, prefix: str, *, delimited: bool, token: str | None = None, after: str | None = None
    ) -> Page:
        request = {"Prefix": prefix}
        if delimited:
            request["Delimiter"] = "/"
        if token is not None:
            request["ContinuationToken"] = token
        elif after is not None:
            request["StartAfter"] = after
        try:
            answer = self._account.persist(
                lambda: self._client.list_objects_v2(**self.owned(request))
            )
        except AWS_ERRORS as error:
            raise self.unusable(error, "s3:ListBucket", self.arn("")) from error
        page = Page(
            [
                StoredObject(
                    found["Key"],
                    found["Size"],
                    int(found["LastModified"].timestamp() * 1000),
                    arrival(found["Key"]),
                )
                for found in answer.get("Contents", ())
            ],
            [folder["Prefix"] for folder in answer.get("CommonPrefixes", ())],
            answer["NextContinuationToken"] if answer.get("IsTruncated") else None,
        )
        nothing = not page.objects and not page.prefixes and page.following is None
        if nothing and prefix and prefix == self._location.prefix and after is None:
            raise SourceError(
                self.name,
                f"{self.name}: no object's name begins with '{prefix}'",
                hint=f"aws s3 ls s3://{self._location.bucket}/ shows what is there",
            )
        return page

    def unusable(self, error: Exception, action: str, resource: str) -> SourceError:
        """Return why nothing of the bucket can be read, where that is what an error means."""
        code = code_of(error)
        bucket = self._location.bucket
        if code in ("NoSuchBucket", "404"):
            return SourceError(
                self.name,
                f"{self.name}: there is no bucket '{bucket}'",
                hint="check the name and, if it is not in AWS, --endpoint-url",
            )
        invalid = type(error).__name__ == "ParamValidationError" or code == "InvalidBucketName"
        if invalid:
            return SourceError(
                self.name,
                f"{self.name}: '{bucket}' is not a bucket's name",
                hint="bucket names have 3 to 63 lower-case letters, digits, dots and hyphens",
            )
        explained = self._account.explain(error, action=action, resource=resource)
        if is_denied(error) and explained.hint and not self._location.requester_pays:
            explained.hint += "; if the requester pays, end the URL in ?requester-pays"
        return explained

    def owned(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a request with the bucket, and with who pays."""
        payer = {"RequestPayer": "requester"} if self._location.requester_pays else {}
        return {"Bucket": self._location.bucket, **request, **payer}

    def arn(self, rest: str) -> str:
        """Return the bucket's ARN, or with `/KEY` that of objects."""
        bucket = self._location.bucket
        if bucket.startswith("arn:"):
            return bucket + rest.replace("/", "/object/")
        return f"arn:{self._client.meta.partition}:s3:::{bucket}{rest}"

    def _count_request(self) -> None:
        with self._lock:
            self.requests += 1


class _Download:
    """Fetches one object, or ranges of it, of one and the same version."""

    def __init__(self, store: S3Store, stored: StoredObject) -> None:
        self._store = store
        self._stored = stored
        self._etag: str | None = None
        self._lock = Lock()

    def fetch(self, start: int, stop: int | None) -> bytes:
        """Return the bytes from `start` to before `stop`, None: to the end.

        A cut connection goes on where it was cut. Raises OSError and SourceError, like
        `S3Store.open`.
        """
        chunks: list[bytes] = []

        def go_on() -> None:
            offset = start + sum(map(len, chunks))
            if offset == stop:
                return
            request = {"Key": self._stored.name}
            if offset or stop is not None:
                request["Range"] = f"bytes={offset}-{'' if stop is None else stop - 1}"
            if self._etag:
                request["IfMatch"] = self._etag
            answer = self._store.get(**request)
            # Not the body itself: entered, it gives a stream that does not notice a short body.
            with closing(answer["Body"]) as body:
                self._check(answer, ranged="Range" in request)
                while chunk := body.read(_CHUNK):
                    chunks.append(chunk)

        try:
            self._store.account.persist(go_on)
        except AWS_ERRORS as error:
            raise self._store.refuse(self._stored, error) from error
        self._store.note_read()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _check(self, answer: dict[str, Any], *, ranged: bool) -> None:
        """Raise OSError where an answer is not the asked part of the version begun with."""
        with self._lock:  # the first ranges are asked for at once, before any version is known
            self._etag = self._etag or answer.get("ETag")
            if answer.get("ETag") != self._etag:  # not every server heeds If-Match
                raise OSError("replaced while it was read")
        if ranged and answer["ResponseMetadata"]["HTTPStatusCode"] != _PARTIAL_CONTENT:
            raise OSError("the server does not serve ranges of objects")
