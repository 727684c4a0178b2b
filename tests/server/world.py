"""Every route of the server with who may use it and a request that succeeds, and two tenants to try them on."""

import time
from dataclasses import dataclass, field
from typing import Any

import msgspec
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.conftest import Running, Tenant

from trimtab.costs.price_book import installed_version
from trimtab.identity.access import Right
from trimtab.llm import frames
from trimtab.llm.call import Call
from trimtab.traces.langfuse import doors as langfuse
from trimtab.traces.medium import Content
from trimtab.traces.routes.otlp import PREFIXES, SIGNALS

P = "/api/v1/projects/{project_id}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Who may use a route, and a request that would succeed."""

    method: str
    path: str
    needs: frozenset[Right] = frozenset()
    """Any one of these is enough; none means that whoever sees the project may."""
    body: dict[str, Any] | None = None
    query: dict[str, Any] = field(default_factory=dict)
    persons_only: bool = False
    """No key may, whatever its scopes."""
    spare: str = ""
    """Which id of the path stands for a spare thing, such as a prompt that can be deleted."""
    writes: bool = True
    """Unless it is a GET. A preview or a question does not, though it has a body."""

    @property
    def id(self) -> str:
        """How the case is called in reports."""
        return f"{self.method} {self.path}"


def _case(method: str, path: str, *needs: Right, **more: Any) -> Case:
    return Case(method=method, path=path, needs=frozenset(needs), **more)


_READ, _WRITE, _RELEASE, _ADMIN, _CALL = Right.READ, Right.WRITE, Right.RELEASE, Right.ADMIN, Right.CALL
_MESSAGES = [{"role": "user", "template": "Hello"}]
_NEW_MESSAGES = [{"role": "user", "template": "Hello again"}]
_PANEL = {"title": "Calls", "chart": "line", "measures": ["calls"], "over_time": True}
_DASHBOARD = {"name": "ours", "title": "Ours", "panels": [_PANEL]}
_RANGE = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}

