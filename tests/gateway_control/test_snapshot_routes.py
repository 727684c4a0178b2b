"""The snapshot that gateway workers wait for: complete, without secrets, and there as soon as something changes."""

import threading
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.conftest import Running

from trimtab.gateway import catalog, snapshot
from trimtab.gateway.snapshot import Snapshot
from trimtab.identity import tokens

SECRET = "sk-test-0123456789abcdef"
URL = "/internal/v1/snapshot"


def fetched(running: Running) -> Snapshot:
    answer = running.internal().get(URL)
    assert answer.status_code == 200, answer.text
    return snapshot.decode(answer.content)


def fill(running: Running) -> None:
    client, path = running.ours.owner, running.ours.path
    client.post(
        f"{path}/providers",
        json={"name": "up", "kind": "azure_openai", "base_url": "http://127.0.0.1:9", "secret": SECRET},
    )
    client.put(f"{path}/aliases/fast", json={"target": "up/model"})
    version = {
        "messages": [{"role": "user", "template": "{{ n }}"}],
        "variables": [{"name": "n", "type": "integer", "default": 3}],
    }
    prompt = client.post(f"{path}/prompts", json={"name": "support/answer", "version": version}).json()
    plan: dict[str, Any] = {"prompt_id": prompt["id"], "environment": "production", "version": 1, "model": "fast"}
    plan |= {"parameters": {"temperature": 0.5}, "overridable": ["seed"]}
    assert client.post(f"{path}/releases", json=plan).status_code == 201


def test_it_has_all_that_a_call_needs_and_no_secret_in_the_clear(running: Running) -> None:
    fill(running)
    body = running.internal().get(URL).content
    assert SECRET.encode() not in body
    assert running.ours.key.encode() not in body
    state = snapshot.decode(body)
    key = state.keys[tokens.digest(running.ours.key)]
    assert (key.project_id, key.environment) == (running.ours.project.id, "production")
    project = catalog.build(state, running.services.secrets).projects[key.project_id]
    assert project.upstreams["up"].secret == SECRET
    assert ("api-key", SECRET) in project.upstreams["up"].headers
    assert project.aliases == {"fast": "up/model"}
    prompt = project.prompts["support/answer@production"]
    assert prompt.template is not None
    assert prompt.template.render({}) == [{"role": "user", "content": "3"}]
    assert (prompt.release.model, prompt.release.parameters) == ("fast", b'{"temperature": 0.5}')
    assert prompt.may_override("seed")


def test_tenants_do_not_mix(running: Running) -> None:
    fill(running)
    state = fetched(running)
    assert state.projects[running.theirs.project.id].providers == {}
    assert state.keys[tokens.digest(running.theirs.key)].project_id == running.theirs.project.id


def test_a_revoked_key_is_not_in_it(running: Running) -> None:
    key = running.ours.owner.get(f"{running.ours.path}/keys").json()["items"][0]
    assert tokens.digest(running.ours.key) in fetched(running).keys
    running.ours.owner.delete(f"{running.ours.path}/keys/{key['id']}")
    assert tokens.digest(running.ours.key) not in fetched(running).keys


def test_whoever_has_the_current_one_is_told_so_at_once_or_after_the_wait(running: Running) -> None:
    client = running.internal()
    have = fetched(running).revision
    assert client.get(URL, params={"have": have}).status_code == 204
    began = time.monotonic()
    assert client.get(URL, params={"have": have, "wait_s": 0.3}).status_code == 204
    assert 0.25 < time.monotonic() - began < 5
    assert client.get(URL, params={"have": have + 1, "wait_s": 5}).status_code == 200


def test_a_change_reaches_every_waiting_worker_within_a_fifth_of_a_second(running: Running) -> None:
    have = fetched(running).revision
    arrived: list[tuple[float, int]] = []
    with TestClient(running.app) as client:
        client.headers["authorization"] = f"Bearer {running.services.internal_token}"

        def wait() -> None:
            answer = client.get(URL, params={"have": have, "wait_s": 10})
            arrived.append((time.monotonic(), snapshot.decode(answer.content).revision))

        best = 10.0
        for _ in range(5):
            arrived.clear()
            workers = [threading.Thread(target=wait) for _ in range(3)]
            for worker in workers:
                worker.start()
            name = f"p{time.monotonic_ns()}"
            running.ours.owner.post(f"{running.ours.path}/providers", json={"name": name, "kind": "ollama"})
            changed = time.monotonic()
            for worker in workers:
                worker.join()
            have = arrived[0][1]
            assert {revision for _, revision in arrived} == {have}
            best = min(best, max(at for at, _ in arrived) - changed)
    assert best < 0.2


def test_a_stop_of_the_server_ends_the_wait(running: Running) -> None:
    have = fetched(running).revision
    timer = threading.Timer(0.2, running.services.stopping.set)
    timer.start()
    began = time.monotonic()
    assert running.internal().get(URL, params={"have": have, "wait_s": 30}).status_code == 204
    assert time.monotonic() - began < 10
    timer.join()


def test_nobody_but_the_gateway_gets_it(running: Running) -> None:
    assert running.anonymous().get(URL).status_code == 401
    assert running.ours.owner.get(URL).status_code == 401
    assert running.ours.key_client.get(URL).status_code == 401
    assert running.with_key(running.services.internal_token + "x").get(URL).status_code == 401


@pytest.mark.parametrize("params", [{"have": "x"}, {"wait_s": -1}, {"wait_s": 1e9}, {"wait_s": "nan"}])
def test_a_question_that_makes_no_sense_is_refused(running: Running, params: dict[str, Any]) -> None:
    assert running.internal().get(URL, params=params).status_code == 400
