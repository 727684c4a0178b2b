"""Inserts that wait at the same time become one, and each hears what became of its own rows."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa
import pytest

from trimtab.base.errors import InvalidInput, Unavailable
from trimtab.storage.warehouse.grouped import GroupedInserts


class _Engine:
    """Takes rows, one insert at a time when told to; refuses a batch with a negative number in it."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go = threading.Event()
        self.has_come = threading.Event()
        self.is_gone = False

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        assert table
        assert token
        self.has_come.set()
        assert self.may_go.wait(10)
        if self.is_gone:
            raise Unavailable("gone")
        numbers = rows.column("n").to_pylist()
        if min(numbers) < 0:
            raise InvalidInput("negative")
        self.batches.append(numbers)


@pytest.fixture
def engine() -> _Engine:
    return _Engine()


def _send(pool: ThreadPoolExecutor, grouped: GroupedInserts, numbers: list[int]) -> "Future[None]":
    return pool.submit(grouped.insert, "t", pa.table({"n": numbers}), token=str(numbers))


def _wait_for_company(grouped: GroupedInserts, count: int) -> None:
    line = grouped._line("t")
    deadline = threading.Event()
    for _ in range(1000):
        with line.guard:
            if len(line.waiting) == count:
                return
        deadline.wait(0.01)
    pytest.fail("they did not come")


def _three_at_once(engine: _Engine, *batches: list[int]) -> list["Future[None]"]:
    """Send the first alone, and the others while it is under way."""
    grouped = GroupedInserts(engine)
    with ThreadPoolExecutor(8) as pool:
        sent = [_send(pool, grouped, batches[0])]
        assert engine.has_come.wait(10)
        for number, batch in enumerate(batches[1:], start=1):
            sent.append(_send(pool, grouped, batch))
            _wait_for_company(grouped, number)
        engine.may_go.set()
    return sent


def test_whoever_comes_while_an_insert_is_under_way_joins_the_next_one(engine: _Engine) -> None:
    sent = _three_at_once(engine, [1], [2, 3], [4])
    assert [each.exception() for each in sent] == [None, None, None]
    assert engine.batches == [[1], [2, 3, 4]]


def test_rows_that_do_not_fit_fail_for_their_sender_alone(engine: _Engine) -> None:
    first, bad, good = _three_at_once(engine, [1], [-2], [3])
    assert first.exception() is None
    assert isinstance(bad.exception(), InvalidInput)
    assert good.exception() is None
    assert engine.batches == [[1], [3]]


def test_an_engine_that_is_gone_is_told_to_all(engine: _Engine) -> None:
    engine.is_gone = True
    sent = _three_at_once(engine, [1], [2], [3])
    assert all(isinstance(each.exception(), Unavailable) for each in sent)


def test_many_at_once_lose_and_double_nothing(engine: _Engine) -> None:
    engine.may_go.set()
    grouped = GroupedInserts(engine)
    with ThreadPoolExecutor(8) as pool:
        sent = [_send(pool, grouped, [number]) for number in range(300)]
    assert all(each.exception() is None for each in sent)
    assert sorted(number for batch in engine.batches for number in batch) == list(range(300))
