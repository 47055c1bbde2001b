"""The marker of an option that holds another component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from eventflow.types import Kind


@frozen
class Uses:
    """Marks an option that is another component, written ``{use: NAME, …}``.

    The inner component is built first, so the option's value is the component::

        class Config(ComponentConfig):
            context: Annotated[Any, Uses("source")]

    Attributes:
        kind: Kind of component that belongs there.
    """

    kind: Kind

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Leave a mark in the JSON Schema, which `eventflow.config.jsonschema` fills in."""
        return {**handler(core_schema), "x-eventflow-uses": self.kind}
