"""Checks: whether a source has all that an investigation needs of it, one thing after the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """What a check has shown."""

    OK = "ok"
    NOTE = "note"
    """It works, and is worth knowing: something is slower, or read in another way."""
    MISSING = "missing"
    """An investigation will lack something."""
    UNCHECKED = "not checked"
    """It is not known: it would cost money, or something else has to be mended first."""


class Permission(NamedTuple):
    """An IAM action on what it is needed for."""

    action: str
    """`logs:FilterLogEvents`."""
    resources: tuple[str, ...] = ("*",)
    """ARNs, with IAM's wildcards."""
    prefix: str = ""
    """Of the keys that a listing of a bucket is needed for; empty: of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    what: str
    """`credentials`, `log groups`, `clock`."""
    verdict: Verdict
    detail: str = ""
    """What was seen, or why it is missing or was not checked."""
    hint: str | None = None
    """What to try."""
    permissions: tuple[Permission, ...] = ()
    """What it needs of AWS; what is missing, where `denied`."""
    denied: bool = False
    """It is missing for want of its permissions."""
    fatal: bool = False
    """It is missing, and nothing can be read without it."""
    place: str = ""
    """The account and region, where a source has several."""


class Checked(NamedTuple):
    """A check with the source that was looked over."""

    source: str
    """As the user wrote it; the program's name for what is not a source's."""
    check: Check
