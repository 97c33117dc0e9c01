"""Rules: what is redacted beside what always is, as the user asked for it.

What they were typed as belongs to `slsloggrep.cli.redaction`; how they are carried out, to the
modules beside this one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is redacted on request, on top of what shows by its shape or its usual name."""

    ips: bool = False
    """IP addresses, of both versions."""
    ids: bool = False
    """Identifiers that join, too."""
    patterns: tuple[tuple[str, re.Pattern[str]], ...] = ()
    """Names and what they stand for; none of the patterns matches the empty text."""
    fields: tuple[str, ...] = ()
    """Names of fields, dotted where they lie deeper; case, `_` and `-` do not count."""
