"""Includes, overrides, defaults, files that cannot be read, and the two phases together."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from config_components import host_with_components
from eventflow.config import ConfigError, Duration, bind, check_config, load, resolve
from eventflow.config.types import format_duration, parse_duration
from eventflow.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = {"use": "sheet", "path": "a.csv"}


def codes(error: ConfigError) -> list[str]:
    """The codes of an error's problems."""
    return [problem.code for problem in error.problems]


def test_what_is_left_out_has_defaults() -> None:
    """Only a source is needed."""
    config = load({"source": SOURCE})
    assert (config.name, config.seed, config.as_of, config.path) == ("pipeline", 0, None, None)
    assert (config.engine.name, config.quality, config.trackers) == ("local", None, ())
    assert load({"source": SOURCE, "quality": {"minimum_score": 1}}).quality is not None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2011-12-10", datetime(2011, 12, 10, tzinfo=UTC)),
        ("2011-12-10T00:00:00Z", datetime(2011, 12, 10, tzinfo=UTC)),
        ("2011-12-10 12:00+02:00", datetime(2011, 12, 10, 10, tzinfo=UTC)),
        ("2011-12-10 12:00", datetime(2011, 12, 10, 12, tzinfo=UTC)),
    ],
)
def test_as_of_is_read_in_utc_unless_it_says_otherwise(written: str, moment: datetime) -> None:
    """Dates, times and offsets all give an aware moment."""
    assert load({"source": SOURCE, "blueprint": {"use": "r", "as_of": written}}).as_of == moment


def test_an_included_file_lies_below(tmp_path: Path) -> None:
    """Mappings merge, lists replace, another `use` replaces the part; paths follow the file."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "base.yaml").write_text(
        "seed: 1\nsource: {use: sheet, path: a.csv, separator: ';'}\n"
        "sink: {use: output, path: x}\nsteps: [{use: one}]\n",
        encoding="utf-8",
    )
    (tmp_path / "p.yaml").write_text(
        "include: shared/base.yaml\nsource: {path: b.csv}\nsink: {use: other}\nsteps: []\n",
        encoding="utf-8",
    )
    config = load(tmp_path / "p.yaml")
    assert config.source.options == {"path": "b.csv", "separator": ";"}
    assert config.sink is not None
    assert config.sink.options == {}
    assert (config.steps, config.seed) == ((), 1)
    where = config.locate("source.separator")
    assert where is not None
    assert where.file.endswith("base.yaml")


def test_an_include_cycle_names_its_chain(tmp_path: Path) -> None:
    """Two files that include each other are refused."""
    (tmp_path / "a.yaml").write_text("include: b.yaml\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("include: a.yaml\nsource: {use: t}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "a.yaml")
    assert codes(caught.value) == ["EF231"]
    assert caught.value.problems[0].message.count("->") == 2


@pytest.mark.parametrize(
    ("override", "path", "expected"),
    [
        ("seed=5", ("seed",), 5),
        ("source.path=b.csv", ("source", "path"), "b.csv"),
        ("source.at=12:30", ("source", "at"), "12:30"),
        ("source.list=[1, x]", ("source", "list"), [1, "x"]),
        ("steps.1.by=x", ("steps", 1, "by"), "x"),
        ("steps.two.by=x", ("steps", 1, "by"), "x"),
        ("steps.2.use=three", ("steps", 2, "use"), "three"),
        ('source."a.b"=1', ("source", "a.b"), 1),
        ("sink=", ("sink",), None),
        ("sink.use=s", ("sink", "use"), "s"),
    ],
)
def test_set_overrides_a_value(override: str, path: tuple[Any, ...], expected: object) -> None:
    """Values are typed as YAML; items go by number or by the name they use."""
    data = {"source": SOURCE, "steps": [{"use": "one"}, {"use": "two"}]}
    found: Any = load(data, [override]).masked
    for segment in path:
        found = found[segment]
    assert found == expected


@pytest.mark.parametrize(
    ("override", "code", "column", "near"),
    [
        ("sorce.path=x", "EF202", 1, "source"),
        ("seed", "EF240", 1, None),
        ("steps.9.x=1", "EF240", 7, None),
        ("steps.tow.x=1", "EF240", 7, "two"),
        ("name.x=1", "EF240", 6, None),
        ("seed=x", "EF205", 6, None),
    ],
)
def test_a_wrong_set_is_told(override: str, code: str, column: int, near: str | None) -> None:
    """Problems are placed in the option itself, with the nearest name."""
    data = {"name": "n", "source": SOURCE, "steps": [{"use": "one"}, {"use": "two"}]}
    with pytest.raises(ConfigError) as caught:
        load(data, [override])
    problem = caught.value.problems[0]
    assert (problem.code, problem.replacement) == (code, near)
    assert problem.location is not None
    assert (problem.location.file, problem.location.column) == ("--set", column)


@pytest.mark.parametrize("name", ["missing.yaml", "folder", "latin.yaml"])
def test_a_file_that_cannot_be_read_is_one_problem(name: str, tmp_path: Path) -> None:
    """Missing, a directory, not UTF-8."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    report = check_config(tmp_path / name)
    assert [p.code for p in report.problems] == ["EF210"]
    assert report.exit_code == ExitCode.USAGE


