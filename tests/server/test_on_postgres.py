"""Every route works over PostgreSQL as it does over SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Running, start
from tests.server.world import ORGANISATION_CASES, PROJECT_CASES, Case, furnish, send

from trimtab.server.settings import Settings
from trimtab.storage.warehouse.port import Warehouse

pytestmark = pytest.mark.postgres


@pytest.fixture
def on_postgres(tmp_path: Path, postgres_database: str, warehouse: Warehouse) -> Iterator[Running]:
    settings = Settings(data_dir=tmp_path / "data", meta_url=postgres_database)
    with start(settings, warehouse, None) as started:
        yield started


def _last(case: Case) -> int:
    """Reading first, then changing, then deleting, so that each finds what it needs."""
    return ["GET", "POST", "PUT", "PATCH", "DELETE"].index(case.method)


def test_every_route_works_over_postgresql(on_postgres: Running) -> None:
    world = furnish(on_postgres)
    for case in sorted([*PROJECT_CASES, *ORGANISATION_CASES], key=_last):
        answer = send(on_postgres.ours.owner, case, world.ours)
        assert answer.is_success, f"{case.id}: {answer.text}"


def test_text_that_postgresql_cannot_hold_is_invalid_input(on_postgres: Running) -> None:
    path = f"{on_postgres.ours.path}/prompts"
    body = {"name": "p", "description": "a\x00b", "version": {"messages": [{"role": "user", "template": "a\x00b"}]}}
    answer = on_postgres.ours.owner.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {"invalid_input", "invalid_template"}
    assert on_postgres.ours.owner.get(path).json()["items"] == []


@pytest.mark.parametrize("cursor", ["nonsense", "a\x00b", "é" * 300])
def test_a_cursor_that_means_nothing_is_no_failure_of_the_server(on_postgres: Running, cursor: str) -> None:
    for case in PROJECT_CASES:
        if case.method == "GET" and case.path.endswith(("/keys", "/audit", "/prompts", "/releases", "/traces")):
            ids = {"project_id": on_postgres.ours.project.id}
            answer = on_postgres.ours.owner.get(case.path.format(**ids), params=case.query | {"cursor": cursor})
            assert answer.status_code in {200, 400}, f"{case.id}: {answer.text}"
