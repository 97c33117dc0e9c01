"""Reports opened in a browser, as a colleague would: they do as promised, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browser_chromium import Opened, open_page, start_browser
from hostile_samples import HOSTILE
from html_samples import MARKS, MARKUP, REQUESTS, everywhere, incident, line, mark, run
from playwright.sync_api import Browser

from slsloggrep.export.html.page import html_page
from slsloggrep.model.outlines import Cell, Column, Log, Outline, Section, Span, Table, Tone

LONG = "unbroken" * 60
MEDIA = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 360, "height": 700}},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser, which starts once for all of this."""
    yield from start_browser()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an incident's report."""
    return write(tmp_path_factory.mktemp("report") / "incident.html", incident())


def write(path: Path, outline: Outline) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(html_page(outline))
    return path


def sections(*outlines: Outline) -> Outline:
    """Return one outline of the sections of several, with anchors of their own."""
    merged = []
    for number, outline in enumerate(outlines):
        for section in outline.sections:
            blocks = tuple(
                replace(block, anchor=f"run-{number}") if hasattr(block, "anchor") else block
                for block in section.blocks
            )
            inner = tuple(replace(s, anchor=f"inner-{number}") for s in section.sections)
            anchor = f"{section.anchor}-{number}"
            merged.append(replace(section, anchor=anchor, blocks=blocks, sections=inner))
    return replace(outlines[0], sections=tuple(merged))


def shown_records(opened: Opened) -> int:
    return int(
        opened.page.evaluate(
            "[...document.querySelectorAll('li.r')].filter((r) => !r.closest('[hidden]')).length"
        )
    )


def test_it_opens_without_a_word(browser: Browser, report: Path) -> None:
    """No console message, no request, no dialog; the answer and the controls are to be seen."""
    with open_page(browser, report) as opened:
        assert opened.page.locator("h1").is_visible()
        assert opened.page.locator("#find").is_visible()
        assert opened.page.locator("#run-2 .log").is_visible()
        assert not opened.page.locator("#run-1 .log").is_visible()
        assert opened.fragment == ""
        assert opened.silent


def test_it_is_read_without_a_script(browser: Browser, report: Path) -> None:
    """Without scripts there are no controls; all else is there, and runs unfold."""
    with open_page(browser, report, java_script_enabled=False) as opened:
        assert not opened.page.locator("#find").is_visible()
        assert not opened.page.locator("button.copy").first.is_visible()
        opened.page.locator("#run-1 > summary").click()
        assert opened.page.locator("#run-1 .log").is_visible()
        assert opened.silent


def test_runs_fold_and_unfold(browser: Browser, report: Path) -> None:
    """By mouse, by keyboard, and all at once; what was unfolded last is in the fragment."""
    with open_page(browser, report) as opened:
        summary = opened.page.locator("#run-3 > summary")
        summary.click()
        assert opened.page.locator("#run-3 .log").is_visible()
        opened.settle("location.hash === '#run-3'")
        summary.press("Enter")
        assert not opened.page.locator("#run-3 .log").is_visible()
        opened.page.locator("#unfold").click()
        assert opened.page.locator("details.run[open]").count() == 3
        opened.page.locator("#fold").click()
        assert opened.page.locator("details.run[open]").count() == 0
        assert opened.silent


def test_records_are_filtered_by_text(browser: Browser, report: Path) -> None:
    """Typing leaves the records with that text, unfolds their runs, and counts; clearing undoes."""
    with open_page(browser, report) as opened:
        everything = shown_records(opened)
        opened.page.locator("#fold").click()
        opened.page.locator("#find").press_sequentially("Ledger IS slow")
        opened.settle("document.getElementById('status').textContent.includes('Showing')")
        assert opened.status == (
            "Showing 2 of 19 records; 2 of 3 invocations; "
            "36 records that are not in this file were not looked at"
        )
        assert shown_records(opened) == 2
        assert opened.page.locator("#run-1 .log").is_visible()
        assert not opened.page.locator("#run-3").is_visible()
        assert opened.page.locator("#run-2 .hits").text_content() == "1 of 8 records"
        assert opened.fragment == "#q=Ledger%20IS%20slow"
        opened.page.locator("#find").fill("")
        opened.settle("!document.getElementById('status').textContent")
        assert shown_records(opened) == everything == 19
        assert opened.page.locator("details.run[open]").count() == 0
        assert opened.fragment == ""
        assert opened.silent


