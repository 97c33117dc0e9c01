"""The names of an account's log groups, functions and stacks, and nothing else of them."""

from __future__ import annotations

from itertools import islice

from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.deployments import names_of_stacks
from slsloggrep.sources.cloudwatch.lookup import ask_all
from slsloggrep.sources.cloudwatch.places import Places


def list_names(settings: Settings, most: int) -> dict[str, list[str]]:
    """Return `groups`, `functions` and `stacks` of one profile in one region.

    What is refused is absent; 50 a call, at most `most` of each. Raises UsageError and SourceError
    as `Places`, and Abandoned.
    """
    places = Places("cloudwatch:", settings)
    try:
        logs = places.all[0]
        answers = ask_all(
            {
                "groups": lambda: [group.name for group in islice(logs.describe_groups(), most)],
                "functions": lambda: [name for name, _ in islice(logs.list_functions(), most)],
                "stacks": lambda: list(islice(names_of_stacks(logs), most)),
            }
        )
        return {kind: names for kind, names in answers.items() if isinstance(names, list)}
    finally:
        places.close()
