"""What changed on purpose, as marks on a time line."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from trimtab.costs.price_book import installed_version

_PROMPT = {"name": "support/answer", "version": {"messages": [{"role": "user", "template": "Hello"}]}}


def _markers(running: Any, **query: str) -> list[dict[str, Any]]:
    answer = running.ours.owner.get(f"{running.ours.path}/markers", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


@pytest.fixture
def released(running: Any) -> dict[str, str]:
    """Release a prompt in two environments, and go back in one of them."""
    owner, path = running.ours.owner, running.ours.path
    provider = {"name": "vllm", "kind": "vllm", "base_url": "http://127.0.0.1:9/v1"}
    assert owner.post(f"{path}/providers", json=provider).status_code == 201
    prompt = owner.post(f"{path}/prompts", json=_PROMPT).json()
    plan = {"prompt_id": prompt["id"], "environment": "production", "version": 1, "model": "vllm/m", "note": "first"}
    first = owner.post(f"{path}/releases", json=plan).json()
    owner.post(f"{path}/releases", json=plan | {"model": "vllm/n", "note": ""})
    owner.post(f"{path}/releases", json=plan | {"environment": "staging"})
    back = {"prompt_id": prompt["id"], "environment": "production", "to_release_id": first["id"]}
    rolled = owner.post(f"{path}/releases/rollback", json=back).json()
    return {"first": first["id"], "rolled": rolled["id"]}


def test_releases_and_roll_backs_are_marked_oldest_first(running: Any, released: dict[str, str]) -> None:
    found = _markers(running)
    assert [marker["kind"] for marker in found] == ["release", "release", "release", "rollback"]
    assert found[0] | {"at": "", "detail": ""} == {
        "at": "",
        "kind": "release",
        "title": "support/answer v1",
        "detail": "",
        "prompt": "support/answer",
        "version": 1,
        "environment": "production",
        "link": {"kind": "release", "id": released["first"]},
    }
    assert found[0]["detail"].endswith(": first")
    assert found[-1]["link"]["id"] == released["rolled"]
    assert found[-1]["detail"].startswith("back to support/answer v1 in production with vllm/m")


@pytest.mark.usefixtures("released")
def test_environment_narrows_releases_but_not_prices(running: Any) -> None:
    price = {"provider_kind": "openai", "model": "gpt-5", "discount_percent": "5", "note": "contract"}
    made = running.ours.owner.post(f"{running.ours.path}/costs/prices", json=price).json()
    release, begun = _markers(running, environment="staging")
    assert (release["environment"], release["kind"]) == ("staging", "release")
    assert (begun["kind"], begun["title"], begun["link"]) == (
        "price",
        "price of openai/gpt-5",
        {"kind": "price", "id": made["id"]},
    )
    assert begun["detail"] == "a price of openai/gpt-5 begins: contract"


def test_a_price_that_another_replaces_is_one_mark_and_one_that_ends_is_a_mark(running: Any) -> None:
    owner, path = running.ours.owner, f"{running.ours.path}/costs/prices"
    now = datetime.now(UTC)
    old = {"model": "gpt-5", "discount_percent": "5", "valid_from": (now - timedelta(hours=9)).isoformat()}
    new = {"model": "gpt-5", "discount_percent": "7", "valid_from": (now - timedelta(hours=5)).isoformat()}
    owner.post(path, json=old)
    second = owner.post(path, json=new).json()
    assert [marker["detail"].split()[-1] for marker in _markers(running)] == ["begins", "begins"]
    owner.delete(f"{path}/{second['id']}")
    assert [marker["detail"].split()[-1] for marker in _markers(running)] == ["begins", "begins", "ends"]
    before = {"from": (now - timedelta(days=2)).isoformat(), "to": (now - timedelta(hours=8)).isoformat()}
    assert len(_markers(running, **before)) == 1


def test_new_list_prices_are_a_mark(running: Any) -> None:
    path = f"{running.ours.path}/costs/list-prices/accept"
    content = '[{"id": "x", "name": "X", "api_pattern": "x", "models": []}]'
    body = {"content": content, "name": "december", "expected_version": installed_version()}
    accepted = running.ours.owner.post(path, json=body).json()
    (mark,) = _markers(running)
    assert (mark["kind"], mark["title"]) == ("price", f"list prices {accepted['to_version']}")


@pytest.mark.usefixtures("released")
def test_marks_outside_the_range_or_of_others_are_not_shown(running: Any) -> None:
    assert _markers(running, **{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}) == []
    theirs = running.theirs
    assert theirs.owner.get(f"{theirs.path}/markers").json() == {"items": [], "next": None}
