"""What is ordered in the demo's shop, by whom, and what can go wrong with it."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from slsloggrep.sources.demo.gateway import Client


class Trouble(Enum):
    """What goes wrong with an order."""

    NONE = auto()
    NO_DIMENSIONS = auto()
    """A product without dimensions on file: its label cannot be made, whatever is retried."""
    DECLINED = auto()
    """The card is declined: no error of the shop's."""
    ACQUIRER_DOWN = auto()
    """The acquirer does not answer, and shop-payment does not catch it."""
    NO_VOUCHER = auto()
    """A voucher that does not exist any more: shop-pricing does not expect it."""
    TAX_SERVICE_HANGS = auto()
    """The invoice waits for an answer until its time limit."""
    MAIL_RESET = auto()
    """The mail relay resets the connection once; the retry heals it."""


class Product(NamedTuple):
    """Something to buy; prices in cents, weights in grams."""

    sku: str
    title: str
    cents: int
    grams: int


PRODUCTS = (
    Product("MUG-0112", "Stoneware mug, 350 ml", 1650, 410),
    Product("LIN-0230", "Linen tea towel", 1290, 120),
    Product("VAS-0045", "Glass vase, smoke", 4900, 1380),
    Product("CAN-0088", "Beeswax candle, 20 cm", 990, 210),
    Product("CHR-0007", "Oak stool", 12900, 3900),
    Product("THR-0161", "Wool throw, 130 x 180", 8450, 1150),
)
NEW_LAMP = Product("LMP-0417", "Desk lamp, brass", 11900, 2100)
"""Put on sale today; nobody entered its dimensions."""


class Order(NamedTuple):
    """One order."""

    id: str
    client: Client
    customer: str
    products: tuple[Product, ...]
    trouble: Trouble

    @property
    def cents(self) -> int:
        """The total, shipping included."""
        return sum(product.cents for product in self.products) + 490

    @property
    def total(self) -> str:
        """The total as the shop prints it: `84.50`."""
        return f"{self.cents // 100}.{self.cents % 100:02d}"
