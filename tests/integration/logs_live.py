"""StartLiveTail of the stand-in: a session, and the frames of its event stream.

Framing: a prelude of two lengths with its CRC, headers, a JSON payload, the CRC of it all, as
botocore.eventstream decodes it.
"""

from __future__ import annotations

import binascii
import json
import random
import struct
import time
import uuid
from collections.abc import Callable, Generator
from typing import Any

from logs_patterns import compile_pattern
from logs_shapes import faults_of, service_model
from logs_world import Group, LogEvent, ServiceError, World, invalid


def frame(payload: dict[str, Any], **headers: str) -> bytes:
    """Return one message of an event stream; `event_type="x"` is the header `:event-type`."""
    headers["content_type"] = "application/json"
    encoded = b""
    for name, value in headers.items():
        spelled = f":{name.replace('_', '-')}".encode()
        text = value.encode()
        encoded += struct.pack("!B", len(spelled)) + spelled
        encoded += struct.pack("!BH", 7, len(text)) + text
    body = json.dumps(payload).encode()
    prelude = struct.pack("!II", 16 + len(encoded) + len(body), len(encoded))
    message = prelude + struct.pack("!I", binascii.crc32(prelude)) + encoded + body
    return message + struct.pack("!I", binascii.crc32(message))


class Session:
    """One live session; whoever iterates its frames must close them."""

    def __init__(self, world: World, given: dict[str, Any], violate: Callable[[str], None]) -> None:
        self._world = world
        self._given = given
        self._violate = violate
        identifiers = given["logGroupIdentifiers"]
        names, prefixes = given.get("logStreamNames"), given.get("logStreamNamePrefixes")
        if not all(identifier.startswith("arn:") for identifier in identifiers):
            raise invalid("Each log group must be given by its ARN.", violation=True)
        if names is not None and prefixes is not None:
            raise invalid(
                "logStreamNames and logStreamNamePrefixes cannot both be given.", violation=True
            )
        if (names or prefixes) and len(identifiers) > 1:
            raise invalid("Log streams can be named for one log group only.", violation=True)
        self._groups = [world.group_named(identifier) for identifier in identifiers]
        for group in self._groups:
            if group.log_group_class != "STANDARD":
                raise ServiceError(
                    "InvalidOperationException",
                    f"Live Tail is not supported for the class {group.log_group_class}.",
                )
        self._matches = compile_pattern(given.get("logEventFilterPattern", ""))
        if world.live.open >= world.live.sessions:
            raise ServiceError("LimitExceededException", "Too many Live Tail sessions.")
        world.live.open += 1
        world.live.started += 1
        self._dice = random.Random(world.live.started)
        self._seen = [len(group.arrived) for group in self._groups]

    def frames(self) -> Generator[bytes, None, None]:
        """Yield the session's messages as their time comes; an empty one is an abrupt end."""
        # Entered at once, so that closing it counts the session out.
        frames = self._frames()
        next(frames)
        return frames

    def _frames(self) -> Generator[bytes, None, None]:
        live = self._world.live
        ends = time.monotonic() + live.session_s
        try:
            yield b""  # not sent: see `frames`
            yield frame({}, message_type="event", event_type="initial-response")
            yield self._event(
                "sessionStart",
                {"requestId": str(uuid.uuid4()), "sessionId": str(uuid.uuid4()), **self._given},
            )
            while True:
                time.sleep(live.interval)
                with self._world.lock:
                    ending = self._ending(ends)
                    found = [] if ending is not None else self._arrived()
                if ending is not None:
                    yield ending
                    return
                if live.update is not None:
                    yield frame(live.update, message_type="event", event_type="sessionUpdate")
                yield self._update(found)
        finally:
            with self._world.lock:
                live.open -= 1

    def _ending(self, ends: float) -> bytes | None:
        live = self._world.live
        if live.cuts:
            live.cuts -= 1
            return b""
        if live.timeouts or time.monotonic() >= ends:
            live.timeouts = max(0, live.timeouts - 1)
            return _exception("SessionTimeoutException", "The session has timed out.")
        if live.failures:
            live.failures -= 1
            return _exception("SessionStreamingException", "An unknown error occurred.")
        return None

    def _arrived(self) -> list[tuple[str, LogEvent]]:
        found = []
        names = self._given.get("logStreamNames")
        prefixes = self._given.get("logStreamNamePrefixes")
        for place, group in enumerate(self._groups):
            group.settle(self._world.clock())
            for event in group.arrived[self._seen[place] :]:
                if names is not None and event.logStreamName not in names:
                    continue
                if prefixes and not event.logStreamName.startswith(tuple(prefixes)):
                    continue
                if self._matches is None or self._matches(event.message):
                    found.append((self._spelled(group), event))
            self._seen[place] = len(group.arrived)
        return found

    def _spelled(self, group: Group) -> str:
        live = self._world.live
        account = {"arn": group.arn, "name": group.name}
        return account.get(live.identifiers, f"{group.account}:{group.name}")

    def _update(self, found: list[tuple[str, LogEvent]]) -> bytes:
        live = self._world.live
        kept = [item for item in found if live.drop <= 0 or self._dice.random() >= live.drop]
        if len(kept) > live.most:
            places = sorted(self._dice.sample(range(len(kept)), live.most))
            kept = [kept[place] for place in places]
        if live.shuffled:
            self._dice.shuffle(kept)
        return self._event(
            "sessionUpdate",
            {
                "sessionMetadata": {"sampled": len(kept) < len(found) and not live.silent},
                "sessionResults": [
                    {
                        "logStreamName": event.logStreamName,
                        "logGroupIdentifier": group,
                        "message": event.message,
                        "timestamp": event.timestamp,
                        "ingestionTime": event.ingestionTime,
                    }
                    for group, event in kept
                ],
            },
        )

    def _event(self, name: str, payload: dict[str, Any]) -> bytes:
        output: Any = service_model("logs").operation_model("StartLiveTail").output_shape
        shape = output.members["responseStream"]
        sample = {
            key: value[:5] if isinstance(value, list) else value for key, value in payload.items()
        }
        for fault in faults_of(sample, shape.members[name]):
            self._violate(f"the stand-in's own {name}: {fault}")
        return frame(payload, message_type="event", event_type=name)


def _exception(name: str, message: str) -> bytes:
    return frame({"message": message}, message_type="exception", exception_type=name)
