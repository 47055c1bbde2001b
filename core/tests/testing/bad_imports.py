"""Components whose modules break one law of importing each."""

from __future__ import annotations

from typing import Any

from contract_offenders import FOLDER, load, offender


def _imported(name: str) -> Any:
    """Return the tracker of a module that does wrong when it is imported."""
    return load(FOLDER / "imports" / f"imports_{name}.py").Importing


GOOD: list[Any] = []
BAD = [
    ("import-works", offender(_imported("alone"))),
    ("import-light", offender(_imported("heavy"))),
    ("import-fast", offender(_imported("slow"), import_seconds=0.1)),
    ("import-quiet", offender(_imported("loud"))),
    ("import-changes-nothing", offender(_imported("changing"))),
    ("import-starts-nothing", offender(_imported("starting"))),
]
