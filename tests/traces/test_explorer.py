"""What helps to find calls, through the doors."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from trimtab.base import ids
from trimtab.base.clock import SystemClock
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.traces.explorer import MOST_GROUPS
from trimtab.traces.store import telemetry
from trimtab.traces.store.telemetry import ScoreRow

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]


@pytest.fixture
def session() -> str:
    """Give a session that no other test has; all send to the same project."""
    return ids.new("ses")


@pytest.fixture
def sent(running: Any, session: str, make_call: MakeCall, make_attempt: MakeAttempt, frame: Frame) -> list[Call]:
    """Send three calls of one session: two by Anna, of which one failed, and one without a user and without a price."""
    at_ns = SystemClock().now_ns() - 5_000_000_000
    facts: list[dict[str, Any]] = [
        {"user_id": f"anna-{session}"},
        {"user_id": f"anna-{session}", "outcome": Outcome.UPSTREAM_ERROR},
        {"user_id": "", "attempts": [make_attempt(at_ns, model="no-such-model", response_model="")]},
    ]
    calls = [
        make_call(
            at_ns + number,
            **{"project_id": running.ours.project.id, "session_id": session, "attempts": [make_attempt(at_ns)]} | each,
        )
        for number, each in enumerate(facts)
    ]
    assert running.internal().post("/internal/v1/calls", content=frame(calls)).json()["accepted"] == 3
    return calls


def _complete(running: Any, text: str, cursor: int | None = None) -> dict[str, Any]:
    body = {"text": text, "cursor": len(text) if cursor is None else cursor}
    answer = running.ours.owner.post(f"{running.ours.path}/query/complete", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.usefixtures("sent")
def test_values_in_use_are_offered_as_they_are_typed(running: Any, session: str) -> None:
    found = _complete(running, f'user = "{session[4:]}')
    assert found["start"] == 7
    assert found["options"] == [{"text": f'"anna-{session}"', "kind": "value", "about": "4 spans"}]
    assert '"openai/gpt-4o"' in [option["text"] for option in _complete(running, "model = GPT")["options"]]


@pytest.mark.usefixtures("sent")
def test_names_of_attributes_in_use_are_offered(running: Any) -> None:
    texts = [option["text"] for option in _complete(running, 'attributes["provider')["options"]]
    assert '"trimtab.provider"]' in texts


def test_fault_is_told_with_its_place_and_without_one_the_canonical_form(running: Any) -> None:
    found = _complete(running, "error and statos = 1")
    assert found["fault"] == {
        "start": 10,
        "end": 16,
        "message": "there is no field 'statos'",
        "hint": "Did you mean status? To search the messages, write it within quotes.",
    }
    assert found["canonical"] is None
    found = _complete(running, "failed AND duration>2000ms")
    assert (found["fault"], found["canonical"]) == (None, "status = error and duration > 2s")


@pytest.mark.usefixtures("sent")
def test_another_tenants_values_are_not_offered(running: Any, session: str) -> None:
    body = {"text": f'user = "{session[4:]}', "cursor": 8 + len(session[4:])}
    assert running.theirs.owner.post(f"{running.theirs.path}/query/complete", json=body).json()["options"] == []


@pytest.mark.usefixtures("sent")
def test_histogram_counts_the_calls_that_fit(running: Any, session: str) -> None:
    def counted(query: str) -> tuple[int, int]:
        answer = running.ours.owner.get(f"{running.ours.path}/trace-histogram", params={"filter": query}).json()
        assert len(answer["steps"]) == pytest.approx(24 * 3600 / answer["step_s"], abs=2)
        return sum(step["traces"] for step in answer["steps"]), sum(step["errors"] for step in answer["steps"])

    assert counted(f"session = {session}") == (3, 1)
    assert counted(f"session = {session} and ok") == (2, 0)


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("user", [("anna", 2, 1), ("", 1, 0)]),
        ("status", [("ok", 2, 0), ("error", 1, 1)]),
        ("model", [("openai/gpt-4o", 2, 1), ("openai/no-such-model", 1, 0)]),
        ('attributes["none"]', [("", 3, 1)]),
        ("prompt.version", [("3", 3, 1)]),
        ("stream", [("true", 3, 1)]),
    ],
)
def test_calls_are_grouped_by_any_field(
    running: Any, session: str, by: str, groups: list[tuple[str, int, int]]
) -> None:
    params = {"filter": f"session = {session}", "by": by}
    answer = running.ours.owner.get(f"{running.ours.path}/trace-groups", params=params)
    assert answer.status_code == 200, answer.text
    found = [(row["key"].replace(f"-{session}", ""), row["requests"], row["errors"]) for row in answer.json()["items"]]
    assert found == groups


@pytest.mark.usefixtures("sent")
def test_group_sums_what_has_a_price_and_counts_what_has_none(running: Any, session: str) -> None:
    params = {"filter": f"session = {session}", "by": "session"}
    (row,) = running.ours.owner.get(f"{running.ours.path}/trace-groups", params=params).json()["items"]
    assert (row["cost_usd"], row["unpriced_requests"]) == ("0.001025", 1)
    assert (row["input_tokens"], row["output_tokens"], row["p50_ms"]) == (450, 60, 1000.0)


@pytest.mark.parametrize("by", ["duration", "cost", "message", "nothing", 'scores["x"]', "model and", "attributes", ""])
def test_what_cannot_be_grouped_by_is_refused(running: Any, by: str) -> None:
    answer = running.ours.owner.get(f"{running.ours.path}/trace-groups", params={"by": by})
    assert answer.status_code == 400


def test_names_of_scores_in_use_are_offered(running: Any) -> None:
    name = ids.new("faith")
    row = ScoreRow(
        project_id=running.ours.project.id,
        score_id=ids.new("sco"),
        trace_id=ids.new_trace_id(),
        span_id="",
        response_id="",
        session_id="",
        at_ns=SystemClock().now_ns() - 1_000_000_000,
        name=name,
        value=0.5,
        label="",
        explanation="",
        source="",
        error_type="",
    )
    telemetry.insert_scores(running.services.warehouse, [row])
    assert [option["text"] for option in _complete(running, f'scores["{name[:12]}')["options"]] == [f'"{name}"]']


def test_of_very_many_values_the_most_frequent_are_shown_with_all_their_numbers(
    running: Any, session: str, make_call: MakeCall, make_attempt: MakeAttempt, frame: Frame
) -> None:
    at_ns = SystemClock().now_ns() - 5_000_000_000
    users = [f"rare-{number}" for number in range(MOST_GROUPS + 5)] + ["often"] * 3
    calls = [
        make_call(
            at_ns + number,
            project_id=running.ours.project.id,
            session_id=session,
            user_id=user,
            attempts=[make_attempt(at_ns)],
        )
        for number, user in enumerate(users)
    ]
    assert running.internal().post("/internal/v1/calls", content=frame(calls)).json()["accepted"] == len(calls)
    params = {"filter": f"session = {session}", "by": "user"}
    rows = running.ours.owner.get(f"{running.ours.path}/trace-groups", params=params).json()["items"]
    assert len(rows) == MOST_GROUPS
    shown = [(row["key"], row["traces"], row["requests"], row["input_tokens"], row["cost_usd"]) for row in rows[:2]]
    assert shown == [("often", 3, 3, 450, "0.0015375"), ("rare-0", 1, 1, 150, "0.0005125")]
