"""Recipes of steps: they take part in any pipeline, use each other, and are told by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from attrs import frozen
from pydantic import SecretStr  # noqa: TC002 - pydantic reads it

import eventflow
from eventflow.api import explain, run
from eventflow.cli.output import ASCII
from eventflow.cli.plain_summary import plain_lines
from eventflow.cli.summary import summary_lines
from eventflow.plugins import PluginHost
from eventflow.plugins.errors import MissingPluginError
from eventflow.plugins.known import KNOWN
from eventflow.recipes import RecipeRegistry, RecipeStep, recipe_file
from eventflow.recipes.errors import RecipeError, RecipeFormError, SeveralStepsError
from eventflow.report.html import render
from eventflow.runs.encode import record_from_dict, record_to_dict

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site

PLUS = """\
recipe: plus_twice
version: "3"
summary: Adds a number, twice.
tags: [sums]
parameters:
  column: {type: column, about: Which}
  amount: {type: integer, default: 1, about: How much}
  note: {type: text, default: null, about: Label}
steps:
  - {use: plus, column: "${column}", amount: "${amount}", note: "${note}"}
  - {use: plus, column: "${column}", amount: "${amount}", note: "to ${column}"}
"""
TWICE = """\
recipe: plus_four_times
version: "1"
summary: Adds a number, four times.
tags: [sums, many]
parameters:
  amount: {type: integer, about: How much}
steps:
  - {use: plus_twice, column: n, amount: "${amount}"}
  - {use: plus_twice, column: n, amount: "${amount}"}
"""


class Numbers(eventflow.BaseSource):
    """Three numbers."""

    def scan(self) -> eventflow.EventFrame:
        """Return them."""
        return eventflow.EventFrame.of({"n": [1, 2, 3]})


class Plus(eventflow.BaseStep):
    """Adds a number to a column, and keeps a label."""

    class Config(eventflow.ComponentConfig):
        """Column, number and label."""

        column: str
        amount: int = 100
        note: str = "no note"

    def apply(self, frame: eventflow.EventFrame, state: object) -> eventflow.EventFrame:
        """Add."""
        made = pl.col(self.config.column) + self.config.amount
        label = pl.lit(self.config.note).alias("note")
        return frame.pipe(lambda rows: rows.with_columns(made, label))


@frozen
class Lowest:
    """What Centre learns."""

    value: int


class Centre(eventflow.BaseStep):
    """Takes the smallest value of ``n`` off all; it has to learn that first."""

    def learn(self, frame: eventflow.EventFrame) -> pl.LazyFrame:
        """Ask for the smallest."""
        return frame.lazy.select(pl.col("n").min())

    def fit(self, statistics: pl.DataFrame) -> Lowest:
        """Keep it."""
        return Lowest(statistics.item())

    def apply(self, frame: eventflow.EventFrame, state: Any) -> eventflow.EventFrame:
        """Take it off."""
        return frame.pipe(lambda rows: rows.with_columns(pl.col("n") - state.value))


class Locked(eventflow.BaseStep):
    """Needs a key, and changes nothing."""

    class Config(eventflow.ComponentConfig):
        """The key."""

        door: SecretStr

    def apply(self, frame: eventflow.EventFrame, state: object) -> eventflow.EventFrame:
        """Change nothing."""
        return frame


def host() -> PluginHost:
    """Return a host that knows the components above."""
    made = PluginHost()
    made.register(Numbers, name="numbers")
    made.register(Plus, name="plus")
    made.register(Centre, name="centre")
    made.register(Locked, name="locked")
    return made


def pipeline(tmp_path: Path, *steps: dict[str, Any]) -> dict[str, Any]:
    """Return a pipeline of these steps over three numbers."""
    runs = {"path": str(tmp_path / "runs")}
    return {"source": {"use": "numbers"}, "steps": list(steps), "runs": runs}


def column(result: eventflow.RunResult, name: str) -> list[Any]:
    """Return the values of a column of the result."""
    assert result.data is not None
    return result.data[name].to_list()


def test_steps_take_the_recipes_place_and_tell_where_they_come_from(
    site: Site, tmp_path: Path
) -> None:
    """In the answer, in `explain`, in the record with versions, and in the report."""
    site.install_recipes("sums-of-yaml", plus_twice=PLUS, plus_four_times=TWICE)
    asked = pipeline(
        tmp_path, {"use": "plus", "column": "n"}, {"use": "plus_four_times", "amount": 5}
    )
    result = run(asked, host=host())
    assert sorted(column(result, "n")) == [121, 122, 123]
    assert set(column(result, "note")) == {"to n"}
    outer, inner = "plus_four_times 1", "plus_twice 3"
    expected = [
        ("steps.0", ()),
        *((f"steps.1.{i}.{j}", (outer, inner)) for i in "01" for j in "01"),
    ]
    nodes = [n for n in result.record.nodes if n.role == "step"]
    assert [(n.name, n.recipes) for n in nodes] == expected
    assert {n.component for n in nodes} == {"plus"}
    assert result.record.versions["sums-of-yaml"] == "1.0"
    assert record_from_dict(record_to_dict(result.record)).nodes == result.record.nodes
    assert f"{outer} &gt; {inner}: plus, plus, plus, plus" in render(result.record)
    assert f'recipe name="{outer} > {inner}" steps=4' in "\n".join(plain_lines(result.record))
    ends = summary_lines(result.record, ASCII, color=False, width=80)
    assert f"  recipes     {outer} > {inner}" in ends
    plan = explain(asked, host=host())
    assert [n.recipes for n in plan.nodes if n.role == "step"] == [r for _, r in expected]
    assert "plus_twice 3" in plan.mermaid()


def test_an_option_whose_parameter_is_null_is_left_to_the_component(site: Site) -> None:
    """The component's own default holds then; a value that is given takes its place."""
    folder = site.install_recipes("sums-of-yaml", plus_twice=PLUS)
    made = recipe_file(folder / "plus_twice.yaml", host=host())
    assert issubclass(made, RecipeStep)
    notes = [
        [step.config.note for step in made(column="n", **given).stands_for()]
        for given in ({}, {"note": "x"})
    ]
    assert notes == [["no note", "to n"], ["x", "to n"]]


