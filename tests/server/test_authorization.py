"""Every route of the server: who may use it, and who is turned away how.

The walk goes over the routes that the application really has. A route without a case below fails the build.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from httpx import Response
from tests.conftest import Running, Tenant

from trimtab.identity.access import Right, Role
from trimtab.llm import frames
from trimtab.llm.call import Call

P = "/api/v1/projects/{project_id}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Who may use a route, and a request that would succeed."""

    method: str
    path: str
    needs: frozenset[Right] = frozenset()
    """Any one of these is enough; none means that whoever sees the project may."""
    body: dict[str, Any] | None = None
    query: dict[str, Any] = field(default_factory=dict)
    persons_only: bool = False
    """No key may, whatever its scopes."""

    @property
    def id(self) -> str:
        """How the case is called in reports."""
        return f"{self.method} {self.path}"


def _case(method: str, path: str, *needs: Right, **more: Any) -> Case:
    return Case(method=method, path=path, needs=frozenset(needs), **more)


_READ, _WRITE, _RELEASE, _ADMIN, _CALL = Right.READ, Right.WRITE, Right.RELEASE, Right.ADMIN, Right.CALL
_MESSAGES = [{"role": "user", "template": "Hello"}]
_RANGE = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}

PROJECT_CASES = [
    _case("GET", P),
    _case("PATCH", P, _ADMIN, body={"name": "Another"}),
    _case("GET", f"{P}/environments", _READ),
    _case("POST", f"{P}/environments", _ADMIN, body={"name": "canary"}),
    _case("GET", f"{P}/keys", _ADMIN),
    _case("POST", f"{P}/keys", _ADMIN, body={"name": "k", "scopes": ["admin"], "environment": "production"}),
    _case("DELETE", f"{P}/keys/{{key_id}}", _ADMIN),
    _case("GET", f"{P}/audit", _ADMIN),
    _case("GET", f"{P}/prompts", _READ),
    _case("POST", f"{P}/prompts", _WRITE, body={"name": "new", "version": {"messages": _MESSAGES}}),
    _case("POST", f"{P}/prompts/render", _READ, body={"messages": _MESSAGES}),
    _case("GET", f"{P}/prompts/resolve", _READ, _CALL, query={"name": "greet", "environment": "production"}),
    _case("GET", f"{P}/prompts/{{prompt_id}}", _READ),
    _case("DELETE", f"{P}/prompts/{{prompt_id}}", _WRITE),
    _case("GET", f"{P}/prompts/{{prompt_id}}/versions", _READ),
    _case("POST", f"{P}/prompts/{{prompt_id}}/versions", _WRITE, body={"messages": _MESSAGES, "message": "m"}),
    _case("GET", f"{P}/prompts/{{prompt_id}}/versions/{{number}}", _READ),
    _case("GET", f"{P}/prompts/{{prompt_id}}/diff", _READ, query={"from": 1, "to": 1}),
    _case("GET", f"{P}/releases", _READ),
    _case(
        "POST",
        f"{P}/releases",
        _RELEASE,
        body={"prompt_id": "{prompt_id}", "environment": "staging", "version": 1, "model": "vllm/m"},
    ),
    _case(
        "POST",
        f"{P}/releases/rollback",
        _RELEASE,
        body={"prompt_id": "{prompt_id}", "environment": "production", "to_release_id": "{release_id}"},
    ),
    _case("GET", f"{P}/providers", _READ),
    _case("POST", f"{P}/providers", _ADMIN, body={"name": "two", "kind": "vllm", "base_url": "http://127.0.0.1:9/v1"}),
    _case("PATCH", f"{P}/providers/{{provider_id}}", _ADMIN, body={"models": ["m"]}),
    _case("DELETE", f"{P}/providers/{{provider_id}}", _ADMIN),
    _case("POST", f"{P}/providers/{{provider_id}}/check", _ADMIN),
    _case("GET", f"{P}/aliases", _READ),
    _case("PUT", f"{P}/aliases/{{alias}}", _WRITE, body={"target": "vllm/m"}),
    _case("DELETE", f"{P}/aliases/{{alias}}", _WRITE),
    _case("GET", f"{P}/models", _READ, _CALL),
    _case("GET", f"{P}/setup", _READ),
    _case("GET", f"{P}/traces", _READ, query=_RANGE),
    _case("GET", f"{P}/traces/facets", _READ, query=_RANGE),
    _case("GET", f"{P}/traces/{{trace_id}}", _READ),
    _case("GET", f"{P}/overview", _READ, query=_RANGE | {"by": "model"}),
]

