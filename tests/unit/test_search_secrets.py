"""Who asks a search cluster: which secret counts, where it is from, what is wrong with it."""

from __future__ import annotations

import base64
import sys
import types
from typing import Any

import pytest

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch.access import Access, find_access
from slsloggrep.sources.opensearch.location import parse_url

URL = "opensearch+https://h:9200/logs-*"


def find(options: str = "", **env: str) -> Access:
    named = {f"SLSLOGGREP_OPENSEARCH_{name}": value for name, value in env.items()}
    return find_access(parse_url(URL + options), Settings(now=0, env=named))


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("env", "who", "header"),
    [
        ({}, "no credentials", None),
        ({"API_KEY": "aWQ6a2V5"}, "an API key", "ApiKey aWQ6a2V5"),
        ({"API_KEY": "id:key"}, "an API key", f"ApiKey {coded('id:key')}"),
        ({"TOKEN": "t"}, "a token", "Bearer t"),
        ({"USER": "é", "PASSWORD": "p:w"}, "user 'é'", f"Basic {coded('é:p:w')}"),
        ({"API_KEY": "k", "TOKEN": "t", "USER": "u", "PASSWORD": "p"}, "an API key", "ApiKey k"),
        ({"TOKEN": "t", "USER": "u", "PASSWORD": "p"}, "a token", "Bearer t"),
    ],
)
def test_the_first_secret_that_there_is_counts(
    env: dict[str, str], who: str, header: str | None
) -> None:
    """API key, then token, then user and password; a secret is known as one, and not shown."""
    access = find(**env)
    assert (access.who, access.headers.get("authorization")) == (who, header)
    assert access.is_secret == (header is not None)
    assert header is None or header not in repr(access)


def test_the_url_may_name_the_way() -> None:
    """Then other secrets do not count, and one that is missing is named with its variable."""
    env = {"API_KEY": "k", "TOKEN": "t", "USER": "u", "PASSWORD": "p"}
    assert find("?auth=none", **env).headers == {}
    assert find("?auth=bearer", **env).who == "a token"
    assert find("?auth=basic", **env).who == "user 'u'"
    for way, variable in (("apikey", "API_KEY"), ("bearer", "TOKEN"), ("basic", "USER")):
        with pytest.raises(UsageError) as caught:
            find(f"?auth={way}")
        assert f"SLSLOGGREP_OPENSEARCH_{variable}" in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("name", ["API_KEY", "TOKEN"])
def test_a_command_may_print_a_secret(name: str) -> None:
    """Its first line counts, it is run without a shell, and what it says on failing is told."""
    printing = f"{sys.executable} -c \"print('$HOME;x'); print('more')\""
    assert "$HOME;x" in str(find(**{f"{name}_COMMAND": printing}).headers)
    failing = f"{sys.executable} -c \"import sys; sys.exit('locked')\""
    with pytest.raises(SourceError, match="locked"):
        find(**{f"{name}_COMMAND": failing})
    with pytest.raises(SourceError, match="printed no password"):
        find(**{f"{name}_COMMAND": f'{sys.executable} -c ""'})
    with pytest.raises(UsageError, match="cannot be split"):
        find(**{f"{name}_COMMAND": 'pass "show'})


def test_the_keyring_may_hold_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a name, or under user and host; a back end that fails has none."""
    held = {"prod": "t0ken", "ada@h": "pa$$"}
    ring: Any = types.ModuleType("keyring")
    ring.get_password = lambda service, name: held.get(name) if service == "slsloggrep" else None
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert find(TOKEN_KEYRING="prod").headers["authorization"] == "Bearer t0ken"
    assert find(USER="ada").headers["authorization"] == f"Basic {coded('ada:pa$$')}"
    with pytest.raises(UsageError) as caught:
        find(TOKEN_KEYRING="test")
    assert caught.value.hint == "keyring set slsloggrep test"

    def fail(_service: str, _name: str) -> str:
        raise RuntimeError

    ring.get_password = fail
    with pytest.raises(UsageError, match="is needed"):
        find(USER="ada")


@pytest.mark.parametrize(("value", "whole"), [("", False), ("?whole=1", True), ("?whole=0", False)])
def test_all_may_be_wanted(value: str, whole: bool) -> None:
    """`?whole=1` is a wish of the user's like any other option."""
    assert parse_url(URL + value).whole is whole


def test_a_wish_is_yes_or_no() -> None:
    """Anything else is refused by its name."""
    with pytest.raises(UsageError, match="'whole' is 1 or 0, not 'maybe'"):
        parse_url(f"{URL}?whole=maybe")
