"""What kind of value a setting takes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Base = Literal["flag", "text", "integer", "number"]

_EXPECTED = {
    "flag": "true or false",
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
}


class UnfitError(ValueError):
    """A value is not what a setting takes; the message says what it is to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a setting takes."""

    base: Base = "text"
    several: bool = False
    """A list; one value stands for a list of one."""
    choices: tuple[str, ...] = ()
    """The texts that there are; empty: any."""
    least: float | None = None
    above_least: bool = False
    """The least value itself is too little."""

    @property
    def expected(self) -> str:
        """What a value is to be, for people."""
        if self.choices:
            one = f"one of {', '.join(self.choices)}"
            return f"a list of: {', '.join(self.choices)}" if self.several else one
        one = _EXPECTED[self.base]
        if self.least is not None:
            one += f" {'above' if self.above_least else 'of at least'} {self.least:g}"
        return f"a list; each is {one}" if self.several else one

    def accept(self, value: Any) -> Any:
        """Return a value of a TOML document as an option takes it; raises UnfitError."""
        if not self.several:
            return self._accept_one(value)
        values = value if isinstance(value, list) else [value]
        return tuple(self._accept_one(one) for one in values)

    def _accept_one(self, value: Any) -> Any:
        if not self._is_fit(value):
            raise UnfitError(f"is to be {self.expected}, and is {told(value)}")
        return float(value) if self.base == "number" else value

    def _is_fit(self, value: Any) -> bool:
        if self.base == "flag":
            return isinstance(value, bool)
        if self.base == "text":
            return isinstance(value, str) and (not self.choices or value in self.choices)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.base == "integer" and not isinstance(value, int):
            return False
        if not math.isfinite(value):
            return False
        if self.least is None:
            return True
        return value > self.least or (value == self.least and not self.above_least)


class Known(Protocol):
    """Which settings there are."""

    def kinds(self, key: str) -> Iterable[Kind]:
        """Yield what a setting may take; commands may differ. Nothing: there is no such setting."""
        ...

    def names(self) -> Iterable[str]:
        """Yield all settings."""
        ...


def told(value: Any) -> str:
    """Return what a value is, for people; what is long or holds others is not repeated."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 40 else "a long text"
    if isinstance(value, int | float):
        return f"{value}"
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else "a date or a time"