def test_a_recipe_that_learns_is_fitted_step_by_step(site: Site, tmp_path: Path) -> None:
    """Each step is a node, so one may learn from what another made; a loop agrees."""
    text = PLUS.replace("  - {use: plus,", "  - {use: centre}\n  - {use: plus,", 1)
    folder = site.install_recipes("sums-of-yaml", plus_twice=text)
    used = {"use": "plus_twice", "column": "n"}
    first = run(pipeline(tmp_path, used), host=host())
    expected = [n - min([1, 2, 3]) + 1 + 1 for n in [1, 2, 3]]
    assert sorted(column(first, "n")) == expected
    again = run(pipeline(tmp_path, used), host=host(), state=first.record.state_path)
    assert sorted(column(again, "n")) == expected
    frame = eventflow.EventFrame.of({"n": [1, 2, 3]})
    made: Any = recipe_file(folder / "plus_twice.yaml", host=host())(column="n")
    in_python = eventflow.Pipeline([made]).run(frame).collect()
    assert sorted(in_python["n"]) == expected
    with pytest.raises(SeveralStepsError, match="EF167"):
        made.learn(frame)


def test_by_itself_it_is_one_step_that_does_the_same(site: Site) -> None:
    """Where none of its steps learns: the same rows, and each row alone."""
    folder = site.install_recipes("sums-of-yaml", plus_twice=PLUS)
    made: Any = recipe_file(folder / "plus_twice.yaml", host=host())(column="n", amount=4)
    bound = made.at(datetime(2026, 1, 1, tzinfo=UTC))
    assert bound.locality == eventflow.ROW
    assert bound.learn(eventflow.EventFrame.of({"n": [1, 2, 3]})) is None
    rows = bound.apply(eventflow.EventFrame.of({"n": [1, 2, 3]}), None).collect()
    assert sorted(rows["n"]) == [9, 10, 11]


