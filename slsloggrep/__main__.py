"""`python -m slsloggrep` is the same as `slsloggrep`."""

from __future__ import annotations

import sys

from slsloggrep.cli.main import main

sys.exit(main())
