"""`python -m askdocs` is the command `askdocs`."""

from __future__ import annotations

import sys

from askdocs.cli import main

if __name__ == "__main__":
    sys.exit(main())
