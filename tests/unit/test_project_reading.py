"""What the files of a project deploy: names that are certain, globs, and what is not known."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from slsloggrep.errors import MissingExtraError, UsageError
from slsloggrep.project import Deployment
from slsloggrep.project.deployment import checked_name, generated_name
from slsloggrep.project.folder import read_project

SERVERLESS = """\
service: shop
frameworkVersion: '4'
provider:
  name: aws
  runtime: python3.13
  stage: ${opt:stage, 'dev'}
  region: ${self:custom.regions.${self:provider.stage}, 'us-east-1'}
custom:
  regions:
    dev: eu-west-1
    prod: eu-central-1
  prefix: ${self:service}-${sls:stage}
functions:
  checkout:
    handler: app.checkout
  cart_v2:
    name: ${self:custom.prefix}-basket
    handler: app.cart
  report:
    name: ${env:TEAM}-report-${sls:stage}
  vague:
    name: ${file(./names.yml):vague}
resources:
  Resources:
    Helper:
      Type: AWS::Lambda::Function
      Properties:
        FunctionName: ${self:custom.prefix}-helper
        Role: !GetAtt HelperRole.Arn
    Table: {Type: AWS::DynamoDB::Table}
"""

SAM = """\
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
  Plain: {Type: String, Default: plainly}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Checkout:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub "${AWS::StackName}-checkout"
      Role: !GetAtt Role.Arn
      Environment:
        Variables:
          TABLE: !If [IsProd, !Ref Table, !ImportValue other-table]
          LITERAL: !Sub "${!not} ${Table.Arn}"
  Cart:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.cart}
  Staged:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Join ["-", [orders, !Ref Stage, worker]]
  Mapped:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ["mail-${Where}-${AWS::Region}", {Where: !Ref Stage}]
  Default:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: !Ref Plain}
  Secret:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: "{{resolve:ssm:/name}}"}
  Inner:
    Type: AWS::Serverless::Application
    Properties: {Location: ./inner/template.yaml}
  Elsewhere:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "https://s3.amazonaws.com/bucket/x.json"}
"""

INNER = """\
Resources:
  Named:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: inner-named}
  Unnamed:
    Type: AWS::Lambda::Function
"""

SAMCONFIG = """\
version = 0.1
[default.global.parameters]
stack_name = "shop-dev"
[default.deploy.parameters]
region = "eu-west-1"
parameter_overrides = "Stage=test Other=\\"a b\\""
[prod.deploy.parameters]
stack_name = "shop-prod"
parameter_overrides = ["ParameterKey=Stage,ParameterValue=prod"]
"""


def write(folder: Path, **files: str) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(folder)


def names(deployment: Deployment) -> dict[str, str]:
    return dict(deployment.functions)


def only(place: str, stage: str | None = None) -> Deployment:
    (deployment,) = read_project(place, stage)
    return deployment


@pytest.mark.parametrize(
    ("stage", "region"), [(None, "eu-west-1"), ("prod", "eu-central-1"), ("pr-7", "us-east-1")]
)
def test_a_service_of_the_serverless_framework(
    tmp_path: Path, stage: str | None, region: str
) -> None:
    """By its conventions; variables of the file itself are replaced, others are wildcards."""
    service = only(write(tmp_path, serverless_dot_yml=SERVERLESS), stage)
    of = stage or "dev"
    assert (service.origin, service.stack, service.region) == (
        "serverless.yml",
        f"shop-{of}",
        region,
    )
    assert names(service) == {
        "checkout": f"shop-{of}-checkout",
        "cart_v2": f"shop-{of}-basket",
        "report": f"*-report-{of}",
        "vague": "",
        "Helper": f"shop-{of}-helper",
    }
    assert service.unknown == ("vague",)


def test_a_service_says_its_names_in_other_ways(tmp_path: Path) -> None:
    """A stack's own name, a service as a mapping, functions as a list, JSON, params."""
    document = {
        "service": {"name": "shop"},
        "provider": {"stackName": "own-${param:suffix}", "stage": "${env:STAGE, 'dev'}"},
        "params": {"default": {"suffix": "stack"}},
        "functions": [{"a": {"name": "alone-a"}}, "${file(./more.yml)}"],
    }
    service = only(write(tmp_path, serverless_dot_json=json.dumps(document)))
    assert service.stack == "own-stack"
    assert names(service) == {"a": "alone-a"}
    assert service.notes == ("functions of ${file(./more.yml)} are not read",)
    del document["provider"]["stackName"]  # type: ignore[attr-defined]
    document["functions"] = {"b": None}
    other = only(write(tmp_path, serverless_dot_json=json.dumps(document)))
    assert (other.stack, names(other)) == ("", {"b": "shop-*-b"})


