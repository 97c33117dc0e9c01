"""Discover: its state in the URL, its address as people copy it, and nothing that breaks out."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.errors import UsageError
from slsloggrep.links.discover import (
    Dashboards,
    Form,
    Index,
    discover_url,
    phrase,
    read_dashboards_url,
)
from slsloggrep.links.spellings import Value, read_rison

T = 1_700_000_000_123
KIBANA = Dashboards(
    url="https://kibana.example.com",
    product="Kibana",
    form=Form.CLASSIC,
    index=Index("7c-1"),
)
EXPLORER = Dashboards(
    url="https://os.example.com/_dashboards",
    product="OpenSearch Dashboards",
    form=Form.EXPLORER,
    index=Index("logs-*"),
)
NEWEST = replace(EXPLORER, form=Form.DATASETS)
HARMLESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#=&%,!\[\]]+")


def states(url: str) -> dict[str, Value | None]:
    """Return the states in a URL as both products read them: escapes off, then Rison."""
    query = parse_qs(urlsplit(url).fragment.partition("?")[2], strict_parsing=True)
    return {name: read_rison(value) for name, (value,) in query.items()}


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
    url = discover_url(EXPLORER, "x", since=T, until=T)
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


def test_newer_ones_have_a_dataset() -> None:
    """From 2.17 on it names the index pattern a second time, title and time field included."""
    url = discover_url(NEWEST, "x", since=T, until=T)
    assert url is not None
    found = states(url)
    assert found["_a"] == {
        "discover": {"columns": ["_source"], "isDirty": False, "sort": []},
        "metadata": {"indexPattern": "logs-*", "view": "discover"},
    }
    assert found["_q"] == {
        "filters": [],
        "query": {
            "dataset": {
                "id": "logs-*",
                "timeFieldName": "@timestamp",
                "title": "logs-*",
                "type": "INDEX_PATTERN",
            },
            "language": "kuery",
            "query": "x",
        },
    }
    named = replace(NEWEST, index=Index("a-1", "own", "time", shipped=True))
    url = discover_url(named, "x", since=T, until=T)
    assert url is not None
    assert "id:%27a-1%27" not in url
    assert "dataset:%28id:a-1,timeFieldName:time,title:own,type:INDEX_PATTERN%29" in url


@given(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=30),
    st.sampled_from([KIBANA, EXPLORER, NEWEST]),
)
def test_a_query_is_read_back_and_ends_nothing(query: str, where: Dashboards) -> None:
    """Whatever stands in a query: it comes out as it went in, and no quote or bracket is left."""
    url = discover_url(where, query, since=T, until=T)
    assert url is not None
    assert HARMLESS.fullmatch(url)
    found = states(url)["_a" if where is KIBANA else "_q"]
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


def test_a_lone_surrogate_has_no_page() -> None:
    """There is no escape for half a character; no error either."""
    assert discover_url(KIBANA, "\ud800", since=T, until=T) is None


def test_times_beyond_calendars_have_no_page() -> None:
    """A hostile timestamp makes no link, and no error."""
    assert discover_url(KIBANA, "x", since=T, until=10**18) is None
    assert discover_url(KIBANA, "x", since=-1, until=T) is None


def read(url: str, form: Form = Form.DATASETS) -> Dashboards:
    return read_dashboards_url(
        url, product="OpenSearch Dashboards", form=form, index=Index("mine", "title")
    )


FILTERED = (
    "https://h/s/space/app/discover#/?_g=(time:(from:now-1h,to:now))&_a=(columns:!(a),"
    "filters:!(('$state':(store:appState),meta:(alias:!n,index:other))),index:'7c-1')"
)
EXPLORED = (
    "https://h/app/data-explorer/discover#?_a=(discover:(columns:!(_source)),"
    "metadata:(indexPattern:'it!'s-*',view:discover))&_q=(query:(query:'index:x'))"
)


@pytest.mark.parametrize(
    ("url", "base", "form", "pattern"),
    [
        ("https://h", "https://h", Form.DATASETS, "mine"),
        ("http://localhost:5601/", "http://localhost:5601", Form.DATASETS, "mine"),
        ("http://[::1]:5601", "http://[::1]:5601", Form.DATASETS, "mine"),
        ("https://h/_dashboards/app/home#/", "https://h/_dashboards", Form.DATASETS, "mine"),
        ("https://h/app/discover", "https://h", Form.CLASSIC, "mine"),
        ("https://h/app/discoverer", "https://h", Form.DATASETS, "mine"),
        (FILTERED, "https://h/s/space", Form.CLASSIC, "7c-1"),
        (
            "https://h/app/discover#/?_g=()&_a=(dataSource:(dataViewId:b95d8900-dd,type:dataView))",
            "https://h",
            Form.CLASSIC,
            "b95d8900-dd",
        ),
        (EXPLORED, "https://h", Form.DATASETS, "it's-*"),
        (
            "https://h/app/discover#/?_a=%28index%3A%27logs-%2A%27%29",
            "https://h",
            Form.CLASSIC,
            "logs-*",
        ),
        ("https://h/app/discover#/view/3f1?_g=()", "https://h", Form.CLASSIC, "mine"),
        ("https://h/app/discover#/?_a=(index:", "https://h", Form.CLASSIC, "mine"),
    ],
)
def test_an_address_tells_where_and_which_form(
    url: str, base: str, form: Form, pattern: str
) -> None:
    """As copied from the browser: what stands before the app, Discover's form, the pattern."""
    found = read(url)
    assert (found.url, found.form, found.index.pattern) == (base, form, pattern)


def test_the_address_of_a_newer_form_is_believed() -> None:
    """Whatever version was told: the page that the user saw is there."""
    assert read("https://h/app/data-explorer/discover", Form.CLASSIC).form is Form.EXPLORER
    assert read("https://h/app/data-explorer/discover", Form.EXPLORER).form is Form.EXPLORER


@pytest.mark.parametrize(
    "around", ["_q=(filters:!(),query:(dataset:{},language:kuery,query:''))", "_q=(dataset:{})"]
)
def test_a_dataset_is_kept_as_it_is(around: str) -> None:
    """It may lie in another cluster, which only the user's own address tells."""
    dataset = (
        "(dataSource:(id:b6-1,title:test,type:OpenSearch),id:'x::b6-1',timeFieldName:time,"
        "title:'flights-*',type:INDEX_PATTERN)"
    )
    found = read(f"https://h/w/ab/app/explore/logs/#/?{around.format(dataset)}&_a=(legacy:())")
    assert (found.url, found.index.pattern, found.index.title) == (
        "https://h/w/ab",
        "x::b6-1",
        "flights-*",
    )
    url = discover_url(found, "x", since=T, until=T)
    assert url is not None
    asked = states(url)["_q"]
    assert isinstance(asked, dict)
    assert asked["query"] == {
        "dataset": read_rison(dataset),
        "language": "kuery",
        "query": "x",
    }


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
        "https://h:٣/app/discover",
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
