"""What belongs to the whole process, and what an import has changed of it."""

from __future__ import annotations

import atexit
import json
import locale
import logging
import os
import signal
import sys
import threading
import warnings
from typing import Any

import polars as pl

PLACES: dict[str, tuple[str, ...]] = {
    "path": ("sys.path", "site.addsitedir"),
    "environment": ("os.environ", "os.putenv", "environ"),
    "warnings": ("warnings.filterwarnings", "warnings.simplefilter", "warnings.filters",
                 "filterwarnings", "simplefilter"),
    "logging": ("logging.basicConfig", "logging.disable", "logging.getLogger", "addHandler",
                "setLevel", "basicConfig"),
    "directory": ("os.chdir", "chdir"),
    "locale": ("locale.setlocale", "setlocale"),
    "streams": ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__", "os.close"),
    "threads": ("threading.Thread", "Thread", "start"),
    "atexit": ("atexit.register", "register"),
    "signals": ("signal.signal",),
    "hooks": ("sys.excepthook", "sys.settrace", "sys.setprofile"),
    "patched": ("json", "polars", "pl", "os", "builtins", "warnings", "logging"),
}  # fmt: skip
"""Subject → names that a module touches to change it."""

_OWNED = (
    json, os, warnings, logging, pl, pl.DataFrame, pl.LazyFrame, pl.Expr, sys.modules["builtins"],
)  # fmt: skip
_LENT = {"_warnings_defaults", "onceregistry", "filters", "environ", "environb"}


def snapshot() -> dict[str, Any]:
    """Return what can be compared later."""
    root = logging.getLogger()
    return {
        "path": list(sys.path),
        "environment": dict(os.environ),
        "warnings": list(warnings.filters),
        "logging": (root.level, list(root.handlers), root.manager.disable),
        "directory": _directory(),
        "locale": locale.setlocale(locale.LC_ALL),
        "streams": (id(sys.__stdout__), getattr(sys.__stdout__, "closed", True)),
        "threads": {thread.ident for thread in threading.enumerate()},
        "atexit": atexit._ncallbacks(),  # noqa: SLF001 - no public way to count them
        "signals": _signals(),
        "hooks": (sys.excepthook, sys.gettrace()),
        "patched": {owner.__name__: dict(vars(owner)) for owner in _OWNED},
    }


def _directory() -> str:
    try:
        return str(os.getcwd())  # noqa: PTH109 - what is asked is what the system says
    except OSError:
        return ""


def _signals() -> dict[int, Any]:
    return {int(s): signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str]]:
    """Return subject and sentence for everything that is no longer as it was."""
    found = [
        (subject, _SENTENCES[subject](before[subject], after[subject]))
        for subject in _SENTENCES
        if before[subject] != after[subject]
    ]
    patched = _patched(before["patched"], after["patched"])
    if patched:
        found.append(("patched", f"replaces {', '.join(patched[:4])}"))
    return found


def _path(before: list[str], after: list[str]) -> str:
    new = [entry for entry in after if entry not in before]
    return f"changes sys.path: adds {new}" if new else "changes sys.path"


_NAMED = 6  # variables that a message names


def _environment(before: dict[str, str], after: dict[str, str]) -> str:
    names = sorted(k for k in {*before, *after} if before.get(k) != after.get(k))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"changes the environment: {', '.join(names[:_NAMED])}{more}"


def _threads(before: set[int], after: set[int]) -> str:
    names = [t.name for t in threading.enumerate() if t.ident in after - before and not t.daemon]
    kept = f", which keeps the program from ending: {', '.join(names)}" if names else ""
    return f"starts a thread{kept}"


_SENTENCES: dict[str, Any] = {
    "path": _path,
    "environment": _environment,
    "warnings": lambda *_: "changes the filters of warnings",
    "logging": lambda *_: "changes the root logger",
    "directory": lambda _, after: f"changes the working directory to {after or 'nowhere'}",
    "locale": lambda *_: "changes the locale",
    "streams": lambda *_: "closes or replaces sys.stdout",
    "threads": _threads,
    "atexit": lambda *_: "registers code to run when the program ends (atexit)",
    "signals": lambda *_: "changes a signal handler",
    "hooks": lambda *_: "replaces sys.excepthook or the trace function",
}


def _patched(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Name attributes of others that were there before and are something else now."""
    return [
        f"{owner}.{name}"
        for owner, members in before.items()
        for name, member in members.items()
        if not name.startswith("__") and name not in _LENT and after[owner].get(name) is not member
    ]
