"""Records reach the control plane once, whatever it, the disk or the gateway does meanwhile."""

import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import msgspec
import pytest
from tests.gateway.stage import Gateway, chat, eventually, is_alive, stage

from trimtab.llm import frames
from trimtab.llm.call import Call, Outcome


class Traffic:
    """Calls that go on until they are stopped, in several threads; knows which were answered to their end."""

    def __init__(self, gateway: Gateway, threads: int = 4) -> None:
        self._gateway = gateway
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.acknowledged: list[str] = []
        self.failed: list[str] = []
        self._threads = [threading.Thread(target=self._call, args=(number,)) for number in range(threads)]

    @property
    def count(self) -> int:
        return len(self.acknowledged)

    def _call(self, number: int) -> None:
        stream = bool(number % 2)
        while not self._stopping.is_set():
            try:
                answer = self._gateway.call(chat("fake/fake?chunks=3", stream=stream))
            except (OSError, HTTPException) as error:
                with self._lock:
                    self.failed.append(repr(error))
                self._stopping.wait(0.02)
                continue
            complete = answer.body.endswith(b"[DONE]\n\n") if stream else answer.body.endswith(b"}")
            with self._lock:
                if answer.status == 200 and complete:
                    self.acknowledged.append(answer.headers["x-request-id"])
                else:
                    self.failed.append(f"{answer.status} {answer.body[:200]!r}")

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def traffic(gateway: Gateway) -> Iterator[Traffic]:
    """Make calls until the block ends."""
    running = Traffic(gateway)
    for thread in running._threads:
        thread.start()
    try:
        yield running
    finally:
        running.stop()


def spooled(gateway: Gateway) -> list[Path]:
    return sorted((gateway.data_dir / "spool").glob("*/*.seg"))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Gateway]:
    with stage(tmp_path, shutdown_timeout_s=6) as gateway:
        yield gateway


def test_a_record_is_delivered_within_half_a_second(own: Gateway) -> None:
    own.call(chat())
    answer = own.call(chat())
    began = time.monotonic()
    own.record_of(answer)
    assert time.monotonic() - began < 0.5


def test_a_record_leaves_the_disk_soon_after_it_was_delivered(own: Gateway) -> None:
    own.record_of(own.call(chat()))
    eventually(lambda: [path.stat().st_size for path in spooled(own)] == [0], "an empty spool")


def test_no_call_fails_and_no_record_is_lost_while_the_control_plane_is_away(own: Gateway) -> None:
    with traffic(own) as calls:
        eventually(lambda: calls.count > 20, "calls before")
        own.plane.go_away()
        away = calls.count
        eventually(lambda: calls.count > away + 200, "calls while it is away")
        own.plane.come_back()
        back = calls.count
        eventually(lambda: calls.count > back + 50, "calls after")
    assert calls.failed == []
    eventually(lambda: set(calls.acknowledged) <= own.plane.kept().keys(), "every record")
    assert own.plane.doubled() == []
    assert len(own.plane.kept()) == calls.count


def test_a_control_plane_that_is_slow_or_failing_is_asked_again(own: Gateway) -> None:
    own.plane.status = 503
    answer = own.call(chat())
    eventually(lambda: own.metric("delivery_failures_total") >= 2, "it was tried more than once")
    own.plane.status = 200
    assert own.record_of(answer).outcome is Outcome.OK


def test_a_batch_whose_receipt_was_lost_is_sent_again_and_marked(own: Gateway) -> None:
    own.plane.lose_answers = 2
    answer = own.call(chat())
    eventually(lambda: len(own.plane.deliveries) >= 3, "it was sent three times")
    assert [delivery.is_replay for delivery in own.plane.deliveries[:3]] == [False, True, True]
    assert own.plane.doubled() == []
    assert list(own.plane.kept()) == [answer.headers["x-request-id"]]


