"""An outline as Markdown for an issue tracker or a chat: GitHub's flavour, readable in any.

Tables, a Mermaid diagram, charts as text, logs fenced, invocations folded. Log text is harmless: it
is neither HTML nor Markdown, mentions nobody, refers to nothing and links nowhere. Links within the
document are left out: in an issue they would lead to whatever has the same name on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slsloggrep.export.markdown.blocks import alert, forms
from slsloggrep.export.markdown.inline import inline
from slsloggrep.export.markdown.room import fit, length_of
from slsloggrep.model.outlines import Block, Line, Outline, Paragraph, Section, Span, Tone
from slsloggrep.wording import count_text

GITHUB_LIMIT = 65_536
"""Characters of an issue or a comment: "body is too long (maximum is 65536 characters)"."""

_DEEPEST = 6
"""Markdown has no smaller heading."""
_JOINT = "\n\n"
_NOTE_ROOM = 400
"""For the note on what was left out."""
_LONGEST_TITLE = 300
_NOUNS = (
    "invocation",
    "record",
    "row",
    "table",
    "diagram",
    "chart",
    "excerpt",
    "list",
    "paragraph",
)


def markdown_text(outline: Outline, limit: int | None = GITHUB_LIMIT) -> Iterator[str]:
    """Yield an outline as Markdown, piece by piece, newlines included.

    Where it would have more characters than the limit, blocks take shorter forms or are left out;
    what is missing is counted and said at the top. None: it may be as long as it is.
    """
    parts: list[str | Block] = [f"# {_heading((Span(outline.title),))}"]
    parts += [Paragraph(line=line) for line in outline.lead]
    parts += [outline.facts] if outline.facts.rows else []
    for section in outline.sections:
        parts += _parts(section, 2)
    offered = [(block, forms(block)) for block in parts if not isinstance(block, str)]
    chosen = [options[0] for _, options in offered]
    note = ""
    if limit is not None:
        room = limit - sum(length_of(text) + len(_JOINT) for text in parts if isinstance(text, str))
        if sum(length_of(form.text) + len(_JOINT) for form in chosen if form.text) > room:
            chosen, missing = fit(offered, room - _NOTE_ROOM, len(_JOINT))
            note = _note(missing, limit)
    following = iter(chosen)
    for index, part in enumerate(parts):
        text = part if isinstance(part, str) else next(following).text
        if text:
            yield f"{_JOINT}{text}" if index else text
        if not index and note:
            yield f"{_JOINT}{note}"
    yield "\n"


def _note(missing: Mapping[str, int], limit: int) -> str:
    told = ", ".join(count_text(missing[noun], noun) for noun in _NOUNS if missing.get(noun))
    text = f"Left out, to fit into {count_text(limit, 'character')}: {told}."
    return alert((Span(text),), Tone.NOTABLE)


def _parts(section: Section, level: int) -> Iterator[str | Block]:
    """Yield a section's heading as text, its blocks as they are, and then its sections'."""
    if title := _heading(section.title):
        yield f"{'#' * min(level, _DEEPEST)} {title}"
    yield from section.blocks
    for part in section.sections:
        yield from _parts(part, level + 1)


def _heading(title: Line) -> str:
    """Return a title, or the beginning of one that log text made long: no heading is left out."""
    room = _LONGEST_TITLE
    kept = []
    for span in title:
        kept.append(span._replace(text=span.text[:room]))
        room -= len(span.text)
        if room < 0:
            kept.append(Span("…"))
            break
    return inline(tuple(kept))


__all__ = ["GITHUB_LIMIT", "markdown_text"]
