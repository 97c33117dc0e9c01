"""Values to JSON, NDJSON and the like, by the output contract."""
