"""Secrets that show by their shape, wherever they stand.

Each shape has words without which it cannot be there: a search for them is a hundred times as fast
as the shape's own, and most texts hold none. What stands under a telling name (`password=`) is
`slsloggrep.redact.names`'s; escapes are undone before.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

from slsloggrep.redact.cards import find_cards, may_hold_card

KINDS = (
    *("private-key", "jwt", "aws-key", "aws-secret", "aws-token", "token", "authorization"),
    *("password", "email", "card"),
)
"""What the shapes are called."""


class Found(NamedTuple):
    """A stretch of a text that is a secret."""

    start: int
    end: int
    kind: str


class _Shape(NamedTuple):
    kind: str
    signs: tuple[str, ...]
    """One of them is in every text that holds the shape, in this case of letters."""
    regex: re.Pattern[str]
    holds: Callable[[str], bool] | None = None
    """Looks at what the regex found, where that is not enough."""


_PEM_LABEL = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"

_NO_DOMAIN = (
    "(?:js|mjs|cjs|jsx|tsx?|html?|json|css|scss|txt|log|lock|yml|yaml|xml|class|jar|zip|gz"
    r"|tar|tgz|csv|map)"
)
"""Ends of file names that are no top-level domains: `main@bundle.js` is no address."""

_DOMAIN = (
    "(?i:com|org|net|edu|gov|mil|int|info|biz|cloud|online|email|example"
    "|(?!js|ts|gz|md|py|rb|sh|go)[a-z]{2})"
)
"""Top-level domains behind which the end of a file name may stand: `ada@example.org.json`."""


def _is_mixed(text: str) -> bool:
    return any(c.isdigit() for c in text) and any(c.isalpha() for c in text)


def _is_random(text: str) -> bool:
    return _is_mixed(text) and text.lower() != text and text.upper() != text


def _is_bearer(text: str) -> bool:
    return any(c.isdigit() for c in text) or len(text) >= 20


def _is_drawn(text: str) -> bool:
    """Tell whether letters and digits are as mixed as by chance: no path, no word, no hash."""
    upper = sum(c.isupper() for c in text)
    lower = sum(c.islower() for c in text)
    digits = sum(c.isdigit() for c in text)
    return upper >= 6 and lower >= 6 and digits >= 1


def _is_basic(text: str) -> bool:
    """Tell whether this is `user:password` in base64 (RFC 7617), and no ordinary word."""
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){pattern}")


_SHAPES = (
    _Shape(
        "private-key",
        ("PRIVATE KEY",),
        # What is cut off lacks its end.
        re.compile(rf"-----BEGIN {_PEM_LABEL}.*?(?:-----END {_PEM_LABEL}|\Z)", re.DOTALL),
    ),
    _Shape("jwt", ("eyJ",), _word(r"eyJ[\w-]{4,}(?:\.[\w-]+)+\.?")),
    # IAM User Guide, identifiers, unique ID prefixes: those of credentials.
    _Shape(
        "aws-key",
        ("AKIA", "ASIA", "ABIA", "ACCA"),
        re.compile(r"(?<![A-Z0-9])A(?:KI|SI|BI|CC)A[A-Z0-9]{16}(?![A-Z0-9])"),
    ),
    _Shape(
        # IAM User Guide, access keys: forty characters that nothing marks as what they are.
        "aws-secret",
        ("",),
        re.compile(r"(?<![\w+/=.%-])[A-Za-z0-9+/]{40}(?![\w+/=%-])"),
        _is_drawn,
    ),
    _Shape(
        # What the base64 of STS's session tokens begins with.
        "aws-token",
        ("GZXIvYXdz", "IQoJb3JpZ2lu"),
        re.compile(r"(?<![A-Za-z0-9+/])(?:F[wQ]oGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/]{20,}={0,2}"),
    ),
    _Shape("token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), _word(r"gh[pousr]_\w{16,}")),
    _Shape("token", ("github_pat_",), _word(r"github_pat_\w{16,}")),
    _Shape("token", ("glpat-",), _word(r"glpat-[\w.-]{16,}")),
    _Shape("token", ("xox",), _word(r"xox[a-z](?:\.xox[a-z])?-[\w-]{8,}")),
    _Shape("token", ("xapp-",), _word(r"xapp-[\w-]{16,}")),
    _Shape("token", ("hooks.slack.com/",), re.compile(r"(?<=hooks\.slack\.com/)\w+/T\w+/B\w+/\w+")),
    _Shape("token", ("/api/webhooks/",), re.compile(r"(?<=/api/webhooks/)\d+/[\w-]{16,}")),
    _Shape("token", ("k_live_", "k_test_"), _word(r"[sr]k_(?:live|test)_\w{8,}")),
    _Shape("token", ("whsec_",), _word(r"whsec_[\w+/=]{8,}")),
    _Shape("token", ("AIza",), _word(r"AIza[\w-]{30,}")),
    _Shape("token", ("ya29.",), _word(r"ya29\.[\w-]{16,}")),
    _Shape("token", ("GOCSPX-",), _word(r"GOCSPX-[\w-]{16,}")),
    _Shape("token", ("sk-",), _word(r"sk-[\w-]{20,}"), _is_mixed),
    _Shape("token", ("SG.",), _word(r"SG\.[\w-]{16,}\.[\w-]{16,}")),
    _Shape("token", ("SK",), _word(r"SK[0-9a-f]{32}(?!\w)")),
    _Shape("token", ("NRAK-",), _word(r"NRAK-[A-Z0-9]{20,}")),
    _Shape("token", ("dop_v1_", "doo_v1_"), _word(r"do[op]_v1_[0-9a-f]{32,}")),
    _Shape("token", ("hvs.", "hvb."), _word(r"hv[sb]\.[\w-]{20,}")),
    _Shape("token", ("shpat_", "shpss_", "shpca_"), _word(r"shp(?:at|ss|ca)_[0-9a-fA-F]{16,}")),
    _Shape("token", ("npm_",), _word(r"npm_[A-Za-z0-9]{30,}")),
    _Shape("token", ("hf_",), _word(r"hf_[A-Za-z0-9]{30,}")),
    _Shape("token", ("ATATT3",), _word(r"ATATT3[\w=-]{20,}")),
    _Shape("token", (":AA",), _word(r"\d{8,10}:AA[\w-]{30,}")),
    _Shape(
        # RFC 6750, section 2.1; the plus is a form's space.
        "authorization",
        ("earer", "EARER"),
        re.compile(r"(?:[Bb]earer|BEARER)(?::?[ \t]{1,8}|:|\+{1,2})(?P<secret>[\w.~+/-]{8,}=*)"),
        _is_bearer,
    ),
    _Shape(
        "authorization", ("asic ",), re.compile(r"(?<=[Bb]asic )[A-Za-z0-9+/]{6,}={0,2}"), _is_basic
    ),
    _Shape(
        # RFC 3986, section 3.2.1.
        "password",
        ("@",),
        re.compile(r"://[^\s/?#\"'<>@:]*+:(?P<secret>[^\s/\"'<>]+)@(?=[\w\[])"),
    ),
    _Shape(
        "token",
        ("@",),
        re.compile(r"://(?P<secret>[^\s/?#\"'<>@:]{16,})@(?=[\w\[])"),
        _is_mixed,
    ),
    _Shape(
        "password",
        ("curl ",),
        re.compile(r"\s(?:-u|--user)[ =]?[\"']?[^\s:\"']+:(?P<secret>[^\s\"']+)"),
    ),
    _Shape(
        "email",
        ("@",),
        re.compile(
            r"(?<![\w.+~-])(?!git@)(?:\w[\w.+~-]{0,20}')?[\w.+~-]++@(?:[\w-]++\.)+"
            rf"(?:(?!{_NO_DOMAIN}(?!\w))(?:xn--[\w-]+|[^\W\d_]{{2,}})(?![\w-]|\.\w)"
            rf"|{_DOMAIN}(?=\.\w))"
        ),
    ),
)

_COMMON = "@_-."
"""Characters of which many signs have one: where it is missing, these need not be looked for."""


def _grouped() -> tuple[tuple[str, tuple[tuple[str, _Shape], ...]], ...]:
    groups: dict[str, list[tuple[str, _Shape]]] = {}
    for shape in _SHAPES:
        for sign in shape.signs:
            common = next((character for character in _COMMON if character in sign), "")
            groups.setdefault(common, []).append((sign, shape))
    return tuple((common, tuple(pairs)) for common, pairs in groups.items())


_GROUPS = _grouped()

_NEAR_KEY = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])")

_PEM_END = re.compile(rf"-----END {_PEM_LABEL}")
_BASE64 = frozenset(string.ascii_letters + string.digits + "+/=")

_KEY_LINE_LENGTH = 64
_KEY_LINE = re.compile(r"^[ \t]*(?P<secret>[A-Za-z0-9+/]{64})[ \t]*\r?$", re.MULTILINE)
"""PEM's lines are of 64 characters (RFC 7468, section 2): printed, each may be an event alone."""


