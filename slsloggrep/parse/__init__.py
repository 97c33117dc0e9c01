"""Events to records: platform lines, structured lines, runtime lines, identifiers.

`Parser` turns one event into one record and never fails; `recognise` says what a user's ID can
be. Bytes and envelopes are `slsloggrep.decode`'s; which records make an invocation is
`slsloggrep.stitch`'s.
"""

from slsloggrep.parse.functions import function_of, is_environment
from slsloggrep.parse.parser import Parser
from slsloggrep.parse.subject import Mentions, Subject, mentions, recognise, subject_of

__all__ = [
    "Mentions",
    "Parser",
    "Subject",
    "function_of",
    "is_environment",
    "mentions",
    "recognise",
    "subject_of",
]
