"""What a function is called beside its name: in its template, in its project's files.

Who has `serverless.yml` or a template in hand knows keys and logical IDs, not what is deployed.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from slsloggrep.project import Deployment
from slsloggrep.sources.cloudwatch.names import FunctionSpec


def meant_by(spec: FunctionSpec, name: str, keys: Iterable[str]) -> str:
    """Return the name or glob of a function that a spec means; empty where it means another."""
    if spec.matches(name) or any(spec.matches(key) for key in keys):
        return name
    if spec.name.lower() in {key.lower() for key in keys}:
        return name
    return spec.name if not spec.is_glob and fnmatchcase(spec.name, name) else ""


def keys_of(deployment: Deployment | None) -> dict[str, set[str]]:
    """Return what a project's files call the functions that they know, by name."""
    keys: dict[str, set[str]] = {}
    for each in deployment.functions if deployment else ():
        if each.name:
            keys.setdefault(each.name, set()).add(each.key)
    return keys


def keys_of_logical(logical: str) -> list[str]:
    """Return what the Serverless Framework calls a function of this logical ID in its own file.

    It writes `Dash` and `Underscore`, and a capital first (lib/plugins/aws/lib/naming.js).
    """
    key = logical.removesuffix("LambdaFunction")
    if key in (logical, ""):
        return []
    written = key.replace("Dash", "-").replace("Underscore", "_")
    return [each[0].lower() + each[1:] for each in (key, written)] + [written]
