r"""What `grep` looks for: a pattern, conditions on fields and a level become one `Match`.

A pattern is looked for in the message as stored and, where that is JSON, in the strings inside
it as well, so that what a logger escaped (`\"`, `\u00fc`) or coloured is found as people read it.
How sources use the literals, and what is done with what was found, belongs to the pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from slsloggrep.cli.literals import required_by, required_text
from slsloggrep.errors import UsageError
from slsloggrep.wording import suggestion

if TYPE_CHECKING:  # loaded when there is something to match, not when help is shown
    from slsloggrep.model import Level, Record

Accept = Callable[["Record"], bool]

_CONDITION = re.compile(
    r"\s*(?P<path>[^=!~<>]+?)\s*(?P<operator>!=|~=|>=|<=|==?|>|<)(?P<value>.*)", re.DOTALL
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
"""Select Graphic Rendition (ECMA-48, 8.3.117): it hides in the middle of what people read."""
_LEVELS = {"WARNING": "WARN", "CRITICAL": "FATAL", "VERBOSE": "TRACE", "INFORMATION": "INFO"}

_ATTRIBUTES: dict[str, Callable[[Record], Any]] = {
    "@message": lambda record: record.event.message,
    "@text": lambda record: record.text,
    "@level": lambda record: record.level,
    "@function": lambda record: _function_of(record),
    "@request_id": lambda record: record.request_id,
    "@log_group": lambda record: record.event.log_group,
    "@log_stream": lambda record: record.event.log_stream,
    "@fact": lambda record: record.fact,
    "@status": lambda record: record.platform and record.platform.status,
    "@error_type": lambda record: record.error and record.error.type,
    "@duration_ms": lambda record: record.platform and record.platform.duration_ms,
    "@billed_ms": lambda record: record.platform and record.platform.billed_ms,
    "@init_ms": lambda record: record.platform and record.platform.init_ms,
    "@memory_mb": lambda record: record.platform and record.platform.memory_mb,
    "@max_memory_mb": lambda record: record.platform and record.platform.max_memory_mb,
}
"""What a record states beside its own fields, by the name that `--where` has for it."""
STATED = tuple(_ATTRIBUTES)

_HELD = {
    **dict.fromkeys(("@duration_ms", "@billed_ms", "@init_ms"), "uration"),
    **dict.fromkeys(("@memory_mb", "@max_memory_mb"), "emory"),
}
"""What stands in the message of every record that states it, in text, in JSON and on Azure."""

WHERE_GRAMMAR = "field=value, with !=, ~= (regex), >, >=, <, <=; a.b for b inside a"


class Criteria(NamedTuple):
    """What the command line asks of a record, resolved."""

    accept: Accept
    literals: tuple[str, ...]
    """One of them stands in the message of every record that is accepted; empty: none is known."""
    emphasis: re.Pattern[str] | None
    """What to mark in the text that is shown."""
    plausible: Callable[[str], bool]
    """Tells from a message alone whether a record of it may be accepted; cheap."""


def make_criteria(
    pattern: str | None,
    *,
    regex: bool = False,
    ignore_case: bool = False,
    where: Sequence[str] = (),
    level: str | None = None,
) -> Criteria:
    """Return the criteria that a command line states; a record must meet all of them.

    Raises UsageError for a regex, a condition or a level that cannot be understood, and where
    nothing is asked for at all.
    """
    tests: list[Accept] = []
    emphasis = None
    required: list[str] = []
    plausible: Callable[[str], bool] = _anything
    if pattern is not None:
        if not pattern:
            raise UsageError(
                "the pattern is empty: every event would match",
                hint="a pattern of at least one character",
            )
        compiled = _compile(pattern if regex else re.escape(pattern), ignore_case=ignore_case)
        tests.append(_pattern_test(pattern if not regex and not ignore_case else compiled))
        plausible = _plausibility_test(compiled)
        required.append(required_by(compiled))
        from slsloggrep.harmless import visible

        emphasis = (
            compiled if regex else _compile(re.escape(visible(pattern)), ignore_case=ignore_case)
        )
    for text in where:
        condition = parse_condition(text)
        tests.append(condition.accept)
        required.append(condition.literal)
    if level is not None:
        least = parse_level(level)
        tests.append(lambda record: record.level is not None and record.level >= least)
    if not tests:
        raise UsageError(
            "there is nothing to look for", hint="a PATTERN, --where field=value or --level error"
        )
    literal = max(required, key=len, default="")
    if plausible is _anything and literal.isalnum():
        plausible = _holding_test(literal)
    return Criteria(
        accept=tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests),
        literals=(literal,) if literal else (),
        emphasis=emphasis,
        plausible=plausible,
    )


def parse_level(name: str) -> Level:
    """Return the level of a name such as `warn` or `ERROR`; raises UsageError for others."""
    from slsloggrep.model import Level

    upper = name.strip().upper()
    try:
        return Level[_LEVELS.get(upper, upper)]
    except KeyError:
        levels = [level.name.lower() for level in Level]
        raise UsageError(
            f"no level is called '{name}'{suggestion(name, levels)}", hint=", ".join(levels)
        ) from None


class Condition(NamedTuple):
    """One `--where`, understood."""

    accept: Accept
    literal: str
    """Stands in the message of every record that is accepted; empty: none is known."""


def parse_condition(text: str) -> Condition:
    """Return the condition that a `--where` states.

    A path leads through fields by dots, where no field has the dotted name itself; a list is met
    by any of its items. `=` compares numbers as numbers; `!=` is met by an absent field too; the
    orders compare numbers, or text with text (ISO times). `@level` compares by severity.
    Raises UsageError where the condition cannot be understood.
    """
    matched = _CONDITION.fullmatch(text)
    if not matched:
        raise UsageError(f"'{text}' is not a condition", hint=WHERE_GRAMMAR)
    path, operator, value = matched["path"], matched["operator"], matched["value"].strip()
    operator = "=" if operator == "==" else operator
    if operator == "=" and value.startswith("~"):
        raise UsageError(
            f"'{text}' could mean a regex or a value that begins with '~'",
            hint=f"'{path}~={value[1:]}' for a regex, '{path}~=^{value}$' for the value",
        )
    if path.startswith("@") and path not in _ATTRIBUTES:
        raise UsageError(
            f"'{path}' is not known of a record{suggestion(path, _ATTRIBUTES)}",
            hint="one of " + ", ".join(_ATTRIBUTES) + "; or a field of your logs, without the @",
        )
    test = _value_test(path, operator, value)
    if operator == "!=":
        return Condition(lambda record: not any(map(test, _values(record, path))), "")
    literal = ""
    if operator == "=" and not path.startswith("@") and not _could_be_no_text(value):
        literal = required_text(value)
    elif path in _HELD and (operator, value) != ("=", "null"):  # which is what states none
        literal = _HELD[path]
    return Condition(lambda record: any(map(test, _values(record, path))), literal)


def _function_of(record: Record) -> str | None:
    from slsloggrep.parse import function_of

    named = record.function or function_of(record.event.log_group, record.event.log_stream)
    return named or None


def _pattern_test(pattern: str | re.Pattern[str]) -> Accept:
    if isinstance(pattern, str):
        return lambda record: any(pattern in text for text in _texts(record))
    search = pattern.search
    return lambda record: any(search(text) for text in _texts(record))


def _anything(_message: str) -> bool:
    return True


def _holding_test(literal: str) -> Callable[[str], bool]:
    """Return a test whether letters and digits may stand in a message: escapes and colours hide."""
    return lambda message: literal in message or "\\" in message or "\x1b" in message


def _plausibility_test(compiled: re.Pattern[str]) -> Callable[[str], bool]:
    """Return a test on the message as stored; escapes and colours may hide a match from it."""
    search = compiled.search

    def test(message: str) -> bool:
        return "\\" in message or "\x1b" in message or search(message) is not None

    return test


def _compile(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.MULTILINE | (re.IGNORECASE if ignore_case else 0))
    except (re.error, RecursionError, OverflowError) as error:
        where = (
            f" at character {error.pos + 1}" if isinstance(error, re.error) and error.pos else ""
        )
        reason = error.msg if isinstance(error, re.error) else "it is too large"
        raise UsageError(
            f"the regex '{pattern}' cannot be understood{where}: {reason}",
            hint="a backslash before what is meant as it stands, or no -E for plain text",
        ) from None


def _texts(record: Record) -> Iterator[str]:
    for text in _written(record):
        yield text
        if "\x1b" in text:
            yield _COLOUR.sub("", text)


def _written(record: Record) -> Iterator[str]:
    message = record.event.message
    yield message
    # Without a backslash or a field, what was parsed out of the message stands in it already.
    if record.fields and "\\" in message:
        yield from _strings(record.fields)


def _strings(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            pending.extend(item.values())
            yield from (key for key in item if isinstance(key, str))
        elif isinstance(item, (list, tuple)):
            pending.extend(item)


def _values(record: Record, path: str) -> list[Any]:
    if path in _ATTRIBUTES:
        return [_ATTRIBUTES[path](record)]
    return list(_reach(record.fields, path))


def _reach(value: Any, path: str) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _reach(item, path)
        return
    if not isinstance(value, Mapping):
        return
    if path in value:
        found = value[path]
        yield from found if isinstance(found, (list, tuple)) else (found,)
        return
    head, dot, rest = path.partition(".")
    while dot:
        if head in value:
            yield from _reach(value[head], rest)
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"


def _value_test(path: str, operator: str, value: str) -> Callable[[Any], bool]:
    if operator == "~=":
        search = _compile(value).search
        return lambda found: found is not None and bool(search(_as_text(found)))
    if path == "@level":
        wanted: Any = int(parse_level(value))
        return lambda found: found is not None and _compare(int(found), operator, wanted)
    number = _as_number(value)
    if operator in {"=", "!="}:
        return lambda found: (
            _as_text(found) == value or (number is not None and _as_number(found) == number)
        )

    def ordered(found: Any) -> bool:
        found_number = _as_number(found)
        if number is not None and found_number is not None:
            return _compare(found_number, operator, number)
        return number is None and isinstance(found, str) and _compare(found, operator, value)

    return ordered


def _compare(left: Any, operator: str, right: Any) -> bool:
    outcomes = {
        "=": left == right,
        "!=": left == right,  # turned round by the condition, which has all values in view
        ">": left > right,
        ">=": left >= right,
        "<": left < right,
        "<=": left <= right,
    }
    return bool(outcomes[operator])


def _as_text(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Mapping, list, tuple)):
        from slsloggrep.harmless import json_text

        return json_text(value)
    return str(value)


def _as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _could_be_no_text(value: str) -> bool:
    """Tell whether the value may equal something that is spelled otherwise in the logs."""
    if value.startswith(("{", "[")):
        return True
    return _as_number(value) is not None or value in {"true", "false", "null"}
