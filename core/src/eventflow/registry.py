"""A registry of step classes: found by name or tag, and assembled from configuration.

For embedding and notebooks. A registry is a value of its own: several live side by side, and none
is global. Installed plugins are found by the plugin host instead (`eventflow.plugins.PluginHost`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from attrs import define, field, frozen
from pydantic import ValidationError

from eventflow.errors import EventflowError, ExitCode, Problem, nearest
from eventflow.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from eventflow.types import Step

S = TypeVar("S", bound="type[Any]")

_MEMBERS = ("Config", "rows", "locality", "reads", "learn", "fit", "apply", "measure", "judge")


class StepRegistryError(EventflowError):
    """A step class cannot be registered, found or built."""

    code = "EF250"
    exit_code = ExitCode.USAGE

    @classmethod
    def not_a_step(cls, found: type, lacking: Sequence[str]) -> Self:
        """The class lacks part of the step contract."""
        return cls.of(
            f"{found.__name__} is not a step: it has no {', '.join(lacking)}",
            fix="derive it from eventflow.BaseStep",
        )

    @classmethod
    def taken(cls, name: str, owner: type) -> Self:
        """Another class has the name."""
        return cls.of(
            f'the name "{name}" already belongs to {owner.__name__}',
            fix="register it under another name: register(cls, name=...)",
        )


class UnknownStepError(StepRegistryError):
    """A step is asked for that the registry does not hold, or none is named."""

    code = "EF251"

    @classmethod
    def for_name(cls, name: str, known: Iterable[str], *, key: str | None = None) -> Self:
        """Name the nearest registered step."""
        names = sorted(known)
        near = nearest(name, names)
        return cls(
            Problem(
                code=cls.code,
                message=f'there is no step "{name}" in this registry',
                key=key,
                detail=(f"registered: {', '.join(names) or 'nothing'}",),
                fix=f'did you mean "{near}"?' if near else "register its class first",
                replacement=near,
            )
        )

    @classmethod
    def unnamed(cls, definition: object, key: str) -> Self:
        """A definition does not say which step it uses."""
        return cls.of(
            f"this step definition names no step: {str(definition)[:80]}",
            key=key,
            fix="write {use: NAME, option: value, ...}",
        )


class StepOptionsError(StepRegistryError):
    """Options of a step are unknown, missing or out of range."""

    code = "EF252"

    @classmethod
    def for_step(cls, name: str, error: ValidationError, key: str) -> Self:
        """Collect every option that is wrong."""
        return cls(
            *(
                Problem(
                    code=cls.code,
                    message=f'step "{name}": {found["msg"]}',
                    key=".".join((key, *(str(part) for part in found["loc"]))),
                )
                for found in error.errors()
            )
        )


@frozen
class RegisteredStep:
    """A step class in a registry.

    Attributes:
        name: Name that definitions use.
        cls: The class.
        tags: Words it is found by.
        summary: First line of its docstring.
    """

    name: str
    cls: type[Any]
    tags: frozenset[str] = frozenset()

    @property
    def summary(self) -> str:
        """First line of the class's docstring."""
        return (self.cls.__doc__ or "").strip().partition("\n")[0]


@define
class StepRegistry:
    """Step classes by name.

    Example:
        >>> registry = StepRegistry()
        >>> @registry.register(name="grid", tags=("space",))
        ... class GridStep(BaseStep): ...
        >>> pipeline = registry.pipeline([{"use": "grid", "size_m": 300}])
    """

    _steps: dict[str, RegisteredStep] = field(factory=dict, init=False)

    @overload
    def register(self, cls: S, name: str | None = None, tags: Iterable[str] = ()) -> S: ...

    @overload
    def register(
        self, cls: None = None, name: str | None = None, tags: Iterable[str] = ()
    ) -> Callable[[S], S]: ...

    def register(
        self, cls: S | None = None, name: str | None = None, tags: Iterable[str] = ()
    ) -> S | Callable[[S], S]:
        """Register a step class; without a class, return a decorator that does.

        Args:
            cls: The class.
            name: Name that definitions use; the class's own name if not given.
            tags: Words it is found by.

        Raises:
            StepRegistryError: It is no step, or another class has the name (EF250).
        """
        if cls is None:
            return lambda decorated: self._add(decorated, name, tags)
        return self._add(cls, name, tags)

    def _add(self, cls: S, name: str | None, tags: Iterable[str]) -> S:
        if lacking := [member for member in _MEMBERS if not hasattr(cls, member)]:
            raise StepRegistryError.not_a_step(cls, lacking)
        chosen = name or cls.__name__
        held = self._steps.get(chosen)
        if held is not None and held.cls is not cls:
            raise StepRegistryError.taken(chosen, held.cls)
        before = frozenset() if held is None else held.tags
        self._steps[chosen] = RegisteredStep(chosen, cls, before | frozenset(tags))
        return cls

    def get(self, name: str) -> type[Any]:
        """Return the class of this name.

        Raises:
            UnknownStepError: There is none; the error names the nearest (EF251).
        """
        return self.entry(name).cls

    def entry(self, name: str) -> RegisteredStep:
        """Return the class with its tags and summary; raises as `get` does."""
        if name not in self._steps:
            raise UnknownStepError.for_name(name, self._steps)
        return self._steps[name]

    def find(self, tag: str) -> list[RegisteredStep]:
        """Return what carries this tag, by name; an empty list if nothing does."""
        return [self._steps[n] for n in self.names() if tag in self._steps[n].tags]

    def names(self) -> list[str]:
        """Return the registered names, sorted."""
        return sorted(self._steps)

    def tags(self) -> list[str]:
        """Return every tag in use, sorted."""
        return sorted(frozenset().union(*(s.tags for s in self._steps.values())))

    def build(self, definitions: Iterable[Mapping[str, Any]]) -> list[Step]:
        """Build steps from definitions such as ``{use: filter, where: quantity > 0}``.

        Raises:
            StepRegistryError: With every problem of every definition (EF251, EF252).
        """
        steps: list[Step] = []
        problems: list[Problem] = []
        for i, definition in enumerate(definitions):
            try:
                steps.append(self._built(definition, f"steps.{i}"))
            except StepRegistryError as error:
                problems.extend(error.problems)
        if problems:
            raise StepRegistryError(*problems)
        return steps

    def _built(self, definition: Mapping[str, Any], key: str) -> Step:
        options = dict(definition)
        name = options.pop("use", None)
        if not isinstance(name, str):
            raise UnknownStepError.unnamed(definition, key)
        if name not in self._steps:
            raise UnknownStepError.for_name(name, self._steps, key=f"{key}.use")
        try:
            made: Step = self._steps[name].cls(**options)
        except ValidationError as error:
            raise StepOptionsError.for_step(name, error, key) from None
        return made

    def pipeline(self, definitions: Iterable[Mapping[str, Any]]) -> Pipeline:
        """Build a pipeline from definitions; raises as `build` does."""
        return Pipeline(self.build(definitions))

    def __contains__(self, name: object) -> bool:
        """Whether a step of this name is registered."""
        return name in self._steps

    def __len__(self) -> int:
        """Number of registered names."""
        return len(self._steps)
