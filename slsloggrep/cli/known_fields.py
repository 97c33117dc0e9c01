"""Names of fields that a shell completes, as runs of the program have seen them in logs.

A file for each source, beside those of `slsloggrep.cli.known_names`. It holds names and never a
value; what a name may look like is decided here, which names a run has seen by
`slsloggrep.cli.field_notes`. A key of a log may itself be data (a customer, a token): only what
looks like a field's name is kept, and only so many.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from slsloggrep.cli.known_names import CacheFile, identity_of

MOST = 300
"""Names of a source that are kept, the last seen first."""
LONGEST = 60
"""Characters of a name with the names above it."""
PIPE = "-"
"""A source that is another one each time: nothing is kept of it."""

_RENEWED_S = 86_400
"""Age at which a file is marked as used, lest it is removed with those that nobody uses."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_LONGEST_WORD = 18
"""Letters in a row that are a word: keys of AWS have 20 and more, tokens and hashes more still."""
_MOST_WORDS = 6
"""Between two dots: case changes in a random text all the time."""
_MOST_DIGITS = 2
"""`s3`, `x_b3`, `p95_ms`; what has more is a number, an ID or a hash."""


class Place(NamedTuple):
    """A source as it was named, and whose account it is in; None: as the environment says."""

    source: str
    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    endpoint_url: str | None = None
    role_arn: str | None = None


def place_of(word: str, given: Mapping[str, Any], *, is_named: bool) -> Place:
    """Return the place that a word of `-S` means; `given`: the account, by parameter.

    A path is told by where it leads to, and is in no account. `is_named`: the word is a name of
    the settings.
    """
    if not is_named and not _SCHEME.match(word):
        return Place(os.path.abspath(word))
    profiles, regions = (tuple(given.get(name) or ()) for name in ("profiles", "regions"))
    return Place(word, profiles, regions, given.get("endpoint_url"), given.get("role_arn"))


def is_field_name(name: object) -> bool:
    """Tell whether a key looks like a field's name, and neither like data nor like a secret."""
    return (
        isinstance(name, str)
        and len(name) <= LONGEST
        and _NAME.fullmatch(name) is not None
        and sum(character.isdigit() for character in name) <= _MOST_DIGITS
        and all(map(_is_worded, name.split(".")))
    )


def _is_worded(part: str) -> bool:
    words = _WORD.findall(part)
    return 0 < len(words) <= _MOST_WORDS and all(len(word) <= _LONGEST_WORD for word in words)


class FieldFile(CacheFile):
    """The file with the names of fields that one source's logs have."""

    def __init__(self, folder: Path, place: Place, env: Mapping[str, str]) -> None:
        # A path is the same whoever has which credentials.
        whose = [] if os.path.isabs(place.source) else identity_of(env)
        super().__init__(folder, "fields", [*place, *whose])

    def read(self) -> tuple[str, ...]:
        """Return the names; none where there is no file, or no sense in it."""
        stated = self._load()
        return tuple(filter(is_field_name, stated)) if isinstance(stated, list) else ()

    def add(self, names: Sequence[str]) -> None:
        """Put names before those that are known; raises OSError."""
        fit = [name for name in names if is_field_name(name)]
        known = self.read()
        if not set(fit) <= set(known):
            self._store(list(dict.fromkeys((*fit, *known)))[:MOST])
        elif fit and self._path.stat().st_mtime < time.time() - _RENEWED_S:
            os.utime(self._path)
