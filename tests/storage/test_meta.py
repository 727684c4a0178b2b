"""What the meta store promises, on each of its engines."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa

from trimtab.base.errors import Conflict
from trimtab.storage import revision
from trimtab.storage.meta import Instant, Meta, Usd, insert_missing, refuse_duplicate

_TABLES = sa.MetaData()
_PARENTS = sa.Table("parents", _TABLES, sa.Column("id", sa.Integer, primary_key=True))
_ROWS = sa.Table(
    "rows_of_a_test",
    _TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(40), unique=True),
    sa.Column("at", Instant),
    sa.Column("amount", Usd),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("parents.id")),
)


@pytest.fixture
def store(meta: Meta) -> Iterator[Meta]:
    with meta.write() as connection:
        _TABLES.create_all(connection)
    yield meta
    with meta.write() as connection:
        _TABLES.drop_all(connection)


def _names(store: Meta) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(sa.select(_ROWS.c.name).order_by(_ROWS.c.id)).scalars())


def test_a_write_is_kept_as_a_whole(store: Meta) -> None:
    with store.write() as connection:
        connection.execute(sa.insert(_ROWS), [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    assert _names(store) == ["a", "b"]


def test_an_error_in_a_write_keeps_none_of_it(store: Meta) -> None:
    def write_half() -> None:
        with store.write() as connection:
            connection.execute(sa.insert(_ROWS).values(id=1, name="a"))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_half()
    assert _names(store) == []


def test_a_write_after_a_failed_one_works(store: Meta) -> None:
    with pytest.raises(RuntimeError, match="half way"), store.write():
        raise RuntimeError("half way")
    with store.write() as connection:
        connection.execute(sa.insert(_ROWS).values(id=1, name="a"))
    assert _names(store) == ["a"]


def test_what_is_done_in_a_read_is_not_kept(store: Meta) -> None:
    try:
        with store.read() as connection:
            connection.execute(sa.insert(_ROWS).values(id=1, name="a"))
    except sa.exc.DBAPIError:
        pass  # PostgreSQL refuses it outright
    assert _names(store) == []


def test_a_read_sees_one_state_while_others_write(store: Meta) -> None:
    with store.read() as reading:
        before = reading.execute(sa.select(sa.func.count()).select_from(_ROWS)).scalar_one()
        with store.write() as writing:
            writing.execute(sa.insert(_ROWS).values(id=1, name="a"))
        during = reading.execute(sa.select(sa.func.count()).select_from(_ROWS)).scalar_one()
    assert (before, during) == (0, 0)
    assert _names(store) == ["a"]


def test_references_to_nothing_are_refused(store: Meta) -> None:
    with pytest.raises(sa.exc.IntegrityError), store.write() as connection:
        connection.execute(sa.insert(_ROWS).values(id=1, parent_id=7))


def test_a_duplicate_is_a_conflict_in_the_words_of_the_caller(store: Meta) -> None:
    with store.write() as connection:
        connection.execute(sa.insert(_ROWS).values(id=1, name="a"))
    with (
        pytest.raises(Conflict, match="there is an 'a' already"),
        store.write() as connection,
        refuse_duplicate("there is an 'a' already"),
    ):
        connection.execute(sa.insert(_ROWS).values(id=2, name="a"))


def test_a_reference_to_nothing_is_not_taken_for_a_duplicate(store: Meta) -> None:
    with (
        pytest.raises(sa.exc.IntegrityError),
        store.write() as connection,
        refuse_duplicate("there is one already"),
    ):
        connection.execute(sa.insert(_ROWS).values(id=1, parent_id=7))


def test_a_missing_row_is_added_and_one_that_exists_is_left(store: Meta) -> None:
    with store.write() as connection:
        insert_missing(connection, _ROWS, {"id": 1, "name": "first"})
        insert_missing(connection, _ROWS, {"id": 1, "name": "second"})
    assert _names(store) == ["first"]


@pytest.mark.parametrize(
    "amount", ["0", "0.000000000001", "-0.000000000001", "123456.789012345678", "9000000.999999999999", "1e-9"]
)
def test_money_comes_back_to_the_last_digit(store: Meta, amount: str) -> None:
    with store.write() as connection:
        connection.execute(sa.insert(_ROWS).values(id=1, amount=Decimal(amount)))
    with store.read() as connection:
        found = connection.execute(sa.select(_ROWS.c.amount)).scalar_one()
    assert isinstance(found, Decimal)
    assert found == Decimal(amount)


def test_a_million_small_amounts_sum_up_exactly(store: Meta) -> None:
    amount = Decimal("0.000000100001")
    with store.write() as connection:
        connection.execute(sa.insert(_ROWS), [{"id": number, "amount": amount} for number in range(2_000)])
    with store.read() as connection:
        total = connection.execute(sa.select(sa.func.sum(_ROWS.c.amount, type_=Usd))).scalar_one()
    assert total == amount * 2_000


def test_unknown_money_stays_unknown(store: Meta) -> None:
    with store.write() as connection:
        connection.execute(sa.insert(_ROWS).values(id=1, amount=None))
    with store.read() as connection:
        assert connection.execute(sa.select(_ROWS.c.amount)).scalar_one() is None


def test_an_instant_comes_back_in_utc_to_the_microsecond(store: Meta) -> None:
    at = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    with store.write() as connection:
        connection.execute(sa.insert(_ROWS).values(id=1, at=at))
    with store.read() as connection:
        found = connection.execute(sa.select(_ROWS.c.at)).scalar_one()
    assert found == at
    assert found.tzinfo is UTC


def test_instants_compare_as_instants(store: Meta) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    with store.write() as connection:
        connection.execute(sa.insert(_ROWS), [{"id": 1, "at": noon}, {"id": 2, "at": noon + timedelta(microseconds=1)}])
    same_instant_elsewhere = noon.astimezone(timezone(timedelta(hours=-8)))
    with store.read() as connection:
        later = connection.execute(sa.select(_ROWS.c.id).where(_ROWS.c.at > same_instant_elsewhere)).scalars().all()
    assert later == [2]


def test_a_time_without_a_zone_is_refused(store: Meta) -> None:
    with pytest.raises(sa.exc.StatementError, match="must be aware"), store.write() as connection:
        connection.execute(sa.insert(_ROWS).values(id=1, at=datetime(2026, 1, 1)))  # noqa: DTZ001 - what is refused


def test_many_writers_at_once_lose_nothing(store: Meta) -> None:
    with store.write() as connection:
        connection.execute(sa.insert(_ROWS).values(id=1, amount=Decimal(0)))

    def add_a_cent(_: int) -> None:
        with store.write() as connection:
            locked = sa.select(_ROWS.c.amount).where(_ROWS.c.id == 1).with_for_update()
            amount = connection.execute(locked).scalar_one()
            connection.execute(sa.update(_ROWS).where(_ROWS.c.id == 1).values(amount=amount + Decimal("0.01")))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_a_cent, range(80)))
    with store.read() as connection:
        assert connection.execute(sa.select(_ROWS.c.amount)).scalar_one() == Decimal("0.80")


def test_a_reader_does_not_wait_for_a_writer(store: Meta) -> None:
    holding, release = threading.Event(), threading.Event()

    def hold_a_write() -> None:
        with store.write() as connection:
            connection.execute(sa.insert(_ROWS).values(id=1, name="a"))
            holding.set()
            assert release.wait(10)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(hold_a_write)
        assert holding.wait(10)
        assert _names(store) == []
        release.set()
        writing.result(10)
    assert _names(store) == ["a"]


def test_a_counter_begins_at_zero_and_moves_with_each_touch(store: Meta) -> None:
    with store.read() as connection:
        assert revision.current(connection, "a test") == 0
    for _ in range(3):
        with store.write() as connection:
            revision.touch(connection, "a test")
    with store.read() as connection:
        assert revision.current(connection, "a test") == 3


def test_a_counter_stays_when_the_change_is_not_kept(store: Meta) -> None:
    def touch_and_fail() -> None:
        with store.write() as connection:
            revision.touch(connection, "a test")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        touch_and_fail()
    with store.read() as connection:
        assert revision.current(connection, "a test") == 0


def test_a_counter_counts_every_one_of_many_first_touches_at_once(store: Meta) -> None:
    start = threading.Barrier(6)

    def touch(_: int) -> None:
        start.wait(10)
        with store.write() as connection:
            revision.touch(connection, "a test")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(touch, range(6)))
    with store.read() as connection:
        assert revision.current(connection, "a test") == 6
