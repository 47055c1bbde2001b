"""From a file or a mapping to a configuration, and on to bound components."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from eventflow.config.envelope import Draft, read_envelope
from eventflow.config.errors import in_order, raised
from eventflow.config.files import read_file
from eventflow.config.include import with_includes
from eventflow.config.interpolate import fill_in
from eventflow.config.override import overridden
from eventflow.config.tree import MappingNode, of_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from eventflow.config.model import BoundConfig, PipelineConfig, PluginOptions
    from eventflow.errors import ExitCode, Problem
    from eventflow.plugins import PluginHost

    MakeHost = Callable[[PluginOptions], PluginHost]
    LookAhead = Callable[[BoundConfig], tuple[Iterable[Problem], Sequence[str]]]


@frozen(kw_only=True)
class CheckReport:
    """What a check found.

    Attributes:
        path: The file, as the user wrote it.
        problems: Everything that is wrong, sorted by place.
        components: Components looked at.
        unplanned: Components whose columns only a run can tell.
        exit_code: What the command line should end with.
        bound: The configuration, ready to run; None when something is wrong.
    """

    path: str
    problems: tuple[Problem, ...] = ()
    components: int = 0
    unplanned: tuple[str, ...] = ()
    exit_code: ExitCode
    bound: BoundConfig | None = field(default=None, repr=False)


def read(
    source: str | os.PathLike[str] | Mapping[str, Any], overrides: Sequence[str] = ()
) -> Draft:
    """Read a configuration and pass it through phase one, keeping every problem in the draft."""
    path: str | None = None
    if isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
        root, problems = read_file(path)
    else:
        root, problems = of_python(dict(source)), []
    draft = Draft(root=root or MappingNode({}), path=path, problems=problems)
    if root is None:
        return draft
    draft.root, problems = with_includes(root, path)
    incomplete = bool(problems)
    draft.root, more = overridden(draft.root, overrides)
    problems += more + fill_in(draft.root)
    draft.problems.extend(problems)
    read_envelope(draft)
    if incomplete:  # what is missing may stand in a file that could not be included
        draft.problems = [p for p in draft.problems if p.key != "source" or p.code != "EF204"]
    return draft


def load(
    source: str | os.PathLike[str] | Mapping[str, Any], overrides: Sequence[str] = ()
) -> PipelineConfig:
    """Read a configuration and check its envelope; imports no plugin, no pydantic, no Polars.

    Args:
        source: Path of a YAML or JSON file, or the same as a mapping.
        overrides: ``path.to.key=value`` texts, as ``--set`` takes them.

    Raises:
        ConfigError: With every problem of the envelope.
    """
    draft = read(source, overrides)
    config = draft.config()
    if draft.problems or config is None:
        raise raised(draft.secrets.cleaned(p) for p in draft.problems)
    return config


def resolve(
    source: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Sequence[str] = (),
    *,
    make_host: MakeHost | None = None,
) -> BoundConfig:
    """Read, check and bind a configuration, reporting the problems of both phases at once.

    Args:
        source: Path of a YAML or JSON file, or the same as a mapping.
        overrides: ``path.to.key=value`` texts.
        make_host: Makes the plugin host from the configuration's plugin options.

    Raises:
        ConfigError: With every problem; `PluginNeededError` when only plugins are wanting.
    """
    bound, problems, of_plugins, _ = _resolve(source, overrides, make_host)
    if bound is None:
        raise raised(problems, of_plugins)
    return bound


def check_config(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    *,
    make_host: MakeHost | None = None,
    look_ahead: LookAhead | None = None,
    written: Mapping[str, Any] | None = None,
) -> CheckReport:
    """Check a configuration without reading data.

    Args:
        path: The file.
        overrides: ``path.to.key=value`` texts.
        make_host: Makes the plugin host from the configuration's plugin options.
        look_ahead: Asked for further problems once everything is bound, and for what it could not
            judge: what a plan can tell without reading data. Problems that name a key are given
            its place.
        written: The configuration, where it is not as it stands in the file.
    """
    from eventflow.errors import ExitCode  # noqa: PLC0415 - beside its one use

    source = path if written is None else written
    bound, problems, of_plugins, count = _resolve(source, overrides, make_host)
    unplanned: Sequence[str] = ()
    if bound is not None and look_ahead is not None:
        found, unplanned = look_ahead(bound)
        problems = bound.config.placed(found)
    code = raised(problems, of_plugins).exit_code if problems else ExitCode.DONE
    return CheckReport(
        path=os.fspath(path),
        problems=tuple(in_order(problems)),
        components=count,
        unplanned=tuple(unplanned),
        exit_code=code,
        bound=None if problems else bound,
    )


def _resolve(
    source: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Sequence[str],
    make_host: MakeHost | None,
) -> tuple[BoundConfig | None, list[Problem], list[Problem], int]:
    """Return the bound configuration, else the problems, those of plugins, and the count."""
    from eventflow.config.binding import Binder  # noqa: PLC0415 - delayed: pydantic and Polars

    draft = read(source, overrides)
    binder = Binder((make_host or host_of)(draft.plugins))
    config = draft.config()
    bound = None
    if draft.problems or config is None:
        binder.draft(draft)
    else:
        bound = binder.config(config)
    problems = [draft.secrets.cleaned(p) for p in (*draft.problems, *binder.problems)]
    of_plugins = [draft.secrets.cleaned(p) for p in binder.of_plugins]
    return bound, problems, of_plugins, binder.count


def host_of(options: PluginOptions) -> PluginHost:
    """Make the plugin host that a configuration asks for."""
    from eventflow.plugins import PluginHost  # noqa: PLC0415 - delayed: not for the envelope

    return PluginHost(options.allow, options.deny, order=options.order, strict=options.strict)
