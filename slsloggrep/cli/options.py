"""What the options that commands share resolve to.

An option holds what was typed, without looking at files or the network; `Inputs` turns a set of
them into the values that the pipeline takes, once. How they are declared is
`slsloggrep.cli.declarations`' affair.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any

import click

from slsloggrep.cli.app import environment_of
from slsloggrep.cli.context import Environment
from slsloggrep.cli.credentials import DEFAULT_SOURCE, default_sources
from slsloggrep.cli.declarations import (
    BARE,
    PICTURE,
    TEXT_FORMATS,
    OutputFormat,
    input_options,
    look_options,
    output_option,
)
from slsloggrep.cli.projects import read_projects
from slsloggrep.cli.times import parse_duration, parse_window, parse_zone
from slsloggrep.errors import SourceError, UsageError

if TYPE_CHECKING:  # sources and parsers are loaded when a command runs, not when its help is shown
    from slsloggrep.cli.field_notes import FieldNotes
    from slsloggrep.cli.named import Files
    from slsloggrep.model import Millis
    from slsloggrep.parse import Parser
    from slsloggrep.project import Deployment
    from slsloggrep.sources.base import Engine, Settings, Source

_MOST_PROCESSES = 8
"""That read an archive at once: some 40 MB of memory each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How an answer is to be shown."""

    format: OutputFormat
    color: str
    stats: bool
    verbose: bool
    no_pager: bool = False
    no_next: bool = False

    @property
    def is_picture(self) -> bool:
        """Tell whether the answer is to be a picture of the text."""
        return self.format == PICTURE

    @property
    def is_text(self) -> bool:
        """Tell whether the answer is text for people, or a picture of it."""
        return self.format == "text" or self.is_picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What source and zone options mean, resolved once; nothing was opened yet."""

    urls: tuple[str, ...]
    since: Millis | None
    until: Millis | None
    late: Millis
    zone: tzinfo
    now: Millis
    id_keys: tuple[str, ...]
    response_keys: tuple[str, ...]
    groups: tuple[str, ...]
    functions: tuple[str, ...]
    profiles: tuple[str, ...]
    regions: tuple[str, ...]
    role_arn: str | None
    endpoint_url: str | None
    engine: Engine
    rate: float | None
    dry_run: bool
    stacks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    projects: tuple[Deployment, ...] = ()
    apis: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    """What a further command needs to read the same: sources, groups, profiles, as typed."""
    files: Files | None = None
    """What files with settings say beside that."""
    notes: FieldNotes | None = None
    """Of the fields that the logs have, for completion."""

    @property
    def prices(self) -> Mapping[tuple[str, str], tuple[float, float]]:
        """The user's own prices, by region and architecture: a GB-second's and a request's."""
        return {} if self.files is None else self.files.prices

    @property
    def subject(self) -> str:
        """What was named, for a title: functions, and the stacks and the like that they are of."""
        held = [
            *(f"stack {name}" for name in self.stacks),
            *(f"stack {each.stack}" if each.stack else each.origin for each in self.projects),
            *(f"tag {tag}" for tag in self.tags),
            *(f"API {name}" for name in self.apis),
        ]
        return " of ".join(filter(None, (" ".join(self.functions), ", ".join(held))))

    def open_sources(self, environment: Environment, cancelled: Callable[[], bool]) -> list[Source]:
        """Return the sources; raises UsageError or SourceError where one cannot be used."""
        from slsloggrep.cli.progress import CLEAR, moves
        from slsloggrep.sources.base import Settings, open_source

        if "-" in self.urls and environment.stdin_is_terminal:
            environment.say("slsloggrep: reading standard input; Ctrl-D ends it")
        said: set[str] = set()

        def say_once(line: str) -> None:
            # A command may ask twice: first for what happened, then for what happens.
            if line not in said:
                said.add(line)
                if moves(environment):
                    environment.write_aside(CLEAR)  # a line with progress may stand there
                environment.say(f"slsloggrep: {line}")

        settings = Settings(
            now=self.now,
            late=self.late,
            stdin=environment.stdin,
            env=environment.env,
            groups=self.groups,
            functions=self.functions,
            stacks=self.stacks,
            tags=self.tags,
            projects=self.projects,
            apis=self.apis,
            profiles=self.profiles,
            regions=self.regions,
            role_arn=self.role_arn,
            endpoint_url=self.endpoint_url,
            engine=self.engine,
            rate=self.rate,
            processes=min(environment.cores, _MOST_PROCESSES),
            say=say_once,
            cancelled=cancelled,
        )
        own = {} if self.files is None else self.files.own
        open_one = open_source if len(self.urls) == 1 else _open_one_of_several
        return [
            self._open(url, replace(settings, **own.get(url, {})), open_one) for url in self.urls
        ]

    def _open(
        self, url: str, settings: Settings, open_one: Callable[[str, Settings], Source]
    ) -> Source:
        from slsloggrep.sources.base import Capability

        if settings.selects or any(":" in name for name in (*settings.groups, *settings.functions)):
            from slsloggrep.sources.selected import settled

            try:
                settings = settled(url, settings)
            except SourceError as error:
                if len(self.urls) == 1:
                    raise
                from slsloggrep.sources.base import Unusable

                return Unusable(url, error)
        source = open_one(url, settings)
        if Capability.FUNCTION in source.capabilities:
            return source
        if not settings.groups and not settings.functions:
            return source
        from slsloggrep.sources.chosen import Chosen

        return Chosen(source, settings.groups, settings.functions, settings.gaps)

    def make_parser(self) -> Parser:
        """Return a parser that knows the user's keys, and lets fields be noted."""
        from slsloggrep.parse import Parser

        notice = None if self.notes is None else self.notes.take
        return Parser(self.id_keys, self.response_keys, notice)


