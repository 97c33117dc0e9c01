"""Templates of CloudFormation and SAM, and `samconfig.toml`, which says what their stack is called.

SAM Developer Guide, serverless-sam-cli-config (`[ENVIRONMENT.COMMAND.parameters]`, the command
before `global`); CloudFormation User Guide, intrinsic functions.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slsloggrep.errors import UsageError
from slsloggrep.project.deployment import (
    LONGEST_TEXT,
    WILD,
    Deployment,
    FunctionName,
    checked_name,
    generated_name,
)
from slsloggrep.project.documents import part, read_document, text_of

_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""Types of nested stacks, and the property that names their template."""
_ASSET = "aws:asset:path"
"""Where the CDK keeps a nested stack's template (cx-api, ASSET_RESOURCE_METADATA_PATH_KEY)."""
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:[^}]*\}\}")
_OVERRIDE = re.compile(r"ParameterKey=(?P<key>[^,]+),\s*ParameterValue=(?P<value>.*)")
_COMMAND = "deploy"


@dataclass(frozen=True)
class Surroundings:
    """What a template is deployed with."""

    stack: str = ""
    region: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Values of parameters that are certain."""


@dataclass(frozen=True)
class SamConfig:
    """What `samconfig.toml` says of a deployment."""

    surroundings: Surroundings
    template: str | None = None


def read_samconfig(path: Path, stage: str | None) -> SamConfig:
    """Return what the file says of an environment; without a stage, of `default`.

    Raises UsageError where it does not have the environment.
    """
    document = read_document(path)
    environment = stage or "default"
    stated = document.get(environment)
    if stage is not None and not isinstance(stated, dict):
        known = [name for name, value in document.items() if isinstance(value, dict)]
        raise UsageError(
            f"'{path}' has no environment '{stage}'",
            hint=f"it has {', '.join(known)}" if known else None,
        )
    values: dict[str, Any] = {}
    for command in ("global", _COMMAND):
        given = part(stated, command, "parameters")
        values.update(given if isinstance(given, dict) else {})
    template = text_of(values.get("template_file") or values.get("template"))
    return SamConfig(
        Surroundings(
            stack=text_of(values.get("stack_name")),
            region=text_of(values.get("region")) or None,
            parameters=dict(_overrides(values.get("parameter_overrides"))),
        ),
        template or None,
    )


def read_template(path: Path, origin: str, around: Surroundings) -> Deployment:
    """Return what a template deploys; raises UsageError where the file is no template."""
    document = read_document(path)
    if not isinstance(document.get("Resources"), dict):
        raise UsageError(f"'{path}' is no template of CloudFormation: it has no Resources")
    functions, notes = functions_of_template(document, path.parent, around)
    return Deployment(
        origin=origin,
        stack=around.stack,
        region=around.region,
        functions=functions,
        notes=notes,
    )


def functions_of_template(
    document: Mapping[str, Any], folder: Path, around: Surroundings, seen: set[Path] | None = None
) -> tuple[tuple[FunctionName, ...], tuple[str, ...]]:
    """Return a template's functions, those of nested stacks too, and notes on what was not read."""
    seen = set() if seen is None else seen
    functions: list[FunctionName] = []
    notes: list[str] = []
    resources = document.get("Resources")
    for logical, resource in (resources if isinstance(resources, dict) else {}).items():
        kind = text_of(part(resource, "Type"))
        properties = part(resource, "Properties")
        if kind in _FUNCTIONS:
            stated = part(properties, "FunctionName")
            name = _name(stated, document, around) if stated else None
            functions.append(
                FunctionName(
                    str(logical),
                    generated_name(around.stack, str(logical)) if name is None else name,
                )
            )
        elif kind in _NESTED:
            place = part(resource, "Metadata", _ASSET) or part(properties, _NESTED[kind])
            inner = _nested(place, folder)
            if inner is None:
                notes.append(f"the nested stack {logical} is not at hand")
            elif inner not in seen:
                seen.add(inner)  # a stack that is deployed twice has its names made up
                try:
                    template = read_document(inner)
                except UsageError as error:
                    notes.append(f"the nested stack {logical} is not read: {error.message}")
                    continue
                # What it is called is made up by CloudFormation.
                below, more = functions_of_template(
                    template, inner.parent, Surroundings(region=around.region), seen
                )
                functions += below
                notes += more
    return tuple(functions), tuple(notes)


