"""Files with settings as texts, and the settings that these tests know of."""

from __future__ import annotations

from collections.abc import Iterable

from slsloggrep.config import Config, Document, Kind, Layer, merge, parse_document, read_layer

KINDS: dict[str, tuple[Kind, ...]] = {
    "tz": (Kind(),),
    "local": (Kind(base="flag"),),
    "redact": (Kind(base="flag"),),
    "redact-field": (Kind(several=True),),
    "id-key": (Kind(several=True),),
    "group": (Kind(several=True),),
    "profile": (Kind(several=True),),
    "region": (Kind(several=True),),
    "sources": (Kind(several=True),),
    "endpoint-url": (Kind(),),
    "exec": (Kind(),),
    "color": (Kind(choices=("auto", "never")),),
    "by": (Kind(choices=("cold", "hour"), several=True),),
    "limit": (Kind(base="integer", least=1), Kind(base="integer", least=0)),
    "rate": (Kind(base="number", least=0, above_least=True),),
    "engine": (Kind(choices=("auto", "filter")),),
}


class Sample:
    """A config.Known."""

    def kinds(self, key: str) -> Iterable[Kind]:
        return KINDS.get(key, ())

    def names(self) -> Iterable[str]:
        return KINDS


def document_of(text: str, name: str = "own.toml", *, project: bool = False) -> Document:
    return parse_document(text.encode(), name, is_project=project, folder="/p" if project else "")


def layer_of(text: str, name: str = "own.toml", *, project: bool = False) -> Layer:
    return read_layer(document_of(text, name, project=project), Sample())


def config_of(own: str = "", project: str = "", context: str | None = None) -> Config:
    layers = [layer_of(own), layer_of(project, "project.toml", project=True)]
    return merge(layers, context)


def told(config: Config) -> dict[str, tuple[object, str]]:
    """Return the values and their origins."""
    return {key: (setting.value, setting.origin) for key, setting in config.settings.items()}