def _open_one_of_several(url: str, settings: Settings) -> Source:
    """Return a source; one that cannot be used says so when it is asked, for others can answer."""
    from slsloggrep.sources.base import Unusable, open_source

    try:
        return open_source(url, settings)
    except SourceError as error:
        return Unusable(url, error)


STRENGTH = (
    click.core.ParameterSource.PROMPT,
    click.core.ParameterSource.COMMANDLINE,
    click.core.ParameterSource.ENVIRONMENT,
    click.core.ParameterSource.DEFAULT_MAP,
    click.core.ParameterSource.DEFAULT,
    None,
)
"""Where a value comes from, the strongest first."""


def pipeline_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the shared options; it is called with what they mean.

    The function takes an Environment, Inputs and Output, then its own parameters by name.
    """

    @functools.wraps(function)
    def resolve(**given: Any) -> int:
        ctx = click.get_current_context()
        environment = environment_of(ctx)
        local, tz = (STRENGTH.index(ctx.get_parameter_source(name)) for name in ("local", "tz"))
        if given["local"] and given["tz"] and local != tz:
            # Given in two ways, by flag and by variable: the flag wins, as it does for one option.
            given["tz" if local < tz else "local"] = None
        output = Output(
            format=given.pop("output"),
            color=given.pop("color"),
            stats=given.pop("stats"),
            verbose=given.pop("verbose"),
            no_pager=given.pop("no_pager"),
            no_next=given.pop("no_next"),
        )
        if BARE in given["groups"]:
            if "grouped" not in given:
                raise click.UsageError("Option '--group' requires an argument.")
            given["groups"] = tuple(filter(None, given["groups"]))
            given["grouped"] = True
        # Functions that a command takes as arguments are no others than those of -F.
        given["functions"] += given.pop("function_arguments", ())
        from slsloggrep.cli.field_notes import noting
        from slsloggrep.cli.named import settle

        stated = {**given}
        given["files"] = settle(ctx, given)
        names = inspect.signature(resolve_inputs).parameters.keys() & given.keys()
        inputs = resolve_inputs(environment, **{name: given.pop(name) for name in names})
        with noting(environment, stated, inputs) as notes:
            return function(environment, replace(inputs, notes=notes), output, **given)

    formats = getattr(function, "formats", TEXT_FORMATS)
    return input_options(output_option(formats)(look_options(resolve)))


def resolve_inputs(
    environment: Environment,
    *,
    sources: Sequence[str],
    since: str | None,
    until: str | None,
    late: str,
    tz: str | None,
    local: bool,
    id_keys: Sequence[str],
    response_keys: Sequence[str],
    groups: Sequence[str],
    functions: Sequence[str],
    profiles: Sequence[str],
    regions: Sequence[str],
    role_arn: str | None,
    endpoint_url: str | None,
    engine: Engine,
    rate: float | None,
    dry_run: bool,
    stacks: Sequence[str] = (),
    tags: Sequence[str] = (),
    projects: Sequence[str] = (),
    stage: str | None = None,
    apis: Sequence[str] = (),
    files: Files | None = None,
) -> Inputs:
    """Return what the options mean; raises UsageError where they make no sense."""
    zone = resolve_zone(environment, tz=tz, local=local)
    now = environment.clock()
    start, end = parse_window(since, until, now=now, tz=zone)
    if not sources:
        chosen = [*groups, *functions, *stacks, *tags, *projects, *apis]
        sources = default_sources(environment, named=[*chosen, *profiles])
    named = sources if files is None else files.sources
    if sources.count("-") > 1:
        raise UsageError("standard input can be read only once", hint="a single -S -")
    return Inputs(
        urls=tuple(dict.fromkeys(sources)),
        since=start,
        until=end,
        late=parse_duration(late),
        zone=zone,
        now=now,
        id_keys=tuple(id_keys),
        response_keys=tuple(response_keys),
        groups=tuple(dict.fromkeys(groups)),
        functions=tuple(dict.fromkeys(functions)),
        stacks=tuple(dict.fromkeys(stacks)),
        tags=tuple(dict.fromkeys(tags)),
        projects=read_projects(
            environment, projects, stage, typed=files is None or "stage" in files.typed
        ),
        apis=tuple(dict.fromkeys(apis)),
        profiles=tuple(dict.fromkeys(profiles)),
        regions=tuple(dict.fromkeys(regions)),
        role_arn=role_arn,
        endpoint_url=endpoint_url,
        engine=engine,
        rate=rate,
        dry_run=dry_run,
        files=files,
        typed=_typed(
            {
                "--context": ("context", [files.context] if files and files.context else ()),
                "-S": ("sources", tuple(name for name in named if name != DEFAULT_SOURCE)),
                "-g": ("groups", groups),
                "--stack": ("stacks", stacks),
                "--tag": ("tags", tags),
                "--project": ("projects", projects),
                "--stage": ("stage", [stage] if stage else ()),
                "--api": ("apis", apis),
                "--profile": ("profiles", profiles),
                "--region": ("regions", regions),
                "--role-arn": ("role_arn", [role_arn] if role_arn else ()),
                "--endpoint-url": ("endpoint_url", [endpoint_url] if endpoint_url else ()),
                "--id-key": ("id_keys", id_keys),
                "-s": ("since", [since] if since else ()),
                "-u": ("until", [until] if until else ()),
                # In which those two are read.
                "--tz": ("tz", [tz] if tz else ()),
                "--local": ("local", [None] if local else ()),
            },
            None if files is None else files.typed | {"context"},
        ),
    )


def _typed(
    options: dict[str, tuple[str, Sequence[str | None]]], typed: Collection[str] | None
) -> tuple[str, ...]:
    """Return flags with their values; those of the parameters in `typed`, None: of all."""
    return tuple(
        word
        for flag, (name, values) in options.items()
        if typed is None or name in typed
        for value in values
        for word in (flag, value)
        if word is not None
    )


def resolve_zone(environment: Environment, *, tz: str | None, local: bool) -> tzinfo:
    """Return the zone in which times are read and shown; UTC unless something else is asked for."""
    if tz and local:
        raise UsageError("--tz and --local contradict each other", hint="one of the two")
    if local:
        return environment.local_zone()
    return parse_zone(tz) if tz else UTC
