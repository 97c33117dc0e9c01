"""What GitHub makes of Markdown: its own parser, and its page taken apart."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

OURS = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "code", "pre", "a"}
    | {"blockquote", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"}
)
"""The only elements that the documents use."""
ATTRIBUTES = frozenset(
    {("a", "href"), ("details", "open"), ("pre", "lang"), ("th", "align"), ("td", "align")}
)


class Page(HTMLParser):
    """A page of HTML: its elements, its links, and its text in code and out of it."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.open: list[str] = []
        self.plain: list[str] = []
        """Text out of code, a piece for each node of text."""
        self.code: list[str] = []
        self.text = ""
        self.cells: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_comment(self, data: str) -> None:
        self.elements.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.elements.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.elements.append("instruction")

    def handle_data(self, data: str) -> None:
        self.text += data
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data
        if {"code", "pre"} & set(self.open):
            self.code.append(data)
        else:
            self.plain.append(data)


def page_of(markdown: str) -> Page:
    """Return what GitHub's parser makes of Markdown, HTML in it let through."""
    return Page(github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))


ACTIVE = re.compile(
    r"@\w|#\d|://|\bwww\.|GH-\d|:[a-z+]+:|\$.*\$|[!~&%]\w|\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b"
)
"""What sites make something of in the finished page, but for code."""


def assert_harmless(markdown: str, links: frozenset[str] = frozenset()) -> Page:
    """Prove that a document holds our elements alone, our links alone, and nothing that acts."""
    page = page_of(markdown)
    assert page.open == []
    assert set(page.elements) <= OURS
    for tag, name, value in page.attributes:
        assert (tag, name) in ATTRIBUTES
        assert name != "href" or value in links
    for text in page.plain:
        assert not ACTIVE.search(text.removeprefix("[!WARNING]").removeprefix("[!CAUTION]")), text
    return page