def test_a_record_that_is_refused_for_good_is_counted_and_kept_aside(own: Gateway) -> None:
    own.plane.go_away()
    answers = [own.call(chat()) for _ in range(5)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    own.plane.reject, own.plane.spoils = {ids[1]}, {ids[3]}
    own.plane.come_back()
    eventually(lambda: own.metric("records_rejected_total") == 2, "two are refused")
    eventually(lambda: set(own.plane.kept()) == {ids[0], ids[2], ids[4]}, "the others arrive")
    aside = frames.split((own.data_dir / "spool" / "rejected.frames").read_bytes())
    kept = [msgspec.msgpack.decode(each, type=Call) for each in aside]
    assert [call.request_id for call in kept] == [ids[1], ids[3]]
    assert {(call.input_messages, call.output_messages) for call in kept} == {(b"", b"")}
    assert all(attempt.usage for call in kept for attempt in call.attempts)
    assert own.record_of(own.call(chat())).outcome is Outcome.OK


def test_a_stop_delivers_what_is_there_and_leaves_nothing_behind(own: Gateway) -> None:
    ids = [own.call(chat()).headers["x-request-id"] for _ in range(10)]
    assert own.stop() == 0
    assert set(ids) == own.plane.kept().keys()
    assert spooled(own) == []


def test_a_stop_without_a_control_plane_keeps_the_records_for_the_next_start(own: Gateway) -> None:
    own.plane.go_away()
    ids = [own.call(chat()).headers["x-request-id"] for _ in range(10)]
    assert own.stop() == 0
    assert spooled(own) != []
    own.plane.come_back()
    own.start()
    eventually(lambda: set(ids) == own.plane.kept().keys(), "every record")
    eventually(lambda: own.metric("adopted_spools") == 0, "the old spool is done with")
    assert len(spooled(own)) == 1


def test_a_stop_lets_running_calls_finish(own: Gateway) -> None:
    finished: list[bytes] = []
    call = chat("fake/fake?chunks=10&gap_ms=100", stream=True)
    thread = threading.Thread(target=lambda: finished.append(own.call(call).body))
    thread.start()
    eventually(lambda: own.metric("calls_in_flight") == 1, "the call is in the air")
    assert own.stop() == 0
    thread.join()
    assert finished[0].endswith(b"data: [DONE]\n\n")
    assert [each.outcome for each in own.plane.kept().values()] == [Outcome.OK]


def test_a_stop_does_not_wait_for_ever_and_what_it_cuts_has_a_record(own: Gateway) -> None:
    finished: list[bytes] = []
    call = chat("fake/fake?chunks=1000&gap_ms=100", stream=True)
    thread = threading.Thread(target=lambda: finished.append(own.call(call).body))
    thread.start()
    eventually(lambda: own.metric("calls_in_flight") == 1, "the call is in the air")
    began = time.monotonic()
    own.stop()
    assert time.monotonic() - began < 8
    thread.join()
    assert b"gateway_stopping" in finished[0]
    (call_record,) = own.plane.kept().values()
    assert call_record.error_code == "gateway_stopping"
    assert b"This is a fake answer" in call_record.output_messages


def test_a_full_disk_stops_no_call_and_loses_no_record(own: Gateway) -> None:
    (worker,) = own.workers()
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, before[1]))
    own.plane.go_away()
    with traffic(own) as calls:
        eventually(lambda: calls.count > 100, "calls with a full disk")
        ready = own.get("/health/ready")
        assert (ready.status, ready.json()["status"]) == (200, "degraded")
        assert "spool" in ready.json()["reasons"][0]
        own.plane.come_back()
        eventually(lambda: own.metric("backlog_records") < 50 and len(own.plane.kept()) > 100, "memory is delivered")
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
        eventually(lambda: own.get("/health/ready").json()["status"] == "ready", "it is ready again")
    assert calls.failed == []
    eventually(lambda: set(calls.acknowledged) <= own.plane.kept().keys(), "every record")
    assert own.metric("records_dropped_total") == 0
    assert own.plane.doubled() == []


def test_a_worker_that_dies_is_replaced_and_its_records_are_delivered(tmp_path: Path) -> None:
    with stage(tmp_path, gateway_workers=2) as gateway:
        eventually(lambda: len(gateway.workers()) == 2, "both workers run")
        gateway.plane.go_away()
        ids = [gateway.call(chat()).headers["x-request-id"] for _ in range(20)]
        victim = gateway.workers()[0]
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(gateway.workers()) == 2 and victim not in gateway.workers(), "it is replaced")
        gateway.plane.come_back()
        eventually(lambda: set(ids) <= gateway.plane.kept().keys(), "every record")
        assert gateway.plane.doubled() == []


def test_workers_do_not_outlive_a_master_that_was_killed(own: Gateway) -> None:
    assert own.process is not None
    answer = own.call(chat())
    workers = own.workers()
    own.process.kill()
    own.process.wait()
    eventually(lambda: not any(is_alive(worker) for worker in workers), "the workers are gone")
    assert answer.headers["x-request-id"] in own.plane.kept()


@pytest.mark.chaos
def test_twenty_kills_in_mid_traffic_lose_no_acknowledged_record_and_double_none(tmp_path: Path) -> None:
    with stage(tmp_path, spool_segment_bytes=65536) as gateway:
        with traffic(gateway) as calls:
            for round_ in range(20):
                reached = calls.count
                eventually(lambda reached=reached: calls.count > reached + 15, f"calls in round {round_}")
                gateway.kill()
                gateway.start()
            reached = calls.count
            eventually(lambda: calls.count > reached + 15, "calls after the last kill")
        eventually(lambda: set(calls.acknowledged) <= gateway.plane.kept().keys(), "every record", within_s=20)
        eventually(lambda: gateway.metric("adopted_spools") == 0, "all spools are done with")
    assert gateway.plane.doubled() == []
    assert len(calls.acknowledged) == len(set(calls.acknowledged)) > 300
