"""A project's folder: which of its files tell what is deployed.

`serverless.yml`, templates of CloudFormation and SAM with their `samconfig.toml`, and `cdk.out`.
Each kind of file is known to a module of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from os.path import isfile  # unlike that of `Path` it does not fail on what no path can be
from pathlib import Path

from slsloggrep.errors import UsageError
from slsloggrep.project.assembly import MANIFEST, read_assembly
from slsloggrep.project.deployment import Deployment
from slsloggrep.project.serverless import read_serverless
from slsloggrep.project.templates import Surroundings, read_samconfig, read_template

_SERVERLESS = ("serverless.yml", "serverless.yaml", "serverless.json")
_TEMPLATES = ("template.yaml", "template.yml", "template.json")
_SAMCONFIG = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_CDK = "cdk.out"
_LOOKED_FOR = "serverless.yml, template.yaml, samconfig.toml or cdk.out"
_PROGRAMS = {
    "serverless.ts": "serverless.ts is a program: serverless print > serverless.yml writes it out",
    "serverless.js": "serverless.js is a program: serverless print > serverless.yml writes it out",
    "serverless-compose.yml": "--project names the folder of one of its services",
    "cdk.json": "cdk synth writes cdk.out",
}
"""What may be there instead, and what makes files of it that can be read."""


def read_project(place: str, stage: str | None = None) -> tuple[Deployment, ...]:
    """Return what a folder, or one of the files of its kind, deploys; at least one.

    `stage` is a stage of the Serverless Framework or the CDK, or an environment of samconfig.
    Raises UsageError where there is nothing of the kind, or it makes no sense; MissingExtraError
    for YAML without PyYAML.
    """
    path = Path(place)
    try:
        if isfile(path):
            return tuple(_read_file(path, stage))
        if not os.path.isdir(path):
            raise UsageError(
                f"there is no folder '{place}'", hint="--project . is the current folder"
            )
        if not os.access(path, os.X_OK):
            raise UsageError(f"the files in '{place}' cannot be read: permission denied")
        found = tuple(_read_folder(path, stage))
    except RecursionError as error:  # a mapping of YAML that holds itself
        raise UsageError(f"what '{place}' deploys has no end") from error
    if not found:
        hints = [hint for name, hint in _PROGRAMS.items() if (path / name).exists()]
        raise UsageError(
            f"there is no {_LOOKED_FOR} in '{place}'",
            hint="; ".join(hints) or "--project names the folder that has one of them",
        )
    return found


def _read_folder(folder: Path, stage: str | None) -> Iterator[Deployment]:
    if isfile(folder / MANIFEST) and folder.name == _CDK:
        yield from read_assembly(folder, _CDK, stage)
        return
    if path := _first(folder, _SERVERLESS):
        yield read_serverless(path, path.name, stage)
    yield from _read_sam(folder, stage)
    if isfile(folder / _CDK / MANIFEST):
        yield from read_assembly(folder / _CDK, _CDK, stage)


def _read_sam(folder: Path, stage: str | None) -> Iterator[Deployment]:
    config = _first(folder, _SAMCONFIG)
    around, template = Surroundings(), _first(folder, _TEMPLATES)
    if config is not None:
        stated = read_samconfig(config, stage)
        around = stated.surroundings
        if stated.template is not None and isfile(folder / stated.template):
            template = folder / stated.template
    if template is not None:
        yield read_template(template, template.name, around)
    elif config is not None and around.stack:
        yield Deployment(origin=config.name, stack=around.stack, region=around.region)


def _read_file(path: Path, stage: str | None) -> Iterator[Deployment]:
    if path.name in _SERVERLESS:
        yield read_serverless(path, path.name, stage)
    elif path.name == MANIFEST:
        yield from read_assembly(path.parent, _CDK, stage)
    elif path.name in _SAMCONFIG:
        yield from _read_sam(path.parent, stage)
    else:
        config = _first(path.parent, _SAMCONFIG)
        around = Surroundings() if config is None else read_samconfig(config, stage).surroundings
        yield read_template(path, path.name, around)


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if isfile(folder / name)), None)
