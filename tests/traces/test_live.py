"""Calls are seen as they come in: the filter holds, the rate is bounded, and a lost line is taken up again."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest
from tests.conftest import Running
from tests.traces.application import Application, application, served
from tests.traces.payload import accepted, chat, child, now_ns, span

from trimtab.base.errors import TooManyRequests
from trimtab.identity.access import Project, ProjectAccess, system
from trimtab.traces.filter import CallFilter
from trimtab.traces.live import LiveTail

_WAIT_S = 30


@pytest.fixture(scope="module")
def app(shared_running: Running) -> Iterator[Application]:
    """Give an application that sends to a served installation."""
    with served(shared_running) as address, application(shared_running, address) as made:
        yield made


Events = Iterator[tuple[str, dict[str, Any]]]


@contextmanager
def _watching(app: Application, last_event_id: str | None = None, **query: Any) -> Iterator[Events]:
    """Yield the events of a watcher as `(id, data)`, from when it is known to watch."""
    headers = app.bearer | ({"last-event-id": last_event_id} if last_event_id else {})
    address = f"{app.address}/api/v1/projects/{app.project_id}/trace-tail"
    with httpx2.stream("GET", address, headers=headers, params=query, timeout=_WAIT_S) as answer:
        assert answer.status_code == 200
        events = _read(answer)
        assert next(events)[1] == {}
        yield events


def _read(answer: httpx2.Response) -> Events:
    event_id = ""
    for line in answer.iter_lines():
        if line.startswith("id: "):
            event_id = line[4:]
        if line.startswith("data: "):
            yield event_id, json.loads(line[6:])


def _until(events: Events, trace_id: str) -> tuple[str, dict[str, Any]]:
    """Return the id of the event that tells of the trace, and its line."""
    for event_id, data in events:
        for row in data.get("items", []):
            if row["trace_id"] == trace_id:
                return event_id, row
    raise AssertionError("the watcher was left before the trace came")


def test_new_call_is_seen_as_the_list_shows_it(app: Application) -> None:
    with _watching(app) as events:
        call = span(found=chat())
        accepted(app, call)
        _, row = _until(events, call["traceId"])
    assert row == app.traces(q=call["traceId"])[0]
    assert row["cost_usd"] == "0.00045"


def test_only_calls_that_fit_the_filter_are_seen(app: Application) -> None:
    with _watching(app, filter="status = error") as events:
        fine, failed = span(found=chat()), span(found=chat(), status={"code": 2})
        accepted(app, fine, failed)
        _, data = next(events)
    assert [row["trace_id"] for row in data["items"]] == [failed["traceId"]]


def test_trace_that_goes_on_is_seen_again_with_its_new_sums(app: Application) -> None:
    root = span("agent", {"gen_ai.operation.name": "invoke_agent"})
    with _watching(app) as events:
        accepted(app, root)
        assert _until(events, root["traceId"])[1]["cost_usd"] in (None, "0")
        accepted(app, child(root, "chat", chat()))
        row = _until(events, root["traceId"])[1]
    assert (row["cost_usd"], row["span_count"]) == ("0.00045", 2)


def test_watcher_that_comes_back_sees_what_it_missed(app: Application) -> None:
    with _watching(app) as events:
        first = span(found=chat())
        accepted(app, first)
        event_id, _ = _until(events, first["traceId"])
    missed = span(found=chat())
    accepted(app, missed)
    with _watching(app, event_id) as events:
        assert _until(events, missed["traceId"])


def test_answer_ends_after_the_time_that_was_asked_for(app: Application) -> None:
    with _watching(app, for_s=0) as events:
        assert all(data["left_out"] == 0 for _, data in events)


def test_query_that_cannot_be_read_is_refused_before_anything_is_watched(app: Application) -> None:
    address = f"/api/v1/projects/{app.project_id}/trace-tail"
    answer = app.reader.get(address, params={"filter": "status = = error"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_query")


def _tail(app: Application, most_at_once: int = 50) -> tuple[LiveTail, ProjectAccess]:
    services = app.running.services
    ours = app.running.ours.organisation
    project = Project(id=app.project_id, organisation_id=ours.id, slug="p", name="P", created_at=services.clock.now())
    tail = LiveTail(services.warehouse, services.clock, services.traces, most_at_once=most_at_once)
    return tail, ProjectAccess(project, system(ours.id))


def test_more_calls_than_can_be_read_are_counted(app: Application) -> None:
    tail, access = _tail(app, most_at_once=3)
    with tail.watch(access, CallFilter()) as watcher:
        tail.look(watcher)
        start_ns = now_ns() - 2_000_000_000
        calls = [span(found=chat(), at_ns=start_ns + offset * 1_000_000) for offset in range(10)]
        accepted(app, *calls)
        news = tail.look(watcher)
        assert [row.trace_id for row in news.calls] == [call["traceId"] for call in calls[:-4:-1]]
        assert news.left_out == 7
        again = tail.look(watcher)
        assert (again.calls, again.left_out) == ([], 0)


def test_watchers_have_a_limit_and_make_room_when_they_leave(app: Application) -> None:
    tail, access = _tail(app)
    with ExitStack() as others:
        for _ in range(63):
            others.enter_context(tail.watch(access, CallFilter()))
        with tail.watch(access, CallFilter()), pytest.raises(TooManyRequests), tail.watch(access, CallFilter()):
            pass
        with tail.watch(access, CallFilter()) as watcher:
            assert tail.look(watcher).left_out == 0
