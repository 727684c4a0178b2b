"""A response id binds what no trace binds: a judgement to its call, and two reports of one call in two traces."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.traces.application import Application, eventually
from tests.traces.payload import accepted, chat, log, log_request, now_ns, post, span

from trimtab.base import ids
from trimtab.traces.awaiting_scores import AwaitingScores
from trimtab.traces.log_content import EVALUATION
from trimtab.traces.recent import RecentTraces


def _judge(app: Application, response_id: str) -> None:
    judged = {"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.75}
    answer = post(app, log_request(log(EVALUATION, judged | {"gen_ai.response.id": response_id})), "/v1/logs")
    assert (answer.status_code, answer.text) == (200, "{}")


def _scores(app: Application) -> list[dict[str, Any]]:
    return app.running.services.warehouse.query(
        "SELECT trace_id, span_id, value FROM scores FINAL WHERE project_id = {p:String}", {"p": app.project_id}
    )


def _restart(app: Application) -> None:
    """Take away what the process remembers, as a restart does."""
    receiver = app.running.services.receiver
    receiver._correlation._recent = RecentTraces()
    receiver._correlation._started_ns = now_ns()
    receiver._awaiting = AwaitingScores(app.running.services.warehouse, app.running.services.clock)


def _call(response_id: str) -> dict[str, Any]:
    return span("chat", chat(**{"gen_ai.response.id": response_id}))


def _moved(sent: dict[str, Any], days: int) -> dict[str, Any]:
    moved_ns = days * 24 * 3_600 * 10**9
    return sent | {name: str(int(sent[name]) + moved_ns) for name in ("startTimeUnixNano", "endTimeUnixNano")}


@pytest.mark.parametrize("is_restarted", [0, 1])
@pytest.mark.parametrize("first", ["call", "judgement"])
def test_a_judgement_that_names_a_response_belongs_to_the_call_that_had_it(
    app: Application, first: str, is_restarted: int
) -> None:
    response_id = f"resp-{ids.new_span_id()}"
    sent = _call(response_id)
    if first == "call":
        accepted(app, sent)
        eventually(lambda: app.get("/traces", q=sent["traceId"])["items"])
    else:
        _judge(app, response_id)
        assert _scores(app) == [{"trace_id": "", "span_id": "", "value": 0.75}]
    if is_restarted:
        _restart(app)
    if first == "call":
        _judge(app, response_id)
    else:
        accepted(app, sent)
    expected = [{"trace_id": sent["traceId"], "span_id": sent["spanId"], "value": 0.75}]
    assert eventually(lambda: _scores(app) if _scores(app) == expected else None)
    (found,) = eventually(lambda: app.get("/traces", filter='scores["relevance"] = 0.75')["items"])
    assert found["trace_id"] == sent["traceId"]


def test_a_judgement_of_a_response_that_another_project_had_stays_without_a_span(app: Application) -> None:
    _judge(app, "resp-elsewhere")
    assert _scores(app) == [{"trace_id": "", "span_id": "", "value": 0.75}]


@pytest.mark.parametrize("days_ago", [0, 5])
@pytest.mark.parametrize("is_restarted", [0, 1])
def test_one_call_reported_in_two_traces_counts_once(app: Application, is_restarted: int, days_ago: int) -> None:
    response_id = f"resp-{ids.new_span_id()}"
    one, two = (_moved(_call(response_id), -days_ago) for _ in range(2))
    accepted(app, one)
    since = datetime.now(UTC) - timedelta(days=7)
    eventually(lambda: app.get("/traces", q=one["traceId"], **{"from": since.isoformat()})["items"])
    if is_restarted:
        _restart(app)
    accepted(app, two)
    eventually(lambda: app.get("/traces", q=two["traceId"], **{"from": since.isoformat()})["items"])
    totals = app.get("/overview", **{"from": since.isoformat()})["totals"]
    assert (totals["requests"], totals["cost_usd"]) == (1, "0.00045")
    (row,) = app.ledger(two["traceId"])
    assert (row["price_source"], one["spanId"] in row["formula"]) == ("counted_elsewhere", True)
