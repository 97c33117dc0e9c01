"""What the options of `tail` ask for, understood; once for what happened and for what happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slsloggrep.cli.context import Environment
from slsloggrep.cli.filters import Filters
from slsloggrep.cli.options import Inputs, Output

if TYPE_CHECKING:  # loaded when the command runs, not when its help is shown
    from slsloggrep.cli.showing import Showing
    from slsloggrep.model import Invocation, Millis
    from slsloggrep.recent import Selection
    from slsloggrep.render.tail import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the options ask for, understood."""

    filters: Filters | None
    emphasis: re.Pattern[str] | None
    """What is to be marked in the text."""
    tests: tuple[Callable[[Invocation], bool], ...]
    """Of invocations only those that pass all of them."""
    pattern: str
    invocations: bool
    limit: int | None
    reorder: Millis
    live: bool
    shape: Shape
    fields: tuple[str, ...] | None
    times: bool

    def selection(self) -> Selection:
        """Return what the pipeline is to select."""
        from slsloggrep.recent import Selection

        tests = self.tests
        return Selection(
            match=self.filters.match() if self.filters else None,
            pattern=self.pattern,
            invocations=self.invocations,
            suits=(lambda invocation: all(t(invocation) for t in tests)) if tests else None,
        )

    def showing(self, environment: Environment, inputs: Inputs, output: Output) -> Showing:
        """Return what turns into text what there is to show."""
        from slsloggrep.cli.showing import Showing
        from slsloggrep.render.tail import TailView

        terminal = environment.stdout_is_terminal or output.is_picture
        view = TailView(
            shape=self.shape,
            tz=inputs.zone,
            times=self.times,
            fields=self.fields,
            terminal=terminal,
            plain=not environment.has_colour(output.color, terminal=terminal),
            encoding="utf-8"
            if output.is_picture
            else getattr(environment.stdout, "encoding", None) or "utf-8",
            emphasis=self.emphasis,
        )
        return Showing(environment, output, view, self.filters.accept if self.filters else None)
