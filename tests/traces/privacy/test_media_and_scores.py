"""Texts that come as files, and the words of scores, are redacted like everything else; what people write is theirs."""

import base64
import hashlib
import json
from typing import Any

import pytest
from tests.conftest import Running
from tests.traces.privacy.test_ingest import EMAIL, deliver, gateway_call, leaks, model_span, rows, send

from trimtab.base import ids
from trimtab.traces.inline_data import references
from trimtab.traces.medium import Content, text_of

CSV = f"name,mail\nAda,{EMAIL}\n".encode()
PNG = b"\x89PNG\r\n\x1a\n" + EMAIL.encode()


def _redact(running: Running) -> None:
    answer = running.ours.owner.put(f"{running.ours.path}/privacy/redaction", json={"detectors": ["email"]})
    assert answer.status_code == 200, answer.text


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _medium(running: Running, media_id: str) -> bytes:
    answer = running.ours.owner.get(f"{running.ours.path}/media/{media_id}")
    assert answer.status_code == 200, answer.text
    return answer.content


def _messages(kind: str, data: bytes) -> list[dict[str, Any]]:
    part = {"type": "blob", "modality": "document", "mime_type": kind, "content": base64.b64encode(data).decode()}
    return [{"role": "user", "parts": [part, {"type": "text", "content": f"and inline {_uri(kind, data + b'!')}"}]}]


def _lang(running: Running) -> tuple[str, str]:
    public, secret = running.services.keys.create(
        running.ours.access, name="lf", scopes=frozenset({"call"}), environment="production"
    )
    return public.id, secret


@pytest.mark.parametrize("kind", ["text/csv", "application/json", "application/octet-stream"])
def test_text_that_comes_as_a_file_is_redacted_before_it_is_kept_apart(running: Running, kind: str) -> None:
    _redact(running)
    span = model_span(running, **{"gen_ai.input.messages": json.dumps(_messages(kind, CSV))})
    send(running, span)
    call = gateway_call(running, input_messages=json.dumps(_messages(kind, CSV)).encode())
    deliver(running, call)
    for row in (*rows(running, span["traceId"]), *rows(running, call.trace_id)):
        if not row["is_root"]:
            continue
        found = references(row["input_messages"])
        assert len(found) == 2
        assert {_medium(running, each) for each in found} == {
            CSV.replace(EMAIL.encode(), b"[email]"),
            CSV.replace(EMAIL.encode(), b"[email]") + b"!",
        }


def test_an_image_is_not_looked_into_and_stays_as_it_is(running: Running) -> None:
    _redact(running)
    span = model_span(running, **{"gen_ai.input.messages": json.dumps(_messages("image/png", PNG))})
    send(running, span)
    (row,) = rows(running, span["traceId"])
    assert {_medium(running, each) for each in references(row["input_messages"])} == {PNG, PNG + b"!"}


def test_without_redaction_a_text_is_kept_byte_for_byte(running: Running) -> None:
    span = model_span(running, **{"gen_ai.input.messages": json.dumps(_messages("text/csv", CSV))})
    send(running, span)
    (row,) = rows(running, span["traceId"])
    assert CSV in {_medium(running, each) for each in references(row["input_messages"])}


def test_a_file_in_an_event_of_an_older_client_is_kept_apart_and_redacted(running: Running) -> None:
    _redact(running)
    name, at = ids.new_trace_id(), running.services.clock.now().isoformat()
    body = {"id": ids.new_span_id(), "traceId": name, "name": "llm", "startTime": at, "endTime": at}
    body |= {"model": "gpt-4o", "usage": {"input": 9, "output": 1, "unit": "TOKENS"}}
    body["input"] = [{"role": "user", "content": [{"type": "text", "text": "See"}, _part(CSV)]}]
    event = {"id": ids.new("e"), "type": "generation-create", "timestamp": at, "body": body}
    answer = running.anonymous().post("/api/public/ingestion", json={"batch": [event]}, auth=_lang(running))
    assert (answer.status_code, answer.json()["errors"]) == (207, [])
    stored = rows(running, name, "langfuse_events")[0]["body"]
    assert base64.b64encode(CSV).decode() not in stored
    row = next(row for row in rows(running, name) if row["is_call"])
    assert [_medium(running, each) for each in references(row["input_messages"])] == [
        CSV.replace(EMAIL.encode(), b"[email]")
    ]


