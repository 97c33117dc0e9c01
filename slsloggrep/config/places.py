"""Where files with settings are looked for. Whether one is there, and whose it is, is not asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

FILE = "config.toml"
PROJECT_FILE = ".slsloggrep.toml"
_FOLDER = "slsloggrep"

CONFIG_VARIABLE = "SLSLOGGREP_CONFIG"
"""Names the user's own file, instead of the usual place."""
PROJECT_VARIABLE = "SLSLOGGREP_PROJECT_FILE"
"""Names the project's file, instead of the nearest one; the null device: none."""


def user_file(env: Mapping[str, str], platform: str) -> Path | None:
    """Return where the user's own file is to be; None where nothing says where home is.

    `platform` is `sys.platform`. XDG_CONFIG_HOME goes first everywhere, and counts only where it is
    absolute (XDG Base Directory Specification); then the platform's own folder: APPDATA on
    Windows, ~/Library/Application Support on macOS, ~/.config elsewhere.
    """
    if named := env.get(CONFIG_VARIABLE):
        return Path(named)
    xdg = env.get("XDG_CONFIG_HOME")
    if xdg and Path(xdg).is_absolute():
        return Path(xdg) / _FOLDER / FILE
    home = env.get("HOME") or env.get("USERPROFILE")
    if platform == "win32" and (roaming := env.get("APPDATA")):
        return Path(roaming) / _FOLDER / FILE
    if not home:
        return None
    usual = ("Library", "Application Support") if platform == "darwin" else (".config",)
    return Path(home).joinpath(*usual, _FOLDER, FILE)


def project_candidates(folder: Path) -> Iterator[Path]:
    """Yield where a project's file may be, seen from an absolute folder: the nearest first."""
    for place in (folder, *folder.parents):
        yield place / PROJECT_FILE
