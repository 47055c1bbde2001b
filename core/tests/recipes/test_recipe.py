"""A blueprint in YAML: found by its entry point, and a blueprint like any other."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import eventflow
from eventflow.plugins import PluginHost
from eventflow.plugins.index import ComponentRef
from eventflow.plugins.load import load_target
from eventflow.recipes import recipe
from eventflow.recipes.errors import RecipeError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
recipe: heavy
version: "2"
summary: Parcels that are heavy.
parameters:
  limit: {type: number, default: 10, minimum: 0, about: Kilograms}
  unit: {type: text, default: kg, one_of: [kg, lb], about: Unit of the weight}
fields:
  weight: {types: [numeric], about: Weight of the parcel}
steps:
  - use: heavier
    column: "${weight}"
    than: "${limit}"
    label: "over ${limit} ${unit}"
features:
  heavy: {unit: "1", formula: weight above the limit, parity: exact, nulls: where the weight is}
"""


class Heavier(eventflow.BaseStep):
    """Says which rows are heavier."""

    class Config(eventflow.ComponentConfig):
        """Column, limit and label."""

        column: str
        than: float
        label: str

    def apply(self, frame: eventflow.EventFrame, state: object) -> eventflow.EventFrame:
        """Add two columns."""
        heavy = (pl.col(self.config.column) > self.config.than).alias("heavy")
        label = pl.lit(self.config.label).alias("label")
        return frame.pipe(lambda rows: rows.with_columns(heavy, label))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a package that is nothing but a folder with a recipe."""
    folder = tmp_path / "parcels_of_yaml"
    folder.mkdir()
    (folder / "heavy.yaml").write_text(TEXT)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "parcels_of_yaml", raising=False)
    return folder


def ref(target: str = "parcels_of_yaml:heavy") -> ComponentRef:
    """Return what an entry point of the group eventflow.blueprints says."""
    return ComponentRef("blueprint", "heavy", "parcels", "1.0", target)


@pytest.mark.usefixtures("package")
def test_an_entry_point_may_name_a_yaml_file() -> None:
    """The class declares fields, features and options, and its documentation tells them."""
    found = load_target(ref())
    assert (found.name, found.version) == ("heavy", "2")
    assert [(f.name, f.families) for f in found.fields] == [("weight", ("numeric",))]
    assert [(f.name, str(f.parity)) for f in found.features] == [("heavy", "exact")]
    schema = found.Config.model_json_schema()
    assert schema["properties"]["limit"]["minimum"] == 0
    assert schema["properties"]["unit"]["enum"] == ["kg", "lb"]
    assert "weight (numeric): Weight of the parcel" in found.__doc__


@pytest.mark.usefixtures("package")
def test_steps_are_bound_to_parameters_and_columns(tmp_path: Path) -> None:
    """A whole reference keeps its type, one inside a text is written out; a loop agrees."""
    weights = [2.0, 12.5, 11.0]
    (tmp_path / "in.csv").write_text("kilograms\n" + "\n".join(map(str, weights)) + "\n")
    host = PluginHost()
    host.register(Heavier, name="heavier")
    with (tmp_path / "in.csv").open() as file:
        expected = {
            (float(r["kilograms"]), float(r["kilograms"]) > 11.5) for r in csv.DictReader(file)
        }
    made: Any = recipe("parcels_of_yaml:heavy", host=host)(
        limit=11.5, columns={"weight": "kilograms"}
    )
    frame = eventflow.EventFrame.of({"kilograms": weights})
    found = made.compatibility(frame.schema, frame.columns())
    binding = eventflow.Binding(
        columns=found.columns, as_of=datetime(2026, 1, 1, tzinfo=UTC), schema=frame.schema
    )
    [step] = made.steps(binding)
    rows = step.apply(frame, None).collect()
    assert set(rows.select("kilograms", "heavy").iter_rows()) == expected
    assert set(rows["label"]) == {"over 11.5 kg"}


@pytest.mark.parametrize(
    ("old", "new", "code", "place", "said"),
    [
        ("summary:", "sumary:", "EF20", "heavy.yaml:3:", "sumary"),
        ("${limit} ${unit}", "${limt} kg", "EF220", "heavy.yaml:13:", '"${limit}"'),
        ("${limit} ${unit}", "${env:HOME}", "EF220", "heavy.yaml:13:", "make it a parameter"),
        ("parity: exact", "parity: nearly", "EF20", "heavy.yaml:15:", "parity"),
        ("  unit: {type: text", "  weight: {type: text", "EF20", "heavy.yaml", "weight"),
        ("version:", "\tversion:", "EF21", "heavy.yaml:2:", ""),
    ],
)
def test_a_wrong_recipe_is_told_with_its_line(  # noqa: PLR0913, PLR0917 - what goes in, what comes out
    package: Path, old: str, new: str, code: str, place: str, said: str
) -> None:
    """Every problem has a place in the recipe's file, and belongs to its plugin."""
    (package / "heavy.yaml").write_text(TEXT.replace(old, new, 1))
    with pytest.raises(RecipeError) as caught:
        load_target(ref())
    problem = caught.value.problems[0]
    assert problem.code.startswith(code)
    assert place in str(problem.location)
    assert said in str(caught.value)
    assert problem.owner == "parcels 1.0"


@pytest.mark.usefixtures("package")
def test_a_step_that_is_not_installed_points_into_the_recipe() -> None:
    """The line of the recipe, not of the configuration that uses it."""
    made: Any = recipe("parcels_of_yaml:heavy")()
    frame = eventflow.EventFrame.of({"weight": [1.0]})
    binding = eventflow.Binding(
        columns={"weight": "weight"}, as_of=datetime(2026, 1, 1, tzinfo=UTC), schema=frame.schema
    )
    with pytest.raises(eventflow.EventflowError) as caught:
        made.steps(binding)
    assert caught.value.problems[0].code == "EF201"
    assert "heavy.yaml:10:" in str(caught.value.problems[0].location)


def test_a_file_that_is_not_there_is_said() -> None:
    """EF160."""
    with pytest.raises(RecipeError) as caught:
        recipe("eventflow:nothing")
    assert caught.value.problems[0].code == "EF160"
