"""Sign-in, members, projects and keys over REST."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient
from tests.conftest import PASSWORD, Running, Tenant

from trimtab.identity.access import Right, Role
from trimtab.llm import frames
from trimtab.llm.call import Call
from trimtab.storage import revision

_LOGIN = "/api/v1/auth/login"
_SESSION = "/api/v1/auth/session"


def _actions(tenant: Tenant) -> list[str]:
    return [entry["action"] for entry in tenant.owner.get("/api/v1/audit").json()["items"]]


def _gateway_revision(running: Running) -> int:
    with running.services.meta.read() as connection:
        return revision.current(connection, revision.GATEWAY)


def _new_key(client: TestClient, tenant: Tenant, **changes: Any) -> Any:
    body = {"name": "app", "scopes": ["call"], "environment": "production"} | changes
    return client.post(f"{tenant.path}/keys", json=body)


# Sign-in


def test_signing_in_says_who_one_is_and_what_one_may(running: Running) -> None:
    session = running.ours.owner.get(_SESSION).json()
    assert session["user"]["email"] == "owner@ours.example"
    assert session["organisation"]["name"] == "ours"
    assert session["role"] == "owner"
    assert session["rights"] == ["admin", "call", "read", "release", "write"]
    assert [project["slug"] for project in session["projects"]] == ["ours"]


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(running: Running) -> None:
    answer = running.anonymous().post(_LOGIN, json={"email": running.ours.owner_email, "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("trimtab_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert f"Max-Age={14 * 86_400}" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_for_https_alone(running: Running) -> None:
    client = TestClient(running.app, base_url="https://trimtab.example")
    answer = client.post(_LOGIN, json={"email": running.ours.owner_email, "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


def test_neither_a_wrong_password_nor_an_unknown_account_says_which_it_was(running: Running) -> None:
    wrong = running.anonymous().post(_LOGIN, json={"email": running.ours.owner_email, "password": "not the password"})
    unknown = running.anonymous().post(_LOGIN, json={"email": "nobody@ours.example", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_after_five_wrong_passwords_one_has_to_wait(running: Running) -> None:
    client = running.anonymous()
    guess = {"email": running.ours.owner_email, "password": "not the password"}
    assert [client.post(_LOGIN, json=guess).status_code for _ in range(5)] == [401] * 5
    refused = client.post(_LOGIN, json=guess | {"password": PASSWORD})
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "too_many_requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 15


def test_wrong_passwords_for_one_account_do_not_lock_another(running: Running) -> None:
    client = running.anonymous()
    for _ in range(5):
        client.post(_LOGIN, json={"email": running.ours.owner_email, "password": "not the password"})
    assert client.post(_LOGIN, json={"email": running.theirs.owner_email, "password": PASSWORD}).status_code == 200


def test_the_right_password_forgets_the_wrong_ones(running: Running) -> None:
    client = running.anonymous()
    for _ in range(3):
        for password in ["not the password"] * 4 + [PASSWORD]:
            last = client.post(_LOGIN, json={"email": running.ours.owner_email, "password": password})
        assert last.status_code == 200


def test_signing_out_ends_the_session(running: Running) -> None:
    client = running.signed_in(running.ours.owner_email)
    kept = dict(client.cookies)
    assert client.post("/api/v1/auth/logout").status_code == 204
    thief = running.anonymous()
    thief.cookies.update(kept)
    assert thief.get(_SESSION).status_code == 401


def test_a_change_without_the_token_against_forged_requests_is_refused(running: Running) -> None:
    client = running.signed_in(running.ours.owner_email)
    for token in (None, "", "x" * 43):
        headers = {} if token is None else {"x-csrf-token": token}
        del client.headers["x-csrf-token"]
        refused = client.patch("/api/v1/organisation", json={"name": "taken over"}, headers=headers)
        client.headers["x-csrf-token"] = "again"
        assert refused.status_code == 403
        assert "X-CSRF-Token" in refused.json()["error"]["message"]
    assert client.get("/api/v1/organisation").json()["name"] == "ours"


def test_the_token_of_another_session_does_not_do(running: Running) -> None:
    client = running.signed_in(running.ours.owner_email)
    client.headers["x-csrf-token"] = running.ours.owner.headers["x-csrf-token"]
    assert client.patch("/api/v1/organisation", json={"name": "taken over"}).status_code == 403


def test_a_new_password_ends_all_other_sessions_and_the_old_password(running: Running) -> None:
    here, elsewhere = (running.signed_in(running.ours.owner_email) for _ in range(2))
    change = {"current_password": PASSWORD, "new_password": "another long password"}
    assert here.post("/api/v1/auth/password", json=change).status_code == 204
    assert here.get(_SESSION).status_code == 200
    assert elsewhere.get(_SESSION).status_code == 401
    again = running.anonymous().post(_LOGIN, json={"email": running.ours.owner_email, "password": PASSWORD})
    assert again.status_code == 401
    running.signed_in(running.ours.owner_email, "another long password")


@pytest.mark.parametrize(
    ("current", "new", "said"),
    [("not the password", "another long password", "current password"), (PASSWORD, "short", "10 to 256 characters")],
)
def test_a_password_change_that_cannot_be_made_changes_nothing(
    running: Running, current: str, new: str, said: str
) -> None:
    answer = running.ours.owner.post("/api/v1/auth/password", json={"current_password": current, "new_password": new})
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    running.signed_in(running.ours.owner_email)


def test_a_key_signs_nobody_in(running: Running) -> None:
    assert running.ours.key_client.get(_SESSION).status_code == 401


# Members


def test_a_new_member_signs_in_with_the_password_that_is_shown_once(running: Running) -> None:
    viewer = running.member(Role.VIEWER)
    assert viewer.get(_SESSION).json()["rights"] == ["read"]
    listed = running.ours.owner.get("/api/v1/members").json()["items"]
    assert [(member["email"], member["role"]) for member in listed] == [
        ("owner@ours.example", "owner"),
        ("viewer@ours.example", "viewer"),
    ]
    assert "password" not in str(listed)


def test_another_role_counts_from_the_next_request(running: Running) -> None:
    viewer = running.member(Role.VIEWER)
    member_id = viewer.get(_SESSION).json()["user"]["id"]
    assert viewer.patch(running.ours.path, json={"name": "x"}).status_code == 403
    running.ours.owner.patch(f"/api/v1/members/{member_id}", json={"role": "admin"}).raise_for_status()
    assert viewer.patch(running.ours.path, json={"name": "x"}).status_code == 200


def test_a_removed_member_is_out_at_once(running: Running) -> None:
    editor = running.member(Role.EDITOR)
    member_id = editor.get(_SESSION).json()["user"]["id"]
    assert running.ours.owner.delete(f"/api/v1/members/{member_id}").status_code == 204
    assert editor.get(_SESSION).status_code == 401


def test_an_admin_neither_makes_nor_unmakes_owners(running: Running) -> None:
    admin = running.member(Role.ADMIN)
    owner_id = running.ours.owner.get(_SESSION).json()["user"]["id"]
    new_owner = {"email": "second@ours.example", "name": "Second", "role": "owner"}
    assert admin.post("/api/v1/members", json=new_owner).status_code == 403
    assert admin.patch(f"/api/v1/members/{owner_id}", json={"role": "viewer"}).status_code == 403
    assert admin.delete(f"/api/v1/members/{owner_id}").status_code == 403


def test_the_last_owner_stays(running: Running) -> None:
    owner_id = running.ours.owner.get(_SESSION).json()["user"]["id"]
    demoted = running.ours.owner.patch(f"/api/v1/members/{owner_id}", json={"role": "admin"})
    removed = running.ours.owner.delete(f"/api/v1/members/{owner_id}")
    assert demoted.status_code == removed.status_code == 409
    assert "last owner" in demoted.json()["error"]["message"]


def test_an_address_has_one_account(running: Running) -> None:
    taken = {"email": "OWNER@theirs.example", "name": "Twice", "role": "viewer"}
    answer = running.ours.owner.post("/api/v1/members", json=taken)
    assert answer.status_code == 409
    assert "owner@theirs.example" in answer.json()["error"]["message"]


def test_members_of_another_organisation_do_not_exist(running: Running) -> None:
    theirs = running.theirs.owner.get(_SESSION).json()["user"]["id"]
    assert running.ours.owner.delete(f"/api/v1/members/{theirs}").status_code == 404
    assert running.ours.owner.patch(f"/api/v1/members/{theirs}", json={"role": "viewer"}).status_code == 404


# Projects


def test_a_new_project_has_three_environments(running: Running) -> None:
    made = running.ours.owner.post("/api/v1/projects", json={"slug": "support", "name": "Support"})
    assert made.status_code == 201
    listed = running.ours.owner.get(f"/api/v1/projects/{made.json()['id']}/environments").json()
    assert [item["name"] for item in listed["items"]] == ["development", "staging", "production"]
    assert listed["next"] is None


def test_a_short_name_is_used_once_in_an_organisation_and_freely_in_another(running: Running) -> None:
    again = {"slug": "ours", "name": "Again"}
    assert running.ours.owner.post("/api/v1/projects", json=again).status_code == 409
    assert running.theirs.owner.post("/api/v1/projects", json=again).status_code == 201


def test_an_added_environment_comes_last(running: Running) -> None:
    assert running.ours.owner.post(f"{running.ours.path}/environments", json={"name": "canary"}).status_code == 201
    listed = running.ours.owner.get(f"{running.ours.path}/environments").json()["items"]
    assert [item["name"] for item in listed][-1] == "canary"
    assert running.ours.owner.post(f"{running.ours.path}/environments", json={"name": "canary"}).status_code == 409


def test_a_key_sees_its_own_project_alone(running: Running) -> None:
    running.ours.owner.post("/api/v1/projects", json={"slug": "second", "name": "Second"}).raise_for_status()
    assert [item["slug"] for item in running.ours.key_client.get("/api/v1/projects").json()["items"]] == ["ours"]
    assert len(running.ours.owner.get("/api/v1/projects").json()["items"]) == 2


def test_pages_of_a_list_neither_skip_nor_repeat(running: Running) -> None:
    for number in range(5):
        body = {"slug": f"p{number}", "name": f"P{number}"}
        running.ours.owner.post("/api/v1/projects", json=body).raise_for_status()
    seen, cursor = [], None
    while True:
        page = running.ours.owner.get("/api/v1/projects", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [item["slug"] for item in page.json()["items"]]
        cursor = page.json()["next"]
        if cursor is None:
            break
        assert len(page.json()["items"]) == 2
    assert seen == ["ours", "p0", "p1", "p2", "p3", "p4"]


# Keys


def test_the_text_of_a_key_is_shown_once_and_kept_nowhere(running: Running) -> None:
    created = _new_key(running.ours.owner, running.ours)
    secret = created.json()["secret"]
    assert re.fullmatch(r"tt_[A-Za-z0-9_-]{43}", secret)
    assert created.json()["key"]["label"] == secret[:8]
    assert secret not in running.ours.owner.get(f"{running.ours.path}/keys").text
    meta_file = running.services.settings.data_dir / "meta.db"
    stored = meta_file.read_bytes() + meta_file.with_name("meta.db-wal").read_bytes()
    assert secret.encode() not in stored


def test_a_revoked_key_is_refused_from_then_on(running: Running) -> None:
    created = _new_key(running.ours.owner, running.ours, scopes=["read"]).json()
    client = running.with_key(created["secret"])
    assert client.get(running.ours.path).status_code == 200
    before = _gateway_revision(running)
    assert running.ours.owner.delete(f"{running.ours.path}/keys/{created['key']['id']}").status_code == 204
    refused = client.get(running.ours.path)
    assert refused.status_code == 401
    assert "revoked" in refused.json()["error"]["message"]
    assert _gateway_revision(running) == before + 1


def test_a_key_is_refused_from_the_moment_it_expires(running: Running) -> None:
    now = running.services.clock.now()
    soon = (now + timedelta(milliseconds=200)).isoformat()
    client = running.with_key(
        _new_key(running.ours.owner, running.ours, scopes=["read"], expires_at=soon).json()["secret"]
    )
    assert client.get(running.ours.path).status_code == 200
    deadline = now + timedelta(seconds=5)
    while client.get(running.ours.path).status_code == 200:
        assert datetime.now(UTC) < deadline
    assert "expired" in client.get(running.ours.path).json()["error"]["message"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scopes": []}, "at least one scope"),
        ({"scopes": ["fly"]}, "scopes"),
        ({"environment": "moon"}, "no environment 'moon'"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "in the future"),
        ({"expires_at": "2101-01-01T00:00:00"}, "zone"),
        ({"name": " "}, "name of a key"),
        ({"name": "a\x00b"}, "control characters"),
    ],
)
def test_a_key_that_cannot_be_is_not_made(running: Running, changes: dict[str, Any], said: str) -> None:
    before = running.ours.owner.get(f"{running.ours.path}/keys").json()
    answer = _new_key(running.ours.owner, running.ours, **changes)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert running.ours.owner.get(f"{running.ours.path}/keys").json() == before


def test_a_key_makes_no_key_with_more_rights_than_its_own(running: Running) -> None:
    admin_key = running.key_with(Right.ADMIN, Right.READ)
    assert _new_key(admin_key, running.ours, scopes=["read"]).status_code == 201
    refused = _new_key(admin_key, running.ours, scopes=["read", "call"])
    assert refused.status_code == 403
    assert "call" in refused.json()["error"]["message"]


def test_a_use_of_a_key_is_noted(running: Running) -> None:
    created = _new_key(running.ours.owner, running.ours, scopes=["read"]).json()
    assert created["key"]["last_used_at"] is None
    running.with_key(created["secret"]).get(running.ours.path).raise_for_status()
    listed = running.ours.owner.get(f"{running.ours.path}/keys").json()["items"]
    used = next(item for item in listed if item["id"] == created["key"]["id"])
    assert used["last_used_at"] is not None


def test_a_call_through_the_gateway_is_a_use_of_its_key(running: Running) -> None:
    created = _new_key(running.ours.owner, running.ours).json()["key"]
    for seconds in (120, 60, 59):
        _ship_a_call(running, created["id"], ago_s=seconds)
    listed = running.ours.owner.get(f"{running.ours.path}/keys").json()["items"]
    used = next(item["last_used_at"] for item in listed if item["id"] == created["id"])
    ago_s = (datetime.now(UTC) - datetime.fromisoformat(used)).total_seconds()
    assert 60 <= ago_s < 120, "noted once a minute: the second call was, the third was not"


def test_a_call_is_recorded_even_when_the_use_of_its_key_cannot_be_noted(running: Running) -> None:
    with running.services.meta.write() as connection:
        connection.exec_driver_sql("DROP TABLE api_keys")
    _ship_a_call(running, "key_1", ago_s=0)


def _ship_a_call(running: Running, key_id: str, *, ago_s: int) -> None:
    started_ns = time.time_ns() - ago_s * 1_000_000_000
    call = Call(
        request_id="req_1",
        project_id=running.ours.project.id,
        environment="production",
        key_id=key_id,
        trace_id=f"{time.time_ns():032x}",
        span_id=f"{time.time_ns() % 2**63:016x}",
        started_ns=started_ns,
        ended_ns=started_ns + 1_000_000,
        status_code=200,
    )
    receipt = running.services.collector.accept(frames.encode(msgspec.msgpack.encode(call)), replay=False)
    assert receipt.accepted == 1


@pytest.mark.parametrize(
    "header", ["tt_abc", "Bearer", "Bearer sk-abc", "Basic dHQ6dHQ=", "Bearer tt_unknown", "Bearer tt_é"]
)
def test_what_is_no_key_is_refused(running: Running, header: str) -> None:
    client = running.anonymous()
    answer = client.get("/api/v1/projects", headers={"authorization": header.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


# Audit


def test_every_change_has_an_entry_that_says_who_did_it(running: Running) -> None:
    tenant, owner = running.ours, running.ours.owner
    member = owner.post("/api/v1/members", json={"email": "m@ours.example", "name": "M", "role": "viewer"}).json()
    member_path = f"/api/v1/members/{member['member']['id']}"
    owner.patch(member_path, json={"role": "editor"}).raise_for_status()
    owner.delete(member_path).raise_for_status()
    owner.patch("/api/v1/organisation", json={"name": "Ours"}).raise_for_status()
    owner.patch(tenant.path, json={"name": "Ours"}).raise_for_status()
    owner.post(f"{tenant.path}/environments", json={"name": "canary"}).raise_for_status()
    key = _new_key(owner, tenant).json()
    owner.delete(f"{tenant.path}/keys/{key['key']['id']}").raise_for_status()
    assert _actions(tenant)[:8] == [
        "key.revoke",
        "key.create",
        "environment.create",
        "project.rename",
        "organisation.rename",
        "member.remove",
        "member.role.change",
        "member.add",
    ]
    entries = owner.get(f"{tenant.path}/audit").json()["items"]
    assert [entry["action"] for entry in entries[:2]] == ["key.revoke", "key.create"]
    assert {entry["project_id"] for entry in entries} == {tenant.project.id}
    assert entries[0]["actor"]["kind"] == "user"
    assert entries[0]["actor"]["name"] == "Admin"
    assert key["secret"] not in owner.get("/api/v1/audit").text


def test_a_change_that_is_refused_leaves_no_entry(running: Running) -> None:
    before = _actions(running.ours)
    running.ours.owner.post("/api/v1/projects", json={"slug": "ours", "name": "Again"})
    assert _actions(running.ours) == before


def test_the_log_of_another_organisation_is_not_shown(running: Running) -> None:
    assert running.theirs.organisation.id not in running.ours.owner.get("/api/v1/audit").text


def test_a_wrong_password_is_in_the_log_of_the_account(running: Running) -> None:
    running.anonymous().post(_LOGIN, json={"email": running.ours.owner_email, "password": "not the password"})
    assert "auth.login.failed" in _actions(running.ours)
