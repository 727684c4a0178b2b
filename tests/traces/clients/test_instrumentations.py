"""Instrumentations of the field, unmodified, in processes of their own: one environment variable points them here.

They live in an environment of their own, made at the first run under `.cache`, because their dependencies are not ours.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.traces.application import Application, eventually
from tests.traces.clients.provider import (
    ANSWER,
    ANTHROPIC_BUCKETS,
    ANTHROPIC_USD,
    OPENAI_BUCKETS,
    OPENAI_USD,
    provider,
)

from trimtab.server.grpc_door import GrpcDoor

_HERE = Path(__file__).parent
_PROGRAMS = _HERE / "programs"
_ROOT = _HERE.parents[2]


@pytest.fixture(scope="session")
def python() -> Path:
    """Give the interpreter of an environment with the clients in it."""
    wanted = (_HERE / "requirements.txt").read_bytes()
    folder = _ROOT / ".cache" / "clients" / hashlib.sha256(wanted + sys.version.encode()).hexdigest()[:16]
    interpreter = folder / "bin" / "python"
    done = folder / "complete"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        command = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "-r", str(_HERE / "requirements.txt")], check=True)
        done.touch()
    return interpreter


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with provider() as address:
        yield address


def _run(app: Application, python: Path, upstream: str, name: str, **more: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "LANGFUSE_"))}
    environment |= {
        "OTEL_EXPORTER_OTLP_ENDPOINT": app.address,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{app.key}",
        "TRIMTAB_KEY": app.key,
        "TRACELOOP_TELEMETRY": "false",
    } | more
    done = subprocess.run(
        [str(python), str(_PROGRAMS / f"{name}.py"), upstream],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def _the_call(app: Application) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the one call that is counted: its line of the list, and its span."""
    (listed,) = eventually(app.traces)
    counted = [row for row in app.ledger(listed["trace_id"]) if row["price_source"] != "counted_elsewhere"]
    assert len(counted) == 1
    spans = app.get(f"/traces/{listed['trace_id']}")["spans"]
    return listed, next(span for span in spans if span["span_id"] == counted[0]["span_id"])


def _check(app: Application, buckets: dict[str, int], cost_usd: str) -> dict[str, Any]:
    listed, call = _the_call(app)
    assert {bucket: count for bucket, count in call["usage"].items() if count} == buckets
    assert Decimal(call["cost_usd"]) == Decimal(listed["cost_usd"]) == Decimal(cost_usd)
    assert [message["content"] for message in call["input_messages"]] == ["Where is Oslo?"]
    assert [message["content"] for message in call["output_messages"]] == [ANSWER]
    totals = app.get("/overview")["totals"]
    assert (totals["requests"], totals["unpriced_requests"]) == (1, 0)
    return listed


@pytest.mark.parametrize("name", ["openinference_openai", "openllmetry_openai", "pydantic_agent", "phoenix_otel"])
def test_calls_to_openai(app: Application, python: Path, upstream: str, name: str) -> None:
    _run(app, python, upstream, name)
    _check(app, OPENAI_BUCKETS, OPENAI_USD)


@pytest.mark.parametrize("name", ["opentelemetry_openai_broken", "openinference_openai_broken"])
def test_a_call_that_failed_is_one_call_and_one_error_on_every_screen(
    app: Application, python: Path, upstream: str, name: str
) -> None:
    _run(app, python, upstream, name)
    (listed,) = eventually(lambda: app.traces(filter="error"))
    assert (listed["status"], listed["cost_usd"]) == ("error", "0")
    totals = app.get("/overview")["totals"]
    assert [totals[name] for name in ("requests", "errors", "unpriced_requests")] == [1, 1, 0]
    (row,) = app.get("/overview", by="model")["breakdown"]
    assert (row["key"], row["requests"], row["errors"]) == ("openai/gpt-4o", 1, 1)
    (group,) = app.get("/trace-groups", by="model")["items"]
    assert (group["key"], group["requests"], group["errors"]) == ("openai/gpt-4o", 1, 1)
    panel = {"title": "Errors", "chart": "table", "measures": ["errors", "calls"], "by": ["model"]}
    asked = app.reader.post(f"/api/v1/projects/{app.project_id}/dashboards/query", json={"panel": panel})
    assert {name: int(value) for name, value in asked.json()["totals"].items()} == {"errors": 1, "calls": 1}


def _check_anthropic(app: Application) -> None:
    """Look at a call that the library of anthropic reports too, without its content: one of the two is counted."""
    traces = eventually(app.traces)
    rows = [row for each in traces for row in app.ledger(each["trace_id"])]
    assert len(rows) == 2
    (counted,) = [row for row in rows if row["price_source"] != "counted_elsewhere"]
    assert {bucket: count for bucket, count in counted["usage"].items() if count} == ANTHROPIC_BUCKETS
    assert Decimal(counted["cost_usd"]) == Decimal(ANTHROPIC_USD)
    totals = app.get("/overview")["totals"]
    assert (totals["requests"], Decimal(totals["cost_usd"])) == (1, Decimal(ANTHROPIC_USD))
    assert eventually(lambda: _said(app)) == ["Where is Oslo?", ANSWER]


