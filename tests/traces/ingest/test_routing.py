"""Every form of credentials and every header of the field is read, and none leads into another tenant's project."""

import base64
from typing import Any

import grpc
import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from tests.traces.application import Application
from tests.traces.payload import chat, protobuf, request, span

from trimtab.base import ids
from trimtab.identity.access import ROLE_RIGHTS, Principal, ProjectAccess, Right, Role, system
from trimtab.server.grpc_door import GrpcDoor

_NAMING = [
    ({"x-project-name": "{name}"}, {}),
    ({"projectName": "{name}", "Comet-Workspace": "anything"}, {}),
    ({"Langsmith-Project": "{name}"}, {}),
    ({"x-bt-parent": "project_id:{name}"}, {}),
    ({"x-bt-parent": "project_name:{name}"}, {}),
    ({"x-mlflow-experiment-id": "{name}"}, {}),
    ({"project_id": "entity/{name}"}, {}),
    ({}, {"openinference.project.name": "{name}"}),
    ({}, {"wandb.entity": "entity", "wandb.project": "{name}"}),
]
_IDS = ["phoenix", "opik", "langsmith", "braintrust-id", "braintrust-name", "mlflow", "weave", "openinference", "wandb"]


def _project_of(app: Application, sent: dict[str, Any]) -> tuple[str, str]:
    rows = app.running.services.warehouse.query(
        "SELECT project_id, attributes['trimtab.routed_project'] AS named FROM spans WHERE trace_id = {id:String}",
        {"id": sent["traceId"]},
    )
    ((project_id, named),) = {(row["project_id"], row["named"]) for row in rows}
    return project_id, named


def _another(app: Application, organisation_id: str) -> tuple[str, str]:
    """Make a project, and return its id and short name."""
    slug = f"other-{ids.new_span_id()}"
    return app.running.services.projects.create(system(organisation_id), slug=slug, name=slug.title()).id, slug


def _routing_key(app: Application) -> str:
    ours = app.running.ours.organisation.id
    admin = Principal(
        kind="user", id="usr_1", name="A", organisation_id=ours, rights=ROLE_RIGHTS[Role.ADMIN], role=Role.ADMIN
    )
    access = ProjectAccess(app.running.services.projects.enter(admin, app.project_id).project, admin)
    scopes = frozenset({Right.CALL})
    _, key = app.running.services.keys.create(
        access, name="collector", scopes=scopes, environment="production", routes_projects=True
    )
    return key


def _post(app: Application, body: dict[str, Any], headers: dict[str, str]) -> httpx2.Response:
    return httpx2.post(f"{app.address}/v1/traces", json=body, headers=headers, timeout=30)


def _send(app: Application, key: str, naming: tuple[dict[str, str], dict[str, str]], name: str) -> dict[str, Any]:
    headers, resource = ({key: text.format(name=name) for key, text in each.items()} for each in naming)
    sent = span("chat", chat())
    answer = _post(app, request(sent, **resource), {"authorization": f"Bearer {key}"} | headers)
    assert (answer.status_code, answer.text) == (200, "{}")
    return sent


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer {key}"},
        {"authorization": "bearer {key}"},
        {"authorization": "{key}"},
        {"authorization": "basic:pk-lf-1234:{key}"},
        {"authorization": "basic:api:{key}"},
        {"authorization": "basic:{key}:"},
        {"x-api-key": "{key}"},
        {"api_key": "{key}"},
        {"api-key": "{key}"},
        {"wandb-api-key": "{key}"},
    ],
    ids=["bearer", "lower", "opik", "langfuse", "weave", "user", "langsmith", "api_key", "phoenix", "wandb"],
)
def test_a_key_is_found_wherever_a_client_puts_it(app: Application, headers: dict[str, str]) -> None:
    sent = span("chat", chat())
    ready = {name: text.format(key=app.key) for name, text in headers.items()}
    if ready.get("authorization", "").startswith("basic:"):
        ready["authorization"] = f"Basic {base64.b64encode(ready['authorization'][6:].encode()).decode()}"
    assert _post(app, request(sent), ready).status_code == 200
    assert _project_of(app, sent) == (app.project_id, "")


