"""Runs a real search server for the time of the tests: one process, one node, on loopback.

Several test processes (xdist's workers) share one node: who comes first starts it, and it ends
when nobody is left. That is told by locks which the system takes back from whoever dies, so a node
never outlives its tests, however they end: a supervisor (this file, run as a program) waits until
nobody holds the lock `use`, stops the server, and removes its files.

What differs from a server in production: a heap of 768 MB, the serial collector and the client
compiler only (with SLSLOGGREP_TEST_SEARCH_FULL, for benchmarks: 1 GB and Java's defaults), no
watermarks for disks, no security but for one, and no native code, so that it runs as root, which
it would refuse otherwise; nothing that can be seen over HTTP depends on it. (Elasticsearch 9 runs
as `nobody` instead; its process is a launcher, and the server ends with it.) Replicas have no
second node to be on: an index that is not told to have none is yellow.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from search_builds import (
    BUILDS,
    PASSWORD,
    PASSWORD_HASH,
    ROLES,
    USERS,
    Build,
    Missing,
    find_java,
    unpack,
)

__all__ = ["Node", "share"]

STARTING = 120  # seconds until a server must answer: 5 are usual, 30 on a busy machine
STOPPING = 20  # seconds that a server may take to stop before it is killed
LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""
MAIN = {
    "opensearch": "org.opensearch.bootstrap.OpenSearch",
    "elasticsearch": "org.elasticsearch.bootstrap.Elasticsearch",
}
PARENT_DIES = 1  # prctl's PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Node:
    """A running server: where it answers, what it is, and its process (0: not ours).

    `authorization` is the header of who may do all, where the server asks who somebody is.
    """

    url: str
    product: str
    version: str
    pid: int
    output: str
    authorization: str = ""

    @property
    def major(self) -> int:
        """Return the first number of its version."""
        return int(self.version.partition(".")[0])


@contextlib.contextmanager
def share(name: str, folder: Path) -> Iterator[Node]:
    """Give the node of that name among BUILDS, which all processes share that name this folder.

    Raises Missing where it cannot be had on this machine, RuntimeError where it does not start.
    """
    place = folder / f"search-{name}"
    place.mkdir(exist_ok=True, parents=True)
    with _locked(place / "use", shared=True):
        with _locked(place / "start", shared=False):
            node = _running(place) or _begin(name, place)
        yield node


def _running(place: Path) -> Node | None:
    try:
        told = json.loads((place / "node.json").read_text())
    except FileNotFoundError:
        return None
    if "missing" in told:
        raise Missing(told["missing"])
    if "failed" in told:
        raise RuntimeError(told["failed"])
    return Node(**told)


def _begin(name: str, place: Path) -> Node:
    with (place / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, __file__, name, str(place)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests, and ends the node through the lock
        )
    try:
        while supervisor.poll() is None:
            if node := _running(place):
                return node
            time.sleep(0.05)
    finally:
        # It lives on until nobody uses the node, maybe in another process: not waited for here.
        supervisor.returncode = supervisor.returncode or 0
    raise RuntimeError((place / "supervisor.log").read_text()[-2000:])


@contextlib.contextmanager
def _locked(file: Path, *, shared: bool) -> Iterator[None]:
    import fcntl

    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def _supervise(name: str, place: Path) -> None:
    """Start the server, tell about it in `node.json`, and stop it when nobody uses it."""
    import fcntl

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    files = Path(tempfile.mkdtemp(prefix="slsloggrep-search-"))
    server = None
    try:
        try:
            server, node = _start(BUILDS[name], files)
            told = asdict(node)
        except Missing as missing:
            told = {"missing": str(missing)}
        except Exception as error:  # whatever it is, those who wait must hear of it
            told = {"failed": repr(error)}
        _tell(place, told)
        with (place / "use").open("w") as use:
            while True:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                time.sleep(0.2)
            # Who wants the node now waits for this lock, and then starts another.
            (place / "node.json").unlink()
            if server:
                _stop(server)
    finally:
        if server:
            server.kill()
        (place / "node.json").unlink(missing_ok=True)
        shutil.rmtree(files, ignore_errors=True)


def _tell(place: Path, told: dict[str, object]) -> None:
    draft = place / "node.json.draft"
    draft.write_text(json.dumps(told))
    draft.replace(place / "node.json")


def _start(build: Build, files: Path) -> tuple[subprocess.Popen[bytes], Node]:
    java = find_java(build)
    home = unpack(build, files)
    own = {name: files / name for name in ("conf", "data", "logs", "tmp")}
    for folder in own.values():
        folder.mkdir()
    (own["conf"] / "log4j2.properties").write_text(LOGGING)
    (own["conf"] / f"{build.product}.yml").write_text(_settings(build, files))
    (own["conf"] / "jvm.options").write_text("")
    if build.secured:
        users = "".join(f"{user}:{PASSWORD_HASH}\n" for user in USERS)
        (own["conf"] / "users").write_text(users)
        (own["conf"] / "users_roles").write_text(
            "".join(f"{role}:{user}\n" for user, role in USERS.items())
        )
        (own["conf"] / "roles.yml").write_text(ROLES)
    user = _user(build)
    if user is not None:
        for folder in (files, *own.values()):
            os.chown(folder, user, -1)
        java = _reachable(java, files)
    if build.start == "script":
        command = [str(home / "bin" / build.product)]
    else:
        command = [
            str(java),
            *_options(build, home, files),
            "-cp",
            f"{home / 'lib'}/*",
            MAIN[build.product],
        ]
    output = files / "output"
    with output.open("wb") as out:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=files if build.start == "script" else home,
            env=_environment(build, java, files),
            user=user,
            preexec_fn=_die_with_parent,
        )
    try:
        return server, _wait(build, server, files)
    except BaseException:
        server.kill()
        raise


def _user(build: Build) -> int | None:
    """Return who is to run it: a server that is started by its script refuses to be root."""
    if build.start == "script" and os.geteuid() == 0:
        import pwd

        return pwd.getpwnam("nobody").pw_uid
    return None


def _reachable(java: Path, files: Path) -> Path:
    """Return a Java that others may run: the same, or a copy where it is in somebody's home."""
    home = java.resolve().parent.parent
    if all(folder.stat().st_mode & 0o005 == 0o005 for folder in (home, *home.parents)):
        return java
    shutil.copytree(home, files / "java", symlinks=True)
    return files / "java" / "bin" / "java"


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere only a kill -9 hurts
        ctypes.CDLL(None).prctl(PARENT_DIES, signal.SIGKILL)


