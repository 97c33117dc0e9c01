"""What belongs together: the functions, logs and APIs of a CloudFormation stack, those with a tag.

Answers with names and ARNs; what the functions are like is `inventory`'s knowledge, what lies
behind an API `apis`'. SAM, the Serverless Framework and the CDK deploy stacks, so that their names
are known here too.

API Reference: CloudFormation 2010-05-15, Resource Groups Tagging 2017-01-26, Step Functions
2016-11-23.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.sources.cloudwatch.trail import BEGINNING

_FUNCTION = "AWS::Lambda::Function"
_STACK = "AWS::CloudFormation::Stack"
_GROUP = "AWS::Logs::LogGroup"
_APIS = frozenset({"AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"})
_MACHINE = "AWS::StepFunctions::StateMachine"
_GONE = "DELETE_COMPLETE"
_SHOWN = 3
_LOOKED_THROUGH = 1000
"""Stacks among which near names are looked for."""
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


@dataclass
class StackContents:
    """What of a stack, and of the stacks nested in it, has to do with logs."""

    functions: dict[str, str] = field(default_factory=dict)
    """Logical IDs by name."""
    groups: set[str] = field(default_factory=set)
    """The log groups that it makes itself."""
    apis: set[str] = field(default_factory=set)
    """IDs of REST, HTTP and WebSocket APIs."""
    machines: set[str] = field(default_factory=set)
    """ARNs of state machines."""


def functions_of_stack(logs: Logs, stack: str) -> frozenset[str]:
    """Return the names of the functions in a stack and in the stacks that are nested in it.

    Raises as `contents_of_stack`.
    """
    return frozenset(contents_of_stack(logs, stack).functions)


def contents_of_stack(logs: Logs, stack: str) -> StackContents:
    """Return what is in a stack and in the stacks that are nested in it.

    `stack` is a name or an ARN. Raises Refused where there is none (NO_SUCH_GROUP), or
    cloudformation:ListStackResources is denied.
    """
    found = StackContents()
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
                kind = resource.get("ResourceType")
                if kind == _FUNCTION:
                    found.functions[physical] = resource.get("LogicalResourceId") or ""
                elif kind == _GROUP:
                    found.groups.add(physical)
                elif kind in _APIS:
                    found.apis.add(physical)
                elif kind == _MACHINE:
                    found.machines.add(physical)
                elif kind == _STACK and physical not in known:
                    known.add(physical)
                    waiting.append(physical)
            token = answer.get("NextToken")
            if not token:
                break
            trail = trail.after(token)
    return found


def names_of_stacks(logs: Logs) -> Iterator[str]:
    """Yield the names of the stacks that are there and not nested in others, page by page.

    Raises Refused where cloudformation:ListStacks is denied.
    """
    token: str | None = None
    trail = BEGINNING
    while True:
        answer = logs.call("ListStacks", "*", {"NextToken": token}, service="cloudformation")
        for stack in answer.get("StackSummaries", ()):
            if stack.get("StackStatus") != _GONE and not stack.get("ParentId"):
                yield stack["StackName"]
        token = answer.get("NextToken")
        if not token:
            return
        trail = trail.after(token)


def near_stacks(logs: Logs, name: str) -> list[str]:
    """Return names of stacks, at most three, the most like one first; none where refused.

    Before all those that begin with it: a service of the Serverless Framework has a stack for each
    stage.
    """
    try:
        names = list(islice(names_of_stacks(logs), _LOOKED_THROUGH))
    except (Refused, SourceError):
        return []
    by_lower = {each.lower(): each for each in sorted(names)}
    wanted = name.lower()
    near = [each for lower, each in by_lower.items() if lower.startswith(wanted)]
    near += [by_lower[each] for each in difflib.get_close_matches(wanted, by_lower, n=_SHOWN)]
    near += [each for lower, each in by_lower.items() if wanted in lower]
    near += [
        by_lower[each] for each in difflib.get_close_matches(wanted, by_lower, n=_SHOWN, cutoff=0.0)
    ]
    return list(dict.fromkeys(near))[:_SHOWN]


def group_of_machine(logs: Logs, arn: str) -> str | None:
    """Return the log group that a state machine writes its history to; None: it writes none.

    Raises Refused where it is gone, or states:DescribeStateMachine is denied.
    """
    answer = logs.call(
        "DescribeStateMachine", arn, {"stateMachineArn": arn}, service="stepfunctions"
    )
    logging = answer.get("loggingConfiguration") or {}
    if logging.get("level") == "OFF":
        return None
    for destination in logging.get("destinations", ()):
        group = group_of_arn((destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn"))
        if group:
            return group
    return None


def group_of_arn(arn: object) -> str | None:
    """Return the name in the ARN of a log group; None for all else."""
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[6] if len(parts) > 6 and parts[2] == "logs" and parts[5] == "log-group" else None


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
