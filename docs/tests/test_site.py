"""The built site: links lead somewhere, and programs that read it find everything.

Run by `nox -s docs` after the build.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

DOCS = Path(__file__).parents[1]
SITE = DOCS / "_build" / "html"
PAGES = sorted(
    p.relative_to(DOCS).with_suffix("")
    for p in DOCS.rglob("*.md")
    if p.relative_to(DOCS).parts[0] not in {"_build", "_ext", "examples", "tests"}
)


class Page(HTMLParser):
    """What a page links to, and the anchors that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links and anchors."""
        for name, value in attrs:
            if name in {"href", "src"} and value and not re.match(r"[a-z]+:", value):
                self.links.add(unquote(value))
            elif name == "id" and value:
                self.anchors.add(value)


def dead_links(site: Path) -> list[str]:
    """Return the links within a site that lead nowhere, each after its page."""
    pages = {path: Page(path.read_text("utf-8")) for path in site.rglob("*.html")}
    dead = []
    for path, page in pages.items():
        for link in sorted(page.links):
            file, _, anchor = link.partition("#")
            target = (path.parent / file.partition("?")[0]).resolve() if file else path
            known = pages[target].anchors if target in pages else set()
            if not target.exists() or (anchor and target in pages and anchor not in known):
                dead.append(f"{path.relative_to(site)}: {link}")
    return dead


def test_every_link_within_the_site_leads_somewhere() -> None:
    """Files and anchors, of the theme's own links too."""
    assert (SITE / "index.html").is_file()
    assert dead_links(SITE.resolve()) == []


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    """A missing file and a missing anchor; one that is there is not reported."""
    (tmp_path / "a.html").write_text(
        '<p id="x"><a href="#x"></a><a href="#y"></a><a href="b.html"></a>', encoding="utf-8"
    )
    assert dead_links(tmp_path.resolve()) == ["a.html: #y", "a.html: b.html"]


def _listed() -> dict[str, str]:
    """Return link → description, of `llms.txt`."""
    text = (SITE / "llms.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^- \[.+?\]\((.+?)\): (.*)$", text, re.MULTILINE))


def test_llms_txt_lists_every_page_with_a_line_on_it() -> None:
    """Each page but the root, with a link that leads to it and a description."""
    listed = _listed()
    assert set(listed) == {f"{page.as_posix()}.html" for page in PAGES} - {"index.html"}
    assert [link for link in listed if not (SITE / link).is_file()] == []
    assert [link for link, said in listed.items() if not 10 < len(said) < 400] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_llms_full_txt_holds_every_page(page: Path) -> None:
    """Its title is there, and generated parts are filled in."""
    text = (SITE / "llms-full.txt").read_text(encoding="utf-8")
    source = (DOCS / page).with_suffix(".md").read_text(encoding="utf-8")
    title = next(line for line in source.splitlines() if line.startswith("# "))
    assert title in text.splitlines()
    assert "<!-- generate" not in text
    assert "{toctree}" not in text
