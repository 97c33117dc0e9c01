"""CloudWatch Logs as a source: log groups of one or several accounts and regions."""

from __future__ import annotations

from slsloggrep.sources.cloudwatch.source import open_cloudwatch

__all__ = ["open_cloudwatch"]
