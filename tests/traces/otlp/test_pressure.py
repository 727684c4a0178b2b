"""When the server cannot store, it says so and when to come again; nothing is acknowledged that is not stored."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from tests.conftest import Template, start
from tests.traces import payload
from tests.traces.application import Application, application, served
from tests.traces.payload import chat, post, request, span

from trimtab.base.errors import Unavailable
from trimtab.server.grpc_door import GrpcDoor
from trimtab.server.settings import Settings
from trimtab.storage.warehouse.port import Warehouse

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


class _Moody:
    """The real warehouse, which takes no rows while `is_full`."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.is_full = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        if self.is_full:
            raise Unavailable("there is no space left", hint="Make some.")
        self._warehouse.insert(table, rows, token=token)


@pytest.fixture(scope="module")
def moody(warehouse: Warehouse) -> _Moody:
    return _Moody(warehouse)


@pytest.fixture
def app(tmp_path: Path, moody: _Moody, template: Template) -> Iterator[Application]:
    moody.is_full = False
    settings = Settings(data_dir=tmp_path / "data")
    with (
        start(settings, moody, template) as running,  # type: ignore[arg-type]
        served(running) as address,
        application(running, address) as made,
    ):
        yield made


def test_a_store_that_is_full_is_503_with_the_time_to_come_again(app: Application, moody: _Moody) -> None:
    sent = span("chat", chat())
    moody.is_full = True
    answer = post(app, payload.protobuf(request(sent)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert Status.FromString(answer.content).code == 14
    assert app.traces() == []
    assert app.get("/ingest/dead-letters")["items"] == []
    moody.is_full = False
    assert post(app, payload.protobuf(request(sent))).status_code == 200
    (listed,) = app.traces()
    assert listed["cost_usd"] == "0.00045"


def test_too_many_at_once_are_429_with_the_time_to_come_again(app: Application) -> None:
    receiver = app.running.services.receiver
    held = []
    while receiver._places.acquire(blocking=False):
        held.append(1)
    answer = post(app, request(span("chat", chat())))
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (429, "1", 8)
    receiver._places.release(len(held))
    assert post(app, request(span("chat", chat()))).status_code == 200


def test_grpc_says_the_same_with_retry_info(app: Application, moody: _Moody) -> None:
    door = GrpcDoor(app.running.services)
    assert door.open("127.0.0.1", 0)
    moody.is_full = True
    try:
        with grpc.insecure_channel(f"127.0.0.1:{door.port}") as channel:
            export = channel.unary_unary(_EXPORT)
            metadata = [("authorization", f"Bearer {app.key}")]
            with pytest.raises(grpc.RpcError) as failed:
                export(payload.protobuf(request(span("chat", chat()))), metadata=metadata)
            with pytest.raises(grpc.RpcError) as refused:
                export(b"")
            with pytest.raises(grpc.RpcError) as damaged:
                export(b"\xff\xff", metadata=metadata)
    finally:
        door.close()
    assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
    details = dict(failed.value.trailing_metadata())["grpc-status-details-bin"]
    info = RetryInfo()
    assert Status.FromString(details).details[0].Unpack(info)
    assert info.retry_delay.seconds == 5
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert damaged.value.code() is grpc.StatusCode.INVALID_ARGUMENT
