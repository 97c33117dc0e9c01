"""Specs of log groups in one place, and the groups that they turn out to mean there.

Which specs there are, and what follows from those that mean nothing, is `groups`' knowledge; how
few calls find groups is `lookup`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from slsloggrep.errors import SourceError
from slsloggrep.sources.cloudwatch.belongings import Belongings, look_for_apis
from slsloggrep.sources.cloudwatch.functions import Meant, resolve_functions
from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.lookup import Trouble, as_it_is, ask_all, in_account, look_up
from slsloggrep.sources.cloudwatch.names import FunctionSpec, GroupSpec, Kind, Spec
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.wording import names_text


@dataclass
class Wish:
    """One spec in one place, and what came of it."""

    spec: Spec
    logs: Logs
    meant: Meant
    picked: list[Group] = field(default_factory=list)
    trouble: Trouble | None = None
    """Why it is not known whether there is more."""
    needed: bool = True
    """It was named; else it belongs to what was named, and is not missed."""
    sure: bool = True
    """There is such a log group, as far as others know."""

    def pick(self, group: Group) -> None:
        """Take a group that is meant."""
        self.picked.append(replace(group, functions=self.meant.functions))

    @property
    def at(self) -> str:
        """How gaps begin where several places are read."""
        return f"{self.logs.label}:" if self.logs.label else ""


def belonging(places: Mapping[Logs, Belongings]) -> list[Wish]:
    """Return a wish for each function and each log group of what was named."""
    wishes = []
    for logs, own in places.items():
        specs: list[Spec] = [FunctionSpec(text=name, name=name) for name in sorted(own.functions)]
        for name in sorted(own.groups):
            kind = Kind.GLOB if "*" in name else Kind.EXACT
            specs.append(GroupSpec(text=name, kind=kind, pattern=name))
        wishes += [
            Wish(spec, logs, Meant(), needed=False, sure=own.groups.get(spec.text, True))
            for spec in specs
        ]
    return wishes


def guess_apis(wishes: Sequence[Wish], notes: list[str]) -> list[Wish]:
    """Return what belongs to APIs whose IDs were named, where nothing else is called so."""
    lost: dict[tuple[Logs, str], Wish] = {}
    for wish in wishes:
        name = wish.spec.name if isinstance(wish.spec, FunctionSpec) else wish.spec.pattern
        if wish.needed and not (wish.picked or wish.trouble or wish.meant.exists):
            lost[wish.logs, name] = wish
    found = look_for_apis(lost)
    if not found:
        return []
    for _, name in found:
        notes.append(f"nothing else is called {name}: it is taken for the ID of an API")
        for (_, other), wish in lost.items():
            wish.needed = wish.needed and other != name
    guessed = [wish for (logs, _), own in found.items() for wish in belonging({logs: own})]
    interpret(guessed, notes)
    pick_groups(guessed, notes)
    return guessed


def interpret(wishes: Sequence[Wish], notes: list[str]) -> None:
    """Fill in what each spec means; Lambda is asked about functions."""
    functions = [(wish.logs, wish.spec) for wish in wishes if isinstance(wish.spec, FunctionSpec)]
    resolved, doubts = resolve_functions(functions)
    notes += doubts
    for wish in wishes:
        spec = wish.spec
        if isinstance(spec, FunctionSpec):
            wish.meant = resolved[wish.logs, spec]
        elif spec.kind is Kind.EXACT:
            # Whether an API writes logs at all is not known: nothing is read unseen for it.
            name = [spec.pattern]
            wish.meant = Meant(names=name) if wish.sure else Meant(perhaps=name)
        else:
            wish.meant = Meant(patterns=[spec])
        if isinstance(spec, GroupSpec) and spec.stream:
            notes.append(f"{spec.text}: its log group is read, not that log stream alone")


def pick_groups(wishes: Sequence[Wish], notes: list[str]) -> None:
    """Find the groups of each place's own account."""
    names: dict[Logs, set[str]] = defaultdict(set)
    prefixes: dict[Logs, set[str]] = defaultdict(set)
    for wish in wishes:
        names[wish.logs].update(wish.meant.names, wish.meant.perhaps)
        prefixes[wish.logs].update(pattern.prefix for pattern in wish.meant.patterns)
    found = look_up(names, prefixes)
    unseen: dict[str, list[str]] = defaultdict(list)
    for wish in wishes:
        place = found[wish.logs]
        picked = {
            name: group
            for pattern in wish.meant.patterns
            for name, group in place.groups.items()
            if pattern.matches(name)
        }
        for name in (*wish.meant.names, *wish.meant.perhaps):
            if name in place.groups:
                picked[name] = place.groups[name]
        for group in picked.values():
            wish.pick(group)
        for name in wish.meant.names:
            why = place.trouble.get(name)
            if isinstance(why, Refused) and why.why is Why.DENIED:
                # Who may not list may yet read.
                wish.pick(Group(name=name, logs=wish.logs))
                unseen[why.reason].append(f"{wish.at}{name}")
            elif why is not None:
                wish.trouble = why
        for pattern in wish.meant.patterns:
            wish.trouble = wish.trouble or place.trouble.get(pattern.prefix)
        for name in () if wish.sure else wish.meant.perhaps:
            wish.trouble = wish.trouble or place.trouble.get(name)
    notes += [f"{names_text(names)}: read unseen, for {reason}" for reason, names in unseen.items()]


