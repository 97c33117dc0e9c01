"""Where links lead: what sources know of themselves, what the user says, and what stays unsaid."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import click
import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.origins import Consoles, console_options
from slsloggrep.errors import UsageError
from slsloggrep.export.dashboards import dashboard_objects
from slsloggrep.links import Form, Index, Origin, Origins
from slsloggrep.sources.base import Settings, open_source
from slsloggrep.sources.cloudwatch.source import CloudWatchSource
from slsloggrep.sources.opensearch.dashboards import dashboards_of
from slsloggrep.sources.opensearch.location import parse_url
from slsloggrep.sources.opensearch.product import Product
from slsloggrep.sources.opensearch.source import SearchSource
from slsloggrep.sources.whereabouts import Located, Whereabouts

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass
class Place:
    """A source that tells where it is."""

    name: str
    told: Whereabouts

    def whereabouts(self) -> Whereabouts:
        return self.told


@dataclass
class Folder:
    """A source that knows nothing of consoles."""

    name: str


def origins(
    *sources: Any, regions: tuple[str, ...] = (), url: str | None = None
) -> dict[str, Origin]:
    made = Consoles(dashboards_url=url).origins(sources, regions)
    return dict(made.by_source)


def cluster(name: str = "os", **told: Any) -> Place:
    return Place(name, Whereabouts(**{"product": "opensearch", "index": "logs-*", **told}))


# What sources tell


def cloudwatch(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> CloudWatchSource:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LOGS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    source = open_source("cloudwatch:", Settings(now=0, late=0, stdin=None, **settings))
    assert isinstance(source, CloudWatchSource)
    return source


def ask(source: CloudWatchSource) -> None:
    """Make the clients that a first call makes."""
    for logs in source._places.all:
        logs._client("logs")


def test_cloudwatch_tells_the_regions_that_it_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Named or not: those whose logs were asked for, and nothing before that; after it closed."""
    source = cloudwatch(monkeypatch, regions=("eu-west-1", "eusc-de-east-1"))
    assert source.whereabouts() == Whereabouts()
    ask(source)
    source.close()
    assert source.whereabouts() == Whereabouts(regions=("eu-west-1", "eusc-de-east-1"))


