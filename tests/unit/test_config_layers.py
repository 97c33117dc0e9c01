"""What a file may say, and which of several wins."""

from __future__ import annotations

import pytest
from config_samples import config_of, layer_of, told

from slsloggrep.config import Secret
from slsloggrep.errors import UsageError


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(UsageError) as caught:
        layer_of(text)
    return caught.value.message, caught.value.hint or ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nid-kye = 'x'", "own.toml:2: no setting is called 'id-kye'; did you mean 'id-key'?"),
        ("id_key = 'x'", "own.toml:1: no setting is called 'id_key'; did you mean 'id-key'?"),
        ("xyzzy = 1", "own.toml:1: no setting is called 'xyzzy'"),
        ("sources_ = 'x'", "own.toml:1: no setting is called 'sources_'; did you mean 'sources'?"),
        (
            "[contexts.prod]",
            "own.toml:1: no setting is called 'contexts'; did you mean 'context'?",
        ),
        (
            "[context.a]\nregoin = 'x'",
            "own.toml:2: no setting is called 'regoin'; did you mean 'region'?",
        ),
        (
            "[source.a]\nurl='demo:'\nregoin = 'x'",
            "own.toml:3: a source has no 'regoin'; did you mean 'region'?",
        ),
    ],
)
def test_an_unknown_key_names_its_neighbour_its_file_and_its_line(text: str, said: str) -> None:
    """A slip is an error that leads on, also in a context that is not in use."""
    assert refusal(text)[0] == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tz = 1", "'tz' is to be a text, and is 1"),
        ("local = 'yes'", "'local' is to be true or false, and is 'yes'"),
        ("local = 1", "'local' is to be true or false, and is 1"),
        ("limit = true", "'limit' is to be a whole number of at least 1, and is true"),
        ("limit = -1", "'limit' is to be a whole number of at least 1, and is -1"),
        ("limit = 1.5", "'limit' is to be a whole number of at least 1, and is 1.5"),
        ("rate = 0", "'rate' is to be a number above 0, and is 0"),
        ("rate = nan", "'rate' is to be a number above 0, and is nan"),
        ("rate = inf", "'rate' is to be a number above 0, and is inf"),
        ("color = 'red'", "'color' is to be one of auto, never, and is 'red'"),
        ("by = ['cold', 'x']", "'by' is to be a list of: cold, hour, and is 'x'"),
        ("group = [1]", "'group' is to be a list; each is a text, and is 1"),
        ("[tz]", "'tz' is to be a text, and is a table"),
        ("tz = 2026-01-01", "'tz' is to be a text, and is a date or a time"),
        ("[source.a]\nurl = 1", "'url' is to be a text, and is 1"),
        ("[source.a]\nurl = 'demo:'\nregion = 1", "'region' is to be a list; each is a text, "),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_what_is_expected(text: str, said: str) -> None:
    """Nothing is converted: a text is no number, and a number no truth."""
    message, _ = refusal(text)
    assert message.partition(": ")[2].startswith(said)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("limit = 1", 1),
        ("limit = 0", 0),
        ("rate = 2", 2.0),
        ("rate = 0.5", 0.5),
        ("group = 'a'", ("a",)),
        ("group = []", ()),
        ("by = ['hour', 'cold']", ("hour", "cold")),
        ("color = 'never'", "never"),
        ("local = false", False),
    ],
)
def test_a_value_that_any_command_takes_is_accepted(text: str, value: object) -> None:
    """One value stands for a list of one; commands may differ in what they take."""
    ((_, setting),) = layer_of(text).settings.items()
    assert setting.value == value
    assert type(setting.value) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source = ['prod']", "'source' holds sources by name"),
        ("source.prod = 'demo:'", "a source is a table: [source.prod]"),
        ("[source.prod]", "source 'prod' has no url"),
        ("[source.'a:b']\nurl='demo:'", "no source can be called 'a:b'"),
        ("[source.'../x']\nurl='demo:'", "no source can be called '../x'"),
        ("context = 'prod'", "'context' holds contexts by name"),
        ("context.prod = 1", "a context is a table: [context.prod]"),
        ("[context.prod.source.x]\nurl = 'demo:'", "'source' does not belong into a context"),
        ("[context.prod.alias]\nx = 'trace'", "'alias' does not belong into a context"),
        ("default-context = 1", "'default-context' is to be a context's name"),
        ("alias = 1", "'alias' holds command lines by name"),
        ("[alias]\nx = ''", "alias 'x' is to be a command line"),
        ("[alias]\nx = 1", "alias 'x' is to be a command line"),
        ("[alias]\nx = 'trace \"'", "alias 'x' cannot be split: No closing quotation"),
        ("[alias]\nx = '!rm -rf /'", "alias 'x': an alias runs no other program"),
        ("[alias]\nx = ' !rm -rf /'", "alias 'x': an alias runs no other program"),
        ("[price.eu-west-1]\nx86 = { gb-second = 1, request = 1 }", "no architecture is called"),
        ("[price.eu-west-1]\narm64 = { gb-second = 1 }", "a price has a gb-second and a request"),
        (
            "[price.eu-west-1]\narm64 = { gb-second = -1, request = 1 }",
            "a price is dollars: two numbers",
        ),
        (
            "[price.eu-west-1]\narm64 = { gb-second = '1', request = 1 }",
            "a price is dollars: two numbers",
        ),
        ("[price]\narm64 = 1", "prices stand by region"),
    ],
)
def test_tables_have_their_form(text: str, said: str) -> None:
    """What is not understood is refused, and nothing of it passed over."""
    assert said in refusal(text)[0]
    assert refusal(text)[0].startswith("own.toml:")


