"""Options for redaction, and what they resolve to.

What counts as a secret, and what takes its place, is `slsloggrep.redact`'s knowledge.
"""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from slsloggrep.cli.declarations import PREFIX, shared
from slsloggrep.cli.options import STRENGTH
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded when something is redacted, not when help is shown
    from slsloggrep.redact import Redactor, Rules

_NAME = re.compile(r"[A-Za-z][\w.-]{0,39}", re.ASCII)
"""What a pseudonym can be called: `<NAME-1>`."""

_FIELD = re.compile(r"[^\s\"'<>=:,;&]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """Whether an answer is redacted, and by which rules."""

    rules: Rules | None = None
    """None: nothing is redacted."""

    def make_redactor(self, *asked: str) -> Redactor | None:
        """Return a redactor for one report, or None where nothing is to be redacted.

        `asked` are IDs that the user asked for: they are kept like all that join.
        """
        if self.rules is None:
            return None
        from slsloggrep.redact import Redactor

        return Redactor(self.rules, kept=asked)


class _Words(click.types.StringParamType):
    """A value that may hold spaces: a variable's are split as a shell does."""

    def __init__(self, name: str) -> None:
        self.name = name

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Split a variable's value at spaces; quotes keep together what has some."""
        try:
            return shlex.split(rv)
        except ValueError as error:
            raise click.BadParameter(f"{PREFIX}{self.name} cannot be split: {error}") from None


_OPTIONS = (
    shared(
        "--redact/--no-redact",
        default=None,
        help="Put pseudonyms such as <email-1> in the place of e-mail addresses, passwords, "
        "tokens, keys, authorization headers, cookies and card numbers.",
    ),
    shared("--redact-ips", is_flag=True, help="Redact IP addresses, too."),
    shared(
        "--redact-ids",
        is_flag=True,
        help="Redact request IDs, trace IDs and whatever else joins, too.",
    ),
    shared(
        "--redact-pattern",
        "redact_patterns",
        type=_Words("REDACT_PATTERN"),
        metavar="NAME=REGEX",
        multiple=True,
        help="Redact what a regular expression matches, as <NAME-1>. Repeatable.",
    ),
    shared(
        "--redact-field",
        "redact_fields",
        type=_Words("REDACT_FIELD"),
        metavar="FIELD",
        multiple=True,
        help="Redact the values of a field of your logs, such as customer_name. Repeatable.",
    ),
)

_KINDS = ("redact_ips", "redact_ids", "redact_patterns", "redact_fields")


def redaction_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options for redaction; it is called with `redaction`, what they mean."""

    @functools.wraps(function)
    def resolve(*values: Any, **given: Any) -> int:
        redaction = resolve_redaction(
            redact=_wanted(given["redact"]),
            ips=given.pop("redact_ips"),
            ids=given.pop("redact_ids"),
            patterns=given.pop("redact_patterns"),
            fields=given.pop("redact_fields"),
        )
        del given["redact"]
        return function(*values, redaction=redaction, **given)

    for option in reversed(_OPTIONS):
        resolve = option(resolve)
    return resolve


def _wanted(redact: bool | None) -> bool | None:
    """Return whether to redact; a file's "no" is for those who ask for nothing themselves."""
    source = click.get_current_context().get_parameter_source
    strength = STRENGTH.index(source("redact"))
    if redact is False and any(STRENGTH.index(source(kind)) < strength for kind in _KINDS):
        return None
    return redact


def resolve_redaction(
    *,
    redact: bool | None = None,
    ips: bool = False,
    ids: bool = False,
    patterns: Sequence[str] = (),
    fields: Sequence[str] = (),
) -> Redaction:
    """Return what the options ask for; whoever asks for more asks for `--redact` as well.

    False is a "no" to all of it, None says neither.

    Raises UsageError for a pattern or a field that makes no sense.
    """
    if redact is False or not (redact or ips or ids or patterns or fields):
        return Redaction()
    from slsloggrep.redact import Rules

    return Redaction(
        rules=Rules(
            ips=ips,
            ids=ids,
            patterns=tuple(map(_pattern, patterns)),
            fields=tuple(dict.fromkeys(map(_field, fields))),
        )
    )


def _pattern(typed: str) -> tuple[str, re.Pattern[str]]:
    name, separator, regex = typed.partition("=")
    if not separator or not _NAME.fullmatch(name):
        raise UsageError(
            f"--redact-pattern '{typed}' does not name what it matches",
            hint="--redact-pattern 'order=ORD-[0-9]{6}' makes <order-1>, <order-2>, ...",
        )
    try:
        compiled = re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"--redact-pattern {name}: '{regex}' is no regex: {error}",
            hint="a backslash before a character takes it as it is",
        ) from None
    if compiled.search("") is not None:
        raise UsageError(
            f"--redact-pattern {name}: '{regex}' matches the empty text, so it would match all",
            hint="write it so that it matches at least one character",
        )
    return name, compiled


def _field(typed: str) -> str:
    if not _FIELD.fullmatch(typed) or not all(
        re.search(r"[^\W_]", part) for part in typed.split(".")
    ):
        raise UsageError(
            f"--redact-field '{typed}' is no field's name",
            hint="the name alone, such as customer_name or customer.name",
        )
    return typed
