"""What was deleted and arrives again later is let go, whichever way it comes, and counted."""

from typing import Any

from tests.conftest import Running
from tests.traces.privacy.test_deletions import ask, complete
from tests.traces.privacy.test_ingest import deliver, gateway_call, model_span, otlp_span, rows, send

from trimtab.base import ids
from trimtab.traces import named_ids
from trimtab.traces.range import TimeRange


def _deleted(running: Running, kind: str, value: str) -> None:
    complete(running, ask(running, kind, value)["id"])


def _let_go(running: Running) -> int:
    counts = running.ours.owner.get(f"{running.ours.path}/privacy").json()["counts"]
    return int(counts["arrived_after_deletion"])


def _of_trace(span: dict[str, Any], trace_id: str) -> dict[str, Any]:
    return span | {"traceId": trace_id}


def test_late_spans_of_a_deleted_trace_are_let_go_and_counted_with_the_reason(running: Running) -> None:
    trace_id, other = ids.new_trace_id(), ids.new_trace_id()
    send(running, _of_trace(model_span(running), trace_id))
    _deleted(running, "trace", trace_id)
    late = [_of_trace(model_span(running), trace_id), _of_trace(otlp_span(running, note="x"), trace_id)]
    send(running, *late, _of_trace(model_span(running), other))
    deliver(running, gateway_call(running, trace_id=trace_id))
    for table in ("spans", "side_spans", "ledger"):
        assert rows(running, trace_id, table) == []
    assert len(rows(running, other)) == 1
    assert _let_go(running) == 3
    now_ns = running.services.clock.now_ns()
    counted = running.services.ingest_counts.by_reason(
        running.ours.project.id, TimeRange(now_ns - 3_600 * 10**9, now_ns + 10**9)
    )
    assert {row["reason"]: row["items"] for row in counted if row["outcome"] == "dropped"} == {
        "arrived after deletion": 2
    }


def test_what_a_deleted_user_did_before_is_let_go_and_what_they_do_afterwards_is_kept(running: Running) -> None:
    user = f"u-{ids.new_span_id()}"
    before, sent = gateway_call(running, user_id=user), model_span(running, **{"user.id": user})
    child = _of_trace(otlp_span(running, note="beneath"), sent["traceId"]) | {"parentSpanId": sent["spanId"]}
    _deleted(running, "user", user)
    now_ns = running.services.clock.now_ns()
    after = gateway_call(running, user_id=user, started_ns=now_ns, ended_ns=now_ns + 1)
    deliver(running, before, after)
    send(running, sent, child)
    assert rows(running, before.trace_id) == []
    assert rows(running, sent["traceId"]) == rows(running, sent["traceId"], "side_spans") == []
    assert len(rows(running, after.trace_id)) == 2


def test_late_log_records_scores_events_and_media_of_a_deleted_trace_are_let_go(running: Running) -> None:
    trace_id = ids.new_trace_id()
    _deleted(running, "trace", trace_id)
    at_ns = str(running.services.clock.now_ns())
    record = {"timeUnixNano": at_ns, "traceId": trace_id, "spanId": ids.new_span_id()}
    record |= {"eventName": "gen_ai.user.message", "body": {"stringValue": "still here"}}
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
    assert running.ours.key_client.post("/v1/logs", json=logs).status_code == 200
    score = {"trace_id": trace_id, "name": "helpful", "value": 1}
    assert running.ours.key_client.post(f"{running.ours.path}/scores", json=score).status_code == 201
    event = {"id": trace_id, "name": "again", "userId": "u", "input": "still here"}
    batch = [{"id": ids.new("e"), "type": "trace-create", "timestamp": "2026-11-24T12:00:00Z", "body": event}]
    public, secret = running.services.keys.create(
        running.ours.access, name="lf", scopes=frozenset({"call"}), environment="production"
    )
    client, auth = running.anonymous(), (public.id, secret)
    taken = client.post("/api/public/ingestion", json={"batch": batch}, auth=auth)
    assert (taken.status_code, taken.json()["errors"]) == (207, [])
    announced = {"traceId": trace_id, "contentType": "image/png", "contentLength": 3, "field": "input"}
    announced["sha256Hash"] = "00" * 32
    medium = client.post("/api/public/media", json=announced, auth=auth)
    assert (medium.status_code, medium.json()["uploadUrl"]) == (201, None)
    for table in ("log_records", "scores", "langfuse_events", "spans"):
        assert rows(running, trace_id, table) == [], table
    assert running.ours.owner.get(f"{running.ours.path}/media/{medium.json()['mediaId']}").status_code == 404
    assert _let_go(running) == 4


def test_parts_of_a_late_trace_that_came_before_it_was_known_whose_it_is_go_too(running: Running) -> None:
    user, trace_id = f"u-{ids.new_span_id()}", ids.new_trace_id()
    root = _of_trace(model_span(running, **{"user.id": user}), trace_id)
    child = _of_trace(model_span(running, **{"user.id": ""}), trace_id) | {"parentSpanId": root["spanId"]}
    _deleted(running, "user", user)
    send(running, child)
    assert len(rows(running, trace_id)) == 1
    send(running, root)
    running.services.deletions.work()
    asked = running.ours.owner.get(f"{running.ours.path}/privacy/deletions").json()["items"][0]
    assert (asked["kind"], asked["requested_by"]) == ("trace", "the deletion of their user or session")
    complete(running, asked["id"])
    assert rows(running, trace_id) == []
    send(running, _of_trace(model_span(running, **{"user.id": ""}), trace_id))
    assert rows(running, trace_id) == []


def test_what_is_of_no_trace_goes_alone_when_its_session_was_deleted(running: Running) -> None:
    session, at = f"s-{ids.new_span_id()}", running.services.clock.now().isoformat()
    _deleted(running, "session", session)
    public, secret = running.services.keys.create(
        running.ours.access, name="lf", scopes=frozenset({"call"}), environment="production"
    )
    observation = {"id": ids.new_span_id(), "name": "alone", "startTime": at}
    late = {"id": ids.new("s"), "sessionId": session, "name": "late", "value": 1}
    # Two events of one id: each is judged by what it says.
    batch = [
        {"id": "one", "type": "score-create", "timestamp": at, "body": late},
        {"id": "one", "type": "span-create", "timestamp": at, "body": observation},
    ]
    taken = running.anonymous().post("/api/public/ingestion", json={"batch": batch}, auth=(public.id, secret))
    assert (taken.status_code, taken.json()["errors"]) == (207, [])
    alone = named_ids.trace_id(observation["id"])
    assert [row["name"] for row in rows(running, alone)] == ["alone"]
    assert _let_go(running) == 1
    running.services.deletions.work()
    after = {"session_id": session, "name": "after", "value": 1}
    assert running.ours.key_client.post(f"{running.ours.path}/scores", json=after).status_code == 201
    kept = running.ours.owner.get(f"{running.ours.path}/scores", params={"session_id": session}).json()["items"]
    assert [score["name"] for score in kept] == ["after"]
