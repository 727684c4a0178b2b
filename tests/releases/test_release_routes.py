"""Releases over REST: what serves is the newest, what served is history."""

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.conftest import Running, Tenant

from trimtab.identity.access import Right, Role
from trimtab.storage import revision

Json = dict[str, Any]


def prompt_with(tenant: Tenant, versions: int = 2, name: str = "support/answer") -> str:
    """Make a prompt and a provider to release it with; return the prompt's id."""
    client, path = tenant.owner, tenant.path
    client.post(f"{path}/providers", json={"name": "up", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9"})
    version = {"messages": [{"role": "user", "template": "1 {{ q }}"}], "variables": [{"name": "q"}]}
    made = client.post(f"{path}/prompts", json={"name": name, "version": version})
    assert made.status_code == 201, made.text
    prompt_id: str = made.json()["id"]
    for number in range(2, versions + 1):
        version["messages"] = [{"role": "user", "template": f"{number} {{{{ q }}}}"}]
        assert client.post(f"{path}/prompts/{prompt_id}/versions", json=version).status_code == 201
    return prompt_id


def plan(prompt_id: str, version: int = 1, **changes: Any) -> Json:
    body = {"prompt_id": prompt_id, "environment": "production", "version": version, "model": "up/model"}
    return body | changes


def release(client: TestClient, tenant: Tenant, body: Json) -> Json:
    answer = client.post(f"{tenant.path}/releases", json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def refusal(answer: Any, status: int) -> Json:
    assert answer.status_code == status, answer.text
    error: Json = answer.json()["error"]
    return error


def resolved(tenant: Tenant, environment: str = "production") -> Any:
    params = {"name": "support/answer", "environment": environment}
    return tenant.owner.get(f"{tenant.path}/prompts/resolve", params=params)


def test_a_release_makes_a_version_serve_with_its_model_and_parameters(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours)
    body = plan(prompt_id, 2, parameters={"temperature": 0.1}, overridable=["temperature"], note="better")
    made = release(ours.owner, ours, body)
    assert (made["action"], made["is_live"], made["previous_id"], made["arm"]) == ("release", True, None, "main")
    answer = resolved(ours).json()
    assert {key: answer[key] for key in ("prompt", "version", "model", "parameters", "overridable", "kind")} == {
        "prompt": "support/answer",
        "version": 2,
        "model": "up/model",
        "parameters": {"temperature": 0.1},
        "overridable": ["temperature"],
        "kind": "chat",
    }
    assert answer["messages"] == [{"role": "user", "template": "2 {{ q }}"}]
    live = ours.owner.get(f"{ours.path}/prompts/{prompt_id}").json()["live"]
    expected = {"environment": "production", "version": 2, "release_id": made["id"], "model": "up/model"}
    assert live == [expected]
    assert ours.owner.get(f"{ours.path}/prompts").json()["items"][0]["live"] == [expected]


def test_going_back_is_a_new_release_that_says_what_the_earlier_one_said(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours, 3)
    made = [
        release(ours.owner, ours, plan(prompt_id, number, parameters={"seed": number}, overridable=["seed"]))
        for number in (1, 2, 3)
    ]
    rollback = {"prompt_id": prompt_id, "environment": "production", "note": "broken"}
    back = ours.owner.post(f"{ours.path}/releases/rollback", json=rollback).json()
    assert (back["action"], back["version"], back["parameters"]) == ("rollback", 2, {"seed": 2})
    assert (back["overridable"], back["previous_id"], back["note"]) == (["seed"], made[2]["id"], "broken")
    named = rollback | {"to_release_id": made[0]["id"]}
    assert ours.owner.post(f"{ours.path}/releases/rollback", json=named).json()["version"] == 1
    history = ours.owner.get(f"{ours.path}/releases", params={"prompt_id": prompt_id}).json()["items"]
    assert sorted((each["version"], each["action"], each["is_live"]) for each in history) == [
        (1, "release", False),
        (1, "rollback", True),
        (2, "release", False),
        (2, "rollback", False),
        (3, "release", False),
    ]


def test_going_back_twice_goes_back_further_and_never_returns_to_what_was_left(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours, 3)
    made = [release(ours.owner, ours, plan(prompt_id, number)) for number in (1, 2, 3)]
    rollback = {"prompt_id": prompt_id, "environment": "production"}
    first, second = (ours.owner.post(f"{ours.path}/releases/rollback", json=rollback).json() for _ in range(2))
    assert (first["version"], first["restores_id"]) == (2, made[1]["id"])
    assert (second["version"], second["restores_id"]) == (1, made[0]["id"])
    assert (
        "nothing was live before"
        in refusal(ours.owner.post(f"{ours.path}/releases/rollback", json=rollback), 409)["message"]
    )
    named = ours.owner.post(f"{ours.path}/releases/rollback", json=rollback | {"to_release_id": first["id"]}).json()
    assert (named["version"], named["restores_id"]) == (2, made[1]["id"])


def test_there_is_nothing_to_go_back_to_before_the_second_release(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours)
    rollback = {"prompt_id": prompt_id, "environment": "production"}
    error = refusal(ours.owner.post(f"{ours.path}/releases/rollback", json=rollback), 404)
    assert error["code"] == "prompt_not_released"
    made = release(ours.owner, ours, plan(prompt_id))
    refusal(ours.owner.post(f"{ours.path}/releases/rollback", json=rollback), 409)
    itself = rollback | {"to_release_id": made["id"]}
    assert "live already" in refusal(ours.owner.post(f"{ours.path}/releases/rollback", json=itself), 409)["message"]
    elsewhere = release(ours.owner, ours, plan(prompt_id, environment="staging"))
    wrong = rollback | {"to_release_id": elsewhere["id"]}
    refusal(ours.owner.post(f"{ours.path}/releases/rollback", json=wrong), 404)


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"version": 9}, 404, "no version 9"),
        ({"environment": "prod"}, 400, "no environment 'prod'"),
        ({"model": "nowhere/model"}, 400, "no provider 'nowhere' in this project; known: up"),
        ({"model": "fast"}, 400, "no alias 'fast'"),
        ({"model": "up/"}, 400, "no provider 'up'"),
        ({"prompt_id": "prm_none"}, 404, "no prompt 'prm_none'"),
        ({"parameters": {"model": "x"}}, 400, "'model' is not a parameter"),
        ({"overridable": ["messages"]}, 400, "cannot be overridable"),
        ({"note": "x" * 2001}, 400, "at most 2000"),
        ({"unknown": 1}, 400, "unknown"),
    ],
)
def test_what_cannot_serve_is_refused_and_changes_nothing(
    running: Running, changes: Json, status: int, says: str
) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours)
    error = refusal(ours.owner.post(f"{ours.path}/releases", json=plan(prompt_id) | changes), status)
    assert says in error["message"]
    assert ours.owner.get(f"{ours.path}/releases").json()["items"] == []