ORGANISATION_CASES = [
    _case("GET", "/api/v1/organisation"),
    _case("PATCH", "/api/v1/organisation", _ADMIN, body={"name": "Another"}, persons_only=True),
    _case("GET", "/api/v1/members", _READ, persons_only=True),
    _case(
        "POST",
        "/api/v1/members",
        _ADMIN,
        body={"email": "new@ours.example", "name": "New", "role": "viewer"},
        persons_only=True,
    ),
    _case("PATCH", "/api/v1/members/{member_id}", _ADMIN, body={"role": "viewer"}, persons_only=True),
    _case("DELETE", "/api/v1/members/{member_id}", _ADMIN, persons_only=True),
    _case("GET", "/api/v1/projects"),
    _case("POST", "/api/v1/projects", _ADMIN, body={"slug": "new", "name": "New"}, persons_only=True),
    _case("GET", "/api/v1/audit", _ADMIN, persons_only=True),
    _case("GET", "/api/v1/provider-kinds"),
]

# For the signed-in person alone: a key is no session.
SESSION_CASES = [
    _case("GET", "/api/v1/auth/session"),
    _case("POST", "/api/v1/auth/logout"),
    _case("POST", "/api/v1/auth/password", body={"current_password": "x", "new_password": "y"}),
]

# For the gateway alone.
INTERNAL_CASES = [
    _case("GET", "/internal/v1/snapshot", query={"have": 0, "wait_s": 0}),
    _case("POST", "/internal/v1/calls"),
]

# For everybody: to sign in, to be supervised, to be described. Nothing else may stand here.
PUBLIC = {
    ("POST", "/api/v1/auth/login"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
}

ALL_CASES = [*PROJECT_CASES, *ORGANISATION_CASES, *SESSION_CASES, *INTERNAL_CASES]


def _ids(cases: list[Case]) -> list[str]:
    return [case.id for case in cases]


def _routes(app: FastAPI) -> set[tuple[str, str]]:
    """Return every route of the application, those outside of the API document included."""
    return {
        (method, str(route.path))
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or ())
        if method != "HEAD"
    }


@dataclass(frozen=True, kw_only=True)
class World:
    """Two tenants with one of everything in each; `ids` fill the paths."""

    running: Running
    ours: dict[str, str]
    theirs: dict[str, str]


