"""Options that several commands share, and the settings they fill.

``--debug``, ``--without`` and ``--strict`` may stand before or after the command's name. They are
kept in one `Settings` object per invocation, which commands receive through `pass_settings`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from eventflow.cli.output import result_alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eventflow.config.model import PluginOptions
    from eventflow.plugins import PluginHost

F = TypeVar("F", bound="Callable[..., Any]")


@dataclass(slots=True)
class Settings:
    """What the shared options of one invocation say.

    Attributes:
        debug: Show the traceback of an error.
        json: The command prints one JSON document.
        strict: Plugins that were set aside are an error.
        without: Plugins and components to leave out.
        foreign: The command is a plugin's own, which may end the program as it likes.
    """

    debug: bool = False
    json: bool = False
    strict: bool = False
    without: list[str] = field(default_factory=list)
    foreign: bool = False

    def host(
        self,
        *,
        allow: Iterable[str] = (),
        deny: Iterable[str] = (),
        order: Iterable[str] = (),
        strict: bool = False,
    ) -> PluginHost:
        """Return a new plugin host: these lists, and what the command line adds to them."""
        from eventflow.plugins.host import PluginHost  # noqa: PLC0415 - delayed: not for --help

        return PluginHost(
            allow=tuple(allow),
            deny=(*deny, *self.without),
            order=order,
            strict=strict or self.strict,
        )

    def host_for(self, options: PluginOptions) -> PluginHost:
        """Return a host with a configuration's plugin options, and the command line's."""
        return self.host(
            allow=options.allow, deny=options.deny, order=options.order, strict=options.strict
        )


def keep_logs_quiet(settings: Settings) -> None:
    """Keep what libraries log off the terminal, unless ``--debug`` asks for it.

    Python prints warnings and errors, with tracebacks, where nobody configured logging. What
    matters of a run is among its warnings; its log has the rest.
    """
    import logging  # noqa: PLC0415 - delayed: not for --help

    if not settings.debug:
        logging.getLogger().addHandler(logging.NullHandler())


def pass_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the invocation's `Settings` as the first argument.

    While the command works, stdout is kept for its result: what plugins print goes to stderr.
    """

    @click.make_pass_decorator(Settings, ensure=True)
    @wraps(command)
    def alone(*args: Any, **options: Any) -> Any:
        with result_alone():
            return command(*args, **options)

    return alone


def _settings(context: click.Context) -> Settings:
    return context.ensure_object(Settings)


def _set_debug(context: click.Context, _: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's callback signature
    _settings(context).debug |= value
    return value


def _set_json(context: click.Context, _: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's callback signature
    _settings(context).json |= value
    return value


def _set_strict(context: click.Context, _: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's callback signature
    _settings(context).strict |= value
    return value


def _add_without(
    context: click.Context, _: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    _settings(context).without.extend(value)
    return value


def home_option(command: F) -> F:
    """Add ``--home DIR``; the command receives `home`."""
    return click.option(
        "--home",
        type=click.Path(path_type=Path),
        default=".eventflow",
        show_default=True,
        envvar="EVENTFLOW_HOME",
        help="Folder of the run store.",
    )(command)


def json_option(command: F) -> F:
    """Add ``--json``; the command receives `as_json`."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        is_eager=True,
        callback=_set_json,
        help="Print one JSON document instead of text.",
    )(command)


def debug_option(command: F) -> F:
    """Add ``--debug``; kept in the settings."""
    return click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_debug,
        help="Show the traceback of an error.",
    )(command)


def without_option(command: F) -> F:
    """Add ``--without NAME``, which may be repeated; kept in the settings."""
    return click.option(
        "--without",
        multiple=True,
        metavar="NAME",
        expose_value=False,
        callback=_add_without,
        help="Leave out a plugin or component (repeatable).",
    )(command)


def strict_option(command: F) -> F:
    """Add ``--strict``; kept in the settings."""
    return click.option(
        "--strict",
        is_flag=True,
        expose_value=False,
        callback=_set_strict,
        help="Treat warnings and plugins set aside as errors.",
    )(command)


def set_option(command: F) -> F:
    """Add ``--set PATH=VALUE``, which may be repeated; the command receives `overrides`."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        help="Override a value of the pipeline file (repeatable).",
    )(command)


def pipeline_argument(command: F) -> F:
    """Add the argument ``PIPELINE``, a path; the command receives `pipeline`.

    Whether the file is there is for the config loader to say, with a coded error.
    """
    return click.argument("pipeline", type=click.Path(path_type=str))(command)
