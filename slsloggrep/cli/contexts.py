"""Settings out of files, for a command: read when its options ask for them, and not for its help.

Which settings there are is taken from the declarations of the options. What files may say, and
which of them wins, is `slsloggrep.config`'s knowledge.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slsloggrep.cli.app import App, environment_of
from slsloggrep.cli.context import Environment
from slsloggrep.cli.declarations import CONTEXT, PREFIX, Option
from slsloggrep.cli.times import parse_duration, parse_window, parse_zone
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded when a command runs, not when its help is shown
    from slsloggrep.config import Config, Document, Kind
    from slsloggrep.model import Millis

_DOCUMENTS = "slsloggrep.config.documents"
_CONFIG = "slsloggrep.config"
"""Keys of a click context's notes."""

_PLURAL = {"source": "sources"}
"""Settings that are not called as their option is: `source` is a table of named ones."""

_DURATIONS = ("late", "reach", "baseline", "reorder", "slower-than")
"""Texts that are more than that, besides a zone and times: told with the file and the line."""


def key_of(option: click.Parameter) -> str | None:
    """Return the setting that an option takes its default from, as its declaration says."""
    if not isinstance(option, Option) or not isinstance(option.envvar, str):
        return None
    key = option.envvar.removeprefix(PREFIX).lower().replace("_", "-")
    return None if key == CONTEXT else _PLURAL.get(key, key)


def variable_of(key: str) -> str:
    """Return the variable that goes before a setting."""
    name = next((name for name, plural in _PLURAL.items() if plural == key), key)
    return PREFIX + name.replace("-", "_").upper()


class Settings:
    """Which settings there are; all commands are imported only where one does not know a key."""

    def __init__(self, app: App, command: click.Command | None = None) -> None:
        self._app = app
        self._command = command

    def kinds(self, key: str) -> Iterator[Kind]:
        """Yield what a setting may take, for the command that runs first; see config.Known."""
        for command in self._commands():
            for option in command.params:
                if key_of(option) == key:
                    yield kind_of(option)

    def names(self) -> Iterable[str]:
        """Yield all settings."""
        keys = [key_of(option) for command in self._commands() for option in command.params]
        return dict.fromkeys(filter(None, keys))

    def _commands(self) -> Iterator[click.Command]:
        if self._command is not None:
            yield self._command
        yield from self._app.all_commands()


def kind_of(option: click.Parameter) -> Kind:
    """Return what a setting takes, as the option's declaration says."""
    from slsloggrep.config import Kind

    several = bool(getattr(option, "multiple", False))
    declared = option.type
    if isinstance(declared, click.types.BoolParamType):
        return Kind(base="flag")
    if isinstance(declared, click.Choice):
        return Kind(several=several, choices=tuple(map(str, declared.choices)))
    if isinstance(declared, click.types.IntParamType):
        return Kind(base="integer", several=several, least=getattr(declared, "min", None))
    if isinstance(declared, click.types.FloatParamType):
        return Kind(
            base="number",
            several=several,
            least=getattr(declared, "min", None),
            above_least=bool(getattr(declared, "min_open", False)),
        )
    return Kind(several=several)


class Defaults(MutableMapping[str, Any]):
    """The values of files by parameter, below a command's flags and variables.

    Files are read when the first option asks that was neither given nor has a variable. Click
    wants a mapping that could be written to, and writes nothing.
    """

    def __init__(self, ctx: click.Context) -> None:
        self._ctx = ctx
        self._options = {
            option.name: (key, option)
            for option in ctx.command.params
            if option.name is not None and (key := key_of(option)) is not None
        }
        self._values: dict[str, Any] | None = None

    def __contains__(self, name: object) -> bool:
        return name in self._options and name in self._loaded()

    def __getitem__(self, name: str) -> Any:
        if name not in self._options:
            raise KeyError(name)
        return self._loaded()[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._loaded()[name] = value

    def __delitem__(self, name: str) -> None:
        del self._loaded()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())

    def _loaded(self) -> dict[str, Any]:
        if self._values is None:
            from slsloggrep.config import UnfitError

            settings = config_of(self._ctx).settings
            self._values = {}
            for name, (key, option) in self._options.items():
                if key not in settings:
                    continue
                value = settings[key].value
                try:  # a list of one text is a list; what is accepted once is accepted again
                    kind_of(option).accept(list(value) if isinstance(value, tuple) else value)
                except UnfitError:
                    continue  # meant for another command, which has such a format
                self._values[name] = value
        return self._values


