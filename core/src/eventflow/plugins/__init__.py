"""The plugin host: what is installed, what fits, and what is imported when it is needed."""

from eventflow.plugins.host import PluginHost
from eventflow.plugins.index import ComponentRef
from eventflow.plugins.info import PluginInfo, Quarantine

__all__ = ["ComponentRef", "PluginHost", "PluginInfo", "Quarantine"]
