"""Output that goes on: written at once, for a terminal that changes and a reader that may leave."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest

from slsloggrep.cli.context import Environment, OutputError


def environment(stdout: Any, **attributes: Any) -> Environment:
    return Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=io.StringIO(),
        stderr_is_terminal=False,
        width=80,
        **attributes,
    )


def test_a_piece_is_there_as_soon_as_it_is_put() -> None:
    """A reader in a pipe does not wait for a buffer to fill."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as read, os.fdopen(writer, "w") as stdout:
        environment(stdout).put("line\n")
        assert read.readline() == "line\n"


def test_a_reader_that_leaves_is_noticed_without_writing() -> None:
    """And told by an error where something is written."""
    reader, writer = os.pipe()
    stdout = os.fdopen(writer, "w")
    given = environment(stdout)
    assert not given.reader_left()
    os.close(reader)
    assert given.reader_left()
    with pytest.raises(BrokenPipeError):
        given.put("x")
    stdout.close()


def test_what_is_no_pipe_has_a_reader() -> None:
    """A file, and a stream that is none of the system's."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        assert not environment(nowhere).reader_left()
    assert not environment(io.StringIO()).reader_left()


def test_a_full_disk_is_an_error() -> None:
    """Of its own kind: no answer has its exit code."""

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        environment(Full()).put("x")


def test_the_width_is_looked_at_each_time() -> None:
    """A terminal that is resized has another one from then on."""
    widths = iter([100, 60])
    given = environment(io.StringIO(), measure=lambda: next(widths))
    assert [given.columns, given.columns] == [100, 60]
    assert environment(io.StringIO()).columns == 80
