"""Keeps judgements about traces, spans and sessions: those of applications, of people and of scorers."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import InvalidInput, NotFound
from trimtab.identity.access import Principal, Project, ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.identity.paging import Page, page
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces import cursor as cursors
from trimtab.traces import score as rule
from trimtab.traces.privacy.screen import NO_SCREEN, Judgement, Screen
from trimtab.traces.privacy.tombstones import Arrival
from trimtab.traces.range import TimeRange, from_ns_since_epoch, to_ns_since_epoch
from trimtab.traces.score import Judged, Kind, NewScore, Score, Source
from trimtab.traces.store import scores as store
from trimtab.traces.store.scores import ScoreFilter, ScoreRow

MOST_OF_ONE: Final = 2_000
"""Scores of one trace or session in one answer."""

_CURSOR: Final = re.compile(r"(\d{1,19}):(.{1,400})", re.DOTALL)
_KEPT: Final = timedelta(days=4_000)
_OLDEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which scores, and from when to when; None is no bound."""

    wanted: ScoreFilter = field(default_factory=ScoreFilter)
    start: datetime | None = None
    end: datetime | None = None


class ScoreService:
    """Safe to share between threads. What is recorded is durable when the call returns."""

    def __init__(
        self, warehouse: Warehouse, clock: Clock, meta: Meta, audit: Audit, *, screen: Screen = NO_SCREEN
    ) -> None:
        """Keep scores in `warehouse`, and the audit log of what people do to them in `meta`.

        What applications and scorers say goes through `screen`; the words of people are theirs, and stay as they are.
        """
        self._screen = screen
        self._warehouse = warehouse
        self._clock = clock
        self._meta = meta
        self._audit = audit
        # Keeps two writes of one score apart: the second must find when the first was judged.
        self._writing = threading.Lock()

    def record(self, access: ProjectAccess, new: NewScore) -> Score:
        """Keep one score and return it; under an id that is known it replaces what was there.

        Raises:
            InvalidInput: it says nothing that its kind can hold, or is about nothing.
            Forbidden: the caller may neither write nor, as an application, send.
        """
        (kept,) = self.record_all(access, [new])
        return kept

    def record_all(self, access: ProjectAccess, scores: Sequence[NewScore]) -> list[Score]:
        """Keep scores together, or none when one of them cannot be kept; of one id the last wins.

        Those about what was deleted before are answered like the others, and not stored.

        Raises:
            InvalidInput: one says nothing that its kind can hold, or is about nothing.
            Forbidden: the caller may neither write nor, as an application, send.
        """
        _may_write(access)
        now = self._clock.now()
        project_id = access.project.id
        ready = [
            _screened(self._screen, project_id, _complete(rule.checked(new), access.principal, now)) for new in scores
        ]
        if not ready:
            return []
        given = [new.id for new in scores if new.id]
        with self._writing:
            during = self._during(Asked())
            known = store.times(self._warehouse, project_id, given, during) if given else {}
            rows = [_row(project_id, new, known) for new in ready]
            newest = list({row.score_id: row for row in rows}.values())
            present = self._present(project_id, newest)
            if present:
                store.insert(self._warehouse, present, token=store.token(present, self._clock.now_ns()))
        self._note(access, "score.record", ready)
        return [_score(_as_read(row, now)) for row in newest]

    def _present(self, project_id: str, rows: Sequence[ScoreRow]) -> list[ScoreRow]:
        """Return the scores about what was not deleted before they came."""
        late = self._screen.late(project_id, map(_arrival, rows))
        present = [row for row in rows if _arrival(row).key not in late]
        self._screen.let_go(project_id, len(rows) - len(present))
        return present

    def get(self, access: ProjectAccess, score_id: str) -> Score:
        """Return one score.

        Raises:
            NotFound: the project has no such score.
        """
        access.require(Right.READ)
        return _score(self._found(access.project, score_id))

    def delete(self, access: ProjectAccess, score_id: str) -> None:
        """Remove a score, whoever gave it.

        Raises:
            NotFound: the project has no such score.
            Forbidden: the caller may not write.
        """
        access.require(Right.WRITE)
        self._delete(access, score_id)

    def take_back(self, access: ProjectAccess, score_id: str) -> None:
        """Remove a score as an application, which may do so with those that applications gave.

        Raises:
            NotFound: the project has no such score.
            Forbidden: the caller may not send, or a person or a scorer gave it and the caller may not write.
        """
        _may_write(access)
        if self._found(access.project, score_id)["source"] != Source.API.value:
            access.require(Right.WRITE)
        self._delete(access, score_id)

    def _delete(self, access: ProjectAccess, score_id: str) -> None:
        with self._writing:
            row = self._found(access.project, score_id)
            gone = _row_of(access.project.id, row, is_deleted=True)
            store.insert(self._warehouse, [gone], token=store.token([gone], self._clock.now_ns()))
        self._note(access, "score.delete", [_score(row)])

    def of_trace(self, access: ProjectAccess, trace_id: str) -> list[Score]:
        """Return the scores of a trace and of its spans, the newest first."""
        return self._all(access, ScoreFilter(trace_id=trace_id))

    def of_span(self, access: ProjectAccess, trace_id: str, span_id: str) -> list[Score]:
        """Return the scores of one span, the newest first."""
        return self._all(access, ScoreFilter(trace_id=trace_id, span_id=span_id))

    def of_session(self, access: ProjectAccess, session_id: str) -> list[Score]:
        """Return the scores of a session as a whole, the newest first."""
        return self._all(access, ScoreFilter(session_id=session_id))

    def listing(self, access: ProjectAccess, asked: Asked, *, limit: int, cursor: str | None) -> Page[Score]:
        """Return scores that fit, the newest first.

        Raises:
            InvalidInput: the cursor is not one of this list.
        """
        access.require(Right.READ)
        after = cursors.read(cursor, _CURSOR)
        during = self._during(asked)
        rows = store.listing(self._warehouse, access.project.id, during, asked.wanted, after=after, limit=limit + 1)
        shown = page(rows, limit, lambda row: f"{row['at_ns']}:{row['score_id']}")
        return Page(items=[_score(row) for row in shown.items], next=shown.next)

    def numbered(self, access: ProjectAccess, asked: Asked, *, limit: int, offset: int) -> tuple[list[Score], int]:
        """Return scores that fit, the newest first, without the first `offset`; and how many fit in all."""
        access.require(Right.READ)
        during = self._during(asked)
        project_id = access.project.id
        rows = store.listing(self._warehouse, project_id, during, asked.wanted, offset=offset, limit=limit)
        return [_score(row) for row in rows], store.count(self._warehouse, project_id, during, asked.wanted)

    def _all(self, access: ProjectAccess, wanted: ScoreFilter) -> list[Score]:
        access.require(Right.READ)
        rows = store.listing(self._warehouse, access.project.id, self._during(Asked()), wanted, limit=MOST_OF_ONE)
        return [_score(row) for row in rows]

    def _found(self, project: Project, score_id: str) -> Row:
        during = self._during(Asked())
        rows = store.listing(self._warehouse, project.id, during, ScoreFilter(ids=[score_id]), limit=1)
        if not rows:
            raise NotFound(f"there is no score {score_id!r} in this project", hint="It may have been deleted.")
        return rows[0]

    def _during(self, asked: Asked) -> TimeRange:
        now = self._clock.now()
        start, end = asked.start or now - _KEPT, asked.end or now + timedelta(days=2)
        return TimeRange(to_ns_since_epoch(start), to_ns_since_epoch(end))

    def _note(self, access: ProjectAccess, action: str, scores: Sequence[NewScore] | Sequence[Score]) -> None:
        """Write what a person did into the audit log; what applications send is telemetry, and far too much for it."""
        if access.principal.kind == "key":
            return
        with self._meta.write() as connection:
            for each in scores:
                self._audit.record(
                    connection,
                    principal=access.principal,
                    project_id=access.project.id,
                    action=action,
                    subject=each.id,
                    summary=f"{'deleted' if action == 'score.delete' else 'gave'} the score {each.name!r}",
                    # A session may be named after a person, and the audit log outlives the session.
                    detail={"trace_id": each.about.trace_id, "is_about_session": bool(each.about.session_id)},
                )


