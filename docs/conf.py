"""The documentation site: Markdown, built by Sphinx; reference pages come from the code itself."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Eventflow"
author = "The Eventflow authors"
copyright = f"2026, {author}"  # noqa: A001 - the name that Sphinx reads
release = installed("eventflow-core")
extensions = ["myst_parser", "recipes_page", "generated", "llms"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "examples", "_ext", "tests"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
html_theme = "furo"
html_title = "Eventflow"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
