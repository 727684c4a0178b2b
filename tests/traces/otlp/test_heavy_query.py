"""Questions that would eat the memory or the time are refused, and telemetry is taken while they are asked."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.conftest import Template, start
from tests.traces import payload
from tests.traces.application import Application, application, served
from tests.traces.payload import chat, post, request, span

from trimtab.base.errors import TooLarge, Unavailable
from trimtab.server.settings import Settings
from trimtab.storage.warehouse import open_warehouse
from trimtab.storage.warehouse.port import Limits, Warehouse

_MEMORY_BYTES = 64 * 1024 * 1024
_EATS_MEMORY = "SELECT length(groupArray(toString(sipHash128(number)))) AS n FROM numbers(1000000000)"
_EATS_TIME = "SELECT sum(sipHash64(number, a)) AS n FROM numbers(1000000000000) ARRAY JOIN range(10) AS a"
_ASKERS = 3
_BATCHES = 6
_SPANS_A_BATCH = 512


@pytest.fixture
def narrow(warehouse: Warehouse) -> Iterator[Warehouse]:
    """Give the run's warehouse with limits that a greedy question passes at once."""
    made = open_warehouse("", warehouse._folder, Limits(memory_bytes=_MEMORY_BYTES, time_s=1.0))  # type: ignore[attr-defined]
    yield made
    made.close()


@pytest.fixture
def app(tmp_path: Path, narrow: Warehouse, template: Template) -> Iterator[Application]:
    with (
        start(Settings(data_dir=tmp_path / "data"), narrow, template) as running,
        served(running) as address,
        application(running, address) as made,
    ):
        yield made


def _ask(warehouse: Warehouse, sql: str, enough: threading.Event) -> int:
    """Ask again and again; return how often the question was refused."""
    refused = 0
    while not enough.is_set():
        with pytest.raises((TooLarge, Unavailable)) as caught:
            warehouse.query(sql)
        refused += isinstance(caught.value, TooLarge)
    return refused


@pytest.mark.parametrize("question", [_EATS_MEMORY, _EATS_TIME], ids=["memory", "time"])
def test_the_collector_takes_everything_while_greedy_questions_are_refused(
    app: Application, narrow: Warehouse, question: str
) -> None:
    enough = threading.Event()
    with ThreadPoolExecutor(_ASKERS) as askers:
        asked = [askers.submit(_ask, narrow, question, enough) for _ in range(_ASKERS)]
        try:
            answers = [
                post(app, payload.protobuf(request(*(span("chat", chat()) for _ in range(_SPANS_A_BATCH)))))
                for _ in range(_BATCHES)
            ]
        finally:
            enough.set()
    assert [answer.status_code for answer in answers] == [200] * _BATCHES
    assert all(each.result() >= 1 for each in asked)
    app.running.services.intake.flush()
    assert app.get("/overview")["totals"]["requests"] == _BATCHES * _SPANS_A_BATCH
