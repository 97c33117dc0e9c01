"""One invocation while it is written into its log stream: init, START, lines, END, REPORT.

`truth_scenes` says what happens in one; here is what all of them share, and where what is true is
noted along with what is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import truth_platform as platform
from truth_bugs import Bug, harmless, misleading
from truth_lines import Raised, said_in_init, say
from truth_model import Function, Request, Run, Stream, hexadecimal
from truth_platform import Ending

RESTARTED = ("timeout", "oom", "exit")
"""What an environment does not survive: it starts over."""


@dataclass(slots=True)
class Environment:
    """A container: it serves one invocation after the other, and writes one log stream."""

    function: Function
    stream: Stream
    fresh: bool = True
    """Its init, or the init after a reset, is still to come."""
    restarted: bool = False
    """It has run before, and starts over."""
    free: int = 0
    """From when on it can serve."""
    gone: bool = False


@dataclass(slots=True)
class World:
    """Where plays take place."""

    rng: Random
    now: int
    streams: list[Stream] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def environment(self, function: Function, time: int) -> Environment:
        """Start a container; one of provisioned concurrency does its init long before."""
        version, digits = function.version, hexadecimal(self.rng, 32)
        owner = function.name if function.group else ""
        day = platform.iso(time)[:10].replace("-", "/")
        stream = Stream(function.log_group, f"{day}/{owner}[{version}]{digits}")
        self.streams.append(stream)
        environment = Environment(function, stream)
        if function.mode == "provisioned-concurrency":
            begun = time - self.rng.randrange(600_000, 3_000_000)
            us = 1000 * self.rng.randrange(90, 800)
            stream.write(begun, platform.init_start(function, stream.name, begun))
            stream.write(begun, said_in_init(function, begun, "loaded 3 rules"))
            begun += us // 1000
            stream.write(begun, platform.init_report(function, begun, us))
            environment.fresh = False
        return environment


class Play:
    """One request in one environment."""

    def __init__(
        self, world: World, environment: Environment, request: Request, time: int, bug: Bug | None
    ) -> None:
        self.world = world
        self.rng = world.rng
        self.environment = environment
        self.function = environment.function
        self.stream = environment.stream
        self.request = request
        self.time = max(time, environment.free)
        """Now."""
        self.bug = bug
        self.begun = self.time
        self.cold = False
        self.init_us: int | None = None

    def raised(self) -> Raised:
        """Return the planted bug's error, this time."""
        assert self.bug is not None
        return self.bug.strike(self.rng, self.function.version)

    def write(self, *messages: str) -> None:
        """Write events, each at the same time as the last or a little later."""
        for message in messages:
            self.time = self.stream.write(self.time, message)
            self.time += self.rng.choice((0, 0, 1))

    def figure(self, low: int, high: int) -> int:
        """Draw a duration between so many ms; text holds hundredths, JSON thousandths."""
        us = self.rng.randrange(1000 * low, 1000 * high)
        return us if self.function.json else us // 10 * 10

    def write_init(self) -> int:
        """Write the beginning of an init, or restore, and return how long it will take."""
        us = self.figure(80, 900)
        if self.shown:
            self.write(platform.init_start(self.function, self.stream.name, self.time))
            if self.rng.random() < 0.2:
                self.write(platform.extension(self.function, self.time))
                self.write(*platform.subscriptions(self.function, self.time))
        return us

    @property
    def shown(self) -> bool:
        """Tell whether the platform tells of what goes well."""
        return self.function.level != "WARN"

    def begin(self) -> None:
        """Bring the environment up, if need be, and write START."""
        environment, function = self.environment, self.function
        if environment.fresh:
            us = self.write_init()
            told = not environment.restarted or self.rng.random() < 0.5
            self.init_us = us if told else None
            if self.rng.random() < 0.3:
                self.write(said_in_init(function, self.time, "loading settings"))
            if self.rng.random() < 0.8:
                self.time += us // 1000
            if function.mode == "snap-start":
                self.write(platform.restore_report(us))
            elif function.level == "DEBUG":
                self.write(platform.init_report(function, self.time, us))
            self.cold = told
        environment.fresh = environment.restarted = False
        self.start()

    def start(self) -> None:
        """Write START."""
        self.begun = self.time
        if self.shown:
            self.write(platform.start(self.function, self.request, self.time))

    def chat(self, most: int = 4) -> None:
        """Let the handler log what is harmless or misleading, metrics, JSON over several lines."""
        for _ in range(self.rng.randrange(most + 1)):
            self.time += self.rng.randrange(1, 9)
            drawn = self.rng.random()
            if drawn < 0.1:
                self.say("INFO", misleading(self.rng))
            elif drawn < 0.15:
                self.write(*_metrics(self.function, self.time, self.rng))
            elif drawn < 0.2:
                self.write(*_pretty(self.rng))
            else:
                self.say(self.rng.choice(("INFO", "INFO", "WARN")), harmless(self.rng))

    def say(self, level: str, text: str) -> None:
        """Let the handler log a line."""
        self.write(say(self.function, self.request, self.time, level, text))

    def end(
        self,
        *,
        status: str = "ok",
        cause: str | None = None,
        error_type: str | None = None,
        report: str | None = None,
        report_type: str | None = None,
        duration_us: int | None = None,
        used_mb: int | None = None,
        before: tuple[str, ...] = (),
        after: tuple[str, ...] = (),
    ) -> None:
        """Write END and REPORT, and note what is true.

        `report` and `report_type`: what REPORT states; `before` and `after`: events around both.
        """
        function = self.function
        passed = self.time - self.begun
        if duration_us is None:
            slowness = min(self.rng.lognormvariate(4.2, 1.0), function.limit_ms * 0.8 - passed)
            duration_us = (passed + max(1, int(slowness))) * 1000 + self.figure(0, 1)
        used = self.rng.randrange(40, function.memory_mb - 20) if used_mb is None else used_mb
        billed = -(-duration_us // 1000) + (self.init_us or 0) // 1000
        ending = Ending(
            duration_us=duration_us,
            billed_ms=billed,
            used_mb=used,
            init_us=self.init_us,
            status=report,
            error_type=report_type,
        )
        self.time = max(self.time, self.begun + duration_us // 1000 + self.rng.randrange(3))
        told = self.shown or report is not None
        self.write(*before)
        if told:
            *others, last = platform.end(function, self.request, self.time, ending)
            self.write(*others)
            self.time = ended = self.stream.write(self.time, last)
        else:
            ended = self.time
        self.write(*after)
        if self.shown and status in ("ok", "error") and self.rng.random() < 0.05:
            self.say("INFO", "flushed what was left")
        self.note(
            end=ended,
            duration_us=duration_us,
            billed_ms=billed,
            memory_mb=function.memory_mb,
            used_mb=used,
            status=status,
            cause=cause,
            error_type=error_type,
            told=told,
        )
        self.settle(status)

    def settle(self, status: str) -> None:
        """Leave the environment as an invocation of this status leaves it."""
        environment = self.environment
        environment.free = self.time + 1
        if status in RESTARTED:
            environment.fresh = environment.restarted = True
            environment.gone = self.function.mode != "on-demand" or self.rng.random() < 0.3
        elif status in ("init_error", "extension"):
            environment.gone = True

    def note(self, *, request: bool = True, **truth: object) -> None:
        """Note what is true of this request, or of an init without one."""
        facts = {
            "function": self.function.name,
            "request_id": self.request.id if request else None,
            "group": self.stream.group,
            "stream": self.stream.name,
            "version": self.function.version,
            "start": self.begun,
            "end": None,
            "init_us": self.init_us,
            "cold": self.cold,
            **truth,
        }
        self.world.runs.append(Run(**facts))  # type: ignore[arg-type] # each play knows its facts


def _metrics(function: Function, time: int, rng: Random) -> list[str]:
    metric = {
        "_aws": {
            "Timestamp": time,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Shop",
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": "errors", "Unit": "Count"}],
                }
            ],
        },
        "service": function.name,
        "errors": rng.randrange(3),
    }
    return [platform.compact(metric) + "\n"]


def _pretty(rng: Random) -> list[str]:
    lines = ["{", f'  "error": null, "attempt": {rng.randrange(3)},', '  "items": [', "  ]", "}"]
    if rng.random() < 0.5:
        return ["\n".join(lines) + "\n"]
    return [line + "\n" for line in lines]
