"""Writing plain data as YAML that `eventflow.config.yaml` reads back as the same data."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.emitter import Emitter
from yaml.representer import SafeRepresenter
from yaml.serializer import Serializer

from eventflow.config.core_schema import CoreResolver


class _Dumper(Emitter, Serializer, SafeRepresenter, CoreResolver):
    """PyYAML's safe dumper, quoting by YAML 1.2's core schema instead of 1.1."""

    def __init__(self, stream: Any, **options: Any) -> None:
        keep = ("default_style", "default_flow_style", "sort_keys")
        marks = ("explicit_start", "explicit_end", "version", "tags", "encoding")
        Emitter.__init__(self, stream, width=100, allow_unicode=options.get("allow_unicode"))
        Serializer.__init__(self, **{k: options[k] for k in marks})
        SafeRepresenter.__init__(self, **{k: options[k] for k in keep})
        CoreResolver.__init__(self)

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out: a reader should not have to follow anchors."""
        del data
        return True


def dump(data: Any) -> str:
    """Write mappings, lists and scalars in block style, keys in their order."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text
