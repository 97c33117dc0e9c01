r"""What people write to name a log group or a function, and what it means.

A grammar and nothing else: names, globs, regexes, ARNs, URLs of the console. Which of the groups
that a spec matches exist is asked by `slsloggrep.sources.cloudwatch.groups`. Regions that a spec
may name are spelled out by `slsloggrep.sources.cloudwatch.regions`.

Names of groups: `[.\-_/#A-Za-z0-9]+`, at most 512 characters (API Reference, CreateLogGroup).
Names of functions: `[A-Za-z0-9-_.]+` (API Reference, GetFunctionConfiguration).
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from enum import Enum, auto
from fnmatch import fnmatchcase

from slsloggrep.errors import UsageError
from slsloggrep.sources.cloudwatch.console import Place, read_console_url

LAMBDA = "/aws/lambda/"
"""Where functions log to that are not configured otherwise."""
EDGE = f"{LAMBDA}us-east-1."
"""Where replicas of Lambda@Edge functions log to, in the region in which they ran."""

_LONGEST = 512
_NAME = re.compile(r"[.\-_/#A-Za-z0-9]+")
_GLOB = re.compile(r"[.\-_/#A-Za-z0-9*?\[\]!]+")
_WILD = re.compile(r"[*?\[]")
_REGEX_ONLY = re.compile(r"[\^$|(){}\\+]|\.[*?]")
"""What a glob never holds: a spec between slashes that has some of it is a regex."""
_ARN = re.compile(
    r"arn:(?:aws[a-z-]*|\*):logs:(?P<region>[^:]*):(?P<account>\d{12}|\*|):log-group:(?P<name>[^:]+)"
    r"(?P<rest>:.*)?"
)
_STREAM = re.compile(r"(?:.*/)?\d{4}/\d\d/\d\d/.*\[(?:\$LATEST|\d+)\][0-9a-f]*")
_FUNCTION_ARN = re.compile(
    r"(?:(?:(?:arn:aws[a-z-]*:lambda:(?P<region>[^:]+):)?(?P<account>\d{12}):)?function:)?"
    r"(?P<name>[A-Za-z0-9_.*?\[\]!-]+)(?::(?:\*|(?P<qualifier>[A-Za-z0-9_$.-]+)))?"
)


class Kind(Enum):
    """How a spec picks groups."""

    EXACT = auto()
    GLOB = auto()
    REGEX = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSpec:
    """Log groups as the user named them."""

    text: str
    """As typed."""
    kind: Kind
    pattern: str
    """The name, the glob, or the regex without its slashes."""
    region: str | None = None
    """Where it was said to lie; None: in any region that is read."""
    account: str | None = None
    """Twelve digits, where an ARN names them."""
    stream: str | None = None
    """The log stream that was named as well; the whole group is read."""

    def matches(self, name: str) -> bool:
        """Tell whether a log group is meant."""
        if self.kind is Kind.EXACT:
            return name == self.pattern
        if self.kind is Kind.GLOB:
            return fnmatchcase(name, self.pattern)
        return re.search(self.pattern, name) is not None

    @property
    def prefix(self) -> str:
        """What the names of all groups that are meant begin with; perhaps nothing."""
        if self.kind is Kind.EXACT:
            return self.pattern
        if self.kind is Kind.GLOB:
            return _WILD.split(self.pattern, maxsplit=1)[0]
        return _regex_prefix(self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpec:
    """Functions as the user named them."""

    text: str
    name: str
    """A name or a glob."""
    qualifier: str | None = None
    """An alias or a version: `prod`, `7`, `$LATEST`."""
    region: str | None = None
    account: str | None = None

    @property
    def is_glob(self) -> bool:
        """Tell whether several functions may be meant."""
        return _WILD.search(self.name) is not None

    @property
    def api_name(self) -> str:
        """What the Lambda API is asked for."""
        name = f"{self.account}:function:{self.name}" if self.account else self.name
        return f"{name}:{self.qualifier}" if self.qualifier else name

    def matches(self, name: str) -> bool:
        """Tell whether a function is meant."""
        return fnmatchcase(name, self.name)


Spec = GroupSpec | FunctionSpec


def parse_group(text: str) -> Spec:
    """Return what a spec of log groups means.

    In this order: the URL of a page of the console, an ARN, a name, `/regex/`, a glob with `*`,
    `?`, `[...]` on the whole name. The ARN or page of a function means that function. Raises
    UsageError for what no log group can be called, and for what could mean both a regex and a name
    (or a glob): `/checkout/`.
    """
    if not text.strip():
        raise UsageError("an empty name means no log group", hint="-g '*' means all of them")
    if re.match(r"(?i:https?)://", text):
        return _of_console(text)
    if text.startswith("arn:"):
        return _of_arn(text)
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        return _between_slashes(text)
    if _NAME.fullmatch(text):
        _check_length(text)
        return GroupSpec(text=text, kind=Kind.EXACT, pattern=text)
    if _STREAM.fullmatch(text):
        raise UsageError(
            f"'{text}' is the name of a log stream", hint="name its log group, or -F FUNCTION"
        )
    return GroupSpec(text=text, kind=Kind.GLOB, pattern=_checked_glob(text))


def parse_function(text: str) -> Spec:
    """Return what the name of a function means: name, `name:alias`, glob, full or partial ARN.

    The URL of a page of the console and whatever begins with `/` mean what they mean as a log
    group. Raises UsageError for what no function can be called.
    """
    if re.match(r"/|(?i:https?)://|arn:[^:]*:logs:", text):
        return parse_group(text)
    named = _FUNCTION_ARN.fullmatch(text)
    if named is None:
        raise UsageError(
            f"'{text}' is no name of a function",
            hint="name, name:alias, a glob with * ? [..], or the ARN of a function",
        )
    _checked_glob(named["name"])
    return FunctionSpec(
        text=text,
        name=named["name"],
        qualifier=named["qualifier"],
        region=named["region"],
        account=named["account"],
    )


def _of_console(url: str) -> Spec:
    place: Place = read_console_url(url)
    if place.function:
        return FunctionSpec(text=url, name=place.function, region=place.region)
    if place.group.startswith("arn:"):
        # A group of a linked account.
        spec = _of_arn(place.group)
        return GroupSpec(
            text=url,
            kind=Kind.EXACT,
            pattern=spec.pattern if isinstance(spec, GroupSpec) else "",
            region=spec.region or place.region,
            account=spec.account,
            stream=place.stream,
        )
    if not place.group:
        raise UsageError(f"'{url}' shows no log group alone", hint="-g, -F or trace takes it")
    if not _NAME.fullmatch(place.group):
        raise UsageError(f"'{url}' names the log group '{place.group}', which cannot be")
    _check_length(place.group)
    return GroupSpec(
        text=url,
        kind=Kind.EXACT,
        pattern=place.group,
        region=place.region,
        stream=place.stream,
    )


def _of_arn(arn: str) -> Spec:
    if ":lambda:" in arn:
        return parse_function(arn)
    named = _ARN.fullmatch(arn)
    if named is None:
        raise UsageError(
            f"'{arn}' is no ARN of a log group",
            hint="arn:aws:logs:REGION:ACCOUNT:log-group:NAME",
        )
    rest = named["rest"] or ""
    stream = rest.removeprefix(":log-stream:") if rest.startswith(":log-stream:") else None
    if stream is None and rest not in ("", ":*", ":*:*"):
        raise UsageError(f"'{arn}' is no ARN of a log group: what is '{rest}'?")
    name = named["name"]
    exact = _NAME.fullmatch(name) is not None
    _check_length(name)
    return GroupSpec(
        text=arn,
        kind=Kind.EXACT if exact else Kind.GLOB,
        pattern=name if exact else _checked_glob(name),
        region=named["region"] if named["region"] not in ("", "*") else None,
        account=named["account"] if named["account"] not in ("", "*") else None,
        stream=stream if stream not in ("", "*") else None,
    )


def _between_slashes(text: str) -> GroupSpec:
    inside = text[1:-1]
    why = _fault_of_regex(inside)
    if _REGEX_ONLY.search(inside):
        if why:
            raise UsageError(f"'{text}' is no regex: {why}")
        return GroupSpec(text=text, kind=Kind.REGEX, pattern=inside)
    if why:
        return GroupSpec(text=text, kind=Kind.GLOB, pattern=_checked_glob(text))
    exact = _NAME.fullmatch(text) is not None
    other = "the log group of that name" if exact else "a glob"
    raise UsageError(
        f"'{text}' could be a regex or {other}",
        hint=f"for the regex write '/({inside})/', for {other} '[/]{text[1:]}'",
    )


def _fault_of_regex(pattern: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what may mean something else in a later Python
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return ""


def _checked_glob(glob: str) -> str:
    strange = re.sub(_GLOB, "", glob)
    if strange:
        raise UsageError(
            f"'{glob}': no log group has '{strange[0]}' in its name",
            hint="a name, a glob with * ? [..], a /regex/ between slashes, an ARN, a console URL",
        )
    without_sets = re.sub(r"\[!?\]?[^\]]*\]", "", glob)
    if "[" in without_sets or "]" in without_sets or "!" in without_sets:
        raise UsageError(f"'{glob}': '[...]' and '[!...]' need both brackets")
    return glob


def _check_length(name: str) -> None:
    if len(name) > _LONGEST:
        raise UsageError(f"a log group's name has at most {_LONGEST} characters, not {len(name)}")


def _regex_prefix(pattern: str) -> str:
    """Return what every match must begin with: literals behind `^`, none beside alternatives."""
    if not pattern.startswith("^") or _has_alternatives(pattern):
        return ""
    literal = re.match(r"(?:[/A-Za-z0-9_#-]|\\[./#_-])*", pattern[1:])
    assert literal is not None  # noqa: S101 - it matches the empty string, too
    behind = pattern[1 + literal.end() :]
    parts = re.findall(r"\\?.", literal[0])
    if behind[:1] in ("*", "?", "{"):
        parts = parts[:-1]
    return "".join(part[-1] for part in parts)


def _has_alternatives(pattern: str) -> bool:
    """Tell whether a regex has a `|` outside of groups; where it is not clear, it has."""
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "", pattern)
    while (shorter := re.sub(r"\([^()]*\)", "", plain)) != plain:
        plain = shorter
    return "|" in plain
