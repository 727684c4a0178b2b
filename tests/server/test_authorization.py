"""Every route of the server: who may use it, and who is turned away how.

The walk goes over the routes that the application really has. A route without a case below fails the build.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from tests.conftest import Running, Template, start
from tests.server.world import (
    ALL_CASES,
    INTERNAL_CASES,
    LANGFUSE,
    ORGANISATION_CASES,
    PROJECT_CASES,
    PUBLIC,
    SESSION_CASES,
    TELEMETRY,
    Case,
    P,
    World,
    furnish,
    judge,
    send,
)

from trimtab.identity.access import Right, Role
from trimtab.server.settings import Settings
from trimtab.storage import revision
from trimtab.storage.warehouse.port import Warehouse


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


@pytest.fixture(scope="module")
def world(shared_running: Running) -> World:
    """For tests that change nothing in it."""
    return furnish(shared_running)


@pytest.fixture
def fresh_world(tmp_path: Path, warehouse: Warehouse, template: Template, world: World) -> Iterator[World]:
    """For tests that change something: a copy of the other one."""
    folder = world.running.services.settings.data_dir
    furnished = Template(folder=folder, ours=template.ours, theirs=template.theirs)
    with start(Settings(data_dir=tmp_path / "data"), warehouse, furnished) as running:
        ours = world.ours | judge(running.ours, world.ours["trace_id"])
        yield World(running=running, ours=ours, theirs=world.theirs)


def _assert_error(answer: Response, *statuses: int) -> None:
    """The answer is an error with one of the statuses, in the one shape."""
    assert answer.status_code in statuses, f"{answer.status_code}: {answer.text[:300]}"
    assert list(answer.json()) == ["error"]
    assert list(answer.json()["error"]) == ["code", "message", "hint"]
    assert answer.json()["error"]["code"]
    assert answer.json()["error"]["message"]


def test_every_route_has_a_case_and_every_case_a_route(shared_running: Running) -> None:
    cases = {(case.method, case.path) for case in ALL_CASES}
    assert cases | PUBLIC | TELEMETRY | LANGFUSE == _routes(shared_running.app)
    assert not cases & PUBLIC


@pytest.mark.parametrize("case", ALL_CASES, ids=_ids(ALL_CASES))
def test_without_credentials_it_is_401(shared_running: Running, case: Case) -> None:
    ids = dict.fromkeys(_NAMES, "1") | {"project_id": shared_running.ours.project.id}
    _assert_error(send(shared_running.anonymous(), case, ids), 401)
    _assert_error(send(shared_running.with_key("tt_" + "x" * 43), case, ids), 401)


_NAMES = (
    "prompt_id",
    "number",
    "release_id",
    "provider_id",
    "alias",
    "dashboard",
    "key_id",
    "member_id",
    "trace_id",
    "price_id",
    "view_id",
    "letter_id",
    "report_id",
    "deletion_id",
    "score_id",
    "media_id",
    "span_id",
    "comment_id",
    "tag",
)


@pytest.mark.parametrize("case", PROJECT_CASES, ids=_ids(PROJECT_CASES))
def test_a_project_of_another_tenant_does_not_exist(world: World, case: Case) -> None:
    for stranger in (world.running.theirs.owner, world.running.theirs.key_client):
        _assert_error(send(stranger, case, world.ours), 404)


@pytest.mark.parametrize(
    "case",
    foreign := [case for case in PROJECT_CASES if "_id}" in f"{case.path}{case.body}".replace("{project_id}", "")],
    ids=_ids(foreign),
)
def test_what_another_tenant_has_is_not_found_in_ones_own_project(world: World, case: Case) -> None:
    ids = world.theirs | {"project_id": world.running.ours.project.id}
    _assert_error(send(world.running.ours.owner, case, ids), 404)
    untouched = send(world.running.theirs.owner, case, world.theirs)
    assert untouched.status_code != 404, untouched.text


@pytest.mark.parametrize("case", PROJECT_CASES, ids=_ids(PROJECT_CASES))
def test_with_too_little_right_it_is_403(world: World, case: Case) -> None:
    if not case.needs:
        assert case.path == P
        assert case.method == "GET"
        return
    others = frozenset(Right) - case.needs
    _assert_error(send(world.running.key_with(*others), case, world.ours), 403)


@pytest.mark.parametrize("case", PROJECT_CASES, ids=_ids(PROJECT_CASES))
def test_with_just_enough_right_it_is_allowed(fresh_world: World, case: Case) -> None:
    for right in case.needs or Right:
        # Whoever changes something is shown the result, and so needs to read; calling is enough for what calls need.
        client = fresh_world.running.key_with(right, *({Right.READ} if case.method != "GET" else ()))
        answer = send(client, case, fresh_world.ours)
        assert answer.is_success, answer.text


@pytest.mark.parametrize("case", ORGANISATION_CASES, ids=_ids(ORGANISATION_CASES))
def test_what_concerns_the_organisation_needs_a_person_with_the_right(fresh_world: World, case: Case) -> None:
    key = fresh_world.running.ours.key_client
    if case.persons_only:
        _assert_error(send(key, case, fresh_world.ours), 403)
    else:
        assert send(key, case, fresh_world.ours).is_success
    viewer = fresh_world.running.member(Role.VIEWER)
    if Right.ADMIN in case.needs:
        _assert_error(send(viewer, case, fresh_world.ours), 403)
    else:
        assert send(viewer, case, fresh_world.ours).is_success
    assert send(fresh_world.running.ours.owner, case, fresh_world.ours).is_success


@pytest.mark.parametrize(
    "case", members := [case for case in ORGANISATION_CASES if "{member_id}" in case.path], ids=_ids(members)
)
def test_members_of_another_tenant_do_not_exist(world: World, case: Case) -> None:
    _assert_error(send(world.running.ours.owner, case, world.theirs), 404)


@pytest.mark.parametrize("case", SESSION_CASES, ids=_ids(SESSION_CASES))
def test_a_key_is_no_session(shared_running: Running, case: Case) -> None:
    _assert_error(send(shared_running.ours.key_client, case, {}), 401)


@pytest.mark.parametrize("case", INTERNAL_CASES, ids=_ids(INTERNAL_CASES))
def test_what_is_for_the_gateway_takes_the_internal_token_alone(shared_running: Running, case: Case) -> None:
    for outsider in (shared_running.ours.owner, shared_running.ours.key_client):
        _assert_error(send(outsider, case, {}), 401)
    assert send(shared_running.internal(), case, {}).is_success


@pytest.mark.parametrize("case", PROJECT_CASES, ids=_ids(PROJECT_CASES))
def test_the_internal_token_is_no_key(shared_running: Running, case: Case) -> None:
    ids = dict.fromkeys(_NAMES, "1") | {"project_id": shared_running.ours.project.id}
    _assert_error(send(shared_running.internal(), case, ids), 401)


@pytest.mark.parametrize(
    "case",
    changing := [case for case in [*PROJECT_CASES, *ORGANISATION_CASES] if case.method != "GET"],
    ids=_ids(changing),
)
def test_a_change_with_a_cookie_alone_is_refused(world: World, case: Case) -> None:
    browser = world.running.anonymous()
    browser.cookies.update(world.running.ours.owner.cookies)
    assert browser.get("/api/v1/auth/session").is_success
    _assert_error(send(browser, case, world.ours), 403)


@pytest.mark.parametrize(
    "case",
    writing := [case for case in [*PROJECT_CASES, *ORGANISATION_CASES] if case.method != "GET"],
    ids=_ids(writing),
)
def test_every_change_has_an_audit_entry_and_nothing_else_does(fresh_world: World, case: Case) -> None:
    owner = fresh_world.running.ours.owner
    before = owner.get("/api/v1/audit", params={"limit": 1}).json()["items"][0]["id"]
    answer = send(owner, case, fresh_world.ours)
    newest = owner.get("/api/v1/audit", params={"limit": 1}).json()["items"][0]
    assert answer.is_success, answer.text
    assert (newest["id"] != before) is case.writes
    if newest["id"] != before:
        assert newest["actor"]["name"] == "Admin"
        assert newest["summary"]


@pytest.mark.parametrize("case", writing, ids=_ids(writing))
def test_every_change_that_the_gateway_must_know_moves_its_revision(fresh_world: World, case: Case) -> None:
    before = _gateway_revision(fresh_world.running)
    send(fresh_world.running.ours.owner, case, fresh_world.ours)
    concerns_gateway = any(
        noun in case.path for noun in ("/keys", "/releases", "/providers", "/aliases", "/privacy/content")
    )
    if case.writes and concerns_gateway:
        assert _gateway_revision(fresh_world.running) > before
    else:
        assert _gateway_revision(fresh_world.running) == before or case.path == "/api/v1/projects"


def _gateway_revision(running: Running) -> int:
    with running.services.meta.read() as connection:
        return revision.current(connection, revision.GATEWAY)


@pytest.mark.parametrize(
    "case",
    listing := [case for case in ALL_CASES if case.method == "GET" and case.path != "/internal/v1/snapshot"],
    ids=_ids(listing),
)
def test_every_list_has_items_and_next(world: World, case: Case) -> None:
    answer = send(world.running.ours.owner, case, world.ours)
    assert answer.is_success, answer.text
    if answer.headers["content-type"] != "application/json":
        return  # a file
    if not answer.headers["content-type"].startswith("application/json"):
        return  # a file
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
