"""The command group: which commands there are, each imported only when it is asked for.

What a command takes and does belongs to its own module; how errors end the process to
`slsloggrep.cli.main`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence

import click

from slsloggrep.cli.context import Environment

PROGRAM = "slsloggrep"
COMPLETE_VARIABLE = "_SLSLOGGREP_COMPLETE"

COMMANDS = {
    "trace": "Show every invocation that served a transaction, in time order.",
    "grep": "Print the events that match, or the whole invocations that hold a match.",
    "tail": "Print what happened last, and what happens from now on.",
    "crashes": "Tell what crashed, the newest first, or all that is known of one crash.",
    "latency": "Show running times, cold starts, memory, errors and cost of functions.",
    "report": "Write an investigation into a document that a colleague can open.",
    "ship": "Put events and invocations into an index of OpenSearch or Elasticsearch.",
    "schema": "Print the JSON Schema of what a command writes.",
    "functions": "List functions with how they log, and what is unhealthy of that.",
    "doctor": "Check what an investigation needs, and tell what is missing.",
    "config": "Show, check, make and edit the files with settings.",
    "demo": "Print what there is to try on the built-in demo.",
    "completion": "Print the completion script of a shell.",
    "help": "Tell of a topic (recipes, time, sources, ids, filters, ...) or of a command.",
    "man": "Print the manual page.",
}
"""Summaries by command; `--help` shows them without importing the commands."""

SHOW = "show"
_PARTS = {
    ("crashes", SHOW): "crash_show",
    ("report", "trace"): "report",
    ("report", "crashes"): "report",
    ("report", "crash"): "report",
    ("report", "latency"): "report",
    ("report", "incident"): "report",
    ("config", "show"): "config",
    ("config", "get"): "config_keys",
    ("config", "set"): "config_keys",
    ("config", "unset"): "config_keys",
    ("config", "path"): "config",
    ("config", "init"): "config",
    ("config", "edit"): "config",
}
"""Modules of commands that are named by two words, the second the first argument of the first."""

EXIT_CODES = (
    (0, "found"),
    (1, "nothing matched, and everything was read"),
    (2, "the command line makes no sense"),
    (3, "the answer is partial: something was not read, stderr says what"),
    (4, "a source could not be used at all"),
    (130, "interrupted; what was found until then is shown"),
)

TROUBLE_CODES = (
    (70, "a defect of the program; SLSLOGGREP_DEBUG=1 shows where"),
    (74, "the output, or a temporary file, could not be written"),
)

WIDEST_HELP = 100

Example = tuple[str, str]
"""A command line and what it is for."""


class HelpFormatter(click.HelpFormatter):
    """Writes lists so that on a narrow screen, too, there is room beside their terms."""

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write terms and what they mean; terms that are longer have a line of their own."""
        super().write_dl(rows, min(col_max, self.width * 3 // 8), col_spacing)


class HelpContext(click.Context):
    """The context of a command line, whose help is written so."""

    formatter_class = HelpFormatter


class Command(click.Command):
    """A command whose help ends with real examples and the exit codes."""

    context_class = HelpContext

    def __init__(
        self,
        *args: object,
        examples: Sequence[Example] = (),
        exit_codes: Sequence[tuple[int, str]] = EXIT_CODES,
        **kwargs: object,
    ) -> None:
        text = kwargs.get("help")
        if isinstance(text, str):
            # Before a list, whose lines stay as they are; docstrings are raw where they have it.
            kwargs["help"] = text.replace("\\b\n", "\b\n")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # click's own business
        self.examples = examples
        self.exit_codes = exit_codes

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Understand a command line; what it leaves open, files with settings may say."""
        if not ctx.resilient_parsing:
            from slsloggrep.cli.contexts import Defaults

            ctx.default_map = Defaults(ctx)
        return super().parse_args(ctx, args)

    def get_help_option(self, _ctx: click.Context) -> click.Option:
        """Return the option that shows the help."""
        return _HELP_OPTION

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, one below its purpose, and the exit codes."""
        _write_examples(self.examples, formatter)
        _write_exit_codes(self.exit_codes, formatter)


class App(click.Group):
    """The group of all commands, imported one by one."""

    context_class = HelpContext

    def get_help_option(self, _ctx: click.Context) -> click.Option:
        """Return the option that shows the help."""
        return _HELP_OPTION

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the commands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of a name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"slsloggrep.cli.{cmd_name}")
        command: click.Command = module.command
        command.short_help = COMMANDS[cmd_name]  # else click cuts it short for completions
        return command

    def all_commands(self) -> Iterator[click.Command]:
        """Import every command, and yield each with its parts."""
        for name in COMMANDS:
            yield importlib.import_module(f"slsloggrep.cli.{name}").command
        for (_, name), module in _PARTS.items():
            yield _part(module, name)

    def parts_of(self, name: str) -> list[str]:
        """Return the second words of the commands that begin with a name."""
        return [part for whole, part in _PARTS if whole == name]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names; suggest near names where it is none.

        Where the argument that comes next, options aside, names a part of it, it is that part.
        """
        names = [*COMMANDS]
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from slsloggrep.cli.aliases import aliases_of, expand

            args = expand(self, ctx, args) or args
            names += aliases_of(ctx)
        name = args[0]
        for (whole, part), module in _PARTS.items():
            if name != whole or part not in args:
                continue
            rest = _without_first(self.get_command(ctx, name), ctx, args[1:], part)
            if rest is not None:
                return f"{whole} {part}", _part(module, part), rest
        if name not in COMMANDS and not name.startswith("-"):
            from slsloggrep.wording import suggestion

            ctx.fail(f"no command is called '{name}'{suggestion(name, names, alike=0.5)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their summaries, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the exit codes, those for trouble included."""
        _write_examples(_EXAMPLES, formatter)
        _write_exit_codes((*EXIT_CODES, *TROUBLE_CODES), formatter)


def _part(module: str, name: str) -> click.Command:
    """Return a part of a command; a module that has several makes the one that is named."""
    loaded = importlib.import_module(f"slsloggrep.cli.{module}")
    command: click.Command = loaded.part(name) if hasattr(loaded, "part") else loaded.command
    return command


def _without_first(
    command: click.Command | None, ctx: click.Context, args: list[str], word: str
) -> list[str] | None:
    """Return the arguments without a word, if it is the first of them that is no option's.

    What comes before it is parsed to tell: `-S show` names a source.
    """
    if command is None:
        return None
    for index, argument in enumerate(args):
        if argument != word:
            continue
        try:
            values, _, _ = command.make_parser(ctx).parse_args(args[:index])
        except click.UsageError:
            continue  # an option before it waits for its value
        arguments = [
            values.get(p.name or "") for p in command.params if p.param_type_name == "argument"
        ]
        # What was not given is nothing, or an empty list, or a mark of click's own.
        if any(words and isinstance(words, str | list | tuple) for words in arguments):
            return None
        return [*args[:index], *args[index + 1 :]]
    return None


_EXAMPLES = (
    ("slsloggrep demo", "What there is to try, without any account:"),
    ("slsloggrep trace ID -S s3://my-logs/prefix", "What happened to one transaction:"),
    ("slsloggrep grep 'connection refused' -S ./logs -s 2h", "Who wrote this, and when:"),
    ("slsloggrep crashes -s 24h", "What crashed, and what is new of it:"),
    ("slsloggrep help recipes", "What to type at the most usual incidents:"),
)

_HELP = """Trace, stitch and search the logs of serverless functions.

Logs come from sources, named by URL with -S: s3://bucket/prefix, a file, a folder or a glob,
- for a pipe, demo: for the built-in demo. Every option can be given by an environment variable
too: SLSLOGGREP_SOURCE, SLSLOGGREP_SINCE and so on; flags win.
"""


def make_app(environment: Environment) -> App:
    """Return the group with its help as wide as the environment's terminal."""
    return App(
        name=PROGRAM,
        help=_HELP,
        params=[
            click.Option(
                ["--version", "-V"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_version,
                help="Show the version and exit.",
            ),
        ],
        no_args_is_help=False,
        context_settings={"terminal_width": min(environment.width, WIDEST_HELP)},
    )


def _show_version(ctx: click.Context, _option: click.Parameter, given: bool) -> None:
    if given and not ctx.resilient_parsing:
        from slsloggrep import __version__

        environment_of(ctx).write(f"{PROGRAM} {__version__}\n")
        ctx.exit()


def _show_help(ctx: click.Context, _option: click.Parameter, given: bool) -> None:
    if given and not ctx.resilient_parsing:
        ctx.default_map = None  # help tells the defaults of the program, and reads no files
        environment_of(ctx).write(ctx.get_help() + "\n")
        ctx.exit()


_HELP_OPTION = click.Option(
    ["-h", "--help"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_help,
    help="Show this help and exit.",
)


def environment_of(ctx: click.Context) -> Environment:
    """Return the environment that a command line runs in."""
    environment = ctx.find_object(Environment)
    if environment is None:
        raise TypeError("a command line is run in an Environment, given as the context's object")
    return environment


def _write_examples(examples: Sequence[Example], formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples"):
            for position, (command_line, purpose) in enumerate(examples):
                if position:
                    formatter.write_paragraph()
                formatter.write_text(purpose)
                with formatter.indentation():
                    # Not wrapped: an example is there to be copied.
                    formatter.write(f"{'':>{formatter.current_indent}}{command_line}\n")


def _write_exit_codes(codes: Sequence[tuple[int, str]], formatter: click.HelpFormatter) -> None:
    with formatter.section("Exit codes"):
        formatter.write_dl([(str(code), meaning) for code, meaning in codes])
