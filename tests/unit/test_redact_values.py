"""Redaction of values: no field of any shape is forgotten, and what is no secret stays as it is."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

import pytest
from redact_samples import GITHUB, SECRETS, Planted, planted

import slsloggrep.model as model
from slsloggrep.model import (
    Event,
    Evidence,
    Fact,
    Identifier,
    IdKind,
    Invocation,
    Level,
    Link,
    Member,
    Platform,
    Record,
    Redacted,
    Status,
    Transaction,
)
from slsloggrep.model.reports import Report
from slsloggrep.redact import Redactor, Rules
from slsloggrep.redact.known import Known

RID = "8f14e45f-ceea-467f-9a3b-0123456789ab"


def record(message: str, **attributes: Any) -> Record:
    return Record(event=Event(1, message, "/aws/lambda/f", "s", "1"), **attributes)


SHAPES = [
    shape
    for name in model.__all__
    if isinstance(shape := getattr(model, name), type)
    and (hasattr(shape, "__dataclass_fields__") or hasattr(shape, "_fields"))
]


def test_the_shapes_are_those_of_the_model() -> None:
    """The list that the next test goes through is not empty by mistake."""
    assert {Transaction, Record, model.CrashReport, model.CrashGroup, model.Coverage} < {*SHAPES}
    assert len(SHAPES) > 30


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_no_field_is_forgotten(shape: type) -> None:
    """In every field of every shape of the model, deep in containers and documents, as key too."""
    value = planted(shape, "mail to alice@example.com now")
    holds_text = "alice" in repr(value)
    redacted = Redactor().value(value)
    assert "alice" not in repr(redacted)
    assert type(redacted) is shape
    assert ("<email-1>" in repr(redacted)) == holds_text


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.text[:40])
def test_planted_secrets_appear_nowhere(secret: Planted) -> None:
    """No kind of secret is left in any field of a report, whatever the field is."""
    redacted = Redactor().value(planted(Report, secret.text))
    assert secret.secret not in repr(redacted)
    assert secret.secret not in repr(redacted).replace("\\\\", "\\")


def test_a_value_that_holds_no_secret_is_the_same_object() -> None:
    """Nothing is copied for nothing, and nothing changes its type."""
    value = planted(Report, "nothing to hide")
    assert Redactor().value(value) is value


def test_figures_and_words_of_the_model_stay() -> None:
    """Times, counts, durations, statuses, levels and flags are no texts."""
    invocation = Invocation(
        function="f", request_id=RID, log_group="g", log_stream="s", start=4111111111111111, end=2,
        duration_ms=4111111111111111.0, status=Status.TIMEOUT, error_message="of a@b.de",
        records=(record("x", level=Level.ERROR, platform=Platform(fact=Fact.REPORT)),),
    )  # fmt: skip
    assert Redactor().value(invocation) == replace(invocation, error_message="of <email-1>")


def test_what_stands_in_several_places_stays_one_object() -> None:
    """A transaction's evidence is an event of its records; its status tells invocations apart."""
    shown = record("a@b.de")
    evidence = Evidence(Identifier(IdKind.TEXT, "x"), shown.event)
    invocation = Invocation(
        function="f", request_id=None, log_group="g", log_stream="s", start=1, end=2,
        records=(shown,),
    )  # fmt: skip
    member = Member(
        invocation=invocation, attempt=1, joined_by=(evidence,), mentions=frozenset({0})
    )
    value = Transaction(id="x", identifiers=(evidence.identifier,), members=(member, member))
    redacted = Redactor().value(value)
    first, second = redacted.members
    assert first is second
    assert first.joined_by[0].event is first.invocation.records[0].event
    assert first.mentions == frozenset({0})
    assert first.invocation.records[0].event.message == "<email-1>"


