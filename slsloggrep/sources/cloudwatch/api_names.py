"""What people write to name an API of API Gateway or a stack of CloudFormation, and what it means.

A grammar and nothing else; what belongs to them is asked by `apis` and `deployments`.

API Gateway Developer Guide, how-to-call-api, http-api-stages and
apigateway-private-api-test-invoke-url: `https://ID.execute-api.REGION.amazonaws.com/STAGE`; IDs
are ten letters and digits, those of emulators eight too. CloudFormation User Guide, stack names:
`[A-Za-z][A-Za-z0-9-]*`, at most 128 characters. Lambda Developer Guide, urls-configuration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote

from slsloggrep.errors import UsageError
from slsloggrep.sources.cloudwatch.console import is_console_url, read_console_url, split_url

_ID = r"[a-z0-9]{8,10}"
BARE_ID = re.compile(r"[a-z0-9]{10}")
_STAGE = r"(?:\$default|[A-Za-z0-9_-]{1,128})"
_NAMED = re.compile(rf"(?P<id>{_ID})(?:/(?P<stage>{_STAGE}))?/?")
_HOST = re.compile(
    rf"(?P<id>{_ID})(?:-vpce-[0-9a-f]+)?\.execute-api\.(?P<region>[a-z0-9-]+)\."
    r"(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws|api\.amazonwebservices\.com\.cn)"
)
_VPC_ENDPOINT = re.compile(r"vpce-[a-z0-9-]+\.execute-api\.[a-z0-9-]+\.vpce\.amazonaws\.com.*")
_FUNCTION_URL = re.compile(r"[a-z0-9]+\.lambda-url\.(?P<region>[a-z0-9-]+)\.on\.aws")
_ARN = re.compile(
    rf"arn:aws[a-z-]*:apigateway:(?P<region>[a-z0-9-]*):[^:]*:/(?:restapis|apis)/(?P<id>{_ID})"
    rf"(?:/stages/(?P<stage>{_STAGE}))?(?:/.*)?"
)
_EXECUTE_ARN = re.compile(
    rf"arn:aws[a-z-]*:execute-api:(?P<region>[a-z0-9-]*):[^:]*:(?P<id>{_ID})"
    rf"(?:/(?P<stage>{_STAGE}))?(?:/.*)?"
)
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_STACK_ARN = re.compile(
    r"arn:aws[a-z-]*:cloudformation:(?P<region>[a-z0-9-]+):\d{12}:stack/"
    r"(?P<name>[A-Za-z0-9-]+)(?:/[A-Za-z0-9-]+)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSpec:
    """An API as the user named it."""

    text: str
    identifier: str = ""
    """Ten characters; empty: the domain tells it."""
    domain: str = ""
    """A custom domain name."""
    path: str = ""
    """Behind the domain, without the first `/`: the mapping of a custom domain begins it."""
    stage: str | None = None
    """None: all of them."""
    is_path: bool = False
    """The stage is the first part of a URL's path, and may be a route of the stage `$default`."""
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSpec:
    """A stack as the user named it."""

    text: str
    name: str
    """A name or an ARN."""
    region: str | None = None

    @property
    def short(self) -> str:
        """Its name, without the rest of an ARN."""
        found = _STACK_ARN.fullmatch(self.name)
        return found["name"] if found else self.name


def is_api(text: str) -> bool:
    """Tell whether a text is the URL or the ARN of an API, and nothing else."""
    if re.match(r"(?:https?|wss)://", text, re.IGNORECASE):
        host = split_url(text).hostname or ""
        if is_console_url(text):
            return _shows(text, "api")
        return _HOST.fullmatch(host) is not None
    return _ARN.fullmatch(text) is not None or _EXECUTE_ARN.fullmatch(text) is not None


def is_stack(text: str) -> bool:
    """Tell whether a text is the ARN of a stack, or a page of the console that shows one."""
    if is_console_url(text):
        return _shows(text, "stack")
    return _STACK_ARN.fullmatch(text) is not None


