"""Invocations and records to answers: what crashed, and what is slow.

Pure functions over values. What is read, and which records make an invocation, is decided before;
how an answer looks, by `render` and `export`.
"""

from slsloggrep.analyse.comparison import ERRORS_TEST_NAME, TEST_NAME, compare, compare_versions
from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.analyse.dimensions import DIMENSIONS
from slsloggrep.analyse.explanation import explain
from slsloggrep.analyse.groups import group
from slsloggrep.analyse.latency import SORTS, Table
from slsloggrep.analyse.ledger import Ledger
from slsloggrep.analyse.prices import Price, price_of

__all__ = [
    "DIMENSIONS",
    "ERRORS_TEST_NAME",
    "Ledger",
    "Price",
    "SORTS",
    "TEST_NAME",
    "Table",
    "compare",
    "compare_versions",
    "crashes_of",
    "explain",
    "group",
    "price_of",
]
