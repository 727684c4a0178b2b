"""An application for each test, on one server for each file, and somebody who may change its project."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.conftest import Running
from tests.traces.application import Application, application, served

from trimtab.identity.access import ProjectAccess, Right, system


@pytest.fixture(scope="module")
def address(shared_running: Running) -> Iterator[str]:
    with served(shared_running) as url:
        yield url


@pytest.fixture
def app(shared_running: Running, address: str) -> Iterator[Application]:
    with application(shared_running, address) as made:
        yield made


@pytest.fixture
def admin(app: Application) -> TestClient:
    """Give somebody who may change everything in the application's project."""
    ours = system(app.running.ours.organisation.id)
    access = ProjectAccess(app.running.services.projects.enter(ours, app.project_id).project, ours)
    scopes = frozenset({Right.ADMIN, Right.READ})
    _, key = app.running.services.keys.create(access, name="admin", scopes=scopes, environment="production")
    return app.running.with_key(key)


@pytest.fixture
def set_policy(app: Application, admin: TestClient) -> Callable[..., Response]:
    """Give a function that puts a policy in force."""

    def put(**policy: Any) -> Response:
        return admin.put(f"/api/v1/projects/{app.project_id}/ingest/policy", json=policy)

    return put
