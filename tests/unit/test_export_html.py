import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hostile_samples import HOSTILE, harmful
from html_samples import GOLDEN, MARKUP, T0, everywhere, golden, incident, line, mark, run
from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.export.html.page import html_page
from slsloggrep.export.html.texts import folded, is_web_address, record_class
from slsloggrep.model.links import Link
from slsloggrep.model.outlines import (
    Facts,
    Log,
    Mark,
    Outline,
    Section,
    Tone,
)


class Structure(HTMLParser):
    """What a browser would make elements and attributes of, and the text between."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append(("!", ()))

    unknown_decl = handle_comment


def parsed(outline: Outline) -> Structure:
    structure = Structure()
    structure.feed("".join(html_page(outline)))
    structure.close()
    return structure


PLAIN = parsed(everywhere("x")).tags


@pytest.mark.parametrize("text", [*MARKUP, *HOSTILE])
def test_texts_never_become_markup(text: str) -> None:
    """Whatever the texts are, the page has the elements and attributes of a page of plain ones."""
    # Line breaks fold long records away, which is the one thing that a text decides.
    assert parsed(everywhere(text)).tags == PLAIN


@given(st.text(max_size=40))
@settings(max_examples=40)
def test_no_text_changes_the_structure(text: str) -> None:
    """The same holds for any text; an empty one may leave out what it would fill."""
    assert parsed(everywhere(text + "x")).tags == PLAIN


@pytest.mark.parametrize("text", [*MARKUP, *HOSTILE])
def test_texts_are_harmless_and_encodable(text: str) -> None:
    """No control, invisible or reordering character reaches the page, and UTF-8 can write it."""
    page = "".join(html_page(everywhere(text)))
    assert harmful(page) == set()
    page.encode("utf-8")


def test_texts_stand_as_they_are() -> None:
    """Template syntax and entities are shown as they were written, evaluated by nobody."""
    structure = parsed(everywhere("{{7*7}} &lt;b&gt; <i>"))
    shown = [text for text in structure.text if "7*7" in text]
    assert len(shown) > 20
    assert all("{{7*7}} &lt;b&gt; <i>" in text for text in shown)


def test_records_keep_lines_and_other_texts_have_one() -> None:
    r"""Line breaks stay in records and excerpts; elsewhere `\n` shows where one was."""
    text = "".join(parsed(everywhere("one\ntwo", "three\n\tfour")).text)
    assert "three\n\tfour" in text
    assert r"one\ntwo" in text


def test_the_policy_allows_own_style_and_script_alone() -> None:
    """The hashes in the policy are those of the page's style and script; nothing else may load."""
    page = "".join(html_page(incident()))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))
    for kind in ("style", "script"):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules.pop(f"{kind}-src") == f"'sha256-{digest}'"
    assert rules == {
        "default-src": "'none'",
        "img-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert page.index("Content-Security-Policy") < page.index("<title>")


def test_nothing_is_inline_and_nothing_is_fetched() -> None:
    """No element has a style or a handler of its own, or names something to be fetched."""
    structure = parsed(incident())
    for tag, name, value in structure.attributes:
        assert name not in {"style", "src", "srcset", "action", "formaction", "background", "ping"}
        assert not name.startswith("on")
        if name == "href":
            assert tag == "a"
            assert value.startswith(("#", "https://console.aws.example/"))
    assert not {"img", "link", "iframe", "object", "embed", "base", "video", "use"} & {
        tag for tag, _ in structure.tags
    }


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " https://space.example",
        "https://a.example/ onclick=alert(1)",
        "https://a.example/\n",
        "https://a.example/\u202e",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "//a.example",
        "",
    ],
)
def test_only_web_addresses_are_followed(url: str) -> None:
    """A link that leads elsewhere than `http(s):`, or has odd characters, is its label alone."""
    assert not is_web_address(url)
    linked = replace(run("run-1", "f", "id", Tone.GOOD, "ok"), links=(Link("a label", url),))
    section = Section(title=line("x"), anchor="s", blocks=(linked,))
    structure = parsed(replace(incident(), sections=(section,)))
    assert "a label" in structure.text
    assert [value for _, name, value in structure.attributes if name == "href"] == [
        "#content",
        "#s",
    ]


