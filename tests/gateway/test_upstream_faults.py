"""What a provider gets wrong is told apart, said with a stable code, and recorded."""

import json
import time

import openai
import pytest
from tests.gateway.stage import SECRET, Gateway, chat, eventually

from trimtab.llm.call import Outcome
from trimtab.llm.usage import UsageSource

BOTH = pytest.mark.parametrize("stream", [False, True])


@BOTH
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "upstream_rejected"),
        (401, "upstream_refused_credentials"),
        (404, "upstream_rejected"),
        (422, "upstream_rejected"),
        (429, "upstream_rate_limited"),
    ],
)
def test_a_refusal_passes_with_its_status_and_message(
    gateway: Gateway, status: int, code: str, *, stream: bool
) -> None:
    answer = gateway.call(chat(f"fake/fake?status={status}&retry_after=7", stream=stream))
    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.error["message"] == f"the fake upstream says {status}"
    assert answer.error["type"] == "fake_error"
    assert answer.headers["retry-after"] == "7"
    call = gateway.record_of(answer)
    assert (call.outcome, call.status_code, call.error_code) == (Outcome.UPSTREAM_REJECTED, status, code)
    assert call.attempts[0].status_code == status


@BOTH
@pytest.mark.parametrize("status", [500, 503, 529])
def test_a_failure_of_the_provider_is_a_bad_gateway(gateway: Gateway, status: int, *, stream: bool) -> None:
    answer = gateway.call(chat(f"fake/fake?status={status}", stream=stream))
    assert (answer.status, answer.error["code"]) == (502, "upstream_error")
    call = gateway.record_of(answer)
    assert (call.outcome, call.attempts[0].status_code) == (Outcome.UPSTREAM_ERROR, status)


@BOTH
@pytest.mark.parametrize("body", ["<html>busy</html>", "{}", "[]", '{"choices": 7}', "\x00\x01", '{"choices": ['])
def test_nonsense_with_status_200_is_a_bad_gateway(gateway: Gateway, body: str, *, stream: bool) -> None:
    quoted = "".join(f"%{byte:02x}" for byte in body.encode())
    answer = gateway.call(chat(f"fake/fake?body={quoted}", stream=stream))
    assert (answer.status, answer.error["code"]) == (502, "upstream_garbage" if not stream else answer.error["code"])
    assert answer.error["code"] in {"upstream_garbage", "upstream_closed_early"}
    assert gateway.record_of(answer).outcome is Outcome.UPSTREAM_ERROR


def test_an_error_with_status_200_is_an_error(gateway: Gateway) -> None:
    answer = gateway.call(chat("fake/fake?body=%7B%22error%22:%7B%22message%22:%22out of credit%22%7D%7D"))
    assert (answer.status, answer.error["code"], answer.error["message"]) == (502, "upstream_error", "out of credit")


def test_an_empty_answer_to_a_stream_is_a_bad_gateway(gateway: Gateway) -> None:
    answer = gateway.call(chat("fake/fake?body=%20&type=text/event-stream", stream=True))
    assert (answer.status, answer.error["code"]) == (502, "upstream_closed_early")


@BOTH
def test_a_redirect_is_not_followed(gateway: Gateway, *, stream: bool) -> None:
    answer = gateway.call(chat("fake/fake?status=307&redirect=http://127.0.0.1:1/", stream=stream))
    assert (answer.status, answer.error["code"]) == (502, "upstream_redirected")


@BOTH
def test_a_provider_that_is_not_there_is_unreachable(gateway: Gateway, *, stream: bool) -> None:
    answer = gateway.call(chat("dead/model", stream=stream))
    assert (answer.status, answer.error["code"]) == (502, "upstream_unreachable")
    refused = "provider 'dead' cannot be reached: its host refused the connection; nothing listens at that port"
    assert answer.error["message"] == refused
    record = gateway.record_of(answer)
    assert (record.outcome, record.error_message) == (Outcome.UNREACHABLE, refused)


@BOTH
def test_a_connection_that_closes_before_the_answer_is_a_bad_gateway(gateway: Gateway, *, stream: bool) -> None:
    answer = gateway.call(chat("fake/fake?close_after=0", stream=stream))
    assert (answer.status, answer.error["code"]) == (502, "upstream_closed_early")


@BOTH
@pytest.mark.parametrize("provider", ["no-url", "bad-header"])
def test_a_provider_of_which_no_request_can_be_made_says_so(gateway: Gateway, provider: str, *, stream: bool) -> None:
    answer = gateway.call(chat(f"{provider}/fake", stream=stream))
    assert (answer.status, answer.error["code"]) == (503, "provider_unusable")
    assert gateway.record_of(answer).outcome is Outcome.REFUSED


