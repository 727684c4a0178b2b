"""The index of texts, made in the background for what has settled; until then a search reads the texts themselves.

Made with every insert and every merge it would cost as much as all other work on a span. So it is made for a whole day
at once, when enough of that day lacks it, while few rows come. Several servers may look after one warehouse: what one
of them has begun the others leave alone. On a cluster inserts and merges make it, and there is nothing to do here.
"""

import logging
import random
import threading
from collections.abc import Callable
from typing import Final

from trimtab.base.errors import TrimtabError
from trimtab.storage.warehouse.port import Row, Warehouse

_LOG = logging.getLogger(__name__)

_FEWEST_ROWS: Final = 50_000
"""Reading as many texts takes no longer than anybody notices."""
_SMALLEST_SHARE: Final = 0.25
"""Of a day: so that no row is indexed more than about four times in all."""
_BYTES_PER_ROW: Final = 3.0
"""An index of texts takes more, the other indexes of a part take less."""
_EVERY_S: Final = 15.0


def is_due(rows_without: int, rows: int) -> bool:
    """Say whether a day's index is worth making now."""
    return rows_without >= _FEWEST_ROWS and rows_without >= _SMALLEST_SHARE * rows


class TextIndex:
    """Keeps the index of the table of spans up to date. For one thread."""

    def __init__(
        self, warehouse: Warehouse, *, is_busy: Callable[[], bool], due: Callable[[int, int], bool] = is_due
    ) -> None:
        """Look at `warehouse`, and wait while `is_busy`; `due` decides from the rows without the index, and all."""
        self._warehouse = warehouse
        self._is_busy = is_busy
        self._due = due
        # Parts that were indexed, or that have no texts to index. A part that is merged has another name.
        self._done: set[str] = set()

    def run(self, stopping: threading.Event) -> None:
        """Keep the index up to date until told to stop."""
        # Servers that were started together must not look at the same moment for ever.
        while not stopping.wait(_EVERY_S * random.uniform(0.5, 1.5)):  # noqa: S311 - no secret
            try:
                self.keep_up()
            except TrimtabError as error:
                _LOG.warning("the index of texts is made later: %s", error.message)

    def keep_up(self) -> list[str]:
        """Begin to make the index for the days that are due, and return them; do nothing while that is under way."""
        if self._is_busy() or self._warehouse.query(_UNDER_WAY)[0]["mutations"]:
            return []
        by_day: dict[str, list[Row]] = {}
        for part in self._warehouse.query(_PARTS):
            by_day.setdefault(part["day"], []).append(part)
        self._done &= {part["part"] for parts in by_day.values() for part in parts}
        begun = []
        for day, parts in by_day.items():
            without = sum(part["rows"] for part in parts if not self._has_index(part))
            if self._due(without, sum(part["rows"] for part in parts)):
                self._warehouse.command(_MAKE.format(day=day))
                self._done |= {part["part"] for part in parts}
                begun.append(day)
        return begun

    def _has_index(self, part: Row) -> bool:
        return part["part"] in self._done or part["index_bytes"] > _BYTES_PER_ROW * part["rows"]


_UNDER_WAY: Final = """
SELECT count() AS mutations FROM system.mutations
WHERE database = currentDatabase() AND table = 'spans' AND NOT is_done
"""
_PARTS: Final = """
SELECT partition_id AS day, concat(partition_id, '_', toString(min_block_number), '_', toString(max_block_number), '_',
       toString(level)) AS part, toUInt64(rows) AS rows, secondary_indices_compressed_bytes AS index_bytes
FROM system.parts WHERE database = currentDatabase() AND table = 'spans' AND active
"""
_MAKE: Final = (
    "ALTER TABLE spans MATERIALIZE INDEX search_text_ngrams IN PARTITION ID '{day}' SETTINGS mutations_sync = 0"
)