def test_documents_are_redacted_by_their_keys() -> None:
    """In structured records a name makes a secret of the value, however deep it lies."""
    fields = {
        "user": "ada",
        "login": {"password": "zz11", "attempts": 3, "token": None, "hasPassword": True},
        "headers": {"Authorization": "Bearer zz22", "cookie": ["a=1", "b=2"]},
        "raw": ["Host", "x", "authorization", "Basic YWRhOnp6"],
        "env": [{"name": "API_KEY", "value": "zz33"}, {"Name": "user", "Value": "ada"}],
        "pin": {"otp": 918273},
        "card": 4111111111111111,
        "amount": 4111111111111112,
        "nextToken": "page2",
        "a@b.de": 1,
    }
    redacted = Redactor().value(record("x", fields=fields)).fields
    assert redacted == {
        "user": "ada",
        "login": {"password": "<password-1>", "attempts": 3, "token": None, "hasPassword": True},
        "headers": {"Authorization": "Bearer <authorization-1>", "cookie": "<cookie-1>"},
        "raw": ["Host", "x", "authorization", "Basic <authorization-2>"],
        "env": [{"name": "API_KEY", "value": "<api-key-1>"}, {"Name": "user", "Value": "ada"}],
        "pin": {"otp": "<code-1>"},
        "card": "<card-1>",
        "amount": 4111111111111112,
        "nextToken": "page2",
        "<email-1>": 1,
    }
    assert Redactor().value(redacted) == redacted


def test_the_users_fields_are_redacted_whole() -> None:
    """Texts, numbers, flags, lists and maps under a field that the user names become one word."""
    fields = {
        "customer_name": "Ada King",
        "customer": {"name": {"first": "Ada"}, "id": 7},
        "isVip": True,
        "size": 12.5,
        "name": "f",
        "gone": None,
    }
    rules = Rules(fields=("customerName", "customer.name", "is_vip", "SIZE", "gone"))
    redacted = Redactor(rules).value(record("x", fields=fields)).fields
    assert redacted == {
        "customer_name": "<customerName-1>",
        "customer": {"name": "<customer.name-1>", "id": 7},
        "isVip": "<is_vip-1>",
        "size": "<SIZE-1>",
        "name": "f",
        "gone": None,
    }


def test_text_and_document_agree() -> None:
    """The message, and the fields that were read out of it, have the same pseudonyms."""
    message = (
        '{"password":"a\\"b","customer":{"x":[1, 2]},"pin":17,"n":1,'
        '"multiValueHeaders":{"Authorization":["Bearer zz22"]},"Authorization":"Bearer zz22"}'
    )
    fields = {
        "password": 'a"b',
        "customer": {"x": [1, 2]},
        "pin": 17,
        "n": 1,
        "multiValueHeaders": {"Authorization": ["Bearer zz22"]},
        "Authorization": "Bearer zz22",
    }
    redactor = Redactor(Rules(fields=("customer", "pin")))
    redacted = redactor.value(record(message, fields=fields))
    for kind in ("password", "customer", "pin"):
        assert f'"{kind}":"<{kind}-1>"' in redacted.event.message
        assert redacted.fields[kind] == f"<{kind}-1>"
    assert {one.values for one in redactor.counts if one.kind != "authorization"} == {1}


def test_a_secret_is_known_again_without_its_name() -> None:
    """What stands under its name somewhere goes everywhere, before that place as well."""
    value = (
        record("login of Ada King failed: s3cretpass"),
        record('{"customer_name":"Ada King"}', fields={"customer_name": "Ada King"}),
        record("password=s3cretpass"),
        record("Ada Kingston, s3cretpass2, ada king"),
    )
    redacted = Redactor(Rules(fields=("customer_name",))).value(value)
    assert redacted[0].event.message == "login of <customer_name-1> failed: <password-1>"
    assert redacted[3].event.message == value[3].event.message