def test_half_an_answer_is_a_bad_gateway(gateway: Gateway) -> None:
    answer = gateway.call(chat("fake/fake?close_after=1"))
    assert (answer.status, answer.error["code"]) == (502, "upstream_closed_early")
    assert gateway.record_of(answer).outcome is Outcome.UPSTREAM_ERROR


def test_a_stream_that_breaks_off_ends_with_an_error_and_without_done(gateway: Gateway) -> None:
    answer = gateway.call(chat("fake/fake?chunks=9&close_after=3", stream=True))
    events = answer.body.split(b"\n\n")
    assert json.loads(events[-2].removeprefix(b"data: "))["error"]["code"] == "upstream_closed_early"
    assert b"[DONE]" not in answer.body
    call = gateway.record_of(answer)
    assert (call.outcome, call.error_code) == (Outcome.UPSTREAM_ERROR, "upstream_closed_early")
    assert json.loads(call.output_messages)[0]["message"]["content"] == "This is a"
    attempt = call.attempts[0]
    assert (attempt.usage_source, attempt.usage and attempt.usage.output_text) == (UsageSource.ESTIMATED, 3)


def test_the_openai_client_raises_when_a_stream_breaks_off(gateway: Gateway) -> None:
    stream = gateway.client().chat.completions.create(
        model="fake/fake?chunks=9&close_after=3", messages=[{"role": "user", "content": "x"}], stream=True
    )
    with pytest.raises(openai.APIError) as broken:
        list(stream)
    assert broken.value.code == "upstream_closed_early"


def test_an_error_event_passes_once_and_ends_the_stream_without_done(gateway: Gateway) -> None:
    answer = gateway.call(chat("fake/fake?chunks=9&error_after=2", stream=True))
    assert answer.body.count(b'"error"') == 1
    assert b"the fake fails on request" in answer.body
    assert b"[DONE]" not in answer.body
    call = gateway.record_of(answer)
    assert (call.outcome, call.error_message) == (Outcome.UPSTREAM_ERROR, "the fake fails on request")


@BOTH
def test_a_provider_that_does_not_begin_in_time_is_given_up(gateway: Gateway, *, stream: bool) -> None:
    began = time.monotonic()
    answer = gateway.call(chat("fake/fake?stall_after=0", stream=stream))
    waited = time.monotonic() - began
    assert (answer.status, answer.error["code"]) == (504, "upstream_timeout")
    assert gateway.record_of(answer).outcome is Outcome.TIMEOUT
    # A stream has its own limit for the first token; a plain answer begins when it is complete.
    assert waited < 2 if stream else 4.9 < waited < 7
    eventually(lambda: gateway.upstream.log.requests[-1].cut_by_peer, "the request upstream is cut")


def test_a_stream_that_falls_silent_is_ended_with_an_error(gateway: Gateway) -> None:
    began = time.monotonic()
    answer = gateway.call(chat("fake/fake?chunks=9&stall_after=2", stream=True))
    assert 0.9 < time.monotonic() - began < 3
    assert json.loads(answer.body.split(b"\n\n")[-2].removeprefix(b"data: "))["error"]["code"] == "upstream_timeout"
    assert b"[DONE]" not in answer.body
    assert gateway.record_of(answer).outcome is Outcome.TIMEOUT


def test_a_stream_that_never_ends_is_cut_at_the_total_limit(gateway: Gateway) -> None:
    began = time.monotonic()
    answer = gateway.call(chat("fake/fake?chunks=1000&gap_ms=100", stream=True))
    assert 4.9 < time.monotonic() - began < 8
    assert b"upstream_timeout" in answer.body


@BOTH
def test_the_providers_secret_is_in_no_answer_record_or_log(gateway: Gateway, *, stream: bool) -> None:
    echo = f"%7B%22error%22:%7B%22message%22:%22bad key {SECRET}%22,%22code%22:%22{SECRET}%22%7D%7D"
    answer = gateway.call(chat(f"fake/fake?status=401&body={echo}", stream=stream))
    assert answer.error["message"] == "bad key ***"
    call = gateway.record_of(answer)
    for text in (
        answer.body.decode(),
        str(answer.headers),
        repr(call).replace(call.attempts[0].model, ""),
        gateway.log(),
    ):
        assert SECRET not in text.replace(call.requested_model, "")


def test_an_error_event_cannot_leak_the_secret(gateway: Gateway) -> None:
    event = f"data: %7B%22error%22:%7B%22message%22:%22{SECRET}%22%7D%7D%0A%0A"
    answer = gateway.call(chat(f"fake/fake?type=text/event-stream&body={event}", stream=True))
    assert b"***" in answer.body
    assert SECRET.encode() not in answer.body
