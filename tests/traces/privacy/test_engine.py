"""The installation's own callback is asked what must go. It may fail or hang, and nothing waits for long."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Running, Template, start
from tests.traces.privacy.test_ingest import EMAIL, deliver, gateway_call, model_span, rows, send

from trimtab.base.errors import BadSetting
from trimtab.server.settings import Settings
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.privacy.engine import Bounded, Callback
from trimtab.traces.privacy.policy import Place, Redaction
from trimtab.traces.privacy.redaction import RedactionFailed, Redactor

NEVER = threading.Event()


def shout(text: str, place: str) -> str:
    """Hide a word that no pattern knows; fail and hang when asked to."""
    if "please fail" in text:
        raise ValueError("as asked")
    if "please hang" in text:
        NEVER.wait(60)
    if "please lie" in text:
        return 7  # type: ignore[return-value]
    return text.replace("Zorblax", f"[secret]@{place}")


def test_a_callback_is_told_the_text_and_where_it_stands() -> None:
    callback = Callback(f"{__name__}:shout", 5.0)
    assert callback("It is Zorblax", Place.OUTPUTS) == "It is [secret]@outputs"
    redactor = Redactor(Redaction(use_callback=True), b"k", rewrite=callback)
    assert redactor.value([{"content": "Zorblax"}], Place.INPUTS) == [{"content": "[secret]@inputs"}]


@pytest.mark.parametrize(
    ("text", "said"), [("please fail", "ValueError"), ("please hang", "longer than"), ("please lie", "answered int")]
)
def test_whatever_goes_wrong_in_it_is_a_failure_of_redaction(text: str, said: str) -> None:
    callback = Callback(f"{__name__}:shout", 0.2)
    with pytest.raises(RedactionFailed, match=said):
        callback(text, Place.INPUTS)
    assert callback("fine", Place.INPUTS) == "fine"


def test_once_every_thread_hangs_nobody_waits_for_another() -> None:
    asked = threading.Event()
    bounded: Bounded[Any] = Bounded(lambda: asked.wait(60), 0.05, "it")
    for _ in range(4):
        with pytest.raises(RedactionFailed, match="longer than"):
            bounded()
    began = time.monotonic()
    with pytest.raises(RedactionFailed, match="hangs in all"):
        bounded()
    assert time.monotonic() - began < 10
    asked.set()


@pytest.mark.parametrize("path", ["nowhere:shout", f"{__name__}:nothing", f"{__name__}:NEVER", "no colon"])
def test_a_callback_that_is_none_is_said_at_the_start(path: str) -> None:
    with pytest.raises(BadSetting, match="redaction_callback"):
        Callback(path, 1.0)


@pytest.fixture
def with_callback(tmp_path: Path, warehouse: Warehouse, template: Template) -> Iterator[Running]:
    settings = Settings(data_dir=tmp_path / "data", redaction_callback=f"{__name__}:shout", redaction_timeout_ms=300)
    with start(settings, warehouse, template) as running:
        yield running


def _redact(running: Running, **wanted: Any) -> None:
    answer = running.ours.owner.put(f"{running.ours.path}/privacy/redaction", json=wanted)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("wish", ["please fail", "please hang"])
def test_content_is_dropped_marked_and_counted_when_failing_closed(with_callback: Running, wish: str) -> None:
    _redact(with_callback, use_callback=True)
    call = gateway_call(with_callback, output_messages=f'[{{"message":{{"content":"{wish} {EMAIL}"}}}}]'.encode())
    span = model_span(with_callback, **{"gen_ai.output.messages": f"{wish} {EMAIL}"})
    deliver(with_callback, call)
    send(with_callback, span)
    found = rows(with_callback, call.trace_id) + rows(with_callback, span["traceId"])
    assert "ada.lovelace" not in str(found)
    assert wish not in str(found)
    root = next(row for row in found if row["source"] == "gateway" and row["is_root"])
    sent = next(row for row in found if row["source"] == "otlp")
    assert root["attributes"]["trimtab.metadata.redaction_failed"] == "true"
    assert sent["attributes"]["trimtab.redaction_failed"] == "true"
    assert (sent["input_uncached"], sent["output_text"], root["input_uncached"]) == (100, 20, 100)
    assert sent["cost_usd"] > 0
    counts = with_callback.ours.owner.get(f"{with_callback.ours.path}/privacy").json()["counts"]
    assert (counts["failed"], counts["dropped_after_failure"]) == (2, 2)


def test_patterns_are_what_is_left_when_failing_open(with_callback: Running) -> None:
    _redact(with_callback, use_callback=True, detectors=["email"], on_failure="open")
    span = model_span(with_callback, **{"acme.note": f"please fail {EMAIL}"})
    send(with_callback, span)
    found = rows(with_callback, span["traceId"])
    assert found[0]["attributes"]["acme.note"] == "please fail [email]"
    assert with_callback.ours.owner.get(f"{with_callback.ours.path}/privacy").json()["counts"]["failed"] == 1


def test_a_callback_that_is_not_there_cannot_be_chosen(running: Running) -> None:
    path = f"{running.ours.path}/privacy/redaction"
    answer = running.ours.owner.put(path, json={"use_callback": True})
    assert answer.status_code == 400
    assert "redaction_callback" in answer.json()["error"]["hint"]
