"""Render what the contract kit checks, from the checks themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.testing.check import CHECKS, COMPONENTS, EXTRAS, KITS
from eventflow.testing.checks import load
from markdown import table

if TYPE_CHECKING:
    from eventflow.testing.check import Check


ANY = "any component"


def render() -> str:
    """Return what can be told to the kit, a table of checks per kind, and a section per check."""
    load()
    extras = table(("keyword", "what it is for"), [(f"`{k}`", v) for k, v in EXTRAS.items()])
    kinds = table(("kind", "checks"), [(k.replace("_", " "), _names(k)) for k in (ANY, *KITS)])
    sections = [_section(CHECKS[name]) for name in sorted(CHECKS)]
    return "\n\n".join(["## What a check can be told", extras, "## By kind", kinds, *sections])


def _names(kind: str) -> str:
    """Link to the checks of a kind; those of every component are told once, under ``any``."""
    shared = [c for c in CHECKS.values() if c.kinds == COMPONENTS]
    own = [c for c in CHECKS.values() if kind in c.kinds and c not in shared]
    told = shared if kind == ANY else own
    return ", ".join(f"[{c.id}](#{anchor(c)})" for c in told)


def anchor(check: Check) -> str:
    """Return where a check is on its page."""
    return f"check-{check.id}"


def _section(check: Check) -> str:
    facts = [f"since level {check.since}", ", ".join(k.replace("_", " ") for k in check.kinds)]
    facts += [f"needs `{check.needs}`"] if check.needs else []
    told = [check.guarantee, f"**Why.** {check.why}", f"**When it fails.** {check.fix}"]
    return "\n\n".join([f"({anchor(check)})=\n## `{check.id}`", f"*{' · '.join(facts)}*", *told])
