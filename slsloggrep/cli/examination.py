"""Checks as the command line makes and shows them: source by source, then what follows from them.

What is checked is the sources' knowledge, how a check looks that of `slsloggrep.render.checks`.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Inputs, Output
from slsloggrep.cli.publication import Publication
from slsloggrep.cli.reply import Reply
from slsloggrep.errors import ExitCode, SlsloggrepError, SourceError, UsageError
from slsloggrep.model import Coverage, Gap
from slsloggrep.model.checks import Check, Checked, Permission, Verdict
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
    publication: Publication
    policy: bool = False
    """Print the policy, and no checks."""
    checked: list[Checked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reply = Reply(self.environment, self.inputs, self.output, self.publication)
        self._under: tuple[str, str] | None = None

    def take(self, source: str, check: Check) -> None:
        """Take one more check, and show it where people read."""
        self.checked.append(Checked(source, check))
        if self.policy or not self.output.is_text:
            return
        from slsloggrep.render.checks import render_check, render_heading

        shown = self.publication.clean(self.checked[-1])
        lines = [render_check(shown.check, terminal=self._reply.terminal)]
        under = (shown.source, shown.check.place)
        if self._under != under:
            self._under = under
            lines.insert(0, render_heading(*under, terminal=self._reply.terminal))
        self._reply.print(lines)

    def conclude(self, *, interrupted: bool) -> int:
        """Write what is not written yet, and return the exit code."""
        every = [each.check for each in self.checked]
        missing = [check for check in every if check.verdict is Verdict.MISSING]
        if self.publication.makes_document:
            self._publish(interrupted=interrupted)
        else:
            self._write(self.publication.clean(tuple(self.checked)))
        self.publication.tell()
        code = self._tell(every, missing, interrupted=interrupted)
        self._reply.finish()
        return int(code)

    def _tell(
        self, every: Sequence[Check], missing: Sequence[Check], *, interrupted: bool
    ) -> ExitCode:
        say = self._reply.say
        if interrupted:
            say("interrupted: not everything was checked")
            return ExitCode.INTERRUPTED
        if not missing:
            say(f"nothing is missing ({count_text(len(every), 'check')})")
            return ExitCode.FOUND
        say(f"missing: {', '.join(dict.fromkeys(check.what for check in missing))}")
        untried = (c for c in every if c.verdict is Verdict.UNCHECKED and c.permissions)
        if _denied(self.checked) and any(untried):
            say("what could not be tried may lack more: check again once that is allowed")
        if any(check.fatal for check in missing):
            return ExitCode.UNUSABLE
        return ExitCode.PARTIAL

    def _publish(self, *, interrupted: bool) -> None:
        from slsloggrep.cli.reports import checks_report, head_of
        from slsloggrep.export.checks import policy_text

        denied = _denied(self.checked)
        head = head_of(self.environment, self.inputs)
        policy = policy_text(denied) if denied else ""
        report = checks_report(head, self.checked, policy, interrupted=interrupted)
        self.publication.publish(report, [])

    def _write(self, checked: Sequence[Checked]) -> None:
        denied = _denied(checked)
        if self.policy:
            self._write_policy(denied, checked)
        elif self.output.format == "json":
            from slsloggrep.export.checks import checks_document

            self._reply.write_json(checks_document(_by_source(checked), _coverage(checked)))
        elif self.output.format == "ndjson":
            from slsloggrep.export.checks import check_lines

            self._reply.write_ndjson(check_lines(_by_source(checked)))
        elif denied:
            from slsloggrep.export.checks import policy_text

            policy = policy_text(denied, ascii_only=self._ascii_only)
            self._show(f"\nthe smallest IAM policy that mends it:\n{policy}")

    def _show(self, text: str) -> None:
        if self.output.is_picture:
            from rich.text import Text

            self._reply.print([Text(text.rstrip("\n"))])
        else:  # as it is, to be copied: a terminal's own breaks are none
            self.environment.write(text)

    def _write_policy(self, denied: list[Permission], checked: Sequence[Checked]) -> None:
        from slsloggrep.export.checks import policy_text

        needed = [p for each in checked for p in each.check.permissions]
        if not denied and not needed:
            self.environment.say("no permission of AWS is known to be needed")
            return
        policy = policy_text(denied or needed, ascii_only=self._ascii_only)
        if self.publication.delivery.to_stdout:
            self.environment.write(policy)
        else:
            self.publication.send([policy.encode("utf-8", "backslashreplace")])
        what = "it allows what was denied" if denied else "nothing was denied: reading needs this"
        self.environment.say(what)

    @property
    def _ascii_only(self) -> bool:
        return not self._reply.encoding.lower().startswith("utf")


def _denied(checked: Iterable[Checked]) -> list[Permission]:
    return [p for each in checked if each.check.denied for p in each.check.permissions]


def _by_source(checked: Iterable[Checked]) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for source, check in checked:
        found.setdefault(source, []).append(check)
    return found


def _coverage(checked: Iterable[Checked]) -> list[Coverage]:
    return [
        Coverage(
            source=source,
            gaps=tuple(
                Gap(check.what, check.detail) for check in some if check.verdict is Verdict.MISSING
            ),
        )
        for source, some in _by_source(checked).items()
        if source != _PROGRAM
    ]