@pytest.mark.parametrize("field", ["password", "api-key", "token"])
@pytest.mark.parametrize("stated", ["'hunter2'", "{ clear = 'hunter2' }", "['hunter2']", "7"])
def test_a_secret_in_clear_is_refused_and_not_repeated(field: str, stated: str) -> None:
    """The error says what to write instead, and does not show what may be the secret."""
    text = f"[source.os]\nurl = 'opensearch+https://h/i'\nuser = 'ada'\n{field} = {stated}"
    message, hint = refusal(text)
    assert "own.toml:4" in message
    assert f'{field} = {{ env = "VARIABLE" }}' in hint
    assert "hunter2" not in message + hint


def test_a_secret_in_a_url_is_refused_and_not_repeated() -> None:
    """A URL in a file is as readable as any other line of it."""
    message, hint = refusal("[source.os]\nurl = 'opensearch+https://ada:hunter2@h/i'")
    assert message == "own.toml:2: the URL holds a user or a password"
    assert "hunter2" not in hint


@pytest.mark.parametrize("kind", ["env", "command", "keyring"])
def test_a_secret_is_told_by_where_it_is(kind: str) -> None:
    """A variable, a command, or an entry of the keyring."""
    text = f"[source.os]\nurl = 'opensearch+https://h/i'\ntoken = {{ {kind} = 'x y' }}"
    assert layer_of(text).sources["os"].secrets == {"token": Secret(kind, "x y")}  # type: ignore[arg-type]


def test_a_user_without_a_password_is_half_of_it() -> None:
    """Nobody is asked who could not answer; nor is a password of nobody kept."""
    head = "[source.os]\nurl = 'opensearch+https://h/i'\n"
    assert refusal(f"{head}user = 'ada'")[0] == "own.toml:1: source 'os' has no password"
    assert "has no user" in refusal(f"{head}password = {{ env = 'X' }}")[0]


OWN = """tz = "UTC"
id-key = "a"
redact-field = ["own"]
group = "own"
default-context = "ci"
[context.ci]
color = "never"
[context.prod]
region = "own-region"
group = "own-prod"
redact-field = ["prod"]
"""
PROJECT = """id-key = ["b", "c"]
redact-field = ["project", "own"]
group = "project"
[context.prod]
region = "project-region"
"""


def test_the_project_wins_over_the_user_and_the_context_over_both() -> None:
    """Each value is whole and of one file, and tells its line; what is to be hidden adds up."""
    assert told(config_of(OWN, PROJECT, "prod")) == {
        "tz": ("UTC", "own.toml:1"),
        "id-key": (("b", "c"), "project.toml:1"),
        "group": (("own-prod",), "own.toml:10"),
        "region": (("project-region",), "project.toml:5"),
        "redact-field": (("own", "project", "prod"), "own.toml:3, project.toml:2, own.toml:11"),
    }


def test_a_file_may_choose_a_context_and_whoever_types_one_another() -> None:
    """Without a word the default context counts; a project's goes before the user's."""
    assert config_of(OWN).context == "ci"
    assert config_of(OWN).settings["color"].value == "never"
    assert config_of(OWN, PROJECT, "prod").context == "prod"
    assert "color" not in config_of(OWN, PROJECT, "prod").settings
    assert config_of(OWN, "default-context = 'prod'").context == "prod"


@pytest.mark.parametrize(
    ("own", "name", "message", "hint"),
    [
        (OWN, "prdo", "no context is called 'prdo'; did you mean 'prod'?", "there are: ci, prod"),
        ("", "prod", "no context is called 'prod'", "[context.NAME] in a file makes one"),
        ("default-context = 'x'", None, "no context is called 'x'", "[context.NAME]"),
    ],
)
def test_a_context_that_there_is_not_is_an_error(
    own: str, name: str | None, message: str, hint: str
) -> None:
    """Whoever asks for production's settings must not get the usual ones."""
    with pytest.raises(UsageError) as caught:
        config_of(own, "", name)
    assert caught.value.message == message
    assert (caught.value.hint or "").startswith(hint)


def test_a_zone_of_a_later_file_replaces_the_other_way_to_say_it() -> None:
    """`tz` and `local` say one thing; only the later one is left, and "not local" says nothing."""
    assert told(config_of("tz = 'UTC'", "local = true")) == {"local": (True, "project.toml:1")}
    assert told(config_of("local = true", "tz = 'UTC'")) == {"tz": ("UTC", "project.toml:1")}
    assert config_of("tz = 'UTC'", "local = false").settings["tz"].value == "UTC"


def test_a_named_source_is_one_files_whole() -> None:
    """A project's source of a name is not mixed with the user's: no secret goes along with it."""
    own = "[source.a]\nurl = 's3://own'\nprofile = 'own'\n[source.b]\nurl = 'demo:'"
    config = config_of(own, "[source.a]\nurl = 's3://project'")
    assert {name: source.url for name, source in config.sources.items()} == {
        "a": "s3://project",
        "b": "demo:",
    }
    assert config.sources["a"].options == {}
    assert config.sources["a"].origin == "project.toml:1"


def test_prices_add_up_by_region_and_architecture() -> None:
    """Whoever states one price has stated no other; a context's goes first."""
    own = (
        "[price.eu-west-1]\nx86_64 = { gb-second = 1, request = 2 }\n"
        "arm64 = { gb-second = 3, request = 4 }\n"
        "[context.p.price.eu-west-1]\narm64 = { gb-second = 5e-1, request = 0 }"
    )
    assert config_of(own, "", "p").price_table() == {
        ("eu-west-1", "x86_64"): (1.0, 2.0),
        ("eu-west-1", "arm64"): (0.5, 0.0),
    }
