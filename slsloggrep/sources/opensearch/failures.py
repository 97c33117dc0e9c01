"""What goes wrong with a search cluster, by name: which of it passes, and what to try.

Knows opensearch-py's exceptions and what the servers answer with. Who repeats a request, and which
failures cost only a part of an answer, is decided elsewhere.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from typing import Any

from opensearchpy.exceptions import (
    ConnectionError as NoConnection,
)
from opensearchpy.exceptions import (
    ConnectionTimeout,
    SSLError,
    TransportError,
)

_TRANSIENT = frozenset({408, 429, 502, 503, 504})
_LOST = ("search_context_missing_exception", "no_search_context_found_exception")
_UNTRUSTED = re.compile(r"certificate|hostname|self.signed|unknown ca|CERT_", re.IGNORECASE)


class Trouble(Exception):  # noqa: N818 - a noun for what happened, as Refused is
    """A request that did not get what it asked for."""

    def __init__(
        self,
        words: str,
        *,
        status: int = 0,
        kind: str = "",
        hint: str | None = None,
        passes: bool = False,
        spoke: bool = True,
    ) -> None:
        super().__init__(words)
        self.words = words
        self.status = status
        """Of the HTTP answer; 0: there was none."""
        self.kind = kind
        """The server's name of the error: `index_not_found_exception`."""
        self.hint = hint
        self.passes = passes
        """It may be another matter when it is asked again."""
        self.spoke = spoke
        """Something was heard from the server."""
        self.opening = False
        """It was a point in time that could not be opened."""

    @property
    def reason(self) -> str:
        """What failed and what to try, in one line."""
        return "; ".join(filter(None, (self.words, self.hint)))

    @property
    def is_lost_context(self) -> bool:
        """Tell whether a point in time, or a scroll, is not there any more."""
        return self.kind in _LOST or (self.status == 404 and "search context" in self.words)

    @property
    def is_too_much(self) -> bool:
        """Tell whether the server lacked memory for the answer: less of it may be had."""
        return self.kind == "circuit_breaking_exception" or "Data too large" in self.words

    @property
    def is_unsupported(self) -> bool:
        """Tell whether the server does not know what it was asked for, or refuses to do it."""
        if "too many" in self.words and self.status in (400, 500):
            return True  # clauses: a field of type `wildcard` makes many of one
        return self.status in (400, 403, 404, 405, 410, 501) and not self.is_lost_context


class Abandoned(Exception):  # noqa: N818 - no error: nobody waits
    """Nobody waits for the answer any more."""


def trouble_of(error: BaseException, *, who: str, action: str, secure: bool) -> Trouble:
    """Return what an exception of opensearch-py means.

    `who` asked, as `Access` tells it; `action` is the privilege that the request needs.
    """
    if isinstance(error, SSLError):
        return _tls(error)
    if isinstance(error, ConnectionTimeout):
        return Trouble("no answer within the time allowed", passes=True, spoke=False)
    if isinstance(error, NoConnection):
        return _no_connection(error, secure=secure)
    if isinstance(error, TransportError) and isinstance(error.status_code, int):
        return _answered(error.status_code, error, who=who, action=action)
    # A proxy's page of HTML, say: the next answer may be the server's again.
    return Trouble(f"what it answers makes no sense: {error}", passes=True)


def _tls(error: TransportError) -> Trouble:
    text = _plain(str(error.error))
    if _UNTRUSTED.search(text):
        return Trouble(
            f"its certificate is not trusted: {text}",
            hint="name the authority that issued it with ?ca=FILE; ?insecure=1 believes anyone",
            spoke=False,
        )
    return Trouble(
        f"no secure connection: {text}",
        hint="if it serves plain HTTP, write opensearch+http://",
        spoke=False,
    )


def _no_connection(error: TransportError, *, secure: bool) -> Trouble:
    cause = error.info if isinstance(error.info, BaseException) else error
    text = _plain(str(error.error))
    if isinstance(_root(cause), ssl.SSLError) or "SSL" in text:
        return _tls(error)
    hint = "is the host right, and can it be reached from here?"
    if not secure and ("RemoteDisconnected" in str(error) or "BadStatusLine" in str(error)):
        hint = "if it serves HTTPS, write opensearch+https://"
    return Trouble(f"cannot connect: {text}", hint=hint, passes=True, spoke=False)


def _root(error: BaseException) -> BaseException:
    known: set[int] = set()
    while id(error) not in known:
        known.add(id(error))
        inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error


def _plain(text: str) -> str:
    """Return the end of urllib3's chain of words, which says what happened."""
    text = re.sub(r"<[^<>]*>:? ?", "", text)
    found = re.search(r"Caused by \w+\((?:\w+\()?['\"]?(.*?)['\"]?\)+$", text)
    return (found[1] if found else text).strip(" '\"()") or "the connection was cut"


def _answered(status: int, error: TransportError, *, who: str, action: str) -> Trouble:
    kind, reason = words_of(error.info)
    kind = kind or (str(error.error) if re.fullmatch(r"\w+", str(error.error)) else "")
    reason = reason or kind or f"HTTP {status}"
    if status == 401:
        hint = "set SLSLOGGREP_OPENSEARCH_USER and _PASSWORD (or _API_KEY, _TOKEN), or ?auth=aws"
        asked = "needs credentials" if who == "no credentials" else f"does not accept {who}"
        return Trouble(f"the server {asked} (401)", status=status, kind=kind, hint=hint)
    if status == 403 and "block" not in kind:
        return Trouble(
            f"access denied for {who}: {action} is missing ({_short(reason)})",
            status=status,
            kind=kind,
            hint=f"a role that allows it: {action}",
        )
    if kind == "index_closed_exception":
        return Trouble(
            _short(reason), status=status, kind=kind, hint="open it, or name other indices"
        )
    passes = status in _TRANSIENT or (status == 500 and "rejected" in reason)
    return Trouble(f"{_short(reason)} ({status})", status=status, kind=kind, passes=passes)


def words_of(info: Any) -> tuple[str, str]:
    """Return type and reason of an answered error, the innermost that says something."""
    error = info.get("error") if isinstance(info, Mapping) else None
    if isinstance(error, str):
        return "", error
    if not isinstance(error, Mapping):
        message = info.get("message") or info.get("Message") if isinstance(info, Mapping) else None
        return "", str(message) if message else ""
    kind, reason = str(error.get("type") or ""), str(error.get("reason") or "")
    if kind == "search_phase_execution_exception":
        for failed in error.get("failed_shards") or ():
            return shard_words(failed)
        for root in error.get("root_cause") or ():
            return str(root.get("type") or kind), str(root.get("reason") or reason)
    return kind, reason


def shard_words(failed: Any) -> tuple[str, str]:
    """Return type and reason of one failed shard."""
    reason = failed.get("reason") if isinstance(failed, Mapping) else None
    if isinstance(reason, Mapping):
        cause = reason.get("caused_by")
        inner = f": {cause['reason']}" if isinstance(cause, Mapping) and "reason" in cause else ""
        return str(reason.get("type") or ""), f"{reason.get('reason') or ''}{inner}"
    return "", str(reason or failed)


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:297]}..."
