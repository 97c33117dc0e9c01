"""What logs of an API of API Gateway: its stages' logs, and the functions behind it.

An ID does not tell of which of the two kinds an API is: REST APIs are asked for first, then those
of the second kind (HTTP and WebSocket APIs). Functions are those of integrations and authorizers.

API Reference: API Gateway 2015-07-09 and V2 2018-11-29; how execution logs are called: API Gateway
Developer Guide, rest-api-execution-logging; WebSocket APIs: websocket-api-logging.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from slsloggrep.sources.cloudwatch.api_names import ApiSpec
from slsloggrep.sources.cloudwatch.deployments import group_of_arn
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.sources.cloudwatch.trail import BEGINNING

_DEFAULT = "$default"
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:(?P<name>[A-Za-z0-9_-]+)")
_VARIABLE = re.compile(r"\$\{?stageVariables\.(?P<name>\w+)\}?")
_REST, _SECOND = "apigateway", "apigatewayv2"


@dataclass
class ApiContents:
    """What of an API has to do with logs."""

    functions: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    """Those that it writes to, if there they are: logging may be off."""
    notes: list[str] = field(default_factory=list)
    troubles: list[Refused] = field(default_factory=list)
    """Why some of it is not known."""


class _Stage(NamedTuple):
    name: str
    access_log: str | None
    variables: Mapping[str, str]


def contents_of_api(logs: Logs, spec: ApiSpec, *, functions: bool = True) -> ApiContents:
    """Return what an API writes to, and the functions behind it.

    Raises Refused where there is no such API (NO_SUCH_GROUP), or apigateway:GET is denied.
    """
    contents = ApiContents()
    for identifier, stage in _identified(logs, spec, contents):
        _add_api(logs, replace_spec(spec, identifier, stage), contents, functions=functions)
    return contents


def replace_spec(spec: ApiSpec, identifier: str, stage: str | None) -> ApiSpec:
    """Return what is named by an ID in the place of a custom domain."""
    return ApiSpec(
        text=spec.text,
        identifier=identifier,
        stage=stage,
        is_path=spec.is_path and not spec.domain,
        region=spec.region,
    )


def _identified(
    logs: Logs, spec: ApiSpec, contents: ApiContents
) -> Iterator[tuple[str, str | None]]:
    """Yield the API that is named, with its stage; for a custom domain, those it is mapped to."""
    if not spec.domain:
        yield spec.identifier, spec.stage
        return
    try:
        mappings = list(
            _items(logs, _SECOND, "GetApiMappings", spec.domain, {"DomainName": spec.domain})
        )
    except Refused as refused:
        if refused.why is not Why.NO_SUCH_GROUP:
            raise
        raise Refused(
            Why.NO_SUCH_GROUP,
            f"there is no custom domain '{spec.domain}' in {logs.region}",
            "an edge-optimised one is in us-east-1: --region us-east-1; --api ID names the API "
            "behind it",
        ) from refused
    fitting = [each for each in mappings if _fits(str(each.get("ApiMappingKey") or ""), spec.path)]
    if fitting:  # the longest wins, as it does in API Gateway
        mappings = [max(fitting, key=lambda each: len(each.get("ApiMappingKey") or ""))]
    if not mappings:
        raise Refused(
            Why.NO_SUCH_GROUP,
            f"the custom domain '{spec.domain}' leads to no API in {logs.region}",
            "another --region, or --api ID",
        )
    for mapping in mappings:
        identifier, stage = str(mapping.get("ApiId") or ""), mapping.get("Stage")
        contents.notes.append(f"{spec.text}: {spec.domain} is mapped to the API {identifier}")
        yield identifier, stage if isinstance(stage, str) else None


def _fits(key: str, path: str) -> bool:
    return not key or path == key or path.startswith(f"{key}/")


def _add_api(logs: Logs, spec: ApiSpec, contents: ApiContents, *, functions: bool) -> None:
    identifier = spec.identifier
    try:
        stages = _stages_of_rest(logs, identifier)
    except Refused as refused:
        if refused.why is not Why.NO_SUCH_GROUP:
            raise
        kind = _kind(logs, identifier)
        stages = _stages_of_second(logs, identifier)
        service, execution = _SECOND, f"/aws/apigateway/{identifier}/"
    else:
        kind = "REST"
        service, execution = _REST, f"API-Gateway-Execution-Logs_{identifier}/"
    chosen = _choose(stages, spec, contents)
    for stage in chosen:
        if kind != "HTTP":
            contents.groups.add(f"{execution}{stage.name}")
        group = group_of_arn(stage.access_log)
        if group:
            contents.groups.add(group)
        elif stage.access_log:
            contents.notes.append(
                f"{identifier}: the access log of the stage {stage.name} goes to {stage.access_log}"
            )
    if not functions:
        return
    uris: list[str] = []
    try:
        found = _uris_of_rest if service == _REST else _uris_of_second
        uris += found(logs, identifier)
    except Refused as refused:
        contents.troubles.append(refused)
    _add_functions(identifier, uris, chosen, contents)


def _choose(stages: Sequence[_Stage], spec: ApiSpec, contents: ApiContents) -> Sequence[_Stage]:
    """Return the stages that are named; without a name, or where it is a route, the others too."""
    if spec.stage is None:
        return stages
    named = [stage for stage in stages if stage.name == spec.stage]
    if not named and spec.is_path:
        named = [stage for stage in stages if stage.name == _DEFAULT] or list(stages)
    elif not named:
        there = ", ".join(stage.name for stage in stages) or "none"
        raise Refused(
            Why.NO_SUCH_GROUP,
            f"the API {spec.identifier} has no stage '{spec.stage}'",
            f"its stages: {there}",
        )
    return named


def _add_functions(
    identifier: str, uris: Sequence[str], stages: Sequence[_Stage], contents: ApiContents
) -> None:
    for uri in uris:
        variables = _VARIABLE.findall(uri)
        filled = [_fill(uri, stage.variables) for stage in stages] if variables else [uri]
        names = {found["name"] for each in filled if (found := _FUNCTION.search(each))}
        contents.functions |= names
        if variables and not names and ":lambda:" in uri:
            which = ", ".join(variables)
            contents.notes.append(f"{identifier}: no stage says what the variable {which} holds")


def _fill(uri: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found["name"], found[0]), uri)


def _stages_of_rest(logs: Logs, identifier: str) -> list[_Stage]:
    answer = logs.call(
        "GetStages", f"/restapis/{identifier}/stages", {"restApiId": identifier}, service=_REST
    )
    return [
        _Stage(
            str(stage.get("stageName") or ""),
            (stage.get("accessLogSettings") or {}).get("destinationArn"),
            stage.get("variables") or {},
        )
        for stage in _dicts(answer.get("item"))
    ]


def _stages_of_second(logs: Logs, identifier: str) -> list[_Stage]:
    resource = f"/apis/{identifier}/stages"
    return [
        _Stage(
            str(stage.get("StageName") or ""),
            (stage.get("AccessLogSettings") or {}).get("DestinationArn"),
            stage.get("StageVariables") or {},
        )
        for stage in _items(logs, _SECOND, "GetStages", resource, {"ApiId": identifier})
    ]


def _kind(logs: Logs, identifier: str) -> str:
    try:
        answer = logs.call("GetApi", f"/apis/{identifier}", {"ApiId": identifier}, service=_SECOND)
    except Refused as refused:
        if refused.why is not Why.NO_SUCH_GROUP:
            raise
        raise Refused(
            Why.NO_SUCH_GROUP, f"there is no API '{identifier}' in {logs.region}"
        ) from refused
    return str(answer.get("ProtocolType") or "HTTP")


def _uris_of_rest(logs: Logs, identifier: str) -> Iterator[str]:
    resource, given = f"/restapis/{identifier}/", {"restApiId": identifier}
    # Without `embed`, a method's integration would take a call of its own.
    with_methods = {**given, "embed": ["methods"], "limit": 500}
    for each in _items(logs, _REST, "GetResources", f"{resource}resources", with_methods):
        methods = each.get("resourceMethods")
        for method in _dicts(methods.values() if isinstance(methods, dict) else ()):
            yield str((method.get("methodIntegration") or {}).get("uri") or "")
    for each in _items(logs, _REST, "GetAuthorizers", f"{resource}authorizers", given):
        yield str(each.get("authorizerUri") or "")


def _uris_of_second(logs: Logs, identifier: str) -> Iterator[str]:
    resource, given = f"/apis/{identifier}/", {"ApiId": identifier}
    for each in _items(logs, _SECOND, "GetIntegrations", f"{resource}integrations", given):
        yield str(each.get("IntegrationUri") or "")
    for each in _items(logs, _SECOND, "GetAuthorizers", f"{resource}authorizers", given):
        yield str(each.get("AuthorizerUri") or "")


def _items(
    logs: Logs, service: str, operation: str, resource: str, given: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield what an operation lists, page by page."""
    token_in, listed, token_out = (
        ("position", "items", "position")
        if service == _REST
        else ("NextToken", "Items", "NextToken")
    )
    token: str | None = None
    trail = BEGINNING
    while True:
        answer = logs.call(operation, resource, {**given, token_in: token}, service=service)
        yield from _dicts(answer.get(listed))
        token = answer.get(token_out)
        if not token:
            return
        trail = trail.after(token)


def _dicts(values: Any) -> list[dict[str, Any]]:
    """Return those that are objects: a fake service may answer anything."""
    return [each for each in values or () if isinstance(each, dict)]
