"""What every component is built on: options that are checked, and a repr that hides secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from eventflow.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails


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
            pydantic.ValidationError: An option is unknown, missing or out of range. It has the
                component's name, and for an unknown option the nearest one.
        """
        try:
            self.config = self.Config(**options)
        except ValidationError as error:
            raise plainly(error, type(self).__name__, self.Config) from None

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


def plainly(error: ValidationError, title: str, model: type[BaseModel]) -> ValidationError:
    """Return pydantic's error as a person needs it: whose options, and what a misspelt one means.

    Args:
        error: What pydantic says of the options.
        title: Whose options they are.
        model: The options.

    Returns:
        The same errors, with the same types and places; of an option that is only misspelt it is
        not said too that it is missing.
    """
    found = error.errors(include_url=False)
    known = [field.alias or name for name, field in model.model_fields.items()]
    near = {e["loc"]: nearest(str(e["loc"][0]), known) for e in found if _unknown(e)}
    meant = {(name,) for name in near.values()}
    return ValidationError.from_exception_data(
        title,
        [
            _as_told(e, _words(e, near.get(e["loc"]), known))
            for e in found
            if e["type"] != "missing" or e["loc"] not in meant
        ],
        hide_input=model.model_config.get("hide_input_in_errors", False),
    )


def _unknown(error: ErrorDetails) -> bool:
    return error["type"] == "extra_forbidden" and len(error["loc"]) == 1


def _words(error: ErrorDetails, near: str | None, known: Sequence[str]) -> str:
    if not _unknown(error):
        return error["msg"]
    fix = f'did you mean "{near}"?' if near else f"options: {', '.join(known) or 'none'}"
    return f"There is no such option; {fix}"


def _as_told(error: ErrorDetails, words: str) -> InitErrorDetails:
    kind = PydanticCustomError(error["type"], "{words}", {**error.get("ctx", {}), "words": words})
    return InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])
