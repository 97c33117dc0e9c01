"""Where documents go: files that are whole and nobody else's, and what is refused before."""

from __future__ import annotations

import errno
import io
import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from slsloggrep.cli.app import make_app
from slsloggrep.cli.context import Environment, OutputError
from slsloggrep.cli.options import Inputs, Output, pipeline_options
from slsloggrep.cli.redaction import Redaction, redaction_options, resolve_redaction
from slsloggrep.cli.sending import Delivery, delivery_options, resolve_delivery
from slsloggrep.errors import UsageError
from slsloggrep.sending.files import check_file, write_file


class Bytes(io.StringIO):
    """A stream of text with bytes under it, as standard output is."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = io.BytesIO()


def environment(**attributes: Any) -> Environment:
    defaults: dict[str, Any] = {
        "stdin": None,
        "stdin_is_terminal": False,
        "stdout": io.StringIO(),
        "stdout_is_terminal": False,
        "stderr": io.StringIO(),
        "stderr_is_terminal": False,
        "width": 80,
    }
    return Environment(**{**defaults, **attributes})


def delivery(target: Path | str, **attributes: Any) -> Delivery:
    return Delivery(environment=environment(), target=str(target), **attributes)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o000, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("force", [False, True])
def test_a_file_is_written_for_its_owner_alone(tmp_path: Path, *, force: bool) -> None:
    """All chunks, in order, readable by nobody else whatever the umask, and nothing beside it."""
    path = tmp_path / "report.html"
    said = delivery(path, force=force).deliver([b"<p>", b"", b"x</p>"], "text/html")
    assert path.read_bytes() == b"<p>x</p>"
    assert mode_of(path) == 0o600
    assert os.listdir(tmp_path) == ["report.html"]
    assert said == f"wrote {path}"


def test_a_file_that_exists_is_not_written_over(tmp_path: Path) -> None:
    """It is refused before the work and after it, and stays as it was."""
    path = tmp_path / "report.html"
    path.write_bytes(b"mine")
    path.chmod(0o644)
    with pytest.raises(UsageError, match="exists") as refused:
        delivery(path).check()
    assert "--force" in (refused.value.hint or "")
    with pytest.raises(UsageError, match="exists"):
        delivery(path).deliver([b"other"], "text/html")
    assert (path.read_bytes(), mode_of(path)) == (b"mine", 0o644)
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_file_that_comes_while_one_is_written_is_not_lost(tmp_path: Path) -> None:
    """Between check and end somebody else may take the name: his file stays."""
    path = tmp_path / "report.html"
    target = delivery(path)
    target.check()

    def chunks() -> Iterator[bytes]:
        yield b"ours"
        path.write_bytes(b"theirs")

    with pytest.raises(UsageError, match="exists"):
        target.deliver(chunks(), "text/html")
    assert path.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["report.html"]


def test_of_several_writers_one_wins(tmp_path: Path) -> None:
    """Who writes the same name at the same time is told so, all but one; the file is the one's."""
    path = tmp_path / "report.html"
    start = threading.Barrier(8)
    won: list[bytes] = []

    def write(number: int) -> None:
        body = b"%d" % number * 1000
        start.wait()
        try:
            write_file(path, [body], force=False)
        except UsageError:
            return
        won.append(body)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [path.read_bytes()]
    assert os.listdir(tmp_path) == ["report.html"]


def test_force_replaces_a_file_whole(tmp_path: Path) -> None:
    """The old file is there until the new one is, which is the owner's alone."""
    path = tmp_path / "report.html"
    path.write_bytes(b"old")
    path.chmod(0o644)

    def chunks() -> Iterator[bytes]:
        yield b"new"
        assert path.read_bytes() == b"old"

    target = delivery(path, force=True)
    target.check()
    target.deliver(chunks(), "text/html")
    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o600)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("trouble", [KeyboardInterrupt, ValueError])
def test_what_is_not_whole_is_not_there(
    tmp_path: Path, trouble: type[BaseException], *, force: bool
) -> None:
    """An end in the middle leaves no file, no part of one, and the old one as it was."""
    path = tmp_path / "report.html"
    if force:
        path.write_bytes(b"old")

    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise trouble

    with pytest.raises(trouble):
        delivery(path, force=force).deliver(chunks(), "text/html")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == ([b"old"] if force else [])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """What the disk does not take is no defect of the program, and leaves nothing behind."""

    def refuse(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError) as failed:
        delivery(tmp_path / "r.html").deliver([b"x"], "text/html")
    assert os.strerror(number) in str(failed.value)
    assert ("s3://" in str(failed.value)) == (number != errno.EIO)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("taken", [False, True])
