"""Discover: its state in the URL, its address as people copy it, and nothing that breaks out."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_links_spellings import Reader, read_rison

from slsloggrep.errors import UsageError
from slsloggrep.links.discover import Dashboards, discover_url, phrase, read_dashboards_url

T = 1_700_000_000_123
KIBANA = Dashboards("https://kibana.example.com", "Kibana", explorer=False, pattern="7c-1")
NEWER = Dashboards(
    "https://os.example.com/_dashboards", "OpenSearch Dashboards", explorer=True, pattern="logs-*"
)
HARMLESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#=&%,!\[\]]+")


def states(url: str) -> dict[str, object]:
    """Return the states in a URL as both products read them: escapes off, then Rison."""
    query = parse_qs(urlsplit(url).fragment.partition("?")[2], strict_parsing=True)
    return {name: read_rison(Reader(value)) for name, (value,) in query.items()}


def test_kibana_has_two_states() -> None:
    """`_g` has the time, `_a` the query and the index pattern."""
    url = discover_url(KIBANA, 'request_id:"r"', since=T, until=T + 1)
    assert url == (
        "https://kibana.example.com/app/discover#/?_g=%28filters:!%28%29,"
        "refreshInterval:%28pause:!t,value:0%29,"
        "time:%28from:%272023-11-14T22:13:20.123Z%27,to:%272023-11-14T22:13:20.124Z%27%29%29"
        "&_a=%28columns:!%28%29,filters:!%28%29,index:%277c-1%27,interval:auto,"
        "query:%28language:kuery,query:%27request_id:%22r%22%27%29,sort:!%28%29%29"
    )


def test_opensearch_dashboards_has_three() -> None:
    """From 2.10 on: the index pattern in `_a`, the time in `_g`, the query in `_q`."""
    url = discover_url(NEWER, "x", since=T, until=T)
    assert url is not None
    assert url.startswith("https://os.example.com/_dashboards/app/data-explorer/discover#?_a=")
    assert states(url) == {
        "_a": {
            "discover": {"columns": ["_source"], "isDirty": False, "sort": []},
            "metadata": {"indexPattern": "logs-*", "view": "discover"},
        },
        "_g": {
            "filters": [],
            "refreshInterval": {"pause": True, "value": 0},
            "time": {"from": "2023-11-14T22:13:20.123Z", "to": "2023-11-14T22:13:20.123Z"},
        },
        "_q": {"filters": [], "query": {"language": "kuery", "query": "x"}},
    }


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30), st.booleans())
def test_a_query_is_read_back_and_ends_nothing(query: str, newer: bool) -> None:
    """Whatever stands in a query: it comes out as it went in, and no quote or bracket is left."""
    url = discover_url(NEWER if newer else KIBANA, query, since=T, until=T)
    assert url is not None
    assert HARMLESS.fullmatch(url)
    found = states(url)["_q" if newer else "_a"]
    assert isinstance(found, dict)
    assert found["query"]["query"] == query


@given(st.text(max_size=20))
def test_a_phrase_is_one(text: str) -> None:
    """KQL: quotes and backslashes are escaped in quotes; what cannot be printed is no phrase."""
    quoted = phrase(text)
    if quoted is None:
        assert not text or not text.isprintable()
        return
    assert re.fullmatch(r'"(?:[^"\\]|\\["\\])*"', quoted)
    assert re.sub(r"\\(.)", r"\1", quoted[1:-1]) == text


@pytest.mark.parametrize("pattern", ["a\nb", "\x1b]8;;", "\ud800"])
def test_a_pattern_that_cannot_be_has_no_page(pattern: str) -> None:
    """An ID with controls is none."""
    assert discover_url(KIBANA._replace(pattern=pattern), "x", since=T, until=T) is None


def test_times_beyond_calendars_have_no_page() -> None:
    """A hostile timestamp makes no link, and no error."""
    assert discover_url(KIBANA, "x", since=T, until=10**18) is None
    assert discover_url(KIBANA, "x", since=-1, until=T) is None


def read(url: str, *, elastic: bool = False) -> Dashboards:
    return read_dashboards_url(url, elastic=elastic, explorer=not elastic, pattern="mine")


@pytest.mark.parametrize(
    ("url", "base", "explorer", "pattern"),
    [
        ("https://h", "https://h", True, "mine"),
        ("http://localhost:5601/", "http://localhost:5601", True, "mine"),
        ("http://[::1]:5601", "http://[::1]:5601", True, "mine"),
        ("https://h/_dashboards/app/home#/", "https://h/_dashboards", True, "mine"),
        ("https://h/app/discover", "https://h", False, "mine"),
        ("https://h/app/discoverer", "https://h", True, "mine"),
        (
            (
                "https://h/s/space/app/discover#/?_g=(time:(from:now-1h,to:now))&_a=(columns:!(a),"
                "filters:!(('$state':(store:appState),meta:(alias:!n,index:other))),index:'7c-1')"
            ),
            "https://h/s/space",
            False,
            "7c-1",
        ),
        (
            "https://h/app/discover#/?_g=()&_a=(dataSource:(dataViewId:b95d8900-dd15,type:dataView))",
            "https://h",
            False,
            "b95d8900-dd15",
        ),
        (
            (
                "https://h/app/data-explorer/discover#?_a=(discover:(columns:!(_source)),"
                "metadata:(indexPattern:'it!'s-*',view:discover))&_q=(query:(query:'index:x'))"
            ),
            "https://h",
            True,
            "it's-*",
        ),
        (
            "https://h/app/discover#/?_a=%28index%3A%27logs-%2A%27%29",
            "https://h",
            False,
            "logs-*",
        ),
        ("https://h/app/discover#/view/3f1?_g=()", "https://h", False, "mine"),
    ],
)
def test_an_address_tells_where_and_which_form(
    url: str, base: str, explorer: bool, pattern: str
) -> None:
    """As copied from the browser: what stands before the app, Discover's form, the pattern."""
    found = read(url)
    assert (found.url, found.explorer, found.pattern) == (base, explorer, pattern)


def test_a_tenant_is_kept() -> None:
    """OpenSearch Dashboards keep saved objects by tenant: the page of another has no pattern."""
    found = read("https://h/app/discover?security_tenant=global#/?_a=(index:abc)")
    url = discover_url(found, "x", since=T, until=T)
    assert url is not None
    assert url.startswith("https://h/app/discover?security_tenant=global#/?_g=")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "kibana.example.com",
        "javascript:alert(1)",
        "ftp://h/app/discover",
        "https://user:secret@h/app/discover",
        "https://h\"onmouseover='x'/",
        "https://h/a b/app/discover",
        "https://h/<script>/app/discover",
        "https://[::1/app/discover",
        "https:///app/discover",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    """Only `http:` and `https:`, no user name, and nothing that could break out."""
    with pytest.raises(UsageError):
        read(url)


def test_a_secret_is_not_repeated() -> None:
    """What the user gave with a password is refused without it."""
    with pytest.raises(UsageError) as refused:
        read("https://user:secret@h/app/discover")
    assert "secret" not in str(refused.value)


def test_the_product_has_a_name() -> None:
    """People know the page by what it says on it."""
    assert read("https://h").product == "OpenSearch Dashboards"
    assert read("https://h", elastic=True).product == "Kibana"
    assert not read("https://h", elastic=True).explorer
