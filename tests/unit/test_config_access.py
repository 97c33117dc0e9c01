"""How secrets of a cluster are found, by variable, command or keyring: what files name too."""

from __future__ import annotations

import base64
import sys
import types

import pytest

from slsloggrep.errors import SlsloggrepError, UsageError
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch.access import Access, find_access
from slsloggrep.sources.opensearch.location import parse_url

PREFIX = "SLSLOGGREP_OPENSEARCH_"
PRINT = f"{sys.executable} -c 'print(\"s3cret\")'"


def access(options: str = "", **env: str) -> Access:
    location = parse_url(f"opensearch+https://h:9200/i{options}")
    variables = {f"{PREFIX}{name}": value for name, value in env.items()}
    return find_access(location, Settings(now=0, env=variables))


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    secrets: dict[tuple[str, str], str] = {}
    module = types.ModuleType("keyring")
    module.get_password = lambda service, name: secrets.get((service, name))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    return secrets


def test_a_command_prints_a_key_a_token_or_a_password() -> None:
    """Each kind of secret can come from a program; it is run without a shell."""
    assert access(API_KEY_COMMAND=PRINT).headers == {"authorization": "ApiKey s3cret"}
    assert access(TOKEN_COMMAND=PRINT).headers == {"authorization": "Bearer s3cret"}
    basic = base64.b64encode(b"ada:s3cret").decode()
    assert access(USER="ada", PASSWORD_COMMAND=PRINT).headers == {"authorization": f"Basic {basic}"}


def test_the_keyring_holds_a_key_a_token_or_a_password(ring: dict[tuple[str, str], str]) -> None:
    """By the name of its entry; a password without one by user and host, as before."""
    ring["slsloggrep", "os prod"] = "s3cret"
    assert access(API_KEY_KEYRING="os prod").headers == {"authorization": "ApiKey s3cret"}
    assert access(TOKEN_KEYRING="os prod").headers == {"authorization": "Bearer s3cret"}
    basic = base64.b64encode(b"ada:s3cret").decode()
    expected = {"authorization": f"Basic {basic}"}
    assert access(USER="ada", PASSWORD_KEYRING="os prod").headers == expected
    ring["slsloggrep", "ada@h"] = "s3cret"
    assert access(USER="ada").headers == expected


def test_an_entry_that_is_not_there_is_an_error(ring: dict[tuple[str, str], str]) -> None:
    """Whoever names one is not sent on without credentials."""
    assert ring == {}
    with pytest.raises(UsageError, match="the keyring has no entry 'x' of 'slsloggrep'"):
        access(TOKEN_KEYRING="x")


def test_only_the_secret_that_is_used_is_asked_for() -> None:
    """A password manager that would ask somebody is not run for nothing."""
    never = f"{sys.executable} -c 'raise SystemExit(7)'"
    assert access("?auth=none", API_KEY_COMMAND=never).headers == {}
    assert access("?auth=bearer", TOKEN="t", API_KEY_COMMAND=never).is_secret
    assert access(API_KEY="k", TOKEN_COMMAND=never, API_KEY_COMMAND=never).is_secret
    with pytest.raises(SlsloggrepError, match=f"{PREFIX}API_KEY_COMMAND failed"):
        access(API_KEY_COMMAND=never, TOKEN="t")
