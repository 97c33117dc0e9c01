"""Bytes to events: compression, envelopes, export tasks, search documents, Parquet."""