def parse_api(text: str) -> ApiSpec:
    """Return what names an API: an ID, `ID/STAGE`, a URL, an ARN, a page of the console.

    Of API Gateway's own URLs the scheme may be missing; a URL of any other host is one of a custom
    domain. Raises UsageError for all else.
    """
    if re.match(r"(?:https?|wss)://", text, re.IGNORECASE):
        return _of_url(text)
    if _HOST.fullmatch(text.partition("/")[0]):
        return replace(_of_url(f"https://{text}"), text=text)
    for form in (_NAMED, _ARN, _EXECUTE_ARN):
        if found := form.fullmatch(text):
            given = found.groupdict()
            return ApiSpec(
                text=text,
                identifier=given["id"],
                stage=given["stage"],
                region=given.get("region") or None,
            )
    hint = "its ID (ten letters and digits), ID/STAGE, its URL, or its ARN"
    if re.match(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/|$)", text):
        hint = f"if it is a custom domain of an API: --api https://{text}"
    raise UsageError(f"'{text}' is no API of API Gateway", hint=hint)


def parse_stack(text: str) -> StackSpec:
    """Return what names a stack: its name, its ARN, a page of the console.

    Raises UsageError for all else.
    """
    if re.match(r"https?://", text):
        place = read_console_url(text)
        if not place.stack:
            raise UsageError(f"'{text}' shows no stack", hint="--stack NAME")
        return StackSpec(
            text=text, name=place.stack, region=_region_of(place.stack) or place.region
        )
    if _STACK.fullmatch(text) or _STACK_ARN.fullmatch(text):
        return StackSpec(text=text, name=text, region=_region_of(text))
    raise UsageError(
        f"no stack can be called '{text}'",
        hint="--stack takes a name (letters, digits and -), an ARN, or a page of the console",
    )


def refuse_url(url: str) -> UsageError:
    """Return what to say of a URL that names neither a log group nor a function nor an API."""
    host = split_url(url).hostname or ""
    if _FUNCTION_URL.fullmatch(host):
        return UsageError(
            f"'{url}' is the URL of a function, which tells nothing of its name",
            hint="name the function: slsloggrep functions lists them; its page in the console and "
            "aws lambda list-function-url-configs --function-name NAME show its URL",
        )
    return UsageError(
        f"'{url}' is no page of the AWS console, and no URL of API Gateway's own",
        hint="if it is a custom domain of an API: --api URL",
    )


def _of_url(url: str) -> ApiSpec:
    parts = split_url(url)
    host = parts.hostname or ""
    path = unquote(parts.path).strip("/")
    if is_console_url(url):
        place = read_console_url(url)
        if not place.api:
            raise UsageError(f"'{url}' shows no API", hint="--api ID")
        identifier, _, stage = place.api.partition("/")
        return ApiSpec(text=url, identifier=identifier, stage=stage or None, region=place.region)
    if found := _HOST.fullmatch(host):
        stage = path.partition("/")[0]
        known = stage if re.fullmatch(_STAGE, stage) else None
        return ApiSpec(
            text=url,
            identifier=found["id"],
            stage=known,
            is_path=known is not None,
            region=found["region"],
        )
    if _VPC_ENDPOINT.fullmatch(host):
        raise UsageError(
            f"'{url}' is the URL of a VPC endpoint, which tells nothing of the API behind it",
            hint="--api ID: the header Host or x-apigw-api-id of the call has it",
        )
    if _FUNCTION_URL.fullmatch(host) or "." not in host:
        raise refuse_url(url)
    return ApiSpec(text=url, domain=host, path=path)


def _shows(url: str, what: str) -> bool:
    try:
        return bool(getattr(read_console_url(url), what))
    except UsageError:
        return False


def _region_of(stack: str) -> str | None:
    found = _STACK_ARN.fullmatch(stack)
    return found["region"] if found else None
