import base64
import gzip
import json
import re
from collections import Counter
from datetime import datetime

import pytest

from slsloggrep.errors import UsageError
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Settings, open_source
from slsloggrep.sources.demo import DemoStore, build, truth

NOW = int(datetime.fromisoformat("2026-11-23T11:06:40Z").timestamp() * 1000)
MINUTE = 60_000
LATE = 60 * MINUTE


@pytest.fixture(scope="module")
def objects():
    return build(NOW)


@pytest.fixture(scope="module")
def envelopes(objects):
    return {name: read_object(data) for name, data in objects.items()}


def read_object(data):
    """Read an object's envelopes, whichever of the demo's shapes it has, by means of its own."""
    while data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    decoder, text, at, read = json.JSONDecoder(), data.decode(), 0, []
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        while text[at : at + 1] == "\n":
            at += 1
        if "rawData" in value:
            read += read_object(base64.b64decode(value["rawData"]))
        else:
            read.append(value)
    return read


def events_of(envelopes):
    return [
        (envelope["logGroup"], envelope["logStream"], event)
        for read in envelopes.values()
        for envelope in read
        if envelope["messageType"] == "DATA_MESSAGE"
        for event in envelope["logEvents"]
    ]


def store(objects, late=LATE):
    return DemoStore("demo:", objects, late)


def test_the_same_minute_gives_the_same_bytes():
    """Within a minute nothing changes; the next minute's archive is another one."""
    start = NOW - NOW % MINUTE
    assert dict(build(start)) == dict(build(start + MINUTE - 1))
    assert build(start).keys() != build(start + MINUTE).keys()


def test_it_is_small(objects, envelopes):
    """A few thousand events, in well under a megabyte."""
    assert sum(map(len, objects.values())) < 900_000
    assert 2_000 < len({event["id"] for _, _, event in events_of(envelopes)}) < 6_500


def test_names_are_firehoses(objects):
    """Names carry the hour as folders, the delivery stream, its version, the second, a UUID."""
    name = (
        r"(processing-failed/)?(\d{4}/\d\d/\d\d/\d\d)/shop-logs-[123]-"
        r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.gz)?"
    )
    for found in objects:
        assert re.fullmatch(name, found), found


def test_all_three_shapes_occur(objects):
    """Members without an extension, the same once more compressed, envelopes put together."""
    shapes = Counter()
    for name, data in objects.items():
        if name.startswith("processing-failed/"):
            continue
        once = gzip.decompress(data)
        if "." not in name:
            shapes["members"] += 1
            assert once.startswith(b"{")
        elif once.startswith(b"\x1f\x8b"):
            shapes["members, compressed"] += 1
        else:
            shapes["concatenated"] += 1
            assert b"}{" in once
            assert b"\n" not in once
    assert len(shapes) == 3
    assert min(shapes.values()) >= 9


def test_a_control_message_is_among_the_envelopes(envelopes):
    """CloudWatch Logs checks the destination; that is no log."""
    kinds = Counter(e["messageType"] for read in envelopes.values() for e in read)
    assert kinds["CONTROL_MESSAGE"] >= 1


def test_some_envelopes_are_delivered_twice(envelopes):
    """Delivery is at least once: an event may occur twice, and then is the same."""
    seen = {}
    twice = 0
    for group, stream, event in events_of(envelopes):
        known = seen.setdefault(event["id"], (group, stream, event))
        twice += known[2] is not event
        assert known == (group, stream, event)
    assert twice > 20


def test_event_ids_ascend_within_their_stream(envelopes):
    """IDs have 56 digits, are unique, and give the order in which a stream was written."""
    streams = {}
    for group, stream, event in events_of(envelopes):
        assert len(event["id"]) == 56
        assert event["id"].isdecimal()
        streams.setdefault((group, stream), {})[event["id"]] = event["timestamp"]
    for ids in streams.values():
        times = [ids[event_id] for event_id in sorted(ids)]
        assert times == sorted(times)


def test_some_logs_exist_only_in_the_error_object(envelopes):
    """What the transformation refused is nowhere else: the payment of the story's order."""
    refused, delivered = set(), set()
    for name, read in envelopes.items():
        ids = {event["id"] for _, _, event in events_of({name: read})}
        (refused if name.startswith("processing-failed/") else delivered).update(ids)
    assert refused
    assert not refused & delivered


def test_every_fact_is_in_the_archive(envelopes):
    """Each invocation that took place has its start and its report in its log stream, once."""
    starts, reports = Counter(), Counter()
    for event_id, (_, stream, message) in {
        event["id"]: (group, stream, event["message"])
        for group, stream, event in events_of(envelopes)
    }.items():
        del event_id
        if message.startswith("START RequestId: "):
            starts[stream, message.split()[2]] += 1
        elif message.startswith("REPORT RequestId: "):
            reports[stream, message.split()[2]] += 1
        elif message.startswith('{"time":'):
            fact = json.loads(message)
            counted = {"platform.start": starts, "platform.report": reports}.get(fact.get("type"))
            if counted is not None:
                counted[stream, fact["record"]["requestId"]] += 1
    served = Counter((fact.log_stream, fact.request_id) for fact in truth(NOW))
    assert starts == reports == served


def test_everything_has_happened_and_was_written_before_now(objects, envelopes):
    """No event and no object lies in the future; the story spans about three hours."""
    times = [event["timestamp"] for _, _, event in events_of(envelopes)]
    assert min(times) > NOW - 182 * MINUTE
    assert max(times) < NOW
    assert min(times) < NOW - 170 * MINUTE
    arrivals = [stored.arrived[0] for stored in store(objects).list(None, None)]
    assert max(arrivals) + 5 * MINUTE <= NOW


def test_the_listing_follows_the_window(objects, envelopes):
    """Objects are listed exactly if they may hold the window's events, lateness allowed for."""
    since, until = NOW - 90 * MINUTE, NOW - 80 * MINUTE
    listed = [stored.name for stored in store(objects).list(since, until)]
    assert 0 < len(listed) < len(objects) / 1.5
    for name, read in envelopes.items():
        if any(since <= event["timestamp"] < until for _, _, event in events_of({name: read})):
            assert name in listed
    assert [stored.name for stored in store(objects).list(None, None)] == list(objects)


def test_a_listed_object_can_be_read(objects):
    """Opening gives the object's bytes from the first one, as many as the listing said."""
    demo = store(objects)
    for stored in demo.list(None, None):
        data = demo.open(stored).read()
        assert data == objects[stored.name]
        assert len(data) == stored.size


def test_the_registry_opens_it():
    """`demo:` is a source like any other, named as it was written."""
    source = open_source("demo:", Settings(now=NOW))
    assert isinstance(source, ArchiveSource)
    assert source.name == "demo:"


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01T00:00Z", "1066-10-14", "//"])
def test_a_time_that_is_none_is_refused(time):
    """What follows `demo:` is the time at which the story ends, or an error of usage."""
    with pytest.raises(UsageError, match="no time at which the demo could end"):
        open_source(f"demo:{time}", Settings(now=NOW))


@pytest.mark.parametrize(
    "time", ["2026-11-23T11:06Z", "2026-11-23T12:06+01:00", "2026-11-23T11:06"]
)
def test_a_pinned_demo_does_not_move(time):
    """With a time in its URL the demo tells the same story whenever it is opened."""
    source = open_source(f"demo:{time}", Settings(now=NOW + 7_000 * MINUTE))
    listed = source._store.list(None, None)
    assert [stored.name for stored in listed] == list(build(NOW))
