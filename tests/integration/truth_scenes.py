"""What can happen to an invocation, one function for each: how it looks, and what is true of it.

The rules are those of the output contract. What REPORT states wins; a process that ended is `exit`
though its runtime named an error before; a failing cold start is one crash however often it is
told; an error that the handler caught is none. A failure of which nothing but the platform speaks
is the function's own: that another one times out, too, has another cause.
"""

from __future__ import annotations

from collections.abc import Callable

import truth_lines as lines
import truth_platform as platform
from truth_model import request, uuid
from truth_play import Play

EXIT_ERROR = "Runtime.ExitError"


def ok(play: Play) -> None:
    play.begin()
    play.chat()
    play.end()


def batch(play: Play) -> None:
    """Serve a queue's messages, several in one request."""
    play.begin()
    for _ in range(play.rng.randrange(2, 8)):
        play.say("INFO", f'{{"messageId":"{uuid(play.rng)}","error":null}}')
    play.end()


def caught(play: Play) -> None:
    """Log an error that the handler caught."""
    play.begin()
    play.chat(2)
    play.write(*lines.log_caught(play.function, play.request, play.time, play.raised()))
    play.chat(2)
    play.end()


def printed(play: Play) -> None:
    """Print an error that the handler caught."""
    play.begin()
    play.chat(2)
    play.write(*lines.print_caught(play.function, play.raised()))
    play.chat(2)
    play.end()


def raised(play: Play) -> None:
    """Fail with an error that the handler did not catch; the runtime lives."""
    play.begin()
    play.chat(3)
    error = play.raised()
    play.write(*lines.report_raised(play.function, play.request, play.time, error))
    play.end(
        status="error",
        cause=play.bug.cause,
        error_type=error.type,
        report="failure",
        # the platform knows types of its own only
        report_type="Runtime.Unknown" if play.rng.random() < 0.5 else None,
    )


def rejected(play: Play) -> None:
    play.begin()
    play.chat(2)
    error = play.raised()
    play.write(*lines.report_rejected(play.function, play.request, play.time, error))
    play.end(
        status="error",
        cause=play.bug.cause,
        error_type=error.type,
        report="error",
        report_type="Runtime.UnhandledPromiseRejection",
    )


def uncaught(play: Play) -> None:
    """Fail in a timer of Node's: the process ends."""
    play.begin()
    error = play.raised()
    play.write(*lines.report_uncaught(play.function, play.request, play.time, error))
    _exit(play, error.type, play.bug.cause)


def panicked(play: Play) -> None:
    """Panic, after which the process ends."""
    play.begin()
    play.chat(2)
    error = play.raised()
    play.write(*lines.report_panic(play.function, play.request, play.time, error))
    _exit(play, error.type, play.bug.cause)


def native(play: Play) -> None:
    """Panic where the library of Go does not see it."""
    play.begin()
    error = play.raised()
    play.write(*lines.report_native_panic(error))
    _exit(play, error.type, play.bug.cause)


def _exit(play: Play, error_type: str, cause: str) -> None:
    play.end(
        status="exit",
        cause=cause,
        error_type=error_type,
        report="error",
        report_type=EXIT_ERROR,
    )


def timeout(play: Play) -> None:
    play.begin()
    play.chat()
    _run_out(play)


def tried_too_long(play: Play) -> None:
    """Run into the limit, after an error that was caught and has nothing to do with it."""
    play.begin()
    play.write(*lines.log_caught(play.function, play.request, play.time, play.raised()))
    play.chat(1)
    _run_out(play)


def segfault(play: Play) -> None:
    """Crash natively: the platform takes it for a timeout, and nothing in the log tells it."""
    play.begin()
    _run_out(play)


def _run_out(play: Play) -> None:
    function = play.function
    cause = f"timeout of {function.name}"
    if function.new_style:
        limit_us = 1000 * function.limit_ms
        play.end(status="timeout", cause=cause, report="timeout", duration_us=limit_us)
        return
    told = platform.timeout_line(function, play.request, play.begun + function.limit_ms)
    play.end(
        status="timeout",
        cause=cause,
        duration_us=1000 * function.limit_ms + play.figure(1, 9),
        before=() if function.late_timeout else (told,),
        after=(told,) if function.late_timeout else (),
    )


def oom(play: Play) -> None:
    play.begin()
    play.chat()
    size = play.function.memory_mb
    cause = f"oom of {play.function.name}"
    if play.function.new_style:
        stated = "Runtime.OutOfMemory"
        play.end(
            status="oom",
            cause=cause,
            error_type=stated,
            report="error",
            report_type=stated,
            used_mb=size,
        )
    else:
        told = platform.fault_line(play.request, "Runtime exited with error: signal: killed")
        play.end(status="oom", cause=cause, error_type=EXIT_ERROR, before=(told,), used_mb=size)


def exited(play: Play) -> None:
    """End the runtime without a word of its own."""
    play.begin()
    play.chat()
    cause = f"exit of {play.function.name}"
    if play.function.new_style:
        _exit(play, EXIT_ERROR, cause)
    else:
        told = platform.fault_line(play.request, "Runtime exited without providing a reason")
        play.end(status="exit", cause=cause, error_type=EXIT_ERROR, before=(told,))


def exited_with(play: Play) -> None:
    """End the runtime, with the old style's line that names an exit status."""
    play.begin()
    play.chat()
    told = platform.fault_line(play.request, "Runtime exited with error: exit status 1")
    cause = f"exit of {play.function.name}"
    play.end(status="exit", cause=cause, error_type=EXIT_ERROR, before=(told,))


def exited_before(play: Play) -> None:
    """End the runtime in the oldest style."""
    play.begin()
    told = f"RequestId: {play.request.id} Process exited before completing request\n"
    play.end(status="exit", cause=f"early exit of {play.function.name}", after=(told,))


def unreported(play: Play) -> None:
    """End the runtime, and lose END and REPORT."""
    inits = play.environment.fresh
    play.begin()
    play.chat()
    # no REPORT tells whose init it was
    play.cold, play.init_us = inits, None
    told = platform.fault_line(play.request, "Runtime exited with error: exit status 1")
    play.write(told)
    play.note(status="exit", cause=f"exit of {play.function.name}", error_type=EXIT_ERROR)
    play.settle("exit")


def too_large(play: Play) -> None:
    play.begin()
    play.chat(2)
    stated = "Function.ResponseSizeTooLarge"
    cause = f"response of {play.function.name}"
    play.end(status="error", cause=cause, error_type=stated, report="error", report_type=stated)


def extension(play: Play) -> None:
    """End well, while an extension does not."""
    play.begin()
    play.chat()
    stated = "Extension.Crash"
    cause = f"extension of {play.function.name}"
    play.end(status="extension", cause=cause, error_type=stated, report="error", report_type=stated)


def running(play: Play) -> None:
    """Go on: there is no end yet."""
    play.begin()
    play.chat(2)
    play.note(status="incomplete")
    play.environment.gone = True


def restarted(play: Play) -> None:
    """Vanish: the environment starts over, with another request."""
    play.begin()
    play.chat(2)
    play.note(status="exit", cause=f"restart of {play.function.name}", vanished=True)
    environment = play.environment
    environment.fresh = environment.restarted = True
    play.time += play.rng.randrange(20, 90)
    ok(Play(play.world, environment, request(play.rng, play.time), play.time, None))


def silent(play: Play) -> None:
    """Vanish: nothing is heard for longer than the function may run."""
    play.begin()
    play.chat(2)
    play.note(status="timeout", cause=f"timeout of {play.function.name}", vanished=True)
    play.environment.gone = True


Scene = Callable[[Play], None]
