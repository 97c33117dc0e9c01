"""An outline as one self-contained HTML page, in pieces.

This module walks the outline and says what follows what; `parts/blocks.html` says how each block
looks as HTML, `style.css` how it looks to the eye, and `script.js` adds what needs a script. Where
bars and lines of charts lie is computed in `charts`, which texts may pass in `texts`.

The page asks nobody for anything: style and script are in it, and its Content-Security-Policy lets
run what has their hashes, and nothing else. So even markup that got past the escaping would be
inert. Hashes do not cover style attributes; there are none: geometry is in SVG's own attributes.

Pieces are small, whatever the outline's size: a section or a log is never one string.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Any, assert_never

from slsloggrep.export.html import charts, texts
from slsloggrep.model.outlines import (
    Block,
    Chart,
    Distribution,
    Excerpt,
    Facts,
    Log,
    Outline,
    Paragraph,
    Points,
    Run,
    Section,
    Sequence,
    Table,
    Waterfall,
)
from slsloggrep.wording.numbers import count_text

if TYPE_CHECKING:  # loaded when a page is made
    from jinja2 import Environment

_RECORDS_PER_PIECE = 100
"""Records of a log that a browser lays out together, when they come near the screen; the style
reserves room for as many."""
_ROWS_PER_PIECE = 500
_DEEPEST_HEADING = 6


def html_page(outline: Outline) -> Iterator[str]:
    """Yield the page, piece by piece; joined and encoded as UTF-8 they are the file.

    Texts of the outline may be anything, lone surrogates included: all pieces can be encoded.
    Links are left out but for their labels where they lead to anything else than `http(s):`.
    """
    parts = _environment().get_template("blocks.html").module
    style, script = _part("style.css"), _part("script.js")
    census = _census(outline)
    yield from _joined(
        parts,
        "head",
        title=outline.title,
        style=texts.own(style),
        policy=_policy(style, script),
    )
    yield from _joined(parts, "top", outline=outline, census=census)
    for section in outline.sections:
        yield from _section(parts, section, 2)
    yield from _joined(parts, "foot", script=texts.own(script))


def _section(parts: Any, section: Section, depth: int) -> Iterator[str]:
    yield from _joined(parts, "section_head", section, min(depth, _DEEPEST_HEADING))
    for block in section.blocks:
        yield from _block(parts, block)
    for inner in section.sections:
        yield from _section(parts, inner, depth + 1)
    yield "</section>\n"


def _block(parts: Any, block: Block) -> Iterator[str]:
    match block:
        case Paragraph():
            yield from _joined(parts, "paragraph", block)
        case Points():
            yield from _joined(parts, "points", block)
        case Facts():
            yield from _joined(parts, "facts", block)
        case Table():
            yield from _joined(parts, "table_head", block)
            for rows in _batches(block.rows, _ROWS_PER_PIECE):
                yield from _joined(parts, "table_rows", block, rows)
            yield from _joined(parts, "table_foot", block)
        case Log():
            yield from _log(parts, block, alone=True)
        case Run():
            yield from _joined(parts, "run_head", block)
            yield from _log(parts, block.log, alone=False)
            yield "</div></details>\n"
        case Waterfall():
            yield from _joined(parts, "waterfall", block, charts.draw_waterfall(block))
        case Sequence():
            yield from _joined(parts, "sequence", block)
        case Chart():
            yield from _joined(parts, "chart", block, charts.draw_chart(block))
        case Distribution():
            yield from _joined(parts, "distribution", block, charts.draw_distribution(block))
        case Excerpt():
            yield from _joined(parts, "excerpt", block)
        case _:
            assert_never(block)


def _log(parts: Any, log: Log, *, alone: bool) -> Iterator[str]:
    """Yield a log; one that stands `alone`, outside a run, is found by its records' request IDs."""
    placed = any(mark.place for mark in log.marks)
    for marks in _batches(log.marks, _RECORDS_PER_PIECE):
        whole = len(marks) == _RECORDS_PER_PIECE
        yield from _joined(parts, "records", marks, whole=whole, placed=placed, alone=alone)
    yield from _joined(parts, "log_foot", log, sum(not mark.key for mark in log.marks))


def _joined(parts: Any, name: str, *arguments: Any, **named: Any) -> Iterator[str]:
    yield str(getattr(parts, name)(*arguments, **named))


def _batches(items: tuple[Any, ...], size: int) -> Iterator[tuple[Any, ...]]:
    rest = iter(items)
    while batch := tuple(islice(rest, size)):
        yield batch


def _census(outline: Outline) -> dict[str, Any]:
    """Return what the controls offer: functions with their invocations, and counts of all."""
    functions: dict[str, list[int]] = {}
    records = runs = omitted = 0
    leveled = False
    for block in _blocks(outline.sections):
        if isinstance(block, Run):
            runs += 1
            count = functions.setdefault(block.function, [0, 0])
            count[0] += 1
            count[1] += texts.tone_class(block.tone) == "bad"
        log = block.log if isinstance(block, Run) else block
        if isinstance(log, Log):
            records += len(log.marks)
            omitted += log.omitted
            leveled = leveled or any(mark.level for mark in log.marks)
            for mark in log.marks:
                if mark.place:
                    functions.setdefault(mark.place, [0, 0])
    return {
        "functions": [(name, _function_note(*counts)) for name, counts in functions.items()],
        "runs": runs,
        "records": records,
        "leveled": leveled,
        "omitted": count_text(omitted, "record") if omitted else "",
    }


def _function_note(runs: int, failed: int) -> str:
    if not runs:
        return ""
    return f" ({runs}, {failed} failed)" if failed else f" ({runs})"


def _blocks(sections: tuple[Section, ...]) -> Iterator[Block]:
    for section in sections:
        yield from section.blocks
        yield from _blocks(section.sections)


@cache
def _environment() -> Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("slsloggrep.export.html", "parts"),
        autoescape=True,
        # Every expression passes here before it is escaped: no template can forget it.
        finalize=texts.harmless,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["lines"] = texts.in_lines
    environment.filters["tone"] = texts.tone_class
    environment.filters["count"] = count_text
    environment.filters["spark"] = charts.draw_spark
    environment.globals["record_class"] = texts.record_class
    environment.globals["folded"] = texts.folded
    environment.tests["web"] = texts.is_web_address
    return environment


@cache
def _part(name: str) -> str:
    return (resources.files(__package__ or "") / "parts" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    """Return a source expression of CSP Level 3, section 2.3.1: the hash of an element's text."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
