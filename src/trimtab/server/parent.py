"""A child process that does not outlive its parent, even when the parent is killed without a chance to say goodbye.

On Linux the kernel sends the signal. Elsewhere a thread looks every half second whether the parent is still the same.
"""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_WATCH_INTERVAL_S = 0.5


def follow(*, with_signal: signal.Signals = signal.SIGTERM) -> None:
    """Have this process get `with_signal` as soon as its parent is gone. Call it first thing.

    Linux ties this to the thread of the parent that started the child: a parent starts children from a thread that
    lives as long as itself.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    else:
        watch = threading.Thread(target=_watch, args=(os.getppid(), with_signal), name="parent-watch", daemon=True)
        watch.start()


def _watch(parent_pid: int, with_signal: signal.Signals) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_WATCH_INTERVAL_S)
    os.kill(os.getpid(), with_signal)