def _may_write(access: ProjectAccess) -> None:
    """Let applications send judgements with the one right that every application's key has."""
    access.require(Right.CALL if access.principal.may(Right.CALL) else Right.WRITE)


def _complete(new: NewScore, principal: Principal, now: datetime) -> NewScore:
    if not _OLDEST <= (new.at or now) <= now + timedelta(days=1):
        raise InvalidInput("a score lies before 2020 or more than a day ahead of this server's clock")
    return replace(
        new,
        id=new.id or ids.new("score"),
        author=new.author or (principal.name if principal.kind == "user" else ""),
        environment=new.environment or principal.environment,
        at=new.at or now,
    )


def _screened(screen: Screen, project_id: str, new: NewScore) -> NewScore:
    """Return what an application or a scorer has said as it may be stored; what a person has said as it is."""
    if new.source is Source.ANNOTATION:
        return new
    said = screen.judgement(
        project_id,
        Judgement(
            session_id=new.about.session_id,
            label=new.label,
            text=new.text,
            comment=new.comment,
            metadata=new.metadata,
        ),
    )
    return replace(
        new,
        about=replace(new.about, session_id=said.session_id),
        label=said.label,
        text=said.text,
        comment=said.comment,
        metadata=said.metadata,
    )


def _arrival(row: ScoreRow) -> Arrival:
    return Arrival(trace_id=row.trace_id, session_id=row.session_id, began_ns=row.at_ns, item=row.score_id)


