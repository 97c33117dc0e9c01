"""Policies out of permissions, and checks as documents."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.export.checks import check_lines, policy_document, policy_text
from slsloggrep.model.checks import Check, Permission, Verdict

GROUP = ("arn:aws:logs:us-east-1:1:log-group:/aws/lambda/cart:*",)
READ = Permission("logs:FilterLogEvents", GROUP)
LIST = Permission("logs:DescribeLogStreams", GROUP)
FUNCTIONS = Permission("lambda:ListFunctions")
BUCKET = Permission("s3:ListBucket", ("arn:aws:s3:::b",), "prod/")


def test_actions_on_the_same_resources_are_one_statement() -> None:
    """The prefix of a listing is a condition, in a statement of its own."""
    assert policy_document([READ, FUNCTIONS, LIST, BUCKET]) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["lambda:ListFunctions"], "Resource": ["*"]},
            {
                "Effect": "Allow",
                "Action": ["logs:DescribeLogStreams", "logs:FilterLogEvents"],
                "Resource": list(GROUP),
            },
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": ["arn:aws:s3:::b"],
                "Condition": {"StringLike": {"s3:prefix": ["prod/*"]}},
            },
        ],
    }


@settings(max_examples=50)
@given(
    st.lists(
        st.builds(
            Permission,
            st.sampled_from(["logs:A", "logs:B", "s3:C"]),
            st.sampled_from([("*",), ("x",), ("x", "y"), ("y", "x")]),
            st.sampled_from(["", "p"]),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_the_policy_allows_just_what_it_was_given(given: list[Permission], random: object) -> None:
    """Neither order nor repetition matters, nothing is lost, and nothing more is allowed."""
    shuffled = [*given, *given]
    random.shuffle(shuffled)  # type: ignore[attr-defined] # it is hypothesis' own Random
    policy = policy_document(shuffled)
    assert policy == policy_document(given)
    allowed = {
        (action, tuple(statement["Resource"]), "Condition" in statement)
        for statement in policy["Statement"]
        for action in statement["Action"]
    }
    assert allowed == {(p.action, tuple(sorted(set(p.resources))), bool(p.prefix)) for p in given}


def test_the_policy_is_json_to_paste() -> None:
    """Indented, with a newline at its end; names that ASCII lacks are escaped where asked."""
    text = policy_text([Permission("s3:GetObject", ("arn:aws:s3:::b/ü*",))], ascii_only=True)
    assert text.isascii()
    assert text.endswith("}\n")
    assert json.loads(text)["Statement"][0]["Resource"] == ["arn:aws:s3:::b/ü*"]


def test_actions_stand_beside_what_was_denied_only() -> None:
    """What was allowed, or not tried, lacks nothing as far as is known."""
    checks = [
        Check(what="a", verdict=Verdict.OK, permissions=(READ,)),
        Check(what="b", verdict=Verdict.MISSING, permissions=(LIST,), denied=True),
        Check(what="c", verdict=Verdict.UNCHECKED, permissions=(FUNCTIONS,)),
    ]
    lines = list(check_lines({"s": checks}))
    assert [line["actions"] for line in lines] == [[], ["logs:DescribeLogStreams"], []]
    assert lines[1] == {
        "source": "s",
        "place": None,
        "check": "b",
        "verdict": "missing",
        "detail": None,
        "hint": None,
        "actions": ["logs:DescribeLogStreams"],
    }