@pytest.mark.parametrize("naming", _NAMING, ids=_IDS)
def test_a_name_stays_an_attribute_when_the_key_may_not_route(app: Application, naming: Any) -> None:
    _, slug = _another(app, app.running.ours.organisation.id)
    sent = _send(app, app.key, naming, slug)
    assert _project_of(app, sent) == (app.project_id, slug)
    (found,) = app.get("/traces", filter=f'attributes["trimtab.routed_project"] = "{slug}"')["items"]
    assert found["trace_id"] == sent["traceId"]


@pytest.mark.parametrize("naming", [*_NAMING, ({}, {"service.name": "{name}"})], ids=[*_IDS, "service"])
def test_a_key_that_may_route_sends_to_the_project_that_is_named(app: Application, naming: Any) -> None:
    project_id, slug = _another(app, app.running.ours.organisation.id)
    sent = _send(app, _routing_key(app), naming, slug)
    assert _project_of(app, sent) == (project_id, "")


def test_a_project_is_found_by_its_id_and_by_its_name(app: Application) -> None:
    project_id, slug = _another(app, app.running.ours.organisation.id)
    key = _routing_key(app)
    for name in (project_id, slug.title()):
        assert _project_of(app, _send(app, key, _NAMING[0], name)) == (project_id, "")


@pytest.mark.parametrize("naming", _NAMING, ids=_IDS)
def test_nothing_that_is_named_leads_to_another_organisation(app: Application, naming: Any) -> None:
    project_id, slug = _another(app, app.running.theirs.organisation.id)
    key = _routing_key(app)
    for name in (slug, project_id):
        assert _project_of(app, _send(app, key, naming, name)) == (app.project_id, name)


def test_services_of_one_request_go_each_to_its_project(app: Application) -> None:
    first, second = (_another(app, app.running.ours.organisation.id) for _ in range(2))
    one, two, three = span("chat", chat()), span("chat", chat()), span("chat", chat())
    groups = [
        *request(one, **{"service.name": first[1]})["resourceSpans"],
        *request(two, **{"service.name": second[1]})["resourceSpans"],
        *request(three, **{"service.name": "unknown"})["resourceSpans"],
    ]
    answer = _post(app, {"resourceSpans": groups}, {"authorization": f"Bearer {_routing_key(app)}"})
    assert answer.text == "{}"
    assert [_project_of(app, each) for each in (one, two, three)] == [
        (first[0], ""),
        (second[0], ""),
        (app.project_id, ""),
    ]


def test_metadata_of_grpc_names_a_project_too(app: Application) -> None:
    project_id, slug = _another(app, app.running.ours.organisation.id)
    sent = span("chat", chat())
    door = GrpcDoor(app.running.services)
    assert door.open("127.0.0.1", 0)
    try:
        with grpc.insecure_channel(f"127.0.0.1:{door.port}") as channel:
            metadata = (("authorization", f"Bearer {_routing_key(app)}"), ("x-project-name", slug))
            TraceServiceStub(channel).Export(
                ExportTraceServiceRequest.FromString(protobuf(request(sent))), metadata=metadata, timeout=30
            )
    finally:
        door.close()
    assert _project_of(app, sent) == (project_id, "")


def test_only_a_person_makes_a_key_that_reaches_further_than_its_project(app: Application) -> None:
    ours = system(app.running.ours.organisation.id)
    access = ProjectAccess(app.running.services.projects.enter(ours, app.project_id).project, ours)
    scopes = frozenset({Right.ADMIN, Right.CALL})
    _, admin = app.running.services.keys.create(access, name="admin", scopes=scopes, environment="production")
    body = {"name": "k", "scopes": ["call"], "environment": "production", "routes_projects": True}
    path = f"/api/v1/projects/{app.project_id}/keys"
    answer = app.running.with_key(admin).post(path, json=body)
    assert answer.status_code == 403
    assert "belongs to one project" in answer.json()["error"]["message"]
