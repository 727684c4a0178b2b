"""One shape for every error, headers for every answer, health for supervisors."""

import asyncio
import json
import logging
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.conftest import Running

from trimtab.base.errors import TooManyRequests, Unavailable
from trimtab.server.app import create_app
from trimtab.server.settings import Settings

_LOGIN = "/api/v1/auth/login"


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[TestClient]:
    """Give an application with some routes that fail in ways that real ones might."""
    app = create_app(Settings(data_dir=tmp_path, server_max_body_bytes=1024))
    _add_faults(app)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def _cut_off(app: FastAPI, path: str) -> list[MutableMapping[str, Any]]:
    """Begin to send a body, go away, and return what the application answers to nobody."""
    sent: list[MutableMapping[str, Any]] = []
    arriving = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": [], "root_path": ""}

    async def receive() -> MutableMapping[str, Any]:
        return next(arriving)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def _add_faults(app: FastAPI) -> None:
    @app.get("/api/v1/bug")
    def bug() -> None:
        raise RuntimeError("the password is hunter2")

    @app.get("/api/v1/busy")
    def busy() -> None:
        raise TooManyRequests("slow down", retry_after_s=7)

    @app.get("/api/v1/away")
    def away() -> None:
        raise Unavailable("the store is away", hint="Wait.")

    @app.post("/api/v1/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @app.post("/api/v1/echo")
    def echo(body: dict[str, str]) -> dict[str, str]:
        return body


def _error(answer: object, status: int) -> dict[str, str]:
    assert getattr(answer, "status_code", None) == status
    body = json.loads(getattr(answer, "text", ""))
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "hint"]
    found: dict[str, str] = body["error"]
    return found


def test_an_unknown_route_says_so_and_where_to_look(running: Running) -> None:
    for method in ("GET", "POST", "DELETE"):
        error = _error(running.anonymous().request(method, "/api/v1/nothing"), 404)
        assert error["code"] == "not_found"
        assert "/api/v1/nothing" in error["message"]
        assert "openapi.json" in error["hint"]


def test_a_method_that_a_route_does_not_take_is_405_with_those_that_it_does(running: Running) -> None:
    answer = running.anonymous().get(_LOGIN)
    error = _error(answer, 405)
    assert error["code"] == "method_not_allowed"
    assert error["hint"] == "It takes POST."
    assert answer.headers["allow"] == "POST"


def test_a_body_that_is_not_json_is_invalid_input(running: Running) -> None:
    answer = running.anonymous().post(_LOGIN, content=b"{", headers={"content-type": "application/json"})
    assert _error(answer, 400)["code"] == "invalid_input"


def test_a_body_that_does_not_fit_says_where_and_never_shows_what_was_sent(running: Running) -> None:
    answer = running.anonymous().post(_LOGIN, json={"email": 5, "password": ["hunter2"], "extra": "hunter3"})
    error = _error(answer, 400)
    assert error["code"] == "invalid_input"
    for part in ("body.email", "body.password", "body.extra"):
        assert part in error["message"]
    assert "hunter" not in answer.text


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=many"])
def test_a_parameter_out_of_range_is_invalid_input(running: Running, query: str) -> None:
    error = _error(running.ours.owner.get(f"/api/v1/projects?{query}"), 400)
    assert "query.limit" in error["message"]


def test_text_that_no_store_can_hold_is_invalid_input(running: Running) -> None:
    text = json.dumps({"email": "\ud800@x.example", "password": "x" * 10})
    answer = running.anonymous().post(_LOGIN, content=text, headers={"content-type": "application/json"})
    assert _error(answer, 400)["code"] == "invalid_input"


