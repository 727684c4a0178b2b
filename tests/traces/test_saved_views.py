"""Saved views, through the doors."""

from typing import Any

import pytest

from trimtab.base import ids
from trimtab.base.errors import Conflict
from trimtab.traces import saved_views


@pytest.fixture
def view(running: Any) -> dict[str, Any]:
    """Save a view."""
    body = {"name": "Failed and dear", "filter": " error and cost > 0.01 ", "group": "model"}
    answer = running.ours.owner.post(f"{running.ours.path}/views", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _listed(running: Any) -> list[dict[str, Any]]:
    return list(running.ours.owner.get(f"{running.ours.path}/views").json()["items"])


def test_view_is_kept_for_everybody_in_the_project(running: Any, view: dict[str, Any]) -> None:
    assert view | {} == {
        "id": view["id"],
        "name": "Failed and dear",
        "filter": "error and cost > 0.01",
        "group": "model",
        "created_by": view["created_by"],
        "created_at": view["created_at"],
        "updated_at": view["created_at"],
    }
    assert _listed(running) == [view]
    assert running.ours.key_client.get(f"{running.ours.path}/views").json()["items"] == [view]


def test_views_come_by_name_page_by_page(running: Any) -> None:
    for name in ("b", "a", "c"):
        assert running.ours.owner.post(f"{running.ours.path}/views", json={"name": name}).status_code == 201
    first = running.ours.owner.get(f"{running.ours.path}/views", params={"limit": 2}).json()
    assert [item["name"] for item in first["items"]] == ["a", "b"]
    rest = running.ours.owner.get(f"{running.ours.path}/views", params={"limit": 2, "cursor": first["next"]}).json()
    assert ([item["name"] for item in rest["items"]], rest["next"]) == (["c"], None)


def test_change_keeps_what_is_left_out(running: Any, view: dict[str, Any]) -> None:
    path = f"{running.ours.path}/views/{view['id']}"
    changed = running.ours.owner.patch(path, json={"filter": "ok", "group": ""}).json()
    assert (changed["name"], changed["filter"], changed["group"]) == ("Failed and dear", "ok", "")
    assert _listed(running) == [changed]


def test_deleted_view_is_gone(running: Any, view: dict[str, Any]) -> None:
    path = f"{running.ours.path}/views/{view['id']}"
    assert running.ours.owner.delete(path).status_code == 204
    assert _listed(running) == []
    assert running.ours.owner.delete(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "Failed and dear"}, 409, "conflict"),
        ({"name": " "}, 400, "invalid_input"),
        ({"name": "n", "filter": "statos = error"}, 400, "invalid_query"),
        ({"name": "n", "group": "statos"}, 400, "invalid_query"),
        ({"name": "n", "other": "x"}, 400, "invalid_input"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    running: Any, view: dict[str, Any], body: dict[str, str], status: int, code: str
) -> None:
    answer = running.ours.owner.post(f"{running.ours.path}/views", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert _listed(running) == [view]


def test_another_tenant_cannot_touch_it(running: Any, view: dict[str, Any]) -> None:
    theirs = running.theirs
    for path in (f"{running.ours.path}/views/{view['id']}", f"{theirs.path}/views/{view['id']}"):
        assert theirs.owner.patch(path, json={"name": "mine"}).status_code == 404
        assert theirs.owner.delete(path).status_code == 404
    assert _listed(running) == [view]


def test_project_has_a_greatest_number_of_views(running: Any) -> None:
    service, access = running.services.saved_views, running.ours.access
    for _ in range(saved_views.MOST_VIEWS):
        service.create(access, name=ids.new("v"), query="", group_by="")
    with pytest.raises(Conflict, match="500 views"):
        service.create(access, name="one more", query="", group_by="")