def find_shapes(text: str) -> Iterator[Found]:
    """Yield what shows by its shape, in no order."""
    for common, pairs in _GROUPS:
        if common in text:
            for sign, shape in pairs:
                if sign in text:
                    yield from _find_shape(shape, text)
    if may_hold_card(text):
        for start, end in find_cards(text):
            yield Found(start, end, "card")
    if "PRIVATE KEY" in text:
        yield from _find_key_ends(text)
    if len(text) >= _KEY_LINE_LENGTH:
        yield from _find_key_lines(text)


def _find_shape(shape: _Shape, text: str) -> Iterator[Found]:
    has_found = False
    for found in shape.regex.finditer(text):
        start, end = found.span("secret" if "secret" in found.re.groupindex else 0)
        if shape.holds is not None and not shape.holds(text[start:end]):
            continue
        has_found = True
        yield Found(start, end, shape.kind)
    if has_found and shape.kind == "aws-key":
        yield from _find_near_key(text)


def _find_key_ends(text: str) -> Iterator[Found]:
    """Yield ends of private keys with the lines before, whose beginning may have been cut off."""
    for found in _PEM_END.finditer(text):
        start = at = found.start()
        while True:
            begin, end = _before(text, at)
            is_line = end - begin >= _KEY_LINE_LENGTH // 2
            is_last = at == found.start()
            if begin == end or not (is_line or is_last):
                break
            at = begin
            # A short word in the same line may be prose, unless it ends lines of a key.
            if is_line or "\n" in text[end : found.start()]:
                start = begin
        yield Found(start, found.end(), "private-key")


