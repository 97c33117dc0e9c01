"""Asking AWS for the names that a shell completes, behind the back of the one that asked.

A process of its own, which has no terminal and no pipe of the shell's, tells nobody of errors, and
ends by itself. What it finds is kept by `slsloggrep.cli.known_names`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from slsloggrep.cli.known_names import MOST, Account, NameFile, Names, cache_folder

LIMIT_S = 60
"""After which the process ends, whatever it waits for."""

_RUN = "import sys; sys.path.append(sys.argv[1]); from slsloggrep.cli.name_search import run; run()"
"""Finds the program also where it is one file (a zipapp); -P keeps the current folder, which may be
a stranger's, from being imported."""

_VARIABLE = "_SLSLOGGREP_NAMES_OF"


def start(account: Account, env: Mapping[str, str]) -> None:
    """Start to ask for the names of an account, and wait for nothing; raises OSError."""
    if not sys.executable:  # embedded: there is no interpreter to start
        return
    import slsloggrep

    root = str(Path(slsloggrep.__file__).parent.parent)
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    process = subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-P", "-c", _RUN, root],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**env, _VARIABLE: json.dumps(account)},
        start_new_session=True,  # no terminal to write to, and no Ctrl-C from it
        creationflags=flags,
    )
    # It is not this process's to wait for: whoever adopts orphans does.
    process.returncode = 0


def run() -> None:
    """Find the names of the account that a variable tells, and keep them: the process's whole life.

    Errors end it; what was known before stays.
    """
    end = threading.Timer(LIMIT_S, os._exit, [1])
    end.daemon = True
    end.start()
    keep_names(Account(*json.loads(os.environ[_VARIABLE])), os.environ)


def keep_names(account: Account, env: Mapping[str, str]) -> None:
    """Ask for the names of an account, and write those that there are into the cache.

    Raises SourceError, UsageError or OSError. Where a listing is refused, what was known stays.
    """
    from slsloggrep.sources.base import Settings
    from slsloggrep.sources.cloudwatch.roster import list_names

    folder = cache_folder(env, sys.platform)
    if folder is None:
        return
    until = time.monotonic() + LIMIT_S
    settings = Settings(
        now=time.time_ns() // 1_000_000,
        env=env,
        profiles=(account.profile,) if account.profile else (),
        regions=(account.region,) if account.region else (),
        endpoint_url=account.endpoint_url,
        role_arn=account.role_arn,
        cancelled=lambda: time.monotonic() > until,
    )
    found = list_names(settings, MOST)
    if not found:
        return
    file = NameFile(folder, account, env)
    before = file.read()
    file.write(Names(*(tuple(found.get(kind, getattr(before, kind))) for kind in Names._fields)))
