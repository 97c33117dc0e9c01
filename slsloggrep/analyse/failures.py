"""A failure before it has a name: what its fingerprint and its title are made of.

Whatever failed, an invocation or another service's run, becomes a `Failure`, and that becomes a
`Crash`. Which failures there are is decided in `crashes` and `services`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slsloggrep.analyse.fingerprint import fingerprint_of, normal_error
from slsloggrep.analyse.frames import frames_of
from slsloggrep.analyse.masks import mask
from slsloggrep.model import Crash, Frame, Invocation, Millis, Record, Status

_TITLE = 160
"""Characters of a title: one line of a wide terminal."""

_ENDS = {
    Status.ERROR: "failed",
    Status.EXIT: "the runtime exited",
    Status.INIT_ERROR: "init failed",
    Status.EXTENSION: "an extension crashed",
}
_WORDS = {
    "ResponseSizeTooLarge": "response too large",
    "InitTimeout": "init timed out",
    "RestoreTimeout": "restore timed out",
    "Aborted": "aborted",
    "StartedOver": "no end, and the environment started over",
}
"""What a type means that comes without a message."""

_GENERIC = frozenset({"ExitError", "Crash"})
"""Types that say no more than the kind does."""

_VERSION = re.compile(r"\[(\$LATEST|\d+)\][0-9a-f]{8,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that did not end well."""

    time: Millis
    function: str
    request_id: str | None
    log_group: str
    log_stream: str
    kind: Status
    records: tuple[Record, ...]
    error_type: str | None = None
    message: str | None = None
    stack: tuple[str, ...] = ()
    said: str | None = None
    """The message, if it is what the code said: part of the fingerprint."""
    sort: str | None = None
    """The type for the fingerprint, where it is not the error's."""
    amount: float | None = None
    """Of a timeout the limit in s, of running out of memory the size in MB."""
    version: str | None = None
    logged: bool = False
    invocation: Invocation | None = None


def make_crashes(failures: Iterable[Failure], *, lines: bool = False) -> list[Crash]:
    """Return the crashes that failures are, each fingerprint with one title; in the same order.

    `lines` makes the line numbers of frames part of the fingerprints.
    """
    named = [_name(failure, lines=lines) for failure in failures]
    amounts: dict[str, set[float]] = defaultdict(set)
    for failure, _, fingerprint in named:
        if failure.amount is not None:
            amounts[fingerprint].add(failure.amount)
    return [
        _crash(failure, frames, fingerprint, _range(failure.kind, sorted(amounts[fingerprint])))
        for failure, frames, fingerprint in named
    ]


def title_of(failure: Failure, frames: Iterable[Frame] = ()) -> str:
    """Return what crashed and how, in one line without anything that varies."""
    if failure.kind is Status.TIMEOUT:
        return "timed out"
    if failure.kind is Status.OOM:
        return "out of memory"
    name, said = normal_error(failure.sort or failure.error_type, failure.said)
    masked = mask(said) if said else ""
    if masked or any(frame.own for frame in frames):
        title = ": ".join(filter(None, (name, masked))) or _ENDS[failure.kind]
        return title if len(title) <= _TITLE else title[: _TITLE - 1] + "\u2026"
    if name in _WORDS:
        return _WORDS[name]
    end = _ENDS[failure.kind]
    return f"{end} ({name})" if name and name not in _GENERIC else end


def stated_version(invocation: Invocation) -> str | None:
    """Return the function's version, as START or else the log stream's name states it."""
    found = _VERSION.search(invocation.log_stream)
    return invocation.version or (found.group(1) if found else None)


def _name(failure: Failure, *, lines: bool) -> tuple[Failure, tuple[Frame, ...], str]:
    frames = frames_of(failure.stack)
    fingerprint = fingerprint_of(
        "logged" if failure.logged else failure.kind,
        failure.sort or failure.error_type,
        frames,
        failure.said,
        failure.function,
        lines=lines,
    )
    return failure, frames, fingerprint


def _range(kind: Status, amounts: list[float]) -> str:
    """Return the limits that crashes of one fingerprint ran into, as the end of their title."""
    if not amounts:
        return ""
    words = f"{amounts[0]:g}"
    if len(amounts) > 1:
        words += f" to {amounts[-1]:g}"
    return f" after {words} s" if kind is Status.TIMEOUT else f" at {words} MB"


def _crash(failure: Failure, frames: tuple[Frame, ...], fingerprint: str, amount: str) -> Crash:
    return Crash(
        time=failure.time,
        function=failure.function,
        request_id=failure.request_id,
        log_group=failure.log_group,
        log_stream=failure.log_stream,
        kind=failure.kind,
        error_type=failure.error_type,
        message=failure.message,
        fingerprint=fingerprint,
        title=title_of(failure, frames) + amount,
        frames=frames,
        version=failure.version,
        logged=failure.logged,
        invocation=failure.invocation,
        records=failure.records,
    )


def in_order(crashes: Iterable[Crash]) -> Iterator[Crash]:
    """Yield crashes, the newest first; their order depends on nothing but themselves."""
    yield from sorted(crashes, key=_order)


def _order(crash: Crash) -> tuple[object, ...]:
    event = crash.records[0].event
    return (
        -crash.time,
        crash.function,
        crash.log_group,
        crash.log_stream,
        crash.request_id or "",
        crash.kind,
        crash.fingerprint,
        event.order,
        event.message,
    )
