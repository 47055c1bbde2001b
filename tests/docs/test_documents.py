"""What the documents show is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

import code_blocks

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "core/README.md",
        "plugins/*/README.md",
        "contrib/*/README.md",
    )
    for path in ROOT.glob(pattern)
    if "_build" not in path.parts
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder that holds the examples, as a reader's clone does."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "examples").symlink_to(ROOT / "docs" / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(d.relative_to(ROOT)) for d in DOCUMENTS])
def test_every_code_block_of_a_document_runs(document: Path, folder: Path) -> None:
    """Python runs, commands exit as shown, and every line of output that is shown is printed."""
    code_blocks.run(document, folder)


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(d.relative_to(ROOT)) for d in DOCUMENTS])
def test_relative_links_lead_somewhere(document: Path) -> None:
    """No link to a file that is not there."""
    links = code_blocks.links(document.read_text(encoding="utf-8"))
    assert [link for link in links if not _leads(document, link)] == []


def _leads(document: Path, link: str) -> bool:
    target = link.partition("#")[0]
    return not target or (document.parent / target).exists()


def test_a_wrong_line_of_output_is_noticed(folder: Path) -> None:
    """The check itself can fail: output that is not printed, and an exit that is not as shown."""
    document = folder / "page.md"
    for session in ("$ echo one\ntwo\n", "$ exit 3\n", "$ echo one  # exit 1\n"):
        document.write_text(f"```console\n{session}```\n", encoding="utf-8")
        with pytest.raises(AssertionError):
            code_blocks.run(document, folder)
