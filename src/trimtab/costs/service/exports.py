"""The ledger of a range as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from trimtab.base.errors import TooLarge
from trimtab.costs import export
from trimtab.costs.export import Account, FileForm
from trimtab.costs.service.repricing import between
from trimtab.costs.store import ledger
from trimtab.costs.store.ledger import Wanted
from trimtab.identity.access import ProjectAccess, Right
from trimtab.storage.warehouse.port import Warehouse

MOST_ROWS: Final = 1_000_000
_ENDINGS: Final = {FileForm.CSV: "csv", FileForm.PARQUET: "parquet", FileForm.FOCUS: "focus.csv"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that is made as it is read."""

    pieces: Iterator[bytes]
    file_name: str
    unpriced: int
    """Attempts in the range whose cost nobody knows."""


class LedgerExportService:
    """Makes files of the ledger."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Read the ledger in `warehouse`."""
        self._warehouse = warehouse

    def export(self, access: ProjectAccess, start: datetime, end: datetime, form: FileForm) -> Export:
        """Return the file of a range.

        Raises:
            TooLarge: the range holds more attempts than one file may.
        """
        access.require(Right.READ)
        project = access.project
        during = between(start, end)
        rows = ledger.count(self._warehouse, project.id, during, Wanted())
        if rows > MOST_ROWS:
            raise TooLarge(
                f"the range holds {rows} attempts, one file has at most {MOST_ROWS}",
                hint="Choose a shorter range, and take several files.",
            )
        account = Account(organisation_id=project.organisation_id, project_id=project.id, project_name=project.name)
        return Export(
            pieces=export.write(form, ledger.pages(self._warehouse, project.id, during, Wanted()), account),
            file_name=f"{project.slug}-{start:%Y%m%d}-{end:%Y%m%d}.{_ENDINGS[form]}",
            unpriced=ledger.count(self._warehouse, project.id, during, Wanted(only_unpriced=True)),
        )
