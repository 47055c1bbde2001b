"""Which official distribution provides a component that is not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventflow.types import Kind

_PROVIDED: dict[str, dict[Kind, tuple[str, ...]]] = {
    "eventflow-files": {
        "source": ("csv", "ndjson", "parquet", "ipc", "table"),
        "sink": ("csv", "ndjson", "parquet", "ipc"),
    },
    "eventflow-datasets": {
        "source": (
            "online_retail",
            "nyc_flights",
            "nyc_weather",
            "nyc_airports",
            "nyc_planes",
            "game_revenue",
            "earthquakes",
            "avocado",
        ),
        "step": ("retail_purchases", "flight_delays"),
        "blueprint": ("customer_activity",),
    },
    "eventflow-features": {
        "step": (
            "rename",
            "select",
            "cast",
            "derive",
            "filter",
            "require",
            "deduplicate",
            "features.aggregate",
            "features.share",
            "features.rate",
            "features.lagged",
            "features.profile",
            "features.training",
            "prepare.missing",
            "prepare.outliers",
            "prepare.encode",
            "prepare.scale",
            "prepare.compact",
        ),
    },
    "eventflow-quality": {"step": ("quality.gate",)},
    "eventflow-time": {
        "source": ("holidays",),
        "step": (
            "time.bin",
            "time.calendar",
            "time.holidays",
            "time.session",
            "time.lag",
            "time.diff",
            "time.since_previous",
            "time.rolling",
            "time.ewma",
            "time.fill",
            "time.sequence",
        ),
        "context_join": ("asof", "interval"),
    },
    "eventflow-space": {
        "step": (
            "space.density",
            "space.distance",
            "space.geohash",
            "space.grid",
            "space.h3",
            "space.lag",
            "space.neighbours",
            "space.poi",
            "space.project",
            "space.stops",
            "space.trajectory",
            "space.zone",
        ),
        "source": ("zones",),
        "context_join": ("in_zone", "nearest", "nearest_asof"),
    },
    "eventflow-http": {"source": ("http_json",)},
    "eventflow-privacy": {"step": ("privacy.hash",)},
    "eventflow-churn": {"blueprint": ("customer_churn",)},
    "eventflow-revenue": {"blueprint": ("revenue_projection",)},
    "eventflow-price": {"blueprint": ("price_optimization",)},
    "eventflow-redis": {"transport": ("redis", "redis.pubsub")},
    "eventflow-nats": {"transport": ("nats",)},
    "eventflow-mlflow": {"tracker": ("mlflow",)},
    "eventflow-wandb": {"tracker": ("wandb",)},
    "eventflow-openlineage": {"tracker": ("openlineage",)},
}
"""Official distribution → kind → names."""

OFFICIAL: frozenset[str] = frozenset(_PROVIDED)
"""Names of the official distributions."""

KNOWN: dict[tuple[str, str], str] = {
    (kind, name): distribution
    for distribution, kinds in _PROVIDED.items()
    for kind, names in kinds.items()
    for name in names
}
"""(kind, name) → the official distribution that provides it."""
