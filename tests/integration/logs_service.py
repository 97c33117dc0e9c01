"""A strict stand-in for CloudWatch Logs on the wire."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import socketserver
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any, NamedTuple

import logs_listing
import logs_reading
import msgspec
from logs_faults import Cut, Fault, Faults, Request
from logs_shapes import faults_of, service_model
from logs_world import ACCOUNT, REGION, Clock, Group, ServiceError, World

TARGET = "Logs_20140328."
OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    **logs_reading.OPERATIONS,
    **logs_listing.OPERATIONS,
}
_SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, ?"
    r"SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, ?Signature=[0-9a-f]{64}"
)
_SAMPLE = 5
"""Events of an answer that are checked against the model, at its beginning and its end."""


class Signed(NamedTuple):
    """What the Authorization header says."""

    key: str
    region: str
    service: str


class LogsService:
    """The server, and what stands behind it; a context manager."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.accounts: dict[str, str] = {}
        """The account of an access key, where it is not the usual one."""
        self.expired_keys: set[str] = set()
        """Access keys that are answered with ExpiredTokenException."""
        self.faults = Faults()
        self._worlds: dict[tuple[str, str], World] = {}
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._port = 0
        self.connections: set[socket.socket] = set()
        """Those that are open."""
        self.accepted = 0
        """How many connections were ever opened."""

    # Where it is

    def __enter__(self) -> LogsService:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, on the same port as before if it was stopped."""
        self._server = _Server(("127.0.0.1", self._port), _Connection)
        self._server.service = self
        self._port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def stop(self) -> None:
        """Refuse connections, and cut those that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.cut_connections()

    def cut_connections(self) -> None:
        """Cut every connection that is open; new ones are accepted."""
        with self._lock:
            connections = list(self.connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def client(
        self, service: str = "logs", *, region: str = REGION, key: str = "test", **config: Any
    ) -> Any:
        """Return a botocore client for it that does not retry."""
        import botocore.session
        from botocore.config import Config

        options = {"retries": {"total_max_attempts": 1}, "inject_host_prefix": False} | config
        return botocore.session.Session().create_client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=key,
            aws_secret_access_key="test",
            config=Config(**options),
        )

    # What it knows

    def region(self, region: str, account: str = ACCOUNT) -> World:
        """Return the world of a region, made when it is first asked for."""
        with self._lock:
            key = (account, region)
            if key not in self._worlds:
                self._worlds[key] = World(region, account, self.clock)
            return self._worlds[key]

    @property
    def world(self) -> World:
        """The world of the usual account in us-east-1."""
        return self.region(REGION)

    def create_group(self, name: str, *, region: str = REGION, **options: Any) -> Group:
        return self.region(region).create_group(name, **options)

    def delete_group(self, name: str, *, region: str = REGION) -> None:
        self.region(region).delete_group(name)

    def put(
        self, group: str, stream: str, events: Any, *, region: str = REGION, **options: Any
    ) -> list[str]:
        return self.region(region).put(group, stream, events, **options)

    # What goes wrong

    def fault(self, operation: str = "*", **options: Any) -> Fault:
        """Make requests go wrong; see logs_faults.Fault for the options. Returns it, with hits."""
        return self.faults.add(Fault(operation, **options))

    def throttle(self, operation: str = "*", **options: Any) -> Fault:
        """Refuse requests with ThrottlingException, `times` or with a `probability`."""
        return self.fault(operation, code="ThrottlingException", message="Rate exceeded", **options)

    def limit(
        self, operation: str, per_second: float | None, *, burst: float | None = None
    ) -> None:
        """Throttle an operation by a token bucket for each account and region; None: no more."""
        self.faults.limit(operation, per_second, burst)

    def deny(self, operation: str = "*", *, group: str | None = None, **options: Any) -> Fault:
        """Refuse requests with AccessDeniedException, all or those about one group."""
        return self.fault(operation, code="AccessDeniedException", group=group, **options)

    def cut(self, operation: str = "*", where: Cut = "before", **options: Any) -> Fault:
        """Close connections `before` the answer, after its `headers` or in its `body`."""
        return self.fault(operation, cut=where, **options)

    @contextlib.contextmanager
    def expecting(self, pattern: str) -> Iterator[None]:
        """Say that violations matching a regex come in this block: at least one must."""
        before = len(self.violations)
        yield
        found = [text for text in self.violations[before:] if re.search(pattern, text)]
        assert found, f"no violation matches {pattern}: {self.violations[before:]}"
        self.violations[before:] = [text for text in self.violations[before:] if text not in found]

    def calls(self, operation: str, answer: str | None = None) -> list[Request]:
        """Return the requests of an operation, perhaps only those that were answered so."""
        return [
            request
            for request in list(self.requests)
            if request.operation == operation and answer in (None, request.answer)
        ]

    def reset(self) -> None:
        """Forget everything but the port."""
        self.faults.clear()
        with self._lock:
            self._worlds.clear()
        self.requests.clear()
        self.violations.clear()
        self.accounts.clear()
        self.expired_keys.clear()
        self.clock = Clock()

    def violate(self, what: str) -> None:
        self.violations.append(what)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512
    service: LogsService


