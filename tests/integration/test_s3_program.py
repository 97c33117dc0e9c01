"""The program on a bucket, from the command line to the exit code."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from archive_samples import ORDER, SHOP
from case_builders import shop

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

if TYPE_CHECKING:  # at run time `conftest` is whichever was imported first
    from conftest import FakeAws
    from faults import Seen

_FOLDER = "prod/2026/11/23"
_UUID = "0a1b2c3d-1111-2222-3333-44445555666"
CHECKOUT, PAYMENT, AUDIT = (
    f"{_FOLDER}/12/logs-1-2026-11-23-12-0{minute}-00-{_UUID}{minute}" for minute in range(1, 4)
)
OBJECTS = {
    f"{_FOLDER}/11/logs-1-2026-11-23-11-01-00-{_UUID}0": shop(),
    **{
        name: gzip.compress(json.dumps(document).encode())
        for name, document in zip((CHECKOUT, PAYMENT, AUDIT), SHOP, strict=True)
    },
}
"""A prefix as Firehose fills it: one object of another order, and three of one order."""

Bucket = Callable[..., str]
COMMANDS = (("trace", ORDER), ("trace", "ord-7"), ("grep", "ord-"), ("grep", "grüße"))


class Ended(NamedTuple):
    """How the program ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def answer(self) -> dict[str, Any]:
        """What stdout says without the coverage and the place of each event."""
        return _without(json.loads(self.stdout), {"coverage", "source"})

    @property
    def coverage(self) -> dict[str, Any]:
        """What was read of the only source."""
        (source,) = json.loads(self.stdout)["coverage"]["sources"]
        return source


def _without(value: Any, keys: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(held, keys) for key, held in value.items() if key not in keys}
    if isinstance(value, list):
        return [_without(held, keys) for held in value]
    return value


def run_on(source: str, *arguments: str) -> Ended:
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=False,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=80,
    )
    code = run([*arguments, "-S", source, "-o", "json"], environment)
    return Ended(code, stdout.getvalue(), stderr.getvalue())


