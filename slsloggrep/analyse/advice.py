"""What to try next after a crash, by what its error usually means.

Each piece of advice is a sentence that names what stands in the error: the module, the action, the
host, the sizes. The most promising comes first; what is only likely says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.analyse.circumstances import (
    extensions_in,
    growth_over,
    handler_records,
    limit_in,
)
from slsloggrep.analyse.remedies import EXITS, REMEDIES
from slsloggrep.model import Crash, Fact, Invocation, Status
from slsloggrep.wording import duration_text

_NEAR = 0.8
"""Of its timeout: whoever takes longer is near it."""


def advise(
    crash: Crash, earlier: Sequence[Invocation], attempts: Sequence[Invocation]
) -> Iterator[str]:
    """Yield what to try next, the most promising first; there may be repeats."""
    invocation = crash.invocation
    if crash.kind is Status.TIMEOUT and invocation is not None:
        yield from _after_timeout(crash, invocation, earlier)
    elif crash.kind is Status.OOM:
        yield from _after_memory(invocation, earlier)
    yield from _after_error(crash)
    if crash.kind is Status.EXIT:
        yield from _after_exit(crash)
    elif crash.kind is Status.EXTENSION:
        yield from _after_extension(crash)
    elif crash.kind is Status.INIT_ERROR:
        yield from _after_init(crash)
    if invocation is None:
        yield from _after_service(crash)
    elif len(attempts) > 1:
        yield from _after_attempts(attempts)
    frame = crash.culprit
    if frame is not None and frame.own and frame.file and crash.kind is not Status.TIMEOUT:
        line = f":{frame.line}" if frame.line else ""
        yield f"Begin reading at {frame.file}{line}, with the event that this invocation got."


def _after_timeout(
    crash: Crash, invocation: Invocation, earlier: Sequence[Invocation]
) -> Iterator[str]:
    limit = limit_in(crash)
    said = handler_records(invocation)
    if not said and invocation.status is Status.TIMEOUT:
        yield (
            "The handler said nothing: it may not have run slowly at all. A crash in native code "
            "(a segmentation fault) is reported as a timeout, too; look at native libraries, and "
            "set PYTHONFAULTHANDLER=1 for Python."
        )
    durations = [i.duration_ms for i in earlier if i.status is Status.OK and i.duration_ms]
    if limit and durations and max(durations) >= _NEAR * limit * 1000:
        yield (
            f"Earlier invocations of this environment took up to {duration_text(max(durations))}, "
            f"near the limit of {limit:g} s: raise it, or make them faster."
        )
    elif durations:
        yield (
            f"Earlier invocations of this environment took {duration_text(max(durations))} at "
            "most: rather than needing more time, it may have waited for something that did not "
            "answer."
        )
    if said:
        yield (
            "See what came after the last line of the handler: a call without a timeout of its own "
            "may have waited. Give clients timeouts that are shorter than the function's."
        )
    used, size = invocation.max_memory_mb, invocation.memory_mb
    if used and size and used >= 0.95 * size:
        yield (
            f"Memory was used up nearly ({used:g} of {size:g} MB): more of it may make it faster, "
            "and it comes with more CPU."
        )
    if invocation.init_ms and limit and invocation.init_ms > limit * 500:
        yield f"Its init alone took {duration_text(invocation.init_ms)}: load less, or later."
    yield "In a VPC, what cannot be reached is waited for: check route, NAT and security groups."


def _after_memory(invocation: Invocation | None, earlier: Sequence[Invocation]) -> Iterator[str]:
    size = invocation.memory_mb if invocation else None
    growth = growth_over(invocation, earlier) if invocation else None
    if growth:
        yield (
            "Memory grew from invocation to invocation: look for what is kept between them, such "
            "as caches, lists and clients in global variables."
        )
    elif earlier:
        yield (
            "Memory did not grow slowly: this one request may need too much at once. Look at the "
            "size of what it reads, and process it piece by piece."
        )
    yield f"Give the function more memory{f' than {size:g} MB' if size else ''}."


def _after_exit(crash: Crash) -> Iterator[str]:
    if crash.records[0].fact is Fact.EXECUTION:
        yield "Somebody, or something, stopped the execution: see who called StopExecution."
        return
    texts = [crash.message or ""]
    texts += [r.error.message for r in crash.records if r.error and r.error.message]
    said = next((advice for r in EXITS for text in texts if (advice := r.fit(text))), None)
    if said:
        yield said
        return
    invocation = crash.invocation
    used, size = (invocation.max_memory_mb, invocation.memory_mb) if invocation else (None, None)
    if used and size and used >= 0.95 * size:
        yield f"It had used {used:g} of {size:g} MB: it may have been killed for its memory."
    if not crash.frames:
        yield (
            "The logs do not say why the process ended. It may have called exit, crashed in native "
            "code, or been killed; see the last records before."
        )


def _after_extension(crash: Crash) -> Iterator[str]:
    names = extensions_in(crash.invocation) if crash.invocation else []
    which = names[0] if len(names) == 1 else "the extension"
    yield (
        f"Look at what {which} logged, and at the version of its layer: it must fit the runtime "
        "and the architecture. Without it the function should run: try that."
    )


def _after_init(crash: Crash) -> Iterator[str]:
    facts = {record.fact for record in crash.records}
    if facts & {Fact.RESTORE_REPORT, Fact.RESTORE_RUNTIME_DONE}:
        yield (
            "Look at the hooks that run after a restore: they have 10 s, and connections and "
            "credentials of the time before the snapshot are stale."
        )
    elif crash.error_type is None and not crash.message:
        yield (
            "An init may take 10 s: load less, or later, or give the function more memory, which "
            "comes with more CPU."
        )
    elif (crash.error_type or "").startswith("Runtime.Invalid"):
        yield "Look at the image's configuration: ENTRYPOINT, CMD and WORKDIR."
    elif (crash.error_type or "").endswith("ExitError"):
        yield (
            "The process ended while it started: see what it logged before, and run the package in "
            "the runtime's image."
        )


def _after_service(crash: Crash) -> Iterator[str]:
    fact = crash.records[0].fact
    if fact is Fact.DESTINATION:
        if crash.error_type is None:
            yield (
                "The function may never have run for it: it may have been throttled until the "
                "event was too old. Look at its concurrency, and at the age that events may reach."
            )
        yield "The event is in the destination's record: it can be sent again from there."
    elif fact is Fact.EXECUTION:
        yield "Trace the execution's ARN to see its events, and the requests that it made."


def _after_attempts(attempts: Sequence[Invocation]) -> Iterator[str]:
    if attempts[-1].status is Status.OK:
        yield "A later attempt ended well: what the failed one had done already was done twice."
    elif all(attempt.status.failed for attempt in attempts):
        yield (
            "All attempts failed: the event is lost, unless there is a dead-letter queue or a "
            "destination for failures."
        )


def _after_error(crash: Crash) -> Iterator[str]:
    text = f"{crash.error_type or ''}: {crash.message or ''}"
    advice = next((advice for remedy in REMEDIES if (advice := remedy.fit(text))), None)
    if advice:
        yield advice
