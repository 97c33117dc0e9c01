"""The running shop: environments that start, serve one request at a time, grow and disappear.

A simulation in time order. What happens is scheduled as actions; an action opens calls, and a call
writes its log as it goes on. The facts (`Served`) are noted by the same statements that write the
log, so they cannot drift from it. Which calls there are is the stories' business.

Times in here are milliseconds since the story's origin, so that nothing drawn depends on the day.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Concatenate, NamedTuple, ParamSpec

from slsloggrep.model import Level, Millis, Status
from slsloggrep.sources.demo import platform, runtimes, spellings
from slsloggrep.sources.demo.platform import Ending
from slsloggrep.sources.demo.runtimes import Line, Raised, Request
from slsloggrep.sources.demo.shop import API_LOG_GROUP, Function

_Rest = ParamSpec("_Rest")

_IDLE_MS = 9 * 60_000
"""How long an unused environment is kept."""
_LIFETIME_MS = (25 * 60_000, 70 * 60_000)
"""The least and the most after which an environment is replaced, used or not."""


class Served(NamedTuple):
    """A fact: one invocation that took place, as its log tells it."""

    function: str
    log_group: str
    log_stream: str
    request_id: str
    attempt: int
    status: Status
    start: Millis
    cold_start: bool
    trace_id: str | None
    """As its log reveals it; None where tracing is off."""
    transactions: tuple[str, ...]
    """The orders that it served; several for a batch."""
    max_memory_mb: int


@dataclass(slots=True)
class Stream:
    """A log stream and its events, in the order in which they were written."""

    log_group: str
    name: str
    events: list[tuple[Millis, str]] = field(default_factory=list)


@dataclass(slots=True)
class Environment:
    """A container of one function: one log stream."""

    function: Function
    stream: Stream
    retires: float
    used_mb: float
    free_at: float = math.inf
    """From when on it can serve again; never while it is busy or after it died."""


class Call:
    """One invocation while it runs: a clock, and a log that is written as the clock goes on."""

    def __init__(
        self,
        fleet: Fleet,
        environment: Environment,
        request: Request,
        start: float,
        init_ms: float | None,
        attempt: int,
        transactions: tuple[str, ...],
    ) -> None:
        self.request = request
        self.transactions = transactions
        self.now = start
        self._fleet = fleet
        self._environment = environment
        self._start = start
        self._init_ms = init_ms
        self._attempt = attempt
        self._write(platform.write_start(request, fleet.clock(start)))
        self.now += 0.9

    @property
    def used_mb(self) -> int:
        """What the environment uses by now."""
        return int(self._environment.used_mb)

    def work(self, usual_ms: float) -> None:
        """Let time pass: about as long as usual, sometimes much longer."""
        self.now += self._fleet.vary(usual_ms)

    def wait_until(self, at: float) -> None:
        """Let time pass until something that was called has answered."""
        self.now = max(self.now, at)

    def log(self, level: Level, text: str, **fields: Any) -> None:
        """Write one of the function's own log lines."""
        line = Line(self._fleet.clock(self.now), level, text, fields)
        self._write(runtimes.write_line(self.request, line))

    def info(self, text: str, **fields: Any) -> None:
        """Write a line at level INFO, and let the fraction of time pass that it takes."""
        self.log(Level.INFO, text, **fields)
        self.now += 0.6

    def print(self, message: str) -> None:
        """Write a message that no logger has seen."""
        self._write(message)

    def succeed(self, usual_ms: float = 2.0) -> float:
        """End well, and return when."""
        self.work(usual_ms)
        return self._finish(Status.OK)

    def fail(self, raised: Raised) -> float:
        """End with an error that the handler did not catch, and return when."""
        self._write(runtimes.write_raised(self.request, self._fleet.clock(self.now), raised))
        self.work(2.0)
        return self._finish(Status.ERROR, failed=True)

    def time_out(self, *, old_style: bool = False) -> float:
        """Be ended at the function's time limit; the environment dies."""
        self.now = self._start + self.request.function.timeout_s * 1000.0
        end = self._finish(Status.TIMEOUT, status=None if old_style else "timeout")
        if old_style:
            self._write(platform.write_old_timeout(self.request, self._fleet.clock(end)))
        return end

    def run_out_of_memory(self) -> float:
        """Be killed for using more memory than there is; the environment dies."""
        self._environment.used_mb = self.request.function.memory_mb
        return self._finish(Status.OOM, status="error", error_type="Runtime.OutOfMemory")

    def _write(self, message: str) -> None:
        self._environment.stream.events.append((int(self._fleet.clock(self.now)), message))

    def _finish(
        self,
        outcome: Status,
        *,
        status: str | None = None,
        error_type: str | None = None,
        failed: bool = False,
    ) -> float:
        environment = self._environment
        function = self.request.function
        environment.used_mb = min(environment.used_mb, function.memory_mb)
        ending = Ending(
            duration_ms=self.now - self._start,
            memory_used_mb=int(environment.used_mb),
            init_ms=self._init_ms,
            status=status,
            error_type=error_type,
            failed=failed,
        )
        for message in platform.write_end(self.request, self._fleet.clock(self.now), ending):
            self._write(message)
        environment.free_at = (
            math.inf if outcome in (Status.TIMEOUT, Status.OOM) else self.now + 1.0
        )
        self._fleet.note(
            environment, self.request, self._start, self._attempt, outcome, self.transactions
        )
        return self.now