def test_a_number_is_known_again() -> None:
    """A customer's number goes from texts as it does from its field; short ones do not."""
    value = (
        record("order of 1234567, 17 items, 12345678, n/a"),
        record("x", fields={"customer": 1234567, "n": 17, "state": "n/a"}),
    )
    redacted = Redactor(Rules(fields=("customer", "n", "state"))).value(value)
    assert redacted[0].event.message == "order of <customer-1>, 17 items, 12345678, n/a"


def test_ordinary_words_are_not_known_again() -> None:
    """A word that stood under the name of a secret is none elsewhere, nor is a function's name."""
    value = (
        record("password=required"),
        record("the field is required"),
        replace(record("user=checkout"), function="checkout"),
    )
    redacted = Redactor(Rules(fields=("user",))).value(value)
    assert redacted[1].event.message == "the field is required"
    assert redacted[2].function == "checkout"
    assert redacted[2].event.message == "user=<user-1>"


def test_ids_are_redacted_wherever_they_stand() -> None:
    """With IDs redacted, none is left: not in texts, nor as a value, in whatever spelling."""
    shown = record(
        f"{RID} order ord-17, ord-171",
        request_id=RID,
        identifiers=(Identifier(IdKind.REQUEST_ID, RID), Identifier(IdKind.KEY, "ord-17")),
    )
    kept = Redactor(kept=["ord-17"]).value(shown)
    assert kept is shown
    redacted = Redactor(Rules(ids=True), kept=["ord-17"]).value(shown)
    assert redacted.event.message == "<id-1> order <id-2>, ord-171"
    assert redacted.request_id == "<id-1>"
    assert [one.value for one in redacted.identifiers] == ["<id-1>", "<id-2>"]


def test_links_stay_links() -> None:
    """A pseudonym in a URL is escaped as its place demands, and is not redacted again."""
    link = Link("logs of a@b.de", "https://console/?q=a%40b.de")
    redacted = Redactor().value(link)
    assert redacted == Link("logs of <email-1>", "https://console/?q=%3Cemail-1%3E")
    assert Redactor().value(redacted) == redacted


def test_two_spellings_of_one_key_stay_two_entries() -> None:
    """Nothing is lost where two keys of a document have the same pseudonym."""
    redacted = Redactor().value({"a@b.de": 1, "A@B.DE": 2})
    assert redacted == {"<email-1>": 1, "<email-1> (2)": 2}


def test_depth_is_no_hiding_place() -> None:
    """A document deeper than any that is walked is redacted as text."""
    deep: Any = "a@b.de"
    for _ in range(5_000):
        deep = [deep]
    redacted: Any = Redactor().value({"x": deep})
    while isinstance(redacted, list | dict):
        redacted = redacted["x"] if isinstance(redacted, dict) else redacted[0]
    assert "a@b.de" not in redacted
    assert "<email-1>" in redacted


def test_counts_are_of_what_was_replaced() -> None:
    """Learning what is where counts nothing; what stands in two attributes counts twice."""
    redactor = Redactor()
    redactor.value(record(f"x {GITHUB}", text=GITHUB))
    assert redactor.counts == (Redacted("token", 1, 2),)


@pytest.mark.parametrize(
    "attributes",
    [
        {"text": "a@b.de"},
        {"fields": {"x": [{"y": "a@b.de"}]}},
        {"fields": {"a@b.de": 1}},
        {"fields": {"password": "nothing"}},
        {"fields": {"pin": 4111111111111111}},
        {"response": {"x": "a@b.de"}},
        {"response": 4111111111111111},
        {"error": model.ErrorInfo(type="E", message="a@b.de")},
        {"error": model.ErrorInfo(type="E", message="E", stack=("nothing", "of a@b.de"))},
        {"platform": Platform(fact=Fact.REPORT, name="a@b.de")},
        {"identifiers": (Identifier(IdKind.KEY, "a@b.de"),)},
        {"request_id": "a@b.de"},
        {"function": "a@b.de"},
    ],
)
def test_a_harmless_message_vouches_for_nothing_else(attributes: dict[str, Any]) -> None:
    """What is not in the message is looked at for itself, in the second of two records as well."""
    shown = record('nothing to hide, "password", nothing', **attributes)
    quiet = record("nothing to hide", text="hide")
    redactor = Redactor()
    first, second, third = redactor.value((quiet, shown, quiet))
    assert (first, third) == (quiet, quiet)
    assert "a@b.de" not in repr(second)
    assert second != shown
    assert sum(one.places for one in redactor.counts) == 1


