"""What `tail` lets through: patterns, conditions and levels of events, outcomes of invocations."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slsloggrep.cli.matching import Criteria, make_criteria
from slsloggrep.cli.times import parse_duration

if TYPE_CHECKING:  # loaded when a command runs, not when its help is shown
    from slsloggrep.investigate import Match
    from slsloggrep.model import Invocation, Record


@dataclass(frozen=True, slots=True)
class Filters:
    """What events must have, and must not have."""

    wanted: tuple[Criteria, ...]
    unwanted: tuple[Criteria, ...]

    def accept(self, record: Record) -> bool:
        """Tell whether a record passes."""
        return all(criteria.accept(record) for criteria in self.wanted) and not any(
            criteria.accept(record) for criteria in self.unwanted
        )

    def plausible(self, message: str) -> bool:
        """Tell from a message alone whether its record may pass."""
        return all(criteria.plausible(message) for criteria in self.wanted)

    def match(self) -> Match:
        """Return what a source may look for, and what decides in the end."""
        from slsloggrep.investigate import Match

        literals = max((criteria.literals for criteria in self.wanted), key=_length, default=())
        return Match(literals=literals, accept=self.accept, plausible=self.plausible)


def _length(literals: tuple[str, ...]) -> int:
    return len(literals[0]) if literals else 0


def make_filters(
    grep: Sequence[str],
    exclude: Sequence[str],
    where: Sequence[str],
    level: str | None,
    *,
    ignore_case: bool,
) -> Filters | None:
    """Return the filters that options state, None for none; raises UsageError as `make_criteria`.

    All of `grep`, `where` and `level` must hold, and nothing of `exclude`.
    """
    wanted = [make_criteria(regex, regex=True, ignore_case=ignore_case) for regex in grep]
    if where or level is not None:
        wanted.append(make_criteria(None, where=where, level=level))
    unwanted = [make_criteria(regex, regex=True, ignore_case=ignore_case) for regex in exclude]
    return Filters(tuple(wanted), tuple(unwanted)) if wanted or unwanted else None


def make_emphasis(
    filters: Filters | None, highlight: Sequence[str], *, ignore_case: bool
) -> re.Pattern[str] | None:
    """Return what is to be marked in the text: what was looked for, and what is only highlighted.

    Raises UsageError for what is no regex.
    """
    criteria = [make_criteria(regex, regex=True, ignore_case=ignore_case) for regex in highlight]
    every = [*criteria, *(filters.wanted if filters is not None else ())]
    marks = [each.emphasis for each in every if each.emphasis is not None]
    if len(marks) < 2:
        return marks[0] if marks else None
    try:
        return re.compile("|".join(f"(?:{mark.pattern})" for mark in marks), marks[0].flags)
    except re.error:  # groups of one name, flags in the middle: each is fine by itself
        return marks[0]


def make_tests(
    *, failed: bool, slower_than: str | None, cold: bool
) -> tuple[Callable[[Invocation], bool], ...]:
    """Return what an invocation has to pass for options to choose it: all of these."""
    tests: list[Callable[[Invocation], bool]] = []
    if failed:
        tests.append(lambda invocation: invocation.status.failed)
    if slower_than is not None:
        least = parse_duration(slower_than)
        tests.append(
            lambda invocation: invocation.duration_ms is not None and invocation.duration_ms > least
        )
    if cold:
        tests.append(lambda invocation: invocation.cold_start)
    return tuple(tests)
