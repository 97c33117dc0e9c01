r"""Fingerprints: what makes two crashes the same crash, in every run and on every machine.

A fingerprint is the first 16 hexadecimal digits of the SHA-256 of a JSON array, written in ASCII
without blanks (`json.dumps(array, separators=(",", ":"))`), of

1. `"slsloggrep.crash/1"`;
2. the kind (`error`, `timeout`, ...), or `"logged"` for an error that was handled;
3. the error's type: the last part of a dotted name, without what runtimes put around it
   (`Runtime.ImportModuleError` -> `ImportModuleError`, `Function<KeyError>` -> `KeyError`,
   `System.ArgumentException` -> `ArgumentException`); `""` where none is known. Some ends that no
   type is stated for have one here: `InitTimeout`, `RestoreTimeout`, `StartedOver` (no end was
   logged), `Aborted` (an execution), and the condition under which a destination got its event;
4. the user's own frames, each as `[function, file]`, or as `[function, file, line]` if line numbers
   are asked for; each different one once, in the order in which they were written;
5. the first line of the message, masked (`slsloggrep.analyse.masks`); `""` where none is known;
6. the function's name if 4 and 5 are both empty, else `""`: without a word from the code, the same
   end of two functions is not the same crash; an error in code that several functions share is.

Of a timeout and of running out of memory 3, 4 and 5 are always empty: the limits speak, in the old
style with a message and in the new one without, and what was logged before is no part of it. Of an
end of the runtime, an init or an extension 5 is empty where only the platform told it: the old
style has words for that, the new one has none. So it is where a response was too large.

Files lose the folder they were installed in (`/var/task/`, ...); of an absolute path outside of it,
which is a path of whoever compiled, the name alone is left. Functions lose arguments, addresses and
what compilers add to names of lambdas and asynchronous methods.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from slsloggrep.analyse.masks import mask
from slsloggrep.model import Frame, Status

_VERSION = "slsloggrep.crash/1"
_DIGITS = 16

_WRAPPED = re.compile(r"(?:Function|Runtime|Init)<(?P<type>.+)>")
_GENERIC = re.compile(r"`\d+|\[.*|<.*")
_LIMITS = frozenset({Status.TIMEOUT, Status.OOM})

_TOO_LARGE = "ResponseSizeTooLarge"
_REJECTION = "UnhandledPromiseRejection"
_TYPED = re.compile(r"(?P<type>[A-Z][\w.$]*): (?P<message>.+)", re.DOTALL)

_INSTALLED = re.compile(
    r"^(?:webpack:/+[^/]*/|file://)?(?:/var/task/|/home/site/wwwroot/|/function/|/asset-output/"
    r"|/usr/src/app/|(?:\./)?)"
)
_HASHED = re.compile(r"(?<=[.-])(?=\w*\d)\w{8,}(?=\.[a-z]+$)")
"""Bundlers put a hash into names: `index-4f3a2b1c.mjs`."""

_ASYNC = re.compile(r"<(?P<name>\w+)>[a-z]__\d+(?:\.MoveNext)?|<>c(?:__DisplayClass\d+_\d+)?\.")
_LAMBDA = re.compile(r"(?:lambda\$(?P<name>\w+)\$|\$\$(?:\w*CGLIB\w*|Lambda)\$*|/0x)[\w/$]*")
_ALIAS = re.compile(r" \[as .+\]$")
_ADDRESS = re.compile(r"0x[0-9a-f]+")


def fingerprint_of(
    kind: str,
    error_type: str | None,
    frames: Sequence[Frame],
    message: str | None,
    function: str,
    *,
    lines: bool = False,
) -> str:
    """Return the fingerprint of a crash: 16 hexadecimal digits.

    `kind` is a status or `logged`; `lines` makes the line numbers of the frames part of it.
    """
    if kind in _LIMITS:
        error_type, frames, message = None, (), None
    name, said = normal_error(error_type, message)
    own = own_frames(frames, lines=lines)
    masked = mask(said) if said else ""
    array = [_VERSION, str(kind), name, own, masked, "" if own or masked else function]
    text = json.dumps(array, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def normal_error(error_type: str | None, message: str | None) -> tuple[str, str | None]:
    """Return an error's type and message, alike for all formats of a runtime.

    In text Node.js names the error that a promise was rejected with; in JSON it comes within the
    message of the rejection. That a response is too large is worded by whoever notices.
    """
    name = normal_type(error_type)
    if name == _TOO_LARGE:
        return name, None
    if name == _REJECTION and message:
        found = _TYPED.fullmatch(message)
        if found:
            return normal_type(found["type"]), found["message"]
    return name, message


def normal_type(error_type: str | None) -> str:
    """Return the last part of an error's type, without what a runtime put around it."""
    text = (error_type or "").strip()
    found = _WRAPPED.fullmatch(text)
    if found:
        text = found["type"]
    text = _GENERIC.sub("", text) or text
    return re.split(r"\.|::|\$", text)[-1] or text


def own_frames(frames: Sequence[Frame], *, lines: bool = False) -> list[list[str | int]]:
    """Return the user's own frames as functions and files, each different one once."""
    found: dict[tuple[str | int, ...], None] = {}
    for frame in frames:
        if frame.own:
            line = (frame.line,) if lines and frame.line is not None else ()
            found.setdefault((_function(frame.function), _file(frame.file), *line))
    return [list(frame) for frame in found]


def _function(name: str) -> str:
    name = _ALIAS.sub("", name).removeprefix("new ").rpartition("/")[2] if name else name
    name = _ASYNC.sub(lambda found: found["name"] or "", name)
    name = _LAMBDA.sub(lambda found: found["name"] or "", name)
    return _ADDRESS.sub("", name)


def _file(file: str) -> str:
    place = file.replace("\\", "/")
    inside = _INSTALLED.sub("", place)
    if inside.startswith("/") or inside[1:2] == ":":
        inside = inside.rpartition("/")[2]
    return _HASHED.sub("", inside)