def _nested(place: Any, folder: Path) -> Path | None:
    """Return the file of a nested stack's template; None where it is none of this machine's."""
    if not isinstance(place, str) or re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", place):
        return None
    path = folder / place
    # Unlike those of `Path`, neither fails on what no path can be, and on links in circles.
    return Path(os.path.realpath(path)) if os.path.isfile(path) else None


def _name(stated: Any, document: Mapping[str, Any], around: Surroundings) -> str:
    """Return the name that a value of FunctionName makes, empty where it tells too little."""
    name = checked_name(_Speller(around, {}).text(stated))
    # What a parameter is by default is better than nothing, and else not certain.
    return name or checked_name(_Speller(around, _defaults(document)).text(stated))


class _Speller:
    """Makes texts of values: each value once, and no long ones, for aliases can double for ever."""

    def __init__(self, around: Surroundings, defaults: Mapping[str, str]) -> None:
        self._around = around
        self._defaults = defaults
        self._made: dict[int, str] = {}
        """By the identity of a value; the document keeps all of them."""

    def text(self, value: Any) -> str:
        """Return the text of a value, with `*` for what is not known."""
        made = self._made.get(id(value))
        if made is None:
            made = self._make(value)
            self._made[id(value)] = made = made if len(made) <= LONGEST_TEXT else WILD
        return made

    def _make(self, value: Any) -> str:
        if isinstance(value, str):
            return _DYNAMIC.sub(WILD, value)
        if not isinstance(value, dict) or len(value) != 1:
            return WILD
        ((function, given),) = value.items()
        if function == "Ref":
            return self._reference(text_of(given))
        if function == "Fn::Sub":
            text, own = given, {}
            if isinstance(given, list) and len(given) == 2 and isinstance(given[1], dict):
                text, own = given
            return self._filled(text_of(text), own) or WILD
        if function == "Fn::Join" and isinstance(given, list) and len(given) == 2:
            between, parts = given
            if isinstance(between, str) and isinstance(parts, list) and len(parts) <= LONGEST_TEXT:
                return between.join(map(self.text, parts))
        return WILD

    def _filled(self, text: str, own: Mapping[str, Any]) -> str:
        if len(text) > LONGEST_TEXT:
            return WILD

        def replacement(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            return self.text(own[name]) if name in own else self._reference(name)

        return _VARIABLE.sub(replacement, _DYNAMIC.sub(WILD, text))

    def _reference(self, name: str) -> str:
        known = {"AWS::StackName": self._around.stack, "AWS::Region": self._around.region or ""}
        known_or_given = known.get(name) or self._around.parameters.get(name)
        return known_or_given or self._defaults.get(name) or WILD


def _defaults(document: Mapping[str, Any]) -> dict[str, str]:
    stated = document.get("Parameters")
    return {
        name: text
        for name, parameter in (stated if isinstance(stated, dict) else {}).items()
        if (text := text_of(part(parameter, "Default")))
    }


def _overrides(stated: Any) -> Iterator[tuple[str, str]]:
    """Yield parameters as SAM takes them: a text or a list of `KEY=VALUE`, or a table."""
    if isinstance(stated, dict):
        yield from ((key, str(value)) for key, value in stated.items())
        return
    words = stated if isinstance(stated, list) else _split(text_of(stated))
    for word in filter(text_of, words):
        found = _OVERRIDE.fullmatch(word)
        key, sign, value = (found["key"], "=", found["value"]) if found else word.partition("=")
        if sign:
            yield key, value.strip("\"'")


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an open quote: SAM refuses it
        return []
