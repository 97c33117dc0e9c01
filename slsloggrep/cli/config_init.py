"""The questions of `slsloggrep config init`, and the file that the answers make."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from slsloggrep.cli.context import Environment, OutputError
from slsloggrep.cli.contexts import Settings
from slsloggrep.cli.times import parse_zone
from slsloggrep.errors import UsageError


class Question(NamedTuple):
    """What is asked, and the setting that the answer becomes."""

    key: str
    text: str
    read: Callable[[str], object]
    """Returns the value; raises UsageError."""


def _words(answer: str) -> list[str]:
    try:
        return shlex.split(answer)
    except ValueError as error:
        raise UsageError(f"'{answer}' cannot be split into words: {error}") from None


def _sources(answer: str) -> list[str]:
    from slsloggrep.sources.base import scheme_of

    sources = _words(answer)
    for source in sources:
        scheme_of(source)
    return sources


def _zone(answer: str) -> str:
    parse_zone(answer)
    return answer


def _yes(answer: str) -> bool:
    known = {"y": True, "yes": True, "n": False, "no": False}
    if answer.lower() not in known:
        raise UsageError("yes or no?")
    return known[answer.lower()]


QUESTIONS = (
    Question("sources", "Where the logs are (cloudwatch:, s3://bucket/prefix, a folder)", _sources),
    Question("profile", "AWS profiles, with spaces between them", _words),
    Question("region", "AWS regions, with spaces between them", _words),
    Question("group", "Log groups to look at by default (names, globs)", _words),
    Question("id-key", "Fields of your logs that hold IDs, such as order_id", _words),
    Question("tz", "Time zone, such as Europe/Berlin", _zone),
    Question("redact", "Redact secrets in what is shown (yes, no)", _yes),
)


def write_answers(
    environment: Environment, path: Path, known: Settings, *, force: bool, is_project: bool
) -> None:
    """Ask on the terminal, and write the file.

    Raises UsageError where it is there already, there is no terminal, or the questions were not
    answered to the end; OutputError where the file cannot be written.
    """
    from slsloggrep.config import parse_document, read_layer
    from slsloggrep.sending.files import check_file, reason_of, write_file

    if path.exists() and not force:
        raise UsageError(
            f"{path} is there already", hint="--force writes over it; config edit changes it"
        )
    if environment.stdin is None or not (
        environment.stdin_is_terminal and environment.stderr_is_terminal
    ):
        raise UsageError(
            "the questions need a terminal", hint=f'write {path} yourself: tz = "Europe/Berlin"'
        )
    text = head_of_file(is_project=is_project)
    environment.say(f"{path}: an empty answer leaves a setting out")
    for question in QUESTIONS:
        while True:
            answer = _ask(environment, question)
            if not answer:
                break
            try:
                _check_characters(answer)
                line = f"{question.key} = {json.dumps(question.read(answer), ensure_ascii=False)}\n"
                document = parse_document(line.encode(), "this answer", is_project=is_project)
                read_layer(document, known)
            except UsageError as error:
                environment.say(error.message)
                continue
            text += line
            break
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        check_file(path, force=force)
        write_file(path, [text.encode()], force=force)
    except OSError as error:
        raise OutputError(f"'{path}': {reason_of(error)}") from error
    environment.say(f"wrote {path}; slsloggrep config show --origin tells what counts")


def _check_characters(answer: str) -> None:
    if not answer.isprintable():
        raise UsageError("there is a control character in this; once more, without")


def head_of_file(*, is_project: bool) -> str:
    """Return what a new file begins with."""
    whose = "Settings of slsloggrep for this project" if is_project else "Settings of slsloggrep"
    return f"# {whose}; `slsloggrep config --help` tells more.\n\n"


def _ask(environment: Environment, question: Question) -> str:
    assert environment.stdin is not None  # noqa: S101 - looked at before the first question
    environment.write_aside(f"{question.text}: ")
    line = environment.stdin.readline()
    if not line:
        environment.write_aside("\n")
        raise UsageError("the questions were not answered; nothing was written")
    return line.decode("utf-8", "replace").strip()
