"""Documents to text: one indented JSON document, or one document a line.

The characters are `slsloggrep.harmless`'s affair, the fields are their documents'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, TextIO

import msgspec

from slsloggrep.harmless import json_text


def write_json(document: Any, stream: TextIO) -> None:
    """Write one document, indented by two spaces and ended by a newline.

    Valid JSON on any output: where the encoding is not Unicode, what it lacks is escaped.
    """
    text = json_text(document, ascii_only=not _is_unicode(stream))
    # Deeper than the formatter goes, it stays on one line and is the same document.
    with suppress(RecursionError):
        text = msgspec.json.format(text, indent=2)
    stream.write(text)
    stream.write("\n")


def write_ndjson(documents: Iterable[Any], stream: TextIO) -> int:
    """Write documents one a line as they come, and return how many there were."""
    count = 0
    for line in ndjson_lines(documents, ascii_only=not _is_unicode(stream)):
        stream.write(line)
        count += 1
    return count


def ndjson_lines(documents: Iterable[Any], *, ascii_only: bool = False) -> Iterator[str]:
    """Yield each document as a line of JSON, newline included."""
    for document in documents:
        yield json_text(document, ascii_only=ascii_only) + "\n"


def _is_unicode(stream: TextIO) -> bool:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return encoding.lower().startswith("utf")
