"""Which log groups are meant: names, globs, regexes, ARNs, console URLs, functions, stacks, APIs.

Puts together what was named and what exists, and counts what is missing. How names are spelled is
`names`' knowledge, where functions log to `functions`', what stacks and APIs hold `belongings`',
how few calls find groups `lookup`'s, and what to tell someone who named what is not there
`nearby`'s.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from slsloggrep.errors import AbsentError, SourceError
from slsloggrep.model import Gap
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.belongings import (
    Belongings,
    Found,
    gather,
    look_for_apis,
)
from slsloggrep.sources.cloudwatch.functions import Meant, resolve_functions
from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.lookup import (
    Trouble,
    as_it_is,
    ask_all,
    in_account,
    look_up,
    reason_of,
)
from slsloggrep.sources.cloudwatch.names import (
    LAMBDA,
    FunctionSpec,
    GroupSpec,
    Kind,
    Spec,
    parse_function,
    parse_group,
)
from slsloggrep.sources.cloudwatch.nearby import Missing, Nearby
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused, UnreachableError, Why
from slsloggrep.sources.cloudwatch.regions import is_known, near_regions

_SHOWN = 3
_ALL_FUNCTIONS = GroupSpec(text=f"{LAMBDA}*", kind=Kind.GLOB, pattern=f"{LAMBDA}*")


class Choice(NamedTuple):
    """The groups to read, and what was asked for but cannot be."""

    groups: tuple[Group, ...]
    """Each once, by place and name."""
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()


def choose_groups(places: Places, settings: Settings, *, look_around: bool = True) -> Choice:
    """Return the groups that the settings and the URL name together.

    With none named: all that begin with `/aws/lambda/`. How many there are is said where they were
    not named one by one. What belongs to a stack and has not logged yet is no gap. Raises
    UsageError for a name that cannot be one, SourceError where not a single group can be read, with
    what to try (AbsentError where nothing but that they are missing is against it). Where the user
    gives up meanwhile, that is a gap. `look_around`: tell near names and other regions of what is
    missing, which takes calls.
    """
    named: list[Spec] = [parse_group(text) for text in (*places.specs, *settings.groups)]
    functions = [parse_function(text) for text in settings.functions]
    notes: list[str] = []
    found: Found | None = None
    try:
        if settings.selects:
            found = gather(places, settings, look_around=look_around)
            notes += found.notes
        narrowed = found is not None and found.narrowed
        named += [s for s in functions if not (narrowed and isinstance(s, FunctionSpec))]
        if not named and found is None:
            named = [_ALL_FUNCTIONS]
        wishes = [
            _Wish(spec, logs, Meant())
            for spec in dict.fromkeys(named)
            for logs in (places.of_region(spec.region) if spec.region else places.all)
        ]
        wishes += [] if found is None else _belonging(found.places)
        _interpret(wishes, notes)
        _pick([wish for wish in wishes if wish.spec.account is None], notes)
        _pick_of_accounts([wish for wish in wishes if wish.spec.account], notes)
        wishes += _guess_apis(wishes, notes)
        gaps = _weigh(wishes, places, found, notes, look_around=look_around)
    except Abandoned:
        return Choice((), (Gap(places.shown, "interrupted before its log groups were found"),))
    for line in _counts(wishes, found):
        settings.say(line)
    return Choice(_merge(wishes, places), gaps, tuple(dict.fromkeys(notes)))


@dataclass
class _Wish:
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
        self.picked.append(replace(group, functions=self.meant.functions))

    @property
    def at(self) -> str:
        return f"{self.logs.label}:" if self.logs.label else ""


def _belonging(places: Mapping[Logs, Belongings]) -> list[_Wish]:
    wishes = []
    for logs, own in places.items():
        specs: list[Spec] = [FunctionSpec(text=name, name=name) for name in sorted(own.functions)]
        for name in sorted(own.groups):
            kind = Kind.GLOB if "*" in name else Kind.EXACT
            specs.append(GroupSpec(text=name, kind=kind, pattern=name))
        wishes += [
            _Wish(spec, logs, Meant(), needed=False, sure=own.groups.get(spec.text, True))
            for spec in specs
        ]
    return wishes


def _guess_apis(wishes: Sequence[_Wish], notes: list[str]) -> list[_Wish]:
    """Return what belongs to APIs whose IDs were named, where nothing else is called so."""
    lost: dict[tuple[Logs, str], _Wish] = {}
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
    guessed = [wish for (logs, _), own in found.items() for wish in _belonging({logs: own})]
    _interpret(guessed, notes)
    _pick(guessed, notes)
    return guessed


def _interpret(wishes: Sequence[_Wish], notes: list[str]) -> None:
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


def _pick(wishes: Sequence[_Wish], notes: list[str]) -> None:
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
            group.name: group
            for group in place.groups.values()
            if any(pattern.matches(group.name) for pattern in wish.meant.patterns)
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
    notes += [f"{', '.join(names)}: read unseen, for {reason}" for reason, names in unseen.items()]


def _pick_of_accounts(wishes: Sequence[_Wish], notes: list[str]) -> None:
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


def _settle_between_profiles(wishes: Sequence[_Wish]) -> None:
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


def _in_account(wish: _Wish, spec: GroupSpec) -> Callable[[], list[Group]]:
    return lambda: in_account(wish.logs, spec, str(wish.spec.account))


def _weigh(
    wishes: Sequence[_Wish],
    places: Places,
    found: Found | None,
    notes: list[str],
    *,
    look_around: bool,
) -> tuple[Gap, ...]:
    """Return what cannot be read; raises SourceError where nothing can."""
    gaps: list[Gap] = []
    told: list[tuple[str, str | None]] = []
    errors: list[SourceError] = []
    missing: dict[Spec, list[_Wish]] = {}
    if found is not None:
        _weigh_found(wishes, found, told, gaps, notes)
        errors += [why for _, _, why in found.troubles if isinstance(why, SourceError)]
    for wish in wishes:
        if wish.trouble is None:
            continue
        message, hint = _tell(wish.trouble, wish.logs.region)
        told.append((message, hint))
        what = wish.logs.label or wish.logs.region
        if isinstance(wish.trouble, SourceError):
            errors.append(wish.trouble)
        else:
            what = f"{wish.at}{wish.spec.text}"
        gaps.append(Gap(what, f"{message} ({hint})" if hint else message))
    for spec in dict.fromkeys(wish.spec for wish in wishes if wish.needed):
        mine = [wish for wish in wishes if wish.spec == spec and wish.needed]
        if not any(wish.picked or wish.trouble for wish in mine):
            missing[spec] = mine
    nearby = Nearby(
        places,
        [
            Missing(
                spec,
                tuple(wish.logs for wish in mine),
                next((wish.meant.names[0] for wish in mine if wish.meant.exists), None),
            )
            for spec, mine in missing.items()
        ],
    )
    for lost in nearby.missing:
        message, hint = nearby.explain(lost) if look_around else (nearby.name(lost), None)
        if lost.spec is _ALL_FUNCTIONS and hint is None:
            hint = "name log groups with -g, or another --region"
        told.append((message, hint))
        gaps.append(Gap(lost.spec.text, f"{message} ({hint})" if hint else message))
    if any(wish.picked for wish in wishes):
        return tuple(dict.fromkeys(gaps))
    kind: type[SourceError] = SourceError
    if not missing and errors and all(isinstance(error, UnreachableError) for error in errors):
        kind = UnreachableError
    elif not any(wish.trouble for wish in wishes) and not (found and found.troubles):
        kind = AbsentError
    raise kind(
        places.shown,
        f"{places.shown}: {'; '.join(dict.fromkeys(message for message, _ in told))}",
        hint="; ".join(dict.fromkeys(hint for _, hint in told if hint)) or None,
    )


def _weigh_found(
    wishes: Sequence[_Wish],
    found: Found,
    told: list[tuple[str, str | None]],
    gaps: list[Gap],
    notes: list[str],
) -> None:
    """Add what is not known or not there of stacks, tags, projects and APIs."""
    lost = list(found.missing)
    for logs, what, why in found.troubles:
        message, hint = _tell(why, logs.region)
        told.append((message, hint))
        at = f"{logs.label}:" if logs.label else ""
        gaps.append(Gap(f"{at}{what}", f"{message} ({hint})" if hint else message))
    own = [wish for wish in wishes if not wish.needed]
    silent = [wish.spec.text for wish in own if not wish.picked and not wish.trouble]
    silent = [name for name in silent if name in found.functions]
    if not any(wish.picked or wish.trouble for wish in own):
        if silent and found.doubts:
            lost += found.doubts
        elif silent:
            message = f"no function of {found.label} has a log group: none has logged yet"
            lost.append((message, ", ".join(silent[:_SHOWN])))
        elif not lost and not found.troubles:
            lost.append((f"no function and no log group belongs to {found.label}", None))
    elif silent:
        notes.append(f"no log group yet: {', '.join(silent)}")
    told += lost
    gaps += [Gap(found.label, f"{message} ({hint})" if hint else message) for message, hint in lost]
    gaps += found.gaps


def _tell(why: Trouble, region: str) -> tuple[str, str | None]:
    """Return why a place or a spec cannot be read, and what to try."""
    if isinstance(why, Refused):
        if why.why is Why.DENIED:
            return why.reason, f"{why.hint}; or name the log groups one by one"
        return why.reason, why.hint
    if not is_known(region) and (near := near_regions(region)):
        return reason_of(why), f"is '{region}' a region? did you mean {' or '.join(near)}?"
    return reason_of(why), why.hint


def _counts(wishes: Sequence[_Wish], found: Found | None) -> list[str]:
    """Return what to say of groups that were not named one by one."""
    lines = []
    own = [wish for wish in wishes if not wish.needed and wish.picked]
    if found is not None and own:
        regions_of_it = dict.fromkeys(wish.logs.label or wish.logs.region for wish in own)
        functions = sum(isinstance(wish.spec, FunctionSpec) for wish in own)
        of_functions = {g.name for w in own if isinstance(w.spec, FunctionSpec) for g in w.picked}
        others = len({group.name for wish in own for group in wish.picked} - of_functions)
        parts = [f"{functions} function{'' if functions == 1 else 's'}"] if functions else []
        parts += [f"{others} other log group{'' if others == 1 else 's'}"] if others else []
        lines.append(f"{found.label}: {' and '.join(parts)} in {' and '.join(regions_of_it)}")
    wishes = [wish for wish in wishes if wish.needed]
    for spec in dict.fromkeys(wish.spec for wish in wishes if wish.meant.patterns):
        regions = Counter[str]()
        for wish in wishes:
            if wish.spec == spec:
                regions[wish.logs.label or wish.logs.region] += len(wish.picked)
        count = "1 log group" if regions.total() == 1 else f"{regions.total()} log groups"
        where = " and ".join(
            f"{region} ({number})" if len(regions) > 1 else region
            for region, number in regions.items()
        )
        if spec is _ALL_FUNCTIONS:
            lines.append(f"searching {count} of {LAMBDA} in {where}")
        else:
            lines.append(f"'{spec.text}' means {count} in {where}")
    return lines


def _merge(wishes: Sequence[_Wish], places: Places) -> tuple[Group, ...]:
    """Return every group once, with all the functions that are wanted of it.

    Two profiles may lead to one account: by its ARN a group is the same in both.
    """
    order = {logs: index for index, logs in enumerate(places.opened)}
    merged: dict[str | tuple[int, str], Group] = {}
    found = [group for wish in wishes for group in wish.picked]
    for group in sorted(found, key=lambda group: (order[group.logs], group.name, group.arn)):
        key = group.arn or (order[group.logs], group.name)
        other = merged.setdefault(key, group)
        # Who wants everything gets it, whatever others want of it.
        both = bool(group.functions and other.functions)
        functions = group.functions | other.functions if both else frozenset[str]()
        merged[key] = replace(other, functions=functions)
    return tuple(merged.values())
