"""Which log groups are meant: names, globs, regexes, ARNs, console URLs, functions, stacks, APIs.

Puts together what was named and what exists, and counts what is missing. How names are spelled is
`names`' knowledge, where functions log to `functions`', what stacks and APIs hold `belongings`',
what is there of it `wishes`', and what to tell someone who named what is not there
`nearby`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from slsloggrep.errors import AbsentError, SourceError
from slsloggrep.model import Gap
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.belongings import (
    Found,
    gather,
)
from slsloggrep.sources.cloudwatch.functions import Meant
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.lookup import (
    Trouble,
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
from slsloggrep.sources.cloudwatch.wishes import (
    Wish,
    belonging,
    guess_apis,
    interpret,
    pick_groups,
    pick_of_accounts,
)
from slsloggrep.wording import names_text

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
            Wish(spec, logs, Meant())
            for spec in dict.fromkeys(named)
            for logs in (places.of_region(spec.region) if spec.region else places.all)
        ]
        wishes += [] if found is None else belonging(found.places)
        interpret(wishes, notes)
        pick_groups([wish for wish in wishes if wish.spec.account is None], notes)
        pick_of_accounts([wish for wish in wishes if wish.spec.account], notes)
        wishes += guess_apis(wishes, notes)
        gaps = _weigh(wishes, places, found, notes, look_around=look_around)
    except Abandoned:
        return Choice((), (Gap(places.shown, "interrupted before its log groups were found"),))
    for line in _counts(wishes, found):
        settings.say(line)
    return Choice(_merge(wishes, places), gaps, tuple(dict.fromkeys(notes)))


def _weigh(
    wishes: Sequence[Wish],
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
    missing: dict[Spec, list[Wish]] = {}
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
    wishes: Sequence[Wish],
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
    functions = set(found.functions)
    silent = [name for name in silent if name in functions]
    if not any(wish.picked or wish.trouble for wish in own):
        if silent and found.doubts:
            lost += found.doubts
        elif silent:
            message = f"no function of {found.label} has a log group: none has logged yet"
            lost.append((message, ", ".join(silent[:_SHOWN])))
        elif not lost and not found.troubles:
            lost.append((f"no function and no log group belongs to {found.label}", None))
    elif silent:
        notes.append(f"no log group yet: {names_text(silent)}")
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


def _counts(wishes: Sequence[Wish], found: Found | None) -> list[str]:
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


def _merge(wishes: Sequence[Wish], places: Places) -> tuple[Group, ...]:
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
