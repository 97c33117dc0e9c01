"""What can happen while an environment starts, one function for each: the look and the truth of it.

The same as `truth_scenes`, for inits and restores: a failing cold start is one crash however often
it is told, and one without a request is a crash and no invocation.
"""

from __future__ import annotations

import truth_lines as lines
import truth_platform as platform
from truth_play import Play
from truth_scenes import EXIT_ERROR


def _fail_init(play: Play, phase: str, status: str, stated: str | None, *told: str) -> None:
    us = play.figure(9_900, 10_001) if status == "timeout" else play.figure(100, 900)
    play.write(*told)
    play.time += us // 1000
    play.write(
        platform.init_report(
            play.function, play.time, us, phase=phase, status=status, error_type=stated
        )
    )


def init_failed(play: Play) -> None:
    """Fail to load the handler: told when it is tried, and again within the invocation."""
    error = play.raised()
    told = lines.report_in_init(play.function, play.time, error)
    named = error.type.startswith("Runtime.")
    stated = error.type if named else "Runtime.Unknown"
    play.write_init()
    play.cold = True
    if play.function.new_style:
        _fail_init(play, "init", "error", stated, *told)
        _fail_init(play, "invoke", "error", stated, *told)
    else:
        play.write(*told, *told)
    play.start()
    style = {"report": "error", "report_type": stated} if play.function.new_style else {}
    play.end(status="init_error", cause=play.bug.cause, error_type=error.type, **style)


def init_alone(play: Play) -> None:
    """Fail to load the handler, in an environment that no request came to."""
    error = play.raised()
    play.write_init()
    told = lines.report_in_init(play.function, play.time, error)
    _fail_init(play, "init", "error", error.type, *told)
    play.note(request=False, status="init_error", cause=play.bug.cause, error_type=error.type)
    play.settle("init_error")


def init_exited(play: Play) -> None:
    """End while it starts, and say nothing."""
    play.write_init()
    play.cold = True
    _fail_init(play, "init", "error", EXIT_ERROR)
    _fail_init(play, "invoke", "error", EXIT_ERROR)
    play.start()
    play.end(
        status="init_error",
        cause=f"init exit of {play.function.name}",
        error_type=EXIT_ERROR,
        report="error",
        report_type=EXIT_ERROR,
    )


def image_failed(play: Play) -> None:
    """Fail to start a container's image."""
    stated = "Runtime.InvalidEntrypoint"
    play.write_init()
    play.cold = True
    told = platform.image(f"fork/exec /opt/{play.function.name}: no such file or directory")
    _fail_init(play, "init", "error", stated, told)
    _fail_init(play, "invoke", "error", stated, told)
    play.start()
    play.end(
        status="init_error",
        cause=f"image of {play.function.name}",
        error_type=stated,
        report="error",
        report_type=stated,
    )


def init_slow(play: Play) -> None:
    """Take too long for the init; it is repeated in the invocation, and ends well there."""
    play.write_init()
    play.cold = True
    _fail_init(play, "init", "timeout", None)
    play.environment.fresh = False
    play.start()
    play.chat()
    play.end()


def init_timeout_alone(play: Play) -> None:
    """Take too long for the init, without a request."""
    play.write_init()
    _fail_init(play, "init", "timeout", None)
    play.note(request=False, status="init_error", cause=f"init timeout of {play.function.name}")
    play.settle("init_error")


def init_extension(play: Play) -> None:
    """Let an extension crash while the environment starts."""
    stated = "Extension.Crash"
    play.write_init()
    play.cold = True
    _fail_init(play, "init", "error", stated)
    _fail_init(play, "invoke", "error", stated)
    play.start()
    cause = f"extension of {play.function.name}"
    play.end(status="extension", cause=cause, error_type=stated, report="error", report_type=stated)


def restore_alone(play: Play) -> None:
    """Fail to restore the snapshot, without a request."""
    play.write(platform.init_start(play.function, play.stream.name, play.time))
    us = play.figure(800, 2000)
    play.time += us // 1000
    play.write(platform.restore_report(us, "error", EXIT_ERROR))
    play.note(
        request=False,
        status="init_error",
        cause=f"restore of {play.function.name}",
        error_type=EXIT_ERROR,
    )
    play.settle("init_error")


def restore_failed(play: Play) -> None:
    """Fail in a hook after the restore: so does the request."""
    stated = "Runtime.AfterRestoreError"
    play.write(platform.init_start(play.function, play.stream.name, play.time))
    us = play.figure(800, 2000)
    play.time += us // 1000
    play.write(platform.restore_report(us, "error", stated))
    play.cold = True
    play.start()
    play.end(
        status="init_error",
        cause=f"hook of {play.function.name}",
        error_type=stated,
        report="error",
        report_type=stated,
    )


def published(play: Play) -> None:
    """Make a snapshot: an init, in a stream that nothing else is ever written to."""
    init = platform.init_start(play.function, play.stream.name, play.time)
    play.write(init.replace("RESTORE_START", "INIT_START"))
    us = play.figure(800, 2000)
    play.time += us // 1000
    play.write(platform.init_report(play.function, play.time, us))
    play.environment.gone = True


NEW_ENVIRONMENT = frozenset(
    {
        init_failed,
        init_alone,
        init_exited,
        image_failed,
        init_slow,
        init_timeout_alone,
        init_extension,
        restore_alone,
        restore_failed,
        published,
    }
)
"""All of these: they happen to an environment that has served nothing yet."""
