"""A serverless system whose truth is known: some 5,000 invocations in three hours.

`generate` lets it run: the same seed and time give the same system, to the byte. The functions and
what happens to them are `truth_fleet`'s, what each happening looks like `truth_scenes`' and
`truth_inits`'; here is when it happens, which environment serves it, and what is tried again.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, cycle
from random import Random
from typing import NamedTuple

import truth_lines as lines
import truth_platform as platform
import truth_scenes as scenes
from truth_bugs import Bug, harmless
from truth_fleet import FLEET, INIT_SCENES, MANAGED, PANICS, SCENE_BUGS, STRIKING, Plan
from truth_inits import NEW_ENVIRONMENT
from truth_model import Function, Line, Request, Run, Stream, System, hexadecimal, request
from truth_play import Environment, Play, World
from truth_scenes import Scene

HOURS = 3
MINUTE = 60_000
IDLE = 10 * MINUTE
"""After that, an environment is taken away."""
QUIET = 20 * MINUTE
"""So long before the end the last happening begins that is not to be taken for running."""
SILENT = 40 * MINUTE
"""The same of what never says that it ended: it is due longer ago than an archive may lag."""
AWAKE = 2 * MINUTE
"""So long before the end something goes well for the last time."""

_BEFORE_END: dict[Scene, int] = {scenes.ok: AWAKE, scenes.silent: SILENT}

RETRIED = (scenes.raised, scenes.timeout, scenes.tried_too_long, scenes.oom)
"""What an asynchronous function is asked again for."""


class Asked(NamedTuple):
    """A request that a function is to serve."""

    scene: Scene
    request: Request
    bug: Bug | None
    attempts: tuple[Scene, ...]
    """What will come of trying it again."""


def generate(now: int, seed: int = 4711, plans: tuple[Plan, ...] = (*FLEET, MANAGED)) -> System:
    """Let the system run until a time in ms, and return what it wrote and what is true."""
    world = World(Random(seed), now)
    for plan in plans:
        if plan.function.mode == "lambda-managed-instances":
            _serve_at_once(world, plan)
        else:
            _serve(world, plan)
    for stream in world.streams:
        stream.lines = [line for line in stream.lines if line.time <= now]
    streams = tuple(stream for stream in world.streams if stream.lines)
    return System(streams, tuple(world.runs), now)


def small(plan: Plan, scene: Scene, now: int, seed: int = 7) -> System:
    """Return a system of one function to which one thing happens a few times, among what is well.

    What tells the limit of the function is in it where the scene is about that.
    """
    happen = {scene: min(4, plan.happen.get(scene, 4))}
    if scene is scenes.silent:
        happen[scenes.timeout] = 1
    return generate(now, seed, (plan._replace(served=12, happen=happen, asynchronous=False),))


def _serve(world: World, plan: Plan) -> None:
    begin = world.now - HOURS * 60 * MINUTE
    deployed = begin + 90 * MINUTE
    after = replace(
        plan.function,
        version=plan.next_version or plan.function.version,
        memory_mb=plan.next_memory_mb or plan.function.memory_mb,
    )
    queue: list[tuple[int, int, Asked]] = []
    numbers = count()

    def ask(time: int, asked: Asked) -> None:
        heapq.heappush(queue, (time, next(numbers), asked))

    for time, asked in _requests(world, plan, begin):
        ask(time, asked)
    pools: dict[Function, list[Environment]] = defaultdict(list)
    while queue:
        time, _, asked = heapq.heappop(queue)
        function = plan.function if time < deployed else after
        environment = _environment(world, pools[function], function, time, asked.scene)
        play = Play(world, environment, asked.request, time, asked.bug)
        asked.scene(play)
        if asked.attempts:
            scene, *others = asked.attempts
            wait = MINUTE * (3 - len(asked.attempts)) + world.rng.randrange(5_000)
            ask(play.time + wait, asked._replace(scene=scene, attempts=tuple(others)))


def _requests(world: World, plan: Plan, begin: int) -> Iterator[tuple[int, Asked]]:
    rng = world.rng
    strikes, fails = cycle(plan.bugs or (None,)), cycle(plan.init_bugs or (None,))
    happen = [scene for scene, number in plan.happen.items() for _ in range(number)]
    happen += [scenes.ok] * (plan.served - len(happen))
    retried = 0
    for number, scene in enumerate(happen, 1):
        last = world.now - _BEFORE_END.get(scene, QUIET)
        time = rng.randrange(begin, last)
        if number == len(happen) and scene is scenes.ok:
            # However few there are: the logs reach to the end.
            time = last
        bug = _bug(plan.function, scene)
        if scene in INIT_SCENES:
            bug = next(fails)
        elif scene in STRIKING:
            bug = next(strikes)
        attempts: tuple[Scene, ...] = ()
        if plan.asynchronous and scene in RETRIED:
            outcomes = ((scene, scene), (scenes.ok,), (scene, scenes.ok))
            attempts = outcomes[retried % 3]
            retried += 1
        if scene is scenes.running:
            time = world.now - rng.randrange(200, 1200)
        yield time, Asked(scene, request(rng, time), bug, attempts)


def _bug(function: Function, scene: Scene) -> Bug | None:
    if scene is scenes.panicked:
        return PANICS[function.language]
    return SCENE_BUGS.get(scene)


def _environment(
    world: World, pool: list[Environment], function: Function, time: int, scene: Scene
) -> Environment:
    if scene not in NEW_ENVIRONMENT:
        for environment in reversed(pool):
            if not environment.gone and environment.free <= time < environment.free + IDLE:
                return environment
    environment = world.environment(function, time)
    pool.append(environment)
    return environment


def _serve_at_once(world: World, plan: Plan) -> None:
    """Let one instance serve many requests at the same time; only request IDs part the lines."""
    function, rng = plan.function, world.rng
    written: list[Line] = []
    strikes = cycle(plan.bugs)
    stream = Stream(function.log_group, f"2026/11/23/[$LATEST]{hexadecimal(rng, 32)}")
    begin = world.now - 50 * MINUTE
    written.append(Line(begin, platform.init_start(function, stream.name, begin)))
    failures = set(rng.sample(range(plan.served), plan.happen[scenes.raised]))
    for number in range(plan.served):
        start = begin + 2_000 + rng.randrange(60_000)
        asked = request(rng, start)
        us = rng.randrange(200_000, 9_000_000)
        end = start + us // 1000
        middle = (start + end) // 2
        written.append(Line(start, platform.start(function, asked, start)))
        written.append(Line(middle, lines.say(function, asked, middle, "INFO", harmless(rng))))
        bug = next(strikes) if number in failures else None
        error = bug.strike(rng) if bug else None
        if error:
            told = lines.report_raised(function, asked, end, error)
            written += [Line(end, message) for message in told]
        ending = platform.Ending(
            duration_us=us, billed_ms=0, used_mb=0, status="failure" if bug else None
        )
        told = platform.end(function, asked, end, ending)
        written += [Line(end, message) for message in told]
        world.runs.append(
            Run(
                function=function.name,
                request_id=asked.id,
                group=stream.group,
                stream=stream.name,
                version=function.version,
                start=start,
                end=end,
                duration_us=us,
                status="error" if bug else "ok",
                error_type=error.type if error else None,
                cause=bug.cause if bug else None,
            )
        )
    stream.lines = sorted(written, key=lambda line: line.time)
    world.streams.append(stream)
