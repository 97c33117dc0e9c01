"""Names of functions: out of ARNs, log groups and log streams.

Platform lines state no function; the log group or, in a group that several functions share, the
log stream does (AWS Lambda Developer Guide, monitoring-cloudwatchlogs-loggroups).
"""

from __future__ import annotations

import re

_STREAM = re.compile(r"\d{4}/\d\d/\d\d/(?P<name>[\w-]+)\[(?:\$LATEST|\d+)\][0-9a-f]{8,}")
_DATED = re.compile(r"\d{4}/\d\d/\d\d/")
_STATES_STREAM = re.compile(r"states/(?P<name>[^/]+)/")
_EDGE = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d\.(?P<name>.+)")
_API = "API-Gateway-Execution-Logs_"
_ARN = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:(?P<name>[\w-]+)")


def function_of(log_group: str, log_stream: str) -> str:
    """Return the function that a log stream belongs to; empty where nothing tells it.

    The stream's own word comes first (custom groups), then `/aws/lambda/NAME`, `NAME` of
    Lambda@Edge (`us-east-1.NAME`) and of Lambda Web Functions (`web/NAME`). Groups of other
    services give what does their work: `API/STAGE`, or the state machine. Any other group gives
    its last part.
    """
    found = _STREAM.match(log_stream)
    if found:
        return found["name"]
    if log_group.startswith("/aws/lambda/"):
        name = log_group.rstrip("/").rpartition("/")[2].removesuffix(".local")
        edge = _EDGE.fullmatch(name)
        return edge["name"] if edge else name
    if log_group.startswith(_API):
        return log_group.removeprefix(_API)
    if log_group.startswith("/aws/vendedlogs/states/"):
        found = _STATES_STREAM.match(log_stream)
        if found:
            return found["name"]
        return log_group.rpartition("/")[2].removesuffix("-Logs")
    return log_group.rstrip("/").rpartition("/")[2]


def is_environment(log_group: str, log_stream: str) -> bool:
    """Tell whether a log stream is one of a function's: by its group, or by how it is named."""
    return log_group.startswith("/aws/lambda/") or _DATED.match(log_stream) is not None


def function_of_arn(arn: str) -> str | None:
    """Return the function's name in a Lambda ARN, qualified or not; None for any other text."""
    found = _ARN.match(arn)
    return found["name"] if found else None
