"""A crash in plain words: what happened, in sentences with numbers, and what to try next.

Says what the records show, and marks what is only likely. The sentences about how it ended and what
surrounded it are made here, what an error usually means and what helps in `advice`. Calendar times
are left to those who show them: here are only durations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from slsloggrep.analyse.advice import advise
from slsloggrep.analyse.causes import RESTORE_ENDS, phase_timeout
from slsloggrep.analyse.circumstances import (
    extensions_in,
    growth_over,
    handler_records,
    limit_in,
)
from slsloggrep.model import Crash, Fact, Invocation, Millis, Record, Status
from slsloggrep.parse.endings import BAD_STATUSES
from slsloggrep.wording import duration_text, number_text

_FULL = 0.9
"""Of its memory: more than this is worth a word."""

_SILENCE: Millis = 1000
"""Pauses that are shorter need no word."""

_EXIT = re.compile(r"Runtime exited with error: (?P<how>.+)")
_INIT_REPORTS = frozenset({Fact.INIT_REPORT, Fact.INIT_RUNTIME_DONE})


def explain(
    crash: Crash, *, earlier: Sequence[Invocation] = (), attempts: Sequence[Invocation] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what happened, in sentences, and what to try next, the most promising first.

    `earlier` are the invocations of the same environment before the crash, `attempts` those of the
    same request, the crash's own among them, both by time.
    """
    happened = [*_end(crash)]
    invocation = crash.invocation
    if invocation is not None:
        happened += _memory(crash, invocation, earlier)
        happened += _environment(crash, invocation, earlier)
        happened += _attempts(invocation, attempts)
    return tuple(happened), tuple(dict.fromkeys(advise(crash, earlier, attempts)))


def _end(crash: Crash) -> Iterator[str]:
    """Yield how it ended."""
    invocation = crash.invocation
    if crash.logged:
        yield f"The handler logged an error and went on{_named(crash)}"
        yield from _place(crash)
    elif invocation is None:
        yield from _other_end(crash)
    elif invocation.status is Status.INCOMPLETE:
        yield from _gone(crash, invocation)
    elif crash.kind is Status.TIMEOUT:
        yield from _timeout(crash, invocation)
    elif crash.kind is Status.OOM:
        used, size = invocation.max_memory_mb, invocation.memory_mb
        amount = f": it had used {used:g} of {size:g} MB" if used and size else ""
        yield f"The function ran out of memory and was stopped{amount}."
    elif crash.kind is Status.EXIT:
        yield from _exit(crash)
    elif crash.kind is Status.INIT_ERROR:
        yield from _init(crash, invocation)
    elif crash.kind is Status.EXTENSION:
        yield from _extension(crash, invocation)
    else:
        yield from _error(crash, invocation)


def _error(crash: Crash, invocation: Invocation) -> Iterator[str]:
    if (crash.error_type or "").endswith("ResponseSizeTooLarge"):
        produced = invocation.produced_bytes
        size = f" of {number_text(produced)} bytes" if produced else ""
        yield f"The handler ended, but its response{size} is larger than Lambda takes."
        return
    ran = f" after {duration_text(invocation.duration_ms)}" if invocation.duration_ms else ""
    yield f"The handler failed{ran} with an error that it did not catch{_named(crash)}"
    yield from _place(crash)


def _named(crash: Crash) -> str:
    """Return the end of a sentence: the error by name, as far as it is known."""
    words = ": ".join(word for word in (crash.error_type, _first(crash.message)) if word)
    if not words:
        return "; the logs do not say why."
    return f": {words}" if words.endswith((".", "!", "?")) else f": {words}."


def _place(crash: Crash) -> Iterator[str]:
    frame = crash.culprit
    if frame is None or not frame.own or not (frame.function or frame.file):
        return
    where = f"{frame.file}, line {frame.line}" if frame.file and frame.line else frame.file
    called = f"{frame.function} ({where})" if frame.function and where else frame.function or where
    yield f"It came out of {called}."


def _timeout(crash: Crash, invocation: Invocation) -> Iterator[str]:
    limit = limit_in(crash)
    duration = invocation.duration_ms
    words = f" of {limit:g} s" if limit else ""
    after = f": it was stopped after {duration_text(duration)}" if duration else ""
    yield f"The function ran into its limit{words}{after}."
    if limit and duration and duration > limit * 1000 + _SILENCE:
        yield "A repeated init counts as part of that time."
    said = handler_records(invocation)
    if not said:
        yield "The handler logged nothing before."
        return
    silent = invocation.end - said[-1].event.timestamp
    if silent >= _SILENCE:
        yield f"The handler's last line came {duration_text(silent)} before: then it was silent."


def _gone(crash: Crash, invocation: Invocation) -> Iterator[str]:
    if crash.kind is Status.EXIT:
        yield "No end of it was logged, and its environment has started over: its process is gone."
        return
    limit = limit_in(crash)
    words = f"its limit of {limit:g} s" if limit else "the longest time a function may run"
    yield f"No end of it was logged, although {words} has passed."


