"""`slsloggrep completion SHELL`, and the answers to a shell that completes a command line.

The scripts are click's, which ask the program at each Tab; so a new option needs no new script.
The files in `completions/` are what this prints. What a word may become, beside commands, options
and their choices, is `slsloggrep.cli.candidates`' knowledge.

A Tab answers at once and says nothing: there is no place for an error but the prompt.
"""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import takewhile

import click
from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    get_completion_class,
    split_arg_string,
)

from slsloggrep.cli.app import (
    COMMANDS,
    COMPLETE_VARIABLE,
    PROGRAM,
    App,
    Command,
    environment_of,
    make_app,
)
from slsloggrep.cli.candidates import UNFINISHED, first_words
from slsloggrep.cli.context import Environment
from slsloggrep.errors import UsageError

FILES = {"bash": "slsloggrep.bash", "zsh": "_slsloggrep", "fish": "slsloggrep.fish"}
"""Names that the shells expect, by shell."""

_PLACES = {
    "bash": "~/.local/share/bash-completion/completions/slsloggrep",
    "zsh": "~/.zfunc/_slsloggrep",
    "fish": "~/.config/fish/completions/slsloggrep.fish",
}
"""Where the scripts of one user are: the folders of bash-completion, of fish, and a usual one."""
_ZSH_TOO = ("and in ~/.zshrc, before compinit: fpath=(~/.zfunc $fpath)",)

_LINE = "COMP_LINE"
_PARTING = ":="
"""Characters at which bash parts words, and what is before them it keeps."""
_OBEYED = frozenset("<>")
"""Characters that it would obey: it quotes nothing."""

_PATCHES = {
    "bash": (
        # For bash, s3://logs is three words and @level two: the line itself tells what was typed.
        (
            " COMP_CWORD=$COMP_CWORD ",
            f' COMP_CWORD=$COMP_CWORD {_LINE}="${{COMP_LINE:0:COMP_POINT}}" ',
        ),
        (
            "            COMPREPLY+=($value)\n",
            (
                "            COMPREPLY+=($value)\n"
                f"        elif [[ $type == '{UNFINISHED}' ]]; then\n"
                "            COMPREPLY+=($value)\n            compopt -o nospace\n"
            ),
        ),
    ),
    "zsh": (
        # Click's own test holds for the first Tab of a shell alone: the second one got nothing.
        ("$zsh_eval_context[-1] == loadautofunc", f'"$funcstack[1]" == "_{PROGRAM}"'),
        ("    local -a response\n", f"    local -a response\n    local -a {UNFINISHED}\n"),
        (
            '        elif [[ "$type" == "dir" ]]; then\n',
            (
                f'        elif [[ "$type" == "{UNFINISHED}" ]]; then\n'
                f'            {UNFINISHED}+=("$key")\n        elif [[ "$type" == "dir" ]]; then\n'
            ),
        ),
        (
            '    if [ -n "$completions" ]; then\n',
            (
                f'    if [ -n "${UNFINISHED}" ]; then\n'
                f"        compadd -U -S '' -V unsorted -a {UNFINISHED}\n    fi\n\n"
                '    if [ -n "$completions" ]; then\n'
            ),
        ),
    ),
    "fish": (
        # It cuts summaries at their first comma.
        ('string split ","', 'string split --max 1 ","'),
        # The space behind `=` fish leaves out by itself.
        (
            'if test $metadata[1] = "plain";',
            f"if contains $metadata[1] plain {UNFINISHED};",
        ),
    ),
}
"""What is changed of click's scripts: most is for candidates that something is to follow, without a
space."""


