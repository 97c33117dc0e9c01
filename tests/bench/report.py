"""How soon a large report opens in Chromium, and how soon its filter answers.

    python tests/bench/report.py [RECORDS ...]

Two shapes: `runs`, invocations of 50 records each, one in twenty failed and unfolded; and `log`,
one long log. For each: the file's size, the time to write it, the time from navigation until the
first frame after the load event, until a text filter has answered and was taken back, and until all
is unfolded. `cpu` is what opening took of the page's main thread, which is less where others want
the processor, too. Chromium must be at /usr/bin/chromium.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from slsloggrep.export.html.page import html_page
from slsloggrep.model.outlines import (
    Facts,
    Log,
    Mark,
    Outline,
    Run,
    Section,
    Span,
    Tone,
)

T0 = 1_764_338_582_114
RECORDS_PER_RUN = 50
TYPE = """(text) => {
    const field = document.getElementById("find");
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
}"""
TOLD = """(word) => new Promise((done) => {
    const status = document.getElementById("status");
    const look = () => {
        if (word ? status.textContent.includes(word) : !status.textContent) done();
        else setTimeout(look, 5);
    };
    look();
})"""
PAINTED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
    () => done(performance.now()))))"""


def marks(count: int, since: int = 0) -> Iterator[Mark]:
    for n in range(since, since + count):
        time_text = f"+{n * 0.013:.3f} s"
        if n % RECORDS_PER_RUN == RECORDS_PER_RUN - 2:
            text = f"[ERROR] PaymentDeclined: order ord-{n}\n" + "\n".join(
                f'  File "/var/task/charge.py", line {line}, in charge' for line in range(8)
            )
            yield Mark(time_text, T0 + n, "ERROR", text, Tone.BAD)
        else:
            text = f"order ord-{n}: asked for customer {n * 7919 % 100_000}, waited 12 ms"
            yield Mark(time_text, T0 + n, "INFO", text, key=n % 10 == 0)


def run(number: int) -> Run:
    failed = number % 20 == 0
    request = f"{number:08x}-4a5b-6c7d-8e9f-a0b1c2d3e4f5"
    function = ("order-api", "charge-card", "notify-customer")[number % 3]
    return Run(
        anchor=f"run-{number}",
        function=function,
        title=(Span(function, Tone.STRONG), Span(" attempt 1 · 1.204 s")),
        tone=Tone.BAD if failed else Tone.GOOD,
        request_id=request,
        facts=Facts(rows=(("Request", (Span(request, Tone.CODE),)), ("Memory", (Span("91 MB"),)))),
        log=Log(marks=tuple(marks(RECORDS_PER_RUN, number * RECORDS_PER_RUN))),
        open=failed,
    )


def outline(shape: str, records: int) -> Outline:
    if shape == "runs":
        blocks: tuple[Run, ...] | tuple[Log, ...]
        blocks = tuple(run(number) for number in range(records // RECORDS_PER_RUN))
    else:
        blocks = (Log(marks=tuple(marks(records))),)
    return Outline(
        title=f"{records} records as {shape}",
        lead=((Span("A benchmark."),),),
        tone=Tone.BAD,
        facts=Facts(rows=()),
        sections=(Section(title=(Span("Records"),), anchor="records", blocks=blocks),),
    )


def answer(page: Page, act: str, text: str, told: str) -> float:
    """Return the ms from an action until what it brings about has been told and drawn."""
    started = page.evaluate("performance.now()")
    page.evaluate(act, text)
    page.evaluate(TOLD, told)
    return float(page.evaluate(PAINTED)) - float(started)


def measure(page: Page, path: Path, records: int) -> list[float]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri())
    opened = float(page.evaluate(PAINTED))
    metrics = session.send("Performance.getMetrics")["metrics"]
    cpu = next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration") * 1000
    filtering = answer(page, TYPE, f"ord-{records // 2}:", "Showing")
    clearing = answer(page, TYPE, "", "")
    unfolding = 0.0
    if page.locator("#unfold").count():
        unfolding = answer(page, "() => document.getElementById('unfold').click()", "", "")
    return [opened, cpu, filtering, clearing, unfolding]


def main() -> None:
    counts = [int(count) for count in sys.argv[1:]] or [10_000, 50_000, 100_000]
    print("shape  records      MB  written   opened      cpu   filter  cleared   unfold")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium")
        for shape in ("runs", "log"):
            for records in counts:
                made = outline(shape, records)
                path = Path(folder) / f"{shape}-{records}.html"
                started = time.perf_counter()
                with path.open("w", encoding="utf-8") as file:
                    file.writelines(html_page(made))
                written = time.perf_counter() - started
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                opened, cpu, filtering, clearing, unfolding = measure(page, path, records)
                page.close()
                print(
                    f"{shape:5} {records:8} {path.stat().st_size / 1e6:7.1f} {written:6.2f} s"
                    f" {opened:5.0f} ms {cpu:5.0f} ms {filtering:5.0f} ms {clearing:5.0f} ms"
                    f" {unfolding:5.0f} ms",
                    flush=True,
                )
        browser.close()


if __name__ == "__main__":
    main()
