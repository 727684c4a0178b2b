"""The filter language at the doors: the list, its facets and the overview mean the same calls by it."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from trimtab.base import ids
from trimtab.base.clock import SystemClock
from trimtab.llm.call import Attempt, Call, Outcome

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]


@pytest.fixture
def sent(running: Any, make_call: MakeCall, make_attempt: MakeAttempt, frame: Frame) -> list[Call]:
    """Send three calls of a moment ago: two that went well, and one that did not."""
    at_ns = SystemClock().now_ns() - 5_000_000_000
    session = ids.new("ses")
    calls = [
        make_call(
            at_ns + number,
            session_id=session,
            project_id=running.ours.project.id,
            attempts=[make_attempt(at_ns)],
            **facts,
        )
        for number, facts in enumerate(
            [{"user_id": "anna"}, {"user_id": "anna", "outcome": Outcome.UPSTREAM_ERROR}, {"user_id": "o'neil"}]
        )
    ]
    answer = running.internal().post("/internal/v1/calls", content=frame(calls))
    assert answer.json()["accepted"] == 3
    return calls


def _ids(running: Any, query: str, sent: list[Call]) -> set[str]:
    """Return what fits of the calls just sent; other tests send to the same project."""
    ours = f"session = {sent[0].session_id}"
    query = f"({query}) and {ours}" if query else ours
    answer = running.ours.owner.get(f"{running.ours.path}/traces", params={"filter": query})
    assert answer.status_code == 200, answer.text
    return {item["trace_id"] for item in answer.json()["items"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2]),
        ("error", [1]),
        ("user = anna and not error", [0]),
        ('user contains "\'NEIL"', [2]),
        ("cost > 0.0005 and duration <= 1s and tokens.output = 20", [0, 1, 2]),
        ("has span(side = client and http.status = 200) and user = anna", [0, 1]),
        ('attributes["gen_ai.request.temperature"] < 0.5', []),
    ],
)
def test_list_holds_what_the_filter_asks_for(running: Any, sent: list[Call], query: str, found: list[int]) -> None:
    assert _ids(running, query, sent) == {sent[number].trace_id for number in found}


def test_trace_id_alone_finds_the_trace(running: Any, sent: list[Call]) -> None:
    assert _ids(running, sent[2].trace_id, sent) == {sent[2].trace_id}
    assert _ids(running, sent[0].request_id, sent) == {sent[0].trace_id}


def test_facets_and_overview_count_the_same_calls(running: Any, sent: list[Call]) -> None:
    params = {"filter": f"user = anna and session = {sent[0].session_id}"}
    facets = running.ours.owner.get(f"{running.ours.path}/traces/facets", params=params).json()["facets"]
    by_field = {facet["field"]: facet["values"] for facet in facets}
    assert by_field["provider"] == [{"value": "openai", "count": 2}]
    overview = running.ours.owner.get(f"{running.ours.path}/overview", params=params).json()
    assert (overview["totals"]["requests"], overview["totals"]["errors"]) == (2, 1)
    assert overview["totals"]["cost_usd"] == "0.001025"
    assert [row["requests"] for row in overview["breakdown"]] == [2]
    assert sum(point["requests"] for point in overview["series"]) == 2


def test_overview_counts_the_calls_of_one_environment(running: Any, sent: list[Call]) -> None:
    ours = {"filter": f"session = {sent[0].session_id}"}

    def requests(**more: str) -> int:
        answer = running.ours.owner.get(f"{running.ours.path}/overview", params=ours | more)
        return int(answer.json()["totals"]["requests"])

    assert requests() == requests(environment=sent[0].environment) == 3
    assert requests(environment="nowhere") == 0


def test_filter_that_cannot_be_read_is_refused_with_its_place(running: Any) -> None:
    for path in ("traces", "traces/facets", "overview"):
        answer = running.ours.owner.get(f"{running.ours.path}/{path}", params={"filter": "cost > 1 and statos = error"})
        assert answer.status_code == 400
        assert answer.json()["error"] == {
            "code": "invalid_query",
            "message": "at character 14: there is no field 'statos'",
            "hint": "Did you mean status? To search the messages, write it within quotes.",
        }


def test_filter_has_a_greatest_length(running: Any) -> None:
    answer = running.ours.owner.get(f"{running.ours.path}/traces", params={"filter": " " * 4001})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_input")
