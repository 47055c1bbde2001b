"""Run a command and tell what it took: ``python -S launch.py RESULT COMMAND [ARGUMENT ...]``.

The kernel counts the memory of the process that starts another towards the peak of the one that is
started. This one is small, so that the peak it tells is the command's own, down to some 10 MiB.
"""

import json
import os
import sys
from time import perf_counter

result, *command = sys.argv[1:]
began = perf_counter()
process = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(process, 0)
took = {
    "seconds": perf_counter() - began,
    "cpu": usage.ru_utime + usage.ru_stime,
    "peak": usage.ru_maxrss * 1024,
}
with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib would take memory
    json.dump(took, file)
sys.exit(os.waitstatus_to_exitcode(status))
