import json
import re
from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest

from slsloggrep.model import Status
from slsloggrep.sources.demo import story, truth
from slsloggrep.sources.demo.story import MINUTE_MS, tell

MINUTE = int(datetime.fromisoformat("2026-11-23T11:06Z").timestamp() * 1000)
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def told():
    return tell(MINUTE)


@pytest.fixture(scope="module")
def lamp(told):
    """Return what served the order that is paid and never shipped, by start time."""
    return [fact for fact in truth(MINUTE) if told.lamp_order in fact.transactions]


def messages(told, log_stream):
    return [
        message
        for stream in told.streams
        if stream.name == log_stream
        for _, message in stream.events
    ]


def earlier(told, fact):
    """Return the maxima of memory that the same environment had reached, oldest first."""
    return [
        other.max_memory_mb
        for other in truth(MINUTE)
        if other.log_stream == fact.log_stream and other.start < fact.start
    ]


def test_the_order_fails_in_its_fifth_function(lamp):
    """Four functions serve it well, the fifth fails three times, then it is given up."""
    functions = list(dict.fromkeys(fact.function for fact in lamp))
    assert functions == [
        "shop-api-checkout",
        "shop-pricing",
        "shop-payment",
        "shop-inventory-reserve",
        "shop-shipping-label",
        "shop-dead-letters",
    ]
    assert [fact.function for fact in lamp if fact.status.failed] == ["shop-shipping-label"] * 3


def test_its_attempts_share_a_request_id(lamp):
    """An asynchronous call is retried twice under its request ID, a minute and two later."""
    attempts = [fact for fact in lamp if fact.function == "shop-shipping-label"]
    assert [fact.attempt for fact in attempts] == [1, 2, 3]
    assert len({fact.request_id for fact in attempts}) == 1
    pauses = [b.start - a.start for a, b in pairwise(attempts)]
    assert 50_000 < pauses[0] < 80_000
    assert 100_000 < pauses[1] < 140_000


def test_a_cold_start_is_on_its_way(lamp):
    """One of the functions that serve it well starts cold: an init is there to be seen."""
    assert [fact.function for fact in lamp[:4] if fact.cold_start] == ["shop-payment"]


def test_its_environment_grew_before_it_failed(told, lamp):
    """The earlier invocations of the same environment show memory that only rises."""
    first = next(fact for fact in lamp if fact.status.failed)
    grown = [*earlier(told, first), first.max_memory_mb]
    assert len(grown) > 5
    assert grown == sorted(grown)
    assert grown[-1] > grown[0] + 20


def test_the_cause_is_in_the_log_one_function_earlier(told, lamp):
    """A warning of inventory says what is missing; the traceback only that it is."""
    inventory = next(fact for fact in lamp if fact.function == "shop-inventory-reserve")
    warned = [m for m in messages(told, inventory.log_stream) if "No dimensions on file" in m]
    assert any(told.lamp_order in message for message in warned)


def test_the_traceback_has_the_runtimes_bytes(told, lamp):
    """One event, `[ERROR]` and a space, indented with U+00A0, no newline at its end."""
    failed = next(fact for fact in lamp if fact.status.failed)
    traceback = next(m for m in messages(told, failed.log_stream) if m.startswith("[ERROR] "))
    lines = traceback.split("\n")
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[2] == '\xa0\xa0File "/var/task/app.py", line 48, in handler'
    assert lines[3] == "\xa0\xa0\xa0\xa0parcel = pack(order, items)"
    assert not traceback.endswith("\n")


def test_the_dead_letter_names_the_request_that_failed(told, lamp):
    """The destination's record carries the failed request's ID, its payload and its error."""
    failed = next(fact for fact in lamp if fact.status.failed)
    letter = next(
        json.loads(message.split("\t")[3])
        for message in messages(told, lamp[-1].log_stream)
        if "RetriesExhausted" in message and told.lamp_order in message
    )
    assert letter["requestContext"]["requestId"] == failed.request_id
    assert letter["requestContext"]["approximateInvokeCount"] == 3
    assert letter["responsePayload"]["errorType"] == "TypeError"


