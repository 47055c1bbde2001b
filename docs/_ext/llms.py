"""Write `llms.txt` and `llms-full.txt`: the site for readers that are programs.

`llms.txt` lists every page of the table of contents with its title and first sentence;
`llms-full.txt` holds the pages themselves, as Markdown, with the generated parts filled in.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes  # type: ignore[import-untyped] # it ships no types
from sphinx import addnodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

DIRECTIVE = re.compile(r"^```\{toctree\}.*?^```$\n?", re.MULTILINE | re.DOTALL)
LEAST = 3  # words, that a description has more of
SENTENCE_END = re.compile(r"(?<=[.?!])\s")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx; this must come after what fills pages in."""
    app.connect("source-read", _keep)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": False}


def _keep(app: Sphinx, page: str, source: list[str]) -> None:
    _sources(app.env)[page] = source[0]


def _sources(env: BuildEnvironment) -> dict[str, str]:
    """Return page → Markdown; kept in the environment, which outlives one build."""
    kept: dict[str, str] = vars(env).setdefault("llms_sources", {})
    return kept


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir)
        (folder / "llms.txt").write_text(_index(app), encoding="utf-8")
        (folder / "llms-full.txt").write_text(_everything(app), encoding="utf-8")


def pages(env: BuildEnvironment, page: str) -> Iterator[tuple[str, str]]:
    """Yield (caption, page) for every page below one, in the order of the table of contents."""
    for tree in env.get_doctree(page).findall(addnodes.toctree):
        for _, below in tree["entries"]:
            if below is not None:
                yield str(tree.get("caption") or ""), below
                yield from (("", deeper) for _, deeper in pages(env, below))


def _index(app: Sphinx) -> str:
    root = app.config.root_doc
    lines = [f"# {app.config.project}", "", f"> {summary(app.env, root)}"]
    for caption, page in pages(app.env, root):
        if caption and f"## {caption}" not in lines:
            lines += ["", f"## {caption}", ""]
        link = app.builder.get_target_uri(page)
        lines.append(f"- [{app.env.titles[page].astext()}]({link}): {summary(app.env, page)}")
    return "\n".join(lines) + "\n"


def summary(env: BuildEnvironment, page: str) -> str:
    """Return the first sentence of a page, on one line."""
    prose = (n for n in env.get_doctree(page).findall(nodes.paragraph) if _is_prose(n))
    sentences = (s for n in prose for s in SENTENCE_END.split(" ".join(n.astext().split())))
    return next((s for s in sentences if len(s.split()) > LEAST), "")


def _is_prose(node: nodes.paragraph) -> bool:
    return not isinstance(node.parent, nodes.entry)


def _everything(app: Sphinx) -> str:
    root = app.config.root_doc
    kept = _sources(app.env)
    order = [root, *(page for _, page in pages(app.env, root))]
    return "\n\n".join(DIRECTIVE.sub("", kept[page]).strip() for page in order) + "\n"
