"""The audit log over REST: what an entry says of a change, and how entries are found."""

from typing import Any

import pytest
from tests.conftest import Running, Tenant

from trimtab.identity.audit import difference


def _entries(tenant: Tenant, **query: str) -> list[dict[str, Any]]:
    answer = tenant.owner.get("/api/v1/audit", params=query)
    assert answer.is_success, answer.text
    return list(answer.json()["items"])


def _newest(tenant: Tenant) -> dict[str, Any]:
    return _entries(tenant, limit="1")[0]


def _add_member(tenant: Tenant) -> str:
    body = {"email": "ada@ours.example", "name": "Ada", "role": "viewer"}
    return str(tenant.owner.post("/api/v1/members", json=body).json()["member"]["id"])


def _new_key(tenant: Tenant, name: str = "app") -> dict[str, Any]:
    body = {"name": name, "scopes": ["call", "admin"], "environment": "production"}
    return dict(tenant.owner.post(f"{tenant.path}/keys", json=body).json())


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {"a": 1}, {"before": {}, "after": {"a": 1}}),
        ({"a": 1}, {}, {"before": {"a": 1}, "after": {}}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"before": {"b": 2}, "after": {"b": 3}}),
        ({"a": None}, {"a": "x"}, {"before": {"a": None}, "after": {"a": "x"}}),
        ({"a": 1}, {"a": 1}, {"before": {}, "after": {}}),
    ],
)
def test_a_difference_has_only_what_differs(
    before: dict[str, object], after: dict[str, object], said: dict[str, object]
) -> None:
    assert difference(before, after) == said


def test_a_new_role_stands_beside_the_old_one(running: Running) -> None:
    member = _add_member(running.ours)
    added = {"email": "ada@ours.example", "name": "Ada", "role": "viewer"}
    assert _newest(running.ours)["detail"] == {"before": {}, "after": added}
    running.ours.owner.patch(f"/api/v1/members/{member}", json={"role": "admin"}).raise_for_status()
    assert _newest(running.ours)["detail"] == {"before": {"role": "viewer"}, "after": {"role": "admin"}}
    running.ours.owner.delete(f"/api/v1/members/{member}").raise_for_status()
    assert _newest(running.ours)["detail"] == {"before": {**added, "role": "admin"}, "after": {}}


def test_a_new_name_stands_beside_the_old_one(running: Running) -> None:
    owner = running.ours.owner
    owner.patch("/api/v1/organisation", json={"name": "Ours & Sons"}).raise_for_status()
    assert _newest(running.ours)["detail"] == {"before": {"name": "ours"}, "after": {"name": "Ours & Sons"}}
    was = owner.get(running.ours.path).json()["name"]
    owner.patch(running.ours.path, json={"name": "The shop"}).raise_for_status()
    assert _newest(running.ours)["detail"] == {"before": {"name": was}, "after": {"name": "The shop"}}


def test_a_key_is_described_when_it_is_made_and_when_it_ends(running: Running) -> None:
    made = _new_key(running.ours)
    detail = _newest(running.ours)["detail"]
    about = {"name": "app", "scopes": ["admin", "call"], "environment": "production", "expires_at": None}
    # A field that is null before and after has not changed.
    assert (detail["before"], detail["after"]) == ({}, {k: v for k, v in about.items() if v is not None})
    assert detail["label"] == made["key"]["label"]
    running.ours.owner.delete(f"{running.ours.path}/keys/{made['key']['id']}").raise_for_status()
    detail = _newest(running.ours)["detail"]
    assert detail["before"] == {"revoked_at": None}
    assert detail["after"]["revoked_at"]
    assert made["secret"] not in running.ours.owner.get("/api/v1/audit").text


# Finding entries


def test_entries_are_found_by_an_action_or_its_first_parts(running: Running) -> None:
    _add_member(running.ours)
    _new_key(running.ours)
    assert {entry["action"] for entry in _entries(running.ours, action="key")} == {"key.create"}
    assert [entry["action"] for entry in _entries(running.ours, action="member.add")] == ["member.add"]
    assert _entries(running.ours, action="ke") == []
    assert _entries(running.ours, action="%") == []


def test_entries_are_found_by_who_did_it(running: Running) -> None:
    ours = running.ours
    made = _new_key(ours)
    with_key = running.anonymous()
    with_key.headers["authorization"] = f"Bearer {made['secret']}"
    with_key.patch(ours.path, json={"name": "By a key"}).raise_for_status()
    by_key = _entries(ours, actor=made["key"]["id"])
    assert [entry["action"] for entry in by_key] == ["project.rename"]
    assert {entry["actor"]["kind"] for entry in _entries(ours, actor="user")} == {"user"}
    assert _entries(ours, actor="usr_nobody") == []


def test_entries_are_found_by_subject_and_by_words(running: Running) -> None:
    ours = running.ours
    first, second = _new_key(ours, "web"), _new_key(ours, "batch")
    assert [entry["subject"] for entry in _entries(ours, subject=first["key"]["id"])] == [first["key"]["id"]]
    assert [entry["subject"] for entry in _entries(ours, q="KEY batch")] == [second["key"]["id"]]
    assert _entries(ours, q="batch web") == []


def test_entries_are_found_by_time_the_end_left_out(running: Running) -> None:
    ours = running.ours
    _new_key(ours)
    newest = _newest(ours)
    found = _entries(ours, **{"from": newest["at"]})
    assert newest["id"] in [entry["id"] for entry in found]
    assert all(entry["at"] >= newest["at"] for entry in found)
    assert newest["id"] not in [entry["id"] for entry in _entries(ours, to=newest["at"])]


def test_a_filter_goes_on_from_page_to_page_and_stays_in_its_project(running: Running) -> None:
    ours = running.ours
    keys = [_new_key(ours, f"app {n}")["key"]["id"] for n in range(3)]
    _new_key(running.theirs)
    query = {"action": "key", "q": "app", "limit": "2"}
    page = ours.owner.get(f"{ours.path}/audit", params=query).json()
    rest = ours.owner.get(f"{ours.path}/audit", params={**query, "cursor": page["next"]}).json()
    assert [entry["subject"] for entry in page["items"] + rest["items"]] == keys[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize("query", [{"from": "yesterday"}, {"from": "2026-01-01T00:00:00"}, {"actr": "x"}])
def test_a_filter_that_cannot_be_understood_is_refused(running: Running, query: dict[str, str]) -> None:
    answer = running.ours.owner.get("/api/v1/audit", params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_input")
