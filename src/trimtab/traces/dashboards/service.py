"""Keeps dashboards and answers their panels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, NotFound
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit, difference
from trimtab.identity.paging import Page, page
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.dashboards import answer, built_in, heat, panel
from trimtab.traces.dashboards.answer import REST, Group, Key, Point, Tally, Values
from trimtab.traces.dashboards.heat import Heat
from trimtab.traces.dashboards.measure import PARTS, Measure, Source, Unit
from trimtab.traces.dashboards.panel import Dashboard, Panel, Question
from trimtab.traces.dashboards.store import answers
from trimtab.traces.dashboards.store import definitions as store
from trimtab.traces.dashboards.store.answers import Cut
from trimtab.traces.dashboards.stored import Stored
from trimtab.traces.range import TimeRange, resolve
from trimtab.traces.service import Period

MOST_DASHBOARDS: Final = 200
_CANDIDATES: Final = 1_000
"""Groups among which a ratio over two kinds of rows is ranked: those with the largest sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a panel shows."""

    step_s: int | None
    measures: tuple[Measure, ...]
    groups: list[Group]
    rest: Group | None
    """All groups that are not shown, as one; percentiles and counts of different users are not known of it."""
    totals: Values
    heat: Heat | None = None
    unpriced_calls: int
    """Calls that the money in the answer leaves out, because nobody knows their price."""


class DashboardService:
    """Lists, keeps, deletes and answers. Those that come with the product can only be kept anew under other names."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, warehouse: Warehouse) -> None:
        """Keep dashboards in `meta`, and ask `warehouse`."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._warehouse = warehouse

    def listing(self, access: ProjectAccess, *, limit: int, cursor: str | None) -> Page[Stored]:
        """Return the dashboards: those that come with the product, then the project's own by name."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            own = store.every(connection, access.project.id)
        rows = [*(Stored(dashboard=each) for each in built_in.dashboards().values()), *own]
        names = [row.dashboard.name for row in rows]
        start = names.index(cursor) + 1 if cursor in names else 0
        return page(rows[start : start + limit + 1], limit, lambda row: row.dashboard.name)

    def get(self, access: ProjectAccess, name: str) -> Stored:
        """Return one dashboard.

        Raises:
            NotFound: there is none of this name.
        """
        access.require(Right.READ)
        found = built_in.dashboards().get(name)
        if found is not None:
            return Stored(dashboard=found)
        with self._meta.read() as connection:
            return _there(store.find(connection, access.project.id, name), name)

    def put(self, access: ProjectAccess, dashboard: Dashboard, revision: int | None) -> Stored:
        """Keep a dashboard, in place of the one of its name if `revision` is that one's; return what is kept now.

        Without a revision it replaces whatever is there. What is the same already is not written again.

        Raises:
            InvalidInput: it cannot be shown.
            Conflict: the name is that of a built-in one, or it was changed or deleted since the revision was read.
        """
        access.require(Right.WRITE)
        panel.check(dashboard)
        _refuse_builtin(dashboard.name)
        project_id = access.project.id
        with self._meta.write() as connection:
            before = store.find(connection, project_id, dashboard.name, lock=True)
            if revision is not None and revision != (before.revision if before else 0):
                raise Conflict(
                    f"the dashboard {dashboard.name!r} has changed since revision {revision}",
                    hint="Read it again, and make the change once more.",
                )
            if before is not None and before.dashboard == dashboard:
                return before
            if before is None and store.count(connection, project_id) >= MOST_DASHBOARDS:
                raise Conflict(f"the project has {MOST_DASHBOARDS} dashboards already", hint="Delete some.")
            kept = Stored(
                dashboard=dashboard,
                revision=((before.revision or 0) if before else 0) + 1,
                updated_by=access.principal.name,
                updated_at=self._clock.now(),
            )
            store.put(connection, project_id, kept)
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=project_id,
                action="dashboard.update" if before else "dashboard.create",
                subject=dashboard.name,
                summary=f"{'changed' if before else 'made'} the dashboard {dashboard.name!r}",
                detail=difference(_detail(before.dashboard) if before else {}, _detail(dashboard)),
            )
        return kept

    def delete(self, access: ProjectAccess, name: str) -> None:
        """Forget a dashboard.

        Raises:
            NotFound: there is none of this name.
            Conflict: it comes with the product.
        """
        access.require(Right.WRITE)
        _refuse_builtin(name)
        with self._meta.write() as connection:
            before = _there(store.find(connection, access.project.id, name, lock=True), name)
            store.delete(connection, access.project.id, name)
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=access.project.id,
                action="dashboard.delete",
                subject=name,
                summary=f"deleted the dashboard {name!r}",
                detail=difference(_detail(before.dashboard), {}),
            )

    def query(self, access: ProjectAccess, asked: Panel, period: Period, environment: str | None) -> Answer:
        """Return what a panel shows over a range.

        Raises:
            InvalidInput: the panel or the range makes no sense; says at which place.
        """
        access.require(Right.READ)
        question = panel.read(asked)
        during = resolve(period.start, period.end, self._clock.now())
        cut = Cut(
            project_id=access.project.id,
            during=during,
            where=question.where,
            success=question.success,
            environment=environment,
            score=asked.score,
            by=question.by,
        )
        if asked.chart == "heatmap":
            return self._heat(question, cut)
        return self._answer(question, cut)

    def _answer(self, question: Question, cut: Cut) -> Answer:
        parts = _parts(question)
        tally = Tally(parts)
        if question.by:
            shown = self._groups(question, cut, tally)
            if question.panel.over_time:
                self._steps(cut, tally, shown)
        else:
            shown = self._all(question, cut, tally)
        measures = question.measures
        groups = [
            Group(key, answer.values(measures, tally.groups[key]), self._points(question, cut.during, tally, key))
            for key in shown
        ]
        left = tally.rest(shown) if question.by else None
        rest = None
        if left is not None:
            rest = Group((), answer.values(measures, left), self._points(question, cut.during, tally, REST))
        return Answer(
            step_s=cut.during.step_s if question.panel.over_time else None,
            measures=measures,
            groups=groups,
            rest=rest,
            totals=answer.values(measures, tally.total),
            unpriced_calls=tally.total.get("unpriced_calls", 0),
        )

    def _heat(self, question: Question, cut: Cut) -> Answer:
        (measure,) = question.measures
        column = "ttft_ns" if "ttft" in measure.name else "duration_ns"
        rows = answers.heat(self._warehouse, cut, column, per_decade=heat.PER_DECADE)
        (total,) = answers.total(self._warehouse, cut, Source.CALLS, measure.parts)
        return Answer(
            step_s=cut.during.step_s,
            measures=question.measures,
            groups=[],
            rest=None,
            totals=answer.values(question.measures, answer.known(total)),
            heat=heat.build(cut.during, rows),
            unpriced_calls=0,
        )

    def _points(self, question: Question, during: TimeRange, tally: Tally, key: Key) -> list[Point]:
        return answer.points(during, question.measures, tally, key) if question.panel.over_time else []

    def _groups(self, question: Question, cut: Cut, tally: Tally) -> list[Key]:
        """Fill in totals and groups, and return the keys of those to show, in their order."""
        limit = question.panel.limit
        first = PARTS[question.sort.top[0]].source
        others = [source for source in answers.sources_of(tally.parts) if source is not first]
        most = limit if question.sort.sources <= {first} else _CANDIDATES
        incomplete = others
        if self._first(question.sort, cut, tally, first, most):
            # Every key of the first source is known: those that others have beside them belong to the answer too.
            incomplete = [
                source
                for source in others
                if self._take(cut, tally, source, order=_of(tally, source)[0], limit=_CANDIDATES) >= _CANDIDATES
            ]
        for source in incomplete:
            self._take(cut, tally, source, order="1", limit=len(tally.groups), only=list(tally.groups))
        return answer.ranked(question.sort, tally.groups)[:limit]

    def _all(self, question: Question, cut: Cut, tally: Tally) -> list[Key]:
        """Fill in the totals, and the steps if they are asked for; everything is one group."""
        for source in answers.sources_of(tally.parts):
            parts = _of(tally, source)
            ask = answers.steps if question.panel.over_time else answers.total
            for row in ask(self._warehouse, cut, source, parts):
                if row["is_total"]:
                    tally.add_total(row)
                else:
                    tally.add_step(row["step"], (), row)
        tally.groups[()] = tally.total
        return [()]

    def _first(self, sort: Measure, cut: Cut, tally: Tally, source: Source, most: int) -> bool:
        """Fill in the groups of the source that ranks them; say whether they are all that there are."""
        order = " + ".join(sort.top)
        if sort.bottom and PARTS[sort.bottom].source is source:
            order = f"({order}) / nullIf({sort.bottom}, 0)"
        return self._take(cut, tally, source, order=order, limit=most) < most

    def _take(
        self, cut: Cut, tally: Tally, source: Source, *, order: str, limit: int, only: Sequence[Key] | None = None
    ) -> int:
        """Fill in the greatest groups of a source, or those alone, and its total; return how many there were."""
        rows = answers.groups(self._warehouse, cut, source, _of(tally, source), order=order, limit=limit, only=only)
        found = 0
        for row in rows:
            if row["is_total"]:
                tally.add_total(row)
            else:
                tally.add(_key(row, len(cut.by)), row)
                found += 1
        return found

    def _steps(self, cut: Cut, tally: Tally, shown: Sequence[Key]) -> None:
        for source in answers.sources_of(tally.parts):
            for row in answers.series(self._warehouse, cut, source, _of(tally, source), keys=shown):
                key = _key(row, len(cut.by)) if row["is_kept"] else REST
                tally.add_step(row["step"], key, row)


def _parts(question: Question) -> tuple[str, ...]:
    measures = {*question.measures, question.sort}
    found = {name for measure in measures for name in measure.parts}
    if any(measure.unit is Unit.USD for measure in measures):
        found.add("unpriced_calls")
    found |= {name for measure in measures for name in (*measure.top, measure.bottom) if name}
    return tuple(name for name in PARTS if name in found)


def _of(tally: Tally, source: Source) -> list[str]:
    return [name for name in tally.parts if PARTS[name].source is source]


def _key(row: Row, size: int) -> Key:
    return tuple(str(row[f"k{index}"]) for index in range(size))


def _refuse_builtin(name: str) -> None:
    if name in built_in.dashboards():
        raise Conflict(
            f"{name!r} is a dashboard that comes with the product and cannot be changed",
            hint="Save it under another name.",
        )


def _there(found: Stored | None, name: str) -> Stored:
    if found is None:
        raise NotFound(f"there is no dashboard {name[:60]!r} in this project", hint="It may have been deleted.")
    return found


def _detail(dashboard: Dashboard) -> dict[str, object]:
    detail: dict[str, object] = msgspec.to_builtins(dashboard)
    return detail
