"""What stacks, tags, projects and APIs hold in an account: functions by name, and log groups.

All of them are asked for side by side, place by place. Stacks and projects are alternatives, tags
and names of functions narrow them, APIs come beside. Where a stack cannot be asked for, what a
project's files say of its functions is taken. Which of the log groups exist is looked up by
`slsloggrep.sources.cloudwatch.groups`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from slsloggrep.model import Gap
from slsloggrep.project import Deployment
from slsloggrep.project.deployment import WILD
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.api_names import (
    BARE_ID,
    ApiSpec,
    StackSpec,
    parse_api,
    parse_stack,
)
from slsloggrep.sources.cloudwatch.apis import ApiContents, contents_of_api
from slsloggrep.sources.cloudwatch.deployments import (
    StackContents,
    contents_of_stack,
    functions_of_tags,
    group_of_machine,
    near_stacks,
    parse_tag,
)
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.sources.cloudwatch.lookup import Trouble, ask_all, reason_of
from slsloggrep.sources.cloudwatch.names import FunctionSpec, parse_function
from slsloggrep.sources.cloudwatch.other_names import keys_of, keys_of_logical, meant_by
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.wording import names_text

_SHOWN = 3
_EXECUTION = ("API-Gateway-Execution-Logs_{}/*", "/aws/apigateway/{}/*")
"""Where APIs write what they do, whatever their stages are called."""


@dataclass
class Belongings:
    """What was meant, in one place."""

    functions: dict[str, frozenset[str]] = field(default_factory=dict)
    """By name or glob: what else each is called, in its template or its project."""
    groups: dict[str, bool] = field(default_factory=dict)
    """Names and globs, whether they are surely there; an API may write no logs."""

    def add_perhaps(self, names: Iterable[str]) -> None:
        """Add groups that need not be there."""
        for name in names:
            self.groups.setdefault(name, False)


@dataclass
class Found:
    """What was meant, and what could not be had of it."""

    label: str
    """What was named: `stack shop and tag team`."""
    places: dict[Logs, Belongings] = field(default_factory=dict)
    troubles: list[tuple[Logs, str, Trouble]] = field(default_factory=list)
    """What is not known, where, and why."""
    missing: list[tuple[str, str | None]] = field(default_factory=list)
    """What is nowhere, and what to try."""
    doubts: list[tuple[str, str | None]] = field(default_factory=list)
    """Stacks that are nowhere, in whose place a project's files were believed."""
    gaps: list[Gap] = field(default_factory=list)
    """What a project has and is not looked for."""
    notes: list[str] = field(default_factory=list)
    narrowed: bool = False
    """The functions that were named are among those of stacks, tags and projects."""

    @property
    def functions(self) -> list[str]:
        """Names and globs of functions, wherever they are."""
        return sorted({name for own in self.places.values() for name in own.functions})

    @property
    def groups(self) -> list[str]:
        """Names and globs of log groups, wherever they are."""
        return sorted({name for own in self.places.values() for name in own.groups})


def gather(
    places: Places, settings: Settings, *, logs_too: bool = True, look_around: bool = True
) -> Found:
    """Return what the settings' stacks, tags, projects and APIs hold.

    `logs_too`: log groups that are no function's as well. `look_around`: tell near names of what is
    missing, which takes calls. Raises UsageError for what cannot be a name, SourceError where no
    region is known, Abandoned.
    """
    gathering = _Gathering(places, settings, look_around=look_around)
    found = gathering.found
    gathering.ask_stacks_and_tags()
    specs = [spec for spec in map(parse_function, settings.functions) if _is_function(spec)]
    if gathering.narrows and specs:
        found.narrowed = True
        gathering.narrow([spec for spec in specs if isinstance(spec, FunctionSpec)])
    elif logs_too and not settings.tags:
        gathering.ask_logs()
    gathering.ask_apis()
    return found


def look_for_apis(named: Iterable[tuple[Logs, str]]) -> dict[tuple[Logs, str], Belongings]:
    """Return what belongs to the APIs that have these IDs, as far as there are such.

    For names that are nothing else: whoever may not ask API Gateway is told nothing of it.
    """
    tasks = {
        (logs, name): partial(contents_of_api, logs, ApiSpec(text=name, identifier=name))
        for logs, name in named
        if BARE_ID.fullmatch(name)
    }
    found: dict[tuple[Logs, str], Belongings] = {}
    for key, answer in ask_all(tasks).items():
        if isinstance(answer, ApiContents):
            own = found[key] = Belongings(dict.fromkeys(answer.functions, frozenset()))
            own.add_perhaps(answer.groups)
    return found


def label_of(settings: Settings) -> str:
    """Return what is named, in words."""
    words = [
        *(f"stack {parse_stack(text).short}" for text in settings.stacks),
        *(f"stack {each.stack}" if each.stack else each.origin for each in settings.projects),
        *(f"tag {text}" for text in settings.tags),
        *(f"API {text}" for text in settings.apis),
    ]
    return " and ".join(dict.fromkeys(words))


@dataclass(frozen=True)
class _Wish:
    """A stack, or a project without one, in one place."""

    logs: Logs
    spec: StackSpec | None
    deployment: Deployment | None = None


