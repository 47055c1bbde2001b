"""What the jobs of `asof` share: the file of context is the third argument of each."""

from __future__ import annotations

import sys

CONTEXT = sys.argv[3]
SORTS = "sorts" in sys.argv
