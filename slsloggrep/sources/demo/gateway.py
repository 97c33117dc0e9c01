"""API Gateway in front of the shop: who asks, and the access log of what they got.

A REST API with its access log in JSON, `$context` variables under names of the shop's choice. The
log's `integrationRequestId` is the request ID of the Lambda function that served the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from slsloggrep.sources.demo import spellings
from slsloggrep.sources.demo.fleet import Call, Fleet


class Client(NamedTuple):
    """Where a request comes from; addresses are of the blocks kept for documentation."""

    ip: str
    agent: str


@dataclass(slots=True)
class Visit:
    """A request from its acceptance to its answer."""

    fleet: Fleet
    at: float
    client: Client
    method: str
    path: str
    request_id: str
    """API Gateway's request ID, which the shop hands on as its correlation ID."""
    trace: str

    def answer(self, call: Call, status: int) -> None:
        """Answer with what an invocation, which has ended, returned, and log the access."""
        self._log(
            call.now + 2,
            status,
            integration=call.request.request_id,
            # API Gateway states the trace that it began, whether the function is traced or not
            trace=self.trace,
        )

    def fail(self, at: float, integration: str) -> None:
        """Answer 502 for a function that could not even start."""
        self._log(at + 2, 502, integration=integration, trace=self.trace)

    def reject(self, status: int) -> None:
        """Answer without asking any function: a rate limit or the firewall."""
        self._log(self.at + 2, status, integration="-", trace=self.trace)

    def _log(self, at: float, status: int, *, integration: str, trace: str) -> None:
        clock, rng = self.fleet.clock, self.fleet.rng
        self.fleet.access(
            at,
            {
                "requestId": self.request_id,
                "extendedRequestId": spellings.extended_request_id(rng),
                "ip": self.client.ip,
                "requestTime": spellings.common_log(clock(self.at)),
                "httpMethod": self.method,
                "path": self.path,
                "protocol": "HTTP/1.1",
                "status": str(status),
                "responseLength": str(40 + rng.getrandbits(9)),
                "responseLatency": str(int(at - self.at)),
                "userAgent": self.client.agent,
                "integrationRequestId": integration,
                "xrayTraceId": trace,
            },
        )


class Gateway:
    """Accepts requests on behalf of the shop."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def accept(self, at: float, client: Client, method: str, path: str) -> Visit:
        """Accept a request: it gets its request ID and its trace here."""
        fleet = self.fleet
        return Visit(
            fleet, at, client, method, path, spellings.uuid(fleet.rng), fleet.new_trace(at)
        )
