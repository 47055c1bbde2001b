"""The conformance report: what was judged and how it ended, as one JSON document."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from eventflow.plugins.index import CORE, installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pytest

    from eventflow.testing.judging import Contract, Finding

FORMAT = "eventflow.conformance/1"
"""Name and version of the document; a field is only ever added within a version."""

PROPERTY = "eventflow_contract"
"""Name of the pytest user property that carries a finding, from workers too."""


def note(item: pytest.Item, agreed: Contract, finding: Finding) -> None:
    """Attach a finding to a test, as plain data."""
    component = agreed.subject.component
    fact: dict[str, Any] = {
        "component": f"{component.__module__}:{component.__qualname__}",
        "kind": agreed.subject.kind,
        "level": agreed.level,
        "check": finding.check.id,
        "since": finding.check.since,
        "outcome": finding.outcome,
    }
    if agreed.unapplied:
        fact["unapplied"] = agreed.unapplied
    if finding.message:
        fact["message"] = finding.message
    if finding.reason:
        fact["reason"] = finding.reason
    item.user_properties.append((PROPERTY, fact))


def note_unjudged(item: pytest.Item, target: str, kind: str, reason: str) -> None:
    """Attach that a component was not judged, and why."""
    fact = {"component": target, "kind": kind, "outcome": "unjudged", "reason": reason}
    item.user_properties.append((PROPERTY, fact))


def conformance(facts: Iterable[Mapping[str, Any]], level: int) -> dict[str, Any]:
    """Return the document: plugins, their components, and how each check ended.

    Args:
        facts: What `note` attached.
        level: The newest level that the kit knows.
    """
    components: dict[tuple[str, str], dict[str, Any]] = {}
    for fact in facts:
        key = (fact["component"], fact["kind"])
        entry = components.setdefault(key, {"component": key[0], "kind": key[1], "checks": []})
        if fact["outcome"] == "unjudged":
            entry["unjudged"] = fact["reason"]
            continue
        entry["level"] = fact["level"]
        if "unapplied" in fact:
            entry["unapplied"] = fact["unapplied"]
        shown = ("check", "since", "outcome", "reason", "message")
        entry["checks"].append({name: fact[name] for name in shown if name in fact})
    plugins: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for entry in components.values():
        entry["conforms"] = "unjudged" not in entry and not any(
            check["outcome"] in {"failed", "unneeded"} for check in entry["checks"]
        )
        plugins.setdefault(_owner(entry["component"]), []).append(entry)
    return {
        "format": FORMAT,
        "kit_level": level,
        "host": _host(),
        "plugins": [
            {"plugin": name, "version": number, "components": found}
            for (name, number), found in plugins.items()
        ],
    }


def unapplied(facts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a line for each check that an author could have applied, and did not.

    Args:
        facts: What `note` attached.
    """
    lines = {}
    for fact in facts:
        name = fact["component"].rpartition(":")[2]
        for check, need in fact.get("unapplied", {}).items():
            if need.startswith("give "):
                lines[f"{name}: {check}"] = need
    return [f"{what}: {need}" for what, need in lines.items()]


def write(path: Path, document: Mapping[str, Any]) -> None:
    """Write the document; folders on the way are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _owner(target: str) -> tuple[str, str | None]:
    """Return the distribution that offers a class, or shares its package, and its version."""
    package = target.partition(":")[0].partition(".")[0]
    by_target = {ref.target: plugin for plugin in installed() for ref in plugin.refs}
    by_package = {r.module.partition(".")[0]: plugin for plugin in installed() for r in plugin.refs}
    found = by_target.get(target) or by_package.get(package)
    return (found.name, found.version) if found else (package, None)


def _host() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in (CORE, "polars"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # running from a source tree that is not installed
            versions[name] = "0"
    return versions


_TEXT = {"type": "string"}
_CHECK = {
    "type": "object",
    "required": ["check", "since", "outcome"],
    "properties": {
        "check": _TEXT,
        "since": {"type": "integer"},
        "outcome": {"enum": ["passed", "failed", "preview", "excluded", "unneeded", "skipped"]},
        "reason": _TEXT,
        "message": _TEXT,
    },
}
_COMPONENT = {
    "type": "object",
    "required": ["component", "kind", "conforms", "checks"],
    "properties": {
        "component": _TEXT,
        "kind": _TEXT,
        "level": {"type": "integer"},
        "conforms": {"type": "boolean"},
        "unjudged": _TEXT,
        "unapplied": {"type": "object", "additionalProperties": _TEXT},
        "checks": {"type": "array", "items": _CHECK},
    },
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Conformance of Eventflow plugins",
    "type": "object",
    "required": ["format", "kit_level", "host", "plugins"],
    "properties": {
        "format": {"const": FORMAT},
        "kit_level": {"type": "integer"},
        "host": {"type": "object", "additionalProperties": _TEXT},
        "plugins": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["plugin", "version", "components"],
                "properties": {
                    "plugin": _TEXT,
                    "version": {"type": ["string", "null"]},
                    "components": {"type": "array", "items": _COMPONENT},
                },
            },
        },
    },
}
"""JSON Schema of the document."""
