"""Write the figures of a long campaign into the page on reliability: ``figures.py FIGURES.jsonl``.

Called by ``nox -s faults``; the page keeps the figures between two marks.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "reliability.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
TWICE = {
    "power loss under brokers": "kept twice, since nobody had answered",
    "killed brokers": "kept twice, since nobody had answered",
    "killed consumers": "handled twice",
}
TITLES = {
    "power loss under brokers": "power loss under the server, FUSE disk",
    "killed brokers": "SIGKILL of the server",
    "killed consumers": "SIGKILL of a consumer at work",
    "killed publishers": "SIGKILL of the publisher, one store",
    "power loss": "power loss, model of a disk",
    "power loss under processes": "power loss under a process, FUSE disk",
    "damaged bytes": "changed bytes",
}


def main(path: Path) -> None:
    """Replace the page's figures by those of a campaign."""
    facts = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{render(facts)}{END}{after}", encoding="utf-8")


def render(facts: Sequence[dict[str, Any]]) -> str:
    """Return the figures as Markdown."""
    told = [fact for fact in facts if fact["campaign"] in TITLES]
    controls = [fact for fact in facts if fact["campaign"] == "negative control"]
    machine = (f"{os.cpu_count()} processors", platform.system())
    programs = (f"Python {platform.python_version()}", f"SQLite {apsw.sqlite_lib_version()}")
    lines = [
        f"Measured on {datetime.now(UTC):%d %B %Y}: {', '.join((*machine, *programs))}.",
        "",
        "| campaign | trials | what was found |",
        "|---|---:|---|",
        *sorted(_row(fact) for fact in told),
        "",
        *_faults([fact for fact in facts if fact["campaign"] == "transport faults"]),
        "| safeguard taken out | caught in trial |",
        "|---|---:|",
        *sorted(f"| {fact['control']} | {fact['caught_in_run']} |" for fact in controls),
    ]
    return "\n".join(lines) + "\n"


def _row(fact: dict[str, Any]) -> str:
    title = TITLES[fact["campaign"]]
    if fact["campaign"] == "damaged bytes":
        trials = fact["detected"] + fact["harmless"]
        found = f"{fact['detected']} detected, {fact['harmless']} harmless, {fact['silent']} silent"
        return f"| {title}, store {fact['store']} | {trials:,} | {found} |"
    kind = _detail(fact)
    trials = fact.get("runs") or fact["kills"]
    found = f"{fact['acknowledged']:,} acknowledged, {fact['lost']} lost"
    if "twice" in fact:
        found += f", {fact['twice']} {TWICE[fact['campaign']]}"
    return f"| {title}{kind} | {trials:,} | {found} |"


def _faults(facts: Sequence[dict[str, Any]]) -> list[str]:
    """Return a table of faults and transports: acknowledged events, and how many were lost."""
    transports = list(dict.fromkeys(fact["transport"] for fact in facts))
    faults = list(dict.fromkeys(fact["fault"] for fact in facts))
    cells: dict[tuple[str, str], Counter[str]] = {}
    for fact in facts:
        cell = cells.setdefault((fact["fault"], fact["transport"]), Counter())
        cell.update({name: fact[name] for name in ("acknowledged", "lost", "missed")}, trials=1)
    rows = ((fault, *(_cell(cells.get((fault, t))) for t in transports)) for fault in faults)
    return [
        f"| fault | {' | '.join(f'`{t}`' for t in transports)} |",
        f"|---|{'---|' * len(transports)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _cell(sums: Counter[str] | None) -> str:
    if sums is None:
        return "–"
    told = f"{sums['trials']} trials, {sums['acknowledged']:,} taken, {sums['lost']} lost"
    return told + (f", {sums['missed']} missed" if sums["missed"] else "")


def _detail(fact: dict[str, Any]) -> str:
    if "transport" in fact:
        sync = f" with `appendfsync {fact['sync']}`" if "sync" in fact else ""
        return f", `{fact['transport']}`{sync}"
    adversaries: Iterable[tuple[str, str]] = (
        ("nothing", ": unsynced writes are gone"),
        ("prefix", ": the first of them survive"),
        ("sectors", ": any of their sectors survive"),
    )
    return dict(adversaries).get(fact.get("adversary", ""), "")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
