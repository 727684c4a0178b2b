"""What a sender may rely on: encodings, answers, limits, credentials, paths."""

import base64
import gzip
import zlib
from typing import Any

import httpx2
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.traces import payload
from tests.traces.application import Application
from tests.traces.payload import JSON, PROTOBUF, chat, post, request, span

from trimtab.identity.access import ProjectAccess, Right, system
from trimtab.traces.routes.otlp import PREFIXES


def _headers(app: Application, kind: str) -> dict[str, str]:
    return app.bearer | {"content-type": kind}


def test_json_and_protobuf_say_the_same(app: Application) -> None:
    found = chat(numbers=[1, 2.5, True], nested={"a": {"b": "c"}}, negative=-5)
    one, two = span("json", found), span("protobuf", found)
    assert post(app, request(one)).content == b"{}"
    answer = post(app, payload.protobuf(request(two)))
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"", PROTOBUF)
    first, second = app.spans(one["traceId"])["json"], app.spans(two["traceId"])["protobuf"]
    for name in ("attributes", "usage", "cost_usd", "kind", "status", "operation", "model"):
        assert first[name] == second[name]
    assert first["attributes"]["numbers"] == "[1,2.5,true]"
    assert first["attributes"]["nested"] == '{"a":{"b":"c"}}'
    assert first["attributes"]["negative"] == "-5"


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("identity", lambda data: data),
        ("gzip", lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:])),
    ],
)
def test_compressed_bodies_are_read(app: Application, encoding: str, compress: Any) -> None:
    sent = span("chat", chat())
    body = compress(payload.protobuf(request(sent)))
    assert post(app, body, content_encoding=encoding).status_code == 200
    assert app.spans(sent["traceId"])


def test_an_empty_request_is_a_success(app: Application) -> None:
    assert post(app, {}).text == "{}"
    answer = post(app, b"")
    assert (answer.status_code, answer.content) == (200, b"")


def test_one_bad_span_among_512_rejects_itself_alone(app: Application) -> None:
    spans = [span(f"chat {number}", chat()) for number in range(511)]
    bad = span("bad", chat(), traceId="")
    answer = post(app, request(*spans[:300], bad, *spans[300:]))
    assert answer.status_code == 200
    partial = answer.json()["partialSuccess"]
    assert partial["rejectedSpans"] == "1"
    assert "trace id '' is not 16 bytes" in partial["errorMessage"]
    assert sum(1 for each in spans if app.get("/traces", q=each["traceId"])["items"]) == 511


def test_a_damaged_span_in_protobuf_rejects_itself_alone(app: Application) -> None:
    good, bad = span("chat", chat()), span("chat", chat())
    raw = payload.protobuf(request(good, bad))
    mark = b"\x12\x08" + bytes.fromhex(bad["spanId"])
    broken = raw.replace(mark, b"\x17" + mark[1:])  # a kind of field that there is not
    answer = post(app, broken)
    assert answer.status_code == 200
    said = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert said.rejected_spans == 1
    assert "cannot be decoded" in said.error_message
    assert app.spans(good["traceId"])


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"startTimeUnixNano": "0"}, "lies before 2020"),
        ({"startTimeUnixNano": "9000000000000000000"}, "more than a day ahead"),
        ({"spanId": "00" * 8}, "span id '0000000000000000' is not"),
        ({"traceId": "xyz"}, "id 'xyz' is not 32 hex digits"),
        ({"startTimeUnixNano": "99999999999999999999999"}, "does not fit 64 bits"),
        ({"attributes": "text"}, "expected a JSON array"),
        ({"attributes": [{"key": "a", "value": {"intValue": "many"}}]}, "cannot be read"),
    ],
)
def test_a_bad_span_is_named_and_kept_among_the_dead_letters(
    app: Application, facts: dict[str, Any], reason: str
) -> None:
    answer = post(app, request(span("chat", chat(), **facts)))
    assert answer.status_code == 200
    assert reason in answer.json()["partialSuccess"]["errorMessage"]
    (letter,) = app.get("/ingest/dead-letters")["items"]
    assert reason in letter["reason"]
    assert letter["signal"] == "traces"
    assert base64.b64decode(letter["payload"])
    assert app.get("/ingest")["counts"]["spans_rejected"] == 1


