from __future__ import annotations

import pytest

from slsloggrep.analyse.prices import ARCHITECTURES, price_of


@pytest.mark.parametrize(
    ("region", "architecture", "gb_second", "a_request"),
    [
        ("us-east-1", "x86_64", 0.0000166667, 0.0000002),
        ("us-east-1", "arm64", 0.0000133334, 0.0000002),
        ("eu-central-1", "x86_64", 0.0000166667, 0.0000002),
        ("af-south-1", "x86_64", 0.0000221, 0.00000027),
        ("af-south-1", "arm64", 0.00001768, 0.00000027),
        ("ap-east-1", "arm64", 0.0000183, 0.00000028),
        ("eu-south-1", "x86_64", 0.0000195172, 0.00000023),
        ("me-south-1", "arm64", 0.0000165334, 0.00000025),
    ],
)
def test_published_prices(
    region: str, architecture: str, gb_second: float, a_request: float
) -> None:
    """A region of the table has its own price for each architecture; it says from when it is."""
    price = price_of(region, architecture)
    assert (price.gb_second, price.request) == (gb_second, a_request)
    assert (price.region, price.architecture) == (region, architecture)
    assert price.notes == (f"published price of {region} as of 2026-09-19",)


def test_an_unknown_region_is_said() -> None:
    """Logs do not tell the region: us-east-1 is taken, and the note says so."""
    price = price_of(None, "arm64")
    assert price.gb_second == 0.0000133334
    assert price.notes == (
        "published price of us-east-1 as of 2026-09-19: logs do not tell the region",
    )


def test_an_unknown_architecture_is_said() -> None:
    """x86_64 is taken, the dearer of the two, and the note says so."""
    price = price_of("eu-west-1", None)
    assert price.gb_second == 0.0000166667
    assert price.notes[1:] == ("price of x86_64: logs do not tell the architecture",)
    strange = price_of("eu-west-1", "riscv")
    assert strange.notes[1:] == ("price of x86_64: there is no price for riscv",)


def test_a_region_that_is_not_in_the_table_is_said() -> None:
    """It is priced as us-east-1, and named as not known, never guessed."""
    price = price_of("mx-central-1", "x86_64")
    assert (price.region, price.gb_second) == ("us-east-1", 0.0000166667)
    assert price.notes == (
        "published price of us-east-1 as of 2026-09-19: that of mx-central-1 is not known here",
    )


def test_the_users_own_price_goes_first() -> None:
    """Also where the table has one, and where it has none; only for what it was given for."""
    own = {("eu-west-1", "arm64"): (0.00001, 0.0000001), ("moon-1", "x86_64"): (0.5, 0.25)}
    price = price_of("eu-west-1", "arm64", own)
    assert (price.gb_second, price.request, price.notes) == (0.00001, 0.0000001, ())
    assert price_of("eu-west-1", "x86_64", own).gb_second == 0.0000166667
    moon = price_of("moon-1", "x86_64", own)
    assert (moon.region, moon.gb_second, moon.notes) == ("moon-1", 0.5, ())


def test_the_users_own_price_of_the_default_holds_where_nothing_is_known() -> None:
    """Who gives a price for us-east-1 and x86_64 gives it for logs that tell neither."""
    price = price_of(None, None, {("us-east-1", "x86_64"): (0.00002, 0.0)})
    assert (price.gb_second, price.request, price.notes) == (0.00002, 0.0, ())


def test_architectures_are_lambdas() -> None:
    """They are spelled as Lambda's API spells them."""
    assert ARCHITECTURES == ("x86_64", "arm64")
