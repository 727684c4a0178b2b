"""The gateway as a process: light, frank about what is wrong with its settings, and open about its state."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.stage import SILENT_KEY, Gateway, chat, eventually, free_port, stage

HEAVY = ("fastapi", "starlette", "uvicorn", "pydantic", "sqlalchemy", "alembic", "chdb", "pyarrow", "pandas", "numpy")

# Python runs a module of this name at every start. It makes the worker tell what it has loaded when it is asked.
TELL_TALE = """
import os, signal, sys
def tell(*_):
    with open(os.path.join(os.environ["TELL_TALE"], str(os.getpid())), "w") as file:
        file.write("\\n".join(sorted(sys.modules)))
signal.signal(signal.SIGUSR2, tell)
"""


def test_a_running_worker_has_no_web_framework_no_sql_and_no_data_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tell"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(TELL_TALE)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("TELL_TALE", str(folder))
    with stage(tmp_path) as gateway:
        for body in (chat(), chat(stream=True), {"model": "prompt:free"}, chat("nowhere/x")):
            gateway.call(body)
        assert gateway.process is not None
        (worker,) = gateway.workers()
        for pid in (worker, gateway.process.pid):
            os.kill(pid, signal.SIGUSR2)
            told = folder / str(pid)
            eventually(lambda told=told: told.exists() and told.read_text(), f"{pid} tells")
            loaded = {name.partition(".")[0] for name in told.read_text().split()}
            assert "granian" in loaded
            assert not loaded & set(HEAVY)
            assert ("pyreqwest" in loaded) == (pid == worker)


def run(folder: Path, **settings: Any) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRIMTAB_")}
    environment.update(TRIMTAB_DATA_DIR=str(folder / "data"), TRIMTAB_GATEWAY_PORT=str(free_port()))
    environment.update({f"TRIMTAB_{name.upper()}": str(value) for name, value in settings.items()})
    command = [sys.executable, "-m", "trimtab.server.gateway"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, cwd=folder, check=False)


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run(tmp_path, gateway_port=taken.getsockname()[1])
    assert ended.returncode == 2
    assert "cannot listen on 127.0.0.1" in ended.stderr
    assert "TRIMTAB_GATEWAY_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_data_folder_that_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    ended = run(tmp_path)
    assert ended.returncode == 2
    assert "cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_all_bad_settings_are_said_at_once(tmp_path: Path) -> None:
    ended = run(tmp_path, gateway_workers="many", max_body_bytes=-1)
    assert ended.returncode == 2
    assert "TRIMTAB_GATEWAY_WORKERS" in ended.stderr
    assert "TRIMTAB_MAX_BODY_BYTES" in ended.stderr


def test_health_and_metrics_need_no_key(gateway: Gateway) -> None:
    assert gateway.get("/health/live").json() == {"status": "ok"}
    ready = gateway.get("/health/ready")
    assert (ready.status, ready.json()["status"]) == (200, "ready")
    head = gateway.get("/health/live", method="HEAD")
    assert (head.status, head.body) == (200, b"")


def test_metrics_count_calls_by_how_they_ended(gateway: Gateway) -> None:
    def count(outcome: str) -> float:
        lines = gateway.get("/metrics").body.decode().splitlines()
        return next(float(line.split()[-1]) for line in lines if "calls_total{" in line and f'"{outcome}"' in line)

    before = {outcome: count(outcome) for outcome in ("ok", "refused", "upstream_error")}
    gateway.call(chat())
    gateway.call(chat(stream=True))
    gateway.call(chat("nowhere/x"))
    gateway.call(chat("fake/fake?status=500"))
    after = {outcome: count(outcome) - before[outcome] for outcome in before}
    assert after == {"ok": 2, "refused": 1, "upstream_error": 1}


def test_metrics_are_what_prometheus_reads(gateway: Gateway) -> None:
    answer = gateway.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    kinds = {}
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in kinds
            kinds[name] = kind
            continue
        name, value = line.rsplit(" ", 1)
        float(value)
        family = name.partition("{")[0]
        assert any(family in {each, f"{each}_bucket", f"{each}_sum", f"{each}_count"} for each in kinds), line
    assert kinds["trimtab_gateway_calls_total"] == "counter"
    assert kinds["trimtab_gateway_call_seconds"] == "histogram"


def test_content_is_left_out_of_records_where_it_must_not_be_kept(tmp_path: Path) -> None:
    with stage(tmp_path, capture_content=False) as gateway:
        call = gateway.record_of(gateway.call(chat(stream=True, temperature=0.1)))
        assert (call.input_messages, call.output_messages, call.parameters, call.variables) == (b"", b"", b"", b"")
        assert call.attempts[0].usage is not None
        call = gateway.record_of(gateway.call({**chat("prompt:support/answer"), "metadata": {"product": "secret"}}))
        assert (call.error_code, call.variables, call.metadata) == ("missing_variable", b"", {})
        assert (call.input_messages, call.parameters) == (b"", b"")


def test_a_message_that_must_not_be_kept_is_in_no_file_of_the_gateway(tmp_path: Path) -> None:
    secret = "violet-umbrella-7731"
    body = chat(stream=True, stop=[secret]) | {"messages": [{"role": "user", "content": secret}]}
    refused = {**chat("prompt:support/answer"), "metadata": {"product": secret}}
    # Records wait in the spool, so that what is looked through is what a record leaves on the disk.
    with stage(tmp_path, ship_interval_ms=60_000) as gateway:
        for answer in (gateway.call(body, key=SILENT_KEY), gateway.call(refused, key=SILENT_KEY)):
            assert answer.headers["x-request-id"]
        assert files_with(tmp_path, secret) == []
        gateway.call(body)
        assert files_with(tmp_path, secret)
    silent = [call for call in gateway.plane.kept().values() if call.key_id == "key_5"]
    assert [(call.input_messages, call.output_messages, call.variables) for call in silent] == [(b"", b"", b"")] * 2
    assert [call.keeps_content for call in silent] == [False, False]
    assert any(attempt.usage is not None for call in silent for attempt in call.attempts)


def files_with(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
