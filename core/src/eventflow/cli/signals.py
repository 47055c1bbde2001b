"""Ending a run in good order when the system asks for it.

Polars answers Ctrl-C (SIGINT) in the middle of a query, but nothing else: Python itself runs
handlers only between two of its own instructions, and a query is one instruction. A thread that
Python's signal machinery wakes at once turns the other requests to end into SIGINT.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

_REQUESTS = ("SIGTERM", "SIGHUP", "SIGBREAK")


def interrupt_on_request() -> None:
    """Make every request to end raise KeyboardInterrupt, as Ctrl-C does.

    This is enough while Python code runs, so while a command is still being imported; it costs
    nothing. `end_in_good_order` takes over where queries run. Elsewhere than in the main thread,
    where Python takes no handlers, it does nothing.
    """
    if threading.current_thread() is threading.main_thread():
        for number in _answered():
            signal.signal(number, signal.default_int_handler)


def end_in_good_order() -> None:
    """Make every request to end raise KeyboardInterrupt in the main thread, within queries too.

    What the parent process told this one to ignore (``nohup``) stays ignored. Call it from the
    main thread of a process that is one's own: it changes the process's signal handlers.
    """
    import socket  # noqa: PLC0415 - delayed: every command imports this module

    answered = _answered()
    awake, wake = socket.socketpair()
    wake.setblocking(False)  # noqa: FBT003 - the signature of the standard library
    for number in answered:
        signal.signal(number, _noted)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_pass_on, args=(awake, wake, answered), daemon=True).start()


def _answered() -> set[int]:
    """Return the requests that the parent process did not tell this one to ignore."""
    wanted = {n for name in _REQUESTS if (n := getattr(signal, name, None)) is not None}
    return {n for n in wanted if signal.getsignal(n) is not signal.SIG_IGN}


def _noted(_number: int, _frame: object) -> None:
    """Do nothing: the thread has seen the signal already."""


def _pass_on(awake: socket.socket, _wake: socket.socket, answered: set[int]) -> None:
    """Wait for signals; `_wake` is kept so that it stays open as long as this thread runs."""
    while received := awake.recv(1):
        if received[0] in answered:
            signal.raise_signal(signal.SIGINT)
