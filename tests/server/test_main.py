"""The server as a process: it starts, says what is wrong in one line, and stops cleanly."""

import contextlib
import dataclasses
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from trimtab.server import main
from trimtab.server.settings import Settings

_DEADLINE_S = 60.0


def _environment(data_dir: Path, **settings: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRIMTAB_")}
    return (
        inherited | {"TRIMTAB_DATA_DIR": str(data_dir), "TRIMTAB_ADMIN_PASSWORD": "a long enough password"} | settings
    )


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def _server(data_dir: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "trimtab.server.main"],
        env=_environment(data_dir, TRIMTAB_SERVER_PORT=str(port), **settings),
        cwd=Path(__file__).parent,  # without a trimtab.toml
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _wait_until_ready(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1]
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200:
                return
    pytest.fail("the server was not ready in time")


def _refused(data_dir: Path, **settings: str) -> str:
    """Return what a server that does not start says."""
    finished = subprocess.run(
        [sys.executable, "-m", "trimtab.server.main"],
        env=_environment(data_dir, **({"TRIMTAB_SERVER_PORT": "0"} | settings)),
        cwd=Path(__file__).parent,  # without a trimtab.toml
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=False,
    )
    assert finished.returncode == 2, finished.stderr
    assert "Traceback" not in finished.stderr
    return finished.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_told_to_stop_and_leaves_with_zero(tmp_path: Path, number: signal.Signals) -> None:
    port = _free_port()
    with _server(tmp_path / "data", port) as process:
        _wait_until_ready(process, port)
        process.send_signal(number)
        assert process.wait(_DEADLINE_S) == 0


def test_it_picks_up_where_it_was(tmp_path: Path) -> None:
    port = _free_port()
    credentials = {"email": "admin@trimtab.local", "password": "a long enough password"}
    projects = []
    for _ in range(2):
        with _server(tmp_path / "data", port) as process, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
            _wait_until_ready(process, port)
            session = client.post("/api/v1/auth/login", json=credentials).raise_for_status().json()
            projects.append(session["projects"])
            process.terminate()
            process.wait(_DEADLINE_S)
    assert len(projects[0]) == 1
    assert projects[0] == projects[1]


def test_a_request_that_runs_is_finished_before_it_stops(tmp_path: Path) -> None:
    port = _free_port()
    with _server(tmp_path / "data", port) as process, socket.socket() as caller:
        _wait_until_ready(process, port)
        caller.settimeout(_DEADLINE_S)
        caller.connect(("127.0.0.1", port))
        body = b'{"email": "admin@trimtab.local", "password": "a long enough password"}'
        head = (
            b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        )
        caller.sendall(head % len(body) + b"Expect: 100-continue\r\n\r\n")
        assert caller.recv(1000).startswith(b"HTTP/1.1 100")
        process.terminate()
        caller.sendall(body)
        assert caller.recv(10_000).startswith(b"HTTP/1.1 200")
        assert process.wait(_DEADLINE_S) == 0


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = _refused(tmp_path / "data", TRIMTAB_SERVER_PORT=str(port))
    assert said.splitlines()[0] == f"trimtab server: cannot listen on 127.0.0.1:{port}: Address already in use"
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = _refused(tmp_path / "file" / "data")
    assert said.startswith(f"trimtab server: the data folder '{tmp_path}/file/data' cannot be written: Not a directory")


def test_bad_settings_are_all_said_at_once(tmp_path: Path) -> None:
    said = _refused(tmp_path / "data", TRIMTAB_LOG_LEVEL="loud", TRIMTAB_SESSION_DAYS="0")
    assert "TRIMTAB_LOG_LEVEL" in said
    assert "TRIMTAB_SESSION_DAYS" in said


def test_another_master_key_than_that_of_the_store_is_refused(tmp_path: Path) -> None:
    port = _free_port()
    with _server(tmp_path / "data", port) as process:
        _wait_until_ready(process, port)
    said = _refused(tmp_path / "data", TRIMTAB_MASTER_KEY="ab" * 32)
    assert "the master key is not the one that this store was made with" in said
    assert "trimtab admin forget-master-key" in said


def test_a_lost_master_key_can_be_given_up_with_the_secrets_that_it_sealed(tmp_path: Path) -> None:
    port, data_dir = _free_port(), tmp_path / "data"
    with _server(data_dir, port) as process:
        _wait_until_ready(process, port)
    (data_dir / "master.key").unlink()
    _refused(data_dir)
    command = [sys.executable, "-m", "trimtab.server.admin", "forget-master-key", "--data", str(data_dir)]
    done = subprocess.run(command, env=_environment(data_dir), capture_output=True, text=True, check=True)
    assert "Enter the secrets of all providers again" in done.stdout
    with _server(data_dir, port) as process:
        _wait_until_ready(process, port)


def test_a_store_of_a_newer_build_is_refused(tmp_path: Path) -> None:
    port = _free_port()
    with _server(tmp_path / "data", port) as process:
        _wait_until_ready(process, port)
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "meta.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "the meta store is at migration '9999'" in _refused(tmp_path / "data")


def test_the_data_folder_and_the_master_key_are_for_their_owner_alone(tmp_path: Path) -> None:
    port = _free_port()
    with _server(tmp_path / "data", port) as process:
        _wait_until_ready(process, port)
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data" / "master.key").stat().st_mode & 0o077 == 0


@pytest.mark.postgres
def test_it_runs_on_postgresql(tmp_path: Path, postgres_database: str) -> None:
    port = _free_port()
    url = postgres_database.replace("postgresql+psycopg://", "postgresql://")
    with _server(tmp_path / "data", port, TRIMTAB_META_URL=url) as process:
        _wait_until_ready(process, port)
        answer = httpx2.post(
            f"http://127.0.0.1:{port}/api/v1/auth/login",
            json={"email": "admin@trimtab.local", "password": "a long enough password"},
        )
        assert answer.status_code == 200, answer.text
        process.terminate()
        assert process.wait(_DEADLINE_S) == 0
    assert not (tmp_path / "data" / "meta.db").exists()


@pytest.mark.parametrize(("trusted", "counted_apart"), [("", False), ("127.0.0.1", True)])
def test_only_a_trusted_proxy_says_where_a_wrong_password_comes_from(
    tmp_path: Path, trusted: str, *, counted_apart: bool
) -> None:
    port = _free_port()
    guess = {"email": "admin@trimtab.local", "password": "not the password"}
    with _server(tmp_path / "data", port, TRIMTAB_TRUSTED_PROXIES=trusted) as process:
        _wait_until_ready(process, port)
        statuses = [
            httpx2.post(
                f"http://127.0.0.1:{port}/api/v1/auth/login",
                json=guess,
                headers={"x-forwarded-for": f"192.0.2.{number}"},
            ).status_code
            for number in range(7)
        ]
    assert statuses == ([401] * 7 if counted_apart else [401] * 5 + [429] * 2)


def test_telemetry_is_taken_at_the_standard_port_too(tmp_path: Path) -> None:
    port, second = _free_port(), _free_port()
    with _server(tmp_path / "data", port, TRIMTAB_OTLP_HTTP_PORT=str(second), TRIMTAB_OTLP_GRPC_PORT="0") as process:
        _wait_until_ready(process, port)
        answer = httpx2.post(f"http://127.0.0.1:{second}/v1/traces", json={"resourceSpans": []})
        assert answer.status_code == 401
        assert "OTEL_EXPORTER_OTLP_HEADERS" in answer.text


@pytest.mark.parametrize("variable", ["TRIMTAB_OTLP_HTTP_PORT", "TRIMTAB_OTLP_GRPC_PORT"])
def test_a_port_for_telemetry_that_was_asked_for_and_is_in_use_stops_the_start(tmp_path: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = _refused(tmp_path / "data", **{variable: str(taken.getsockname()[1])})
    assert variable in said


def test_the_standard_port_in_use_is_said_in_one_line_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        standard = dataclasses.replace(Settings(data_dir=tmp_path), otlp_http_port=taken.getsockname()[1])
        with main._second_door(standard) as second:
            assert second is None
    (line,) = caplog.messages
    assert "is taken at port 4100" in line
