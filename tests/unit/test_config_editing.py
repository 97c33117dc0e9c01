"""One value set or removed in a file with settings, and all that its writer put in besides."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.config.editing import TangledError, remove_value, set_value

FILE = """\
# Mine.

tz = 'UTC'   # as the logs have it
id-key = [
    "order_id",
    "cart_id",
]  # both

# Far away.
[source.prod]
url = "s3://x#y" # there

[context.prod.price.eu-west-1]
arm64 = { gb-second = 1, request = 2 }
"""


def edited(text: str, dotted: str, value: str) -> str:
    return set_value(text, tuple(dotted.split(".")), value)


@pytest.mark.parametrize(
    ("key", "value", "before", "after"),
    [
        ("tz", '"CET"', "tz = 'UTC'   # as", 'tz = "CET"   # as'),
        (
            "id-key",
            '["x"]',
            'id-key = [\n    "order_id",\n    "cart_id",\n]  # both',
            'id-key = ["x"]  # both',
        ),
        ("source.prod.url", '"demo:"', '"s3://x#y" # there', '"demo:" # there'),
        ("limit", "7", "]  # both\n", "]  # both\nlimit = 7\n"),
        ("source.prod.rate", "2", "# there\n", "# there\nrate = 2\n"),
        ("alias.mine", '"x"', "request = 2 }\n", 'request = 2 }\n\n[alias]\nmine = "x"\n'),
        ("context.prod.tz", '"x"', "= 2 }\n", '= 2 }\n\n[context.prod]\ntz = "x"\n'),
    ],
)
def test_a_value_is_set_where_it_belongs(key: str, value: str, before: str, after: str) -> None:
    """In the place of the old one, else behind the last of its table, else in a new one."""
    assert FILE.count(before) == 1
    assert edited(FILE, key, value) == FILE.replace(before, after)
    assert edited(FILE.replace("\n", "\r\n"), key, value) == FILE.replace(before, after).replace(
        "\n", "\r\n"
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "tz = 1\n"),
        ("# Mine.\n", "# Mine.\ntz = 1\n"),
        ("# Mine.\n\n", "# Mine.\n\ntz = 1\n"),
        ("# Mine.\n\n[alias]\n", "# Mine.\n\ntz = 1\n\n[alias]\n"),
        ("# Of aliases.\n[alias]\n", "tz = 1\n\n# Of aliases.\n[alias]\n"),
        ("[alias]\nx = 'y'", "tz = 1\n\n[alias]\nx = 'y'"),
        ("a = 1", "a = 1\ntz = 1"),
        ("a = 1\n[alias]\n", "a = 1\ntz = 1\n\n[alias]\n"),
    ],
)
def test_a_first_setting_stands_before_all_tables(text: str, after: str) -> None:
    """Behind the comment that the file begins with, which is not that of a table."""
    assert edited(text, "tz", "1") == after


@pytest.mark.parametrize(
    ("key", "gone"),
    [
        ("tz", "tz = 'UTC'   # as the logs have it\n"),
        ("id-key", 'id-key = [\n    "order_id",\n    "cart_id",\n]  # both\n'),
        ("source.prod.url", 'url = "s3://x#y" # there\n'),
        ("limit", ""),
        ("alias.mine", ""),
    ],
)
def test_what_is_removed_takes_its_comment_along(key: str, gone: str) -> None:
    """And nothing else; what is not there is removed already."""
    assert remove_value(FILE, tuple(key.split("."))) == FILE.replace(gone, "")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("source = { prod = { url = 'x' } }", "source.prod.url"),
        ("source = { prod = { url = 'x' } }", "source.prod.rate"),
        ("source.prod = { url = 'x' }", "source.prod.url"),
        ("source.prod.url = 'x'", "source.prod.rate"),
        ("id-key = [\n'a', # the first\n'b']", "id-key"),
        ("alias = 'x'", "alias.mine"),
        ("[source.prod]", "source"),
        ("", "source.ä.url"),
    ],
)
def test_what_only_its_writer_should_change_is_refused(text: str, key: str) -> None:
    """Tables in one line, comments within a value, names in quotes."""
    with pytest.raises(TangledError):
        edited(text, key, "1")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("source = { prod = { url = 'x' } }", "source.prod.url"),
        ("source.prod.url = 'x'", "source.prod.url"),
        ("[source.prod]\nurl = 'x'", "source.prod"),
    ],
)
def test_what_is_part_of_more_is_not_removed(text: str, key: str) -> None:
    """A table, or what a table would go with."""
    with pytest.raises(TangledError):
        remove_value(text, tuple(key.split(".")))


_KEYS = st.sampled_from(
    ["tz", "a", "b-c", "source.x.url", "source.y.url", "alias.m", "context.p.tz"]
)
_VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["C"]), max_size=8),
    st.integers(0, 99),
    st.booleans(),
    st.lists(st.text("ab#'\"[]=", max_size=4), max_size=3),
)
_LINES = st.lists(
    st.sampled_from(
        [
            *("", "# a comment", "tz = 'x' # why", 'a = """\n[no]\nb = 1\n"""', "b-c = [ # x\n1]"),
            *("[source.x]", "url = '#'", "[source]", "[alias]", "m = 1", "[context.p]"),
            *("  [context.p.price]", "source.y.url = 1", "'b-c' = 2", "[[x]]"),
        ]
    ),
    max_size=8,
)


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


@settings(max_examples=150)
@given(_LINES, _KEYS, _VALUES)
def test_an_edit_changes_one_value_and_keeps_every_comment(
    lines: list[str], key: str, value: object
) -> None:
    """Set, then read; set twice; set, then removed: whatever stands around it."""
    text = "\n".join([*lines, ""])
    path = tuple(key.split("."))
    if not _is_toml(text):
        return
    literal = json.dumps(value, ensure_ascii=False)
    try:
        once = set_value(text, path, literal)
    except TangledError:
        return
    found: object = tomllib.loads(once)
    for name in path:
        assert isinstance(found, dict)
        found = found[name]
    assert found == value
    assert once.count("# a comment") == text.count("# a comment")
    assert once.count("# why") == text.count("# why")
    assert set_value(once, path, literal) == once
    try:
        removed = remove_value(once, path)
    except TangledError:
        return
    assert removed.count("# a comment") == text.count("# a comment")


_ODD_LINES = st.lists(
    st.sampled_from(
        [
            *("tz = true # why", "a = {x = 1, y = [1,\n2]} # odd", "'source' . x . url = 'q'"),
            *("[ source . x ] # of x", "['alias']", "[context.p.price.eu]", "[source.x.sub]"),
            *("z = nan", "d = 2020-01-01", "m = '''\n# no comment\ntz = 5\n'''", "k.l.m = 1"),
            *('"x=y" = "=" # =', "context.p = {tz = 'z'}", "url = 0x1F#c", "[[x]]", "[[x.y]]"),
            *("alias.m = 'x'", "  tz\t=\t'a#b'", "b-c = [\n  1, # one\n\n  2,\n]", "# a comment"),
        ]
    ),
    max_size=8,
)


def _others(tables: dict[str, object], path: tuple[str, ...]) -> str:
    """Return everything but one key, with kinds and in order; empty tables do not count."""

    def kept(inside: dict[str, object], above: tuple[str, ...]) -> dict[str, object]:
        found = {}
        for key, value in inside.items():
            here = (*above, key)
            if here == path:
                continue
            inner = kept(value, here) if isinstance(value, dict) else value
            if inner != {}:
                found[key] = inner
        return found

    return repr(kept(tables, ()))


@settings(max_examples=150)
@given(_ODD_LINES, _KEYS, st.sampled_from(["1", '"#"', '["a"]']), st.sampled_from(["\n", "\r\n"]))
def test_an_edit_leaves_all_else_as_it_was(
    lines: list[str], key: str, value: str, newline: str
) -> None:
    """Whatever TOML a file is of: other values, their kinds, and their order; or it is refused."""
    text = "\n".join([*lines, ""]).replace("\n", newline)
    path = tuple(key.split("."))
    if not _is_toml(text):
        return
    before = _others(tomllib.loads(text), path)
    edits: list[Callable[[], str]] = [
        lambda: set_value(text, path, value),
        lambda: remove_value(text, path),
    ]
    for edit in edits:
        try:
            after = edit()
        except TangledError:
            continue
        assert _others(tomllib.loads(after), path) == before
        assert "\r\n" not in text or "\n" not in after.replace("\r\n", "")
