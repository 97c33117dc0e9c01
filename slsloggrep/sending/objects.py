"""Objects in S3 that are put whole, encrypted as the user or the bucket says, and never public.

A document is put with one PutObject, which is atomic, and not over another one: S3 sees to that
itself (If-None-Match), other servers as far as a look right before goes. It is put without an ACL,
so that it is its bucket owner's alone unless the bucket's policy says otherwise; a bucket whose
policy is public is refused. Credentials, patience and errors by name are those of
`slsloggrep.sources.aws`.
"""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.sources.aws import AWS_DOMAINS, Account, Patience
from slsloggrep.sources.aws_errors import (
    AWS_ERRORS,
    code_of,
    concerns_account,
    is_denied,
    is_transient,
    status_of,
    words_of,
)
from slsloggrep.sources.base import Settings
from slsloggrep.sources.s3 import parse_url

LARGEST = 5 << 30
"""Bytes that one PutObject takes (S3 User Guide, Uploading objects: 5 GB in one operation)."""

LONGEST_KEY = 1024
"""Bytes of a key (S3 User Guide, Naming objects)."""

_IN_MEMORY = 16 << 20
"""Bytes of a document that are held; more go to a temporary file."""

_FORBIDDEN, _NOT_FOUND, _TAKEN, _CONFLICT, _UNKNOWN = 403, 404, 412, 409, 501


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """How an object is to be encrypted on the server's side; neither: as the bucket does it."""

    algorithm: str | None = None
    """`AES256`, `aws:kms` or `aws:kms:dsse`."""
    key_id: str | None = None
    """Of KMS: an ID, an ARN or an alias; None: the account's own key for S3."""

    def parameters(self) -> dict[str, str]:
        """Return what PutObject calls it."""
        named = {"ServerSideEncryption": self.algorithm, "SSEKMSKeyId": self.key_id}
        return {name: value for name, value in named.items() if value}


