"""Functions as they are deployed: what their provider tells of them, and where they log to.

What of that stands in the way of an investigation is judged by `slsloggrep.analyse.health`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from slsloggrep.model.records import Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedFunction:
    """One function in one region. What is not known is None, or an empty text."""

    name: str
    region: str
    arn: str = ""
    place: str = ""
    """`eu-west-1` or `prod@eu-west-1` where several are listed, else empty."""
    runtime: str = ""
    """Such as `python3.13`; `image` for a container image, which states none."""
    memory_mb: int | None = None
    timeout_s: int | None = None
    log_group: str = ""
    log_format: str = ""
    """`Text` or `JSON`."""
    application_level: str = ""
    """What the function writes below this level is dropped; only with JSON."""
    system_level: str = ""
    """What the platform writes below this level is dropped; only with JSON."""
    traced: bool | None = None
    """Requests are traced by X-Ray."""
    group_exists: bool | None = None
    retention_days: int | None = None
    """Of the log group; None where it exists: its events never expire."""
    infrequent: bool | None = None
    """The log group is of the class Infrequent Access: only Insights reads it."""
    last_activity: Millis | None = None
    """When something was written last, as the service tells it, which may lag by an hour."""
    activity_known: bool = False
    """False: it was not asked for, or not to be had; an unknown time then says nothing."""


class Weakness(NamedTuple):
    """What is unhealthy of a function, for whoever will have to read its log."""

    kind: str
    """For programs: `retention_never_expires`."""
    words: str
    """For people: `retention never expires`."""


class Inspected(NamedTuple):
    """A function with what is unhealthy of it."""

    function: DeployedFunction
    weaknesses: tuple[Weakness, ...] = ()
    """What hides most first."""
