"""Killing real processes while calls flow: answered is recorded, recorded is recorded once."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import pytest
from tests.e2e import traffic
from tests.e2e.installation import Installation, answers, command_line, eventually, is_running

SERVER = "trimtab.server.main"
GATEWAY = "trimtab.server.gateway"
KILLS = 20


def test_calls_go_on_while_the_control_plane_is_away(with_fake: Installation) -> None:
    stay_without_server(with_fake, for_s=3.0)


@pytest.mark.chaos
def test_calls_go_on_while_the_control_plane_is_away_for_a_minute(with_fake: Installation) -> None:
    stay_without_server(with_fake, for_s=60.0)


def stay_without_server(installation: Installation, *, for_s: float) -> None:
    """Let calls flow while the server is killed whenever it shows itself; none may fail, all must be recorded."""
    with traffic.flowing(installation) as calls:
        calls.more(20)
        with kept_away(installation):
            until = time.monotonic() + for_s
            while time.monotonic() < until:
                calls.more(20)
        calls.more(20)
    assert calls.failures == []
    eventually(lambda: answers(f"{installation.handover.server_url}/health/ready"), "the server", within_s=40)
    traffic.check_books(installation, calls, within_s=40)


def test_a_gateway_that_restarts_while_the_control_plane_is_away_serves_on(with_fake: Installation) -> None:
    with traffic.flowing(with_fake) as calls:
        calls.more(20)
        with kept_away(with_fake):
            assert calls.failures == []
            kill(with_fake, "master")
            # The last good snapshot lies on disk, and so do the records that were not delivered yet.
            calls.more(100)
    wait_for_server(with_fake)
    traffic.check_books(with_fake, calls, within_s=40)


@contextmanager
def kept_away(installation: Installation) -> Iterator[None]:
    """Kill the server, and again each time the supervisor has brought it back, until the block ends."""
    over = Event()
    killed: list[int] = []

    def keep_away() -> None:
        while not over.is_set():
            for pid in installation.pids(SERVER):
                if is_running(pid):
                    killed.append(pid)
                    os.kill(pid, signal.SIGKILL)
            over.wait(0.02)

    killer = Thread(target=keep_away)
    killer.start()
    try:
        eventually(lambda: killed or None, "the server to be killed")
        eventually(lambda: not answers(f"{installation.handover.server_url}/health/live"), "the server to be gone")
        yield
        assert not answers(f"{installation.handover.server_url}/health/live")
    finally:
        over.set()
        killer.join()


@pytest.mark.chaos
def test_twenty_kills_lose_no_answered_call_and_double_none(with_fake: Installation) -> None:
    outages: list[tuple[float, float]] = []
    with traffic.flowing(with_fake) as calls:
        calls.more(20)
        for number in range(KILLS):
            victim = ("server", "worker", "master")[number % 3]
            began = time.monotonic()
            kill(with_fake, victim)
            calls.more(20)
            if victim == "server":
                wait_for_server(with_fake)
            else:
                outages.append((began, time.monotonic()))
            calls.more(20)
    unexpected = [fail for fail in calls.failures if not any(start <= fail.at <= end for start, end in outages)]
    assert unexpected == [], "a call failed although only the server was killed"
    wait_for_server(with_fake)
    traffic.check_books(with_fake, calls)


def kill(installation: Installation, victim: str) -> None:
    """Kill the server, the gateway's master or one of its workers, which gets no chance to say goodbye."""
    if victim == "server":
        (pid,) = installation.pids(SERVER)
    else:
        masters = installation.pids(GATEWAY)
        pid = masters[0] if victim == "master" else worker_of(installation, masters[0])
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_running(pid), "the victim to end")


def worker_of(installation: Installation, master: int) -> int:
    """Return a worker of the gateway's master, which has a helper of Python's own beside it."""
    (worker,) = [
        pid
        for pid in installation.children()
        if parent(pid) == master and is_running(pid) and "resource_tracker" not in command_line(pid)
    ]
    return worker


def parent(pid: int) -> int:
    """Return the parent of a process."""
    with suppress(OSError), open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - one line of procfs
        return int(stat.read().rpartition(")")[2].split()[1])
    return 0


def wait_for_server(installation: Installation) -> None:
    """Wait until the server is back."""
    eventually(lambda: answers(f"{installation.handover.server_url}/health/ready"), "the server", within_s=30)
