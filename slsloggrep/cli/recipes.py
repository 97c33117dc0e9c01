"""What to type at the ten most usual incidents: the texts, as data, and how they are set.

That every command runs as it stands, and finds something, is proved with the README, which has the
same texts. `slsloggrep help recipes` shows them (`slsloggrep.cli.help`), the manual page has them
too (`slsloggrep.cli.man`).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

RECIPES_TOPIC = "recipes"
RECIPES_SUMMARY = "What to type at the ten most usual incidents."
RECIPES_TEXT = (
    "`slsloggrep help recipes NAME` tells the commands of one, and how their answers are read. "
    "With -S demo: they run as they stand, over the built-in demo. Over your own logs, leave it "
    "out for CloudWatch, or name an archive or a cluster; put your own IDs and functions in, and "
    "say when (-s 2h)."
)
_ALIGNED = 50
"""Words on commands begin in one column, but for commands that are longer than that."""
_WIDEST = 100
"""Characters of a line of the README's text."""


class Recipe(NamedTuple):
    """An incident as whoever is paged meets it, and what leads to its cause."""

    name: str
    symptom: str
    commands: tuple[tuple[str, str], ...]
    """Command lines, each with a word on it, which may be empty; both fit into 76 columns."""
    reading: str
    """What to look for in the answers, and what an empty one means."""


