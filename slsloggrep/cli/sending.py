"""Options for where a finished document goes, and what they resolve to.

How files and objects are written is `slsloggrep.sending`'s knowledge; what is in them, the
command's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slsloggrep.cli.context import Environment, OutputError
from slsloggrep.cli.declarations import shared
from slsloggrep.cli.options import Inputs
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded when something is sent there, not when help is shown
    from slsloggrep.sending.objects import BucketObject

STDOUT = "-"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_ALGORITHMS = ("AES256", "aws:kms", "aws:kms:dsse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where a document goes, and how it is to be kept there."""

    environment: Environment
    target: str = STDOUT
    """A path, `s3://bucket/key`, or `-` for standard output."""
    force: bool = False
    """Whether it may take the place of another file or object."""
    open: bool = False
    """Whether the finished file is opened in the browser."""
    place: BucketObject | None = None
    """Of a target in S3."""

    @property
    def to_stdout(self) -> bool:
        """Tell whether it goes to standard output, where nothing else may go then."""
        return self.target == STDOUT

    def check(self) -> None:
        """Refuse, before the work begins, what would be refused after it.

        Raises UsageError where the target exists or cannot be written, SourceError where a bucket
        is not there or does not accept the credentials.
        """
        if self.to_stdout:
            return
        if self.place is not None:
            self.place.check()
            return
        from slsloggrep.sending.files import check_file

        check_file(Path(self.target), force=self.force)

    def deliver(self, chunks: Iterable[bytes], media_type: str) -> str:
        """Write a document whole, or not at all; return what to tell the user, empty for nothing.

        Raises UsageError where the target has been taken meanwhile, SourceError where a bucket
        refuses it, OutputError where a disk does not take it.
        """
        if self.to_stdout:
            self._print(chunks)
            return ""
        if self.place is not None:
            return f"wrote {self.target} ({self.place.put(chunks, media_type)})"
        from slsloggrep.sending.files import reason_of, write_file

        path = Path(self.target)
        try:
            write_file(path, chunks, force=self.force)
        except OSError as error:
            raise OutputError(f"'{path}': {reason_of(error)}") from error
        return f"wrote {path}" + (self._show(path) if self.open else "")

    def _print(self, chunks: Iterable[bytes]) -> None:
        with self.environment.writing() as stdout:
            stdout.flush()
            raw = getattr(stdout, "buffer", None)
            for chunk in chunks:
                if raw is None:
                    stdout.write(chunk.decode("utf-8"))
                else:
                    raw.write(chunk)

    def _show(self, path: Path) -> str:
        if self.environment.opener(path.resolve().as_uri()):
            return ", and opened it"
        return "; no browser could be opened"


_OPTIONS = (
    shared(
        "--output-file",
        "-O",
        "output_file",
        type=click.Path(allow_dash=True),
        metavar="TARGET",
        help="Where the document goes: a file, s3://bucket/key, or - for standard output, which "
        "is the default. Whole or not at all; a file is for its owner alone to read.",
    ),
    shared("--force", is_flag=True, help="Write over the file or object that is there."),
    shared("--open", "open_", is_flag=True, help="Open the finished file in the browser."),
    shared(
        "--sse",
        type=click.Choice(_ALGORITHMS),
        help="How S3 encrypts the object; without it, as the bucket does by default.",
    ),
    shared("--sse-kms-key-id", metavar="KEY", help="The key of KMS that encrypts the object."),
)


def delivery_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options for where a document goes; it is called with `delivery`.

    Stands below `pipeline_options`, for buckets are reached as sources are.
    """

    @functools.wraps(function)
    def resolve(environment: Environment, inputs: Inputs, *values: Any, **given: Any) -> int:
        delivery = resolve_delivery(
            environment,
            inputs,
            target=given.pop("output_file"),
            force=given.pop("force"),
            open_file=given.pop("open_"),
            sse=given.pop("sse"),
            sse_kms_key_id=given.pop("sse_kms_key_id"),
        )
        return function(environment, inputs, *values, delivery=delivery, **given)

    for option in reversed(_OPTIONS):
        resolve = option(resolve)
    return resolve


def resolve_delivery(
    environment: Environment,
    inputs: Inputs,
    *,
    target: str | None = None,
    force: bool = False,
    open_file: bool = False,
    sse: str | None = None,
    sse_kms_key_id: str | None = None,
) -> Delivery:
    """Return what the options mean; nothing was looked at yet, neither disk nor network.

    Raises UsageError where they make no sense, SourceError where no client can be made for S3.
    """
    if target == "":
        raise UsageError("--output-file is empty", hint="a path, s3://bucket/key, or -")
    target = STDOUT if target is None else target
    scheme = _SCHEME.match(target)
    is_object = scheme is not None and scheme[1].lower() == "s3"
    if target.endswith("/") and scheme is None:
        raise UsageError(f"'{target}' is a folder", hint=f"a name in it: {target}report.html")
    if scheme is not None and not is_object:
        raise UsageError(
            f"nothing can be sent to '{target}'", hint="a path, s3://bucket/key, or - for stdout"
        )
    if open_file and (is_object or target == STDOUT):
        raise UsageError("--open needs a file", hint="-O FILE --open")
    if not is_object:
        for name, value in (("--sse", sse), ("--sse-kms-key-id", sse_kms_key_id)):
            if value:
                raise UsageError(f"{name} is for objects in S3", hint="-O s3://bucket/key")
        return Delivery(environment=environment, target=target, force=force, open=open_file)
    if sse_kms_key_id and sse == "AES256":
        raise UsageError(
            "--sse AES256 has no key of KMS", hint="--sse aws:kms, or without --sse-kms-key-id"
        )
    from slsloggrep.sending.objects import BucketObject, Encryption
    from slsloggrep.sources.base import Settings

    settings = Settings(
        now=inputs.now,
        env=environment.env,
        profiles=inputs.profiles,
        regions=inputs.regions,
        role_arn=inputs.role_arn,
        endpoint_url=inputs.endpoint_url,
    )
    encryption = Encryption(
        algorithm=sse or ("aws:kms" if sse_kms_key_id else None), key_id=sse_kms_key_id
    )
    place = BucketObject(target, settings, force=force, encryption=encryption)
    return Delivery(environment=environment, target=target, force=force, place=place)