@pytest.mark.parametrize(
    ("text", "records", "invocations"),
    [
        ("paymentdeclined", 1, 1),  # a fact of run-2, and in one of its records
        ("[$latest]run-3", 2, 1),  # a fact of run-3 alone: all of its records
        ("order-api", 4, 1),  # the name of run-1: all of its records
        ("start requestid", 3, 3),
        ("not in here", 0, 0),
    ],
)
def test_what_is_known_of_an_invocation_is_found(
    browser: Browser, report: Path, text: str, records: int, invocations: int
) -> None:
    """Names and facts stand for the whole invocation, but for facts that its records tell."""
    with open_page(browser, report, f"#q={text}") as opened:
        opened.settle("document.getElementById('status').textContent.includes('Showing')")
        assert opened.status.startswith(
            f"Showing {records} of 19 records; {invocations} of 3 invocations"
        )


def test_records_are_filtered_by_level_and_weight(browser: Browser, report: Path) -> None:
    """A level leaves what is at least as severe, `key records` what an investigator looks at."""
    with open_page(browser, report) as opened:
        opened.page.locator("#level").select_option("4")
        opened.settle("document.getElementById('status').textContent.includes('Showing 2 of 19')")
        opened.page.locator("#level").select_option("5")
        opened.settle("document.getElementById('status').textContent.includes('Showing 1 of 19')")
        assert opened.fragment == "#level=5"
        opened.page.locator("#level").select_option("0")
        opened.page.locator("#key").check()
        opened.settle("document.getElementById('status').textContent.includes('Showing 9 of 19')")
        assert opened.fragment == "#show=key"
        assert opened.silent


def test_one_jumps_to_a_function(browser: Browser, report: Path) -> None:
    """Choosing a function leaves its invocations and records, and shows the first."""
    with open_page(browser, report) as opened:
        opened.page.locator("#function").select_option("notify-customer")
        opened.settle("document.getElementById('run-3').open")
        assert opened.page.locator("#run-3").is_visible()
        assert not opened.page.locator("#run-2").is_visible()
        assert shown_records(opened) == 2
        opened.page.locator("#function").select_option("charge-card")
        opened.settle("document.getElementById('status').textContent.includes('13 of 19')")
        assert opened.silent


@pytest.mark.parametrize(
    ("fragment", "records", "unfolded"),
    [
        ("#run-3", 19, "#run-3"),
        (f"#id={REQUESTS[0]}", 19, "#run-1"),
        ("#q=the%20bank", 1, "#run-2"),
        ("#run-1&level=4", 2, "#run-2"),
        ("#function=order-api&show=key", 2, ""),
        ("#nowhere&q=%E0%A4%A&level=99&function=none&x", 0, ""),
        ("#" + "%00<script>alert(1)</script>&q=</script>", 0, ""),
    ],
)
def test_the_fragment_is_followed(
    browser: Browser, report: Path, fragment: str, records: int, unfolded: str
) -> None:
    """An address with a fragment shows the place and the filters in it; nonsense does nothing."""
    with open_page(browser, report, fragment) as opened:
        active = "=" in fragment and "#id" not in fragment
        opened.settle(f"!!document.getElementById('status').textContent === {str(active).lower()}")
        assert shown_records(opened) == records
        if unfolded:
            assert opened.page.locator(f"{unfolded} .log").is_visible()
        assert opened.silent


def test_an_id_is_found(browser: Browser, report: Path) -> None:
    """Typing a request ID leaves what ran for it, though no record's text may name it."""
    with open_page(browser, report) as opened:
        opened.page.locator("#find").fill(REQUESTS[2].upper())
        opened.settle("document.getElementById('status').textContent.includes('1 of 3')")
        assert opened.page.locator("#run-3 .log").is_visible()
        assert shown_records(opened) == 2
        opened.page.locator("#find").fill("before-4")
        opened.settle("document.getElementById('status').textContent.includes('1 of 19')")
        assert (
            opened.page.locator("#before li:visible").text_content()
            == "+0.548 scharge-cardINFO tick 4"
        )
        assert opened.silent


def test_a_link_to_what_is_filtered_away_shows_it(browser: Browser, report: Path) -> None:
    """A link within the page leads to its invocation, even where a filter had hidden it."""
    with open_page(browser, report, "#q=nothing-has-this") as opened:
        opened.settle("document.getElementById('run-2').hidden")
        opened.page.locator("#crashes table a").first.click()
        opened.settle("!document.getElementById('run-2').hidden")
        assert opened.page.locator("#find").input_value() == ""
        assert opened.fragment == "#run-2"
        assert opened.silent


