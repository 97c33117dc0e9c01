"""Compression formats that are containers: zip, and the three shapes of Snappy.

Each function takes a stream of chunks and yields plain chunks in bounded memory, telling `problem`
what could not be read. Recognising the other layers, and their order, is `compression`'s work.
"""

from __future__ import annotations

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator

import cramjam

from slsloggrep.decode.members import Problem

_SPOOL = 16 * 1024 * 1024
"""A zip file up to this size stays in memory; a larger one goes through a temporary file."""

_RAW_LIMIT = 64 * 1024 * 1024
"""Raw Snappy has no blocks: it must be held whole, compressed and plain."""

_STREAM_ID = b"\xff\x06\x00\x00sNaPpY"
_MAX_BLOCK = 16 * 1024 * 1024
_LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")


def unzip(chunks: Iterator[bytes], problem: Problem) -> Iterator[bytes]:
    """Yield the contents of every entry of a zip file, one after another.

    Where the central directory is missing (a truncated object) the first entry is read through its
    local header (APPNOTE 4.3.7), as far as it goes.
    """
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
        for chunk in chunks:
            spool.write(chunk)
        spool.seek(0)
        try:
            archive = zipfile.ZipFile(spool)
        except zipfile.BadZipFile as error:
            problem(f"damaged zip file: {error}")
            spool.seek(0)
            yield from _inflate_first_entry(iter(lambda: spool.read(65536), b""))
            return
        with archive:
            for entry in archive.infolist():
                if entry.is_dir():
                    continue
                try:
                    with archive.open(entry) as stream:
                        while chunk := stream.read(65536):
                            yield chunk
                except (
                    zipfile.BadZipFile,
                    zlib.error,
                    EOFError,
                    RuntimeError,
                    NotImplementedError,
                ) as error:
                    # RuntimeError: encrypted; NotImplementedError: an exotic method.
                    problem(f"zip entry {entry.filename!r}: {error}")


def _inflate_first_entry(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= 1024:
            break
    if len(head) < _LOCAL_HEADER.size:
        return
    header = _LOCAL_HEADER.unpack_from(head)
    method, name_length, extra_length = header[3], header[9], header[10]
    if method != zipfile.ZIP_DEFLATED:
        return
    inflater = zlib.decompressobj(-15)
    chunk = head[_LOCAL_HEADER.size + name_length + extra_length :]
    while chunk and not inflater.eof:
        try:
            yield inflater.decompress(chunk)
        except zlib.error:
            return
        chunk = next(chunks, b"")


class _Cursor:
    """Reads exact numbers of bytes out of a stream of chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._pending = bytearray()

    def take(self, size: int) -> bytes:
        """Return `size` bytes, or fewer at the end."""
        while len(self._pending) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._pending += chunk
        taken = bytes(self._pending[:size])
        del self._pending[:size]
        return taken


def unsnap_frames(chunks: Iterator[bytes], problem: Problem) -> Iterator[bytes]:
    """Decompress Snappy's framing format, checksums verified, one frame at a time."""
    cursor = _Cursor(chunks)
    while header := cursor.take(4):
        if len(header) < 4:
            problem("truncated: the snappy frames end within a frame header")
            return
        kind, size = header[0], int.from_bytes(header[1:], "little")
        body = cursor.take(size)
        if len(body) < size:
            problem(f"truncated: a snappy frame of {size} bytes ends after {len(body)}")
            return
        if kind in (0, 1):
            try:
                yield bytes(cramjam.snappy.decompress(_STREAM_ID + header + body))
            except cramjam.DecompressionError as error:
                problem(f"damaged snappy frame: {error}")
        elif 0x02 <= kind <= 0x7F:
            problem(f"damaged snappy data: a frame of the reserved kind {kind:#x}")
            return


def is_raw_snappy(head: bytes) -> bool:
    """Tell whether bytes may begin a raw Snappy block: a length, then a literal of plain text."""
    length, size = _varint(head)
    if not size or not 0 < length < _RAW_LIMIT * 4 or len(head) <= size:
        return False
    tag = head[size]
    if tag & 3:  # a copy cannot come first
        return False
    extra = (tag >> 2) - 59 if tag >> 2 >= 60 else 0
    literal = head[size + 1 + extra :]
    return bool(literal) and literal[0] in b"{[ \t\n\x1fABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def unsnap_raw(chunks: Iterator[bytes], problem: Problem) -> Iterator[bytes]:
    """Decompress one raw Snappy block; it has no magic number, and damage cannot be skipped."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > _RAW_LIMIT:
            problem(f"raw snappy data of more than {_RAW_LIMIT} bytes")
            return
    length, _ = _varint(bytes(data[:10]))
    if length > _RAW_LIMIT * 2:
        problem(f"raw snappy data that expand to {length} bytes")
        return
    try:
        yield bytes(cramjam.snappy.decompress_raw(bytes(data)))
    except cramjam.DecompressionError as error:
        problem(f"damaged raw snappy data (or an unknown binary format): {error}")


def _varint(data: bytes) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[:5]):
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return value, index + 1
    return 0, 0


def is_hadoop_snappy(head: bytes) -> bool:
    """Tell whether bytes may begin Hadoop's block format: plain size, compressed size, raw data."""
    if len(head) < 12:
        return False
    plain, compressed = struct.unpack_from(">II", head)
    if not 0 < plain <= _MAX_BLOCK or not 0 < compressed <= _MAX_BLOCK + _MAX_BLOCK // 6 + 32:
        return False
    length, size = _varint(head[8:])
    return size > 0 and 0 < length <= plain and is_raw_snappy(head[8:])


def unsnap_hadoop(chunks: Iterator[bytes], problem: Problem) -> Iterator[bytes]:
    """Decompress Hadoop's block format: big-endian sizes before raw Snappy data, repeated."""
    cursor = _Cursor(chunks)
    while header := cursor.take(4):
        if len(header) < 4:
            problem("truncated: the hadoop snappy data end within a block header")
            return
        remaining = int.from_bytes(header, "big")
        if remaining > _MAX_BLOCK:
            problem(f"damaged hadoop snappy data: a block of {remaining} bytes")
            return
        while remaining > 0:
            size = int.from_bytes(cursor.take(4), "big")
            body = cursor.take(size) if 0 < size <= _MAX_BLOCK * 2 else b""
            if not body or len(body) < size:
                problem("truncated or damaged: a hadoop snappy block ends early")
                return
            try:
                out = bytes(cramjam.snappy.decompress_raw(body))
            except cramjam.DecompressionError as error:
                problem(f"damaged hadoop snappy block: {error}")
                return
            if not out:
                problem("damaged hadoop snappy data: an empty block")
                return
            remaining -= len(out)
            yield out
