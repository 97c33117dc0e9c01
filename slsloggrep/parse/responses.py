"""The response value of an invocation, where a record states it.

Lambda logs no response by itself. What people log: a field `response` or `result` (Powertools'
`log_response` writes such), a response of the proxy integration (`statusCode` with `body`), or a
text "Response: {…}". A `statusCode` without a body is the value itself (200); with a body beside
it, the response is the object of the proxy integration's keys. Destination records are read in
`services`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from slsloggrep.parse.draft import Draft

_NAMES = ("response", "result")
_STATUS = ("statusCode", "status_code")
_PROXY = ("statusCode", "status_code", "headers", "multiValueHeaders", "cookies", "body",
          "isBase64Encoded")  # fmt: skip

_LABEL = re.compile(
    r"(?:(?:lambda|function|handler|final|the|our|sending|http|api) )*"
    r"(?:response|responding|result|return(?:s|ed|ing)?)"
    r"(?: (?:response|result|value|payload|body|object|with|is|from handler))*\s*[:=>-]*\s*",
    re.IGNORECASE,
)


def read_response(draft: Draft, fields: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Note the response that a structured record states; `keys` are the user's, and come first.

    A key of the user may be a dotted path. Looks at the top level and into a `message` that is an
    object. A status code in a record of an error is the error's, and no response.
    """
    holders = [fields]
    message = fields.get("message")
    if isinstance(message, dict):
        holders.append(message)
    for key in keys:
        for holder in holders:
            found, value = _descend(holder, key)
            if found:
                draft.answer(value)
                return
    for holder in holders:
        for key in _NAMES:
            if key in holder:
                draft.answer(holder[key])
                return
    if draft.error is not None:
        return
    for holder in holders:
        value = proxy_response(holder)
        if value is not None:
            draft.answer(value)
            return


def read_labelled_response(draft: Draft, label: str, document: dict[str, Any]) -> None:
    """Note the document after a text as a response, if the text says that it is one."""
    if _LABEL.fullmatch(label.strip()):
        draft.answer(document)


def proxy_response(fields: Mapping[str, Any]) -> Any:
    """Return the response of the proxy integration that fields hold, or None.

    With a body: an object of the integration's keys; without: the status code alone.
    """
    for key in _STATUS:
        code = fields.get(key)
        if isinstance(code, bool) or not isinstance(code, int | str):
            continue
        if isinstance(code, str) and not (code.isdecimal() and len(code) == 3):
            continue
        if "body" in fields:
            return {name: fields[name] for name in _PROXY if name in fields}
        return code
    return None


def _descend(holder: Mapping[str, Any], key: str) -> tuple[bool, Any]:
    if key in holder:
        return True, holder[key]
    value: Any = holder
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return False, None
        value = value[part]
    return True, value
