"""Words that lead somewhere: the same bytes in every run, and nothing else of the text changes."""

from __future__ import annotations

import re

import pytest
from rich.text import Text
from test_render_setup import FUNCTION, NOW, WORDS

from slsloggrep.model.inventory import DeployedFunction
from slsloggrep.render.functions import FunctionsView, render_functions
from slsloggrep.render.hyperlinks import NOWHERE, Pages, link, linked, settled, without_links
from slsloggrep.render.lines import written

URL = "https://eu-west-1.console.aws.amazon.com/x#y$252F"
OPEN, CLOSE = f"\x1b]8;;{URL}\x1b\\", "\x1b]8;;\x1b\\"


def test_a_link_has_no_number_and_its_style_stays() -> None:
    """Rich numbers links by lot; a document that is compared must not differ by that."""
    line = link(Text("request a1b2 of", "dim"), "a1b2", URL)
    assert written(line, coloured=True, links=True) == (
        f"\x1b[2mrequest \x1b[0m{OPEN}\x1b[2ma1b2\x1b[0m{CLOSE}\x1b[2m of\x1b[0m\n"
    )
    assert written(line, coloured=False, links=True) == f"request {OPEN}a1b2{CLOSE} of\n"
    assert written(line, coloured=False) == "request a1b2 of\n"


def test_the_word_behind_the_text_is_meant() -> None:
    """A function may be called as a request is; nothing leads where there is nothing to lead to."""
    line = link(Text("a1b2 request a1b2"), "a1b2", URL, behind="request ")
    assert [(span.start, span.end) for span in line.spans] == [(13, 17)]
    for word, address in [("a1b2", ""), ("", URL), ("c3", URL)]:
        assert link(Text("a1b2"), word, address).spans == []
    assert linked("dim", "") == "dim"


@pytest.mark.parametrize("text", ["plain", "\x1b[1mbold\x1b[0m", "]8;;x", "\\x1b]8;;x"])
def test_only_links_are_taken_off(text: str) -> None:
    """For a pager that would show them; what a log says of links is text already."""
    assert without_links(f"a {OPEN}{text}{CLOSE} b") == f"a {text} b"
    assert settled(text, coloured=True) == text


class Known:
    """Knows the page of every log group."""

    def __getattr__(self, name: str) -> object:
        return getattr(NOWHERE, name)

    def of_group(self, _function: DeployedFunction) -> str:
        return URL


@pytest.mark.parametrize("width", [60, 200])
def test_a_function_and_its_log_group_lead_to_the_group(width: int) -> None:
    """The name, even if it is cut; the group where it has room."""
    from rich.console import Console

    pages: Pages = Known()  # type: ignore[assignment]
    console = Console(width=width, force_terminal=True, color_system="standard", _environ={})
    view = FunctionsView(now=NOW, pages=pages)
    with console.capture() as capture:
        console.print(render_functions([(FUNCTION, WORDS)], view))
    shown = settled(capture.get(), coloured=False)
    words = re.findall(rf"{re.escape(OPEN)}(.*?){re.escape(CLOSE)}", shown)
    assert words[0].startswith("check")
    assert words[1:] == (["/shared"] if width == 200 else [])
