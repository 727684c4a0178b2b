"""What a worker says about itself: whether it is ready, what is wrong, and its figures."""

import time
from typing import Any

from trimtab.gateway.flight import Watch
from trimtab.gateway.metrics import CONTENT_TYPE, Metrics
from trimtab.gateway.shipper import Shipper
from trimtab.gateway.snapshot_client import SnapshotClient
from trimtab.gateway.spool import Spool


class Status:
    """The view from outside on a worker's parts."""

    metrics_type = CONTENT_TYPE

    def __init__(
        self, snapshots: SnapshotClient, spool: Spool, shipper: Shipper, watch: Watch, metrics: Metrics
    ) -> None:
        """Look at these."""
        self._snapshots = snapshots
        self._spool = spool
        self._shipper = shipper
        self._watch = watch
        self._metrics = metrics

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Return 200 when calls can be served and recorded, else 503; `degraded` is served, with the reasons."""
        reasons = []
        if self._snapshots.catalog is None:
            reasons.append("no snapshot: the server did not answer yet, and none is on disk")
        if self._spool.failure:
            reasons.append(f"the spool cannot be written: {self._spool.failure}; records wait in memory")
        if self._spool.is_full:
            reasons.append("the memory for waiting records is full: records are being dropped")
        is_ready = self._snapshots.catalog is not None and not self._spool.is_full
        state = "not_ready" if not is_ready else "degraded" if reasons or self._spool.is_degraded else "ready"
        report = {"status": state, "reasons": reasons, "snapshot_revision": self._snapshots.revision}
        return (200 if is_ready else 503), report

    def metrics(self) -> str:
        """Return all figures in Prometheus' text form."""
        confirmed_at = self._snapshots.confirmed_at
        gauges = {
            "calls_in_flight": float(len(self._watch)),
            "snapshot_revision": float(self._snapshots.revision),
            "snapshot_confirmed_age_seconds": time.monotonic() - confirmed_at if confirmed_at else float("nan"),
            "spool_bytes": float(self._spool.stored_bytes),
            "spool_degraded": float(self._spool.is_degraded),
            "backlog_records": float(len(self._spool.backlog)),
            "adopted_spools": float(self._shipper.adopted),
        }
        counters = {
            "records_written_total": float(self._spool.written),
            "records_dropped_total": float(self._spool.dropped),
            "records_shipped_total": float(self._shipper.shipped),
            "records_rejected_total": float(self._shipper.rejected),
            "delivery_failures_total": float(self._shipper.failures),
        }
        return self._metrics.text(gauges, counters)
