"""The accounts and regions that one `cloudwatch:` URL and the settings name.

A place is one profile in one region. Which log groups are meant in it is `groups`' knowledge.
"""

from __future__ import annotations

import re
from dataclasses import replace
from threading import Lock
from typing import NamedTuple
from urllib.parse import unquote

from slsloggrep.errors import UsageError
from slsloggrep.sources.aws import Account
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.limiter import Limiters
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.sources.cloudwatch.regions import check_region

_OPTIONS = ("region", "profile", "role")
_BEHIND = re.compile(r"\?(?P<options>[A-Za-z_-]+=.*)", re.DOTALL)
_BARE = re.compile(rf"\?(?P<name>{'|'.join(_OPTIONS)})$")
_COMMON = "cloudwatch.limiters"


class Address(NamedTuple):
    """What a `cloudwatch:` URL says."""

    group: str = ""
    """The spec of a log group as `-g` takes it; empty: none."""
    regions: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    role: str | None = None


def parse_url(url: str) -> Address:
    """Return what `cloudwatch:[GROUP][?region=R&profile=P&role=ARN]` names.

    `region` and `profile` may be repeated; values may be percent-escaped. Raises UsageError.
    """
    form = "cloudwatch:[GROUP][?region=NAME&profile=NAME&role=ARN]"
    group = re.sub(r"^cloudwatch:", "", url, flags=re.IGNORECASE)
    given: dict[str, list[str]] = {name: [] for name in _OPTIONS}
    if not re.match(r"https?://", group):
        if bare := _BARE.search(group):
            raise UsageError(f"'{url}': '?{bare['name']}' has no value", hint=form)
        if found := _BEHIND.search(group):
            group = group[: found.start()]
            for option in found["options"].split("&"):
                name, _, value = option.partition("=")
                if name not in given:
                    raise UsageError(f"'{url}' has an unknown option '{name}'", hint=form)
                if not value:
                    raise UsageError(f"'{url}': '{name}' has no value", hint=form)
                given[name].append(unquote(value))
        if group == "//":
            group = ""
        if group.startswith("//"):
            raise UsageError(
                f"'{url}' names no host", hint=f"write cloudwatch:/{group.lstrip('/')}"
            )
    if len(given["role"]) > 1:
        raise UsageError(f"'{url}' names several roles", hint="one source for each")
    return Address(
        group,
        tuple(dict.fromkeys(given["region"])),
        tuple(dict.fromkeys(given["profile"])),
        next(iter(given["role"]), None),
    )


class Places:
    """One `Logs` for each profile and region; regions that an ARN names are opened when needed.

    Asks nothing of AWS. Raises UsageError for a URL or a region that makes no sense, SourceError
    for a profile that does not exist. Not to be used from several threads.
    """

    def __init__(self, url: str, settings: Settings) -> None:
        self.name = url
        address = parse_url(url)
        self.specs: tuple[str, ...] = (address.group,) if address.group else ()
        """The log groups that the URL itself names, as `-g` takes them."""
        self._regions = address.regions or settings.regions
        if settings.endpoint_url is None:  # whoever has an endpoint may call its region anything
            for region in self._regions:
                check_region(region)
        profiles: tuple[str | None, ...] = address.profiles or settings.profiles or (None,)
        role = address.role or settings.role_arn
        self._lock = Lock()
        self._requests = 0
        limiters = settings.commons.setdefault(_COMMON, Limiters(settings.rate))
        assert isinstance(limiters, Limiters)  # noqa: S101 - tells the type checker what it is
        self._limiters = limiters
        self._settings = replace(settings, role_arn=role)
        # One for each profile: its credentials (a role, a second factor) are asked for once.
        self._accounts = {
            profile: Account(
                _shown(url),
                replace(
                    self._settings,
                    profiles=(profile,) if profile else (),
                    regions=self._regions[:1],
                ),
                on_request=self._count,
            )
            for profile in profiles
        }
        self._opened: dict[tuple[str | None, str], Logs] = {}
        self._named: list[Logs] | None = None

    @property
    def shown(self) -> str:
        """How messages call the source."""
        return _shown(self.name)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The credentials in use, one for each profile."""
        return tuple(self._accounts.values())

    @property
    def limiters(self) -> Limiters:
        """What holds back the calls; shared with the other sources of the command."""
        return self._limiters

    @property
    def all(self) -> tuple[Logs, ...]:
        """Those that the user named, in order; at least one.

        Where no region is known anywhere: those that were opened for an ARN; raises SourceError
        where there is none of them either.
        """
        if self._named is None:
            if not self._regions and self._opened and not self._has_region():
                return tuple(self._opened.values())
            self._named = [
                self._open(profile, region)
                for profile, account in self._accounts.items()
                for region in self._regions or (account.region,)
            ]
        return tuple(self._named)

    @property
    def opened(self) -> tuple[Logs, ...]:
        """Every place that was opened so far, those of `of_region` included."""
        return tuple(self._opened.values())

    def of_region(self, region: str) -> tuple[Logs, ...]:
        """Return a place in a region for each profile, one that was not named included."""
        if self._settings.endpoint_url is None:
            check_region(region)
        return tuple(self._open(profile, region) for profile in self._accounts)

    def take_requests(self) -> int:
        """Return how many HTTP requests were sent since this was asked last."""
        with self._lock:
            requests, self._requests = self._requests, 0
        return requests

    def close(self) -> None:
        """End waiting calls and close connections."""
        for account in self._accounts.values():
            account.stopped.set()
        for logs in self._opened.values():
            logs.close()

    def _has_region(self) -> bool:
        return all(account.region for account in self._accounts.values())

    def _open(self, profile: str | None, region: str | None) -> Logs:
        account = self._accounts[profile]
        if region is None or (profile, region) not in self._opened:
            logs = Logs(
                account,
                replace(
                    self._settings,
                    profiles=(profile,) if profile else (),
                    regions=(region,) if region else (),
                ),
                limiters=self._limiters,
                region=region,
            )
            region = logs.region
            self._opened[profile, region] = logs
            self._label()
        return self._opened[profile, region]

    def _label(self) -> None:
        several = len(self._opened) > 1
        profiles = len({profile for profile, _ in self._opened}) > 1
        for (profile, region), logs in self._opened.items():
            owner = profile or logs.account.profile or "default"
            logs.label = f"{owner}@{region}" if profiles else region if several else ""

    def _count(self) -> None:
        with self._lock:
            self._requests += 1


def _shown(url: str) -> str:
    return url.rstrip(":/") if url.rstrip(":/").lower() == "cloudwatch" else url
