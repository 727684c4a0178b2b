"""OpenAI's dialect is read into buckets that do not overlap, and a stream into the message that it spells."""

import json
from typing import Any

import pytest

from trimtab.base.errors import InvalidInput
from trimtab.llm import openai_chat, sse
from trimtab.llm.usage import Usage


def usage(**fields: Any) -> Usage | None:
    return openai_chat.read_usage(json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 5}, Usage(input_uncached=10, output_text=5)),
        (
            {"prompt_tokens": 100, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 60}},
            Usage(input_uncached=40, cache_read=60, output_text=1),
        ),
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 0,
                "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
            },
            Usage(input_uncached=10, cache_read=60, cache_write_5m=30),
        ),
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "total_tokens": 150,
                "prompt_tokens_details": {"audio_tokens": 20},
                "completion_tokens_details": {"reasoning_tokens": 30, "audio_tokens": 15},
            },
            Usage(input_uncached=80, input_audio=20, output_text=5, reasoning=30, output_audio=15),
        ),
        # xAI: the total is larger by the reasoning tokens, which the completion does not contain.
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 35,
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
            Usage(input_uncached=10, output_text=5, reasoning=20),
        ),
        # Gemini's compatible door: thinking shows in the total alone.
        (
            {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 40},
            Usage(input_uncached=10, output_text=5, reasoning=25),
        ),
        # DeepSeek's name for cached tokens.
        (
            {"prompt_tokens": 10, "completion_tokens": 5, "prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 2},
            Usage(input_uncached=2, cache_read=8, output_text=5),
        ),
        ({"prompt_tokens": 10, "prompt_tokens_details": None}, Usage(input_uncached=10)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": None}}, Usage(input_uncached=10)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, Usage()),
    ],
)
def test_usage_is_read_into_disjoint_buckets(found: dict[str, Any], expected: Usage) -> None:
    assert usage(**found) == expected


@pytest.mark.parametrize("cached", [0, 5, 10, 500])
def test_parts_never_exceed_the_total_that_contains_them(cached: int) -> None:
    read = usage(
        prompt_tokens=10, completion_tokens=7, prompt_tokens_details={"cached_tokens": cached, "audio_tokens": 9}
    )
    assert read is not None
    assert (read.input_total, read.output_total) == (10, 7)
    assert min(getattr(read, name) for name in Usage.__struct_fields__) >= 0


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"{}", b"7", b'{"prompt_tokens": -1}', b'{"prompt_tokens": "many"}', b"{"]
)
def test_usage_that_makes_no_sense_is_unknown_and_not_zero(raw: bytes) -> None:
    assert openai_chat.read_usage(raw) is None


def test_a_completion_is_read_for_what_is_recorded() -> None:
    answer = openai_chat.read_completion(
        b'{"id":"c1","model":"m-2026","service_tier":"flex","system_fingerprint":null,"choices":[{"index":0,"message":'
        b'{"role":"assistant","content":"x"},"finish_reason":"length"}],"usage":{"prompt_tokens":3},"unknown":[1]}'
    )
    assert (answer.id, answer.model, answer.service_tier, answer.system_fingerprint) == ("c1", "m-2026", "flex", "")
    assert (answer.finish_reasons, answer.usage) == (["length"], Usage(input_uncached=3))
    assert json.loads(answer.choices)[0]["message"]["content"] == "x"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"choices": null}', b'{"choices": ["x"]}', b"<html>"])
def test_what_is_no_completion_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        openai_chat.read_completion(body)


def events(*chunks: dict[str, Any]) -> bytes:
    return b"".join(sse.event(json.dumps(chunk).encode()) for chunk in chunks)


def delta(index: int = 0, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"id": "c", "model": "m", "choices": [{"index": index, "delta": fields, "finish_reason": finish}]}


