"""Records that by themselves show a failure, and the texts by which they are found in bytes."""

from __future__ import annotations

import json

import pytest
from failure_samples import FAILING, HEALTHY

from slsloggrep.decode.search import Haystack, find_any, prepare
from slsloggrep.model import Event, Record
from slsloggrep.parse import Parser
from slsloggrep.parse.signs import FAILURE_SIGNS, LOGGED_SIGNS, logs_error, shows_failure


def parse(message: str) -> Record:
    return Parser().parse(Event(0, message, "", "", ""))


def found_in_bytes(message: str) -> bool:
    """Tell whether the signs are found in an envelope that holds the message."""
    data = json.dumps({"logEvents": [{"message": message}]}).encode()
    haystack = Haystack(len(data))
    haystack.append(data)
    return bool(find_any(prepare(FAILURE_SIGNS), haystack))


@pytest.mark.parametrize("name", FAILING)
def test_a_record_of_a_failure_shows_it_and_holds_a_sign(name: str) -> None:
    """Every signature is told from its record alone, and found without decoding it."""
    message = FAILING[name]
    assert shows_failure(parse(message))
    assert any(sign in message for sign in FAILURE_SIGNS)
    assert found_in_bytes(message)


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_record_shows_no_failure(name: str) -> None:
    """Lines that only speak of errors, and healthy platform lines, are no reason to read on."""
    assert not shows_failure(parse(HEALTHY[name]))


def test_most_of_a_healthy_log_holds_no_sign() -> None:
    """The signs are worth their search: platform lines of what went well hold none."""
    quiet = [name for name in HEALTHY if name[:3] in ("1.1", "1.2", "1.3", "2.2")]
    assert len(quiet) >= 9
    for name in quiet:
        assert not any(sign in HEALTHY[name] for sign in FAILURE_SIGNS), name


@pytest.mark.parametrize(
    "message",
    [
        '{"level":50,"time":1,"pid":1,"msg":"pay","err":{"type":"Declined","message":"no"}}',
        '{"@t":"t","@mt":"m","@l":"Error","@x":"Shop.Declined: no\\n at X"}',
        '{"level":"ERROR","message":"x","exc_info":"Declined"}',
        "[ERROR]\t2025-08-31T22:12:58.534Z\tx\tno\nTraceback (most recent call last):\nDeclined",
        '{"instant":{"epochSecond":1},"level":"ERROR","message":"m","thrown":{"name":"a.Sold"}}',
    ],
)
def test_errors_that_were_only_logged_have_signs_too(message: str) -> None:
    """Under the keys of logging libraries stand errors whose text never says so."""
    record = parse(message)
    assert logs_error(record)
    assert any(sign in message for sign in LOGGED_SIGNS)


def test_a_warning_that_names_an_error_is_no_logged_error() -> None:
    """Level ERROR and an error: one alone is not enough."""
    assert not logs_error(parse('{"level":"WARN","message":"x","error":{"message":"no"}}'))
    assert not logs_error(parse('{"level":"ERROR","message":"errors: 3"}'))
