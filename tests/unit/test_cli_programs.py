"""How a variable or an option that names a program is split into words, here and on Windows."""

from __future__ import annotations

import pytest

from slsloggrep.cli.programs import words_of


@pytest.mark.parametrize(
    ("text", "platform", "words"),
    [
        ("code --wait", "linux", ["code", "--wait"]),
        ("'my editor' -x", "linux", ["my editor", "-x"]),
        (r"a\ b c", "darwin", ["a b", "c"]),
        ("", "linux", []),
        (r"C:\tools\edit.exe -x", "win32", [r"C:\tools\edit.exe", "-x"]),
        (
            r'"C:\Program Files\Notepad++\notepad++.exe" -multiInst',
            "win32",
            [r"C:\Program Files\Notepad++\notepad++.exe", "-multiInst"],
        ),
        ("'C:\\my tools\\x' a", "win32", ["C:\\my tools\\x", "a"]),
        ('a "b c', "win32", None),
        ("it's", "linux", None),
    ],
)
def test_quotes_keep_words_together_and_are_no_part_of_them(
    text: str, platform: str, words: list[str] | None
) -> None:
    """On Windows a backslash parts folders, and escapes nothing."""
    if words is None:
        with pytest.raises(ValueError, match="quot"):
            words_of(text, platform)
        return
    assert words_of(text, platform) == words
