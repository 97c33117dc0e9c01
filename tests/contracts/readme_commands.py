"""The command lines of the README, told apart: what is ours, and what another program's.

    Block("sh", text, line)            # a fenced block
    command_lines(block)               # its lines, continued ones put together
    Call(words=("slsloggrep", "trace", ...), reads=True, writes=False, line=...)

How a shell cuts a line is left to shlex, what our program makes of the words to the program. What
is run, and where, is `test_readme`'s business.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

PROGRAM = "slsloggrep"
OTHERS = frozenset(
    {"aws", "export", "jq", "less", "man", "pip", "pipx", "python3", "python", "sort"}
)
"""Programs, and commands of the shell, that a README may name beside ours; no others."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_ENDS = frozenset({"|", "||", "&&", ";"})
_REDIRECTIONS = frozenset({">", ">>", "<"})


@dataclass(frozen=True)
class Block:
    """What stands between two fences."""

    language: str
    text: str
    line: int
    """The line of the README in which it begins."""


@dataclass(frozen=True)
class Call:
    """A program that a command line starts."""

    words: tuple[str, ...]
    """The program as it is typed, and its arguments; no assignments, no redirections."""
    reads: bool
    """Whether another program's output is its input."""
    line: str = field(compare=False)
    """All of the line: the same call in two of them is one."""

    @property
    def program(self) -> str:
        return PurePosixPath(self.words[0]).name

    @property
    def arguments(self) -> list[str]:
        return list(self.words[1:])


def blocks(text: str, language: str) -> list[Block]:
    """Return the blocks of a language, in order."""
    return [
        Block(match[1], match[2], text.count("\n", 0, match.start()) + 1)
        for match in _FENCE.finditer(text)
        if match[1] == language
    ]


def inline(text: str) -> list[str]:
    """Return what stands between single backticks outside of blocks."""
    return _INLINE.findall(_FENCE.sub("", text))


def command_lines(block: Block) -> list[str]:
    """Return the lines of a block; what ends with a backslash goes on in the next one."""
    lines = re.sub(r"\\\n\s*", "", block.text).splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def calls(line: str) -> Iterator[Call]:
    """Yield the programs that a line starts; raises ValueError where it is not so simple."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    reads, skipped = False, False
    for token in [*lexer, ";"]:
        if skipped:
            skipped = False  # the file of a redirection
        elif token in _REDIRECTIONS:
            skipped = True
        elif token in _ENDS:
            while words and _ASSIGNMENT.match(words[0]):
                del words[0]
            if words:
                yield Call(tuple(words), reads, line)
            words, reads = [], token == "|"
        elif set(token) <= set("();<>|&"):
            raise ValueError(f"the test does not understand {token!r} in: {line}")
        else:
            words.append(token)


def read(path: Path) -> str:
    """Return the README."""
    return path.read_text(encoding="utf-8")