def test_a_byte_order_mark_and_utf16_are_read(tmp_path: Path) -> None:
    """Files from editors on Windows."""
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "p.yaml").write_text("source: {use: t}\r\nseed: 3\r\n", encoding=encoding)
        assert load(tmp_path / "p.yaml").seed == 3


def test_both_phases_are_reported_together_in_order(tmp_path: Path) -> None:
    """An envelope mistake does not hide a misspelt option, nor the other way round."""
    path = tmp_path / "p.yaml"
    path.write_text("sead: 1\nsource: {use: sheet, pth: a, limit: -1}\nsink: {use: non}\n")
    with pytest.raises(ConfigError) as caught:
        resolve(path, make_host=host_with_components)
    assert codes(caught.value) == ["EF202", "EF203", "EF206", "EF201"]


def test_a_missing_plugin_alone_ends_with_code_4(tmp_path: Path) -> None:
    """A sound file that needs an official plugin which is left out exits with 4, not 2."""
    path = tmp_path / "p.yaml"
    path.write_text("source: {use: sheet, path: a}\nsink: {use: acme-things:things}\n")
    report = check_config(path, make_host=host_with_components)
    assert [p.code for p in report.problems] == ["EF201"]
    assert report.exit_code == ExitCode.PLUGIN
    assert report.problems[0].command == "uv add acme-things"


def test_nested_components_are_built_from_the_inside() -> None:
    """A step's source and join are components when the step is built."""
    enrich = {
        "use": "weather.enrich",
        "context": SOURCE,
        "join": {"use": "asof.near", "tolerance": "1h30m"},
        "more": [SOURCE],
    }
    bound = bind(load({"source": SOURCE, "steps": [enrich]}), host_with_components())
    config = bound.steps[0].component.config
    assert config.join.config.tolerance == timedelta(hours=1, minutes=30)
    assert config.context.config.path == config.more[0].config.path == "a.csv"


@pytest.mark.parametrize("text", ["1h30m", "30s", "7d", "-15m", "1d2h3m4s5ms6us", "0s"])
def test_durations_read_and_write_the_same(text: str) -> None:
    """Polars' grammar, both ways."""
    assert format_duration(parse_duration(text)) == text
    adapter: TypeAdapter[timedelta] = TypeAdapter(Duration)
    assert adapter.dump_python(adapter.validate_python(text)) == text
    assert adapter.json_schema()["type"] == "string"


@pytest.mark.parametrize(
    "text", ["", "h", "1", "1mo", "1y", "1h 2", "1h-", "abc", "9" * 12 + "d", "9" * 9999 + "s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Months and years have no fixed length."""
    with pytest.raises(ValueError, match=r"duration|length"):
        parse_duration(text)


def test_reading_an_envelope_imports_neither_pydantic_nor_polars() -> None:
    """Phase one is cheap: what editors and completion call."""
    code = (
        "import sys; from eventflow.config import load; load({'source': {'use': 'x'}});"
        "print([m for m in ('pydantic', 'polars', 'rich', 'jinja2') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
