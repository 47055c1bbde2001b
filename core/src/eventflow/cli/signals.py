"""Ending a run in good order when the system asks for it.

Polars answers Ctrl-C (SIGINT) in the middle of a query, but nothing else: Python itself runs
handlers only between two of its own instructions, and a query is one instruction. A thread that
Python's signal machinery wakes at once turns the other requests to end into SIGINT.
"""

from __future__ import annotations

import signal
import socket
import threading

_REQUESTS = ("SIGTERM", "SIGHUP", "SIGBREAK")


def end_in_good_order() -> None:
    """Make every request to end raise KeyboardInterrupt in the main thread, within queries too.

    What the parent process told this one to ignore (``nohup``) stays ignored. Call it from the
    main thread of a process that is one's own: it changes the process's signal handlers.
    """
    wanted = {n for name in _REQUESTS if (n := getattr(signal, name, None)) is not None}
    answered = {n for n in wanted if signal.getsignal(n) is not signal.SIG_IGN}
    awake, wake = socket.socketpair()
    wake.setblocking(False)  # noqa: FBT003 - the signature of the standard library
    for number in answered:
        signal.signal(number, _noted)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_pass_on, args=(awake, wake, answered), daemon=True).start()


def _noted(_number: int, _frame: object) -> None:
    """Do nothing: the thread has seen the signal already."""


def _pass_on(awake: socket.socket, _wake: socket.socket, answered: set[int]) -> None:
    """Wait for signals; `_wake` is kept so that it stays open as long as this thread runs."""
    while received := awake.recv(1):
        if received[0] in answered:
            signal.raise_signal(signal.SIGINT)
