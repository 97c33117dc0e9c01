"""The buffer that is searched: the same answers by every function, whatever the bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.decode import haystack as module
from slsloggrep.decode.haystack import Haystack

SEARCHES = ["strstr", "memmem", "portable"]


@pytest.fixture(params=SEARCHES)
def searched_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have the C library only the functions that a platform has, the best one first."""
    name = str(request.param)
    if name != "strstr":
        monkeypatch.setattr(module, "_strstr", None)
    if name == "portable":
        monkeypatch.setattr(module, "_memmem", None)
    return name


def offsets(data: bytes, needle: bytes) -> list[int]:
    """Return where `bytes.find` finds a needle, without overlaps."""
    found, start = [], data.find(needle)
    while start >= 0:
        found.append(start)
        start = data.find(needle, start + len(needle))
    return found


def both(data: bytes) -> list[Haystack]:
    """Return haystacks of the same bytes: one that owns them, one that adopted them."""
    own, adopting = Haystack(8), Haystack(8)
    own.append(data[:3])
    own.append(data[3:])
    adopting.adopt(data)
    return [own, adopting]


@pytest.mark.parametrize("hits", [0, 1, 7, 8, 9, 50])
def test_every_function_finds_the_same(searched_by: str, hits: int) -> None:
    """strstr, memmem and `bytes.find` agree, however many hits there are."""
    data = b"--needle1--" * hits + b"xxxneedle2" + b"x" * 100
    for haystack in both(data):
        assert haystack.find_all(b"needle1") == offsets(data, b"needle1"), searched_by
        assert haystack.find(b"needle2", 3) == 11 * hits + 3


@pytest.mark.parametrize("data", [b"\0needle\0\0needle", b"needle\0needle", b"\0\0", b"needle\0"])
def test_a_nul_hides_nothing_behind_it(searched_by: str, data: bytes) -> None:
    """C's strings end at a NUL, files of logs do not: padding is followed by more."""
    for haystack in both(data):
        assert haystack.find_all(b"needle") == offsets(data, b"needle"), searched_by
        assert haystack.find(b"\0") == data.find(b"\0")
        assert haystack.find_all(b"e\0") == offsets(data, b"e\0")


def test_nothing_is_found_behind_the_end(searched_by: str) -> None:
    """What an earlier block left in the buffer is no part of this one."""
    haystack = Haystack(64)
    haystack.append(b"filler, and then the needle")
    assert haystack.find(b"needle") == 21, searched_by
    haystack.drop(20)
    assert haystack.find_all(b"needle") == [1]
    haystack.clear()
    haystack.append(b"filler, and then the n")
    assert (haystack.find(b"needle"), haystack.find_all(b"needle")) == (-1, [])


def test_a_full_buffer_ends_where_it_ends(searched_by: str) -> None:
    """A buffer without a byte to spare is searched to its last byte, and no further."""
    haystack = Haystack(12)
    haystack.append(b"abc needle12")
    assert haystack.find_all(b"needle12") == [4], searched_by
    assert haystack.find(b"needle123") == -1


@pytest.mark.parametrize("window", [8, 64, 1 << 18])
def test_many_needles_are_found_as_one_by_one(
    searched_by: str, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Window by window, nothing is missed at a border, found twice, or found behind the end."""
    monkeypatch.setattr(module, "_WINDOW", window)
    needles = [b"needle1", b"le1--n", b"-", b"x", b"absent", b"needle"]
    data = b"--needle1--" * 40 + b"needl" + b"x" * 100
    for haystack in [*both(data), *both(data[:61]), *both(b"\0" + data)]:
        found = haystack.find_all_of(needles, [len(needle) for needle in needles])
        assert found == [offsets(haystack.view(), needle) for needle in needles], searched_by


@given(st.lists(st.sampled_from([b"a", b"b", b"ab", b"aab"]), max_size=60), st.integers(1, 9))
def test_windows_miss_nothing_that_overlaps_itself(parts: list[bytes], window: int) -> None:
    """With a step of one, every place counts, also where two windows meet."""
    data = b"".join(parts)
    needles = [b"aa", b"aba", b"a", b"bab"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WINDOW", window)
        for haystack in both(data):
            places = [
                [at for at in range(len(data)) if data.startswith(needle, at)] for needle in needles
            ]
            assert haystack.find_all_of(needles, [1] * 4) == places


@given(
    st.lists(st.sampled_from([b"a", b"b", b"ab", b"aab", b"\0", b"c" * 70]), max_size=60),
    st.lists(st.sampled_from([b"a", b"b", b"\0", b"c" * 9]), min_size=1, max_size=6),
)
def test_searches_equal_the_interpreters_own(parts: list[bytes], needle: list[bytes]) -> None:
    """Of self-similar bytes, with NULs or without, the C library finds what `bytes.find` finds."""
    data, wanted = b"".join(parts), b"".join(needle)
    for haystack in both(data):
        assert haystack.find_all(wanted) == offsets(data, wanted)
        assert haystack.find(wanted, len(data) // 2) == data.find(wanted, len(data) // 2)
