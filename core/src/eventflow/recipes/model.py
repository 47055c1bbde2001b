"""What a recipe says, as a model of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator

from eventflow.base import BlueprintConfig
from eventflow.blueprint import EXACT, Family, FeatureSpec, FieldSpec, Parity, close
from eventflow.schema import Role  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from typing import Self

_TYPES: dict[str, Any] = {"integer": int, "number": float, "text": str, "boolean": bool}
_NAME = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Part(BaseModel):
    """Frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(_Part):
    """One option of the blueprint.

    Attributes:
        type: ``integer``, ``number``, ``text`` or ``boolean``.
        default: Its value where none is given; without one it has to be given.
        about: What it is for.
        minimum: Smallest number allowed.
        maximum: Largest number allowed.
        one_of: The only values allowed.
    """

    type: Literal["integer", "number", "text", "boolean"]
    default: int | float | str | bool | None = None
    about: str = Field(min_length=1)
    minimum: float | None = None
    maximum: float | None = None
    one_of: tuple[int | float | str, ...] | None = Field(default=None, min_length=1)

    def option(self) -> tuple[Any, Any]:
        """Return the type and the field of this option of a `Config`."""
        kind = _TYPES[self.type] if self.one_of is None else Literal[self.one_of]
        default = ... if self.default is None else self.default
        bounds = {"ge": self.minimum, "le": self.maximum}
        limits: dict[str, Any] = {
            name: value for name, value in bounds.items() if value is not None
        }
        found = Field(default=default, description=self.about, validate_default=True, **limits)
        return kind, found


class RecipeField(_Part):
    """A field the recipe reads; see `eventflow.blueprint.FieldSpec`."""

    types: tuple[Family, ...] = Field(min_length=1)
    about: str = Field(min_length=1)
    role: Role | None = None


def _parity(value: Any) -> Any:
    return {"exact": EXACT, "close": close()}.get(value, value) if isinstance(value, str) else value


class RecipeFeature(_Part):
    """A feature the recipe makes; see `eventflow.blueprint.FeatureSpec`."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    unit: str = Field(min_length=1)
    formula: str = Field(min_length=1)
    parity: Annotated[Parity, BeforeValidator(_parity)]
    nulls: str = Field(min_length=1)
    source: str = ""


class Recipe(_Part):
    """A whole recipe.

    Attributes:
        recipe: Its name.
        version: Its version; a change of what it computes changes it.
        summary: One line: what it makes, of what.
        tags: Words to find it by.
        parameters: Its options.
        fields: What it reads.
        steps: Its steps, as a pipeline has them; ``${name}`` stands for a parameter or for the
            column that serves a field.
        features: What it makes.
    """

    recipe: _NAME
    version: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    tags: tuple[str, ...] = ()
    parameters: dict[_NAME, Parameter] = {}
    fields: dict[_NAME, RecipeField] = Field(min_length=1)
    steps: tuple[dict[str, Any], ...] = Field(min_length=1)
    features: dict[_NAME, RecipeFeature] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_meaning_each(self) -> Self:
        both = {"columns", *self.fields} & {*self.parameters}
        if both:
            msg = f'"{min(both)}" cannot name a parameter: it already means something else'
            raise ValueError(msg)
        return self

    def config(self) -> type[BlueprintConfig]:
        """Return the model of its options."""
        options: dict[str, Any] = {n: p.option() for n, p in self.parameters.items()}
        model: type[BlueprintConfig] = create_model(
            "Config", __base__=BlueprintConfig, __doc__=f"Options of {self.recipe}.", **options
        )
        return model

    def field_specs(self) -> tuple[FieldSpec, ...]:
        """Return what it reads; every field is required."""
        return tuple(
            FieldSpec(name=name, families=f.types, description=f.about, role=f.role)
            for name, f in self.fields.items()
        )

    def feature_specs(self) -> tuple[FeatureSpec, ...]:
        """Return what it makes."""
        return tuple(
            FeatureSpec(
                name=name,
                unit=f.unit,
                formula=f.formula,
                parity=f.parity,
                nulls=f.nulls,
                source=f.source or f"recipe {self.recipe} {self.version}",
            )
            for name, f in self.features.items()
        )