def test_what_stands_in_for_aws_has_no_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind an endpoint of one's own are other logs than the console's."""
    source = cloudwatch(monkeypatch, regions=("eu-west-1",), endpoint_url="http://localhost:4566")
    ask(source)
    assert source.whereabouts() == Whereabouts()


def cloud_id(*parts: str) -> str:
    return quote("name:" + base64.b64encode("$".join(parts).encode()).decode())


@pytest.mark.parametrize(
    ("url", "elastic", "dashboards"),
    [
        (
            "opensearch+https://search-x-y.us-east-1.es.amazonaws.com/logs",
            False,
            "https://search-x-y.us-east-1.es.amazonaws.com/_dashboards",
        ),
        (
            "opensearch+https://vpc-x.eu-west-1.es.amazonaws.com/logs",
            True,
            "https://vpc-x.eu-west-1.es.amazonaws.com/_plugin/kibana",
        ),
        (
            "opensearch+https://07t.us-east-1.aoss.amazonaws.com/logs",
            False,
            "https://07t.us-east-1.aoss.amazonaws.com/_dashboards",
        ),
        (
            f"elasticsearch+https:///logs?cloud_id={cloud_id('us.found.io', 'es1', 'kb1')}",
            True,
            "https://kb1.us.found.io",
        ),
        (
            f"elasticsearch+https:///logs?cloud_id={cloud_id('us.found.io:9243', 'es1', 'kb1')}",
            True,
            "https://kb1.us.found.io:9243",
        ),
        (f"elasticsearch+https:///logs?cloud_id={cloud_id('us.found.io', 'es1', '')}", True, ""),
        (f"elasticsearch+https:///logs?cloud_id={cloud_id('us.found.io', 'es1')}", True, ""),
        (f"elasticsearch+https:///logs?cloud_id={cloud_id('a', 'es1', 'kb/<x>')}", True, ""),
        ("opensearch+https://os.example.com:9200/logs", False, ""),
        ("opensearch+http://localhost:9200/logs", False, ""),
    ],
)
def test_few_clusters_tell_where_their_dashboards_are(
    url: str, elastic: bool, dashboards: str
) -> None:
    """Amazon's domains and Elastic's cloud IDs do; a port beside another is a guess."""
    assert dashboards_of(parse_url(url), elastic=elastic) == dashboards


def test_a_cluster_that_was_not_asked_is_what_its_url_says() -> None:
    """Nothing is asked for the sake of links."""
    url = "elasticsearch+https://127.0.0.1:1/a,b-*"
    source = open_source(url, Settings(now=0, late=0, stdin=None))
    assert isinstance(source, Located)
    assert source.whereabouts() == Whereabouts(product="elasticsearch", index="a,b-*")


@pytest.mark.parametrize(
    ("seen", "time_field", "shipped"),
    [
        ({("slsloggrep", "@timestamp")}, "@timestamp", True),
        ({("cwl", "@timestamp"), ("slsloggrep", "@timestamp")}, "@timestamp", False),
        ({("ecs", "@timestamp"), ("plain", "time")}, "", False),
    ],
)
def test_a_cluster_that_was_read_is_known(
    seen: set[tuple[str, str]], time_field: str, shipped: bool
) -> None:
    """The server's own word counts, and what its documents are."""
    source = open_source("elasticsearch+https://h/i", Settings(now=0, late=0, stdin=None))
    assert isinstance(source, SearchSource)
    source._seen |= seen
    source._cluster._known["server"] = Product("OpenSearch", (2, 11, 0))
    assert source.whereabouts() == Whereabouts(
        product="opensearch",
        version=(2, 11, 0),
        index="i",
        time_field=time_field,
        shipped=shipped,
    )


# What is made of it


def test_a_region_that_the_user_named_is_the_archive_s() -> None:
    """Where several are named, none is."""
    folder = Folder("./logs")
    assert origins(folder, regions=("eu-west-1",)) == {"./logs": Origin(regions=("eu-west-1",))}
    assert origins(folder, regions=("eu-west-1", "us-east-1")) == {"./logs": Origin()}
    assert origins(folder) == {"./logs": Origin()}


def test_cloudwatch_s_own_regions_count() -> None:
    """It knows better than options, and its events tell which of several it is."""
    source = Place("cloudwatch:", Whereabouts(regions=("eu-west-1", "us-east-1")))
    assert origins(source, regions=("ap-south-1",)) == {
        "cloudwatch:": Origin(regions=("eu-west-1", "us-east-1"), labelled=True)
    }


def test_what_is_invented_is_nowhere() -> None:
    """The demo's events are in no console, whatever region is named."""
    assert origins(Folder("demo:"), Folder("demo:?orders=9"), regions=("eu-west-1",)) == {}


def test_without_links_nothing_is_known() -> None:
    """`--no-links`: no address goes into a report."""
    source = Place("cloudwatch:", Whereabouts(regions=("eu-west-1",)))
    assert Consoles(wanted=False).origins([source], ()) == Origins()


@pytest.mark.parametrize(
    ("told", "form", "product"),
    [
        ({}, Form.DATASETS, "OpenSearch Dashboards"),
        ({"version": (2, 9, 0)}, Form.CLASSIC, "OpenSearch Dashboards"),
        ({"version": (2, 10, 0)}, Form.EXPLORER, "OpenSearch Dashboards"),
        ({"version": (2, 17, 0)}, Form.DATASETS, "OpenSearch Dashboards"),
        ({"version": (8, 15, 0), "product": "elasticsearch"}, Form.CLASSIC, "Kibana"),
    ],
)
def test_the_cluster_s_version_tells_discover_s_form(
    told: dict[str, Any], form: Form, product: str
) -> None:
    """Dashboards have their cluster's version; one that is not told is a new one."""
    found = origins(cluster(**told), url="https://d")["os"].dashboards
    assert found is not None
    assert (found.url, found.form, found.product) == ("https://d", form, product)
    assert found.index == Index("logs-*")