def _part(data: bytes) -> dict[str, Any]:
    return {"type": "file", "file": {"filename": "people.csv", "file_data": _uri("text/csv", data)}}


def test_a_text_that_a_client_uploads_is_redacted_under_the_id_it_was_sent_by(running: Running) -> None:
    _redact(running)
    client, auth, digest = running.anonymous(), _lang(running), hashlib.sha256(CSV).digest()
    announced = {"traceId": ids.new_trace_id(), "contentType": "text/csv", "contentLength": len(CSV), "field": "input"}
    announced["sha256Hash"] = base64.b64encode(digest).decode()
    told = client.post("/api/public/media", json=announced, auth=auth).json()
    assert client.put(told["uploadUrl"], content=CSV, headers={"content-type": "text/csv"}).status_code == 200
    assert _medium(running, told["mediaId"]) == CSV.replace(EMAIL.encode(), b"[email]")


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("text/plain", "naïve".encode(), "naïve"),
        ("text/plain", "naïve".encode("utf-16"), "naïve"),
        ("text/plain", "naïve".encode("latin-1"), "naïve"),
        ("image/svg+xml", b"<svg/>", "<svg/>"),
        ("image/png", b"a text in truth", "a text in truth"),
        ("", b"BM is short for benchmark", "BM is short for benchmark"),
        ("image/png", PNG, None),
        ("application/pdf", b"%PDF-1.7 all in ASCII", None),
        ("", b"%PDF-1.7 all in ASCII", None),
        ("audio/wav", b"\x00\x01\x02\xff", None),
        ("application/octet-stream", b"with\x00a zero", None),
    ],
)
def test_what_is_text_is_told_by_its_bytes_and_by_what_it_is_said_to_be(kind: str, data: bytes, text: str) -> None:
    assert text_of(Content(data=data, content_type=kind)) == text


def _score(**more: Any) -> dict[str, Any]:
    words = {"comment": f"said {EMAIL}", "metadata": {"from": EMAIL}}
    return {"trace_id": ids.new_trace_id(), "name": "n", "kind": "text", "text": f"ask {EMAIL}"} | words | more


def test_the_words_of_scores_that_applications_give_are_redacted(running: Running) -> None:
    _redact(running)
    score = _score()
    assert running.ours.key_client.post(f"{running.ours.path}/scores", json=score).status_code == 201
    body = {"traceId": ids.new_trace_id(), "name": "n", "dataType": "CATEGORICAL", "value": EMAIL, "comment": EMAIL}
    auth = _lang(running)
    assert running.anonymous().post("/api/public/scores", json=body, auth=auth).status_code == 200
    sent = body | {"id": ids.new("sc"), "traceId": ids.new_trace_id()}
    event = {"id": ids.new("e"), "type": "score-create", "timestamp": "2026-11-24T12:00:00Z", "body": sent}
    taken = running.anonymous().post("/api/public/ingestion", json={"batch": [event]}, auth=auth)
    assert (taken.status_code, taken.json()["errors"]) == (207, [])
    found = [rows(running, each, "scores") for each in (score["trace_id"], body["traceId"], sent["traceId"])]
    assert [len(each) for each in found] == [1, 1, 1]
    assert [leaks(each) for each in found] == [[], [], []]
    assert found[0][0]["text"] == "ask [email]"
    assert found[1][0]["label"] == "[email]"


def test_the_words_of_a_person_are_theirs(running: Running) -> None:
    _redact(running)
    score = _score()
    assert running.ours.owner.post(f"{running.ours.path}/scores", json=score).status_code == 201
    assert rows(running, score["trace_id"], "scores")[0]["text"] == f"ask {EMAIL}"
