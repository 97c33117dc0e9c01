"""The demo's archive, read and stitched by the real stages, against the facts of its story."""

from collections import defaultdict
from datetime import datetime

import pytest

from slsloggrep.model import Coverage, Query
from slsloggrep.parse import Parser, recognise
from slsloggrep.sources.base import Settings, open_source
from slsloggrep.sources.demo import story, truth
from slsloggrep.stitch import Collection, assemble, stitch

NOW = int(datetime.fromisoformat("2026-11-23T11:06Z").timestamp() * 1000)


@pytest.fixture(scope="module")
def pulled():
    """Return all events, duplicates removed, and the coverage."""
    source = open_source("demo:", Settings(now=NOW))
    coverage = Coverage(source=source.name)

    def report(increment):
        nonlocal coverage
        coverage += increment

    collection = Collection()
    for event in source.fetch(Query(), report):
        collection.add(event)
    return list(collection), coverage


@pytest.fixture(scope="module")
def stitched(pulled):
    parser = Parser()
    return stitch(parser.parse(event) for event in pulled[0])


def test_everything_can_be_read(pulled):
    """Every shape of the archive is decoded, error objects too: the coverage has no gaps."""
    _, coverage = pulled
    assert coverage.gaps == ()
    assert coverage.objects == coverage.planned_objects > 30


def test_stitching_finds_every_invocation_as_it_was(stitched):
    """Function, status, cold start and memory of each invocation are the facts of the story."""
    found, facts = defaultdict(list), defaultdict(list)
    for invocation in stitched.invocations:
        found[invocation.log_stream, invocation.request_id].append(invocation)
    for fact in truth(NOW):
        facts[fact.log_stream, fact.request_id].append(fact)
    assert {key: len(attempts) for key, attempts in found.items()} == {
        key: len(attempts) for key, attempts in facts.items()
    }
    for key, attempts in facts.items():
        for fact, invocation in zip(attempts, found[key], strict=True):
            assert invocation.function == fact.function
            assert invocation.status is fact.status
            assert invocation.cold_start == fact.cold_start
            assert invocation.max_memory_mb == fact.max_memory_mb


def test_what_succeeded_shows_its_response(stitched):
    """Every runtime's way of logging a response is recognised."""
    silent = {
        invocation.function
        for invocation in stitched.invocations
        if not invocation.status.failed and not invocation.states_response
    }
    assert silent == set()


def test_tracing_finds_each_order_exactly(stitched):
    """For every order: all that served it, joined by trace alone if need be, and nobody else."""
    expected = defaultdict(set)
    for fact in truth(NOW):
        for order in fact.transactions:
            expected[order].add((fact.log_stream, fact.request_id, fact.attempt))
    assert len(expected) > 60
    for order, facts in expected.items():
        transaction = assemble(recognise(order), stitched, max_hops=8).transaction
        assert {
            (member.invocation.log_stream, member.invocation.request_id, member.attempt)
            for member in transaction.members
        } == facts


def test_every_lead_that_traces_finds_a_transaction(stitched):
    """What `slsloggrep demo` offers to trace can be traced."""
    for lead in story(NOW):
        if " trace " in lead.command:
            transaction = assemble(recognise(lead.identifier), stitched, max_hops=8).transaction
            assert transaction.members, lead
