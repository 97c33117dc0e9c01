"""The next page, asked for while the one before it is still being looked at.

A server looks for a page as long as it takes to read one here, so both are done at once. What is
asked for ahead is a guess, told by the end of an answer that nobody has looked at yet. It counts
only if it turns out to be, to the letter, what would be asked for anyway; so a wrong guess costs a
request, and an answer that is not whole is never passed over.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

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
    """Requests of which each follows from the answer to the one before."""

    def __init__(self, ask: Ask, follow: Callable[[Body, str], Body | None]) -> None:
        """Take what sends a body, and what tells from it and its answer the next one."""
        self._ask = ask
        self._follow = follow
        self._guess: _Guess | None = None
        self._trusted = True

    def send(self, body: Body, *, divisible: bool) -> str:
        """Return the answer to a body, and ask for what probably follows. Raises what `ask` does.

        After one wrong guess there are no more: a server that is in trouble is not asked in vain.
        """
        guess, self._guess = self._guess, None
        if guess is not None and guess.body == body:
            text = guess.take()
        else:
            self._trusted = self._trusted and guess is None
            text = self._ask(body, divisible=divisible)
        following = self._follow(body, text) if self._trusted else None
        if following is not None:
            self._guess = _Guess(following, lambda: self._ask(following, divisible=divisible))
        return text


class _Guess:
    """A request on its way, on a thread of its own that ends with it."""

    def __init__(self, body: Body, ask: Callable[[], str]) -> None:
        self.body = body
        self._ask = ask
        self._text = ""
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self) -> str:
        """Wait for the answer; raise what went wrong."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._text

    def _run(self) -> None:
        try:
            self._text = self._ask()
        except BaseException as error:
            self._error = error
