"""What is needed to know what belongs to stacks, tags and APIs, tried harmlessly.

Only where such are named: whoever names log groups needs none of these permissions. Resource types:
Service Authorization Reference, AWS CloudFormation, Amazon Resource Group Tagging API, Amazon API
Gateway Management (V2), AWS Step Functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from slsloggrep.model.checks import Check, Permission, Verdict
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.api_names import ApiSpec, parse_api, parse_stack
from slsloggrep.sources.cloudwatch.apis import contents_of_api
from slsloggrep.sources.cloudwatch.deployments import (
    StackContents,
    contents_of_stack,
    functions_of_tags,
    group_of_machine,
    parse_tag,
)
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.wording import count_text


class Try(Protocol):
    """Makes a check of a call that returns what is worth knowing."""

    def __call__(self, what: str, call: Callable[[], str], *needed: Permission) -> Check:
        """Return the check."""
        ...


def check_belongings(
    logs: Logs, settings: Settings, account: str, partition: str, attempt: Try
) -> Iterator[Check]:
    """Yield a check for each stack, the tags and each API that the settings name for this place."""
    examination = _Examination(logs, account, partition, attempt)
    named = [(spec.name, spec.short, spec.region) for spec in map(parse_stack, settings.stacks)]
    for each in settings.projects:
        region = None if settings.regions else each.region
        named += [(each.stack, each.stack, region)] if each.stack else []
    for name, short, region in dict.fromkeys(named):
        if region in (None, logs.region):
            yield from examination.check_stack(name, short)
    if settings.tags:
        yield examination.check_tags(settings.tags)
    for text in settings.apis:
        spec = parse_api(text)
        if spec.region in (None, logs.region):
            yield examination.check_api(spec)


class _Examination:
    def __init__(self, logs: Logs, account: str, partition: str, attempt: Try) -> None:
        self._logs = logs
        self._account = account
        self._partition = partition
        self._try = attempt

    def check_stack(self, name: str, short: str) -> Iterator[Check]:
        """Yield whether a stack can be listed, and then what its APIs and machines log to."""
        held: list[StackContents] = []

        def look() -> str:
            held.append(contents_of_stack(self._logs, name))
            return f"{count_text(len(held[0].functions), 'function')}"

        # Nested stacks are called by their parent's name, and more.
        arns = tuple(self._arn("cloudformation", f"stack/{n}/*") for n in (short, f"{short}-*"))
        yield self._try(
            f"stack {short}", look, Permission("cloudformation:ListStackResources", arns)
        )
        for contents in held:
            for identifier in sorted(contents.apis):
                spec = ApiSpec(text=identifier, identifier=identifier)
                yield _lesser(self.check_api(spec, functions=False), "its access log is not read")
            for arn in sorted(contents.machines):
                yield _lesser(self._check_machine(arn), "its log group is not read")

    def check_tags(self, texts: tuple[str, ...]) -> Check:
        """Return whether functions can be found by their tags."""
        tags = [parse_tag(text) for text in texts]

        def look() -> str:
            return count_text(len(functions_of_tags(self._logs, tags)), "function")

        return self._try(f"tag {' '.join(texts)}", look, Permission("tag:GetResources"))

    def check_api(self, spec: ApiSpec, *, functions: bool = True) -> Check:
        """Return whether an API can be asked what it logs to, and what is behind it."""

        def look() -> str:
            contents = contents_of_api(self._logs, spec, functions=functions)
            for refused in contents.troubles:
                raise refused
            count = count_text(len(contents.groups), "log group")
            if not functions:
                return count
            return f"{count_text(len(contents.functions), 'function')}, {count}"

        paths = [f"/{kind}/{spec.identifier}" for kind in ("restapis", "apis")]
        if spec.domain:
            paths = [f"/domainnames/{spec.domain}", "/restapis/*", "/apis/*"]
        start = f"arn:{self._partition}:apigateway:{self._logs.region}::"
        arns = tuple(f"{start}{path}{end}" for path in paths for end in ("", "/*"))
        return self._try(f"API {spec.text}", look, Permission("apigateway:GET", arns))

    def _check_machine(self, arn: str) -> Check:
        def look() -> str:
            return group_of_machine(self._logs, arn) or "it writes no logs"

        name = arn.rpartition(":")[2]
        needed = Permission("states:DescribeStateMachine", (arn,))
        return self._try(f"state machine {name}", look, needed)

    def _arn(self, service: str, resource: str) -> str:
        region = self._logs.region
        return f"arn:{self._partition}:{service}:{region}:{self._account}:{resource}"


def _lesser(check: Check, consequence: str) -> Check:
    """Return a check whose failure costs little: the rest of a stack is read all the same."""
    if check.verdict is not Verdict.MISSING or check.fatal:
        return check
    return replace(check, detail=f"{check.detail}; {consequence}")