def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, taken: bool
) -> None:
    """Where no name can be given to a finished file, an empty file keeps the place for it."""
    path = tmp_path / "r.html"

    def refuse(*_: Any) -> None:
        if taken:
            path.write_bytes(b"theirs")
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    if taken:
        with pytest.raises(UsageError, match="exists"):
            write_file(path, [b"ours"], force=False)
    else:
        write_file(path, [b"ours"], force=False)
    assert path.read_bytes() == (b"theirs" if taken else b"ours")
    assert os.listdir(tmp_path) == ["r.html"]


def test_places_that_are_none_are_refused_before_the_work(tmp_path: Path) -> None:
    """A folder, a missing folder, a file in the place of one, a name too long: each says what."""
    (tmp_path / "file").write_bytes(b"")
    for target, expected in (
        (tmp_path, "is a folder"),
        (tmp_path / "missing" / "r.html", f"no folder '{tmp_path / 'missing'}'"),
        (tmp_path / "file" / "r.html", "Not a directory"),
        (tmp_path / ("x" * 300), "too long"),
        ("/", "is a folder"),
    ):
        for force in (False, True):
            with pytest.raises(UsageError, match=expected) as refused:
                delivery(target, force=force).check()
            assert refused.value.hint
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_to_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whether a file can be made is tried, not guessed from permissions; the error names it."""

    def refuse(**_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(UsageError, match=os.strerror(number)) as refused:
        check_file(tmp_path / "r.html", force=False)
    assert refused.value.hint


@pytest.mark.parametrize("force", [False, True])
def test_devices_and_pipes_are_never_replaced(tmp_path: Path, *, force: bool) -> None:
    """Not with --force either: `/dev/null` as a file would break the system it is on."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(os.devnull)
    for path in (Path(os.devnull), pipe, tmp_path / "link"):
        with pytest.raises(UsageError, match="no ordinary file"):
            delivery(path, force=force).check()
        with pytest.raises(UsageError, match="no ordinary file"):
            delivery(path, force=force).deliver([b"x"], "text/html")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.parametrize("force", [False, True])
def test_a_link_to_an_open_file_is_never_replaced(tmp_path: Path, *, force: bool) -> None:
    """`/dev/stdout` is one, and leads to a file where a shell sends it into one."""
    (tmp_path / "fd").mkdir()
    (tmp_path / "fd" / "1").write_bytes(b"theirs")
    link = tmp_path / "stdout"
    link.symlink_to("fd/1")
    with pytest.raises(UsageError, match="no ordinary file"):
        delivery(link, force=force).deliver([b"x"], "text/html")
    assert link.is_symlink()
    assert link.read_bytes() == b"theirs"


@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_is_a_file_of_its_name(tmp_path: Path, *, dangling: bool) -> None:
    """A link is not followed: without --force it is in the way, with it it is what is replaced."""
    other = tmp_path / "other"
    if not dangling:
        other.write_bytes(b"theirs")
    link = tmp_path / "r.html"
    link.symlink_to(other)
    with pytest.raises(UsageError, match="exists"):
        delivery(link).check()
    with pytest.raises(UsageError, match="exists"):
        write_file(link, [b"ours"], force=False)
    assert link.is_symlink()
    write_file(link, [b"ours"], force=True)
    assert not link.is_symlink()
    assert link.read_bytes() == b"ours"
    assert other.exists() != dangling
    if not dangling:
        assert other.read_bytes() == b"theirs"


def test_a_check_leaves_nothing(tmp_path: Path) -> None:
    """What is tried is taken back."""
    delivery(tmp_path / "r.html").check()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("stdout", [io.StringIO, Bytes])
def test_standard_output_gets_the_bytes(stdout: type[io.StringIO]) -> None:
    """Without a target, or with -, the document is what is printed, as UTF-8, and nothing else."""
    stream = stdout()
    target = Delivery(environment=environment(stdout=stream))
    target.check()
    assert target.to_stdout
    assert target.deliver(["é".encode(), b"!\n"], "text/html") == ""
    written = stream.buffer.getvalue().decode() if isinstance(stream, Bytes) else stream.getvalue()
    assert written == "é!\n"


@pytest.mark.parametrize("works", [True, False])
def test_a_finished_file_is_opened(tmp_path: Path, *, works: bool) -> None:
    """The browser gets the URL of the whole file, blanks escaped; without one that is said."""
    opened: list[tuple[str, bool]] = []
    path = tmp_path / "a report.html"

    def show(url: str) -> bool:
        opened.append((url, path.exists()))
        return works

    target = Delivery(environment=environment(opener=show), target=str(path), open=True)
    said = target.deliver([b"x"], "text/html")
    assert opened == [(path.resolve().as_uri(), True)]
    assert "%20" in opened[0][0]
    assert ("no browser" in said) != works


