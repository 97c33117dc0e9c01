"""Errors of AWS in the words of people: what passes for a wrong secret and is a wrong clock."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from slsloggrep.sources.aws_errors import describe


def refused(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "FilterLogEvents")


@pytest.mark.parametrize("code", ["InvalidSignatureException", "SignatureDoesNotMatch"])
@pytest.mark.parametrize(
    "message",
    [
        "Signature expired: 20260926T120000Z is now earlier than 20260926T122934Z (...)",
        "Signature not yet current: 20260926T124500Z is still later than 20260926T122434Z (...)",
    ],
)
def test_a_signature_of_another_time_is_a_wrong_clock(code: str, message: str) -> None:
    """The code is that of a wrong secret, and the message tells the difference."""
    words, hint = describe(refused(code, message), profile=None, role=None)
    assert words == f"this machine's clock is wrong ({code}): AWS refuses its signatures"
    assert hint == "set the clock, for example with NTP"


@pytest.mark.parametrize("code", ["InvalidSignatureException", "SignatureDoesNotMatch"])
def test_a_signature_that_does_not_match_is_a_wrong_secret(code: str) -> None:
    """Whatever else the message says."""
    message = "The request signature we calculated does not match the signature you provided."
    words, _ = describe(refused(code, message), profile=None, role=None)
    assert words == f"the AWS secret key is wrong ({code})"
