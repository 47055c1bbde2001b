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


def document(record: RunRecord, room: int | None = None) -> str:
    """Return the run's JSON document, safe inside a ``<script>`` element.

    Every ``<``, ``>`` and ``&`` is written as an escape, so that no value can end the element or
    open a comment; the text stays plain JSON in ASCII.

    Args:
        record: The run.
        room: Characters it should fit in: charts are left out for it first, then features.
    """
    data = record_to_dict(record)
    if len(record.features) > MOST_FEATURES:
        data["features"] = []
    for part in ("charts", "features"):
        if room is not None and len(json.dumps(data, separators=(",", ":"))) > room:
            data[part] = []
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def config_text(record: RunRecord) -> str:
    """Return the configuration as run (secrets masked) as YAML; empty text without one."""
    config = record_to_dict(record)["config"]
    return dump(config) if config else ""
