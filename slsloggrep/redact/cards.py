"""Card numbers, told by issuer, length, grouping and check digit.

One number in ten passes the check digit by chance; so what no issuer begins with, has another
length, or stands within a longer number or word (a timestamp, an event ID, part of a UUID), is
none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15})"  # Visa; 19 digits only in groups: Datadog's trace IDs look so
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:30[0-5]|3095|36\d|3[89]\d)\d{11}"  # Diners Club
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12}"  # Discover
    r"|(?:352[89]|35[3-8]\d)\d{12}"  # JCB
    r"|62\d{14,17}|81\d{14}"  # UnionPay
    r"|220[0-4]\d{12}"  # Mir
    r"|(?:5018|5020|5038|5[68]93|6304|6759|676[1-3])\d{8,15}"  # Maestro
    r"|(?:60|508\d)\d{12,14}"  # RuPay
)
"""First digits and lengths (ISO/IEC 7812-1; the issuers' published ranges)."""

_IN_GROUPS_TOO = re.compile(r"4\d{18}")

_PLAIN = re.compile(r"(?<![A-Za-z0-9])(?<!\d\.)[2-68]\d{12,18}(?![A-Za-z0-9]|\.\d)")
_GAP = "(?:[ +\t_.\u00a0\u2009\u2010\u2011\u202f-]| {2})"
"""What stands between groups: with a plus forms write a space."""

_GROUPED = re.compile(
    "(?<![A-Za-z0-9])(?<!\\d[.-])(?:"
    f"[2-68]\\d{{3}}({_GAP})\\d{{4}}\\1\\d{{4}}\\1\\d{{1,7}}"
    f"|3\\d{{3}}({_GAP})\\d{{6}}\\2\\d{{4,5}}"
    ")(?![A-Za-z0-9]|[.-]\\d)"
)
_CANDIDATE = re.compile(f"[2-68]\\d{{3}}(?:\\d{{9}}|{_GAP}\\d{{4,6}}{_GAP}\\d{{4}})")

_ID_NAME = re.compile(
    r"(?:trace|span|parent|request|invocation|message|event)[_.-]?id\W{0,5}\Z", re.IGNORECASE
)


def may_hold_card(text: str) -> bool:
    """Tell quickly whether there is anything that could be a card number."""
    return _CANDIDATE.search(text) is not None


def find_cards(text: str) -> Iterator[tuple[int, int]]:
    """Yield where card numbers stand."""
    for found in _PLAIN.finditer(text):
        start, end = found.span()
        if is_card(found[0]) and not _ID_NAME.search(text, max(0, start - 30), start):
            yield start, end
    for found in _GROUPED.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if is_card(digits) or (_IN_GROUPS_TOO.fullmatch(digits) and _passes(digits)):
            yield found.span()


def is_card(digits: str) -> bool:
    """Tell whether digits are a card's number."""
    return _ISSUERS.fullmatch(digits) is not None and _passes(digits)


def _passes(digits: str) -> bool:
    """Tell whether the check digit is right (ISO/IEC 7812-1, annex B: Luhn)."""
    total = sum(map(int, digits[-1::-2]))
    return (total + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])) % 10 == 0
