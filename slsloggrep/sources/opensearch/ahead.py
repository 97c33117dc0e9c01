"""The next page, asked for while the one before it is still being looked at.

A server looks for a page as long as it takes to read one here, so both are done at once. What is
asked for ahead is a guess, told by the end of an answer that nobody has looked at yet. It counts
only if it turns out to be, to the letter, what would be asked for anyway; so a wrong guess costs a
request, and an answer that is not whole is never passed over.
"""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import msgspec

_AHEAD = 1
"""Answers that may wait, beside the one that is on its way."""

_GLANCE = 0.2
"""Seconds after which it is looked whether anybody waits still."""

Body = dict[str, Any]


class Ask(Protocol):
    """Sends a body and returns the text of its answer."""

    def __call__(self, body: Body, *, divisible: bool) -> str:
        """`divisible`: less could be asked for, where a server lacks memory."""
        ...


_LAST_SORT = re.compile(r'"sort":(\[[0-9eE+.,\-nul]*\])\}\]\}\}\s*\Z')
"""The end of an answer: the sort values of its last hit, of which none is text."""

_PIT = re.compile(r'\{"pit_id":"([^"\\]+)"')
_SCROLL = re.compile(r'\{"_scroll_id":"([^"\\]+)"')


def last_sort(text: str) -> list[Any] | None:
    """Return the sort values of an answer's last hit; None where its end does not tell them."""
    # In strings quotes are escaped, so this is a key; and what follows it closes its hit.
    found = _LAST_SORT.match(text, text.rfind('"sort":['))
    if found is None:
        return None
    try:
        values: list[Any] = msgspec.json.decode(found[1], type=list[Any])
    except msgspec.DecodeError:
        return None
    return values


def pit_of(text: str) -> str:
    """Return the ID of the point in time that an answer begins with; empty where it does not."""
    found = _PIT.match(text)
    return found[1] if found else ""


def scroll_of(text: str) -> str:
    """Return the ID of the scroll that an answer begins with; empty where it does not."""
    found = _SCROLL.match(text)
    return found[1] if found else ""


class Chain:
    """Requests of which each follows from the answer to the one before.

    A thread of its own runs ahead: it sends the next request as soon as it has an answer, for
    whoever looks at the answer may have to wait for the interpreter first, and the server with him.
    """

    def __init__(
        self,
        ask: Ask,
        follow: Callable[[Body, str], Body | None],
        given_up: Callable[[], bool],
    ) -> None:
        """Take what sends a body, and what tells from it and its answer the next one."""
        self._ask = ask
        self._follow = follow
        self._given_up = given_up
        self._answers: queue.Queue[_Answered | None] | None = None
        """What was asked for ahead; None in it: there will be no more. None: nothing is."""
        self._stopped = threading.Event()
        self._trusted = True

    def send(self, body: Body, *, divisible: bool) -> str:
        """Return the answer to a body, and ask for what probably follows. Raises what `ask` does.

        After one wrong guess there are no more: a server that is in trouble is not asked in vain.
        """
        if self._answers is not None:
            answered = self._answers.get()
            if answered is not None and answered.body == body:
                return answered.take()
            self._trusted = self._trusted and answered is None
            self.close()
        text = self._ask(body, divisible=divisible)
        if self._trusted:
            self._answers, self._stopped = queue.Queue(_AHEAD), threading.Event()
            run = partial(self._run, self._answers, self._stopped, body, text, divisible=divisible)
            threading.Thread(target=run, daemon=True).start()
        return text

    def close(self) -> None:
        """Ask for nothing more; an answer that is on its way will be thrown away."""
        self._stopped.set()
        self._answers = None

    def _run(
        self,
        answers: queue.Queue[_Answered | None],
        stopped: threading.Event,
        body: Body,
        text: str,
        *,
        divisible: bool,
    ) -> None:
        answered: _Answered | None = _Answered(body, text)
        while answered is not None:
            following = self._guess(answered)
            answered = None if following is None else self._answer(following, divisible=divisible)
            if not _put(answers, answered, stopped):
                return

    def _guess(self, answered: _Answered) -> Body | None:
        if answered.error is not None or self._given_up():
            return None
        try:
            return self._follow(answered.body, answered.text)
        except (ValueError, LookupError, TypeError):
            return None  # what cannot be guessed is told when the answer is looked at

    def _answer(self, body: Body, *, divisible: bool) -> _Answered:
        try:
            return _Answered(body, self._ask(body, divisible=divisible))
        except BaseException as error:
            return _Answered(body, error=error)


def _put(
    answers: queue.Queue[_Answered | None], answered: _Answered | None, stopped: threading.Event
) -> bool:
    """Hand over an answer as soon as there is room; tell whether anybody waits for more."""
    while not stopped.is_set():
        try:
            answers.put(answered, timeout=_GLANCE)
        except queue.Full:
            continue
        return True
    return False


class _Answered(NamedTuple):
    """A body, and what came of it: a text or an error."""

    body: Body
    text: str = ""
    error: BaseException | None = None

    def take(self) -> str:
        if self.error is not None:
            raise self.error
        return self.text
