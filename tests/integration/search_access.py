"""Who may ask: gates for a `search_proxy.Proxy`, and certificates of an authority made for a test.

A gate is given each request before anything else, and answers those that it turns away: `basic`,
`api_key` and `bearer` compare the header, `SignedBy` checks an AWS signature (version 4) as the
service does. It counts the signature anew from what came over the wire, with botocore's own
algorithm: scope, signed headers, the body's hash, the clock, and the session token must all be
right. What is refused is answered in the words of the servers concerned.

A query is decoded and encoded anew before it is signed here, as the rules want: a client that signs
a query in another spelling than `%3A` for a colon is refused. The body's hash must be in
`x-amz-content-sha256` for serverless collections (`service="aoss"`), and need not for domains.

What differs from the real thing: there are no roles (who may ask may do all), and rules for
canonical paths are botocore's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from search_proxy import Answer, Asked

__all__ = ["Certificates", "SignedBy", "api_key", "basic", "bearer", "certificates"]

Gate = Callable[[Asked], Answer | None]
SKEW = timedelta(minutes=5)


def basic(user: str, password: str) -> Gate:
    """Let in who knows the password; others hear what OpenSearch's security plugin says."""
    expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    challenge = [("WWW-Authenticate", 'Basic realm="OpenSearch Security"')]
    return _header(
        expected, Answer(401, [*challenge, ("Content-Type", "text/plain")], b"Unauthorized")
    )


def api_key(encoded: str) -> Gate:
    """Let in who has the key in its encoded form (`id:key` in base64), as Elasticsearch does."""
    return _header(f"ApiKey {encoded}", _elastic("ApiKey"))


def bearer(token: str) -> Gate:
    """Let in who has the token, as Elasticsearch's token and JWT realms do."""
    return _header(f"Bearer {token}", _elastic('Bearer realm="security"'))


def _header(expected: str, refusal: Answer) -> Gate:
    def gate(asked: Asked) -> Answer | None:
        given = asked.headers.get("authorization", "")
        if hmac.compare_digest(given.encode(), expected.encode()):
            return None
        return Answer(refusal.status, list(refusal.headers), refusal.body)

    return gate


def _elastic(challenge: str) -> Answer:
    cause = {
        "type": "security_exception",
        "reason": "missing authentication credentials for REST request",
        "header": {"WWW-Authenticate": [challenge]},
    }
    body = {"error": {"root_cause": [cause], **cause}, "status": 401}
    headers = [("WWW-Authenticate", challenge), ("Content-Type", "application/json")]
    return Answer(401, headers, json.dumps(body).encode())


@dataclass(frozen=True)
class SignedBy:
    """Lets in what is signed with these credentials for this region and service (es or aoss)."""

    key: str
    secret: str
    token: str = ""
    region: str = "eu-west-1"
    service: str = "es"

    def __call__(self, asked: Asked) -> Answer | None:
        """Return the refusal of what is not signed as it should be."""
        reason = self._wrong(asked)
        if reason is None:
            return None
        body = json.dumps({"message": reason}).encode()
        return Answer(403, [("Content-Type", "application/json")], body)

    def _wrong(self, asked: Asked) -> str | None:
        given = asked.headers.get("authorization", "")
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
            r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})",
            given,
        )
        if not found:
            return "Missing Authentication Token"
        key, day, region, service, names, signature = found.groups()
        signed = names.split(";")
        if key != self.key or asked.headers.get("x-amz-security-token", "") != self.token:
            return "The security token included in the request is invalid."
        if (region, service) != (self.region, self.service):
            return (
                f"Credential should be scoped to a valid region, not '{region}', and to the "
                f"correct service: '{self.service}'."
            )
        stamp = asked.headers.get("x-amz-date", "")
        if not re.fullmatch(r"\d{8}T\d{6}Z", stamp) or not stamp.startswith(day):
            return "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date"
        then = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - then) > SKEW:
            return f"Signature expired: {stamp}"
        hashed = asked.headers.get("x-amz-content-sha256")
        if hashed not in (None, hashlib.sha256(asked.body).hexdigest()):
            return "The provided 'x-amz-content-sha256' header does not match what was computed."
        if self.service == "aoss" and hashed is None:
            return "Missing header x-amz-content-sha256"
        must = {"host", "x-amz-date"} | ({"x-amz-security-token"} if self.token else set())
        if not must <= set(signed) or set(signed) - asked.headers.keys():
            return "'Host' or 'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."
        if not hmac.compare_digest(signature, self.signature(asked, signed, stamp)):
            return (
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method."
            )
        return None

    def signature(self, asked: Asked, signed: list[str], stamp: str) -> str:
        """Return the signature that the request should have, over the headers that it names."""
        path, _, query = asked.target.partition("?")
        request = AWSRequest(
            asked.method,
            f"http://{asked.headers['host']}{path}",
            headers={name: asked.headers[name] for name in signed},
            data=asked.body,
            # A list, for names may be there more than once.
            params=urllib.parse.parse_qsl(query, keep_blank_values=True),  # type: ignore[arg-type]
        )
        request.context["timestamp"] = stamp
        signer = _Signer(Credentials(self.key, self.secret), self.service, self.region)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return str(signer.signature(text, request))


class _Signer(SigV4Auth):
    def headers_to_sign(self, request):  # type: ignore[no-untyped-def]
        """Take those that the client signed, where botocore would take most of what is there."""
        return request.headers

    def payload(self, request):  # type: ignore[no-untyped-def]
        """Hash the body as it came."""
        return hashlib.sha256(request.data or b"").hexdigest()


@dataclass(frozen=True)
class Certificates:
    """Files of an authority, a client's certificate by it, and an authority that nobody trusts."""

    authority: Path
    client: Path
    client_key: Path
    stranger: Path
    """The other authority: who trusts that one must not talk to our server."""
    strange_client: Path
    """A certificate with its key from the other authority."""
    _server: trustme.LeafCert
    _ca: trustme.CA

    def server(self, *, client: bool = False) -> ssl.SSLContext:
        """Return a context for a server on localhost; `client` asks for a certificate, too."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server.configure_cert(context)
        if client:
            self._ca.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def certificates(folder: Path) -> Certificates:
    """Make an authority, and put its files into the folder."""
    ours, other = trustme.CA(organization_name="tests"), trustme.CA(organization_name="others")
    files = Certificates(
        folder / "authority.pem",
        folder / "client.pem",
        folder / "client.key",
        folder / "stranger.pem",
        folder / "strange-client.pem",
        ours.issue_cert("localhost", "127.0.0.1"),
        ours,
    )
    ours.cert_pem.write_to_path(files.authority)
    other.cert_pem.write_to_path(files.stranger)
    client = ours.issue_cert("client@example.org")
    client.cert_chain_pems[0].write_to_path(files.client)
    client.private_key_pem.write_to_path(files.client_key)
    strange = other.issue_cert("client@example.org")
    strange.private_key_and_cert_chain_pem.write_to_path(files.strange_client)
    return files
