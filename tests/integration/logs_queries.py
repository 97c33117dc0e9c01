"""The part of the Insights query language that the stand-in runs.

`SOURCE logGroups(namePrefix: ['a'], class: [...], accountIdentifiers: [...])`, then, with pipes:
`fields`, `display`, `filter` (`like`, `not like`, `=~`, `in`, comparisons, and, or, not, brackets;
`toMillis(@timestamp)` compared with a number),
`sort`, `limit`. Which regexes it takes the guide does not say: `.` matches here what it matches in
all of them. Fields are discovered in groups of the class Standard alone: those of Lambda's lines,
and those of JSON by their paths. Anything else is refused: it may be right, but nobody here knows
what it means. CloudWatch Logs User Guide, Logs Insights QL.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from logs_patterns import narrow_dots
from logs_world import Group, LogEvent, ServiceError

MOST_ROWS = 100_000
ROWS = 10_000

Test = Callable[["Row"], bool]

_TOKEN = re.compile(
    r"""(?:\s|\#[^\n]*)*(?:
        "(?P<string>(?:[^"\\]|\\.)*)" | '(?P<quoted>(?:[^'\\]|\\.)*)'
      | /(?P<regex>(?:[^/\\\n]|\\.)+)/
      | `(?P<ticked>[^`]+)`
      | (?P<number>-?\d+(?:\.\d+)?)(?![\w.])
      | (?P<name>@?[A-Za-z_][\w.]*)
      | (?P<op>=~|!=|<=|>=|=|<|>|\||\(|\)|\[|\]|,|:)
    )""",
    re.VERBOSE,
)
SYSTEM_FIELDS = frozenset(
    {"@timestamp", "@message", "@logStream", "@log", "@ptr", "@ingestionTime"}
)
_LAMBDA = {
    "@duration": (re.compile(r"\tDuration: ([\d.]+) ms"), 1),
    "@billedDuration": (re.compile(r"\tBilled Duration: ([\d.]+) ms"), 1),
    "@initDuration": (re.compile(r"\tInit Duration: ([\d.]+) ms"), 1),
    "@memorySize": (re.compile(r"\tMemory Size: (\d+) MB"), 1_000_000),
    "@maxMemoryUsed": (re.compile(r"\tMax Memory Used: (\d+) MB"), 1_000_000),
}
"""Numbers of REPORT, and what one of the unit is: 128 MB is 1.28E8."""
_TYPE = re.compile(r"(START|END|REPORT) RequestId: (\S+)")
_TRACE = re.compile(r"XRAY TraceId: (\S+)")
KNOWN_FIELDS = SYSTEM_FIELDS | _LAMBDA.keys() | {"@type", "@requestId", "@xrayTraceId"}


def malformed(message: str) -> ServiceError:
    return ServiceError("MalformedQueryException", message, violation=True)


@dataclass
class Query:
    """A query as it was understood."""

    source: dict[str, list[str]] | None = None
    """The arguments of SOURCE logGroups; None: there was none."""
    fields: list[str] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    """Fields, and whether they descend."""
    limit: int | None = None


class Row:
    """One event as the query language sees it."""

    def __init__(self, group: Group, event: LogEvent) -> None:
        self.event = event
        self._group = group
        self._found: Mapping[str, Any] | None = None

    def value(self, name: str) -> str | float | None:
        """Return a field's value; None: the event does not have it."""
        if name not in SYSTEM_FIELDS:
            # "Field discovery is supported only for log groups in the Standard log class."
            if self._group.log_group_class != "STANDARD":
                return None
            return self._of_lambda(name) if name.startswith("@") else self._discovered(name)
        event = self.event
        match name:
            case "@timestamp":
                return _as_text(event.timestamp)
            case "@ingestionTime":
                return _as_text(event.ingestionTime)
            case "@message":
                return event.message
            case "@logStream":
                return event.logStreamName
            case "@log":
                return f"{self._group.account}:{self._group.name}"
        return self.pointer

    @property
    def pointer(self) -> str:
        """The value of @ptr: opaque, and of one event."""
        name = f"{self._group.arn}|{self._group.number}|{self.event.eventId}"
        return "Cl" + hashlib.sha256(name.encode()).hexdigest()

    def _of_lambda(self, name: str) -> str | float | None:
        """Return a field that is discovered in Lambda's own lines of the text format."""
        message = self.event.message
        kind = _TYPE.match(message)
        if name in _LAMBDA:
            pattern, unit = _LAMBDA[name]
            found = pattern.search(message) if kind and kind[1] == "REPORT" else None
            return float(found[1]) * unit if found else None
        if name == "@xrayTraceId":
            trace = _TRACE.search(message)
            return trace[1] if trace else None
        if kind is None:
            return None
        return kind[1] if name == "@type" else kind[2]

    def _discovered(self, name: str) -> str | float | None:
        if self._found is None:
            try:
                document = json.loads(self.event.message)
            except ValueError:
                document = None
            self._found = document if isinstance(document, dict) else {}
        value: Any = self._found
        for step in name.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, bool | dict | list):
            return json.dumps(value)
        return value if isinstance(value, str | int | float) else None


def shown(value: str | float) -> str:
    """Return a value as a cell shows it: large numbers like `1.28E8`, which is Java's way."""
    if isinstance(value, float) and value >= 10_000_000:
        exponent = len(str(int(value))) - 1
        return f"{value / 10**exponent!r}E{exponent}"
    return str(value)


def _as_text(timestamp: int) -> str:
    moment = datetime.fromtimestamp(timestamp // 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{timestamp % 1000:03d}"


def parse_query(text: str) -> Query:
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place = 0
        text = text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise malformed(f"unexpected symbol found at '{text[place : place + 30]}'")
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()
        self._place = 0

    def parse(self) -> Query:
        query = Query()
        if self._is("source"):
            query.source = self._source()
            if not self._at_end():
                self._demand("|")
        while not self._at_end():
            self._command(query)
            if not self._at_end():
                self._demand("|")
        return query

    # Tokens

    def _at_end(self) -> bool:
        return self._place >= len(self._tokens)

    def _peek(self) -> tuple[str, str]:
        return ("end", "") if self._at_end() else self._tokens[self._place]

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _is(self, *texts: str) -> bool:
        """Take the next token if it is one of these words or symbols."""
        kind, text = self._peek()
        if kind in ("name", "op") and text.lower() in texts:
            self._place += 1
            return True
        return False

    def _demand(self, text: str) -> None:
        if not self._is(text):
            raise malformed(f"'{text}' expected, not '{self._peek()[1]}'")

    def _text(self) -> str:
        kind, text = self._next()
        if kind not in ("string", "quoted"):
            raise malformed(f"a text in quotes expected, not '{text}'")
        return re.sub(r"\\(.)", r"\1", text)

    def _texts(self) -> list[str]:
        self._demand("[")
        texts = [self._text()]
        while self._is(","):
            texts.append(self._text())
        self._demand("]")
        return texts

    def _number(self) -> int:
        kind, text = self._next()
        if kind != "number" or not text.isdecimal():
            raise malformed(f"a number expected, not '{text}'")
        return int(text)

    def _field(self) -> str:
        kind, text = self._next()
        if kind not in ("name", "ticked"):
            raise malformed(f"a field expected, not '{text}'")
        if text.startswith("@") and text not in KNOWN_FIELDS:
            raise malformed(f"the stand-in has no field {text}")
        return text

    # Commands

    def _source(self) -> dict[str, list[str]]:
        self._demand("loggroups")
        self._demand("(")
        arguments: dict[str, list[str]] = {}
        while not self._is(")"):
            kind, name = self._next()
            if kind != "name" or name not in ("namePrefix", "class", "accountIdentifiers"):
                raise malformed(f"SOURCE does not know '{name}'")
            self._demand(":")
            arguments[name] = self._texts()
            if not self._is(","):
                self._demand(")")
                break
        if len(arguments.get("namePrefix", ())) > 5:
            raise malformed("SOURCE takes 5 prefixes at most")
        if len(arguments.get("accountIdentifiers", ())) > 20:
            raise malformed("SOURCE takes 20 accounts at most")
        return arguments

    def _command(self, query: Query) -> None:
        if self._is("fields", "display"):
            query.fields = [self._field()]
            while self._is(","):
                query.fields.append(self._field())
        elif self._is("filter"):
            query.tests.append(self._any_of())
        elif self._is("sort"):
            query.sort = [self._sorting()]
            while self._is(","):
                query.sort.append(self._sorting())
        elif self._is("limit"):
            query.limit = self._number()
            if not 1 <= query.limit <= MOST_ROWS:
                raise malformed(f"limit is 1 to {MOST_ROWS}")
        else:
            raise malformed(f"the stand-in has no command '{self._peek()[1]}'")

    def _sorting(self) -> tuple[str, bool]:
        name = self._field()
        descending = not self._is("asc")
        if descending:
            self._is("desc")
        return name, descending

    # Conditions

    def _any_of(self) -> Test:
        tests = [self._all_of()]
        while self._is("or"):
            tests.append(self._all_of())
        return lambda row: any(test(row) for test in tests)

    def _all_of(self) -> Test:
        tests = [self._one()]
        while self._is("and"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._is("not"):
            test = self._one()
            return lambda row: not test(row)
        if self._is("("):
            test = self._any_of()
            self._demand(")")
            return test
        name = self._field()
        if name == "toMillis" and self._is("("):
            return self._millis()
        wanted = not self._is("not")
        if self._is("like", "=~"):
            found = self._like()
            return lambda row: found(str(row.value(name) or "")) == wanted
        if self._is("in"):
            listed = set(self._texts())
            return lambda row: (row.value(name) in listed) == wanted
        if not wanted:
            raise malformed("not needs like or in here")
        return self._comparison(name)

    def _like(self) -> Callable[[str], bool]:
        kind, text = self._peek()
        if kind != "regex":
            part = self._text()
            return lambda value: part in value
        self._next()
        try:
            search = re.compile(narrow_dots(text.replace("\\/", "/"))).search
        except re.error as error:
            raise malformed(f"the regular expression {text}: {error}") from error
        return lambda value: search(value) is not None

    def _millis(self) -> Test:
        if self._field() != "@timestamp":
            raise malformed("toMillis takes a time, and the stand-in knows @timestamp only")
        self._demand(")")
        compare = _COMPARISONS.get(self._next()[1])
        if compare is None:
            raise malformed("toMillis() must be compared here")
        number = self._number()
        return lambda row: compare(row.event.timestamp, number)

    def _comparison(self, name: str) -> Test:
        operator = self._next()[1]
        compare = _COMPARISONS.get(operator)
        if compare is None:
            raise malformed(f"'{operator}' is no operator")
        if self._peek()[0] != "number":
            if operator not in ("=", "!="):
                raise malformed(f"{operator} needs a number here")
            wanted = self._text()
            return lambda row: compare(row.value(name), wanted)
        number = float(self._next()[1])

        def test(row: Row) -> bool:
            try:
                return bool(compare(float(row.value(name) or ""), number))
            except ValueError:
                return False

        return test


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
