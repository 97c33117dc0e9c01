"""The file with the names of an account: where it is, who may read it, who fills it and when."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from slsloggrep.cli import known_names
from slsloggrep.cli.known_names import (
    FRESH_S,
    KEPT_S,
    PAUSE_S,
    Account,
    NameFile,
    Names,
    cache_folder,
    sample,
)
from slsloggrep.cli.name_search import LIMIT_S

NAMES = Names(groups=("/ecs/web",), functions=("cart",))


@pytest.mark.parametrize(
    ("env", "platform", "folder"),
    [
        ({"HOME": "/h"}, "linux", "/h/.cache/slsloggrep"),
        ({"HOME": "/h"}, "darwin", "/h/Library/Caches/slsloggrep"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "darwin", "/c/slsloggrep"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "c"}, "linux", "/h/.cache/slsloggrep"),
        ({"LOCALAPPDATA": "/l", "HOME": "/h"}, "win32", "/l/slsloggrep/Cache"),
        ({"HOME": "here"}, "linux", None),
        ({}, "linux", None),
    ],
)
def test_the_cache_is_where_the_platform_has_such(
    env: dict[str, str], platform: str, folder: str | None
) -> None:
    """XDG goes first where it is absolute; where nothing says where home is, there is no cache."""
    assert cache_folder(env, platform) == (None if folder is None else Path(folder))


@pytest.fixture
def file(tmp_path: Path) -> NameFile:
    return NameFile(tmp_path / "deep" / "cache", Account(), {})


def age(folder: Path, suffix: str, seconds: float) -> None:
    """Make the files of a kind so old."""
    for path in folder.rglob(f"*{suffix}"):
        os.utime(path, (time.time() - seconds, time.time() - seconds))


def test_what_is_written_is_read_and_nobody_else_s(file: NameFile, tmp_path: Path) -> None:
    """Names come back as they were; the file is its owner's alone, under any umask."""
    before = os.umask(0)
    try:
        file.write(NAMES)
    finally:
        os.umask(before)
    assert file.read() == NAMES
    (path,) = tmp_path.rglob("names-*")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


def test_names_of_one_account_are_not_those_of_another(tmp_path: Path) -> None:
    """Whatever tells accounts apart, by flag or by variable, makes another file."""
    whose = [
        NameFile(tmp_path, Account(), {}),
        NameFile(tmp_path, Account(profile="a"), {}),
        NameFile(tmp_path, Account(region="a"), {}),
        NameFile(tmp_path, Account(endpoint_url="a"), {}),
        NameFile(tmp_path, Account(role_arn="a"), {}),
        NameFile(tmp_path, Account(), {"AWS_PROFILE": "a"}),
        NameFile(tmp_path, Account(), {"AWS_REGION": "a"}),
        NameFile(tmp_path, Account(), {"AWS_ACCESS_KEY_ID": "a"}),
    ]
    for number, file in enumerate(whose):
        file.write(Names(functions=(str(number),)))
    assert [file.read().functions for file in whose] == [(str(n),) for n in range(len(whose))]


def test_one_of_many_may_ask(file: NameFile, tmp_path: Path) -> None:
    """The first one; then nobody, until the attempt must have ended in vain."""
    assert [file.claim() for _ in range(3)] == [True, False, False]
    assert LIMIT_S < PAUSE_S
    age(tmp_path, ".asked", PAUSE_S + 1)
    assert [file.claim() for _ in range(2)] == [True, False]


def test_whoever_was_slower_does_not_ask(file: NameFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first look and the lock another Tab may have come and gone."""
    looks: list[Path] = []

    def look(path: Path) -> float:
        looks.append(path)
        if len(looks) == 2:  # the mark, before the lock
            monkeypatch.setattr(known_names, "_written", written)
            assert file.claim()
            monkeypatch.setattr(known_names, "_written", look)
            return 0.0
        return written(path)

    written = known_names._written
    monkeypatch.setattr(known_names, "_written", look)
    assert not file.claim()


def test_nobody_asks_for_what_is_fresh(file: NameFile, tmp_path: Path) -> None:
    """Names are asked for again when they are old; a time to come is no sign of freshness."""
    file.write(NAMES)
    assert not file.claim()
    age(tmp_path, ".json", FRESH_S + 1)
    assert file.claim()
    age(tmp_path, ".json", -1000)
    age(tmp_path, ".asked", PAUSE_S + 1)
    assert file.claim()


def test_a_lock_that_another_process_holds_is_heeded(file: NameFile, tmp_path: Path) -> None:
    """Whoever looks at the mark at the same time leaves it to the one that has it."""
    fcntl = pytest.importorskip("fcntl")
    assert file.claim()
    age(tmp_path, ".asked", PAUSE_S + 1)
    (mark,) = tmp_path.rglob("*.asked")
    with mark.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert not file.claim()
    assert file.claim()


def test_a_folder_that_cannot_be_is_no_error(tmp_path: Path) -> None:
    """Where there is no writing, nobody asks, and nothing is known."""
    (tmp_path / "file").touch()
    file = NameFile(tmp_path / "file" / "cache", Account(), {})
    assert not file.claim()
    assert file.read() == Names()


@pytest.mark.timeout(10)
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(file: NameFile, tmp_path: Path) -> None:
    """A Tab waits for nobody, and so not for whoever might write into a pipe."""
    file.write(NAMES)
    (path,) = tmp_path.rglob("*.json")
    path.unlink()
    os.mkfifo(path)
    assert file.read() == Names()


def test_files_that_nobody_uses_go(tmp_path: Path) -> None:
    """Temporary keys leave a file each day; files of others in the folder stay."""
    folder = tmp_path / "cache"
    NameFile(folder, Account(profile="old"), {}).write(NAMES)
    (folder / "other").touch()
    age(folder, "", KEPT_S + 1)
    new = NameFile(folder, Account(), {})
    new.write(NAMES)
    assert len(list(folder.glob("names-*"))) == 1
    assert new.read() == NAMES
    assert (folder / "other").exists()


def test_a_sample_begins_alike_as_far_as_all_do() -> None:
    """A shell types what all candidates begin with: that must be true of those left out, too."""
    names = [*(f"a{number:03}" for number in range(50)), "b", "a000"]
    assert sample(names, 10) == [*(f"a{number:03}" for number in range(9)), "b"]
    assert sample(["b", "a", "b"], 10) == ["a", "b"]
