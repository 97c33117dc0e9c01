"""The program can be loaded where the modules of POSIX are not: on Windows."""

from __future__ import annotations

import json
import subprocess
import sys

ABSENT = ("fcntl", "termios", "tty", "pty", "resource", "pwd", "grp", "syslog", "posix", "readline")
"""Modules that Python for Windows has not."""

LOAD_ALL = """
import json, pkgutil, select, signal, os, sys
absent = json.loads(sys.argv[1])

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

# What others need is loaded before: only the program's own imports are judged.
import asyncio, concurrent.futures.process, getpass, multiprocessing, pathlib, shutil, socket
import ssl, subprocess, tempfile, webbrowser, zipfile
import botocore.session, click, isal, jinja2, msgspec, rich.console, rich.table, urllib3
import click.shell_completion, click.testing
for name in absent:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
for module, name in ((select, "poll"), (select, "epoll"), (signal, "SIGPIPE"), (signal, "SIGHUP"),
                     (signal, "SIGWINCH"), (os, "fork"), (os, "getuid"), (os, "geteuid"),
                     (os, "sched_getaffinity")):
    if hasattr(module, name):
        delattr(module, name)

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
print(json.dumps(loaded))
"""
FEWEST = 200


def test_every_module_loads_without_the_modules_of_posix() -> None:
    """They may be asked for when a command runs, and not when it is loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALL, json.dumps(ABSENT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) >= FEWEST
