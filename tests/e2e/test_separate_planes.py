"""Server and gateways as separate processes with folders of their own, over PostgreSQL: as they run in production."""

import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from tests.e2e.installation import EMAIL, PASSWORD, answers, clean_environment, eventually

from trimtab.server import first_run

pytestmark = pytest.mark.postgres

Start = Callable[..., None]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give a starter of processes; it waits until they are ready, and ends them with the test."""
    with ExitStack() as ends:

        def run(module: str, url: str, **settings: str) -> None:
            output = ends.enter_context((tmp_path / f"{module}-{url[-5:]}.log").open("wb"))
            environment = clean_environment() | {f"TRIMTAB_{name.upper()}": value for name, value in settings.items()}
            process = subprocess.Popen(
                [sys.executable, "-m", module], env=environment, cwd=tmp_path, stdout=output, stderr=output
            )
            ends.callback(process.wait, timeout=30)
            ends.callback(process.send_signal, signal.SIGTERM)
            eventually(lambda: answers(f"{url}/health/ready"), f"{module}: {Path(output.name).read_text()}", 40)

        yield run


def free_port() -> str:
    """Return a port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])


def test_two_gateways_serve_one_server_and_share_no_folder(
    tmp_path: Path, start: Start, postgres_database: str, fake: str
) -> None:
    shared = {"master_key": secrets.token_hex(32)}
    server_port = free_port()
    server_url = f"http://127.0.0.1:{server_port}"
    start(
        "trimtab.server.main",
        server_url,
        **shared,
        data_dir=str(tmp_path / "server"),
        meta_url=postgres_database.replace("+psycopg", ""),
        server_port=server_port,
        admin_password=PASSWORD,
    )
    handover = first_run.read(tmp_path / "server")
    assert handover is not None
    gateways = []
    for name in ("one", "two"):
        port = free_port()
        gateways.append(f"http://127.0.0.1:{port}")
        folder = str(tmp_path / name)
        start(
            "trimtab.server.gateway", gateways[-1], **shared, data_dir=folder, gateway_port=port, server_url=server_url
        )

    with httpx2.Client(base_url=server_url, timeout=20) as api:
        session = api.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD}).json()
        api.headers["x-csrf-token"] = session["csrf_token"]
        project = f"/api/v1/projects/{handover.project_id}"
        provider = {"name": "fake", "kind": "openai_compatible", "base_url": fake, "secret": "sk-of-the-test"}
        assert api.post(f"{project}/providers", json=provider).is_success

        trace_ids = {eventually(lambda url=url: call(url, handover.api_key), f"an answer by {url}") for url in gateways}
        assert len(trace_ids) == 2
        eventually(
            lambda: trace_ids <= {row["trace_id"] for row in api.get(f"{project}/traces").json()["items"]},
            "both calls as traces",
        )


def call(gateway_url: str, key: str) -> str:
    """Call the fake model; return the trace id, or an empty text while the gateway does not know the provider yet."""
    body = {"model": "fake/fake", "messages": [{"role": "user", "content": "Hello"}]}
    answer = httpx2.post(
        f"{gateway_url}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}"}, timeout=20
    )
    return answer.headers["x-trimtab-trace-id"] if answer.is_success else ""
