"""The search servers that other tests rely on: started, shared, cleared, and gone afterwards."""

from __future__ import annotations

from search_fixtures import Search


def test_a_document_is_found_under_the_prefix_of_the_test(search: Search) -> None:
    """A real server indexes and finds a document, in one shard, under a name of the test's own."""
    index = search.name("events")
    search.call("PUT", f"/{index}/_doc/1?refresh=true", {"message": "Task timed out"})
    found = search.call("POST", f"/{index}/_search", {"query": {"match": {"message": "timed"}}})
    assert found["hits"]["total"] == {"value": 1, "relation": "eq"}
    assert found["_shards"]["total"] == 1
