"""What importing a module does to a fresh process; run as a program, it writes one JSON object.

Core, Polars and pydantic are imported before anything is measured: every plugin may use them.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
import warnings
from functools import lru_cache
from importlib import import_module, util
from pathlib import Path
from typing import Any

HEAVY = frozenset({
    "IPython", "aiohttp", "bokeh", "boto3", "botocore", "cv2", "dask", "datasets", "duckdb",
    "geopandas", "google.cloud", "h3", "jax", "keras", "kafka", "lightgbm", "matplotlib", "mlflow",
    "networkx", "nltk", "numba", "numpy", "pandas", "plotly", "psycopg", "pyarrow", "pyspark",
    "ray", "requests", "scipy", "seaborn", "shapely", "sklearn", "spacy", "sqlalchemy",
    "statsmodels", "sympy", "tensorflow", "torch", "transformers", "wandb", "xgboost",
})  # fmt: skip
"""Modules that take long to import; a component imports them when it is first used."""

_OUTSIDE = {"socket.connect", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"}


@lru_cache(maxsize=256)
def imported(module: str, file: str | None) -> dict[str, Any]:
    """Import a module in a child process and return what that did.

    Args:
        module: Its name.
        file: Its file, for a module that this process did not find on `sys.path`.

    Returns:
        ``error``, ``seconds`` (CPU), ``heavy``, ``printed``, ``changed`` and ``started``.
    """
    import subprocess  # noqa: PLC0415 - delayed: the child itself must not import it
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - delayed: likewise

    with TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        environment.pop("PYTHONWARNINGS", None)
        done = subprocess.run(  # noqa: S603 - this interpreter, this module
            [sys.executable, "-m", __name__, str(answer), module, file or ""],
            capture_output=True, env=environment, check=False,
        )  # fmt: skip
        printed = (done.stdout + done.stderr).decode(errors="replace").strip()
        if not answer.exists():
            return {"error": f"the process ended with {done.returncode}: {printed[-300:]}"}
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return {**found, "printed": printed}


def _probe(module: str, file: str) -> dict[str, Any]:
    for name in (
        "eventflow.base",
        "eventflow.frame",
        "eventflow.events.base",
        "polars",
        "pydantic",
    ):
        import_module(name)
    started: list[str] = []
    sys.addaudithook(lambda event, _: started.append(event) if event in _OUTSIDE else None)
    before, modules, threads = _state(), set(sys.modules), threading.active_count()
    clock = time.process_time()
    try:
        _import(module, file)
    except BaseException as error:  # noqa: BLE001 - SystemExit at import is as bad as any other
        return {"error": f"{type(error).__name__}: {error}"}
    seconds, after = time.process_time() - clock, _state()
    if threading.active_count() > threads:
        started.append("a thread")
    return {
        "error": None,
        "seconds": seconds,
        "heavy": sorted(HEAVY & (set(sys.modules) - modules)),
        "changed": [name for name in before if before[name] != after[name]],
        "started": started,
    }


def _import(module: str, file: str) -> None:
    """Import by name; a file that no name leads to (a test's, with importlib mode) by its path."""
    try:
        spec = util.find_spec(module)
    except (ImportError, ValueError):
        spec = None
    if spec is not None and (not file or spec.origin == file):
        import_module(module)
        return
    by_file = util.spec_from_file_location(module, file)
    if by_file is None or by_file.loader is None:
        import_module(module)
        return
    made = util.module_from_spec(by_file)
    sys.modules[module] = made
    by_file.loader.exec_module(made)


def _state() -> dict[str, object]:
    """Return what a module must leave as it is, each as something that compares."""
    root = logging.getLogger()
    polars = sys.modules["polars"]
    return {
        "sys.path": list(sys.path),
        "the working directory": str(Path.cwd()),
        "the warnings filters": list(warnings.filters),
        "the root logger": (root.level, list(root.handlers), root.disabled),
        "os.environ": dict(os.environ),
        "sys.excepthook": sys.excepthook,
        "sys.stdout": (sys.stdout, sys.stderr),
        "the settings of Polars": polars.Config.state(),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(_probe(*sys.argv[2:4])), encoding="utf-8")
