"""Several sources asked together: what one of them cannot do costs no other's answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from archive_samples import Patience

from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Event, Gap, Query
from slsloggrep.pull import Pull
from slsloggrep.sources.base import Capability, Report, Unusable

HERE = Event(1, "here", "/aws/lambda/a", "s", "1")


class Working:
    name = "works"
    capabilities = Capability.NONE

    def fetch(self, _query: Query, report: Report) -> Iterator[Event]:
        report(Coverage(source=self.name, events=1))
        yield HERE

    def close(self) -> None:
        return


def broken(name: str) -> Unusable:
    return Unusable(name, SourceError(name, f"{name}: the login has expired", hint="log in"))


@pytest.mark.parametrize("first", [True, False])
def test_a_source_that_cannot_be_used_is_a_gap_beside_one_that_can(first: bool) -> None:
    """The answer of the others is given, and the coverage says why it is partial."""
    sources = [broken("b"), Working()] if first else [Working(), broken("b")]
    pull = Pull(sources, Patience())
    assert list(pull.events(Query())) == [HERE]
    by_name = {coverage.source: coverage for coverage in pull.coverage}
    assert by_name["b"].gaps == (Gap("b", "the login has expired; log in"),)
    assert by_name["works"].complete


def test_it_is_not_asked_again() -> None:
    """Further passes leave it out, and its gap stands once."""
    pull = Pull([broken("b"), Working()], Patience())
    list(pull.events(Query()))
    list(pull.events(Query()))
    assert len(pull.coverage[0].gaps) == 1


def test_where_none_can_be_used_the_first_error_is_raised() -> None:
    """There is no answer, not even a partial one."""
    pull = Pull([broken("a"), broken("b")], Patience())
    with pytest.raises(SourceError, match="a: the login"):
        list(pull.events(Query()))


class Failing(Working):
    """Answers the first time, and never again."""

    def __init__(self) -> None:
        self._asked = 0

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        self._asked += 1
        if self._asked > 1:
            raise SourceError(self.name, f"{self.name}: the network is gone")
        yield from super().fetch(query, report)


def test_what_was_found_before_all_failed_is_kept() -> None:
    """A source that fails in a later pass makes the answer partial, not void."""
    pull = Pull([broken("b"), Failing()], Patience())
    assert list(pull.events(Query())) == [HERE]
    assert list(pull.events(Query())) == []
    assert pull.coverage[1].gaps == (Gap("works", "the network is gone"),)
