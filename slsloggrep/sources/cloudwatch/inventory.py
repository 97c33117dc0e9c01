"""The functions of accounts and regions, with where and how they log, and when they did last.

Lambda tells what there is, CloudWatch Logs what their groups are like. Whatever one of them refuses
is a gap and leaves fields unknown; it never takes a function out of the list. What is unhealthy of
all that is judged elsewhere; which functions stacks, tags and APIs hold is `belongings`' knowledge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from slsloggrep.errors import AbsentError, SourceError
from slsloggrep.model import Gap, Millis
from slsloggrep.model.inventory import DeployedFunction
from slsloggrep.parse.functions import function_of
from slsloggrep.sources.base import Selection, Settings
from slsloggrep.sources.cloudwatch.belongings import Found as Held
from slsloggrep.sources.cloudwatch.belongings import gather
from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.lookup import Found, Trouble, ask_all, look_up, reason_of
from slsloggrep.sources.cloudwatch.names import (
    LAMBDA,
    FunctionSpec,
    GroupSpec,
    parse_function,
    parse_group,
)
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused, Why

_ONE_BY_ONE = 50
"""Up to so many functions are asked for by name; a listing has as many on a page."""
_STREAMS = 50
"""Streams of a group that several functions may share, which are looked through for each."""


@dataclass
class Inventory:
    """What was found, and what was not to be had."""

    functions: list[DeployedFunction] = field(default_factory=list)
    """By place, then by name."""
    gaps: list[Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    """Why there are gaps, one for each."""

    def miss(self, logs: Logs, what: str, why: Trouble) -> None:
        """Note that something was not to be had."""
        self.gaps.append(_gap(logs, what, why))
        self.troubles.append(why)


def take_inventory(places: Places, settings: Settings, selection: Selection) -> Inventory:
    """Return the functions that the settings and the selection mean together.

    Names and globs are alternatives, as several stacks are; names, stacks, tags and log groups
    narrow each other, APIs come beside. Raises UsageError for what cannot be a name or a tag,
    SourceError where nothing can be listed (AbsentError where nothing but that it is missing is
    against it).
    """
    named = [parse_function(text) for text in settings.functions]
    named += [parse_group(text) for text in (*places.specs, *settings.groups)]
    wanted = _Wanted(
        tuple(spec for spec in named if isinstance(spec, FunctionSpec)),
        tuple(spec for spec in named if isinstance(spec, GroupSpec)),
    )
    inventory = Inventory()
    try:
        held = gather(places, settings, logs_too=False) if settings.selects else None
        if held is not None:
            _take_troubles(places, held, inventory)
        tasks = _tasks(places, wanted, held)
        listed = _list(tasks, inventory, wanted)
        _look_at_groups(listed, inventory)
        if selection.activity:
            _look_at_activity(listed, inventory)
    except Abandoned:
        inventory.gaps.append(Gap(places.shown, "interrupted before all functions were known"))
        return inventory
    inventory.functions = [each.function for each in listed]
    _weigh(places, inventory)
    return inventory


@dataclass(frozen=True)
class _Wanted:
    """What is asked for by name."""

    functions: tuple[FunctionSpec, ...]
    groups: tuple[GroupSpec, ...]

    def by_place(self, places: Places) -> dict[Logs, list[FunctionSpec]]:
        """Return where to look, and for which names; without any name, for all in each place.

        Places are those that the user named, and the regions that ARNs name for themselves.
        """
        if not self.functions:
            return {logs: [] for logs in places.all}
        wishes: dict[Logs, list[FunctionSpec]] = {}
        for spec in self.functions:
            for logs in places.of_region(spec.region) if spec.region else places.all:
                wishes.setdefault(logs, []).append(spec)
        return wishes

    def takes(self, function: DeployedFunction) -> bool:
        """Tell whether a function logs where it should."""
        return not self.groups or any(spec.matches(function.log_group) for spec in self.groups)


@dataclass
class _Listed:
    """A function, and where it was found."""

    logs: Logs
    function: DeployedFunction
    group: Group | None = None


_Answer = tuple[dict[str, dict[str, Any]], dict[str, Trouble]]
"""Configurations as Lambda states them, and what was refused, by the names that were asked for."""


# Which functions


def _take_troubles(places: Places, held: Held, inventory: Inventory) -> None:
    for logs, what, why in held.troubles:
        inventory.miss(logs, what.partition(" ")[2], why)
    for message, hint in held.missing:
        inventory.gaps.append(Gap(held.label, message))
        inventory.troubles.append(Refused(Why.NO_SUCH_GROUP, message, hint))
    inventory.gaps += held.gaps
    inventory.notes += held.notes


def _tasks(places: Places, wanted: _Wanted, held: Held | None) -> dict[Logs, Callable[[], _Answer]]:
    """Return what lists the functions of each place: those by name, and those that were held."""
    if held is None:
        return {
            logs: _listing(logs, specs, None) for logs, specs in wanted.by_place(places).items()
        }
    named: Mapping[Logs, list[FunctionSpec]] = {}
    if wanted.functions and not held.narrowed:
        named = wanted.by_place(places)
    tasks: dict[Logs, Callable[[], _Answer]] = {}
    for logs in {**dict(named), **held.places}:
        functions = held.places[logs].functions if logs in held.places else {}
        specs = [parse_function(name) for name in functions if "*" in name]
        globs = [spec for spec in specs if isinstance(spec, FunctionSpec)]
        parts = [_listing(logs, (), frozenset(functions) - {spec.name for spec in globs})]
        if globs or named.get(logs):
            parts.append(_listing(logs, [*globs, *named.get(logs, ())], None))
        tasks[logs] = _all_of(parts)
    return tasks


def _all_of(parts: Sequence[Callable[[], _Answer]]) -> Callable[[], _Answer]:
    def run() -> _Answer:
        found: dict[str, dict[str, Any]] = {}
        lost: dict[str, Trouble] = {}
        for some, missing in (part() for part in parts):
            found |= some
            lost |= missing
        return found, lost

    return run


def _listing(
    logs: Logs, specs: Sequence[FunctionSpec], within: frozenset[str] | None
) -> Callable[[], _Answer]:
    """Return what lists the functions of a place: those of some names, of a set of names, or all.

    What is named exactly, and is not there, is told as missing.
    """
    if within is not None:
        names = {n for n in within if not specs or any(spec.matches(n) for spec in specs)}
    else:
        names = {spec.api_name for spec in specs if not spec.is_glob}
    globs = within is None and (not specs or any(spec.is_glob for spec in specs))

    def run() -> _Answer:
        if not globs and len(names) <= _ONE_BY_ONE:
            return _one_by_one(logs, sorted(names))
        exact = {spec.name for spec in specs if not spec.is_glob} if within is None else names
        found = {
            str(one["FunctionName"]): one
            for one in logs.describe_functions()
            if one["FunctionName"] in exact
            or (globs and (not specs or any(spec.matches(one["FunctionName"]) for spec in specs)))
        }
        return found, {name: _no_function(logs, name) for name in sorted(exact - found.keys())}

    return run


def _one_by_one(logs: Logs, names: Iterable[str]) -> _Answer:
    answers = ask_all({name: _describing(logs, name) for name in names})
    found = {name: answer for name, answer in answers.items() if isinstance(answer, dict)}
    lost: dict[str, Trouble] = {}
    for name, answer in answers.items():
        if isinstance(answer, Refused) and _is_missing(answer):
            lost[name] = _no_function(logs, name)
        elif isinstance(answer, Refused | SourceError):
            lost[name] = answer
    return found, lost


def _no_function(logs: Logs, name: str) -> Refused:
    return Refused(Why.NO_SUCH_GROUP, f"there is no function '{name}' in {logs.region}")


def _describing(logs: Logs, name: str) -> Callable[[], dict[str, Any]]:
    return lambda: logs.describe_function(name)


def _list(
    tasks: Mapping[Logs, Callable[[], _Answer]], inventory: Inventory, wanted: _Wanted
) -> list[_Listed]:
    """Return what places list, and note what they refuse."""
    listed: list[_Listed] = []
    missing: list[tuple[Logs, str, Trouble]] = []
    there: set[str] = set()
    for logs, answer in ask_all(tasks).items():
        if isinstance(answer, Refused | SourceError):
            inventory.miss(logs, logs.region, answer)
            continue
        found, lost = answer
        there |= found.keys()
        # A name, an alias and an ARN may mean the same.
        once = {str(one["FunctionName"]): one for one in found.values()}
        for _, one in sorted(once.items()):
            function = _function_of(one, logs)
            if wanted.takes(function):
                listed.append(_Listed(logs, function))
        for name, why in lost.items():
            if _is_missing(why):
                missing.append((logs, name, why))
            else:
                inventory.miss(logs, name, why)
    for logs, name, why in missing:
        if name not in there:  # what is in one place need not be in the others
            inventory.miss(logs, name, why)
    return listed


def _function_of(one: Mapping[str, Any], logs: Logs) -> DeployedFunction:
    logging = one.get("LoggingConfig") or {}
    tracing = one.get("TracingConfig") or {}
    image = one.get("PackageType") == "Image"
    mode = tracing.get("Mode")
    return DeployedFunction(
        name=str(one["FunctionName"]),
        region=logs.region,
        arn=str(one.get("FunctionArn") or ""),
        place=logs.label,
        runtime="image" if image else str(one.get("Runtime") or ""),
        memory_mb=one.get("MemorySize"),
        timeout_s=one.get("Timeout"),
        log_group=logging.get("LogGroup") or f"{LAMBDA}{one['FunctionName']}",
        # A service that states none has no other format than the one it always had.
        log_format=logging.get("LogFormat") or "Text",
        application_level=logging.get("ApplicationLogLevel") or "",
        system_level=logging.get("SystemLogLevel") or "",
        traced=None if mode is None else mode == "Active",
    )


# What their log groups are like


def _look_at_groups(listed: Sequence[_Listed], inventory: Inventory) -> None:
    names: dict[Logs, set[str]] = defaultdict(set)
    for each in listed:
        names[each.logs].add(each.function.log_group)
    found = look_up(names, {})
    for each in listed:
        place = found.get(each.logs, Found())
        name = each.function.log_group
        each.group = place.groups.get(name)
        if name in place.trouble:
            inventory.miss(each.logs, name, place.trouble[name])
            continue
        each.function = replace(
            each.function,
            group_exists=each.group is not None,
            retention_days=each.group.retention_days if each.group else None,
            infrequent=each.group.infrequent if each.group else None,
            # Where nothing is, nothing was ever written.
            activity_known=each.group is None,
        )


def _look_at_activity(listed: Sequence[_Listed], inventory: Inventory) -> None:
    """Ask each group for its newest streams, and each function's newest among them."""
    users: dict[Group, list[_Listed]] = defaultdict(list)
    for each in listed:
        if each.group is not None:
            users[each.group].append(each)
    tasks = {group: _newest(group, shared=_is_shared(group, own)) for group, own in users.items()}
    for group, streams in ask_all(tasks).items():
        if isinstance(streams, Refused | SourceError):
            inventory.miss(group.logs, group.name, streams)
            continue
        for each in users[group]:
            shared = _is_shared(group, users[group])
            own = [s for s in streams if not shared or _may_be_of(each.function.name, s)]
            times = [time for stream in own if (time := _time_of(stream)) is not None]
            sure = bool(times) or len(streams) < (_STREAMS if shared else 1)
            each.function = replace(
                each.function, last_activity=max(times, default=None), activity_known=sure
            )
            if not sure:
                inventory.notes.append(
                    f"{group.label}: its {_STREAMS} newest streams tell nothing of "
                    f"{each.function.name}"
                )


