"""What a project hides never reaches a store, whatever the way in: the gateway's records, OTLP, logs, refused items."""

import base64
import json
import os
import random
import string
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.conftest import Running

from trimtab.base import ids
from trimtab.gateway import snapshot
from trimtab.llm import frames
from trimtab.llm.call import Attempt, Call
from trimtab.llm.usage import Usage, UsageSource

EMAIL = "ada.lovelace@example.com"
MESSAGES = [{"role": "user", "content": f"Write to {EMAIL} at once"}]


def _wish(running: Running, part: str, **body: Any) -> None:
    answer = running.ours.owner.put(f"{running.ours.path}/privacy/{part}", json=body)
    assert answer.status_code == 200, answer.text


def _now_ns(running: Running) -> int:
    return running.services.clock.now_ns() - 5 * 10**9


def _value(said: Any) -> dict[str, Any]:
    return {"intValue": str(said)} if isinstance(said, int) else {"stringValue": said}


def otlp_span(running: Running, **attributes: Any) -> dict[str, Any]:
    at_ns = _now_ns(running)
    return {
        "traceId": ids.new_trace_id(),
        "spanId": ids.new_span_id(),
        "name": "chat gpt-4o",
        "kind": 3,
        "startTimeUnixNano": str(at_ns),
        "endTimeUnixNano": str(at_ns + 10**9),
        "attributes": [{"key": key, "value": _value(said)} for key, said in attributes.items()],
    }


def model_span(running: Running, **more: Any) -> dict[str, Any]:
    usual = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.input.messages": json.dumps(
            [{"role": "user", "parts": [{"type": "text", "content": f"Write to {EMAIL} at once"}]}]
        ),
        "gen_ai.output.messages": json.dumps(
            [{"role": "assistant", "parts": [{"type": "text", "content": f"I wrote to {EMAIL}."}]}]
        ),
        "user.id": EMAIL,
        "acme.note": f"about {EMAIL}",
    }
    return otlp_span(running, **(usual | more))


