"""What kinds of crashes mean, in a sentence for somebody who does not know Lambda."""

from __future__ import annotations

from slsloggrep.model import Crash, Status

_MEANINGS = {
    Status.ERROR: "The handler failed with an error that it did not catch.",
    Status.TIMEOUT: "The function was stopped at its time limit, in the middle of its work.",
    Status.OOM: "The function used up its memory and was stopped in the middle of its work.",
    Status.EXIT: "The function's process ended in the middle of its work, without an answer.",
    Status.INIT_ERROR: "The function could not start: as long as that lasts, it serves nobody.",
    Status.EXTENSION: "An extension failed, and with it all else; the handler may be fine.",
}
HOW_IT_ENDED = {
    Status.ERROR: "with an error",
    Status.TIMEOUT: "by running into its time limit",
    Status.OOM: "by running out of memory",
    Status.EXIT: "because its process ended",
    Status.INIT_ERROR: "because it could not be initialised",
    Status.EXTENSION: "because an extension failed",
}
"""The end of a sentence: `shop-cart failed ...`."""


def meaning_of(crash: Crash) -> str:
    """Return what it means that something ended so."""
    if crash.logged:
        return "The handler logged an error and went on: nothing crashed."
    if crash.invocation is None:
        return "What failed is no invocation, but what another service did."
    return _MEANINGS.get(crash.kind, "")
