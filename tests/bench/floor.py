"""The floor under any search of an archive: decompress every object with isal, and nothing else.

    python tests/bench/floor.py FOLDER

Two threads (isal releases the GIL), every layer taken off, the bytes thrown away.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from isal import igzip, isal_zlib

MAGIC = b"\x1f\x8b"


def inflate(data: bytes) -> bytes:
    """Decompress one layer, in one piece where the trailer tells the size."""
    size = int.from_bytes(data[-4:], "little")
    if len(data) <= size < 1 << 28:
        inflater = isal_zlib.decompressobj(31)
        plain = inflater.decompress(data, size)
        if inflater.eof and not inflater.unused_data:
            return plain
    return igzip.decompress(data)


def read(path: Path) -> int:
    data = path.read_bytes()
    while data.startswith(MAGIC):
        data = inflate(data)
    return len(data)


def main() -> None:
    paths = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file())
    with ThreadPoolExecutor(2) as pool:
        print(sum(pool.map(read, paths)))


if __name__ == "__main__":
    main()
