"""Events of the older API: each judged by itself, added up in any order, once, and priced like every other span."""

import itertools
import json
from decimal import Decimal
from typing import Any

import pytest
from tests.traces.application import Application
from tests.traces.langfuse.sending import at, basic, event, send, taken

from trimtab.traces import named_ids as ids


def trace(app: Application, name: str) -> dict[str, Any]:
    found: dict[str, Any] = app.get(f"/traces/{ids.trace_id(name)}")
    return found


def buckets(span: dict[str, Any]) -> dict[str, int]:
    return {name: count for name, count in span["usage"].items() if count}


_PARTS = (
    ("trace-create", 0.0, {"id": "t", "timestamp": at(0), "name": "chat", "userId": "u", "input": "hi"}),
    ("generation-create", 1.0, {"id": "g", "traceId": "t", "name": "llm", "model": "gpt-4o", "startTime": at(1)}),
    ("generation-update", 2.0, {"id": "g", "traceId": "t", "usage": {"input": 100, "output": 20, "unit": "TOKENS"}}),
    ("generation-update", 3.0, {"id": "g", "traceId": "t", "endTime": at(3), "output": "In Norway."}),
    ("trace-create", 4.0, {"id": "t", "timestamp": at(4), "userId": "u2", "sessionId": "s", "tags": ["late"]}),
)


@pytest.mark.parametrize("order", [*itertools.islice(itertools.permutations(range(5)), 0, 120, 29), (4, 3, 2, 1, 0)])
def test_partial_updates_add_up_in_whatever_order_they_come(app: Application, order: tuple[int, ...]) -> None:
    for place in order:
        kind, seconds, body = _PARTS[place]
        taken(app, event(kind, seconds, **body))
    found = trace(app, "t")
    spans = {span["name"]: span for span in found["spans"]}
    assert len(found["spans"]) == 2
    root, call = spans["chat"], spans["llm"]
    assert (root["duration_ms"], call["duration_ms"]) == (3000, 2000)
    assert call["parent_span_id"] == root["span_id"]
    assert buckets(call) == {"input_uncached": 100, "output_text": 20}
    assert (found["trace"]["user_id"], found["trace"]["session_id"]) == ("u2", "s")
    assert app.traces(filter='has span(model = "gpt-4o" and user = "u2" and session = "s")')
    assert json.loads(root["attributes"]["langfuse.trace.tags"]) == ["late"]
    # gpt-4o: 100 x 2.5 + 20 x 10
    assert [Decimal(row["cost_usd"]) for row in found["ledger"]] == [Decimal("0.00045")]
    (listed,) = app.traces()
    assert (listed["name"], listed["span_count"], Decimal(listed["cost_usd"])) == ("chat", 2, Decimal("0.00045"))
    totals = app.get("/overview")["totals"]
    assert (totals["requests"], Decimal(totals["cost_usd"])) == (1, Decimal("0.00045"))


def test_a_batch_that_comes_again_changes_nothing(app: Application) -> None:
    batch = [event(*part[:2], **part[2]) for part in _PARTS]
    taken(app, *batch)
    first = trace(app, "t")
    taken(app, *batch)
    taken(app, *reversed(batch))
    assert trace(app, "t") == first


def test_a_bad_event_is_named_and_the_others_are_taken(app: Application) -> None:
    good = event("span-create", 0, id="s", traceId="t", name="good", startTime=at(0), endTime=at(1))
    bad = [
        event("span-create", 0, id="a", traceId="t", startTime="yesterday"),
        event("span-create", 0, id="b", traceId=7),
        event("span-explode", 0, id="c"),
        event("trace-create", 0, id="t", tags="x"),
        event("score-create", 0, traceId="t", name="n"),
        event("score-create", 0, name="n", value=1),
        event("generation-create", 0, id="d", traceId="t", startTime="1999-01-01T00:00:00Z"),
        event("span-create", 0, id="e", traceId="t", startTime="0001-01-01T00:00:00+05:00"),
        event("span-create", 0, id="f", traceId="t") | {"timestamp": "9999-12-31T23:59:59-05:00"},
        event("score-create", 0, traceId="t", name="n", value=10**400),
        {"id": "no-body", "type": "span-create", "timestamp": at(0)},
    ]
    answer = send(app, *bad[:4], good, *bad[4:], "no object")
    assert [each["id"] for each in answer["successes"]] == [good["id"]]
    assert {each["id"] for each in answer["errors"]} == {each["id"] for each in bad} | {""}
    assert {each["status"] for each in answer["errors"]} == {400}
    reasons = " ".join(each["message"] for each in answer["errors"])
    for said in ("'yesterday'", "`body.traceId` must be text, found 7", "span-explode", "`body.tags`", "before 2020"):
        assert said in reasons
    assert [span["name"] for span in trace(app, "t")["spans"]] == ["good"]


