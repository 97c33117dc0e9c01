"""What a project's file may say.

It comes with a checkout, perhaps a stranger's, and counts as soon as somebody works in it. So it
may say what is read and how it is shown, and nothing that runs a program, sends credentials or
logs somewhere, writes a file, costs money, or hides what was found: what is not listed here is the
user's own file's to say. A setting that is new is therefore refused until somebody has thought of
it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from slsloggrep.config.document import Document

PROJECT_MAY = frozenset(
    {
        *("sources", "group", "function", "stack", "tag", "api", "profile", "region", "role-arn"),
        *("since", "late", "id-key", "response-key", "tz", "local", "color"),
        *("redact", "redact-ips", "redact-ids", "redact-pattern", "redact-field"),
        *("architecture", "baseline", "logged-errors", "line-numbers", "no-links"),
        "default-context",
    }
)

PROJECT_MAY_ASK = PROJECT_MAY | {
    *("until", "output", "limit", "level", "grep", "exclude", "where", "regex", "ignore-case"),
    "highlight",
    *("invocations", "failed", "slower-than", "cold", "fields", "wide", "raw", "no-time"),
    *("follow", "groups", "by", "sort", "top", "histogram", "slowest", "compare"),
    *("compare-version", "approximate", "events", "reach", "max-hops", "whole", "table"),
    *("project", "stage", "stats", "verbose", "dry-run", "no-pager", "no-next"),
}
"""What a project's alias may say besides: whoever types it asks for it, and sees the answer."""

_REDACTION = ("redact", "redact-ips", "redact-ids")
_SAFE_SCHEMES = ("cloudwatch", "s3", "demo")
"""What these lead to is AWS itself, or this machine: credentials go to no host that a URL names."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_REGION = re.compile(r"[a-z0-9-]{1,63}")
_COSTLY = "?requester-pays"
"""Of an S3 URL: whoever reads the bucket pays for it."""
_REMOTE = re.compile(r"[/\\]{2}")
"""Windows reaches another machine by such a path, and tells it who asks."""

HINT = (
    "it comes with a checkout; your own file may (slsloggrep config path), and with "
    "SLSLOGGREP_PROJECT_FILE=/dev/null the project's is not read"
)


def check_project(document: Document, path: tuple[str, ...], key: str, value: Any) -> None:
    """Raise UsageError where a project's file says what it may not; other files may say all.

    `path` is where the value stands, `key` what it sets: a setting, or `url` of a source.
    """
    if not document.is_project:
        return
    if key != "url" and key not in PROJECT_MAY:
        raise document.error(path, f"a project's file may not set '{key}'", hint=HINT)
    if key in _REDACTION and value is False:
        raise document.error(path, "a project's file can turn redaction on, not off", hint=HINT)
    if key in ("sources", "url"):
        check_urls(document, path, [value] if isinstance(value, str) else value)
    if key == "region":
        for region in [value] if isinstance(value, str) else value:
            if not _REGION.fullmatch(region):
                raise document.error(path, f"no region is called '{region}'")


def check_urls(document: Document, path: tuple[str, ...], urls: Sequence[str]) -> None:
    """Raise UsageError for a source that sends credentials to a host that a project names."""
    for url in urls:
        scheme = _SCHEME.match(url)
        if scheme is not None and scheme[1].lower() not in _SAFE_SCHEMES:
            raise document.error(
                path,
                f"a project's file may not name '{scheme[1]}:' sources, only cloudwatch:, s3:, "
                "demo: and paths",
                hint=HINT,
            )
        if _COSTLY in url.lower():
            raise document.error(path, "a project's file may not let you pay for it", hint=HINT)
        if _REMOTE.match(url):
            raise document.error(path, "a project's file may not name another machine", hint=HINT)
