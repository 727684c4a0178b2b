"""Frames survive a crash in the middle of a write, and show damage."""

import pytest

from trimtab.base.errors import InvalidInput
from trimtab.llm import frames

PAYLOADS = [b"first", b"", b"x" * 70_000]
WHOLE = b"".join(frames.encode(payload) for payload in PAYLOADS)


def test_payloads_come_back_in_order() -> None:
    assert list(frames.split(WHOLE)) == PAYLOADS


@pytest.mark.parametrize("cut", [1, 7, 9, 60_000])
def test_a_frame_that_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(InvalidInput, match="cut off"):
        list(frames.split(WHOLE[:-cut]))


def test_a_changed_byte_is_noticed() -> None:
    damaged = bytearray(WHOLE)
    damaged[frames.HEAD_BYTES] ^= 1
    with pytest.raises(InvalidInput, match="checksum"):
        list(frames.split(bytes(damaged)))


def test_an_absurd_length_is_refused_before_anything_is_read() -> None:
    with pytest.raises(InvalidInput, match="claims 4294967295"):
        list(frames.split(b"\xff\xff\xff\xff" + bytes(100)))


@pytest.mark.parametrize("cut", range(1, 20))
def test_the_torn_tail_is_told_from_what_is_whole(cut: int) -> None:
    kept = b"".join(frames.encode(payload) for payload in PAYLOADS[:2])
    last = frames.encode(b"last words")
    torn = last[: min(cut, len(last) - 1)]
    assert frames.intact_length(kept + torn) == len(kept)
