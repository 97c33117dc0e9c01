"""A walk through values of any shape, rebuilt where a visitor changes something.

Knows how values are put together (dataclasses, named tuples, containers, JSON documents) and which
keys of a document name a secret; what happens to a text is the visitor's affair. What is not
changed is the same object as before, and what stands in several places is changed once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from typing import Any, Protocol, TypeVar, cast

from slsloggrep.harmless import json_text
from slsloggrep.model import Identifier, Link, Record
from slsloggrep.redact.cards import is_card
from slsloggrep.redact.names import kind_beside, kind_under

_PLACES = frozenset({"function", "functions", "log_group", "log_stream", "source", "container"})
"""Attributes that say where something was: words of secrets that others leaked do not count there,
or a customer called Checkout would take the function's name with him."""

_IDS = frozenset({"request_id", "request_ids", "id"})
"""Attributes that hold identifiers."""

_RECORD = [field.name for field in dataclasses.fields(Record)]

_RESPONSE = "response"
"""The attribute that holds whatever a function returned."""

_UNTOUCHED = frozenset({int, float, bool, type(None), bytes, complex})

_DEEPEST = 200
"""Levels that are walked; what lies deeper is redacted as JSON text."""

_Items = TypeVar("_Items", bound=Collection[Any])

_NAMING, _VALUED = ("name", "key", "header"), "value"
"""Keys side by side, of which the first names what the second holds: headers, variables."""


class Visitor(Protocol):
    """What happens to the texts of a value."""

    def begin(self, record: Record) -> bool:
        """Hear of the record that the texts to come are of; false: it may be passed over."""
        ...

    def end(self, record: Record) -> None:
        """Hear that there are no more texts of a record."""
        ...

    def visit_text(self, text: str, *, is_place: bool) -> str:
        """Return what takes the place of a text."""
        ...

    def visit_id(self, text: str) -> str:
        """Return what takes the place of an identifier."""
        ...

    def visit_named(self, kind: str, value: Any) -> Any:
        """Return what takes the place of a document's value that is a secret by its name."""
        ...

    def kind_of_field(self, path: tuple[str, ...]) -> str | None:
        """Return what kind of secret the user says is under a path of keys; None: none."""
        ...

    def kind_of_document(self, value: Any) -> str | None:
        """Return what kind of secret a list or map is known to be from elsewhere; None: none."""
        ...


