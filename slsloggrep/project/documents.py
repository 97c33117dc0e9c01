"""Files of a project as plain values: YAML with CloudFormation's tags, JSON and TOML.

All scalars of YAML are texts, as they stand there: a name may look like a number or a date. What
the values mean is left to those who know the kind of file.

PyYAML comes with the extra `project`.
"""

from __future__ import annotations

import functools
import json
import tomllib
from pathlib import Path
from typing import Any

from slsloggrep.errors import MissingExtraError, UsageError

_LARGEST = 16 * 1024 * 1024
"""Bytes of a file; CloudFormation takes a megabyte at most."""
_KEPT = ("tag:yaml.org,2002:merge", "tag:yaml.org,2002:null")
_YAML = (".yml", ".yaml")


def read_document(path: Path) -> dict[str, Any]:
    """Return what a file holds.

    Raises UsageError where it cannot be read, or holds no mapping; MissingExtraError for YAML
    without PyYAML.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise UsageError(f"'{path}' is too large for what it should be")
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"'{path}' is no text in UTF-8") from error
    suffix = path.suffix.lower()
    try:
        if suffix in _YAML:
            value = _read_yaml(path, text)
        elif suffix == ".toml":
            value = tomllib.loads(text)
        else:
            value = json.loads(text)
    except (ValueError, RecursionError) as error:  # both decoders raise kinds of ValueError
        kind = "TOML" if suffix == ".toml" else "YAML" if suffix in _YAML else "JSON"
        raise UsageError(f"'{path}' is no {kind}: {error}") from error
    if not isinstance(value, dict):
        raise UsageError(f"'{path}' holds no mapping")
    return value


def part(value: Any, *keys: str) -> Any:
    """Return what stands under keys, one within the other; None where there is nothing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text_of(value: Any) -> str:
    """Return a text; empty where it is none."""
    return value if isinstance(value, str) else ""


def _read_yaml(path: Path, text: str) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise MissingExtraError(f"reading '{path}'", "project") from error
    loader = _make_loader()
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise UsageError(f"'{path}' is no YAML: {where}{error.problem}") from error
    except yaml.YAMLError as error:
        said = str(error).splitlines()[0]  # of a character: then where, in words about Python
        raise UsageError(f"'{path}' is no YAML: {said}") from error


@functools.cache
def _make_loader() -> Any:
    import yaml

    # Ten times faster where PyYAML was built with libyaml; both read the same.
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc] # PyYAML publishes no types
        """Reads `!Sub x` as `{"Fn::Sub": "x"}`, and every scalar as a text."""

        yaml_implicit_resolvers = {  # noqa: RUF012 - as PyYAML declares it
            first: [pair for pair in pairs if pair[0] in _KEPT]
            for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def flatten_mapping(self, node: Any) -> None:
            """Merge each key once: before PyYAML 6.0.4, merges of merges had no end."""
            super().flatten_mapping(node)
            last: dict[int, Any] = {}
            for key, value in node.value:
                last.pop(id(key), None)
                last[id(key)] = key, value
            node.value = list(last.values())

    def construct(loader: Any, suffix: str, node: Any) -> Any:
        value: Any
        if isinstance(node, yaml.MappingNode):
            value = loader.construct_mapping(node, deep=True)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_scalar(node)
        return {"Ref" if suffix == "Ref" else f"Fn::{suffix}": value}

    Loader.add_multi_constructor("!", construct)
    return Loader
