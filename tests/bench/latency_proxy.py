"""Puts latency before every HTTP exchange, as a far region has it, between a client and a server.

    python tests/bench/latency_proxy.py --listen 5001 --to 127.0.0.1:5000 --ms 40

The delay comes once for each request on a kept-alive connection, however many packets it is made
of, and connections do not wait for each other. A request begins with the first bytes that come
from the client after bytes of an answer were passed back: good for clients that wait for one
answer before they send the next request (botocore, the aws command), not for pipelining. Answers
are passed back as they come, event streams too. Nothing is parsed, so that the proxy costs little.

`--listen 0` picks a port; the line on stdout names it. A bench can run it in its own process:
`with LatencyProxy("127.0.0.1:5000", 40) as proxy: ... proxy.url`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import threading


class _Side(asyncio.Protocol):
    """One end of a connection; what comes in goes out at the other end, no faster than it can."""

    other: _Side | None = None
    transport: asyncio.Transport

    def __init__(self, proxy: LatencyProxy) -> None:
        self._proxy = proxy

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._proxy.transports.add(transport)
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self._proxy.transports.discard(self.transport)
        if self.other is not None:
            self.other.transport.close()

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.transport.resume_reading()


class _Client(_Side):
    """The end that asks; its requests are held back for a while."""

    def __init__(self, proxy: LatencyProxy) -> None:
        super().__init__(proxy)
        self._held: list[bytes] | None = None
        self.answered = True
        """Nothing of the next request was seen yet."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._proxy.connections += 1
        self._opening = asyncio.ensure_future(self._open())

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, self.other = await loop.create_connection(
                lambda: _Server(self, self._proxy), *self._proxy.to
            )
        except OSError:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.answered:
            self.answered = False
            self._proxy.requests += 1
            self._held = [data]
            asyncio.get_running_loop().call_later(self._proxy.delay, self._release)
        elif self._held is not None:
            self._held.append(data)
        elif self.other is not None:
            self.other.transport.write(data)

    def _release(self) -> None:
        if not self._opening.done():
            self._opening.add_done_callback(lambda _: self._release())
        elif self.other is not None and self._held is not None:
            self.other.transport.write(b"".join(self._held))
            self._held = None


class _Server(_Side):
    """The end that answers, at once."""

    def __init__(self, client: _Client, proxy: LatencyProxy) -> None:
        super().__init__(proxy)
        self.other = self._client = client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._client.transport.is_closing():
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._client.answered = True
        self._client.transport.write(data)


class LatencyProxy:
    """Listens on 127.0.0.1 and passes connections on; a context manager with its own thread."""

    def __init__(self, to: str, ms: float, listen: int = 0) -> None:
        host, _, port = to.rpartition(":")
        self.to = (host or "127.0.0.1", int(port))
        self.delay = ms / 1000
        self.port = listen
        self.requests = 0
        """How many requests were delayed."""
        self.connections = 0
        self.transports: set[asyncio.Transport] = set()
        """Both ends of every connection that is open."""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure: OSError | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> LatencyProxy:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        loop = self._loop
        try:
            server = loop.run_until_complete(
                loop.create_server(lambda: _Client(self), "127.0.0.1", self.port, backlog=1024)
            )
        except OSError as error:
            self._failure = error
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(self._close())
        loop.close()

    async def _close(self) -> None:
        opening = asyncio.all_tasks() - {asyncio.current_task()}
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        while self.transports:
            for transport in list(self.transports):
                transport.abort()
            await asyncio.sleep(0)


def main() -> None:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--listen", type=int, default=0, metavar="PORT")
    parser.add_argument("--to", required=True, metavar="HOST:PORT")
    parser.add_argument("--ms", type=float, default=40.0)
    given = parser.parse_args()
    with LatencyProxy(given.to, given.ms, given.listen) as proxy:
        print(f"{proxy.url} -> {given.to}, {given.ms:g} ms before each request", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
        print(f"{proxy.requests} requests on {proxy.connections} connections")


if __name__ == "__main__":
    main()
