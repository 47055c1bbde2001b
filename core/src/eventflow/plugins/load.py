"""Importing what an entry point names, so that no failure goes further than its component."""

from __future__ import annotations

import sys
import traceback
from contextlib import redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING, Any

from eventflow.plugins.errors import BrokenPluginError

if TYPE_CHECKING:
    from types import ModuleType

    from eventflow.plugins.index import ComponentRef


def load_target(ref: ComponentRef) -> Any:
    """Import `ref`'s module and return what it names there.

    What the module prints at import goes to stderr: stdout belongs to the command's result.

    Raises:
        BrokenPluginError: EF120, whatever the import raised, `SystemExit` included. Only
            `KeyboardInterrupt` passes.
    """
    module = _imported(ref)
    attribute = ref.target.partition(":")[2].partition("[")[0].strip()
    found: Any = module
    for part in filter(None, attribute.split(".")):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise BrokenPluginError.for_attribute(ref, vars(module)) from None
        except Exception as error:  # a module's own __getattr__ may import more
            raise BrokenPluginError.for_import(ref, error, _place(error)) from error
    return found


def _imported(ref: ComponentRef) -> ModuleType:
    try:
        with redirect_stdout(sys.stderr):
            return import_module(ref.module)
    except (Exception, SystemExit) as error:
        raise BrokenPluginError.for_import(ref, error, _place(error)) from error


def _place(error: BaseException) -> str | None:
    """Return the file and line of the plugin that raised, leaving out the import machinery."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "importlib" not in frame.filename and frame.filename != __file__
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else None
