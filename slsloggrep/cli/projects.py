"""`--project` and `--stage`: what the files of folders deploy, read before anything is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from slsloggrep.cli.context import Environment
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded where a project is named
    from slsloggrep.project import Deployment


def read_projects(
    environment: Environment, folders: Sequence[str], stage: str | None, *, typed: bool
) -> tuple[Deployment, ...]:
    """Return what the files of projects deploy, and say what that is.

    `typed`: the stage is the command line's; one of the settings waits for a project. Raises
    UsageError for a stage without a project, and as `read_project`.
    """
    if stage and typed and not folders:
        raise UsageError("--stage is a stage of what --project names", hint="--project .")
    if not folders:
        return ()
    from slsloggrep.project import describe
    from slsloggrep.project.folder import read_project

    found: list[Deployment] = []
    for folder in dict.fromkeys(folders):
        own = read_project(folder, stage)
        environment.say(f"slsloggrep: --project {folder}: {describe(own)}")
        found += own
    return tuple(found)
