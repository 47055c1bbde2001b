"""Run a command and tell what it took, with all that it left running: as `launch.py` is called.

``seconds`` is the time until the command ended, ``cpu`` that of every process it started, those
included that outlived it, and ``settled`` the time until the last of them was done. Linux alone
hands orphans to the nearest ancestor that asks for them.
"""

import ctypes
import json
import os
import resource
import sys
from time import perf_counter

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)

if ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0):
    sys.exit("this needs Linux")
result, *command = sys.argv[1:]
began = perf_counter()
process = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(process, 0)
seconds = perf_counter() - began
try:
    while True:
        os.wait()
except ChildProcessError:
    settled = perf_counter() - began
tree = resource.getrusage(resource.RUSAGE_CHILDREN)
took = {
    "seconds": seconds,
    "settled": settled,
    "cpu": tree.ru_utime + tree.ru_stime,
    "own": usage.ru_utime + usage.ru_stime,
    "peak": usage.ru_maxrss * 1024,
}
with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib would take memory
    json.dump(took, file)
sys.exit(os.waitstatus_to_exitcode(status))