@pytest.fixture
def run_s3(aws: FakeAws) -> Callable[..., Ended]:
    """Give a function that runs the program on a bucket of the server."""

    def run_there(*arguments: str, source: str = "s3://logs/prod") -> Ended:
        return run_on(source, *arguments, "--endpoint-url", aws.url)

    return run_there


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Give a local folder with the bytes of the bucket."""
    for name, body in OBJECTS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return str(tmp_path / "prod")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_bucket_gives_the_answer_of_a_folder(
    bucket: Bucket, run_s3: Callable[..., Ended], folder: str, command: tuple[str, str]
) -> None:
    """The same bytes lead to the same answer, wherever they lie."""
    bucket(OBJECTS)
    there, here = run_s3(*command), run_on(folder, *command)
    assert (there.code, here.code) == (0, 0), there.stderr + here.stderr
    assert there.answer == here.answer
    assert there.coverage["complete"]
    assert there.coverage["objects"] == here.coverage["objects"] > 0
    assert there.coverage["requests"] > there.coverage["objects"]


def test_a_trace_is_followed_through_the_objects_of_a_bucket(
    bucket: Bucket, run_s3: Callable[..., Ended]
) -> None:
    """Who never names the order is joined by the trace, though its lines lie in another object."""
    bucket(OBJECTS)
    ended = run_s3("trace", ORDER)
    invocations = ended.answer["transaction"]["invocations"]
    assert [i["function"] for i in invocations] == ["checkout", "payment", "audit"]


def test_nothing_found_in_a_bucket_is_told_from_nothing_read(
    bucket: Bucket, run_s3: Callable[..., Ended]
) -> None:
    """All objects were read and none holds it: 1, and the coverage is complete."""
    bucket(OBJECTS)
    ended = run_s3("grep", "no such words")
    assert ended.code == 1
    assert ended.coverage["complete"]
    assert ended.coverage["objects"] == len(OBJECTS)


def unusable(ended: Ended) -> tuple[str, str]:
    """Return the two lines with which an unusable source ends the program: what, and what to try.

    There is no answer on stdout that could be taken for an empty one.
    """
    assert ended.code == 4, ended.stderr
    assert ended.stdout == ""
    what, to_try = ended.stderr.splitlines()
    assert what.startswith("slsloggrep: s3://logs")
    assert to_try.startswith("try: ")
    return what, to_try


@pytest.mark.parametrize("command", [("trace", ORDER), ("grep", "ord-")], ids=" ".join)
class TestUnusable:
    """What keeps a bucket from being read at all ends with 4 and says what to do."""

    def test_no_bucket(self, run_s3: Callable[..., Ended], command: tuple[str, str]) -> None:
        """A name that is no bucket's is said to be none."""
        what, to_try = unusable(run_s3(*command))
        assert "there is no bucket 'logs'" in what
        assert "--endpoint-url" in to_try

    def test_denied_listing(
        self,
        bucket: Bucket,
        aws: FakeAws,
        run_s3: Callable[..., Ended],
        command: tuple[str, str],
    ) -> None:
        """The missing permission is named, on the bucket that it is missing on."""
        bucket(OBJECTS)
        aws.application.inject(lambda seen: seen.lists, status="403 Forbidden", code="AccessDenied")
        what, to_try = unusable(run_s3(*command))
        assert "s3:ListBucket on arn:aws:s3:::logs is missing" in what
        assert "allow s3:ListBucket on arn:aws:s3:::logs" in to_try

    def test_every_object_denied(
        self,
        bucket: Bucket,
        aws: FakeAws,
        run_s3: Callable[..., Ended],
        command: tuple[str, str],
    ) -> None:
        """Listed, but not to be read: no answer full of gaps, but the missing permission."""
        bucket(OBJECTS)
        aws.application.inject(lambda seen: seen.gets, status="403 Forbidden", code="AccessDenied")
        what, to_try = unusable(run_s3(*command))
        assert "s3:GetObject on arn:aws:s3:::logs/* is missing" in what
        assert "allow s3:GetObject" in to_try

    def test_no_credentials(
        self,
        bucket: Bucket,
        run_s3: Callable[..., Ended],
        command: tuple[str, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Ways to come by credentials are named."""
        bucket(OBJECTS)
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        what, to_try = unusable(run_s3(*command))
        assert "no AWS credentials were found" in what
        assert "aws configure" in to_try
        assert "AWS_PROFILE" in to_try


def test_a_prefix_that_nothing_has_is_not_an_empty_archive(
    bucket: Bucket, run_s3: Callable[..., Ended]
) -> None:
    """A mistyped prefix must not look like an order that left no trace."""
    bucket(OBJECTS)
    what, to_try = unusable(run_s3("trace", ORDER, source="s3://logs/production"))
    assert "no object's name begins with 'production'" in what
    assert "aws s3 ls s3://logs/" in to_try


def test_one_denied_object_makes_the_answer_partial(
    bucket: Bucket, aws: FakeAws, run_s3: Callable[..., Ended]
) -> None:
    """The rest is answered with 3; the coverage names the object and the permission."""
    bucket(OBJECTS)
    aws.application.inject(
        lambda seen: seen.gets and seen.key == PAYMENT,
        status="403 Forbidden",
        code="AccessDenied",
    )
    ended = run_s3("trace", ORDER)
    assert ended.code == 3, ended.stderr
    functions = [i["function"] for i in ended.answer["transaction"]["invocations"]]
    assert functions == ["checkout", "audit"]
    assert not ended.coverage["complete"]
    (gap,) = ended.coverage["gaps"]
    assert gap["what"] == PAYMENT
    assert "s3:GetObject" in gap["reason"]
    assert "partial" in ended.stderr


def test_a_denied_object_keeps_an_empty_answer_from_being_trusted(
    bucket: Bucket, aws: FakeAws, run_s3: Callable[..., Ended]
) -> None:
    """Nothing found and not everything read is 3, never 1."""
    bucket(OBJECTS)
    aws.application.inject(
        lambda seen: seen.gets and seen.key == PAYMENT,
        status="403 Forbidden",
        code="AccessDenied",
    )
    ended = run_s3("grep", "no such words")
    assert ended.code == 3, ended.stderr
    assert [gap["what"] for gap in ended.coverage["gaps"]] == [PAYMENT]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_throttling_changes_nothing(
    bucket: Bucket,
    aws: FakeAws,
    run_s3: Callable[..., Ended],
    folder: str,
    command: tuple[str, str],
) -> None:
    """A 503 in between, for a listing and for reads, is waited out: the same answer, and 0."""
    bucket(OBJECTS)

    def reads_payment(seen: Seen) -> bool:
        return seen.gets and seen.key == PAYMENT

    faults = [
        aws.application.inject(matches, times=times, status="503 Slow Down", code="SlowDown")
        for matches, times in ((lambda seen: seen.lists, 1), (reads_payment, 2))
    ]
    ended = run_s3(*command)
    assert ended.code == 0, ended.stderr
    assert ended.coverage["complete"]
    assert ended.answer == run_on(folder, *command).answer
    assert faults[0].hits == 1
    assert faults[1].hits == 2
