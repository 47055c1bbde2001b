"""One tracker by itself, outside the configuration of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from eventflow.config.binding import Binder
from eventflow.config.errors import raised
from eventflow.config.interpolate import fill_in
from eventflow.config.secrets import Secrets
from eventflow.config.tree import of_python
from eventflow.config.using import read_use
from eventflow.trackers.fanout import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.config.model import Use
    from eventflow.plugins import PluginHost


@frozen
class OneTracker:
    """A tracker that is ready.

    Attributes:
        asked: The tracker, with what was written to have it.
        secrets: What may not be shown of it.
    """

    asked: Asked
    secrets: Secrets = field(repr=False)


def one_tracker(definition: Mapping[str, Any], host: PluginHost) -> OneTracker:
    """Build one tracker from ``{use: NAME, …}``.

    Raises:
        ConfigError: There is no such tracker, or an option is wrong.
    """
    node = of_python(dict(definition))
    problems = fill_in(node)
    secrets = Secrets.of(node)
    use = read_use(node, "tracker", "tracker", None, problems)
    if use is None or problems:
        raise raised([secrets.cleaned(p) for p in problems])
    tracker = built(use, host, secrets)
    return OneTracker(Asked(tracker=tracker, definition=secrets.masked(use.section)), secrets)


def built(use: Use, host: PluginHost, secrets: Secrets) -> Any:
    """Find and build the tracker that a configuration asks for.

    Raises:
        ConfigError: There is no such tracker, or an option is wrong.
    """
    binder = Binder(host)
    bound = binder.use(use)
    if bound is None:
        cleaned = [secrets.cleaned(p) for p in binder.problems]
        raise raised(cleaned, [secrets.cleaned(p) for p in binder.of_plugins])
    return bound.component
