"""What to tell someone who named log groups that are not there: near names, other regions.

Asked only where something is missing, within seconds, and without a word about what fails: an
error has been met already.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from fnmatch import fnmatchcase
from itertools import islice

from slsloggrep.errors import SourceError
from slsloggrep.sources.aws import Account
from slsloggrep.sources.aws_errors import AWS_ERRORS
from slsloggrep.sources.cloudwatch.logs import GROUPS_A_PAGE, Logs, Refused
from slsloggrep.sources.cloudwatch.names import LAMBDA, FunctionSpec, GroupSpec, Kind, Spec
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.regions import sister_regions

_SECONDS = 5.0
_THREADS = 16
_PAGES = 10
_SHOWN = 3


class Nearby:
    """Looks around a name that is missing; what was listed is kept for the next one."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._listed: dict[tuple[Logs, str], list[str]] = {}
        self._deadline: float | None = None

    def explain(self, spec: Spec, places: Sequence[Logs]) -> tuple[str, str | None]:
        """Return what is missing, and what to try."""
        pattern = _pattern(spec)
        where = ", ".join(logs.label or logs.region for logs in places)
        if isinstance(spec, FunctionSpec):
            what = f"there is no function '{spec.name}' and no log group '{pattern.pattern}'"
        elif pattern.kind is Kind.EXACT:
            what = f"there is no log group '{pattern.pattern}'"
        else:
            what = f"no log group matches '{spec.text}'"
        hints = []
        elsewhere = self._elsewhere(pattern)
        if elsewhere:
            hints.append(f"found in {', '.join(elsewhere)}: --region {elsewhere[0]}")
        names = self._near(pattern, places)
        if isinstance(spec, GroupSpec) and f"{LAMBDA}{pattern.pattern}" in names:
            hints.append(f"for the function of that name: -F {pattern.pattern}")
        elif isinstance(spec, FunctionSpec):
            names = [name.removeprefix(LAMBDA) for name in names]
        if names:
            hints.append(f"near names: {', '.join(names)}")
        return f"{what} in {where}", "; ".join(hints) or None

    def _near(self, pattern: GroupSpec, places: Sequence[Logs]) -> list[str]:
        folder = pattern.prefix.rpartition("/")[0]
        folders = dict.fromkeys([f"{folder}/" if folder else "", LAMBDA])
        known: dict[str, None] = {}
        for logs in places:
            for prefix in folders:
                known.update(dict.fromkeys(self._list(logs, prefix)))
        return _like(pattern, list(known))

    def _list(self, logs: Logs, prefix: str) -> list[str]:
        if (logs, prefix) not in self._listed:
            try:
                groups = islice(logs.describe_groups(prefix), _PAGES * GROUPS_A_PAGE)
                names = [group.name for group in groups]
            except (Refused, SourceError):
                names = []
            self._listed[logs, prefix] = names
        return self._listed[logs, prefix]

    def _elsewhere(self, pattern: GroupSpec) -> list[str]:
        """Return the other regions in which there is such a group, as far as they tell in time."""
        if self._deadline is None:
            self._deadline = time.monotonic() + _SECONDS
        asked = {logs.region for logs in self._places.opened}
        tasks = [
            (account, region) for account in self._places.accounts for region in _others(asked)
        ]
        found: list[str] = []

        def look(account: Account, region: str) -> None:
            if account.given_up() or self._deadline is None or time.monotonic() > self._deadline:
                return
            try:
                client = account.client("logs", region=region, connect_timeout=2, read_timeout=3)
                given = {"logGroupNamePrefix": pattern.prefix} if pattern.prefix else {}
                answer = client.describe_log_groups(**given)
            except (*AWS_ERRORS, SourceError):
                return
            if any(pattern.matches(group["logGroupName"]) for group in answer["logGroups"]):
                found.append(region)

        pool = ThreadPoolExecutor(_THREADS, "regions")
        futures = [pool.submit(look, account, region) for account, region in tasks]
        wait(futures, max(0.0, self._deadline - time.monotonic()))
        pool.shutdown(wait=False, cancel_futures=True)
        return sorted(set(found))


def _others(regions: set[str]) -> list[str]:
    sisters = {sister for region in regions for sister in sister_regions(region)}
    return sorted(sisters - regions)


def _pattern(spec: Spec) -> GroupSpec:
    if isinstance(spec, GroupSpec):
        return spec
    kind = Kind.GLOB if spec.is_glob else Kind.EXACT
    return GroupSpec(text=spec.text, kind=kind, pattern=f"{LAMBDA}{spec.name}")


def _like(pattern: GroupSpec, names: Sequence[str]) -> list[str]:
    wanted = pattern.pattern.lower()
    if pattern.kind is Kind.EXACT:
        own = wanted.rpartition("/")[2] or wanted
        near = [name for name in names if name.lower() == wanted]
        near += [name for name in names if name.lower().rpartition("/")[2] == own]
        near += difflib.get_close_matches(pattern.pattern, names, n=_SHOWN, cutoff=0.75)
        tails = {name.rpartition("/")[2]: name for name in names}
        near += [tails[tail] for tail in difflib.get_close_matches(own, tails, n=_SHOWN)]
        near += [name for name in names if own in name.lower()]
    elif pattern.kind is Kind.GLOB:
        near = [name for name in names if fnmatchcase(name.lower(), f"*{wanted}*")]
    else:
        near = [name for name in names if re.search(pattern.pattern, name, re.IGNORECASE)]
    return list(dict.fromkeys(near))[:_SHOWN]
