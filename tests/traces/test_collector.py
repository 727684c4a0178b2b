import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from trimtab.base.clock import FixedClock
from trimtab.base.errors import Unavailable
from trimtab.costs.service import PriceBook
from trimtab.identity.access import Project
from trimtab.llm import frames
from trimtab.llm.call import Attempt, Call
from trimtab.llm.usage import Usage
from trimtab.storage.warehouse.port import Parameter, Row, Warehouse
from trimtab.traces.collector import CollectorService

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]

_MIDNIGHT_NS = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * 10**9


class Stored:
    """Counts what is there, without merging what is there twice."""

    def __init__(self, warehouse: Warehouse, project: Project) -> None:
        self._warehouse = warehouse
        self._project = project.id

    def one(self, columns: str, table: str) -> Row:
        sql = f"SELECT {columns} FROM {table} WHERE project_id = {{p:String}}"  # noqa: S608 - the test's own
        return self._warehouse.query(sql, {"p": self._project})[0]

    @property
    def rows(self) -> tuple[int, int]:
        """How many spans and ledger rows lie there, doubles counted."""
        return (
            self.one("count() AS rows", "spans")["rows"],
            self.one("count() AS rows", "ledger")["rows"],
        )

    @property
    def cost(self) -> Decimal | None:
        """The money in the ledger."""
        found: Decimal | None = self.one("sum(cost_usd) AS cost", "ledger")["cost"]
        return found


class Failing:
    """A warehouse whose next insert into one table fails, before or after it is done."""

    def __init__(self, inner: Warehouse, table: str, *, after: bool) -> None:
        self._inner = inner
        self._table: str | None = table
        self._after = after

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        if table != self._table:
            self._inner.insert(table, rows, token=token)
            return
        self._table = None
        if self._after:
            self._inner.insert(table, rows, token=token)
        raise Unavailable("the answer was lost")

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        return self._inner.query(sql, parameters)

    def command(self, sql: str) -> None:
        self._inner.command(sql)

    def migrate(self, to: int | None = None) -> list[int]:
        return self._inner.migrate(to)

    def close(self) -> None:
        """The run's one warehouse stays open."""


@pytest.fixture
def stored(warehouse: Warehouse, project: Project) -> Stored:
    return Stored(warehouse, project)


def test_accepted_calls_are_stored_when_the_answer_comes(
    collector: CollectorService, make_call: MakeCall, frame: Frame, stored: Stored
) -> None:
    receipt = collector.accept(frame(make_call() for _ in range(3)), replay=False)
    assert (receipt.accepted, receipt.rejected) == (3, [])
    assert stored.rows == (6, 3)
    assert stored.cost == 3 * Decimal("0.0005125")


def test_empty_batch_is_fine(collector: CollectorService, stored: Stored) -> None:
    assert collector.accept(b"", replay=False).accepted == 0
    assert stored.rows == (0, 0)


@pytest.mark.parametrize("replay", [True, False])
def test_batch_sent_again_is_not_doubled(
    collector: CollectorService,
    make_call: MakeCall,
    frame: Frame,
    stored: Stored,
    replay: bool,  # noqa: FBT001
) -> None:
    body = frame([make_call(), make_call()])
    collector.accept(body, replay=False)
    assert collector.accept(body, replay=replay).accepted == 2
    assert stored.rows == (4, 2)


def test_replay_that_is_cut_into_other_batches_is_not_doubled(
    collector: CollectorService, make_call: MakeCall, frame: Frame, stored: Stored
) -> None:
    first, second, third = (make_call() for _ in range(3))
    collector.accept(frame([first, second]), replay=False)
    collector.accept(frame([second, third]), replay=True)
    collector.accept(frame([first, third]), replay=True)
    assert stored.rows == (6, 3)
    assert collector.counts.already_known == 2 + 4


