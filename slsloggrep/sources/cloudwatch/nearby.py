"""What to tell someone who named log groups that are not there: near names, other regions.

Asked only where something is missing, within seconds, and without a word about what fails: an
error has been met already.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from slsloggrep.errors import SourceError
from slsloggrep.sources.aws import Account
from slsloggrep.sources.aws_errors import AWS_ERRORS
from slsloggrep.sources.cloudwatch.logs import GROUPS_A_PAGE, Logs
from slsloggrep.sources.cloudwatch.names import LAMBDA, FunctionSpec, GroupSpec, Kind, Spec
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.refusals import Refused
from slsloggrep.sources.cloudwatch.regions import sister_regions

_SECONDS = 5.0
"""For all other regions together; what answers later is not told."""
_THREADS = 16
_PAGES = 10
"""Pages of names that are looked through for near ones."""
_SHOWN = 3


class Missing(NamedTuple):
    """A spec that means no log group anywhere."""

    spec: Spec
    places: tuple[Logs, ...]
    """Where it was looked for."""
    configured: str | None = None
    """The group that the function is configured with, where there is such a function."""

    @property
    def pattern(self) -> GroupSpec:
        """The log groups that are looked for in other places."""
        if isinstance(self.spec, GroupSpec):
            return self.spec
        kind = Kind.GLOB if self.spec.is_glob else Kind.EXACT
        return GroupSpec(text=self.spec.text, kind=kind, pattern=f"{LAMBDA}{self.spec.name}")


class Nearby:
    """Looks around what is missing; other regions are asked once for all of it."""

    def __init__(self, places: Places, missing: Sequence[Missing]) -> None:
        self.missing = tuple(missing)
        self._places = places
        self._listed: dict[tuple[Logs, str], list[str]] = {}

    def explain(self, lost: Missing) -> tuple[str, str | None]:
        """Return what is missing, and what to try."""
        spec, pattern, what = lost.spec, lost.pattern, self.name(lost)
        if lost.configured:
            return what, "the function has not run yet, or its role may not write logs"
        if elsewhere := self._elsewhere.get(pattern):
            return what, f"found in {', '.join(elsewhere)}: --region {elsewhere[0]}"
        hints = []
        names = next(filter(None, (_like(pattern, names) for names in self._around(lost))), [])
        if isinstance(spec, FunctionSpec):
            names = [name.removeprefix(LAMBDA) for name in names]
        elif f"{LAMBDA}{pattern.pattern}" in names:
            hints.append(f"a function is named by -F {pattern.pattern}")
        if names:
            hints.append(f"near names: {', '.join(names)}")
        return what, "; ".join(hints) or None

    @staticmethod
    def name(lost: Missing) -> str:
        """Return what is missing, without looking around."""
        spec, pattern = lost.spec, lost.pattern
        where = ", ".join(logs.label or logs.region for logs in lost.places)
        if lost.configured:
            what = f"the log group '{lost.configured}' of the function '{spec.text}' is not there"
        elif isinstance(spec, FunctionSpec) and not spec.is_glob:
            what = f"there is no function '{spec.name}' and no log group '{pattern.pattern}'"
        elif isinstance(spec, FunctionSpec):
            what = f"no function matches '{spec.name}'"
        elif pattern.kind is Kind.EXACT:
            what = f"there is no log group '{pattern.pattern}'"
        else:
            what = f"no log group matches '{spec.text}'"
        return f"{what} in {where}"

    def _around(self, lost: Missing) -> Iterator[list[str]]:
        """Yield names of the same folder and of functions, then of all groups."""
        folder = lost.pattern.prefix.rpartition("/")[0]
        for prefixes in ([f"{folder}/" if folder else "", LAMBDA], [""]):
            yield [
                name
                for logs in lost.places
                for prefix in dict.fromkeys(prefixes)
                for name in self._list(logs, prefix)
            ]

    def _list(self, logs: Logs, prefix: str) -> list[str]:
        if (logs, prefix) not in self._listed:
            try:
                groups = islice(logs.describe_groups(prefix), _PAGES * GROUPS_A_PAGE)
                names = [group.name for group in groups]
            except (Refused, SourceError):
                names = []
            self._listed[logs, prefix] = names
        return self._listed[logs, prefix]

    @cached_property
    def _elsewhere(self) -> dict[GroupSpec, list[str]]:
        """Other regions by what is to be found there, as far as they answer in time."""
        deadline = time.monotonic() + _SECONDS
        patterns = [lost.pattern for lost in self.missing]
        asked = {logs.region for logs in self._places.opened}
        others = sorted({other for region in asked for other in sister_regions(region)} - asked)
        found: set[tuple[GroupSpec, str]] = set()

        def look(account: Account, region: str) -> None:
            # No limiter and no patience: one call for each pattern, whoever fails is left out.
            try:
                client = account.client("logs", region=region, connect_timeout=2, read_timeout=3)
                for pattern in patterns:
                    if account.given_up() or time.monotonic() > deadline:
                        return
                    given = {"logGroupNamePrefix": pattern.prefix} if pattern.prefix else {}
                    groups = client.describe_log_groups(**given).get("logGroups", ())
                    if any(pattern.matches(group["logGroupName"]) for group in groups):
                        found.add((pattern, region))
            except (*AWS_ERRORS, SourceError):
                return

        pool = ThreadPoolExecutor(_THREADS, "regions")
        futures = [
            pool.submit(look, account, region)
            for account in self._places.accounts
            for region in others
        ]
        wait(futures, max(0.0, deadline - time.monotonic()))
        pool.shutdown(wait=False, cancel_futures=True)
        seen = sorted(found.copy(), key=lambda pair: pair[1])
        return {
            pattern: [region for other, region in seen if other == pattern] for pattern in patterns
        }


def _like(pattern: GroupSpec, names: Sequence[str]) -> list[str]:
    wanted = pattern.pattern.lower()
    if pattern.kind is Kind.GLOB:
        near = [name for name in names if fnmatchcase(name.lower(), f"*{wanted}*")]
    elif pattern.kind is Kind.REGEX:
        near = [name for name in names if re.search(pattern.pattern, name, re.IGNORECASE)]
    else:
        own = wanted.rpartition("/")[2] or wanted
        tails = {name.rpartition("/")[2].lower(): name for name in names}
        near = [name for name in names if name.lower() == wanted]
        near += [tails[own]] if own in tails else []
        near += [tails[tail] for tail in difflib.get_close_matches(own, tails, n=_SHOWN)]
        near += [name for name in names if own in name.lower()]
    return list(dict.fromkeys(near))[:_SHOWN]
