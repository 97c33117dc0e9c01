"""How an answer leaves the program: data on stdout, what is to be known of it on stderr, a code.

What data looks like belongs to `slsloggrep.render` and `slsloggrep.export`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

from slsloggrep.cli.context import Environment
from slsloggrep.cli.hyperlinks import has_hyperlinks
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.pager import paging
from slsloggrep.cli.progress import Progress
from slsloggrep.errors import ExitCode
from slsloggrep.export.json import ndjson_lines, write_json, write_ndjson
from slsloggrep.investigate import Window
from slsloggrep.model import Coverage
from slsloggrep.sources.base import Source
from slsloggrep.wording import bytes_text, count_text, timestamp_text

if TYPE_CHECKING:  # what only people read is loaded when there is something for them to read
    from rich.console import Console, RenderableType

    from slsloggrep.cli.publication import Publication
    from slsloggrep.cli.steps import Step
    from slsloggrep.render.picture import Picture


class Reply:
    """One answer on its way out of the program, and the time it took."""

    def __init__(
        self,
        environment: Environment,
        inputs: Inputs,
        output: Output,
        publication: Publication | None = None,
    ) -> None:
        """Begin; with a publication, JSON and pictures go where its documents go."""
        self._publication = publication
        self._environment = environment
        self._inputs = inputs
        self._output = output
        self._elapsed = 0.0
        self._picture = self._begin_picture() if output.is_picture else None
        self.terminal = environment.stdout_is_terminal or output.is_picture
        """Whether text fits into a width."""
        encoding = getattr(environment.stdout, "encoding", None) or "utf-8"
        self.encoding = "utf-8" if output.is_picture else encoding

    @contextmanager
    def working(self) -> Iterator[tuple[list[Source], Progress]]:
        """Open the sources and lend a watch; show progress and heed Ctrl-C until the end."""
        with (
            self._environment.interrupts() as cancellation,
            Progress(self._environment, cancellation) as progress,
        ):
            sources = self._inputs.open_sources(self._environment, cancellation.__bool__)
            with ExitStack() as closing:
                for source in sources:
                    closing.callback(source.close)
                yield sources, progress
        self._elapsed = progress.elapsed

    def print(self, renderables: Iterable[RenderableType]) -> None:
        """Write what is to be read by people, one renderable after the other."""
        if self._picture is not None:
            for renderable in renderables:
                self._picture.add(renderable)
            return
        console = self._console(stderr=False)
        with paging(self._environment, wanted=not self._output.no_pager) as stdout:
            for renderable in renderables:
                stdout.write(text_of(renderable, console))

    def write_json(self, document: dict[str, Any]) -> None:
        """Write one JSON document."""
        if self._is_sent:
            buffer = StringIO()
            write_json(document, buffer)
            self._send([buffer.getvalue().encode("utf-8", "backslashreplace")])
            return
        with self._environment.writing() as stdout:
            write_json(document, stdout)

    def write_ndjson(self, documents: Iterable[dict[str, Any]]) -> None:
        """Write JSON documents, one a line."""
        if self._is_sent:
            lines = ndjson_lines(documents)
            self._send(line.encode("utf-8", "backslashreplace") for line in lines)
            return
        with self._environment.writing() as stdout:
            write_ndjson(documents, stdout)

    @property
    def _is_sent(self) -> bool:
        return self._publication is not None and not self._publication.delivery.to_stdout

    def _send(self, chunks: Iterable[bytes]) -> None:
        if self._publication is not None:
            self._publication.send(chunks)

    def conclude(
        self,
        *,
        found: bool,
        coverage: Sequence[Coverage],
        window: Window,
        interrupted: bool,
        missing: str | None = None,
        step: Step | None = None,
    ) -> int:
        """Tell on stderr what the answer rests on, and return the exit code.

        `missing` says what else, beside the gaps of the coverage, keeps the answer from being
        whole; `step`, what to do next, for who reads text on a terminal.
        """
        code = self._tell_all(found, coverage, window, interrupted=interrupted, missing=missing)
        self.finish()
        self.tell_next(step, window)
        return int(code)

    def _tell_all(
        self,
        found: bool,
        coverage: Sequence[Coverage],
        window: Window,
        *,
        interrupted: bool,
        missing: str | None,
    ) -> ExitCode:
        say = self.say
        gaps = sum(source.unread for source in coverage)
        if self._publication is not None:
            self._publication.tell()
            # Only what is in the answer itself was to be counted.
            coverage = self._publication.clean(tuple(coverage))
        say(f"searched {self._describe(window)}")
        self.tell(coverage)
        if missing:
            say(missing)
        if self._output.stats:
            from slsloggrep.render.coverage import render_statistics

            self._write_aside(render_statistics(coverage, self._elapsed))
        if not found:
            say(f"nothing found in {_amount(coverage)}")
        if interrupted:
            say("interrupted: the answer is partial, it holds what was found until then")
            return ExitCode.INTERRUPTED
        if gaps or missing:
            reason = f"{count_text(gaps, 'thing')} could not be read" if gaps else "see above"
            say(f"the answer is partial: {reason}")
            return ExitCode.PARTIAL
        return ExitCode.FOUND if found else ExitCode.NOTHING

    def tell_next(self, step: Step | None, window: Window) -> None:
        """Tell what to do next, to who reads text on a terminal."""
        environment, publication = self._environment, self._publication
        if self._output.no_next or not environment.stderr_is_terminal:
            return
        if publication is not None and publication.is_report:
            if publication.delivery.to_stdout and "-o" not in environment.argv:
                from slsloggrep.outline.commands import command_text

                page = (*environment.argv, "-O", "report.html")
                self._say_next(command_text(("slsloggrep",), None, page))
        elif step is not None and self._output.format == "text":
            from slsloggrep.cli.steps import step_text

            self._say_next(step_text(step, self._inputs, window))

    def _say_next(self, command: str) -> None:
        publication = self._publication
        if publication is not None and publication.clean(command) != command:
            return  # a secret is part of it, without which it would lead nowhere
        if command:
            self._environment.say(f"next: {command}")

    def say(self, line: str) -> None:
        """Tell a line of an answer on stderr; a picture has it, too."""
        self._environment.say(line)
        if self._picture is not None:
            self._picture.note(self._clean(line))

    def finish(self) -> None:
        """Send what is sent whole: a picture of all that was shown and told."""
        if self._picture is None:
            return
        from slsloggrep.cli.reports import question_of

        question = question_of(self._environment.argv, without=("-o", "--output"))
        chunk = self._picture.svg(self._clean(question)).encode("utf-8")
        if self._publication is not None:
            self._publication.send([chunk])
        else:
            self._environment.write(chunk.decode("utf-8"))

    def _clean(self, text: str) -> str:
        return text if self._publication is None else self._publication.clean(text)

    def _begin_picture(self) -> Picture:
        from slsloggrep.render.picture import Picture

        return Picture(self._environment.width, coloured=self._output.color != "never")

    def tell(self, coverage: Sequence[Coverage]) -> None:
        """Tell on stderr what was not read, and what is worth knowing."""
        say = self.say
        if self._output.verbose:
            for source in coverage:
                for gap in source.gaps:
                    say(f"not read: {source.source}: {gap.what}: {gap.reason}")
                for note in source.notes:
                    say(f"note: {source.source}: {note}")
        elif any(source.gaps or source.notes for source in coverage):
            from slsloggrep.render.coverage import render_coverage

            self._write_aside(render_coverage(coverage))

    def _write_aside(self, renderable: RenderableType) -> None:
        if self._picture is not None:
            self._picture.note(renderable)
        self._environment.write_aside(text_of(renderable, self._console(stderr=True)))

    def _describe(self, window: Window) -> str:
        if window.since is None and window.until is None:
            return window.reason
        zone = self._inputs.zone
        since = "the beginning" if window.since is None else timestamp_text(window.since, zone)
        until = "the end" if window.until is None else timestamp_text(window.until, zone)
        return f"from {since} to {until}, {window.reason}"

    def _console(self, *, stderr: bool) -> Console:
        return make_console(self._environment, self._output, stderr=stderr)


def links_are_shown(environment: Environment, output: Output) -> bool:
    """Tell whether words of the text on stdout can lead somewhere."""
    coloured = environment.has_colour(output.color, terminal=environment.stdout_is_terminal)
    return output.format == "text" and has_hyperlinks(environment, coloured=coloured)


def make_console(
    environment: Environment, output: Output, *, stderr: bool = False, width: int | None = None
) -> Console:
    """Return rich's idea of one of the streams; `width` is that of stdout at present."""
    from rich.console import Console

    terminal = environment.stderr_is_terminal if stderr else environment.stdout_is_terminal
    coloured = environment.has_colour(output.color, terminal=terminal)
    links = links_are_shown(environment, output)
    return Console(
        file=environment.stderr if stderr else environment.stdout,
        width=environment.stderr_width if stderr else width or environment.width,
        height=25,  # nothing depends on it; without it rich looks at the process's terminal
        force_terminal=terminal,
        # Sixteen colours, the reader's own, are all that the theme asks for. Rich leaves links out
        # where there are none.
        color_system="standard" if coloured or (not stderr and links) else None,
        no_color=not coloured,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )


def text_of(renderable: RenderableType, console: Console) -> str:
    """Return what a console would print of a renderable."""
    from rich.text import Text

    from slsloggrep.render.hyperlinks import settled

    if isinstance(renderable, Text) and not console.is_terminal and console.color_system is None:
        # What rich would make of it, in a third of the time: a search can have many lines.
        return renderable.plain + "\n"
    # Captured, not printed: when its reader goes away, rich ends the process with a code of 1.
    with console.capture() as capture:
        console.print(renderable, soft_wrap=not console.is_terminal)
    return settled(capture.get(), coloured=not console.no_color)


def _amount(coverage: Sequence[Coverage]) -> str:
    read: dict[str, int] = {}
    for source in coverage:
        unit = source.unit or "object"
        read[unit] = read.get(unit, 0) + source.objects
    size = bytes_text(sum(source.bytes for source in coverage))
    counted = [count_text(count, unit) for unit, count in read.items()]
    return " and ".join(counted) + (f" of {size} in all" if set(read) == {"object"} else "")