def test_a_stream_is_joined_choice_by_choice() -> None:
    answer = openai_chat.join_stream(
        events(
            delta(0, role="assistant", content=""),
            delta(1, role="assistant", content="B"),
            delta(0, content="A"),
            delta(0, content="a"),
            delta(1, "length"),
            delta(0, "stop"),
            {"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 3}},
        )
        + sse.event(sse.DONE)
    )
    first, second = json.loads(answer.choices)
    assert first == {"index": 0, "message": {"role": "assistant", "content": "Aa"}, "finish_reason": "stop"}
    assert (second["message"]["content"], second["finish_reason"]) == ("B", "length")
    assert (answer.finish_reasons, answer.content_chunks) == (["stop", "length"], 3)
    assert answer.usage == Usage(input_uncached=4, output_text=3)


def test_reasoning_and_refusals_of_a_stream_are_joined_like_text() -> None:
    answer = openai_chat.join_stream(
        events(delta(reasoning_content="I "), delta(reasoning_content="see"), delta(refusal="No"))
    )
    message = json.loads(answer.choices)[0]["message"]
    assert (message["reasoning_content"], message["refusal"], message["content"]) == ("I see", "No", None)


def test_tool_calls_of_a_stream_are_joined_by_their_index() -> None:
    def tool(index: int, **function: str) -> dict[str, Any]:
        return {"index": index, "id": f"call_{index}", "type": "function", "function": function}

    answer = openai_chat.join_stream(
        events(
            delta(tool_calls=[tool(0, name="f", arguments="")]),
            delta(tool_calls=[{"index": 0, "function": {"arguments": '{"a":'}}]),
            delta(tool_calls=[tool(1, name="g", arguments="{}"), {"index": 0, "function": {"arguments": "1}"}}]),
        )
    )
    calls = json.loads(answer.choices)[0]["message"]["tool_calls"]
    assert [(call["id"], call["function"]) for call in calls] == [
        ("call_0", {"name": "f", "arguments": '{"a":1}'}),
        ("call_1", {"name": "g", "arguments": "{}"}),
    ]


@pytest.mark.parametrize(
    "noise", [b": keep-alive\n\n", b"data: nonsense\n\n", b"event: ping\n\n", b"\n\n", b"data: [1]\n\n"]
)
def test_what_is_no_chunk_does_not_spoil_a_stream(noise: bytes) -> None:
    answer = openai_chat.join_stream(noise + events(delta(content="x")) + noise)
    assert json.loads(answer.choices)[0]["message"]["content"] == "x"


@pytest.mark.parametrize("error", [{"message": "over quota"}, "over quota"])
def test_an_error_within_a_stream_is_found(error: Any) -> None:
    assert openai_chat.join_stream(events(delta(content="x"), {"error": error})).error == "over quota"


def test_only_a_chunk_with_usage_and_no_choice_is_the_extra_one() -> None:
    used = {"usage": {"prompt_tokens": 1}}
    assert openai_chat.is_usage_only(json.dumps({"choices": [], **used}).encode())
    assert not openai_chat.is_usage_only(json.dumps({**delta(content="x"), **used}).encode())
    assert not openai_chat.is_usage_only(b'{"choices":[],"usage":null,"prompt_filter_results":[]}')
    assert not openai_chat.is_usage_only(sse.DONE)


def test_content_is_told_from_what_announces_it() -> None:
    assert not openai_chat.has_content(events(delta(role="assistant", content="")))
    assert openai_chat.has_content(events(delta(role="assistant", content=""), delta(content="x")))
    assert openai_chat.has_content(events(delta(tool_calls=[{"index": 0}])))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":{"message":"no","type":"t","param":"p","code":"c"}}', "no"),
        (b'{"error":"no"}', "no"),
        (b'{"message":"no"}', "no"),
        (b'{"detail":"no"}', "no"),
        (b"no", "no"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_errors_of_every_shape_are_read(body: bytes, message: str) -> None:
    assert openai_chat.read_failure(body).message == message
