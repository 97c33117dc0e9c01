"""What was pasted in the place of an ID: a page of the console that shows a trace, or another one.

What pages and ARNs name is `slsloggrep.sources.cloudwatch`' knowledge; where they name what is no
ID, the command that takes it is told.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Inputs
from slsloggrep.errors import UsageError

_PASTED = re.compile(r"(?i:https?|wss)://|arn:[^:]*:(?:logs|lambda|cloudformation|apigateway):")


def identifier_of(environment: Environment, inputs: Inputs, text: str) -> tuple[str, Inputs]:
    """Return the ID that was meant, and the inputs with the region of the page it was read from.

    Raises UsageError for what names a log group, a function, a stack or an API.
    """
    if not _PASTED.match(text):
        return text, inputs
    from slsloggrep.sources.cloudwatch.api_names import is_api, is_stack
    from slsloggrep.sources.cloudwatch.console import is_console_url, read_console_url

    if is_console_url(text):
        place = read_console_url(text)
        if place.trace:
            if place.region is None or inputs.regions:
                return place.trace, inputs
            environment.say(f"slsloggrep: {place.trace} in {place.region}, as the page says")
            typed = (*inputs.typed, "--region", place.region)
            return place.trace, replace(inputs, regions=(place.region,), typed=typed)
    if is_stack(text):
        raise _no_id(text, "a stack", "--stack")
    if is_api(text):
        raise _no_id(text, "an API", "--api")
    if is_console_url(text) or text.startswith("arn:"):
        raise _no_id(text, "a log group or a function", "-g")
    return text, inputs


def _no_id(text: str, what: str, option: str) -> UsageError:
    return UsageError(
        f"'{text}' names {what}, and trace takes an ID",
        hint=f"slsloggrep tail {option} {shlex.quote(text)} shows what it logs; with trace ID "
        f"{option} says where to look",
    )
