"""An application that sends telemetry to a running server: a project of its own, with a key, on a real port."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from tests.conftest import Running
from tests.serving import serving

from trimtab.base import ids
from trimtab.identity.access import ProjectAccess, Right, system


@dataclass(frozen=True, kw_only=True)
class Application:
    """What an application knows of the server, and a look at what became of its telemetry."""

    running: Running
    address: str
    project_id: str
    key: str
    reader: TestClient

    @property
    def bearer(self) -> dict[str, str]:
        """The usual credentials."""
        return {"authorization": f"Bearer {self.key}"}

    def get(self, path: str, **query: Any) -> Any:
        """Return what the management API answers about this project."""
        answer = self.reader.get(f"/api/v1/projects/{self.project_id}{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def traces(self, **query: Any) -> list[dict[str, Any]]:
        """Return the list of traces."""
        found: list[dict[str, Any]] = self.get("/traces", **query)["items"]
        return found

    def spans(self, trace_id: str) -> dict[str, dict[str, Any]]:
        """Return the spans of a trace by name."""
        return {span["name"]: span for span in self.get(f"/traces/{trace_id}")["spans"]}

    def ledger(self, trace_id: str) -> list[dict[str, Any]]:
        """Return the ledger of a trace."""
        found: list[dict[str, Any]] = self.get(f"/traces/{trace_id}")["ledger"]
        return found


@contextmanager
def application(running: Running, address: str) -> Iterator[Application]:
    """Yield an application in a new project of our organisation."""
    ours = running.ours.organisation
    slug = f"app-{ids.new_span_id()}"
    project = running.services.projects.create(system(ours.id), slug=slug, name=slug)
    access = ProjectAccess(project, system(ours.id))
    scopes = frozenset({Right.CALL, Right.READ})
    _, key = running.services.keys.create(access, name="app", scopes=scopes, environment="production")
    yield Application(running=running, address=address, project_id=project.id, key=key, reader=running.with_key(key))


@contextmanager
def served(running: Running) -> Iterator[str]:
    """Yield the address of the running server."""
    with serving(running.app) as address:
        yield address


def eventually(found: Callable[[], Any], *, within_s: float = 20.0) -> Any:
    """Return what `found` returns once it is something; for what a client sends in its own time."""
    deadline = time.monotonic() + within_s
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.02)
    return value
