"""A real gateway process between a fake upstream and a fake control plane."""

import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from openai import OpenAI
from tests.fakes import control_plane, upstream
from tests.fakes.control_plane import ControlPlane
from tests.fakes.upstream import FakeUpstream

from trimtab.gateway.snapshot import Key, Message, Project, Provider, Release, Snapshot, Variable
from trimtab.identity.secrets import MasterKey, provider_context
from trimtab.llm.call import Call

KEY = "tt_the-key-of-the-tests-0123456789abcdefghijk"
EXPIRED_KEY = "tt_expired-0123456789"
READ_ONLY_KEY = "tt_read-only-0123456789"
OTHER_KEY = "tt_of-another-project-0123456789"
SILENT_KEY = "tt_whose-messages-are-not-kept-0123456789"
SECRET = "sk-the-secret-of-the-provider-4321"
PATIENCE_S = 10.0

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], what: str, within_s: float = PATIENCE_S) -> Found:
    """Look again and again until something true is found, and return it."""
    limit = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < limit, f"{what}: not within {within_s} s"
        time.sleep(0.01)


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def prompts() -> dict[str, Release]:
    answer = Release(
        id="rel_answer",
        prompt="support/answer",
        version=3,
        environment="production",
        arm="main",
        model="fast",
        parameters=b'{"temperature": 0.2, "max_tokens": 64}',
        overridable=["max_tokens"],
        messages=[
            Message(role="system", template="You help with {{ product }}."),
            Message(role="user", template="{{ question }} ({{ limit }})"),
        ],
        variables=[
            Variable(name="product"),
            Variable(name="question"),
            Variable(name="limit", type="integer", required=False, default=b"3"),
        ],
    )
    free = msgspec.structs.replace(
        answer,
        id="rel_free",
        prompt="free",
        overridable=["*"],
        messages=[Message(role="system", template="Hi.")],
        variables=[],
    )
    lost = msgspec.structs.replace(free, id="rel_lost", prompt="lost", model="gone/model")
    staging = msgspec.structs.replace(answer, id="rel_staging", version=4, environment="staging")
    return {f"{each.prompt}@{each.environment}": each for each in (answer, free, lost, staging)}


def snapshot_for(base_url: str, master: MasterKey, **more: Provider) -> Snapshot:
    sealed = master.secret_box().seal(SECRET, provider_context("prj_1", "fake"))
    fake = Provider(name="fake", kind="openai", base_url=base_url, secret=sealed, models=["fake", "org/model"])
    providers = {
        "fake": fake,
        "dropping": msgspec.structs.replace(fake, name="dropping", secret=None, keep_alive=False),
        "dead": Provider(name="dead", kind="vllm", base_url=f"http://127.0.0.1:{free_port()}/v1"),
        "no-url": Provider(name="no-url", kind="vllm", base_url="no url"),
        "bad-header": msgspec.structs.replace(fake, name="bad-header", secret=None, headers={"x-team": "a\nb"}),
        **more,
    }
    call = ["call"]
    return Snapshot(
        revision=1,
        keys={
            hashed(KEY): Key(id="key_1", project_id="prj_1", environment="production", scopes=call, name="tests"),
            hashed(EXPIRED_KEY): Key(
                id="key_2", project_id="prj_1", environment="production", scopes=call, expires_at_ns=1, name="old"
            ),
            hashed(READ_ONLY_KEY): Key(
                id="key_3", project_id="prj_1", environment="production", scopes=["read"], name="reader"
            ),
            hashed(OTHER_KEY): Key(id="key_4", project_id="prj_2", environment="production", scopes=call, name="other"),
            hashed(SILENT_KEY): Key(
                id="key_5", project_id="prj_1", environment="production", scopes=call, name="silent", content_share=0.0
            ),
        },
        projects={
            "prj_1": Project(id="prj_1", providers=providers, aliases={"fast": "fake/fake"}, releases=prompts()),
            "prj_2": Project(id="prj_2"),
        },
    )


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        return dict(self.json()["error"])


