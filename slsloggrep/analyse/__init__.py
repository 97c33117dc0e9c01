"""Invocations and records to answers: what crashed, and what is slow.

Pure functions over values, one module for each kind of answer: `crashes` and `groups`,
`explanation`, `ledger` and `latency`, `comparison`, `prices`, `activity`, `health`. None is loaded
for another's sake. What is read, and which records make an invocation, is decided before; how an
answer looks, by `render` and `export`.
"""