def test_every_type_of_event_is_taken(app: Application) -> None:
    of_trace = {"traceId": "every", "startTime": at(1), "endTime": at(2)}
    taken(
        app,
        event("trace-create", 0, id="every", name="every", timestamp=at(0)),
        event("span-create", 1, id="s", name="span", **of_trace),
        event("span-update", 2, id="s", traceId="every", level="WARNING"),
        event("generation-create", 1, id="g", name="generation", **of_trace),
        event("generation-update", 2, id="g", traceId="every", output="o"),
        event("event-create", 1, id="e", name="event", traceId="every", startTime=at(1)),
        event("observation-create", 1, id="o", name="observation", type="EVENT", **of_trace),
        event("observation-update", 2, id="o", type="EVENT", traceId="every", input="i"),
        event("tool-create", 1, id="t", name="tool", **of_trace),
        event("score-create", 2, id="every-score", traceId="every", name="n", value=1),
        event("sdk-log", 2, log="something"),
    )
    spans = {span["name"]: span for span in trace(app, "every")["spans"]}
    assert spans.keys() == {"every", "span", "generation", "event", "observation", "tool"}
    assert (spans["generation"]["operation"], spans["tool"]["operation"]) == ("chat", "execute_tool")
    assert spans["span"]["attributes"]["langfuse.observation.level"] == "WARNING"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"usage": {"input": 60, "output": 20, "total": 80}}, {"input_uncached": 60, "output_text": 20}),
        ({"usage": {"promptTokens": 60, "completionTokens": 20}}, {"input_uncached": 60, "output_text": 20}),
        (
            {"usageDetails": {"input": 60, "cache_read_input_tokens": 40, "output": 20}},
            {"input_uncached": 60, "cache_read": 40, "output_text": 20},
        ),
        (
            {
                "usageDetails": {
                    "prompt_tokens": 100,
                    "completion_tokens": 20,
                    "total_tokens": 120,
                    "prompt_tokens_details": {"cached_tokens": 40},
                    "completion_tokens_details": {"reasoning_tokens": 5},
                }
            },
            {"input_uncached": 60, "cache_read": 40, "output_text": 15, "reasoning": 5},
        ),
        ({"usageDetails": {"input": 1, "output": 2}, "usage": {"input": 9}}, {"input_uncached": 1, "output_text": 2}),
        ({"usage": {"input": 900, "unit": "CHARACTERS"}}, {}),
    ],
)
def test_usage_in_all_its_forms_ends_in_disjoint_buckets(
    app: Application, said: dict[str, Any], kept: dict[str, int]
) -> None:
    call = {"id": "g", "traceId": "t", "name": "llm", "model": "gpt-4o", "startTime": at(0), "endTime": at(1)}
    taken(app, event("generation-create", 0, **call, **said))
    (span,) = trace(app, "t")["spans"]
    assert buckets(span) == kept


def test_a_call_that_has_not_ended_is_not_billed_yet(app: Application) -> None:
    taken(app, event("generation-create", 0, id="g", traceId="t", name="llm", model="gpt-4o", startTime=at(0)))
    assert trace(app, "t")["ledger"] == []
    assert app.get("/overview")["totals"]["unpriced_requests"] == 0
    taken(app, event("generation-update", 1, id="g", traceId="t", endTime=at(1), usage={"input": 100, "output": 20}))
    assert [Decimal(row["cost_usd"]) for row in trace(app, "t")["ledger"]] == [Decimal("0.00045")]


