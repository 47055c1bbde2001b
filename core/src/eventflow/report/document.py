"""What the report carries for tools and for copying: the run record, the configuration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from eventflow.config.dump import dump
from eventflow.runs.encode import record_to_dict

if TYPE_CHECKING:
    from eventflow.runs.record import RunRecord

MOST_FEATURES = 500
"""Beyond this many features the page carries the record without them; record.json has them all."""

MOST_OF_CHARTS = 16_000
"""Beyond this many characters of charts the page carries the record without them, likewise."""


def document(record: RunRecord) -> str:
    """Return the run's JSON document, safe inside a ``<script>`` element.

    Every ``<``, ``>`` and ``&`` is written as an escape, so that no value can end the element or
    open a comment; the text stays plain JSON in ASCII.
    """
    data = record_to_dict(record)
    if len(record.features) > MOST_FEATURES:
        data["features"] = []
    if len(json.dumps(data["charts"])) > MOST_OF_CHARTS:
        data["charts"] = []
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def config_text(record: RunRecord) -> str:
    """Return the configuration as run (secrets masked) as YAML; empty text without one."""
    config = record_to_dict(record)["config"]
    return dump(config) if config else ""
