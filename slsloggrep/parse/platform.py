"""Lambda's own lines in the text format: START, END, REPORT, INIT_*, RESTORE_*, and the rest.

Figures are read as `key: value` pairs between tabs or runs of spaces, in any order; where a paste
or a document has only single spaces, the known keys part them. Sources: AWS Lambda Developer
Guide, lambda-runtime-environment and monitoring-cloudwatchlogs; recorded events.

Left to others: platform events in JSON (`platform_events`), errors that the runtimes print
(`failures`), and how an invocation ended, which only all of its records together tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from slsloggrep.model import ErrorInfo, Fact, Level, Platform
from slsloggrep.parse.draft import Draft
from slsloggrep.parse.endings import is_failing
from slsloggrep.parse.failures import fail
from slsloggrep.parse.figures import plausible
from slsloggrep.parse.levels import STATUS_LEVELS
from slsloggrep.parse.traces import trace_of

_PIECES = re.compile(r"[\t\r\n]+| {2,}")

_KEYS = (
    "Billed Restore Duration",
    "Restore Duration",
    "Billed Duration",
    "Init Duration",
    "Duration",
    "Memory Size",
    "Max Memory Used",
    "RequestId",
    "Status",
    "Error Type",
    "ErrorType",
    "XRAY TraceId",
    "SegmentId",
    "Sampled",
    "Phase",
    "Runtime Version ARN",
    "Runtime Version",
    "Version",
    "Name",
    "State",
    "Events",
    "Types",
    "Launch error",
    "Entrypoint",
    "Cmd",
    "WorkingDir",
)

_KEY = re.compile("(?:^|(?<= ))(" + "|".join(_KEYS) + "): ")

_FAULT = re.compile(
    r"RequestId: (?P<id>[^\s]+)\s+"
    r"(?:Error: (?P<error>[^\r\n]*)|(?P<exited>Process exited before completing request)"
    r"|Status: (?P<status>\w+)\s+Error ?Type: (?P<type>[\w.]+))"
    r"(?:[\r\n]+(?P<second>[\w.]+))?\s*"
)

_TIMEOUT = re.compile(
    r"[\dT:.+-]+Z? +(?P<id>\S+) +(?P<text>Task timed out after (?P<limit>\d+(?:\.\d+)?) seconds)\s*"
)

_UNKNOWN = "Unknown application error occurred"

_KEYWORDS = (
    "START RequestId: ",
    "END RequestId: ",
    "REPORT RequestId: ",
    "INIT_START ",
    "INIT_REPORT ",
    "RESTORE_START ",
    "RESTORE_REPORT ",
    "EXTENSION\t",
    "EXTENSION  ",
    "EXTENSION Name: ",
    "TELEMETRY\t",
    "TELEMETRY  ",
    "TELEMETRY Name: ",
    "LOGS\t",
    "LOGS  ",
    "LOGS Name: ",
    "IMAGE\t",
    "IMAGE  ",
    "IMAGE Launch error: ",
    "RequestId: ",
    _UNKNOWN,
)

FIRST_LETTERS = frozenset(keyword[0] for keyword in _KEYWORDS)
"""What a platform line can begin with: a quick test before `read_platform_line`."""


def starts_platform_line(text: str) -> bool:
    """Tell whether a text begins like a platform line."""
    return text.startswith(_KEYWORDS)


def read_platform_line(draft: Draft, line: str) -> bool:
    r"""Fill the draft from a platform line; False, and nothing done, where it is none.

    Fixtures of some shippers hold the line escaped twice (`\t` and `\n` as two characters):
    those are read as what they stand for.
    """
    if not line.startswith(_KEYWORDS):
        return False
    if "\\t" in line or line.endswith("\\n"):
        line = line.replace("\\t", "\t").replace("\\n", "\n")
    word = line.partition(" ")[0].partition("\t")[0]
    return _READERS[word](draft, line)


def read_timeout_line(draft: Draft, line: str) -> bool:
    """Fill the draft from an old-style `<time> <id> Task timed out after N seconds` line."""
    found = _TIMEOUT.fullmatch(line.replace("\\n", "\n") if line.endswith("\\n") else line)
    if not found:
        return False
    draft.claim(found["id"])
    draft.level = Level.ERROR
    draft.text = found["text"]
    draft.platform = Platform(
        fact=Fact.TIMEOUT,
        request_id=found["id"],
        status="timeout",
        timeout_s=plausible(float(found["limit"])),
    )
    draft.error = ErrorInfo(type=None, message=found["text"], unhandled=True)
    return True


def read_fault(draft: Draft, text: str) -> bool:
    """Fill the draft from a `RequestId: … Error: …` text, also the record of platform.fault."""
    found = _FAULT.fullmatch(text)
    if not found:
        return False
    request_id = found["id"]
    # The pair "…Error: Runtime exited …\nRuntime.ExitError" is one event: the type comes second.
    error_type = found["type"] or found["second"]
    message = found["error"] or found["exited"]
    if error_type is None and message and message.startswith("Task timed out after "):
        error_type = "Sandbox.Timedout"
    draft.claim(request_id)
    draft.platform = Platform(
        fact=Fact.FAULT,
        request_id=request_id,
        # A signal says more than "error": with the memory used up it means out of memory.
        status=found["status"]
        or ("killed" if message and "signal: killed" in message else "error"),
        error_type=error_type,
    )
    fail(draft, ErrorInfo(type=error_type, message=message or None, unhandled=True))
    draft.text = text.strip()
    return True


def read_pairs(line: str) -> dict[str, str]:
    """Return the `key: value` pairs of a platform line; the first of equal keys counts."""
    pairs: dict[str, str] = {}
    # Lambda's own lines have tabs; only pastes need the slower expression.
    spaced = "  " in line or "\r" in line
    pieces = _PIECES.split(line) if spaced else line.replace("\n", "\t").split("\t")
    for piece in pieces:
        key, colon, value = piece.partition(": ")
        if not colon:
            continue
        if ": " not in value:
            pairs.setdefault(key.rpartition("REPORT ")[2] if " " in key else key, value.strip())
            continue
        marks = list(_KEY.finditer(piece))
        for index, mark in enumerate(marks):
            end = marks[index + 1].start() if index + 1 < len(marks) else len(piece)
            pairs.setdefault(mark.group(1), piece[mark.end() : end].strip())
    return pairs


def _number(pairs: dict[str, str], key: str) -> float | None:
    """Return a figure without its unit (`26.73 ms`, `128 MB`), or None."""
    value = pairs.get(key)
    if value is None:
        return None
    try:
        return plausible(float(value.partition(" ")[0]))
    except ValueError:
        return None


def _read_start(draft: Draft, line: str) -> bool:
    words = line.split(None, 5)
    if len(words) < 3 or words[1] != "RequestId:":
        return False
    request_id = words[2]
    draft.claim(request_id)
    draft.level = Level.INFO
    draft.text = line.strip()
    if words[0] == "END":
        draft.platform = Platform(fact=Fact.END, request_id=request_id)
    else:
        version = words[4] if len(words) > 4 and words[3] == "Version:" else None
        draft.platform = Platform(fact=Fact.START, request_id=request_id, version=version)
    return True


def _read_report(draft: Draft, line: str) -> bool:
    pairs = read_pairs(line)
    request_id = pairs.get("RequestId")
    if not request_id:
        return False
    draft.claim(request_id)
    trace = pairs.get("XRAY TraceId")
    identifier = trace_of(trace) if trace else None
    if identifier:
        draft.reveal(*identifier)
    status = pairs.get("Status")
    error_type = pairs.get("Error Type")
    draft.level = STATUS_LEVELS.get(status or "", Level.INFO)
    draft.text = line.strip()
    draft.platform = Platform(
        fact=Fact.REPORT,
        request_id=request_id,
        status=status,
        error_type=error_type,
        duration_ms=_number(pairs, "Duration"),
        billed_ms=_number(pairs, "Billed Duration"),
        init_ms=_number(pairs, "Init Duration"),
        restore_ms=_number(pairs, "Restore Duration"),
        memory_mb=_number(pairs, "Memory Size"),
        max_memory_mb=_number(pairs, "Max Memory Used"),
    )
    return True


def _read_phase(fact: Fact) -> Callable[[Draft, str], bool]:
    def read(draft: Draft, line: str) -> bool:
        pairs = read_pairs(line)
        status = pairs.get("Status")
        init, restore = _number(pairs, "Init Duration"), _number(pairs, "Restore Duration")
        draft.level = STATUS_LEVELS.get(status or "", Level.INFO)
        draft.text = line.strip()
        draft.platform = Platform(
            fact=fact,
            status=status,
            error_type=pairs.get("Error Type"),
            duration_ms=restore if init is None else init,
            init_ms=init,
            restore_ms=restore,
            phase=pairs.get("Phase"),
        )
        return True

    return read


def _read_extension(fact: Fact) -> Callable[[Draft, str], bool]:
    def read(draft: Draft, line: str) -> bool:
        pairs = read_pairs(line.partition("\t")[2] or line.partition(" ")[2])
        state = pairs.get("State")
        failed = is_failing(state)
        draft.level = Level.ERROR if failed else Level.INFO
        draft.text = line.strip()
        draft.platform = Platform(
            fact=fact,
            status=state,
            error_type=pairs.get("Error Type") or pairs.get("ErrorType"),
            name=pairs.get("Name"),
        )
        return True

    return read


def _read_image(draft: Draft, line: str) -> bool:
    message = read_pairs(line.partition("\t")[2]).get("Launch error")
    draft.text = line.strip()
    draft.level = Level.ERROR
    draft.platform = Platform(fact=Fact.IMAGE, status="error")
    draft.error = ErrorInfo(type=None, message=message or draft.text, unhandled=True)
    return True


def _read_unknown(draft: Draft, line: str) -> bool:
    rest = line.removeprefix(_UNKNOWN).split()
    error_type = rest[0] if rest else None
    draft.level = Level.ERROR
    draft.text = line.strip()
    draft.platform = Platform(fact=Fact.RUNTIME_NOTICE, error_type=error_type)
    draft.error = ErrorInfo(type=error_type, message=_UNKNOWN, unhandled=True)
    return True


_READERS: dict[str, Callable[[Draft, str], bool]] = {
    "START": _read_start,
    "END": _read_start,
    "REPORT": _read_report,
    "INIT_START": _read_phase(Fact.INIT_START),
    "INIT_REPORT": _read_phase(Fact.INIT_REPORT),
    "RESTORE_START": _read_phase(Fact.RESTORE_START),
    "RESTORE_REPORT": _read_phase(Fact.RESTORE_REPORT),
    "EXTENSION": _read_extension(Fact.EXTENSION),
    "TELEMETRY": _read_extension(Fact.SUBSCRIPTION),
    "LOGS": _read_extension(Fact.SUBSCRIPTION),
    "IMAGE": _read_image,
    "RequestId:": read_fault,
    "Unknown": _read_unknown,
}