def _settings(build: Build, files: Path) -> str:
    lines = [
        "cluster.name: slsloggrep-tests",
        "node.name: node",
        f"path.data: {files / 'data'}",
        f"path.logs: {files / 'logs'}",
        "network.host: 127.0.0.1",
        "http.port: 0",
        "transport.port: 0",
        "discovery.type: single-node",
        "cluster.routing.allocation.disk.threshold_enabled: false",
        "cluster.max_shards_per_node: 5000",
        "search.max_open_scroll_context: 500",
        # Garbage that the collector has not looked at yet is no reason to refuse a request.
        "indices.breaker.total.use_real_memory: false",
        "node.portsfile: true",
    ]
    if build.product == "elasticsearch" and build.version != "7.10.2":
        lines.append(f"xpack.security.enabled: {str(build.secured).lower()}")
    return "\n".join(lines) + "\n"


def _memory(files: Path) -> list[str]:
    temporary = f"-Djava.io.tmpdir={files / 'tmp'}"
    if os.environ.get("SLSLOGGREP_TEST_SEARCH_FULL"):
        return ["-Xms1g", "-Xmx1g", temporary]
    return ["-Xms512m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", temporary]


def _environment(build: Build, java: Path, files: Path) -> dict[str, str]:
    own = {"LIBFFI_TMPDIR": str(files / "tmp")}
    if build.start == "script":
        own |= {
            "ES_JAVA_HOME": str(java.parent.parent),
            "ES_PATH_CONF": str(files / "conf"),
            "ES_TMPDIR": str(files / "tmp"),
            "ES_JAVA_OPTS": " ".join(_memory(files)),
        }
    return {**os.environ, **own}


def _options(build: Build, home: Path, files: Path) -> list[str]:
    short = "es" if build.product == "elasticsearch" else build.product
    options = [
        *_memory(files),
        "-Xshare:auto", "-XX:-UsePerfData", "-Dfile.encoding=UTF-8",
        "-Djna.nosys=true", "-Djna.nounpack=true",
        "-Dio.netty.noUnsafe=true", "-Dio.netty.recycler.maxCapacityPerThread=0",
        "-Dlog4j.shutdownHookEnabled=false", "-Dlog4j2.disable.jmx=true",
        f"-D{short}.path.home={home}", f"-D{short}.path.conf={files / 'conf'}",
        f"-D{short}.distribution.type=zip",
    ]  # fmt: skip
    if build.product == "elasticsearch":
        options.append("-Des.distribution.flavor=default")
    if build.java[1] <= 23:  # newer ones have no security manager any more, and need not be asked
        options.append("-Djava.security.manager=allow")
    if (agent := home / "agent" / "opensearch-agent.jar").exists():
        options.append(f"-javaagent:{agent}")
    return options


def _wait(build: Build, server: subprocess.Popen[bytes], files: Path) -> Node:
    """Return the node when it answers and has elected itself."""
    authorization = ""
    if build.secured:
        authorization = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    end = time.monotonic() + STARTING
    url = ""
    while time.monotonic() < end and server.poll() is None:
        url = url or _address(files)
        health = "/_cluster/health?wait_for_status=yellow&timeout=5s"
        healthy = _ask(url + health, authorization) if url else None
        if healthy and healthy["timed_out"] is False:
            output = str(files / "output")
            return Node(url, build.product, build.version, server.pid, output, authorization)
        time.sleep(0.1)
    raise RuntimeError(
        f"{build.name} did not start: " + (files / "output").read_text(errors="replace")[-2000:]
    )


def _address(files: Path) -> str:
    try:
        listed = (files / "logs" / "http.ports").read_text().split()
    except FileNotFoundError:
        return ""
    return next((f"http://{it}" for it in listed if it.startswith("127.0.0.1:")), "")


def _ask(url: str, authorization: str) -> dict[str, Any] | None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {"Authorization": authorization} if authorization else {}
    try:
        with direct.open(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return json.load(answer)  # type: ignore[no-any-return]
    except (OSError, ValueError):
        return None


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOPPING)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    _supervise(sys.argv[1], Path(sys.argv[2]))