def test_values_that_hold_each_other_have_an_end(tmp_path: Path) -> None:
    """A circle is not known; ten doublings of ten are cut off."""
    circle = "service: a${self:service}\nfunctions: {f: {}}\n"
    assert only(write(tmp_path, serverless_dot_yml=circle)).stack == ""
    levels = "".join(
        f"  k{n}: {'${self:custom.k%d}' % (n + 1) * 10}\n"  # noqa: UP031
        for n in range(9)
    )
    deep = f"service: ${{self:custom.k0}}\ncustom:\n{levels}  k9: x\nfunctions: {{f: {{}}}}\n"
    assert only(write(tmp_path, serverless_dot_yml=deep)).stack == ""
    aliases = "Resources: &a\n  X: {Type: AWS::Lambda::Function, Properties: {FunctionName: *a}}\n"
    write(tmp_path / "alias", template_dot_yaml=aliases)
    assert names(only(str(tmp_path / "alias"))) == {"X": ""}
    loop = (
        "Resources:\n  X:\n    Type: AWS::Lambda::Function\n"
        '    Properties: {FunctionName: &b {"Fn::Join": ["", [*b]]}}\n'
    )
    write(tmp_path / "loop", template_dot_yaml=loop)
    with pytest.raises(UsageError, match="has no end"):
        read_project(str(tmp_path / "loop"))


def test_a_template_of_sam_with_its_configuration(tmp_path: Path) -> None:
    """The stack and its parameters make names certain; what CloudFormation makes up is a glob."""
    place = write(
        tmp_path,
        template_dot_yaml=SAM,
        samconfig_dot_toml=SAMCONFIG,
        inner__template_dot_yaml=INNER,
    )
    sam = only(place)
    assert (sam.stack, sam.region) == ("shop-dev", "eu-west-1")
    assert names(sam) == {
        "Checkout": "shop-dev-checkout",
        "Cart": "shop-dev-Cart-*",
        "Staged": "orders-test-worker",
        "Mapped": "mail-test-eu-west-1",
        "Default": "plainly",
        "Secret": "",
        "Named": "inner-named",
        "Unnamed": "",
    }
    assert sam.notes == ("the nested stack Elsewhere is not at hand",)
    prod = only(place, "prod")
    assert (prod.stack, prod.region) == ("shop-prod", None)
    assert names(prod)["Staged"] == "orders-prod-worker"
    assert names(prod)["Mapped"] == "mail-prod-*"
    with pytest.raises(UsageError) as caught:
        read_project(place, "prd")
    assert caught.value.hint == "it has default, prod"


def test_a_template_alone_knows_less(tmp_path: Path) -> None:
    """Without a stack's name, what it is part of is a wildcard, and a default is not believed."""
    place = write(tmp_path, template_dot_yaml=SAM, inner__template_dot_yaml=INNER)
    sam = only(str(Path(place, "template.yaml")))
    assert sam.stack == ""
    known = names(sam)
    assert (known["Checkout"], known["Cart"]) == ("*-checkout", "")
    assert (known["Staged"], known["Default"]) == ("orders-*-worker", "plainly")


def test_a_nested_template_that_cannot_be_read_is_noted(tmp_path: Path) -> None:
    """The rest of the stack is no less certain; one that holds itself is read once."""
    place = write(tmp_path, template_dot_yaml=SAM, inner__template_dot_yaml="a: [")
    sam = only(place)
    assert "Checkout" in names(sam)
    assert sam.notes[0].startswith("the nested stack Inner is not read: ")
    circle = (
        "Resources:\n  A:\n    Type: AWS::Serverless::Application\n"
        "    Properties: {Location: template.yaml}\n"
        "  B: {Type: AWS::Lambda::Function, Properties: {FunctionName: b}}\n"
    )
    assert only(write(tmp_path / "c", template_dot_yaml=circle)).names == ("b",)


def cdk(folder: Path) -> str:
    """Write what `cdk synth` writes for a stack with a nested one, and a stage."""

    def stack(name: str, environment: str, **properties: Any) -> dict[str, Any]:
        return {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {
                "templateFile": f"{name}.template.json",
                "terminationProtection": False,
                "validateOnSynth": False,
                **properties,
            },
            "dependencies": [f"{name}.assets"],
            "metadata": {f"/{name}": []},
            "displayName": name,
        }

    manifest = {
        "version": "36.0.0",
        "artifacts": {
            "ShopStack.assets": {
                "type": "cdk:asset-manifest",
                "properties": {"file": "ShopStack.assets.json"},
            },
            "ShopStack": stack("ShopStack", "aws://unknown-account/unknown-region"),
            "assembly-Prod": {
                "type": "cdk:cloud-assembly",
                "properties": {"directoryName": "assembly-Prod", "displayName": "Prod"},
            },
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
        },
    }
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}]]}},
        "Metadata": {
            "aws:cdk:path": "ShopStack/Data.NestedStack/Data.NestedStackResource",
            "aws:asset:path": "ShopStackData3F2A.nested.template.json",
            "aws:asset:property": "TemplateURL",
        },
    }
    template = {
        "Resources": {
            "CheckoutFn8D3C1A2B": {"Type": "AWS::Lambda::Function", "Properties": {}},
            "DataNestedStack": nested,
            "CDKMetadata": {"Type": "AWS::CDK::Metadata"},
        }
    }
    inner = {
        "Resources": {
            "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "shop-data"}}
        }
    }
    prod = {
        "version": "36.0.0",
        "artifacts": {
            "ProdApi1234": stack(
                "ProdApi1234", "aws://123456789012/eu-west-1", stackName="Prod-Api"
            )
        },
    }
    out = {
        "manifest.json": manifest,
        "ShopStack.template.json": template,
        "ShopStackData3F2A.nested.template.json": inner,
        "assembly-Prod/manifest.json": prod,
        "assembly-Prod/ProdApi1234.template.json": {"Resources": {}},
    }
    for name, document in out.items():
        path = folder / "cdk.out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
    return str(folder)


