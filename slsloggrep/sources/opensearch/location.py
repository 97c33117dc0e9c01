"""What the URL of a search cluster names: hosts, indices, and how to ask them.

`opensearch+https://host[:port][,host...][/prefix]/INDEX[?option=value&...]`. A grammar and nothing
else: where secrets come from is `slsloggrep.sources.opensearch.access`'s knowledge, which indices
there are `slsloggrep.sources.opensearch.indices`'.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, unquote

from slsloggrep.decode.search_shapes import NAMES
from slsloggrep.errors import UsageError

Auth = Literal["", "none", "basic", "apikey", "bearer", "aws"]

_URL = re.compile(
    r"(?P<product>opensearch|elasticsearch)\+(?P<scheme>https?)://(?P<hosts>[^/?#]*)"
    r"(?P<path>/[^?#]*)?(?:\?(?P<options>[^#]*))?(?P<fragment>#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\])(?::(?P<port>\d{1,5}))?")
_INDEX = re.compile(r"[^\s/\\?\"<>|#]+")
"""OpenSearch, Create index: what a name cannot hold; `*` and `,` make an expression of it."""

_PORT = 9200
_CLOUD_PORT = 443
_AUTHS = ("none", "basic", "apikey", "bearer", "aws")
_OPTIONS = frozenset(
    {
        "map",
        "auth",
        "service",
        "region",
        "time_field",
        "whole",
        "cloud_id",
        "verify",
        "insecure",
        "ca",
        "cert",
        "key",
    }
)
_SECRET = re.compile(r"pass|secret|token|api_?key$|user", re.IGNORECASE)
_YES, _NO = ("1", "true", "yes", "on", ""), ("0", "false", "no", "off")
_AMAZON = re.compile(
    r"(?:.*\.)?(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.(?P<service>es|aoss)\.amazonaws\.com(?:\.cn)?"
)

SECRETS = (
    "leave it out of the URL, which the shell remembers: set SLSLOGGREP_OPENSEARCH_USER and "
    "SLSLOGGREP_OPENSEARCH_PASSWORD, or _PASSWORD_COMMAND, _API_KEY, _TOKEN"
)


class Host(NamedTuple):
    """One node, or what stands before several."""

    name: str
    port: int

    @property
    def is_local(self) -> bool:
        """Tell whether it is this machine."""
        return self.name in ("localhost", "[::1]") or self.name.startswith("127.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """What a URL names."""

    url: str
    """As the user wrote it."""
    product: str
    """`opensearch` or `elasticsearch`, as the scheme says; the server's own word counts."""
    secure: bool
    hosts: tuple[Host, ...]
    prefix: str
    """What a proxy wants before every path; perhaps nothing."""
    index: str
    """Names and patterns, separated by commas."""
    shape: str = ""
    """The shape of documents that the user named."""
    auth: Auth = ""
    service: str = ""
    """What requests are signed for: `es` or `aoss`."""
    region: str = ""
    time_field: str = ""
    whole: bool = False
    """Text is looked for here, in all documents of a window: the server is not asked for it."""
    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True
    """False: whoever answers is believed, which the user has said on purpose."""


def parse_url(url: str) -> Location:
    """Return what a URL names.

    Raises UsageError where no host or no index is named, for options that are unknown, and for
    user names and passwords, which do not belong there.
    """
    matched = _URL.fullmatch(url)
    if matched is None or matched["fragment"]:
        raise UsageError(
            f"'{_hidden(url)}' names no search cluster",
            hint="write opensearch+https://HOST:PORT/INDEX, INDEX being a name or a pattern",
        )
    if "@" in matched["hosts"]:
        raise UsageError(f"'{_hidden(url)}' holds a user name or a password", hint=SECRETS)
    options = _options(url, matched["options"] or "")
    secure = matched["scheme"].lower() == "https"
    hosts = _cloud_hosts(url, options) if "cloud_id" in options else ()
    hosts = hosts or _hosts(url, matched["hosts"], secure=secure)
    prefix, _, index = unquote(matched["path"] or "").rpartition("/")
    if not _INDEX.fullmatch(index):
        raise UsageError(
            f"'{url}' names no index" if not index else f"'{url}': no index is called '{index}'",
            hint="write its name or a pattern behind the host: .../cwl-* or .../logs-2026.11.*",
        )
    amazon = _AMAZON.fullmatch(hosts[0].name)
    auth = _choice(url, options, "auth", _AUTHS)
    return Location(
        url=url,
        product=matched["product"].lower(),
        secure=secure,
        hosts=hosts,
        prefix=prefix.rstrip("/"),
        index=index,
        shape=_choice(url, options, "map", NAMES),
        auth=auth,  # type: ignore[arg-type] # one of _AUTHS
        service=_choice(url, options, "service", ("es", "aoss"))
        or (amazon["service"] if amazon else "es"),
        region=options.get("region", "") or (amazon["region"] if amazon else ""),
        time_field=options.get("time_field", ""),
        whole=_is_wanted(url, options, "whole"),
        ca=options.get("ca", "") or _ca_of(options),
        cert=options.get("cert", ""),
        key=options.get("key", ""),
        verify=not _is_insecure(url, options),
    )


