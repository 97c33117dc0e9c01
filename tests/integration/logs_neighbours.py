"""What stands beside CloudWatch Logs: a function's configuration, names of stacks, who one is."""

from __future__ import annotations

import itertools
from typing import Any
from xml.sax.saxutils import escape

from logs_world import ServiceError, World, invalid

_keys = itertools.count(1)


def get_function_configuration(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Answer for a name, `name:alias`, a partial or a whole ARN."""
    wanted: str = given["FunctionName"]
    qualifier = given.get("Qualifier")
    parts = wanted.split(":")
    if "function" in parts[:-1]:
        parts = parts[parts.index("function") + 1 :]
    if len(parts) > 1:
        if qualifier not in (None, parts[1]):
            raise invalid("Qualifier and the qualifier of FunctionName differ", violation=True)
        qualifier = parts[1]
    name = parts[0]
    arn = f"arn:aws:lambda:{world.region}:{world.account}:function:{name}"
    function = world.functions.get(name)
    elsewhere = wanted.startswith("arn:") and not wanted.startswith(arn)
    known = function is not None and qualifier in (None, "$LATEST", *function.aliases)
    if function is None or elsewhere or not known:
        at = f"{arn}:{qualifier}" if qualifier else arn
        raise ServiceError("ResourceNotFoundException", f"Function not found: {at}")
    return _configuration(world, name, qualifier)


def list_functions(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Answer with at most 50 functions a page, whatever is asked for."""
    if "FunctionVersion" in given or "MasterRegion" in given:
        raise invalid("the stand-in lists functions, not their versions", violation=True)
    names = sorted(world.functions)
    start = world.redeem(given["Marker"], ("ListFunctions", 0)) if "Marker" in given else 0
    stop = start + min(given.get("MaxItems", 50), 50)
    answer: dict[str, Any] = {
        "Functions": [_configuration(world, name, None) for name in names[start:stop]]
    }
    if stop < len(names):
        answer["NextMarker"] = world.issue(("ListFunctions", 0), stop)
    return answer


def _configuration(world: World, name: str, qualifier: str | None) -> dict[str, Any]:
    arn = f"arn:aws:lambda:{world.region}:{world.account}:function:{name}"
    answer: dict[str, Any] = {
        "FunctionName": name,
        "FunctionArn": f"{arn}:{qualifier}" if qualifier else arn,
        "Runtime": "python3.13",
        "Role": f"arn:aws:iam::{world.account}:role/{name}",
        "Handler": "app.handler",
        "CodeSize": 1000,
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": "2026-01-01T00:00:00.000+0000",
        "Version": "$LATEST",
        "State": "Active",
    }
    group = world.functions[name].log_group
    if group is not None:
        answer["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": group}
    stated = dict(world.functions[name].stated)
    if "LoggingConfig" in stated and group is not None:
        stated["LoggingConfig"] = {"LogGroup": group, **stated["LoggingConfig"]}
    return {name: value for name, value in (answer | stated).items() if value is not None}


def get_caller_identity(world: World, _given: dict[str, Any]) -> dict[str, Any]:
    return {
        "UserId": "AIDAEXAMPLE",
        "Account": world.account,
        "Arn": f"arn:aws:iam::{world.account}:user/reader",
    }


def assume_role(_world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Give credentials of the role's account; the service remembers their key."""
    _, _, _, _, account, role = given["RoleArn"].split(":", 5)
    session = given["RoleSessionName"]
    name = role.removeprefix("role/")
    return {
        "Credentials": {
            "AccessKeyId": f"ASIA{next(_keys):016d}",
            "SecretAccessKey": "assumed",
            "SessionToken": "assumed",
            "Expiration": "2099-01-01T00:00:00Z",
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"AROAEXAMPLE:{session}",
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        },
    }


def list_stacks(world: World, _given: dict[str, Any]) -> dict[str, Any]:
    """Name the stacks, all of them on one page."""
    created = "2026-01-01T00:00:00Z"
    return {
        "StackSummaries": [
            {"StackName": name, "CreationTime": created, "StackStatus": "CREATE_COMPLETE"}
            for name in world.stacks
        ]
    }


def as_xml(operation: str, answer: dict[str, Any]) -> str:
    return (
        f'<{operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<{operation}Result>{_members(answer)}</{operation}Result>"
        f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation}Response>"
    )


def _members(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_members(item)}</{name}>" for name, item in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_members(item)}</member>" for item in value)
    return escape(str(value))


def error_as_xml(code: str, message: str) -> str:
    return (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        f"<Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        "</Error><RequestId>1</RequestId></ErrorResponse>"
    )


OPERATIONS = {
    "GetFunctionConfiguration": get_function_configuration,
    "ListFunctions": list_functions,
    "ListStacks": list_stacks,
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
}
