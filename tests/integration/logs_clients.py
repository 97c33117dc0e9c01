"""How tests ask the stand-in: pages to their end, and the words of a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(call: Any, **given: Any) -> str:
    """Return `code: message` of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def pages(call: Any, **given: Any) -> Iterator[dict[str, Any]]:
    """Yield the answers of a call, until one has no nextToken."""
    while True:
        page = call(**given)
        yield page
        if "nextToken" not in page:
            return
        given["nextToken"] = page["nextToken"]


def messages(call: Any, **given: Any) -> list[str]:
    """Return the messages of all pages of FilterLogEvents."""
    return [event["message"] for page in pages(call, **given) for event in page["events"]]