def test_pricing_is_joined_by_the_trace_alone(told, lamp):
    """shop-pricing never logs an order, but shares the checkout's trace."""
    checkout, pricing = lamp[0], lamp[1]
    assert checkout.trace_id == pricing.trace_id
    assert not any("ord-" in message for message in messages(told, pricing.log_stream))


def test_traces_weld_no_orders_together():
    """A trace belongs to one order at most; a batch's own trace is nobody else's."""
    orders = {}
    for fact in truth(MINUTE):
        if fact.trace_id is not None:
            orders.setdefault(fact.trace_id, set()).add(fact.transactions)
    assert all(len(served) == 1 for served in orders.values())


def test_facts_are_what_the_logs_mention(told):
    """An order is mentioned in a stream by exactly the requests that served it, pricing aside."""
    served = {}
    for fact in truth(MINUTE):
        if fact.function != "shop-pricing":
            for order in fact.transactions:
                served.setdefault((fact.log_stream, order), set()).add(fact.request_id)
    mentioned = set()
    for stream in told.streams:
        for _, message in stream.events:
            for order in re.findall(r"\bord-\d+\b", message):
                mentioned.add((stream.name, order))
    assert mentioned == set(served)


def test_both_styles_of_timeout_occur(told):
    """The newer states it in REPORT only, the older in a line behind a REPORT without status."""
    new, old = sorted(
        (fact for fact in truth(MINUTE) if fact.status is Status.TIMEOUT),
        key=lambda fact: fact.function,
    )
    report = next(
        m for m in messages(told, new.log_stream) if f"REPORT RequestId: {new.request_id}" in m
    )
    assert "\tStatus: timeout\nXRAY TraceId: 1-" in report
    lines = [m for m in messages(told, old.log_stream) if old.request_id in m]
    assert lines[-1].endswith(f"Z {old.request_id} Task timed out after 60.00 seconds\n\n")
    assert lines[-2].startswith("REPORT ")
    assert "Status" not in lines[-2]


def test_memory_runs_out_after_it_grew(told):
    """Image by image the environment comes nearer to its limit; the retry is a fresh one."""
    facts = [fact for fact in truth(MINUTE) if fact.function == "shop-image-resize"]
    oom = next(fact for fact in facts if fact.status is Status.OOM)
    grown = [*earlier(told, oom), oom.max_memory_mb]
    assert grown == sorted(set(grown))
    assert (len(grown), grown[-1]) == (12, 512)
    assert grown[0] < 256
    report = next(
        m for m in messages(told, oom.log_stream) if f"REPORT RequestId: {oom.request_id}" in m
    )
    assert report.endswith("\tStatus: error\tError Type: Runtime.OutOfMemory\n")
    again = next(f for f in facts if f.request_id == oom.request_id and f.attempt == 2)
    assert again.status is Status.OK
    assert again.log_stream != oom.log_stream


def test_a_failed_import_is_tried_twice(told):
    """INIT_REPORT of the init and of its repetition, then START, END and REPORT with the type."""
    failed = [fact for fact in truth(MINUTE) if fact.status is Status.INIT_ERROR]
    assert len(failed) >= 3
    heads = [message.split(" ")[0] for message in messages(told, failed[0].log_stream)]
    assert heads == [
        "INIT_START",
        "[ERROR]",
        "INIT_REPORT",
        "[ERROR]",
        "INIT_REPORT",
        "START",
        "END",
        "REPORT",
    ]
    assert "[42]" in failed[0].log_stream


def test_a_batch_serves_many_orders():
    """One invocation credits the points of several orders; most of the others do for one."""
    sizes = Counter(len(fact.transactions) for fact in truth(MINUTE))
    assert max(sizes) >= 5
    assert sizes[2] > 0


