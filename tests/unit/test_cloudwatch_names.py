"""What people write to name log groups and functions."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from slsloggrep.errors import UsageError
from slsloggrep.sources.cloudwatch.names import (
    FunctionSpec,
    GroupSpec,
    Kind,
    parse_function,
    parse_group,
)
from slsloggrep.sources.cloudwatch.places import Address, parse_url

LETTERS = "abcxyzABZ019.-_/#"
NAMES = st.text(LETTERS, min_size=1, max_size=60)
REGIONS = st.sampled_from(["us-east-1", "eu-west-1", "us-gov-west-1", "cn-north-1", "mx-central-9"])
STREAM = "2024/05/06/[$LATEST]0123456789abcdef0123456789abcdef"
ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/cart"


def group(text: str) -> GroupSpec:
    spec = parse_group(text)
    assert isinstance(spec, GroupSpec)
    return spec


def function(text: str) -> FunctionSpec:
    spec = parse_function(text)
    assert isinstance(spec, FunctionSpec)
    return spec


@given(NAMES)
@example("/")
@example("//")
@example("///")
@example("/aws/lambda/cart")
@example("/checkout/")
@example("arn")
@example("https")
def test_a_name_is_understood_as_that_name_or_refused(name: str) -> None:
    """Every name that a log group can have means itself; what could be a regex too is refused."""
    if len(name) > 2 and name[0] == name[-1] == "/":
        with pytest.raises(UsageError, match="could be a regex") as caught:
            group(name)
        assert caught.value.hint is not None
        regex, exact = re.findall(r"'(.*?)'", caught.value.hint)
        assert group(regex).kind is Kind.REGEX
        assert group(exact).matches(name)
        assert not group(exact).matches(f"{name}x")
        return
    spec = group(name)
    assert (spec.kind, spec.pattern, spec.region, spec.account) == (Kind.EXACT, name, None, None)
    assert spec.prefix == name
    assert spec.matches(name)
    assert not spec.matches(f"{name}x")


@given(st.text("ab/-*?[]!.", min_size=1, max_size=12), NAMES)
@example("/aws/*", "/aws/lambda/cart")
@example("[/]a/", "/a/")
def test_a_glob_means_what_fnmatch_means(glob: str, name: str) -> None:
    """A glob is matched against the whole name, and its prefix is a prefix of all that match."""
    try:
        spec = group(glob)
    except UsageError:
        return
    assume(spec.kind is Kind.GLOB)
    assert spec.matches(name) == fnmatchcase(name, glob)
    if spec.matches(name):
        assert name.startswith(spec.prefix)


@given(
    st.from_regex(r"\A\^?(?:[/a-b.\-]|\\[./-]|[ab][*?+]|a\{0,2\}|\||\(a\)|\(a\|b\)|\[ab\])*\Z"),
    NAMES,
)
@example("^/aws/lambda/", "/aws/lambda/cart")
@example("^/a|b", "b")
@example("^a(b|c)|b", "b")
@example(r"^a[\](]b|c[\])]", "c)")
@example("^a*b", "b")
@example("^a?b", "b")
@example("^a{0}b", "b")
@example("^a+b", "aab")
@example("^a.b", "axb")
@example(r"^\/a\.b", "/a.b")
def test_the_prefix_of_a_regex_is_a_prefix_of_all_that_matches(regex: str, name: str) -> None:
    """A regex is searched anywhere in the name; what is listed for it holds all that match."""
    try:
        spec = group(f"/{regex}/")
    except UsageError:
        return
    assume(spec.kind is Kind.REGEX)
    assert spec.matches(name) == bool(re.search(regex, name))
    if spec.matches(name):
        assert name.startswith(spec.prefix)


def test_a_literal_prefix_is_found() -> None:
    """Groups are listed from as far on as the spec tells."""
    assert group("/aws/lambda/ca*t-?").prefix == "/aws/lambda/ca"
    assert group("/^/aws/lambda/(cart|pay)/").prefix == "/aws/lambda/"
    assert group(r"/^\/aws\/lambda\/a\.b/").prefix == "/aws/lambda/a.b"
    assert group("/^/aws/x*$/").prefix == "/aws/"
    assert group("/cart$/").prefix == ""


@pytest.mark.parametrize(
    "text",
    ["/^/aws/", "/cart$/", "/cart|pay/", "/(?i)CART/", "/ca.*t/", r"/\d+/", "/a{2}/", "/(cart)/"],
)
def test_between_slashes_is_a_regex_if_only_a_regex_can_be(text: str) -> None:
    """What no name and no glob can hold tells a regex between slashes."""
    spec = group(text)
    assert spec.kind is Kind.REGEX
    assert spec.pattern == text[1:-1]


@pytest.mark.parametrize("text", ["/checkout/", "/aws/lambda/*/", "/cart-[ab]/", "/a?/", "/a.b/"])
def test_what_could_be_both_is_refused_with_both_spellings(text: str) -> None:
    """The hint spells the regex and the other meaning, and both are understood."""
    with pytest.raises(UsageError, match="could be a regex or") as caught:
        parse_group(text)
    assert caught.value.hint is not None
    regex, other = re.findall(r"'(.*?)'", caught.value.hint)
    assert group(regex).kind is Kind.REGEX
    assert group(other).kind is Kind.GLOB
    assert group(other).matches(re.sub(r"\[ab\]|[*?]", "a", text))


def test_between_slashes_is_a_glob_if_no_regex_can_be() -> None:
    """`*` repeats nothing: no regex can be meant."""
    assert group("/*/").kind is Kind.GLOB


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("a b", "has ' ' in its name"),
        ("/aws/lambda/ca(rt", "has '\\(' in its name"),
        ("/foo.*bar$", "has '\\$' in its name"),
        ("ca[rt", "both brackets"),
        ("ca]rt", "both brackets"),
        ("cart!", "both brackets"),
        ("/(a/", "no regex"),
        (STREAM, "a log stream"),
        ("2024/05/06/[12]0123456789abcdef0123456789abcdef", "a log stream"),
        ("2024/05/06/cart[$LATEST]0123456789abcdef0123456789abcdef", "a log stream"),
        ("a" * 513, "at most 512"),
        ("arn:aws:s3:::bucket", "no ARN of a log group"),
        ("arn:aws:logs:eu-west-1:123456789012:destination:x", "no ARN of a log group"),
        (f"{ARN}:tail", "no ARN of a log group"),
        ("arn:aws:logs:eu-west-1:1234:log-group:x", "no ARN of a log group"),
        ("https://example.com/#logsV2:log-groups/log-group/x", "no page of the AWS console"),
        ("https://eu-west-1.console.aws.amazon.com/ec2/home", "shows no log group"),
        ("https://console.aws.amazon.com.evil.example/x#logsV2:log-groups/log-group/x", "no page"),
        ("https://console.aws.amazon.com/x#logsV2:log-groups/log-group/a$2521b", "cannot be"),
    ],
)
def test_nonsense_is_refused_by_name(text: str, words: str) -> None:
    """What no log group can be called is a usage error that says why."""
    with pytest.raises(UsageError, match=words):
        parse_group(text)


@pytest.mark.parametrize("behind", ["", ":*", ":*:*", ":log-stream:*", ":log-stream:"])
def test_an_arn_selects_region_and_account(behind: str) -> None:
    """With and without what APIs and policies write behind the name."""
    spec = group(f"{ARN}{behind}")
    assert spec == GroupSpec(
        text=f"{ARN}{behind}",
        kind=Kind.EXACT,
        pattern="/aws/lambda/cart",
        region="eu-west-1",
        account="123456789012",
    )


def test_an_arn_of_a_stream_means_its_group() -> None:
    """The stream is remembered, for it is to be said that it is not read alone."""
    assert group(f"{ARN}:log-stream:{STREAM}").stream == STREAM
    assert group(f"{ARN}:log-stream:{STREAM}").pattern == "/aws/lambda/cart"


def test_an_arn_out_of_a_policy_may_hold_wildcards() -> None:
    """Region and account may be any, the name a glob."""
    spec = group("arn:aws:logs:*:*:log-group:/aws/lambda/*:*")
    assert (spec.kind, spec.pattern) == (Kind.GLOB, "/aws/lambda/*")
    assert (spec.region, spec.account) == (None, None)
    assert group("arn:aws-us-gov:logs:us-gov-west-1::log-group:x").region == "us-gov-west-1"


def escaped(text: str) -> str:
    return quote(quote(text, safe=""), safe="").replace("%", "$")


HOSTS = st.sampled_from(
    [
        "{}.console.aws.amazon.com",
        "console.aws.amazon.com",
        "123456789012-abcdefgh.{}.console.aws.amazon.com",
        "{}.console.amazonaws-us-gov.com",
        "console.amazonaws-us-gov.com",
        "{}.console.amazonaws.cn",
    ]
)
PAGES = st.sampled_from(
    [
        "logsV2:log-groups/log-group/{name}",
        "logsV2:log-groups/log-group/{name}/log-events",
        "logsV2:log-groups/log-group/{name}/log-events/{stream}",
        "logsV2:log-groups/log-group/{name}/log-events/{stream}$3Fstart$3D-3600000",
        "logsV2:log-groups/log-group/{name}/log-events$3FfilterPattern$3DERROR$26start$3D1",
        "logsV2:log-groups/log-group/{name}$3Ftab$3Dx",
        "logsV2:log-groups/log-group/{once}/log-events",
        "logStream:group={plain};streamFilter=typeLogStreamPrefix",
        "logStream:group={once}",
        "logEventViewer:group={plain};stream={plain_stream};start=PT1H",
        "logEventViewer:group={once};filter=ERROR",
    ]
)


@given(HOSTS, PAGES, REGIONS, NAMES)
@example(
    "{}.console.aws.amazon.com",
    "logsV2:log-groups/log-group/{name}/log-events/{stream}",
    "eu-west-1",
    "/aws/lambda/checkout",
)
def test_a_page_of_the_console_means_its_group(
    host: str, page: str, region: str, name: str
) -> None:
    """Every spelling of the console gives the name, the region and the stream that it shows."""
    assume("plain}" not in page or "#" not in name)
    shown = page.format(
        name=escaped(name),
        once=quote(name, safe=""),
        plain=name,
        stream=escaped(STREAM),
        plain_stream=STREAM,
    )
    url = f"https://{host.format(region)}/cloudwatch/home?region={region}#{shown}"
    spec = group(url)
    assert (spec.kind, spec.pattern, spec.region) == (Kind.EXACT, name, region)
    assert spec.stream == (STREAM if "stream}" in page else None)


def test_the_region_of_a_page_may_stand_in_its_host() -> None:
    """Where the URL has no `region=`, the host tells; else nothing does."""
    page = "cloudwatch/home#logsV2:log-groups/log-group/x"
    assert group(f"https://eu-west-1.console.aws.amazon.com/{page}").region == "eu-west-1"
    assert group(f"https://console.aws.amazon.com/{page}").region is None


def test_a_page_of_a_linked_account_shows_an_arn() -> None:
    """The group's ARN stands in the place of its name."""
    arn = "arn:aws:logs:eu-west-1:999999999999:log-group:/aws/lambda/cart:*"
    spec = group(
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        f"#logsV2:log-groups/log-group/{escaped(arn)}/log-events"
    )
    assert (spec.pattern, spec.account) == ("/aws/lambda/cart", "999999999999")