def _before(text: str, at: int) -> tuple[int, int]:
    """Return where the base64 stands that ends before a place, white space in between."""
    end = at
    while end > 0 and text[end - 1].isspace():
        end -= 1
    begin = end
    while begin > 0 and text[begin - 1] in _BASE64:
        begin -= 1
    return begin, end


def _find_key_lines(text: str) -> Iterator[Found]:
    """Yield the lines that are 64 characters of base64 and nothing else."""
    for found in _KEY_LINE.finditer(text):
        if _is_random(found["secret"]):
            yield Found(*found.span("secret"), "private-key")


def _find_near_key(text: str) -> Iterator[Found]:
    """Yield what may be the secret key that goes with an access key in the same text."""
    for found in _NEAR_KEY.finditer(text):
        if _is_random(found[0]):
            yield Found(*found.span(), "aws-secret")


_IPV4 = re.compile(r"(?<![\w.])(?:ip-)?(\d{1,3}[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3})(?!\.?\w)")
_IP_HOST = re.compile(r"(?<![\w.])ip-(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})(?![\w-])")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:)([0-9A-Fa-f:][0-9A-Fa-f:.]+)")


def find_ips(text: str) -> Iterator[Found]:
    """Yield the IP addresses, those in the names of EC2's hosts (`ip-10-0-0-1`) included."""
    for regex in (_IPV4, _IP_HOST, _IPV6):
        for found in regex.finditer(text):
            if address_of(found[1].rstrip(".")) is not None:
                start = found.start(1)
                yield Found(start, start + len(found[1].rstrip(".")), "ip")


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a text is, or None."""
    try:
        if ":" in text:
            return IPv6Address(text)
        if "-" in text and "." in text:
            return None
        return IPv4Address(text.replace("-", "."))
    except AddressValueError:
        return None


_ID = re.compile(
    r"(?<![\w-])(?:"
    r"[0-9A-Za-z]{8}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{12}"
    r"|1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}|[0-9a-fA-F]{32}|[0-9A-HJKMNP-TV-Z]{26}"
    r")(?![\w-])"
)


def find_ids(text: str) -> Iterator[Found]:
    """Yield what has the shape of an identifier: UUIDs, trace IDs, ULIDs."""
    for found in _ID.finditer(text):
        yield Found(*found.span(), "id")
