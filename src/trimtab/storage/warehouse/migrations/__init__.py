"""The steps of the warehouse's schema, oldest first. A step that was released is never edited; a new one follows it."""

from trimtab.storage.warehouse.migrations import m0001_spans_and_ledger, m0002_telemetry
from trimtab.storage.warehouse.migrations.step import Step

MIGRATIONS: tuple[Step, ...] = (m0001_spans_and_ledger.STEP, m0002_telemetry.STEP)
