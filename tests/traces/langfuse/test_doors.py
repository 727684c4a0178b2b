"""Langfuse's doors: who is let in, whose data they see, scores in all versions, media, and reading."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.server.world import LANGFUSE
from tests.traces.application import Application
from tests.traces.langfuse.sending import at, basic, event, taken

from trimtab.identity.access import Right
from trimtab.traces import named_ids as ids
from trimtab.traces.medium import id_of

_PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
_OPEN = {("GET", "/api/public/health")}
_LINKS = {("GET", "/project/{project_id}/traces/{trace_id}"), ("GET", "/trace/{trace_id}")}
_TICKETED = {(method, "/api/public/media-bytes/{project_id}/{media_id}") for method in ("GET", "PUT")}


@pytest.fixture
def client(app: Application) -> TestClient:
    made = app.running.anonymous()
    made.headers.update(basic(app))
    return made


def _filled(path: str) -> str:
    return path.format(**dict.fromkeys(("trace_id", "observation_id", "score_id", "media_id", "project_id"), "x"))


@pytest.mark.parametrize(("method", "path"), sorted(LANGFUSE - _OPEN - _TICKETED - _LINKS))
def test_nobody_comes_in_without_a_key(app: Application, method: str, path: str) -> None:
    client = app.running.anonymous()
    for headers in (
        {},
        {"authorization": f"Basic {base64.b64encode(b'pk-lf-x:sk-lf-x').decode()}"},
        {"authorization": f"Basic {base64.b64encode(b'pk:tt_' + b'x' * 43).decode()}"},
        {"authorization": "Basic %%%"},
    ):
        answer = client.request(method, _filled(path), headers=headers, json={})
        assert answer.status_code == 401, answer.text
        assert answer.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize(("method", "path"), sorted(_TICKETED))
def test_bytes_of_media_need_a_ticket(app: Application, method: str, path: str) -> None:
    client = app.running.anonymous()
    url = path.format(project_id=app.project_id, media_id="x" * 22)
    for ticket in ({"expires": 2**40, "signature": "0" * 64}, {"expires": 1, "signature": "é"}):
        assert client.request(method, url, params=ticket).status_code == 403
    assert client.request(method, url).status_code == 400


def test_a_key_that_may_only_read_sends_nothing(app: Application) -> None:
    reader = app.running.key_with(Right.READ)
    said = event("span-create", 0, id="s", traceId="t", startTime=at(0))
    assert reader.post("/api/public/ingestion", json={"batch": [said]}).status_code == 403
    assert reader.post("/api/public/scores", json={"traceId": "t", "name": "n", "value": 1}).status_code == 403


def test_it_says_whose_key_it_is(app: Application, client: TestClient) -> None:
    assert client.get("/api/public/health").json()["status"] == "OK"
    (project,) = client.get("/api/public/projects").json()["data"]
    assert project["id"] == app.project_id
    assert project["organization"]["id"] == app.running.ours.organisation.id


def test_another_tenant_sees_nothing_of_it(app: Application, client: TestClient) -> None:
    taken(
        app,
        event("trace-create", 0, id="t", name="ours", timestamp=at(0)),
        event("span-create", 0, id="s", traceId="t", name="span", startTime=at(0)),
        event("score-create", 0, id="judged", traceId="t", name="n", value=1),
    )
    assert client.get("/api/public/traces/t").json()["name"] == "ours"
    stranger = app.running.theirs.key_client
    for path in ("traces/t", "observations/s", "scores/judged"):
        assert stranger.get(f"/api/public/{path}").status_code == 404, path
    assert stranger.delete("/api/public/scores/judged").status_code == 404
    for path in ("traces", "observations", "scores", "v2/scores", "v3/scores"):
        listed = stranger.get(f"/api/public/{path}", params={"name": "ours"}).json()["data"]
        assert listed == [], path
    # A trace of the same name is another one there.
    taken_there = {"batch": [event("trace-create", 0, id="t", name="theirs", timestamp=at(0))]}
    assert stranger.post("/api/public/ingestion", json=taken_there).status_code == 207
    assert client.get("/api/public/traces/t").json()["name"] == "ours"


def test_links_of_the_clients_lead_to_the_page_of_the_trace(app: Application) -> None:
    name = f"t-{app.project_id}"
    taken(app, event("trace-create", 0, id=name, name="chat", timestamp=at(0)))
    ours, theirs = app.running.ours.owner, app.running.theirs.owner
    project = app.get("")
    page = f"/projects/{project['slug']}/traces/{ids.trace_id(name)}"
    for link in (f"/project/{app.project_id}/traces/{name}", f"/trace/{name}"):
        assert ours.get(link, follow_redirects=False).headers["location"] == page
        assert theirs.get(link, follow_redirects=False).status_code == 404
        assert app.running.anonymous().get(link, follow_redirects=False).headers["location"] == "/sign-in"


def test_scores_are_given_listed_replaced_and_taken_back(client: TestClient) -> None:
    def give(body: Any) -> Response:
        return client.post("/api/public/scores", json=body)

    assert give({"id": "one", "traceId": "t", "name": "n", "value": 1}).json() == {"id": "one"}
    assert give({"id": "one", "traceId": "t", "name": "n", "value": 0.5, "comment": "less"}).json() == {"id": "one"}
    several = [
        {"id": "two", "traceId": "t", "observationId": "o", "name": "tone", "value": "kind", "configId": "c"},
        {"id": "three", "sessionId": "s", "name": "yes", "value": 0, "dataType": "BOOLEAN"},
    ]
    accepted = give(several)
    assert (accepted.status_code, accepted.json()) == (202, {"message": "Accepted"})
    mixed = give([{"traceId": "t", "name": "bad"}, {"id": "four", "traceId": "t", "name": "ok", "value": 1}, 7])
    assert (mixed.status_code, mixed.json()["accepted"], mixed.json()["rejected"]) == (207, 1, 2)
    assert "score 0: `value`" in mixed.json()["errors"][0]["message"]
    assert give({"traceId": "t", "name": "n", "value": "x", "dataType": "NUMERIC"}).status_code == 400
    assert give("n").status_code == 400

    listed = client.get("/api/public/v2/scores", params={"traceId": "t"}).json()
    assert {score["id"] for score in listed["data"]} == {"one", "two", "four"}
    assert listed["meta"] == {"page": 1, "limit": 50, "totalItems": 3, "totalPages": 1}
    one = client.get("/api/public/scores/one").json()
    assert (one["value"], one["comment"], one["dataType"], one["source"]) == (0.5, "less", "NUMERIC", "API")
    two = client.get("/api/public/v2/scores/two").json()
    assert (two["stringValue"], two["traceId"], two["observationId"], two["configId"]) == ("kind", "t", "o", "c")
    third = client.get("/api/public/v3/scores", params={"sessionId": "s", "fields": "subject"}).json()["data"]
    assert [(score["value"], score["subject"]) for score in third] == [(False, {"kind": "session", "id": "s"})]
    first = client.get("/api/public/v3/scores", params={"traceId": "t", "limit": 2}).json()
    rest = client.get("/api/public/v3/scores", params={"traceId": "t", "cursor": first["meta"]["cursor"]}).json()
    assert {score["id"] for score in first["data"] + rest["data"]} == {"one", "two", "four"}
    assert client.get("/api/public/v3/scores", params={"fields": "all"}).status_code == 400
    assert client.get("/api/public/v2/scores", params={"dataType": "ODD"}).status_code == 400

    assert client.delete("/api/public/scores/one").status_code == 202
    assert client.get("/api/public/scores/one").status_code == 404


def test_media_are_announced_uploaded_and_lent(app: Application, client: TestClient) -> None:
    digest = base64.b64encode(hashlib.sha256(_PNG).digest()).decode()
    announced = {"traceId": "t", "observationId": "o", "field": "input", "sha256Hash": digest}
    announced |= {"contentType": "image/png", "contentLength": len(_PNG)}
    answer = client.post("/api/public/media", json=announced).json()
    assert answer["mediaId"] == id_of(_PNG)
    assert client.get(f"/api/public/media/{answer['mediaId']}").status_code == 404
    # The address alone is the permission, and for these bytes alone.
    anyone = app.running.anonymous()
    assert anyone.put(answer["uploadUrl"], content=b"other bytes").status_code == 400
    assert anyone.put(answer["uploadUrl"].replace("expires=", "expires=9"), content=_PNG).status_code == 403
    assert anyone.put(answer["uploadUrl"], content=_PNG).status_code == 200
    assert anyone.put(answer["uploadUrl"], content=_PNG).status_code == 200
    assert anyone.get(answer["uploadUrl"]).status_code == 403
    assert client.patch(f"/api/public/media/{answer['mediaId']}", json={"uploadHttpStatus": 200}).status_code == 204
    again = client.post("/api/public/media", json=announced).json()
    assert again == {"mediaId": answer["mediaId"], "uploadUrl": None}
    lent = client.get(f"/api/public/media/{answer['mediaId']}").json()
    assert (lent["contentType"], lent["contentLength"]) == ("image/png", len(_PNG))
    fetched = anyone.get(lent["url"])
    assert (fetched.content, fetched.headers["content-disposition"]) == (_PNG, "attachment")
    assert app.running.services.media.forget_traces(app.project_id, [ids.trace_id("t")]) == [answer["mediaId"]]
    assert anyone.get(lent["url"]).status_code == 404


def test_media_that_are_too_large_or_strange_are_refused(client: TestClient) -> None:
    usual = {"traceId": "t", "field": "input", "contentType": "image/png", "contentLength": 9}
    digest = hashlib.sha256(_PNG).hexdigest()
    for odd, status in (
        ({"contentLength": 10**9, "sha256Hash": digest}, 413),
        ({"sha256Hash": "short"}, 400),
        ({"contentType": "nonsense", "sha256Hash": digest}, 400),
        ({"contentLength": 0, "sha256Hash": digest}, 400),
    ):
        assert client.post("/api/public/media", json=usual | odd).status_code == status


def test_traces_and_observations_are_read_in_pages_by_what_they_are(app: Application, client: TestClient) -> None:
    for number in range(3):
        taken(
            app,
            event("trace-create", number, id=f"t{number}", name="chat", timestamp=at(number), userId=f"u{number % 2}"),
            event("trace-create", number, id=f"t{number}", timestamp=at(number), tags=["all", f"n{number}"]),
            event(
                "generation-create",
                number,
                id=f"g{number}",
                traceId=f"t{number}",
                name="llm",
                model="gpt-4o",
                startTime=at(number),
                endTime=at(number + 1),
                usage={"input": 100, "output": 20},
            ),
        )
    newest = client.get("/api/public/traces", params={"limit": 2}).json()
    assert [trace["id"] for trace in newest["data"]] == ["t2", "t1"]
    assert newest["meta"] == {"page": 1, "limit": 2, "totalItems": 3, "totalPages": 2}
    assert (newest["data"][0]["totalCost"], newest["data"][0]["latency"]) == (0.00045, 1)

    def named(**query: Any) -> list[str]:
        return [trace["id"] for trace in client.get("/api/public/traces", params=query).json()["data"]]

    assert named(page=2, limit=2) == ["t0"]
    assert named(userId="u0") == ["t2", "t0"]
    assert named(tags=["all", "n1"]) == ["t1"]
    assert named(toTimestamp=(datetime.now(UTC) - timedelta(days=1)).isoformat()) == []
    calls = client.get("/api/public/observations", params={"type": "GENERATION", "traceId": "t1"}).json()["data"]
    assert [(each["id"], each["traceId"], each["usage"]["total"]) for each in calls] == [("g1", "t1", 120)]
    page = client.get("/api/public/v2/observations", params={"limit": 2}).json()
    rest = client.get("/api/public/v2/observations", params={"cursor": page["meta"]["cursor"]}).json()
    assert [each["id"] for each in page["data"] + rest["data"]] == ["g2", "g1", "g0"]
    assert rest["meta"] == {}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/traces", ("fromTimestamp", "toTimestamp")),
        ("/observations", ("fromStartTime", "toStartTime")),
        ("/scores", ("fromTimestamp", "toTimestamp")),
    ],
)
def test_times_without_a_zone_are_in_utc(
    app: Application, client: TestClient, path: str, names: tuple[str, str]
) -> None:
    name = app.project_id
    score = event("score-create", 5, id=f"s-{name}", traceId=name, name="n", value=1) | {"timestamp": at(5)}
    span = event("span-create", 5, id=f"o-{name}", traceId=name, startTime=at(5), endTime=at(6))
    taken(app, event("trace-create", 5, id=name, name="plain", timestamp=at(5)), span, score)
    app.running.services.intake.flush()

    def found(first: float, last: float) -> int:
        wanted = dict(zip(names, (at(first).removesuffix("Z"), at(last).removesuffix("Z")), strict=True))
        answer = client.get(f"/api/public{path}", params=wanted)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["meta"]["totalItems"])

    assert (found(0, 10), found(6, 10)) == (1, 0)
    beyond = client.get(f"/api/public{path}", params={names[0]: "0001-01-01T00:00:00+05:00"})
    assert beyond.status_code == 400, beyond.text
