"""What holds for all tests.

Where the corpus is, that nothing is skipped where all is there, that no property fails for a busy
machine, that nobody's cache is written to, and that every JSON document that the program writes is
what its schema says.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import written_documents
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# How long an example takes tells of the machine; what may take long has tests of its own.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Where a change is judged it meets the same examples each time; new ones are looked for while
# somebody is there to mend what they find.
settings.register_profile("judged", settings.get_profile("unhurried"), derandomize=True)
settings.load_profile("judged" if os.environ.get("SLSLOGGREP_NO_SKIPS") else "unhurried")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real log data that lies beside the checkout."""
    folder = Path(os.environ.get("SLSLOGGREP_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"the corpus of real log data is not at {folder}")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _no_cache_of_a_person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep out of the cache of whoever runs the tests; processes that tests start do as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_configure() -> None:
    """Begin to hold documents against their schemas, before any test module is imported."""
    written_documents.install()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let tests write any JSON that are about how it is written."""
    written_documents.strict = item.get_closest_marker("any_json") is None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, pytest.TestReport]:
    """Turn a skip into a failure where SLSLOGGREP_NO_SKIPS says that all components are there."""
    report: pytest.TestReport = yield
    if report.skipped and os.environ.get("SLSLOGGREP_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report
