"""Settings that files hold: which there may be, what they say, and which of them wins.

Paths and texts in, values out: nothing here opens a file or looks at the process. Which settings
there are is known to whoever declares the options (`slsloggrep.cli.contexts`), and handed in.
"""

from slsloggrep.config.document import Document, parse_document
from slsloggrep.config.kinds import Kind, Known, UnfitError
from slsloggrep.config.layer import Alias, Layer, Setting, read_aliases, read_layer
from slsloggrep.config.merging import Config, merge
from slsloggrep.config.places import FILE, PROJECT_FILE, project_candidates, user_file
from slsloggrep.config.sources import NamedSource, Secret

__all__ = [
    "Config",
    "merge",
    "Setting",
    "NamedSource",
    "Secret",
    "Alias",
    "Layer",
    "read_layer",
    "read_aliases",
    "Document",
    "parse_document",
    "Kind",
    "Known",
    "UnfitError",
    "FILE",
    "PROJECT_FILE",
    "project_candidates",
    "user_file",
]
