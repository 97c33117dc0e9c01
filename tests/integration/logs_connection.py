"""HTTP/1.1 of the stand-in: connections that are kept alive, and the ways in which they break.

What a request means and what is answered is logs_calls' business; faults are logs_faults'.
"""

from __future__ import annotations

import contextlib
import socketserver
import time
import traceback
import uuid
from email.utils import formatdate
from typing import TYPE_CHECKING

from logs_calls import Answer, Message, answer_to, made_up, parse_request, refusal_of, refuse
from logs_faults import Cut, Request
from logs_world import ServiceError

if TYPE_CHECKING:
    from logs_service import LogsService


class Server(socketserver.ThreadingTCPServer):
    """Listens, with one thread for each connection."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, port: int, service: LogsService) -> None:
        self.service = service
        super().__init__(("127.0.0.1", port), Connection)

    def handle_error(self, _request: object, _address: object) -> None:
        """Note a failure of the stand-in's own: no test may pass over it."""
        self.service.violate(f"the stand-in failed: {traceback.format_exc()}")


class Connection(socketserver.StreamRequestHandler):
    """One connection: request after request, until one side has enough."""

    disable_nagle_algorithm = True
    rbufsize = 65536
    server: Server

    def handle(self) -> None:
        service = self.server.service
        service.opened(self.connection)
        try:
            with contextlib.suppress(OSError):
                while (message := self._read()) is not None and self._answer(service, message):
                    pass
        finally:
            service.closed(self.connection)

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def _read(self) -> Message | None:
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
        body = self.rfile.read(length)
        return Message(method, path, headers, body) if len(body) == length else None

    def _answer(self, service: LogsService, message: Message) -> bool:
        """Answer a request; False: the connection is done."""
        arrived = time.monotonic()
        request: Request | None = None
        cut: Cut = ""
        try:
            request = parse_request(service, message, arrived)
            service.requests.append(request)
            fault = service.faults.pick(request)
            if fault is not None:
                time.sleep(fault.delay)
                cut = fault.cut
                if cut == "before":
                    request.answer = "cut"
                    return False
            refuse(service, request, fault)
            if fault is not None and fault.answer is not None:
                answer = made_up(fault.answer(request), fault.status)
            else:
                answer = answer_to(service, request)
            request.answer = "ok"
        except ServiceError as error:
            answer = refusal_of(request, error)
            if error.violation:
                what = request.operation if request else f"{message.method} {message.path}"
                service.violate(f"{what}: {error}")
            if request is not None:
                request.answer = error.code
        if request is not None:
            request.took = time.monotonic() - arrived
            if cut:
                request.answer = "cut"
        head = self._head(service, answer)
        if answer.stream is not None:
            return self._stream(head, answer, cut)
        if cut:
            self.wfile.write(
                head + (answer.body[: len(answer.body) // 2] if cut == "body" else b"")
            )
            return False
        self.wfile.write(head + answer.body)
        return message.headers.get("connection", "").lower() != "close"

    def _head(self, service: LogsService, answer: Answer) -> bytes:
        length = (
            f"Content-Length: {len(answer.body)}"
            if answer.stream is None
            else "Transfer-Encoding: chunked"
        )
        more = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        return (
            f"HTTP/1.1 {answer.status} {'OK' if answer.status == 200 else 'Refused'}\r\n"
            f"x-amzn-RequestId: {uuid.uuid4()}\r\n"
            f"Content-Type: {answer.content_type}\r\n{length}\r\n{more}"
            f"Date: {formatdate(service.clock() / 1000, usegmt=True)}\r\n\r\n"
        ).encode("latin-1")

    def _stream(self, head: bytes, answer: Answer, cut: Cut) -> bool:
        """Send a stream frame by frame; an empty frame breaks the connection off."""
        stream = answer.stream
        assert stream is not None
        try:
            self.wfile.write(head)
            if cut:
                return False
            for frame in stream:
                if not frame:
                    return False
                self.wfile.write(b"%x\r\n%b\r\n" % (len(frame), frame))
            self.wfile.write(b"0\r\n\r\n")
            return True
        finally:
            stream.close()
