"""`cdk.out`: what `cdk synth` writes, stack by stack.

`manifest.json` has artifacts by ID: `aws:cloudformation:stack` with `templateFile` and, where it is
not the ID, `stackName`; `cdk:cloud-assembly` for each stage, with a folder of its own
(cloud-assembly-schema, artifact-schema).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slsloggrep.errors import UsageError
from slsloggrep.project.deployment import Deployment
from slsloggrep.project.documents import part, read_document, text_of
from slsloggrep.project.templates import Surroundings, read_template

MANIFEST = "manifest.json"
_STACK = "aws:cloudformation:stack"
_ASSEMBLY = "cdk:cloud-assembly"
_ENVIRONMENT = re.compile(r"aws://[^/]*/(?P<region>[a-z0-9-]+)")
_UNKNOWN = "unknown-region"


def read_assembly(folder: Path, origin: str, stage: str | None) -> tuple[Deployment, ...]:
    """Return the stacks of a folder that `cdk synth` wrote; of one stage, where one is named.

    Raises UsageError for a folder that is none, and for a stage that is not in it.
    """
    stages: dict[str, list[Deployment]] = {}
    for own, deployment in _stacks(folder, origin, "", set()):
        stages.setdefault(own, []).append(deployment)
    if stage is not None and stages.keys() - {""}:
        if stage not in stages:
            raise UsageError(
                f"'{folder}' has no stage '{stage}'",
                hint=f"it has {', '.join(filter(None, stages))}",
            )
        return tuple(stages[stage])
    return tuple(deployment for own in stages.values() for deployment in own)


def _stacks(
    folder: Path, origin: str, stage: str, seen: set[str]
) -> Iterator[tuple[str, Deployment]]:
    """Yield each stack with the stage that it is of, empty for none; each folder is read once."""
    seen.add(os.path.realpath(folder))
    manifest = read_document(folder / MANIFEST)
    artifacts = manifest.get("artifacts")
    if not isinstance(artifacts, dict):
        raise UsageError(f"'{folder / MANIFEST}' is no manifest of the CDK: it has no artifacts")
    for identifier, artifact in artifacts.items():
        kind = part(artifact, "type")
        if kind == _STACK:
            yield stage, _read_stack(folder, origin, str(identifier), artifact)
        elif kind == _ASSEMBLY:
            inner = text_of(part(artifact, "properties", "directoryName"))
            name = text_of(part(artifact, "properties", "displayName"))
            below = folder / inner
            is_new = os.path.isfile(below / MANIFEST) and os.path.realpath(below) not in seen
            if inner and is_new:
                yield from _stacks(below, origin, name or inner, seen)


def _read_stack(folder: Path, origin: str, identifier: str, artifact: Any) -> Deployment:
    found = _ENVIRONMENT.fullmatch(text_of(part(artifact, "environment")))
    around = Surroundings(
        stack=text_of(part(artifact, "properties", "stackName")) or identifier,
        region=found["region"] if found and found["region"] != _UNKNOWN else None,
    )
    file = folder / text_of(part(artifact, "properties", "templateFile"))
    if not os.path.isfile(file):  # unlike that of `Path` it does not fail on too long a name
        note = f"the template of {around.stack} is not at hand"
        return Deployment(origin=origin, stack=around.stack, region=around.region, notes=(note,))
    return read_template(file, origin, around)
