"""Plugins as the JSON of ``eventflow plugins`` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventflow.plugins import PluginInfo, Quarantine


def _set_aside(quarantine: Quarantine) -> dict[str, Any]:
    """Return what was set aside, as JSON shows it."""
    return {
        "subject": quarantine.subject,
        "stage": quarantine.stage,
        "code": quarantine.code,
        "reason": quarantine.reason,
        "remedy": quarantine.remedy,
        "command": quarantine.command,
    }


def describe_plugin(info: PluginInfo) -> dict[str, Any]:
    """Return a plugin, as JSON shows it."""
    return {
        "name": info.name,
        "version": info.version,
        "summary": info.summary,
        "requires": info.requires,
        "state": info.state,
        "status": info.status,
        "stage": info.stage,
        "provides": [
            {"kind": ref.kind, "name": ref.name, "target": ref.target} for ref in info.provides
        ],
        "clashes": [{"kind": ref.kind, "name": ref.name} for ref in info.clashes],
        "set_aside": [_set_aside(q) for q in info.quarantines],
    }