@pytest.mark.parametrize(
    ("text", "name", "qualifier", "region", "account", "asked"),
    [
        ("cart", "cart", None, None, None, "cart"),
        ("cart:prod", "cart", "prod", None, None, "cart:prod"),
        ("cart:$LATEST", "cart", "$LATEST", None, None, "cart:$LATEST"),
        ("cart:7", "cart", "7", None, None, "cart:7"),
        ("123456789012:prod", "123456789012", "prod", None, None, "123456789012:prod"),
        ("ca*-?", "ca*-?", None, None, None, "ca*-?"),
        (
            "123456789012:function:cart",
            "cart",
            None,
            None,
            "123456789012",
            "123456789012:function:cart",
        ),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:cart:prod",
            "cart",
            "prod",
            "eu-west-1",
            "123456789012",
            "123456789012:function:cart:prod",
        ),
        (
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:cart:*",
            "cart",
            None,
            "cn-north-1",
            "123456789012",
            "123456789012:function:cart",
        ),
    ],
)
def test_names_of_functions(
    text: str,
    name: str,
    qualifier: str | None,
    region: str | None,
    account: str | None,
    asked: str,
) -> None:
    """Names, aliases, globs, whole and partial ARNs; an ARN selects region and account."""
    spec = function(text)
    assert spec == FunctionSpec(
        text=text, name=name, qualifier=qualifier, region=region, account=account
    )
    assert spec.api_name == asked
    assert spec.is_glob == ("*" in name)


