"""How often the service may be asked: one limiter for each account, region and API.

Starts from the published rates and adapts to what the service answers: a throttled call halves the
rate, and as long as calls go through it rises again, little by little. Refusals of calls that were
under way together count as one (as TCP counts losses, once in a round trip). Being throttled makes
a reader slower and never ends it. Who is asked, and what for, is not known here.

Rates: CloudWatch Logs User Guide, cloudwatch_limits_cwl; the published figures disagree with each
other, which is why none of them is believed for long.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from slsloggrep.errors import UsageError

_SLOW_FILTER = frozenset(
    {"eu-central-1", "ap-northeast-3", "ap-southeast-3", "ca-west-1", "il-central-1"}
)
_SLOW_GET = frozenset(
    {
        "us-west-2",
        "eu-west-1",
        "eu-central-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-southeast-1",
        "ap-southeast-2",
    }
)
_OTHERS = {
    "DescribeLogGroups": 10.0,
    "ListLogGroups": 10.0,
    "DescribeLogStreams": 25.0,
    "StartQuery": 10.0,
    "GetQueryResults": 10.0,
    "StopQuery": 10.0,
    "StartLiveTail": 5.0,
    "GetFunctionConfiguration": 15.0,
    "ListFunctions": 15.0,
}
_UNKNOWN = 5.0

_SLOWEST = 0.2
"""Calls per second: however often it is throttled, a reader asks every five seconds."""
_ABOVE = 2.0
"""Where the service never objects, up to this many times the published rate is tried."""
_RISE = 0.1
"""Of the published rate, by which the rate rises in a second in which calls go through. By time and
not by calls: else refusals that come by chance, and not of the rate, would lower it without end."""
_LONGEST_RISE_S = 1.0
"""A call that goes through speaks for so many seconds at most."""
_PAUSE = 0.25
"""Seconds without any call after one was throttled."""
_BURST = 0.25
"""Seconds' worth of calls that may be made at once."""
_GLANCE = 0.2
_TOOK = 0.1
"""Seconds that a call is thought to take as long as none was made."""


def published_rate(api: str, region: str) -> float:
    """Return the calls per second that an API takes in a region, as published."""
    if api == "FilterLogEvents":
        return 25.0 if region == "us-east-1" else 5.0 if region in _SLOW_FILTER else 10.0
    if api == "GetLogEvents":
        return 30.0 if region == "eu-west-3" else 10.0 if region in _SLOW_GET else 25.0
    return _OTHERS.get(api, _UNKNOWN)


class Limiter:
    """Lets calls through at a rate that adapts; safe to use from many threads."""

    def __init__(
        self,
        rate: float,
        *,
        ceiling: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._published = rate
        self._ceiling = rate * _ABOVE if ceiling is None else ceiling
        self._rate = min(rate, self._ceiling)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock()
        self._paused_until = self._next
        self._took: float | None = None
        self._slowed = 0
        self._slowed_at = -math.inf
        self._rose_at = self._next
        self.throttles = 0
        """How many calls were throttled so far."""

    @property
    def published(self) -> float:
        """Calls per second as published, or as the user set them."""
        return self._published

    @property
    def rate(self) -> float:
        """Calls per second that are let through at present."""
        return self._rate

    def wait(self, given_up: Callable[[], bool]) -> bool:
        """Wait until a call may be made; False where nobody waits for it any more."""
        turn, slowed = self._take_turn()
        while not given_up():
            if slowed != self._slowed:
                # Turns that were given out before are too close to each other now.
                turn, slowed = self._take_turn()
            if (left := turn - self._clock()) <= 0:
                return True
            self._sleep(min(left, _GLANCE))
        return False

    def _take_turn(self) -> tuple[float, int]:
        """Return when a call may be made, and how often the rate was lowered until now."""
        with self._lock:
            turn = max(self._next, self._clock() - _BURST, self._paused_until)
            self._next = turn + 1 / self._rate
            return turn, self._slowed

    @property
    def useful(self) -> float:
        """How many calls side by side the rate keeps busy: with more, some would only wait."""
        return self._rate * (_TOOK if self._took is None else self._took)

    def passed(self, took: float = _TOOK) -> None:
        """Hear that a call went through, and how many seconds that took."""
        with self._lock:
            self._took = took if self._took is None else self._took + (took - self._took) / 8
            now = self._clock()
            seconds = min(max(now - self._rose_at, 0.0), _LONGEST_RISE_S)
            self._rose_at = max(now, self._rose_at)
            self._rate = min(self._ceiling, self._rate + self._published * _RISE * seconds)

    def throttled(self, took: float = 0.0) -> None:
        """Hear that a call was refused for coming too fast, and how many seconds that took."""
        with self._lock:
            self.throttles += 1
            now = self._clock()
            if now - took <= self._slowed_at:
                return  # it was under way when the first one was refused
            self._slowed += 1
            self._slowed_at = now
            self._rate = max(min(_SLOWEST, self._ceiling), self._rate / 2)
            self._paused_until = self._next = self._rose_at = now + _PAUSE


class Limiters:
    """The limiters of one process, by account, region and API."""

    def __init__(self, rate: float | None = None) -> None:
        if rate is not None and not rate > 0:  # nor is it a number, perhaps
            raise UsageError(f"a rate of {rate:g} calls a second reads nothing", hint="--rate 5")
        self._rate = rate
        self._lock = threading.Lock()
        self._limiters: dict[tuple[str, str, str], Limiter] = {}

    def of(self, account: str, region: str, api: str) -> Limiter:
        """Return the limiter of an API; `account` is anything that tells accounts apart."""
        with self._lock:
            key = (account, region, api)
            if key not in self._limiters:
                if self._rate is None:
                    self._limiters[key] = Limiter(published_rate(api, region))
                else:
                    self._limiters[key] = Limiter(self._rate, ceiling=self._rate)
            return self._limiters[key]

    @property
    def throttles(self) -> int:
        """How many calls were throttled, all together."""
        return sum(limiter.throttles for limiter in list(self._limiters.values()))

    @property
    def slowest(self) -> float:
        """Calls per second that the slowest of those lets through which were throttled; else 0."""
        throttled = [limiter.rate for limiter in list(self._limiters.values()) if limiter.throttles]
        return min(throttled, default=0.0)
