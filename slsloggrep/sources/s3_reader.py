"""A very large object as a stream: ranged reads, the next ones under way while one is used.

Which ranges, and how many bytes are held at once, is decided here; how a range is fetched, repeated
and refused belongs to the store that gives `fetch`.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future

PART = 4 << 20
"""Bytes of one range: enough to use a connection well, little enough to hold several of them."""

AHEAD = 3
"""Ranges under way beyond the one in use; with PART it bounds the memory of one reader."""


class RangeReader(io.RawIOBase):
    """Reads an object of known size from its first byte to its last.

    `fetch(start, stop)` returns the bytes from `start` to before `stop`; what it raises, reading
    raises. Closing stops what is not under way yet.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], bytes],
        size: int,
        pool: Executor,
        *,
        part: int = PART,
        ahead: int = AHEAD,
    ) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._pool = pool
        self._part = part
        self._ahead = ahead
        self._planned = 0
        self._coming: deque[Future[bytes]] = deque()
        self._current = memoryview(b"")

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # any buffer, in practice
        """Fill a buffer, as far as the current range goes; 0 at the end."""
        if not self._current:
            self._plan()
            if not self._coming:
                return 0
            self._current = memoryview(self._coming.popleft().result())
            self._plan()
        count = min(len(buffer), len(self._current))
        buffer[:count] = self._current[:count]
        self._current = self._current[count:]
        return count

    def close(self) -> None:
        """Stop fetching."""
        for part in self._coming:
            part.cancel()
        self._coming.clear()
        self._current = memoryview(b"")
        super().close()

    def _plan(self) -> None:
        while len(self._coming) < self._ahead and self._planned < self._size:
            stop = min(self._planned + self._part, self._size)
            self._coming.append(self._pool.submit(self._fetch, self._planned, stop))
            self._planned = stop