def test_what_cdk_synth_wrote(tmp_path: Path) -> None:
    """Each stack of each stage, nested templates by their assets; by folder or by cdk.out."""
    place = cdk(tmp_path)
    shop, api = read_project(place)
    assert (shop.origin, shop.stack, shop.region) == ("cdk.out", "ShopStack", None)
    assert names(shop) == {
        "CheckoutFn8D3C1A2B": "ShopStack-CheckoutFn8D3C1A2B-*",
        "Fn": "shop-data",
    }
    assert (api.stack, api.region, api.functions) == ("Prod-Api", "eu-west-1", ())
    assert read_project(str(tmp_path / "cdk.out")) == (shop, api)
    assert read_project(str(tmp_path / "cdk.out" / "manifest.json")) == (shop, api)
    assert read_project(place, "Prod") == (api,)
    with pytest.raises(UsageError, match="no stage 'Test'"):
        read_project(place, "Test")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("serverless.yml", "a: [", "is no YAML: line [12]: "),
        ("serverless.yml", "- a\n", "holds no mapping"),
        ("serverless.json", "{", "is no JSON"),
        ("samconfig.toml", "a = ", "is no TOML"),
        ("template.json", '{"a": 1}', "is no template of CloudFormation"),
        ("template.yaml", "a: \xff", "is no text in UTF-8"),
        ("cdk.out/manifest.json", "{}", "is no manifest of the CDK"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    """By its name, with what is wrong of it."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=said) as caught:
        read_project(str(tmp_path))
    assert name in caught.value.message.replace("\\", "/")


def test_a_folder_without_such_files_says_what_would_make_them(tmp_path: Path) -> None:
    """A program is not run; what writes a file of it is told."""
    with pytest.raises(UsageError) as caught:
        read_project(str(tmp_path))
    assert "no serverless.yml, template.yaml, samconfig.toml or cdk.out" in caught.value.message
    write(tmp_path, cdk_dot_json="{}", serverless_dot_ts="")
    with pytest.raises(UsageError) as caught:
        read_project(str(tmp_path))
    assert "cdk synth writes cdk.out" in str(caught.value.hint)
    assert "serverless print" in str(caught.value.hint)
    with pytest.raises(UsageError, match="there is no folder"):
        read_project(str(tmp_path / "nowhere"))


def test_a_configuration_alone_names_its_stack(tmp_path: Path) -> None:
    """The template may be elsewhere; the stack is asked for all the same."""
    sam = only(write(tmp_path, samconfig_dot_toml=SAMCONFIG))
    assert (sam.origin, sam.stack, sam.functions) == ("samconfig.toml", "shop-dev", ())


def test_yaml_without_its_library_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON and TOML need none."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    write(tmp_path, template_dot_yaml=SAM)
    with pytest.raises(MissingExtraError) as caught:
        read_project(str(tmp_path))
    assert caught.value.hint == "pip install 'slsloggrep[project]'"
    assert len(read_project(cdk(tmp_path / "other"))) == 2


def test_names_keep_what_they_look_like(tmp_path: Path) -> None:
    """Scalars of YAML are texts: no number, no date, no truth is made of a name."""
    text = "service: 2024-01-02\nprovider: {stage: 010}\nfunctions: {yes: {}, 1e3: {}}\n"
    service = only(write(tmp_path, serverless_dot_yml=text))
    assert service.names == ("2024-01-02-010-yes", "2024-01-02-010-1e3")


@pytest.mark.parametrize(
    ("name", "checked"),
    [
        ("shop-*", "shop-*"),
        ("a-**-bcd", "a-*-bcd"),
        ("*-a-*", ""),
        ("*", ""),
        ("a b", ""),
        ("ab", "ab"),
        ("", ""),
    ],
)
def test_a_glob_needs_something_fixed(name: str, checked: str) -> None:
    """What matches nearly everything tells nothing; a name may be short."""
    assert checked_name(name) == checked


def test_a_made_up_name_that_would_be_cut_is_not_known() -> None:
    """64 characters, 13 of them made up."""
    assert generated_name("s" * 25, "L" * 25) == f"{'s' * 25}-{'L' * 25}-*"
    assert generated_name("s" * 25, "L" * 26) == ""
    assert generated_name("", "Logical") == ""