class Fleet:
    """All environments of the shop, its clock, and the facts of what took place."""

    def __init__(self, origin: Millis, rng: Random) -> None:
        self.origin = origin
        self.rng = rng
        self.streams: list[Stream] = []
        self.served: list[Served] = []
        self._environments: dict[tuple[str, str], list[Environment]] = {}
        self._actions: list[Callable[[], None]] = []
        self._due: list[tuple[float, int]] = []
        self._access = Stream(API_LOG_GROUP, spellings.hexadecimal(rng, 32))
        self.streams.append(self._access)

    def clock(self, at: float) -> float:
        """Turn a time of the story into milliseconds UTC."""
        return self.origin + at

    def vary(self, usual_ms: float) -> float:
        """Draw a running time: near the usual one, with the long tail that services have."""
        drawn = self.rng.random()
        tail = 2.8 if drawn > 0.98 else 1.0
        return usual_ms * tail * (0.72 + 0.56 * self.rng.random())

    def schedule(
        self,
        at: float,
        action: Callable[Concatenate[float, _Rest], None],
        *arguments: _Rest.args,
        **named: _Rest.kwargs,
    ) -> None:
        """Let something happen at a time; the action is called with it, then the arguments."""
        self._actions.append(partial(action, at, *arguments, **named))
        heapq.heappush(self._due, (at, len(self._actions) - 1))

    def run(self) -> None:
        """Let everything that is scheduled happen, in time order."""
        while self._due:
            _, number = heapq.heappop(self._due)
            self._actions[number]()

    def new_trace(self, at: float) -> str:
        """Draw an X-Ray trace ID that begins at a time of the story."""
        return spellings.trace_id(self.rng, self.clock(at))

    def call(
        self,
        function: Function,
        at: float,
        *,
        trace: str | None = None,
        correlation: str | None = None,
        transactions: tuple[str, ...] = (),
        request_id: str | None = None,
        attempt: int = 1,
    ) -> Call:
        """Open an invocation, in a warm environment if one is free; the caller must end it."""
        environment = self._free_environment(function, at)
        init_ms = None
        if environment is None:
            environment, init_ms = self._start_environment(function, at)
            at += init_ms + 1.2
        environment.free_at = math.inf
        environment.used_mb += function.leak_mb + self.rng.random() * 0.4
        request = self._request(
            function, at, trace, correlation, request_id, cold=init_ms is not None
        )
        return Call(self, environment, request, at, init_ms, attempt, transactions)

    def fail_init(self, function: Function, at: float, raised: Raised) -> tuple[float, str]:
        """Let a cold start fail, twice as the platform tries; return when, and the request ID."""
        environment = self._new_environment(function, at)
        request = self._request(function, at, None, None, None, cold=True)

        def write(when: float, message: str) -> None:
            environment.stream.events.append((int(self.clock(when)), message))

        write(at, platform.write_init(function, environment.stream.name, self.clock(at)))
        duration = 1.4
        for phase in ("init", "invoke"):
            init_ms = self.vary(function.init_ms * 0.3)
            at += init_ms
            write(at, runtimes.write_raised(request, self.clock(at), raised))
            write(at, platform.write_init_failed(phase, init_ms, raised.type))
            if phase == "invoke":  # the repetition is part of the invocation's running time
                duration += init_ms
        write(at, platform.write_start(request, self.clock(at)))
        ending = Ending(
            duration_ms=duration,
            memory_used_mb=int(environment.used_mb),
            status="error",
            error_type=raised.type,
        )
        end = at + 1.4
        for message in platform.write_end(request, self.clock(end), ending):
            write(end, message)
        self.note(environment, request, at, 1, Status.INIT_ERROR, ())
        return end, request.request_id

    def access(self, at: float, entry: Mapping[str, Any]) -> None:
        """Write a line of API Gateway's access log."""
        self._access.events.append((int(self.clock(at)), runtimes.compact(entry)))

    def note(
        self,
        environment: Environment,
        request: Request,
        start: float,
        attempt: int,
        status: Status,
        transactions: tuple[str, ...],
    ) -> None:
        """Note a fact: called where an invocation's last line is written."""
        self.served.append(
            Served(
                function=request.function.name,
                log_group=environment.stream.log_group,
                log_stream=environment.stream.name,
                request_id=request.request_id,
                attempt=attempt,
                status=status,
                start=int(self.clock(start)),
                cold_start=request.cold,
                trace_id=request.trace_id,
                transactions=transactions,
                max_memory_mb=int(environment.used_mb),
            )
        )

    def _request(
        self,
        function: Function,
        at: float,
        trace: str | None,
        correlation: str | None,
        request_id: str | None,
        *,
        cold: bool,
    ) -> Request:
        if function.traced and trace is None:
            trace = self.new_trace(at)
        return Request(
            function=function,
            request_id=request_id or spellings.uuid(self.rng),
            trace_id=trace if function.traced else None,
            span_id=spellings.hexadecimal(self.rng, 16),
            correlation_id=correlation,
            cold=cold,
        )

    def _free_environment(self, function: Function, at: float) -> Environment | None:
        free = [
            environment
            for environment in self._environments.get((function.name, function.version), ())
            if environment.free_at <= at < environment.free_at + _IDLE_MS
            and at < environment.retires
        ]
        return max(free, key=lambda environment: environment.free_at, default=None)

    def _start_environment(self, function: Function, at: float) -> tuple[Environment, float]:
        environment = self._new_environment(function, at)
        init_ms = self.vary(function.init_ms)
        write = environment.stream.events.append
        begin, done = self.clock(at), self.clock(at + init_ms)
        write((int(begin), platform.write_init(function, environment.stream.name, begin)))
        if function.extension is not None:
            write((int(done), platform.write_extension(function.extension)))
        for message in platform.write_init_done(function, done, init_ms):
            write((int(done), message))
        return environment, init_ms

    def _new_environment(self, function: Function, at: float) -> Environment:
        name = (
            f"{spellings.date_path(self.clock(at))}/[{function.version}]"
            f"{spellings.hexadecimal(self.rng, 32)}"
        )
        stream = Stream(function.log_group, name)
        least, most = _LIFETIME_MS
        environment = Environment(
            function,
            stream,
            retires=at + least + (most - least) * self.rng.random(),
            used_mb=function.idle_mb + 3 * self.rng.random(),
        )
        self.streams.append(stream)
        self._environments.setdefault((function.name, function.version), []).append(environment)
        return environment
