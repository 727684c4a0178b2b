"""What was refused is kept whole, and can be tried again when its cause is gone."""

from typing import Any

import pytest
from tests.traces import payload
from tests.traces.application import Application
from tests.traces.payload import chat, log, log_request, now_ns, of_span, post, request, span

from trimtab.base.clock import FixedClock, SystemClock
from trimtab.identity.access import ProjectAccess, Right, system
from trimtab.traces.log_content import EVALUATION

_DAY_NS = 86_400 * 10**9


@pytest.fixture
def replay(app: Application) -> Any:
    """Give a function that tries again what was refused, as an admin."""
    running = app.running
    access = ProjectAccess(
        running.services.projects.enter(system(running.ours.organisation.id), app.project_id).project,
        system(running.ours.organisation.id),
    )
    _, key = running.services.keys.create(
        access, name="admin", scopes=frozenset({Right.ADMIN}), environment="production"
    )
    path = f"/api/v1/projects/{app.project_id}/ingest/dead-letters/replay"
    admin = running.with_key(key)
    return lambda letter="": admin.post(path.replace("replay", f"{letter}/replay") if letter else path).json()


@pytest.fixture
def clock(app: Application) -> Any:
    """Give a function that sets the receiver's clock."""
    receiver = app.running.services.receiver

    def move(at_ns: int) -> None:
        moved = FixedClock(SystemClock().now())
        moved.now_ns = lambda: at_ns  # type: ignore[method-assign]
        receiver._clock = moved

    yield move
    receiver._clock = app.running.services.clock


@pytest.mark.parametrize("encode", [lambda body: body, payload.protobuf])
def test_a_span_from_a_clock_that_was_wrong_is_taken_once_the_clock_is_right(
    app: Application, replay: Any, clock: Any, encode: Any
) -> None:
    at_ns = now_ns() - 10**9
    sent = span("chat", chat(), at_ns=at_ns)
    clock(at_ns - 3 * _DAY_NS)
    assert post(app, encode(request(sent, **{"service.name": "late"}))).status_code == 200
    assert app.get("/ingest")["counts"]["spans_rejected"] == 1
    assert replay() == {"accepted": 0, "rejected": 1}
    clock(at_ns)
    assert replay() == {"accepted": 1, "rejected": 0}
    assert app.get("/ingest/dead-letters")["items"] == []
    found = app.spans(sent["traceId"])["chat"]
    assert found["attributes"]["resource.service.name"] == "late"
    assert found["cost_usd"] == "0.00045"
    assert replay() == {"accepted": 0, "rejected": 0}


def test_items_are_tried_again_one_by_one(app: Application, replay: Any, clock: Any) -> None:
    at_ns = now_ns() - 10**9
    clock(at_ns - 3 * _DAY_NS)
    for name in ("first", "second"):
        assert post(app, request(span(name, chat(), at_ns=at_ns))).status_code == 200
    newest, oldest = app.get("/ingest/dead-letters")["items"]
    assert replay(newest["id"]) == {"accepted": 0, "rejected": 1}
    clock(at_ns)
    assert replay(oldest["id"]) == {"accepted": 1, "rejected": 0}
    assert [letter["id"] for letter in app.get("/ingest/dead-letters")["items"]] == [newest["id"]]
    assert [row["name"] for row in app.traces()] == ["first"]
    assert replay(oldest["id"])["error"]["code"] == "not_found"


@pytest.mark.parametrize("door", ["/v1/traces", "/api/public/ingestion"])
def test_a_request_that_is_refused_as_a_whole_is_among_the_reasons(app: Application, door: str) -> None:
    headers = {"content-type": "application/json", "authorization": f"Bearer {app.key}"}
    answer = app.reader.post(door, content=b"{", headers=headers)
    assert answer.status_code == 400
    (reason,) = app.get("/ingest/outcomes")["reasons"]
    assert (reason["outcome"], reason["items"]) == ("refused", 1)
    assert reason["reason"].startswith("whole request, HTTP 400: ")


def test_what_is_still_damaged_is_kept_still(app: Application, replay: Any) -> None:
    broken = payload.protobuf(request(span("chat", chat(), spanId="00" * 8)))
    assert post(app, broken).status_code == 200
    post(app, request(span("chat", chat(), traceId="")))
    post(app, log_request(log(EVALUATION, {}, **of_span(span()))), "/v1/logs")
    before = {letter["payload"] for letter in app.get("/ingest/dead-letters")["items"]}
    assert len(before) == 3
    assert replay() == {"accepted": 0, "rejected": 3}
    after = app.get("/ingest/dead-letters")["items"]
    assert {letter["payload"] for letter in after} == before
    assert {letter["signal"] for letter in after} == {"traces", "logs"}
