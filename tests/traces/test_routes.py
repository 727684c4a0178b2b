"""The doors, through the whole application."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from trimtab.base import ids
from trimtab.base.clock import SystemClock
from trimtab.base.errors import Unavailable
from trimtab.identity.access import Right
from trimtab.llm.call import Attempt, Call
from trimtab.server import wiring
from trimtab.server.app import create_app
from trimtab.server.settings import Settings
from trimtab.storage.warehouse.port import Parameter, Row

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]

_CALLS = "/internal/v1/calls"


@pytest.fixture
def sent(running: Any, make_call: MakeCall, make_attempt: MakeAttempt, frame: Frame) -> Call:
    """Send one call of a moment ago, as the gateway would."""
    at_ns = SystemClock().now_ns() - 2_000_000_000
    call = make_call(at_ns, project_id=running.ours.project.id, attempts=[make_attempt(at_ns)])
    answer = running.internal().post(_CALLS, content=frame([call]))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "rejected": []})
    return call


def test_call_that_the_gateway_sent_is_listed_opened_and_counted(running: Any, sent: Call) -> None:
    ours, path = running.ours.owner, running.ours.path
    # The project is that of other tests too: the trace is asked for by its id.
    listed = ours.get(f"{path}/traces", params={"q": sent.trace_id}).json()
    assert [item["trace_id"] for item in listed["items"]] == [sent.trace_id]
    assert listed["next"] is None
    detail = ours.get(f"{path}/traces/{sent.trace_id}").json()
    assert detail["trace"] == listed["items"][0]
    assert detail["trace"]["cost_usd"] == detail["ledger"][0]["cost_usd"] == "0.0005125"
    assert detail["spans"][1]["start_ns"] == str(sent.attempts[0].started_ns)
    only = {"filter": f'trace.id = "{sent.trace_id}"'}
    overview = ours.get(f"{path}/overview", params={"by": "prompt", **only}).json()
    assert overview["totals"]["requests"] == 1
    assert overview["totals"]["cost_usd"] == "0.0005125"
    assert [row["key"] for row in overview["breakdown"]] == ["support/answer"]
    facets = ours.get(f"{path}/traces/facets", params=only).json()["facets"]
    assert {"field": "model", "values": [{"value": "openai/gpt-4o", "count": 1}]} in facets


def test_another_tenant_sees_nothing_of_it(running: Any, sent: Call) -> None:
    for theirs in (running.theirs.owner, running.theirs.key_client):
        assert theirs.get(f"{running.ours.path}/traces/{sent.trace_id}").status_code == 404
        assert theirs.get(f"{running.theirs.path}/traces/{sent.trace_id}").status_code == 404
        assert theirs.get(f"{running.theirs.path}/traces", params={"q": sent.trace_id}).json()["items"] == []
        listed = theirs.get(f"{running.theirs.path}/traces", params={"limit": 200}).json()["items"]
        assert sent.trace_id not in {item["trace_id"] for item in listed}


def test_key_that_may_only_call_may_not_read(running: Any, sent: Call) -> None:
    caller = running.key_with(Right.CALL)
    assert caller.get(f"{running.ours.path}/traces").status_code == 403
    assert caller.get(f"{running.ours.path}/traces/{sent.trace_id}").status_code == 403
    assert running.key_with(Right.READ).get(f"{running.ours.path}/traces").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"status": "fine"},
        {"min_duration_ms": "-1"},
        {"sample": "perhaps"},
        {"from": "yesterday"},
        {"from": "2026-11-01T00:00:00"},  # no offset: whose midnight?
        {"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"},
        {"cursor": "x"},
        {"modle": "gpt-4o"},  # misspelt, and not silently ignored
        {"q": "x" * 501},
    ],
)
def test_question_that_makes_no_sense_is_refused_in_the_one_shape(running: Any, query: dict[str, str]) -> None:
    answer = running.ours.owner.get(f"{running.ours.path}/traces", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_input"


@pytest.mark.parametrize("trace_id", ["abc", "Z" * 32, "0" * 31])
def test_trace_id_that_is_none_is_refused(running: Any, trace_id: str) -> None:
    assert running.ours.owner.get(f"{running.ours.path}/traces/{trace_id}").status_code == 400


def test_trace_that_is_not_there_is_a_404(running: Any) -> None:
    answer = running.ours.owner.get(f"{running.ours.path}/traces/{ids.new_trace_id()}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_collector_takes_the_internal_token_only(running: Any, make_call: MakeCall, frame: Frame) -> None:
    body = frame([make_call()])
    for client in (running.anonymous(), running.ours.owner, running.ours.key_client, running.with_key("tti_wrong")):
        assert client.post(_CALLS, content=body).status_code == 401


def test_record_that_cannot_be_read_is_named_in_the_answer(running: Any, frame: Frame, make_call: MakeCall) -> None:
    answer = running.internal().post(_CALLS, content=frame([make_call(trace_id="no")]))
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 0
    assert answer.json()["rejected"][0]["index"] == 0
    assert "hex" in answer.json()["rejected"][0]["reason"]


def test_metrics_count_what_was_stored_and_what_was_put_aside(running: Any, sent: Call, frame: Frame) -> None:
    again = running.internal().post(_CALLS, content=frame([sent]), headers={"x-trimtab-replay": "1"})
    assert again.json() == {"accepted": 1, "rejected": []}
    running.internal().post(_CALLS, content=b"not a frame")
    lines = running.anonymous().get("/metrics").text.splitlines()
    assert {
        "trimtab_collector_calls_total 2",
        "trimtab_collector_rejected_total 1",
        "trimtab_collector_already_known_spans_total 2",
    } <= set(lines)


def test_batch_that_is_too_large_is_refused(running: Any, settings: Any) -> None:
    answer = running.internal().post(_CALLS, content=b"\0" * (settings.server_max_body_bytes + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


class Busy:
    """A warehouse whose turn never comes."""

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        raise Unavailable(f"no turn for {rows.num_rows} {table} of {token}", code="warehouse_busy")

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        raise Unavailable(f"no turn for {sql} with {parameters}", code="warehouse_busy")

    def command(self, sql: str) -> None:
        """Nothing to do."""

    def migrate(self, to: int | None = None) -> list[int]:
        return [] if to is None else [to]

    def close(self) -> None:
        """Nothing to close."""


def test_busy_warehouse_asks_the_gateway_to_try_again(settings: Settings, frame: Frame, make_call: MakeCall) -> None:
    services = wiring.build(settings, warehouse=Busy())
    client = TestClient(create_app(settings, services), raise_server_exceptions=False)
    client.headers["authorization"] = f"Bearer {services.internal_token}"
    answer = client.post(_CALLS, content=frame([make_call()]))
    services.close()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "warehouse_busy")
    assert int(answer.headers["retry-after"]) >= 1
