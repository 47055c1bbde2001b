"""Importing what an entry point names, so that no failure goes further than its component."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager, suppress
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from eventflow.plugins.errors import BrokenPluginError
from eventflow.streams import Diverted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from eventflow.plugins.host import PluginHost
    from eventflow.plugins.index import ComponentRef
    from eventflow.types import Kind


def load_target(ref: ComponentRef, host: PluginHost | None = None) -> Any:
    """Import `ref`'s module and return what it names there: an attribute, or a packaged recipe.

    What the module prints at import goes to stderr: stdout belongs to the command's result.

    Raises:
        BrokenPluginError: EF120, whatever the import raised, `SystemExit` included. Only
            `KeyboardInterrupt` passes.
    """
    with _guarded():
        return unguarded(ref, host)


def unguarded(ref: ComponentRef, host: PluginHost | None = None) -> Any:
    """Do what `load_target` does, and let the import change what it likes.

    Raises:
        BrokenPluginError: EF120.
    """
    module = _imported(ref)
    attribute = ref.target.partition(":")[2].partition("[")[0].strip()
    found: Any = module
    for part in filter(None, attribute.split(".")):
        try:
            found = getattr(found, part)
        except AttributeError:
            if _is_recipe(ref, module):
                from eventflow.recipes import recipe  # noqa: PLC0415 - delayed: pydantic, config

                kind = cast("Kind", ref.kind)
                return recipe(ref.target, host=host, owner=ref.owner, kind=kind)
            raise BrokenPluginError.for_attribute(ref, vars(module)) from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a module's own __getattr__ may import more
            raise BrokenPluginError.for_import(ref, error, _place(error)) from error
    return found


def _is_recipe(ref: ComponentRef, module: ModuleType) -> bool:
    """Whether an entry point names a YAML file among its package's data."""
    name = ref.target.partition(":")[2].strip()
    if ref.kind not in {"blueprint", "step"} or not hasattr(module, "__path__"):
        return False
    return resources.files(module).joinpath(f"{name}.yaml").is_file()


@contextmanager
def _guarded() -> Iterator[None]:
    """Give back what an import may take from the whole program.

    These are the standard streams and the working directory; folders that it puts before the
    others on `sys.path` come last, where they hide nothing of anyone else.
    """
    streams, path, folder = (sys.stdout, sys.stderr), list(sys.path), _directory()
    sys.stdout = Diverted()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        if sys.path != path:
            sys.path[:] = [*path, *(entry for entry in sys.path if entry not in path)]
        if folder is not None and _directory() != folder:
            with suppress(OSError):
                os.chdir(folder)


def _directory() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - a text to compare
    except OSError:
        return None


def _imported(ref: ComponentRef) -> ModuleType:
    try:
        __import__(ref.module)  # as a statement does: importlib's function is not timed by Python
        return sys.modules[ref.module]
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, and classes that a plugin makes itself
        raise BrokenPluginError.for_import(ref, error, _place(error)) from error


def _place(error: BaseException) -> str | None:
    place = raised_at(error)
    return f"{place[0]}:{place[1]}" if place else None


def raised_at(error: BaseException) -> tuple[str, int] | None:
    """Return the file and line of the plugin that raised, leaving out the import machinery."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "importlib" not in frame.filename and frame.filename != __file__
    ]
    return (frames[-1].filename, frames[-1].lineno or 1) if frames else None
