"""Two sets of invocations side by side: whether they differ by more than chance would make them.

Durations are compared by the Mann-Whitney U test: whether those of one side tend to be longer than
those of the other. It looks at ranks only, so that the few very long ones, which running times
always have, weigh no more than others, and no shape of distribution is assumed. Ties are corrected
for; durations within 0.1 % of each other count as equal, so that memory is bounded whatever the
number of invocations. It assumes that invocations are independent of each other. They are so only
roughly (a busy neighbour slows down many at once), so that a p just below the bound is no proof.
It finds a shift of the bulk; a tail that grew while the bulk stayed put takes many invocations to
be seen.

Shares of errors are compared by Fisher's exact test, which holds for rare errors too.

Both are two-sided. Who looks at a hundred rows finds one in a hundred by chance, so each kind of
test is corrected for the number of rows (Holm, Scand. J. Statist. 1979).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import erfc, sqrt

from slsloggrep.analyse.dimensions import UNKNOWN, Key, natural, version_order
from slsloggrep.analyse.latency import Table
from slsloggrep.analyse.ledger import Ledger
from slsloggrep.model import Change, Latency

TEST_NAME = "Mann-Whitney U test, p < 0.01 after Holm's correction"
ERRORS_TEST_NAME = "Fisher's exact test, p < 0.01 after Holm's correction"
TESTS = f"{TEST_NAME}; of errors {ERRORS_TEST_NAME}"
LEVEL = 0.01
"""The share of rows without any change that may be called changed."""
LEAST = 20
"""Invocations that each side must have: with fewer, the normal distribution is a poor stand-in."""
_NEGLIGIBLE = 1e-300


def compare(before: Ledger, after: Ledger) -> tuple[Change, ...]:
    """Return each row of two ledgers before and after, in natural order.

    Rows are the same where function and `by` are. One that is on one side only has no p.
    """
    one, other = before.table(), after.table()
    keys = sorted({*one.keys, *other.keys}, key=natural)
    return _changes([((one, key), (other, key)) for key in keys])


def compare_versions(ledger: Ledger) -> tuple[Change, ...]:
    """Return the newest version of each function beside the one before it.

    Versions count where they have at least `LEAST` invocations with a duration, unless fewer than
    two have. The ledger has to be `by` version; what else it is by, is told apart. `$LATEST` is the
    newest version. A function of one version has nothing before.
    """
    table = ledger.table()
    if "version" not in table.by:
        raise ValueError("the ledger does not tell versions apart")
    place = table.by.index("version")
    versions: dict[tuple[str, tuple[tuple[str, str], ...]], list[Key]] = {}
    for key in table.keys:
        by = key[1]
        if by[place][1] != UNKNOWN:
            rest = (key[0], (*by[:place], *by[place + 1 :]))
            versions.setdefault(rest, []).append(key)
    pairs: list[tuple[_Side, _Side]] = []
    for keys in versions.values():
        keys.sort(key=lambda key: version_order(key[1][place][1]))
        enough = [key for key in keys if sum(_bins(table.row(key))) >= LEAST]
        chosen = enough[-2:] if len(enough) > 1 else keys[-2:]
        pairs.append(((table, chosen[0] if len(chosen) > 1 else None), (table, chosen[-1])))
    return _changes(pairs)


_Side = tuple[Table, Key | None]


def _changes(pairs: Sequence[tuple[_Side, _Side]]) -> tuple[Change, ...]:
    rows = [(_row(before), _row(after)) for before, after in pairs]
    slower: list[float | None] = []
    worse: list[float | None] = []
    for (before, after), (one, other) in zip(rows, pairs, strict=True):
        timed = min(sum(_bins(before)), sum(_bins(after))) >= LEAST
        slower.append(mann_whitney(_fine(one), _fine(other)) if timed else None)
        worse.append(_errors(before, after))
    surely_slower, surely_worse = holm(slower), holm(worse)
    return tuple(
        Change(
            before=before,
            after=after,
            p_value=slower[place],
            larger_than_chance=surely_slower[place],
            errors_p_value=worse[place],
            errors_larger_than_chance=surely_worse[place],
        )
        for place, (before, after) in enumerate(rows)
    )


def mann_whitney(one: Mapping[int, int], other: Mapping[int, int]) -> float:
    """Return the two-sided p of the Mann-Whitney U test, by the normal approximation.

    Given are counts of values, by numbers that ascend with them. Ties are corrected for, and half
    a unit is taken off for continuity (Hollander, Wolfe: Nonparametric Statistical Methods, 4.1).
    """
    left, right = sum(one.values()), sum(other.values())
    everyone = left + right
    below = twice_u = ties = 0
    for value in sorted({*one, *other}):
        here, there = one.get(value, 0), other.get(value, 0)
        twice_u += here * (2 * below + there)
        below += there
        ties += (here + there) ** 3 - (here + there)
    # 12 times the variance of U, times (n - 1) n to stay whole.
    spread = left * right * ((everyone + 1) * everyone * (everyone - 1) - ties)
    if spread <= 0:
        return 1.0
    deviation = sqrt(spread / (12 * everyone * (everyone - 1)))
    distance = max(abs(twice_u - left * right) - 1, 0) / 2
    return erfc(distance / deviation / sqrt(2))


def fisher(hits: int, tries: int, other_hits: int, other_tries: int) -> float:
    """Return the two-sided p of Fisher's exact test: of all splits as unlikely as this one.

    The probabilities of splits are walked through from the likeliest outwards, until they vanish.
    """
    marked = hits + other_hits
    everyone = tries + other_tries
    least, most = max(0, marked - other_tries), min(marked, tries)
    mode = min(max((marked + 1) * (tries + 1) // (everyone + 2), least), most)

    def ratio(split: int) -> float:
        """Return how much likelier one more hit is than this many."""
        return ((marked - split) * (tries - split)) / (
            (split + 1) * (everyone - marked - tries + split + 1)
        )

    weights = {mode: 1.0}
    weight, split = 1.0, mode
    while split < most and weight > _NEGLIGIBLE:
        weight *= ratio(split)
        split += 1
        weights[split] = weight
    weight, split = 1.0, mode
    while split > least and weight > _NEGLIGIBLE:
        split -= 1
        weight /= ratio(split)
        weights[split] = weight
    # Splits that are equally likely differ by rounding alone.
    bound = weights.get(hits, 0.0) * (1 + 1e-9)
    return min(1.0, sum(w for w in weights.values() if w <= bound) / sum(weights.values()))


def holm(values: Sequence[float | None]) -> list[bool | None]:
    """Tell which p are below `LEVEL`, so that with no change at all none is at that level.

    The smallest has to be below the level divided by how many there are, the next by one less,
    until one is not. None stays None.
    """
    ranked = sorted((p, place) for place, p in enumerate(values) if p is not None)
    answers: list[bool | None] = [None if p is None else False for p in values]
    for rank, (p, place) in enumerate(ranked):
        if p >= LEVEL / (len(ranked) - rank):
            break
        answers[place] = True
    return answers


def _row(side: _Side) -> Latency | None:
    table, key = side
    return table.row(key) if key is not None else None


def _fine(side: _Side) -> Counter[int]:
    table, key = side
    return table.fine(key) if key is not None else Counter()


def _bins(row: Latency | None) -> tuple[int, ...]:
    return row.bins if row is not None else ()


def _errors(before: Latency | None, after: Latency | None) -> float | None:
    if before is None or after is None or min(before.invocations, after.invocations) < LEAST:
        return None
    return fisher(before.errors, before.invocations, after.errors, after.invocations)
