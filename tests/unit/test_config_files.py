"""Where files with settings are, on which lines their keys stand, and what is no such file."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.config import parse_document, project_candidates, user_file
from slsloggrep.config.document import LARGEST
from slsloggrep.config.lines import key_lines
from slsloggrep.errors import UsageError


@pytest.mark.parametrize(
    ("env", "platform", "expected"),
    [
        ({"HOME": "/home/ada"}, "linux", "/home/ada/.config/slsloggrep/config.toml"),
        (
            {"HOME": "/Users/ada"},
            "darwin",
            "/Users/ada/Library/Application Support/slsloggrep/config.toml",
        ),
        ({"HOME": "/u", "XDG_CONFIG_HOME": "/x"}, "linux", "/x/slsloggrep/config.toml"),
        ({"HOME": "/u", "XDG_CONFIG_HOME": "/x"}, "darwin", "/x/slsloggrep/config.toml"),
        ({"HOME": "/u", "XDG_CONFIG_HOME": "x"}, "linux", "/u/.config/slsloggrep/config.toml"),
        ({"APPDATA": "/r", "USERPROFILE": "/u"}, "win32", "/r/slsloggrep/config.toml"),
        ({"APPDATA": "/r", "HOME": "/u"}, "linux", "/u/.config/slsloggrep/config.toml"),
        ({"SLSLOGGREP_CONFIG": "own.toml", "HOME": "/u"}, "linux", "own.toml"),
    ],
)
def test_the_users_file_is_in_the_platforms_folder(
    env: dict[str, str], platform: str, expected: str
) -> None:
    """XDG_CONFIG_HOME goes first where it is absolute, then what each platform has for it."""
    assert user_file(env, platform) == Path(expected)


def test_without_a_home_there_is_no_users_file() -> None:
    """Nothing is guessed where the environment says nothing."""
    assert user_file({}, "linux") is None
    assert user_file({}, "win32") is None


def test_the_nearest_project_goes_first() -> None:
    """From the folder up to the root, each once."""
    found = [str(path) for path in project_candidates(Path("/a/b"))]
    assert found == ["/a/b/.slsloggrep.toml", "/a/.slsloggrep.toml", "/.slsloggrep.toml"]


TEXT = """# settings

tz = "UTC"
group = [
  "not-a-key = 1",
  "b",
]
note = '''
inside = 1
[nor.this]
'''
a.b = 1

[source.prod]  # a table
url = "cloudwatch:"
password = { env = "X" }

["quoted key".x]
y = 1
[[list]]
z = 1
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_key_has_its_line(newline: str) -> None:
    """What looks like a key within a value is none, however the lines end."""
    assert key_lines(TEXT.replace("\n", newline)) == {
        ("tz",): 3,
        ("group",): 4,
        ("note",): 8,
        ("a",): 12,
        ("a", "b"): 12,
        ("source",): 14,
        ("source", "prod"): 14,
        ("source", "prod", "url"): 15,
        ("source", "prod", "password"): 16,
        ("source", "prod", "password", "env"): 16,
        ("quoted key",): 18,
        ("quoted key", "x"): 18,
        ("quoted key", "x", "y"): 19,
        ("list",): 20,
        ("list", "z"): 21,
    }


KEYS = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=8)
VALUES = st.one_of(st.booleans(), st.integers(0, 99), KEYS, st.lists(KEYS, max_size=3))


def as_toml(value: Any) -> str:
    return json.dumps(value, indent=1) if isinstance(value, list) else json.dumps(value)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, min_size=1, max_size=3), max_size=4))
def test_the_line_of_a_key_begins_with_it(tables: dict[str, dict[str, Any]]) -> None:
    """Whatever keys and values are, each is found, and its line names it."""
    blocks = []
    for name, values in tables.items():
        blocks.append(f"[{json.dumps(name)}]")
        blocks += [f"{json.dumps(key)} = {as_toml(value)}" for key, value in values.items()]
    text = "\n".join(blocks)
    assert tomllib.loads(text) == tables
    lines, found = text.split("\n"), key_lines(text)
    for name, values in tables.items():
        assert lines[found[name,] - 1] == f"[{json.dumps(name)}]"
        for key in values:
            assert lines[found[name, key] - 1].startswith(f"{json.dumps(key)} = ")


def test_a_value_of_very_many_lines_ends_the_search() -> None:
    """A stranger's file cannot make the search for lines a long one."""
    text = "a = [\n" + "1,\n" * 20_000 + "]\nb = 1\n"
    assert key_lines(text) == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"tz = UTC", "f.toml: this is no TOML: "),
        (b"tz = '\xff'", "f.toml: this is no UTF-8 at byte 6"),
        (b"a = " + b"[" * 5000, "f.toml: "),
        (b"#" * (LARGEST + 1), "f.toml: no file with settings is larger than 256 kB"),
    ],
)
def test_what_is_no_file_with_settings_is_refused_by_name(content: bytes, said: str) -> None:
    """Damage is an error that names the file, never a defect."""
    with pytest.raises(UsageError) as caught:
        parse_document(content, "f.toml")
    assert caught.value.message.startswith(said)


def test_an_editor_of_windows_may_have_written_it() -> None:
    """A byte order mark and its ends of lines are no errors."""
    document = parse_document(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n", "f")
    assert document.tables == {"a": 1, "b": 2}
    assert document.where("b") == "f:2"


def test_where_names_what_is_nearest() -> None:
    """A key without a line of its own is where its table is, or in the file at least."""
    document = parse_document(b"\n[a]\nb = 1\n", "f")
    assert document.where("a", "c") == "f:2"
    assert document.where("x") == "f"
