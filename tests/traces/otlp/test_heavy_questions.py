"""A question that would eat the memory is refused in words, and the collector keeps its pace meanwhile."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Template, start
from tests.traces.application import Application, application, served
from tests.traces.payload import accepted, chat, span

from trimtab.server.settings import Settings
from trimtab.storage.warehouse import open_warehouse
from trimtab.storage.warehouse.port import DEFAULT_LIMITS, Limits, Parameter, Row, Warehouse

_LIMIT_MIB = 24


class _Narrow:
    """The real warehouse, whose questions may take little memory."""

    def __init__(self, warehouse: Warehouse, narrow: Warehouse) -> None:
        self._warehouse = warehouse
        self._narrow = narrow

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        return self._narrow.query(sql, parameters)


@pytest.fixture
def app(tmp_path: Path, warehouse: Warehouse, template: Template) -> Iterator[Application]:
    folder = warehouse._folder  # type: ignore[attr-defined]
    limits = Limits(memory_bytes=_LIMIT_MIB * 1024 * 1024, time_s=DEFAULT_LIMITS.time_s)
    narrow = open_warehouse("", folder, limits)
    with (
        start(Settings(data_dir=tmp_path / "data"), _Narrow(warehouse, narrow), template) as running,  # type: ignore[arg-type]
        served(running) as address,
        application(running, address) as made,
    ):
        yield made
    narrow.close()


def test_a_question_that_needs_too_much_memory_is_refused_while_spans_come_in(app: Application) -> None:
    for batch in range(8):
        large = [span("chat", chat(document=f"{batch}-{number} " * 12_000)) for number in range(50)]
        accepted(app, *large)
    path = f"/api/v1/projects/{app.project_id}/trace-groups"
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(app.reader.get, path, params={"by": 'attributes["document"]'}) for _ in range(4)]
        for _ in range(5):
            accepted(app, span("chat", chat()))
        answers = [each.result(timeout=60) for each in asked]
    for answer in answers:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (413, "query_too_large")
        assert f"{_LIMIT_MIB} MiB" in error["message"]
        assert "shorter time range" in error["hint"]
    groups = app.get("/trace-groups", by="model")["items"]
    assert [(row["key"], row["traces"]) for row in groups] == [("openai/gpt-4o", 405)]
