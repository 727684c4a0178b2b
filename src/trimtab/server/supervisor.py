"""Several programs kept running as one: started together, restarted when they crash, stopped in order.

Light on purpose: standard library only, so that it costs little memory and starts at once. Each program is a child in
a process group of its own, so that Ctrl-C in a terminal reaches the supervisor alone, which then stops the programs in
the order in which they were given. All decisions are taken in one thread, woken by signals through a pipe; the threads
beside it only copy output and ask for health.
"""

import contextlib
import http.client
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import FrameType
from urllib.parse import urlsplit

from trimtab.server.process_log import ProcessLog

_Handler = Callable[[int, FrameType | None], object] | int | None

_FIRST_BACK_OFF_S = 0.2
_LONGEST_BACK_OFF_S = 10.0
_MOST_FAILED_STARTS = 3
_PROBE_INTERVAL_S = 0.03
_PROBE_TIMEOUT_S = 2.0
_LONGEST_SLEEP_S = 1.0
_REMIND_AFTER_S = 15.0
"""How long somebody who waits for the start is left without a word."""
_ONE_WISH_S = 0.3
"""Signals to stop this soon after the first are the same wish: a wrapper passes on what the terminal sent to all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and how to treat it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    health_url: str = ""
    """Answers 200 when the program is ready; empty for a program that is ready when it has ended well."""
    needs: frozenset[str] = frozenset()
    """Programs that must be ready before this one is started."""
    is_required: bool = True
    """Whether everything stops when this program cannot be started at all."""
    is_quiet: bool = False
    """Whether its output goes to its log file only."""
    gives_up_with: int | None = None
    """The exit status that says: starting me again would not help."""
    stop_within_s: float = 10.0
    niceness: int = 0
    """How far it stands back when programs compete for the processor; 0 as far as we do ourselves, 19 the most."""


class _State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"
    """It will not run again in this run of the supervisor."""


@dataclass(slots=True, kw_only=True)
class _Child:
    program: Program
    state: _State = _State.WAITING
    process: subprocess.Popen[bytes] | None = None
    start_after: float = 0.0
    crashes: int = 0
    was_ready: bool = False
    ready: threading.Event = field(default_factory=threading.Event)


class Failed(Exception):  # noqa: N818 - says what happened to a program
    """A required program does not start; everything else has been stopped."""


class Supervisor:
    """Runs programs until it is told to stop. Use it once, from the main thread."""

    def __init__(self, programs: Iterable[Program], log: ProcessLog, *, pass_fds: Sequence[int] = ()) -> None:
        """Take the programs in the order in which they are to be stopped; children inherit `pass_fds`."""
        self._children = {program.name: _Child(program=program) for program in programs}
        self._log = log
        self._pass_fds = tuple(pass_fds)
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._failure: str | None = None

    def run(self, *, when_ready: Callable[[], None] = lambda: None) -> None:
        """Start everything, keep it running, and return once it has been stopped by SIGINT, SIGTERM or SIGHUP.

        Args:
            when_ready: called once, when all required programs are ready.

        Raises:
            Failed: a required program ended several times before it was ready.
        """
        before = self._take_signals()
        try:
            self._keep_running(when_ready)
            self._stop_all()
        finally:
            for child in self._children.values():
                _kill_group(child)
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._failure is not None:
            raise Failed(self._failure)

    def _take_signals(self) -> dict[signal.Signals, _Handler]:
        taken = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
        # The handlers do nothing: what matters is the byte that Python writes into the pipe before it calls them.
        before = {number: signal.signal(number, lambda _number, _frame: None) for number in taken}
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        return before

    def _keep_running(self, when_ready: Callable[[], None]) -> None:
        announced = False
        remind_at = time.monotonic() + _REMIND_AFTER_S
        while self._failure is None:
            self._reap()
            self._start_what_can()
            if not announced and not (missing := self._missing()):
                announced = True
                when_ready()
            elif not announced and time.monotonic() > remind_at:
                remind_at += _REMIND_AFTER_S
                self._log.say(f"still waiting for {' and '.join(missing)}")
            if _is_stop(self._sleep(self._next_event_in())):
                return

    def _missing(self) -> list[str]:
        required = [child for child in self._children.values() if child.program.is_required]
        return [child.program.name for child in required if not child.ready.is_set()]

    def _start_what_can(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            has_all = all(self._children[name].ready.is_set() for name in child.program.needs)
            if child.state is _State.WAITING and now >= child.start_after and has_all:
                self._start(child)

    def _start(self, child: _Child) -> None:
        program = child.program
        child.ready = threading.Event()
        child.process = subprocess.Popen(  # noqa: S603 - our own programs
            list(program.command),
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            pass_fds=self._pass_fds,
        )
        if program.niceness:
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, child.process.pid, program.niceness)
        child.state = _State.RUNNING
        self._log.follow(program.name, child.process, is_quiet=program.is_quiet)
        if program.health_url:
            probe = threading.Thread(target=self._probe, args=(child, child.process, child.ready), daemon=True)
            probe.start()

    def _probe(self, child: _Child, process: subprocess.Popen[bytes], ready: threading.Event) -> None:
        while process.returncode is None:
            if _answers(child.program.health_url):
                ready.set()
                self._wake()
                return
            time.sleep(_PROBE_INTERVAL_S)

    def _reap(self) -> None:
        for child in self._children.values():
            if child.state is not _State.RUNNING or child.process is None:
                continue
            child.was_ready = child.was_ready or child.ready.is_set()
            if (status := child.process.poll()) is not None:
                self._ended(child, status)

    def _ended(self, child: _Child, status: int) -> None:
        """Decide what follows from the end of a program that was not asked to stop."""
        _kill_group(child)
        program = child.program
        was_ready_now = child.ready.is_set()
        child.process = None
        if not program.health_url:
            child.state = _State.ENDED
            if status == 0:
                child.ready.set()
            else:
                self._log.say(f"{program.name} ended with {_named(status)}; see {self._log.path(program.name)}")
            return
        child.ready.clear()
        if status == program.gives_up_with:
            self._give_up(child, f"{program.name} cannot run; see {self._log.path(program.name)}")
            return
        # One that was ready takes as long to start as it takes; only one that never gets there is slowed down.
        child.crashes = 1 if was_ready_now else child.crashes + 1
        if not child.was_ready and child.crashes >= _MOST_FAILED_STARTS:
            times = f"it ended with {_named(status)}, {child.crashes} times"
            self._give_up(child, f"{program.name} does not start: {times}; see {self._log.path(program.name)}")
            return
        back_off_s = _back_off_s(child.crashes)
        child.state = _State.WAITING
        child.start_after = time.monotonic() + back_off_s
        self._log.say(f"{program.name} ended with {_named(status)}; starting it again in {back_off_s:.1f} s")

    def _give_up(self, child: _Child, reason: str) -> None:
        child.state = _State.ENDED
        if child.program.is_required:
            self._failure = reason
        else:
            self._log.say(f"{reason}; going on without it")

    def _next_event_in(self) -> float:
        now = time.monotonic()
        waits = [c.start_after - now for c in self._children.values() if c.state is _State.WAITING]
        due = [wait for wait in waits if wait > 0]
        return min([*due, _LONGEST_SLEEP_S])

    def _stop_all(self) -> None:
        """End every program in order; a second signal ends what is left at once."""
        patient_until = time.monotonic() + _ONE_WISH_S
        for child in self._children.values():
            process = child.process
            if process is None:
                continue
            if process.poll() is None:
                self._log.say(f"stopping {child.program.name}")
                process.terminate()
            deadline = time.monotonic() + child.program.stop_within_s
            while process.poll() is None and time.monotonic() < deadline:
                signals = self._sleep(min(_LONGEST_SLEEP_S, max(0.0, deadline - time.monotonic())))
                if _is_stop(signals) and time.monotonic() > patient_until:
                    self._log.say("stopping at once")
                    return
            if process.poll() is None:
                self._log.say(f"{child.program.name} did not stop within {child.program.stop_within_s:.0f} s; killed")
            _kill_group(child)

    def _sleep(self, longest_s: float) -> bytes:
        """Sleep until something happens, and return the numbers of the signals that came (0 for a wake-up)."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ)
            if not selector.select(longest_s):
                return b""
        with contextlib.suppress(BlockingIOError):
            return os.read(self._wake_read, 4096)
        return b""

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"\0")


def _is_stop(signals: bytes) -> bool:
    return any(number in signals for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))


def _back_off_s(crashes: int) -> float:
    return min(_LONGEST_BACK_OFF_S, _FIRST_BACK_OFF_S * 2.0 ** (crashes - 1))


def _kill_group(child: _Child) -> None:
    """Kill what is left of a program's process group, and take note of its end."""
    if child.process is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


def _named(status: int) -> str:
    if status >= 0:
        return f"status {status}"
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-status).name}"
    return f"signal {-status}"


def _answers(url: str) -> bool:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=_PROBE_TIMEOUT_S)
    try:
        connection.request("GET", where.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