_GENERATION = {
    "id": "g",
    "traceId": "t",
    "name": "llm",
    "model": "gpt-4o",
    "startTime": at(0),
    "endTime": at(1),
    "completionStartTime": at(0.25),
    "promptName": "support/answer",
    "promptVersion": 3,
    "level": "ERROR",
    "statusMessage": "boom",
    "modelParameters": {"temperature": 0.1},
    "metadata": {"k": [1]},
    "input": [{"role": "user", "content": "Where?"}],
    "usage": {"input": 1},
}


def test_an_observation_carries_its_prompt_its_error_and_its_environment(app: Application) -> None:
    taken(
        app,
        event("trace-create", 0, id="t", name="chat", environment="staging", release="r1", timestamp=at(0)),
        event("generation-create", 0, **_GENERATION),
    )
    (span,) = [each for each in trace(app, "t")["spans"] if each["name"] == "llm"]
    assert (span["status"], span["status_message"], span["ttft_ms"]) == ("error", "boom", 250)
    assert (span["parameters"], span["attributes"]["langfuse.release"]) == ({"temperature": 0.1}, "r1")
    assert [message["content"] for message in span["input_messages"]] == ["Where?"]
    assert json.loads(span["attributes"]["langfuse.observation.metadata"]) == {"k": [1]}
    (listed,) = app.traces(environment="staging")
    assert listed["name"] == "chat"
    assert app.traces(filter='has span(prompt = "support/answer" and prompt.version = 3)')


def test_an_observation_without_a_trace_is_one_of_its_own(app: Application) -> None:
    taken(app, event("span-create", 0, id="alone", name="alone", startTime=at(0), endTime=at(1)))
    assert [span["name"] for span in trace(app, "alone")["spans"]] == ["alone"]


def test_an_update_without_the_name_of_its_trace_finds_what_it_changes(app: Application) -> None:
    taken(app, event("span-create", 0, id="s", traceId="t", name="span", startTime=at(0)))
    taken(app, event("span-update", 1, id="s", endTime=at(1), output="done"))
    (span,) = trace(app, "t")["spans"]
    assert (span["duration_ms"], span["output_messages"][0]["content"]) == (1000, "done")


def test_ids_of_opentelemetry_stay_what_they_are_and_others_become_such() -> None:
    native = "0123456789abcdef0123456789abcdef"
    assert ids.trace_id(native) == native
    assert ids.trace_id("01234567-89ab-cdef-0123-456789ABCDEF") == native
    assert ids.trace_id("my trace") == ids.trace_id("my trace") != ids.trace_id("my other trace")
    assert len(ids.trace_id("0" * 32)) == 32
    assert ids.trace_id("0" * 32) != "0" * 32
    assert ids.span_id("0123456789abcdef") == "0123456789abcdef"
    assert len(ids.span_id("01234567-89ab-cdef-0123-456789abcdef")) == 16


def test_a_body_that_is_no_batch_or_too_large_is_refused_whole(app: Application) -> None:
    client = app.running.anonymous()

    def status(**body: Any) -> int:
        return client.post("/api/public/ingestion", headers=basic(app), **body).status_code

    assert status(content=b"{") == 400
    assert status(json={"batch": "x"}) == 400
    assert status(json=[]) == 400
    large = event("span-create", 0, id="s", traceId="t", name="large", input="x" * 3_700_000)
    assert status(json={"batch": [large]}) == 413


@pytest.mark.parametrize(
    ("model", "cost", "source"),
    [("gpt-4o", "0.00045", "provider"), ("our-own-model", "0.3", "reported"), ("our-own-model", None, "none")],
)
def test_the_book_goes_before_what_the_client_says_and_that_before_nothing(
    app: Application, model: str, cost: str | None, source: str
) -> None:
    call = {"id": "g", "traceId": "t", "name": "llm", "model": model, "startTime": at(0), "endTime": at(1)}
    said = {"costDetails": {"input": 0.1, "output": 0.2}} if source != "none" else {}
    taken(app, event("generation-create", 0, **call, usage={"input": 100, "output": 20}, **said))
    (row,) = trace(app, "t")["ledger"]
    assert (row["price_source"], row["cost_usd"]) == (source, cost)
    totals = app.get("/overview")["totals"]
    assert (totals["unpriced_requests"], totals["cost_usd"]) == (int(cost is None), cost)
