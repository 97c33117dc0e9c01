"""Whether a bucket can be read: credentials, the clock, a listing of one, one byte of one object.

What a denied call lacks is told as a permission on the bucket and the prefix that the URL names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

from slsloggrep.errors import SourceError
from slsloggrep.model.checks import Check, Permission, Verdict
from slsloggrep.sources.aws_errors import (
    AWS_ERRORS,
    code_of,
    concerns_account,
    is_denied,
    words_of,
)
from slsloggrep.sources.cloudwatch.connection import served_at
from slsloggrep.sources.objects_examination import LIST, READ, check_layout
from slsloggrep.sources.s3 import S3Store
from slsloggrep.sources.standing import (
    CREDENTIALS,
    ahead_of,
    check_clock,
    check_credentials,
    headers_of,
    skip_identity,
    tell_identity,
)

_FOLDERS = 3
"""Marks of folders, objects without a byte, that are passed over to find an object with one."""
_KEY = re.compile(r"arn:[\w-]+:kms:[\w-]*:\d*:key/[\w-]+")


def examine_bucket(store: S3Store, *, role: str | None = None) -> Iterator[Check]:
    """Yield the checks of a bucket; see Examined.examine. `role` is the one to assume."""
    if store.location.anonymous:
        detail = "not needed: requests are not signed"
        yield Check(what=CREDENTIALS, verdict=Verdict.OK, detail=detail)
    else:
        check = check_credentials(store.account, role)
        yield check
        if check.fatal:
            return
        yield _identify(store)
    prefix = store.location.prefix
    listing = Permission("s3:ListBucket", (store.arn(""),), prefix)
    reading = Permission("s3:GetObject", (store.arn(f"/{prefix}*"),))
    try:
        answer, found = _list(store)
    except AWS_ERRORS as error:
        yield check_clock(ahead_of(served_at(headers_of(error))))
        yield from _not_listed(store, error, listing, reading)
        return
    yield check_clock(ahead_of(served_at(answer)))
    if found is None:
        nothing = f"no object's name begins with '{prefix}'" if prefix else "the bucket is empty"
        yield Check(what=LIST, verdict=Verdict.MISSING, detail=nothing, permissions=(listing,))
        why = "no object is known to try it on"
        yield Check(what=READ, verdict=Verdict.UNCHECKED, detail=why, permissions=(reading,))
        return
    yield Check(what=LIST, verdict=Verdict.OK, detail=found, permissions=(listing,))
    yield _read(store, found, reading)
    yield from check_layout(found)


def _identify(store: S3Store) -> Check:
    try:
        client = store.account.client("sts", region=store.client.meta.region_name)
        answer = store.account.persist(client.get_caller_identity, endpoint="sts")
    except SourceError as error:
        return skip_identity(f"STS is not to be asked: {error.words}")
    except AWS_ERRORS as error:
        return skip_identity(f"STS is not to be asked: {words_of(error)}")
    return tell_identity(answer)


def _list(store: S3Store) -> tuple[dict[str, Any], str | None]:
    """Return the answer of a listing of one, and the first object that has a byte."""
    after = ""
    for _ in range(_FOLDERS):
        request: dict[str, Any] = {"Prefix": store.location.prefix, "MaxKeys": 1}
        if after:
            request["StartAfter"] = after
        answer = store.account.persist(
            partial(store.client.list_objects_v2, **store.owned(request))
        )
        for each in answer.get("Contents", ()):
            if each["Size"]:
                return answer, str(each["Key"])
            after = each["Key"]
        if not answer.get("IsTruncated"):
            break
    return answer, None


def _not_listed(
    store: S3Store, error: Exception, listing: Permission, reading: Permission
) -> Iterator[Check]:
    explained = store.unusable(error, listing.action, store.arn(""))
    denied = is_denied(error)
    yield Check(
        what=LIST,
        verdict=Verdict.MISSING,
        detail=explained.words,
        hint=explained.hint,
        permissions=(listing,),
        denied=denied,
        # Nothing is found without a listing, whatever could be read.
        fatal=not denied,
    )
    if denied:
        why = "no object is known to try it on"
        yield Check(what=READ, verdict=Verdict.UNCHECKED, detail=why, permissions=(reading,))


def _read(store: S3Store, name: str, needed: Permission) -> Check:
    def read() -> None:
        answer = store.get(Key=name, Range="bytes=0-0")
        with closing(answer["Body"]) as body:
            body.read()

    try:
        store.account.persist(read)
    except AWS_ERRORS as error:
        words = words_of(error)
        by_key = code_of(error).startswith("KMS.") or "kms" in words.lower()
        if by_key:
            key = _KEY.search(words)
            needed = Permission("kms:Decrypt", (key[0] if key else "*",))
        denied = is_denied(error) or by_key
        detail = words
        if denied:
            detail = f"access denied: {needed.action} on {needed.resources[0]} is missing"
        elif code_of(error) == "InvalidObjectState":
            detail = f"{name} is archived in a Glacier class: it must be restored to be read"
        return Check(
            what=READ,
            verdict=Verdict.MISSING,
            detail=detail,
            permissions=(needed,),
            denied=denied,
            fatal=concerns_account(error),
        )
    return Check(what=READ, verdict=Verdict.OK, detail=name, permissions=(needed,))
