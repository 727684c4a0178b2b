"""The steps of the warehouse's schema, oldest first. A step that was released is never edited; a new one follows it."""

from trimtab.storage.warehouse.migrations import (
    m0001_spans_and_ledger,
    m0002_telemetry,
    m0003_ingest_counts,
    m0004_scores,
    m0005_annotations,
    m0006_text_index,
    m0007_merged_days,
)
from trimtab.storage.warehouse.migrations.step import Step

MIGRATIONS: tuple[Step, ...] = (
    m0001_spans_and_ledger.STEP,
    m0002_telemetry.STEP,
    m0003_ingest_counts.STEP,
    m0004_scores.STEP,
    m0005_annotations.STEP,
    m0006_text_index.STEP,
    m0007_merged_days.STEP,
)
