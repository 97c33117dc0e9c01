"""Redaction of texts: what is a secret, in which spelling, and what takes its place."""

from __future__ import annotations

import re
import time

import pytest
from redact_samples import GITHUB, HARMLESS, PEM_LINE, SECRETS, Planted

from slsloggrep.model import Redacted
from slsloggrep.redact import Redactor, Rules


@pytest.mark.parametrize("planted", SECRETS, ids=lambda planted: planted.text[:40])
def test_secrets_are_found_in_every_spelling(planted: Planted) -> None:
    """A secret is replaced by a pseudonym of its kind, whatever it is escaped or quoted with."""
    redactor = Redactor()
    redacted = redactor.text(planted.text)
    assert planted.secret not in redacted
    assert f"<{planted.kind}-1>" in redacted
    assert planted.kind in [one.kind for one in redactor.counts]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    """IDs, times, counts, places in listings and hidden values are not eaten."""
    redactor = Redactor()
    assert redactor.text(text) == text
    assert redactor.counts == ()


@pytest.mark.parametrize("planted", SECRETS, ids=lambda planted: planted.text[:40])
def test_redacting_twice_changes_nothing(planted: Planted) -> None:
    """What was redacted, by this redactor or another, is left as it is."""
    redactor = Redactor()
    once = redactor.text(planted.text)
    assert redactor.text(once) == once
    assert Redactor().text(once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail a@b.de, c@d.de, A@B.de", "mail <email-1>, <email-2>, <email-1>"),
        (r'{"a":"a@b.de","b":"a\u0040b.de"}', '{"a":"<email-1>","b":"<email-1>"}'),
        ("a@b.de a%40b.de", "<email-1> <email-1>"),
        ("4111111111111111 4111-1111-1111-1111", "<card-1> <card-1>"),
        ("token=zz11 access_token=zz11", "token=<token-1> access_token=<token-1>"),
        ("token=zz11&next=1", "token=<token-1>&next=1"),
        ("Authorization: Bearer zz11 for ada", "Authorization: Bearer <authorization-1> for ada"),
        ('{"headers":{"Authorization":"Bearer zz11"},"token":"zz11"}',
         '{"headers":{"Authorization":"Bearer <authorization-1>"},"token":"<authorization-1>"}'),
        ("Authorization: Bearer zz11zz22 Authorization=Bearer%20zz11zz22",
         "Authorization: Bearer <authorization-1> Authorization=<authorization-1>"),
        ('{"a":{"Authorization":["Bearer zz11zz22"]},"b":"Bearer zz11zz22"}',
         '{"a":{"Authorization":"<authorization-1>"},"b":"Bearer <authorization-1>"}'),
        ('{"password":1234567,"a":1}', '{"password":"<password-1>","a":1}'),
        (r"{\"password\":1234567}", r"{\"password\":\"<password-1>\"}"),
        ('{"credentials":{"a":"x}y"},"b":2}', '{"credentials":"<secret-1>","b":2}'),
        ("pg://ada:zz11@db/x", "pg://ada:<password-1>@db/x"),
        ("a\\nb@c.de\\nx", "a\\n<email-1>\\nx"),
        ("Cookie: a=1; b=2", "Cookie: <cookie-1>"),
        ("User(password=zz11)", "User(password=<password-1>)"),
        ("(mail a@b.de.)", "(mail <email-1>.)"),
        ("lacks -----END PRIVATE KEY-----", "lacks <private-key-1>"),
        ("zzz\n-----END PRIVATE KEY-----\nb", "<private-key-1>\nb"),
        ("password=$%!?/§ x", "password=<password-1> x"),
        ("a@b.deAKIAIOSFODNN7ABCDEFG", "<email-1><aws-key-1>"),
    ],
)  # fmt: skip
def test_pseudonyms(text: str, expected: str) -> None:
    """The same secret has the same pseudonym, however it is spelled; all around it stays."""
    assert Redactor().text(text) == expected


