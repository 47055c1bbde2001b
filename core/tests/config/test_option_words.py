"""The words and the fix for values that no option takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import field_validator

import eventflow
from eventflow.base import BaseSource, ComponentConfig
from eventflow.errors import EventflowError
from eventflow.plugins import PluginHost

if TYPE_CHECKING:
    from eventflow.errors import Problem


class Reader(BaseSource):
    """Has a path and a choice."""

    class Config(ComponentConfig):
        """Options."""

        path: Path = Path("a")
        name: str = "a"

        @field_validator("name")
        @classmethod
        def _known(cls, value: str) -> str:
            if value != "last":
                msg = f'there is no aggregate "{value}"; did you mean "last"?'
                raise ValueError(msg)
            return value


def problem(**options: Any) -> Problem:
    """Return the one problem of options."""
    host = PluginHost()
    host.register(Reader, name="reader")
    with pytest.raises(EventflowError) as caught:
        eventflow.check({"name": "p", "source": {"use": "reader", **options}}, host=host)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize(
    ("path", "found"), [(7, "a number"), (["a"], "a list"), ({"a": 1}, "a mapping")]
)
def test_a_path_is_asked_for_in_plain_words(path: object, found: str) -> None:
    """No class of Python's, and something to do."""
    told = problem(path=path)
    assert told.code == "EF205"
    assert told.message == f'"path" of source "reader" must be a path, not {found}'
    assert told.fix


def test_a_hint_leaves_no_punctuation_behind() -> None:
    """The nearest name is the fix; the sentence ends where it stood."""
    told = problem(name="lst")
    assert told.message.endswith('there is no aggregate "lst"')
    assert told.fix == 'did you mean "last"?'
