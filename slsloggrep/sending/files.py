"""Files that are written whole or not at all, never over another one unawares.

A document goes into a temporary file beside its place, and gets its name when all of it is on the
disk. Only the owner may read it, whatever the umask. The last part of a path is never followed: a
symbolic link there counts as a file of that name, and is itself replaced if that is wanted, so that
nobody can plant one that leads elsewhere. Devices, pipes and sockets are not replaced.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath

from slsloggrep.errors import UsageError

try:
    from fcntl import LOCK_EX, flock
except ImportError:  # Windows: of two changes at once the last one stays
    flock = None  # type: ignore[assignment]

_PREFIX, _SUFFIX = ".slsloggrep-", ".part"
_OWNER_ALONE = 0o600

_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES})
"""What a file system answers that has no hard links (link(2): FAT, some network and user ones)."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def check_file(path: Path, *, force: bool) -> None:
    """Find out whether a file could be written now; raises UsageError where it could not.

    Writes nothing that stays. `force` lets it take the place of another file.
    """
    _check_place(path, force=force)
    try:
        handle, trial = _make_temporary(path.parent)
    except OSError as error:
        raise _refusal(path, error) from error
    os.close(handle)
    os.unlink(trial)


def write_file(path: Path, chunks: Iterable[bytes], *, force: bool) -> None:
    """Write a file of all the chunks, or none at all; with `force` in the place of another one.

    Raises UsageError where the place is taken or is none, OSError where the disk does not take it.
    """
    _check_place(path, force=force)
    try:
        handle, temporary = _make_temporary(path.parent)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise
        raise _refusal(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if force:
            os.replace(temporary, path)
        else:
            _put_in_place(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _make_last(path.parent)


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Have the others wait who change files of the same folder in this way, from reading one on.

    The folder is locked, or the nearest above it that there is: a file would stay behind, and is
    replaced. Where the system has no such locks nobody waits.
    """
    folder = next((each for each in path.parents if os.path.isdir(each)), None)
    handle = None
    if flock is not None and folder is not None:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            flock(handle, LOCK_EX)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def reason_of(error: OSError) -> str:
    """Return why a file could not be written, and what to try, in one line."""
    words = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        return f"{words}; try another folder, or -O s3://BUCKET/KEY"
    return words


def _check_place(path: Path, *, force: bool) -> None:
    try:
        there = os.lstat(path)
        # What a link leads to decides whether it may be replaced: `/dev/stdout` is one.
        led_to = there.st_mode
        if stat.S_ISLNK(there.st_mode):
            with suppress(OSError):
                led_to = os.stat(path).st_mode
    except FileNotFoundError:
        if not path.name or not path.parent.is_dir():
            raise UsageError(
                f"'{path}' cannot be written: there is no folder '{path.parent}'",
                hint=f"mkdir -p '{path.parent}'",
            ) from None
        return
    except (OSError, ValueError) as error:
        raise _refusal(path, error) from error
    if stat.S_ISDIR(led_to):
        raise UsageError(f"'{path}' is a folder", hint=f"-O '{path / 'report.html'}'")
    is_file = stat.S_ISREG(led_to) or stat.S_ISLNK(led_to)
    if not is_file or (stat.S_ISLNK(there.st_mode) and _leads_to_stream(path)):
        raise UsageError(f"'{path}' is no ordinary file", hint="-O - writes to standard output")
    if not force:
        raise _taken(path)


def _leads_to_stream(path: Path) -> bool:
    """Tell whether a link is the system's name of an open file, as `/dev/stdout` is.

    Where a shell sends that into a file, it leads to one; to replace the link would hurt all.
    """
    return PurePath(os.readlink(path)).parent.name == "fd"


def _taken(path: Path) -> UsageError:
    return UsageError(f"'{path}' exists", hint="--force writes over it, or give another name")


def _refusal(path: Path, error: OSError | ValueError) -> UsageError:
    """Return why a file cannot be written there, and what to try."""
    number = error.errno if isinstance(error, OSError) else None
    words = (error.strerror if isinstance(error, OSError) else None) or str(error)
    hint = "another place, or -O - for standard output"
    if number in _NO_ROOM:
        hint = "another folder, or -O s3://BUCKET/KEY"
    elif number == errno.ENOTDIR:
        hint = "a part of the path is a file, not a folder"
    elif number == errno.ENAMETOOLONG:
        hint = "a shorter name"
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = f"a folder that you may write to; '{path.parent}' is not one"
    return UsageError(f"'{path}' cannot be written: {words}", hint=hint)


def _make_temporary(folder: Path) -> tuple[int, str]:
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=folder)
    if hasattr(os, "fchmod"):  # a umask may have taken even the owner's right
        os.fchmod(handle, _OWNER_ALONE)
    return handle, name


def _put_in_place(temporary: str, path: Path) -> None:
    """Give a finished file its name, unless another one has it; there is no moment in between."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _claim(path)
        os.replace(temporary, path)
    else:
        os.unlink(temporary)


def _claim(path: Path) -> None:
    """Make an empty file of a name that nobody has yet, which may then be replaced."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ALONE))
    except FileExistsError:
        raise _taken(path) from None


def _make_last(folder: Path) -> None:
    """Have the folder's entry on the disk, too, where the system can do so."""
    with suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
