"""Rows are stored at once at an ordinary pace, and journaled first above it; whatever is answered, they are durable."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pytest

from trimtab.base.clock import FixedClock
from trimtab.base.errors import InvalidInput, TrimtabError, Unavailable
from trimtab.storage.warehouse import journal
from trimtab.storage.warehouse.intake import Bundle, Intake
from trimtab.storage.warehouse.journal import Entry, Journal

_MANY = 3_000
"""More rows than come within a second at an ordinary pace."""
_CLOCK = FixedClock(datetime(2026, 11, 24, tzinfo=UTC))
_PATIENCE_S = 20


class _Engine:
    """A warehouse that can be held, be full, and refuse negative numbers."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.inserts = 0
        self.columns: set[str] = set()
        self.error: TrimtabError | None = None
        self.may_go = threading.Event()
        self.may_go.set()

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        assert table == "spans"
        assert token
        assert self.may_go.wait(_PATIENCE_S)
        if self.error is not None:
            raise self.error
        numbers = rows.column("n").to_pylist()
        if min(numbers) < 0:
            raise InvalidInput("a number is negative")
        self.inserts += 1
        self.columns |= set(rows.column_names)
        self.numbers += numbers


@pytest.fixture
def engine() -> _Engine:
    return _Engine()


@pytest.fixture
def intake(engine: _Engine, tmp_path: Path) -> Iterator[Intake]:
    # Time stands still, so that a test decides alone how many rows come within a second.
    made = Intake(engine, tmp_path, _CLOCK, tick=lambda: 0.0)
    yield made
    engine.error = None
    engine.may_go.set()
    made.close()


def _rows(*numbers: int) -> Bundle:
    bundle = Bundle()
    bundle.insert("spans", pa.table({"n": numbers}), token=f"token-{numbers[0]}-{len(numbers)}")
    return bundle


def _hurry(intake: Intake) -> None:
    """Let so many rows come that the ordinary pace is passed."""
    intake.take(_rows(*range(_MANY)))


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.rows"))


def test_at_an_ordinary_pace_rows_can_be_read_when_the_answer_comes(
    engine: _Engine, intake: Intake, tmp_path: Path
) -> None:
    followed: list[int] = []
    intake.take(_rows(1, 2), then=lambda: followed.append(len(engine.numbers)))
    assert engine.numbers == [1, 2]
    assert followed == [2]
    assert _segments(tmp_path) == []


def test_above_that_pace_the_sender_does_not_wait_for_the_engine(
    engine: _Engine, intake: Intake, tmp_path: Path
) -> None:
    engine.may_go.clear()
    followed = threading.Event()
    intake.take(_rows(*range(_MANY)), then=followed.set)
    assert engine.numbers == []
    assert not followed.is_set()
    (segment,) = _segments(tmp_path)
    (entry,) = journal.read(segment)
    assert entry.rows.column("n").to_pylist() == list(range(_MANY))
    engine.may_go.set()
    intake.flush()
    assert engine.numbers == list(range(_MANY))
    assert followed.wait(_PATIENCE_S)
    assert _segments(tmp_path) == []


def test_what_comes_within_a_moment_is_one_insert_that_says_when_it_came(engine: _Engine, intake: Intake) -> None:
    for number in range(5):
        intake.take(_rows(*range(number * _MANY, (number + 1) * _MANY)))
    intake.flush()
    assert sorted(engine.numbers) == list(range(5 * _MANY))
    assert engine.inserts < 5
    assert engine.columns == {"n", "ingested_at"}


def test_rows_that_say_themselves_which_is_newer_go_through_the_journal_as_they_are(
    engine: _Engine, intake: Intake
) -> None:
    bundle = Bundle()
    bundle.insert("spans", pa.table({"n": range(_MANY), "revised_at": [7] * _MANY}), token="tags")
    intake.take(bundle)
    intake.flush()
    assert engine.columns == {"n", "revised_at"}


def test_what_a_dead_process_had_taken_is_stored_by_the_next_before_anything_else(
    engine: _Engine, tmp_path: Path
) -> None:
    dead = Journal(tmp_path)
    dead.sync(dead.append(journal.encoded([Entry(table="spans", rows=pa.table({"n": [7]}), token="t")])))
    dead.close()
    (segment,) = _segments(tmp_path)
    with segment.open("ab") as file:
        file.write(b"\x09\x00\x00\x00torn")
    mended: list[Entry] = []
    intake = Intake(engine, tmp_path, _CLOCK, mend=mended.extend)
    engine.error = Unavailable("full")
    with pytest.raises(Unavailable):
        intake.take(_rows(8))
    engine.error = None
    intake.take(_rows(8))
    intake.close()
    assert engine.numbers == [7, 8]
    assert [entry.token for entry in mended] == ["t"]
    assert _segments(tmp_path) == []


