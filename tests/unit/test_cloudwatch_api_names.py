"""What names an API, a stack or a page of the console, told by its spelling alone."""

from __future__ import annotations

from typing import Any

import pytest

from slsloggrep.errors import UsageError
from slsloggrep.links.console import insights_url, trace_url
from slsloggrep.sources.base import Settings, open_source
from slsloggrep.sources.cloudwatch.api_names import (
    ApiSpec,
    is_api,
    is_stack,
    parse_api,
    parse_stack,
)
from slsloggrep.sources.cloudwatch.console import Place, read_console_url
from slsloggrep.sources.cloudwatch.names import parse_function, parse_group
from slsloggrep.sources.cloudwatch.sorting import sort_out

ID = "a1b2c3d4e5"
STACK = (
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/d0a825a0-e4cd-11e8-9f4b-0a1b2c3d4e5f"
)
ESCAPED = STACK.replace(":", "%3A").replace("/", "%2F")
CONSOLE = "https://eu-west-1.console.aws.amazon.com"
INSIGHTS = (
    f"{CONSOLE}/cloudwatch/home?region=eu-west-1#logsV2:logs-insights?queryDetail=~(end~0~start"
    "~-3600~timeType~'RELATIVE~editorString~'fields*20*40timestamp~source~("
    "~'*2faws*2flambda*2fcart~'arn*3aaws*3alogs*3aeu-west-1*3a123456789012*3alog-group*3a*2fx))"
)
TRACE = "1-67e1b5c0-3f2a9d1c4b5e6f7a8b9c0d1e"


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        (ID, {"identifier": ID}),
        (f"{ID}/prod", {"identifier": ID, "stage": "prod"}),
        (f"{ID}/$default", {"identifier": ID, "stage": "$default"}),
        (
            f"https://{ID}.execute-api.eu-west-1.amazonaws.com/prod/orders?x=1",
            {"identifier": ID, "stage": "prod", "is_path": True, "region": "eu-west-1"},
        ),
        (
            f"wss://{ID}.execute-api.cn-north-1.amazonaws.com.cn",
            {"identifier": ID, "region": "cn-north-1"},
        ),
        (
            f"https://{ID}-vpce-0123456789abcdef0.execute-api.us-east-1.amazonaws.com/t/",
            {"identifier": ID, "stage": "t", "is_path": True, "region": "us-east-1"},
        ),
        (
            f"arn:aws:apigateway:eu-west-1::/restapis/{ID}/stages/prod",
            {"identifier": ID, "stage": "prod", "region": "eu-west-1"},
        ),
        (f"arn:aws:apigateway:eu-west-1::/apis/{ID}", {"identifier": ID, "region": "eu-west-1"}),
        (
            f"arn:aws:execute-api:eu-west-1:123456789012:{ID}/prod/GET/orders",
            {"identifier": ID, "stage": "prod", "region": "eu-west-1"},
        ),
        (
            f"{CONSOLE}/apigateway/main/apis/{ID}/resources?api={ID}&region=eu-west-1",
            {"identifier": ID, "region": "eu-west-1"},
        ),
        (
            f"{CONSOLE}/apigateway/home?region=eu-west-1#/apis/{ID}/stages/prod",
            {"identifier": ID, "stage": "prod", "region": "eu-west-1"},
        ),
        ("https://api.example.com/shop/v1", {"domain": "api.example.com", "path": "shop/v1"}),
        (
            f"{ID}.execute-api.eu-west-1.amazonaws.com/prod",
            {"identifier": ID, "stage": "prod", "is_path": True, "region": "eu-west-1"},
        ),
        (
            f"HTTPS://{ID.upper()}.execute-api.EU-WEST-1.amazonaws.com:443",
            {"identifier": ID, "region": "eu-west-1"},
        ),
    ],
)
def test_what_names_an_api(text: str, spec: dict[str, Any]) -> None:
    """By ID, by URL, scheme or not, by ARN or by page; a path may begin with a stage."""
    assert parse_api(text) == ApiSpec(text=text, **spec)


def test_a_domain_without_its_scheme_is_told_with_it() -> None:
    """A name with dots may be one; it is not taken for one unasked."""
    with pytest.raises(UsageError) as caught:
        parse_api("api.example.com/v1")
    assert "--api https://api.example.com/v1" in str(caught.value.hint)


BROKEN = ["https://[x", "https://[x]/", "https://a\u2100b.example.com"]
"""What Python takes for no URL at all."""


@pytest.mark.parametrize(
    "text",
    [
        *("", "shop", "A1B2C3D4E5", f"{ID}/a b", "https://localhost/x", f"{CONSOLE}/s3/home"),
        "https://vpce-0123456789abcdef0-a1b2c3d4.execute-api.eu-west-1.vpce.amazonaws.com/prod",
        *BROKEN,
    ],
)
def test_what_names_no_api(text: str) -> None:
    """It is refused, whatever it is."""
    with pytest.raises(UsageError):
        parse_api(text)