@click.command(
    "completion",
    cls=Command,
    examples=[
        (f"slsloggrep completion {shell} > {place}", f"For every {shell} to come:")
        for shell, place in _PLACES.items()
    ],
    exit_codes=[(0, "printed"), (2, "the command line makes no sense")],
)
@click.argument("shell", type=click.Choice(list(FILES)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the completion script of a shell.

    Zsh looks for it in the folders of $fpath, to which ~/.zshrc adds one, before compinit:
    fpath=(~/.zfunc $fpath). For this shell alone: source <(slsloggrep completion bash).

    Functions and log groups complete from what was known of the account last; a Tab never waits
    for AWS, which is asked behind it.
    """
    environment = environment_of(ctx)
    environment.write(script(shell, environment))
    return 0


def script(shell: str, environment: Environment) -> str:
    """Return the completion script of a shell, ending in a newline."""
    completion = _completion_class(shell)(make_app(environment), {}, PROGRAM, COMPLETE_VARIABLE)
    # Not `completion.source()`: for bash that starts a bash, to ask its version.
    source = completion.source_template % completion.source_vars()
    for before, after in _PATCHES[shell]:
        source = source.replace(before, after)
    return _with_place(shell, source.strip("\n") + "\n")


def _with_place(shell: str, source: str) -> str:
    """Return a script that says where it is to be put, behind a first line that a shell reads."""
    told = [
        f"# Completes {PROGRAM} for {shell}. To have it in every {shell} to come:",
        f"# {PROGRAM} completion {shell} > {_PLACES[shell]}",
        *(f"# {line}" for line in (_ZSH_TOO if shell == "zsh" else ())),
    ]
    first, newline, rest = source.partition("\n")
    head, body = (first + newline, rest) if first.startswith("#compdef") else ("", source)
    return head + "".join(f"{line}\n" for line in told) + body


def answer(app: App, instruction: str, environment: Environment) -> int:
    """Write the completions that a shell asks for (`bash_complete`, …); return the exit code."""
    shell, _, verb = instruction.partition("_")
    if shell not in FILES or verb != "complete":
        raise UsageError(
            f"{COMPLETE_VARIABLE} asks for '{instruction}', which is not known",
            hint=", ".join(f"{known}_complete" for known in FILES),
        )
    is_told = bool(environment.env.get("SLSLOGGREP_DEBUG"))
    quiet = environment if is_told else replace(environment, stderr=io.StringIO())
    completion = _completion_class(shell)(app, {"obj": quiet}, PROGRAM, COMPLETE_VARIABLE)
    try:
        args, incomplete = completion.get_completion_args()
        line = environment.env.get(_LINE)
        if shell == "bash" and line:
            fragment = incomplete
            args, incomplete = _typed(line)
            found = _items(completion, app, quiet, args, incomplete)
            items = _of_bash(found, incomplete, fragment)
        else:
            items = _items(completion, app, quiet, args, incomplete)
        text = "\n".join(completion.format_completion(item) for item in items)
    except Exception:
        # Whatever it is (files that make no sense, a defect), the prompt is not the place for it.
        if is_told:
            raise
        return 0
    environment.write(text + "\n")
    return 0


def _items(
    completion: ShellComplete, app: App, environment: Environment, args: list[str], incomplete: str
) -> list[CompletionItem[str]]:
    """Return what the incomplete word behind `args` may become."""
    ctx = click.Context(app, info_name=PROGRAM, obj=environment)
    if not args and not incomplete.startswith("-"):
        return first_words(ctx, incomplete)
    if args and args[0] not in COMMANDS and not args[0].startswith("-"):
        args = _expand(ctx, args)
    begun = ""
    if incomplete.startswith("--") and "=" in incomplete:
        # Click returns the value alone.
        begun = "".join(incomplete.partition("=")[:2])
    items = completion.get_completions(args, incomplete)
    for item in items:
        item.value = begun + item.value
    return items


def _of_bash(
    items: list[CompletionItem[str]], incomplete: str, fragment: str
) -> list[CompletionItem[str]]:
    """Return candidates as bash takes them: for what it replaces, and none that it would obey.

    That is what stands behind the last `:` or `=`, unless they are in quotes.
    """
    kept = 0 if fragment == incomplete else 1 + max(map(incomplete.rfind, _PARTING))
    items = [item for item in items if not _OBEYED & set(item.value)]
    for item in items:
        item.value = item.value[kept:]
    return items


def _typed(line: str) -> tuple[list[str], str]:
    """Return the words of a command line that ends where the cursor is, and the incomplete one."""
    *words, last = split_arg_string(f"{line}x")  # so that there is a last one, in quotes or not
    return words[1:], last[:-1]


def _expand(ctx: click.Context, args: list[str]) -> list[str]:
    """Return the words with their alias replaced.

    Of a project's alias the command alone: whose names are looked for is not a stranger's to say.
    """
    from slsloggrep.cli.aliases import aliases_of

    alias = aliases_of(ctx).get(args[0])
    if alias is None:
        return args
    words = [*alias.words]
    if alias.document.is_project:
        words = list(takewhile(lambda word: not word.startswith("-"), words))
    return [*words, *args[1:]]


def _completion_class(shell: str) -> type[click.shell_completion.ShellComplete]:
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"no completion is known for '{shell}'", hint=", ".join(FILES))
    return found