@pytest.mark.parametrize("text", ["", "a b", "cart:a:b", "ca[rt", "arn:aws:sqs:x:y:z", "$x"])
def test_what_no_function_can_be_called_is_refused(text: str) -> None:
    """A usage error, before anything is asked."""
    with pytest.raises(UsageError):
        parse_function(text)


def test_groups_and_functions_may_stand_in_each_others_place() -> None:
    """The ARN or page of a function given as a group means it, and the other way round."""
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:cart"
    assert parse_group(arn) == parse_function(arn)
    page = "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/cart"
    for parse in (parse_group, parse_function):
        spec = parse(f"{page}?tab=monitoring")
        assert isinstance(spec, FunctionSpec)
        assert (spec.name, spec.region) == ("cart", "eu-west-1")
    assert parse_function("/aws/lambda/cart") == parse_group("/aws/lambda/cart")
    assert parse_function(ARN) == parse_group(ARN)


ROLE = "arn:aws:iam::123456789012:role/ops/read+logs@x=y,z"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("cloudwatch:", Address()),
        ("cloudwatch://", Address()),
        ("CloudWatch:", Address()),
        ("cloudwatch:/aws/lambda/cart", Address("/aws/lambda/cart")),
        ("cloudwatch:/aws/lambda/ca?t*", Address("/aws/lambda/ca?t*")),
        ("cloudwatch:/ca(rt)?/", Address("/ca(rt)?/")),
        (f"cloudwatch:{ARN}:*", Address(f"{ARN}:*")),
        ("cloudwatch:?region=eu-west-1", Address(regions=("eu-west-1",))),
        ("cloudwatch://?region=eu-west-1", Address(regions=("eu-west-1",))),
        (
            f"cloudwatch:ca?t?region=a&region=b&region=a&profile=p%20q&role={ROLE}",
            Address("ca?t", ("a", "b"), ("p q",), ROLE),
        ),
        (
            "cloudwatch:https://console.aws.amazon.com/x?region=a#logsV2:log-groups/log-group/y",
            Address("https://console.aws.amazon.com/x?region=a#logsV2:log-groups/log-group/y"),
        ),
    ],
)
def test_urls(url: str, address: Address) -> None:
    """A spec as `-g` takes it, and options behind `?`; values may be percent-escaped."""
    assert parse_url(url) == address


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("cloudwatch:x?color=red", "unknown option 'color'"),
        ("cloudwatch:?region=", "'region' has no value"),
        ("cloudwatch:?region", "'\\?region' has no value"),
        ("cloudwatch:?region=a&b", "unknown option 'b'"),
        ("cloudwatch:?role=a&role=b", "several roles"),
        ("cloudwatch://aws/lambda/x", "names no host"),
    ],
)
def test_urls_that_make_no_sense(url: str, words: str) -> None:
    """Each is a usage error with a hint at what is allowed."""
    with pytest.raises(UsageError, match=words) as caught:
        parse_url(url)
    assert caught.value.hint


@given(NAMES)
def test_a_name_in_a_url_is_that_name(name: str) -> None:
    """No name of a log group is mistaken for options; two slashes at the beginning are refused."""
    if name.startswith("//") and name != "//":
        with pytest.raises(UsageError, match="names no host"):
            parse_url(f"cloudwatch:{name}")
    elif name != "//":
        assert parse_url(f"cloudwatch:{name}") == Address(name)
