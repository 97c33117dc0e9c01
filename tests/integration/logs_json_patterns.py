"""Filter patterns for JSON events: `{ $.a = "x*" && ($.b > 3 || $.c NOT EXISTS) }`.

CloudWatch Logs User Guide, filter and pattern syntax. An event that is no JSON object, or has
nothing at a selector, matches no comparison with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from logs_patterns import Matcher, compile_regex
from logs_world import ServiceError, invalid

Test = Callable[[Any], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<selector>\$(?:\.[\w@-]+|\[(?:\d+|\*|'[^']*')\]|\.\['?[^\]]*'?\])+)
      | (?P<op>&&|\|\||!=|>=|<=|=|>|<|\(|\))
      | "(?P<string>(?:[^"\\]|\\.)*)"
      | %(?P<regex>[^%]*)%
      | (?P<word>[\w.*+-]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"\.([\w@-]+)|\[(\d+)\]|\[(\*)\]|\.?\['?([^\]']*)'?\]")
_MISSING = object()


def compile_json(text: str) -> Matcher:
    """Return what tells whether a message matches a pattern in braces."""
    if not text.endswith("}"):
        raise invalid("If a filter pattern starts with '{' it must end with '}'")
    test = _Parser(text[1:-1].strip()).parse()

    def matches(message: str) -> bool:
        try:
            document = json.loads(message)
        except ValueError:
            return False
        return isinstance(document, dict) and test(document)

    return matches


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise invalid(f"Invalid filter pattern: '{text[place:]}'")
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()
        if sum(kind == "regex" for kind, _ in self._tokens) > 2:
            raise invalid("Invalid filter pattern: more than 2 regular expressions")
        self._place = 0

    def parse(self) -> Test:
        test = self._any_of()
        if self._place != len(self._tokens):
            raise invalid(f"Invalid filter pattern: unexpected {self._peek()[1]}")
        return test

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _any_of(self) -> Test:
        tests = [self._all_of()]
        while self._peek() == ("op", "||"):
            self._next()
            tests.append(self._all_of())
        return lambda document: any(test(document) for test in tests)

    def _all_of(self) -> Test:
        tests = [self._one()]
        while self._peek() == ("op", "&&"):
            self._next()
            tests.append(self._one())
        return lambda document: all(test(document) for test in tests)

    def _one(self) -> Test:
        kind, text = self._next()
        if (kind, text) == ("op", "("):
            test = self._any_of()
            if self._next() != ("op", ")"):
                raise invalid("Invalid filter pattern: a parenthesis is not closed")
            return test
        if kind != "selector":
            raise invalid(f"Invalid filter pattern: '{text}' is no selector")
        select = _selector(text)
        kind, operator = self._next()
        if (kind, operator.upper()) == ("word", "IS"):
            return self._is(select)
        if (kind, operator.upper()) == ("word", "NOT"):
            if self._next()[1].upper() != "EXISTS":
                raise invalid("Invalid filter pattern: NOT needs EXISTS")
            return lambda document: select(document) is _MISSING
        if kind != "op" or operator not in _COMPARISONS:
            raise invalid(f"Invalid filter pattern: '{operator}' is no operator")
        compare = _compare(operator, *self._next())
        return lambda document: (value := select(document)) is not _MISSING and compare(value)

    def _is(self, select: Callable[[Any], Any]) -> Test:
        wanted: Any = {"NULL": None, "TRUE": True, "FALSE": False}
        name = self._next()[1].upper()
        if name not in wanted:
            raise invalid(f"Invalid filter pattern: IS {name}")
        return lambda document: select(document) is wanted[name]


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}


def _compare(operator: str, kind: str, text: str) -> Test:
    if kind == "regex":
        search = compile_regex(text)
        if operator not in ("=", "!="):
            raise invalid(f"Invalid filter pattern: {operator} with a regular expression")
        return lambda value: isinstance(value, str) and search(value) == (operator == "=")
    if kind == "word" and re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        number, compare = float(text), _COMPARISONS[operator]
        return lambda value: (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and compare(value, number)
        )
    if kind not in ("string", "word") or operator not in ("=", "!="):
        raise invalid(f"Invalid filter pattern: '{operator} {text}'")
    if kind == "word" and re.search(r"[^\w*]", text):
        raise ServiceError(
            "InvalidParameterException", f"Invalid filter pattern: '{text}' needs quotes"
        )
    plain = re.sub(r"\\(.)", r"\1", text)
    fits = re.compile(".*".join(map(re.escape, plain.split("*"))), re.DOTALL).fullmatch
    return lambda value: isinstance(value, str) and (fits(value) is not None) == (operator == "=")


def _selector(text: str) -> Callable[[Any], Any]:
    steps = [next(part for part in found if part) for found in _STEP.findall(text[1:])]

    def select(value: Any) -> Any:
        for step in steps:
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return _MISSING
        return value

    return select