@dataclass
class Gateway:
    """A gateway process and its surroundings."""

    data_dir: Path
    plane: ControlPlane
    upstream: FakeUpstream
    port: int
    settings: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    log_path: Path = field(default_factory=Path)

    def start(self, *, wait: bool = True) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRIMTAB_")}
        environment.update(
            TRIMTAB_DATA_DIR=str(self.data_dir),
            TRIMTAB_GATEWAY_PORT=str(self.port),
            TRIMTAB_SERVER_URL=self.plane.url,
            **{f"TRIMTAB_{name.upper()}": value for name, value in self.settings.items()},
        )
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "trimtab.server.gateway"],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=self.data_dir,
            )
        if wait:
            eventually(self.is_ready, f"the gateway is ready; its log:\n{self.log()}")

    def is_ready(self) -> bool:
        try:
            return self.get("/health/ready").status == 200
        except OSError:
            assert self.process is not None
            assert self.process.poll() is None, f"the gateway ended: {self.log()}"
            return False

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [pid for pid in map(int, children) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def kill(self) -> None:
        """Kill master and workers without a chance to say goodbye, as a lost machine would."""
        assert self.process is not None
        pids = [self.process.pid, *self.workers()]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        eventually(lambda: not any(is_alive(pid) for pid in pids), "all are dead")

    def stop(self) -> int:
        """Ask the gateway to stop, and return its exit code."""
        if self.process is None or self.process.poll() is not None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def log(self) -> str:
        return self.log_path.read_text() if self.log_path.exists() else ""

    def client(self, key: str = KEY) -> OpenAI:
        return OpenAI(base_url=f"http://127.0.0.1:{self.port}/v1", api_key=key, max_retries=0, timeout=20)

    def get(self, path: str, key: str = "", method: str = "GET") -> Answer:
        return self.send(method, path, b"", {"authorization": f"Bearer {key}"} if key else {})

    def call(self, body: Any, key: str = KEY, headers: dict[str, str] | None = None) -> Answer:
        """Post to the chat route; a body that is not bytes is sent as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {key}", "content-type": "application/json", **(headers or {})}
        return self.send("POST", "/v1/chat/completions", raw, sent)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def raw(self) -> socket.socket:
        """Return a connection on which anything can be sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def record(self, request_id: str, within_s: float = PATIENCE_S) -> Call:
        """Return the record of a call, as soon as it was delivered."""
        return eventually(lambda: self.plane.kept().get(request_id), f"a record of {request_id}", within_s)

    def record_of(self, answer: Answer) -> Call:
        return self.record(answer.headers["x-request-id"])

    def metric(self, name: str) -> float:
        found = re.search(
            rf"^trimtab_gateway_{name}{{[^}}]*}} (\S+)$", self.get("/metrics").body.decode(), re.MULTILINE
        )
        assert found, name
        return float(found[1])


def chat(model: str = "fake/fake", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Hello"}], **more}


def head_bytes(*headers: str, key: str = KEY) -> bytes:
    """Return the head of a call as it goes over the wire."""
    lines = ["POST /v1/chat/completions HTTP/1.1", "host: x", f"authorization: Bearer {key}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def request_bytes(body: dict[str, Any]) -> bytes:
    """Return a whole call as it goes over the wire."""
    raw = json.dumps(body).encode()
    return head_bytes(f"content-length: {len(raw)}") + raw


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def stage(folder: Path, *, start: bool = True, **settings: Any) -> Iterator[Gateway]:
    """Set up a gateway with these settings, and take everything down at the end."""
    data_dir = folder / "data"
    data_dir.mkdir(parents=True)
    master = MasterKey.load(data_dir)
    with upstream.running() as fake:
        current = snapshot_for(fake.base_url, master)
        with control_plane.running(master.internal_token(), current) as plane:
            texts = {"log_level": "warning", **{name: str(value) for name, value in settings.items()}}
            gateway = Gateway(data_dir, plane, fake, free_port(), texts, log_path=folder / "gateway.log")
            try:
                if start:
                    gateway.start()
                yield gateway
            finally:
                gateway.stop()
