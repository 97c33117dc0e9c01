"""Checks as documents: `slsloggrep.doctor/1`, one a line, and an IAM policy that mends them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.values import text_value
from slsloggrep.harmless import json_text
from slsloggrep.model import Coverage
from slsloggrep.model.checks import Check, Permission

DOCTOR_SCHEMA = "slsloggrep.doctor/1"

_LANGUAGE = "2012-10-17"
"""The version of IAM's policy language (IAM User Guide, reference_policies_elements_version)."""

Checks = Mapping[str, Sequence[Check]]
"""By source, in the order of the sources."""


def checks_document(checks: Checks, coverage: Sequence[Coverage]) -> dict[str, Any]:
    """Return `{schema: "slsloggrep.doctor/1", coverage, checks: [...]}`.

    What is missing of a source are its gaps.
    """
    return {
        "schema": DOCTOR_SCHEMA,
        "coverage": coverage_document(coverage),
        "checks": list(check_lines(checks)),
    }


def check_lines(checks: Checks) -> Iterator[dict[str, Any]]:
    """Yield `{source, place, check, verdict, detail, hint, actions}` for each check.

    `actions` are the IAM actions that are missing; none where it is not that.
    """
    for source, some in checks.items():
        for check in some:
            yield {
                "source": source,
                "place": text_value(check.place),
                "check": check.what,
                "verdict": check.verdict.value,
                "detail": text_value(check.detail),
                "hint": text_value(check.hint),
                "actions": [each.action for each in check.permissions] if check.denied else [],
            }


def policy_text(permissions: Iterable[Permission], *, ascii_only: bool = False) -> str:
    """Return an IAM policy that allows just these actions, as indented JSON with a newline."""
    text = json_text(policy_document(permissions), ascii_only=ascii_only)
    return msgspec.json.format(text, indent=2) + "\n"


def policy_document(permissions: Iterable[Permission]) -> dict[str, Any]:
    """Return the policy: a statement for all actions that need the same resources.

    The same for the same permissions, in whatever order and however often they come.
    """
    actions: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for each in permissions:
        key = (tuple(sorted(set(each.resources))), each.prefix)
        actions.setdefault(key, set()).add(each.action)
    statements = []
    for (resources, prefix), some in sorted(
        actions.items(), key=lambda pair: (sorted(pair[1]), pair[0])
    ):
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Action": sorted(some),
            "Resource": list(resources),
        }
        if prefix:
            statement["Condition"] = {"StringLike": {"s3:prefix": [f"{prefix}*"]}}
        statements.append(statement)
    return {"Version": _LANGUAGE, "Statement": statements}
