"""Measures of tools, agents and scores, and the heat map, asked of a real warehouse."""

from decimal import Decimal
from typing import Any

import pytest
from tests.traces.conftest import NOW_NS
from tests.traces.dashboards.conftest import HOUR_NS, Ask

from trimtab.base import ids, money
from trimtab.identity.access import Project
from trimtab.llm.call import Call
from trimtab.llm.usage import Usage
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.span import Dimensions, Span, SpanKind, Status
from trimtab.traces.store import rows, scores
from trimtab.traces.store.scores import ScoreRow

_ONE = Decimal("0.0005125")


def _span(project: Project, role: str, name: str, **facts: Any) -> Span:
    usual: dict[str, Any] = {
        "project_id": project.id,
        "trace_id": ids.new_trace_id(),
        "span_id": ids.new_span_id(),
        "parent_span_id": "",
        "request_id": "",
        "started_ns": NOW_NS - HOUR_NS,
        "duration_ns": 200_000_000,
        "ttft_ns": None,
        "name": name,
        "kind": SpanKind.INTERNAL,
        "operation": "",
        "status": Status.OK,
        "status_message": "",
        "error_code": "",
        "requested_model": "",
        "stream": False,
        "dimensions": Dimensions(environment="production"),
        "usage": Usage(),
        "usage_source": "none",
        "cost_usd": None,
        "cost_source": "not_billed",
        "attributes": {},
        "role": role,
        "source": "otlp",
    }
    return Span(**(usual | facts))


def _score(project: Project, name: str, value: float | None, **facts: Any) -> ScoreRow:
    usual: dict[str, Any] = {
        "project_id": project.id,
        "score_id": ids.new("scr"),
        "trace_id": "",
        "span_id": "",
        "session_id": "",
        "at_ns": NOW_NS - HOUR_NS,
        "name": name,
        "kind": "numeric",
        "value": value,
        "label": "",
        "text": "",
        "comment": "",
        "source": "api",
        "author": "",
        "environment": "",
        "metadata": "",
    }
    return ScoreRow(**(usual | facts))


@pytest.fixture
def agent(warehouse: Warehouse, project: Project) -> None:
    """Store an agent's run with three calls of tools, one of which failed."""
    found = [
        _span(project, "agent", "planner", duration_ns=5_000_000_000),
        _span(project, "tool", "search"),
        _span(project, "tool", "search", status=Status.ERROR, error_code="timeout", duration_ns=400_000_000),
        _span(project, "tool", "calculator", duration_ns=1_000_000),
    ]
    rows.insert_spans(warehouse, found)


@pytest.mark.usefixtures("agent")
def test_tools_and_agents_are_counted_apart_from_calls(ask: Ask) -> None:
    found = ask("tool_calls", "tool_error_rate", "tool_p95", by=("name",))
    assert {group.key: group.values for group in found.groups} == {
        ("search",): {"tool_calls": 2, "tool_error_rate": 0.5, "tool_p95": pytest.approx(390.0)},
        ("calculator",): {"tool_calls": 1, "tool_error_rate": 0.0, "tool_p95": 1.0},
    }
    assert ask("agent_runs", "agent_p50", "calls").totals == {"agent_runs": 1, "agent_p50": 5000.0, "calls": 0}
    assert ask("tool_errors", by=("error.code",), where="error").groups[0].key == ("timeout",)


@pytest.fixture
def judged(warehouse: Warehouse, project: Project, day: list[Call]) -> list[Call]:
    """Store scores: of the first call's span, of the whole trace of the second, of a session, and one taken back."""
    first, second = day[0], day[1]
    given = [
        _score(project, "helpful", 0.5, trace_id=first.trace_id, span_id=first.span_id),
        _score(project, "helpful", 1.0, trace_id=second.trace_id),
        _score(project, "polite", 1.0, trace_id=second.trace_id, kind="boolean"),
        _score(project, "topic", None, trace_id=second.trace_id, kind="categorical", label="billing"),
        _score(project, "helpful", 0.0, session_id="session-1"),
        _score(project, "helpful", 0.0, trace_id=first.trace_id, is_deleted=True),
    ]
    scores.insert(warehouse, given, token=ids.new("tok"))
    return day