@pytest.mark.parametrize(("table", "after"), [("spans", False), ("spans", True), ("ledger", False), ("ledger", True)])
def test_batch_whose_answer_was_lost_is_stored_once_when_it_comes_again(  # noqa: PLR0917 - fixtures
    warehouse: Warehouse,
    prices: PriceBook,
    clock: FixedClock,
    tmp_path: Path,
    make_call: MakeCall,
    frame: Frame,
    stored: Stored,
    table: str,
    after: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    collector = CollectorService(Failing(warehouse, table, after=after), prices, clock, tmp_path)
    body = frame([make_call(), make_call()])
    with pytest.raises(Unavailable):
        collector.accept(body, replay=False)
    assert collector.accept(body, replay=True).accepted == 2
    assert stored.rows == (4, 2)


def test_same_call_twice_in_one_batch_is_stored_once(
    collector: CollectorService, make_call: MakeCall, frame: Frame, stored: Stored
) -> None:
    call = make_call()
    assert collector.accept(frame([call, call]), replay=False).accepted == 1
    assert stored.rows == (2, 1)


def test_same_batch_from_many_threads_at_once_is_stored_once(
    collector: CollectorService, make_call: MakeCall, frame: Frame, stored: Stored
) -> None:
    body = frame(make_call() for _ in range(5))
    threads = [threading.Thread(target=collector.accept, args=(body,), kwargs={"replay": True}) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored.rows == (10, 5)


def test_batch_over_midnight_keeps_every_call(
    collector: CollectorService, make_call: MakeCall, frame: Frame, stored: Stored
) -> None:
    # The second call starts before midnight and its attempt after it.
    calls = [make_call(_MIDNIGHT_NS + offset) for offset in (-5_000_000_000, -500_000, 0, 5_000_000_000)]
    body = frame(calls)
    collector.accept(body, replay=False)
    collector.accept(body, replay=True)
    assert stored.rows == (8, 4)


def _spoilt(kind: str, whole: bytes) -> bytes:
    flipped = bytearray(whole)
    flipped[frames.HEAD_BYTES + 5] ^= 0xFF
    return {
        "damaged": bytes(flipped),
        "not msgpack": frames.encode(b"\xc1 nonsense"),
        "another type": frames.encode(msgspec.msgpack.encode({"request_id": 1})),
        "empty": frames.encode(b""),
        "a length that lies": b"\xff\xff\xff\x7f" + whole[4:],
    }[kind]


@pytest.mark.parametrize("kind", ["damaged", "not msgpack", "another type", "empty", "a length that lies"])
def test_record_that_cannot_be_read_is_put_aside_alone_with_its_reason(
    collector: CollectorService, make_call: MakeCall, frame: Frame, stored: Stored, tmp_path: Path, kind: str
) -> None:
    body = frame([make_call()]) + _spoilt(kind, frame([make_call()])) + frame([make_call()])
    receipt = collector.accept(body, replay=False)
    assert receipt.accepted == 2
    (rejection,) = receipt.rejected
    assert rejection.index == 1
    assert rejection.reason
    assert stored.rows == (4, 2)
    assert collector.counts.rejected == 1
    (line,) = (tmp_path / "dead-letters" / "2026-11-20.jsonl").read_bytes().splitlines()
    assert msgspec.json.decode(line)["reason"] == rejection.reason


def test_batch_that_was_cut_off_keeps_its_whole_records(
    collector: CollectorService, make_call: MakeCall, frame: Frame, stored: Stored
) -> None:
    receipt = collector.accept(frame([make_call(), make_call()])[:-3], replay=False)
    assert receipt.accepted == 1
    assert "cut off" in receipt.rejected[0].reason
    assert stored.rows == (2, 1)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"project_id": ""}, "no project id"),
        ({"trace_id": "X" * 32}, "lower-case hex"),
        ({"trace_id": "ab"}, "lower-case hex"),
        ({"span_id": ""}, "lower-case hex"),
        ({"parent_span_id": "zz"}, "parent span id 'zz'"),
        ({"started_ns": 0}, "before 2020"),
        ({"started_ns": -1}, "before 2020"),
        ({"started_ns": 2**62}, "ahead of this server's clock"),
        ({"status_code": -1}, "status code -1"),
        ({"status_code": 70_000}, "status code 70000"),
    ],
)
def test_impossible_call_is_put_aside(
    collector: CollectorService,
    make_call: MakeCall,
    frame: Frame,
    facts: dict[str, Any],
    reason: str,
) -> None:
    receipt = collector.accept(frame([make_call(**facts), make_call()]), replay=False)
    assert receipt.accepted == 1
    assert reason in receipt.rejected[0].reason


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"usage": Usage(input_uncached=-1)}, "-1 tokens in input_uncached"),
        ({"usage": Usage(reasoning=10**9 + 1)}, "1000000001 tokens in reasoning"),
        ({"span_id": "no"}, "span id 'no'"),
        ({"started_ns": 1}, "before 2020"),
        ({"status_code": 99_999}, "status code 99999"),
    ],
)
def test_impossible_attempt_is_put_aside_with_its_call(
    collector: CollectorService,
    make_call: MakeCall,
    make_attempt: MakeAttempt,
    frame: Frame,
    stored: Stored,
    facts: dict[str, Any],
    reason: str,
) -> None:
    receipt = collector.accept(frame([make_call(attempts=[make_attempt(**facts)])]), replay=False)
    assert receipt.accepted == 0
    assert reason in receipt.rejected[0].reason
    assert stored.rows == (0, 0)