def test_unknown_enums_and_fields_are_kept_and_do_no_harm(app: Application) -> None:
    sent = span("chat", chat(), kind=77, status={"code": 9, "message": "odd"}, brandNew={"a": [1]})
    assert post(app, request(sent)).text == "{}"
    found = app.spans(sent["traceId"])["chat"]
    assert (found["kind"], found["status"]) == ("internal", "unset")
    assert found["attributes"]["otel.unknown"] == "kind 77, status 9"


@pytest.mark.parametrize(
    ("kind", "said"), [(1, "internal"), (2, "server"), (3, "client"), (4, "producer"), (5, "consumer")]
)
def test_every_kind_of_span_has_its_name(app: Application, kind: int, said: str) -> None:
    sent = span("chat", chat(), kind=kind)
    post(app, request(sent))
    assert app.spans(sent["traceId"])["chat"]["kind"] == said


@pytest.mark.parametrize(("code", "said"), [(0, "unset"), (1, "ok"), (2, "error")])
def test_every_status_is_kept(app: Application, code: int, said: str) -> None:
    sent = span("chat", chat(), status={"code": code, "message": "m"})
    post(app, request(sent))
    assert app.spans(sent["traceId"])["chat"]["status"] == said
    assert len(app.traces(status="error")) == (code == 2)
    assert len(app.traces(status="ok")) == (code != 2)


def test_ids_in_base64_and_attributes_as_an_object_are_understood(app: Application) -> None:
    sent = span("chat", chat())
    trace_id = sent["traceId"]
    sent["traceId"] = base64.b64encode(bytes.fromhex(trace_id)).decode()
    sent["spanId"] = base64.b64encode(bytes.fromhex(sent["spanId"])).decode()
    sent["attributes"] = chat()
    assert post(app, request(sent)).text == "{}"
    assert app.spans(trace_id)["chat"]["usage"]["output_text"] == 20


def test_text_that_is_not_unicode_is_no_reason_to_lose_a_span(app: Application) -> None:
    sent = span("chat", chat(odd="MARK"))
    raw = payload.protobuf(request(sent)).replace(b"MARK", b"\xff\xfe\xffK")
    assert post(app, raw).content == b""
    assert app.spans(sent["traceId"])["chat"]["attributes"]["odd"] == "���K"


def test_an_attribute_of_a_megabyte_is_kept(app: Application) -> None:
    sent = span("chat", chat(large="x" * 1_000_000))
    assert post(app, payload.protobuf(request(sent))).status_code == 200
    assert len(app.spans(sent["traceId"])["chat"]["attributes"]["large"]) == 1_000_000


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"\xff\xff\xff", PROTOBUF), (b"{", JSON), (b"[]", JSON), (b'{"resourceSpans": 5}', JSON)],
)
def test_a_body_that_is_no_request_is_400_as_a_status(app: Application, body: bytes, kind: str) -> None:
    answer = httpx2.post(f"{app.address}/v1/traces", content=body, headers=_headers(app, kind))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == kind
    assert "retry-after" not in answer.headers
    if kind == JSON:
        assert answer.json()["code"] == 3
        assert answer.json()["message"]
    else:
        status = Status.FromString(answer.content)
        assert status.code == 3
        assert status.message


def test_logs_sent_to_the_traces_path_are_told_where_to_go(app: Application) -> None:
    answer = post(app, payload.logs_protobuf())
    assert answer.status_code == 400
    assert "batch of logs, sent to the path for traces" in Status.FromString(answer.content).message
    answer = post(app, payload.log_request(payload.log("x")))
    assert (answer.status_code, "/v1/logs" in answer.json()["message"]) == (400, True)
    answer = post(app, payload.protobuf(request(span("chat", chat()))), "/v1/logs")
    assert answer.status_code == 400
    assert "batch of traces, sent to the path for logs" in Status.FromString(answer.content).message


def test_another_content_type_is_415(app: Application) -> None:
    answer = httpx2.post(f"{app.address}/v1/traces", content=b"a", headers=_headers(app, "text/plain"))
    assert answer.status_code == 415
    assert post(app, {}, content_encoding="br").status_code == 415


def test_a_gzip_bomb_is_413_and_never_unpacked(app: Application) -> None:
    bomb = gzip.compress(b"\0" * 80_000_000, 9)
    assert len(bomb) < 100_000
    answer = post(app, bomb, content_encoding="gzip")
    assert answer.status_code == 413
    assert Status.FromString(answer.content).code == 8
    assert "retry-after" not in answer.headers


