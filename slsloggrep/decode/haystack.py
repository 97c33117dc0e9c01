"""A buffer of plain bytes that is searched by the C library, at memory speed and without the GIL.

What is searched for, and in which spellings, is `slsloggrep.decode.search`'s knowledge.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

_Strstr = Callable[[int, bytes], "int | None"]
_Memmem = Callable[[int, int, bytes, int], "int | None"]


def _load(name: str, result: Any, *arguments: Any, alone: bool = False) -> Any:
    """Return a function of the C library, or None where there is none (Windows).

    A foreign call releases the GIL, so that two threads search at once. Calls that keep it are a
    tenth cheaper, for processes with a single thread; else the other threads would wait.
    """
    if sys.platform == "win32":
        return None
    try:
        library = ctypes.PyDLL if alone else ctypes.CDLL
        function: Any = getattr(library(None), name)
    except (OSError, AttributeError):
        return None
    function.restype = result
    function.argtypes = arguments
    return function


def _load_strstr(*, alone: bool = False) -> Any:
    """Return strstr where it is known to be the faster of the two.

    glibc has it in SSE2 and AVX-512: 20 to 30 GB/s, whatever the needle's length. Its memmem (2 to
    10 GB/s, by the needle's length) uses no such instructions, nor do other libraries' strstr.
    """
    if not sys.platform.startswith("linux"):
        return None
    return _load("strstr", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, alone=alone)


_strstr: _Strstr | None = _load_strstr()


def search_alone() -> None:
    """Search without letting other threads run: this process has none."""
    global _strstr
    _strstr = _load_strstr(alone=True)


_strlen: Callable[[int], int] | None = _load("strlen", ctypes.c_size_t, ctypes.c_void_p)
_memmem: _Memmem | None = _load(
    "memmem", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t
)

_memcpy: Callable[[int, int, int], int] | None = _load(
    "memcpy", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
)

_WINDOW = 256 * 1024
"""Bytes that stay in a core's second cache (L2) while they are searched for many needles."""

_OVERLAP = 4096
"""Longest needle that is searched so, more or less."""

_MANY = 4
"""From so many needles on it pays to copy the bytes into a window first."""

_GROWTH = 16 * 1024 * 1024
"""A large buffer grows by so much at a time: twofold would take memory that nobody fills."""


class Haystack:
    """A reusable buffer of plain bytes that can be searched without the GIL.

    The buffer is kept from block to block and from object to object: fresh megabytes for every
    object cost more in page faults than searching them does.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._own = bytearray(capacity)
        self.buffer: bytes | bytearray = self._own
        self.filled = 0
        self._text: bool | None = None
        """Whether a NUL ends the bytes and none lies within; None: nobody has looked."""
        self._window = ctypes.create_string_buffer(_WINDOW + _OVERLAP + 1)
        self._pin()

    def _pin(self) -> None:
        self._exported = (ctypes.c_char * len(self._own)).from_buffer(self._own)
        self._address = ctypes.addressof(self._exported)

    def adopt(self, data: bytes) -> None:
        """Hold these bytes, which are all there are, without a copy; `clear` lets them go."""
        self.buffer = data
        self.filled = len(data)
        self._text = None
        self._address = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end, growing the buffer where they do not fit."""
        end = self.filled + len(chunk)
        if end > len(self._own):
            grown = bytearray(max(end, len(self._own) + min(len(self._own), _GROWTH)))
            grown[: self.filled] = memoryview(self._own)[: self.filled]
            self._own = self.buffer = grown
            self._pin()
        self._own[self.filled : end] = chunk
        self.filled = end
        self._text = None

    def drop(self, size: int) -> None:
        """Forget the first `size` bytes; what follows moves to the front."""
        rest = bytes(memoryview(self._own)[size : self.filled])
        self._own[: len(rest)] = rest
        self.filled = len(rest)
        self._text = None

    def clear(self) -> None:
        """Forget everything, and give back what a very large document made the buffer grow to."""
        self.filled = 0
        self._text = None
        if len(self._own) > self._capacity:
            self._own = bytearray(self._capacity)
        self.buffer = self._own
        self._pin()

    def find(self, needle: bytes, start: int = 0) -> int:
        """Return the offset of the needle's first occurrence at or after `start`, or -1."""
        if _strstr is not None and self._is_text() and b"\0" not in needle:
            found = _strstr(self._address + start, needle)
        elif _memmem is not None:
            found = _memmem(self._address + start, self.filled - start, needle, len(needle))
        else:
            return self.buffer.find(needle, start, self.filled)
        return -1 if found is None else found - self._address

    def find_all(self, needle: bytes, step: int = 0) -> list[int]:
        """Return the offsets of all occurrences that are `step` bytes apart, or more.

        Without a step, of those that do not overlap.
        """
        step = step or len(needle)
        if _strstr is None or b"\0" in needle or not self._is_text():
            return list(self._find_each(needle, step))
        # Runs once for every REPORT of the archive: it is written for speed.
        offsets: list[int] = []
        address = self._address
        found = _strstr(address, needle)
        while found is not None:
            offsets.append(found - address)
            found = _strstr(found + step, needle)
        return offsets

    def find_all_of(self, needles: Sequence[bytes], steps: Sequence[int]) -> list[list[int]]:
        """Return what `find_all` returns for each needle, cheaper where they are many.

        At the border of a window, occurrences may be closer to each other than the step.
        """
        overlap = max(map(len, needles), default=0)
        if (
            len(needles) < _MANY
            or overlap > _OVERLAP
            or _strstr is None
            or _memcpy is None
            or any(b"\0" in needle for needle in needles)
            or not self._is_text()
        ):
            return list(map(self.find_all, needles, steps))
        strstr, window = _strstr, self._window
        address = ctypes.addressof(window)
        offsets: list[list[int]] = [[] for _ in needles]
        for start in range(0, self.filled, _WINDOW):
            size = min(_WINDOW + overlap, self.filled - start)
            _memcpy(address, self._address + start, size)
            window[size] = b"\0"
            end, shift = address + _WINDOW, start - address
            for needle, step, found in zip(needles, steps, offsets, strict=True):
                at = strstr(address, needle)
                while at is not None and at < end:
                    found.append(at + shift)
                    at = strstr(at + step, needle)
        return offsets

    def _find_each(self, needle: bytes, step: int) -> Iterator[int]:
        position = self.find(needle)
        while position >= 0:
            yield position
            position = self.find(needle, position + step)

    def _is_text(self) -> bool:
        """Tell whether a string function of C sees all of the bytes and nothing else."""
        if self._text is None:
            if self.buffer is self._own and self.filled < len(self._own):
                # At the very end, Python itself keeps a NUL, as behind all its bytes.
                self._own[self.filled] = 0
            self._text = _strlen is not None and _strlen(self._address) == self.filled
        return self._text

    def view(self, start: int = 0, end: int | None = None) -> bytes:
        """Return a stretch of the filled part; it stays as it is, whatever follows."""
        if isinstance(self.buffer, bytes) and start == 0 and end in (None, self.filled):
            return self.buffer
        return bytes(memoryview(self.buffer)[start : self.filled if end is None else end])