def test_links_tell_nobody_where_they_were() -> None:
    """Links outward open apart, and give no referrer and no window."""
    page = "".join(html_page(incident()))
    links = re.findall(r'<a href="https:[^>]*>', page)
    assert links
    assert all('rel="noopener noreferrer nofollow"' in link for link in links)
    assert '<meta name="referrer" content="no-referrer">' in page


def test_all_that_was_left_out_is_said() -> None:
    """Rows, records, invocations and steps that are not shown are counted, with what shows them."""
    text = "".join(parsed(incident()).text)
    for said in (
        "3 further rows not shown: slsloggrep crashes --limit 0",
        "12 further records not shown: slsloggrep trace ord-2207 --events all",
        "2 further invocations not shown",
        "1 further step not shown",
    ):
        assert said in text
    assert 'data-omitted="36 records"' in "".join(html_page(incident()))


def test_links_within_lead_somewhere() -> None:
    """Each link within the page leads to an element of it, and each ID is there once."""
    structure = parsed(incident())
    ids = [value for _, name, value in structure.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = {v[1:] for _, name, v in structure.attributes if name == "href" and v[0] == "#"}
    assert targets <= set(ids)
    labels = [v for _, name, v in structure.attributes if name == "aria-labelledby"]
    assert set(labels) <= set(ids)


def test_the_page_of_an_incident() -> None:
    """The body of the page, to the byte; `python tests/unit/html_samples.py` writes it anew."""
    assert golden() == GOLDEN.read_text(encoding="utf-8")


def test_pieces_are_small() -> None:
    """A page of 5 000 records comes in many pieces, none of which holds more than 100 of them."""
    marks = tuple(mark(n, f"beat {n}") for n in range(5_000))
    section = Section(title=line("x"), anchor="s", blocks=(Log(marks=marks),))
    pieces = list(html_page(replace(incident(), sections=(section,))))
    assert max(piece.count("beat") for piece in pieces) == 100
    assert sum(piece.count("beat") for piece in pieces) == 5_000


def test_an_empty_outline_is_a_page() -> None:
    """Without sections, facts and records there is a title, and no controls."""
    empty = Outline(title="", lead=(), tone=Tone.PLAIN, facts=Facts(rows=()), sections=())
    page = "".join(html_page(empty))
    assert page.startswith("<!doctype html>")
    assert 'id="controls"' not in page


@given(st.text(alphabet="ab\n\t", max_size=300), st.integers(1, 40))
@settings(max_examples=60)
def test_folding_loses_nothing(text: str, times: int) -> None:
    """What is shown and what is folded away make up the text; little is never folded."""
    shown, rest, more = folded(text * times)
    assert shown + rest == text * times
    assert bool(rest) == bool(more)
    if (text * times).count("\n") <= 40 and len(text * times) <= 6_000:
        assert rest == ""


def test_long_records_are_folded() -> None:
    """A trace of 100 lines shows its first, a line of 10 000 characters its beginning."""
    trace = "\n".join(f"  at frame {n}" for n in range(100))
    shown, rest, more = folded(trace)
    assert shown.splitlines() == trace.splitlines()[:12]
    assert more == "88 more lines"
    assert rest.splitlines() == trace.splitlines()[12:]
    assert folded("x" * 10_000)[2] == "8 000 more characters"


@pytest.mark.parametrize(
    ("level", "tone", "classes"),
    [
        ("INFO", Tone.PLAIN, "r k"),
        ("", Tone.PLAIN, "r k"),
        ("warn", Tone.PLAIN, "r l4 k"),
        ("ERROR", Tone.BAD, "r l5 k bad"),
        ("", Tone.BAD, "r l5 k bad"),
        ("", Tone.NOTABLE, "r l4 k notable"),
        ("FATAL", Tone.PLAIN, "r l6 k"),
        ('x" onclick="', Tone.PLAIN, "r k"),
    ],
)
def test_levels_are_ranks(level: str, tone: Tone, classes: str) -> None:
    """Levels that are known become ranks; without one the tone tells; no text becomes a class."""
    assert record_class(Mark("", T0, level, "", tone)) == classes


def test_templates_are_loaded_late() -> None:
    """Importing the page loads no Jinja2: `--help` of what can write one stays fast."""
    code = "import sys, slsloggrep.export.html.page; sys.exit('jinja2' in sys.modules)"
    root = Path(__file__).resolve().parent.parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