PROJECT_CASES = [
    _case("GET", P),
    _case("PATCH", P, _ADMIN, body={"name": "Another"}),
    _case("GET", f"{P}/environments", _READ),
    _case("POST", f"{P}/environments", _ADMIN, body={"name": "canary"}),
    _case("GET", f"{P}/keys", _ADMIN),
    _case("POST", f"{P}/keys", _ADMIN, body={"name": "k", "scopes": ["admin"], "environment": "production"}),
    _case("DELETE", f"{P}/keys/{{key_id}}", _ADMIN),
    _case("GET", f"{P}/audit", _ADMIN),
    _case("GET", f"{P}/prompts", _READ),
    _case("POST", f"{P}/prompts", _WRITE, body={"name": "new", "version": {"messages": _MESSAGES}}),
    _case("POST", f"{P}/prompts/render", _READ, body={"messages": _MESSAGES}, writes=False),
    _case("GET", f"{P}/prompts/resolve", _READ, _CALL, query={"name": "greet", "environment": "production"}),
    _case("GET", f"{P}/prompts/{{prompt_id}}", _READ),
    _case("PATCH", f"{P}/prompts/{{prompt_id}}", _WRITE, body={"description": "Greets"}),
    _case("DELETE", f"{P}/prompts/{{prompt_id}}", _WRITE, spare="prompt_id"),
    _case("GET", f"{P}/prompts/{{prompt_id}}/versions", _READ),
    _case("POST", f"{P}/prompts/{{prompt_id}}/versions", _WRITE, body={"messages": _NEW_MESSAGES, "message": "m"}),
    _case("GET", f"{P}/prompts/{{prompt_id}}/versions/{{number}}", _READ),
    _case("GET", f"{P}/prompts/{{prompt_id}}/diff", _READ, query={"from": 1, "to": 1}),
    _case("GET", f"{P}/releases", _READ),
    _case(
        "POST",
        f"{P}/releases",
        _RELEASE,
        body={"prompt_id": "{prompt_id}", "environment": "staging", "version": 1, "model": "vllm/m"},
    ),
    _case(
        "POST",
        f"{P}/releases/rollback",
        _RELEASE,
        body={"prompt_id": "{prompt_id}", "environment": "production", "to_release_id": "{release_id}"},
    ),
    _case("GET", f"{P}/providers", _READ),
    _case("POST", f"{P}/providers", _ADMIN, body={"name": "two", "kind": "vllm", "base_url": "http://127.0.0.1:9/v1"}),
    _case("PATCH", f"{P}/providers/{{provider_id}}", _ADMIN, body={"models": ["m"]}),
    _case("DELETE", f"{P}/providers/{{provider_id}}", _ADMIN, spare="provider_id"),
    _case("POST", f"{P}/providers/{{provider_id}}/check", _ADMIN, writes=False),
    _case("GET", f"{P}/aliases", _READ),
    _case("PUT", f"{P}/aliases/{{alias}}", _WRITE, body={"target": "vllm/m"}),
    _case("DELETE", f"{P}/aliases/{{alias}}", _WRITE),
    _case("GET", f"{P}/models", _READ, _CALL),
    _case("GET", f"{P}/setup", _READ),
    _case("GET", f"{P}/traces", _READ, query=_RANGE),
    _case("GET", f"{P}/traces/facets", _READ, query=_RANGE),
    _case("GET", f"{P}/traces/{{trace_id}}", _READ),
    _case("GET", f"{P}/trace-tags", _READ, query=_RANGE),
    _case("GET", f"{P}/trace-tail", _READ, query={"filter": "error", "for_s": 0}),
    _case("GET", f"{P}/traces/{{trace_id}}/export", _READ),
    _case("GET", f"{P}/traces/{{trace_id}}/annotations", _READ),
    _case("POST", f"{P}/traces/{{trace_id}}/comments", _WRITE, body={"text": "Why?"}),
    _case("PATCH", f"{P}/traces/{{trace_id}}/comments/{{comment_id}}", _WRITE, body={"text": "Why not?"}),
    _case("DELETE", f"{P}/traces/{{trace_id}}/comments/{{comment_id}}", _WRITE),
    _case("PUT", f"{P}/traces/{{trace_id}}/tags/{{tag}}", _WRITE, spare="tag"),
    _case("DELETE", f"{P}/traces/{{trace_id}}/tags/{{tag}}", _WRITE),
    _case("PUT", f"{P}/traces/{{trace_id}}/correction", _WRITE, body={"text": "Better"}),
    _case("DELETE", f"{P}/traces/{{trace_id}}/correction", _WRITE),
    _case("GET", f"{P}/traces/{{trace_id}}/summary", _READ),
    _case("GET", f"{P}/traces/{{trace_id}}/tree", _READ),
    _case("GET", f"{P}/traces/{{trace_id}}/find", _READ),
    _case("GET", f"{P}/traces/{{trace_id}}/cost", _READ),
    _case("GET", f"{P}/traces/{{trace_id}}/spans/{{span_id}}", _READ),
    _case("GET", f"{P}/costs/prices", _READ),
    _case("POST", f"{P}/costs/prices", _ADMIN, body={"model": "house-llm", "discount_percent": "5"}),
    _case("GET", f"{P}/costs/prices/{{price_id}}", _READ),
    _case("DELETE", f"{P}/costs/prices/{{price_id}}", _ADMIN),
    _case("POST", f"{P}/costs/explain", _READ, body={"provider_kind": "openai", "model": "gpt-5"}, writes=False),
    _case("GET", f"{P}/costs/sum", _READ, query=_RANGE | {"by": "model", "key": "openai/gpt-5"}),
    _case("GET", f"{P}/costs/unpriced", _READ, query=_RANGE),
    _case("POST", f"{P}/costs/reprice", _ADMIN, body=_RANGE | {"apply": True}),
    _case("GET", f"{P}/costs/reports", _READ),
    _case(
        "POST",
        f"{P}/costs/reports",
        _ADMIN,
        body={"provider_kind": "openai", "content": "day,model,cost_usd\n2026-11-01,gpt-5,1.5\n"},
    ),
    _case("GET", f"{P}/costs/reports/{{report_id}}", _READ),
    _case("DELETE", f"{P}/costs/reports/{{report_id}}", _ADMIN),
    _case("GET", f"{P}/costs/forecast", _READ),
    _case("GET", f"{P}/costs/list-prices", _READ),
    _case("POST", f"{P}/costs/list-prices/compare", _READ, body={}, writes=False),
    _case("POST", f"{P}/costs/list-prices/accept", _ADMIN, body={"expected_version": installed_version()}),
    _case("GET", f"{P}/costs/concentration", _READ, query=_RANGE),
    _case("GET", f"{P}/costs/export", _READ, query=_RANGE),
    _case("GET", f"{P}/overview", _READ, query=_RANGE | {"by": "model"}),
    _case("GET", f"{P}/ingest", _READ),
    _case("GET", f"{P}/ingest/senders", _READ, query=_RANGE),
    _case("GET", f"{P}/ingest/outcomes", _READ, query=_RANGE),
    _case("GET", f"{P}/ingest/policy", _READ),
    _case("PUT", f"{P}/ingest/policy", _ADMIN, body={"rules": [{"query": 'name = "ping"', "fate": "drop"}]}),
    _case("POST", f"{P}/ingest/policy/preview", _READ, body={"unrelated": "drop"}, writes=False),
    _case("GET", f"{P}/ingest/dead-letters", _READ),
    _case("POST", f"{P}/ingest/dead-letters/replay", _ADMIN),
    _case("POST", f"{P}/ingest/dead-letters/{{letter_id}}/replay", _ADMIN),
    _case("POST", f"{P}/query/complete", _READ, body={"text": "status = ", "cursor": 9}, writes=False),
    _case("GET", f"{P}/trace-histogram", _READ, query=_RANGE | {"filter": "error"}),
    _case("GET", f"{P}/trace-export", _READ, query=_RANGE | {"form": "parquet"}),
    _case("GET", f"{P}/sessions", _READ, query=_RANGE | {"filter": "ok"}),
    _case("GET", f"{P}/session-turns", _READ, query=_RANGE | {"session": "s"}),
    _case("GET", f"{P}/users", _READ, query=_RANGE),
    _case("GET", f"{P}/views", _READ),
    _case("POST", f"{P}/views", _WRITE, body={"name": "new", "filter": "error"}),
    _case("PATCH", f"{P}/views/{{view_id}}", _WRITE, body={"filter": "error or tool"}),
    _case("DELETE", f"{P}/views/{{view_id}}", _WRITE),
    _case("GET", f"{P}/media/{{media_id}}", _READ),
    _case("GET", f"{P}/scores", _READ),
    _case("POST", f"{P}/scores", _WRITE, _CALL, body={"name": "helpful", "value": 1, "trace_id": "1" * 32}),
    _case("GET", f"{P}/scores/{{score_id}}", _READ),
    _case("DELETE", f"{P}/scores/{{score_id}}", _WRITE),
    _case("GET", f"{P}/trace-groups", _READ, query=_RANGE | {"by": "model"}),
    _case("GET", f"{P}/markers", _READ, query=_RANGE),
    _case("GET", f"{P}/dashboards", _READ),
    _case("GET", f"{P}/dashboards/measures", _READ),
    _case("GET", f"{P}/dashboards/{{dashboard}}", _READ),
    _case("PUT", f"{P}/dashboards/{{dashboard}}", _WRITE, body={"dashboard": _DASHBOARD | {"title": "Another"}}),
    _case("DELETE", f"{P}/dashboards/{{dashboard}}", _WRITE),
    _case("POST", f"{P}/dashboards/query", _READ, body={"panel": _PANEL}, writes=False),
    _case("GET", f"{P}/privacy", _READ),
    _case("PUT", f"{P}/privacy/redaction", _ADMIN, body={"detectors": ["email"]}),
    _case("POST", f"{P}/privacy/redaction/try", _ADMIN, body={"redaction": {}, "text": "x"}, writes=False),
    _case("PUT", f"{P}/privacy/content", _ADMIN, body={"environments": {"production": 0}}),
    _case("PUT", f"{P}/privacy/retention", _ADMIN, body={"content": 30}),
    _case("GET", f"{P}/privacy/retention", _READ),
    _case("POST", f"{P}/privacy/retention/run", _ADMIN),
    _case("GET", f"{P}/privacy/deletions", _ADMIN),
    _case("POST", f"{P}/privacy/deletions", _ADMIN, body={"kind": "user", "value": "somebody"}),
    _case("POST", f"{P}/privacy/deletions/preview", _ADMIN, body={"kind": "user", "value": "u"}, writes=False),
    _case("GET", f"{P}/privacy/deletions/{{deletion_id}}", _ADMIN),
    _case("GET", f"{P}/privacy/deletions/{{deletion_id}}/proof", _ADMIN),
    _case("GET", f"{P}/privacy/signing-key", _READ),
]