RECIPES = (
    Recipe(
        "stuck",
        "An order, a payment or an upload is stuck, and you have its number",
        (
            ("slsloggrep trace ord-71866 -S demo:", "any ID that somebody logged"),
            ("slsloggrep crashes show e36cbfa5 -S demo:", "what broke, what never ran"),
        ),
        "Go up from the last ✗. Here the label failed three times over None, and a WARN one "
        "function earlier tells why: nobody had measured the new lamp. What never logs the "
        "number, as shop-pricing, comes along by its trace; what usually follows and did not is "
        "under `Left undone`. If nothing is found (exit code 1), nobody logged the number in "
        "this window: widen it with -s, or try another ID. Exit code 3: not all was read, and "
        "stderr says what.",
    ),
    Recipe(
        "timeout",
        "A function times out",
        (
            ("slsloggrep latency -S demo: --sort max --top 5", "who comes near a limit"),
            ("slsloggrep crashes shop-invoice-pdf -S demo:", ""),
            ("slsloggrep crashes show 921d6eb7 -S demo:", "or by a request ID"),
        ),
        "See what the handler's last line was, and how long before the end: here it had asked "
        "the tax service, and was silent for 20 of its 30 s. Runs before it took half a second "
        "at most, so more time would not help. If p50 is close to max, it is the work that takes "
        "long. `grep 'Task timed out'` finds the older kind of timeout alone: the newer logs no "
        "such line, and `crashes` knows both.",
    ),
    Recipe(
        "memory",
        "Out of memory, or more and more of it",
        (
            ("slsloggrep latency -S demo: --sort memory --top 5", "most used, of how much"),
            ("slsloggrep crashes show d4826065 -S demo:", "and each run before it"),
            ("slsloggrep grep --where '@max_memory_mb>450' -S demo:", "close to it"),
        ),
        "Memory that grows from run to run is a leak, which more memory only puts off: here from "
        "178 to 512 MB in 12 runs of one environment. If it jumps within one run, that one was "
        "given too much (here the last straw, an image of 48 megapixels). A retry starts in a "
        "fresh environment, and may succeed without anything having been mended.",
    ),
    Recipe(
        "deploy",
        "It fails since the deploy",
        (
            ("slsloggrep crashes -S demo: -s 90m --baseline 90m", "NEW: not before that"),
            ("slsloggrep latency shop-recommend -S demo: --by version", ""),
            ("slsloggrep crashes show 1f3c147b -S demo:", ""),
            ("slsloggrep latency -s 24h --compare-version", "or is it slower?"),
        ),
        "If a group is NEW, and of one version all runs failed, roll back; then see what it "
        "lacks (here numpy, in version 42). What is not NEW was there before, and the deploy is "
        "not to blame. Functions that are always $LATEST have no versions to compare: begin -s "
        "with the deploy, and look at a --baseline before it.",
    ),
    Recipe(
        "api",
        "The API answers 502, 503 or 504",
        (
            ("slsloggrep grep --where 'status>=500' -g '/aws/apigateway/*' -S demo:", ""),
            ("slsloggrep trace 3bfaff05-f69b-489b-bae8-2c523dd4d12c -S demo:", "requestId"),
            ("slsloggrep grep --where 'status>=500' --api a1b2c3d4e5/prod -s 2h", "yours"),
        ),
        "The requestId of the access log leads to the functions. `→ response` is what a function "
        "answered itself: here checkout gave 502, for payment (✗) had waited 5 s for its "
        "acquirer. If the function that the gateway called is ✗, it crashed, which makes a 502. "
        "If it is ✓ and answered no 5xx, its answer was malformed (502), or came after the "
        "gateway's limit, 29 s unless raised (504): the execution log says which. In CloudWatch, "
        "--api (an ID, a URL or a domain) takes in both logs and the functions behind them. If "
        "there is no function at all, none was called: look at throttling, permissions and the "
        "network.",
    ),
    Recipe(
        "retries",
        "Something is done twice, or never, or lies in the dead-letter queue",
        (
            ("slsloggrep grep RetriesExhausted -S demo:", "given up: which request?"),
            ("slsloggrep trace 2dc814b1-0600-4119-9f6f-d2ac2222e197 -S demo:", "that one"),
            ("slsloggrep crashes show 28975be6 -S demo:", "failed once, then succeeded"),
            ("slsloggrep trace ord-71825 -S demo:", "one order of a batch"),
        ),
        "Attempts of one request are told as #2 and #3. If all of them fail at the same line, "
        "such a message never succeeds, and in a stream it holds up those behind it. If a later "
        "one ended well, what the first had done already was done twice. A batch is marked as "
        "one, and is ✓ ok even where it gave some of its messages back: see batchItemFailures in "
        "its response.",
    ),
    Recipe(
        "cold",
        "The first call after a pause is slow",
        (
            ("slsloggrep latency -S demo: --sort init --top 5", "init p50, init max"),
            ("slsloggrep latency shop-recommend -S demo: --by cold --histogram", ""),
            ("slsloggrep tail 'shop-*' -f --cold", "as they happen"),
        ),
        "Init comes on top of the running time; `cold` is how often. If cold runs are as fast as "
        "others, it is init alone: load less, or keep environments ready. If they are slower "
        "themselves, they connect, or fill a cache. Here some are because the init of version 42 "
        "failed, and that is no cold start but a crash (see 4).",
    ),
    Recipe(
        "slow",
        "It is slower than usual, and nothing fails",
        (
            ("slsloggrep latency -S demo: --slowest 5", ""),
            ("slsloggrep trace 7c48fd21-9516-4cfa-bfef-c61a4b532117 -S demo:", "who waits?"),
            ("slsloggrep latency -S demo: -s 90m --compare 3h..90m", "or is it chance?"),
            ("slsloggrep grep -E 'Throttl|TooManyRequests' -s 2h", "turned away?"),
        ),
        "In the trace, bars that end together wait for each other, and the innermost is the "
        "cause: here checkout waits for payment, and payment for its acquirer. Of what is "
        "compared, only rows that say slower or faster differ by more than chance. A function "
        "that was throttled logs nothing of it; its caller may have, and that is what the last "
        "command looks for.",
    ),
    Recipe(
        "silent",
        "There are no logs",
        (
            ("slsloggrep doctor", "credentials, clock, permissions"),
            ("slsloggrep functions 'shop-*'", "where it logs, and when it did last"),
            ("slsloggrep tail shop-login -n 20", "the last 20, whenever they were"),
            ("slsloggrep doctor --policy", "the IAM policy that mends it"),
        ),
        "Look at account and region first: `doctor` says who you are, and where. `functions` "
        "tells the log group that a function really writes to, whether there is one, and what "
        "hides events: system log level WARN leaves nothing of what ends well, and retention "
        "deletes what is older. A function that was not called logs nothing, either: look at its "
        "caller.",
    ),
    Recipe(
        "attack",
        "Somebody tries passwords, or scans for holes",
        (
            ("slsloggrep grep 'Login rejected' -S demo: -s 1h", "since when, from where"),
            ("slsloggrep grep 203.0.113.66 -S demo: -n 20", "all that one address did"),
            ("slsloggrep grep --where ip=203.0.113.66 -l error -S demo:", "what hit"),
            ("slsloggrep grep --where 'ip~=^198' --where status=200 -S demo:", "who got in"),
        ),
        "Many users from few addresses are passwords that leaked elsewhere. What counts is what "
        "was not turned away: here one probe reached the database (500), and one login of all "
        "succeeded, whose requestId leads to the account by `trace`. Exit code 1 means that "
        "nothing did, as far as it was logged.",
    ),
)


def command_lines(recipe: Recipe) -> Iterator[str]:
    """Yield the commands as they are typed, each with its word as a comment."""
    lengths = [len(line) for line, word in recipe.commands if word]
    column = max((length for length in lengths if length <= _ALIGNED), default=0)
    for line, word in recipe.commands:
        yield f"{line:<{column}}  # {word}" if word else line


def markdown_recipes() -> str:
    """Return all recipes as the README has them between its marks."""
    parts = []
    for number, recipe in enumerate(RECIPES, start=1):
        commands = "\n".join(command_lines(recipe))
        reading = textwrap.fill(
            recipe.reading, _WIDEST, break_long_words=False, break_on_hyphens=False
        )
        parts.append(f"### {number}. {recipe.symptom}\n\n```sh\n{commands}\n```\n\n{reading}\n")
    return "\n".join(parts)
