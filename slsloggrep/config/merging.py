"""Which of several files wins: the project's over the user's own, and a context over both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from slsloggrep.config.layer import Alias, Layer, Place, Setting
from slsloggrep.config.sources import NamedSource
from slsloggrep.errors import UsageError
from slsloggrep.wording import suggestion

ADDING = ("redact-pattern", "redact-field")
"""Lists that add up: what one file wants hidden, no other shows."""

_EXCLUSIVE = {"tz": "local", "local": "tz"}
"""Two ways to say one thing: a later file's goes before an earlier one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What all files together say."""

    settings: Mapping[str, Setting] = field(default_factory=dict)
    prices: Mapping[Place, Setting] = field(default_factory=dict)
    sources: Mapping[str, NamedSource] = field(default_factory=dict)
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    contexts: tuple[str, ...] = ()
    """Names of all that there are."""
    context: str | None = None
    """The name of the one in use."""

    def price_table(self) -> dict[Place, tuple[float, float]]:
        """Return the prices alone."""
        return {place: setting.value for place, setting in self.prices.items()}


def merge(layers: Sequence[Layer], context: str | None = None) -> Config:
    """Return what files say together; the later of `layers` wins.

    A named source is one file's, whole: parts of two would be neither. Raises UsageError where
    there is no such context; one that a file chooses by default may be defined in another.
    """
    chosen = context or next(
        (layer.default_context.value for layer in reversed(layers) if layer.default_context), None
    )
    names = tuple(dict.fromkeys(name for layer in layers for name in layer.contexts))
    if chosen is not None and chosen not in names:
        raise _no_context(chosen, names)
    settings: dict[str, Setting] = {}
    prices: dict[Place, Setting] = {}
    ordered = [
        *layers,
        *(layer.contexts[chosen] for layer in layers if chosen and chosen in layer.contexts),
    ]
    for layer in ordered:
        for key, setting in layer.settings.items():
            if setting.value:
                settings.pop(_EXCLUSIVE.get(key, ""), None)
            settings[key] = _over(settings.pop(key, None), key, setting)
        prices.update(layer.prices)
    return Config(
        settings=settings,
        prices=prices,
        sources={name: source for layer in layers for name, source in layer.sources.items()},
        aliases={name: alias for layer in layers for name, alias in layer.aliases.items()},
        contexts=names,
        context=chosen,
    )


def _over(below: Setting | None, key: str, setting: Setting) -> Setting:
    if below is None or key not in ADDING:
        return setting
    values = tuple(dict.fromkeys((*below.value, *setting.value)))
    return replace(setting, value=values, below=below)


def _no_context(name: str, names: Sequence[str]) -> UsageError:
    there = f"there are: {', '.join(names)}" if names else "[context.NAME] in a file makes one"
    return UsageError(
        f"no context is called '{name}'{suggestion(name, names)}",
        hint=f"{there}; slsloggrep config path names the files",
    )
