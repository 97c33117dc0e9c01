"""Names that a shell completes, as they were known last: log groups and functions of an account.

A file for each account in the platform's cache folder, readable by its owner alone, without secrets
or logs. It is read at every Tab, so nothing here takes long or fails: what cannot be read is not
known. Who asks AWS for the names, and when, is `slsloggrep.cli.name_search`'s business; names of
fields are `slsloggrep.cli.known_fields`'.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows: two Tabs at once may ask twice, which does no harm
    flock = None  # type: ignore[assignment]

FRESH_S = 300
"""Names of this age are not asked for again."""
PAUSE_S = 120
"""Between two attempts, if the first failed; longer than an attempt can last."""
KEPT_S = 7 * 86_400
"""A file that was not written for so long is removed: temporary keys make a new one every day."""
MOST = 20_000
"""Names of a kind that are kept: reading more would be felt."""
LARGEST = 16 * 1024 * 1024

_KINDS = ("names", "fields")
"""How the names of files in the cache begin."""

_SAFE = re.compile(r"[A-Za-z0-9._/@+][A-Za-z0-9._/#@+-]*")
"""Names that need no quotes in any shell, and are no options; CloudWatch and Lambda have hardly any
others (API References, CreateLogGroup and CreateFunction)."""

_IDENTITY = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
    *("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
    *("AWS_REGION", "AWS_DEFAULT_REGION"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LOGS", "AWS_ENDPOINT_URL_LAMBDA"),
)
"""Variables that tell whose names they are; none of them is a secret, and only a hash is kept."""


class Account(NamedTuple):
    """Whose names are meant; None: as the environment says."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None


class Names(NamedTuple):
    """What there is in an account and region."""

    groups: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    stacks: tuple[str, ...] = ()


def is_safe(name: object) -> bool:
    """Tell whether a shell takes a name as it is, and a terminal shows it as it is."""
    return isinstance(name, str) and _SAFE.fullmatch(name) is not None


def cache_folder(env: Mapping[str, str], platform: str) -> Path | None:
    """Return the program's cache folder; None where nothing says where home is.

    `platform` is `sys.platform`. XDG_CACHE_HOME goes first everywhere, and counts only where it is
    absolute (XDG Base Directory Specification); then LOCALAPPDATA on Windows, ~/Library/Caches on
    macOS, ~/.cache elsewhere.
    """
    xdg = env.get("XDG_CACHE_HOME")
    if xdg and Path(xdg).is_absolute():
        return Path(xdg) / "slsloggrep"
    if platform == "win32" and (local := env.get("LOCALAPPDATA")):
        return Path(local) / "slsloggrep" / "Cache"
    home = env.get("HOME") or env.get("USERPROFILE")
    if not home or not Path(home).is_absolute():
        return None
    usual = ("Library", "Caches") if platform == "darwin" else (".cache",)
    return Path(home).joinpath(*usual, "slsloggrep")


def identity_of(env: Mapping[str, str]) -> list[str | None]:
    """Return what variables tell of whose credentials are used."""
    return [env.get(name) for name in _IDENTITY]


class CacheFile:
    """A file of the cache: JSON about an account or a source, of whose name only a hash is told."""

    def __init__(self, folder: Path, kind: str, whose: Sequence[object]) -> None:
        key = hashlib.sha256(json.dumps(whose).encode()).hexdigest()[:32]
        self._path = folder / f"{kind}-{key}.json"

    def _load(self) -> Any:
        """Return what the file states; None where there is no file, or no sense in it."""
        try:
            if not self._path.is_file():  # a pipe would be waited for without end
                return None
            with self._path.open("rb") as stream:
                return json.loads(stream.read(LARGEST))
        except (OSError, ValueError, RecursionError):
            return None

    def _store(self, stated: object) -> None:
        """Replace the file, whole; raises OSError. Files that nobody uses any more are removed."""
        self._make_folder()
        # Temporary by its name: another process may write at the same time.
        part = self._path.with_suffix(f".{os.getpid()}")
        try:
            with open(part, "x", encoding="utf-8", opener=_open_own) as stream:
                json.dump(stated, stream)
            part.replace(self._path)
        finally:
            part.unlink(missing_ok=True)
        self._remove_old()

    def _make_folder(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _remove_old(self) -> None:
        with suppress(OSError):
            for path in (path for kind in _KINDS for path in self._path.parent.glob(f"{kind}-*")):
                if _written(path) < time.time() - KEPT_S:
                    path.unlink(missing_ok=True)


class NameFile(CacheFile):
    """The file with the names of one account."""

    def __init__(self, folder: Path, account: Account, env: Mapping[str, str]) -> None:
        super().__init__(folder, "names", [*account, *identity_of(env)])
        self._mark = self._path.with_suffix(".asked")

    def read(self) -> Names:
        """Return the names, however old; none where there is no file, or no sense in it."""
        stated = self._load()
        if not isinstance(stated, dict):
            return Names()
        return Names(*(_names_in(stated.get(field)) for field in Names._fields))

    def write(self, names: Names) -> None:
        """Replace the file, whole; raises OSError. Files that nobody uses any more are removed."""
        self._store({field: values[:MOST] for field, values in names._asdict().items()})

    def claim(self) -> bool:
        """Tell whether the names are to be asked for now; true for one of many that ask at once."""
        now = time.time()
        if now - FRESH_S < _written(self._path) <= now or now - PAUSE_S < _written(self._mark):
            return False
        try:
            self._make_folder()
            with open(self._mark, "ab", opener=_open_own) as mark:
                if flock is not None:
                    flock(mark, LOCK_EX | LOCK_NB)
                if mark.tell() and now - PAUSE_S < _written(self._mark):
                    return False  # somebody was quicker
                mark.truncate(0)
                mark.write(b".")
            return True
        except OSError:  # locked by another one, or there is no writing here
            return False


def _names_in(stated: Any) -> tuple[str, ...]:
    return tuple(filter(is_safe, stated)) if isinstance(stated, list) else ()


def sample(names: Iterable[str], most: int) -> list[str]:
    """Return at most so many names, sorted, that begin alike no further than all of them do.

    A shell completes what all begin with: the first and the last are among them.
    """
    ordered = sorted(set(names))
    return ordered if len(ordered) <= most else [*ordered[: most - 1], ordered[-1]]


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _open_own(path: str, flags: int) -> int:
    """Open a file that nobody else may read."""
    return os.open(path, flags, 0o600)
