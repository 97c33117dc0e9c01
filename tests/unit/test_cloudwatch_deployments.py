"""Functions of stacks and tags, asked of a service that answers anything."""

from __future__ import annotations

from typing import Any, cast

import pytest

from slsloggrep.errors import UsageError
from slsloggrep.sources.cloudwatch.deployments import (
    Tag,
    functions_of_stack,
    functions_of_tags,
    parse_tag,
)
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.sources.cloudwatch.refusals import Refused, Why

FUNCTION, STACK = "AWS::Lambda::Function", "AWS::CloudFormation::Stack"


class Answering:
    """In the place of an account: what was asked, and the answers by stack and token."""

    region = "us-east-1"

    def __init__(self, answers: dict[tuple[str, str | None], Any]) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []

    def call(self, operation: str, _resource: str, given: dict[str, Any], *, service: str) -> Any:
        self.asked.append({"service": service, "operation": operation, **given})
        key = (given.get("StackName", ""), given.get("NextToken") or given.get("PaginationToken"))
        answer = self.answers[key]
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(*resources: tuple[str, str | None, str], token: str | None = None) -> dict[str, Any]:
    names = ("ResourceType", "PhysicalResourceId", "ResourceStatus")
    found = [dict(zip(names, each, strict=True)) for each in resources]
    return {"StackResourceSummaries": found, "NextToken": token}


def of_stack(answers: dict[tuple[str, str | None], Any]) -> set[str]:
    return set(functions_of_stack(cast(Logs, Answering(answers)), "shop"))


def test_pages_and_nested_stacks_are_followed() -> None:
    """Whatever is neither a function nor a stack, could not be made, or is gone, is not meant."""
    done = "CREATE_COMPLETE"
    answers = {
        ("shop", None): page(
            (FUNCTION, "one", done),
            (FUNCTION, "gone", "DELETE_COMPLETE"),
            (FUNCTION, None, "CREATE_FAILED"),
            ("AWS::S3::Bucket", "bucket", done),
            (STACK, "arn:inner", done),
            token="2",
        ),
        ("shop", "2"): page((FUNCTION, "two", "UPDATE_FAILED")),
        ("arn:inner", None): page((FUNCTION, "three", done), (STACK, "arn:inner", done)),
    }
    assert of_stack(answers) == {"one", "two", "three"}


def test_pages_that_lead_in_circles_end() -> None:
    """They are refused, not asked for ever."""
    answers = {("shop", None): page(token="2"), ("shop", "2"): page(token="2")}
    with pytest.raises(Refused) as caught:
        of_stack(answers)
    assert caught.value.why is Why.GARBLED


def test_an_answer_without_a_list_is_none() -> None:
    """That a stack is empty must be the service's own word."""
    with pytest.raises(Refused) as caught:
        of_stack({("shop", None): {}})
    assert caught.value.why is Why.GARBLED


def test_a_stack_that_is_not_there_is_told_from_one_that_is_refused() -> None:
    """CloudFormation answers with ValidationError for both."""
    gone = Refused(Why.BAD_REQUEST, "ValidationError: Stack with id shop does not exist")
    with pytest.raises(Refused, match="there is no stack 'shop' in us-east-1") as caught:
        of_stack({("shop", None): gone})
    assert caught.value.why is Why.NO_SUCH_GROUP
    bad = Refused(Why.BAD_REQUEST, "ValidationError: 1 validation error detected")
    with pytest.raises(Refused) as other:
        of_stack({("shop", None): bad})
    assert other.value is bad


def test_tags_are_asked_for_together() -> None:
    """Keys narrow each other, values of one key are alternatives; pages are followed."""
    arn = "arn:aws:lambda:us-east-1:1:function:"
    logs = Answering(
        {
            ("", None): {
                "ResourceTagMappingList": [{"ResourceARN": f"{arn}cart"}],
                "PaginationToken": "2",
            },
            ("", "2"): {
                "ResourceTagMappingList": [
                    {"ResourceARN": f"{arn}shop"},
                    {"ResourceARN": "arn:aws:lambda:us-east-1:1:layer:x"},
                ],
                "PaginationToken": "",
            },
        }
    )
    tags = [Tag("team", "a"), Tag("team", "b"), Tag("stage", None)]
    assert functions_of_tags(cast(Logs, logs), tags) == {"cart", "shop"}
    assert logs.asked[0]["TagFilters"] == [
        {"Key": "team", "Values": ["a", "b"]},
        {"Key": "stage"},
    ]
    assert logs.asked[0]["ResourceTypeFilters"] == ["lambda:function"]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("team=checkout", Tag("team", "checkout")),
        ("team", Tag("team", None)),
        ("team=", Tag("team", "")),
        ("a=b=c", Tag("a", "b=c")),
    ],
)
def test_how_tags_are_written(text: str, tag: Tag) -> None:
    """The first sign parts key and value; an empty value is a value."""
    assert parse_tag(text) == tag


def test_a_tag_needs_a_key() -> None:
    """Anything else would mean every function that has any tag."""
    with pytest.raises(UsageError, match="'=x' is no tag"):
        parse_tag("=x")