def _row(project_id: str, new: NewScore, known: Mapping[str, int]) -> ScoreRow:
    assert new.at is not None  # noqa: S101 - completed
    return ScoreRow(
        project_id=project_id,
        score_id=new.id,
        trace_id=new.about.trace_id,
        span_id=new.about.span_id,
        session_id=new.about.session_id,
        at_ns=known.get(new.id, to_ns_since_epoch(new.at)),
        name=new.name,
        kind=new.kind.value,
        value=new.value,
        label=new.label,
        text=new.text,
        comment=new.comment,
        source=new.source.value,
        author=new.author,
        environment=new.environment,
        metadata=msgspec.json.encode(new.metadata).decode() if new.metadata else "",
    )


def _as_read(row: ScoreRow, now: datetime) -> Row:
    return msgspec.structs.asdict(row) | {"updated_ms": to_ns_since_epoch(now) // _NS_PER_MS}


def _row_of(project_id: str, row: Row, *, is_deleted: bool) -> ScoreRow:
    fields = {name: row[name] for name in ScoreRow.__struct_fields__ if name in row}
    return ScoreRow(**fields | {"project_id": project_id, "is_deleted": is_deleted})


def _score(row: Row) -> Score:
    return Score(
        id=row["score_id"],
        name=row["name"],
        kind=Kind(row["kind"]),
        about=Judged(trace_id=row["trace_id"], span_id=row["span_id"], session_id=row["session_id"]),
        value=row["value"],
        label=row["label"],
        text=row["text"],
        comment=row["comment"],
        source=row["source"],
        author=row["author"],
        environment=row["environment"],
        metadata=msgspec.json.decode(row["metadata"]) if row["metadata"] else {},
        at=from_ns_since_epoch(row["at_ns"]),
        updated_at=from_ns_since_epoch(row["updated_ms"] * _NS_PER_MS),
    )
