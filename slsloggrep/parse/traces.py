"""Trace identifiers in all of their spellings, and the other identifiers that show by their shape.

X-Ray (`1-<8 hex>-<24 hex>`, alone or in a trace header), W3C (32 hex digits, alone or in a
`traceparent`), execution ARNs. Which keys hold identifiers is `slsloggrep.parse.identifiers`'
knowledge; what a user typed is recognised in `slsloggrep.parse.subject`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from slsloggrep.model import Identifier, IdKind

XRAY = re.compile(r"1-([0-9a-fA-F]{8})-([0-9a-fA-F]{24})(?![0-9a-fA-F])")
"""An X-Ray trace ID (AWS X-Ray Developer Guide, xray-concepts, Tracing header)."""

TRACEPARENT = re.compile(r"00-([0-9a-fA-F]{32})-[0-9a-fA-F]{16}-[0-9a-fA-F]{2}(?![0-9a-fA-F])")
"""A version 00 `traceparent` header (W3C Trace Context, section 3.2)."""

W3C = re.compile(r"[0-9a-fA-F]{32}")

EXECUTION_ARN = re.compile(
    r"arn:aws[\w-]*:(?:states:[\w-]*:\d*:(?:execution|express):[\w-]+(?:/[\w-]+)?:[^\s\"'\\,;)}\]<>]+"
    r"|lambda:[\w-]*:\d*:function:[\w-]+:[\w$.-]+/durable-execution/[^\s\"'\\,;)}\]<>]+)"
)
"""A Step Functions execution, standard or express, or an execution of a durable function.

The children of a distributed map have its label behind the state machine's name.
"""

_ESCAPED = re.compile(r"\\(?:[nrtbf]|u[0-9a-fA-F]{4})\Z")


def xray_identifier(first: str, second: str) -> Identifier:
    """Return the X-Ray identifier of the two hex parts, in canonical (lower) case."""
    return Identifier(IdKind.XRAY_TRACE_ID, f"1-{first}-{second}".lower())


def find_shapes(text: str) -> Iterator[Identifier]:
    r"""Yield the identifiers that any text shows by their shape alone, whatever stands around.

    The text may be JSON: an escape before an identifier (`Root\u003d1-…`) separates. `Self=` of a
    load balancer's header names a segment and not the trace.
    """
    if "1-" in text:
        for found in XRAY.finditer(text):
            if _begins_token(text, found.start()) and not text.endswith("Self=", 0, found.start()):
                yield xray_identifier(found.group(1), found.group(2))
    if "00-" in text:
        for found in TRACEPARENT.finditer(text):
            if _begins_token(text, found.start()) and found.group(1).strip("0"):
                yield Identifier(IdKind.W3C_TRACE_ID, found.group(1).lower())
    if ":states:" in text or "/durable-execution/" in text:
        for found in EXECUTION_ARN.finditer(text):
            yield Identifier(IdKind.EXECUTION_ARN, found.group().rstrip(".:"))


def trace_of(value: str) -> Identifier | None:
    """Return the trace that a value under a trace key names, or None.

    Takes an X-Ray ID, a whole trace header with its parts in any order, a `traceparent`, 32 hex
    digits. All zeros mean "none" (OpenTelemetry).
    """
    for identifier in find_shapes(value):
        if identifier.kind is not IdKind.EXECUTION_ARN:
            return identifier
    value = value.strip()
    if W3C.fullmatch(value) and value.strip("0"):
        return Identifier(IdKind.W3C_TRACE_ID, value.lower())
    return None


def _begins_token(text: str, start: int) -> bool:
    if start == 0 or not (text[start - 1].isalnum() or text[start - 1] in "-_"):
        return True
    return _ESCAPED.search(text, max(0, start - 6), start) is not None
