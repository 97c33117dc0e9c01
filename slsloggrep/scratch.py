"""Temporary files: how they are given up.

What is kept in them, and when, is decided by those who keep it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import BinaryIO


def give_up(file: BinaryIO) -> None:
    """Close a temporary file; that its last bytes find no room is no matter any more."""
    with suppress(OSError):
        file.close()
