"""Decompresses what comes member by member: gzip, zstd and zlib, many of them in one stream.

In bounded memory, whatever a member expands to. Damage costs the member it is in, and is told.
Formats: RFC 1950 to 1952 (zlib, deflate, gzip), RFC 8878 (zstd). Which layers a stream has is the
knowledge of `slsloggrep.decode.compression`.
"""

from __future__ import annotations

import io
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from isal import igzip, isal_zlib

Problem = Callable[[str], None]
"""Hears, as a reason fit for the coverage, what could not be read."""

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
ZSTD_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")

_PIECE = 256 * 1024
"""Plain bytes that the fast reader of gzip members hands over at once."""

_MOST = 8 * 1024 * 1024
"""Plain bytes that one call may return, however much its input expands."""

_STEP = 16 * 1024
"""Compressed bytes that a fresh decompressor gets: what follows a member comes back as a copy, so
large steps would make many small members quadratic. Within a long member the steps grow."""

_WHOLE = 16 * 1024 * 1024
"""A member up to this size, plain, is decompressed in one piece where all of it is at hand."""


class _Inflater(Protocol):
    eof: bool
    unused_data: bytes

    def decompress(self, data: memoryview, max_length: int = ..., /) -> bytes: ...


def gunzip(chunks: Iterator[bytes], problem: Problem) -> Iterator[bytes]:
    """Decompress all members of a gzip stream, padding of zeros between and after them allowed.

    A damaged member costs itself only: reading goes on at the next member's magic number.
    """
    first, second = next(chunks, b""), next(chunks, b"")
    if second or _size_of_only_member(first):
        yield from _gzip_members(itertools.chain((first, second), chunks), problem)
        return
    yielded = 0
    try:
        # Many members, all of them at hand: this reader loops over them in C. One call for each
        # would hand the interpreter's lock to and fro more often than two threads can bear.
        with igzip.IGzipFile(fileobj=io.BytesIO(first)) as reader:  # type: ignore[no-untyped-call]
            while piece := reader.read(_PIECE):
                yielded += len(piece)
                yield piece
    except (OSError, EOFError, isal_zlib.error):  # type: ignore[misc]  # its stub declares an instance
        for out in _gzip_members(iter((first,)), problem):
            if len(out) > yielded:
                yield out[yielded:]
            yielded = max(yielded - len(out), 0)


def _gzip_members(chunks: Iterator[bytes], problem: Problem) -> Iterator[bytes]:
    return _members(
        chunks,
        problem,
        name="gzip",
        magic=GZIP,
        make=lambda: isal_zlib.decompressobj(31),
        error=isal_zlib.error,  # type: ignore[arg-type]  # its stub declares an instance
    )


def _size_of_only_member(data: bytes) -> int:
    """Return the plain size of data that look like a single gzip member, else 0.

    The last four bytes of a member are its plain size (RFC 1952, 2.3.1). Of many members they
    tell the last one's, which is then smaller than everything together: a guess that costs
    speed, not truth, where it is wrong.
    """
    size = int.from_bytes(data[-4:], "little")
    return size if len(data) < size <= _WHOLE else 0


def unzstd(chunks: Iterator[bytes], problem: Problem) -> Iterator[bytes]:
    """Decompress all frames of a zstd stream, as `gunzip` does members."""
    zstd = _zstd_module()
    return _members(
        chunks,
        problem,
        name="zstd",
        magic=ZSTD,
        make=zstd.ZstdDecompressor,
        error=zstd.ZstdError,
    )


def inflate_zlib(chunks: Iterator[bytes], problem: Problem) -> Iterator[bytes]:
    """Decompress zlib streams, one after another."""
    return _members(
        chunks,
        problem,
        name="zlib",
        magic=b"\x78",
        make=lambda: isal_zlib.decompressobj(15),
        error=isal_zlib.error,  # type: ignore[arg-type]  # its stub declares an instance
    )


def _zstd_module() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd  # the standard library's module, for older versions
    return zstd