class _Message(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class _Connection(socketserver.StreamRequestHandler):
    """One connection: request after request, until one side has enough."""

    disable_nagle_algorithm = True
    rbufsize = 65536
    server: _Server

    def handle(self) -> None:
        service = self.server.service
        with service._lock:
            service.connections.add(self.connection)
            service.accepted += 1
        try:
            with contextlib.suppress(OSError):
                while (message := self._read()) is not None and self._answer(service, message):
                    pass
        finally:
            with service._lock:
                service.connections.discard(self.connection)

    def _read(self) -> _Message | None:
        line = self.rfile.readline(65536)
        if not line.endswith(b"\r\n"):
            return None
        method, path, _ = line.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(65536)) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(headers.get("content-length", "0"))
        return _Message(method, path, headers, self.rfile.read(length))

    def _answer(self, service: LogsService, message: _Message) -> bool:
        """Answer a request; False: the connection is done."""
        arrived = time.monotonic()
        request: Request | None = None
        cut: Cut = ""
        try:
            signed = _signed(message)
            request = _request(service, message, signed, arrived)
            service.requests.append(request)
            fault = service.faults.pick(request)
            if fault is not None:
                time.sleep(fault.delay)
                cut = fault.cut
                if cut == "before":
                    request.answer = "cut"
                    return False
            _refuse(service, request, signed, fault)
            status, body = 200, _serve(service, request)
            request.answer = "ok"
        except ServiceError as error:
            status = error.status
            body = json.dumps({"__type": error.code, "message": error.message}).encode()
            if error.violation:
                service.violate(f"{message.headers.get('x-amz-target', message.path)}: {error}")
            if request is not None:
                request.answer = error.code
        if request is not None:
            request.took = time.monotonic() - arrived
            if cut:
                request.answer = "cut"
        head = (
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Refused'}\r\n"
            f"x-amzn-RequestId: {uuid.uuid4()}\r\n"
            "Content-Type: application/x-amz-json-1.1\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"Date: {formatdate(service.clock() / 1000, usegmt=True)}\r\n\r\n"
        ).encode()
        if cut:
            self.wfile.write(head + (body[: len(body) // 2] if cut == "body" else b""))
            return False
        self.wfile.write(head + body)
        return message.headers.get("connection", "").lower() != "close"


def _signed(message: _Message) -> Signed:
    header = message.headers.get("authorization")
    if header is None:
        raise ServiceError(
            "MissingAuthenticationTokenException", "Missing Authentication Token", violation=True
        )
    found = _SCOPE.fullmatch(header)
    if found is None or "x-amz-date" not in message.headers:
        raise ServiceError(
            "IncompleteSignatureException", f"no signature of version 4: {header}", violation=True
        )
    return Signed(found[1], found[2], found[3])


def _request(service: LogsService, message: _Message, signed: Signed, arrived: float) -> Request:
    target = message.headers.get("x-amz-target", "")
    if message.method != "POST" or message.path != "/":
        raise ServiceError(
            "UnknownOperationException", f"{message.method} {message.path}", violation=True
        )
    if signed.service != "logs" or not target.startswith(TARGET):
        raise ServiceError(
            "UnknownOperationException",
            f"'{target}', signed for {signed.service}",
            violation=True,
        )
    if message.headers.get("content-type") != "application/x-amz-json-1.1":
        raise ServiceError(
            "SerializationException", "the content type is not JSON 1.1", violation=True
        )
    try:
        given = json.loads(message.body)
    except ValueError as error:
        raise ServiceError("SerializationException", str(error), violation=True) from error
    if not isinstance(given, dict):
        raise ServiceError("SerializationException", "no JSON object", violation=True)
    account = service.accounts.get(signed.key, ACCOUNT)
    return Request(target.removeprefix(TARGET), given, signed.region, account, arrived)


def _refuse(service: LogsService, request: Request, signed: Signed, fault: Fault | None) -> None:
    """Raise what a request is refused with before anyone looks at what it asks."""
    if signed.key in service.expired_keys:
        raise ServiceError(
            "ExpiredTokenException", "The security token included in the request is expired"
        )
    if fault is not None and fault.code:
        message = fault.message
        if fault.code == "AccessDeniedException" and message == "injected":
            message = _denial(request)
        raise ServiceError(fault.code, message, status=fault.status)
    if service.faults.exceeds(request):
        raise ServiceError("ThrottlingException", "Rate exceeded")


def _denial(request: Request) -> str:
    place = f"arn:aws:logs:{request.region}:{request.account}"
    group = request.groups[0] if request.groups else ""
    action = f"logs:{request.operation}"
    return (
        f"User: arn:aws:sts::{request.account}:assumed-role/reader/session is not authorized to "
        f"perform: {action} on resource: {place}:log-group:{group}:log-stream: "
        f"because no identity-based policy allows the {action} action"
    )


def _serve(service: LogsService, request: Request) -> bytes:
    model = service_model("logs")
    serve = OPERATIONS.get(request.operation)
    if serve is None:
        known = request.operation in model.operation_names
        raise ServiceError(
            "UnknownOperationException",
            "the stand-in does not have it" if known else "there is no such operation",
            violation=True,
        )
    operation = model.operation_model(request.operation)
    faults = list(faults_of(request.given, operation.input_shape))
    if faults:
        raise ServiceError(
            "InvalidParameterException",
            f"{len(faults)} validation error(s) detected: {'; '.join(faults)}",
            violation=True,
        )
    world = service.region(request.region, request.account)
    with world.lock:
        answer = serve(world, request.given)
    request.events = len(answer.get("events", ()))
    _check(service, request, answer, operation.output_shape)
    try:
        return msgspec.json.encode(answer)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(answer)).encode()  # lone surrogates


def _check(service: LogsService, request: Request, answer: dict[str, Any], shape: Any) -> None:
    sample = {
        name: value[:_SAMPLE] + value[-_SAMPLE:] if isinstance(value, list) else value
        for name, value in answer.items()
    }
    for fault in faults_of(msgspec.to_builtins(sample), shape):
        service.violate(f"the stand-in's own answer to {request.operation}: {fault}")
