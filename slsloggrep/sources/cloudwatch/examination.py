"""What can be read of an account's logs in a region, tried harmlessly, one permission at a time.

Nothing is tried that changes anything, and nothing that costs money unless that is asked for. What
a denied call lacks is told as a permission on what the user named, and on no more.

Resource types: Service Authorization Reference, CloudWatch Logs and Lambda; DescribeLogGroups is
allowed on all groups or none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from slsloggrep.errors import SourceError
from slsloggrep.model.checks import Check, Permission, Verdict
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.belongings import Belongings
from slsloggrep.sources.cloudwatch.belongings_examination import check_belongings
from slsloggrep.sources.cloudwatch.connection import served_at
from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.lookup import Trouble, account_of, reason_of
from slsloggrep.sources.cloudwatch.named_groups import NamedGroups
from slsloggrep.sources.cloudwatch.names import (
    LAMBDA,
    FunctionSpec,
    GroupSpec,
    Kind,
    Spec,
    parse_function,
    parse_group,
)
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused, UnreachableError, Why
from slsloggrep.sources.cloudwatch.regions import is_known, near_regions, partition_of
from slsloggrep.sources.standing import (
    IDENTITY,
    ahead_of,
    check_clock,
    check_credentials,
    headers_of,
    skip_identity,
    tell_identity,
)

_COSTS = "it costs money: --insights tries it"


def examine_places(places: Places, settings: Settings, *, costly: bool) -> Iterator[Check]:
    """Yield the checks of every account and region, see Examined.examine.

    Raises UsageError for names that cannot be, SourceError where no region is known.
    """
    specs: list[Spec] = [parse_group(text) for text in (*places.specs, *settings.groups)]
    specs += [parse_function(text) for text in settings.functions]
    good = []
    for account in places.accounts:
        check = check_credentials(account, settings.role_arn)
        several = len(places.accounts) > 1
        yield replace(check, place=(account.profile or "default") if several else "")
        if not check.fatal:
            good.append(account)
    if not good and settings.selects:
        return  # where it is, what holds it would tell
    named = NamedGroups(places, settings)
    # A region that only an ARN names is one of those to be looked at.
    meant = [
        logs
        for spec in specs
        for logs in (places.of_region(spec.region) if spec.region else places.all)
    ]
    if settings.selects:
        try:
            held = named.found.places if named.found else {}
        except Abandoned:
            return
        meant += held or places.all
    for logs in dict.fromkeys(meant or places.all):
        if not any(logs.account is account for account in good):
            continue
        try:
            for check in _Examination(logs, named, settings, specs, costly=costly).run():
                yield replace(check, place=logs.label)
        except Abandoned:
            return


class _Examination:
    """The checks of one place, which build upon each other."""

    def __init__(
        self,
        logs: Logs,
        named: NamedGroups,
        settings: Settings,
        specs: Sequence[Spec],
        *,
        costly: bool,
    ) -> None:
        self._logs = logs
        self._named = named
        self._settings = settings
        self._specs = [spec for spec in specs if spec.region in (None, logs.region)]
        if named.found is not None:
            if named.found.narrowed:
                self._specs = [each for each in self._specs if isinstance(each, GroupSpec)]
            own = named.found.places.get(logs, Belongings())
            self._specs += map(parse_function, sorted(own.functions))
            self._specs += map(parse_group, sorted(own.groups))
        self._costly = costly
        self._account = "*"
        self._partition = partition_of(logs.region)
        self._failed = False

    def run(self) -> Iterator[Check]:
        """Yield the checks, up to the first without which there is no other."""
        yield self._region()
        yield from self._identity()
        if self._is_over():
            return
        if self._settings.selects:
            for check in check_belongings(
                self._logs, self._settings, self._account, self._partition, self._try
            ):
                yield check
                if self._is_over():
                    return
        group: Group | None = None
        for check, found in self._groups():
            group = found or group
            yield check
        if self._is_over():
            return
        for step in (self._reading(group), self._functions(), self._paid(group)):
            for check in step:
                yield check
                if self._is_over():
                    return

    def _is_over(self) -> bool:
        """Tell whether nothing can be asked here at all; that was said then."""
        return self._failed

    def _region(self) -> Check:
        region = self._logs.region
        if self._settings.endpoint_url is not None or is_known(region):
            return Check(what="region", verdict=Verdict.OK, detail=region)
        near = near_regions(region)
        return Check(
            what="region",
            verdict=Verdict.NOTE,
            detail=f"{region} is none that botocore knows",
            hint=f"did you mean {' or '.join(near)}?" if near else "pip install -U botocore",
        )

    def _identity(self) -> Iterator[Check]:
        try:
            answer = self._logs.call("GetCallerIdentity", "*", {}, service="sts")
        except (Refused, UnreachableError) as why:
            yield skip_identity(f"STS is not to be asked: {reason_of(why)}")
            return
        except SourceError as error:
            self._failed = True
            yield Check(
                what=IDENTITY,
                verdict=Verdict.MISSING,
                detail=error.words,
                hint=error.hint,
                fatal=True,
            )
            yield check_clock(ahead_of(served_at(headers_of(error))))
            return
        self._account = str(answer.get("Account") or "*")
        yield tell_identity(answer)
        yield check_clock(ahead_of(served_at(answer)))

    # Log groups

    def _groups(self) -> Iterator[tuple[Check, Group | None]]:
        """Yield whether groups can be listed, and whether those that were named are there."""
        needed = Permission("logs:DescribeLogGroups", (self._arn("logs", "log-group:*"),))
        listed: list[Group] = []

        def list_one() -> str:
            prefix = "" if self._specs else LAMBDA
            listed.extend(islice(self._logs.describe_groups(prefix, page=1), 1))
            if self._specs:
                return "groups can be listed"
            return "" if listed else f"there is none that begins with {LAMBDA}"

        check = self._try("log groups", list_one, needed)
        if self._account == "*" and listed:
            self._account = account_of(listed[0].arn) or "*"
        if not self._specs:
            if not listed and check.verdict is Verdict.OK:
                check = replace(check, verdict=Verdict.NOTE, hint="name log groups with -g")
            yield check, listed[0] if listed else None
            return
        yield check, None
        if self._is_over():
            return
        yield from self._named_groups()

    def _named_groups(self) -> Iterator[tuple[Check, Group | None]]:
        """Yield what is not there, once for all places, and what is here."""
        what = "named groups"
        for check in self._named.take_missing():
            yield check, None
        own = [group for group in self._named.groups if group.logs is self._logs]
        if own:
            detail = own[0].name if len(own) == 1 else f"{own[0].name} and {len(own) - 1} more"
            yield Check(what=what, verdict=Verdict.OK, detail=detail), own[0]
        elif self._named.groups:
            detail = "none of them is here"
            yield Check(what=what, verdict=Verdict.NOTE, detail=detail), None

    def _reading(self, group: Group | None) -> Iterator[Check]:
        """Yield whether events can be read, in each of the ways that are used."""
        events = Permission("logs:FilterLogEvents", self._group_arns(group))
        streams = Permission("logs:DescribeLogStreams", self._group_arns(group))
        one = Permission("logs:GetLogEvents", self._group_arns(group))
        steps = (("read events", events), ("log streams", streams), ("read a stream", one))
        if group is None:
            for what, needed in steps:
                yield self._skipped(what, "no log group is known to try it on", needed)
            return
        since, until = self._settings.now - 1, self._settings.now
        first: list[str] = []

        def read() -> str:
            self._logs.filter_events(group, since=since, until=until, limit=1)
            return f"tried on {group.name}"

        def look() -> str:
            first.extend(s["logStreamName"] for s in self._logs.newest_streams(group, 1))
            return f"tried on {group.name}"

        def read_one() -> str:
            self._logs.get_events(group, first[0], since=since, until=until)
            return f"tried on {first[0]}"

        if group.infrequent:
            why = f"{group.name} is of the class Infrequent Access: only Insights reads it"
            yield self._skipped("read events", why, events)
        else:
            yield self._try("read events", read, events)
        if self._is_over():
            return
        yield self._try("log streams", look, streams)
        if self._is_over():
            return
        if group.infrequent or not first:
            why = "no log stream is known to try it on"
            yield self._skipped("read a stream", why, one)
        else:
            yield self._try("read a stream", read_one, one)

    # Functions, and what costs money

    def _functions(self) -> Iterator[Check]:
        """Yield whether functions can be listed, and one asked for, as far as that is needed."""
        specs = self._function_specs()
        names = [spec.api_name for spec in specs if not spec.is_glob]
        if not self._specs or any(spec.is_glob for spec in specs):
            yield self._function_list(names)
            if self._is_over():
                return
        if not self._specs or specs:
            yield self._function_settings(names)

    def _function_list(self, names: list[str]) -> Check:
        """Return whether functions can be listed; the first of them is added to the names."""
        listing = Permission("lambda:ListFunctions")

        def list_one() -> str:
            answer = self._logs.call("ListFunctions", "*", {"MaxItems": 1}, service="lambda")
            names.extend(found["FunctionName"] for found in answer.get("Functions", ()))
            return "" if answer.get("Functions") else "there is none"

        check = self._try("functions", list_one, listing)
        if check.verdict is not Verdict.MISSING:
            return check
        return replace(
            check, detail=f"{check.detail}; globs of functions find the usual log groups only"
        )

    def _function_settings(self, names: list[str]) -> Check:
        arns = [self._arn("lambda", f"function:{s.name}") for s in self._function_specs()]
        arns = arns or [self._arn("lambda", "function:*")]
        needed = Permission("lambda:GetFunctionConfiguration", tuple(map(_as_iam, arns)))
        what = "function settings"
        if not names:
            return self._skipped(what, "no function is known to try it on", needed)

        def describe() -> str:
            group = self._logs.group_of_function(names[0])
            return f"{names[0]} logs to {group or LAMBDA + names[0]}"

        return self._try(what, describe, needed)

    def _paid(self, group: Group | None) -> Iterator[Check]:
        if not self._costly:
            yield Check(what="Insights", verdict=Verdict.UNCHECKED, detail=_COSTS)
        else:
            needed = (
                Permission("logs:StartQuery", self._group_arns(group)),
                Permission("logs:GetQueryResults"),
                Permission("logs:StopQuery"),
            )
            if group is None:
                yield self._skipped("Insights", "no log group is known to try it on", *needed)
            else:
                yield self._insights(group, needed)
        detail = "a session costs money; tail --live needs logs:StartLiveTail, tail -f does not"
        yield Check(what="live tail", verdict=Verdict.UNCHECKED, detail=detail)

    def _insights(self, group: Group, needed: tuple[Permission, ...]) -> Check:
        now_s = self._settings.now // 1000
        started: list[str] = []

        def query() -> str:
            identifier = self._logs.start_query(
                "fields @message | limit 1", groups=[group], since_s=now_s - 1, until_s=now_s
            )
            started.append(identifier)
            state = self._logs.query_results(identifier)
            return f"a query of one second of {group.name}: {state.status}"

        try:
            return self._try("Insights", query, *needed)
        finally:
            for identifier in started:
                self._logs.stop_query(identifier)

    # What comes of a try

    def _try(self, what: str, call: Callable[[], str], *needed: Permission) -> Check:
        """Return what a harmless call has shown; it returns what is worth knowing."""
        try:
            detail = call()
        except (Refused, SourceError) as why:
            return self._failure(what, why, needed)
        return Check(what=what, verdict=Verdict.OK, detail=detail, permissions=needed)

    def _failure(self, what: str, why: Trouble, needed: tuple[Permission, ...]) -> Check:
        denied = isinstance(why, Refused) and why.why is Why.DENIED
        self._failed = isinstance(why, SourceError)
        lacking = needed
        if denied and isinstance(why, Refused):
            lacking = tuple(each for each in needed if each.action == why.action) or needed
            return Check(
                what=what,
                verdict=Verdict.MISSING,
                detail=f"access denied: {', '.join(each.action for each in lacking)} is missing",
                hint="doctor --policy prints what would allow it",
                permissions=lacking,
                denied=True,
            )
        return Check(
            what=what,
            verdict=Verdict.MISSING,
            detail=reason_of(why),
            hint=why.hint,
            permissions=needed,
            fatal=self._failed,
        )

    def _skipped(self, what: str, why: str, *needed: Permission) -> Check:
        return Check(what=what, verdict=Verdict.UNCHECKED, detail=why, permissions=needed)

    # Resources

    def _function_specs(self) -> list[FunctionSpec]:
        return [spec for spec in self._specs if isinstance(spec, FunctionSpec)]

    def _group_arns(self, group: Group | None) -> tuple[str, ...]:
        """Return the groups that were named, as narrow as IAM's wildcards allow."""
        arns = []
        for spec in self._specs:
            if isinstance(spec, FunctionSpec):
                own = group is not None and spec.name in group.functions
                name = group.name if own and group is not None else f"{LAMBDA}{spec.name}"
            else:
                name = f"{spec.prefix}*" if spec.kind is Kind.REGEX else spec.pattern
            arns.append(self._arn("logs", f"log-group:{_as_iam(name)}:*", spec.account))
        return tuple(dict.fromkeys(arns)) or (self._arn("logs", f"log-group:{LAMBDA}*:*"),)

    def _arn(self, service: str, resource: str, account: str | None = None) -> str:
        owner = account or self._account
        return f"arn:{self._partition}:{service}:{self._logs.region}:{owner}:{resource}"


def _as_iam(glob: str) -> str:
    """Return a glob with IAM's wildcards, which has no sets: one of a set is any character."""
    return re.sub(r"\[!?\]?[^\]]*\]", "?", glob)
