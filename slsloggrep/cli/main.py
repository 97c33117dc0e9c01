"""The console entry: answers at once what needs nothing, and turns every end into an exit code.

Which commands there are belongs to `slsloggrep.cli.app`. Nothing but the standard library's
smallest parts is imported before the command line was looked at.

Beside the promised exit codes there are two that no answer has: 70 for a defect of the program
(EX_SOFTWARE of sysexits.h) and 74 where stdout, or a temporary file, could not be written
(EX_IOERR).
"""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time they would cost three times what `--version` may take
    import click

    from slsloggrep.cli.context import Environment

PROGRAM = "slsloggrep"
USAGE = 2
DEFECT = 70
OUTPUT_FAILED = 74
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
INTERRUPTED = 130

_NO_CHOICE = " is not one of "
"""What click says behind a value that is not among those that there are."""


def main() -> int:
    """Run the program in this process and return its exit code."""
    argv = sys.argv[1:]
    # What is collected are records, by the hundred thousand and without cycles: to look for
    # garbage among them as often as by default costs a tenth of the time.
    gc.set_threshold(50_000, 20, 50)
    # A thread that reads from a network wants the interpreter for moments between two waits, while
    # others decode: by default it is let in after 5 ms each time, and the server waits with it.
    sys.setswitchinterval(0.0005)
    try:
        if argv in (["--version"], ["-V"]) and sys.stdout:
            from slsloggrep import __version__

            with suppress(OSError):  # what is wrong with stdout is told below
                sys.stdout.write(f"{PROGRAM} {__version__}\n")
                sys.stdout.flush()
                return 0
        from slsloggrep.cli.context import Environment

        return run(argv, Environment.of_process())
    except KeyboardInterrupt:
        return INTERRUPTED


def run(argv: Sequence[str], environment: Environment) -> int:
    """Run one command line in an environment and return the exit code; errors are shown."""
    from dataclasses import replace

    import click

    from slsloggrep.cli.app import COMPLETE_VARIABLE, make_app
    from slsloggrep.cli.context import OutputError
    from slsloggrep.errors import SlsloggrepError

    app = make_app(environment)
    environment = replace(environment, argv=tuple(argv))
    try:
        if instruction := environment.env.get(COMPLETE_VARIABLE):
            from slsloggrep.cli.completion import answer

            return answer(app, instruction, environment)
        with app.make_context(PROGRAM, list(argv), obj=environment) as ctx:
            code = app.invoke(ctx)
            return int(code or 0)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        _show_usage_error(error, argv, environment)
        return USAGE
    except SlsloggrepError as error:
        environment.say(f"{PROGRAM}: {error.message}")
        if error.hint:
            environment.say(f"try: {error.hint}")
        return int(error.exit_code)
    except OutputError as error:
        environment.say(f"{PROGRAM}: the output cannot be written: {error}")
        return OUTPUT_FAILED
    except BrokenPipeError:
        environment.abandon_stdout()
        return 0
    except OSError as error:
        if error.errno not in _NO_ROOM:
            return _show_defect(error, environment)
        import tempfile

        folder = tempfile.gettempdir()
        environment.say(f"{PROGRAM}: there is no room for temporary files in {folder}")
        environment.say("try: TMPDIR names another folder; a shorter window needs less")
        return OUTPUT_FAILED
    except Exception as defect:
        # The one place where everything is caught: what gets here is a defect of the program, and
        # a person in the middle of an incident is not helped by a page of frames.
        return _show_defect(defect, environment)


def _show_usage_error(
    error: click.UsageError, argv: Sequence[str], environment: Environment
) -> None:
    from slsloggrep.cli.app import COMMANDS

    message, values = _usage_text(error)
    environment.say(f"{PROGRAM}: {message}")
    if argv and argv[0] in COMMANDS:
        # A part of a command has options of its own: `report trace`.
        part = (error.ctx.command.name or "") if error.ctx is not None else ""
        name = part if part.startswith(f"{argv[0]} ") else argv[0]
        environment.say(f"try: {values}{PROGRAM} {name} --help")
    elif any(word in COMMANDS for word in argv):
        environment.say(f"try: the command first, its options after it; {PROGRAM} --help")
    else:
        environment.say(f"try: {PROGRAM} --help")


def _usage_text(error: click.UsageError) -> tuple[str, str]:
    """Return what is wrong with a command line, and the values that there are, if one was."""
    import click

    from slsloggrep.wording import suggestion

    if isinstance(error, click.NoSuchOption):
        options = [
            option
            for parameter in (error.ctx.command.params if error.ctx is not None else ())
            for option in (*parameter.opts, *parameter.secondary_opts)
        ]
        name = error.option_name
        return f"no such option '{name}'{suggestion(name, options)}", ""
    if isinstance(error, click.BadParameter) and error.param is not None:
        declared, (wrong, is_choice, _) = error.param.type, error.message.partition(_NO_CHOICE)
        if is_choice and isinstance(declared, click.Choice):
            values = [str(value) for value in declared.choices]
            wrong = wrong.strip("'\"")
            name = max(error.param.opts, key=len)
            what = f"'{name}'" if name.startswith("-") else name.upper()
            there = f"{', '.join(values[:-1])} or {values[-1]}; "
            return f"no value of {what} is '{wrong}'{suggestion(wrong, values)}", there
    message = error.format_message().rstrip(".")
    if message[1:2].islower():
        message = message[0].lower() + message[1:]
    return message, ""


def _show_defect(defect: Exception, environment: Environment) -> int:
    environment.say(f"{PROGRAM}: a defect of the program: {type(defect).__name__}: {defect}")
    if environment.env.get("SLSLOGGREP_DEBUG"):
        import traceback

        for line in "".join(traceback.format_exception(defect)).splitlines():
            environment.say(line)
    else:
        environment.say("try: the same with SLSLOGGREP_DEBUG=1 set shows where; please report it")
    return DEFECT
