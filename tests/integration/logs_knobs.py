"""How a world's live sessions, queries and functions behave: what a test turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass
class LiveTail:
    """How live sessions of a world behave."""

    interval: float = 1.0
    """Seconds between two updates."""
    session_s: float = 3 * 3600.0
    """After so many seconds a session ends with SessionTimeoutException."""
    most: int = 500
    """Events an update holds; more are sampled."""
    drop: float = 0.0
    """This share of the events is left out, picked by a seeded generator."""
    silent: bool = False
    """What is dropped is not admitted: `sampled` stays false."""
    shuffled: bool = False
    """The events of an update come in any order."""
    identifiers: Literal["arn", "name", "account:name"] = "arn"
    """How logGroupIdentifier of an event is spelled: the model says "the name or ARN"."""
    sessions: int = 15
    """That may be open at once."""
    cuts: int = 0
    """So many sessions break off abruptly at their next update; see World.cut_live_tails."""
    timeouts: int = 0
    """So many sessions end with SessionTimeoutException at their next update."""
    update: dict[str, Any] | None = None
    """What every session sends as an update before each of its own, whatever it holds."""
    failures: int = 0
    """So many sessions end with SessionStreamingException at their next update."""
    open: int = 0
    """Sessions that are open now."""
    started: int = 0


@dataclass
class Insights:
    """How queries of a world behave."""

    polls: int = 2
    """GetQueryResults calls that say Scheduled (the first) or Running, with a part of the rows."""
    concurrent: int = 100
    """Queries that may run at once."""
    whole_last_second: bool = False
    """endTime 100 takes in 100.5 s; else it is an instant. The documents leave it open."""
    mixed_classes: bool = False
    """Groups of several classes may be asked together."""
    page_rows: int = 10_000
    ties_kept: bool = False
    """Rows of equal time come in the order of their streams, which is promised nowhere."""
    ends: list[str] = field(default_factory=list)
    """How the next queries end, one each: Failed, Timeout, Cancelled; then Complete again."""
    queries: dict[str, Any] = field(default_factory=dict)
    """logs_insights.Query by ID, in the order of their start."""


@dataclass
class Function:
    """What Lambda says of a function; without a group there is no LoggingConfig."""

    log_group: str | None
    aliases: tuple[str, ...] = ()
    stated: dict[str, Any] = field(default_factory=dict)
    """Further fields of its configuration."""