def test_number_that_is_not_a_number_is_put_aside(collector: CollectorService, make_call: MakeCall) -> None:
    fields = msgspec.to_builtins(make_call())
    fields[Call.__struct_fields__.index("started_ns")] = float("nan")
    receipt = collector.accept(frames.encode(msgspec.msgpack.encode(fields)), replay=False)
    assert receipt.accepted == 0
    assert "cannot be decoded" in receipt.rejected[0].reason


def test_call_of_a_newer_gateway_with_more_fields_is_read(
    collector: CollectorService, make_call: MakeCall, stored: Stored
) -> None:
    fields = [*msgspec.to_builtins(make_call()), "a field that this version does not know"]
    fields[Call.__struct_fields__.index("input_messages")] = b"[]"
    for name in ("parameters", "output_messages", "variables"):
        fields[Call.__struct_fields__.index(name)] = b""
    assert collector.accept(frames.encode(msgspec.msgpack.encode(fields)), replay=False).accepted == 1
    assert stored.rows == (2, 1)


def test_model_without_a_price_is_null_in_the_ledger_and_not_zero(
    collector: CollectorService, make_call: MakeCall, make_attempt: MakeAttempt, frame: Frame, stored: Stored
) -> None:
    collector.accept(frame([make_call(attempts=[make_attempt(model="gpt-99", response_model="")])]), replay=False)
    row = stored.one("cost_usd, price_source, formula", "ledger")
    assert (row["cost_usd"], row["price_source"]) == (None, "none")
    assert "'gpt-99'" in row["formula"]


def test_messages_that_are_not_text_are_kept_readable(
    collector: CollectorService, make_call: MakeCall, frame: Frame, stored: Stored
) -> None:
    collector.accept(frame([make_call(input_messages=b"\xff\xfe not json", parameters=b"{broken")]), replay=False)
    row = stored.one("input_messages, parameters, input_preview", "spans")
    assert "not json" in row["input_messages"]
    assert row["parameters"] == "{broken"


def test_dead_letters_stop_growing_at_their_bound(
    warehouse: Warehouse, prices: PriceBook, clock: FixedClock, tmp_path: Path
) -> None:
    file = tmp_path / "2026-11-20.jsonl"
    with file.open("wb") as sparse:
        sparse.truncate(64 * 1024 * 1024)
    receipt = CollectorService(warehouse, prices, clock, tmp_path).accept(frames.encode(b"junk"), replay=False)
    assert len(receipt.rejected) == 1
    assert file.stat().st_size == 64 * 1024 * 1024
