"""Where the README's commands are run: accounts, buckets, clusters that hold the demo's shop.

    with World(folder) as world:
        world.run(["trace", "ord-71866"])    # Outcome(code, stdout, stderr)

CloudWatch Logs, Lambda and STS are the tests' own stand-in, other services of AWS moto's server, a
search cluster an emulator. They hold what `demo:` tells at `TOLD`, so that identifiers that carry
their time are found in each of them. This process's time of day runs on from `NOW`, which is a few
minutes after the last event, as long as the world is there.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import logging
import os
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import botocore.session
from logs_service import LogsService
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer
from osmem_server import OsmemServer  # type: ignore[import-untyped] # it publishes no types
from program import _load_once

from slsloggrep.cli.context import Cancellation, Environment
from slsloggrep.cli.main import run
from slsloggrep.model import Event, Query
from slsloggrep.sources.base import Settings, open_source
from slsloggrep.sources.demo import build


def _millis(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


TOLD = "2026-11-23T17:05Z"
_DAY_BEFORE = "2026-11-22T15:00Z"
_OF_THE_DAY_BEFORE = re.compile(r"-14-(29|3\d)-")
"""What the names of the few objects hold that the archive has of a day before, with the order."""
NOW = _millis("2026-11-23T16:59Z")
REGION = "eu-west-1"
ACCESS_LOG = "/aws/apigateway/shop-prod-access"
API, STAGE = "a1b2c3d4e5", "prod"
"""What the demo's access log is of; its execution log is there, with nothing in it."""
ARCHIVE, PREFIX = "my-logs", "prod/"
REPORTS = "reports"
"""A bucket with nothing in it."""
STACK = "shop-prod"
DEPLOYED = ("shop-api-checkout", "shop-shipping-label")
"""Functions of the stack, of the API, and of the folder in which commands are run."""
_THROTTLED = "TooManyRequestsException: Rate Exceeded."
"""What a function logs that calls another one, which is throttled: no story of the demo's."""
_ORDER = b"ord-71866"
_GZIP = b"\x1f\x8b"
_SHIPPED = ("16:33", "16:36")
"""What is in the cluster, which takes in no more than 500 documents a second."""
_PATIENCE_S = 0.4
"""How long somebody waits for what is followed, until they press Ctrl-C."""


def _shifted(clock: Callable[[], float], ahead: float) -> Callable[[], float]:
    """Return a clock that is ahead of another one."""
    return lambda: clock() + ahead


