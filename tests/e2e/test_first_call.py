"""The whole path with a real model: a released prompt, an unmodified SDK, and the call as a trace with its cost."""

import time
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.e2e.installation import Installation, eventually

pytestmark = pytest.mark.model

QUESTION = {"product": "Trimtab", "question": "What is a trace?"}
SEEN_WITHIN_S = 2.0


@pytest.fixture(scope="module", autouse=True)
def _model_answers(with_model: Installation) -> None:
    eventually(lambda: "sample calls" in with_model.text(), "the sample calls", within_s=90)


def test_a_plain_call_of_a_released_prompt_is_answered_and_seen_within_two_seconds(with_model: Installation) -> None:
    raw = with_model.openai(timeout_s=90).chat.completions.with_raw_response.create(
        model="prompt:support/answer", messages=[], metadata=QUESTION
    )
    ended = time.monotonic()
    answer = raw.parse()
    assert answer.choices[0].message.content
    assert answer.usage is not None
    assert answer.usage.completion_tokens > 0

    detail = seen(with_model, raw.headers["x-trimtab-trace-id"], ended)
    trace = detail["trace"]
    assert trace["status"] == "ok"
    assert (trace["provider"], trace["model"], trace["stream"]) == ("local", "smollm2", False)
    assert (trace["prompt"]["name"], trace["prompt"]["version"]) == ("support/answer", 2)
    assert trace["input_tokens"] == answer.usage.prompt_tokens
    assert trace["output_tokens"] == answer.usage.completion_tokens
    assert not trace["is_sample"]
    (row,) = detail["ledger"]
    assert (row["provider"], row["outcome"], row["usage_source"]) == ("local", "ok", "provider")


def test_a_stream_arrives_piece_by_piece_and_is_seen_whole(with_model: Installation) -> None:
    arrivals: list[float] = []
    pieces: list[ChatCompletionChunk] = []
    client = with_model.openai(timeout_s=90)
    with client.chat.completions.with_streaming_response.create(
        model="prompt:support/answer", messages=[], metadata=QUESTION, stream=True
    ) as raw:
        trace_id = raw.headers["x-trimtab-trace-id"]
        for piece in raw.parse():
            arrivals.append(time.monotonic())
            pieces.append(piece)
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert text
    assert arrivals[-1] - arrivals[0] > 0.02, "everything came at once"
    assert all(piece.usage is None for piece in pieces), "usage was shown to a client that did not ask for it"

    detail = seen(with_model, trace_id, arrivals[-1])
    assert detail["trace"]["stream"]
    assert detail["trace"]["output_tokens"] > 0
    assert detail["trace"]["ttft_ms"] is not None
    said = detail["spans"][0]["output_messages"] or detail["spans"][-1]["output_messages"]
    assert said[0]["content"].strip() == text.strip()


def test_the_local_model_costs_nothing_and_that_is_known(with_model: Installation) -> None:
    trace_id = ask(with_model)
    detail = seen(with_model, trace_id, time.monotonic())
    (row,) = detail["ledger"]
    assert (row["cost_usd"], row["price_source"]) == ("0", "local")


def test_the_caller_may_override_only_what_the_release_allows(with_model: Installation) -> None:
    raw = with_model.openai(timeout_s=90).chat.completions.with_raw_response.create(
        model="prompt:support/answer", messages=[], metadata=QUESTION, max_tokens=3, seed=1
    )
    usage = raw.parse().usage
    assert usage is not None
    assert usage.completion_tokens <= 3
    detail = seen(with_model, raw.headers["x-trimtab-trace-id"], time.monotonic())
    sent = detail["spans"][-1]["parameters"] or detail["spans"][0]["parameters"]
    assert sent["max_tokens"] == 3
    assert sent["seed"] == 7


def test_the_first_run_has_a_sample_project_to_look_at(with_model: Installation) -> None:
    (prompt,) = with_model.get("/prompts", q="support/answer")["items"]
    assert prompt["latest_version"] == 2
    assert [(live["environment"], live["version"]) for live in prompt["live"]] == [("production", 2)]
    changes = with_model.get(f"/prompts/{prompt['id']}/diff", **{"from": 1, "to": 2})
    assert any(message["change"] == "changed" for message in changes["messages"])

    samples = eventually(
        lambda: found if len(found := with_model.get("/traces", sample="true")["items"]) == 7 else None,
        "the sample calls as traces",
    )
    assert {sample["status"] for sample in samples} == {"ok", "error"}
    assert {sample["stream"] for sample in samples} == {True, False}
    assert all(sample["is_sample"] for sample in samples)
    assert with_model.get("/setup")["sample"] == {"prompt": "support/answer", "model": "local/smollm2"}


def test_samples_are_made_once(with_model: Installation) -> None:
    eventually(lambda: len(with_model.get("/traces", sample="true")["items"]) == 7 or None, "the sample calls")
    assert with_model.stop() == 0
    before = len(with_model.text())
    with_model.start()
    try:
        ask(with_model)
        assert "sample calls" not in with_model.text()[before:]
        assert len(with_model.get("/traces", sample="true")["items"]) == 7
        assert len(with_model.get("/prompts", q="support/answer")["items"]) == 1
    finally:
        eventually(lambda: "serving smollm2" in with_model.text()[before:], "the local model")


def ask(installation: Installation) -> str:
    """Make a short call, once the model answers, and return its trace id."""

    def call() -> str | None:
        raw = installation.openai(timeout_s=90).chat.completions.with_raw_response.create(
            model="local/smollm2", messages=[{"role": "user", "content": "Say hello."}], max_tokens=5
        )
        return raw.headers["x-trimtab-trace-id"]

    eventually(lambda: "serving smollm2" in installation.text().rpartition("starting Trimtab")[2], "the model", 60)
    return eventually(call, "an answer")


def seen(installation: Installation, trace_id: str, ended: float) -> dict[str, Any]:
    """Return a trace with its ledger as the console sees it; that must be possible two seconds after the call ended."""

    def look() -> dict[str, Any] | None:
        answer = installation.api.get(f"{installation.project}/traces/{trace_id}")
        detail = answer.json()
        return detail if answer.status_code == 200 and detail["ledger"] else None

    found = eventually(look, f"trace {trace_id}", within_s=10)
    took_s = time.monotonic() - ended
    assert took_s < SEEN_WITHIN_S, f"seen after {took_s:.1f} s"
    return found