def _members(
    chunks: Iterator[bytes],
    problem: Problem,
    *,
    name: str,
    magic: bytes,
    make: Callable[[], _Inflater],
    error: type[Exception],
) -> Iterator[bytes]:
    """Decompress a run of members (gzip), frames (zstd) or streams (zlib), one after another."""
    member: _Inflater | None = None
    input_ = _Input(chunks)
    step = _STEP
    while input_.fill(len(magic) if member is None else 1):
        if member is None:
            if input_.skip_zeros():
                continue
            if not input_.at(magic) and not input_.at_match(ZSTD_SKIPPABLE):
                offset = input_.offset
                skipped = input_.skip_to(magic)
                problem(f"{skipped} bytes at offset {offset} are no {name} data")
                continue
            member = make()
            step = _STEP
        whole = name == "gzip" and input_.holds_only_member()
        piece = input_.take(input_.left if whole else step)
        try:
            out = member.decompress(piece, _MOST)
        except error as exception:
            problem(f"damaged {name} data before offset {input_.offset}: {exception}")
            member = None
            # The next member may begin anywhere after the first byte of what failed.
            input_.give_back(len(piece) - 1)
            input_.skip_to(magic)
            continue
        while out:
            yield out
            # Input that was taken may hold more than one call may return.
            out = b"" if member.eof else _more_of(member, error)
        if member.eof:
            input_.give_back(len(member.unused_data))
            member = None
        else:
            input_.give_back(len(getattr(member, "unconsumed_tail", b"")))
            step *= 2
    if member is not None and name != "zstd":
        # The end of the input need not be the end of the output.
        while not member.eof and (out := member.decompress(memoryview(b""), _MOST)):
            yield out
    if member is not None and not member.eof:
        problem(f"truncated: the {name} data end in the middle, at byte {input_.offset}")


def _more_of(member: _Inflater, error: type[Exception]) -> bytes:
    """Return what a decompressor still has of input that it took; zlib's gives the input back."""
    if getattr(member, "needs_input", True):
        return b""
    try:
        return member.decompress(memoryview(b""), _MOST)
    except error:
        return b""  # the next input meets the same error, where it is told


class _Input:
    """A stream of chunks with a position in it; what lies before the position is let go."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._chunk = b""
        self._position = 0
        self._before = 0

    @property
    def offset(self) -> int:
        """The position, counted from the beginning of the stream."""
        return self._before + self._position

    @property
    def left(self) -> int:
        """Bytes at hand."""
        return len(self._chunk) - self._position

    def holds_only_member(self) -> bool:
        """Tell whether all input is at hand and looks like one gzip member."""
        return not self.offset and bool(_size_of_only_member(self._chunk)) and not self._read_on()

    def fill(self, size: int) -> bool:
        """Have `size` bytes at hand, or all that are left; false at the end."""
        while len(self._chunk) - self._position < size and self._read_on():
            pass
        return self._position < len(self._chunk)

    def _read_on(self) -> bool:
        more = next(self._chunks, b"")
        self._before += self._position
        self._chunk = self._chunk[self._position :] + more
        self._position = 0
        return bool(more)

    def at(self, magic: bytes) -> bool:
        """Tell whether the magic number stands at the position."""
        return self._chunk.startswith(magic, self._position)

    def at_match(self, pattern: re.Pattern[bytes]) -> bool:
        """Tell whether the pattern matches at the position."""
        return pattern.match(self._chunk, self._position) is not None

    def take(self, size: int) -> memoryview:
        """Return up to `size` of the bytes at hand, without a copy, and go behind them."""
        taken = memoryview(self._chunk)[self._position : self._position + size]
        self._position += len(taken)
        return taken

    def give_back(self, size: int) -> None:
        """Go back by some of the bytes that were taken last."""
        self._position -= size

    def skip_zeros(self) -> bool:
        """Go behind the zeros at the position; tell whether there were any."""
        if self._chunk[self._position]:
            return False
        rest = self._chunk[self._position :].lstrip(b"\0")
        self._position = len(self._chunk) - len(rest)
        return True

    def skip_to(self, magic: bytes) -> int:
        """Go to the next magic number, or to the end; return how many bytes that passes over."""
        start = self.offset
        # One or two bytes are no landmark: the rest is given up.
        while len(magic) > 2:
            found = self._chunk.find(magic, self._position)
            if found >= 0:
                self._position = found
                return self.offset - start
            self._position = max(self._position, len(self._chunk) - len(magic) + 1)
            if not self._read_on():
                break
        else:
            while self.fill(1):
                self._position = len(self._chunk)
        self._position = len(self._chunk)
        return self.offset - start
