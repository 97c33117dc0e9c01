"""Whether a document fits a shape of botocore's service model, constraints and all.

botocore itself checks types, required members and minimal lengths only; the service checks all
that the model states. Ranges and lengths, patterns, enumerations and unknown members are here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

_INTEGERS = {"integer": 31, "long": 63}


@functools.cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def faults_of(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """Yield what is wrong with a value, one line each; nothing where it fits."""
    kind = shape.type_name
    where = path or "the document"
    if kind == "structure":
        yield from _faults_of_structure(value, shape, path, where)
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{where} is no list: {value!r}"
            return
        yield from _range(len(value), shape, where, "length")
        for place, item in enumerate(value):
            yield from faults_of(item, shape.member, f"{path}[{place}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{where} is no map: {value!r}"
            return
        for key, item in value.items():
            yield from faults_of(item, shape.value, f"{path}.{key}")
    elif kind == "string":
        yield from _faults_of_string(value, shape, where)
    elif kind in _INTEGERS:
        if isinstance(value, bool) or not isinstance(value, int):
            yield f"{where} is no {kind}: {value!r}"
        elif not -(2 ** _INTEGERS[kind]) <= value < 2 ** _INTEGERS[kind]:
            yield f"{where} is too large for a {kind}: {value}"
        else:
            yield from _range(value, shape, where, "value")
    elif kind in ("double", "float"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{where} is no {kind}: {value!r}"
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{where} is no boolean: {value!r}"


def _faults_of_structure(value: Any, shape: Any, path: str, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is no structure: {value!r}"
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"{path}.{name}" + " is missing"
    for name, item in value.items():
        if name not in shape.members:
            yield f"{path}.{name} is unknown"
        elif item is None:
            yield f"{path}.{name} is null"
        else:
            yield from faults_of(item, shape.members[name], f"{path}.{name}")


def _faults_of_string(value: Any, shape: Any, where: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{where} is no string: {value!r}"
        return
    yield from _range(len(value), shape, where, "length")
    enumerated = getattr(shape, "enum", None)
    if enumerated and value not in enumerated:
        yield f"{where} is none of {', '.join(enumerated)}: {value!r}"
    pattern = shape.metadata.get("pattern")
    if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, value):
        yield f"{where} does not match {pattern}: {value!r}"


def _range(number: int, shape: Any, where: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and number < least) or (most is not None and number > most):
        yield f"the {what} of {where} is {number}, not from {least} to {most}"