def test_an_unknown_parameter_is_told_to_whoever_releases(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours)
    made = release(ours.owner, ours, plan(prompt_id, parameters={"temprature": 1}))
    assert "did you mean 'temperature'?" in made["warnings"][0]


def test_whoever_has_not_seen_the_latest_release_is_stopped(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours, 3)
    first = release(ours.owner, ours, plan(prompt_id, 1, expected_live_id=""))
    release(ours.owner, ours, plan(prompt_id, 2, expected_live_id=first["id"]))
    late = plan(prompt_id, 3, expected_live_id=first["id"])
    error = refusal(ours.owner.post(f"{ours.path}/releases", json=late), 409)
    assert error["code"] == "stale_release"
    assert "live is now version 2" in error["message"]
    assert resolved(ours).json()["version"] == 2


def test_of_many_who_release_at_once_from_the_same_state_one_wins(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours, 6)
    seen = release(ours.owner, ours, plan(prompt_id, 1))
    barrier = threading.Barrier(5)
    statuses: list[int] = []

    def race(version: int) -> None:
        barrier.wait()
        body = plan(prompt_id, version, expected_live_id=seen["id"])
        statuses.append(ours.key_client.post(f"{ours.path}/releases", json=body).status_code)

    threads = [threading.Thread(target=race, args=(version,)) for version in range(2, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409, 409]
    history = ours.owner.get(f"{ours.path}/releases").json()["items"]
    assert [each["is_live"] for each in history].count(True) == 1


def test_a_release_takes_the_right_to_release(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours)
    for client in (running.key_with(Right.READ, Right.WRITE, Right.CALL), running.member(Role.VIEWER)):
        assert client.post(f"{ours.path}/releases", json=plan(prompt_id)).status_code == 403
        rollback = {"prompt_id": prompt_id, "environment": "production"}
        assert client.post(f"{ours.path}/releases/rollback", json=rollback).status_code == 403
    release(running.key_with(Right.RELEASE), ours, plan(prompt_id))
    theirs = running.theirs
    assert theirs.owner.post(f"{theirs.path}/releases", json=plan(prompt_id)).status_code == 404
    assert theirs.owner.get(f"{theirs.path}/releases").json()["items"] == []


def test_an_application_that_may_call_can_ask_what_serves(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours)
    made = release(ours.owner, ours, plan(prompt_id))
    caller = running.key_with(Right.CALL)
    params = {"name": "support/answer", "environment": "production"}
    answer = caller.get(f"{ours.path}/prompts/resolve", params=params)
    assert (answer.status_code, answer.json()["release_id"]) == (200, made["id"])
    unchanged = caller.get(
        f"{ours.path}/prompts/resolve", params=params, headers={"if-none-match": answer.headers["etag"]}
    )
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    release(ours.owner, ours, plan(prompt_id, 2))
    changed = caller.get(
        f"{ours.path}/prompts/resolve", params=params, headers={"if-none-match": answer.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert running.key_with(Right.RELEASE).get(f"{ours.path}/prompts/resolve", params=params).status_code == 403


def test_a_prompt_that_does_not_serve_is_told_apart_from_one_that_is_not_there(running: Running) -> None:
    ours = running.ours
    assert refusal(resolved(ours), 404)["code"] == "unknown_prompt"
    prompt_with(ours, name="support/answers")
    assert refusal(resolved(ours), 404)["hint"] == "Did you mean 'support/answers'?"
    prompt_with(ours)
    assert refusal(resolved(ours), 404)["code"] == "prompt_not_released"


def test_a_prompt_that_was_released_cannot_be_deleted(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours)
    release(ours.owner, ours, plan(prompt_id))
    assert refusal(ours.owner.delete(f"{ours.path}/prompts/{prompt_id}"), 409)["code"] == "conflict"
    assert resolved(ours).status_code == 200


def test_history_can_be_cut_by_environment_and_comes_in_pages(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours)
    for environment in ("staging", "production", "staging"):
        release(ours.owner, ours, plan(prompt_id, environment=environment))
    staging = ours.owner.get(f"{ours.path}/releases", params={"environment": "staging"}).json()["items"]
    assert [each["environment"] for each in staging] == ["staging", "staging"]
    page = ours.owner.get(f"{ours.path}/releases", params={"limit": 2}).json()
    rest = ours.owner.get(f"{ours.path}/releases", params={"limit": 2, "cursor": page["next"]}).json()
    assert len({each["id"] for each in page["items"] + rest["items"]}) == 3
    assert rest["next"] is None


def test_each_release_is_audited_and_moves_the_gateways_revision(running: Running) -> None:
    ours, prompt_id = running.ours, prompt_with(running.ours)

    def current() -> int:
        with running.services.meta.read() as connection:
            return revision.current(connection, revision.GATEWAY)

    before = current()
    made = release(ours.owner, ours, plan(prompt_id, note="why"))
    assert current() == before + 1
    entry = ours.owner.get(f"{ours.path}/audit").json()["items"][0]
    assert (entry["action"], entry["subject"], entry["detail"]["note"]) == ("release.create", made["id"], "why")
    assert entry["summary"] == "released version 1 of 'support/answer' in production"
    assert (entry["detail"]["before"], entry["detail"]["after"]["version"]) == ({}, 1)
    release(ours.owner, ours, plan(prompt_id, 2))
    ours.owner.post(f"{ours.path}/releases/rollback", json={"prompt_id": prompt_id, "environment": "production"})
    assert current() == before + 3
    entry = ours.owner.get(f"{ours.path}/audit").json()["items"][0]
    assert (entry["action"], entry["summary"]) == (
        "release.rollback",
        "rolled back to version 1 of 'support/answer' in production",
    )
    assert (entry["detail"]["before"], entry["detail"]["after"]) == ({"version": 2}, {"version": 1})
