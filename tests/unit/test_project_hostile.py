"""Files of projects that somebody wrote in bad faith or by accident: no defect, and an end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slsloggrep.errors import UsageError
from slsloggrep.project import Deployment
from slsloggrep.project.folder import read_project

TEMPLATE = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
NAMED = f"{TEMPLATE}    Properties:\n      FunctionName: "
NO_PATHS = ["a\0b", "x" * 300, "\ud800", "loop", "../" * 2000]
"""Nothing can be called so, or leads anywhere."""


def deployed(folder: Path, **files: str) -> tuple[Deployment, ...]:
    for name, text in files.items():
        path = folder / name.replace("_dot_", ".").replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_project(str(folder))


def doubled(make: Callable[[str], str], first: str) -> str:
    """Return nine levels of YAML, each with nine of the level below."""
    levels = [f"a0: &a0 {first}\n"]
    for level in range(1, 10):
        levels.append(f"a{level}: &a{level} {make(', '.join([f'*a{level - 1}'] * 9))}\n")
    return "".join(levels)


@pytest.mark.parametrize(
    "text",
    [
        doubled(lambda below: f"[{below}]", "x") + TEMPLATE,
        doubled(lambda below: f"{{<<: [{below}]}}", "{k: v}") + TEMPLATE,
        doubled(lambda below: f"{{'Fn::Join': ['', [{below}]]}}", "x") + NAMED + "*a9\n",
        doubled(lambda below: f"!Join ['', [{below}]]", "x") + NAMED + "!Sub ['${a}', {a: *a9}]\n",
        NAMED + "!Sub '" + "${AWS::StackName}" * 5000 + "'\n",
        NAMED + "!Join [x, [" + "x, " * 5000 + "]]\n",
    ],
    ids=["lists", "merges", "joins", "joins in a text", "a long text", "a long list"],
)
def test_what_doubles_has_an_end(tmp_path: Path, text: str) -> None:
    """A few lines can stand for a billion; a name is never that long."""
    (only,) = deployed(tmp_path, template_dot_yaml=text)
    assert [(each.key, each.name) for each in only.functions] == [("F", "")]


@pytest.mark.parametrize(
    "name", ["${self:custom.a}" * 3000, "${self:custom.b}" * 3000, "${self:" * 3000 + "}" * 3000]
)
def test_variables_that_make_long_values_have_an_end(tmp_path: Path, name: str) -> None:
    """Each is replaced in a text that would grow and be copied each time."""
    text = f"service: s\ncustom: {{a: {'y' * 5000}}}\nfunctions: {{f: {{name: '{name}'}}}}\n"
    (only,) = deployed(tmp_path, serverless_dot_yml=text)
    assert [(each.key, each.name) for each in only.functions] == [("f", "")]


@pytest.mark.parametrize("place", NO_PATHS)
def test_what_can_be_no_path_leads_to_nothing(tmp_path: Path, place: str) -> None:
    """In every place where a file names another one."""
    os.symlink("loop", tmp_path / "loop")
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": place}}
    (only,) = deployed(tmp_path, template_dot_json=json.dumps({"Resources": {"N": nested}}))
    assert only.notes == ("the nested stack N is not at hand",)
    config = f"[default.deploy.parameters]\nstack_name = 's'\ntemplate_file = {json.dumps(place)}"
    if place != "\ud800":  # which TOML cannot state
        assert deployed(tmp_path / "sam", samconfig_dot_toml=config)[0].stack == "s"
    artifacts = {
        "a": {"type": "aws:cloudformation:stack", "properties": {"templateFile": place}},
        "b": {"type": "cdk:cloud-assembly", "properties": {"directoryName": place}},
    }
    manifest = json.dumps({"artifacts": artifacts})
    (only,) = deployed(tmp_path / "cdk", **{"cdk.out__manifest_dot_json": manifest})
    assert only.notes == ("the template of a is not at hand",)
    with pytest.raises(UsageError, match="there is no"):
        read_project(place)


@pytest.mark.parametrize("inner", [".", "../cdk.out", "down/..", "again"])
def test_assemblies_within_each_other_are_read_once(tmp_path: Path, inner: str) -> None:
    """They may hold themselves, by any name."""
    (tmp_path / "cdk.out" / "down").mkdir(parents=True)
    os.symlink(".", tmp_path / "cdk.out" / "again")
    artifacts: dict[str, Any] = {
        key: {"type": "cdk:cloud-assembly", "properties": {"directoryName": inner}} for key in "ab"
    }
    artifacts["s"] = {"type": "aws:cloudformation:stack"}
    manifest = json.dumps({"artifacts": artifacts})
    found = deployed(tmp_path, **{"cdk.out__manifest_dot_json": manifest})
    assert [each.stack for each in found] == ["s"]


@pytest.mark.parametrize("wrong", [None, 3, [], ["x"], {}, {"x": ["x"]}, True])
def test_values_of_other_kinds_are_passed_over(tmp_path: Path, wrong: Any) -> None:
    """Wherever they stand; nothing is taken for a name."""
    resources = {
        "A": wrong,
        "B": {"Type": wrong, "Properties": wrong},
        "C": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": {"Fn::Sub": wrong}}},
        "D": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": {"Fn::Join": wrong}}},
        "E": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": wrong}},
    }
    template = json.dumps({"Resources": resources, "Parameters": {"P": wrong, "Q": wrong}})
    service = json.dumps({"service": wrong, "provider": wrong, "functions": wrong, "params": wrong})
    found = deployed(tmp_path, template_dot_json=template, serverless_dot_json=service)
    names = [name for each in found for name in each.names]
    assert not [name for name in names if not name.startswith(("x-dev-", "*-dev-"))]


def test_a_tag_of_python_makes_nothing(tmp_path: Path) -> None:
    """A file is data."""
    made = tmp_path / "made"
    tag = f"x: !!python/object/apply:os.mkdir ['{made}']\n"
    with pytest.raises(UsageError, match="python/object/apply"):
        deployed(tmp_path, template_dot_yaml=tag + TEMPLATE)
    assert not made.exists()
