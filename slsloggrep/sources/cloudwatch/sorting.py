"""What people have in hand, sorted by what it names: a group, a function, a stack, an API.

`-g` and `-F` take whatever was copied from somewhere: a page of the console, a URL of API Gateway,
an ARN. What names something else than a log group or a function is put where that is looked for.
Spelling only; nothing is asked.
"""

from __future__ import annotations

import re
from dataclasses import replace

from slsloggrep.errors import UsageError
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.api_names import (
    is_api,
    is_stack,
    parse_api,
    parse_stack,
    refuse_url,
)
from slsloggrep.sources.cloudwatch.console import is_console_url, read_console_url
from slsloggrep.sources.cloudwatch.deployments import parse_tag
from slsloggrep.sources.cloudwatch.regions import partition_of

_WITH_URLS = re.compile(r"(?i:https?|wss)://|arn:")


def sort_out(settings: Settings) -> Settings:
    """Return settings in which stacks and APIs stand among stacks and APIs, and all can be.

    A page of Logs Insights means the groups of its query. Raises UsageError for what names nothing
    that can be looked up.
    """
    groups: list[str] = []
    functions: list[str] = []
    stacks, apis = list(settings.stacks), list(settings.apis)
    for kept, texts in ((groups, settings.groups), (functions, settings.functions)):
        for text in texts:
            if not _WITH_URLS.match(text):
                kept.append(text)
            elif is_api(text):
                apis.append(text)
            elif is_stack(text):
                stacks.append(text)
            elif text.startswith("arn:"):
                kept.append(text)
            elif not is_console_url(text):
                raise refuse_url(text)
            else:
                kept += _of_page(text)
    for stack in stacks:
        parse_stack(stack)
    for api in apis:
        parse_api(api)
    for tag in settings.tags:
        parse_tag(tag)
    return replace(
        settings,
        groups=tuple(dict.fromkeys(groups)),
        functions=tuple(dict.fromkeys(functions)),
        stacks=tuple(dict.fromkeys(stacks)),
        apis=tuple(dict.fromkeys(apis)),
    )


def _of_page(url: str) -> list[str]:
    place = read_console_url(url)
    if place.trace:
        raise UsageError(
            f"'{url}' shows a trace, and no log group", hint=f"slsloggrep trace {place.trace}"
        )
    if place.group or place.function:
        return [url]
    if not place.groups:
        raise UsageError(
            f"'{url}' shows a query without log groups", hint="name them with -g, by name"
        )
    if place.region is None:
        return list(place.groups)
    start = f"arn:{partition_of(place.region)}:logs:{place.region}::log-group:"
    return [name if name.startswith("arn:") else f"{start}{name}" for name in place.groups]
