"""Which fields the logs of a run have, noted in passing for `slsloggrep.cli.known_fields`.

Names alone are noted, of a few records of each log group, and kept where they recur: a key that is
data rarely does. Nothing is noted of what is redacted, or comes through a pipe. It is done beside
the work, and what goes wrong with it is nobody's concern.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from slsloggrep.cli.context import Environment
from slsloggrep.cli.known_fields import LONGEST, PIPE, FieldFile, is_field_name, place_of
from slsloggrep.cli.known_names import cache_folder

if TYPE_CHECKING:
    from slsloggrep.cli.options import Inputs
    from slsloggrep.model import Record

_REDACTING = ("redact", "redact_ips", "redact_ids", "redact_patterns", "redact_fields")
"""Parameters of those who do not want to see everything, and so do not want it kept."""

_RECORDS = 200
"""That are looked at in a run: some milliseconds."""
_OF_A_GROUP = 10
_WIDEST = 64
"""Keys of an object; one that has more is a table, and its keys are data."""
_DEEPEST = 3
"""Objects within one another."""
_ITEMS = 3
"""Of a list that are looked at."""
_RECURRING = 2

_is_name = lru_cache(maxsize=512)(is_field_name)  # the same keys come again and again


class FieldNotes:
    """The names of fields in the records of one run."""

    def __init__(self, files: Mapping[str, FieldFile]) -> None:
        """Begin; the files are those of the sources, by URL."""
        self._files = files
        self._left = _RECORDS
        self._looked: Counter[tuple[str, str]] = Counter()
        self._seen: dict[str, Counter[str]] = {url: Counter() for url in files}

    def take(self, record: Record) -> None:
        """Note the fields of a record, if it is one of the few that are looked at."""
        if not self._left or not record.fields:
            return
        event = record.event
        key = (event.source, event.log_group)
        if self._looked[key] >= _OF_A_GROUP:
            return
        seen = self._seen.get(event.source)
        if seen is not None:
            self._looked[key] += 1
            self._left -= 1
            seen.update(set(_names_in(record.fields)))

    def keep(self) -> None:
        """Write the names that recurred into the cache, where there is one."""
        for url, seen in self._seen.items():
            recurring = [name for name, count in seen.items() if count >= _RECURRING]
            if names := sorted(recurring, key=lambda name: (-seen[name], name)):
                with suppress(OSError):
                    self._files[url].add(names)


@contextmanager
def noting(
    environment: Environment, given: Mapping[str, Any], inputs: Inputs
) -> Iterator[FieldNotes | None]:
    """Lend notes for a run, and keep them in the end; None where nothing is to be kept of it.

    `given` are the parameters as options and settings say, before any source adds its own.
    """
    folder = cache_folder(environment.env, sys.platform)
    if folder is None or any(given.get(name) for name in _REDACTING):
        yield None
        return
    places = {} if inputs.files is None else inputs.files.places
    names = {url: name for name, url in places.items()}
    files = {}
    for url in inputs.urls:
        if url != PIPE:
            place = place_of(names.get(url, url), given, is_named=url in names)
            files[url] = FieldFile(folder, place, environment.env)
    notes = FieldNotes(files)
    try:
        yield notes
    finally:
        notes.keep()


def _names_in(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of fields with those above them: `order.total`."""
    pending = [("", fields, 1)]
    while pending:
        above, inside, depth = pending.pop()
        if len(inside) > _WIDEST:
            continue
        for key, value in inside.items():
            name = f"{above}{key}"
            if len(name) > LONGEST or not _is_name(key):
                continue
            yield name
            if depth < _DEEPEST:
                items = value[:_ITEMS] if isinstance(value, list | tuple) else (value,)
                pending += [
                    (f"{name}.", item, depth + 1) for item in items if isinstance(item, Mapping)
                ]