class _Gathering:
    def __init__(self, places: Places, settings: Settings, *, look_around: bool) -> None:
        self._places = places
        self._settings = settings
        self._look_around = look_around
        self._contents: dict[Logs, StackContents] = {}
        self.found = Found(label_of(settings))
        self.narrows = bool(settings.stacks or settings.tags or settings.projects)

    # Which functions

    def ask_stacks_and_tags(self) -> None:
        wishes = self._wishes()
        tags = [parse_tag(text) for text in self._settings.tags]
        where = dict.fromkeys(wish.logs for wish in wishes) or dict.fromkeys(self._all())
        tasks: dict[Any, Callable[[], Any]] = {
            wish: partial(contents_of_stack, wish.logs, wish.spec.name)
            for wish in wishes
            if wish.spec is not None
        }
        if tags:
            tasks.update({logs: partial(functions_of_tags, logs, tags) for logs in where})
        answers = ask_all(tasks)
        self._take_stacks(wishes, answers)
        if not tags:
            return
        tagged: dict[Logs, frozenset[str]] = {}
        for logs in where:
            answer = answers[logs]
            if isinstance(answer, frozenset):
                tagged[logs] = answer
            else:
                self.found.troubles.append((logs, f"tag {self._settings.tags[0]}", answer))
        for logs in where:
            own = self.found.places.get(logs)
            having = tagged.get(logs, frozenset())
            if not wishes:
                self._at(logs).functions = {name: frozenset() for name in having}
            elif own is not None:
                own.functions = {
                    name: keys
                    for glob, keys in own.functions.items()
                    for name in _matching(glob, having)
                }

    def _wishes(self) -> list[_Wish]:
        wishes = []
        for text in self._settings.stacks:
            spec = parse_stack(text)
            wishes += [_Wish(logs, spec) for logs in self._of(spec.region)]
        for each in self._settings.projects:
            region = None if self._settings.regions else each.region
            named = StackSpec(text=each.stack, name=each.stack) if each.stack else None
            wishes += [_Wish(logs, named, each) for logs in self._of(region)]
        return wishes

    def _take_stacks(self, wishes: Sequence[_Wish], answers: Mapping[Any, Any]) -> None:
        there = {w.spec for w in wishes if isinstance(answers.get(w), StackContents)}
        lost: dict[StackSpec, list[Logs]] = {}
        doubted: dict[StackSpec, list[Logs]] = {}
        for wish in wishes:
            answer = answers.get(wish)
            if isinstance(answer, StackContents):
                self._contents.setdefault(wish.logs, StackContents())
                self._add_contents(wish, answer)
            elif wish.deployment is not None and wish.deployment.names:
                if answer is None or not (_is_missing(answer) and wish.spec in there):
                    self._take_project(wish, answer)
                if _is_missing(answer) and wish.spec is not None and wish.spec not in there:
                    doubted.setdefault(wish.spec, []).append(wish.logs)
            elif wish.spec is None:
                origin = wish.deployment.origin if wish.deployment else ""
                message = f"{origin} tells no name of a stack or of a function"
                self.found.missing.append((message, "--stack NAME, or -F NAME"))
            elif answer is not None and not _is_missing(answer):
                self.found.troubles.append((wish.logs, f"stack {wish.spec.short}", answer))
            elif wish.spec not in there:
                lost.setdefault(wish.spec, []).append(wish.logs)
        for spec, where in lost.items():
            self.found.missing.append(self._explain(spec, where))
        for spec, where in doubted.items():
            self.found.doubts.append(self._explain(spec, where))

    def _add_contents(self, wish: _Wish, contents: StackContents) -> None:
        own, all_of_it = self._at(wish.logs), self._contents[wish.logs]
        keys = keys_of(wish.deployment)
        for name, logical in contents.functions.items():
            others = {logical, *keys_of_logical(logical), *keys.get(name, ())}
            own.functions[name] = own.functions.get(name, frozenset()) | (others - {""})
        all_of_it.groups |= contents.groups
        all_of_it.apis |= contents.apis
        all_of_it.machines |= contents.machines

    def _take_project(self, wish: _Wish, why: Trouble | None) -> None:
        """Take what a project's files say, where its stack is not to be had."""
        deployment = wish.deployment
        assert deployment is not None  # noqa: S101 - asked of projects only
        own = self._at(wish.logs)
        for each in deployment.functions:
            if each.name:
                own.functions[each.name] = own.functions.get(each.name, frozenset()) | {each.key}
        if why is not None:
            self.found.notes.append(
                f"{deployment.origin} tells which functions there are, for {reason_of(why)}"
            )
        self.found.gaps += gaps_of(deployment)

    def _explain(self, spec: StackSpec, where: Sequence[Logs]) -> tuple[str, str | None]:
        regions = ", ".join(logs.label or logs.region for logs in where)
        message = f"there is no stack '{spec.short}' in {regions}"
        if not self._look_around:
            return message, None
        near = ask_all({logs: partial(near_stacks, logs, spec.short) for logs in where})
        names = [name for some in near.values() if isinstance(some, list) for name in some]
        if names:
            return message, f"there is {', '.join(dict.fromkeys(names))}; or another --region"
        return message, "another --region, or: aws cloudformation list-stacks names those that are"

    def narrow(self, specs: Sequence[FunctionSpec]) -> None:
        """Keep the functions that are named; one that is none of them is missing."""
        known = {n for own in self.found.places.values() for n in own.functions}
        others = {
            k for own in self.found.places.values() for e in own.functions.values() for k in e
        }
        met: set[FunctionSpec] = set()
        for logs, own in self.found.places.items():
            kept: dict[str, frozenset[str]] = {}
            for spec in specs:
                if spec.region not in (None, logs.region):
                    continue
                for name, keys in own.functions.items():
                    if exact := meant_by(spec, name, keys):
                        kept[exact] = keys
                        met.add(spec)
            own.functions = kept
        if not known and (self.found.troubles or self.found.missing):
            return  # what is there is not known
        for spec in dict.fromkeys(specs):
            if spec not in met:
                by_lower = {each.lower(): each for each in sorted(known | others)}
                near = difflib.get_close_matches(spec.name.lower(), by_lower, n=_SHOWN)
                shown = [by_lower[each] for each in near] or sorted(known)[:_SHOWN]
                self.found.missing.append(
                    (
                        f"no function of {self.found.label} is called '{spec.name}'",
                        f"there is {', '.join(shown)}" if shown else None,
                    )
                )

    # Log groups that are no function's

    def ask_logs(self) -> None:
        """Add the log groups that stacks make, and those of their APIs and state machines."""
        tasks: dict[tuple[Logs, str], Callable[[], Any]] = {}
        for logs, contents in self._contents.items():
            self._at(logs).groups.update(dict.fromkeys(contents.groups, True))
            for identifier in contents.apis:
                spec = ApiSpec(text=identifier, identifier=identifier)
                tasks[logs, identifier] = partial(contents_of_api, logs, spec, functions=False)
            for arn in contents.machines:
                tasks[logs, arn] = partial(group_of_machine, logs, arn)
        for (logs, what), answer in ask_all(tasks).items():
            own = self._at(logs)
            if isinstance(answer, ApiContents):
                own.add_perhaps(answer.groups)
                self.found.notes += answer.notes
            elif isinstance(answer, str):
                own.groups[answer] = True
            elif answer is not None and not _is_missing(answer):
                kind = "the log group of the state machine" if ":" in what else "the access log of"
                self.found.notes.append(f"{kind} {what} is not known: {reason_of(answer)}")
                if ":" not in what:
                    own.add_perhaps(pattern.format(what) for pattern in _EXECUTION)

    def ask_apis(self) -> None:
        """Add what APIs write to, and the functions behind them."""
        specs = [parse_api(text) for text in self._settings.apis]
        tasks = {
            (logs, spec): partial(contents_of_api, logs, spec)
            for spec in specs
            for logs in self._of(spec.region)
        }
        answers = ask_all(tasks)
        there = {spec for (_, spec), answer in answers.items() if isinstance(answer, ApiContents)}
        lost: dict[ApiSpec, Refused] = {}
        for (logs, spec), answer in answers.items():
            if isinstance(answer, ApiContents):
                self.take_api(logs, spec, answer)
            elif not _is_missing(answer):
                self.found.troubles.append((logs, f"API {spec.text}", answer))
            elif spec not in there and isinstance(answer, Refused):
                lost.setdefault(spec, answer)
        for refused in lost.values():
            self.found.missing.append((refused.reason, refused.hint))

    def take_api(self, logs: Logs, spec: ApiSpec, contents: ApiContents) -> None:
        """Add what one API holds."""
        own = self._at(logs)
        for name in contents.functions:
            own.functions.setdefault(name, frozenset())
        own.add_perhaps(contents.groups)
        self.found.notes += contents.notes
        self.found.troubles += [(logs, f"API {spec.text}", why) for why in contents.troubles]

    def _at(self, logs: Logs) -> Belongings:
        return self.found.places.setdefault(logs, Belongings())

    def _of(self, region: str | None) -> Sequence[Logs]:
        return self._places.of_region(region) if region else self._places.all

    def _all(self) -> Sequence[Logs]:
        return self._places.all if self._settings.tags else ()


def gaps_of(deployment: Deployment) -> list[Gap]:
    """Return what a project's files do not tell, and only its stack would."""
    gaps = [Gap(deployment.origin, note) for note in deployment.notes]
    if deployment.unknown:
        names = names_text(deployment.unknown)
        gaps.append(
            Gap(deployment.origin, f"what {names} is called only its stack tells (--stack)")
        )
    return gaps


def _is_function(spec: object) -> bool:
    return isinstance(spec, FunctionSpec)


def _matching(glob: str, names: frozenset[str]) -> list[str]:
    """Return the names that a name or glob means; a large stack has thousands of each."""
    if WILD not in glob:
        return [glob] if glob in names else []
    return [name for name in names if fnmatchcase(name, glob)]


def _is_missing(why: object) -> bool:
    return isinstance(why, Refused) and why.why is Why.NO_SUCH_GROUP