def is_amazon(location: Location) -> bool:
    """Tell whether the host is one of Amazon's, where requests are usually signed."""
    return _AMAZON.fullmatch(location.hosts[0].name) is not None


def _options(url: str, text: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name in _OPTIONS:
            options[name] = value
        elif _SECRET.search(name):
            raise UsageError(f"'{_hidden(url)}' holds a secret ('{name}')", hint=SECRETS)
        else:
            raise UsageError(
                f"'{url}': '{name}' is no option of a search cluster",
                hint="there are " + ", ".join(sorted(_OPTIONS)),
            )
    return options


def _hosts(url: str, text: str, *, secure: bool) -> tuple[Host, ...]:
    hosts = []
    for part in filter(None, text.split(",")):
        named = _HOST.fullmatch(part)
        if named is None or int(named["port"] or 0) > 65_535:
            raise UsageError(
                f"'{url}': '{part}' is no host",
                hint="write HOST or HOST:PORT, several with commas between",
            )
        usual = 443 if secure and named["name"].endswith(".amazonaws.com") else _PORT
        hosts.append(Host(named["name"], int(named["port"] or usual)))
    if not hosts:
        raise UsageError(f"'{url}' names no host", hint="write opensearch+https://HOST:PORT/INDEX")
    return tuple(hosts)


def _cloud_hosts(url: str, options: dict[str, str]) -> tuple[Host, ...]:
    """Return the host in a cloud ID: `NAME:` and base64 of `domain[:port]$elasticsearch$kibana`."""
    coded = options["cloud_id"].rpartition(":")[2]
    try:
        domain, uuid, *_ = base64.b64decode(coded, validate=True).decode().split("$")
    except (binascii.Error, ValueError):
        raise UsageError(
            f"'{url}': '{options['cloud_id']}' is no cloud ID",
            hint="copy it from the deployment's page: NAME:dXMtZWFzd...",
        ) from None
    domain, _, port = domain.partition(":")
    uuid, _, own_port = uuid.partition(":")
    number = own_port or port or str(_CLOUD_PORT)
    return (Host(f"{uuid}.{domain}", int(number) if number.isdigit() else _CLOUD_PORT),)


def _choice(url: str, options: dict[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = options.get(name, "")
    if value and value not in choices:
        raise UsageError(
            f"'{url}': '{value}' is not known for '{name}'", hint="one of " + ", ".join(choices)
        )
    return value


def _ca_of(options: dict[str, str]) -> str:
    value = options.get("verify", "1")
    return "" if value.lower() in (*_YES, *_NO) else value


def _is_insecure(url: str, options: dict[str, str]) -> bool:
    return _is_wanted(url, options, "insecure") or options.get("verify", "1").lower() in _NO


def _is_wanted(url: str, options: dict[str, str], name: str) -> bool:
    wanted = options.get(name, "0").lower()
    if wanted not in (*_YES, *_NO):
        raise UsageError(f"'{url}': '{name}' is 1 or 0, not '{options[name]}'")
    return wanted in _YES


def _hidden(url: str) -> str:
    """Return a URL without what may be a secret in it."""
    url = re.sub(r"//[^/?#]*@", "//...@", url, count=1)
    return re.sub(r"([?&][^=&]*(?:pass|secret|token|key)[^=&]*)=[^&#]*", r"\1=...", url, flags=re.I)