def test_pseudonyms_tell_nothing() -> None:
    """Two reports number alike: a pseudonym is no function of the secret."""
    assert Redactor().text("a@b.de") == Redactor().text("c@d.de") == "<email-1>"


def test_what_was_redacted_is_counted_by_kind() -> None:
    """Counted are distinct values, and the places in which they stood."""
    redactor = Redactor()
    redactor.text("a@b.de a@b.de c@d.de")
    redactor.text(f"{GITHUB} a@b.de")
    assert redactor.counts == (Redacted("email", 2, 4), Redacted("token", 1, 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 10.1.2.3:443, 10.1.2.3.", "from <ip-1>:443, <ip-1>."),
        ("ip-10-1-2-3.ec2.internal is 10.1.2.3", "ip-<ip-1>.ec2.internal is <ip-1>"),
        ("[2001:db8::1]:80 and 2001:DB8:0:0::1", "[<ip-1>]:80 and <ip-1>"),
        ("::ffff:10.1.2.3", "<ip-1>"),
        ("at 12:30:45, 1.2.3, v1.2.3.4.5, 999.1.1.1", "at 12:30:45, 1.2.3, v1.2.3.4.5, 999.1.1.1"),
    ],
)
def test_addresses_are_redacted_on_request(text: str, expected: str) -> None:
    """IP addresses of both versions go where that is asked for, and else stay."""
    assert Redactor(Rules(ips=True)).text(text) == expected
    assert Redactor().text(text) == text


def test_ids_are_redacted_on_request() -> None:
    """What joins stays joined: one trace has one pseudonym, in X-Ray's spelling and W3C's."""
    text = (
        "8f14e45f-ceea-467f-9a3b-0123456789ab Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1 "
        "5759e988bd862e3fe1be46a994272793"
    )
    assert Redactor().text(text) == text
    expected = "<id-1> Root=<id-2>;Sampled=1 <id-2>"
    assert Redactor(Rules(ids=True)).text(text) == expected


def test_the_id_that_was_asked_for_is_kept() -> None:
    """A name does not make a secret of the ID that the user gave, unless IDs are to go, too."""
    text = "session_token=ord-17 for ord-17"
    assert Redactor(kept=["ord-17"]).text(text) == text
    assert Redactor().text(text) == "session_token=<token-1> for ord-17"
    assert Redactor(Rules(ids=True), kept=["ord-17"]).text("for ord-17, ord-171") == (
        "for <id-1>, ord-171"
    )


def test_an_id_that_is_a_secret_by_its_shape_is_redacted() -> None:
    """Whoever traces an e-mail address does not want to send it: its pseudonym joins as well."""
    redactor = Redactor(kept=["a@b.de"])
    assert redactor.text("transaction a@b.de") == "transaction <email-1>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("customer_name=Alice status=1", "customer_name=<customer_name-1> status=1"),
        ("customer_name=Alice Smith logged in", "customer_name=<customer_name-1> logged in"),
        ("customerName: 'Alice Smith'", "customerName: '<customer_name-1>'"),
        ('{"customer-name":"Alice","n":1}', '{"customer-name":"<customer_name-1>","n":1}'),
        (r'{\"customer_name\":\"Al\\\"ice\"}', r'{\"customer_name\":\"<customer_name-1>\"}'),
        ('{"customer_name":{"a":[1]},"n":1}', '{"customer_name":"<customer_name-1>","n":1}'),
        ("customer_name=Ada K. King ERROR no", "customer_name=<customer_name-1> ERROR no"),
        ("customer_name=ADA KING, x", "customer_name=<customer_name-1>, x"),
        ('{"customer_name":17.5}', '{"customer_name":"<customer_name-1>"}'),
        ("?customer%5Fname=Alice", "?customer%5Fname=<customer_name-1>"),
        ('{"customer_name":null,"other_customer_name":"x"}',) * 2,
    ],
)  # fmt: skip
def test_fields_are_redacted_in_text(text: str, expected: str) -> None:
    """A field's value goes in each spelling of name and value; fields that end alike stay."""
    redactor = Redactor(Rules(fields=("customer_name",)))
    assert redactor.text(text) == expected
    assert redactor.text(expected) == expected


