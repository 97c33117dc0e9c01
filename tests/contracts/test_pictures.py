"""The pictures of the README are what the program draws of the demo."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "pictures"
WIDTH = 100
DEMO = "-S demo:2026-11-23T10:05Z"
PICTURES = {
    "trace": f"trace ord-71866 {DEMO} --events none",
    "crashes": f"crashes {DEMO} -s 2026-11-23T08:30Z --baseline 1h",
    "latency": f"latency {DEMO} --top 12",
}


@pytest.mark.parametrize(("name", "command"), PICTURES.items())
def test_a_picture_is_what_the_program_draws(name: str, command: str, tmp_path: Path) -> None:
    """To the byte, wherever and whenever it is drawn."""
    target, stderr = tmp_path / "drawn.svg", io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=False,
        stdout=io.StringIO(),
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=WIDTH,
    )
    assert run([*shlex.split(command), "-O", str(target)], environment) == 0, stderr.getvalue()
    assert (FOLDER / f"{name}.svg").read_bytes() == target.read_bytes(), (
        f"regenerate: COLUMNS={WIDTH} slsloggrep {command} -O .github/pictures/{name}.svg --force"
    )


def test_the_readme_shows_every_picture_and_says_what_is_in_it() -> None:
    """By a relative address, with a text for who cannot see it; there is no other picture."""
    shown = re.findall(r"!\[(.*?)\]\((.*?)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert [target for _, target in shown] == [f".github/pictures/{name}.svg" for name in PICTURES]
    assert all(len(words) > 40 for words, _ in shown)
    assert {path.stem for path in FOLDER.iterdir()} == {*PICTURES}