def test_a_body_that_is_too_large_as_it_is_is_413(app: Application) -> None:
    answer = post(app, bytes(64 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert Status.FromString(answer.content).code == 8


def test_a_compressed_body_that_is_cut_off_is_400(app: Application) -> None:
    body = gzip.compress(payload.protobuf(request(span("chat", chat()))))
    assert post(app, body[:-20], content_encoding="gzip").status_code == 400
    assert post(app, b"no gzip", content_encoding="gzip").status_code == 400


def _basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    "credentials",
    [
        lambda key: {"authorization": f"Bearer {key}"},
        lambda key: {"authorization": f"bearer {key}"},
        lambda key: {"authorization": key},
        lambda key: _basic("pk-lf-public", key),
        lambda key: _basic("api", key),
        lambda key: _basic(key, ""),
        lambda key: {"x-api-key": key},
        lambda key: {"api_key": key},
        lambda key: {"api-key": key},
        lambda key: {"wandb-api-key": key},
    ],
)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_form_of_credentials_is_taken_at_every_path(app: Application, credentials: Any, prefix: str) -> None:
    sent = span("chat", chat())
    headers = {"content-type": JSON} | credentials(app.key)
    answer = httpx2.post(f"{app.address}{prefix}/v1/traces", json=request(sent), headers=headers)
    assert (answer.status_code, answer.text) == (200, "{}")
    assert app.spans(sent["traceId"])


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_without_a_key_that_is_known_it_is_401(app: Application, prefix: str, signal: str) -> None:
    for headers in ({}, {"authorization": "Bearer tt_" + "x" * 43}, _basic("a", "b"), {"authorization": "Basic ?"}):
        answer = httpx2.post(f"{app.address}{prefix}/v1/{signal}", json={}, headers={"content-type": JSON} | headers)
        assert (answer.status_code, answer.json()["code"]) == (401, 16)


def test_a_key_without_the_scope_call_is_403(app: Application) -> None:
    running = app.running
    access = ProjectAccess(
        running.services.projects.enter(system(running.ours.organisation.id), app.project_id).project,
        system(running.ours.organisation.id),
    )
    _, key = running.services.keys.create(
        access, name="reader", scopes=frozenset({Right.READ}), environment="production"
    )
    answer = post(app, {}, authorization=f"Bearer {key}")
    assert (answer.status_code, answer.json()["code"]) == (403, 7)


@pytest.mark.parametrize(
    "header",
    ["x-project-name", "projectName", "Comet-Workspace", "Langsmith-Project", "x-bt-parent", "x-mlflow-experiment-id"],
)
def test_a_key_sends_to_its_project_whatever_a_header_names(app: Application, header: str) -> None:
    sent = span("chat", chat())
    answer = httpx2.post(
        f"{app.address}/v1/traces",
        json=request(sent, **{"openinference.project.name": "other"}),
        headers=_headers(app, JSON) | {header: "project_id:another"},
    )
    assert answer.status_code == 200
    assert app.spans(sent["traceId"])["chat"]["attributes"]["resource.openinference.project.name"] == "other"


def test_metrics_are_counted_and_the_sender_is_told_that_they_are_not_kept(app: Application) -> None:
    point = {"timeUnixNano": "1", "asInt": "1"}
    metric = {"name": "gen_ai.client.token.usage", "sum": {"dataPoints": [point, point]}}
    body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}
    said = post(app, body, "/v1/metrics").json()["partialSuccess"]
    assert said["rejectedDataPoints"] == "2"
    assert "not stored" in said["errorMessage"]
    assert app.running.services.receiver.counts(app.project_id)["metric_points_dropped"] == 2


def test_the_counters_are_among_the_metrics(app: Application) -> None:
    post(app, request(span("chat", chat()), span("GET /", {"http.request.method": "GET"})))
    text = httpx2.get(f"{app.address}/metrics").text
    counts = app.running.services.receiver.counts()
    assert f"trimtab_otlp_spans_accepted_total {counts['spans_accepted']}" in text
    assert f"trimtab_otlp_spans_put_aside_total {counts['spans_put_aside']}" in text
    assert counts["spans_put_aside"] >= 1
