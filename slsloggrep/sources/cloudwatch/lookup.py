"""Log groups by name and by prefix: asked of all places side by side, with few calls.

An exact name costs one call, a prefix one for every 50 groups that have it; many names that begin
alike are listed together where that is cheaper. What was asked for by whom, and what follows from
an answer, is `slsloggrep.sources.cloudwatch.groups`' knowledge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import TypeVar

from slsloggrep.errors import SourceError
from slsloggrep.sources.cloudwatch.logs import GROUPS_A_PAGE, Group, Logs
from slsloggrep.sources.cloudwatch.names import GroupSpec, Kind
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.sources.cloudwatch.regions import partition_of

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")

_THREADS = 16
_MANY = 4
"""From so many names on, listing what they begin with may be cheaper than asking for each."""

Trouble = Refused | SourceError
"""Why something is not known: this one thing was refused, or the place cannot be asked at all."""


def reason_of(why: Trouble) -> str:
    """Return the words of a trouble, without the source's name."""
    return why.reason if isinstance(why, Refused) else why.words


@dataclass
class Found:
    """What one place answered."""

    groups: dict[str, Group] = field(default_factory=dict)
    """By name."""
    trouble: dict[str, Trouble] = field(default_factory=dict)
    """By every name and prefix that was asked for in vain: it is not known what there is."""


def ask_all(tasks: Mapping[_K, Callable[[], _T]]) -> dict[_K, _T | Trouble]:
    """Run tasks side by side and return what each gave, or the Refused or SourceError it met.

    Raises Abandoned where nobody waits any more.
    """
    if not tasks:
        return {}
    answers: dict[_K, _T | Trouble] = {}
    pool = ThreadPoolExecutor(min(_THREADS, len(tasks)), "log-groups")
    try:
        futures = {key: pool.submit(task) for key, task in tasks.items()}
        for key, future in futures.items():
            try:
                answers[key] = future.result()
            except (Refused, SourceError) as trouble:
                answers[key] = trouble
    finally:
        # Not waited for: a call that is throttled ends only when its account is stopped.
        pool.shutdown(wait=False, cancel_futures=True)
    return answers


