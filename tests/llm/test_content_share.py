"""Which traces keep their messages, when a share of them does."""

from trimtab.base import ids
from trimtab.llm.content_share import keeps_content


def test_all_and_none_are_exact() -> None:
    assert keeps_content("", 1.0)
    assert not keeps_content("00", 0.0)


def test_a_share_is_about_as_large_as_it_says_and_contained_in_every_larger_one() -> None:
    traces = [ids.new_trace_id() for _ in range(4000)]
    quarter = {trace for trace in traces if keeps_content(trace, 0.25)}
    half = {trace for trace in traces if keeps_content(trace, 0.5)}
    assert quarter < half
    assert 800 < len(quarter) < 1200
    assert 1800 < len(half) < 2200


def test_the_answer_for_a_trace_is_the_same_in_every_process() -> None:
    assert [keeps_content("4bf92f3577b34da6a3ce929d0e0e4736", share) for share in (0.15, 0.16)] == [False, True]
