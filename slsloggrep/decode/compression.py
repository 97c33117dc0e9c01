"""Takes compression off, layer by layer, told by content and never by name.

An archive object is a stream of byte chunks; so is every layer of it. All layers run in bounded
memory, however large the object: a chunk goes in, a chunk comes out. What the bytes mean once
they are plain belongs to `slsloggrep.decode.documents`; Parquet and ORC are only recognised here,
because they are formats of their own rather than layers.

Damage never ends in an exception: what could be read is yielded, and `Problem` hears why there is
no more. How one layer is read is the knowledge of `slsloggrep.decode.members` (gzip, zstd, zlib)
and `slsloggrep.decode.containers` (zip, Snappy).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from enum import Enum, auto
from typing import NamedTuple

from slsloggrep.decode import containers, members
from slsloggrep.decode.members import GZIP, ZSTD, ZSTD_SKIPPABLE, Problem

CHUNK = 4 * 1024 * 1024
"""Compressed bytes that are read at once: most archived objects fit."""

MAX_LAYERS = 4
"""CloudWatch compresses, Firehose compresses, a person compresses, and one to spare."""

MAX_RATIO = 400
"""Logs shrink 5 to 30 times; a bomb, a thousand times per layer."""

FREE_BYTES = 256 * 1024 * 1024
"""Up to here an object may expand at any ratio: small files of equal lines are no attack."""

_ZIP = b"PK\x03\x04"
_SNAPPY_FRAMES = b"\xff\x06\x00\x00sNaPpY"
_TEXT_CONTROLS = frozenset(b"\t\n\r\x1b\x0c\x08\x07")

_Decompress = Callable[[Iterator[bytes], Problem], Iterator[bytes]]


class Format(Enum):
    """What plain bytes turned out to be."""

    TEXT = auto()
    PARQUET = auto()
    ORC = auto()
    BINARY = auto()
    EMPTY = auto()


class Content(NamedTuple):
    """An object without its compression."""

    format: Format
    chunks: Iterator[bytes]


def expand(chunks: Iterable[bytes], problem: Problem) -> Content:
    """Take every layer of compression off a stream of chunks.

    Reads only as much as it needs to tell the layers; the rest is read while the result is
    consumed. `problem` may be called at any time until the result is exhausted.
    """
    meter = _Meter()
    head, stream = _peek(meter.count_input(chunks))
    for _ in range(MAX_LAYERS):
        decompress = _layer_of(head)
        if decompress is None:
            return Content(_format_of(head), stream)
        head, stream = _peek(meter.bound(decompress(stream, problem), problem))
    if _layer_of(head) is None:
        return Content(_format_of(head), stream)
    problem(f"more than {MAX_LAYERS} layers of compression")
    return Content(Format.EMPTY, iter(()))


def unpack(data: bytes, limit: int = FREE_BYTES) -> tuple[bytes, str | None]:
    """Take every layer off bytes in memory; return what is plain and why there is no more, if so.

    At most `limit` bytes are returned.
    """
    problems: list[str] = []
    parts: list[bytes] = []
    size = 0
    for chunk in expand(_slices(data), problems.append).chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > limit:
            return b"".join(parts)[:limit], f"expands to more than {limit} bytes"
    return b"".join(parts), "; ".join(problems) or None


class _Meter:
    """Compares what goes into the layers with what comes out, and stops a bomb."""

    def __init__(self) -> None:
        self.read = 0

    def count_input(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.read += len(chunk)
            yield chunk

    def bound(self, chunks: Iterator[bytes], problem: Problem) -> Iterator[bytes]:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > FREE_BYTES and size > MAX_RATIO * self.read:
                problem(
                    f"expands more than {MAX_RATIO}-fold ({size} bytes out of {self.read}): "
                    "refused as a decompression bomb"
                )
                return
            yield chunk


def _peek(chunks: Iterator[bytes], size: int = 64) -> tuple[bytes, Iterator[bytes]]:
    taken: list[bytes] = []
    have = 0
    for chunk in chunks:
        taken.append(chunk)
        have += len(chunk)
        if have >= size:
            break
    return b"".join(taken)[:size], itertools.chain(taken, chunks)


def _slices(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), CHUNK):
        yield data[start : start + CHUNK]


def _layer_of(head: bytes) -> _Decompress | None:
    if head.startswith(GZIP):
        return members.gunzip
    if head.startswith(ZSTD) or ZSTD_SKIPPABLE.match(head):
        return members.unzstd
    if head.startswith(_ZIP):
        return containers.unzip
    if head.startswith(_SNAPPY_FRAMES):
        return containers.unsnap_frames
    if _is_zlib(head):
        return members.inflate_zlib
    if head and not _looks_like_text(head):
        if containers.is_hadoop_snappy(head):
            return containers.unsnap_hadoop
        if containers.is_raw_snappy(head):
            return containers.unsnap_raw
    return None


def _is_zlib(head: bytes) -> bool:
    # RFC 1950, 2.2: deflate with a window of up to 32 KiB, the header a multiple of 31, no preset
    # dictionary. `x^` begins a zlib stream and may begin a line: no line has a control after it.
    return (
        len(head) > 2
        and head[0] == 0x78
        and (head[0] << 8 | head[1]) % 31 == 0
        and not head[1] & 0x20
        and not _looks_like_text(head)
    )


def _looks_like_text(head: bytes) -> bool:
    """Tell text from binary by its controls: logs hold tabs, newlines, escapes, and no others."""
    strange = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in head)
    if strange:
        return False
    try:
        head[:-4].decode()
    except UnicodeDecodeError:
        return sum(byte >= 128 for byte in head) * 4 < len(head)
    return True


def _format_of(head: bytes) -> Format:
    if not head:
        return Format.EMPTY
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith(b"ORC") and not _looks_like_text(head):
        return Format.ORC
    if b"\0" in head and not _looks_like_text(head):
        return Format.BINARY
    return Format.TEXT