ORGANISATION_CASES = [
    _case("GET", "/api/v1/organisation"),
    _case("PATCH", "/api/v1/organisation", _ADMIN, body={"name": "Another"}, persons_only=True),
    _case("GET", "/api/v1/members", _READ, persons_only=True),
    _case(
        "POST",
        "/api/v1/members",
        _ADMIN,
        body={"email": "new@ours.example", "name": "New", "role": "viewer"},
        persons_only=True,
    ),
    _case("PATCH", "/api/v1/members/{member_id}", _ADMIN, body={"role": "viewer"}, persons_only=True),
    _case("DELETE", "/api/v1/members/{member_id}", _ADMIN, persons_only=True),
    _case("GET", "/api/v1/projects"),
    _case("POST", "/api/v1/projects", _ADMIN, body={"slug": "new", "name": "New"}, persons_only=True),
    _case("GET", "/api/v1/audit", _ADMIN, persons_only=True),
    _case("GET", "/api/v1/provider-kinds"),
]

# For the signed-in person alone: a key is no session.
SESSION_CASES = [
    _case("GET", "/api/v1/auth/session"),
    _case("POST", "/api/v1/auth/logout"),
    _case("POST", "/api/v1/auth/password", body={"current_password": "x", "new_password": "y"}),
]

# For the gateway alone.
INTERNAL_CASES = [
    _case("GET", "/internal/v1/snapshot", query={"have": 0, "wait_s": 0}),
    _case("POST", "/internal/v1/calls"),
]

