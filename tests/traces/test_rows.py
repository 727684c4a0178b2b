"""What is written fits the tables column by column."""

import pytest

from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.store import rows


@pytest.mark.parametrize(("table", "names"), [("spans", rows._span_table([])), ("ledger", rows._ledger_table([]))])
def test_a_batch_has_every_column_of_its_table_but_the_one_that_the_engine_fills(
    warehouse: Warehouse, table: str, names: object
) -> None:
    columns = warehouse.query(
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {t:String}", {"t": table}
    )
    assert {row["name"] for row in columns} - set(names.column_names) == {"ingested_at"}  # type: ignore[attr-defined]
    assert set(names.column_names) <= {row["name"] for row in columns}  # type: ignore[attr-defined]
