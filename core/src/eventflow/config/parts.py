"""What a model's validator finds wrong with one part of what it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


class WrongPartError(ValueError):
    """Raised by a validator of a whole that knows which part of it is wrong.

    pydantic takes it for a mistake of the whole; `of_parts` gives it its place back.

    Attributes:
        path: Keys and indexes that lead from the whole to the part; a last ``[key]`` means the key.
        because: What pydantic said of the part, where it was checked by itself.
        fix: What to write instead.
    """

    def __init__(
        self,
        message: str,
        *path: str | int,
        because: ValidationError | None = None,
        fix: str | None = None,
    ) -> None:
        """Take what is wrong, and where."""
        self.path, self.because, self.fix = path, because, fix
        super().__init__(message)


def of_parts(errors: Iterable[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Yield pydantic's errors, each `WrongPartError` at the part that it names."""
    for error in errors:
        cause = error.get("ctx", {}).get("error")
        if not isinstance(cause, WrongPartError):
            yield error
            continue
        place = (*error["loc"], *cause.path)
        if cause.because is None:
            yield {**error, "loc": place}
            continue
        for inner in cause.because.errors(include_url=False, include_input=True):
            yield {**inner, "loc": (*place, *inner["loc"])}
