"""Which log groups are meant: names, globs, regexes, ARNs, console URLs, functions."""

from __future__ import annotations

from typing import NamedTuple

from slsloggrep.model import Gap
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.places import Places


class Choice(NamedTuple):
    """The groups to read, and what was asked for but cannot be."""

    groups: tuple[Group, ...]
    """Each once, by place and name."""
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()


def choose_groups(places: Places, settings: Settings) -> Choice:
    """Return the groups that `settings.groups`, `settings.functions` and the URL name.

    With none named: all that begin with `/aws/lambda/`. Raises SourceError where not a single one
    can be read, with what to try.
    """
    raise NotImplementedError
