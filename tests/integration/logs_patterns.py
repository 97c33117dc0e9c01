"""Filter patterns: terms, phrases, regexes and JSON selectors; CloudWatch Logs User Guide.

Terms are whole tokens here, between characters that are neither letters nor digits: the guide
promises no more, and a client that relies on substrings fails. Of `.` it says "any single
character" and of multi-byte ones that they are not supported: here it matches none of those, and no
line end. Patterns with `[...]` for space-delimited events are not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from logs_world import ServiceError, invalid

Matcher = Callable[[str], bool]

_TERM = re.compile(r"""\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|(\S+))(?=\s|$)""", re.DOTALL)
_PLAIN = re.compile(r"\w+")
_REGEX = re.compile(r"[A-Za-z0-9_#=@/;,:^$?\[\]{}|\\*+.-]+")
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)


def compile_pattern(pattern: str) -> Matcher | None:
    """Return what tells whether a message matches; None: all do."""
    text = pattern.strip()
    if not text:
        return None
    if text.startswith("["):
        raise ServiceError(
            "InvalidParameterException",
            "The stand-in does not know space-delimited filter patterns.",
            violation=True,
        )
    if text.startswith("{"):
        from logs_json_patterns import compile_json

        return compile_json(text)
    return _compile_terms(text)


def _compile_terms(text: str) -> Matcher:
    all_of: list[Matcher] = []
    any_of: list[Matcher] = []
    none_of: list[Matcher] = []
    regexes = 0
    place = 0
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None:
            raise invalid(f"Invalid filter pattern: '{text[place:]}'")
        sign, phrase, regex, word = found.groups()
        place = found.end()
        if regex is not None and not sign:
            regexes += 1
            matcher = compile_regex(regex)
        elif regex is not None:
            raise invalid(f"Invalid filter pattern: Invalid character(s) in term '{found[0]}'")
        elif phrase is not None:
            matcher = _token(re.sub(r"\\(.)", r"\1", phrase))
        elif _PLAIN.fullmatch(word):
            matcher = _token(word)
        else:
            raise invalid(f"Invalid filter pattern: Invalid character(s) in term '{word}'")
        {"": all_of, "?": any_of, "-": none_of}[sign].append(matcher)
    if regexes > 2:
        raise invalid("Invalid filter pattern: more than 2 regular expressions")
    if 0 < regexes < len(all_of) + len(any_of) + len(none_of):
        # The guide knows regexes as "standalone filter patterns", and within JSON or brackets.
        raise invalid("Invalid filter pattern: terms beside a regular expression")
    if all_of or none_of:
        any_of = []  # the guide: "?" terms are ignored beside others
    return lambda message: (
        all(matcher(message) for matcher in all_of)
        and (not any_of or any(matcher(message) for matcher in any_of))
        and not any(matcher(message) for matcher in none_of)
    )


def _token(phrase: str) -> Matcher:
    if not phrase:
        raise invalid("Invalid filter pattern: Invalid character(s) in term '\"\"'")
    before = r"(?<![^\W_])" if phrase[0].isalnum() else ""
    after = r"(?![^\W_])" if phrase[-1].isalnum() else ""
    search = re.compile(before + re.escape(phrase) + after).search
    return lambda message: phrase in message and search(message) is not None


def compile_regex(regex: str) -> Matcher:
    """Return what tells whether a regex of the service's small dialect is found in a text."""
    if not _REGEX.fullmatch(regex):
        raise invalid("Invalid filter pattern: unsupported character in regular expression")
    for escaped in re.findall(r"\\(.)", regex):
        if escaped.isalnum() and escaped not in "dDsSwWx":
            raise invalid(f"Invalid filter pattern: unsupported escape \\{escaped}")
    try:
        search = re.compile(narrow_dots(regex), re.ASCII).search
    except re.error as error:
        raise invalid(f"Invalid filter pattern: {error}") from error
    return lambda message: search(message) is not None


def narrow_dots(regex: str) -> str:
    """Return a regex in which `.` stands for what it matches in every dialect: ASCII in a line."""
    pieces = (found[0] for found in _PIECE.finditer(regex))
    return "".join(r"[^\n\r\x80-\U0010ffff]" if piece == "." else piece for piece in pieces)
