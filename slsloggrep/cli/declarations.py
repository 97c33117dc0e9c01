"""The options that commands share, as they are declared: names, variables, help, completion.

What they resolve to is `slsloggrep.cli.options`'s affair. What a single command alone takes is
declared in its own module, with `shared` where it has a variable too.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import click
from click.shell_completion import CompletionItem

from slsloggrep.cli.app import environment_of
from slsloggrep.cli.pager import NO_PAGER
from slsloggrep.cli.times import GRAMMAR

_Function = TypeVar("_Function", bound=Callable[..., Any])
OutputFormat = Literal["text", "json", "ndjson", "csv", "md", "html", "svg"]

TEXT_FORMATS: tuple[OutputFormat, ...] = ("text", "json", "ndjson")
"""What every command can print; documents (`slsloggrep.cli.publication`) have more formats."""

PICTURE: OutputFormat = "svg"
"""A picture of the text as a terminal shows it."""

PREFIX = "SLSLOGGREP_"

CONTEXT = "context"
"""The option that chooses among the contexts of the files with settings; also where a click
context's notes have it."""

BARE = ""
"""What `--group` holds that nothing follows: `crashes` understands it, others need a name."""

_OFFERED = (
    "cloudwatch:",
    "demo:",
    "s3://",
    "opensearch+https://",
    "opensearch+http://",
    "elasticsearch+https://",
    "elasticsearch+http://",
)


