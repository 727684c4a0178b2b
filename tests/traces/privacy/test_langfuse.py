"""Events of Langfuse's older clients are kept as they came; so they, too, are redacted, and keep no content."""

from typing import Any

from tests.conftest import Running
from tests.traces.privacy.test_deletions import ask, complete

from trimtab.base import ids
from trimtab.traces import named_ids

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
    _take(running, events)
    return name


def _take(running: Running, events: list[dict[str, Any]]) -> None:
    public, secret = running.services.keys.create(
        running.ours.access, name="lf", scopes=frozenset({"call"}), environment="production"
    )
    answer = running.anonymous().post("/api/public/ingestion", json={"batch": events}, auth=(public.id, secret))
    assert answer.status_code == 207, answer.text
    assert answer.json()["errors"] == []


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


def _events_about(running: Running, observation: str) -> int:
    found = running.services.warehouse.query(
        "SELECT count() AS n FROM langfuse_events WHERE project_id = {project:String} AND entity_id = {entity:String}",
        {"project": running.ours.project.id, "entity": f"observation:{observation}"},
    )
    return int(found[0]["n"])


def test_events_that_do_not_say_their_trace_go_with_it(running: Running) -> None:
    trace_id, inside, alone = ids.new_trace_id(), ids.new_span_id(), f"alone-{ids.new_span_id()}"
    at = running.services.clock.now().isoformat()
    bodies = [
        ("generation-create", {"id": inside, "traceId": trace_id, "name": "llm", "startTime": at}),
        ("generation-update", {"id": inside, "output": "said by an event without a trace", "endTime": at}),
        ("span-create", {"id": alone, "name": "alone", "startTime": at, "endTime": at}),
    ]
    _take(running, [{"id": ids.new("e"), "type": kind, "timestamp": at, "body": body} for kind, body in bodies])
    assert (_events_about(running, inside), _events_about(running, alone)) == (2, 1)
    done = complete(running, ask(running, "trace", trace_id)["id"])
    counted = next(each for each in done["counts"] if each["name"] == "langfuse_events")
    assert (counted["before"], counted["after"]) == (2, 0)
    assert (_events_about(running, inside), _events_about(running, alone)) == (0, 1)
    complete(running, ask(running, "trace", named_ids.trace_id(alone))["id"])
    assert _events_about(running, alone) == 0
