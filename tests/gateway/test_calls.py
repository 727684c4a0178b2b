"""What an unmodified OpenAI client gets, and what is recorded of it."""

import json
import time

import openai
import pytest
from tests.gateway.stage import KEY, SECRET, Gateway, chat

from trimtab.llm.call import Outcome
from trimtab.llm.usage import UsageSource

TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}]


def test_a_plain_call_is_answered_and_recorded(gateway: Gateway) -> None:
    answer = gateway.client().chat.completions.with_raw_response.create(
        model="fake/fake", messages=[{"role": "user", "content": "Hello"}], temperature=0.3
    )
    completion = answer.parse()
    assert completion.choices[0].message.content == "This is a fake answer."

    call = gateway.record(answer.headers["x-request-id"])
    assert (call.outcome, call.status_code, call.stream) == (Outcome.OK, 200, False)
    assert (call.project_id, call.environment, call.key_id) == ("prj_1", "production", "key_1")
    assert (call.requested_model, call.trace_id) == ("fake/fake", answer.headers["x-trimtab-trace-id"])
    assert json.loads(call.input_messages) == [{"role": "user", "content": "Hello"}]
    assert json.loads(call.parameters) == {"temperature": 0.3}
    assert json.loads(call.output_messages)[0]["message"]["content"] == "This is a fake answer."
    (attempt,) = call.attempts
    assert (attempt.provider, attempt.provider_kind, attempt.model) == ("fake", "openai", "fake")
    assert (attempt.response_model, attempt.response_id) == ("fake", "chatcmpl-fake")
    assert attempt.usage_source is UsageSource.PROVIDER
    assert attempt.usage is not None
    assert (attempt.usage.input_uncached, attempt.usage.output_text) == (12, 6)
    assert attempt.first_token_ns is not None
    assert call.started_ns <= attempt.started_ns <= attempt.first_token_ns <= attempt.ended_ns <= call.ended_ns


def test_a_stream_is_answered_and_recorded_as_one_message(gateway: Gateway) -> None:
    answer = gateway.client().chat.completions.with_raw_response.create(
        model="fake/fake?chunks=5", messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    chunks = list(answer.parse())
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "This is a fake answer."
    )

    call = gateway.record(answer.headers["x-request-id"])
    assert (call.outcome, call.stream) == (Outcome.OK, True)
    (choice,) = json.loads(call.output_messages)
    assert choice["message"] == {"role": "assistant", "content": "This is a fake answer."}
    assert choice["finish_reason"] == "stop"
    assert call.attempts[0].finish_reasons == ["stop"]


def test_usage_of_a_stream_is_asked_for_upstream_and_kept_from_a_client_that_did_not_ask(gateway: Gateway) -> None:
    answer = gateway.client().chat.completions.with_raw_response.create(
        model="fake/fake", messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    chunks = list(answer.parse())
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)
    assert gateway.upstream.log.requests[-1].body["stream_options"] == {"include_usage": True}
    attempt = gateway.record(answer.headers["x-request-id"]).attempts[0]
    assert attempt.usage is not None
    assert attempt.usage.output_text == 6