def config_of(ctx: click.Context) -> Config:
    """Return what the files say for a command line, read once; raises UsageError."""
    config: Config | None = ctx.meta.get(_CONFIG)
    if config is None:
        from slsloggrep.config import merge, read_layer

        app = ctx.find_root().command
        if not isinstance(app, App):
            raise TypeError("settings are those of a command of the program")
        known = Settings(app, ctx.command)
        layers = [read_layer(document, known) for document in documents_of(ctx)]
        config = ctx.meta[_CONFIG] = merge(layers, ctx.meta.get(CONTEXT))
        _check(config, environment_of(ctx).clock())
    return config


def _check(config: Config, now: Millis) -> None:
    """Raise UsageError, with file and line, for a text that makes no sense as what it sets."""
    checks: dict[str, Callable[[Any], object]] = {
        "tz": parse_zone,
        "since": lambda text: parse_window(text, None, now=now, tz=UTC),
        "until": lambda text: parse_window(None, text, now=now, tz=UTC),
        "redact-pattern": _check_patterns,
        "redact-field": _check_fields,
        "dashboards-url": _check_dashboards,
        **dict.fromkeys(_DURATIONS, parse_duration),
    }
    for key in checks.keys() & config.settings.keys():
        setting = config.settings[key]
        try:
            checks[key](setting.value)
        except UsageError as error:
            raise UsageError(f"{setting.origin}: {error.message}", hint=error.hint) from None


def _check_patterns(values: Sequence[str]) -> None:
    from slsloggrep.cli.redaction import resolve_redaction

    resolve_redaction(patterns=values)


def _check_fields(values: Sequence[str]) -> None:
    from slsloggrep.cli.redaction import resolve_redaction

    resolve_redaction(fields=values)


def _check_dashboards(value: str) -> None:
    from slsloggrep.cli.origins import Consoles

    Consoles(dashboards_url=value).check()


def documents_of(ctx: click.Context) -> list[Document]:
    """Return the files that there are, the user's own first; read once for a command line."""
    documents: list[Document] | None = ctx.meta.get(_DOCUMENTS)
    if documents is None:
        documents = ctx.meta[_DOCUMENTS] = list(_read_documents(environment_of(ctx)))
    return documents


def put_document(ctx: click.Context, document: Document) -> None:
    """Let a text count as the user's own file, in the place of the one that there may be."""
    ctx.meta[_DOCUMENTS] = [document, *_read_project(environment_of(ctx))]
    ctx.meta.pop(_CONFIG, None)


def own_file(environment: Environment) -> Path | None:
    """Return where the user's own file is to be."""
    from slsloggrep.config import user_file

    return user_file(environment.env, sys.platform)


def project_file(environment: Environment) -> Path | None:
    """Return the nearest project's file that is the user's or root's.

    Another user's, in a folder that several can write to, is passed over, and said.
    """
    from slsloggrep.config import project_candidates
    from slsloggrep.config.places import PROJECT_VARIABLE

    if named := environment.env.get(PROJECT_VARIABLE):
        return Path(named)
    try:
        candidates = list(project_candidates(Path.cwd()))
    except OSError:  # the folder is gone
        return None
    for path in candidates:
        try:
            status = path.stat()
        except OSError:
            continue
        if not stat.S_ISREG(status.st_mode):
            continue  # a pipe would be waited for without end
        if hasattr(os, "getuid") and status.st_uid not in (os.getuid(), 0):
            environment.say(
                f"slsloggrep: {path} is another user's and is not read; "
                f"{PROJECT_VARIABLE}={path} reads it"
            )
            return None
        return path
    return None


def own_document(environment: Environment) -> Document | None:
    """Return the user's own file; None where it is not there yet. Raises UsageError."""
    return next(_read_own(environment, is_needed=False), None)


def _read_documents(environment: Environment) -> Iterator[Document]:
    from slsloggrep.config.places import CONFIG_VARIABLE

    yield from _read_own(environment, is_needed=bool(environment.env.get(CONFIG_VARIABLE)))
    yield from _read_project(environment)


def _read_own(environment: Environment, *, is_needed: bool) -> Iterator[Document]:
    from slsloggrep.config import parse_document

    own = own_file(environment)
    content = _read(own, named=is_needed)
    if content is not None:
        yield parse_document(content, str(own))


def _read_project(environment: Environment) -> Iterator[Document]:
    from slsloggrep.config import parse_document
    from slsloggrep.config.places import PROJECT_VARIABLE

    project = project_file(environment)
    content = _read(project, named=bool(environment.env.get(PROJECT_VARIABLE)))
    if project is not None and content is not None:
        folder = str(project.absolute().parent)
        yield parse_document(content, str(project), is_project=True, folder=folder)


def _read(path: Path | None, *, named: bool) -> bytes | None:
    """Return a file's bytes, or None where there is none; raises UsageError."""
    if path is None:
        return None
    from slsloggrep.config.document import LARGEST

    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        if named:
            raise UsageError(f"'{path}' cannot be read: {error.strerror}") from None
        return None
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror or error}") from None
