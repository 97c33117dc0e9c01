"""What `tail` has to show as text, piece by piece, and a count of it.

Which pieces there are belongs to the pipeline; what they look like, to `slsloggrep.render` and
`slsloggrep.export`. When they are written is decided by `slsloggrep.cli.tail` and
`slsloggrep.cli.following`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Output
from slsloggrep.cli.steps import Trail
from slsloggrep.model import Invocation, Millis, Record
from slsloggrep.recent import Line, Shown
from slsloggrep.wording import count_text, duration_text

if TYPE_CHECKING:  # what only people read is loaded when there is something for them to read
    from rich.console import RenderableType

    from slsloggrep.render.hyperlinks import Pages
    from slsloggrep.render.tail import TailView

    _Drawing = Callable[[Iterable[Shown], int, Pages], Iterator[RenderableType]]

_NAMED = 5
"""Functions that the account names."""

_AT_ONCE = 1_000
"""Lines that are written at once."""


class Account:
    """What was shown so far, in figures."""

    def __init__(self) -> None:
        self.events = 0
        self._invocations = 0
        self._functions: Counter[str] = Counter()
        self._late = 0
        self._latest: Millis = 0
        self.trail = Trail()

    def add(self, shown: Shown) -> None:
        """Count a piece."""
        if isinstance(shown, Invocation):
            self._invocations += 1
            self._count(shown.function, len(shown.records))
            self.trail.add(shown.request_id, failed=shown.status.failed)
            return
        failed = shown.outcome is not None and shown.outcome.status.failed
        self.trail.add(shown.request_id, failed=failed)
        self._count(shown.function, 1)
        if shown.outcome is not None:
            self._invocations += 1
        if shown.late is not None:
            self._late += 1
            self._latest = max(self._latest, shown.late)

    def line(self, elapsed: float, requests: int) -> str:
        """Return it on one line, with the seconds that it took and the calls that were made."""
        parts = [count_text(self.events, "event")]
        if len(self._functions) > 1:
            named = [f"{name or '?'} {n}" for name, n in self._functions.most_common(_NAMED)]
            more = len(self._functions) - len(named)
            parts[0] += f" ({', '.join(named)}{f' and {more} more' if more > 0 else ''})"
        if self._invocations:
            parts.append(f"{count_text(self._invocations, 'invocation')} ended")
        if self._late:
            parts.append(f"{self._late} late, by up to {duration_text(self._latest)}")
        if requests:
            parts.append(count_text(requests, "request"))
        return f"{', '.join(parts)} in {duration_text(elapsed * 1000)}"

    def _count(self, function: str, events: int) -> None:
        self.events += events
        self._functions[function] += events


class Showing:
    """Turns what there is to show into text, in the format that was asked for."""

    def __init__(
        self,
        environment: Environment,
        output: Output,
        view: TailView,
        accept: Callable[[Record], bool] | None,
    ) -> None:
        """Mark in whole invocations what `accept` accepts."""
        self._environment = environment
        self._output = output
        self._view = view
        self._accept = accept
        self._is_unicode = view.encoding.lower().startswith("utf")
        self._coloured = environment.has_colour(
            output.color, terminal=environment.stdout_is_terminal
        )
        self.account = Account()
        self.pages: Callable[[], Pages] | None = None
        """Tells where words lead to; asked anew each time, for sources learn where they are."""
        self._drawing: _Drawing | None = None

    def text_of(self, shown: Sequence[Shown]) -> str:
        """Return pieces as text, newlines included, and count them."""
        for piece in shown:
            self.account.add(piece)
        if self._output.format != "text":
            from slsloggrep.export.json import ndjson_lines

            return "".join(ndjson_lines(self.documents(shown), ascii_only=not self._is_unicode))
        return "".join(self._written(shown))

    def renderables(self, shown: Iterable[Shown]) -> Iterator[RenderableType]:
        """Yield pieces as they are drawn, and count them."""
        if self._drawing is None:
            self._drawing = self._prepare()
        for piece in shown:
            self.account.add(piece)
            yield from self._drawing([piece], self._environment.width, self._find_pages())

    def counted_documents(self, shown: Iterable[Shown]) -> Iterator[dict[str, Any]]:
        """Yield the events of pieces as documents, and count the pieces."""
        for piece in shown:
            self.account.add(piece)
            yield from self.documents([piece])

    def documents(self, shown: Sequence[Shown]) -> Iterator[dict[str, Any]]:
        """Yield the events of pieces as documents."""
        from slsloggrep.export.tail import invocation_documents, line_document

        for piece in shown:
            if isinstance(piece, Invocation):
                yield from invocation_documents(piece)
            else:
                yield line_document(
                    piece.record,
                    function=piece.function,
                    request_id=piece.request_id,
                    late=piece.late,
                )

    def _written(self, shown: Iterable[Shown]) -> Iterator[str]:
        """Yield pieces as stdout takes them."""
        from rich.text import Text

        from slsloggrep.cli.reply import make_console, text_of
        from slsloggrep.render.hyperlinks import NOWHERE
        from slsloggrep.render.lines import written

        if self._drawing is None:
            self._drawing = self._prepare()
        width, pages = self._environment.columns, self._find_pages()
        links = pages is not NOWHERE
        for drawn in self._drawing(shown, width, pages):
            if isinstance(drawn, Text):
                yield written(drawn, coloured=self._coloured, links=links)
            else:
                yield text_of(drawn, make_console(self._environment, self._output, width=width))

    def _find_pages(self) -> Pages:
        from slsloggrep.render.hyperlinks import NOWHERE

        return NOWHERE if self.pages is None else self.pages()

    def _prepare(self) -> _Drawing:
        """Load what is needed to show text."""
        from slsloggrep.render.events import EventView, render_invocation
        from slsloggrep.render.tail import TailLines
        from slsloggrep.render.unfold import unfold

        view = self._view
        lines = TailLines(view)
        events = EventView(
            tz=view.tz,
            terminal=view.terminal,
            encoding=view.encoding,
            emphasis=view.emphasis,
            unfold=partial(unfold, chosen=view.fields),
        )

        def whole(invocation: Invocation, pages: Pages) -> RenderableType:
            matches = [
                i for i, r in enumerate(invocation.records) if self._accept and self._accept(r)
            ]
            return render_invocation(invocation, replace(events, pages=pages), matches=matches)

        def draw(shown: Iterable[Shown], width: int, pages: Pages) -> Iterator[RenderableType]:
            for piece in shown:
                if isinstance(piece, Invocation) and view.shape == "short":
                    yield whole(piece, pages)
                    continue
                for line in _lines_of(piece):
                    yield from lines.lines(
                        line.record,
                        function=line.function,
                        request_id=line.request_id,
                        late=line.late,
                        outcome=line.outcome,
                        width=width,
                        pages=pages,
                    )

        return draw


def _lines_of(piece: Shown) -> Iterator[Line]:
    """Yield the lines of a piece; of an invocation each record is one."""
    if isinstance(piece, Line):
        yield piece
        return
    for record in piece.records:
        yield Line(record, piece.function, record.request_id or piece.request_id, outcome=piece)


def batches_of(shown: Iterable[Shown]) -> Iterator[list[Shown]]:
    """Yield the pieces, as many together as are written at once."""
    pieces = iter(shown)
    while batch := list(islice(pieces, _AT_ONCE)):
        yield batch