class BucketObject:
    """A place for one object."""

    def __init__(
        self,
        url: str,
        settings: Settings,
        *,
        force: bool,
        encryption: Encryption | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Connect to `s3://bucket/key`; with `force`, an object that is there is replaced.

        Raises UsageError for a URL without a key, SourceError where no client can be made.
        """
        location = parse_url(url)
        key = location.prefix
        if not key or key.endswith("/"):
            raise UsageError(
                f"'{url}' names no object", hint=f"with a name: {url.rstrip('/')}/report.html"
            )
        if len(key.encode("utf-8", "surrogatepass")) > LONGEST_KEY:
            raise UsageError(f"'{url}' is too long", hint=f"a key has {LONGEST_KEY} bytes at most")
        self.url = url
        self._bucket = location.bucket
        self._key = key
        self._force = force
        self._encryption = encryption or Encryption()
        self._account = Account(url, settings, anonymous=location.anonymous, patience=patience)
        payer = {"RequestPayer": "requester"} if location.requester_pays else {}
        self._named = {"Bucket": location.bucket, "Key": key, **payer}
        self._client = self._connect(settings)

    def check(self) -> None:
        """Find out what would keep the object from being put, as far as the credentials may know.

        Raises UsageError where one of that name is there, or the bucket's policy is public;
        SourceError where there is no such bucket, or the credentials are not accepted.
        """
        self._refuse_public()
        self._look(lambda: self._client.head_bucket(Bucket=self._bucket), "s3:ListBucket")
        if not self._force and self._is_there():
            raise self._taken()

    def put(self, chunks: Iterable[bytes], media_type: str) -> str:
        """Put all the chunks as one object; return how the server encrypted it, in words.

        Raises UsageError where one of that name has come, SourceError where it is not taken.
        """
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
            digest = hashlib.md5(usedforsecurity=False)
            for chunk in chunks:
                body.write(chunk)
                digest.update(chunk)
            if body.tell() > LARGEST:
                raise UsageError(
                    f"{self.url}: {body.tell()} bytes are more than one PutObject takes (5 GB)",
                    hint="-O FILE, then aws s3 cp",
                )
            request = {
                **self._named,
                "ContentType": media_type,
                "ContentMD5": base64.b64encode(digest.digest()).decode("ascii"),
                **self._encryption.parameters(),
            }
            return _encryption_words(self._send(request, body))

    def _send(self, request: dict[str, Any], body: IO[bytes]) -> dict[str, Any]:
        condition = {} if self._force else {"IfNoneMatch": "*"}
        if condition and self._is_there():
            raise self._taken()  # for servers that pass over a condition without a word

        def send() -> dict[str, Any]:
            body.seek(0)
            answer: dict[str, Any] = self._client.put_object(**request, **condition, Body=body)
            return answer

        try:
            try:
                return self._ask(send)
            except AWS_ERRORS as error:
                if not condition or status_of(error) != _UNKNOWN:
                    raise
                # A server that knows no conditions: that it was looked is the best it can do.
                condition.clear()
                return self._ask(send)
        except AWS_ERRORS as error:
            raise self._refusal(error) from error

    def _is_there(self) -> bool:
        return self._look(lambda: self._client.head_object(**self._named), "s3:GetObject")

    def _look(self, call: Callable[[], dict[str, Any]], action: str) -> bool:
        """Tell whether something is there; False as well where the credentials may not know it."""
        try:
            self._ask(call)
        except AWS_ERRORS as error:
            status = status_of(error)
            if status == _FORBIDDEN and code_of(error) in ("403", "AccessDenied", "Forbidden"):
                return False
            if status == _NOT_FOUND and action == "s3:GetObject":
                return False
            raise self._refusal(error, action) from error
        return True

    def _refuse_public(self) -> None:
        """Raise UsageError for a public bucket, and SourceError for credentials that are none.

        This is asked first: it is no HEAD, so that an error says what it is.
        """
        try:
            answer = self._ask(lambda: self._client.get_bucket_policy_status(Bucket=self._bucket))
        except AWS_ERRORS as error:
            if concerns_account(error) or code_of(error) == "NoSuchBucket":
                raise self._refusal(error, "s3:ListBucket") from error
            return  # no policy, no right to know, or a server that has no policies
        if answer.get("PolicyStatus", {}).get("IsPublic") is True:
            raise UsageError(
                f"the policy of bucket '{self._bucket}' makes it public",
                hint="a bucket that only those may read who should",
            )

    def _ask(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return self._account.persist(call, transient=_may_pass)

    def _taken(self) -> UsageError:
        return UsageError(f"{self.url} exists", hint="--force writes over it, or give another name")

    def _refusal(
        self, error: BaseException, action: str = "s3:PutObject"
    ) -> SourceError | UsageError:
        """Return what a failure of the bucket means."""
        code, status = code_of(error), status_of(error)
        if status == _TAKEN or (status == _CONFLICT and not self._force):
            return self._taken()
        if code == "NoSuchBucket" or (status == _NOT_FOUND and action == "s3:ListBucket"):
            return SourceError(
                self.url,
                f"{self.url}: there is no bucket '{self._bucket}'",
                hint="check the name and, if it is not in AWS, --endpoint-url",
            )
        if type(error).__name__ == "ParamValidationError" or code == "InvalidBucketName":
            return SourceError(
                self.url,
                f"{self.url}: '{self._bucket}' is not a bucket's name",
                hint="bucket names have 3 to 63 lower-case letters, digits, dots and hyphens",
            )
        words = words_of(error)
        if code.startswith("KMS.") or (is_denied(error) and "kms:" in words.lower()):
            key = self._encryption.key_id or "the bucket's KMS key"
            return SourceError(
                self.url,
                f"{self.url}: the object cannot be encrypted: {words}",
                hint=f"allow kms:GenerateDataKey on {key} to these credentials, or another --sse",
            )
        return self._account.explain(error, action=action, resource=self._arn(action))

    def _arn(self, action: str) -> str:
        rest = "" if action == "s3:ListBucket" else f"/{self._key}"
        if self._bucket.startswith("arn:"):
            return self._bucket + (f"/object{rest}" if rest else "")
        return f"arn:{self._client.meta.partition}:s3:::{self._bucket}{rest}"

    def _connect(self, settings: Settings) -> Any:
        def connect(style: str) -> Any:
            return self._account.client(
                "s3",
                s3={"addressing_style": style},
                # Content-MD5 is checked by every server; newer checksums are not.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            )

        client = connect("path" if settings.endpoint_url else "auto")
        host = urlsplit(client.meta.endpoint_url).hostname or ""
        # An endpoint may come from the environment or the profile, too: such hosts seldom serve
        # a name per bucket.
        return client if host.endswith(AWS_DOMAINS) else connect("path")


def _may_pass(error: BaseException) -> bool:
    """Tell whether a request may succeed a little later; what a server does not have, it will not.

    Two conditional requests at once conflict, and one of them is to come again (S3 User Guide,
    Conditional writes).
    """
    return code_of(error) == "ConditionalRequestConflict" or (
        is_transient(error) and status_of(error) != _UNKNOWN
    )


def _encryption_words(answer: dict[str, Any]) -> str:
    algorithm = answer.get("ServerSideEncryption")
    if not algorithm:
        return "the server names no encryption"
    key = answer.get("SSEKMSKeyId")
    return f"encrypted with {algorithm}" + (f", key {key}" if key else "")
