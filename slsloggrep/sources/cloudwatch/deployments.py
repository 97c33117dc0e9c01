"""Which functions belong together: those of a CloudFormation stack, those with a tag.

Answers with names and ARNs; what the functions are like is `inventory`'s knowledge. SAM, the
Serverless Framework and the CDK deploy stacks, so that their names are known here too.

API Reference: CloudFormation 2010-05-15, Resource Groups Tagging 2017-01-26.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from slsloggrep.errors import UsageError
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.sources.cloudwatch.trail import BEGINNING

_FUNCTION = "AWS::Lambda::Function"
_STACK = "AWS::CloudFormation::Stack"
_GONE = "DELETE_COMPLETE"
_KEYS = 50
"""Keys of tags that one GetResources takes."""


class Tag(NamedTuple):
    """A tag that functions are wanted with."""

    key: str
    value: str | None
    """None: any."""


def parse_tag(text: str) -> Tag:
    """Return what `KEY=VALUE`, or `KEY` with any value, names. Raises UsageError without a key."""
    key, sign, value = text.partition("=")
    if not key:
        raise UsageError(f"'{text}' is no tag", hint="--tag KEY=VALUE, or --tag KEY for any value")
    return Tag(key, value if sign else None)


def functions_of_stack(logs: Logs, stack: str) -> frozenset[str]:
    """Return the names of the functions in a stack and in the stacks that are nested in it.

    `stack` is a name or an ARN. Raises Refused where there is none (NO_SUCH_GROUP), or
    cloudformation:ListStackResources is denied.
    """
    found: set[str] = set()
    waiting, known = [stack], {stack}
    while waiting:
        name = waiting.pop()
        token: str | None = None
        trail = BEGINNING
        while True:
            answer = _ask_stack(logs, name, token)
            for resource in answer["StackResourceSummaries"]:
                physical = resource.get("PhysicalResourceId")
                if not physical or resource.get("ResourceStatus") == _GONE:
                    continue  # it could not be made, or is not there any more
                if resource.get("ResourceType") == _FUNCTION:
                    found.add(physical)
                elif resource.get("ResourceType") == _STACK and physical not in known:
                    known.add(physical)
                    waiting.append(physical)
            token = answer.get("NextToken")
            if not token:
                break
            trail = trail.after(token)
    return frozenset(found)


def functions_of_tags(logs: Logs, tags: Sequence[Tag]) -> frozenset[str]:
    """Return the names of the functions that have all of some tags, at least one.

    Raises Refused where tag:GetResources is denied.
    """
    if len({tag.key for tag in tags}) > _KEYS:
        raise UsageError(f"functions are looked for by {_KEYS} tags at most")
    wanted: dict[str, list[str]] = {}
    for tag in tags:
        values = wanted.setdefault(tag.key, [])
        if tag.value is not None:
            values.append(tag.value)
    given = {
        "ResourceTypeFilters": ["lambda:function"],
        "TagFilters": [
            {"Key": key, "Values": values} if values else {"Key": key}
            for key, values in wanted.items()
        ],
    }
    found: set[str] = set()
    token: str | None = None
    trail = BEGINNING
    while True:
        answer = logs.call(
            "GetResources",
            "*",
            {**given, "PaginationToken": token},
            service="resourcegroupstaggingapi",
        )
        for resource in answer.get("ResourceTagMappingList", ()):
            parts = resource["ResourceARN"].split(":")
            if len(parts) >= 7 and parts[5] == "function":
                found.add(parts[6])
        token = answer.get("PaginationToken")
        if not token:
            return frozenset(found)
        trail = trail.after(token)


def _ask_stack(logs: Logs, name: str, token: str | None) -> dict[str, Any]:
    given = {"StackName": name, "NextToken": token}
    try:
        answer = logs.call("ListStackResources", name, given, service="cloudformation")
    except Refused as refused:
        if "does not exist" in refused.reason:
            # CloudFormation calls that a ValidationError, like a name that cannot be one.
            raise Refused(
                Why.NO_SUCH_GROUP,
                f"there is no stack '{name}' in {logs.region}",
                "aws cloudformation list-stacks names those that are",
            ) from refused
        raise
    if "StackResourceSummaries" not in answer:
        raise Refused(Why.GARBLED, f"the answer about stack '{name}' is none of CloudFormation's")
    return dict(answer)
