"""What providers say that they counted and billed, taken in and compared with the ledger."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, InvalidInput, NotFound
from trimtab.costs import provider_report, reconciliation
from trimtab.costs.provider_report import Columns, Report
from trimtab.costs.reconciliation import Ours, Row
from trimtab.costs.service.repricing import between
from trimtab.costs.store import ledger
from trimtab.costs.store import reports as store
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.identity.paging import Page, page
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse.port import Row as WarehouseRow
from trimtab.storage.warehouse.port import Warehouse

_MOST_REPORTS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """An export to take in; it is compared with the calls of `provider`, or of all providers of `provider_kind`."""

    name: str
    content: str
    provider_kind: str = ""
    provider: str = ""
    columns: Columns


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A report with what the ledger has beside it."""

    report: Report
    rows: list[Row]
    total: Row


class ReportService:
    """Keeps providers' reports. The comparison is made anew each time: a corrected ledger shows at once."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, warehouse: Warehouse) -> None:
        """Keep reports in `meta`, and compare them with the ledger in `warehouse`."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._warehouse = warehouse

    def add(self, access: ProjectAccess, new: NewReport) -> Report:
        """Take in an export and return the report.

        Raises:
            InvalidInput: it is none of the forms that are understood, or says nothing about whom it is from.
            TooLarge: it has too many lines.
        """
        access.require(Right.ADMIN)
        if not new.provider_kind and not new.provider:
            raise InvalidInput("say whose report it is: the kind of a provider, or a provider's name")
        form, lines = provider_report.read(new.content, new.columns)
        days = [line.day for line in lines]
        between(_moment(min(days)), _moment(max(days)) + timedelta(days=1))
        report = Report(
            id=ids.new("rep"),
            project_id=access.project.id,
            name=new.name.strip() or f"{new.provider or new.provider_kind} {min(days)} to {max(days)}",
            form=form,
            provider_kind=new.provider_kind,
            provider=new.provider,
            first_day=min(days),
            last_day=max(days),
            created_at=self._clock.now(),
            created_by=access.principal.name,
        )
        with self._meta.write() as connection:
            if store.count(connection, access.project.id) >= _MOST_REPORTS:
                raise Conflict(f"a project keeps at most {_MOST_REPORTS} reports", hint="Remove old ones.")
            store.insert(connection, report, lines)
            self._note_in(connection, access, report, "cost.report.add", f"took in the report {report.name!r}")
        return report

    def listing(self, access: ProjectAccess, *, limit: int, cursor: str | None) -> Page[Report]:
        """Return the reports, newest first."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            rows = store.listing(connection, access.project.id, cursor, limit + 1)
        return page(rows, limit, lambda report: report.id)

    def reconcile(self, access: ProjectAccess, report_id: str) -> Reconciliation:
        """Return a report beside the ledger of the same days, row by row and in all.

        Raises:
            NotFound: the project has no such report.
        """
        access.require(Right.READ)
        with self._meta.read() as connection:
            report = store.find(connection, access.project.id, report_id)
            if report is None:
                raise _no_report(report_id)
            theirs = store.lines(connection, report.id)
        during = between(_moment(report.first_day), _moment(report.last_day) + timedelta(days=1))
        found = ledger.by_day_and_model(
            self._warehouse,
            access.project.id,
            during,
            provider_kind=report.provider_kind,
            provider=report.provider,
        )
        rows = reconciliation.compare(theirs, _ours(found))
        return Reconciliation(report, rows, reconciliation.total(rows))

    def remove(self, access: ProjectAccess, report_id: str) -> None:
        """Remove a report.

        Raises:
            NotFound: the project has no such report.
        """
        access.require(Right.ADMIN)
        with self._meta.write() as connection:
            report = store.find(connection, access.project.id, report_id)
            if report is None:
                raise _no_report(report_id)
            store.delete(connection, report_id)
            self._note_in(connection, access, report, "cost.report.remove", f"removed the report {report.name!r}")

    def _note_in(
        self, connection: Connection, access: ProjectAccess, report: Report, action: str, summary: str
    ) -> None:
        self._audit.record(
            connection,
            principal=access.principal,
            project_id=access.project.id,
            organisation_id=access.project.organisation_id,
            action=action,
            subject=report.id,
            summary=summary,
            detail={
                "from": report.first_day,
                "to": report.last_day,
                "provider": report.provider or report.provider_kind,
            },
        )


def _ours(found: list[WarehouseRow]) -> list[Ours]:
    """Return the ledger's sums under the undated names of models, several versions together."""
    sums: dict[tuple[str, str], Ours] = {}
    for row in found:
        key = (row["day"], provider_report.undated(row["answered"]))
        before = sums.get(key) or Ours(
            day=key[0], model=key[1], input_tokens=0, output_tokens=0, cost_usd=None, unpriced=0
        )
        sums[key] = Ours(
            day=key[0],
            model=key[1],
            input_tokens=before.input_tokens + row["input_tokens"],
            output_tokens=before.output_tokens + row["output_tokens"],
            cost_usd=reconciliation.known_sum([before.cost_usd, row["priced_usd"] if row["priced"] else None]),
            unpriced=before.unpriced + row["unpriced"],
        )
    return list(sums.values())


def _moment(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)


def _no_report(report_id: str) -> NotFound:
    return NotFound(f"there is no report {report_id[:60]!r} in this project")
