"""The SDK against a real server: fetched once, used from memory, refreshed without waiting."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.conftest import Running
from tests.serving import serving

import trimtab
from trimtab.base.errors import (
    BadSetting,
    Forbidden,
    InvalidTemplate,
    NotAuthenticated,
    NotFound,
    Unavailable,
)
from trimtab.identity.access import Right
from trimtab.sdk.client import default_client
from trimtab.sdk.connection import connect

Json = dict[str, Any]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within ten seconds"
        time.sleep(0.01)


@pytest.fixture
def url(running: Running) -> Iterator[str]:
    with serving(running.app) as address:
        yield address


def write(running: Running, text: str, *, number: int = 1, environment: str = "production") -> None:
    """Make version `number` of support/answer say `text`, and release it."""
    client, path = running.ours.owner, running.ours.path
    version = {
        "messages": [{"role": "system", "template": "Be brief."}, {"role": "user", "template": text}],
        "variables": [{"name": "question"}, {"name": "count", "type": "integer", "required": False, "default": 3}],
    }
    if number == 1:
        client.post(f"{path}/providers", json={"name": "up", "kind": "ollama"})
        answer = client.post(f"{path}/prompts", json={"name": "support/answer", "version": version})
    else:
        prompt_id = client.get(f"{path}/prompts").json()["items"][0]["id"]
        answer = client.post(f"{path}/prompts/{prompt_id}/versions", json=version)
    assert answer.status_code in {200, 201}, answer.text
    prompt_id = client.get(f"{path}/prompts").json()["items"][0]["id"]
    plan = {"prompt_id": prompt_id, "environment": environment, "version": number, "model": "up/model"}
    released = client.post(f"{path}/releases", json=plan | {"parameters": {"temperature": 0.2}})
    assert released.status_code == 201, released.text


def test_a_released_prompt_is_rendered_with_what_the_release_fixed(running: Running, url: str) -> None:
    write(running, "{{ question }} in {{ count }} words")
    prompt = trimtab.Client(base_url=url, api_key=running.ours.key).prompt("support/answer")
    assert (prompt.name, prompt.version, prompt.environment, prompt.kind) == ("support/answer", 1, "production", "chat")
    assert prompt.variables == {"question", "count"}
    rendered = prompt.render({"count": "5"}, question="Why?")
    attribution = f"support/answer@production; version=1; release={prompt.release_id}; arm=main"
    assert rendered.openai(temperature=1, seed=7, extra_headers={"x-trimtab-user": "ada"}) == {
        "model": "up/model",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Why? in 5 words"},
        ],
        "temperature": 1,
        "seed": 7,
        "extra_headers": {"x-trimtab-prompt": attribution, "x-trimtab-user": "ada"},
    }
    assert rendered.text == "Be brief.\n\nWhy? in 5 words"
    with pytest.raises(InvalidTemplate, match="no variable 'qestion'"):
        prompt.render(qestion="Why?")


def test_the_environment_is_that_of_the_key_unless_one_is_named(running: Running, url: str) -> None:
    write(running, "one {{ question }}")
    write(running, "two {{ question }}", number=2, environment="staging")
    client = trimtab.Client(base_url=url, api_key=running.ours.key)
    assert client.prompt("support/answer").version == 1
    assert client.prompt("support/answer", environment="staging").version == 2
    assert (
        trimtab.Client(base_url=url, api_key=running.ours.key, environment="staging").prompt("support/answer").version
        == 2
    )


def test_the_right_to_call_is_enough(running: Running, url: str) -> None:
    write(running, "{{ question }}")
    _, key = running.services.keys.create(
        running.ours.access, name="app", scopes=frozenset({Right.CALL}), environment="production"
    )
    assert trimtab.Client(base_url=url, api_key=key).prompt("support/answer").version == 1


def test_a_fresh_prompt_costs_no_request_even_when_the_server_is_gone(running: Running) -> None:
    write(running, "{{ question }}")
    with serving(running.app) as url:
        client = trimtab.Client(base_url=url, api_key=running.ours.key)
        first = client.prompt("support/answer")
    assert client.prompt("support/answer") is first
    with pytest.raises(Unavailable, match="cannot be reached"):
        client.prompt("support/other")


def test_a_stale_prompt_is_used_at_once_and_refreshed_behind_it(running: Running, url: str) -> None:
    write(running, "one {{ question }}")
    client = trimtab.Client(base_url=url, api_key=running.ours.key, max_age_s=0)
    assert client.prompt("support/answer").version == 1
    write(running, "two {{ question }}", number=2)
    assert client.prompt("support/answer").version == 1
    until(lambda: client.prompt("support/answer").version == 2)
    assert client.last_failure("support/answer") is None


def test_a_prompt_goes_on_serving_while_the_server_is_down(running: Running) -> None:
    write(running, "{{ question }}")
    with serving(running.app) as url:
        client = trimtab.Client(base_url=url, api_key=running.ours.key, max_age_s=0)
        first = client.prompt("support/answer")
    assert client.prompt("support/answer") == first
    until(lambda: isinstance(client.last_failure("support/answer"), Unavailable))
    assert client.prompt("support/answer").render(question="Why?").messages[1]["content"] == "Why?"


RESOLVED: Json = {
    "prompt": "p",
    "version": 1,
    "release_id": "rel_1",
    "environment": "production",
    "arm": "main",
    "model": "up/model",
    "parameters": {},
    "overridable": [],
    "kind": "text",
    "messages": [{"role": "user", "template": "hello"}],
    "variables": [],
    "content_hash": "0",
}


class Recorder(ThreadingHTTPServer):
    """Answers as the server would, and counts."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses: list[int] = []
        self.answer: bytes | None = None


