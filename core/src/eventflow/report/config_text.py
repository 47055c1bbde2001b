"""A configuration as YAML text that any YAML reader takes the same way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from eventflow.runs.encode import record_to_dict

if TYPE_CHECKING:
    from eventflow.runs.record import RunRecord

_PLAIN = re.compile(r"[A-Za-z_][\w./-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


class _Dumper(yaml.SafeDumper):
    """Quotes every text that some version of YAML reads as something else."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(value, 0) is not None and value.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def config_text(record: RunRecord) -> str:
    """Return the configuration as run (secrets masked) as YAML, keys in their order."""
    config = record_to_dict(record)["config"]
    if not config:
        return ""
    return yaml.dump(config, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