def _said(app: Application) -> list[str]:
    spans = [span for each in app.traces() for span in app.get(f"/traces/{each['trace_id']}")["spans"]]
    return [message["content"] for span in spans for message in span["input_messages"] + span["output_messages"]]


@pytest.mark.parametrize("name", ["openinference_anthropic", "openllmetry_anthropic"])
def test_calls_to_anthropic_are_counted_once_though_its_own_library_reports_them_too(
    app: Application, python: Path, upstream: str, name: str
) -> None:
    _run(app, python, upstream, name)
    _check_anthropic(app)


@pytest.mark.parametrize("mode", ["SPAN_ONLY", "EVENT_ONLY", "SPAN_AND_EVENT"])
def test_opentelemetry_of_openai_with_content_in_spans_or_in_events(
    app: Application, python: Path, upstream: str, mode: str
) -> None:
    _run(
        app,
        python,
        upstream,
        "opentelemetry_openai",
        OTEL_SEMCONV_STABILITY_OPT_IN="gen_ai_latest_experimental",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=mode,
        OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT="true" if "EVENT" in mode else "false",
    )
    eventually(lambda: any(row["output_preview"] for row in app.traces()))
    _check(app, OPENAI_BUCKETS, OPENAI_USD)


@pytest.mark.parametrize("mode", ["SPAN_ONLY", "EVENT_ONLY"])
def test_opentelemetry_of_anthropic_with_content_in_spans_or_in_events(
    app: Application, python: Path, upstream: str, mode: str
) -> None:
    _run(
        app,
        python,
        upstream,
        "opentelemetry_anthropic",
        OTEL_SEMCONV_STABILITY_OPT_IN="gen_ai_latest_experimental",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=mode,
        OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT="true" if "EVENT" in mode else "false",
    )
    _check_anthropic(app)


def test_langchain_with_openinference_is_a_chain_around_one_call(app: Application, python: Path, upstream: str) -> None:
    _run(app, python, upstream, "openinference_langchain")
    listed = _check(app, OPENAI_BUCKETS, OPENAI_USD)
    spans = app.spans(listed["trace_id"])
    assert spans["ChatOpenAI"]["parent_span_id"] == spans["RunnableSequence"]["span_id"]
    assert listed["name"] == "RunnableSequence"


def test_langchain_with_openllmetry_above_and_beneath_reports_one_call(
    app: Application, python: Path, upstream: str
) -> None:
    _run(app, python, upstream, "openllmetry_langchain")
    listed = _check(app, OPENAI_BUCKETS, OPENAI_USD)
    assert listed["name"] == "RunnableSequence.workflow"
    assert listed["span_count"] > 2


def test_mlflow_exports_its_traces_over_otlp(app: Application, python: Path, upstream: str) -> None:
    _run(
        app,
        python,
        upstream,
        "mlflow_openai",
        MLFLOW_TRACKING_URI=app.address,
        OTEL_EXPORTER_OTLP_ENDPOINT="",  # with it, its small package would export metrics too, and fails on them
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{app.address}/v1/traces",
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_TRACES_HEADERS=f"authorization=Bearer%20{app.key},x-mlflow-experiment-id=1",
    )
    listed = _check(app, OPENAI_BUCKETS, OPENAI_USD)
    spans = app.spans(listed["trace_id"])
    assert listed["name"] == "guide"
    assert spans["Completions"]["parent_span_id"] == spans["guide"]["span_id"]
    assert spans["guide"]["attributes"]["trimtab.routed_project"] == "1"


def test_langfuse_sends_its_observations_over_opentelemetry(app: Application, python: Path, upstream: str) -> None:
    _run(app, python, upstream, "langfuse_agent")
    listed = _check(app, OPENAI_BUCKETS, OPENAI_USD)
    assert (listed["name"], listed["environment"]) == ("guide", "staging")


def test_the_json_exporter(app: Application, python: Path, upstream: str) -> None:
    _run(app, python, upstream, "openinference_openai", OTEL_EXPORTER_OTLP_PROTOCOL="http/json")
    _check(app, OPENAI_BUCKETS, OPENAI_USD)


def test_the_grpc_exporter(app: Application, python: Path, upstream: str) -> None:
    door = GrpcDoor(app.running.services)
    assert door.open("127.0.0.1", 0)
    try:
        _run(
            app,
            python,
            upstream,
            "openinference_openai",
            OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{door.port}",
        )
    finally:
        door.close()
    _check(app, OPENAI_BUCKETS, OPENAI_USD)
