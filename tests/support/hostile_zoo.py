"""Plugins of every bad kind, as real distributions: a module and its metadata in one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from pathlib import Path

NEEDS = "eventflow-core>=0.1,<0.2"
STEP = '''from eventflow.base import BaseStep, ComponentConfig


class Thing(BaseStep):
    """Changes nothing."""

    def apply(self, frame, state):
        return frame
'''
LISTENER = """from eventflow.hookspecs import Hooks, impl


class Thing(Hooks):
    @impl
    def run_finished(self, event):
        pass
"""
HOOK = "eventflow.hooks"


def _hook(body: str) -> str:
    lines = "\n    ".join(body.splitlines())
    return f"from eventflow.hookspecs import Hooks, impl\n\n\nclass Thing(Hooks):\n    {lines}\n"


@frozen
class Offender:
    """A plugin that does something it must not.

    Attributes:
        told: Code under which the doctor tells it; None where only a run can find it.
        says: Words of what the doctor says.
        code: Source of its module; the class of its component is ``Thing``.
        line: Line of the module that is to be shown; 0 if there is none.
        group: Entry-point group.
        entry: Name of its entry point; the offender's own by default.
        target: Target of its entry point; ``acme_NAME:Thing`` by default.
        needs: Its demand on core.
        version: Its version.
        metadata: Its METADATA as bytes, where they are not what they should be.
        points: Its entry_points.txt as bytes, where they are not what they should be.
    """

    told: str | None
    says: str
    code: str
    line: int = 0
    group: str = "eventflow.steps"
    entry: str = ""
    target: str = ""
    needs: str = NEEDS
    version: str = "1.0"
    metadata: bytes | None = None
    points: bytes | None = None


SLEEP = "import time\ntime.sleep({seconds})\n"

ZOO: dict[str, Offender] = {
    # it cannot be imported, or takes everything with it
    "raises": Offender("EF120", "RuntimeError: no luck", "x = 1\nraise RuntimeError('no luck')", 2),
    "syntax": Offender("EF120", "SyntaxError", "x = 1\ndef (", 2),
    "exits": Offender("EF120", "tried to end the program", "import sys\nsys.exit(3)", 2),
    "dies": Offender("EF123", "os._exit(7)", "import os\nos._exit(7)", 2),
    "segfaults": Offender("EF123", "SIGSEGV", "import ctypes\nctypes.string_at(0)", 2),
    "unusual": Offender(
        "EF120", "Rude: away", "class Rude(BaseException):\n    pass\n\nraise Rude('away')", 4,
        HOOK,
    ),
    "interrupts": Offender("EF120", "KeyboardInterrupt", "raise KeyboardInterrupt", 1),
    "hangs": Offender("EF123", "did not end within", SLEEP.format(seconds=600), 2),
    "lacks": Offender("EF120", "No module named", "import no_such_module_anywhere", 1),
    "nowhere": Offender("EF120", "No module named", "", target="acme_is_not_there:Thing"),
    "attribute": Offender("EF120", 'did you mean "Thing"', STEP, target="acme_attribute:Thign"),
    # it is not what it says
    "number": Offender("EF121", "it is a int, not a class", "Thing = 3"),
    "shapeless": Offender("EF121", "apply is missing", "class Thing:\n    pass", 1),
    "meta": Offender(
        "EF121", "looking at it raised RuntimeError: meta",
        "class Meta(type):\n    def __getattribute__(cls, name):\n"
        "        raise RuntimeError('meta')\n\n\nclass Thing(metaclass=Meta):\n    pass\n", 3,
    ),
    "trap": Offender(
        "EF121", "it tried to end the program with x",
        "class Trap:\n    def __get__(self, instance, owner):\n        raise SystemExit('x')\n\n\n"
        + STEP + "\n    Config = Trap()\n", 3,
    ),
    "outdated": Offender("EF110", "needs eventflow-core >=9", STEP, needs="eventflow-core>=9"),
    "garbled": Offender("EF111", "cannot be read", STEP, metadata=b"\xff\xfe\x00\x9d garbage"),
    "nameless": Offender("EF111", "no name", STEP, metadata=b"Summary: of nobody\n"),
    "mojibake": Offender(
        "EF111", "cannot be read", STEP, points=b"[eventflow.steps]\nmojibake\xff = acme:Thing\n"
    ),
    "unversioned": Offender("EF118", "no valid version", STEP, version="first.try"),
    "stray": Offender("EF117", 'rename it to "eventflow.steps"', STEP, group="eventflow.step"),
    "thief": Offender(
        "EF116", "also provided by eventflow-files", STEP, group="eventflow.sources", entry="csv"
    ),
    "impostor": Offender("EF116", "in eventflow-privacy", STEP, entry="privacy.hash"),
    "first": Offender("EF116", "also provided by acme-second", STEP, entry="twin"),
    "second": Offender("EF116", "also provided by acme-first", STEP, entry="twin"),
    # its hooks
    "misspelt": Offender(
        "EF131", 'did you mean "run_finished"', _hook("@impl\ndef run_finishd(self, event): ..."),
        6, HOOK,
    ),
    "keyword": Offender(
        "EF130", "keyword-only", _hook("@impl\ndef run_started(self, *, event): ..."), 6, HOOK
    ),
    "awaited": Offender(
        "EF130", "never be awaited", _hook("@impl\nasync def run_started(self, event): ..."), 6,
        HOOK,
    ),
    "answers": Offender(
        "EF132", "expected a mapping", _hook("@impl\ndef eventflow_steps(self): return ['x']"), 6,
        HOOK,
    ),
    "stalls": Offender(
        "EF123", "did not end within",
        _hook("@impl\ndef eventflow_trackers(self):\n    import time\n    time.sleep(600)"), 8,
        HOOK,
    ),
    "complains": Offender(
        None, "ValueError: enough",
        _hook("@impl\ndef run_started(self, event):\n    raise ValueError('enough')"), 0, HOOK,
    ),
    # it is asked to work
    "leaves": Offender(
        None, "it tried to end the program with 0",
        STEP.replace("return frame", "raise SystemExit(0)"), 8,
    ),
    "quits": Offender(
        None, "it tried to end the program with 0",
        STEP + "\n    def __init__(self, **options):\n        raise SystemExit(0)\n", 11,
    ),
    # its manners
    "slow": Offender("EF127", "takes", SLEEP.format(seconds=2) + STEP, 1),
    "heavy": Offender("EF127", "imports acme_sdk", "import acme_sdk\n" + STEP, 1),
    "loud": Offender("EF128", "prints 'noise'", "print('noise')\n" + LISTENER, 1, HOOK),
    "louder": Offender("EF128", "prints 'noise'", "import os\nos.write(1, b'noise')\n" + STEP, 2),
    "path": Offender(
        "EF129", "sys.path", "import sys\nsys.path.insert(0, '/nowhere')\n" + LISTENER, 2, HOOK
    ),
    "wanders": Offender(
        "EF129", "working directory", "import os\nos.chdir('/')\n" + LISTENER, 2, HOOK
    ),
    "patches": Offender(
        "EF129", "replaces json.dumps",
        "import json\nimport polars as pl\njson.dumps = str\npl.DataFrame.height = 3\n" + STEP, 3,
    ),
    "closes": Offender("EF129", "sys.stdout", "import sys\nsys.__stdout__.close()\n" + STEP, 2),
    "lingers": Offender(
        "EF129", "when the program ends", "import atexit\natexit.register(print, 'bye')\n" + STEP, 2
    ),
    "hushes": Offender(
        "EF129", "filters of warnings", "import warnings\nwarnings.simplefilter('ignore')\n" + STEP,
        2,
    ),
    "speaks": Offender(
        "EF129", "locale", "import locale\nlocale.setlocale(locale.LC_ALL, 'C')\n" + STEP, 2
    ),
    "sets": Offender(
        "EF129", "ACME_SET", "import os\nos.environ['ACME_SET'] = '1'\n" + STEP, 2
    ),
    "clears": Offender(
        "EF129", "changes the environment", "import os\nos.environ.clear()\n" + STEP, 2
    ),
    "logs": Offender(
        "EF129", "root logger", "import logging\nlogging.basicConfig(level=10)\n" + STEP, 2
    ),
    "threads": Offender(
        "EF129", "keeps the program from ending",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n" + STEP,
        2,
    ),
    # its class
    "configless": Offender(
        "EF121", "no pydantic model", STEP + "\n    class Config:\n        above = 3\n", 10
    ),
    "loose": Offender(
        "EF125", "extra", STEP.replace("    def", "    class Config(BaseModel):\n        a: int = 1"
        "\n\n    def").replace("\n\n\nclass", "\nfrom pydantic import BaseModel\n\n\nclass"), 8,
    ),
    "shared": Offender("EF126", "Thing.seen is a list", STEP + "\n    seen = []\n", 10),
    "mute": Offender("EF124", "no docstring", STEP.replace('    """Changes nothing."""\n', ""), 4),
    "collects": Offender(
        "EF133", "calls frame.lazy.collect()", STEP.replace("return frame", "frame.lazy.collect()"),
        8,
    ),
    "reads": Offender(
        "EF133", "calls pl.read_csv()",
        'import polars as pl\nfrom eventflow.base import BaseSource\n\n\nclass Thing(BaseSource):\n'
        '    """Rows."""\n\n    def __init__(self, **options):\n'
        "        super().__init__(**options)\n"
        "        self.rows = pl.read_csv('rows.csv')\n\n    def scan(self):\n        return None\n",
        10, "eventflow.sources",
    ),
}  # fmt: skip
"""Name → offender. Its distribution is ``acme-NAME``, its module ``acme_NAME``."""


def install_zoo(site: Path) -> None:
    """Install every offender in a folder, for ``PYTHONPATH``."""
    site.mkdir(exist_ok=True)
    (site / "acme_sdk.py").write_text(SLEEP.format(seconds=0.6), encoding="utf-8")
    for name, offender in ZOO.items():
        install(site, name, offender)


def install(site: Path, name: str, offender: Offender) -> None:
    """Install one offender."""
    if not offender.target or offender.told != "EF120" or offender.code:
        (site / f"acme_{name}.py").write_text(offender.code, encoding="utf-8")
    info = site / f"acme_{name}-{offender.version}.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.4\nName: acme-{name}\nVersion: {offender.version}\n"
    metadata = f"{head}Requires-Dist: {offender.needs}\n".encode()
    (info / "METADATA").write_bytes(offender.metadata or metadata)
    target = offender.target or f"acme_{name}:Thing"
    points = f"[{offender.group}]\n{offender.entry or name} = {target}\n".encode()
    (info / "entry_points.txt").write_bytes(offender.points or points)
