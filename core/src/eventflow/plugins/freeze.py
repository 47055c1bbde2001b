"""The exact set of installed plugins, as requirements that pip and uv install again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.plugins.index import IndexedPlugin


@dataclass(frozen=True, slots=True)
class Frozen:
    """One plugin, pinned.

    Attributes:
        name: Its distribution.
        version: Its version.
        requirement: The line that installs it again; None if no line can.
        reason: Why none can.
    """

    name: str
    version: str
    requirement: str | None
    reason: str | None = None


def frozen(plugins: Sequence[IndexedPlugin]) -> list[Frozen]:
    """Pin plugins: by version, or by where they came from (PEP 610), commit and hash included."""
    return [_frozen(plugin) for plugin in plugins]


def _frozen(plugin: IndexedPlugin) -> Frozen:
    from packaging.requirements import (  # noqa: PLC0415 - delayed: not for listings
        InvalidRequirement,
        Requirement,
    )

    name, version = plugin.name, plugin.version
    if plugin.defect is not None:
        return Frozen(name, version, None, plugin.defect)
    line = from_direct_url(name, _direct_url(name)) or f"{name}=={version}"
    if not line.startswith("-e "):
        try:
            Requirement(line)
        except InvalidRequirement:
            reason = f'"{version}" is no valid version'
            return Frozen(name, version, None, reason)
    return Frozen(name, version, line)


def _direct_url(name: str) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(distribution(name).read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def from_direct_url(name: str, origin: Mapping[str, Any]) -> str | None:
    """Return the requirement for what `direct_url.json` says; None if it says nothing.

    Passwords in addresses are left out.
    """
    url = origin.get("url")
    if not isinstance(url, str):
        return None
    url = _without_password(url)
    if origin.get("dir_info", {}).get("editable"):
        return f"-e {url}"
    if version_control := origin.get("vcs_info"):
        commit = version_control.get("commit_id") or version_control.get("requested_revision")
        url = f"{version_control.get('vcs', 'git')}+{url}" + (f"@{commit}" if commit else "")
    archive = origin.get("archive_info") or {}
    hashes = archive.get("hashes") or {}
    digest = f"sha256={hashes['sha256']}" if "sha256" in hashes else archive.get("hash")
    parts = [digest] if digest else []
    parts += [f"subdirectory={origin['subdirectory']}"] if origin.get("subdirectory") else []
    return f"{name} @ {url}" + (f"#{'&'.join(parts)}" if parts else "")


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    keeps = not at or ":" not in user or user.startswith("${")
    return url if keeps else urlunsplit(parts._replace(netloc=host))
