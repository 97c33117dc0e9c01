"""What goes wrong on purpose: refusals, limits, delays, cut connections."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass
class Request:
    """One request, as it came over the socket."""

    operation: str
    given: dict[str, Any]
    """The input, parsed."""
    region: str
    account: str
    time: float
    """time.monotonic() when it had come."""
    service: str = "logs"
    key: str = ""
    """The access key that signed it."""
    answer: str = ""
    """`ok`, the code of the error, or `cut`; empty until it is answered."""
    took: float = 0.0
    """Seconds until the answer was made, delays included."""
    events: int = 0
    """How many events the answer holds."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups that it is about, ARNs without their beginning."""
        found = [self.given.get(name) for name in ("logGroupName", "logGroupIdentifier")]
        for name in ("logGroupNames", "logGroupIdentifiers"):
            listed = self.given.get(name)
            found.extend(listed if isinstance(listed, list) else ())
        return tuple(str(name).split(":log-group:")[-1] for name in found if name is not None)


Cut = Literal["", "before", "headers", "body"]


@dataclass
class Fault:
    """What happens to the requests that it picks, `times` of them (None: all)."""

    operation: str = "*"
    code: str = ""
    """Answer with this error; without one the request is served, late or cut as told."""
    message: str = "injected"
    status: int = 400
    times: int | None = None
    probability: float = 1.0
    group: str | None = None
    region: str | None = None
    matches: Callable[[Request], bool] = lambda _request: True
    delay: float = 0.0
    """Seconds before anything else happens."""
    cut: Cut = ""
    """Close the connection before the answer, after its headers, or in the middle of its body.

    botocore does not compare the body with Content-Length: of an answer that ends early it makes an
    empty one, without events, without a token, and without an error. A client must look itself.
    """
    answer: Callable[[Request], Any] | None = None
    """Answer with this document (or these bytes), with a status of success unless `status` says
    otherwise; the stand-in's world is not asked, and its model is not heeded."""
    hits: int = 0

    def picks(self, request: Request, dice: random.Random) -> bool:
        return (
            self.operation in ("*", request.operation)
            and (self.times is None or self.hits < self.times)
            and (self.group is None or self.group in request.groups)
            and (self.region is None or self.region == request.region)
            and self.matches(request)
            and (self.probability >= 1 or dice.random() < self.probability)
        )


@dataclass
class Bucket:
    """A token bucket: `burst` at once, `per_second` in the long run."""

    per_second: float
    burst: float
    filled: float = field(default=-1.0)
    at: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        now = time.monotonic()
        if self.filled < 0:
            self.filled = self.burst
        self.filled = min(self.burst, self.filled + (now - self.at) * self.per_second)
        self.at = now
        if self.filled < 1:
            return False
        self.filled -= 1
        return True


class Faults:
    """All faults and limits of one service; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dice = random.Random(20)
        self._faults: list[Fault] = []
        self._limits: dict[str, tuple[float, float]] = {}
        self._buckets: dict[tuple[str, str, str], Bucket] = {}

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def limit(self, operation: str, per_second: float | None, burst: float | None) -> None:
        with self._lock:
            self._buckets.clear()
            if per_second is None:
                self._limits.pop(operation, None)
            else:
                self._limits[operation] = (per_second, max(1.0, burst or per_second))

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._limits.clear()
            self._buckets.clear()

    def remove(self, fault: Fault) -> None:
        with self._lock:
            self._faults.remove(fault)

    def pick(self, request: Request) -> Fault | None:
        """Return the first fault that concerns a request, counted as a hit."""
        with self._lock:
            for fault in self._faults:
                if fault.picks(request, self._dice):
                    fault.hits += 1
                    return fault
        return None

    def exceeds(self, request: Request) -> bool:
        """Tell whether a request comes too fast, for its account, region and operation."""
        with self._lock:
            if request.operation not in self._limits:
                return False
            key = (request.account, request.region, request.operation)
            if key not in self._buckets:
                self._buckets[key] = Bucket(*self._limits[request.operation])
            return not self._buckets[key].take()