def _exit(crash: Crash) -> Iterator[str]:
    how = _exit_word(crash)
    yield f"The process of the function ended in the middle of the invocation{how}."
    if crash.error_type and crash.message and not _EXIT.search(crash.message) and crash.frames:
        yield f"Before, an error was reported that nothing caught{_named(crash)}"
        yield from _place(crash)


def _exit_word(crash: Crash) -> str:
    for record in crash.records:
        message = (record.error.message if record.error else None) or ""
        found = _EXIT.search(message)
        if found:
            return f" ({found['how'].strip()})"
        if "without providing a reason" in message:
            return ", without giving a reason"
    return ""


def _init(crash: Crash, invocation: Invocation) -> Iterator[str]:
    late = phase_timeout(invocation)
    if late == "RestoreTimeout":
        yield "The function's snapshot took too long to restore."
    elif any(record.fact in RESTORE_ENDS and _is_bad(record) for record in crash.records):
        yield f"The function's snapshot could not be restored{_named(crash)}"
    elif late:
        took = max((_init_ms(record) for record in crash.records), default=0)
        yield f"The function's init took too long: it was stopped after {duration_text(took)}."
    else:
        yield f"The function could not be initialised{_named(crash)}"
        yield from _place(crash)
    times = sum(record.fact is Fact.INIT_REPORT and _is_bad(record) for record in crash.records)
    if times > 1:
        yield f"The init was tried {times} times, and failed each time: that is one crash."
    if invocation.request_id is None:
        yield "No request was being served."


def _extension(crash: Crash, invocation: Invocation) -> Iterator[str]:
    names = extensions_in(invocation)
    which = f"The extension {names[0]}" if len(names) == 1 else "An extension"
    stated = f" ({crash.error_type})" if crash.error_type else ""
    yield f"{which} failed{stated}, and with it the whole environment."
    if len(names) > 1:
        yield f"There are several in it: {', '.join(names)}."
    if handler_records(invocation):
        yield "What the handler logged may be fine: it is not what failed."


def _other_end(crash: Crash) -> Iterator[str]:
    record = crash.records[0]
    if record.fact is Fact.EXECUTION:
        word = {Status.TIMEOUT: "timed out", Status.EXIT: "was aborted"}.get(crash.kind, "failed")
        why = "." if crash.kind is Status.EXIT and crash.error_type is None else _named(crash)
        yield f"The execution of {crash.function or 'a state machine'} {word}{why}"
    elif record.fact is Fact.DESTINATION:
        condition = (record.platform.name if record.platform else None) or "nobody says why"
        why = _named(crash) if record.error else f": {condition}."
        yield f"An event for {crash.function or 'a function'} was given up{why}"
        count = _approximate_count(record)
        if count:
            yield f"It had been tried {count} {'time' if count == 1 else 'times'}."
    else:
        yield f"A failure was reported that belongs to no invocation that was read{_named(crash)}"
        yield from _place(crash)


def _memory(crash: Crash, invocation: Invocation, earlier: Sequence[Invocation]) -> Iterator[str]:
    used, size = invocation.max_memory_mb, invocation.memory_mb
    if used and size and used >= _FULL * size and crash.kind is not Status.OOM:
        yield f"It used {used:g} of {size:g} MB."
    growth = growth_over(invocation, earlier)
    if growth:
        first, last, count = growth
        yield (
            f"Memory grew from {first:g} to {last:g} MB over {count} invocations of this "
            "environment."
        )


def _environment(
    crash: Crash, invocation: Invocation, earlier: Sequence[Invocation]
) -> Iterator[str]:
    if invocation.request_id is None or crash.logged:
        return
    if invocation.cold_start and not earlier:
        took = f" (init {duration_text(invocation.init_ms)})" if invocation.init_ms else ""
        yield f"It was the first invocation of its environment{took}."
    elif earlier and earlier[-1].status.failed:
        yield f"The invocation before it in the same environment failed, too: {earlier[-1].status}."


def _attempts(invocation: Invocation, attempts: Sequence[Invocation]) -> Iterator[str]:
    if len(attempts) < 2:
        return
    starts = [attempt.start for attempt in attempts]
    number = starts.index(invocation.start) + 1 if invocation.start in starts else 0
    which = (
        f"It was attempt {number} of {len(attempts)}"
        if number
        else f"There were {len(attempts)} attempts of this request"
    )
    last = attempts[-1]
    if last.status is Status.OK:
        yield f"{which}; the last one ended well."
    elif last.status.failed:
        yield f"{which}; the last one failed, too ({last.status})."
    else:
        yield f"{which}; the last one has not ended."


def _first(message: str | None) -> str:
    return (message or "").strip().partition("\n")[0].strip()


def _is_bad(record: Record) -> bool:
    return record.platform is not None and record.platform.status in BAD_STATUSES


def _init_ms(record: Record) -> float:
    return (record.platform.init_ms or 0) if record.platform and record.fact in _INIT_REPORTS else 0


def _approximate_count(record: Record) -> int | None:
    holder = record.fields.get("detail")
    context = (holder if isinstance(holder, dict) else record.fields).get("requestContext")
    count = context.get("approximateInvokeCount") if isinstance(context, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) else None
