"""Regions by name: whether one can be, which are like it, which belong together.

What botocore has listed may be older than a region: nothing is refused for not being there, only
for looking like no region at all. The list is loaded only where something went wrong.
"""

from __future__ import annotations

import difflib
import re

import botocore.session
from botocore import exceptions as failures

from slsloggrep.errors import UsageError

_LOOKS_LIKE = re.compile(r"(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d{1,2}")


def check_region(region: str) -> None:
    """Raise UsageError for what does not look like the name of a region, with those like it."""
    if not _LOOKS_LIKE.fullmatch(region):
        near = near_regions(region)
        raise UsageError(
            f"there is no AWS region '{region}'",
            hint=f"did you mean {' or '.join(near)}?" if near else "such as us-east-1",
        )


def is_known(region: str) -> bool:
    """Tell whether botocore has heard of a region."""
    return region in _known()


def near_regions(region: str) -> list[str]:
    """Return the regions, of any partition, that are written much like one."""
    return difflib.get_close_matches(region.lower(), _known(), n=3, cutoff=0.7)


def _known() -> list[str]:
    session = botocore.session.Session()
    return [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("logs", partition)
    ]


def sister_regions(region: str) -> list[str]:
    """Return the other regions of the same partition; none for what is like none of them."""
    session = botocore.session.Session()
    try:
        partition = session.get_partition_for_region(region)
    except failures.UnknownRegionError:
        return []
    return [name for name in session.get_available_regions("logs", partition) if name != region]


def partition_of(region: str) -> str:
    """Return the partition of a region, as ARNs spell it; `aws` for one that is not known."""
    try:
        return str(botocore.session.Session().get_partition_for_region(region))
    except failures.UnknownRegionError:
        return "aws"
