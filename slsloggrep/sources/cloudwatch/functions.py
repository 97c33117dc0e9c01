"""Where functions log to: the group that each is configured with, and the usual ones.

Lambda is asked, and believed; where it may not be asked, the usual group is taken, and that is
said. Whether the groups exist is asked by `slsloggrep.sources.cloudwatch.groups`.

Lambda Developer Guide, monitoring-cloudwatchlogs-loggroups; CloudFront Developer Guide,
edge-functions-logs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from slsloggrep.errors import SourceError
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.sources.cloudwatch.lookup import Trouble, ask_all, reason_of
from slsloggrep.sources.cloudwatch.names import EDGE, LAMBDA, FunctionSpec, GroupSpec, Kind
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.wording import names_text

_ONE_BY_ONE = 50
"""Up to so many functions are asked for by name; a listing has as many on a page."""
_EDGELESS = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")
"""Regions to which nothing is replicated from us-east-1."""


@dataclass
class Meant:
    """Log groups that a spec means in one place, whether they exist or not."""

    names: list[str] = field(default_factory=list)
    """Missed where they are not there."""
    perhaps: list[str] = field(default_factory=list)
    """Not missed."""
    patterns: list[GroupSpec] = field(default_factory=list)
    functions: frozenset[str] = frozenset()
    """Names or globs of the functions that are wanted out of these groups; none: everything."""
    exists: bool = False
    """There is such a function: where its log group is missing, it has not logged yet."""


Asked = tuple[Logs, FunctionSpec]


def resolve_functions(asked: Sequence[Asked]) -> tuple[dict[Asked, Meant], list[str]]:
    """Return where functions log to, place by place, and notes on what could not be asked.

    A single function costs a call of GetFunctionConfiguration; a glob, or so many names that as
    many calls would take longer, lists all functions, 50 a call.
    """
    single = [(logs, spec) for logs, spec in asked if not spec.is_glob]
    globs = [(logs, spec) for logs, spec in asked if spec.is_glob]
    meant: dict[Asked, Meant] = {}
    counts = Counter(logs for logs, _ in single)
    crowded = [logs for logs, count in counts.items() if count > _ONE_BY_ONE]
    listed = ask_all(
        {logs: _list_functions(logs) for logs in dict.fromkeys([*crowded, *dict(globs)])}
    )
    configured = _configurations(single, {logs: listed[logs] for logs in crowded})
    unsure: dict[tuple[Logs, str], list[str]] = defaultdict(list)
    elsewhere: dict[tuple[Logs, str], list[str]] = defaultdict(list)
    qualified = []
    for (logs, spec), answer in configured.items():
        default = f"{LAMBDA}{spec.name}"
        group = default
        if isinstance(answer, Refused | SourceError):
            # A function that is gone may have left its log.
            if not (isinstance(answer, Refused) and answer.why is Why.NO_SUCH_GROUP):
                unsure[logs, _doubt(answer)].append(spec.name)
        else:
            group = answer or default
        if group != default:
            elsewhere[logs, group].append(spec.name)
        if spec.qualifier:
            qualified.append(f"{spec.text}: versions and aliases share a log group; all are read")
        meant[logs, spec] = Meant(
            names=[group],
            perhaps=[f"{EDGE}{spec.name}"] if _has_edge(logs) else [],
            functions=frozenset({spec.name}),
            exists=not isinstance(answer, Refused | SourceError),
        )
    notes = [
        f"{_at(logs)}{names_text(names)} {'is' if len(names) == 1 else 'are'} configured to log to "
        f"{group}"
        for (logs, group), names in elsewhere.items()
    ]
    notes += qualified
    for (logs, reason), names in unsure.items():
        notes.append(f"{_at(logs)}{names_text(names)}: taken to log to {LAMBDA}NAME, for {reason}")
    for logs in dict(globs):
        functions = listed[logs]
        if isinstance(functions, Refused | SourceError):
            reason = _denied("ListFunctions", functions)
            notes.append(
                f"{_at(logs)}functions that log elsewhere than to {LAMBDA}NAME are not found, "
                f"for {reason}"
            )
    for logs, spec in globs:
        folders = (LAMBDA, EDGE) if _has_edge(logs) else (LAMBDA,)
        functions = listed[logs]
        own = [] if isinstance(functions, Refused | SourceError) else functions
        meant[logs, spec] = Meant(
            perhaps=sorted({group for name, group in own if group and spec.matches(name)}),
            patterns=[
                GroupSpec(text=spec.text, kind=Kind.GLOB, pattern=f"{folder}{spec.name}")
                for folder in folders
            ],
            functions=frozenset({spec.name}),
            exists=any(spec.matches(name) for name, _ in own),
        )
    return meant, list(dict.fromkeys(notes))


def _configurations(
    single: Sequence[Asked], listed: Mapping[Logs, list[tuple[str, str | None]] | Trouble]
) -> dict[Asked, str | Trouble | None]:
    """Return the group of each function, None for the usual one; out of a listing if there is."""
    known = {logs: dict(found) for logs, found in listed.items() if isinstance(found, list)}
    answers: dict[Asked, str | Trouble | None] = {}
    for logs, spec in single:
        if spec.name in known.get(logs, ()) and not (spec.account or spec.qualifier):
            answers[logs, spec] = known[logs][spec.name]
    left = [asked for asked in single if asked not in answers]
    return answers | ask_all({(logs, spec): _configured(logs, spec) for logs, spec in left})


def _configured(logs: Logs, spec: FunctionSpec) -> Callable[[], str | None]:
    return lambda: logs.group_of_function(spec.api_name)


def _list_functions(logs: Logs) -> Callable[[], list[tuple[str, str | None]]]:
    return lambda: list(logs.list_functions())


def _doubt(why: Trouble) -> str:
    return _denied("GetFunctionConfiguration", why)


def _denied(operation: str, why: Trouble) -> str:
    if isinstance(why, Refused) and why.why is Why.DENIED:
        return f"access denied: lambda:{operation} is missing"
    return f"lambda:{operation} failed: {reason_of(why)}"


def _has_edge(logs: Logs) -> bool:
    return not logs.region.startswith(_EDGELESS)


def _at(logs: Logs) -> str:
    return f"{logs.label}:" if logs.label else ""