INPUTS = Inputs(
    urls=(), since=None, until=None, late=0, zone=None, now=0, id_keys=(), response_keys=(),  # type: ignore[arg-type]
    groups=(), functions=(), profiles=(), regions=(), role_arn=None, endpoint_url=None,
    engine="auto", rate=None, dry_run=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"target": ""}, "is empty"),
        ({"target": "gs://bucket/key"}, "nothing can be sent to 'gs://"),
        ({"target": "https://host/x"}, "nothing can be sent"),
        ({"open_file": True}, "--open needs a file"),
        ({"target": "-", "open_file": True}, "--open needs a file"),
        ({"target": "s3://bucket/key", "open_file": True}, "--open needs a file"),
        ({"target": "r.html", "sse": "aws:kms"}, "--sse is for objects"),
        ({"sse_kms_key_id": "k"}, "--sse-kms-key-id is for objects"),
        ({"target": "s3://b/k", "sse": "AES256", "sse_kms_key_id": "k"}, "has no key of KMS"),
        ({"target": "s3://bucket"}, "names no object"),
        ({"target": "s3://bucket/"}, "names no object"),
        ({"target": "s3://bucket/folder/"}, "names no object"),
        ({"target": "s3:///key"}, "names no bucket"),
        ({"target": "s3://bucket/" + "k" * 1025}, "too long"),
    ],
)
def test_targets_that_make_no_sense_are_refused(options: dict[str, Any], expected: str) -> None:
    """Nothing is looked at yet, and nothing is sent in a way that was not meant."""
    with pytest.raises(UsageError, match=expected) as refused:
        resolve_delivery(environment(), INPUTS, **options)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"patterns": ["[0-9]+"]}, "does not name"),
        ({"patterns": ["=x"]}, "does not name"),
        ({"patterns": ["a b=x"]}, "does not name"),
        ({"patterns": ["order=("]}, "is no regex"),
        ({"patterns": ["order=x*"]}, "matches the empty text"),
        ({"fields": [""]}, "is no field's name"),
        ({"fields": ["a b"]}, "is no field's name"),
        ({"fields": ["_"]}, "is no field's name"),
        ({"fields": ["a..b"]}, "is no field's name"),
    ],
)
def test_redactions_that_make_no_sense_are_refused(options: dict[str, Any], expected: str) -> None:
    """A pattern that matches nothing or all, and a field that cannot be, are told at once."""
    with pytest.raises(UsageError, match=expected) as refused:
        resolve_redaction(**options)
    assert refused.value.hint


def test_options_become_what_they_mean(tmp_path: Path) -> None:
    """A command gets a delivery and a redaction; variables count; whoever asks for more redacts."""
    seen: list[tuple[Delivery, Redaction]] = []

    @click.command()
    @pipeline_options
    @delivery_options
    @redaction_options
    def command(
        _environment: Environment,
        _inputs: Inputs,
        _output: Output,
        *,
        delivery: Delivery,
        redaction: Redaction,
    ) -> int:
        seen.append((delivery, redaction))
        return 0

    def run(*argv: str, **env: str) -> tuple[Delivery, Redaction]:
        world = environment(env=env)
        parent = click.Context(make_app(world), obj=world)
        command.invoke(command.make_context("x", ["-S", "demo:", *argv], parent=parent))
        return seen[-1]

    delivery, redaction = run()
    assert (delivery.to_stdout, delivery.force, redaction.make_redactor()) == (True, False, None)
    delivery, redaction = run("-O", str(tmp_path / "r"), "--force", "--open", "--redact")
    assert (delivery.target, delivery.force, delivery.open) == (str(tmp_path / "r"), True, True)
    redactor = redaction.make_redactor("ord-17")
    assert redactor is not None
    assert redactor.text("token=ord-17 a@b.de 1.2.3.4") == "token=ord-17 <email-1> 1.2.3.4"
    _, redaction = run(
        "--redact-ips", "--redact-ids", "--redact-field", "name",
        SLSLOGGREP_REDACT_PATTERN="'order=ORD [0-9]+' x=y+",
    )  # fmt: skip
    redactor = redaction.make_redactor("ord-17")
    assert redactor is not None
    assert redactor.text("ord-17 name=Ada ORD 17 yy 1.2.3.4") == (
        "<id-1> name=<name-1> <order-1> <x-1> <ip-1>"
    )