def test_a_response_is_the_field_that_it_was_read_from() -> None:
    """A field that the user wants redacted is so as an invocation's response, too."""
    result = {"name": ["Ada"], "n": 1}
    shown = record('{"result":{"name":["Ada"],"n":1}}', fields={"result": result}, response=result)
    invocation = Invocation(
        function="f", request_id=None, log_group="g", log_stream="s", start=1, end=2,
        response=dict(result), records=(shown,),
    )  # fmt: skip
    redacted = Redactor(Rules(fields=("result",))).value(invocation)
    assert redacted.response == redacted.records[0].response == "<result-1>"
    assert redacted.records[0].event.message == '{"result":"<result-1>"}'
    assert Redactor(Rules(fields=("response",))).value(invocation).response == "<response-1>"


def test_part_of_a_word_in_the_message_is_no_part_of_it() -> None:
    """Where the message holds a text only within a longer word, that text is looked at."""
    key = "AKIAIOSFODNN7ABCDEFG"
    redacted = Redactor().value(record(f"X{key}", text=key))
    assert redacted.text == "<aws-key-1>"


def test_values_made_to_cost_time_are_not_known_again() -> None:
    """Of very many secrets that share their rarest word a hundred are looked for, and no more."""
    known = Known()
    values = [f"x{n:x} 123456789" for n in range(1_000)]
    for value in values:
        known.learn("token", value)
    assert len(list(known.find("\n".join(values)))) == 100


def test_frames_of_a_long_message_take_time_by_their_length() -> None:
    """Parts are not searched for in a message of many: frames times length would take a minute."""
    frames = tuple(f"    at handler (file{number}.js:{number}:1)" for number in range(40_000))
    message = "\n".join(frames)
    one = record(message, fields={"stack": list(frames), "message": message})
    begun = time.process_time()
    assert Redactor().value((one,)) == (one,)
    assert time.process_time() - begun < 8


def test_patterns_apply_to_parts_of_messages() -> None:
    """A pattern with its own idea of beginnings is tried on each text for itself."""
    rules = Rules(patterns=(("first", re.compile(r"^ada")),))
    redacted = Redactor(rules).value(record("x ada", text="ada"))
    assert redacted.text == "<first-1>"
    assert redacted.event.message == "x ada"


def test_what_is_made_of_something_unknown_is_refused() -> None:
    """A shape that nobody thought of does not slip through."""
    with pytest.raises(TypeError, match="object"):
        Redactor().value({"x": object()})


class Colour(StrEnum):
    RED = "red"


class Pair(NamedTuple):
    left: str
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foreign:
    pair: Pair
    colours: frozenset[Colour]
    words: Mapping[str, str]


def test_shapes_that_are_still_to_come_are_walked() -> None:
    """What a shape is made of is looked at, not which shape it is."""
    value = Foreign(Pair("a@b.de", ("x", "a@b.de")), frozenset({Colour.RED}), {"k": "a@b.de"})
    assert Redactor().value(value) == Foreign(
        Pair("<email-1>", ("x", "<email-1>")), frozenset({Colour.RED}), {"k": "<email-1>"}
    )


def test_a_subclass_of_text_is_text() -> None:
    """A text by any other class is redacted, too."""

    class Word(str):
        __slots__ = ()

    assert Redactor().value((Word("a@b.de"),)) == ("<email-1>",)
