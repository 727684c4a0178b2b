"""What an application sends is found by what its traces as a whole were: through the doors."""

from typing import Any

import pytest
from tests.traces.application import Application
from tests.traces.payload import accepted, chat, child, log, log_request, of_span, post, span

_AGENT = {"gen_ai.operation.name": "invoke_agent"}
_TOOL = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look_up"}
_FAILED = {"code": 2, "message": "not found"}
_MS = 1_000_000
_FAILED_AFTER_POOR_RETRIEVAL = 'span(tool and failed) after span(retrieval and scores["relevance"] < 0.3)'


def _retrieval(agent: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return child(agent, "search documents", {"openinference.span.kind": "RETRIEVER"}, **facts)


def _judged(retrieval: dict[str, Any], relevance: float) -> dict[str, Any]:
    found = {"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": relevance}
    return log("gen_ai.evaluation.result", found, **of_span(retrieval))


def _story(app: Application, name: str, *, relevance: float, tool_fails: bool, tool_first: bool = False) -> None:
    """Send an agent that retrieved documents, asked a model and used a tool, and a judgement of the documents."""
    agent = span(name, _AGENT)
    start_ns = int(agent["startTimeUnixNano"])
    places = [start_ns + 500 * _MS, start_ns + 10 * _MS] if tool_first else [start_ns + 10 * _MS, start_ns + 500 * _MS]
    retrieval = _retrieval(agent, at_ns=places[0], endTimeUnixNano=str(places[0] + 100 * _MS))
    tool = child(agent, "execute_tool", _TOOL, at_ns=places[1], endTimeUnixNano=str(places[1] + 100 * _MS))
    if tool_fails:
        tool["status"] = _FAILED
    accepted(app, agent, retrieval, child(agent, "chat", chat()), tool)
    answer = post(app, log_request(_judged(retrieval, relevance)), "/v1/logs")
    assert answer.status_code == 200, answer.text


def _names(app: Application, query: str) -> list[str]:
    return sorted(row["name"] for row in app.traces(filter=query))


def test_tool_that_failed_after_a_poor_retrieval_is_found(app: Application) -> None:
    _story(app, "wanted", relevance=0.2, tool_fails=True)
    _story(app, "good documents", relevance=0.9, tool_fails=True)
    _story(app, "tool went well", relevance=0.1, tool_fails=False)
    _story(app, "tool came first", relevance=0.1, tool_fails=True, tool_first=True)
    assert _names(app, _FAILED_AFTER_POOR_RETRIEVAL) == ["wanted"]
    assert len(_names(app, f"not ({_FAILED_AFTER_POOR_RETRIEVAL})")) == 3
    histogram = app.get("/trace-histogram", filter=_FAILED_AFTER_POOR_RETRIEVAL)
    assert sum(step["traces"] for step in histogram["steps"]) == 1


@pytest.fixture
def agent(app: Application) -> str:
    """Send an agent's trace of two calls, and a call of its own; give the agent's name."""
    root = span("agent", _AGENT)
    second = chat(**{"gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 1000})
    said = {"gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Where is Oslo?"}]}]'}
    accepted(app, root, child(root, "first", chat() | said), child(root, "second", second), span("alone", chat()))
    return "agent"


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize(
    "query",
    [
        "model = gpt-4o-mini",
        'model = "openai/gpt-4o-mini"',
        "tokens.input = 1100",
        "tokens.output = 40",
        "trace.spans = 3",
        "message contains OSLO",
        'cost > 0.00045 and name = "agent"',
    ],
)
def test_trace_is_found_by_what_its_calls_were(app: Application, query: str) -> None:
    assert _names(app, query) == ["agent"]


@pytest.mark.usefixtures("agent")
def test_list_shows_the_cost_that_the_filter_tests(app: Application) -> None:
    for row in app.traces():
        assert _names(app, f"cost = {row['cost_usd']}") == [row["name"]]
        assert _names(app, f"trace.cost = {row['cost_usd']}") == [row["name"]]
        assert _names(app, f"cost != {row['cost_usd']} and trace.spans = {row['span_count']}") == []


@pytest.mark.usefixtures("agent")
def test_each_value_of_a_facet_is_what_its_filter_finds(app: Application) -> None:
    facets = app.get("/traces/facets")["facets"]
    counts = {(facet["field"], each["value"]): each["count"] for facet in facets for each in facet["values"]}
    assert counts["model", "openai/gpt-4o"] == 2
    for (field, value), count in counts.items():
        assert len(app.traces(**{field: value})) == count, (field, value)


def test_a_trace_shows_the_prompt_of_the_call_beneath_its_root(app: Application) -> None:
    root = span("handle request", _AGENT)
    prompted = chat() | {
        "langfuse.observation.type": "generation",
        "langfuse.observation.prompt.name": "support/answer",
        "langfuse.observation.prompt.version": 3,
    }
    accepted(app, root, child(root, "answer", prompted), child(root, "plain", chat()))
    (row,) = app.traces(filter='name = "handle request"')
    assert row["prompt"] == {"name": "support/answer", "version": 3, "release_id": "", "arm": ""}