class _Handler(BaseHTTPRequestHandler):
    server: Recorder

    def do_GET(self) -> None:
        is_known = self.headers.get("if-none-match") == '"rel_1"'
        status = 304 if is_known else 200
        body = self.server.answer if self.server.answer is not None else json.dumps(RESOLVED).encode()
        if is_known:
            body = b""
        self.server.statuses.append(status)
        self.send_response(status)
        self.send_header("etag", '"rel_1"')
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    server = Recorder()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def client_of(recorder: Recorder, **arguments: Any) -> trimtab.Client:
    url = f"http://127.0.0.1:{recorder.server_port}"
    return trimtab.Client(base_url=url, api_key="tt_x", project_id="prj_1", **arguments)


def test_many_threads_that_want_a_prompt_at_once_cost_one_request(recorder: Recorder) -> None:
    client = client_of(recorder)
    threads = [threading.Thread(target=client.prompt, args=("p",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorder.statuses == [200]


def test_what_still_serves_is_not_sent_again(recorder: Recorder) -> None:
    client = client_of(recorder, max_age_s=0)
    first = client.prompt("p")
    until(lambda: client.prompt("p") is first and recorder.statuses[-1] == 304)


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"prompt": "p"}'])
def test_an_answer_that_is_none_is_an_error_that_says_so(recorder: Recorder, answer: bytes) -> None:
    recorder.answer = answer
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1"):
        client_of(recorder).prompt("p")


def test_what_the_server_refuses_is_raised_as_its_class(running: Running, url: str) -> None:
    with pytest.raises(NotAuthenticated):
        trimtab.Client(base_url=url, api_key="tt_wrong").prompt("support/answer")
    with pytest.raises(NotFound, match="no prompt 'support/answer'"):
        trimtab.Client(base_url=url, api_key=running.ours.key).prompt("support/answer")
    _, key = running.services.keys.create(
        running.ours.access, name="release", scopes=frozenset({Right.RELEASE}), environment="production"
    )
    with pytest.raises(Forbidden):
        trimtab.Client(base_url=url, api_key=key).prompt("support/answer")


def test_arguments_go_before_the_environment() -> None:
    variables = {"TRIMTAB_URL": "https://a.example/", "TRIMTAB_API_KEY": "tt_a", "TRIMTAB_ENVIRONMENT": "staging"}
    found = connect(variables=variables)
    assert (found.base_url, found.api_key, found.environment) == ("https://a.example", "tt_a", "staging")
    assert connect(base_url="http://b", api_key="tt_b", variables=variables).api_key == "tt_b"
    assert "tt_a" not in repr(found)
    with pytest.raises(BadSetting, match="no API key"):
        connect(variables={})
    with pytest.raises(BadSetting, match="http or https URL"):
        connect(base_url="localhost:4100", api_key="tt_x", variables={})


def test_the_module_function_uses_the_environment(running: Running, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write(running, "{{ question }}")
    monkeypatch.setenv("TRIMTAB_URL", url)
    monkeypatch.setenv("TRIMTAB_API_KEY", running.ours.key)
    default_client.cache_clear()
    try:
        assert trimtab.prompt("support/answer").render(question="Why?").text.endswith("Why?")
    finally:
        default_client.cache_clear()