def test_while_the_engine_takes_nothing_new_rows_are_refused_and_taken_ones_kept(
    engine: _Engine, intake: Intake, tmp_path: Path
) -> None:
    engine.error = Unavailable("full")
    _hurry(intake)
    with pytest.raises(Unavailable, match="full"):
        intake.flush()
    with pytest.raises(Unavailable, match="full"):
        intake.take(_rows(-1))
    assert len(_segments(tmp_path)) == 1
    engine.error = None
    _until(lambda: not _segments(tmp_path))
    intake.take(_rows(_MANY))
    intake.flush()
    assert engine.numbers == list(range(_MANY + 1))


def test_rows_that_can_never_be_stored_hold_up_no_others_and_are_put_away(
    engine: _Engine, intake: Intake, tmp_path: Path
) -> None:
    engine.may_go.clear()
    _hurry(intake)
    intake.take(_rows(-5))
    intake.take(_rows(9_999))
    engine.may_go.set()
    intake.flush()
    assert sorted(engine.numbers) == [*range(_MANY), 9_999]
    (kept,) = (tmp_path / "unfit").iterdir()
    (entry,) = journal.read(kept)
    assert entry.rows.column("n").to_pylist() == [-5]


def test_what_waits_when_the_process_stops_is_left_to_the_next(engine: _Engine, tmp_path: Path) -> None:
    intake = Intake(engine, tmp_path, _CLOCK, tick=lambda: 0.0)
    engine.error = Unavailable("full")
    _hurry(intake)
    intake.close()
    assert engine.numbers == []
    engine.error = None
    again = Intake(engine, tmp_path, _CLOCK)
    again.recover()
    again.close()
    assert engine.numbers == list(range(_MANY))


def test_a_disk_that_takes_nothing_refuses_the_rows_and_nothing_of_them_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.write_text("a file where the journal's folder should be")
    made = Journal(folder)
    with pytest.raises(Unavailable, match="cannot be written"):
        made.append(journal.encoded([Entry(table="spans", rows=pa.table({"n": [1]}), token="t")]))
    assert folder.read_text().startswith("a file")


_FILLS_UP: Final = """
import pyarrow as pa, resource, sys
from pathlib import Path
from trimtab.base.errors import Unavailable
from trimtab.storage.warehouse import journal

made = journal.Journal(Path(sys.argv[1]))
entry = lambda number: journal.encoded([journal.Entry(table="spans", rows=pa.table({"n": [number]}), token="t")])
first = made.append(entry(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (first + 10, resource.RLIM_INFINITY))
try:
    made.append(entry(2))
except Unavailable:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    made.sync(made.append(entry(3)))
    made.close()
"""


def test_a_disk_that_takes_a_part_refuses_the_rows_and_keeps_those_around_them(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _FILLS_UP, str(tmp_path)], check=True)
    (segment,) = tmp_path.glob("*.rows")
    assert [entry.rows["n"].to_pylist() for entry in journal.read(segment)] == [[1], [3]]


def test_senders_at_the_same_time_lose_nothing(engine: _Engine, intake: Intake) -> None:
    threads = [
        threading.Thread(
            target=lambda first=number: [
                intake.take(_rows(*range(first, first + 500))) for first in range(first, first + 5_000, 500)
            ]
        )
        for number in range(0, 40_000, 5_000)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    intake.flush()
    assert sorted(engine.numbers) == list(range(40_000))


def _until(is_so: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(_PATIENCE_S * 100):
        if is_so():
            return
        waiting.wait(0.01)
    pytest.fail("it did not come to pass")


@pytest.mark.parametrize(("idle_s", "is_journaled"), [(0.01, True), (2.0, False)])
def test_a_sender_that_slow_inserts_hold_up_is_not_taken_for_one_with_little_to_send(
    tmp_path: Path, *, idle_s: float, is_journaled: bool
) -> None:
    now_s = 0.0

    class _Slow(_Engine):
        def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
            nonlocal now_s
            now_s += 1.0
            super().insert(table, rows, token=token)

    slow = _Slow()
    intake = Intake(slow, tmp_path, _CLOCK, tick=lambda: now_s)
    for first in range(0, 2_400, 600):
        intake.take(_rows(*range(first, first + 600)))
        now_s += idle_s
    assert slow.inserts == 4
    if is_journaled:
        slow.may_go.clear()
    intake.take(_rows(*range(600)))
    assert (slow.inserts == 4) is is_journaled
    slow.may_go.set()
    intake.close()
    assert len(slow.numbers) == 3_000