@pytest.mark.parametrize(
    ("first", "chain"),
    [("plus_twice", "plus_twice -> plus_twice"), ("other", "plus_twice -> other -> plus_twice")],
)
def test_recipes_that_use_each_other_are_refused(
    site: Site, tmp_path: Path, first: str, chain: str
) -> None:
    """EF162 names the circle, with the line of the recipe that closes it."""
    text = PLUS.replace("{use: plus,", f"{{use: {first},", 1)
    other = PLUS.replace("plus_twice", "other").replace("{use: plus,", "{use: plus_twice,", 1)
    site.install_recipes("sums-of-yaml", plus_twice=text, other=other)
    with pytest.raises(eventflow.EventflowError) as caught:
        run(pipeline(tmp_path, {"use": "plus_twice", "column": "n"}), host=host())
    [problem] = [p for p in caught.value.problems if p.code == "EF162"]
    assert chain in problem.message
    assert problem.location is not None
    assert problem.location.file.endswith(".yaml")
    assert problem.owner == "sums-of-yaml 1.0"


def test_recipes_that_stand_for_too_many_steps_are_refused(tmp_path: Path) -> None:
    """EF169, at once: ten that use ten each, and so on, would not end before memory does."""
    registry, inner = RecipeRegistry(host()), "chart, kind: bars, x: n"
    for level in range(9):
        text = f"recipe: level_{level}\nversion: '1'\nsummary: Ten.\nsteps:\n"
        (tmp_path / "own.yaml").write_text(text + f"  - {{use: {inner}}}\n" * 10)
        registry.register(tmp_path / "own.yaml")
        inner = f"level_{level}"
    frame = eventflow.EventFrame.of({"n": [1]})
    assert registry.pipeline("level_1").run(frame).collect().height == 1
    with pytest.raises(eventflow.EventflowError, match="more than 1,000 steps") as caught:
        registry.pipeline("level_8").run(frame)
    assert [p.code for p in caught.value.problems] == ["EF169"]


def test_what_a_recipe_gets_wrong_is_told_where_it_is_written(site: Site, tmp_path: Path) -> None:
    """A value from the pipeline at its place there, and the recipe's own at its line."""
    site.install_recipes("sums-of-yaml", plus_twice=PLUS.replace('note: "to', 'nott: "to'))
    path = tmp_path / "p.yaml"
    path.write_text("source: {use: numbers}\nsteps:\n  - {use: plus_twice, amount: many}\n")
    with pytest.raises(eventflow.EventflowError) as caught:
        run(path, host=host())
    places = {p.code: str(p.location) for p in caught.value.problems}
    assert places["EF204"].startswith(f"{path}:3:")
    assert places["EF205"].startswith(f"{path}:3:")
    path.write_text("source: {use: numbers}\nsteps:\n  - {use: plus_twice, column: n}\n")
    with pytest.raises(eventflow.EventflowError) as caught:
        run(path, host=host())
    [problem] = caught.value.problems
    assert (problem.code, "plus_twice.yaml:11:" in str(problem.location)) == ("EF203", True)


def test_a_secret_that_passes_through_a_recipe_stays_hidden(site: Site, tmp_path: Path) -> None:
    """Also one that only the inner step knows to be secret."""
    text = (
        'recipe: locked_twice\nversion: "1"\nsummary: Locks.\nparameters:\n'
        '  word: {type: text, about: Opens}\nsteps:\n  - {use: locked, door: "${word}"}\n'
    )
    site.install_recipes("locks-of-yaml", locked_twice=text)
    result = run(pipeline(tmp_path, {"use": "locked_twice", "word": "open sesame"}), host=host())
    assert "sesame" not in str(result.record.config)
    for file in (tmp_path / "runs").rglob("*.*"):
        assert b"sesame" not in file.read_bytes(), file


@pytest.mark.parametrize("use", ["plus, column: n, note:", "locked, door:"])
@pytest.mark.parametrize("word", ["${env:WORD}", "open sesame"])
def test_a_secret_that_becomes_part_of_a_text_stays_hidden(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: str, word: str
) -> None:
    """Be it the pipeline that knows it to be one, or the option that it is written into."""
    text = (
        'recipe: told\nversion: "1"\nsummary: Tells.\nparameters:\n'
        f'  word: {{type: text, about: Opens}}\nsteps:\n  - {{use: {use} "for ${{word}}"}}\n'
    )
    site.install_recipes("words-of-yaml", told=text)
    monkeypatch.setenv("WORD", "open sesame")
    run(pipeline(tmp_path, {"use": "told", "word": word}), host=host())
    shown = [file for file in (tmp_path / "runs").rglob("*.*") if b"sesame" in file.read_bytes()]
    assert bool(shown) is (use.startswith("plus") and word == "open sesame")


