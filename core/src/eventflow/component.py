"""What every component is built on: options that are checked, and a repr that hides secrets."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class ComponentConfig(BaseModel):
    """Base of every component's options: frozen, and unknown options are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )


class BaseComponent:
    """Built with options as keyword arguments; `config` keeps them validated.

    Attributes:
        hidden: Options whose values hold secrets and are not shown.
    """

    Config: ClassVar[type[BaseModel]] = ComponentConfig
    config: Any
    hidden: frozenset[str] = frozenset()

    def __init__(self, **options: Any) -> None:
        """Validate the options.

        Raises:
            pydantic.ValidationError: An option is unknown, missing or out of range.
        """
        self.config = self.Config(**options)

    def __repr__(self) -> str:
        """Render as it would be written in Python."""
        set_by_user = self.config.model_fields_set
        given = ", ".join(
            f"{k}=********" if k in self.hidden else f"{k}={v!r}"
            for k, v in self.config
            if k in set_by_user
        )
        return f"{type(self).__name__}({given})"


def lacks(component: object, method: str) -> str:
    """Say that a class does not define what its kind must."""
    return f"{type(component).__name__} does not define {method}()"
