"""The spool loses nothing that it took, whatever happens to its process or its disk."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trimtab.base.errors import BadSetting
from trimtab.gateway import outbox, spool
from trimtab.gateway.outbox import Orphan, Outbox
from trimtab.gateway.spool import Lock, Spool
from trimtab.llm import frames


@contextmanager
def open_spool(root: Path, *, segment_bytes: int = 1 << 20, max_bytes: int = 1 << 30) -> Iterator[Spool]:
    made = Spool(root, segment_bytes=segment_bytes, max_bytes=max_bytes)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def full_disk() -> Iterator[None]:
    """Have the kernel refuse every byte that this process writes to a file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def payload(number: int, size: int = 100) -> bytes:
    return b"%06d" % number + b"x" * (size - 6)


def write(to: Spool, numbers: range, size: int = 100) -> None:
    for number in numbers:
        to.append(frames.encode(payload(number, size)))


def drain(box: Outbox, limit: int = 500) -> list[int]:
    """Deliver everything and return the numbers of the records in the order in which they came."""
    found = []
    while (batch := box.next_batch(limit)) is not None:
        found += [int(each[:6]) for each in frames.split(batch.data)]
        box.sent(batch)
        box.delivered(batch)
    return found


def test_records_come_out_in_the_order_in_which_they_went_in(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(1200))
        assert drain(Outbox(box.folder, box)) == list(range(1200))


def test_a_batch_has_no_more_records_than_allowed_and_ends_between_two(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(7))
        reader = Outbox(box.folder, box)
        counts = []
        while (batch := reader.next_batch(3)) is not None:
            counts.append((batch.count, len(list(frames.split(batch.data)))))
            reader.delivered(batch)
        assert counts == [(3, 3), (3, 3), (1, 1)]


def test_a_record_larger_than_a_read_comes_out_whole(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(3), size=3_000_000)
        assert drain(Outbox(box.folder, box)) == [0, 1, 2]


def test_segments_are_rotated_and_removed_when_they_were_delivered(tmp_path: Path) -> None:
    with open_spool(tmp_path, segment_bytes=1000) as box:
        write(box, range(100))
        assert len(list(box.folder.glob("*.seg"))) == 10
        reader = Outbox(box.folder, box)
        assert drain(reader) == list(range(100))
        assert len(list(box.folder.glob("*.seg"))) == 1
        assert box.stored_bytes < 1100
        write(box, range(100, 130))
        assert drain(reader) == list(range(100, 130))


def test_what_was_delivered_leaves_the_disk_although_its_segment_is_not_full(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        box = Outbox(spool.folder, spool)
        write(spool, range(3))
        assert drain(box) == [0, 1, 2]
        spool.turn_over()
        assert drain(box) == []
        assert [path.stat().st_size for path in spool.folder.glob("*.seg")] == [0]
        assert spool.stored_bytes == 0
        spool.turn_over()
        write(spool, range(3, 5))
        assert drain(box) == [3, 4]
        box.close()


def test_what_was_not_delivered_is_read_again_and_marked(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(10))
        reader = Outbox(box.folder, box)
        first = reader.next_batch(4)
        assert first is not None
        assert not first.is_replay
        reader.sent(first)  # and nobody answered
        again = reader.next_batch(4)
        assert again is not None
        assert (again.data, again.is_replay) == (first.data, True)
        reader.delivered(again)
        rest = reader.next_batch(100)
        assert rest is not None
        assert not rest.is_replay


def test_a_restart_goes_on_where_deliveries_had_stopped(tmp_path: Path) -> None:
    with open_spool(tmp_path, segment_bytes=500) as box:
        write(box, range(30))
        reader = Outbox(box.folder, box)
        for _ in range(3):
            batch = reader.next_batch(4)
            assert batch is not None
            reader.delivered(batch)
        reader.close()
    (orphan,) = outbox.orphans(tmp_path, [])
    assert drain(orphan.outbox) == list(range(9, 30))  # 4, 1 and 4: a batch ends with its segment
    orphan.remove()
    assert list(tmp_path.iterdir()) == []


def test_everything_in_the_folder_of_a_dead_worker_may_have_been_sent(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(3))
    (orphan,) = outbox.orphans(tmp_path, [])
    batch = orphan.outbox.next_batch(100)
    assert batch is not None
    assert batch.is_replay
    orphan.leave()


def test_a_damaged_cursor_means_to_deliver_everything_again(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(5))
        reader = Outbox(box.folder, box)
        drain(reader)
        reader.close()
        (box.folder / "cursor").write_bytes(b"\xff" * 20)
    (orphan,) = outbox.orphans(tmp_path, [])
    assert drain(orphan.outbox) == list(range(5))
    orphan.leave()


@pytest.mark.parametrize("cut", [1, 50, 99, 104])
def test_a_record_that_was_cut_off_by_a_crash_is_left_out(tmp_path: Path, cut: int) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(5))
        segment = box.folder / spool.SEGMENT.format(1)
    os.truncate(segment, segment.stat().st_size - cut)
    (orphan,) = outbox.orphans(tmp_path, [])
    assert drain(orphan.outbox) == [0, 1, 2, 3]
    orphan.leave()