@pytest.mark.parametrize("kind", ["steps", "blueprints"])
def test_a_recipe_in_the_wrong_group_says_which_is_right(site: Site, kind: str) -> None:
    """EF161: what has features is a blueprint, what has none is not."""
    folder = site.install_recipes("sums-of-yaml", plus_twice=PLUS)
    if kind == "steps":
        features = (
            'fields:\n  x: {types: [numeric], about: x}\nfeatures:\n  y: {unit: "1", formula: x,'
            " parity: exact, nulls: never}\n"
        )
        (folder / "plus_twice.yaml").write_text(PLUS + features)
    points = next(site.path.glob("*.dist-info")) / "entry_points.txt"
    points.write_text(f"[eventflow.{kind}]\nplus_twice = sums_of_yaml:plus_twice\n")
    right = {"steps": "eventflow.blueprints", "blueprints": "eventflow.steps"}[kind]
    found = PluginHost()
    with pytest.raises(RecipeFormError, match=right):
        found.load(found.find("step" if kind == "steps" else "blueprint", "plus_twice"))


def test_a_recipe_at_the_wrong_place_says_where_it_belongs(site: Site, tmp_path: Path) -> None:
    """Steps below `blueprint`: the fix names the section."""
    site.install_recipes("sums-of-yaml", plus_twice=PLUS)
    asked = pipeline(tmp_path) | {"blueprint": {"use": "plus_twice", "column": "n"}}
    with pytest.raises(eventflow.EventflowError, match='is a step: write it below "steps"'):
        run(asked, host=host())


def test_the_registry_finds_by_tag_and_builds_pipelines(site: Site, tmp_path: Path) -> None:
    """Installed recipes and those registered from a file, by all of the tags given."""
    site.install_recipes("sums-of-yaml", plus_twice=PLUS)
    (tmp_path / "own.yaml").write_text(TWICE)
    registry = RecipeRegistry(host())
    registry.register(tmp_path / "own.yaml")
    assert [h.name for h in registry.find("sums", "many")] == ["plus_four_times"]
    assert {"plus_twice", "plus_four_times"} <= set(registry.names())
    assert {"sums", "many"} <= set(registry.tags())
    assert registry.parameters("plus_twice")["amount"].default == 1
    frame = eventflow.EventFrame.of({"n": [1]})
    rows = registry.pipeline("plus_four_times", amount=2).run(frame).collect()
    assert rows["n"].to_list() == [9]
    with pytest.raises(eventflow.EventflowError, match='did you mean "plus_twice"'):
        registry.get("plus_twce")
    with pytest.raises(eventflow.EventflowError, match='did you mean "sums"'):
        registry.find("sum")


def test_an_official_recipe_that_is_not_there_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which plugin to install."""
    monkeypatch.setitem(KNOWN, ("step", "rare_recipe"), "eventflow-rare")
    with pytest.raises(MissingPluginError, match="uv add eventflow-rare"):
        RecipeRegistry().get("rare_recipe")


def test_a_recipe_has_fields_and_features_or_neither(site: Site) -> None:
    """And `needs` and `makes` are for those of steps alone."""
    text = PLUS + 'features:\n  y: {unit: "1", formula: x, parity: exact, nulls: never}\n'
    folder = site.install_recipes("sums-of-yaml", plus_twice=text)
    with pytest.raises(RecipeError, match="a blueprint has fields and features"):
        recipe_file(folder / "plus_twice.yaml")
    (folder / "plus_twice.yaml").write_text(f"{PLUS}fields:\n  x: {{types: [numeric], about: x}}\n")
    with pytest.raises(RecipeError, match="a blueprint has fields and features"):
        recipe_file(folder / "plus_twice.yaml")
