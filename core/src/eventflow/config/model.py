"""A configuration once it is known to be sound: first as written, then bound to components."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from attrs import Factory, evolve, field, frozen

from eventflow.config.secrets import Secrets
from eventflow.config.tree import MappingNode, Node, child, to_python, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from eventflow.errors import Location, Problem
    from eventflow.plugins import ComponentRef
    from eventflow.types import Kind


@frozen(kw_only=True)
class Origin:
    """The recipe that a step comes from.

    Attributes:
        name: Name of the recipe.
        version: The recipe's own version.
        owner: Distribution and version that provide it.
    """

    name: str
    version: str
    owner: str = ""

    def __str__(self) -> str:
        """Render as ``city_grid 1.0``."""
        return f"{self.name} {self.version}"


@frozen(kw_only=True)
class Use:
    """One component the configuration asks for.

    Attributes:
        kind: Kind of component.
        name: Name, as written after ``use``.
        key: Where it stands: ``steps.1``.
        location: Place in a file; None for mappings from Python.
        node: The mapping that asks, ``use`` and the envelope's own keys left out.
        section: The same mapping as written.
        recipes: The recipes that asked for it, the outermost first; empty for what the
            configuration itself names.
    """

    kind: Kind
    name: str
    key: str
    location: Location | None = field(default=None, repr=False)
    node: MappingNode = field(factory=lambda: MappingNode({}), repr=False, eq=False)
    section: MappingNode = field(factory=lambda: MappingNode({}), repr=False, eq=False)
    recipes: tuple[Origin, ...] = ()

    @property
    def options(self) -> dict[str, Any]:
        """The component's own options, with every reference filled in: not for showing."""
        return {str(key): to_python(entry.node) for key, entry in self.node.entries.items()}

    def of_recipe(self, *recipes: Origin) -> Use:
        """Return this use as one that recipes ask for, the outermost first."""
        return evolve(self, recipes=recipes)

    def place(self, key: str | None) -> Location | None:
        """Return where an option is written, or the nearest above it; else where this is."""
        path = (key or "").removeprefix(f"{self.key}.").split(".")
        if path[0] not in self.section.entries:
            return self.location
        _, span = walk(self.section, path)
        return span.location if span is not None else self.location


@frozen
class RunsOptions:
    """Where runs are kept, how many, and how often a transient failure is tried.

    Attributes:
        path: Folder of the run store.
        keep: Runs to keep for each pipeline; None keeps all.
        attempts: How often a run is tried in all when a failure is transient (network, busy
            service).
        initial_wait: Seconds before the second attempt; doubled for each further one.
        max_wait: Seconds between two attempts at most.
        trackers_wait: Seconds that the end of a run waits for trackers at work; for one that fails
            it does not wait. What they have not taken by then is kept, to be sent later. None
            waits half a minute, but not for those that another process goes on to tell.
    """

    path: str = ".eventflow"
    keep: int | None = None
    attempts: int = 3
    initial_wait: float = 0.1
    max_wait: float = 5.0
    trackers_wait: float | None = None


@frozen
class PluginOptions:
    """Which plugins may take part.

    Attributes:
        allow: Distributions, modules or components to admit; empty admits all.
        deny: Those to leave out.
        strict: Whether a plugin set aside is an error.
        order: Plugins whose hooks are called first, in this order.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    strict: bool = False
    order: tuple[str, ...] = ()


@frozen(kw_only=True)
class PipelineConfig:
    """A pipeline as configured; phase one has passed, components are not looked up yet.

    Attributes:
        name: Name of the pipeline.
        source: Where rows come from.
        engine: What executes the plan.
        schema: What the columns mean, as written.
        steps: Steps in order.
        blueprint: Recipe of the features.
        quality: Quality gate.
        sink: Where the result goes.
        transport: Where events go.
        trackers: What records runs.
        as_of: The moment features speak of, with its zone; None means the run's start.
        seed: Seed for anything random.
        runs: Where runs are kept.
        plugins: Which plugins may take part.
        masked: The whole configuration as run, secrets masked: the one form to show or save.
        path: File it came from; None for a mapping.
        root: The configuration with its places.
        secrets: What may not be shown.
    """

    name: str
    source: Use
    engine: Use
    schema: dict[str, Any] = field(factory=dict)
    steps: tuple[Use, ...] = ()
    blueprint: Use | None = None
    quality: Use | None = None
    sink: Use | None = None
    transport: Use | None = None
    trackers: tuple[Use, ...] = ()
    as_of: datetime | None = None
    seed: int = 0
    runs: RunsOptions = RunsOptions()
    plugins: PluginOptions = PluginOptions()
    path: str | None = None
    root: Node = field(factory=lambda: MappingNode({}), repr=False, eq=False)
    secrets: Secrets = field(factory=Secrets, repr=False, eq=False)
    masked: dict[str, Any] = field(
        default=Factory(lambda self: self.secrets.masked(self.root), takes_self=True), repr=False
    )

    def uses(self) -> tuple[Use, ...]:
        """Return everything it uses, in the order of a run."""
        single = (self.quality, self.blueprint, self.sink, self.transport)
        middle = tuple(use for use in single if use is not None)
        return (self.source, *self.steps, *middle, *self.trackers, self.engine)

    def locate(self, key: str) -> Location | None:
        """Return where a dotted key such as ``schema.entity`` is written, or the nearest above.

        None where not even its first part is written.
        """
        path = key.split(".")
        if child(self.root, path[0]) is None:
            return None
        node, span = walk(self.root, path)
        span = span or node.span
        return span.location if span else None

    def placed(self, problems: Iterable[Problem]) -> list[Problem]:
        """Give problems that name a key their place, and hide what may not be shown."""
        return [
            self.secrets.cleaned(
                p if p.location or not p.key else replace(p, location=self.locate(p.key))
            )
            for p in problems
        ]


@frozen(kw_only=True)
class Bound:
    """A component that is ready, with who asked for it and who provides it.

    Attributes:
        use: Who asked.
        ref: Who provides it.
        component: The component.
        nested: What its options hold, a context for one.
    """

    use: Use
    ref: ComponentRef
    component: Any = field(repr=False)
    nested: tuple[Bound, ...] = field(default=(), repr=False)

    def with_nested(self) -> Iterator[Bound]:
        """Yield it and all that it holds, however deep."""
        yield self
        for inner in self.nested:
            yield from inner.with_nested()

    @property
    def owner(self) -> str:
        """Distribution and version: ``eventflow-files 0.1.0``."""
        return self.ref.owner


@frozen(kw_only=True)
class BoundConfig:
    """A configuration with every component built.

    Attributes:
        config: The configuration; its `masked` form knows the components' secret options too.
        source: Where rows come from.
        engine: What executes the plan.
        steps: Steps in order, each recipe among them replaced by the steps it stands for.
        blueprint: Recipe of the features.
        quality: Quality gate.
        sink: Where the result goes.
        transport: Where events go.
        trackers: What records runs.
    """

    config: PipelineConfig
    source: Bound
    engine: Bound
    steps: tuple[Bound, ...] = ()
    blueprint: Bound | None = None
    quality: Bound | None = None
    sink: Bound | None = None
    transport: Bound | None = None
    trackers: tuple[Bound, ...] = ()

    def parts(self) -> tuple[Bound, ...]:
        """Return everything that is bound, in the order of a run."""
        single = (self.quality, self.blueprint, self.sink, self.transport)
        middle = tuple(bound for bound in single if bound is not None)
        return (self.source, *self.steps, *middle, *self.trackers, self.engine)
