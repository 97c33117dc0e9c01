"""URLs of search clusters: what they name, and what does not belong there."""

from __future__ import annotations

import subprocess
import sys

import pytest

from slsloggrep.errors import UsageError
from slsloggrep.sources.opensearch.location import parse_url


def test_a_url_names_hosts_index_and_options() -> None:
    """Several hosts, a proxy's prefix, patterns with commas; ports default to 9200."""
    location = parse_url(
        "opensearch+https://a.example,b.example:9201/search/cwl-*,-cwl-2020*?map=cwl&verify=/ca.pem"
    )
    assert location.hosts == (("a.example", 9200), ("b.example", 9201))
    assert location.secure
    assert location.verify
    assert location.prefix == "/search"
    assert location.index == "cwl-*,-cwl-2020*"
    assert (location.shape, location.ca) == ("cwl", "/ca.pem")


def test_amazons_hosts_tell_region_and_service() -> None:
    """A domain or a collection of Amazon's listens at 443, and its name tells what to sign for."""
    domain = parse_url("opensearch+https://search-x-abc.eu-west-1.es.amazonaws.com/cwl-*")
    assert (domain.region, domain.service, domain.hosts[0].port) == ("eu-west-1", "es", 443)
    collection = parse_url("opensearch+https://abc.us-east-1.aoss.amazonaws.com/logs")
    assert (collection.region, collection.service) == ("us-east-1", "aoss")


@pytest.mark.parametrize("value", ["insecure=1", "insecure", "verify=0", "verify=false"])
def test_not_to_verify_is_said_on_purpose(value: str) -> None:
    """Only a word of the user's turns verification off."""
    assert not parse_url(f"opensearch+https://h/i?{value}").verify


@pytest.mark.parametrize(
    "url",
    [
        "opensearch+https://ada:s3cret@h:9200/i",
        "opensearch+https://h:9200/i?password=s3cret",
        "opensearch+https://h:9200/i?api_key=s3cret",
        "elasticsearch+http://ada:s3cret@[::1]:9200/i",
    ],
)
def test_a_secret_in_a_url_is_refused(url: str) -> None:
    """The shell remembers URLs: the error says where secrets go, and does not repeat this one."""
    with pytest.raises(UsageError) as caught:
        parse_url(url)
    assert "s3cret" not in caught.value.message
    assert "SLSLOGGREP_OPENSEARCH_PASSWORD" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("opensearch+https://h:9200", "names no index"),
        ("opensearch+https://h:9200/", "names no index"),
        ("opensearch+https:///i", "names no host"),
        ("opensearch+https://h:99999/i", "is no host"),
        ("opensearch+https://h/i?map=nothing", "not known for 'map'"),
        ("opensearch+https://h/i?colour=red", "no option"),
        ("opensearch+https://h/a b", "no index is called"),
        ("elasticsearch+https:///i?cloud_id=x:!!", "no cloud ID"),
        ("opensearch+https://h/i?insecure=perhaps", "is 1 or 0"),
        ("opensearch+ftp://h/i", "names no search cluster"),
    ],
)
def test_what_makes_no_sense_is_refused(url: str, words: str) -> None:
    """Each part that cannot be is named."""
    with pytest.raises(UsageError, match=words):
        parse_url(url)


def test_the_extra_is_named_where_it_is_missing() -> None:
    """Without opensearch-py, the error says what to install, and help needs nothing of it."""
    program = (
        "import sys; sys.modules['opensearchpy'] = None\n"
        "from slsloggrep.cli.main import main\n"
        "sys.argv = ['slsloggrep', 'grep', 'x', '-S', 'opensearch+http://localhost/i']\n"
        "sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 4
    assert "slsloggrep[opensearch]" in done.stderr
    assert "Traceback" not in done.stderr
