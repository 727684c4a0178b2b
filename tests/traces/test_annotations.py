"""Comments, tags and corrections: who may say what, and where it shows."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.conftest import Running
from tests.traces.application import Application, application, served
from tests.traces.payload import accepted, chat, child, span

from trimtab.base import ids
from trimtab.identity.access import Right, Role


@pytest.fixture(scope="module")
def app(shared_running: Running) -> Iterator[Application]:
    """Give an application that sends to a served installation."""
    with served(shared_running) as address, application(shared_running, address) as made:
        yield made


@pytest.fixture(scope="module")
def colleague(app: Application) -> TestClient:
    """Give another member who may write."""
    return app.running.member(Role.EDITOR)


def _path(app: Application, rest: str) -> str:
    return f"/api/v1/projects/{app.project_id}{rest}"


@pytest.fixture
def trace(app: Application) -> tuple[str, str]:
    """Send an agent with a call; give the trace's id and the call's."""
    root = span("agent", {"gen_ai.operation.name": "invoke_agent"})
    call = child(root, "chat", chat())
    accepted(app, root, call)
    return root["traceId"], call["spanId"]


def _said(app: Application, trace_id: str, kind: str) -> list[dict[str, Any]]:
    return [each for each in app.get(f"/traces/{trace_id}/annotations")["items"] if each["kind"] == kind]


def _send(client: TestClient, method: str, path: str, status: int, **more: Any) -> Any:
    answer = client.request(method, path, **more)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_comment_is_kept_changed_and_deleted(app: Application, trace: tuple[str, str]) -> None:
    owner, (trace_id, span_id) = app.running.ours.owner, trace
    path = _path(app, f"/traces/{trace_id}/comments")
    made = _send(owner, "POST", path, 201, json={"text": "  Why twice, @Grace? ", "span_id": span_id})
    (kept,) = _said(app, trace_id, "comment")
    assert kept == made
    assert (kept["text"], kept["span_id"]) == ("Why twice, @Grace?", span_id)
    changed = _send(owner, "PATCH", f"{path}/{made['id']}", 200, json={"text": "Once is enough."})
    (kept,) = _said(app, trace_id, "comment")
    assert kept == changed
    assert kept["created_at"] == made["created_at"]
    assert kept["revised_at"] > made["revised_at"]
    _send(owner, "DELETE", f"{path}/{made['id']}", 204)
    assert _said(app, trace_id, "comment") == []
    _send(owner, "DELETE", f"{path}/{made['id']}", 404)


def test_comment_is_its_authors_to_change(app: Application, colleague: TestClient, trace: tuple[str, str]) -> None:
    owner, (trace_id, _) = app.running.ours.owner, trace
    path = _path(app, f"/traces/{trace_id}/comments")
    mine = _send(owner, "POST", path, 201, json={"text": "mine"})
    theirs = _send(colleague, "POST", path, 201, json={"text": "theirs"})
    _send(colleague, "PATCH", f"{path}/{mine['id']}", 403, json={"text": "changed"})
    _send(colleague, "DELETE", f"{path}/{mine['id']}", 403)
    _send(owner, "PATCH", f"{path}/{theirs['id']}", 403, json={"text": "changed"})
    assert [each["text"] for each in _said(app, trace_id, "comment")] == ["mine", "theirs"]
    # An admin takes away what should not stand there.
    _send(owner, "DELETE", f"{path}/{theirs['id']}", 204)


def test_tag_is_put_on_once_and_found_by_the_query(app: Application, trace: tuple[str, str]) -> None:
    owner, (trace_id, span_id) = app.running.ours.owner, trace
    tag = f"t-{ids.new_span_id()}"
    path = _path(app, f"/traces/{trace_id}/tags/{tag.upper()}")
    assert app.traces(filter=f"tag = {tag}") == []
    _send(owner, "PUT", path, 200)
    _send(owner, "PUT", path, 200)
    assert [each["text"] for each in _said(app, trace_id, "tag")] == [tag]
    assert [row["trace_id"] for row in app.traces(filter=f"tag = {tag}")] == [trace_id]
    assert trace_id not in {row["trace_id"] for row in app.traces(filter=f"tag != {tag}")}
    assert {"tag": tag, "count": 1} in app.get("/trace-tags")["items"]
    _send(owner, "DELETE", path, 204)
    _send(owner, "DELETE", path, 404)
    assert app.traces(filter=f"tag = {tag}") == []
    _send(owner, "PUT", path, 200)
    assert [row["trace_id"] for row in app.traces(filter=f"tag = {tag}")] == [trace_id]
    _send(owner, "PUT", path, 200, params={"span_id": span_id})
    assert len(_said(app, trace_id, "tag")) == 2


def test_tag_of_an_inner_span_finds_its_trace(app: Application, trace: tuple[str, str]) -> None:
    trace_id, span_id = trace
    tag = f"t-{ids.new_span_id()}"
    path = _path(app, f"/traces/{trace_id}/tags/{tag}")
    _send(app.running.ours.owner, "PUT", path, 200, params={"span_id": span_id})
    assert [row["trace_id"] for row in app.traces(filter=f"tag = {tag}")] == [trace_id]


def test_correction_replaces_the_one_before_and_is_taken_back(app: Application, trace: tuple[str, str]) -> None:
    owner, (trace_id, span_id) = app.running.ours.owner, trace
    path, query = _path(app, f"/traces/{trace_id}/correction"), {"span_id": span_id}
    _send(owner, "PUT", path, 200, params=query, json={"text": "Oslo."})
    _send(owner, "PUT", path, 200, params=query, json={"text": "Oslo, in Norway."})
    (kept,) = _said(app, trace_id, "correction")
    assert (kept["text"], kept["span_id"]) == ("Oslo, in Norway.", span_id)
    _send(owner, "DELETE", path, 204, params=query)
    assert _said(app, trace_id, "correction") == []


def test_list_and_export_show_what_is_said(app: Application, trace: tuple[str, str]) -> None:
    owner, (trace_id, span_id) = app.running.ours.owner, trace
    _send(owner, "PUT", _path(app, f"/traces/{trace_id}/tags/odd"), 200)
    _send(owner, "PUT", _path(app, f"/traces/{trace_id}/tags/inner"), 200, params={"span_id": span_id})
    _send(owner, "POST", _path(app, f"/traces/{trace_id}/comments"), 201, json={"text": "Look at this"})
    _send(owner, "PUT", _path(app, f"/traces/{trace_id}/correction"), 200, json={"text": "Better"})
    _send(
        owner,
        "POST",
        _path(app, "/scores"),
        201,
        json={"name": "faithfulness", "value": 0.25, "trace_id": trace_id},
    )
    (row,) = app.traces(q=trace_id)
    assert (row["tags"], row["comment_count"], row["is_corrected"]) == (["inner", "odd"], 1, True)
    assert row["scores"] == [{"name": "faithfulness", "value": 0.25, "label": ""}]
    answer = app.reader.get(_path(app, "/trace-export"), params={"filter": f'trace.id = "{trace_id}"'})
    exported = answer.json()
    assert exported["tags"] == ["inner", "odd"]
    assert [(each["text"], each["span_id"]) for each in exported["comments"]] == [("Look at this", "")]
    assert [each["text"] for each in exported["corrections"]] == ["Better"]
    assert [(each["name"], each["value"]) for each in exported["scores"]] == [("faithfulness", 0.25)]


def test_everything_said_is_in_the_audit_log(app: Application, trace: tuple[str, str]) -> None:
    owner, (trace_id, _) = app.running.ours.owner, trace
    tag = _send(owner, "PUT", _path(app, f"/traces/{trace_id}/tags/seen"), 200)
    comment = _send(owner, "POST", _path(app, f"/traces/{trace_id}/comments"), 201, json={"text": "x"})
    _send(owner, "DELETE", _path(app, f"/traces/{trace_id}/tags/seen"), 204)
    entries = _send(owner, "GET", _path(app, "/audit"), 200)["items"]
    found = [(entry["action"], entry["subject"]) for entry in entries if entry["subject"] in (tag["id"], comment["id"])]
    assert found == [("tag.delete", tag["id"]), ("comment.create", comment["id"]), ("tag.create", tag["id"])]


@pytest.mark.parametrize("tag", ["two words", "a,b", "x" * 65, "%00"])
def test_what_cannot_be_a_tag_is_refused(app: Application, trace: tuple[str, str], tag: str) -> None:
    answer = app.running.ours.owner.put(_path(app, f"/traces/{trace[0]}/tags/{tag}"))
    assert answer.status_code == 400
    assert _said(app, trace[0], "tag") == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 10_001])
def test_empty_and_endless_comments_are_refused(app: Application, trace: tuple[str, str], text: str) -> None:
    path = _path(app, f"/traces/{trace[0]}/comments")
    assert app.running.ours.owner.post(path, json={"text": text}).status_code == 400
    assert _said(app, trace[0], "comment") == []


def test_nothing_is_said_about_what_is_not_there(app: Application, trace: tuple[str, str]) -> None:
    owner = app.running.ours.owner
    _send(owner, "PUT", _path(app, f"/traces/{'0' * 32}/tags/x"), 404)
    _send(owner, "PUT", _path(app, f"/traces/{trace[0]}/tags/x"), 404, params={"span_id": "0" * 16})
    _send(owner, "GET", _path(app, f"/traces/{'0' * 32}/annotations"), 404)


def test_who_may_only_read_says_nothing(app: Application, trace: tuple[str, str]) -> None:
    answer = app.reader.post(_path(app, f"/traces/{trace[0]}/comments"), json={"text": "x"})
    assert answer.status_code == 403
    assert Right.WRITE.value in answer.json()["error"]["message"]
