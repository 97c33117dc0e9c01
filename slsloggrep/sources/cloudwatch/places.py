"""The accounts and regions that one `cloudwatch:` URL and the settings name."""

from __future__ import annotations

from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.logs import Logs


class Places:
    """One `Logs` for each profile and region; regions that an ARN names are opened when needed."""

    def __init__(self, url: str, settings: Settings) -> None:
        raise NotImplementedError

    @property
    def all(self) -> tuple[Logs, ...]:
        """Those that the user named, in order; at least one."""
        raise NotImplementedError

    def of_region(self, region: str) -> tuple[Logs, ...]:
        """Return a place in a region for each profile, one that was not named included."""
        raise NotImplementedError

    def take_requests(self) -> int:
        """Return how many HTTP requests were sent since this was asked last."""
        raise NotImplementedError

    def close(self) -> None:
        """End waiting calls and close connections."""
        raise NotImplementedError
