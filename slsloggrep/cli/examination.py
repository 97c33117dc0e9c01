"""Checks as the command line makes and shows them: source by source, then what follows from them.

What is checked is the sources' knowledge, how a check looks that of `slsloggrep.render.checks`.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.reply import Reply
from slsloggrep.errors import ExitCode, SlsloggrepError, SourceError, UsageError
from slsloggrep.model import Coverage, Gap
from slsloggrep.model.checks import Check, Permission, Verdict
from slsloggrep.sources.base import Examined
from slsloggrep.wording import count_text

_PROGRAM = "slsloggrep"
"""What checks of the program itself stand under, in place of a source."""
_LIBRARIES = ("botocore", "opensearch-py", "duckdb")
"""What sources rest on; the latter two come with extras."""


def examine_all(
    environment: Environment, inputs: Inputs, cancelled: Callable[[], bool], *, costly: bool
) -> Iterator[tuple[str, Check]]:
    """Yield every check with its source, as it is made; one source's failure ends that one's.

    Raises UsageError for what makes no sense as it was typed.
    """
    yield _PROGRAM, Check(what="versions", verdict=Verdict.OK, detail=", ".join(_versions()))
    with ExitStack() as closing:
        try:
            sources = inputs.open_sources(environment, cancelled)
        except UsageError:
            raise
        except SlsloggrepError as error:
            yield ", ".join(inputs.urls), _failure(error)
            return
        for source in sources:
            closing.callback(source.close)
        for source in sources:
            if cancelled():
                return
            if not isinstance(source, Examined):
                detail = "there is nothing to be checked of it"
                yield source.name, Check(what="source", verdict=Verdict.UNCHECKED, detail=detail)
                continue
            try:
                for check in source.examine(costly=costly):
                    yield source.name, check
            except SourceError as error:
                yield source.name, _failure(error)


def _versions() -> Iterator[str]:
    from slsloggrep import __version__

    yield f"{_PROGRAM} {__version__}"
    yield f"Python {platform.python_version()}"
    for name in _LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"no {name}"


def _failure(error: SlsloggrepError) -> Check:
    return Check(
        what="source",
        verdict=Verdict.MISSING,
        detail=error.words if isinstance(error, SourceError) else error.message,
        hint=error.hint,
        fatal=True,
    )


@dataclass
class Findings:
    """All checks of one command line, shown as they come, and what follows from them."""

    environment: Environment
    inputs: Inputs
    output: Output
    policy: bool = False
    """Print the policy, and no checks."""
    checks: dict[str, list[Check]] = field(default_factory=dict)
    """By source."""

    def __post_init__(self) -> None:
        self._reply = Reply(self.environment, self.inputs, self.output)
        self._under: tuple[str, str] | None = None

    def take(self, source: str, check: Check) -> None:
        """Take one more check, and show it where people read."""
        self.checks.setdefault(source, []).append(check)
        if self.policy or self.output.format != "text":
            return
        from slsloggrep.render.checks import render_check, render_heading

        lines = [render_check(check, terminal=self._reply.terminal)]
        if self._under != (source, check.place):
            self._under = (source, check.place)
            heading = render_heading(source, check.place, terminal=self._reply.terminal)
            lines.insert(0, heading)
        self._reply.print(lines)

    def conclude(self, *, interrupted: bool) -> int:
        """Write what is not written yet, and return the exit code."""
        every = [check for some in self.checks.values() for check in some]
        denied = [p for check in every if check.denied for p in check.permissions]
        missing = [check for check in every if check.verdict is Verdict.MISSING]
        self._write(denied, [p for check in every for p in check.permissions])
        say = self.environment.say
        if interrupted:
            say("interrupted: not everything was checked")
            return int(ExitCode.INTERRUPTED)
        if not missing:
            say(f"nothing is missing ({count_text(len(every), 'check')})")
            return int(ExitCode.FOUND)
        say(f"missing: {', '.join(dict.fromkeys(check.what for check in missing))}")
        if denied and any(c.verdict is Verdict.UNCHECKED and c.permissions for c in every):
            say("what could not be tried may lack more: check again once that is allowed")
        if any(check.fatal for check in missing):
            return int(ExitCode.UNUSABLE)
        return int(ExitCode.PARTIAL)

    def _write(self, denied: list[Permission], needed: list[Permission]) -> None:
        ascii_only = not self._reply.encoding.lower().startswith("utf")
        if self.policy:
            self._write_policy(denied, needed, ascii_only=ascii_only)
        elif self.output.format == "json":
            from slsloggrep.export.checks import checks_document

            self._reply.write_json(checks_document(self.checks, self._coverage()))
        elif self.output.format == "ndjson":
            from slsloggrep.export.checks import check_lines

            self._reply.write_ndjson(check_lines(self.checks))
        elif denied:
            from slsloggrep.export.checks import policy_text

            policy = policy_text(denied, ascii_only=ascii_only)
            self.environment.write(f"\nthe smallest IAM policy that mends it:\n{policy}")

    def _write_policy(
        self, denied: list[Permission], needed: list[Permission], *, ascii_only: bool
    ) -> None:
        from slsloggrep.export.checks import policy_text

        if not denied and not needed:
            self.environment.say("no permission of AWS is known to be needed")
            return
        self.environment.write(policy_text(denied or needed, ascii_only=ascii_only))
        what = "it allows what was denied" if denied else "nothing was denied: reading needs this"
        self.environment.say(what)

    def _coverage(self) -> list[Coverage]:
        return [
            Coverage(
                source=source,
                gaps=tuple(
                    Gap(check.what, check.detail)
                    for check in some
                    if check.verdict is Verdict.MISSING
                ),
            )
            for source, some in self.checks.items()
            if source != _PROGRAM
        ]