def look_up(
    names: Mapping[Logs, Iterable[str]], prefixes: Mapping[Logs, Iterable[str]]
) -> dict[Logs, Found]:
    """Return the groups of these names and those that begin with these prefixes, by place."""
    found: dict[Logs, Found] = defaultdict(Found)
    tasks: dict[tuple[Logs, str], Callable[[], _Listing]] = {}
    missing: dict[Logs, set[str]] = {}
    for logs in {**names, **prefixes}:
        shortest = _shortest(prefixes.get(logs, ()))
        for prefix in shortest:
            tasks[logs, prefix] = _listing(logs, prefix)
        missing[logs] = {
            name for name in names.get(logs, ()) if not name.startswith(tuple(shortest))
        }
        for bundle in _bundles(missing[logs]):
            stem = _stem(bundle)
            # More pages than half of the names, and asking for each would have been quicker.
            pages = None if len(bundle) == 1 else max(1, len(bundle) // 2)
            tasks[logs, stem] = _exact(logs, stem) if pages is None else _listing(logs, stem, pages)
    _keep(found, ask_all(tasks), missing)
    rest = {(logs, name): _exact(logs, name) for logs, left in missing.items() for name in left}
    _keep(found, ask_all(rest), missing)
    for logs in {**names, **prefixes}:
        place = found[logs]
        for asked, why in list(place.trouble.items()):
            vain = [*names.get(logs, ()), *prefixes.get(logs, ())]
            for what in vain if asked in prefixes.get(logs, ()) else ():
                if what.startswith(asked) and what not in place.groups:
                    place.trouble.setdefault(what, why)
    return found


def in_account(logs: Logs, spec: GroupSpec, account: str) -> list[Group]:
    """Return the groups of an account that a spec means, linked ones marked.

    A linked account is one that `logs`' own may watch. Where no listing shows an exact name in
    another account than one's own, it is taken as it is: sharing may allow to read and not to list.
    Raises Refused.
    """
    exact = spec.kind is Kind.EXACT
    listed = list(islice(logs.describe_groups(spec.prefix), 1 if exact else None))
    own = account_of(listed[0].arn) if listed else ""
    if own == account:
        return [group for group in listed if spec.matches(group.name)]
    linked = [
        replace(group, linked=True)
        for group in logs.describe_groups(spec.prefix, linked=True)
        if spec.matches(group.name) and account_of(group.arn) == account
    ]
    if linked or not exact:
        return linked
    if not own:
        own = next((account_of(group.arn) for group in logs.describe_groups()), "")
    return [] if own == account else [as_it_is(logs, spec, account)]


def as_it_is(logs: Logs, spec: GroupSpec, account: str) -> Group:
    """Return the group that an ARN names, of which nothing else is known."""
    arn = f"arn:{partition_of(logs.region)}:logs:{logs.region}:{account}:log-group:{spec.pattern}"
    return Group(name=spec.pattern, arn=arn, logs=logs, linked=True)


def account_of(arn: str) -> str:
    """Return the account's number in an ARN; empty where it has none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) > 5 else ""


@dataclass
class _Listing:
    groups: list[Group]
    complete: bool
    trouble: Refused | None = None
    """Why there may be more groups than are listed."""


def _listing(logs: Logs, prefix: str, pages: int | None = None) -> Callable[[], _Listing]:
    def run() -> _Listing:
        bound = None if pages is None else pages * GROUPS_A_PAGE
        groups: list[Group] = []
        try:
            for group in islice(logs.describe_groups(prefix), bound):
                groups.append(group)  # noqa: PERF402 - what came before an error is kept
        except Refused as refused:
            if refused.why is not Why.GARBLED or not groups:
                raise
            # The pages that came are good.
            return _Listing(groups, complete=False, trouble=refused)
        return _Listing(groups, bound is None or len(groups) < bound)

    return run


def _exact(logs: Logs, name: str) -> Callable[[], _Listing]:
    def run() -> _Listing:
        # Groups come sorted: what equals its prefix comes first.
        first = next(iter(logs.describe_groups(name)), None)
        return _Listing([first] if first and first.name == name else [], complete=True)

    return run


def _keep(
    found: dict[Logs, Found],
    answers: Mapping[tuple[Logs, str], _Listing | Trouble],
    missing: Mapping[Logs, set[str]],
) -> None:
    """File answers, and take the names that they settle out of those that are missing."""
    for (logs, asked), answer in answers.items():
        place = found[logs]
        left = missing.get(logs, set())
        if not isinstance(answer, _Listing):
            vain = {name for name in left if name.startswith(asked)}
            place.trouble.update(dict.fromkeys(vain or {asked}, answer))
            left -= vain
            continue
        place.groups.update((group.name, group) for group in answer.groups)
        if answer.trouble is not None:
            place.trouble[asked] = answer.trouble
        left -= {
            name
            for name in left
            if name.startswith(asked) and (answer.complete or name in place.groups)
        }


def _shortest(prefixes: Iterable[str]) -> list[str]:
    """Return the prefixes that begin with no other one."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not kept or not prefix.startswith(kept[-1]):
            kept.append(prefix)
    return kept


def _stem(names: Sequence[str]) -> str:
    """Return what all names begin with."""
    first, last = min(names), max(names)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(letter for letter, _ in same)


def _bundles(names: Iterable[str]) -> list[list[str]]:
    """Return the names, those of one folder together where they are many."""
    folders: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        folders[name.rpartition("/")[0]].append(name)
    bundles: list[list[str]] = []
    for folder, inside in folders.items():
        if folder and len(inside) >= _MANY:
            bundles.append(inside)
        else:
            bundles += [[name] for name in inside]
    return bundles
