"""`serverless.yml`: the Serverless Framework's stack and functions, by its naming conventions.

A stack is `SERVICE-STAGE` unless `provider.stackName` says otherwise, a function
`SERVICE-STAGE-KEY` unless its `name` does (lib/plugins/aws/lib/naming.js; lib/plugins/aws/
package/lib). Variables are replaced where the file itself holds their values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slsloggrep.project.deployment import (
    LONGEST_TEXT,
    WILD,
    Deployment,
    FunctionName,
    checked_name,
)
from slsloggrep.project.documents import part, read_document, text_of
from slsloggrep.project.templates import Surroundings, functions_of_template

_INNERMOST = re.compile(r"\$\{([^${}]*)\}")
_DEEPEST = 10
"""Variables within values of variables."""
_MOST = 10_000
"""Variables of a file: values that double each other would have no end."""
_DEFAULT_STAGE = "dev"


def read_serverless(path: Path, origin: str, stage: str | None) -> Deployment:
    """Return what a service deploys; `stage` is what `--stage` of `serverless` would be.

    Raises UsageError where the file cannot be read.
    """
    service = _Service(read_document(path), stage)
    return Deployment(
        origin=origin,
        stack=service.stack,
        region=service.region,
        functions=tuple(service.functions(path.parent)),
        notes=tuple(service.notes),
    )


class _Service:
    def __init__(self, document: Mapping[str, Any], stage: str | None) -> None:
        self._document = document
        self._options = {"stage": stage} if stage else {}
        self.notes: list[str] = []
        self._filled_in = 0
        self._stage = stage or ""
        self._stage = stage or self._value("provider", "stage") or _DEFAULT_STAGE
        name = part(document, "service")
        self._service = self._fill(name if isinstance(name, str) else part(name, "name")) or WILD
        region = self._value("provider", "region")
        self.region = region if region and WILD not in region else None

    @property
    def stack(self) -> str:
        """The stack's name; empty where a part of it is not known."""
        name = self._value("provider", "stackName") or f"{self._service}-{self._stage}"
        return "" if WILD in name else name

    def functions(self, folder: Path) -> list[FunctionName]:
        """Return the functions, those among the resources too."""
        found: list[FunctionName] = []
        stated = self._document.get("functions")
        for each in stated if isinstance(stated, list) else [stated]:
            if isinstance(each, dict):
                found += [self._function(str(key), value) for key, value in each.items()]
            elif each:
                self.notes.append(f"functions of {each} are not read")
        resources = self._document.get("resources")
        for each in resources if isinstance(resources, list) else [resources]:
            if isinstance(each, dict):
                around = Surroundings(stack=self.stack, region=self.region)
                more, notes = functions_of_template(self._filled(each), folder, around)
                found += more
                self.notes += notes
        return found

    def _function(self, key: str, value: Any) -> FunctionName:
        name = self._fill(part(value, "name")) or f"{self._service}-{self._stage}-{key}"
        return FunctionName(key, checked_name(name))

    def _value(self, *keys: str) -> str:
        return self._fill(part(self._document, *keys))

    def _filled(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """Return a template of which the names of functions are filled in; `!Sub` is not."""
        resources = template.get("Resources")
        filled = {}
        for logical, resource in (resources if isinstance(resources, dict) else {}).items():
            name = part(resource, "Properties", "FunctionName")
            if isinstance(name, str):
                properties = {**resource["Properties"], "FunctionName": self._fill(name)}
                resource = {**resource, "Properties": properties}
            filled[logical] = resource
        return {**template, "Resources": filled}

    def _fill(self, value: Any, depth: int = 0) -> str:
        """Return a text with the variables replaced, `*` for those that are not known."""
        text = text_of(value)
        if depth > _DEEPEST:
            return WILD
        while len(text) <= LONGEST_TEXT and (found := _INNERMOST.search(text)):
            known = self._variable(found[1], depth)
            text = f"{text[: found.start()]}{known}{text[found.end() :]}"
        return text if len(text) <= LONGEST_TEXT else WILD

    def _variable(self, inside: str, depth: int) -> str:
        """Return what `${...}` stands for: the first of its alternatives that has a value."""
        self._filled_in += 1
        if self._filled_in > _MOST:
            return WILD
        for alternative in re.split(r"\s*,\s*", inside.strip()):
            if quoted := re.fullmatch(r"(['\"])(.*)\1", alternative):
                return quoted[2]
            source, sign, address = alternative.partition(":")
            if WILD in alternative or not sign or source not in ("opt", "self", "sls", "param"):
                return WILD  # a file, a variable of the environment, a service of AWS
            found = self._look_up(source, address.strip(), depth)
            if found:
                return found
        return WILD

    def _look_up(self, source: str, address: str, depth: int) -> str:
        if source == "opt":
            return self._options.get(address, "")
        if source == "sls":
            return self._stage if address == "stage" else WILD
        if source == "param":
            return self._parameter(address, depth)
        if address == "service" and isinstance(self._document.get("service"), dict):
            address = "service.name"
        if address == "provider.stage" and not part(self._document, "provider", "stage"):
            return self._stage
        return self._fill(part(self._document, *address.split(".")), depth + 1)

    def _parameter(self, name: str, depth: int) -> str:
        for stage in (self._stage, "default"):
            stated = part(self._document, "params", stage, name)
            if isinstance(stated, str):
                return self._fill(stated, depth + 1)
        return WILD
