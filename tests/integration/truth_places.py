"""Where the generated system's logs lie, as pytest fixtures; import what a test module uses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import FakeAws
from logs_service import LogsService
from truth_fleet import FLEET, MANAGED, Plan
from truth_model import System
from truth_packing import pack, put_into_moto, put_into_service, write
from truth_scenes import Scene
from truth_system import generate

__all__ = ["CLOUDWATCH", "KINDS", "NOW", "Place", "few", "place", "whole"]

NOW = 1_795_435_200_000
"""2026-11-23T12:00:00Z."""

KINDS = [
    pytest.param(plan, scene, id=f"{plan.function.name}: {scene.__name__}")
    for plan in FLEET
    for scene in plan.happen
]
"""Everything that happens to every function."""

CLOUDWATCH = ["-S", "cloudwatch:", "-g", "*", "--rate", "1000", "--region", "us-east-1"]


@pytest.fixture(scope="session")
def whole() -> System:
    """Give the whole system."""
    return generate(NOW)


@pytest.fixture(scope="session")
def few() -> System:
    """Give one to which everything happens too, but twice at most."""

    def thin(plan: Plan) -> Plan:
        happen: dict[Scene, int] = {scene: min(2, n) for scene, n in plan.happen.items()}
        return plan._replace(served=len(happen) + 25, happen=happen)

    return generate(NOW, 11, (*map(thin, FLEET), MANAGED._replace(served=40)))


def _files(system: System, request: pytest.FixtureRequest) -> list[str]:
    folder: Path = request.getfixturevalue("tmp_path")
    return ["-S", write(pack(system, 1), folder)]


def _s3(system: System, request: pytest.FixtureRequest) -> list[str]:
    aws: FakeAws = request.getfixturevalue("aws")
    fill: Callable[[dict[str, bytes]], str] = request.getfixturevalue("bucket")
    packings = ("gzip members", "gzip within gzip", "gzip")
    return ["-S", fill(pack(system, 2, packings=packings)), "--endpoint-url", aws.url]


def _moto(system: System, request: pytest.FixtureRequest) -> list[str]:
    aws: FakeAws = request.getfixturevalue("aws")
    put_into_moto(system)
    return [*CLOUDWATCH, "--endpoint-url", aws.url]


def _service(system: System, request: pytest.FixtureRequest) -> list[str]:
    service: LogsService = request.getfixturevalue("cloudwatch")
    put_into_service(system, service)
    return CLOUDWATCH


class Place(NamedTuple):
    """Where a system's logs lie."""

    system: System
    options: list[str]
    """That name it as a source."""


_PLACES = {
    "files": (_files, "whole"),
    "s3": (_s3, "whole"),
    "cloudwatch": (_service, "whole"),
    "moto": (_moto, "few"),
}


@pytest.fixture(params=_PLACES)
def place(request: pytest.FixtureRequest) -> Place:
    """Give a system in each kind of source in turn.

    As CloudWatch the whole system is in the strict stand-in, which applies filter patterns as they
    are documented, so that one which lets too little through shows. moto lets everything through,
    has other event IDs, and reads stream by stream.
    """
    put, name = _PLACES[request.param]
    system: System = request.getfixturevalue(name)
    return Place(system, put(system, request))
