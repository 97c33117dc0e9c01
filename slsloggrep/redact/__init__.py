"""Secrets out of values, before they leave the machine.

Values in, values out: what is a secret is told by its shape, by the name it stands under, or by
the user's rules, and a pseudonym takes its place. Where the values come from and what becomes of
them is decided elsewhere.
"""

from slsloggrep.redact.redactor import Redactor
from slsloggrep.redact.rules import Rules

__all__ = ["Redactor", "Rules"]