# For everybody: to sign in, to be supervised, to be described. Nothing else may stand here.
PUBLIC = {
    ("POST", "/api/v1/auth/login"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
}

# Their errors have OTLP's shape; tests/traces/otlp shows who is turned away from them.
TELEMETRY = {("POST", f"{prefix}/v1/{signal}") for prefix in PREFIXES for signal in SIGNALS}

# Their answers have Langfuse's shapes; tests/traces/langfuse shows who is turned away from them.
LANGFUSE = {
    (method, str(route.path))
    for router in langfuse.ROUTERS
    for route in iter_route_contexts(router.routes)
    for method in route.methods or ()
}

ALL_CASES = [*PROJECT_CASES, *ORGANISATION_CASES, *SESSION_CASES, *INTERNAL_CASES]


@dataclass(frozen=True, kw_only=True)
class World:
    """Two tenants with one of everything in each; `ids` fill the paths."""

    running: Running
    ours: dict[str, str]
    theirs: dict[str, str]


def _complete(running: Running, tenant: Tenant, deletion_id: str) -> None:
    """Work at the deletion until it is complete: it has a proof only then."""
    deadline = time.monotonic() + 60
    proof = f"{tenant.path}/privacy/deletions/{deletion_id}/proof"
    while not (answer := tenant.owner.get(proof)).is_success:
        assert time.monotonic() < deadline, answer.text
        running.services.deletions.work()


def _furnish(running: Running, tenant: Tenant) -> dict[str, str]:
    """Make one of everything in the tenant and return the ids."""
    owner, path = tenant.owner, tenant.path

    def made(method: str, url: str, body: dict[str, Any]) -> Any:
        answer = owner.request(method, url, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    made("POST", f"{path}/providers", {"name": "vllm", "kind": "vllm", "base_url": "http://127.0.0.1:9/v1"})
    provider = owner.get(f"{path}/providers").json()["items"][0]
    made("POST", f"{path}/providers", {"name": "spare", "kind": "vllm", "base_url": "http://127.0.0.1:9/v1"})
    spare_provider = next(
        item["id"] for item in owner.get(f"{path}/providers").json()["items"] if item["name"] == "spare"
    )
    spare_prompt = made("POST", f"{path}/prompts", {"name": "spare", "version": {"messages": _MESSAGES}})
    made("PUT", f"{path}/aliases/fast", {"target": "vllm/m"})
    prompt = made("POST", f"{path}/prompts", {"name": "greet", "version": {"messages": _MESSAGES}})
    release = {"prompt_id": prompt["id"], "environment": "production", "version": 1, "model": "vllm/m"}
    first = made("POST", f"{path}/releases", release)
    made("POST", f"{path}/releases", release | {"model": "vllm/n"})
    spare = made("POST", f"{path}/keys", {"name": "spare", "scopes": ["call"], "environment": "production"})
    price = made("POST", f"{path}/costs/prices", {"model": "gpt-5", "discount_percent": "5"})
    view = made("POST", f"{path}/views", {"name": "failed", "filter": "error"})
    made("PUT", f"{path}/dashboards/ours", {"dashboard": _DASHBOARD})
    export = {"provider_kind": "openai", "content": "day,cost\n2026-11-01,1\n"}
    report = made("POST", f"{path}/costs/reports", export)
    person = {"email": f"m@{tenant.organisation.name}.example", "name": "M", "role": "viewer"}
    member = made("POST", "/api/v1/members", person)
    trace_id = _record_a_call(running, tenant)
    deletion = made("POST", f"{path}/privacy/deletions", {"kind": "user", "value": "nobody"})
    _complete(running, tenant, deletion["id"])
    return {
        "project_id": tenant.project.id,
        "prompt_id": prompt["id"],
        "spare_prompt_id": spare_prompt["id"],
        "spare_provider_id": spare_provider,
        "number": "1",
        "release_id": first["id"],
        "provider_id": provider["id"],
        "alias": "fast",
        "key_id": spare["key"]["id"],
        "price_id": price["id"],
        "view_id": view["id"],
        "report_id": report["id"],
        "deletion_id": deletion["id"],
        "dashboard": "ours",
        "letter_id": _have_a_span_refused(tenant),
        "member_id": member["member"]["id"],
        "trace_id": trace_id,
        "media_id": _keep_a_medium(running, tenant),
        "span_id": span_of(trace_id),
        **judge(tenant, trace_id),
    }


def judge(tenant: Tenant, trace_id: str) -> dict[str, str]:
    """Say all that can be said about a trace, and return the ids; what is in the warehouse outlives a copied store."""
    path, program = f"{tenant.path}/traces/{trace_id}", tenant.key_client
    score = {"name": "helpful", "kind": "boolean", "value": 1, "trace_id": trace_id}
    made = {
        # A program's, which is nobody's own.
        "comment_id": program.post(f"{path}/comments", json={"text": "Look"}),
        "score_id": program.post(f"{tenant.path}/scores", json=score),
    }
    assert program.put(f"{path}/tags/odd").is_success
    assert program.put(f"{path}/correction", json={"text": "Good"}).is_success
    return {"tag": "odd", "spare_tag": f"even-{time.time_ns()}"} | {
        name: answer.json()["id"] for name, answer in made.items()
    }


def span_of(trace_id: str) -> str:
    """Return the span of the call that is the whole trace."""
    return trace_id[-16:]


def _have_a_span_refused(tenant: Tenant) -> str:
    broken = {"traceId": "", "spanId": "", "name": tenant.project.id, "startTimeUnixNano": "1", "endTimeUnixNano": "2"}
    batch = {"resourceSpans": [{"scopeSpans": [{"spans": [broken]}]}]}
    assert tenant.key_client.post("/v1/traces", json=batch).is_success
    letters = tenant.owner.get(f"{tenant.path}/ingest/dead-letters").json()["items"]
    return str(letters[0]["id"])


def _keep_a_medium(running: Running, tenant: Tenant) -> str:
    project_id = tenant.project.id
    content = Content(data=project_id.encode(), content_type="text/plain")
    return running.services.media.keep(project_id, [content])[0].id


def _record_a_call(running: Running, tenant: Tenant) -> str:
    now = time.time_ns()
    trace_id = f"{now:032x}"
    call = Call(
        request_id="req_1",
        project_id=tenant.project.id,
        environment="production",
        key_id="key_1",
        trace_id=trace_id,
        span_id=span_of(trace_id),
        started_ns=now,
        ended_ns=now + 1_000_000,
        status_code=200,
    )
    receipt = running.services.collector.accept(frames.encode(msgspec.msgpack.encode(call)), replay=False)
    assert receipt.accepted == 1
    return trace_id


def furnish(running: Running) -> World:
    """Make one of everything in both tenants."""
    return World(running=running, ours=_furnish(running, running.ours), theirs=_furnish(running, running.theirs))


def send(client: TestClient, case: Case, ids: dict[str, str]) -> Response:
    """Send the request of a case, with the ids in their places."""
    if case.spare:
        ids = ids | {case.spare: ids.get(f"spare_{case.spare}", "1")}
    body = None if case.body is None else {key: _filled(value, ids) for key, value in case.body.items()}
    return client.request(case.method, case.path.format(**ids), json=body, params=case.query)


def _filled(value: Any, ids: dict[str, str]) -> Any:
    return ids[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value
