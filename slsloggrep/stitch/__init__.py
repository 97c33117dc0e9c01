"""Records to invocations to transactions."""

from slsloggrep.stitch.collection import Collection
from slsloggrep.stitch.invocations import Stitched, stitch
from slsloggrep.stitch.shelf import Shelf
from slsloggrep.stitch.transactions import Assembly, assemble

__all__ = ["Assembly", "Collection", "Shelf", "Stitched", "assemble", "stitch"]
