"""The order that everything hangs on: first the record, then the end that a client can see."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes import upstream
from tests.fakes.upstream import FakeUpstream

from trimtab.gateway import record, request, resolve
from trimtab.gateway.answers import Headers
from trimtab.gateway.catalog import ProjectCatalog, Upstream
from trimtab.gateway.flight import Flight
from trimtab.gateway.metrics import Metrics
from trimtab.gateway.options import Options
from trimtab.gateway.record import Recorder
from trimtab.gateway.relay import Exchange, Relay
from trimtab.gateway.snapshot import Key, Provider
from trimtab.gateway.spool import Spool
from trimtab.gateway.upstream import Upstreams

KEY = Key(id="key_1", project_id="prj_1", environment="production", scopes=["call"])


class Client:
    """A client that notes how many records are written whenever it is sent something."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.seen: list[tuple[bytes, int]] = []

    async def client_disconnect(self) -> None:
        await asyncio.Event().wait()

    def response_bytes(self, _status: int, _headers: Headers, body: bytes) -> None:
        self.seen.append((body, self._spool.written))

    def response_stream(self, _status: int, _headers: Headers) -> "Client":
        return self

    async def send_bytes(self, data: bytes) -> None:
        self.seen.append((data, self._spool.written))


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeUpstream]:
    with upstream.running() as running:
        yield running


def options(folder: Path) -> Options:
    return Options(
        data_dir=folder,
        spool_dir=folder,
        server_url="",
        internal_token="",
        max_body_bytes=1 << 20,
        connect_timeout_s=5,
        first_token_timeout_s=5,
        idle_timeout_s=5,
        total_timeout_s=5,
        shutdown_timeout_s=5,
        capture_content=True,
        spool_max_bytes=1 << 30,
        spool_segment_bytes=1 << 20,
        ship_batch=500,
        ship_interval_s=0.2,
        snapshot_wait_s=20,
    )


async def relay(folder: Path, fake: FakeUpstream, model: str, *, stream: bool) -> list[tuple[bytes, int]]:
    """Relay one call and return what the client was sent, each with how many records there were at that moment."""
    spool = Spool(folder, segment_bytes=1 << 20, max_bytes=1 << 30)
    client = Client(spool)
    asked = Upstream(Provider(name="fake", kind="openai", base_url=fake.base_url), "")
    chat = request.parse(upstream.request_for(f"fake/{model}", stream=stream))
    task = asyncio.current_task()
    assert task is not None
    flight = Flight(client, task, time.monotonic() + 5, "answer")
    call = record.begin(KEY, {}, time.time_ns())
    plan = resolve.plan(ProjectCatalog("prj_1", {"fake": asked}, {}, {}), KEY, chat)
    upstreams = Upstreams(options(folder))
    runner = Relay(upstreams, Recorder(spool, Metrics(), capture_content=True), options(folder))
    exchange = Exchange(client, flight, call, plan, [])
    await (runner.stream(exchange) if stream else runner.plain(exchange))
    await upstreams.close()
    spool.close()
    return client.seen


@pytest.mark.parametrize("model", ["fake", "fake?status=400", "fake?status=500", "fake?close_after=0", "fake?body=x"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_or_an_error_is_sent_after_its_record(
    tmp_path: Path, fake: FakeUpstream, model: str, *, stream: bool
) -> None:
    seen = asyncio.run(relay(tmp_path, fake, model, stream=stream))
    assert seen[-1][1] == 1


@pytest.mark.parametrize("model", ["fake?chunks=9&gap_ms=5", "fake?chunks=9&gap_ms=5&close_after=4"])
def test_of_a_stream_only_the_end_waits_for_the_record(tmp_path: Path, fake: FakeUpstream, model: str) -> None:
    seen = asyncio.run(relay(tmp_path, fake, model, stream=True))
    *before, last = [written for _, written in seen]
    assert before == [0] * len(before)
    assert len(before) > 3
    assert last == 1
    ends = [b"[DONE]" in data or b'"error"' in data for data, _ in seen]
    assert ends == [False] * len(before) + [True]