def send(running: Running, *spans: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    found = [{"key": key, "value": _value(said)} for key, said in (resource or {}).items()]
    body = {"resourceSpans": [{"resource": {"attributes": found}, "scopeSpans": [{"scope": {}, "spans": list(spans)}]}]}
    answer = running.ours.key_client.post("/v1/traces", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def gateway_call(running: Running, **facts: Any) -> Call:
    at_ns = _now_ns(running)
    usual: dict[str, Any] = {
        "request_id": ids.new("req"),
        "project_id": running.ours.project.id,
        "environment": "production",
        "key_id": "key_1",
        "trace_id": ids.new_trace_id(),
        "span_id": ids.new_span_id(),
        "requested_model": "openai/gpt-4o",
        "started_ns": at_ns,
        "ended_ns": at_ns + 10**9,
        "status_code": 200,
        "user_id": EMAIL,
        "metadata": {"ticket": "T-1", "from": EMAIL},
        "input_messages": json.dumps(MESSAGES).encode(),
        "parameters": b'{"temperature":0.2,"stop":["ada.lovelace@example.com"]}',
        "variables": json.dumps({"to": EMAIL}).encode(),
        "output_messages": json.dumps(
            [{"message": {"role": "assistant", "content": f"Sent to {EMAIL}"}, "finish_reason": "stop"}]
        ).encode(),
        "attempts": [
            Attempt(
                span_id=ids.new_span_id(),
                provider="openai",
                provider_kind="openai",
                model="gpt-4o",
                started_ns=at_ns,
                ended_ns=at_ns + 10**9,
                first_token_ns=at_ns + 10**8,
                status_code=200,
                response_model="gpt-4o-2024-08-06",
                usage=Usage(input_uncached=100, output_text=20),
                usage_source=UsageSource.PROVIDER,
            )
        ],
    }
    return Call(**(usual | facts))


def deliver(running: Running, *calls: Call) -> None:
    body = b"".join(frames.encode(msgspec.msgpack.encode(call)) for call in calls)
    assert running.services.collector.accept(body, replay=False).rejected == []


def rows(running: Running, trace_id: str, table: str = "spans") -> list[dict[str, Any]]:
    running.services.intake.flush()
    return running.services.warehouse.query(
        f"SELECT * FROM {table} FINAL WHERE trace_id = {{trace:String}}",  # noqa: S608 - ours
        {"trace": trace_id},
    )


def leaks(found: list[dict[str, Any]]) -> list[str]:
    return [f"{name}: {value}" for row in found for name, value in row.items() if "ada.lovelace" in str(value).lower()]


def test_nothing_is_changed_for_a_project_that_wants_nothing(running: Running) -> None:
    call = gateway_call(running)
    deliver(running, call)
    found = rows(running, call.trace_id)
    assert EMAIL in found[0]["input_messages"] + found[1]["input_messages"]


def test_a_gateway_call_is_redacted_in_all_its_parts(running: Running) -> None:
    _wish(running, "redaction", detectors=["email"])
    call = gateway_call(running)
    deliver(running, call)
    found = rows(running, call.trace_id)
    assert len(found) == 2
    assert leaks(found) == []
    assert leaks(rows(running, call.trace_id, "ledger")) == []
    root = next(row for row in found if row["is_root"])
    assert "[email]" in root["input_messages"]
    assert root["attributes"]["trimtab.metadata.ticket"] == "T-1"
    assert root["user_id"].startswith("[email:")


def test_an_otlp_span_is_redacted_before_it_is_understood(running: Running) -> None:
    _wish(running, "redaction", detectors=["email"])
    span = model_span(running)
    send(running, span, resource={"service.owner": EMAIL})
    found = rows(running, span["traceId"])
    assert leaks(found) == []
    assert "[email]" in found[0]["input_preview"]
    assert found[0]["attributes"]["acme.note"] == "about [email]"
    assert found[0]["attributes"]["resource.service.owner"] == "[email]"
    assert found[0]["input_uncached"] == 100


def test_a_span_put_aside_is_redacted_too(running: Running) -> None:
    _wish(running, "redaction", detectors=["email"])
    span = otlp_span(running, **{"http.url": f"https://x.example/?to={EMAIL}"})
    send(running, span)
    found = rows(running, span["traceId"], "side_spans")
    assert len(found) == 1
    assert leaks(found) == []


def test_a_log_record_does_not_bring_back_what_was_taken_out_of_its_span(running: Running) -> None:
    _wish(running, "redaction", detectors=["email"])
    span = model_span(running)
    span["attributes"] = [each for each in span["attributes"] if "messages" not in each["key"]]
    send(running, span)
    _log(running, span["traceId"], span["spanId"], f"Write to {EMAIL}")
    found = rows(running, span["traceId"])
    assert "Write to [email]" in found[0]["input_messages"]
    assert leaks(found) == []
    assert leaks(rows(running, span["traceId"], "log_records")) == []


def _letters(running: Running) -> list[dict[str, Any]]:
    return list(running.ours.owner.get(f"{running.ours.path}/ingest/dead-letters").json()["items"])


def test_a_refused_span_is_kept_redacted(running: Running) -> None:
    _wish(running, "redaction", detectors=["email"])
    span = model_span(running)
    span["startTimeUnixNano"] = "1"
    assert send(running, span)["partialSuccess"]["rejectedSpans"] in {"1", 1}
    letter = _letters(running)[0]
    payload = base64.b64decode(letter["payload"])
    assert b"[email]" in payload
    assert b"ada.lovelace" not in payload


def test_a_payload_that_cannot_be_read_is_not_kept(running: Running) -> None:
    _wish(running, "redaction", detectors=["email"])
    span = model_span(running)
    span["traceId"] = f"no id but {EMAIL}"
    assert send(running, span)["partialSuccess"]["rejectedSpans"] in {"1", 1}
    for path in (running.services.settings.data_dir / "dead-letters").rglob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            letter = json.loads(line)
            assert "ada" not in letter["reason"]
            assert b"ada" not in base64.b64decode(letter["payload"])
    counts = running.ours.owner.get(f"{running.ours.path}/privacy").json()["counts"]
    assert counts["payloads_not_kept"] == 1
    again = running.ours.owner.post(f"{running.ours.path}/ingest/dead-letters/replay")
    assert (again.status_code, again.json()["accepted"]) == (200, 0)


def test_counts_say_how_much_was_taken_out(running: Running) -> None:
    _wish(running, "redaction", detectors=["email"], style="hash")
    deliver(running, gateway_call(running))
    shown = running.ours.owner.get(f"{running.ours.path}/privacy").json()
    assert shown["removed"]["email"] >= 5
    _wish(running, "redaction", detectors=["email", "phone"])
    deliver(running, gateway_call(running))
    assert running.ours.owner.get(f"{running.ours.path}/privacy").json()["removed"]["email"] > shown["removed"]["email"]


@pytest.mark.parametrize("environments", [{"production": 0}])
def test_without_content_tokens_cost_and_metadata_stay_and_messages_are_never_stored(
    running: Running, environments: dict[str, float]
) -> None:
    _wish(running, "content", environments=environments)
    call, span, other = gateway_call(running), model_span(running), otlp_span(running, note=f"to {EMAIL}")
    deliver(running, call)
    send(running, span, other)
    found = rows(running, call.trace_id) + rows(running, span["traceId"])
    said = [row["input_messages"] + row["output_messages"] + row["search_text"] + row["variables"] for row in found]
    assert said == ["", "", ""]
    assert [row["input_preview"] for row in found] == ["", "", ""]
    root = next(row for row in found if row["source"] == "gateway" and row["is_root"])
    sent = next(row for row in found if row["source"] == "otlp")
    for row in (root, sent):
        assert (row["input_uncached"], row["output_text"]) == (100, 20)
        assert row["cost_usd"] > 0
    assert root["attributes"]["trimtab.metadata.ticket"] == "T-1"
    assert "acme.note" not in sent["attributes"]
    assert "to ada" not in str(rows(running, other["traceId"], "side_spans"))


def test_other_environments_keep_their_messages(running: Running) -> None:
    _wish(running, "content", environments={"staging": 0})
    call = gateway_call(running)
    deliver(running, call)
    assert leaks(rows(running, call.trace_id))


def test_a_share_keeps_whole_traces_and_the_same_ones_everywhere(running: Running) -> None:
    _wish(running, "content", environments={"production": 0.5})
    calls = [gateway_call(running) for _ in range(40)]
    deliver(running, *calls)
    spans = [model_span(running) | {"traceId": call.trace_id} for call in calls]
    send(running, *spans)
    kept = []
    for call in calls:
        found = rows(running, call.trace_id)
        with_content = {bool(row["input_messages"]) for row in found if row["is_call"] or row["source"] == "otlp"}
        assert len(with_content) == 1
        kept.append(with_content.pop())
    assert 5 < sum(kept) < 35


def test_content_that_may_stay_by_name_stays(running: Running) -> None:
    _wish(running, "content", environments={"production": 0}, keep_attributes=["acme.*"])
    span = model_span(running)
    send(running, span)
    assert rows(running, span["traceId"])[0]["attributes"]["acme.note"] == f"about {EMAIL}"


def test_no_file_of_the_stores_holds_a_message(running: Running, warehouse: Any) -> None:
    folders = [running.services.settings.data_dir, warehouse._folder]
    # Of distinct letters, so that the engine has nothing to squeeze and stores it as it is.
    kept, secret = ("".join(random.sample(string.ascii_letters + string.digits, 40)) for _ in range(2))
    deliver(running, gateway_call(running, input_messages=json.dumps([{"content": kept}]).encode()))
    assert files_with(folders, kept), "the search would find it"
    _wish(running, "content", environments={"production": 0})
    messages = json.dumps([{"role": "user", "content": secret}])
    failed = gateway_call(running, input_messages=messages.encode(), error_message=f"cannot {secret}")
    failed.attempts[0].error_message = f"upstream says {secret}"
    deliver(running, failed)
    said = {"gen_ai.input.messages": messages, "input.value": secret, "gen_ai.tool.call.arguments": secret}
    bad = model_span(running, **said) | {"startTimeUnixNano": "1"}
    aside = otlp_span(running, **{"http.request.body": secret, "note": secret})
    send(running, model_span(running, **said) | {"status": {"code": 2, "message": secret}}, bad, aside)
    _log(running, aside["traceId"], aside["spanId"], secret)
    running.services.intake.flush()
    assert files_with(folders, secret) == []


def files_with(folders: list[Path], secret: str) -> list[Path]:
    """Return files that hold a text, as it is or in base64 at any of its three places."""
    forms = {secret.encode(), *(base64.b64encode(b"x" * n + secret.encode())[4:-4] for n in range(3))}
    # Not by `rglob`, which fails when the engine removes a folder meanwhile.
    paths = [Path(place) / name for folder in folders for place, _, names in os.walk(folder) for name in names]
    return [path for path in paths if any(form in bytes_of(path) for form in forms)]


def bytes_of(path: Path) -> bytes:
    """Return what a file holds; the engine may remove one at any moment."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        return b""


def _log(running: Running, trace_id: str, span_id: str, said: str) -> None:
    record = {
        "timeUnixNano": str(_now_ns(running)),
        "traceId": trace_id,
        "spanId": span_id,
        "eventName": "gen_ai.user.message",
        "attributes": [{"key": "gen_ai.system", "value": {"stringValue": "openai"}}],
        "body": {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": said}}]}},
    }
    body = {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": [record]}]}]}
    assert running.ours.key_client.post("/v1/logs", json=body).status_code == 200


def test_the_gateway_is_told_whose_messages_to_keep(running: Running) -> None:
    before, _ = running.services.snapshots.encoded()
    _wish(running, "content", environments={"production": 0.25})
    revision, body = running.services.snapshots.encoded()
    keys = [key for key in snapshot.decode(body).keys.values() if key.project_id == running.ours.project.id]
    assert revision > before
    assert {key.content_share for key in keys} == {0.25}
