"""What is asked of CloudWatch for crashes and running times: nothing too little, and not too much.

The far end is the stand-in's strict reading of the documented filter patterns.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from failure_samples import FAILING, HEALTHY, platform
from hypothesis import given, settings
from hypothesis import strategies as st
from logs_patterns import compile_pattern
from truth_model import System
from truth_places import few  # noqa: F401 - a fixture

from slsloggrep.investigate.crashes import BOUNDS
from slsloggrep.investigate.latency import REPORTS
from slsloggrep.model import Event, Fact, Level, Record
from slsloggrep.parse import Parser
from slsloggrep.parse.signs import FAILURE_SIGNS, shows_failure
from slsloggrep.sources.cloudwatch.logs import PATTERN_LENGTH
from slsloggrep.sources.cloudwatch.patterns import patterns_for

WANTED = {"crashes": (*FAILURE_SIGNS, *BOUNDS), "latency": (*FAILURE_SIGNS, *REPORTS)}
ENDS = {"crashes": (Fact.START, Fact.REPORT), "latency": (Fact.REPORT,)}
ID = "01ad0e05-391e-4507-9233-ae7ad823dbc1"
SAMPLES = [
    *FAILING.values(),
    *HEALTHY.values(),
    platform("start", {"requestId": ID, "version": "$LATEST"}),
    platform("report", {"requestId": ID, "status": "success", "metrics": {"durationMs": 1.148}}),
    f"Executed 'Functions.hello' (Succeeded, Id={ID}, Duration=26ms)",
]

ORDINARY = (
    f"[INFO]\t2026-11-23T10:00:00.000Z\t{ID}\torder ord-17 has Status 200\n",
    f"2026-11-23T10:00:00.000Z\t{ID}\tINFO\tGET /public/index.html with java/21, Class A\n",
    f"2026-11-23T10:00:00.000Z\t{ID}\tINFO\tRESTARTED after failover, reported, Invalid: none\n",
    f"2026-11-23 10:00:00 {ID} INFO  Handler - platform linux, exceeded nothing, No method\n",
    '{"timestamp":"2026-11-23T10:00:00Z","level":"INFO","message":"started","status":"Done"}',
    '{"level":"INFO","statusCode":200,"class":"Cart","public":true,"java":"21","fail":0}',
)


def far_end(literals: tuple[str, ...]) -> Any:
    (pattern,) = patterns_for(literals)
    assert len(pattern) <= PATTERN_LENGTH
    matcher = compile_pattern(pattern)
    assert matcher is not None
    return matcher


MATCHERS = {command: far_end(literals) for command, literals in WANTED.items()}


def is_wanted(command: str, message: str) -> bool:
    """Tell whether the pipeline would make something of a message."""
    record = Parser().parse(Event(0, message, "/aws/lambda/f", "s", ""))
    azure = command == "crashes" and "Functions" in message  # whose host writes elsewhere
    return shows_failure(record) or (record.fact in ENDS[command] and not azure)


def respelled(message: str, rng: random.Random) -> str:
    """Return a JSON message as another encoder could have written it; other text as it is."""
    try:
        document = json.loads(message)
    except ValueError:
        return message
    separators = rng.choice([(",", ":"), (", ", ": "), (",\n  ", " : ")])
    text = json.dumps(document, ensure_ascii=rng.random() < 0.5, separators=separators)
    return "".join(_escaped(text, rng))


def _escaped(text: str, rng: random.Random) -> Iterator[str]:
    """Yield a JSON text with some characters of its strings escaped that need not be."""
    within = escaped = False
    for character in text:
        ends = character == '"' and not escaped
        if within and not ends and not escaped and not character.isalnum() and character != "\\":
            digits = f"{ord(character):04x}"
            spellings = [character, f"\\u{digits}", f"\\u{digits.upper()}"]
            spellings += ["\\/"] if character == "/" else []
            yield rng.choice(spellings) if ord(character) < 0x10000 else character
        else:
            yield character
        within ^= ends
        escaped = character == "\\" and not escaped


@pytest.mark.parametrize("command", WANTED)
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False), st.booleans())
def test_whatever_is_wanted_travels(
    command: str, message: str, rng: random.Random, logged_as_json: bool
) -> None:
    """A failure, a START, a REPORT: in every spelling that the parser reads, the far end sends it.

    Also where a program logs it as a text inside of JSON.
    """
    message = respelled(message, rng)
    if logged_as_json:
        message = respelled(json.dumps({"level": "ERROR", "message": message}), rng)
    if is_wanted(command, message):
        assert MATCHERS[command](message)


@pytest.mark.parametrize("command", WANTED)
def test_the_samples_are_wanted(command: str) -> None:
    """The property above is about something: all samples of failures count, and of ends."""
    wanted = [message for message in SAMPLES if is_wanted(command, message)]
    assert set(FAILING.values()) <= set(wanted)
    assert len(wanted) >= len(FAILING) + 5
    rng = random.Random(7)
    changed = [respelled(message, rng) for message in wanted]
    assert sum(message not in SAMPLES and is_wanted(command, message) for message in changed) > 15


@pytest.mark.parametrize("command", WANTED)
@given(st.data(), st.integers(0, 3))
def test_literals_travel_however_deep_in_json(
    command: str, data: st.DataObject, levels: int
) -> None:
    """A source promises to find its literals in every spelling, not just those of platforms."""
    message = f"x {data.draw(st.sampled_from(WANTED[command]))}: y"
    for level in range(levels):
        message = json.dumps({"m": message}, ensure_ascii=level % 2 == 0)
    coloured = message.replace(" ", "\x1b[31m ")
    assert MATCHERS[command](message)
    assert MATCHERS[command](coloured)


@pytest.mark.parametrize("command", WANTED)
@pytest.mark.parametrize("message", ORDINARY)
def test_ordinary_lines_stay_there(command: str, message: str) -> None:
    """Words that are a part of what is looked for stand in ordinary lines: these do not travel."""
    assert not is_wanted(command, message)
    assert not MATCHERS[command](message)


@pytest.mark.parametrize("command", WANTED)
def test_of_a_busy_system_only_platform_lines_and_errors_travel(
    command: str,
    few: System,  # noqa: F811
) -> None:
    """Of ordinary lines those alone travel that hold what is looked for, word by word.

    The system is full of them: lines that tell of other functions' failures and REPORTs.
    """
    parser = Parser()
    ordinary = [
        line.message
        for stream in few.streams
        for line in stream.lines
        if _is_ordinary(parser.parse(Event(line.time, line.message, stream.group, stream.name, "")))
    ]
    sent = [message for message in ordinary if MATCHERS[command](message)]
    assert len(ordinary) > 800
    assert len(sent) < len(ordinary) / 5
    assert [m for m in sent if not any(literal in m for literal in WANTED[command])] == []


def _is_ordinary(record: Record) -> bool:
    return record.fact is None and (record.level is None or record.level < Level.WARN)