def test_usage_of_a_stream_reaches_a_client_that_asked(gateway: Gateway) -> None:
    stream = gateway.client().chat.completions.create(
        model="fake/fake",
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    usage = [chunk.usage for chunk in stream if chunk.usage]
    assert [each.completion_tokens for each in usage] == [6]


def test_a_chunk_of_a_stream_is_passed_on_before_the_next_one_is_sent(gateway: Gateway) -> None:
    stream = gateway.client().chat.completions.create(
        model="fake/fake?chunks=4&gap_ms=200", messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    arrived_at = [time.monotonic() for chunk in stream if chunk.choices]
    sent_at = gateway.upstream.log.requests[-1].sent_at
    assert len(arrived_at) == 6
    # Whoever reads ahead, or waits to fill a buffer, makes the first chunk as late as the last.
    for arrived, next_sent in zip(arrived_at, sent_at[1:], strict=False):
        assert arrived < next_sent


def test_events_that_arrive_in_halves_are_passed_on_whole(gateway: Gateway) -> None:
    stream = gateway.client().chat.completions.create(
        model="fake/fake?chunks=5&split=1", messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert text == "This is a fake answer."


@pytest.mark.parametrize("stream", [False, True])
def test_tool_calls_pass_and_are_recorded(gateway: Gateway, *, stream: bool) -> None:
    answer = gateway.call(chat("fake/fake?tools=1&chunks=2", tools=TOOLS, stream=stream))
    assert answer.status == 200
    call = gateway.record_of(answer)
    (choice,) = json.loads(call.output_messages)
    assert choice["message"]["tool_calls"] == [
        {"id": "call_fake", "type": "function", "function": {"name": "look_up", "arguments": '{"city": "Bern"}'}}
    ]
    assert choice["finish_reason"] == "tool_calls"
    assert json.loads(call.parameters) == {"tools": TOOLS}
    assert gateway.upstream.log.requests[-1].body["tools"] == TOOLS


def test_cached_and_reasoning_tokens_are_taken_out_of_the_totals_that_contain_them(gateway: Gateway) -> None:
    call = gateway.record_of(gateway.call(chat("fake/fake?cached=10&reasoning=4")))
    usage = call.attempts[0].usage
    assert usage is not None
    assert (usage.input_uncached, usage.cache_read, usage.output_text, usage.reasoning) == (2, 10, 2, 4)


@pytest.mark.parametrize("stream", [False, True])
def test_usage_that_is_missing_is_not_zero(gateway: Gateway, *, stream: bool) -> None:
    attempt = gateway.record_of(gateway.call(chat("fake/fake?usage=0", stream=stream))).attempts[0]
    assert attempt.usage is None
    assert attempt.usage_source is UsageSource.NONE


def test_a_stream_without_its_last_event_is_complete_when_it_said_how_it_ended(gateway: Gateway) -> None:
    answer = gateway.call(chat("fake/fake?done=0", stream=True))
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert gateway.record_of(answer).outcome is Outcome.OK


def test_an_alias_and_a_model_with_slashes_reach_their_provider(gateway: Gateway) -> None:
    assert gateway.record_of(gateway.call(chat("fast"))).requested_model == "fast"
    assert gateway.upstream.log.requests[-1].body["model"] == "fake"
    gateway.call(chat("fake/org/model"))
    assert gateway.upstream.log.requests[-1].body["model"] == "org/model"


def test_the_provider_gets_its_own_secret_and_not_our_key(gateway: Gateway) -> None:
    gateway.call(chat())
    headers = gateway.upstream.log.requests[-1].headers
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert KEY not in json.dumps(headers)


@pytest.mark.parametrize("header", ["x-api-key", "api-key"])
def test_a_key_may_come_in_the_headers_of_other_clients(gateway: Gateway, header: str) -> None:
    body = json.dumps(chat()).encode()
    assert gateway.send("POST", "/v1/chat/completions", body, {header: KEY}).status == 200


def test_a_provider_without_keep_alive_bears_a_server_that_drops_connections(gateway: Gateway) -> None:
    before = gateway.upstream.log.connections
    for _ in range(5):
        assert gateway.call(chat("dropping/fake?drop=1", stream=True)).body.endswith(b"data: [DONE]\n\n")
    assert gateway.upstream.log.connections - before == 5


def test_connections_to_a_provider_are_used_again(gateway: Gateway) -> None:
    gateway.call(chat(stream=True))
    before = gateway.upstream.log.connections
    for stream in (False, True, False, True):
        assert gateway.call(chat(stream=stream)).status == 200
    assert gateway.upstream.log.connections == before


def test_a_trace_of_the_caller_is_continued_and_passed_on(gateway: Gateway) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    answer = gateway.call(chat(), headers={"traceparent": f"00-{trace}-{parent}-01"})
    call = gateway.record_of(answer)
    assert (call.trace_id, call.parent_span_id) == (trace, parent)
    assert answer.headers["x-trimtab-trace-id"] == trace
    assert answer.headers["traceparent"] == f"00-{trace}-{call.span_id}-01"
    assert gateway.upstream.log.requests[-1].headers["traceparent"] == f"00-{trace}-{call.attempts[0].span_id}-01"


@pytest.mark.parametrize("header", ["nonsense", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "00-4BF9-1-01"])
def test_a_trace_that_cannot_be_used_is_replaced_by_a_new_one(gateway: Gateway, header: str) -> None:
    call = gateway.record_of(gateway.call(chat(), headers={"traceparent": header}))
    assert len(call.trace_id) == 32
    assert int(call.trace_id, 16) != 0
    assert call.parent_span_id == ""


def test_whom_a_call_is_for_comes_from_headers_metadata_and_user(gateway: Gateway) -> None:
    headers = {"x-trimtab-feature": "search", "x-trimtab-team": "core"}
    body = chat(metadata={"feature": "ignored", "session_id": "s-1", "ticket": "42"}, user="u-7")
    call = gateway.record_of(gateway.call(body, headers=headers))
    assert (call.feature, call.team, call.session_id, call.user_id) == ("search", "core", "s-1", "u-7")
    assert call.metadata == {"ticket": "42"}
    assert "metadata" not in gateway.upstream.log.requests[-1].body
    assert gateway.upstream.log.requests[-1].body["user"] == "u-7"


def test_letters_that_a_header_cannot_hold_come_percent_encoded(gateway: Gateway) -> None:
    headers = {"x-trimtab-user": "Zo%C3%AB", "x-trimtab-feature": "100% sure"}
    call = gateway.record_of(gateway.call(chat(), headers=headers))
    assert (call.user_id, call.feature) == ("Zoë", "100% sure")


def test_metadata_goes_upstream_when_the_answer_is_to_be_stored_there(gateway: Gateway) -> None:
    gateway.call(chat(metadata={"ticket": "42"}, store=True))
    assert gateway.upstream.log.requests[-1].body["metadata"] == {"ticket": "42"}


def test_a_sample_is_marked(gateway: Gateway) -> None:
    assert gateway.record_of(gateway.call(chat(), headers={"x-trimtab-sample": "1"})).is_sample


def test_models_lists_what_can_be_called_with_this_key(gateway: Gateway) -> None:
    names = [model.id for model in gateway.client().models.list()]
    assert {"fast", "fake/fake", "fake/org/model", "prompt:support/answer", "prompt:support/answer@staging"} <= set(
        names
    )
    assert gateway.client().models.retrieve("fake/org/model").id == "fake/org/model"
    with pytest.raises(openai.NotFoundError):
        gateway.client().models.retrieve("fake/unknown")


def test_a_large_answer_passes_whole_and_is_recorded_by_its_length(gateway: Gateway) -> None:
    answer = gateway.call(chat("fake/fake?size=5000000"))
    assert len(answer.json()["choices"][0]["message"]["content"]) == 5_000_000
    call = gateway.record_of(answer)
    assert "bytes were not recorded" in json.loads(call.output_messages)[0]["message"]["content"]
    assert call.attempts[0].usage is not None
