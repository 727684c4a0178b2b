import re
import time

from trimtab.base import ids


def test_an_id_names_what_it_is_of() -> None:
    assert re.fullmatch(r"prm_[0-9a-hjkmnp-tv-z]{26}", ids.new("prm"))


def test_ids_made_later_sort_later_even_within_a_millisecond() -> None:
    made = []
    for _ in range(1000):
        before = time.time_ns()
        made.append(ids.new("x"))
        while time.time_ns() == before:
            continue
    assert made == sorted(made)


def test_ids_are_not_repeated() -> None:
    assert len({ids.new("x") for _ in range(10_000)}) == 10_000


def test_trace_and_span_ids_are_w3c_hex() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", ids.new_trace_id())
    assert re.fullmatch(r"[0-9a-f]{16}", ids.new_span_id())