def test_a_bug_is_told_by_its_request_id_only_and_logged_in_full(
    faulty: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = faulty.get("/api/v1/bug")
    error = _error(answer, 500)
    assert error["code"] == "internal"
    assert answer.headers["x-request-id"] in error["message"]
    assert "hunter2" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert "hunter2" in caplog.text


def test_a_refusal_for_a_while_says_for_how_long(faulty: TestClient) -> None:
    answer = faulty.get("/api/v1/busy")
    assert _error(answer, 429)["code"] == "too_many_requests"
    assert answer.headers["retry-after"] == "7"


def test_a_store_that_is_away_is_503_with_a_hint(faulty: TestClient) -> None:
    assert _error(faulty.get("/api/v1/away"), 503) == {
        "code": "unavailable",
        "message": "the store is away",
        "hint": "Wait.",
    }


def test_a_body_above_the_limit_is_refused_announced_or_not(faulty: TestClient) -> None:
    def in_pieces() -> Iterator[bytes]:
        yield b'{"a": "'
        for _ in range(20):
            yield b"x" * 100
        yield b'"}'

    for content in (b'{"a": "' + b"x" * 2000 + b'"}', in_pieces()):
        answer = faulty.post("/api/v1/echo", content=content, headers={"content-type": "application/json"})
        error = _error(answer, 413)
        assert error["code"] == "too_large"
        assert "1024 bytes" in error["message"]
    assert faulty.post("/api/v1/echo", json={"a": "x"}).json() == {"a": "x"}


def test_every_answer_has_a_request_id_and_security_headers(running: Running) -> None:
    for path in ("/health/live", "/api/v1/nothing", "/api/v1/projects", "/"):
        headers = running.anonymous().get(path).headers
        assert headers["x-request-id"].startswith("req_")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "script-src 'self';" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_request_id_that_came_along_is_kept_if_it_is_a_sane_one(running: Running) -> None:
    client = running.anonymous()
    assert client.get("/health/live", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/health/live", headers={"x-request-id": "a b\t"}).headers["x-request-id"].startswith("req_")


def test_answers_of_the_api_are_not_kept_by_caches(running: Running) -> None:
    assert running.ours.owner.get("/api/v1/projects").headers["cache-control"] == "no-store"


def test_only_behind_https_browsers_are_told_to_stay_there(tmp_path: Path) -> None:
    for url, told in (("https://trimtab.example", True), ("http://127.0.0.1:4100", False)):
        client = TestClient(create_app(Settings(data_dir=tmp_path, public_url=url)))
        assert ("strict-transport-security" in client.get("/health/live").headers) is told


def test_a_server_whose_stores_answer_is_ready(running: Running) -> None:
    assert running.anonymous().get("/health/live").json() == {"status": "ok"}
    assert running.anonymous().get("/health/ready").json() == {"status": "ok"}


def test_a_server_whose_store_is_gone_is_alive_and_not_ready(running: Running) -> None:
    running.services.meta.close()
    (running.services.settings.data_dir / "meta.db").unlink()
    (running.services.settings.data_dir / "meta.db").mkdir()
    error = _error(running.anonymous().get("/health/ready"), 503)
    assert error["message"] == "not ready: the meta store does not answer"
    assert running.anonymous().get("/health/live").status_code == 200


def test_a_store_that_is_gone_is_503_for_every_route(running: Running) -> None:
    running.services.meta.close()
    (running.services.settings.data_dir / "meta.db").unlink()
    (running.services.settings.data_dir / "meta.db").mkdir()
    assert _error(running.ours.owner.get("/api/v1/projects"), 503)["code"] == "unavailable"


def test_metrics_count_requests_by_the_pattern_of_their_route(running: Running) -> None:
    running.ours.owner.get(running.ours.path).raise_for_status()
    running.anonymous().get("/health/live")
    answer = running.anonymous().get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    pattern = '{method="GET",route="/api/v1/projects/{project_id}",status="200"}'
    assert f"trimtab_server_requests_total{pattern} 1" in lines
    assert 'trimtab_server_requests_total{method="GET",route="/health/live",status="200"} 1' in lines
    assert running.ours.project.id not in answer.text
    assert any(line.startswith("trimtab_server_request_seconds_bucket") and 'le="+Inf"' in line for line in lines)


def test_a_sender_that_breaks_off_is_no_failure_of_the_server(
    faulty: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(faulty.app, FastAPI)
    sent = _cut_off(faulty.app, "/api/v1/raw")
    assert sent[0]["status"] == 400
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
