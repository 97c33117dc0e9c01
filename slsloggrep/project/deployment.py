"""What files deploy, as far as they alone tell: a stack, and functions by name.

Names that depend on what a file does not say are globs, `*` in the place of what is not known, or
not known at all. Nothing here asks AWS.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WILD = "*"
"""In the place of what is not known; no name of a stack or a function holds it."""
LONGEST_TEXT = 1000
"""Of what becomes a name, and of its parts: names of stacks have 128 characters at most."""
_FIXED = 4
"""Letters and digits that a glob needs beside its wildcards: with less it means anything."""
_SHOWN = 3
_LONGEST = 64
_SUFFIX = 13
"""`-` and what CloudFormation makes up behind the logical ID (User Guide, Name type)."""


class FunctionName(NamedTuple):
    """A function that a file tells of."""

    key: str
    """How the file calls it: a logical ID, or a key under `functions`."""
    name: str = ""
    """What it is called once it is deployed: a name or a glob; empty: that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What is deployed together."""

    origin: str
    """The file that tells of it, as the user would call it."""
    stack: str = ""
    """Its name, without wildcards; empty: not known."""
    region: str | None = None
    """Where it is deployed, if the file says so."""
    functions: tuple[FunctionName, ...] = ()
    """Those of nested stacks too, as far as their templates are at hand."""
    notes: tuple[str, ...] = ()
    """What could not be read."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names and globs of the functions that are known."""
        return tuple(dict.fromkeys(each.name for each in self.functions if each.name))

    @property
    def unknown(self) -> tuple[str, ...]:
        """What the file calls those functions of which only CloudFormation knows the names."""
        return tuple(each.key for each in self.functions if not each.name)


def describe(deployments: Sequence[Deployment]) -> str:
    """Return in words what was found: `stack shop-dev in eu-west-1 (serverless.yml)`."""
    return "; ".join(map(_describe_one, deployments))


def _describe_one(deployment: Deployment) -> str:
    where = f" in {deployment.region}" if deployment.region else ""
    if deployment.stack:
        what = f"stack {deployment.stack}{where} ({deployment.origin})"
    else:
        names = deployment.names
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        known = ", ".join(names[:_SHOWN]) or "no function's name is known"
        what = f"{known}{more}{where} ({deployment.origin}, no stack's name is known)"
    return what


def checked_name(name: str) -> str:
    """Return a name or glob of a function; empty where it tells too little, or cannot be one."""
    if not re.fullmatch(r"[A-Za-z0-9_*-]+", name):
        return ""
    name = re.sub(r"\*+", WILD, name)
    fixed = re.sub(r"[^A-Za-z0-9]", "", name)
    return name if WILD not in name or len(fixed) >= _FIXED else ""


def generated_name(stack: str, logical: str) -> str:
    """Return the glob of a name that CloudFormation makes up; empty where that is not known.

    `STACK-LOGICALID-RANDOM`; where that is longer than a function's name may be, parts are cut.
    """
    if not stack or len(stack) + 1 + len(logical) + _SUFFIX > _LONGEST:
        return ""
    return checked_name(f"{stack}-{logical}-{WILD}")