def _furnish(running: Running, tenant: Tenant) -> dict[str, str]:
    """Make one of everything in the tenant and return the ids."""
    owner, path = tenant.owner, tenant.path

    def made(method: str, url: str, body: dict[str, Any]) -> Any:
        answer = owner.request(method, url, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    made("POST", f"{path}/providers", {"name": "vllm", "kind": "vllm", "base_url": "http://127.0.0.1:9/v1"})
    provider = owner.get(f"{path}/providers").json()["items"][0]
    made("PUT", f"{path}/aliases/fast", {"target": "vllm/m"})
    prompt = made("POST", f"{path}/prompts", {"name": "greet", "version": {"messages": _MESSAGES}})
    release = {"prompt_id": prompt["id"], "environment": "production", "version": 1, "model": "vllm/m"}
    first = made("POST", f"{path}/releases", release)
    made("POST", f"{path}/releases", release | {"model": "vllm/n"})
    spare = made("POST", f"{path}/keys", {"name": "spare", "scopes": ["call"], "environment": "production"})
    person = {"email": f"m@{tenant.organisation.name}.example", "name": "M", "role": "viewer"}
    member = made("POST", "/api/v1/members", person)
    return {
        "project_id": tenant.project.id,
        "prompt_id": prompt["id"],
        "number": "1",
        "release_id": first["id"],
        "provider_id": provider["id"],
        "alias": "fast",
        "key_id": spare["key"]["id"],
        "member_id": member["member"]["id"],
        "trace_id": _record_a_call(running, tenant),
    }


def _record_a_call(running: Running, tenant: Tenant) -> str:
    now = time.time_ns()
    trace_id = f"{now:032x}"
    call = Call(
        request_id="req_1",
        project_id=tenant.project.id,
        environment="production",
        key_id="key_1",
        trace_id=trace_id,
        span_id=f"{now % 2**63:016x}",
        started_ns=now,
        ended_ns=now + 1_000_000,
        status_code=200,
    )
    receipt = running.services.collector.accept(frames.encode(msgspec.msgpack.encode(call)), replay=False)
    assert receipt.accepted == 1
    return trace_id


def _world(running: Running) -> World:
    return World(running=running, ours=_furnish(running, running.ours), theirs=_furnish(running, running.theirs))


@pytest.fixture(scope="module")
def world(shared_running: Running) -> World:
    """For tests that change nothing in it."""
    return _world(shared_running)


@pytest.fixture
def fresh_world(running: Running) -> World:
    return _world(running)


def _send(client: TestClient, case: Case, ids: dict[str, str]) -> Response:
    body = None if case.body is None else {key: _filled(value, ids) for key, value in case.body.items()}
    return client.request(case.method, case.path.format(**ids), json=body, params=case.query)


def _filled(value: Any, ids: dict[str, str]) -> Any:
    return ids[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value


def _assert_error(answer: Response, *statuses: int) -> None:
    """The answer is an error with one of the statuses, in the one shape."""
    assert answer.status_code in statuses, f"{answer.status_code}: {answer.text[:300]}"
    assert list(answer.json()) == ["error"]
    assert list(answer.json()["error"]) == ["code", "message", "hint"]
    assert answer.json()["error"]["code"]
    assert answer.json()["error"]["message"]


def test_every_route_has_a_case_and_every_case_a_route(shared_running: Running) -> None:
    cases = {(case.method, case.path) for case in ALL_CASES}
    assert cases | PUBLIC == _routes(shared_running.app)
    assert not cases & PUBLIC


@pytest.mark.parametrize("case", ALL_CASES, ids=_ids(ALL_CASES))
def test_without_credentials_it_is_401(shared_running: Running, case: Case) -> None:
    ids = dict.fromkeys(_NAMES, "1") | {"project_id": shared_running.ours.project.id}
    _assert_error(_send(shared_running.anonymous(), case, ids), 401)
    _assert_error(_send(shared_running.with_key("tt_" + "x" * 43), case, ids), 401)


_NAMES = ("prompt_id", "number", "release_id", "provider_id", "alias", "key_id", "member_id", "trace_id")


@pytest.mark.parametrize("case", PROJECT_CASES, ids=_ids(PROJECT_CASES))
def test_a_project_of_another_tenant_does_not_exist(world: World, case: Case) -> None:
    for stranger in (world.running.theirs.owner, world.running.theirs.key_client):
        _assert_error(_send(stranger, case, world.ours), 404)


@pytest.mark.parametrize(
    "case",
    foreign := [case for case in PROJECT_CASES if "_id}" in f"{case.path}{case.body}".replace("{project_id}", "")],
    ids=_ids(foreign),
)
def test_what_another_tenant_has_is_not_found_in_ones_own_project(world: World, case: Case) -> None:
    ids = world.theirs | {"project_id": world.running.ours.project.id}
    _assert_error(_send(world.running.ours.owner, case, ids), 404)
    untouched = _send(world.running.theirs.owner, case, world.theirs)
    assert untouched.status_code != 404, untouched.text


@pytest.mark.parametrize("case", PROJECT_CASES, ids=_ids(PROJECT_CASES))
def test_with_too_little_right_it_is_403(world: World, case: Case) -> None:
    if not case.needs:
        assert case.path == P
        assert case.method == "GET"
        return
    others = frozenset(Right) - case.needs
    _assert_error(_send(world.running.key_with(*others), case, world.ours), 403)


@pytest.mark.parametrize("case", PROJECT_CASES, ids=_ids(PROJECT_CASES))
def test_with_just_enough_right_it_is_allowed(fresh_world: World, case: Case) -> None:
    for right in case.needs or Right:
        # Whoever changes something is shown the result, and so needs to read; calling is enough for what calls need.
        client = fresh_world.running.key_with(right, *({Right.READ} if case.method != "GET" else ()))
        answer = _send(client, case, fresh_world.ours)
        # 409: what is released or in use is not deleted, whoever asks.
        assert answer.is_success or (case.method == "DELETE" and answer.status_code == 409), answer.text


@pytest.mark.parametrize("case", ORGANISATION_CASES, ids=_ids(ORGANISATION_CASES))
def test_what_concerns_the_organisation_needs_a_person_with_the_right(fresh_world: World, case: Case) -> None:
    key = fresh_world.running.ours.key_client
    if case.persons_only:
        _assert_error(_send(key, case, fresh_world.ours), 403)
    else:
        assert _send(key, case, fresh_world.ours).is_success
    viewer = fresh_world.running.member(Role.VIEWER)
    if Right.ADMIN in case.needs:
        _assert_error(_send(viewer, case, fresh_world.ours), 403)
    else:
        assert _send(viewer, case, fresh_world.ours).is_success
    assert _send(fresh_world.running.ours.owner, case, fresh_world.ours).is_success


@pytest.mark.parametrize(
    "case", members := [case for case in ORGANISATION_CASES if "{member_id}" in case.path], ids=_ids(members)
)
def test_members_of_another_tenant_do_not_exist(world: World, case: Case) -> None:
    _assert_error(_send(world.running.ours.owner, case, world.theirs), 404)


@pytest.mark.parametrize("case", SESSION_CASES, ids=_ids(SESSION_CASES))
def test_a_key_is_no_session(shared_running: Running, case: Case) -> None:
    _assert_error(_send(shared_running.ours.key_client, case, {}), 401)


@pytest.mark.parametrize("case", INTERNAL_CASES, ids=_ids(INTERNAL_CASES))
def test_what_is_for_the_gateway_takes_the_internal_token_alone(shared_running: Running, case: Case) -> None:
    for outsider in (shared_running.ours.owner, shared_running.ours.key_client):
        _assert_error(_send(outsider, case, {}), 401)
    assert _send(shared_running.internal(), case, {}).is_success


@pytest.mark.parametrize("case", PROJECT_CASES, ids=_ids(PROJECT_CASES))
def test_the_internal_token_is_no_key(shared_running: Running, case: Case) -> None:
    ids = dict.fromkeys(_NAMES, "1") | {"project_id": shared_running.ours.project.id}
    _assert_error(_send(shared_running.internal(), case, ids), 401)


@pytest.mark.parametrize(
    "case",
    changing := [case for case in [*PROJECT_CASES, *ORGANISATION_CASES] if case.method != "GET"],
    ids=_ids(changing),
)
def test_a_change_with_a_cookie_alone_is_refused(world: World, case: Case) -> None:
    browser = world.running.anonymous()
    browser.cookies.update(world.running.ours.owner.cookies)
    assert browser.get("/api/v1/auth/session").is_success
    _assert_error(_send(browser, case, world.ours), 403)


@pytest.mark.parametrize(
    "case",
    listing := [case for case in ALL_CASES if case.method == "GET" and case.path != "/internal/v1/snapshot"],
    ids=_ids(listing),
)
def test_every_list_has_items_and_next(world: World, case: Case) -> None:
    answer = _send(world.running.ours.owner, case, world.ours)
    assert answer.is_success, answer.text
    name = _function_name(world.running.app, case)
    if name.startswith("list_") and name != "list_trace_facets":
        assert list(answer.json()) == ["items", "next"]
        assert isinstance(answer.json()["items"], list)
    else:
        assert "items" not in answer.json()


def _function_name(app: FastAPI, case: Case) -> str:
    return next(
        str(route.name)
        for route in iter_route_contexts(app.routes)
        if route.path == case.path and case.method in (route.methods or ())
    )
