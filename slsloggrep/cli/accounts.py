"""Commands about an account: CloudWatch is asked unless another source is named.

Other commands look for signs of credentials first, since logs may lie elsewhere; these are about
just that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from slsloggrep.cli.credentials import DEFAULT_SOURCE


def of_account(function: Callable[..., int]) -> Callable[..., int]:
    """Let a command with the shared options ask CloudWatch where no source is named."""

    @functools.wraps(function)
    def answer(**given: Any) -> int:
        given["sources"] = given["sources"] or (DEFAULT_SOURCE,)
        return function(**given)

    return answer
