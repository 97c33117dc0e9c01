"""A sequence as a diagram that GitHub and GitLab draw: Mermaid's `sequenceDiagram`.

Labels are log text. Whatever is not a letter of ASCII, a digit or one of a few harmless signs is
written as Mermaid's entity (`#59;` is a semicolon, "Entity codes to escape characters" of its page
on sequence diagrams), so that no label ends a line, begins a comment or a directive, or is taken
for markup, neither before Mermaid decodes it nor after: it sets labels as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from slsloggrep.harmless import visible
from slsloggrep.model.outlines import Sequence, Step, Tone

MOST_CHARACTERS = 40_000
"""Of a diagram. Mermaid refuses those of more than 50,000 (its setting `maxTextSize`)."""
LONGEST_LABEL = 100
LONGEST_NAME = 60

_ENCODED = re.compile(r"[^A-Za-z0-9 ._/(),+-]|\b[Ee](?=[Nn][Dd]\b)")
"""The second is the word by which blocks end: "could potentially break the diagram", says the
documentation."""


def diagram(sequence: Sequence) -> tuple[list[str], int]:
    """Return a diagram's lines, and how many further steps there are that it does not show."""
    lines = ["sequenceDiagram"]
    for index, name in enumerate(sequence.participants):
        lines.append(f"    participant P{index} as {_label(name, LONGEST_NAME)}")
    room = MOST_CHARACTERS - sum(len(line) + 1 for line in lines)
    shown = 0
    for line in _steps(sequence):
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
        shown += 1
    return lines, len(sequence.steps) - shown + sequence.omitted


def _steps(sequence: Sequence) -> Iterator[str]:
    for step in sequence.steps:
        label = _label(step.text, LONGEST_LABEL)
        if step.source == step.target:
            sign = "#10007; " if step.tone is Tone.BAD else ""
            yield f"    Note over P{step.source}: {sign}{label}"
        else:
            yield f"    P{step.source}{_arrow(step)}P{step.target}: {label}"


def _arrow(step: Step) -> str:
    """Return how a step is drawn: a cross at the end of what failed, dots for what is faint."""
    if step.tone is Tone.BAD:
        return "-x"
    return "-->>" if step.tone is Tone.FAINT else "->>"


def _label(text: str, longest: int) -> str:
    """Return a label in which nothing means anything to Mermaid; never empty."""
    characters = list(islice(visible(text, newlines=False).strip(), longest + 1))
    if len(characters) > longest:
        characters[-1] = "…"
    return _ENCODED.sub(lambda match: f"#{ord(match[0])};", "".join(characters) or "-")
