from shown_samples import COVERAGE, GAPPED, show

from slsloggrep.model import Coverage, Gap
from slsloggrep.render.coverage import render_coverage, render_statistics


def test_full_coverage_says_nothing() -> None:
    """Silence means that everything was read."""
    assert show(render_coverage(COVERAGE)) == ""


def test_gaps_are_grouped_by_reason_and_counted() -> None:
    """One line a reason: how many, why, and the first of them by name."""
    assert show(render_coverage(GAPPED), 200).splitlines() == [
        "not read: s3://b/logs: 4 objects or parts: truncated: a.gz, c.gz, d.gz and 1 more",
        "not read: s3://b/logs: b.gz: denied",
        "note: s3://b/logs: times were taken from object names",
    ]


def test_gaps_wrap_under_their_text_on_a_narrow_terminal() -> None:
    """Nothing of a gap is cut."""
    lines = show(render_coverage(GAPPED), 40).splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert lines[1].startswith(" " * len("not read: "))


def test_each_source_speaks_for_itself() -> None:
    """The same reason in two sources is two lines."""
    both = [Coverage(source=name, gaps=(Gap("x", "denied"),)) for name in ("a", "b")]
    assert show(render_coverage(both)).splitlines() == [
        "not read: a: x: denied",
        "not read: b: x: denied",
    ]


def test_statistics_tell_objects_bytes_time_and_rate() -> None:
    """The figures of --stats; the rate is of decompressed bytes."""
    assert show(render_statistics(COVERAGE, 0.5), 200).splitlines() == [
        "s3://b/logs: 3 objects, 1.0 kB read, 9.0 kB decompressed, 9 events, 4 requests",
        "time: 0.50 s, 18.0 kB/s",
    ]
    assert "time: 0.00 s\n" in show(render_statistics((), 0.0))
