"""Prices of AWS Lambda: dollars for each GB-second and each request, by region and architecture.

On-demand prices of the first tier, without the free tier, savings plans, provisioned concurrency,
ephemeral storage or SnapStart: what logs cannot tell. Logs tell neither region nor architecture
either, so that a price is always somebody's word; which one was taken is said with the figures.

The table is what AWS's pricing calculator uses (calculator.aws/pricing/2.0/meteredUnitMaps/
lambda/USD/current/lambda.json, by way of Remotion's copy of it, which has no date). A survey of the
AWS Price List, publication of 2026-09-19, states the same common price, and the same for Cape Town,
Hong Kong, Milan and Bahrain. Regions that are in neither are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PRICES_FROM = "2026-09-19"
"""The publication of the price list that the table was held against."""
DEFAULT_REGION = "us-east-1"
DEFAULT_ARCHITECTURE = "x86_64"
ARCHITECTURES = ("x86_64", "arm64")

Overrides = Mapping[tuple[str, str], tuple[float, float]]
"""The user's own prices: `{(region, architecture): (dollars a GB-second, dollars a request)}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What is paid for running a function."""

    gb_second: float
    """Dollars."""
    request: float
    """Dollars."""
    region: str
    """Whose price this is."""
    architecture: str
    notes: tuple[str, ...] = ()
    """What has to be said beside a cost."""


_COMMON = (0.0000166667, 0.0000133334, 0.0000002)
"""Dollars for a GB-second on x86_64 and on arm64, and for a request on either."""
_TABLE: dict[str, tuple[float, float, float]] = {
    "af-south-1": (0.0000221, 0.00001768, 0.00000027),
    "ap-east-1": (0.00002292, 0.0000183, 0.00000028),
    "ap-northeast-1": _COMMON,
    "ap-northeast-2": _COMMON,
    "ap-northeast-3": _COMMON,
    "ap-south-1": _COMMON,
    "ap-southeast-1": _COMMON,
    "ap-southeast-2": _COMMON,
    "ap-southeast-4": _COMMON,
    "ap-southeast-5": (0.000015, 0.000012, 0.00000018),
    "ca-central-1": _COMMON,
    "eu-central-1": _COMMON,
    "eu-central-2": (0.0000183334, 0.0000146667, 0.00000022),
    "eu-north-1": _COMMON,
    "eu-south-1": (0.0000195172, 0.0000156138, 0.00000023),
    "eu-west-1": _COMMON,
    "eu-west-2": _COMMON,
    "eu-west-3": _COMMON,
    "me-south-1": (0.0000206667, 0.0000165334, 0.00000025),
    "sa-east-1": _COMMON,
    "us-east-1": _COMMON,
    "us-east-2": _COMMON,
    "us-west-1": _COMMON,
    "us-west-2": _COMMON,
}


def price_of(
    region: str | None, architecture: str | None, overrides: Overrides | None = None
) -> Price:
    """Return the price of a region and an architecture, None where they are not known.

    The user's own goes before the published one. What is not known is taken to be us-east-1 and
    x86_64, and a region without a published price to cost as much as us-east-1; the notes say so,
    and from when the price is, unless it is the user's own that is taken.
    """
    notes = []
    why = ": logs do not tell the region" if region is None else ""
    if architecture not in ARCHITECTURES:
        told = "logs do not tell the architecture"
        if architecture is not None:
            told = f"there is no price for {architecture}"
        notes.append(f"price of {DEFAULT_ARCHITECTURE}: {told}")
        architecture = DEFAULT_ARCHITECTURE
    region = region or DEFAULT_REGION
    own = (overrides or {}).get((region, architecture))
    if own is not None:
        return Price(
            gb_second=own[0],
            request=own[1],
            region=region,
            architecture=architecture,
        )
    if region not in _TABLE:
        why = f": that of {region} is not known here"
        region = DEFAULT_REGION
    notes.insert(0, f"published price of {region} as of {PRICES_FROM}{why}")
    x86_64, arm64, request = _TABLE[region]
    return Price(
        gb_second=arm64 if architecture == "arm64" else x86_64,
        request=request,
        region=region,
        architecture=architecture,
        notes=tuple(notes),
    )
