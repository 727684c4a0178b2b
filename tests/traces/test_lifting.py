"""Media and large content leave their spans on the way in, and are shown from the store of media; safely."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Running
from tests.traces import payload
from tests.traces.application import Application, application

from trimtab.traces import inline_data
from trimtab.traces.inline_data import Found
from trimtab.traces.medium import Content, id_of

_PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
_WAV = b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(100)
_B64 = base64.b64encode(_PNG).decode()
_URI = f"data:image/png;base64,{_B64}"
_AUDIO = base64.b64encode(_WAV).decode()
_ID = id_of(_PNG)
_REF = {"type": "blob_ref", "modality": "image", "media_id": _ID, "mime_type": "image/png", "bytes": len(_PNG)}
_AUDIO_REF = {
    "type": "blob_ref",
    "modality": "audio",
    "media_id": id_of(_WAV),
    "mime_type": "audio/wav",
    "bytes": len(_WAV),
}


@pytest.fixture
def app(shared_running: Running) -> Iterator[Application]:
    with application(shared_running, "") as made:
        yield made


@pytest.mark.parametrize(
    ("part", "reference"),
    [
        ({"type": "image_url", "image_url": {"url": _URI, "detail": "low"}}, _REF),
        ({"type": "input_image", "image_url": _URI}, _REF),
        ({"type": "input_audio", "input_audio": {"data": _AUDIO, "format": "wav"}}, _AUDIO_REF),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _B64}}, _REF),
        ({"inlineData": {"mimeType": "image/png", "data": _B64}}, _REF),
        ({"inline_data": {"mime_type": "audio/wav", "data": _AUDIO}}, _AUDIO_REF),
        ({"image": {"format": "png", "source": {"bytes": _B64}}}, _REF),
        ({"type": "blob", "modality": "image", "mime_type": "image/png", "content": _B64}, _REF),
        ({"type": "blob", "modality": "image", "content": _B64}, _REF),
        ({"type": "image", "data": _B64, "mimeType": "image/png"}, _REF),
        ({"type": "image", "image": _URI}, _REF),
        ({"type": "media", "mime_type": "audio/x-wav", "data": _AUDIO}, _AUDIO_REF),
    ],
)
def test_the_parts_of_every_provider_become_references(part: dict[str, Any], reference: dict[str, Any]) -> None:
    found = Found()
    messages = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, part]}]
    lifted = json.loads(inline_data.lift_text(json.dumps(messages), found))
    assert lifted == [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, reference]}]
    assert {content.data for content in found.values()} <= {_PNG, _WAV}
    assert list(found) == [reference["media_id"]]


@pytest.mark.parametrize(
    "said",
    [
        "plain text with ;base64, in it",
        json.dumps({"data": "not base64!", "type": "image", "mimeType": "image/png"}),
        json.dumps({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}),
        json.dumps({"type": "file", "file": {"file_id": "file-1"}, "data": 1}),
        json.dumps({"data": "aGVsbG8gd29ybGQgaGVsbG8=", "unrelated": True}),
        '{"broken": "data:image/png;base64',
    ],
)
def test_what_is_no_media_stays_as_it_is(said: str) -> None:
    found = Found()
    assert inline_data.lift_text(said, found) is said
    assert found == {}


def test_a_data_uri_anywhere_else_leaves_a_token() -> None:
    found = Found()
    said = inline_data.lift_text(f"Look: {_URI} and then", found)
    assert said == f"Look: @@@langfuseMedia:type=image/png|id={_ID}|source=base64_data_uri@@@ and then"
    assert found == {_ID: Content(data=_PNG, content_type="image/png")}
    nested = inline_data.lift_text(
        json.dumps({"inner": json.dumps([{"type": "input_image", "image_url": _URI}])}), found
    )
    assert json.loads(json.loads(nested)["inner"]) == [_REF]


def test_tokens_in_texts_become_parts() -> None:
    token = f"@@@langfuseMedia:type=image/png|id={_ID}|source=bytes@@@"
    reference = {name: value for name, value in _REF.items() if name != "bytes"}
    in_content = json.loads(inline_data.with_parts(json.dumps([{"role": "user", "content": f"See {token}!"}])))
    assert in_content[0]["content"] == [{"type": "text", "text": "See"}, reference, {"type": "text", "text": "!"}]
    in_part = json.dumps([{"role": "user", "parts": [{"type": "text", "content": token}]}])
    assert json.loads(inline_data.with_parts(in_part)) == [{"role": "user", "parts": [reference]}]
    url = json.dumps([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": token}}]}])
    assert json.loads(inline_data.with_parts(url))[0]["content"] == [reference]
    assert json.loads(inline_data.with_parts(token)) == [{"role": "user", "content": [reference]}]


def send(app: Application, **attributes: Any) -> dict[str, Any]:
    sent = payload.span("chat", payload.chat(**attributes))
    answer = app.running.anonymous().post("/v1/traces", json=payload.request(sent), headers=app.bearer)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = app.spans(sent["traceId"])["chat"]
    return found


def test_an_image_is_shown_from_the_store_of_media(app: Application) -> None:
    messages = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": _URI}}]}]
    span = send(app, **{"gen_ai.input.messages": json.dumps(messages)})
    (part,) = span["input_messages"][0]["parts"]
    assert (part["type"], part["media_id"], part["mime_type"]) == ("image", _ID, "image/png")
    assert _B64 not in json.dumps(span)
    answer = app.reader.get(f"/api/v1/projects/{app.project_id}/media/{part['media_id']}")
    assert (answer.content, answer.headers["content-type"]) == (_PNG, "image/png")


def test_large_content_is_fetched_on_demand_and_still_found(app: Application) -> None:
    long = "The whole story of Oslo. " * 20_000
    messages = [{"role": "system", "content": "Be short."}, {"role": "user", "content": long}]
    span = send(app, **{"gen_ai.input.messages": json.dumps(messages)})
    assert [message["content"][:9] for message in span["input_messages"]] == ["Be short.", "The whole"]
    assert len(span["input_messages"][1]["content"]) < 3_000
    (part,) = span["input_messages"][1]["parts"]
    answer = app.reader.get(f"/api/v1/projects/{app.project_id}/media/{part['media_id']}")
    assert (answer.text, answer.headers["content-type"]) == (long, "text/plain; charset=utf-8")
    assert app.traces(q="story of oslo")


def _get(app: Application, data: bytes, kind: str, **headers: str) -> Any:
    (medium,) = app.running.services.media.keep(app.project_id, [Content(data=data, content_type=kind)])
    return app.reader.get(f"/api/v1/projects/{app.project_id}/media/{medium.id}", headers=headers)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<svg onload='alert(1)'/>", "image/svg+xml"),
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"<html><script>alert(1)</script>", "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        (b"alert(1)", "application/javascript"),
    ],
)
def test_what_could_run_in_a_browser_is_a_download(app: Application, data: bytes, kind: str) -> None:
    answer = _get(app, data, kind)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_audio_is_answered_in_parts(app: Application) -> None:
    whole = _get(app, _WAV, "audio/x-wav")
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("audio/wav", "bytes")
    part = _get(app, _WAV, "audio/wav", range="bytes=8-11")
    assert (part.status_code, part.content) == (206, b"WAVE")
    assert part.headers["content-range"] == f"bytes 8-11/{len(_WAV)}"
    assert _get(app, _WAV, "audio/wav", range="bytes=-4").content == _WAV[-4:]
    assert _get(app, _WAV, "audio/wav", range="bytes=9999-").status_code == 416
    assert _get(app, _WAV, "audio/wav", **{"if-none-match": whole.headers["etag"]}).status_code == 304


def test_media_go_with_the_last_trace_that_uses_them(app: Application) -> None:
    messages = json.dumps([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": _URI}}]}])
    traces = []
    for _ in range(2):
        sent = payload.span("chat", payload.chat(**{"gen_ai.input.messages": messages}))
        app.running.anonymous().post("/v1/traces", json=payload.request(sent), headers=app.bearer)
        traces.append(sent["traceId"])
    media = app.running.services.media
    path = f"/api/v1/projects/{app.project_id}/media/{_ID}"
    assert media.forget_traces(app.project_id, traces[:1]) == []
    assert app.reader.get(path).status_code == 200
    assert media.forget_traces(app.project_id, traces) == [_ID]
    assert app.reader.get(path).status_code == 404
    assert media.forget_traces(app.project_id, traces) == []
