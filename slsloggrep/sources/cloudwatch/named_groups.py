"""The log groups that the user named, looked for once however many places are examined."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from slsloggrep.errors import SourceError
from slsloggrep.model.checks import Check, Verdict
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.belongings import Found, gather
from slsloggrep.sources.cloudwatch.groups import choose_groups
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.places import Places


class NamedGroups:
    """The log groups that the user named, looked for in all places together when first asked."""

    def __init__(self, places: Places, settings: Settings) -> None:
        self._places = places
        self._settings = replace(settings, say=lambda _line: None)
        self._missing: list[Check] = []

    @cached_property
    def found(self) -> Found | None:
        """What belongs to stacks, tags, projects and APIs, where such are named."""
        if not self._settings.selects:
            return None
        return gather(self._places, self._settings, look_around=False)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Those that are there, wherever they are."""
        try:
            choice = choose_groups(self._places, self._settings, look_around=False)
        except SourceError as error:
            self._miss(error.words, error.hint, fatal=True)
            return ()
        for gap in choice.gaps:
            self._miss(f"{gap.what}: {gap.reason}")
        return choice.groups

    def take_missing(self) -> list[Check]:
        """Return the checks of those that are not there, only once."""
        self.groups  # noqa: B018 - looks for them
        missing, self._missing = self._missing, []
        return missing

    def _miss(self, detail: str, hint: str | None = None, *, fatal: bool = False) -> None:
        self._missing.append(
            Check(
                what="named groups",
                verdict=Verdict.MISSING,
                detail=detail,
                hint=hint,
                fatal=fatal,
            )
        )
