"""Phase two: each component is found, its options are checked by its own `Config`, and it is built.

Nothing stops at the first mistake; components that nest others (`Uses`) are built from the inside.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from attrs import define, evolve, field, frozen
from pydantic import BaseModel, ValidationError

from eventflow.base import BaseComponent
from eventflow.config import fields
from eventflow.config.errors import RecipeCycleError, TooManyStepsError, raised
from eventflow.config.explain import Subject, explained
from eventflow.config.model import Bound, BoundConfig, PipelineConfig
from eventflow.config.tree import Entry, MappingNode, ScalarNode, SequenceNode, scalars, to_python
from eventflow.config.using import read_use
from eventflow.errors import EventflowError, ExitCode, nearest
from eventflow.plugins.errors import BuildError
from eventflow.schema import EventSchema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventflow.config.envelope import Draft
    from eventflow.config.model import Origin, Use
    from eventflow.config.tree import Node
    from eventflow.errors import Problem
    from eventflow.plugins import ComponentRef, PluginHost

MOST_STEPS = 1_000
"""Steps that the recipes of a pipeline stand for at most; ten that use ten each, and so on, do not
end before memory does."""


def bind(config: PipelineConfig, host: PluginHost) -> BoundConfig:
    """Find, check and build every component of a configuration.

    Raises:
        ConfigError: With every problem; `PluginNeededError` when only plugins are wanting.
    """
    binder = Binder(host)
    bound = binder.config(config)
    if bound is None:
        problems = [config.secrets.cleaned(p) for p in binder.problems]
        of_plugins = [config.secrets.cleaned(p) for p in binder.of_plugins]
        raise raised(problems, of_plugins)
    return bound


def bind_use(use: Use, config: PipelineConfig, host: PluginHost) -> Bound:
    """Find, check and build one component of a configuration, and none of the others.

    Raises:
        ConfigError: With every problem of that component.
    """
    binder = Binder(host)
    bound = binder.use(use)
    config.secrets.collect(config.root)
    if bound is None:
        problems = [config.secrets.cleaned(p) for p in binder.problems]
        raise raised(problems, [config.secrets.cleaned(p) for p in binder.of_plugins])
    return bound


@runtime_checkable
class StandsForUses(Protocol):
    """A step that stands for others, which are bound in its place: a recipe."""

    @property
    def origin(self) -> Origin:
        """Which recipe it is."""
        ...

    def uses(self, use: Use, problems: list[Problem]) -> Sequence[Use]:
        """Return the steps it stands for where it is used; what is wrong goes to `problems`."""
        ...


@frozen
class _Unbuilt:
    """Stands in for a nested component that could not be built."""


@define
class Binder:
    """Binds uses one by one, and keeps what is wrong.

    Attributes:
        host: Where components come from.
        problems: Everything that is wrong.
        of_plugins: Those problems that a missing or broken plugin causes.
        count: Components looked at.
    """

    host: PluginHost
    problems: list[Problem] = field(factory=list)
    of_plugins: list[Problem] = field(factory=list)
    count: int = 0
    _nested: list[Bound] = field(factory=list)
    _of_recipes: int = 0

    def draft(self, draft: Draft) -> None:
        """Look at everything a draft uses, sound or not."""
        self.schema(draft.root)
        for section, uses in draft.uses.items():
            if section == "steps":
                self.steps(uses)
                continue
            for use in uses:
                self.use(use)
        draft.secrets.collect(draft.root)

    def config(self, config: PipelineConfig) -> BoundConfig | None:
        """Bind a sound configuration; None when there are problems."""
        self.schema(config.root)
        others = (use for use in config.uses() if use not in config.steps)
        bound = {id(use): self.use(use) for use in others}
        steps = self.steps(config.steps)
        config.secrets.collect(config.root)
        if self.problems:
            return None

        def of(use: Use | None) -> Any:
            return None if use is None else bound[id(use)]

        masked = config.secrets.masked(config.root)
        return BoundConfig(
            config=evolve(config, masked=masked),
            source=of(config.source),
            engine=of(config.engine),
            steps=tuple(steps),
            blueprint=of(config.blueprint),
            quality=of(config.quality),
            sink=of(config.sink),
            transport=of(config.transport),
            trackers=tuple(of(use) for use in config.trackers),
        )

    def schema(self, root: Node) -> None:
        """Check the schema section."""
        node = root.get("schema") if isinstance(root, MappingNode) else None
        if not isinstance(node, MappingNode) or not isinstance(root, MappingNode):
            return
        span = root.key_span("schema")
        self._checked(Subject(EventSchema, "schema", "schema", node, node, span), EventSchema)

    def steps(self, uses: Iterable[Use]) -> list[Bound]:
        """Bind steps in order; in place of a recipe, the steps it stands for."""
        found: list[Bound] = []
        for use in uses:
            bound = self.use(use)
            if bound is None:
                continue
            if isinstance(bound.component, StandsForUses):
                found += self._of_recipe(bound, bound.component)
            else:
                found.append(bound)
        return found

    def _of_recipe(self, bound: Bound, recipe: StandsForUses) -> list[Bound]:
        use, origin = bound.use, recipe.origin
        if origin in use.recipes:
            self.problems.append(RecipeCycleError.for_use(use, origin))
            return []
        chain = (*use.recipes, origin)
        uses = [u.of_recipe(*chain) for u in recipe.uses(use, self.problems)]
        before, self._of_recipes = self._of_recipes, self._of_recipes + len(uses)
        if self._of_recipes > MOST_STEPS:
            if before <= MOST_STEPS:
                self.problems.append(TooManyStepsError.for_use(use, MOST_STEPS))
            return []
        return self.steps(uses)

    def use(self, use: Use) -> Bound | None:
        """Find, check and build one component and what it nests."""
        outer, self._nested = self._nested, []
        try:
            bound = self._use(use)
        finally:
            self._nested = outer
        if bound is not None:
            outer.append(bound)
        return bound

    def _use(self, use: Use) -> Bound | None:
        self.count += 1
        try:
            ref = self.host.find(use.kind, use.name)
            component = self.host.load(ref)
        except EventflowError as error:
            self._refused(use, error)
            return None
        try:
            built = self._checked(self._subject(use, ref, component), component)
        except KeyboardInterrupt:
            raise
        except EventflowError as error:
            self._refused(use, error)
            return None
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, SystemExit too
            self._refused(use, BuildError.for_ref(ref, error))
            return None
        return None if built is None else self._bound(use, ref, built)

    def _subject(self, use: Use, ref: ComponentRef, component: Any) -> Subject:
        model: type[BaseModel] = component.Config
        fields.hide_secret_options(model, use.node)
        name = use.section.get("use")
        return Subject(
            model,
            use.key,
            f'{use.kind.replace("_", " ")} "{use.name}"',
            self._inside(use, model),
            use.section,
            name.span if name else None,
            ref.owner,
            f"eventflow plugins show {use.name}",
        )

    def _bound(self, use: Use, ref: ComponentRef, built: Any) -> Bound:
        if isinstance(built, BaseComponent):
            built.hidden = frozenset(
                key
                for key, entry in use.node.entries.items()
                if any(scalar.hidden for scalar in scalars(entry.node))
            )
        return Bound(use=use, ref=ref, component=built, nested=tuple(self._nested))

    def _refused(self, use: Use, error: EventflowError) -> None:
        """Give an error of the host, or of a component, the place that asked for it."""
        for found in error.problems:
            place = found.location or use.place(found.key)
            problem = replace(found, location=place) if place else found
            problem = replace(problem, key=problem.key or use.key)
            if problem.code == "EF201" and problem.replacement is None and use.location:
                near = nearest(use.name, [ref.name for ref in self.host.refs(use.kind)])
                missing = error.exit_code == ExitCode.PLUGIN
                problem = replace(problem, replacement=None if missing else near)
            if problem.code == "EF201" and (section := self._other_section(use)):
                fix = f'"{use.name}" is a {section[0]}: write it below "{section[1]}"'
                problem = replace(problem, fix=fix, detail=(), replacement=None)
            self.problems.append(problem)
            if error.exit_code == ExitCode.PLUGIN:
                self.of_plugins.append(problem)

    def _other_section(self, use: Use) -> tuple[str, str] | None:
        """Say what else has the name of a step or blueprint that is not there, and its place."""
        other = {"step": ("blueprint", "blueprint"), "blueprint": ("step", "steps")}.get(use.kind)
        found = (ref for ref in self.host.indexed() if use.name in {ref.name, ref.qualified})
        return other if other and any(ref.kind == other[0] for ref in found) else None

    def _checked(self, subject: Subject, make: Any) -> Any:
        """Build something from options; misspelt ones are mended to find what else is wrong."""
        known = len(self.problems)
        for _ in range(len(subject.node.entries) + 1):
            if any(isinstance(s.value, _Unbuilt) for s in scalars(subject.node)):
                make = subject.model
            try:
                made = make(**_keywords(subject.node))
            except ValidationError as error:
                problems, node = explained(subject, error)
                self.problems.extend(p for p in problems if p not in self.problems)
                if node is subject.node:
                    return None
                subject = evolve(subject, node=node)
            else:
                return made if len(self.problems) == known else None
        return None

    def _inside(self, use: Use, model: type[BaseModel]) -> MappingNode:
        """Return the options with nested uses replaced by what was built of them."""
        node, known = use.node, fields.options(model)
        for key, entry in use.node.entries.items():
            inner = fields.nesting(known[key]) if key in known else None
            if inner is None:
                continue
            built = self._built(entry.node, inner, f"{use.key}.{key}", entry)
            entries = {**node.entries, key: Entry(key, built, entry.span)}
            node = MappingNode(entries, node.span, node.flow)
        return node

    def _built(self, node: Node, inner: fields.Nesting, key: str, entry: Entry) -> Node:
        if inner.shape == "items" and isinstance(node, SequenceNode):
            items = [
                self._one(item, inner, f"{key}.{i}", entry) for i, item in enumerate(node.items)
            ]
            return SequenceNode(items, node.span, node.flow)
        if inner.shape == "values" and isinstance(node, MappingNode):
            entries = {
                k: Entry(k, self._one(e.node, inner, f"{key}.{k}", e), e.span)
                for k, e in node.entries.items()
            }
            return MappingNode(entries, node.span, node.flow)
        return self._one(node, inner, key, entry)

    def _one(self, node: Node, inner: fields.Nesting, key: str, entry: Entry) -> Node:
        if isinstance(node, ScalarNode) and (node.value is None or hasattr(node.value, "config")):
            return node  # left empty, or built in Python already
        use = read_use(node, inner.kind, key, entry.span, self.problems)
        bound = self.use(use) if use else None
        return ScalarNode(bound.component if bound else _Unbuilt(), node.span)


def _keywords(node: MappingNode) -> dict[str, Any]:
    return {str(key): to_python(entry.node) for key, entry in node.entries.items()}
