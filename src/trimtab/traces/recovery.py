"""Puts right what spans say of one another after a process died between storing some and correcting others."""

from collections.abc import Callable, Sequence

from trimtab.storage.warehouse.journal import Entry
from trimtab.traces.correlation import Correlation


def mender(correlation: Correlation) -> Callable[[Sequence[Entry]], None]:
    """Return what is to be called with rows that were taken by the process before and stored by this one."""

    def mend(entries: Sequence[Entry]) -> None:
        starts: dict[str, dict[str, int]] = {}
        for entry in entries:
            if entry.table != "spans":
                continue
            found = entry.rows.select(["project_id", "trace_id", "started_at"])
            columns = (found.column("project_id"), found.column("trace_id"), found.column("started_at").cast("int64"))
            for project_id, trace_id, started_ns in zip(*(column.to_pylist() for column in columns), strict=True):
                starts.setdefault(project_id, {})[trace_id] = started_ns
        for project_id, traces in starts.items():
            correlation.mend(project_id, traces)

    return mend