def test_the_place_is_kept(browser: Browser, report: Path) -> None:
    """Scrolling writes where one is into the fragment, and the same address leads there again."""
    with open_page(browser, report) as opened:
        opened.page.locator("#latency-charge-card").scroll_into_view_if_needed()
        opened.page.mouse.wheel(0, 200)
        opened.settle("location.hash !== ''")
        kept = opened.fragment
    with open_page(browser, report, kept) as opened:
        opened.settle("scrollY > 500")
        assert opened.silent


@pytest.mark.parametrize("clipboard", [True, False])
def test_an_id_is_copied(browser: Browser, report: Path, clipboard: bool) -> None:
    """The button copies the request ID, by the clipboard's API or the old way where it fails."""
    refused = "Clipboard.prototype.writeText = () => Promise.reject()"
    if clipboard:
        refused = "document.execCommand = () => false"
    allowed = ["clipboard-read", "clipboard-write"]
    with open_page(browser, report, permissions=allowed) as opened:
        opened.page.evaluate(f"() => {{ {refused} }}")
        opened.page.locator("#run-2 button.copy").click()
        opened.settle("document.querySelector('#run-2 button.copy').textContent === 'Copied'")
        assert opened.page.evaluate("navigator.clipboard.readText()") == REQUESTS[1]
        assert opened.silent


def test_it_prints(browser: Browser, report: Path) -> None:
    """On paper: what failed, with its key records; no controls; how much is not on paper."""
    with open_page(browser, report) as opened:
        assert opened.page.pdf(format="A4").startswith(b"%PDF-")
        opened.page.locator("#fold").click()
        opened.page.emulate_media(media="print")
        assert not opened.page.locator("#controls").is_visible()
        failed = opened.page.locator("#run-2 .log > .r")
        # What is in a folded part has no box unless print shows it.
        heights = [(failed.nth(n).bounding_box() or {"height": 0})["height"] for n in range(8)]
        assert [height > 0 for height in heights] == [mark.key for mark in MARKS]
        minor = opened.page.locator("#run-2 .onpaper")
        assert minor.is_visible()
        assert "3 records of less weight" in (minor.text_content() or "")
        assert opened.silent


@pytest.mark.parametrize("media", MEDIA)
def test_it_is_accessible(browser: Browser, report: Path, media: str) -> None:
    """axe-core finds nothing serious, with all unfolded: light, dark, and as narrow as a phone."""
    with open_page(browser, report, **MEDIA[media]) as opened:
        opened.page.locator("#unfold").click()
        for summary in opened.page.locator(".figures > summary").all():
            summary.click()
        # What is far off the screen is not drawn, and not judged.
        width = MEDIA[media].get("viewport", {}).get("width", 1280)
        opened.page.set_viewport_size({"width": width, "height": 9_000})
        assert opened.violations() == []
        assert opened.silent


def test_parts_that_are_called_alike_are_no_landmarks(browser: Browser, tmp_path: Path) -> None:
    """Each transaction has a timeline and tables of its own: no reader can jump to one by name."""
    title = (Span("Timeline"),)
    table = Table(name="attempts", columns=(Column("n", "n"),), rows=((Cell("1"),),))
    outline = replace(
        incident(),
        sections=tuple(
            Section(
                anchor=f"t{number}",
                title=(Span(f"Transaction {number}"),),
                blocks=(table,),
                sections=(Section(anchor=f"t{number}-timeline", title=title, blocks=(table,)),),
            )
            for number in (1, 2)
        ),
    )
    with open_page(browser, write(tmp_path / "alike.html", outline)) as opened:
        assert opened.violations() == []


def test_it_fits_a_phone(browser: Browser, tmp_path: Path) -> None:
    """No text is so long that the page scrolls sideways; tables scroll by themselves."""
    outline = sections(everywhere(LONG), incident())
    options: dict[str, Any] = {**MEDIA["narrow"], "has_touch": True, "is_mobile": True}
    with open_page(browser, write(tmp_path / "long.html", outline), **options) as opened:
        opened.page.locator("#unfold").click()
        assert opened.page.evaluate("document.documentElement.scrollWidth") == 360
        assert opened.silent


