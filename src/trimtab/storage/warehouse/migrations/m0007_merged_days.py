"""A day that is over becomes one part, an hour after its last row came.

Reading the newest row of each key (`FINAL`) costs nothing within one part, and a third of the time of a question over
many. An hour, so that late rows do not have a whole day written again and again.
"""

from typing import Final

from trimtab.storage.warehouse.migrations.step import Step
from trimtab.storage.warehouse.tables import Layout, alter_settings, reset_settings

TABLES: Final = ("spans", "ledger")
_SETTINGS: Final = {"min_age_to_force_merge_seconds": "3600", "min_age_to_force_merge_on_partition_only": "1"}


def _forward(layout: Layout) -> list[str]:
    return [statement for table in TABLES for statement in alter_settings(table, _SETTINGS, layout)]


def _back(layout: Layout) -> list[str]:
    return [statement for table in TABLES for statement in reset_settings(table, list(_SETTINGS), layout)]


STEP = Step(number=7, name="merged_days", forward=_forward, back=_back)
