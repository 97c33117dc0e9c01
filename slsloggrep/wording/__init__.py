"""How times, numbers and near names are written for people, the same wherever they are written.

Pure text, at the bottom beside `slsloggrep.harmless`: nothing here knows events, styles or formats.
"""

from slsloggrep.wording.listing import names_text
from slsloggrep.wording.numbers import (
    ABSENT,
    amount_text,
    bytes_text,
    count_text,
    decimals_for,
    memory_text,
    number_text,
    percent_text,
    share_text,
)
from slsloggrep.wording.suggestions import suggestion
from slsloggrep.wording.times import (
    clock_text,
    day_text,
    duration_text,
    moment_text,
    offset_text,
    timestamp_text,
)

__all__ = [
    "ABSENT",
    "amount_text",
    "bytes_text",
    "clock_text",
    "count_text",
    "day_text",
    "decimals_for",
    "duration_text",
    "memory_text",
    "moment_text",
    "names_text",
    "number_text",
    "offset_text",
    "percent_text",
    "share_text",
    "suggestion",
    "timestamp_text",
]
