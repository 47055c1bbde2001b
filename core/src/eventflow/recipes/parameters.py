"""What a recipe's user may set: the type, the range and the default of each parameter."""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import WithJsonSchema
from pydantic_core import SchemaError

from eventflow.config.parts import WrongPartError
from eventflow.config.types import parse_duration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

Scalar = Literal["integer", "number", "text", "boolean", "duration", "column", "choice"]

DURATION_SCHEMA = {"type": "string", "format": "duration", "examples": ["6h", "30d"]}
_MEASURED = frozenset({"integer", "number", "duration"})


class Part(BaseModel):
    """Frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(Part):
    """One parameter of a recipe.

    Attributes:
        type: ``integer``, ``number``, ``text``, ``boolean``, ``duration`` (``6h``), ``column`` (the
            name of a column), ``choice`` (one of `one_of`) or ``list`` (of `of`).
        of: What a list has: any type but a list.
        default: Its value where none is given; without one it has to be given. With ``null`` it
            need not be given, and options that it fills are left out.
        example: A value that works, for documentation.
        about: What it is for.
        minimum: Smallest number or duration allowed; in a list, of each item.
        maximum: Largest number or duration allowed; in a list, of each item.
        one_of: The only values allowed; in a list, of each item.
        pattern: Regular expression that text has to match.
        min_items: Fewest items of a list.
        max_items: Most items of a list.
    """

    type: Scalar | Literal["list"]
    of: Scalar | None = None
    default: Any = None
    example: Any = None
    about: str = Field(min_length=1)
    minimum: float | str | None = None
    maximum: float | str | None = None
    one_of: tuple[int | float | str, ...] | None = Field(default=None, min_length=1)
    pattern: str | None = None
    min_items: int | None = Field(default=None, ge=0)
    max_items: int | None = Field(default=None, ge=1)

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        return "default" not in self.model_fields_set

    @property
    def item(self) -> Scalar:
        """Its type, or that of its items."""
        return self.of or "text" if self.type == "list" else self.type

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for defect in self._defects():
            raise ValueError(defect)
        try:
            adapter = TypeAdapter[Any](self.annotation())
        except SchemaError as error:
            msg = f"nothing can be checked against it: {' '.join(str(error).split())}"
            raise ValueError(msg) from None
        for name in ("default", "example"):
            value = getattr(self, name)
            if value is not None:
                _valid(adapter, name, value)
        return self

    def _defects(self) -> list[str]:
        limits = (self.minimum, self.maximum)
        items = (self.of, self.min_items, self.max_items)
        return [
            said
            for said, wrong in (
                ("a list says what it has: of: text", self.type == "list" and self.of is None),
                (
                    "of, min_items and max_items are for lists",
                    self.type != "list" and items != (None, None, None),
                ),
                ("a choice needs one_of", self.item == "choice" and self.one_of is None),
                (
                    "minimum and maximum are for integer, number and duration",
                    self.item not in _MEASURED and limits != (None, None),
                ),
                ("pattern is for text", self.pattern is not None and self.item != "text"),
            )
            if wrong
        ] + [why for limit in limits if (why := _bad_limit(self.item, limit))]

    def annotation(self) -> Any:
        """Return the type that pydantic checks a value against."""
        one = self._item()
        if self.type != "list":
            return one
        sizes = {"min_length": self.min_items, "max_length": self.max_items}
        many: Any = GenericAlias(tuple, (one, ...))
        return Annotated[many, Field(**_given(sizes))]

    def _item(self) -> Any:
        if self.one_of is not None:
            return Literal[self.one_of]
        if self.item == "duration":
            return _duration(self.minimum, self.maximum)
        kinds: dict[str, tuple[type, dict[str, Any]]] = {
            "integer": (int, {"ge": self.minimum, "le": self.maximum}),
            "number": (float, {"ge": self.minimum, "le": self.maximum, "allow_inf_nan": False}),
            "boolean": (bool, {}),
            "column": (str, {"min_length": 1}),
        }
        kind, limits = kinds.get(self.item, (str, {"pattern": self.pattern}))
        return Annotated[kind, Field(**_given(limits))]

    def option(self) -> tuple[Any, Any]:
        """Return the type and the field of this option of a `Config`."""
        kind = self.annotation()
        optional = not self.required and self.default is None
        examples = None if self.example is None else [self.example]
        default: Any = tuple(self.default) if isinstance(self.default, list) else self.default
        found = Field(
            default=... if self.required else default,
            description=self.about,
            validate_default=not optional,
            examples=examples,
        )
        return (kind | None if optional else kind), found

    def range(self) -> str:
        """Say which values it may have: ``1 to 365``, ``one of a, b``; empty where any."""
        parts = []
        if self.one_of is not None:
            parts.append(f"one of {', '.join(map(str, self.one_of))}")
        parts += _between(self.minimum, self.maximum, "")
        parts += _between(self.min_items, self.max_items, " items")
        parts += [f"like {self.pattern}"] if self.pattern else []
        return ", ".join(parts)

    def said(self) -> str:
        """Say its type: ``list of column``."""
        return f"list of {self.of}" if self.type == "list" else self.type


def _duration(minimum: Any, maximum: Any) -> Any:
    """Return the type of a duration that is kept as it was written, so that text can hold it."""
    least, most = (None if v is None else parse_duration(str(v)) for v in (minimum, maximum))

    def checked(value: str) -> str:
        length = parse_duration(value)
        if least is not None and length < least:
            msg = f'"{value}" is shorter than {minimum}'
            raise ValueError(msg)
        if most is not None and length > most:
            msg = f'"{value}" is longer than {maximum}'
            raise ValueError(msg)
        return value

    return Annotated[str, AfterValidator(checked), WithJsonSchema(DURATION_SCHEMA)]


def _bad_limit(item: str, limit: float | str | None) -> str | None:
    if limit is None or item not in _MEASURED:
        return None
    if item != "duration":
        return None if not isinstance(limit, str) else f'"{limit}" is no number'
    try:
        parse_duration(str(limit))
    except ValueError as error:
        return str(error)
    return None


def _valid(adapter: TypeAdapter[Any], name: str, value: Any) -> None:
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        msg = f"{name} {value!r} is not allowed: {first['msg']}"
        raise WrongPartError(msg, name, because=error) from None


def _given(limits: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in limits.items() if value is not None}


def _between(least: Any, most: Any, what: str) -> list[str]:
    if least is not None and most is not None:
        return [f"{_short(least)} to {_short(most)}{what}"]
    if least is not None:
        return [f"at least {_short(least)}{what}"]
    return [f"at most {_short(most)}{what}"] if most is not None else []


def _short(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)
