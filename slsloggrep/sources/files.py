"""The files source: a file, a folder, a glob, or `-` for standard input.

Only finds and opens; what the bytes are is told by their content, elsewhere.
"""

from __future__ import annotations

import difflib
import glob
import io
import os
import select
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.model import Millis
from slsloggrep.model.checks import Check, Verdict
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Settings
from slsloggrep.sources.layout import arrival, may_hold
from slsloggrep.sources.store import Store, StoredObject

_SPOOL = 8 * 1024 * 1024
"""Standard input up to this size stays in memory for the second pass; more goes to a file."""


def open_files(url: str, settings: Settings) -> ArchiveSource:
    """Return the source for a path, a glob pattern, a `file:` URL or `-`.

    Raises SourceError where there is no such file and no file that matches.
    """
    store: Store
    if url == "-":
        if settings.stdin is None:
            raise SourceError(url, "there is no standard input to read")
        store = _Pipe(url, settings.stdin, settings)
    elif stat.S_ISFIFO(_mode(_local_path(url))):
        store = _Pipe(url, _open_pipe(url), settings)
    else:
        store = _Folder(url, settings)
    return ArchiveSource(store, settings)


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return 0


def _open_pipe(url: str) -> BinaryIO:
    """Open a named pipe, such as a shell makes of `<(command)`; it can be read only once."""
    try:
        return cast(BinaryIO, Path(_local_path(url)).open("rb", buffering=0))
    except OSError as error:
        raise SourceError(url, f"cannot be opened: {error.strerror}") from error


class _Folder:
    """Files below a path, or those that a glob pattern matches."""

    concurrency = 2
    opens_anywhere = True
    requests = 0

    def __init__(self, url: str, settings: Settings) -> None:
        self.name = url
        self.notes: tuple[str, ...] = ()
        self._late = settings.late
        self._path = _local_path(url)
        self._roots = self._find_roots()

    def _find_roots(self) -> list[str]:
        if os.path.lexists(self._path):
            return [self._path]
        matched = (
            sorted(glob.glob(self._path, recursive=True)) if glob.has_magic(self._path) else []
        )
        if not matched:
            raise SourceError(
                self.name,
                f"no such file or folder: '{self._path}'"
                if not glob.has_magic(self._path)
                else f"no file matches '{self._path}'",
                hint=_near_names(self._path),
            )
        return matched

    def list(self, since: Millis | None, until: Millis | None) -> Iterator[StoredObject]:
        """Yield the files that may hold events of the window, in the order of their names."""
        for root in self._roots:
            for path in self._walk(root, set()):
                try:
                    status = os.stat(path)
                except OSError:
                    # It stays in the list: opening it says what is wrong.
                    yield StoredObject(path, 0)
                    continue
                if not stat.S_ISREG(status.st_mode):
                    # A pipe or a device would be waited for without end.
                    self._passed_over("what is no regular file (pipes, sockets, devices)")
                    continue
                arrived = arrival(path)
                if may_hold(arrived, since, until, self._late):
                    yield StoredObject(
                        path, status.st_size, status.st_mtime_ns // 1_000_000, arrived
                    )

    def _passed_over(self, what: str) -> None:
        note = f"{what}: passed over"
        if note not in self.notes:
            self.notes = (*self.notes, note)

    def _walk(self, root: str, above: set[tuple[int, int]]) -> Iterator[str]:
        if not os.path.isdir(root):
            yield root
            return
        status = os.stat(root)
        identity = (status.st_dev, status.st_ino)
        if identity in above:  # a link that leads back up
            return
        try:
            names = sorted(os.listdir(root))
        except OSError:
            yield root
            return
        for name in names:
            if name.startswith("."):
                self._passed_over("files whose names begin with a dot")
                continue
            yield from self._walk(os.path.join(root, name), above | {identity})

    def close(self) -> None:
        """Do nothing: every file is closed where it was read."""

    def open(self, stored: StoredObject) -> BinaryIO:
        """Open a file without a buffer: it is read in large pieces."""
        return cast(BinaryIO, Path(stored.name).open("rb", buffering=0))


def _local_path(url: str) -> str:
    if not url.lower().startswith("file:"):
        return os.path.expanduser(url)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError(f"'{url}' is no URL: {error}", hint="write just the path") from None
    if parts.netloc not in ("", "localhost"):
        raise UsageError(
            f"'{url}' names the host '{parts.netloc}'; files are read from this machine only",
            hint="write file:///folder with three slashes, or just the path",
        )
    return unquote(parts.path)


def _near_names(path: str) -> str | None:
    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return None
    near = difflib.get_close_matches(name, names, n=3)
    return (
        "did you mean " + " or ".join(f"'{os.path.join(folder, n)}'" for n in near)
        if near
        else None
    )


_POLL_S = 0.1


def _is_selectable(stream: BinaryIO) -> bool:
    """Tell whether one can wait for a stream with a time limit (not on Windows, not in memory)."""
    if sys.platform == "win32" or isinstance(stream, io.BufferedReader):
        return False
    try:
        select.select([stream], [], [], 0)
    except (OSError, ValueError, TypeError):
        return False
    return True


class _Pipe:
    """A pipe: read as it comes, and kept in a temporary file for later passes."""

    concurrency = 2
    opens_anywhere = False
    requests = 0
    notes: tuple[str, ...] = ()

    def __init__(self, url: str, stream: BinaryIO, settings: Settings) -> None:
        self.name = url
        self._stream = stream
        self._spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - outlives this call
        self._lock = threading.Lock()
        self._drained = False
        self._cancelled = settings.cancelled
        self._selectable = _is_selectable(stream)

    def list(self, since: Millis | None, until: Millis | None) -> Iterator[StoredObject]:
        """Yield the one object that there is."""
        yield StoredObject("standard input" if self.name == "-" else self.name, -1)

    def open(self, stored: StoredObject) -> BinaryIO:
        """Return a reader that reads what was read before, then goes on with the pipe."""
        return cast(BinaryIO, io.BufferedReader(_PipeReader(self), 65536))

    def close(self) -> None:
        """Remove the copy."""
        with self._lock:
            self._drained = True
            self._spool.close()

    def read_at(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes at an offset, reading from the pipe where nobody has yet."""
        with self._lock:
            self._spool.seek(offset)
            data = self._spool.read(size)
            if data or self._drained:
                return data
            data = self._wait_and_read(size)
            if not data:
                self._drained = True
                return b""
            self._spool.seek(0, os.SEEK_END)
            self._spool.write(data)
            return data

    def _wait_and_read(self, size: int) -> bytes:
        """Return what the pipe has, waiting for some; nothing at its end, or when cancelled."""
        while not self._cancelled():
            if self._selectable:
                ready, _, _ = select.select([self._stream], [], [], _POLL_S)
                if not ready:
                    continue
            data = self._stream.read(size)
            if data is not None:  # None: a pipe that does not block has nothing yet
                return data
        return b""

    def examine(self, *, costly: bool) -> Iterator[Check]:
        """Yield that nothing can be looked at: what is read of a pipe is gone."""
        yield Check(what="pipe", verdict=Verdict.UNCHECKED, detail="a pipe can be read only once")


class _PipeReader(io.RawIOBase):
    def __init__(self, pipe: _Pipe) -> None:
        self._pipe = pipe
        self._offset = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]  # a buffer is all it is
        data = self._pipe.read_at(self._offset, len(target))
        target[: len(data)] = data
        self._offset += len(data)
        return len(data)
