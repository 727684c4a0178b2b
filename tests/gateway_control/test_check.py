"""A live check against real little servers that answer as providers do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.conftest import Running

from trimtab.gateway.providers import KINDS
from trimtab.gateway.providers.check import CheckResult, check

SECRET = "sk-test-0123456789abcdef"
Answer = tuple[int, Any]
Answering = Callable[[str, str, dict[str, str]], Answer]
MODELS = {"object": "list", "data": [{"id": "big"}, {"id": "small"}]}


@contextmanager
def serving(answer: Answering) -> Iterator[str]:
    """Serve what `answer` returns for a method, a path and headers with lower-case names; yield the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self._answer()

        def _answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = answer(self.command, self.path, headers)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.send_header("location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def checked(answer: Answering, kind: str = "openai", secret: str = SECRET) -> CheckResult:
    with serving(answer) as base_url:
        return check(KINDS[kind], base_url, secret, {"x-team": "a"})


def test_a_good_secret_lists_the_models() -> None:
    def answer(method: str, path: str, headers: dict[str, str]) -> Answer:
        is_right = headers.get("authorization") == f"Bearer {SECRET}" and headers.get("x-team") == "a"
        return (200, MODELS) if is_right and (method, path) == ("GET", "/v1/models") else (500, {})

    result = checked(answer)
    assert (result.ok, result.status, result.models, result.message) == (True, 200, ["big", "small"], "2 models")
    assert result.latency_ms > 0


def test_a_bad_secret_is_said_to_be_bad_without_repeating_it() -> None:
    result = checked(lambda *_: (401, {"error": {"message": f"Incorrect API key provided: {SECRET}."}}))
    assert (result.ok, result.status) == (False, 401)
    assert result.message == "it does not take the secret (401): Incorrect API key provided: ***."


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (400, (True, "it can be reached and has no list of models; name them yourself")),
        (422, (True, "it can be reached and has no list of models; name them yourself")),
        (401, (False, "it does not take the secret (401): no")),
        (404, (False, "it answers 404, so the base URL may be wrong: no")),
    ],
)
def test_where_there_is_no_list_an_empty_call_tells_whether_the_secret_is_good(
    status: int, result: tuple[bool, str]
) -> None:
    def answer(method: str, path: str, _headers: dict[str, str]) -> Answer:
        return (status, {"error": "no"}) if (method, path) == ("POST", "/v1/chat/completions") else (404, {})

    found = checked(answer, kind="bedrock")
    assert (found.ok, found.message) == result


def test_azure_is_asked_with_its_own_header() -> None:
    result = checked(lambda _m, _p, headers: (200 if headers.get("api-key") == SECRET else 401, MODELS), "azure_openai")
    assert result.ok


def test_anthropic_is_asked_for_models_in_its_own_dialect() -> None:
    def answer(_method: str, _path: str, headers: dict[str, str]) -> Answer:
        is_right = headers.get("x-api-key") == SECRET and "anthropic-version" in headers
        return (200 if is_right else 401, MODELS)

    assert checked(answer, "anthropic").ok


def test_gemini_models_are_named_as_calls_name_them() -> None:
    result = checked(lambda *_: (200, {"data": [{"id": "models/gemini-2.5-flash"}]}), "gemini")
    assert result.models == ["gemini-2.5-flash"]


def test_an_open_list_of_models_does_not_make_a_secret_good() -> None:
    def answer(_method: str, path: str, _headers: dict[str, str]) -> Answer:
        return (200, MODELS) if path == "/v1/models" else (401, {"error": "no"})

    assert not checked(answer, "openrouter").ok


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>", 200),
        ({"data": []}, 200),
        ({"data": [{"name": "x"}]}, 200),
        ([], 200),
        (b"", 500),
        (b"", 302),
        ({}, 418),
    ],
)
def test_whatever_else_a_server_answers_is_not_taken_for_a_provider(body: Any, status: int) -> None:
    result = checked(lambda *_: (status, body))
    assert (result.ok, result.status) == (False, status)
    assert result.message


def test_a_provider_that_cannot_be_reached_is_an_answer_not_an_error(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    with serving(lambda *_: (200, MODELS)) as base_url:
        body = {"name": "up", "kind": "openai_compatible", "base_url": base_url, "secret": SECRET}
        provider = client.post(f"{path}/providers", json=body).json()["id"]
        assert client.post(f"{path}/providers/{provider}/check").json()["models"] == ["big", "small"]
    result = client.post(f"{path}/providers/{provider}/check").json()
    assert (result["ok"], result["status"], result["models"]) == (False, None, [])
    assert result["message"] == (
        f"{base_url} cannot be reached: its host refused the connection; nothing listens at that port"
    )
