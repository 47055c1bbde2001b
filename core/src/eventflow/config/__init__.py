"""From YAML or a dictionary to bound components, with every problem reported at once."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventflow.config.binding import bind
    from eventflow.config.errors import ConfigError
    from eventflow.config.loading import CheckReport, check_config, load, resolve
    from eventflow.config.model import (
        Bound,
        BoundConfig,
        PipelineConfig,
        PluginOptions,
        RunsOptions,
        Use,
    )
    from eventflow.config.types import Duration
    from eventflow.config.uses import Uses

_HOMES = {
    "bind": "binding",
    "ConfigError": "errors",
    "CheckReport": "loading",
    "check_config": "loading",
    "load": "loading",
    "resolve": "loading",
    "Bound": "model",
    "BoundConfig": "model",
    "PipelineConfig": "model",
    "PluginOptions": "model",
    "RunsOptions": "model",
    "Use": "model",
    "Duration": "types",
    "Uses": "uses",
}

__all__ = [
    "Bound",
    "BoundConfig",
    "CheckReport",
    "ConfigError",
    "Duration",
    "PipelineConfig",
    "PluginOptions",
    "RunsOptions",
    "Use",
    "Uses",
    "bind",
    "check_config",
    "load",
    "resolve",
]


def __getattr__(name: str) -> Any:
    """Import a name where it is first used: reading an envelope needs no pydantic."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
