"""The program as a process: signals, closed pipes, a terminal on stderr."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

posix_only = pytest.mark.skipif(os.name == "nt", reason="signals and pseudo-terminals of POSIX")

PROGRAM = [sys.executable, "-m", "slsloggrep"]
STARTED_IN = 1.5
"""Seconds after which the program surely reads its pipe."""


def line(number: int) -> str:
    return (
        json.dumps(
            {
                "id": str(number),
                "timestamp": 1_795_431_600_000 + number,
                "message": f"needle-1 in line {number}",
                "logGroup": "/aws/lambda/f",
                "logStream": "s",
            }
        )
        + "\n"
    )


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "logs.ndjson").write_text("".join(map(line, range(20_000))), encoding="utf-8")
    return tmp_path


@posix_only
def test_an_interrupt_shows_what_was_found_and_gives_130() -> None:
    """Ctrl-C while a pipe is silent: the program ends within a second or so, marked partial."""
    with subprocess.Popen(
        [*PROGRAM, "grep", "needle-1", "-S", "-", "-o", "json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A background job of a shell has it ignored, and this would be inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdin
        process.stdin.write(line(1).encode())
        process.stdin.flush()
        time.sleep(STARTED_IN)
        process.send_signal(signal.SIGINT)
        interrupted = time.monotonic()
        code = process.wait(timeout=10)
        took = time.monotonic() - interrupted
        assert process.stdout
        assert process.stderr
        stdout, stderr = process.stdout.read(), process.stderr.read().decode()
    assert code == 130, stderr
    assert took < 2
    assert "interrupted: the answer is partial" in stderr
    assert "Traceback" not in stderr
    document = json.loads(stdout)
    assert document["coverage"]["complete"] is False
    assert [event["message"] for event in document["events"]] == ["needle-1 in line 1"]


@posix_only
def test_a_reader_that_leaves_early_is_no_error(archive: Path) -> None:
    """`| head -1` on a long output: no traceback, and the exit code of the answer."""
    with subprocess.Popen(
        [*PROGRAM, "grep", "needle-1", "-S", str(archive)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert b"needle-1" in process.stdout.readline()
        process.stdout.close()
        stderr = process.stderr.read().decode()
        code = process.wait(timeout=60)
    assert code == 0, stderr
    assert "Traceback" not in stderr
    assert "Exception ignored" not in stderr


@posix_only
def test_progress_is_on_a_terminal_and_never_in_the_data() -> None:
    """A slow run moves a line on stderr, clears it before the notes, and leaves stdout alone."""
    import pty

    reader, terminal = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, "grep", "needle-1", "-S", "-", "-o", "ndjson"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm"},
    ) as process:
        os.close(terminal)
        assert process.stdin
        assert process.stdout
        process.stdin.write(line(1).encode())
        process.stdin.flush()
        time.sleep(STARTED_IN + 0.5)
        process.stdin.close()
        stdout = process.stdout.read().decode()
        told = _read_all(reader)
        assert process.wait(timeout=20) == 0
    assert [json.loads(text)["id"] for text in stdout.splitlines()] == ["1"]
    assert "\r\x1b[K" in told
    moving, _, notes = told.rpartition("\r\x1b[K")
    assert "read" in moving or "looking" in moving
    assert notes.startswith("searched everything")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told(archive: Path) -> None:
    """Data that could not be written gives an exit code that no answer has."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*PROGRAM, "grep", "needle-1", "-S", str(archive)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 74
    assert done.stderr == "slsloggrep: the output cannot be written: No space left on device\n"


def _read_all(reader: int) -> str:
    chunks = []
    try:
        while chunk := os.read(reader, 65536):
            chunks.append(chunk)
    except OSError:  # EIO: the other end of a pseudo-terminal is closed
        pass
    finally:
        os.close(reader)
    return b"".join(chunks).decode()