def pick_of_accounts(wishes: Sequence[Wish], notes: list[str]) -> None:
    """Find the groups whose ARN names an account: a place's own, or one that is linked to it."""
    tasks: dict[tuple[int, GroupSpec], Callable[[], list[Group]]] = {}
    for index, wish in enumerate(wishes):
        for name in (*wish.meant.names, *wish.meant.perhaps):
            spec = GroupSpec(text=name, kind=Kind.EXACT, pattern=name)
            tasks[index, spec] = _in_account(wish, spec)
        for pattern in wish.meant.patterns:
            tasks[index, pattern] = _in_account(wish, pattern)
    for (index, spec), answer in ask_all(tasks).items():
        wish = wishes[index]
        needed = spec.pattern not in wish.meant.perhaps
        exact = spec.kind is Kind.EXACT
        if isinstance(answer, Refused) and answer.why is Why.DENIED and exact and needed:
            answer = [as_it_is(wish.logs, spec, str(wish.spec.account))]  # it may yet be readable
        if isinstance(answer, Refused | SourceError):
            if needed:
                wish.trouble = wish.trouble or answer
            continue
        for group in answer:
            wish.pick(group)
    _settle_between_profiles(wishes)
    notes += [
        f"{group.arn}: read unseen, for it is not listed"
        for wish in wishes
        for group in wish.picked
        if _certainty(group) == _UNSEEN
    ]


def _settle_between_profiles(wishes: Sequence[Wish]) -> None:
    """Where several profiles may read a group, leave it to the one that knows most of it."""
    best: dict[tuple[Spec, str, str], tuple[int, int]] = {}
    for index, wish in enumerate(wishes):
        for group in wish.picked:
            key = (wish.spec, wish.logs.region, group.name)
            rank = (-_certainty(group), index)
            best[key] = min(best.get(key, rank), rank)
    readable = {(spec, region) for spec, region, _ in best}
    for index, wish in enumerate(wishes):
        wish.picked = [
            group
            for group in wish.picked
            if best[wish.spec, wish.logs.region, group.name] == (-_certainty(group), index)
        ]
        if wish.meant.names and (wish.spec, wish.logs.region) in readable:
            wish.trouble = None


_UNSEEN, _LINKED, _OWN = range(3)


def _certainty(group: Group) -> int:
    if not group.linked:
        return _OWN
    return _UNSEEN if group.created is None else _LINKED


def _in_account(wish: Wish, spec: GroupSpec) -> Callable[[], list[Group]]:
    return lambda: in_account(wish.logs, spec, str(wish.spec.account))
