"""The typed way to pluggy: listeners are checked, ordered, called one by one and never fatal.

`HookBus` belongs to one host. A `HookPoint` is made from a method of `Hooks` and keeps its
signature, so that a type checker sees a wrong payload:

    bus.point(Hooks.run_started).tell(RunStarted(run_id="7Q3K", name="churn"))
"""

from __future__ import annotations

import inspect
import logging
from functools import cache
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

from attrs import frozen
from pluggy import PluginManager

from eventflow.errors import facts_of
from eventflow.hookspecs import PROJECT, Hooks
from eventflow.plugins.errors import HookShapeError, PluginError, UnknownHookError
from eventflow.plugins.order import rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pluggy import HookImpl

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger("eventflow.plugins")
_ORDERING = ("tryfirst", "trylast", "wrapper", "hookwrapper")
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)


@frozen
class Listener:
    """Who implements hooks.

    Attributes:
        name: What the configuration's order calls it: the distribution, or a name given at run
            time.
        version: Its version; empty at run time.
    """

    name: str
    version: str = ""

    def __str__(self) -> str:
        """Render as ``eventflow-mlflow 0.1.0``."""
        return f"{self.name} {self.version}".rstrip()


@frozen
class HookFailure:
    """A listener raised; the others were called all the same.

    Attributes:
        hook: The hook's name.
        listener: Whose implementation raised.
        error: What it raised, in one line.
    """

    hook: str
    listener: Listener
    error: str


@frozen
class Answer(Generic[R]):
    """What one listener answered."""

    listener: Listener
    value: R


class HookPoint(Generic[P, R]):
    """One hook of one bus."""

    def __init__(self, bus: HookBus, spec: Callable[Concatenate[Hooks, P], R]) -> None:
        """Take a method of `Hooks`, as in ``HookPoint(bus, Hooks.run_started)``."""
        self._bus = bus
        self._spec = spec
        self.name = spec.__name__

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> list[HookFailure]:
        """Call every listener; return who failed."""
        return self.ask(*args, **kwargs)[1]

    def ask(self, *args: P.args, **kwargs: P.kwargs) -> tuple[list[Answer[R]], list[HookFailure]]:
        """Call every listener in order; return what they answered, and who failed."""
        bound = specified()[self.name].bind(None, *args, **kwargs).arguments
        answers: list[Answer[R]] = []
        failures: list[HookFailure] = []
        for listener, implementation in self._bus.implementations(self.name):
            try:
                value: Any = implementation.function(*(bound[n] for n in implementation.argnames))
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - law 6: never fatal
                failures.append(_failure(self.name, listener, error))
            else:
                answers.append(Answer(listener, value))
        return answers, failures


class HookBus:
    """Who listens, for one host."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._manager = PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        self._listeners: dict[str, Listener] = {}
        self._order: tuple[str, ...] = ()

    def point(self, spec: Callable[Concatenate[Hooks, P], R]) -> HookPoint[P, R]:
        """Return the hook that a method of `Hooks` specifies."""
        return HookPoint(self, spec)

    def order(self, names: Sequence[str]) -> None:
        """Put these listeners first, in this order; the others follow by name."""
        self._order = tuple(names)

    def register(self, hooks: object, listener: Listener) -> None:
        """Let `hooks` listen.

        Args:
            hooks: An instance of a subclass of `Hooks`, or a module with `@impl` functions.
            listener: Whose it is.

        Raises:
            HookShapeError: EF130, an implementation cannot be called as the hook is.
            UnknownHookError: EF131, an implementation of no hook; names the nearest.
        """
        for _, error in defects_of(hooks, str(listener)):
            raise error
        self.add(hooks, listener)

    def add(self, hooks: object, listener: Listener) -> None:
        """Let `hooks` listen without the checks of `register`; for core's own."""
        key = f"{listener.name}:{len(self._listeners)}"
        self._manager.register(hooks, key)
        self._listeners[key] = listener

    def implementations(self, hook: str) -> Iterator[tuple[Listener, HookImpl]]:
        """Yield who implements a hook, in the order in which they are called."""
        caller = getattr(self._manager.hook, hook)
        found = [(self._listeners[i.plugin_name], i) for i in caller.get_hookimpls()]
        key = rank(self._order)
        yield from sorted(found, key=lambda f: key(f[0].name))


@cache
def specified() -> dict[str, inspect.Signature]:
    """Return every hook's name and signature, in the order of `Hooks`."""
    return {
        name: inspect.signature(member)
        for name, member in vars(Hooks).items()
        if hasattr(member, f"{PROJECT}_spec")
    }


def defects_of(hooks: object, owner: str) -> Iterator[tuple[str, PluginError]]:
    """Yield each method of a listener that cannot serve, and why."""
    for method in implemented(hooks):
        try:
            _check(hooks, method, owner)
        except PluginError as error:
            yield method, error


def implemented(hooks: object) -> list[str]:
    """Names that are marked `@impl`, and overridden hooks that should be."""
    marked = [
        name
        for name in dir(hooks)
        if hasattr(inspect.getattr_static(hooks, name, None), f"{PROJECT}_impl")
    ]
    overridden = [
        name
        for name in specified()
        if isinstance(hooks, Hooks) and getattr(type(hooks), name) is not getattr(Hooks, name)
    ]
    return sorted({*marked, *overridden})


def _check(hooks: object, method: str, owner: str) -> None:
    """Refuse an implementation that pluggy would accept and then call wrongly, or never."""
    options: Any = PluginManager(PROJECT).parse_hookimpl_opts(hooks, method)
    if options is None:
        fix = f"mark it: @impl above def {method}"
        raise HookShapeError.for_method(owner, method, f'"{method}" is not marked @impl', fix)
    specifications = specified()
    hook = options["specname"] or method
    if hook not in specifications:
        if options["optionalhook"]:
            return
        raise UnknownHookError.for_method(owner, hook, specifications)
    for option in _ORDERING:
        if options[option]:
            raise HookShapeError.for_method(
                owner, method, f"{option} is not supported", f"write @impl without {option}"
            )
    _check_signature(owner, method, getattr(hooks, method), specifications[hook])


def _check_signature(
    owner: str, method: str, function: Callable[..., Any], specification: inspect.Signature
) -> None:
    wanted = [name for name in specification.parameters if name != "self"]
    fix = f"write def {method}({', '.join(['self', *wanted])})"
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise HookShapeError.for_method(
            owner, method, "it is async and would never be awaited", fix
        )
    for parameter in inspect.signature(function).parameters.values():
        defect = _parameter_defect(parameter, wanted)
        if defect is not None:
            raise HookShapeError.for_method(owner, method, defect, fix)


def _parameter_defect(parameter: inspect.Parameter, wanted: Sequence[str]) -> str | None:
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
        return f'argument "{parameter.name}" is keyword-only and would never be passed'
    if parameter.kind not in _NAMED:
        return f'"{parameter}" would receive nothing'
    if parameter.name not in wanted and parameter.default is parameter.empty:
        return f'there is no argument "{parameter.name}"'
    return None


def _failure(hook: str, listener: Listener, error: BaseException) -> HookFailure:
    said = facts_of(error)[0]
    _log.warning(
        'hook "%s" of %s raised %s; the run goes on',
        hook,
        listener,
        said,
        exc_info=(type(error), error, error.__traceback__) if _log.isEnabledFor(10) else None,
    )
    return HookFailure(hook, listener, said)