def test_the_attack_is_nearly_all_rejected(told):
    """A burst of probes and passwords; one of each gets through, for those who look."""
    texts = [message for stream in told.streams for _, message in stream.events]
    rejected = sum('"msg":"request rejected"' in text for text in texts)
    assert rejected > 60
    assert sum("syntax error at or near" in text for text in texts) == 1
    stuffed = [text for text in texts if "198.51.100." in text and '"Login ' in text]
    users = Counter(re.findall(r'"user":"([^"]+)"', text)[0] for text in stuffed)
    assert len(users) > 60
    assert any("\x1b]0;" in text for text in texts)
    assert any("${jndi:ldap://" in text for text in texts)


def test_five_runtimes_and_both_log_formats(told):
    """Python, Node.js, Java, .NET and Go, in text and in JSON, SnapStart and an extension too."""
    texts = [message for stream in told.streams for _, message in stream.events]
    starts = [re.search(r"Runtime Version: ([a-z]+)", text) for text in texts]
    runtimes = {found[1] for found in starts if found}
    runtimes |= {
        json.loads(text)["record"]["runtimeVersion"].split(":")[0]
        for text in texts
        if '"platform.initStart"' in text
    }
    assert runtimes == {"python", "nodejs", "java", "dotnet", "provided"}
    for head in ("RESTORE_REPORT ", "EXTENSION\t", '{"_aws":', "[INFO]\t", "INIT_START "):
        assert any(text.startswith(head) for text in texts), head


def test_report_lines_have_the_platforms_bytes(told):
    """Tabs between fields, two decimals, a tab at the end where no status is, XRAY behind it."""
    report = re.compile(
        rf"REPORT RequestId: {UUID}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms"
        r"\tMemory Size: \d+ MB\tMax Memory Used: \d+ MB"
        r"(\tInit Duration: \d+\.\d\d ms"
        r"|\tRestore Duration: \d+\.\d\d ms\tBilled Restore Duration: \d+ ms)?"
        r"(\t\n|\tStatus: (timeout|error\tError Type: Runtime\.[A-Za-z]+)\n)"
        r"(XRAY TraceId: 1-[0-9a-f]{8}-[0-9a-f]{24}\tSegmentId: [0-9a-f]{16}\tSampled: true\t\n)?"
    )
    reports = [
        message
        for stream in told.streams
        for _, message in stream.events
        if message.startswith("REPORT ")
    ]
    assert len(reports) > 500
    for message in reports:
        assert report.fullmatch(message), message


def test_identifiers_hold_while_time_goes_on():
    """But for those that carry their time, identifiers are the same an hour and a day later."""
    now = [(fact.function, fact.request_id, fact.transactions) for fact in tell(MINUTE).served]
    for later in (60, 24 * 60 + 7):
        then = tell(MINUTE + later * MINUTE_MS).served
        assert [(fact.function, fact.request_id, fact.transactions) for fact in then] == now


def test_every_lead_leads_somewhere(told):
    """Each identifier is in the logs, and stands in the command that is to be tried."""
    texts = [message for stream in told.streams for _, message in stream.events]
    leads = story(MINUTE + 30_000)
    assert len(leads) >= 7
    assert leads[0].identifier == told.lamp_order
    for lead in leads:
        assert lead.identifier
        assert lead.identifier in lead.command
        assert "demo:" in lead.command
        assert any(lead.identifier in text for text in texts)


def test_a_lead_that_carries_its_time_is_pinned():
    """A trace ID is valid for its minute: its command names the demo of that minute."""
    lead = next(lead for lead in story(MINUTE) if lead.identifier.startswith("1-"))
    assert lead.command.endswith("-S demo:2026-11-23T11:06Z")


def test_it_belongs_to_nobody(told):
    """Hosts, addresses and accounts are those that are reserved for examples."""
    text = "\n".join(message for stream in told.streams for _, message in stream.events)
    assert set(re.findall(r"(?<!\d)\d{12}(?=:)", text)) == {"123456789012"}
    hosts = re.findall(r"[\w-]+\.(?:com|net|org|io|dev|test)\b", text)
    # a package of the Java runtime's looks like a host
    assert set(hosts) == {"example.com", "example.test", "java.net"}
    for address in set(re.findall(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", text)):
        assert address.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "131.0.0.0")), address
