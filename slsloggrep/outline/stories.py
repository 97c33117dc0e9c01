"""What became of a transaction, in a few sentences: the answer for a reader in a hurry.

Says what the records show. What failed first, whether a retry healed it, what was warned of before,
and what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from slsloggrep.model import Level, Member, Record, Status, Transaction
from slsloggrep.model.outlines import Line, Span, Tone
from slsloggrep.outline.coverage import how_read
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.logs import text_of
from slsloggrep.outline.meanings import HOW_IT_ENDED
from slsloggrep.outline.tones import status_tone
from slsloggrep.outline.transactions import TransactionPart, failures_of, request_key
from slsloggrep.outline.words import error_of, name_of, sentence
from slsloggrep.wording import count_text, duration_text, offset_text

_NAMED = 3
"""Requests that are told one by one."""


def tell_story(part: TransactionPart) -> Iterator[Line]:
    """Yield what became of a transaction, the most important first."""
    transaction = part.transaction
    if not transaction.members:
        yield _nobody(part.draft, transaction)
        return
    yield _outcome(transaction)
    failed = failures_of(transaction)
    if failed:
        yield _first_failure(part, failed[0])
        if warning := _warning_before(part, failed[0]):
            yield warning
        yield from _retries(part, failed)
    yield from unknown_lines(part)


def _nobody(draft: Draft, transaction: Transaction) -> Line:
    beside = len(transaction.unattributed)
    if beside:
        told = f"{count_text(beside, 'record')} found, but no invocation could be told for them."
        return line(Span(transaction.id, Tone.CODE), ": ", told)
    return line(
        "Nothing was found of ", Span(transaction.id, Tone.CODE), f"; {how_read(draft.report)}."
    )


def _outcome(transaction: Transaction) -> Line:
    status, members = transaction.status, transaction.members
    functions = {name_of(member.invocation) for member in members}
    verdict = {Status.OK: "ended well", Status.INCOMPLETE: "has not been seen to end"}.get(
        status, f"failed ({status.value})"
    )
    start, end = transaction.start or 0, transaction.end or 0
    took = f"{duration_text(end - start)} from first to last"
    of = f"{count_text(len(members), 'invocation')} of {count_text(len(functions), 'function')}"
    retries = sum(member.attempt > 1 for member in members)
    again = f", {'1 retry' if retries == 1 else f'{retries} retries'} among them" if retries else ""
    return line(
        "Transaction ",
        Span(transaction.id, Tone.CODE),
        " ",
        Span(verdict, status_tone(status)),
        f": {took}, {of}{again}.",
    )


def _first_failure(part: TransactionPart, member: Member) -> Line:
    invocation = member.invocation
    offset = offset_text(invocation.end - part.origin)
    error = sentence(error_of(invocation))
    how = HOW_IT_ENDED.get(invocation.status, "")
    return line(
        "First ",
        Span(name_of(invocation), Tone.STRONG, part.draft.run_of(invocation)),
        f" failed {how}, {offset}",
        Span(f": {error}" if error else "", Tone.BAD) if error else "",
        "" if error.endswith((".", "!", "?")) else ".",
    )


def _warning_before(part: TransactionPart, failed: Member) -> Line | None:
    """Return the last warning that somebody else gave before: it often tells why."""
    limit = failed.invocation.end
    found: tuple[Record, Member] | None = None
    for member in part.transaction.members:
        if member is failed or member.invocation.start > limit:
            continue
        if request_key(member.invocation) == request_key(failed.invocation):
            continue
        for record in member.invocation.records:
            warns = record.platform is None and (record.level or 0) >= Level.WARN
            if warns and record.event.timestamp <= limit:
                latest = found is None or record.event.timestamp >= found[0].event.timestamp
                found = (record, member) if latest else found
    if found is None:
        return None
    record, member = found
    offset = offset_text(record.event.timestamp - part.origin)
    invocation = member.invocation
    return line(
        "Before that ",
        Span(name_of(invocation), Tone.STRONG, part.draft.run_of(invocation)),
        f" had warned, {offset}: ",
        Span(sentence(record.text) or sentence(text_of(record)), Tone.NOTABLE),
    )


def _retries(part: TransactionPart, failed: list[Member]) -> Iterator[Line]:
    """Yield for each request that failed whether another attempt healed it; of many, how many."""
    last = {request_key(member.invocation): member for member in part.transaction.members}
    requests = dict.fromkeys(request_key(member.invocation) for member in failed)
    ends: dict[str, list[Member]] = {"lost": [], "open": [], "healed": []}
    for key in requests:
        status = last[key].invocation.status
        end = "healed" if status is Status.OK else "lost" if status.failed else "open"
        ends[end].append(last[key])
    for end, members in ends.items():
        for member in members[:_NAMED]:
            yield _retried(part, member, end)
        more = len(members) - _NAMED
        if more > 0:
            word, tone = _ENDS[end]
            yield line(f"Of {count_text(more, 'further request')} ", Span(word, tone), ".")


def _retried(part: TransactionPart, member: Member, end: str) -> Line:
    attempts = part.attempts_of(member)
    name = Span(name_of(member.invocation), Tone.STRONG, part.draft.run_of(member.invocation))
    if attempts == 1:
        return line(name, " was not tried again, as far as the logs tell.")
    word, tone = _ENDS[end]
    return line(name, f" was tried {attempts} times: ", Span(word, tone), ".")


_ENDS = {
    "healed": ("the last attempt ended well", Tone.GOOD),
    "lost": ("every attempt failed", Tone.BAD),
    "open": ("no end of the last attempt was seen", Tone.NOTABLE),
}


def unknown_lines(part: TransactionPart) -> Iterator[Line]:
    """Yield what is not known of a transaction, beside what could not be read."""
    transaction = part.transaction
    cut = sum(not member.invocation.complete for member in transaction.members)
    if cut:
        verb = "is" if cut == 1 else "are"
        told = f"Of {count_text(cut, 'invocation')} the start or the end {verb} not in the logs."
        yield line(Span(told, Tone.NOTABLE))
    if part.others:
        told = f"{count_text(len(part.others), 'record')} may belong to it, but to no invocation"
        yield line(Span(f"{told} that could be told.", Tone.NOTABLE))
    if transaction.hops_cut:
        told = "Trace IDs lead further than they were followed: there may be more invocations."
        yield line(Span(told, Tone.NOTABLE))
