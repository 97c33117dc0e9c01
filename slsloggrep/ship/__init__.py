"""Logs of any source into an index of a search cluster: events, and the invocations they make."""
