"""Events are cut where they end, whatever pieces they arrive in."""

import pytest

from trimtab.llm import sse


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"", 0),
        (b"data: 1", 0),
        (b"data: 1\n", 0),
        (b"data: 1\n\n", 9),
        (b"data: 1\n\ndata: 2", 9),
        (b"data: 1\n\ndata: 2\n\n", 18),
        (b"data: 1\r\n\r\n", 11),
        (b"data: 1\r\n\r\ndata: 2\r\n", 11),
        (b"data: 1\n\ndata: 2\r\n\r\nda", 20),
    ],
)
def test_whole_events_are_told_from_the_beginning_of_one(data: bytes, whole: int) -> None:
    assert sse.whole_length(data) == whole


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (b"data: x\n\n", b"x"),
        (b"data:x\n\n", b"x"),
        (b"event: a\nid: 1\ndata: x\n\n", b"x"),
        (b"data: x\ndata: y\n\n", b"x\ny"),
        (b": comment\n\n", b""),
        (b"data: x\r\n\r\n", b"x"),
    ],
)
def test_the_data_of_an_event_is_found(event: bytes, data: bytes) -> None:
    assert sse.payload(event) == data


def test_events_are_split_and_nothing_is_lost() -> None:
    data = b"data: 1\n\n: c\n\nevent: e\ndata: 2\n\ndata: rest"
    parts = list(sse.split(data))
    assert parts == [b"data: 1\n\n", b": c\n\n", b"event: e\ndata: 2\n\n", b"data: rest"]
    assert b"".join(parts) == data
