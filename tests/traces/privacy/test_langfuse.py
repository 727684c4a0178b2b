"""Events of Langfuse's older clients are kept as they came; so they, too, are redacted, and keep no content."""

from typing import Any

from tests.conftest import Running

from trimtab.base import ids

EMAIL = "ada.lovelace@example.com"


def _send(running: Running) -> str:
    name = ids.new_trace_id()
    at = running.services.clock.now().isoformat()
    trace = {
        "id": name,
        "name": "answer",
        "userId": EMAIL,
        "input": {"q": f"Is it {EMAIL}?"},
        "metadata": {"team": "red"},
    }
    generation = {
        "id": ids.new_span_id(),
        "traceId": name,
        "name": "llm",
        "startTime": at,
        "endTime": at,
        "model": "gpt-4o",
        "modelParameters": {"temperature": 0.5, "stop": EMAIL},
        "input": [{"role": "user", "content": f"Write to {EMAIL}"}],
        "output": f"I wrote to {EMAIL}",
        "statusMessage": f"sent to {EMAIL}",
        "usage": {"input": 100, "output": 20, "unit": "TOKENS"},
    }
    events = [
        {"id": ids.new("e"), "type": kind, "timestamp": at, "body": body}
        for kind, body in (("trace-create", trace), ("generation-create", generation))
    ]
    public, secret = running.services.keys.create(
        running.ours.access, name="lf", scopes=frozenset({"call"}), environment="production"
    )
    answer = running.anonymous().post("/api/public/ingestion", json={"batch": events}, auth=(public.id, secret))
    assert answer.status_code == 207, answer.text
    assert answer.json()["errors"] == []
    return name


def _rows(running: Running, trace_id: str, table: str) -> list[dict[str, Any]]:
    running.services.intake.flush()
    sql = f"SELECT * FROM {table} FINAL WHERE trace_id = {{trace:String}}"  # noqa: S608 - ours
    return running.services.warehouse.query(sql, {"trace": trace_id})


def _wish(running: Running, part: str, **body: Any) -> None:
    assert running.ours.owner.put(f"{running.ours.path}/privacy/{part}", json=body).status_code == 200


def test_events_and_what_is_made_of_them_are_redacted(running: Running) -> None:
    _wish(running, "redaction", detectors=["email"])
    trace_id = _send(running)
    events, spans = _rows(running, trace_id, "langfuse_events"), _rows(running, trace_id, "spans")
    assert len(events) == 2
    assert "ada.lovelace" not in str(events) + str(spans)
    call = next(row for row in spans if row["is_call"])
    assert "Write to [email]" in call["input_messages"]
    assert call["cost_usd"] > 0


def test_events_without_content_still_count_and_cost(running: Running) -> None:
    _wish(running, "content", environments={"production": 0})
    trace_id = _send(running)
    events, spans = _rows(running, trace_id, "langfuse_events"), _rows(running, trace_id, "spans")
    assert not [
        row for row in [*events, *spans] if "rote to" in str(row) or "Is it" in str(row) or "sent to" in str(row)
    ]
    call = next(row for row in spans if row["is_call"])
    assert (call["input_uncached"], call["output_text"], call["user_id"]) == (100, 20, EMAIL)
    assert call["cost_usd"] > 0