def test_the_time_field_is_the_source_s() -> None:
    """Where all documents have one; else it is what shippers usually call it."""
    found = origins(cluster(time_field="time"), url="https://d")["os"].dashboards
    assert found is not None
    assert found.index == Index("logs-*", time_field="time")


@pytest.mark.parametrize(
    ("index", "imported"),
    [("slsloggrep-*", "slsloggrep-*"), ("slsloggrep-2026.11.2*", "slsloggrep-*"), ("own", "own")],
)
def test_what_ship_wrote_has_a_pattern_that_is_known(index: str, imported: str) -> None:
    """The ID is that of the index pattern in the file that `ship --dashboards` writes."""
    found = origins(cluster(index=index, shipped=True), url="https://d")["os"].dashboards
    assert found is not None
    saved = dashboard_objects(imported)[0]
    assert saved["type"] == "index-pattern"
    title, time_field = saved["attributes"]["title"], saved["attributes"]["timeFieldName"]
    assert found.index == Index(saved["id"], title, time_field, shipped=True)


def test_the_address_that_the_user_gives_wins() -> None:
    """Over what the cluster's own address tells; without either there is no link."""
    own = cluster(dashboards="https://derived")
    given = origins(own, url="https://d/app/discover#/?_a=(index:abc)")["os"].dashboards
    assert given is not None
    assert (given.url, given.form, given.index.pattern) == ("https://d", Form.CLASSIC, "abc")
    derived = origins(own)["os"].dashboards
    assert derived is not None
    assert derived.url == "https://derived"
    assert origins(cluster())["os"].dashboards is None


def test_one_address_is_one_cluster_s() -> None:
    """Of several clusters it is that of the one that tells none; of two such it is nobody's."""
    told, untold = cluster("a", dashboards="https://a"), cluster("b")
    found = origins(told, untold, Folder("./logs"), url="https://b")
    addresses = {name: o.dashboards.url for name, o in found.items() if o.dashboards}
    assert addresses == {"a": "https://a", "b": "https://b"}
    with pytest.raises(UsageError, match="which cluster's"):
        origins(untold, cluster("c"), url="https://b")
    assert origins(Folder("./logs"), url="https://b") == {"./logs": Origin()}


# Options


def run(*words: str, **env: str) -> Consoles:
    """Return what a command that has the options is given."""
    given: list[Consoles] = []

    @click.command()
    @console_options
    def command(*, consoles: Consoles) -> int:
        given.append(consoles)
        return 0

    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=io.StringIO(),
        stdout_is_terminal=False,
        stderr=io.StringIO(),
        stderr_is_terminal=False,
        width=80,
        env=env,
    )
    command.main(list(words), obj=environment, standalone_mode=False)
    return given[0]


def test_options_and_their_variables() -> None:
    """Links are wanted unless something is said; variables say it, too."""
    assert run() == Consoles()
    assert run("--no-links") == Consoles(wanted=False)
    assert run(SLSLOGGREP_NO_LINKS="1") == Consoles(wanted=False)
    assert run("--dashboards-url", "https://d") == Consoles(dashboards_url="https://d")
    assert run(SLSLOGGREP_DASHBOARDS_URL="https://d") == Consoles(dashboards_url="https://d")


def test_an_address_is_looked_at_before_anything_is_read() -> None:
    """Who mistyped it is told at once, and not after minutes."""
    with pytest.raises(UsageError):
        run("--dashboards-url", "javascript:alert(1)")
