"""What keeps a follower from reading, and what is told of it: once when it begins, once at its end.

A group that is gone or denied, a place out of reach, credentials that expired: each has its notice,
its pause until the next attempt, and the stretch of time that was caught up in the end. What stays
unread is a gap. Only where nothing could ever be read is there an error to raise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Gap, Millis
from slsloggrep.sources.base import Report
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.pollers import Caught, Poller
from slsloggrep.sources.cloudwatch.refusals import Refused, UnreachableError, Why
from slsloggrep.sources.cloudwatch.schedule import Pace
from slsloggrep.sources.cloudwatch.watch import Watch, Window

_CHANCES = 3
"""So many refusals in a row that may be chance (a token that is stale, a garbled answer) are not
told: the window is read again, at once and then after a while."""
_TELL_AGAIN_S = 60.0
"""How often it is said that the service throttles."""
_CHANCE_S = 0.5
_NAMED = 3


class Tally:
    """The coverage of a following, reported in increments."""

    def __init__(self, source: str, places: Places, report: Report) -> None:
        self._source = source
        self._places = places
        self._report = report
        self.events = 0
        self.bytes = 0

    def give(
        self, *, objects: int = 0, gaps: tuple[Gap, ...] = (), notes: tuple[str, ...] = ()
    ) -> None:
        """Report what was counted since the last time, and what is given."""
        increment = Coverage(
            source=self._source,
            events=self.events,
            bytes=self.bytes,
            raw_bytes=self.bytes,
            requests=self._places.take_requests(),
            objects=objects,
            planned_objects=objects,
            gaps=gaps,
            notes=notes,
        )
        self.events = self.bytes = 0
        if increment != Coverage(source=self._source):
            self._report(increment)


class Troubles:
    """All that goes wrong in one following; used by the pulling thread alone."""

    def __init__(self, source: str, pace: Pace, tally: Tally, say: Callable[[str], None]) -> None:
        self._source = source
        self._pace = pace
        self._tally = tally
        self._say = say
        self._ever_read = False
        self._throttling_told = -math.inf
        self._first_error: SourceError | None = None
        self._chances: dict[Watch, int] = {}
        self._circling: set[Watch] = set()
        """Groups of which pages come, but not the last."""

    def lack(self, what: str, reason: str) -> None:
        """Say that something cannot be read, and report the gap."""
        self._say(f"{what}: {reason}")
        self._tally.give(gaps=(Gap(what, reason),))

    # Answers

    def answered(self, poller: Poller, watch: Watch) -> None:
        """Hear that a page came."""
        self._ever_read = True
        self._reached(poller)
        if watch not in self._circling:
            self._heal(watch)

    def finished(self, poller: Poller, watch: Watch, before: Millis, limit: Millis) -> None:
        """Hear that a poll was read to its end; it went unread from `before` on."""
        self._chances.pop(watch, None)
        self._circling.discard(watch)
        self._heal(watch)
        absent, watch.absent = watch.absent, False
        missed, watch.missed = watch.missed, False
        if absent or watch.spacing == 0:
            return  # where nothing was, and at the beginning, nothing was missed
        if missed or (watch.complete - before > limit and before >= watch.excused):
            poller.caught.append(Caught(watch, before, watch.complete))

    def refused(self, poller: Poller, window: Window, error: Refused, now: float) -> None:
        """Hear that the service will not read a group."""
        watch = window.watch
        self._reached(poller)  # a refusal is an answer, too
        gone = error.why is Why.NO_SUCH_GROUP
        by_chance = error.why in (Why.OTHER, Why.GARBLED) or (
            error.why is Why.BAD_REQUEST and window.token is not None
        )
        if by_chance and not watch.trouble:
            chances = self._chances[watch] = self._chances.get(watch, 0) + 1
            if chances <= _CHANCES:
                poller.next_poll(watch, now + _CHANCE_S * (chances - 1))
                return
        if error.why is Why.GARBLED:
            self._circling.add(watch)
        label = watch.group.label
        pause = self._pace.missing if gone else self._pace.refused
        if not watch.trouble:
            watch.trouble, watch.absent = error.reason, gone
            if not gone:
                self.lack(label, _with_hint(error.reason, error.hint))
            elif watch.is_read:
                self._say(f"{label} is not there any more: looking for it every {pause:g} s")
            else:
                self.lack(label, f"{error.reason}: waiting for it to appear")
        poller.next_poll(watch, now + pause)

    def lost(self, poller: Poller, error: SourceError, now: float) -> None:
        """Hear that a place is out of reach, or refuses the credentials."""
        credentials = not isinstance(error, UnreachableError)
        if poller.trouble is None or poller.trouble.credentials != credentials:
            lead = "cannot read" if credentials else "cannot reach"
            self._say(_with_hint(f"{lead} {poller.name}: {error.words}: trying again", error.hint))
        poller.lose(now, credentials=credentials)
        poller.drop_windows()

    def look(self, poller: Poller, now: float) -> None:
        """See whether a place has fallen silent, or has been caught up."""
        if poller.trouble is None and poller.is_silent(now):
            self._say(
                f"cannot reach {poller.name}: no answer for {self._pace.silence:g} s: trying again"
            )
            poller.lose(now, credentials=False)
            poller.paused_until = now  # the call that is under way is the next attempt
        if poller.is_throttled(now) and now >= self._throttling_told + _TELL_AGAIN_S:
            self._throttling_told = now
            self._say(f"{poller.name} throttles: what happens comes later, and nothing is lost")
        if poller.caught and poller.trouble is None:
            self._tell_caught(poller, now)

    def give_up_perhaps(
        self, pollers: Iterable[Poller], watch: Watch, error: Refused | SourceError
    ) -> None:
        """Raise the first error where nothing was ever read, and nothing can be.

        What is not there may yet appear: that is waited for.
        """
        if isinstance(error, Refused):
            message = f"{watch.group.label}: {error.reason}"
            error = SourceError(self._source, message, hint=error.hint)
        self._first_error = self._first_error or error
        if not self._ever_read and all(
            poller.trouble is not None
            or all(watch.trouble and not watch.absent for watch in poller.watches)
            for poller in pollers
        ):
            raise self._first_error

    def rest(self, poller: Poller, now: float) -> tuple[Gap, ...]:
        """Return what of a place has not been read when the following ends."""
        gaps = []
        for watch in poller.watches:
            lags = poller.far - watch.complete > watch.lag_limit(now)
            if not watch.is_read or watch.trouble or lags:
                why = f": {watch.trouble}" if watch.trouble else ""
                reason = f"not everything was read from {_clock(watch.complete)} UTC on{why}"
                gaps.append(Gap(watch.group.label, reason))
        return tuple(gaps)

    def _heal(self, watch: Watch) -> None:
        """Say that a group can be read again, where it could not."""
        if watch.trouble:
            again = "can be read again"
            if watch.absent:
                again = "is there again" if watch.is_read else "is there now"
            self._say(f"{watch.group.label} {again}")
            watch.trouble = ""

    def _reached(self, poller: Poller) -> None:
        if poller.trouble is not None:
            poller.trouble = None
            for watch in poller.watches:
                watch.missed = True

    def _tell_caught(self, poller: Poller, now: float) -> None:
        """Say which stretch of time was caught up, once for all groups of a place."""
        told = {caught.watch for caught in poller.caught}
        far = poller.far
        readable = [watch for watch in poller.watches if not watch.trouble]
        if any(
            watch not in told
            and watch.is_read
            and (watch.missed or far - watch.complete > watch.lag_limit(now))
            for watch in readable
        ):
            return  # others are to follow
        since = min(caught.since for caught in poller.caught)
        until = max(caught.until for caught in poller.caught)
        poller.caught.clear()
        what = f"{poller.logs.label}: " if poller.logs.label else ""
        if len(told) < len(readable):
            names = sorted(watch.group.label for watch in told)
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            what = f"{', '.join(names[:_NAMED])}{more}: "
        self._say(
            f"{what}caught up: nothing could be read from {_clock(since)} to {_clock(until)} UTC"
        )


def _with_hint(text: str, hint: str | None) -> str:
    return f"{text} ({hint})" if hint else text


def _clock(time: Millis) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%H:%M:%S")
