"""How a document is fitted into so many characters: which form each of its blocks takes.

Whole blocks, or their own shorter forms, and never the middle of one: a fence or an element that
was cut open would swallow what follows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from slsloggrep.export.markdown.blocks import Form
from slsloggrep.model.outlines import Block, Log, Run, Tone


def length_of(text: str) -> int:
    """Return a text's length as sites count it: in UTF-16, where an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(
    blocks: Sequence[tuple[Block, tuple[Form, ...]]], room: int, joint: int
) -> tuple[list[Form], Counter[str]]:
    """Return the form of each block with which all fit into the room, and what they leave out.

    First every block gets its shortest form, logs and invocations after all others; then what
    failed gets as much as fits, then the rest in order. Each block that is not left out takes
    `joint` characters more.
    """
    chosen = [forms[-1] for _, forms in blocks]
    costs = [[length_of(form.text) + joint if form.text else 0 for form in f] for _, f in blocks]
    left = room
    spent = [0] * len(blocks)
    order = sorted(range(len(blocks)), key=lambda index: _weight(blocks[index][0]))
    for shortest in (True, False):
        for index in order:
            forms = blocks[index][1]
            candidates = range(len(forms))
            if shortest:
                # The last leaves the block out; there is always one before it.
                candidates = range(max(len(forms) - 2, 0), len(forms))
            for candidate in candidates:
                cost = costs[index][candidate]
                if cost - spent[index] <= left:
                    left -= cost - spent[index]
                    spent[index] = cost
                    chosen[index] = forms[candidate]
                    break
    missing: Counter[str] = Counter()
    for form in chosen:
        missing.update(form.missing)
    return chosen, missing


def _weight(block: Block) -> int:
    if not isinstance(block, Run | Log):
        return 0
    return 1 if isinstance(block, Run) and block.tone is Tone.BAD else 2