def test_dotted_fields_are_redacted_in_text() -> None:
    """Of a dotted field the last part is looked for, where the others are there, too."""
    redactor = Redactor(Rules(fields=("customer.name",)))
    text = '{"customer":{"name":"Alice"},"function":{"name":"x"}}'
    assert "Alice" not in redactor.text(text)
    assert redactor.text('{"name":"Alice"}') == '{"name":"Alice"}'


def test_patterns_are_redacted() -> None:
    """A pattern's matches become pseudonyms of its name, escapes undone, and once only."""
    redactor = Redactor(Rules(patterns=(("order", re.compile(r"ORD-\d+")),)))
    text = r"ORD-17 and \u004fRD-17, ORD-18"
    expected = "<order-1> and <order-1>, <order-2>"
    assert redactor.text(text) == expected
    assert redactor.text(expected) == expected
    everything = Redactor(Rules(patterns=(("all", re.compile(r".+")),)))
    assert everything.text(everything.text("anything")) == "<all-1>"


def test_a_literal_pseudonym_in_a_log_hides_nothing_around_it() -> None:
    """Who writes `<email-1>` into a log saves that from redaction, and nothing beside it."""
    assert Redactor().text("password=<email-1>zz11") == "password=<email-1><password-1>"


@pytest.mark.parametrize("literal", ["<email-1>", "&lt;email-1&gt;", r"\u003cemail-1\u003e"])
def test_numbers_that_a_log_has_taken_are_not_given(literal: str) -> None:
    """A pseudonym that stands in a log before is no address of this report's, and not counted."""
    redactor = Redactor()
    assert redactor.text(f"{literal} a@b.de c@d.de") == f"{literal} <email-2> <email-3>"
    assert redactor.counts == (Redacted("email", 2, 2),)


def test_a_number_is_taken_wherever_in_a_value_it_stands() -> None:
    """All of a value is looked through before its first secret is given a number."""
    assert Redactor().value(("a@b.de", "<email-1> was here")) == ("<email-2>", "<email-1> was here")


@pytest.mark.parametrize(
    "number",
    [
        *("4111111111111111", "4222222222222", "5555555555554444", "2223003122003222"),
        *("378282246310005", "6011111111111117", "30569309025904", "3530111333300000"),
        *("6200000000000005", "2200000000000004"),
    ],
)
def test_cards_of_all_issuers_are_found(number: str) -> None:
    """The issuers' test numbers are found; with another check digit they are none."""
    assert Redactor().text(f"card {number}") == "card <card-1>"
    other = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert Redactor().text(f"card {other}") == f"card {other}"


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "%25",
            "\\",
            "password=",
            '{"credentials":',
            "a.b-",
            "4111 1111 ",
            "eyJ",
            "1:",
            "https://",
        ),
        *("Authorization: ", "Cookie: a=b; ", "customer_name=Al ", "-----BEGIN PRIVATE KEY-----"),
        *("--password", "<a>", '"name":"x-key","value":', "password", "<email-1>"),
        *(
            "password is ",
            "pass=/",
            "<a><![CDATA[",
            "a@b.",
            "a@b.de.",
            "password='a''",
            '""token"":""',
        ),
        *(
            "Bearer ",
            f"{PEM_LINE}\n",
            "x -----END PRIVATE KEY-----",
            "arn:aws:secretsmanager:::secret:",
        ),
        *("pwd=/", "password=x.password", "AKIAIOSFODNN7EXAMPLE ", '{"credentials":{"\\"\\"'),
    ],
)
def test_a_hostile_text_takes_time_by_its_length(piece: str) -> None:
    """Layers of escapes and long runs are no bomb: what grows by the square would take minutes."""
    redactor = Redactor(Rules(ips=True, ids=True, fields=("customer_name",)))
    text = f"{piece * (200_000 // len(piece))}@x.de"
    begun = time.process_time()
    redactor.text(text)
    assert time.process_time() - begun < 15
