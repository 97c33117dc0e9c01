"""The outlines of what is deployed and of what was checked."""

from __future__ import annotations

from dataclasses import replace

from outline_walk import blocks_of, facts, lead, sections_of, table, text, values
from report_samples import checks_report, functions_report, healthy_report, no_functions_report

from slsloggrep.analyse.health import find_weaknesses
from slsloggrep.export.csv import csv_text
from slsloggrep.export.functions import function_lines
from slsloggrep.model import Coverage
from slsloggrep.model.checks import Verdict
from slsloggrep.model.inventory import DeployedFunction, Inspected
from slsloggrep.model.outlines import Excerpt, Points, Tone
from slsloggrep.outline import OutlineView, outline, view_for


def points(report: object) -> list[str]:
    """Return the sentences of the lists of an outline, in order."""
    made = outline(report, OutlineView())  # type: ignore[arg-type] # a report
    return [text(line) for block in blocks_of(made, Points) for line in block.lines]


def test_how_many_are_unhealthy_is_the_answer() -> None:
    """Of how many, and where; what was denied is told beside it."""
    made = outline(functions_report(), OutlineView())
    assert (made.title, made.tone, made.main) == ("Functions", Tone.NOTABLE, "functions")
    assert lead(made) == [
        "12 functions in 2 places: 10 unhealthy for logging.",
        "1 thing could not be read: there may be more than is told here.",
    ]
    assert facts(made.facts)["searched"].endswith("; no logs were read")
    named = outline(replace(functions_report(), subject="shop-*, cart"), OutlineView())
    assert named.title == "Functions: shop-*, cart"


def test_each_weakness_says_what_follows_and_whom_it_is_of() -> None:
    """The most frequent first; of many names some, and how many more."""
    assert points(functions_report())[:2] == [
        (
            "retention never expires (4): events are kept, and paid for, without end: "
            "shop-03, shop-06, shop-09, shop-12"
        ),
        (
            "no JSON (3): levels and fields are not stated, but read out of the text: "
            "shop-04, shop-08, shop-12"
        ),
    ]
    one = functions_report().inventory[2]
    many = tuple(replace_name(one, f"f{number}") for number in range(20))
    assert points(replace(functions_report(), inventory=many))[0].endswith("f5 and 14 more")


def replace_name(inspected: Inspected, name: str) -> Inspected:
    return Inspected(replace(inspected.function, name=name), inspected.weaknesses)


def test_every_weakness_that_is_found_has_a_meaning() -> None:
    """None of what the analysis finds is left without what follows from it."""
    worst = [
        DeployedFunction(
            name="a", region="r", log_format="JSON", system_level="WARN", application_level="FATAL"
        ),
        DeployedFunction(
            name="b",
            region="r",
            log_format="Text",
            traced=False,
            group_exists=True,
            infrequent=True,
        ),
        DeployedFunction(name="c", region="r", group_exists=False),
    ]
    report = replace(
        functions_report(),
        inventory=tuple(Inspected(each, find_weaknesses(each)) for each in worst),
    )
    weaknesses = {weakness.kind for each in report.inventory for weakness in each.weaknesses}
    told = [point for point in points(report) if point.count(": ") == 2 or "START" in point]
    assert len(weaknesses) == 7
    assert len(told) >= 7


def test_what_is_well_is_told_to_be_well() -> None:
    """A function without weaknesses is healthy, and none at all is an answer, too."""
    report = replace(healthy_report(), coverage=(Coverage(source="cloudwatch:"),))
    made = outline(report, OutlineView())
    assert (lead(made), made.tone) == (
        ["1 function: nothing is unhealthy for logging."],
        Tone.GOOD,
    )
    assert "unhealthy" not in {section.anchor for section in sections_of(made)}
    none = outline(no_functions_report(), OutlineView())
    assert lead(none) == ["There is no such function; everything that was asked for was read."]
    assert "functions" not in {section.anchor for section in sections_of(none)}


def test_a_spreadsheet_has_what_json_has() -> None:
    """The same figures under the same names, absent where nothing is known; heads in any case."""
    made = outline(functions_report(), view_for("csv"))
    main = table(made, "functions")
    written = list(function_lines(functions_report().inventory))
    same = ("function", "arn", "memory_mb", "timeout_s", "retention_days", "never_expires")
    for key in (*same, "log_format", "tracing", "infrequent_access", "last_activity", "log_group"):
        assert values(main, key) == [line[key] for line in written]
    assert values(main, "log_group_exists") == [line["log_group_exists"] for line in written]
    text_ = "".join(csv_text(outline(no_functions_report(), view_for("csv")), None))
    assert text_.startswith("function,region,arn,unhealthy,")
    assert text_.count("\n") == 1


def test_people_see_fewer_columns_and_the_place_where_there_are_several() -> None:
    """What a spreadsheet can sort by is too much for a page."""
    keys = [c.key for c in table(outline(functions_report(), OutlineView()), "functions").columns]
    assert keys[:3] == ["function", "place", "unhealthy"]
    assert "arn" not in keys
    one = table(outline(healthy_report(), OutlineView()), "functions")
    assert "place" not in [column.key for column in one.columns]


def test_what_is_missing_is_the_answer_and_the_policy_stands_below_it() -> None:
    """With what to try; the policy is JSON to be copied, line by line."""
    made = outline(checks_report(), OutlineView())
    assert (made.tone, made.main) == (Tone.BAD, "checks")
    assert lead(made)[0] == "1 of 4 checks found something missing: log groups."
    assert points(checks_report())[0] == (
        "log groups (cloudwatch: prod@eu-west-1): logs:DescribeLogGroups is not allowed"
        " · try: slsloggrep doctor --policy prints the policy"
    )
    (policy,) = blocks_of(made, Excerpt)
    assert "\n".join(map(text, policy.lines)) + "\n" == checks_report().policy
    assert [section.anchor for section in sections_of(made)] == [
        *("missing", "policy", "checks", "coverage", "notes"),
    ]


def test_where_all_is_well_nothing_is_missing() -> None:
    """No policy, and no list of what is not there; a source that is of no use is said to be so."""
    report = checks_report()
    fine = tuple(c for c in report.checks if c.check.verdict is Verdict.OK)
    made = outline(replace(report, checks=fine, policy="", notes=()), OutlineView())
    assert (lead(made), made.tone) == (["1 check: nothing is missing."], Tone.GOOD)
    assert [section.anchor for section in sections_of(made)] == ["checks", "coverage"]
    fatal = tuple(c._replace(check=replace(c.check, fatal=True)) for c in report.checks)
    assert lead(outline(replace(report, checks=fatal), OutlineView()))[1] == (
        "A source cannot be used at all."
    )


def test_what_was_not_checked_is_not_taken_for_well() -> None:
    """It stands where other reports tell what was not read."""
    assert points(checks_report())[1] == "read (cloudwatch:): no group is known to try it with"


def test_checks_are_a_table_with_what_was_denied() -> None:
    """One row a check, for programs under the names that JSON has."""
    made = table(outline(checks_report(), view_for("csv")), "checks")
    assert [column.key for column in made.columns] == [
        *("check", "verdict", "detail", "hint", "source", "place", "actions"),
    ]
    assert values(made, "verdict") == ["ok", "missing", "not checked", "note"]
    assert values(made, "actions") == [None, "logs:DescribeLogGroups", None, None]
