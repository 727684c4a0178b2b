"""A client in Node, unmodified: the Vercel AI SDK under OpenTelemetry's JavaScript SDK.

Its packages come from the lock file into `.cache` at the first run; Node is the machine's own or comes from a wheel, as
for the console.
"""

import hashlib
import os
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from tests.traces.application import Application, eventually
from tests.traces.clients.provider import ANSWER, OPENAI_BUCKETS, OPENAI_USD, provider

_SOURCE = Path(__file__).with_name("node")
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Node:
    """An installed client, and the environment with its Node on the path."""

    folder: Path
    environment: dict[str, str]

    def run(self, app: Application, upstream: str, protocol: str) -> None:
        environment = {name: text for name, text in self.environment.items() if not name.startswith("OTEL_")}
        environment |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": app.address,
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{app.key}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        }
        node = shutil.which("node", path=environment["PATH"]) or "node"
        command = [node, "agent.mjs", upstream]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="session")
def node() -> Node:
    environment: dict[str, str] = runpy.run_path(str(_ROOT / "tools" / "setup.py"))["node_environment"]()
    sources = sorted(path for path in _SOURCE.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    folder = _ROOT / ".cache" / "clients-node" / digest[:16]
    done = folder / "complete"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path in sources:
            shutil.copy(path, folder / path.name)
        npm = shutil.which("npm", path=environment["PATH"]) or "npm"
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, env=os.environ | environment, check=True, timeout=600)
        done.touch()
    return Node(folder, environment)


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with provider() as address:
        yield address


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
def test_the_vercel_ai_sdk_reports_a_call_within_its_function(
    app: Application, node: Node, upstream: str, protocol: str
) -> None:
    node.run(app, upstream, protocol)
    (listed,) = eventually(app.traces)
    assert (listed["name"], listed["user_id"], listed["session_id"]) == ("ai.generateText", "user-7", "session-7")
    assert Decimal(listed["cost_usd"]) == Decimal(OPENAI_USD)
    spans = app.spans(listed["trace_id"])
    call = spans["ai.generateText.doGenerate"]
    assert call["parent_span_id"] == spans["ai.generateText"]["span_id"]
    assert {bucket: count for bucket, count in call["usage"].items() if count} == OPENAI_BUCKETS
    assert Decimal(call["cost_usd"]) == Decimal(OPENAI_USD)
    assert [message["content"] for message in call["input_messages"]] == ["Where is Oslo?"]
    assert [message["content"] for message in call["output_messages"]] == [ANSWER]
    totals = app.get("/overview")["totals"]
    assert (totals["requests"], totals["unpriced_requests"]) == (1, 0)
