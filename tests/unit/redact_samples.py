"""Secrets as they stand in logs, and values of the model with a text in every place for one."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
GITHUB = "ghp_" + "Zq3vT8mKx1" * 3
SLACK = "xoxb-2048-" + "abcDEF123456"
STRIPE = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
PEM_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
PEM = f"-----BEGIN PRIVATE KEY-----\n{PEM_LINE}\nMzEfYyjiWA4R4/M2bS1\n-----END PRIVATE KEY-----"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEY1"
SESSION = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJGMEQ"


class Planted(NamedTuple):
    """A text, what must not be left of it, and what is to be said of that."""

    text: str
    secret: str
    kind: str


SECRETS = (
    Planted("mail to alice.o+x@mail.example.com, please", "alice.o+x@mail.example.com", "email"),
    Planted("mail to o'brien@example.org.", "brien", "email"),
    Planted(r'{"user":"alice\u0040example.com"}', r"alice\u0040example.com", "email"),
    Planted("GET /u?mail=alice%40example.com&x=1", "alice%40example.com", "email"),
    Planted("GET /u?next=%2Fu%3Fmail%3Dalice%2540example.com", "alice%2540", "email"),
    Planted("mail alice&#64;example.com", "alice", "email"),
    Planted('{"a":"{\\"b\\":\\"mail\\\\nalice@example.com\\"}"}', "alice", "email"),
    Planted("https://x/logs$2540a#alice$2540example.com", "alice$2540", "email"),
    Planted(f"got {JWT}", JWT[20:], "jwt"),
    Planted(f'{{"t":"{JWT[:60]}', JWT[20:60], "jwt"),
    Planted("used AKIAIOSFODNN7ABCDEFG now", "AKIAIOSFODNN7ABCDEFG", "aws-key"),
    Planted("ASIAY34FZKBOKMUTVV7A", "ASIAY34FZKBOKMUTVV7A", "aws-key"),
    Planted(f"AKIAIOSFODNN7ABCDEFG / {AWS_SECRET}", AWS_SECRET, "aws-secret"),
    Planted(f"AWS_SECRET_ACCESS_KEY={AWS_SECRET}", AWS_SECRET, "aws-secret"),
    Planted(f"secretAccessKey: '{AWS_SECRET}',", AWS_SECRET, "aws-secret"),
    Planted(f"AWS_SESSION_TOKEN={SESSION}", SESSION[10:], "aws-token"),
    Planted(f"with {SESSION}== now", SESSION[10:], "aws-token"),
    Planted(f"push {GITHUB}", GITHUB, "token"),
    Planted(f"slack {SLACK}", SLACK, "token"),
    Planted(f"stripe {STRIPE}", STRIPE, "token"),
    Planted("https://hooks.slack.com/services/T0AB/B0CD/aB3dE6gH", "aB3dE6gH", "token"),
    Planted("AIzaSyA-1234567890abcdefghijklmnopqrstu", "1234567890abcdef", "token"),
    Planted("glpat-abcDEF1234567890xyzw", "abcDEF1234567890", "token"),
    Planted("sk-proj-abcDEF1234567890abcDEF1234567890", "abcDEF1234567890", "token"),
    Planted(f"key:\n{PEM}\nend", "MzEfYyjiWA4R4", "private-key"),
    Planted(f"key: {PEM[:60]}", PEM[30:60], "private-key"),
    Planted(PEM_LINE, PEM_LINE, "private-key"),
    Planted(PEM.replace("\n", r"\n"), "MzEfYyjiWA4R4", "private-key"),
    Planted("Authorization: Bearer abc.DEF-123", "abc.DEF-123", "authorization"),
    Planted("authorization: Basic YWRhOnNlY3JldA==", "YWRhOnNlY3JldA", "authorization"),
    Planted('{"Authorization":"Token zzyyxx"}', "zzyyxx", "authorization"),
    Planted("{'authorization': 'zzyyxx'}", "zzyyxx", "authorization"),
    Planted('{"multiValueHeaders":{"Authorization":["Bearer zz1"]}}', "zz1", "authorization"),
    Planted('["Host","x","Authorization","Bearer zzyyxx1"]', "zzyyxx1", "authorization"),
    Planted(
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIDX/20260101/eu/s3/aws4_request, "
        "SignedHeaders=host, Signature=0a1b2c3d4e5f",
        "0a1b2c3d4e5f",
        "authorization",
    ),
    Planted("sent Bearer zzyyxx112233 to it", "zzyyxx112233", "authorization"),
    Planted("Cookie: sid=zzyyxx; theme=dark1", "dark1", "cookie"),
    Planted("Set-Cookie: sid=zzyyxx; Path=/", "zzyyxx", "cookie"),
    Planted(
        "set-cookie: a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, b=zzyyxx; Secure",
        "zzyyxx",
        "cookie",
    ),
    Planted('{"cookies":["sid=zzyyxx","theme=dark1"]}', "dark1", "cookie"),
    Planted("JSESSIONID=zzyyxx1", "zzyyxx1", "cookie"),
    Planted("session_id=Zq3vT8mKx1bN7pLw", "Zq3vT8mKx1bN7pLw", "session"),
    Planted("X-Session-Id: 0f1e2d3c4b5a69788796a5b4c3d2e1f0", "0f1e2d3c", "session"),
    Planted('{"sessionId":"k2v9x7q4m1z8w3b6"}', "k2v9x7q4m1z8w3b6", "session"),
    Planted("user=7 pin=1234 ok", "1234", "pin"),
    Planted('{"cardPin": "904512"}', "904512", "pin"),
    Planted("PIN: 77231", "77231", "pin"),
    Planted("password=correcthorse", "correcthorse", "password"),
    Planted("password: correcthorse", "correcthorse", "password"),
    Planted("DB_PASSWORD=p,w&x=1", "p,w", "password"),
    Planted('{"userPassword": "two words"}', "two words", "password"),
    Planted('{"password":"a\\"quote"}', "quote", "password"),
    Planted(r'{"body":"{\"password\":\"zzyyxx\"}"}', "zzyyxx", "password"),
    Planted(r'{"a":"{\"b\":\"{\\\"password\\\":\\\"zzyyxx\\\"}\"}"}', "zzyyxx", "password"),
    Planted('{"password":"cut off in the mid', "cut off in the mid", "password"),
    Planted("{'password': 'zzyyxx', 'b': 1}", "zzyyxx", "password"),
    Planted("User(name=ada, password=zzyyxx)", "zzyyxx", "password"),
    Planted('"password" => "zzyyxx"', "zzyyxx", "password"),
    Planted('{"password": 918273}', "918273", "password"),
    Planted("postgres://ada:zzyyxx@db:5432/x", "zzyyxx", "password"),
    Planted("<Password>zzyyxx</Password>", "zzyyxx", "password"),
    Planted("run --password zzyyxx --verbose", "zzyyxx", "password"),
    Planted("/in?user=a&pwd=zzyyxx&x=1", "zzyyxx", "password"),
    Planted('Content; name="password"\r\n\r\nzzyyxx\r\n--', "zzyyxx", "password"),
    Planted('{"name":"DB_PASSWORD","value":"zzyyxx"}', "zzyyxx", "password"),
    Planted('{"value":"zzyyxx","key":"DB_PASSWORD"}', "zzyyxx", "password"),
    Planted('{"Name":"password","Value":{"S":"zzyyxx"}}', "zzyyxx", "password"),
    Planted("&quot;password&quot;:&quot;zzyyxx&quot;", "zzyyxx", "password"),
    Planted(r'{"pass\u0077ord":"zzyyxx"}', "zzyyxx", "password"),
    Planted("\x1b[36mpassword\x1b[0m=\x1b[35mzzyyxx\x1b[0m ok", "zzyyxx", "password"),
    Planted("Authorization=[Bearer zzyyxx, x], Host=[h]", "zzyyxx", "authorization"),
    Planted("curl -s -u ada:zzyyxx https://h/", "zzyyxx", "password"),
    Planted("ali\u200bce@exam\u00adple.com", "ce@exam", "email"),
    Planted("https://x/cb?access_token=zzyyxx&state=1", "zzyyxx", "token"),
    Planted("next=https%3A%2F%2Fx%2F%3Ftoken%3Dzzyyxx%26a%3Db", "zzyyxx", "token"),
    Planted("token=zzyyxx", "zzyyxx", "token"),
    Planted('{"refreshToken":"zzyyxx"}', "zzyyxx", "token"),
    Planted("X-Amz-Security-Token=zzyyxx&X-Amz-Signature=0a1b2c", "0a1b2c", "token"),
    Planted("x-api-key: zzyyxx", "zzyyxx", "api-key"),
    Planted("api_key=zzyyxx", "zzyyxx", "api-key"),
    Planted('{"apiKey":"zzyyxx"}', "zzyyxx", "api-key"),
    Planted("AccountKey=zzyyxx==;EndpointSuffix=x", "zzyyxx", "api-key"),
    Planted("client_secret=zzyyxx", "zzyyxx", "secret"),
    Planted('{"SecretString":"{\\"u\\":\\"ada\\",\\"p\\":\\"zzyyxx\\"}"}', "zzyyxx", "secret"),
    Planted('{"credentials":{"user":"ada","p":"zzyyxx"}}', "zzyyxx", "secret"),
    Planted("otp=918273", "918273", "code"),
    Planted("paid with 4111111111111111.", "4111111111111111", "card"),
    Planted("paid with 4111 1111 1111 1111 12/29", "4111 1111 1111", "card"),
    Planted("paid with 3782-822463-10005", "822463", "card"),
    Planted('{"card":5555555555554444}', "5555555555554444", "card"),
    Planted("paid with 4111+1111+1111+1111 now", "4111+1111", "card"),
    Planted("paid with 4111  1111  1111  1111 now", "4111  1111", "card"),
    Planted("paid with 4111\t1111\t1111\t1111 now", "4111\t1111", "card"),
    Planted("paid with 4111_1111_1111_1111 now", "4111_1111", "card"),
    Planted("paid with 4111.1111.1111.1111.", "4111.1111", "card"),
    Planted("paid with 4111\u20111111\u20111111\u20111111", "1111\u20111111", "card"),
    Planted("paid with 3782\u2009822463\u200910005", "822463", "card"),
    Planted(r"paid with 4111\u202f1111\u202f1111\u202f1111", r"4111\u202f1111", "card"),
    Planted("sent BEARER c2VjcmV0LXRva2VuLW9mLWFkYQ", "c2VjcmV0", "authorization"),
    Planted("sent Bearer  c2VjcmV0LXRva2VuLW9mLWFkYQ", "c2VjcmV0", "authorization"),
    Planted("sent=Bearer+c2VjcmV0LXRva2VuLW9mLWFkYQ", "c2VjcmV0", "authorization"),
    Planted("sent Bearer\tc2VjcmV0LXRva2VuLW9mLWFkYQ", "c2VjcmV0", "authorization"),
    Planted(r'{"a":"Bearer\tc2VjcmV0LXRva2VuLW9mLWFkYQ"}', "c2VjcmV0", "authorization"),
    Planted("PASS=hunter22", "hunter22", "password"),
    Planted("DB_PASS=hunters", "hunters", "password"),
    Planted("SMTP_PASS: hunters", "hunters", "password"),
    Planted('{"dbPass":"hunters","n":1}', "hunters", "password"),
    Planted("pass: hunter22", "hunter22", "password"),
    Planted("user_password[]=hunters&x=1", "hunters", "password"),
    Planted("user%5Bpassword%5D%5B%5D=hunters&x=1", "hunters", "password"),
    Planted('{"user_password[]":"hunters"}', "hunters", "password"),
    Planted("mysql --db-pass hunters -h db", "hunters", "password"),
    Planted("aws configure set aws_secret_access_key wJalrXUtnFEMI/K7MD", "wJalrX", "aws-secret"),
    Planted('no such password "hunters"', "hunters", "password"),
    Planted("the password was: hunters", "hunters", "password"),
    Planted("your password is hunter22, do not", "hunter22", "password"),
    Planted("the api key is 'zz11yy22'", "zz11yy22", "api-key"),
    Planted("<password><![CDATA[hunt]ers]]></password>", "hunt]ers", "password"),
    Planted("<a:password> <![CDATA[a<hunters]]> </a:password>", "hunters", "password"),
    Planted("set password: 'hun''ters' now", "ters", "password"),
    Planted('7,"{""password"":""hunters"",""a"":1}"', "hunters", "password"),
    Planted("got bearer: c2VjcmV0LXRva2VuLW9mLWFkYQ", "c2VjcmV0", "authorization"),
    Planted(f"{PEM_LINE} {PEM_LINE[:20]} -----END PRIVATE KEY-----", PEM_LINE[:20], "private-key"),
    Planted("GET /mails/ada@example.org.gz", "ada@example", "email"),
    Planted("wrote ada.lovelace@example.org.js", "ada.lovelace", "email"),
    Planted("exports/ada@example.co.uk.json.gz", "ada@example", "email"),
    Planted(f"{PEM_LINE[:20]}\n-----END RSA PRIVATE KEY-----", PEM_LINE[:20], "private-key"),
    Planted(
        f"key {PEM_LINE[:40]}\\n{PEM_LINE[:20]}==\\n-----END PRIVATE KEY-----",
        PEM_LINE[:20],
        "private-key",
    ),
)
"""One of each kind and spelling that is redacted without being asked for."""

HARMLESS = (
    "",
    "START RequestId: 8f14e45f-ceea-467f-9a3b-0123456789ab Version: $LATEST",
    "REPORT RequestId: 8f14e45f-ceea-467f-9a3b-0123456789ab\tDuration: 2.5 ms\tSize: 128 MB",
    "XRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegment: 53995c3f42cd8ad8\n",
    "2026/11/28/[$LATEST]0123456789abcdef0123456789abcdef",
    '{"trace_id":"4611686018427387904","dd.trace_id":"4532015112830366999","span":"622126012345678"}',
    "at 1764312540123 and 1764312540123456 and 1764312540123456789",
    "event 37012345678901234567890123456789012345678901234567890123",
    "nextToken=abc continuationToken: def, max_tokens: 4096, idempotency-token=x1",
    "SyntaxError: Unexpected token } in JSON at position 17",
    "Invalid token: expired",
    "tokens: 812, total_tokens=99",
    "PWD=/var/task OLDPWD=/root",
    '{"password":null,"token":"","secret":"***","api_key":"[REDACTED]","hasPassword":true}',
    '{"secret":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"}',
    "    client = connect(token=token, password=self.password)",
    'File "/var/task/app.py", line 7, in handler',
    "at main@bundle.js:1:2 from express@4.18.2, left-pad@1.0.0 (node:internal)",
    "https://sqs.eu-west-1.amazonaws.com/123456789012/orders?Action=Receive&key=a/b.json",
    "partition_key=order#17 sort_key=2026 primary key: id, cache_key=x",
    'allow_headers: ["Content-Type","Authorization","X-Api-Key","X-Amz-Security-Token"]',
    "100% of 20%25 done, 5 * 40 = 200; R&D &amp; C",
    "Basic authentication is off; Bearer tokens are on",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "order 4111111111111112 was not 41111111",
    'password=[PROTECTED] token: [Object] "authorisation":"au-17"',
    "laptop=1 hotpot: 2 encounter cvs",
    "at main@bundle.min.js:1, styles@home.component.css, pkg@1.2.3.tgz, left-pad@next.tar.gz",
    "cloning git@github.com:org/repo.git",
    "pass: 3 of 5, passed=12, pass=7 fail=0, pass: ok, Pass: 98%, firstPass: 120ms, pass=true",
    '{"pass":12,"fail":3,"passed":true,"bypass":"always","boardingPass":"A17","pass_rate":0.98}',
    '{"pass":{"count":3},"fail":{"count":0}}',
    "--- PASS: TestLogin2 (0.00s), PASS: test_logout.py::test_2",
    "ski-pass: A17b2c3, day_pass=B22c3d4, boarding pass: A17b2c3, lift-pass=C17b2c3",
    "session_id=42 session: a1b2c3d4e5f6a7b8c9 session_id=1764312540123456",
    "session_id=8f14e45f-ceea-467f-9a3b-0123456789ab obsession_id=17",
    "pin=13 gpio pin: 4, pin=high, spin=1234, pinned=2026, pincode=560001, shipping=1234",
    '{"pin":{"x":1},"pins":[1234],"pin_count":1234}',
    "compass=north1234 bypass: abc123456 max_pass=abc12345",
    "otp: sent to the customer, otp=expired",
    '{"otp":"sent"}',
    "secret: arn:aws:secretsmanager:eu:1:secret:x",
    "in arn:aws:kms:eu-west-1:123456789012:secret:x1y2z3, is_pass=abc12345",
    "arn:aws-cn:secretsmanager:cn-north-1:***:secret:db/prod-AbCdEf",
    'password is required, the token is expired, password "must be 8 long"',
    "your password was reset, the device token is x1234567",
    'secret "db-credentials" not found, Unexpected token "x12345" in JSON, token is not a string',
    "password='' user='x', password = '', 'a'",
    "Bearer  tokens are on, Bearer+authentication is off, BEARER REALM=x",
    "versions 4111.1111.1111.1112, 1.4111.1111.1111.1111.1 and 10.4111.1111",
    "up\n-----END CERTIFICATE-----\n",
)
"""Of what logs are full of, and no secret."""


def planted(kind: Any, text: str) -> Any:
    """Return a value of a type of the model with the text in every place that holds text."""
    origin, args = get_origin(kind), get_args(kind)
    if kind is str:
        return text
    if kind is Any:
        return {"result": text, text: [text, {"deeper": text}]}
    if origin in (types.UnionType, typing.Union):
        return planted(next(arg for arg in args if arg is not type(None)), text)
    if origin is tuple:
        kinds = args[:1] if args[-1] is Ellipsis else args
        return tuple(planted(arg, text) for arg in kinds)
    if origin is frozenset:
        return frozenset({planted(args[0], text)})
    if origin is not None and issubclass(origin, Mapping):
        return {planted(args[0], text): planted(args[1], text)}
    if origin is not None and issubclass(origin, Sequence):
        return [planted(args[0], text)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
        hints = get_type_hints(kind)
        return kind(**{name: planted(hint, text) for name, hint in hints.items()})
    return kind(1)  # a figure
