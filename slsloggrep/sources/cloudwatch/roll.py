"""The log groups that are followed, and the look for new ones every now and then.

Which groups a name means is `slsloggrep.sources.cloudwatch.groups`' knowledge; how they are read,
`slsloggrep.sources.cloudwatch.follow`'s.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from queue import SimpleQueue
from typing import NamedTuple

from slsloggrep.errors import AbsentError, SourceError
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.groups import Choice, choose_groups
from slsloggrep.sources.cloudwatch.names import FunctionSpec, Kind, parse_function, parse_group
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.refusals import Refused


class Listed(NamedTuple):
    """What became of a look."""

    choice: Choice | None
    error: BaseException | None


class Roll:
    """Looks for groups, on a thread of its own each time: it may take a while."""

    def __init__(
        self,
        places: Places,
        settings: Settings,
        every: float,
        waiting: float,
        arrivals: SimpleQueue[object],
        say: Callable[[str], None],
    ) -> None:
        """Look `every` so many seconds for more groups, as often as `waiting` for the first."""
        self._places = places
        self._settings = settings
        self._every = every
        self._waiting = waiting
        self._arrivals = arrivals
        self._say = say
        self._due: float | None = 0.0
        """When to look again; None: a look is under way, or there is nothing more to find."""
        self._open_ended = False
        self.absent: AbsentError | None = None
        """Nothing that was named is there, so far."""
        self._blind = False
        self.looked = False
        """There was an answer at least once."""

    def look(self, now: float) -> None:
        """Look, if it is time to."""
        if self._due is not None and now >= self._due:
            self._due = None
            threading.Thread(target=self._look, daemon=True).start()

    def take(self, listed: Listed, now: float) -> Choice | None:
        """Return what was found; None: nothing new can be told, which is said.

        Raises what the first look raised, but where nothing is there yet: that is said, and waited
        for.
        """
        first, self.looked = not self.looked, True
        if listed.choice is None:
            error = listed.error
            assert error is not None  # noqa: S101 - one of the two is there
            if isinstance(error, AbsentError) and (first or self.absent is not None):
                self._await(error)
                self._due = now + self._waiting
                return None
            if first or not isinstance(error, SourceError | Refused):
                raise error
            if not self._blind:
                self._say(f"cannot look for new log groups at present: {error}")
        elif first or self.absent is not None:
            self.absent = None
            # A function that has never run has no group yet.
            self._open_ended = bool(listed.choice.gaps) or self._means_several()
            # How many there are is said once.
            self._settings = replace(self._settings, say=_silence)
        self._blind = listed.choice is None
        if self._open_ended:
            self._due = now + self._every
        return listed.choice

    def _await(self, error: AbsentError) -> None:
        if self.absent is None:
            hint = f" ({error.hint})" if error.hint else ""
            self._say(f"{error.words}{hint}: waiting for it to appear")
            self._settings = replace(self._settings, say=_silence)
            self.absent, self._open_ended = error, True

    def _look(self) -> None:
        try:
            # Near names are told once.
            around = self.absent is None
            choice = choose_groups(self._places, self._settings, look_around=around)
            listed = Listed(choice, None)
        except BaseException as error:
            # Handed to the pulling thread, which knows what it means, or raises it.
            listed = Listed(None, error)
        self._arrivals.put(listed)

    def _means_several(self) -> bool:
        """Tell whether groups that do not exist yet may be meant."""
        if self._settings.selects:
            return True  # a stack may be deployed anew meanwhile
        specs = [parse_group(text) for text in (*self._places.specs, *self._settings.groups)]
        specs += [parse_function(text) for text in self._settings.functions]
        return not specs or any(
            spec.is_glob if isinstance(spec, FunctionSpec) else spec.kind is not Kind.EXACT
            for spec in specs
        )


def _silence(_line: str) -> None:
    return
