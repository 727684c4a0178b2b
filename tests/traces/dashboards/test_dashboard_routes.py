"""Dashboards, through the doors."""

from typing import Any

import pytest

from trimtab.traces.dashboards.built_in import ORDER
from trimtab.traces.dashboards.measure import BY_NAME

_PANEL = {"title": "Calls", "chart": "line", "measures": ["calls"], "by": ["model"], "over_time": True}
_DASHBOARD: dict[str, Any] = {"name": "support", "title": "Support", "description": "", "panels": [_PANEL]}


def _put(running: Any, dashboard: dict[str, Any], revision: int | None = None) -> Any:
    body = {"dashboard": dashboard, "revision": revision}
    return running.ours.owner.put(f"{running.ours.path}/dashboards/{dashboard['name']}", json=body)


def _get(running: Any, name: str) -> Any:
    return running.ours.owner.get(f"{running.ours.path}/dashboards/{name}")


def test_those_of_the_product_are_listed_first_and_cannot_be_changed(running: Any) -> None:
    _put(running, _DASHBOARD | {"name": "a-first"})
    listed = running.ours.owner.get(f"{running.ours.path}/dashboards").json()["items"]
    assert [item["name"] for item in listed] == [*ORDER, "a-first"]
    assert [item["is_builtin"] for item in listed] == [True] * len(ORDER) + [False]
    refused = _put(running, _DASHBOARD | {"name": "models"})
    assert (refused.status_code, refused.json()["error"]["hint"]) == (409, "Save it under another name.")
    assert running.ours.owner.delete(f"{running.ours.path}/dashboards/models").status_code == 409
    shown = _get(running, "models").json()
    assert (shown["is_builtin"], shown["revision"], shown["updated_at"]) == (True, None, None)


def test_list_comes_page_by_page(running: Any) -> None:
    path = f"{running.ours.path}/dashboards"
    first = running.ours.owner.get(path, params={"limit": 5}).json()
    rest = running.ours.owner.get(path, params={"limit": 5, "cursor": first["next"]}).json()
    assert [item["name"] for item in [*first["items"], *rest["items"]]] == list(ORDER)
    assert rest["next"] is None


def test_a_dashboard_is_kept_changed_and_deleted_and_each_is_in_the_audit_log(running: Any) -> None:
    made = _put(running, _DASHBOARD).json()
    assert (made["revision"], made["is_builtin"]) == (1, False)
    assert made["dashboard"]["panels"][0]["measures"] == ["calls"]
    assert _put(running, _DASHBOARD).json()["revision"] == 1, "the same again changes nothing"
    assert _put(running, _DASHBOARD | {"title": "Other"}, 1).json()["revision"] == 2
    assert _get(running, "support").json()["dashboard"]["title"] == "Other"
    assert running.ours.owner.delete(f"{running.ours.path}/dashboards/support").status_code == 204
    assert _get(running, "support").status_code == 404
    entries = running.ours.owner.get(f"{running.ours.path}/audit").json()["items"]
    actions = [entry["action"] for entry in entries if entry["subject"] == "support"]
    assert actions == ["dashboard.delete", "dashboard.update", "dashboard.create"]


@pytest.mark.parametrize(("revision", "status"), [(None, 200), (0, 409), (1, 200), (2, 409)])
def test_a_change_of_what_has_moved_on_is_refused(running: Any, revision: int | None, status: int) -> None:
    _put(running, _DASHBOARD)
    assert _put(running, _DASHBOARD | {"title": "Other"}, revision).status_code == status


def test_only_what_is_not_there_is_made_with_revision_zero(running: Any) -> None:
    assert _put(running, _DASHBOARD, 0).status_code == 200
    assert _put(running, _DASHBOARD | {"name": "other"}, 3).status_code == 409


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"panels": [_PANEL, _PANEL | {"by": ["modle"]}]},
            "panels[1].by[0]: at character 1: there is no field 'modle'",
        ),
        ({"panels": [_PANEL | {"where": "cost >"}]}, "panels[0].where: at character 7"),
        ({"panels": [_PANEL | {"colour": "red"}]}, "colour"),
        ({"name": "Not a slug"}, "the name of a dashboard"),
    ],
)
def test_what_cannot_be_shown_is_not_kept(running: Any, change: dict[str, Any], message: str) -> None:
    answer = _put(running, _DASHBOARD | change)
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]
    assert _get(running, "support").status_code == 404


def test_name_in_the_address_must_be_that_of_the_dashboard(running: Any) -> None:
    body = {"dashboard": _DASHBOARD}
    answer = running.ours.owner.put(f"{running.ours.path}/dashboards/other", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_input")


def test_a_panel_is_answered_in_the_shape_of_the_document(running: Any) -> None:
    body = {"panel": _PANEL, "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    found = running.ours.owner.post(f"{running.ours.path}/dashboards/query", json=body).json()
    assert found == {
        "step_s": 900,
        "measures": [{name: found["measures"][0][name] for name in ("name", "title", "unit", "description")}],
        "groups": [],
        "other": None,
        "totals": {"calls": 0},
        "heat": None,
        "unpriced_calls": 0,
    }
    plain = body | {"panel": _PANEL | {"by": [], "measures": ["cost", "error_rate"]}}
    (group,) = running.ours.owner.post(f"{running.ours.path}/dashboards/query", json=plain).json()["groups"]
    assert group["key"] == []
    assert len(group["points"]) == 96
    assert group["points"][0] == {"at": "2026-01-01T00:00:00Z", "values": {"cost": "0", "error_rate": None}}


def test_measures_are_listed_with_units(running: Any) -> None:
    listed = running.ours.owner.get(f"{running.ours.path}/dashboards/measures").json()["items"]
    assert {item["name"] for item in listed} == set(BY_NAME)
    assert next(item for item in listed if item["name"] == "cost")["unit"] == "usd"


def test_another_tenant_sees_and_changes_nothing(running: Any) -> None:
    _put(running, _DASHBOARD)
    theirs = running.theirs
    assert theirs.owner.get(f"{theirs.path}/dashboards/support").status_code == 404
    assert theirs.owner.delete(f"{theirs.path}/dashboards/support").status_code == 404
    assert _get(running, "support").status_code == 200
