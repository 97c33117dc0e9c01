"""Follows log groups of a stand-in on a thread, and collects what comes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slsloggrep.model import Coverage, Event, Gap, Millis, Query
from slsloggrep.sources.base import Following, Notice, Pulse, Settings
from slsloggrep.sources.cloudwatch.follow import follow_groups
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.schedule import Pace, Sweep

NAME = "cloudwatch:"

FAST = Pace(
    interval=0.1,
    slowing=(),
    behind_live=1.0,
    overlap=1_000,
    shortest=500,
    longest=2_000,
    learning=1.0,
    sweeps=(Sweep(6_000, 0.6), Sweep(600_000, 1.5)),
    share=1.0,
    listing=0.3,
    silence=1.0,
    pause=0.3,
    missing=0.2,
    refused=0.4,
    behind=4.0,
    pulse=0.05,
)
"""Everything happens ten times as fast as for a user."""


class Tail:
    """A following under way; a context manager that ends it, and raises what it raised."""

    def __init__(
        self,
        url: str,
        *groups: str,
        since: Millis | None = None,
        until: Millis | None = None,
        pattern: str = "",
        live: bool = False,
        pace: Pace | None = FAST,
        rate: float | None = 200.0,
        at_pulse: Callable[[Tail], None] | None = None,
        **options: Any,
    ) -> None:
        self.events: list[Event] = []
        self.notices: list[str] = []
        self.pulses: list[Millis] = []
        self.arrivals: list[Event | Pulse | Notice] = []
        """All of it, in order."""
        self.coverage = Coverage(source=NAME)
        self.said: list[str] = []
        self.error: BaseException | None = None
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._settings = Settings(
            now=0,
            endpoint_url=url,
            groups=groups,
            rate=rate,
            say=self.said.append,
            cancelled=self._stop.is_set,
            **options,
        )
        self._query = Query(since=since, until=until, pattern=pattern)
        self._following = Following(live=live)
        self._pace = pace
        self._at_pulse = at_pulse
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Tail:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.stop()
        if kind is None and self.error is not None:
            raise self.error

    def stop(self) -> None:
        """Cancel it, as Ctrl-C does."""
        self._stop.set()
        self.join()

    def join(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive(), "it does not end"

    @property
    def messages(self) -> list[str]:
        return [event.message for event in list(self.events)]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return self.coverage.gaps

    def wait(self, what: Callable[[], object], why: str = "") -> None:
        """Wait until something is so; fails after 30 s, or when the following ended before."""
        with self._changed:
            self._changed.wait_for(lambda: what() or not self._thread.is_alive(), timeout=30)
        if not what():
            raise AssertionError(
                f"{why or 'waited in vain'}: {self.error!r}, {len(self.events)} events, "
                f"notices {self.notices}, gaps {self.gaps}"
            )

    def wait_for(self, *messages: str) -> None:
        """Wait until events with these messages came."""
        self.wait(lambda: set(messages) <= set(self.messages), f"not all of {messages[:5]} came")

    def wait_notice(self, part: str) -> None:
        self.wait(lambda: any(part in notice for notice in self.notices), f"no notice of '{part}'")

    def wait_pulses(self, count: int) -> None:
        """Wait until so many more signs of life came."""
        before = len(self.pulses)
        self.wait(lambda: len(self.pulses) >= before + count, "no more pulses")

    def _run(self) -> None:
        try:
            places = Places(NAME, self._settings)
            try:
                self._collect(places)
            finally:
                places.close()
        except BaseException as error:
            self.error = error
        finally:
            with self._changed:
                self._changed.notify_all()

    def _collect(self, places: Places) -> None:
        following = follow_groups(
            places,
            self._settings,
            NAME,
            self._query,
            self._following,
            self._report,
            pace=self._pace,
        )
        for arrival in following:
            with self._changed:
                self.arrivals.append(arrival)
                if isinstance(arrival, Event):
                    self.events.append(arrival)
                elif isinstance(arrival, Notice):
                    self.notices.append(arrival.text)
                else:
                    self.pulses.append(arrival.time)
                self._changed.notify_all()
            if self._at_pulse is not None and isinstance(arrival, Pulse):
                self._at_pulse(self)

    def _report(self, increment: Coverage) -> None:
        self.coverage += increment


def paced(**changes: Any) -> Pace:
    """Return the fast pace with some changes."""
    return replace(FAST, **changes)