def test_damage_in_the_middle_costs_no_more_than_its_segment(tmp_path: Path) -> None:
    with open_spool(tmp_path, segment_bytes=500) as box:
        write(box, range(15))
        damaged = box.folder / spool.SEGMENT.format(2)
    data = bytearray(damaged.read_bytes())
    data[108:112] = b"\xff\xff\xff\xff"  # the length of the second record in it
    damaged.write_bytes(data)
    (orphan,) = outbox.orphans(tmp_path, [])
    assert drain(orphan.outbox) == [*range(6), *range(10, 15)]
    assert orphan.outbox.damaged == 1
    orphan.leave()


def test_the_folder_of_a_living_worker_is_left_alone(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(5))
        assert outbox.orphans(tmp_path, []) == []
        with pytest.raises(BlockingIOError):
            Orphan(box.folder)


def test_a_folder_is_taken_over_by_one(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(5))
    (first,) = outbox.orphans(tmp_path, [])
    assert outbox.orphans(tmp_path, []) == []
    first.remove()
    with pytest.raises(FileNotFoundError):
        Lock(box.folder)


def test_records_wait_in_memory_while_the_disk_is_full_and_are_written_when_it_is_not(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        write(box, range(3))
        with full_disk():
            write(box, range(3, 6))
            assert box.is_degraded
            assert len(box.backlog) == 3
            box.write_back()
            assert len(box.backlog) == 3
        box.write_back()
        assert not box.is_degraded
        assert drain(Outbox(box.folder, box)) == list(range(6))
        assert box.dropped == 0


def test_a_disk_that_has_room_again_is_noticed_without_a_record(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box:
        with full_disk():
            write(box, range(1))
            box.forget_backlog(1)  # it was delivered from memory
            assert box.is_degraded
        box.write_back()
        assert not box.is_degraded


def test_a_spool_that_cannot_be_made_yet_is_made_when_there_is_room(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))  # no file can be opened, as on a disk without inodes
    try:
        box = Spool(tmp_path, segment_bytes=1 << 20, max_bytes=1 << 30)
        write(box, range(3))
        box.write_back()
        assert (box.is_degraded, len(box.backlog)) == (True, 3)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    box.write_back()
    assert not box.is_degraded
    write(box, range(3, 5))
    assert drain(Outbox(box.folder, box)) == list(range(5))
    box.close()


def test_the_memory_for_waiting_records_is_bounded_and_drops_are_counted(tmp_path: Path) -> None:
    with open_spool(tmp_path) as box, full_disk():
        write(box, range(40), size=1 << 20)
        assert box.backlog_bytes <= spool.BACKLOG_BYTES
        assert box.dropped == 40 - len(box.backlog) > 0
        box.forget_backlog(len(box.backlog))


def test_the_spool_takes_no_more_disk_than_it_may(tmp_path: Path) -> None:
    with open_spool(tmp_path, segment_bytes=1000, max_bytes=5000) as box:
        write(box, range(100))
        assert sum(file.stat().st_size for file in box.folder.glob("*.seg")) <= 5000
        assert box.is_degraded
        reader = Outbox(box.folder, box)
        delivered = drain(reader)
        box.write_back()
        rest = drain(reader)
        assert sorted(delivered + rest + [int(each[8:14]) for each in box.backlog]) == list(range(100))


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadSetting, match="cannot be written"):
        Spool(tmp_path / "file" / "spool", segment_bytes=1, max_bytes=1)


WRITER = """
import sys
from pathlib import Path
from trimtab.gateway.spool import Spool
from trimtab.llm import frames
spool = Spool(Path(sys.argv[1]), segment_bytes=2000, max_bytes=1 << 30)
number = 0
while True:
    spool.append(frames.encode(b"%06d" % number))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("after", [1, 500, 2000])
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, after: int) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = -1
        for line in writer.stdout:
            acknowledged = int(line)
            if acknowledged >= after:
                writer.kill()
                break
        for line in writer.stdout:  # what it said before it died
            acknowledged = int(line) if line.endswith("\n") else acknowledged
    (orphan,) = outbox.orphans(tmp_path, [])
    found = drain(orphan.outbox)
    assert found == list(range(len(found)))
    assert len(found) > acknowledged
    orphan.leave()