def _newest(group: Group, *, shared: bool) -> Callable[[], list[dict[str, Any]]]:
    return lambda: group.logs.newest_streams(group, _STREAMS if shared else 1)


def _is_shared(group: Group, own: Sequence[_Listed]) -> bool:
    return len(own) > 1 or group.name != f"{LAMBDA}{own[0].function.name}"


def _may_be_of(name: str, stream: Mapping[str, Any]) -> bool:
    """Tell whether a stream may be a function's: it says so, or says nothing."""
    return function_of("", str(stream["logStreamName"])) in ("", name)


def _time_of(stream: Mapping[str, Any]) -> Millis | None:
    times = [stream.get("lastIngestionTime"), stream.get("lastEventTimestamp")]
    return max((time for time in times if time is not None), default=None)


# What was not to be had


def _weigh(places: Places, inventory: Inventory) -> None:
    """Raise SourceError where not a single function could be listed, and that is no answer."""
    if inventory.functions or not inventory.gaps:
        return
    kind: type[SourceError] = SourceError
    if all(map(_is_missing, inventory.troubles)):
        kind = AbsentError
    reasons = dict.fromkeys(gap.reason for gap in inventory.gaps)
    hints = dict.fromkeys(why.hint for why in inventory.troubles if why.hint)
    raise kind(
        places.shown,
        f"{places.shown}: {'; '.join(reasons)}",
        hint="; ".join(filter(None, hints)) or None,
    )


def _gap(logs: Logs, what: str, why: Trouble) -> Gap:
    at = f"{logs.label}:" if logs.label else ""
    if isinstance(why, Refused) and why.action:
        # Without what it is missing on: many functions lack it for one reason.
        return Gap(f"{at}{what}", f"access denied: {why.action} is missing")
    return Gap(f"{at}{what}", reason_of(why))


def _is_missing(why: Trouble) -> bool:
    return isinstance(why, Refused) and why.why is Why.NO_SUCH_GROUP
