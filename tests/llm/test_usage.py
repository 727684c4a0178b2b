import msgspec

from trimtab.llm.usage import BUCKETS, Usage


def test_totals_count_each_bucket_once() -> None:
    each_its_own_bit = {name: 1 << place for place, name in enumerate(BUCKETS)}
    usage = Usage(**each_its_own_bit)
    assert usage.input_total + usage.output_total == (1 << len(BUCKETS)) - 1
    assert usage.input_total & usage.output_total == 0


def test_reasoning_is_output() -> None:
    assert Usage(output_text=5, reasoning=7).output_total == 12


def test_an_older_record_with_fewer_buckets_still_reads() -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode([3, 4]), type=Usage) == Usage(input_uncached=3, cache_read=4)
