"""Sessions as conversations, and the users who had them. Only reads, and needs the right to."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from trimtab.base import money
from trimtab.base.clock import Clock
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.paging import Page, page
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces import conversation, show
from trimtab.traces import cursor as cursors
from trimtab.traces.explorer_views import SessionRow, Turn, UserRow
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange, from_ns_since_epoch, resolve
from trimtab.traces.service import Period, TraceService
from trimtab.traces.store import grouping, search
from trimtab.traces.store import sessions as store

_NOTHING: Final[Row] = {
    "traces": 0,
    "errors": 0,
    "requests": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "priced": 0,
    "priced_usd": money.ZERO,
    "others": frozenset(),
}

_CURSOR: Final = re.compile(r"(\d{1,19})-(.+)", re.DOTALL)


class SessionService:
    """Answers who talked, and what was said. Safe to share between threads."""

    def __init__(self, warehouse: Warehouse, clock: Clock, traces: TraceService) -> None:
        self._warehouse = warehouse
        self._clock = clock
        self._traces = traces

    def sessions(
        self, access: ProjectAccess, period: Period, wanted: CallFilter, *, cursor: str | None, limit: int
    ) -> Page[SessionRow]:
        """Return the sessions that have traces which fit, counted by those traces."""
        found = self._owners(access, period, wanted, "session_id", cursor, limit)
        return Page(items=[_session(row) for row in found.items], next=found.next)

    def users(
        self, access: ProjectAccess, period: Period, wanted: CallFilter, *, cursor: str | None, limit: int
    ) -> Page[UserRow]:
        """Return the users who have traces which fit, counted by those traces."""
        found = self._owners(access, period, wanted, "user_id", cursor, limit)
        return Page(items=[_user(row) for row in found.items], next=found.next)

    def turns(
        self, access: ProjectAccess, period: Period, session_id: str, *, cursor: str | None, limit: int
    ) -> Page[Turn]:
        """Return the calls of a session, oldest first, each with what it added to the conversation."""
        access.require(Right.READ)
        project_id = access.project.id
        during = self._range(period)
        rows = store.turns(
            self._warehouse, project_id, during, session_id, after=cursors.read(cursor, _CURSOR), limit=limit + 1
        )
        shown = page(rows, limit, lambda row: f"{row['started_ns']}-{row['span_id']}")
        self._traces.add_sums(project_id, shown.items)
        counts = search.span_counts(self._warehouse, project_id, shown.items)
        return Page(
            items=[
                Turn(
                    trace=show.trace_row(row, counts.get(row["trace_id"], 1)),
                    input_messages=show.messages(conversation.fresh(conversation.read_input(row["input_messages"]))),
                    output_messages=show.messages(conversation.read_output(row["output_messages"])),
                )
                for row in shown.items
            ],
            next=shown.next,
        )

    def _owners(
        self,
        access: ProjectAccess,
        period: Period,
        wanted: CallFilter,
        by: store.Owner,
        cursor: str | None,
        limit: int,
    ) -> Page[Row]:
        access.require(Right.READ)
        project_id = access.project.id
        during = self._range(period)
        found = store.newest(
            self._warehouse, project_id, during, wanted, by, after=cursors.read(cursor, _CURSOR), limit=limit + 1
        )
        shown = page(found, limit, lambda owner: f"{owner.last_ns}-{owner.owner}")
        roots = store.roots(self._warehouse, project_id, during, wanted, by, [each.owner for each in shown.items])
        beneath = {row["trace_id"] for row in roots if not row["is_whole"]}
        inner = grouping.of_traces(self._warehouse, project_id, sorted(beneath), during)
        numbers = _numbers(roots, inner)
        said = store.last_inputs(self._warehouse, project_id, shown.items) if by == "session_id" else {}
        return Page(
            # An owner's last trace may have come to be part of another one between the two questions.
            items=[
                numbers[each.owner] | {"last_input": said.get(each.owner, "")}
                for each in shown.items
                if each.owner in numbers
            ],
            next=shown.next,
        )

    def _range(self, period: Period) -> TimeRange:
        return resolve(period.start, period.end, self._clock.now())


def _numbers(roots: Sequence[Row], inner: Mapping[str, Row]) -> dict[str, Row]:
    """Return what the traces of these roots, oldest first, were together, by owner; `inner` has the calls beneath."""
    found: dict[str, Row] = {}
    counted: set[str] = set()
    for root in roots:
        row = found.setdefault(root["owner"], {"key": root["owner"], "first_ns": root["started_ns"], **_NOTHING})
        row["others"] = row["others"] | ({root["other"]} - {""})
        row["last_ns"], row["last_other"] = root["started_ns"], root["other"]
        row["traces"] += 1
        row["errors"] += root["has_failed"]
        parts = [root]
        if not root["is_whole"] and root["trace_id"] in inner and root["trace_id"] not in counted:
            counted.add(root["trace_id"])
            parts.append(inner[root["trace_id"]])
        for part in parts:
            for name in ("requests", "input_tokens", "output_tokens", "priced"):
                row[name] += part[name]
            row["priced_usd"] += part["priced_usd"] or 0
    return found


def _session(row: Row) -> SessionRow:
    return SessionRow(
        session_id=row["key"],
        user_id=row["last_other"],
        started_at=from_ns_since_epoch(row["first_ns"]),
        last_at=from_ns_since_epoch(row["last_ns"]),
        traces=row["traces"],
        requests=row["requests"],
        errors=row["errors"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost_usd=money.usd(row["priced_usd"]) if row["priced"] else None,
        unpriced_requests=row["requests"] - row["priced"],
        last_input=row["last_input"],
    )


def _user(row: Row) -> UserRow:
    return UserRow(
        user_id=row["key"],
        sessions=len(row["others"]),
        first_at=from_ns_since_epoch(row["first_ns"]),
        last_at=from_ns_since_epoch(row["last_ns"]),
        traces=row["traces"],
        requests=row["requests"],
        errors=row["errors"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost_usd=money.usd(row["priced_usd"]) if row["priced"] else None,
        unpriced_requests=row["requests"] - row["priced"],
    )
