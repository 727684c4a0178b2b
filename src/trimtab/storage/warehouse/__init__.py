"""The warehouse: append-mostly rows (spans, ledger) on one engine twice, embedded in the process or over HTTP.

`port.py` says what it promises, `embedded.py` and `cluster.py` keep the promise, `tables.py` makes the clauses in which
the two differ. An engine is imported only when it is opened: the embedded one hangs in a forked child even if it was
merely imported there, so only the process that owns the folder may load it.
"""

from pathlib import Path

from trimtab.storage.warehouse.port import DEFAULT_LIMITS, Limits, Warehouse


def open_warehouse(url: str, folder: Path, limits: Limits = DEFAULT_LIMITS) -> Warehouse:
    """Open the ClickHouse at `url`, or the embedded warehouse in `folder` when `url` is empty, and bring it up to date.

    The caller owns the result and closes it. One process may have an embedded folder open.

    Raises:
        BadSetting: the folder is held by another process or cannot be written, or the server does not answer.
    """
    warehouse: Warehouse
    if url:
        from trimtab.storage.warehouse.cluster import ClusterWarehouse  # noqa: PLC0415 - see the module's text

        warehouse = ClusterWarehouse(url, limits)
    else:
        from trimtab.storage.warehouse.embedded import EmbeddedWarehouse  # noqa: PLC0415 - see the module's text

        warehouse = EmbeddedWarehouse(folder, limits)
    try:
        warehouse.migrate()
    except BaseException:
        warehouse.close()
        raise
    return warehouse