class Outcome(NamedTuple):
    """What came of a run."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, kw_only=True)
class _Watched(Environment):
    """An environment in which somebody presses Ctrl-C when they saw something, or nothing comes."""

    stdout: io.StringIO

    @contextlib.contextmanager
    def interrupts(self) -> Iterator[Cancellation]:
        cancellation, ended = Cancellation(), threading.Event()

        def watch() -> None:
            begun = time.monotonic()
            while not self.stdout.tell() and time.monotonic() - begun < _PATIENCE_S:
                if ended.wait(0.02):
                    return
            cancellation.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield cancellation
        finally:
            ended.set()
            watcher.join()


class World:
    """The servers, and the folder in which commands are run; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held = contextlib.ExitStack()
        self._objects = dict(build(_millis(TOLD)))
        earlier = build(_millis(_DAY_BEFORE)).items()
        self._objects |= {k: v for k, v in earlier if _OF_THE_DAY_BEFORE.search(k)}
        self.violations: list[str] = []
        """What no correct client would have asked CloudWatch."""

    def __enter__(self) -> World:
        with contextlib.ExitStack() as held:
            logs = held.enter_context(LogsService())
            self.violations = logs.violations
            moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
            moto.start()
            held.callback(moto.stop)
            self._cluster = OsmemServer.start(japanese=False)
            held.callback(self._close_cluster)
            aws = f"http://127.0.0.1:{moto.get_host_and_port()[1]}"
            held.callback(_forget, aws)
            held.enter_context(
                mock.patch.dict(os.environ, self._variables(logs.url, aws), clear=True)
            )
            ahead_ns = NOW * 1_000_000 - time.time_ns()
            for name, unit in (("time", 1e-9), ("time_ns", 1)):
                shifted = _shifted(getattr(time, name), ahead_ns * unit)
                held.enter_context(mock.patch(f"time.{name}", shifted))
            # The models of services take most of the time of a command that asks for little.
            held.enter_context(mock.patch("botocore.session.create_loader", _load_once))
            self._fill_logs(logs)
            self._fill_aws(aws)
            self._fill_cluster()
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def _close_cluster(self) -> None:
        self._cluster.close()
        if self._cluster.process.stdout:
            self._cluster.process.stdout.close()

    def run(
        self, arguments: Sequence[str], stdin: bytes | None = None, *, watched: bool = False
    ) -> Outcome:
        """Run a command line in this process, whose cluster is this one, wherever it is said to be.

        Where it is watched, somebody ends it as soon as it shows something.
        """
        stdout, stderr = io.StringIO(), io.StringIO()
        environment = (_Watched if watched else Environment)(
            stdin=None if stdin is None else io.BytesIO(stdin),
            stdin_is_terminal=stdin is None,
            stdout=stdout,
            stdout_is_terminal=False,
            stderr=stderr,
            stderr_is_terminal=False,
            width=80,
            env={**os.environ, "SLSLOGGREP_RATE": "1000", "SLSLOGGREP_DEBUG": "1"},
            opener=lambda _url: True,
        )
        with contextlib.chdir(self.folder):
            code = run([self._here(word) for word in arguments], environment)
        return Outcome(code, stdout.getvalue(), stderr.getvalue())

    def _here(self, word: str) -> str:
        """Return a word in which the address of a cluster, whatever it is, is this one's."""
        return re.sub(r"^(\w+)\+https?://[^/]+", rf"\1+{self._cluster.url}", word)

    def _variables(self, logs: str, aws: str) -> dict[str, str]:
        others = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SLSLOGGREP_"))}
        settings = self.folder / "config.toml"
        settings.touch()
        config = self.folder / "aws-config"
        config.write_text(f"[default]\nregion={REGION}\n[profile prod]\nregion={REGION}\n")
        credentials = self.folder / "aws-credentials"
        keys = "aws_access_key_id=test\naws_secret_access_key=test\n"
        credentials.write_text(f"[default]\n{keys}[prod]\n{keys}")
        for name in ("S3", "CLOUDFORMATION", "API_GATEWAY", "APIGATEWAYV2"):
            others[f"AWS_ENDPOINT_URL_{name}"] = aws
        return {
            **others,
            "AWS_CONFIG_FILE": str(config),
            "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": logs,
            "SLSLOGGREP_CONFIG": str(settings),
        }

    def object(self) -> bytes:
        """Return what `aws s3 cp` copies: an object of the archive that holds the order."""
        for body in self._objects.values():
            if body.startswith(_GZIP) and _ORDER in gzip.decompress(body):
                return body
        raise LookupError(_ORDER)

    def put_files(self, folder: str) -> None:
        """Put the archive into a folder, which is the one that commands are run in or below it."""
        for name, body in self._objects.items():
            path = self.folder / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)

    def _events(self) -> list[Event]:
        demo = open_source("demo:", Settings(now=_millis(TOLD)))
        events = demo.fetch(Query(), lambda _: None)
        found = {(e.log_group, e.log_stream, e.timestamp, e.message): e for e in events}
        return [event for event in found.values() if event.log_group and event.log_stream]

    def _fill_logs(self, logs: LogsService) -> None:
        streams: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for event in self._events():
            stream = streams.setdefault((event.log_group, event.log_stream), [])
            stream.append((event.timestamp, event.message))
        logs.create_group(f"API-Gateway-Execution-Logs_{API}/{STAGE}", region=REGION)
        for (group, stream), events in streams.items():
            logs.put(group, stream, events, region=REGION)
        caller = next(key for key in streams if key[0].endswith("/shop-api-checkout"))
        logs.put(*caller, [(NOW - 60_000, _THROTTLED)], region=REGION)
        for name in self._functions({group for group, _ in streams}):
            logs.region(REGION).create_function(name)

    def _functions(self, groups: set[str]) -> list[str]:
        names = [name.removeprefix("/aws/lambda/") for name in groups]
        return sorted(name for name in names if "/" not in name)

    def _fill_aws(self, url: str) -> None:
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        _forget(url)
        place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
        for name in (ARCHIVE, REPORTS):
            _client("s3", url).create_bucket(Bucket=name, **place)
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for key, body in self._objects.items():
            backend.put_object(ARCHIVE, PREFIX + key, body)
        _deploy_api(_client("apigateway", url))
        role = _client("iam", url).create_role(RoleName="any", AssumeRolePolicyDocument="{}")
        template = _template(role["Role"]["Arn"])
        _client("cloudformation", url).create_stack(StackName=STACK, TemplateBody=template)
        (self.folder / "template.yaml").write_text(template)

    def _fill_cluster(self) -> None:
        since, until = _SHIPPED
        index = "opensearch+https://cluster/cwl-*"
        told = self.run(["ship", "--to", index, "-S", f"demo:{TOLD}", "-s", since, "-u", until])
        if told.code:
            raise RuntimeError(told.stderr)


def _forget(url: str) -> None:
    """Let moto forget all: what it knows is known to every server of this process."""
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()


def _client(service: str, url: str) -> Any:
    session = botocore.session.get_session()
    return session.create_client(service, region_name=REGION, endpoint_url=url)


def _deploy_api(gateway: Any) -> None:
    gateway.create_rest_api(name="shop", tags={"_custom_id_": API})
    (root,) = gateway.get_resources(restApiId=API)["items"]
    method = {"restApiId": API, "resourceId": root["id"], "httpMethod": "POST"}
    gateway.put_method(**method, authorizationType="NONE")
    function = f"arn:aws:lambda:{REGION}:{DEFAULT_ACCOUNT_ID}:function:{DEPLOYED[0]}"
    gateway.put_integration(
        **method,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations",
    )
    gateway.create_deployment(restApiId=API, stageName=STAGE)
    group = f"arn:aws:logs:{REGION}:{DEFAULT_ACCOUNT_ID}:log-group:{ACCESS_LOG}"
    written = {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": group}
    gateway.update_stage(restApiId=API, stageName=STAGE, patchOperations=[written])


def _template(role: str) -> str:
    """Return what deploys the functions, as JSON, which is YAML too."""
    common = {"Runtime": "python3.13", "Handler": "app.handler", "Role": role}
    functions = {
        name.replace("-", ""): {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": name, "Code": {"ZipFile": "x"}, **common},
        }
        for name in DEPLOYED
    }
    return json.dumps({"Resources": functions})
