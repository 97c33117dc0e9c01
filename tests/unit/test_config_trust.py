"""A project's file comes with a checkout: what it must not say, it does not say."""

from __future__ import annotations

import pytest
from config_samples import KINDS, config_of, layer_of, told

from slsloggrep.config.trust import PROJECT_MAY, PROJECT_MAY_ASK
from slsloggrep.errors import UsageError


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        layer_of(text, ".slsloggrep.toml", project=True)
    layer_of(text)  # the user's own file may say it
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exec = 'touch x'", "a project's file may not set 'exec'"),
        ("endpoint-url = 'https://evil'", "a project's file may not set 'endpoint-url'"),
        ("engine = 'filter'", "a project's file may not set 'engine'"),
        ("[context.prod]\nexec = 'x'", "a project's file may not set 'exec'"),
        (
            "[source.a]\nurl = 'cloudwatch:'\nendpoint-url = 'https://evil'",
            "a project's file may not set 'endpoint-url'",
        ),
        (
            "[source.a]\nurl = 'demo:'\nuser = 'a'\npassword = { command = 'touch x' }",
            "a project's file may not set 'user'",
        ),
        (
            "[source.a]\nurl = 'demo:'\ntoken = { command = 'touch x' }",
            "a project's file may not set 'token'",
        ),
        (
            "[source.a]\nurl = 'demo:'\napi-key = { env = 'AWS_SECRET_ACCESS_KEY' }",
            "a project's file may not set 'api-key'",
        ),
        ("redact = false", "a project's file can turn redaction on, not off"),
        ("[context.prod]\nredact = false", "a project's file can turn redaction on, not off"),
    ],
)
def test_a_project_runs_no_program_sends_nothing_and_shows_no_secret(text: str, said: str) -> None:
    """It is an error, not a silence: whoever works in the checkout hears of it."""
    assert said in refusal(text)


@pytest.mark.parametrize(
    "url",
    [
        "opensearch+https://evil/i",
        "OpenSearch+HTTP://evil/i",
        "elasticsearch+https://evil/i",
        "file://evil/share",
        "//evil/share",
        r"\\\\evil\\share",
        r"/\\evil/share",
        "new-scheme://evil",
        "s3://evil/x?requester-pays",
        "S3://evil?Requester-Pays=1",
    ],
)
@pytest.mark.parametrize("form", ['sources = ["{}"]', 'sources = "{}"', '[source.a]\nurl = "{}"'])
def test_a_project_names_no_host_that_credentials_would_go_to(url: str, form: str) -> None:
    """A cluster is sent passwords, another machine's folder tells it who asks, a bucket bills."""
    assert refusal(form.format(url)).startswith(".slsloggrep.toml:")


@pytest.mark.parametrize("region", ["evil.com/", "us-east-1.evil.com", "", "x@y", "EU"])
def test_a_regions_name_is_no_part_of_another_host(region: str) -> None:
    """The region becomes a part of the host that signed requests go to."""
    assert f"no region is called '{region}'" in refusal(f"region = '{region}'")


@pytest.mark.parametrize(
    "text",
    [
        "sources = ['cloudwatch:', 's3://b/p', 'demo:', 'logs', './x/*.gz', 'prod', '-']",
        "[source.web]\nurl = 'cloudwatch:/ecs/web'\nprofile = 'team'\nregion = 'eu-west-1'",
        "group = ['/aws/lambda/shop-*']\nid-key = 'order_id'\ntz = 'UTC'\ncolor = 'never'",
        "redact = true\nredact-field = ['customer']",
        "default-context = 'a'\n[context.a]\nregion = 'eu-west-1'",
        "[price.eu-west-1]\narm64 = { gb-second = 1, request = 2 }",
        "[alias]\nboom = 'crashes -s 24h'",
    ],
)
def test_a_project_says_what_is_read_and_how_it_is_shown(text: str) -> None:
    """That is what a team's file is for."""
    layer_of(text, project=True)


def test_a_project_can_only_add_to_what_the_user_hides() -> None:
    """The user's fields stay hidden, whatever a checkout lists."""
    config = config_of("redact = true\nredact-field = 'own'", "redact-field = []")
    assert told(config)["redact-field"][0] == ("own",)
    assert told(config)["redact"][0] is True


def test_what_nobody_has_thought_of_is_refused() -> None:
    """The list says what may be; a setting that is new is not on it."""
    assert KINDS.keys() - PROJECT_MAY == {"exec", "endpoint-url", "engine", "rate", "limit", "by"}
    dangerous = {"exec", "endpoint-url", "dashboards-url", "to", "dashboards", "output-file"}
    dangerous |= {"force", "open", "live", "engine", "replace", "index"}
    assert dangerous & PROJECT_MAY_ASK == set()
