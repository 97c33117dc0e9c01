"""Groups of crashes: those of one fingerprint together, the most frequent first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from slsloggrep.model import Crash, CrashGroup


def group(
    crashes: Iterable[Crash], *, before: Collection[str] | None = None
) -> tuple[CrashGroup, ...]:
    """Return the groups of crashes: by count, then the newest first, then by fingerprint.

    `before` are the fingerprints that were seen in the time before the window: what is not among
    them is new. None: that was not looked at.
    """
    alike: dict[str, list[Crash]] = defaultdict(list)
    for crash in crashes:
        alike[crash.fingerprint].append(crash)
    groups = [_group(found, before) for found in alike.values()]
    groups.sort(key=lambda group: (-group.count, -group.last_seen, group.fingerprint))
    return tuple(groups)


def _group(crashes: list[Crash], before: Collection[str] | None) -> CrashGroup:
    newest_first = sorted(crashes, key=_order)
    sample = max(newest_first, key=_tells)
    functions = Counter(crash.function for crash in newest_first)
    ids = (crash.request_id for crash in newest_first if crash.request_id)
    return CrashGroup(
        fingerprint=sample.fingerprint,
        kind=sample.kind,
        error_type=sample.error_type,
        title=sample.title,
        functions=tuple(sorted(functions, key=lambda name: (-functions[name], name))),
        versions=tuple(sorted({c.version for c in newest_first if c.version}, key=_by_number)),
        times=tuple(sorted(crash.time for crash in newest_first)),
        request_ids=tuple(dict.fromkeys(ids)),
        sample=sample,
        is_new=None if before is None else sample.fingerprint not in before,
    )


def _order(crash: Crash) -> tuple[object, ...]:
    event = crash.records[0].event
    place = (crash.function, crash.log_group, crash.log_stream, crash.request_id or "")
    return (-crash.time, *place, event.order, event.message)


def _tells(crash: Crash) -> tuple[bool, ...]:
    """Return how much a crash tells: more is more; of equals the first, the newest, is taken."""
    invocation = crash.invocation
    return (
        bool(crash.frames),
        bool(crash.message),
        invocation is not None and invocation.complete,
        crash.request_id is not None,
    )


def _by_number(version: str) -> tuple[int, str]:
    """Return a key that puts versions in order: by number, and `$LATEST` last."""
    number = version if version.isascii() and version.isdecimal() else ""
    return (int(number), "") if number and len(number) < 10 else (1 << 40, version)
