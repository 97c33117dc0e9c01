"""`slsloggrep help [TOPIC|COMMAND]`: what several commands share, and the help of each.

The texts of topics are in `slsloggrep.cli.topics`, those of recipes in `slsloggrep.cli.recipes`,
those of commands with the commands. The options as tables for the README are made by
`slsloggrep.cli.reference`.
"""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from slsloggrep.cli.app import (
    COMMANDS,
    EXIT_CODES,
    TROUBLE_CODES,
    App,
    Command,
    environment_of,
)
from slsloggrep.cli.pager import NO_PAGER, paging
from slsloggrep.cli.recipes import (
    RECIPES,
    RECIPES_SUMMARY,
    RECIPES_TEXT,
    RECIPES_TOPIC,
    Recipe,
    command_lines,
)
from slsloggrep.cli.topics import (
    EXIT_CODES_SUMMARY,
    EXIT_CODES_TEXT,
    EXIT_CODES_TOPIC,
    TOPICS,
    Topic,
)
from slsloggrep.errors import UsageError
from slsloggrep.wording import suggestion


def topics() -> dict[str, Topic]:
    """Return all topics by name, that of the exit codes last."""
    codes = tuple((str(code), meaning) for code, meaning in (*EXIT_CODES, *TROUBLE_CODES))
    recipes = tuple((recipe.name, recipe.symptom) for recipe in RECIPES)
    return {
        RECIPES_TOPIC: Topic(RECIPES_SUMMARY, (RECIPES_TEXT, recipes)),
        **TOPICS,
        EXIT_CODES_TOPIC: Topic(EXIT_CODES_SUMMARY, (EXIT_CODES_TEXT, codes)),
    }


def _complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    if ctx.params.get("words") == (RECIPES_TOPIC,):
        return [
            CompletionItem(recipe.name, help=recipe.symptom)
            for recipe in RECIPES
            if recipe.name.startswith(incomplete)
        ]
    summaries = {**{name: topic.summary for name, topic in topics().items()}, **COMMANDS}
    return [
        CompletionItem(name, help=summary)
        for name, summary in summaries.items()
        if name.startswith(incomplete)
    ]


@click.command(
    "help",
    cls=Command,
    examples=[
        ("slsloggrep help", "Which topics and commands there are:"),
        ("slsloggrep help recipes timeout", "What to type at an incident:"),
        ("slsloggrep help crashes show", "The help of a command:"),
    ],
    exit_codes=[(0, "printed"), (2, "no topic or command is called so")],
)
@click.argument("words", metavar="[TOPIC|COMMAND]", nargs=-1, shell_complete=_complete)
@click.option(
    "--markdown",
    is_flag=True,
    help="All options of all commands, as Markdown tables; with recipes: all recipes.",
)
@click.option("--no-pager", is_flag=True, help=NO_PAGER)  # no setting: help reads no files
@click.pass_context
def command(ctx: click.Context, words: tuple[str, ...], markdown: bool, no_pager: bool) -> int:
    """Tell of a topic (recipes, time, sources, ids, filters, ...) or of a command.

    Without a name, which there are. `help recipes` tells what to type at the most usual incidents.
    """
    environment = environment_of(ctx)
    if markdown:
        if words == (RECIPES_TOPIC,):
            from slsloggrep.cli.recipes import markdown_recipes

            environment.write(markdown_recipes())
            return 0
        if words:
            raise UsageError(
                "--markdown is of all commands, or of recipes", hint="without another name"
            )
        from slsloggrep.cli.reference import markdown_reference

        environment.write(markdown_reference(_app(ctx), environment))
        return 0
    text = _text(ctx, words)
    with paging(environment, wanted=not no_pager) as stdout:
        stdout.write(text)
    return 0


def _text(ctx: click.Context, words: tuple[str, ...]) -> str:
    if not words:
        return f"{ctx.find_root().get_help()}\n\n{_list(ctx)}"
    known = topics()
    if len(words) == 1 and words[0] in known:
        return topic_text(words[0], known[words[0]], ctx.make_formatter())
    if len(words) == 2 and words[0] == RECIPES_TOPIC:
        return recipe_text(_recipe(words[1]), ctx.make_formatter())
    return _command_help(ctx, words) + "\n"


def topic_text(name: str, topic: Topic, formatter: click.HelpFormatter) -> str:
    """Return a topic as it is shown, as wide as the formatter is."""
    formatter.write_text(f"{name}: {topic.summary[0].lower()}{topic.summary[1:]}")
    for part in topic.parts:
        formatter.write_paragraph()
        if isinstance(part, str):
            formatter.write_text(part)
            continue
        with formatter.indentation():
            formatter.write_dl(list(part))
    return formatter.getvalue()


def recipe_text(recipe: Recipe, formatter: click.HelpFormatter) -> str:
    """Return a recipe as it is shown; its commands are not wrapped: they are there to be copied."""
    formatter.write_text(f"{recipe.name}: {recipe.symptom[0].lower()}{recipe.symptom[1:]}")
    formatter.write_paragraph()
    for line in command_lines(recipe):
        formatter.write(f"    {line}\n")
    formatter.write_paragraph()
    formatter.write_text(recipe.reading)
    return formatter.getvalue()


def _recipe(name: str) -> Recipe:
    """Return the recipe of a name, or of a number, which the README has."""
    recipes = {recipe.name: recipe for recipe in RECIPES}
    recipes |= {str(number): recipe for number, recipe in enumerate(RECIPES, start=1)}
    if name not in recipes:
        near = suggestion(name, recipes, alike=0.5)
        raise UsageError(f"no recipe is called '{name}'{near}", hint="slsloggrep help recipes")
    return recipes[name]


def _list(ctx: click.Context) -> str:
    formatter = ctx.make_formatter()
    with formatter.section("Topics (slsloggrep help TOPIC)"):
        formatter.write_dl([(name, topic.summary) for name, topic in topics().items()])
    return formatter.getvalue()


def _command_help(ctx: click.Context, words: tuple[str, ...]) -> str:
    """Return the help of a command, of a part of one, or of what an alias stands for."""
    app, root = _app(ctx), ctx.find_root()
    names = [*topics(), *COMMANDS]
    if words[0] in topics():
        raise UsageError(
            f"'{words[0]}' is a topic, and has no parts", hint=f"slsloggrep help {words[0]}"
        )
    if words[0] not in COMMANDS:
        from slsloggrep.cli.aliases import aliases_of

        aliases = aliases_of(ctx)
        names += aliases
        if words[0] not in aliases:
            near = suggestion(words[0], names, alike=0.5)
            raise UsageError(
                f"no topic and no command is called '{words[0]}'{near}",
                hint="slsloggrep help tells which there are",
            )
    name, found, rest = app.resolve_command(root, list(words))
    is_alias = words[0] not in COMMANDS
    if found is None or (rest and not is_alias):
        parts = app.parts_of(words[0])
        near = suggestion(words[1], parts, alike=0.5)
        raise UsageError(
            f"'{words[0]}' has no part that is called '{words[1]}'{near}",
            hint=f"slsloggrep help {words[0]}",
        )
    own = found.context_class(found, info_name=name, parent=root, obj=environment_of(ctx))
    return found.get_help(own)


def _app(ctx: click.Context) -> App:
    app = ctx.find_root().command
    if not isinstance(app, App):
        raise TypeError("help is of the program's commands")
    return app
