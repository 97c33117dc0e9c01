"""Whether an archive can be read: something is there, a byte of it comes, its layout tells times.

For every store; what a bucket needs beyond that is `slsloggrep.sources.s3_examination`'s knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from slsloggrep.errors import SourceError
from slsloggrep.model.checks import Check, Verdict
from slsloggrep.sources.layout import arrival, export_task_origin
from slsloggrep.sources.store import Store

LIST, READ, LAYOUT = "list objects", "read an object", "layout"


def examine_store(store: Store) -> Iterator[Check]:
    """Yield the checks of a local store; see Examined.examine."""
    try:
        first = next(iter(store.list(None, None)), None)
    except SourceError as error:
        yield Check(
            what=LIST, verdict=Verdict.MISSING, detail=error.words, hint=error.hint, fatal=True
        )
        return
    if first is None:
        yield Check(what=LIST, verdict=Verdict.MISSING, detail="nothing is there")
        return
    yield Check(what=LIST, verdict=Verdict.OK, detail=first.name)
    try:
        with store.open(first) as stream:
            stream.read(1)
    except OSError as error:
        yield Check(what=READ, verdict=Verdict.MISSING, detail=f"{first.name}: {error}")
    else:
        yield Check(what=READ, verdict=Verdict.OK, detail=first.name)
    yield from check_layout(first.name)


def check_layout(name: str) -> Iterator[Check]:
    """Yield whether an object's name tells when its records came, and whether it can be decoded."""
    if arrival(name) is not None:
        yield Check(what=LAYOUT, verdict=Verdict.OK, detail="names tell the time, and narrow")
    elif export_task_origin(name) is not None:
        detail = "an export task's: names tell no time, so all is read, whatever the window"
        yield Check(what=LAYOUT, verdict=Verdict.NOTE, detail=detail)
    else:
        yield Check(
            what=LAYOUT,
            verdict=Verdict.NOTE,
            detail=f"'{name}' tells no time, so all is read, whatever the window",
            hint="Firehose's names tell it, and folders such as 2026/11/23/17 or dt=2026-11-23",
        )
    if name.lower().endswith((".parquet", ".parq")) and find_spec("duckdb") is None:
        yield Check(
            what="Parquet",
            verdict=Verdict.MISSING,
            detail="reading Parquet needs the extra 'parquet', which is not installed",
            hint="pip install 'slsloggrep[parquet]'",
        )
