"""Which log groups are meant: names, globs, regexes, ARNs, console URLs, functions.

Puts together what was named, what exists, and what a function is configured with. How names are
spelled is `names`' knowledge, how few calls find them `lookup`'s, what to tell someone who named
what is not there `nearby`'s.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from slsloggrep.errors import SourceError
from slsloggrep.model import Gap
from slsloggrep.parse.functions import function_of
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.logs import Abandoned, Group, Logs, Refused, Why
from slsloggrep.sources.cloudwatch.lookup import (
    Found,
    Trouble,
    as_it_is,
    ask_all,
    in_account,
    look_up,
)
from slsloggrep.sources.cloudwatch.names import (
    EDGE,
    LAMBDA,
    FunctionSpec,
    GroupSpec,
    Kind,
    Spec,
    parse_function,
    parse_group,
)
from slsloggrep.sources.cloudwatch.nearby import Nearby
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.regions import is_known, near_regions

_ALL_FUNCTIONS = GroupSpec(text=f"{LAMBDA}*", kind=Kind.GLOB, pattern=f"{LAMBDA}*")


class Choice(NamedTuple):
    """The groups to read, and what was asked for but cannot be."""

    groups: tuple[Group, ...]
    """Each once, by place and name."""
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()


def choose_groups(places: Places, settings: Settings) -> Choice:
    """Return the groups that `settings.groups`, `settings.functions` and the URL name.

    With none named: all that begin with `/aws/lambda/`. How many there are is said where they were
    not named one by one. Raises UsageError for a name that cannot be one, SourceError where not a
    single group can be read, with what to try. Where the user gives up meanwhile, that is a gap.
    """
    named: list[Spec] = [parse_group(text) for text in (*places.specs, *settings.groups)]
    named += [parse_function(text) for text in settings.functions]
    specs = list(dict.fromkeys(named)) or [_ALL_FUNCTIONS]
    try:
        choosing = _Choosing(places, specs)
        choice = choosing.choose()
    except Abandoned:
        return Choice((), (Gap(places.shown, "interrupted before its log groups were found"),))
    for line in choosing.counts(default=not named):
        settings.say(line)
    return choice


@dataclass
class _Wanted:
    """What one spec means in one place."""

    spec: Spec
    logs: Logs
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    """Groups by name, with the functions that were asked for in them; none: everything."""
    perhaps: dict[str, frozenset[str]] = field(default_factory=dict)
    """The same, but nobody misses them."""
    patterns: tuple[GroupSpec, ...] = ()
    of_function: bool = False
    """What matches `patterns` is the group of one function, and only that one is wanted."""
    picked: list[Group] = field(default_factory=list)
    trouble: Trouble | None = None

    @property
    def account(self) -> str | None:
        return self.spec.account


class _Choosing:
    def __init__(self, places: Places, specs: Sequence[Spec]) -> None:
        self._places = places
        self._specs = specs
        self._notes: list[str] = []
        self._wanted = [
            _Wanted(spec, logs)
            for spec in specs
            for logs in (places.of_region(spec.region) if spec.region else places.all)
        ]

    def choose(self) -> Choice:
        """Ask for everything, and weigh what came."""
        self._resolve_functions()
        for wanted in self._wanted:
            spec = wanted.spec
            if isinstance(spec, GroupSpec):
                if spec.kind is Kind.EXACT:
                    wanted.names[spec.pattern] = frozenset()
                else:
                    wanted.patterns = (spec,)
                if spec.stream:
                    self._note(f"{spec.text}: its log group is read, not that log stream alone")
        self._pick_own()
        self._pick_of_accounts()
        gaps = self._gaps()
        return Choice(self._merged(), tuple(gaps), tuple(self._notes))

    def counts(self, *, default: bool) -> list[str]:
        """Return what to say of groups that were not named one by one."""
        lines = []
        for spec in self._specs:
            mine = [wanted for wanted in self._wanted if wanted.spec == spec]
            if not any(wanted.patterns for wanted in mine):
                continue
            regions = Counter[str]()
            for wanted in mine:
                regions[wanted.logs.label or wanted.logs.region] += len(wanted.picked)
            count = _groups(regions.total())
            if default:
                where = " and ".join(
                    f"{region} ({number})" if len(regions) > 1 else region
                    for region, number in regions.items()
                )
                lines.append(f"searching {count} of {LAMBDA} in {where}")
            else:
                lines.append(f"'{spec.text}' means {count}")
        return lines

    def _resolve_functions(self) -> None:
        asked = [
            (wanted, wanted.spec)
            for wanted in self._wanted
            if isinstance(wanted.spec, FunctionSpec)
        ]
        single = [(wanted, spec) for wanted, spec in asked if not spec.is_glob]
        answers = ask_all(
            {
                (wanted.logs, spec.api_name): _configured(wanted.logs, spec.api_name)
                for wanted, spec in single
            }
        )
        unsure: dict[tuple[Logs, str], list[str]] = defaultdict(list)
        for wanted, spec in single:
            answer = answers[wanted.logs, spec.api_name]
            if isinstance(answer, Refused | SourceError):
                self._doubt(unsure, wanted.logs, spec.name, answer)
                answer = None
            self._want_function(wanted, spec.name, answer)
            if spec.qualifier:
                self._note(
                    f"{spec.text}: all versions and aliases of the function are read, "
                    "for they share a log group"
                )
        for (logs, reason), functions in unsure.items():
            self._note(
                f"{_at(logs)}{', '.join(functions)}: taken to log to {LAMBDA}NAME, "
                f"for its configuration cannot be read: {reason}"
            )
        self._resolve_globs([(wanted, spec) for wanted, spec in asked if spec.is_glob])

    def _doubt(
        self,
        unsure: dict[tuple[Logs, str], list[str]],
        logs: Logs,
        function: str,
        why: Trouble,
    ) -> None:
        if isinstance(why, Refused) and why.why is Why.NO_SUCH_GROUP:
            return  # a function that is gone may have left its log
        if isinstance(why, Refused) and why.why is Why.DENIED:
            reason = "access denied: lambda:GetFunctionConfiguration is missing"
        else:
            reason = f"lambda:GetFunctionConfiguration: {_reason(why)}"
        unsure[logs, reason].append(function)

    def _want_function(self, wanted: _Wanted, function: str, group: str | None) -> None:
        default = f"{LAMBDA}{function}"
        only = frozenset({function})
        wanted.names[group or default] = only
        if group not in (None, default):
            self._note(f"{_at(wanted.logs)}{function} is configured to log to {group}")
        if _has_edge(wanted.logs):
            wanted.perhaps[f"{EDGE}{function}"] = only

    def _resolve_globs(self, asked: Sequence[tuple[_Wanted, FunctionSpec]]) -> None:
        lists = ask_all({wanted.logs: _functions(wanted.logs) for wanted, _ in asked})
        for wanted, spec in asked:
            wanted.of_function = True
            wanted.patterns = tuple(
                GroupSpec(text=spec.text, kind=Kind.GLOB, pattern=f"{folder}{spec.name}")
                for folder in (LAMBDA, EDGE)
                if folder == LAMBDA or _has_edge(wanted.logs)
            )
            listed = lists[wanted.logs]
            if isinstance(listed, Refused | SourceError):
                self._note(
                    f"{_at(wanted.logs)}functions that log elsewhere than to {LAMBDA}NAME "
                    f"are not found: lambda:ListFunctions: {_reason(listed)}"
                )
                continue
            for name, group in listed:
                if spec.matches(name) and group not in (None, f"{LAMBDA}{name}"):
                    wanted.perhaps[str(group)] = wanted.perhaps.get(str(group), frozenset()) | {
                        name
                    }

    def _pick_own(self) -> None:
        names: dict[Logs, set[str]] = defaultdict(set)
        prefixes: dict[Logs, set[str]] = defaultdict(set)
        mine = [wanted for wanted in self._wanted if wanted.account is None]
        for wanted in mine:
            names[wanted.logs].update(wanted.names, wanted.perhaps)
            prefixes[wanted.logs].update(pattern.prefix for pattern in wanted.patterns)
        found = look_up(names, prefixes)
        untold: dict[tuple[Logs, str], list[str]] = defaultdict(list)
        for wanted in mine:
            place = found.get(wanted.logs, Found())
            for name, functions in (wanted.perhaps | wanted.names).items():
                if name in place.groups:
                    wanted.picked.append(replace(place.groups[name], functions=functions))
                elif name in wanted.names and name in place.trouble:
                    why = place.trouble[name]
                    if isinstance(why, Refused) and why.why is Why.DENIED:
                        wanted.picked.append(
                            Group(name=name, logs=wanted.logs, functions=functions)
                        )
                        untold[wanted.logs, why.reason].append(name)
                    else:
                        wanted.trouble = why
            for pattern in wanted.patterns:
                wanted.trouble = wanted.trouble or place.trouble.get(pattern.prefix)
                wanted.picked += [
                    replace(
                        group,
                        functions=frozenset({function_of(group.name, "")})
                        if wanted.of_function
                        else frozenset(),
                    )
                    for group in place.groups.values()
                    if pattern.matches(group.name)
                ]
        for (logs, reason), blind in untold.items():
            self._note(f"{_at(logs)}{', '.join(blind)}: read unseen, for {reason}")

    def _pick_of_accounts(self) -> None:
        tasks = {}
        for index, wanted in enumerate(self._wanted):
            if wanted.account is None:
                continue
            for pattern in _as_patterns(wanted):
                tasks[index, pattern] = _in_account(wanted.logs, pattern, wanted.account)
        for (index, pattern), answer in ask_all(tasks).items():
            wanted = self._wanted[index]
            needed = pattern.pattern in wanted.names
            functions = (wanted.perhaps | wanted.names).get(pattern.pattern, frozenset())
            if isinstance(answer, Refused) and answer.why is Why.DENIED and needed:
                self._note(f"{pattern.pattern}: read unseen, for {answer.reason}")
                answer = [as_it_is(wanted.logs, pattern, str(wanted.account))]
            if isinstance(answer, Refused | SourceError):
                if needed or pattern.kind is not Kind.EXACT:
                    wanted.trouble = wanted.trouble or answer
                continue
            for group in answer:
                if group.linked and group.created is None:
                    self._note(f"{group.arn}: read unseen, for it is not listed")
                wanted.picked.append(replace(group, functions=functions))

    def _gaps(self) -> list[Gap]:
        """Return what cannot be read; raises SourceError where nothing can."""
        gaps: dict[Gap, None] = {}
        errors: list[tuple[str, str | None]] = []
        anything = any(wanted.picked for wanted in self._wanted)
        nearby = Nearby(self._places)
        for spec in self._specs:
            mine = [wanted for wanted in self._wanted if wanted.spec == spec]
            troubled = [wanted for wanted in mine if wanted.trouble is not None]
            for wanted in troubled:
                message, hint = _told(wanted)
                what = wanted.logs.label or wanted.logs.region
                if isinstance(wanted.trouble, Refused):
                    what = f"{_at(wanted.logs)}{spec.text}"
                gaps[Gap(what, _joined(message, hint))] = None
                errors.append((message, hint))
            if troubled or any(wanted.picked for wanted in mine):
                continue
            message, hint = nearby.explain(spec, [wanted.logs for wanted in mine])
            gaps[Gap(spec.text, _joined(message, hint))] = None
            errors.append((message, hint))
        if not anything:
            messages = list(dict.fromkeys(message for message, _ in errors))
            hints = list(dict.fromkeys(hint for _, hint in errors if hint))
            raise SourceError(
                self._places.name,
                f"{self._places.shown}: {'; '.join(messages)}",
                hint="; ".join(hints) or None,
            )
        return list(gaps)

    def _merged(self) -> tuple[Group, ...]:
        order = {logs: index for index, logs in enumerate(self._places.opened)}
        merged: dict[tuple[int, str, str], Group] = {}
        for wanted in self._wanted:
            for group in wanted.picked:
                key = (order[group.logs], group.name, group.arn if group.linked else "")
                other = merged.get(key)
                functions = group.functions
                if other is not None:
                    # Who wants everything gets it, whatever others want of it.
                    both = bool(functions and other.functions)
                    functions = functions | other.functions if both else frozenset()
                merged[key] = replace(group, functions=functions)
        return tuple(merged[key] for key in sorted(merged))

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


def _configured(logs: Logs, function: str) -> Callable[[], str | None]:
    return lambda: logs.group_of_function(function)


def _functions(logs: Logs) -> Callable[[], list[tuple[str, str | None]]]:
    return lambda: list(logs.list_functions())


def _in_account(logs: Logs, spec: GroupSpec, account: str) -> Callable[[], list[Group]]:
    return lambda: in_account(logs, spec, account)


def _as_patterns(wanted: _Wanted) -> list[GroupSpec]:
    exact = [
        GroupSpec(text=name, kind=Kind.EXACT, pattern=name)
        for name in (*wanted.names, *wanted.perhaps)
    ]
    return [*exact, *wanted.patterns]


def _has_edge(logs: Logs) -> bool:
    return not logs.region.startswith(("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-"))


def _told(wanted: _Wanted) -> tuple[str, str | None]:
    why = wanted.trouble
    region = wanted.logs.region
    if isinstance(why, SourceError):
        message = why.message.removeprefix(f"{why.source}: ")
        if not is_known(region) and (near := near_regions(region)):
            return message, f"is '{region}' a region? did you mean {' or '.join(near)}?"
        return message, why.hint
    assert why is not None  # noqa: S101 - asked for troubled ones only
    return why.reason, why.hint


def _reason(why: Trouble) -> str:
    return why.reason if isinstance(why, Refused) else why.message.removeprefix(f"{why.source}: ")


def _joined(message: str, hint: str | None) -> str:
    return f"{message} ({hint})" if hint else message


def _at(logs: Logs) -> str:
    return f"{logs.label}:" if logs.label else ""


def _groups(count: int) -> str:
    return "1 log group" if count == 1 else f"{count} log groups"
