"""What a recipe says, as a model of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    field_validator,
    model_validator,
)

from eventflow.base import BlueprintConfig
from eventflow.blueprint import EXACT, Family, FeatureSpec, FieldSpec, Parity, close
from eventflow.component import ComponentConfig
from eventflow.config.keys import SECTIONS
from eventflow.config.parts import WrongPartError
from eventflow.errors import nearest
from eventflow.recipes.parameters import Parameter, Part
from eventflow.schema import Role  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from typing import Self

Form = Literal["blueprint", "steps"]
"""What a recipe is: a blueprint, or a sequence of steps for the ``steps`` of any pipeline."""

_RESERVED: dict[Form, frozenset[str]] = {
    "steps": frozenset({"use", *SECTIONS}),
    "blueprint": frozenset({"use", "as_of", "columns", *SECTIONS}),
}
"""Names that stand for something else where a recipe's parameters are set."""

_NAME = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_Text = Annotated[str, Field(min_length=1)]


class RecipeField(Part):
    """A field the recipe reads; see `eventflow.blueprint.FieldSpec`."""

    types: tuple[Family, ...] = Field(min_length=1)
    about: _Text
    role: Role | None = None


_PARITY = {"exact": EXACT, "close": close()}


def _parity(value: Any) -> Any:
    if isinstance(value, Parity):
        return value
    if value not in _PARITY:
        near = nearest(str(value), _PARITY)
        fix = f'did you mean "{near}"?' if near else "write exact or close"
        msg = f'"{value}" is no parity class of a recipe, which are exact and close'
        raise WrongPartError(msg, fix=fix)
    return _PARITY[value]


class RecipeFeature(Part):
    """A feature the recipe makes; see `eventflow.blueprint.FeatureSpec`."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    unit: _Text
    formula: _Text
    parity: Annotated[Parity, BeforeValidator(_parity)]
    nulls: _Text
    source: str = ""


class Recipe(Part):
    """A whole recipe: a blueprint if it has `fields` and `features`, else a sequence of steps.

    Attributes:
        recipe: Its name.
        version: Its version; a change of what it computes changes it.
        summary: One line: what it makes, of what.
        tags: Words to find it by.
        documentation: As much as there is to say, in paragraphs.
        parameters: Its options.
        fields: What a blueprint reads.
        features: What a blueprint makes.
        needs: What a sequence of steps reads: column or role → what it is.
        makes: What a sequence of steps adds: column → what it is.
        steps: Its steps, as a pipeline has them, other recipes among them; ``${name}`` stands for a
            parameter or for the column that serves a field.
        source: The source it runs on where it is run alone.
        event_schema: What the source's columns mean, likewise; ``schema`` in the file.
        as_of: The moment it speaks of, likewise.
    """

    recipe: _NAME
    version: _Text
    summary: _Text
    tags: tuple[_NAME, ...] = ()
    documentation: str = ""
    parameters: dict[_NAME, Parameter] = Field(default_factory=dict)
    fields: dict[_NAME, RecipeField] = Field(default_factory=dict)
    features: dict[_NAME, RecipeFeature] = Field(default_factory=dict)
    needs: dict[str, _Text] = Field(default_factory=dict)
    makes: dict[str, _Text] = Field(default_factory=dict)
    steps: tuple[dict[str, Any], ...] = Field(min_length=1)
    source: dict[str, Any] | None = None
    event_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    as_of: str | None = None

    @property
    def form(self) -> Form:
        """What it is."""
        return "blueprint" if self.features else "steps"

    @model_validator(mode="after")
    def _one_meaning_each(self) -> Self:
        for name in sorted(self.parameters):
            taken = _RESERVED[self.form] | self.fields.keys()
            if name in taken or hasattr(ComponentConfig, name):
                msg = f'"{name}" cannot name a parameter: it already means something else'
                fix = "choose another name"
                raise WrongPartError(msg, "parameters", name, "[key]", fix=fix)
        return self

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if bool(self.fields) != bool(self.features):
            has, lacks = ("fields", "features") if self.fields else ("features", "fields")
            msg = "a blueprint has fields and features; a recipe of steps alone has neither"
            raise WrongPartError(msg, has, "[key]", fix=f"add {lacks}, or remove {has}")
        if self.features and (self.needs or self.makes):
            msg = "needs and makes are for a recipe of steps alone; fields and features say it here"
            part = "needs" if self.needs else "makes"
            raise WrongPartError(msg, part, "[key]", fix="remove it")
        if self.as_of and not self.features:
            msg = (
                "as_of is for a blueprint; steps alone take the moment of the pipeline they are in"
            )
            raise WrongPartError(msg, "as_of", fix="remove it")
        return self

    @field_validator("source", mode="before")
    @classmethod
    def _mapping_with_a_use(cls, value: Any) -> Any:
        if isinstance(value, str):
            msg = "it is a mapping with a use, not text"
            raise WrongPartError(msg, fix=f"write {{use: {value}}}")
        return value

    def config(self) -> type[ComponentConfig]:
        """Return the model of its options."""
        options: dict[str, Any] = {n: p.option() for n, p in self.parameters.items()}
        base = BlueprintConfig if self.form == "blueprint" else ComponentConfig
        about = f"Options of {self.recipe}."
        return create_model("Config", __base__=base, __doc__=about, **options)

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
