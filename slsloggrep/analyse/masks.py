"""Messages without what differs from crash to crash: IDs, numbers, values, paths, hosts, times.

Each variable part becomes `MASK`, whatever its kind (an ID of hexadecimal digits may look like a
number), and parts that are listed become one. Words stay, so that what is left reads as a sentence.
"""

from __future__ import annotations

import re

from slsloggrep.parse.failures import LINES

MASK = "\u2039\u2026\u203a"
"""Three dots between single angle quotation marks: no message has them by itself."""

_LONGEST = 600
"""Characters of a message that are looked at: what comes later is somebody's data."""

_HEX = "[0-9a-fA-F]"
_ISO = (
    r"(?<!\d)\d{4}-\d\d-\d\d"
    r"(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z\b|[+-]\d\d:?\d\d))?)?"
)
_TLD = (
    "com|net|org|io|dev|app|cloud|internal|local|localdomain|lan|corp|aws|ai|info|biz|xyz|tech|eu"
    "|gov|edu|mil|test|example|invalid"
)

_PARTS = re.compile(
    "|".join(
        (
            rf"(?P<mask>{MASK})",
            # URLs and ARNs
            r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s\"'<>)\]},]+",
            r"\barn:[\w-]+:[^\s\"'<>)\],]+",
            # e-mail addresses
            r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+",
            # times
            _ISO,
            r"(?<!\d)\d\d/\w{3}/\d{4}(?::\d\d){3}(?: [+-]\d{4})?",
            r"(?<![\d:])\d\d?:\d\d:\d\d(?:[.,]\d+)?(?![\d:])",
            # UUIDs
            rf"(?<![0-9a-zA-Z]){_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}(?![0-9a-zA-Z])",
            # quoted values; an apostrophe within a word quotes nothing
            r"(?<!\w)'(?:[^'\\\r\n]|\\.)*'(?!\w)",
            r"\"(?:[^\"\\\r\n]|\\.)*\"",
            r"`[^`'\r\n]*[`']",
            "[\u2018\u201c\u00ab][^\u2019\u201d\u00bb\\r\\n]*[\u2019\u201d\u00bb]",
            # objects
            r"\{[^{}\r\n]*(?:\{[^{}\r\n]*\}[^{}\r\n]*)*\}",
            # paths
            r"(?<![\w.:/-])(?:~|\.{1,2})?(?:/[\w.@%+=~-]+)+/?",
            r"\b[A-Za-z]:\\[^\s\"'<>|*?]+",
            r"(?<![\w./-])(?:[\w.@-]+/)+[\w@-]+\.[A-Za-z]\w{0,4}\b(?:\.\w{1,5}\b)?",
            # hosts, and what the resolver was asked for
            r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.])",
            rf"(?<![\w:])(?=\S{{0,45}}\d)\[?(?:{_HEX}{{0,4}}:){{2,7}}{_HEX}{{0,4}}\]?(?::\d{{1,5}})?(?![\w:])",
            rf"(?<![\w.-])(?:[A-Za-z0-9_-]+\.)+(?:{_TLD})\.?(?::\d{{1,5}})?(?![\w-])",
            r"(?<![\w.-])(?:[A-Za-z0-9_-]+\.){2,}[a-z]{2}\.?(?::\d{1,5})?(?![\w.-])",
            r"(?<![\w.-])[A-Za-z][\w.-]*:\d{2,5}(?![\w.:])",
            r"(?<=ENOTFOUND )\S+",
            r"(?<=EAI_AGAIN )\S+",
            # long tokens: base64 and the like
            r"(?<![\w+/=-])(?=[\w+/-]*[0-9])(?=[\w+/-]*[A-Z])(?=[\w+/-]*[a-z])[\w+/-]{20,}={0,2}",
            # numbers, and words with digits
            r"(?P<number>(?<![A-Za-z0-9])[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?(?![A-Za-z0-9]))",
            r"(?P<word>[A-Za-z0-9]+)",
        )
    )
)
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_OPAQUE = re.compile(rf"0[xX]{_HEX}+|{_HEX}{{6,}}|[A-Z0-9]{{12,}}|[A-Za-z0-9]{{16,}}")
_HEX_WORD = re.compile(r"[a-f]{8,}")

_NAMED = (
    "s3 ec2 utf8 utf16 base64 md5 sha1 sha256 sha512 x86 ipv4 ipv6 http1 http2 http3 oauth2 log4j "
    "log4j2 es5 es6 k8s i18n l10n x509 pkcs12 p12 aes128 aes256 rsa256 hs256 rs256 mp3 mp4 h264 "
    "sqlite3 python2 python3 boto3 psycopg2 urllib3 int8 int16 int32 int64 uint8 uint16 uint32 "
    "uint64 float32 float64 i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 lz4 bz2 7z arm64 amd64 win32 "
    "oauth1 v1 v2 v3 v4 tls1 mp2 d3 ses2 sigv4 a2 b2 c3"
)
_NAMES = frozenset(_NAMED.split())
"""Words whose digits are part of the name."""

_LIST = re.compile(rf"{MASK}(?:(?:, ?(?:and |or )?| and | or | |/|:|-|=|\.){MASK})+")
_BLANKS = re.compile(r"\s+")


def first_line(message: str) -> str:
    """Return the first line of a message that says something, with single blanks."""
    for line in LINES.split(message[: 2 * _LONGEST].replace("\xa0", " ")):
        text = _BLANKS.sub(" ", line).strip()
        if text:
            return text
    return ""


def mask(message: str) -> str:
    """Return the first line of a message with its variable parts masked."""
    masked = _PARTS.sub(_replace, first_line(message)[:_LONGEST])
    return _LIST.sub(MASK, masked)


def _replace(found: re.Match[str]) -> str:
    word = found["word"]
    if word is None:
        return MASK
    if word.isalpha():
        return MASK if _HEX_WORD.fullmatch(word) else word
    if word.lower() in _NAMES:
        return word
    if _OPAQUE.fullmatch(word):
        return MASK
    return _NUMBERS.sub(MASK, word)
