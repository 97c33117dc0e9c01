"""What was named, made ready for a source: sorted, and looked up where the source cannot do it.

CloudWatch asks by itself what stacks, tags, projects and APIs hold, each time anew. An archive has
names of functions and log groups only: for it they are asked of the account, once, when it is
opened. Without an account, what a project's files are certain of is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slsloggrep.errors import AbsentError, GivenUpError, SourceError
from slsloggrep.model import Gap
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.belongings import Found, gaps_of, gather, label_of
from slsloggrep.sources.cloudwatch.lookup import reason_of
from slsloggrep.sources.cloudwatch.names import FunctionSpec, parse_function
from slsloggrep.sources.cloudwatch.other_names import meant_by
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.refusals import Abandoned
from slsloggrep.sources.cloudwatch.sorting import sort_out
from slsloggrep.wording import count_text

_ACCOUNT = "cloudwatch:"
_SHOWN = 3
_DECISIVE = (
    *("groups", "functions", "stacks", "tags", "projects", "apis"),
    *("profiles", "regions", "role_arn", "endpoint_url"),
)
"""Settings that decide what is found: several sources of one command share it."""


def settled(url: str, settings: Settings) -> Settings:
    """Return the settings with which a source is opened.

    Raises UsageError for what names nothing, SourceError where it cannot be looked up,
    GivenUpError where nobody waits for that.
    """
    settings = sort_out(settings)
    if url.lower().startswith(_ACCOUNT) or not settings.selects:
        return settings
    key = repr(tuple(getattr(settings, name) for name in _DECISIVE))
    found = settings.commons.get(key)
    if not isinstance(found, Settings):
        found = settings.commons[key] = _look_up(url, settings)
    return replace(
        settings,
        groups=found.groups,
        functions=found.functions,
        gaps=found.gaps,
        stacks=(),
        tags=(),
        projects=(),
        apis=(),
    )


def _look_up(url: str, settings: Settings) -> Settings:
    label = label_of(settings)
    try:
        places = Places(_ACCOUNT, settings)
        try:
            found = gather(places, settings)
        finally:
            places.close()
    except Abandoned:
        raise GivenUpError(
            url, f"{url.rstrip(':')}: interrupted before it was known what {label} is"
        ) from None
    except SourceError as error:
        return _without_account(url, settings, error)
    return _of_found(url, settings, found)


def _of_found(url: str, settings: Settings, found: Found) -> Settings:
    functions, groups = found.functions, found.groups
    named = _no_functions(settings) if found.narrowed else settings.functions
    if not functions and not groups and not named and not settings.groups:
        errors = [why for _, _, why in found.troubles if isinstance(why, SourceError)]
        if errors:
            return _without_account(url, settings, errors[0])
        told = [message for message, _ in found.missing]
        told += [reason_of(why) for _, _, why in found.troubles]
        hints = [hint for _, hint in found.missing] + [why.hint for _, _, why in found.troubles]
        message = "; ".join(dict.fromkeys(told)) or f"{found.label} has no function"
        kind = SourceError if found.troubles else AbsentError
        raise kind(
            url,
            f"{url.rstrip(':')}: {message}",
            hint="; ".join(dict.fromkeys(filter(None, hints))) or None,
        )
    gaps = [Gap(found.label, f"{m} ({hint})" if hint else m) for m, hint in found.missing]
    gaps += [Gap(what, reason_of(why)) for _, what, why in found.troubles]
    for note in dict.fromkeys(found.notes):
        settings.say(note)
    others = f" and {count_text(len(groups), 'log group')}" if groups else ""
    settings.say(f"{found.label}: {_listed(functions)}{others}")
    return replace(
        settings,
        groups=tuple(dict.fromkeys((*settings.groups, *groups))),
        functions=tuple(dict.fromkeys((*named, *functions))),
        gaps=(*gaps, *found.gaps),
    )


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _SHOWN:
        return ", ".join(names) or "no function"
    return f"{len(names)} functions: {', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"


def _without_account(url: str, settings: Settings, error: SourceError) -> Settings:
    """Return what a project's files are certain of; raises what the account raised, explained."""
    label = label_of(settings)
    certain = [each for project in settings.projects for each in project.functions if each.name]
    if not certain or replace(settings, projects=()).selects:
        hints = (error.hint, "or name the functions: -F NAME, or --project, whose files may do it")
        raise SourceError(
            url,
            f"{url.rstrip(':')}: which functions {label} has is not known: {error.words}",
            hint="; ".join(filter(None, hints)),
        )
    specs = map(parse_function, settings.functions)
    meant = [spec for spec in specs if isinstance(spec, FunctionSpec)]
    names = {each.name: [each.name] for each in certain}
    if meant:
        names = {
            spec.name: [n for each in certain if (n := meant_by(spec, each.name, [each.key]))]
            for spec in meant
        }
    found = tuple(dict.fromkeys(name for some in names.values() for name in some))
    lost = [
        f"no function of {label} is called '{name}'" for name, some in names.items() if not some
    ]
    if not found:
        known = ", ".join(each.name for each in certain[:_SHOWN])
        raise AbsentError(url, f"{url.rstrip(':')}: {'; '.join(lost)}", hint=f"there is {known}")
    settings.say(f"{label}: {_listed(found)}, for {error.words}")
    return replace(
        settings,
        functions=(*_no_functions(settings), *found),
        gaps=(
            *(Gap(label, message) for message in lost),
            *(gap for each in settings.projects for gap in gaps_of(each)),
        ),
    )


def _no_functions(settings: Settings) -> tuple[str, ...]:
    """Return what was named in the place of functions, and names log groups."""
    return tuple(
        text for text in settings.functions if not isinstance(parse_function(text), FunctionSpec)
    )
