"""From YAML or a dictionary to bound components, with every problem reported at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

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
    from eventflow.config.types import ONE_OR_MANY, Duration
    from eventflow.config.uses import Uses


__all__ = [
    "ONE_OR_MANY",
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

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "binding": ["bind"],
        "errors": ["ConfigError"],
        "loading": ["CheckReport", "check_config", "load", "resolve"],
        "model": ["Bound", "BoundConfig", "PipelineConfig", "PluginOptions", "RunsOptions", "Use"],
        "types": ["ONE_OR_MANY", "Duration"],
        "uses": ["Uses"],
    },
)
