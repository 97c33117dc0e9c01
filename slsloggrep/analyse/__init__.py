"""Invocations and records to answers: what crashed, and what is slow.

Pure functions over values. What is read, and which records make an invocation, is decided before;
how an answer looks, by `render` and `export`.
"""
