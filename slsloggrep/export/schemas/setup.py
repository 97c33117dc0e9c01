"""Documents of `functions` and `doctor`, whole and by the line."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from slsloggrep.export.schemas.common import Count, Coverage, Shape, Text, Time
from slsloggrep.model.checks import Verdict


class Weakness(Shape):
    """Something that is unhealthy of a function, for whoever reads its log."""

    kind: Annotated[str, Meta(description="For programs.", pattern="^[a-z_]+$")]
    words: Text


class DeployedFunction(Shape):
    """A function as it is deployed; null is what is not known."""

    function: Text
    region: Text
    arn: Text | None
    runtime: Annotated[Text, Meta(description="image: of a container image.")] | None
    memory_mb: Count | None
    timeout_s: Count | None
    log_group: Text | None
    log_group_exists: bool | None
    log_format: Annotated[Text, Meta(description="Text or JSON.")] | None
    application_log_level: Text | None
    system_log_level: Text | None
    tracing: bool | None
    retention_days: Count | None
    never_expires: bool | None
    infrequent_access: bool | None
    last_activity: Annotated[Time, Meta(description="May lag by an hour.")] | None
    unhealthy: list[Weakness]


class FunctionsDocument(Shape):
    """Functions, and what is unhealthy of them."""

    schema: Literal["slsloggrep.functions/1"]
    coverage: Coverage
    functions: list[DeployedFunction]


class Check(Shape):
    """One thing that an investigation needs, and whether it is there."""

    source: str
    place: Annotated[Text, Meta(description="Account and region, of several.")] | None
    check: Text
    verdict: Verdict
    detail: Text | None
    hint: Annotated[Text, Meta(description="What to try.")] | None
    actions: Annotated[list[Text], Meta(description="IAM actions that are missing.")]


class DoctorDocument(Shape):
    """Checks of all sources; what is missing are the gaps."""

    schema: Literal["slsloggrep.doctor/1"]
    coverage: Coverage
    checks: list[Check]