def offer(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return what a parameter's value may become, for `shell_complete` of arguments."""
    from slsloggrep.cli.candidates import candidates

    return candidates(ctx, parameter, incomplete) or []


class Option(click.Option):
    """An option that reads its variable from the injected environment, not from the process's."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the variable's value; an empty one is as good as unset."""
        if not isinstance(self.envvar, str):
            return None
        return environment_of(ctx).env.get(self.envvar) or None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer names that are known of accounts and settings, else what the type offers."""
        found = offer(ctx, self, incomplete)
        return found or super().shell_complete(ctx, incomplete)


class SourceUrl(click.types.StringParamType):
    """A source's URL, path or glob, not looked at yet."""

    name = "URL"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Split a variable's value at spaces; quotes keep together what has some."""
        try:
            return shlex.split(rv)
        except ValueError as error:
            raise click.BadParameter(f"{PREFIX}SOURCE cannot be split: {error}") from None

    def shell_complete(
        self, ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer named sources and the schemes, then files."""
        from slsloggrep.cli.candidates import named_sources

        names = [name for name in named_sources(ctx) if name.startswith(incomplete)]
        schemes = [url for url in _OFFERED if incomplete and url.startswith(incomplete)]
        words = [CompletionItem(word) for word in [*names, *schemes]]
        return words or [CompletionItem(incomplete, type="file")]


def shared(*declarations: str, **attributes: Any) -> Callable[[_Function], _Function]:
    """Declare an option whose variable is `SLSLOGGREP_` and its long name."""
    name = next(word for word in declarations if word.startswith("--")).split("/")[0]
    variable = PREFIX + name.removeprefix("--").replace("-", "_").upper()
    return click.option(*declarations, cls=Option, envvar=variable, **attributes)


def _stack(*options: Callable[[_Function], _Function]) -> Callable[[_Function], _Function]:
    def declare(function: _Function) -> _Function:
        for option in reversed(options):
            function = option(function)
        return function

    return declare


def _note_context(ctx: click.Context, _option: click.Parameter, name: str | None) -> None:
    ctx.meta[CONTEXT] = name


context_option = shared(
    "--context",
    CONTEXT,
    metavar="NAME",
    is_eager=True,  # the defaults of the others depend on it
    expose_value=False,
    callback=_note_context,
    help="The [context.NAME] of your files with settings.",
)

input_options = _stack(
    shared(
        "--source",
        "-S",
        "sources",
        type=SourceUrl(),
        multiple=True,
        help="Where the logs are: cloudwatch: (the default where AWS credentials are), "
        "s3://bucket/prefix, opensearch+https://host/index, a file, folder or glob, - for a pipe, "
        "demo:, the name of a source in your settings. Repeatable.",
    ),
    shared(
        "--since",
        "--start",
        "-s",
        metavar="TIME",
        help=f"Start of the window: {GRAMMAR}. A day means its beginning.",
    ),
    shared("--until", "--end", "-u", metavar="TIME", help="End of the window, not included."),
    shared(
        "--late",
        metavar="DURATION",
        default="1h",
        show_default=True,
        help="How much later than its events an archived object may have been written, or an "
        "event that is followed may turn up.",
    ),
    shared(
        "--id-key",
        "id_keys",
        metavar="FIELD",
        multiple=True,
        help="A field of your logs that holds an identifier, such as order_id. Repeatable.",
    ),
    shared(
        "--response-key",
        "response_keys",
        metavar="FIELD",
        multiple=True,
        help="A field of your logs that holds a response value. Repeatable.",
    ),
    shared(
        "--group",
        "-g",
        "groups",
        metavar="GROUP",
        multiple=True,
        is_flag=False,
        flag_value=BARE,
        help="Log groups: a name, a glob, a /regex/, an ARN, a URL of the console or of an API. "
        "Repeatable.",
    ),
    shared(
        "--function",
        "-F",
        "functions",
        metavar="NAME",
        multiple=True,
        help="The log groups of functions, by name or glob, wherever they log to. Repeatable.",
    ),
    shared(
        "--stack",
        "stacks",
        metavar="NAME",
        multiple=True,
        help="What belongs to a CloudFormation stack (SAM, CDK and Serverless deploy such) and to "
        "those nested in it: functions, log groups, logs of APIs. Functions that are named with it "
        "are looked for in it, by logical ID too. Repeatable.",
    ),
    shared(
        "--tag",
        "tags",
        metavar="KEY=VALUE",
        multiple=True,
        help="Functions with a tag; KEY alone: with any value of it. Repeatable: all of the keys, "
        "any of the values of one.",
    ),
    shared(
        "--project",
        "projects",
        metavar="FOLDER",
        multiple=True,
        help="What serverless.yml, template.yaml, samconfig.toml or cdk.out of a folder deploy. "
        "Repeatable.",
    ),
    shared(
        "--stage",
        metavar="NAME",
        help="Of --project: a stage of Serverless or the CDK, an environment of samconfig.toml.",
    ),
    shared(
        "--api",
        "apis",
        metavar="ID|URL",
        multiple=True,
        help="The logs of an API of API Gateway, and of the functions behind it: ID, ID/STAGE, "
        "URL, custom domain. Repeatable.",
    ),
    shared("--profile", "profiles", metavar="NAME", multiple=True, help="AWS profile. Repeatable."),
    shared("--region", "regions", metavar="NAME", multiple=True, help="AWS region. Repeatable."),
    shared("--role-arn", metavar="ARN", help="AWS role to assume."),
    shared("--endpoint-url", metavar="URL", help="Endpoint to use instead of AWS's own."),
    shared(
        "--engine",
        type=click.Choice(["auto", "filter", "insights"]),
        default="auto",
        show_default=True,
        help="How CloudWatch is asked: FilterLogEvents, or Logs Insights, which costs money.",
    ),
    shared(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="Calls per second at most, for each account, region and API of CloudWatch.",
    ),
    shared(
        "--dry-run",
        is_flag=True,
        help="Print what would be read, with calls, bytes and dollars, and read no logs.",
    ),
    shared(
        "--tz",
        metavar="ZONE",
        help="Time zone of times without an offset, given and shown: UTC (the default), "
        "Europe/Berlin, +02:00.",
    ),
    shared("--local", is_flag=True, help="The same as --tz with this machine's time zone."),
    context_option,
)


def output_option(
    formats: Sequence[str], default: str = "text"
) -> Callable[[_Function], _Function]:
    """Declare `-o`, for a command that has these formats."""
    return shared(
        "--output",
        "-o",
        type=click.Choice(formats),
        default=default,
        show_default=True,
        help="Format of what is written.",
    )


look_options = _stack(
    shared(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colours; auto heeds NO_COLOR, CLICOLOR_FORCE and TERM=dumb.",
    ),
    shared("--no-pager", is_flag=True, help=NO_PAGER),
    shared("--no-next", is_flag=True, help="Leave out the next step under a result."),
    shared("--stats", is_flag=True, help="Tell objects, bytes, time and rate on stderr."),
    shared("--verbose", "-v", is_flag=True, help="Tell every note and every gap on stderr."),
)