@pytest.mark.usefixtures("judged")
def test_scores_are_averaged_by_their_name(ask: Ask) -> None:
    found = ask("score_n", "score_mean", by=("score",))
    assert {group.key: group.values for group in found.groups} == {
        ("helpful",): {"score_n": 3, "score_mean": 0.5},
        ("polite",): {"score_n": 1, "score_mean": 1.0},
        ("topic",): {"score_n": 1, "score_mean": None},
    }
    assert ask("score_mean", score="polite").totals == {"score_mean": 1.0}


@pytest.mark.usefixtures("judged")
def test_scores_can_be_cut_by_what_they_are_about(ask: Ask) -> None:
    found = ask("score_n", "score_mean", by=("score", "prompt.version"), score="helpful", sort="score_n")
    assert [(group.key, group.values) for group in found.groups] == [
        (("helpful", "3"), {"score_n": 2, "score_mean": 0.75})
    ]
    assert ask("score_n", by=("model",), where='feature = "chat"').groups[0].key == ("openai/gpt-4o",)
    assert ask("score_n", where='feature = "mail"').totals == {"score_n": 0}
    assert ask("score_n", environment="staging").totals == {"score_n": 0}


@pytest.mark.usefixtures("judged")
def test_scores_have_points_over_time(ask: Ask) -> None:
    found = ask("score_n", by=("score",), over_time=True, chart="line", limit=1)
    (group,) = found.groups
    assert sum(point.values["score_n"] or 0 for point in group.points) == 3
    assert found.rest is not None
    assert sum(point.values["score_n"] or 0 for point in found.rest.points) == 2


@pytest.mark.usefixtures("judged")
def test_what_a_success_is_can_be_said(ask: Ask) -> None:
    usual = ask("successes", "success_rate", "cost_per_success").totals
    assert (usual["successes"], usual["success_rate"]) == (6, 6 / 7)
    helpful = ask("successes", "cost_per_success", success='scores["helpful"] > 0.4').totals
    assert helpful["successes"] == 2
    assert usual["cost_per_success"] == money.usd(5 * _ONE / 6)
    assert helpful["cost_per_success"] == money.usd(5 * _ONE / 2)


@pytest.mark.usefixtures("day")
def test_conversations_users_and_retries_have_their_own_averages(ask: Ask) -> None:
    found = ask("users", "sessions", "attempts", "retries", "cost_per_user", "cost_per_session", "cost").totals
    assert (found["users"], found["sessions"], found["attempts"], found["retries"]) == (2, 2, 7, 1)
    # The second user's only call has no price, so nobody knows what that user cost.
    assert found["cost_per_user"] == found["cost"] == 5 * _ONE
    assert found["cost_per_session"] == money.usd(5 * _ONE / 2)


@pytest.mark.usefixtures("day")
def test_tokens_per_second_are_those_of_the_calls_that_wrote(ask: Ask) -> None:
    assert ask("tokens_per_second").totals == {"tokens_per_second": pytest.approx(20.0)}


@pytest.mark.usefixtures("day")
def test_heat_map_counts_each_call_once_in_its_bucket(ask: Ask) -> None:
    found = ask("p95_duration", chart="heatmap")
    assert found.heat is not None
    assert len(found.heat.columns) == 96
    assert sum(sum(column.counts) for column in found.heat.columns) == 7
    low, high = found.heat.edges_ms
    assert low <= 1000.0 < high
    assert {sum(column.counts[1:2]) for column in found.heat.columns} == {0, 1, 3}
    assert found.totals == {"p95_duration": 1000.0}


def test_heat_map_of_nothing_has_no_edges(ask: Ask) -> None:
    found = ask("p95_ttft", chart="heatmap")
    assert found.heat is not None
    assert (found.heat.edges_ms, found.heat.columns[0].counts, found.totals) == ([], [0], {"p95_ttft": None})
