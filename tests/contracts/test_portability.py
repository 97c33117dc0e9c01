"""The program can be loaded and run where the modules of POSIX are not: on Windows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ABSENT = ("fcntl", "termios", "tty", "pty", "resource", "pwd", "grp", "syslog", "posix", "readline")
"""Modules that Python for Windows has not."""
MISSING = {
    "select": ("poll", "epoll", "kqueue"),
    "signal": (
        *("SIGPIPE", "SIGHUP", "SIGWINCH", "SIGKILL", "SIGCHLD", "SIGALRM", "SIGTSTP", "SIGCONT"),
        *("SIGSTOP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "setitimer", "alarm", "pthread_sigmask"),
    ),
    "os": (
        *("fork", "forkpty", "getuid", "geteuid", "getgid", "getpgid", "getpgrp", "setsid"),
        *("sched_getaffinity", "register_at_fork", "uname", "nice", "getloadavg", "statvfs"),
        *("pread", "preadv", "pwrite", "pipe2", "posix_fadvise", "posix_spawn", "sendfile"),
        *(
            "killpg",
            "chown",
            "lchown",
            "fchown",
            "fchmod",
            "mkfifo",
            "openpty",
            "ttyname",
            "confstr",
            "sysconf",
        ),
        *("WNOHANG", "O_NONBLOCK", "O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "wait4", "waitid"),
    ),
    "mmap": ("MAP_PRIVATE", "MAP_SHARED", "PROT_READ", "PROT_WRITE", "MADV_DONTNEED"),
    "socket": ("AF_UNIX", "SO_REUSEPORT", "MSG_DONTWAIT", "socketpair", "sendmsg", "fromfd"),
    "time": ("tzset", "clock_gettime", "CLOCK_MONOTONIC"),
}
"""What modules that it has lack there (Python's library reference: "Availability: Unix")."""

LOAD_ALL = """
import ctypes, io, json, pkgutil, select, signal, os, sys
absent = json.loads(sys.argv[1])

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

# What others need is loaded before: only the program's own imports are judged.
import asyncio, concurrent.futures.process, getpass, multiprocessing, pathlib, shutil, socket
import ssl, subprocess, tempfile, webbrowser, zipfile, zoneinfo
import botocore.session, click, isal, jinja2, msgspec, rich.console, rich.table, urllib3
import click.shell_completion, click.testing
for name in absent:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
for module, name in json.loads(sys.argv[2]):
    module = __import__(module)
    if hasattr(module, name):
        delattr(module, name)

def no_name(name, *_, real=ctypes.CDLL, **__):
    if name is None:  # the program itself, which Windows does not open so
        raise TypeError("LoadLibrary() argument 1 must be str, not None")
    return real(name, *_, **__)

ctypes.CDLL = ctypes.PyDLL = no_name
sys.platform = "win32"

import slsloggrep
loaded = []
for found in pkgutil.walk_packages(slsloggrep.__path__, "slsloggrep."):
    if not found.name.endswith("__main__"):
        __import__(found.name)
        loaded.append(found.name)
for name in absent:
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    sys.exit(f"{name} could be loaded: nothing was proved")

from dataclasses import replace
from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

env = {"APPDATA": os.getcwd(), "LOCALAPPDATA": os.getcwd(), "USERPROFILE": os.getcwd()}
ran = []
for line in json.loads(sys.argv[3]):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", errors="strict")
    stderr = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", errors="strict")
    own = replace(Environment.of_process(), stdout=stdout, stderr=stderr, env=env, cores=2)
    code = run(line.split(), own)
    stdout.flush(), stderr.flush()
    ran.append([code, stderr.buffer.getvalue().decode("cp1252")])
print(json.dumps([loaded, ran]))
"""
FEWEST = 200
LINES = (
    "trace ord-71866 -S demo:",
    "grep rejected -S demo:",
    "tail -n 9 -S demo:",
    "crashes --groups -S demo:",
    "crashes show e36cbfa5 -S demo:",
    "latency --by cold --histogram -S demo:",
    "report incident -S demo:",
    "config show --origin",
    "doctor -S demo:",
    "man",
)
"""Command lines that are run there, on streams that have few characters."""


def test_the_program_loads_and_runs_without_posix(tmp_path: Path) -> None:
    """Nothing that is loaded or run needs them, or libc; few characters of a stream are enough."""
    pairs = [(module, name) for module, names in MISSING.items() for name in names]
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALL, json.dumps(ABSENT), json.dumps(pairs), json.dumps(LINES)],
        capture_output=True,
        cwd=tmp_path,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded, ran = json.loads(done.stdout)
    assert len(loaded) >= FEWEST
    for line, (code, stderr) in zip(LINES, ran, strict=True):
        assert code == 0, f"{line}: {stderr}"
