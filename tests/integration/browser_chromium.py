"""A headless Chromium for the tests of reports, and what is kept of each page that it opens.

Debian's browser is driven as it is installed; none is fetched. Pages are files, as users open them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

CHROMIUM = os.environ.get("SLSLOGGREP_TEST_CHROMIUM", "/usr/bin/chromium")
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass
class Opened:
    """A page, and what it did that a report must not do."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @property
    def silent(self) -> bool:
        """Whether nothing was said to the console, asked of a network, or put before the user."""
        return not (self.console or self.requests or self.dialogs)

    @property
    def fragment(self) -> str:
        return str(self.page.evaluate("location.hash"))

    @property
    def status(self) -> str:
        return self.page.locator("#status").text_content() or ""

    def settle(self, condition: str) -> None:
        """Wait until an expression holds; Playwright's own way needs an eval that is forbidden."""
        for _ in range(800):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"never came true: {condition}; at {self.page.url}")

    def violations(self) -> list[str]:
        """Return what axe-core finds that is more than minor: rule, and where."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("(rules) => axe.run(document, rules)", RULES)
        assert found["passes"]
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            if violation["impact"] in ("moderate", "serious", "critical")
            for node in violation["nodes"]
        ]


def start_browser() -> Iterator[Browser]:
    """Yield a browser, for a fixture of a module; skips where there is none."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"there is no browser at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM,
            chromium_sandbox=os.geteuid() != 0,  # root has none
        )
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Browser, path: Path, fragment: str = "", **options: Any) -> Iterator[Opened]:
    """Yield a file's page in a context of its own, offline; `options` are those of the context."""
    options.setdefault("viewport", {"width": 1280, "height": 900})
    context = browser.new_context(offline=True, **options)
    try:
        opened = Opened(context.new_page())

        def note_request(request: Request) -> None:
            if not request.url.startswith(path.as_uri()):
                opened.requests.append(request.url)

        def note_dialog(dialog: Dialog) -> None:
            opened.dialogs.append(dialog.message)
            dialog.dismiss()

        context.on("request", note_request)
        opened.page.on("dialog", note_dialog)
        opened.page.on("console", lambda message: opened.console.append(message.text))
        opened.page.on("pageerror", lambda error: opened.console.append(str(error)))
        opened.page.goto(path.as_uri() + fragment)
        yield opened
    finally:
        context.close()