class Walk:
    """One walk of one visitor."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._done: dict[int, tuple[Any, Any]] = {}
        """Results by the originals' identities; the originals with them, so that these last."""
        self._plans: dict[type, Callable[[Any], Any]] = {}

    def walk(self, value: Any) -> Any:
        """Return a value with what the visitor makes of its texts; raises TypeError for others."""
        kind = type(value)
        if kind is str:
            return self._visitor.visit_text(value, is_place=False)
        if kind in _UNTOUCHED or isinstance(value, Enum):
            return value
        if kind is tuple:
            return self._walk_items(value)
        done = self._done.get(id(value))
        if done is not None:
            return done[1]
        plan = self._plans.get(kind)
        if plan is None:
            plan = self._plans[kind] = self._plan_of(kind, value)
        result = plan(value)
        self._done[id(value)] = (value, result)
        return result

    def _plan_of(self, kind: type, value: Any) -> Callable[[Any], Any]:
        """Return what walks through values of a type."""
        if kind is Identifier:
            return self._walk_identifier
        if kind is Link:
            return self._walk_link
        if kind is Record:
            return self._walk_record
        if dataclasses.is_dataclass(kind):
            names = [field.name for field in dataclasses.fields(kind)]
            return lambda value: self._walk_attributes(value, names, dataclasses.replace)
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            fields = list(kind._fields)
            replace = kind._replace  # type: ignore[attr-defined] # a named tuple's
            return lambda value: self._walk_attributes(value, fields, replace)
        if isinstance(value, Mapping):
            return lambda value: self._walk_document(value, (), 0)
        if isinstance(value, list):
            return lambda value: self._walk_document(value, (), 0)
        if isinstance(value, tuple):
            return self._walk_items
        if isinstance(value, frozenset | set):
            return lambda value: _rebuilt(value, [self.walk(item) for item in value])
        if isinstance(value, str):
            return lambda value: self._visitor.visit_text(str(value), is_place=False)
        raise TypeError(f"it is not known how to redact a {kind.__qualname__}")

    def _walk_attributes(self, value: Any, names: list[str], replace: Callable[..., Any]) -> Any:
        changed = {}
        visitor = self._visitor
        for name in names:
            before = getattr(value, name)
            kind = type(before)
            if name == _RESPONSE:
                after = self._walk_response(before)
            elif kind in _UNTOUCHED:
                continue
            elif kind is str:
                if name == "event_id" and before.isdecimal():
                    continue  # CloudWatch's own, of which there are many
                if name in _IDS:
                    after = visitor.visit_id(before)
                else:
                    after = visitor.visit_text(before, is_place=name in _PLACES)
            elif name in _PLACES and kind is tuple:
                after = _rebuilt(
                    before, [visitor.visit_text(item, is_place=True) for item in before]
                )
            elif name in _IDS and kind is tuple:
                after = _rebuilt(before, [visitor.visit_id(item) for item in before])
            else:
                after = self.walk(before)
            if after is not before:
                changed[name] = after
        return replace(value, **changed) if changed else value

    def _walk_response(self, value: Any) -> Any:
        """Walk through a response, which is a document, and a field's value in the log it is of."""
        kind = self._visitor.kind_of_field((_RESPONSE,)) or self._visitor.kind_of_document(value)
        if kind is not None and value is not None:
            return self._visitor.visit_named(kind, value)
        return self._walk_document(value, (), 0)

    def _walk_record(self, record: Record) -> Record:
        if not self._visitor.begin(record):
            return record
        walked = self._walk_attributes(record, _RECORD, dataclasses.replace)
        self._visitor.end(record)
        return cast("Record", walked)

    def _walk_identifier(self, identifier: Identifier) -> Identifier:
        value = self._visitor.visit_id(identifier.value)
        return identifier if value is identifier.value else Identifier(identifier.kind, value)

    def _walk_link(self, link: Link) -> Link:
        label = self._visitor.visit_text(link.label, is_place=False)
        url = self._visitor.visit_text(link.url, is_place=False)
        if url is not link.url:
            url = url.replace("<", "%3C").replace(">", "%3E")
        return link if label is link.label and url is link.url else Link(label, url)

    def _walk_items(self, value: tuple[Any, ...]) -> tuple[Any, ...]:
        walk = self.walk
        return _rebuilt(value, [walk(item) for item in value])

    def _walk_document(self, value: Any, path: tuple[str, ...], depth: int) -> Any:
        """Walk through a JSON document, whose keys name what they hold."""
        if type(value) is str:
            return self._visitor.visit_text(value, is_place=False)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            # A document's number may be what no figure of the model is.
            number = _whole(value)
            return self._visitor.visit_named("card", value) if is_card(number) else value
        if depth > _DEEPEST:
            return self._visitor.visit_text(json_text(value), is_place=False)
        if isinstance(value, Mapping):
            return self._walk_mapping(value, path, depth)
        if isinstance(value, list):
            return self._walk_list(value, path, depth)
        return self.walk(value)

    def _walk_mapping(self, value: Mapping[Any, Any], path: tuple[str, ...], depth: int) -> Any:
        result: dict[Any, Any] = {}
        is_changed = False
        named = _naming(value)
        for key, before in value.items():
            if not isinstance(key, str):
                new_key, after = self.walk(key), self._walk_document(before, path, depth + 1)
            else:
                new_key = self._visitor.visit_text(key, is_place=False)
                after = self._walk_entry(key, before, path, depth, named)
            if new_key in result:
                new_key = _free(new_key, result)
            is_changed = is_changed or new_key is not key or after is not before
            result[new_key] = after
        return result if is_changed else value

    def _walk_entry(
        self, key: str, value: Any, path: tuple[str, ...], depth: int, named: str | None
    ) -> Any:
        here = (*path, key)
        field = self._visitor.kind_of_field(here)
        if field is None and named is not None and key.lower() == _VALUED:
            field = self._visitor.kind_of_field((*path, named))
            here = (*path, named)
        if field is not None:
            return self._visitor.visit_named(field, value) if value is not None else value
        if value is None or isinstance(value, bool):
            return value
        kind = kind_under(here[-1], value)
        if kind is not None:
            return self._visitor.visit_named(kind, value)
        return self._walk_document(value, here, depth + 1)

    def _walk_list(self, value: list[Any], path: tuple[str, ...], depth: int) -> Any:
        result = [self._walk_document(item, path, depth + 1) for item in value]
        for at in range(len(value) - 1):
            name, after = value[at], value[at + 1]
            if isinstance(name, str) and isinstance(after, str):
                kind = kind_beside(name, after)
                if kind is not None:
                    result[at + 1] = self._visitor.visit_named(kind, after)
        return _rebuilt(value, result)


def _naming(value: Mapping[Any, Any]) -> str | None:
    """Return what a map's `name` says of its `value`, where it has both."""
    if len(value) > 8:
        return None
    folded = {key.lower(): key for key in value if isinstance(key, str)}
    if _VALUED not in folded:
        return None
    names = (value[folded[word]] for word in _NAMING if word in folded)
    return next((name for name in names if isinstance(name, str) and len(name) < 120), None)


def _rebuilt(value: _Items, items: list[Any]) -> _Items:
    """Return a container of other items, itself if they are the same."""
    if all(after is before for after, before in zip(items, value, strict=True)):
        return value
    return type(value)(items)  # type: ignore[call-arg] # all of these take items


def _free(key: Any, taken: Mapping[Any, Any]) -> str:
    """Return a key that is not taken: two spellings of one secret are two keys still."""
    number = 2
    while f"{key} ({number})" in taken:
        number += 1
    return f"{key} ({number})"


def _whole(value: int | float) -> str:
    """Return the digits of a number that may be a card's, of any other nothing."""
    if not 10**11 < value < 10**20 or value != int(value):
        return ""
    return str(int(value))