@pytest.mark.parametrize(
    ("text", "name", "short", "region"),
    [
        ("shop-prod", "shop-prod", "shop-prod", None),
        (STACK, STACK, "shop", "eu-west-1"),
        (
            f"{CONSOLE}/cloudformation/home?region=eu-west-1#/stacks/stackinfo?stackId={ESCAPED}",
            STACK,
            "shop",
            "eu-west-1",
        ),
        (
            f"{CONSOLE}/lambda/home?region=eu-west-1#/applications/shop-prod",
            "shop-prod",
            "shop-prod",
            "eu-west-1",
        ),
    ],
)
def test_what_names_a_stack(text: str, name: str, short: str, region: str | None) -> None:
    """A name, an ARN, and the pages that show one."""
    spec = parse_stack(text)
    assert (spec.name, spec.short, spec.region) == (name, short, region)


@pytest.mark.parametrize("text", ["", "a b", "1shop", "shop/prod", f"{CONSOLE}/s3/home"])
def test_what_names_no_stack(text: str) -> None:
    """It is refused before anything is asked."""
    with pytest.raises(UsageError):
        parse_stack(text)


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_url_is_no_defect(text: str) -> None:
    """It names nothing, and may be what somebody looks for."""
    assert not is_api(text)
    assert not is_stack(text)
    for parse in (parse_stack, parse_group, parse_function, read_console_url):
        with pytest.raises(UsageError):
            parse(text)
    with pytest.raises(UsageError, match="no URL"):
        open_source(text.replace("https", "file"), Settings(now=0))


def test_pages_that_people_copy() -> None:
    """Queries with their groups, as the console spells them and as we do; traces, old and new."""
    assert read_console_url(INSIGHTS) == Place(
        "eu-west-1",
        groups=("/aws/lambda/cart", "arn:aws:logs:eu-west-1:123456789012:log-group:/x"),
    )
    own = insights_url(
        "eu-west-1", ["/a#b", "c"], "x ~ '(y)'", since=1_700_000_000_000, until=1_700_000_060_000
    )
    assert own is not None
    assert read_console_url(own).groups == ("/a#b", "c")
    single = f"{CONSOLE}/cloudwatch/home#logsV2:logs-insights?queryDetail=~(source~'*2fx)"
    assert read_console_url(single).groups == ("/x",)
    new = f"{CONSOLE}/cloudwatch/home?region=eu-west-1#xray:traces/{TRACE}?~(query~())"
    assert read_console_url(new) == Place("eu-west-1", trace=TRACE)
    assert read_console_url(trace_url("eu-west-1", TRACE) or "").trace == TRACE


def test_what_was_pasted_goes_where_it_belongs() -> None:
    """Whatever -g and -F were given; what names groups and functions stays, in its order."""
    settings = Settings(
        now=0,
        groups=("/x", STACK, INSIGHTS, f"https://{ID}.execute-api.eu-west-1.amazonaws.com"),
        functions=(
            "cart",
            f"arn:aws:apigateway:eu-west-1::/apis/{ID}",
            f"{CONSOLE}/lambda/home?region=eu-west-1#/functions/f",
        ),
        stacks=("shop", "shop"),
    )
    sorted_out = sort_out(settings)
    assert sorted_out.groups == (
        "/x",
        "arn:aws:logs:eu-west-1::log-group:/aws/lambda/cart",
        "arn:aws:logs:eu-west-1:123456789012:log-group:/x",
    )
    assert sorted_out.functions == ("cart", settings.functions[2])
    assert sorted_out.stacks == ("shop", STACK)
    assert sorted_out.apis == (settings.groups[3], settings.functions[1])


@pytest.mark.parametrize(
    ("given", "said", "hint"),
    [
        (
            {"groups": ("https://x.lambda-url.eu-west-1.on.aws/",)},
            "is the URL of a function",
            "slsloggrep functions",
        ),
        (
            {"functions": ("https://api.example.com/x",)},
            "is no page of the AWS console",
            "--api URL",
        ),
        (
            {"groups": (trace_url("eu-west-1", TRACE),)},
            "shows a trace",
            f"slsloggrep trace {TRACE}",
        ),
        (
            {"groups": (f"{CONSOLE}/cloudwatch/home?region=eu-west-1#logsV2:logs-insights",)},
            "a query without log groups",
            "-g",
        ),
        ({"groups": (f"{CONSOLE}/s3/home",)}, "shows no log group", "log group"),
        ({"stacks": ("a b",)}, "no stack can be called 'a b'", "--stack"),
        ({"apis": ("shop",)}, "is no API", "ten letters"),
        ({"tags": ("=x",)}, "is no tag", "--tag KEY"),
    ],
)
def test_what_names_nothing_that_can_be_looked_up(
    given: dict[str, Any], said: str, hint: str
) -> None:
    """It is refused with what to do, before anything is asked."""
    with pytest.raises(UsageError, match=said) as caught:
        sort_out(Settings(now=0, **given))
    assert hint in str(caught.value.hint)
