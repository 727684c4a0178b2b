"""Log records join their spans, whichever comes first; judgements become scores."""

import json
from typing import Any

import pytest
from tests.traces.application import Application
from tests.traces.payload import accepted, chat, log, log_request, now_ns, of_span, post, request, span

from trimtab.traces.log_content import DETAILS, EVALUATION

_SAID = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Where is Oslo?"}]}])
_WROTE = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "In Norway."}]}])


def _details(sent: dict[str, Any]) -> dict[str, Any]:
    return log(DETAILS, {"gen_ai.input.messages": _SAID, "gen_ai.output.messages": _WROTE}, **of_span(sent))


def _send(app: Application, *records: dict[str, Any]) -> None:
    answer = post(app, log_request(*records), "/v1/logs")
    assert (answer.status_code, answer.text) == (200, "{}")


def _check(app: Application, sent: dict[str, Any]) -> None:
    found = app.spans(sent["traceId"])["chat"]
    assert [message["content"] for message in found["input_messages"]] == ["Where is Oslo?"]
    assert [message["content"] for message in found["output_messages"]] == ["In Norway."]
    (listed,) = app.traces(q="oslo")
    assert (listed["input_preview"], listed["output_preview"]) == ("Where is Oslo?", "In Norway.")
    assert found["cost_usd"] == "0.00045"


def _with_logs_first(app: Application, sent: dict[str, Any], *records: dict[str, Any]) -> None:
    _send(app, *records)
    accepted(app, sent)


def _with_span_first(app: Application, sent: dict[str, Any], *records: dict[str, Any]) -> None:
    accepted(app, sent)
    _send(app, *records)


def _with_a_restart_between(app: Application, sent: dict[str, Any], *records: dict[str, Any]) -> None:
    _send(app, *records)
    receiver = app.running.services.receiver
    receiver._waiting.clear()
    receiver._has_recalled = False
    accepted(app, sent)


_ORDERS = [_with_logs_first, _with_span_first, _with_a_restart_between]


@pytest.mark.parametrize("send", _ORDERS)
def test_content_that_comes_over_logs_joins_its_span(app: Application, send: Any) -> None:
    sent = span("chat", chat())
    send(app, sent, _details(sent))
    _check(app, sent)


@pytest.mark.parametrize("send", _ORDERS)
def test_one_record_for_each_message_joins_its_span(app: Application, send: Any) -> None:
    sent = span("chat", chat())
    at_ns = now_ns()

    def body(**found: str) -> dict[str, Any]:
        return {
            "kvlistValue": {"values": [{"key": key, "value": {"stringValue": text}} for key, text in found.items()]}
        }

    choice = {"kvlistValue": {"values": [{"key": "message", "value": body(role="assistant", content="In Norway.")}]}}
    send(
        app,
        sent,
        log("gen_ai.choice", body=choice, timeUnixNano=str(at_ns + 1), **of_span(sent)),
        log("gen_ai.user.message", body=body(content="Where is Oslo?"), timeUnixNano=str(at_ns), **of_span(sent)),
    )
    _check(app, sent)


def test_what_a_span_says_itself_goes_before(app: Application) -> None:
    own = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "My own."}]}])
    sent = span("chat", chat(**{"gen_ai.input.messages": own}))
    _with_logs_first(app, sent, _details(sent))
    found = app.spans(sent["traceId"])["chat"]
    assert found["input_messages"][0]["content"] == "My own."
    assert found["output_messages"][0]["content"] == "In Norway."


def test_an_evaluation_result_becomes_a_score_of_its_span(app: Application) -> None:
    sent = span("chat", chat())
    accepted(app, sent)
    judged = {
        "gen_ai.evaluation.name": "relevance",
        "gen_ai.evaluation.score.value": 0.75,
        "gen_ai.evaluation.score.label": "good",
        "gen_ai.evaluation.explanation": "It answers.",
    }
    record = log(EVALUATION, judged, **of_span(sent))
    _send(app, record)
    _send(app, record)
    rows = app.running.services.warehouse.query(
        "SELECT name, value, label, explanation, span_id FROM scores FINAL WHERE project_id = {p:String}",
        {"p": app.project_id},
    )
    assert rows == [
        {
            "name": "relevance",
            "value": 0.75,
            "label": "good",
            "explanation": "It answers.",
            "span_id": sent["spanId"],
        }
    ]


def test_scores_that_a_span_carries_are_kept(app: Application) -> None:
    found = chat(
        **{
            "openinference.span.kind": "LLM",
            "annotations.0.annotation.name": "tone",
            "annotations.0.annotation.label": "kind",
            "annotations.0.annotation.score": 1.0,
            "annotations.0.annotation.annotator_kind": "HUMAN",
        }
    )
    accepted(app, span("chat", found))
    rows = app.running.services.warehouse.query(
        "SELECT name, value, label, source FROM scores FINAL WHERE project_id = {p:String}", {"p": app.project_id}
    )
    assert rows == [{"name": "tone", "value": 1.0, "label": "kind", "source": "human"}]


def test_records_that_have_nothing_to_do_with_a_model_are_dropped_and_counted(app: Application) -> None:
    _send(app, log("", body={"stringValue": "a plain line"}), log("x.y"))
    assert app.running.services.receiver.counts(app.project_id)["logs_dropped"] == 2


def test_a_record_that_cannot_be_taken_is_named(app: Application) -> None:
    answer = post(app, log_request(log(EVALUATION, {}), log("gen_ai.x", timeUnixNano="5")), "/v1/logs")
    partial = answer.json()["partialSuccess"]
    assert partial["rejectedLogRecords"] == "2"
    assert "has no gen_ai.evaluation.name" in partial["errorMessage"]
    assert "lies before 2020" in partial["errorMessage"]


def test_a_trace_of_another_project_is_not_joined(app: Application) -> None:
    sent = span("chat", chat())
    theirs = app.running.ours
    body = request(sent)
    assert post(app, body, authorization=f"Bearer {theirs.key}").status_code == 200
    _send(app, _details(sent))
    found = theirs.key_client.get(f"{theirs.path}/traces/{sent['traceId']}").json()["spans"][0]
    assert found["input_messages"] == []
