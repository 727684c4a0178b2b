"""The sample calls are ordinary HTTP, so a small real server stands for the gateway here."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from trimtab.prompts import template
from trimtab.prompts.variable import Variable
from trimtab.prompts.version import Message
from trimtab.server import first_run, samples
from trimtab.server.first_run import Handover


@dataclass
class Gateway:
    """What the stand-in saw, and what it answers to calls that have all they need."""

    url: str = ""
    status: int = 200
    seen: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    state = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
            is_complete = "question" in body.get("metadata", {"question": ""})
            self.send_response(state.status if is_complete else 400)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def hand_over(folder: Path, gateway_url: str, key: str = "tt_key") -> None:
    first_run.write(
        folder,
        Handover(server_url="", gateway_url=gateway_url, project_id="prj_1", project="default", email="", api_key=key),
    )


def test_the_calls_are_marked_and_made_once(tmp_path: Path, gateway: Gateway) -> None:
    hand_over(tmp_path, gateway.url)
    assert samples.main([str(tmp_path)]) == 0
    made = len(gateway.seen)
    assert made >= 5
    assert all(headers["x-trimtab-sample"] == "1" for headers, _ in gateway.seen)
    assert {body.get("stream", False) for _, body in gateway.seen} == {True, False}
    assert samples.are_done(tmp_path)
    assert samples.main([str(tmp_path)]) == 0
    assert len(gateway.seen) == made


def test_calls_that_fail_are_made_at_the_next_start(
    tmp_path: Path, gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_over(tmp_path, gateway.url)
    gateway.status = 503
    assert samples.main([str(tmp_path)]) == 1
    assert "a sample call failed, the rest comes at the next start: status 503" in capsys.readouterr().out
    assert not samples.are_done(tmp_path)
    gateway.status = 200
    assert samples.main([str(tmp_path)]) == 0
    assert samples.are_done(tmp_path)


def test_without_a_key_nothing_is_called(tmp_path: Path, gateway: Gateway) -> None:
    hand_over(tmp_path, gateway.url, key="")
    assert samples.main([str(tmp_path)]) == 0
    assert gateway.seen == []


def test_each_draft_of_the_sample_prompt_renders_with_the_sample_question() -> None:
    variables = [
        Variable(
            name=each.name,
            type=each.type,
            required=each.default is None,
            default=each.default.encode() if each.default else None,
        )
        for each in samples.INPUTS
    ]
    for draft in samples.DRAFTS:
        messages = [Message(role=role, template=text) for role, text in draft.messages]
        rendered = template.compile(messages, variables).render(
            {"product": samples.PRODUCT, "question": samples.QUESTION}
        )
        assert rendered[-1] == {"role": "user", "content": samples.QUESTION}
        assert samples.PRODUCT in rendered[0]["content"]
