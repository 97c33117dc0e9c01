"""What a search cluster's mappings would hide, and what AWS has to allow for signed requests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from slsloggrep.decode.search_documents import shape_of
from slsloggrep.model.checks import Permission, Verdict
from slsloggrep.sources.opensearch.cluster import Cluster
from slsloggrep.sources.opensearch.examination import _check_mapping, _permissions
from slsloggrep.sources.opensearch.kinds import Kind, samples_of
from slsloggrep.sources.opensearch.location import parse_url
from slsloggrep.sources.opensearch.mapping import read_mapping

DATED = {"properties": {"@timestamp": {"type": "date"}, "@message": {"type": "text"}}}


def kind(mapping: dict[str, Any], time_field: str = "@timestamp") -> Kind:
    schema = read_mapping(mapping, {})
    return Kind(schema, shape_of([]), samples_of([]), time_field, names=("logs-1",))


@pytest.mark.parametrize(
    ("mapping", "time_field", "verdict", "words"),
    [
        (DATED, "@timestamp", Verdict.OK, "times in @timestamp"),
        (DATED, "", Verdict.NOTE, "no field is mapped as a date"),
        ({**DATED, "_source": {"enabled": False}}, "@timestamp", Verdict.MISSING, "_source"),
        ({**DATED, "dynamic": False}, "@timestamp", Verdict.NOTE, "fields that are not mapped"),
        (
            {"properties": {**DATED["properties"], "data": {"type": "object", "enabled": False}}},
            "@timestamp",
            Verdict.NOTE,
            "searches nothing in data",
        ),
    ],
)
def test_what_a_mapping_hides(
    mapping: dict[str, Any], time_field: str, verdict: Verdict, words: str
) -> None:
    """Documents that are not kept are lost; what is not indexed is only slower to find."""
    check = _check_mapping(kind(mapping, time_field))
    assert check.verdict is verdict
    assert words in check.detail
    assert check.detail.startswith("logs-1: ")


@pytest.mark.parametrize(
    ("url", "permissions"),
    [
        (
            f"opensearch+https://search-shop-logs-{'a1' * 13}.eu-west-1.es.amazonaws.com/cwl-*",
            [
                Permission(f"es:ESHttp{method}", ("arn:aws:es:eu-west-1:*:domain/shop-logs/*",))
                for method in ("Get", "Post", "Delete")
            ],
        ),
        (
            "opensearch+https://abc.us-east-1.aoss.amazonaws.com/cwl-*",
            [Permission("aoss:APIAccessAll", ("arn:aws:aoss:us-east-1:*:collection/*",))],
        ),
        (
            "opensearch+https://proxy.example/cwl-*?auth=aws&region=eu-west-1",
            [
                Permission(f"es:ESHttp{method}", ("arn:aws:es:eu-west-1:*:domain/*/*",))
                for method in ("Get", "Post", "Delete")
            ],
        ),
    ],
)
def test_what_signed_requests_need(url: str, permissions: list[Permission]) -> None:
    """As narrow as the host tells; where nothing is signed, AWS has no say."""
    signed = SimpleNamespace(location=parse_url(url), access=SimpleNamespace(sign=print))
    assert list(_permissions(cast(Cluster, signed))) == permissions
    plain = SimpleNamespace(location=parse_url(url), access=SimpleNamespace(sign=None))
    assert list(_permissions(cast(Cluster, plain))) == []
