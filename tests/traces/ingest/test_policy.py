"""What a project lets in is its own to say, and every span that is not kept is counted with the reason."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.traces.application import Application, eventually
from tests.traces.payload import accepted, chat, child, span

from trimtab.traces.ingest_policies import IngestPolicies
from trimtab.traces.ingest_policy import Fate, IngestPolicy

SetPolicy = Callable[..., Response]
_PING = {"query": 'name = "GET /health"', "fate": "drop"}


def _reasons(app: Application) -> dict[tuple[str, str], int]:
    return {(row["outcome"], row["reason"]): row["items"] for row in app.get("/ingest/outcomes")["reasons"]}


def _aside(app: Application, trace_id: str) -> list[str]:
    rows = app.running.services.warehouse.query(
        "SELECT name FROM side_spans WHERE trace_id = {id:String} ORDER BY name", {"id": trace_id}
    )
    return [row["name"] for row in rows]


def _names(app: Application, trace_id: str) -> set[str]:
    rows = app.running.services.warehouse.query("SELECT name FROM spans WHERE trace_id = {id:String}", {"id": trace_id})
    return {row["name"] for row in rows}


def _trace() -> list[dict[str, Any]]:
    """Return a request with a database query and a model call beneath it."""
    root = span("POST /ask", {"http.route": "/ask"})
    return [root, child(root, "SELECT"), child(root, "chat", chat())]


def test_without_one_of_its_own_a_project_puts_aside_what_has_nothing_to_do_with_models(app: Application) -> None:
    found = app.get("/ingest/policy")
    usual = {"unrelated": "aside", "aside_percent": 100, "deduplicates": True, "rules": []}
    assert found == {"policy": usual, "updated_by": None, "updated_at": None}
    sent = _trace()
    accepted(app, *sent)
    assert _names(app, sent[0]["traceId"]) == {"POST /ask", "chat"}
    assert _aside(app, sent[0]["traceId"]) == ["SELECT"]
    assert _reasons(app) == {("stored", "gen_ai"): 1, ("stored", "unrelated"): 1, ("aside", "unrelated"): 1}


def test_everything_is_kept_from_the_next_batch_on(app: Application, set_policy: SetPolicy) -> None:
    accepted(app, *_trace())
    assert set_policy(unrelated="keep").status_code == 200
    sent = _trace()
    accepted(app, *sent)
    assert _names(app, sent[0]["traceId"]) == {"POST /ask", "SELECT", "chat"}


def test_what_is_unrelated_is_dropped_unless_it_lies_above_a_call(app: Application, set_policy: SetPolicy) -> None:
    set_policy(unrelated="drop")
    sent = _trace()
    accepted(app, *sent)
    trace_id = sent[0]["traceId"]
    assert _names(app, trace_id) == {"POST /ask", "chat"}
    assert _aside(app, trace_id) == []
    assert _reasons(app)["dropped", "unrelated"] == 1
    assert app.get("/ingest")["counts"]["spans_dropped"] == 1
    (listed,) = app.traces()
    assert (listed["name"], listed["span_count"]) == ("POST /ask", 2)


def test_a_call_beneath_a_root_that_was_dropped_is_still_listed(app: Application, set_policy: SetPolicy) -> None:
    set_policy(unrelated="drop")
    root = span("POST /ask")
    accepted(app, root)
    accepted(app, child(root, "chat", chat()))
    (listed,) = app.traces()
    assert (listed["name"], listed["cost_usd"]) == ("chat", "0.00045")


def test_a_rule_drops_or_puts_aside_by_what_a_span_says_of_itself(app: Application, set_policy: SetPolicy) -> None:
    aside = {"query": 'attributes["http.route"] = "/internal" or model = "toy"', "fate": "aside"}
    assert set_policy(unrelated="keep", rules=[_PING, aside]).status_code == 200
    root = span("POST /ask", {"http.route": "/ask"})
    hidden = child(root, "GET /internal", {"http.route": "/internal"})
    toy = child(root, "toy", chat() | {"gen_ai.request.model": "toy"})
    accepted(app, root, child(root, "GET /health"), hidden, toy, child(root, "SELECT"))
    assert _names(app, root["traceId"]) == {"POST /ask", "SELECT"}
    assert _aside(app, root["traceId"]) == ["GET /internal", "toy"]
    assert app.ledger(root["traceId"]) == []
    reasons = _reasons(app)
    assert reasons["dropped", 'rule: name = "GET /health"'] == 1
    assert reasons["aside", f"rule: {aside['query']}"] == 2


def test_what_a_rule_puts_aside_comes_back_above_a_call(app: Application, set_policy: SetPolicy) -> None:
    set_policy(rules=[{"query": 'name = "POST /ask"', "fate": "aside"}])
    root = span("POST /ask")
    accepted(app, root)
    assert _names(app, root["traceId"]) == set()
    accepted(app, child(root, "chat", chat()))
    assert _names(app, root["traceId"]) == {"POST /ask", "chat"}


def test_of_some_traces_only_unrelated_spans_are_put_aside(app: Application, set_policy: SetPolicy) -> None:
    set_policy(aside_percent=50)
    low, high = "0" * 24 + "00000001", "0" * 23 + "1" + "ffffffff"
    accepted(app, span("SELECT", traceId=low), span("SELECT", traceId=high))
    assert (_aside(app, low), _aside(app, high)) == (["SELECT"], [])
    assert _reasons(app) == {("aside", "unrelated"): 1, ("dropped", "not in the sample"): 1}


@pytest.mark.parametrize(("deduplicates", "cost"), [(1, "0.00045"), (0, "0.0009")])
def test_one_call_that_two_instrumentations_report_counts_once_or_twice(
    app: Application, set_policy: SetPolicy, deduplicates: int, cost: str
) -> None:
    set_policy(deduplicates=bool(deduplicates))
    outer = span("ChatOpenAI", chat())
    accepted(app, outer, child(outer, "chat", chat()))
    (listed,) = app.traces()
    assert listed["cost_usd"] == cost
    assert (
        ("deduplicated", "tests") in _reasons(app) if deduplicates else ("deduplicated", "tests") not in _reasons(app)
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"query": "", "fate": "drop"}, "would fit every span"),
        ({"query": "name = ", "fate": "drop"}, "value"),
        ({"query": "has span(tool)", "fate": "drop"}, "other spans of the trace"),
        ({"query": "cost > 1", "fate": "drop"}, "'cost', which is not known yet"),
        ({"query": "call = false", "fate": "drop"}, "'call', which is not known yet"),
        ({"query": "name = a and root = true", "fate": "drop"}, "'root', which is not known yet"),
        ({"query": "tag = noise", "fate": "drop"}, "'tag', which is not known yet"),
        ({"query": "trace.errors > 0", "fate": "aside"}, "'trace.errors', which is not known yet"),
        ({"query": "tool", "fate": "keep"}, "drops spans or puts them aside"),
        ({"query": "tool", "fate": "lose"}, "fate"),
    ],
)
def test_a_rule_that_cannot_be_applied_is_refused_and_changes_nothing(
    app: Application, set_policy: SetPolicy, rule: dict[str, str], said: str
) -> None:
    answer = set_policy(unrelated="drop", rules=[rule])
    assert answer.status_code == 400, answer.text
    assert said in answer.json()["error"]["message"]
    assert app.get("/ingest/policy")["policy"]["unrelated"] == "aside"


def test_a_change_is_audited_with_what_differs(app: Application, admin: TestClient, set_policy: SetPolicy) -> None:
    set_policy(unrelated="drop")
    set_policy(unrelated="drop", rules=[_PING])
    newest = admin.get(f"/api/v1/projects/{app.project_id}/audit").json()["items"][0]
    assert newest["action"] == "ingest.policy.update"
    assert newest["detail"] == {"before": {"rules": []}, "after": {"rules": [_PING]}}
    assert app.get("/ingest/policy")["updated_by"] == "admin"


def test_another_server_follows_within_half_a_second(app: Application, set_policy: SetPolicy) -> None:
    seconds = [0.0]
    other = IngestPolicies(app.running.services.meta, IngestPolicy(), tick=lambda: seconds[0])
    assert other.of(app.project_id).unrelated is Fate.ASIDE
    set_policy(unrelated="drop")
    assert other.of(app.project_id).unrelated is Fate.ASIDE
    seconds[0] += 0.5
    assert other.of(app.project_id).unrelated is Fate.DROP


def test_a_preview_says_what_would_have_become_of_the_last_hour(app: Application, admin: TestClient) -> None:
    sent = _trace()
    accepted(app, *sent, span("GET /health"), span("GET /health"))

    def preview(**policy: Any) -> dict[str, Any]:
        answer = admin.post(f"/api/v1/projects/{app.project_id}/ingest/policy/preview", json=policy)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    now = preview()
    assert (now["spans"], now["of_spans"], now["kept"], now["aside"], now["dropped"]) == (5, 5, 2, 3, 0)
    everything = preview(unrelated="keep", rules=[_PING])
    assert (everything["kept"], everything["aside"], everything["dropped"]) == (3, 0, 2)
    assert everything["reasons"] == [{"fate": "drop", "reason": 'rule: name = "GET /health"', "spans": 2}]
    assert (everything["calls_lost"], everything["cost_lost_usd"]) == (0, "0")
    lost = preview(unrelated="keep", rules=[{"query": "model = gpt-4o", "fate": "drop"}])
    assert (lost["calls_lost"], lost["cost_lost_usd"]) == (1, "0.00045")
    assert app.get("/ingest/policy")["updated_by"] is None


def test_counts_over_time_hold_the_minute_of_each_span(app: Application) -> None:
    accepted(app, *_trace())
    found = app.get("/ingest/outcomes")
    step = eventually(lambda: [each for each in app.get("/ingest/outcomes")["steps"] if each["stored"]])[-1]
    assert (step["stored"], step["aside"], step["dropped"], step["refused"]) == (2, 1, 0, 0)
    assert timedelta(seconds=found["step_s"]) >= timedelta(minutes=1)
    assert len(found["steps"]) > 90


def test_who_sends_is_listed_with_what_they_speak(app: Application) -> None:
    root = span("POST /ask")
    accepted(app, root, child(root, "chat", chat()), **{"service.name": "shop"})
    rows = app.get("/ingest/senders")["items"]
    assert [(row["dialect"], row["scope"], row["services"], row["spans"], row["calls"]) for row in rows] == [
        ("", "tests", ["shop"], 1, 0),
        ("gen_ai", "tests", ["shop"], 1, 1),
    ]
    assert all(row["spans_per_s"] == 0.02 for row in rows)