def test_hostile_text_does_nothing(browser: Browser, tmp_path: Path) -> None:
    """Markup, templates, escapes and surrogates in every place: no dialog, request or element."""
    texts = [*MARKUP, *HOSTILE]
    path = write(tmp_path / "hostile.html", sections(*(everywhere(text) for text in texts)))
    with open_page(browser, path) as opened:
        census = """() => [
            document.scripts.length,
            document.querySelectorAll("style").length,
            document.querySelectorAll("img, iframe, object, embed, base, link").length,
            document.querySelectorAll("details.run").length,
            [...document.querySelectorAll("*")].filter((node) =>
                [...node.attributes].some(({ name }) => /^on|^style$/.test(name))).length,
        ]"""
        assert opened.page.evaluate(census) == [1, 1, 0, len(texts), 0]
        opened.page.locator("#unfold").click()
        for text in ("<script>alert(1)</script>", '" onmouseover="alert(1)', "\\x1b[2J"):
            opened.page.locator("#find").fill(text)
            opened.settle("document.getElementById('status').textContent.includes('Showing')")
            assert shown_records(opened) > 0
            opened.page.locator("#find").fill("")
            opened.settle("!document.getElementById('status').textContent")
        opened.page.locator("#function").select_option(MARKUP[2])
        opened.settle("document.getElementById('status').textContent.includes('Showing')")
        opened.page.locator("details.run:not([hidden]) button.copy").click()
        opened.settle("document.getElementById('status').textContent.includes('Copied')")
        # The page's own style is of no element: none of the attributes that the script set.
        assert opened.page.evaluate(census)[:4] == [1, 1, 0, len(texts)]
        assert "49" not in (opened.page.locator("h1").text_content() or "")
        assert opened.silent


def test_markup_that_got_in_is_inert(browser: Browser, report: Path, tmp_path: Path) -> None:
    """Even where escaping failed, the policy lets no script, style, image or form do a thing."""
    planted = (
        "<script>document.title = 'run'</script>"
        "<img src='https://evil.example/pixel' onerror=\"document.title = 'run'\">"
        "<b id=victim style='position:fixed' onclick=\"document.title = 'run'\">x</b>"
        "<form action='https://evil.example/'><input id=send type=submit></form>"
        "<a id=lure href=\"javascript:document.title = 'run'\">x</a>"
        "<style>h1 { display: none }</style><base href='https://evil.example/'>"
    )
    path = tmp_path / "planted.html"
    text = report.read_text(encoding="utf-8")
    path.write_text(text.replace("</h1>", "</h1>" + planted, 1), encoding="utf-8")
    with open_page(browser, path) as opened:
        opened.page.locator("#victim").click()
        opened.page.locator("#lure").click()
        assert opened.page.title() == incident().title
        assert opened.page.locator("h1").is_visible()
        assert opened.page.evaluate("getComputedStyle(victim).position") == "static"
        assert opened.page.evaluate("document.baseURI").startswith("file:")
        opened.page.evaluate("document.getElementById('send').click()")
        opened.page.wait_for_timeout(100)
        assert opened.page.url == path.as_uri()
        refused = "\n".join(opened.console)
        for directive in ("script-src", "style-src", "img-src", "base-uri", "form-action"):
            assert f"{directive} " in refused


def test_many_records_stay_usable(browser: Browser, tmp_path: Path) -> None:
    """Among 10 000 records one is found, and a long log is drawn where it is looked at only."""
    marks = tuple(mark(n, f"beat {n} of many", "INFO") for n in range(5_000))
    runs = tuple(
        run(f"run-{n}", "f", f"id-{n}", Tone.GOOD, "ok", marks[n * 50 : n * 50 + 50])
        for n in range(100)
    )
    section = Section(title=line("Records"), anchor="records", blocks=(Log(marks=marks), *runs))
    path = write(tmp_path / "many.html", replace(incident(), sections=(section,)))
    with open_page(browser, path) as opened:
        opened.page.locator("#find").fill("beat 4711 of")
        opened.settle("document.getElementById('status').textContent.includes('Showing 2 of')")
        assert "10\u202f000 records; 1 of 100 invocations" in opened.status
        assert opened.page.locator("li.r:visible").count() == 2
        opened.page.locator("#find").fill("")
        opened.settle("!document.getElementById('status').textContent")
        drawn = (
            "[...document.querySelectorAll('ol.log.whole')].at(-1).lastElementChild"
            ".checkVisibility({ contentVisibilityAuto: true })"
        )
        assert not opened.page.evaluate(drawn)
        opened.page.locator("ol.log.whole").last.locator("li").last.scroll_into_view_if_needed()
        opened.settle(drawn)
        assert opened.silent
