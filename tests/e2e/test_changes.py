"""What is changed in the control plane is in force at the gateway within a second."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from tests.e2e.installation import Installation, answers, eventually

IN_FORCE_WITHIN_S = 1.0


class Caller:
    """Calls a prompt through the gateway and says what came of it."""

    def __init__(self, installation: Installation, key: str = "") -> None:
        self._url = f"{installation.gateway_url}/v1/chat/completions"
        self._key = key or installation.handover.api_key

    def call(self, model: str) -> httpx2.Response:
        body = {"model": model, "messages": [], "metadata": {"what": "hello"}}
        return httpx2.post(self._url, json=body, headers={"authorization": f"Bearer {self._key}"})

    def error_code(self, model: str) -> str:
        answer = self.call(model)
        return "" if answer.is_success else str(answer.json()["error"]["code"])


def in_force(probe: Callable[[], object]) -> None:
    """Wait until `probe` holds, which must be within a second from now."""
    began = time.monotonic()
    while not probe():
        assert time.monotonic() - began < IN_FORCE_WITHIN_S, f"not in force after {IN_FORCE_WITHIN_S} s"
        time.sleep(0.01)


@pytest.fixture
def greeting(with_fake: Installation) -> dict[str, Any]:
    """Give a prompt with one version that is not released yet."""
    message = {"role": "user", "template": "Say {{ what }}."}
    variable = {"name": "what", "type": "string", "required": True, "default": None, "description": ""}
    version = {"messages": [message], "variables": [variable], "message": "first"}
    body = {"name": "greeting", "kind": "chat", "description": "", "version": version}
    return dict(with_fake.post("/prompts", body))


def release(installation: Installation, prompt_id: str, version: int, model: str) -> dict[str, Any]:
    """Release a version to production."""
    body = {
        "prompt_id": prompt_id,
        "environment": "production",
        "version": version,
        "model": model,
        "parameters": {},
        "overridable": [],
        "note": "",
    }
    return dict(installation.post("/releases", body))


def test_a_release_is_in_force_within_a_second(with_fake: Installation, greeting: dict[str, Any]) -> None:
    caller = Caller(with_fake)
    assert caller.error_code("prompt:greeting") == "prompt_not_found"
    release(with_fake, greeting["id"], 1, "fake/one")
    in_force(lambda: caller.error_code("prompt:greeting") == "")


def test_a_rollback_is_in_force_within_a_second(with_fake: Installation, greeting: dict[str, Any]) -> None:
    caller = Caller(with_fake)
    release(with_fake, greeting["id"], 1, "fake/one")
    release(with_fake, greeting["id"], 1, "fake/two")
    in_force(lambda: caller.error_code("prompt:greeting") == "" and model(caller) == "two")
    with_fake.post("/releases/rollback", {"prompt_id": greeting["id"], "environment": "production", "note": "bad"})
    in_force(lambda: model(caller) == "one")


def model(caller: Caller) -> str:
    """Return the model that the upstream was asked for."""
    return str(caller.call("prompt:greeting").json()["model"])


def test_a_new_key_calls_and_a_revoked_one_is_refused_within_a_second(with_fake: Installation) -> None:
    made = with_fake.post("/keys", {"name": "short-lived", "scopes": ["call"], "environment": "production"})
    caller = Caller(with_fake, made["secret"])
    in_force(lambda: caller.call("fake/fake").status_code != 401)
    answer = with_fake.api.delete(f"{with_fake.project}/keys/{made['key']['id']}")
    assert answer.status_code == 204
    in_force(lambda: caller.call("fake/fake").status_code == 401)


def test_a_change_reaches_a_gateway_whose_server_was_killed_and_came_back(with_fake: Installation) -> None:
    caller = Caller(with_fake)
    assert caller.error_code("gone/model") == "model_not_found"
    before = with_fake.text().count("server ended with")
    (pid,) = with_fake.pids("trimtab.server.main")
    kill_and_wait(with_fake, pid, before)
    alias = with_fake.api.put(f"{with_fake.project}/aliases/quick", json={"target": "fake/quick"})
    assert alias.is_success, alias.text
    began = time.monotonic()
    while caller.error_code("quick") == "model_not_found":
        assert time.monotonic() - began < 5.0, "the gateway did not find the server again within 5 s"
        time.sleep(0.02)


def kill_and_wait(installation: Installation, pid: int, before: int) -> None:
    """Kill the server and wait until the supervisor has brought another one to work."""
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: installation.text().count("server ended with") > before or None, "the end of the server")
    eventually(lambda: answers(f"{installation.handover.server_url}/health/ready"), "the server", within_s=30)
