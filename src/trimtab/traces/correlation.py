"""Tells spans of one trace apart while they arrive, in memory where it can and by asking the store where it must.

Whoever stores spans first has them placed, then stores them with the answers, then settles: whatever a span that came
meanwhile has changed about them is written then. So the order of arrival, and of two requests at once, does not matter.
"""

import threading
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from typing import Final

from trimtab.base.clock import Clock
from trimtab.costs.service import PriceSource
from trimtab.llm.usage import BUCKETS, Usage
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces import span_of_otlp
from trimtab.traces.dialects.reading import BILLED
from trimtab.traces.range import TimeRange
from trimtab.traces.recent import SLACK_NS, Answers, Known, RecentTraces
from trimtab.traces.store import correlation as store
from trimtab.traces.whose import Whose

_DAY_NS: Final = 86_400_000_000_000
_BILLED: Final = frozenset(role.value for role in BILLED)
_FREE: Final = frozenset({PriceSource.NOT_BILLED.value, PriceSource.COUNTED_ELSEWHERE.value, PriceSource.LOCAL.value})


class Correlation:
    """Safe to share between threads; one for a process, for all ways in."""

    def __init__(
        self, warehouse: Warehouse, clock: Clock, *, deduplicates: Callable[[str], bool] = lambda _project_id: True
    ) -> None:
        """Remember nothing yet; what was stored before is asked for when its trace goes on.

        `deduplicates` says of a project whether one call that is reported twice counts once.
        """
        self._deduplicates = deduplicates
        self._warehouse = warehouse
        self._started_ns = clock.now_ns()
        # Guards `_recent`, the `Known` in it, and `_dirty`.
        self._placing = threading.Lock()
        self._recent = RecentTraces()
        self._dirty: dict[str, Known] = {}

    def place(
        self,
        arrived: Sequence[Known],
        aside: Mapping[tuple[str, str], Known],
        *,
        forgotten: Container[tuple[str, str]] = (),
    ) -> tuple[list[Known], list[Known]]:
        """Remember spans; return those of `aside` that turn out to lie above one, and such that were put aside before.

        `aside` are spans that nobody needs so far, by trace and span; such as are `forgotten` unless they are needed
        will not be there to come back. After this, `arrived` and what is returned first carry their answers.
        """
        self._let_count_twice(arrived)
        self._recall([*arrived, *aside.values()])
        needed: list[Known] = []
        rescued: list[Known] = []
        with self._placing:
            for known in arrived:
                self._add(known)
            for project_id, trace_id in dict.fromkeys((each.project_id, each.trace_id) for each in arrived):
                self._climb(project_id, trace_id, aside, needed, rescued)
            for key in dict.fromkeys((each.project_id, each.trace_id) for each in aside.values()):
                self._climb(*key, aside, needed, rescued)
            taken = {id(each) for each in needed}
            for known in aside.values():
                if id(known) not in taken and (known.trace_id, known.span_id) not in forgotten:
                    known.is_kept = False
                    self._add(known)
            for known in (*arrived, *needed, *rescued):
                known.written = known.answers
        return needed, rescued

    def reported(self, project_id: str, response_ids: Sequence[str], at_ns: int) -> list[tuple[str, str, str]]:
        """Return response, trace and span id of the calls that had these responses, a day around a moment."""
        with self._placing:
            known = [(each, self._recent.reported(project_id, each)) for each in response_ids]
        found = [(each, call.trace_id, call.span_id) for each, call in known if call is not None]
        missing = [each for each, call in known if call is None]
        if missing:
            during = TimeRange(max(0, at_ns - _DAY_NS), at_ns + _DAY_NS)
            rows = store.calls_of_responses(self._warehouse, project_id, missing, during)
            first = {row["response_id"]: row for row in reversed(rows)}
            found += [(each, row["trace_id"], row["span_id"]) for each, row in first.items()]
        return found

    def settle(self, stored: Iterable[Known]) -> None:
        """Note that these spans are stored as their answers were at the time, and write what has changed since."""
        with self._placing:
            for known in stored:
                known.is_stored = True
                if known.written != known.answers:
                    self._dirty[known.span_id] = known
            if not self._dirty:
                return
            changed = [known for known in self._dirty.values() if known.is_stored and known.written != known.answers]
            self._dirty = {key: known for key, known in self._dirty.items() if not known.is_stored}
            todo = [(known, known.written, known.answers) for known in changed]
            for known in changed:
                known.written = known.answers
        self._write(todo)

    def say(self, known: Known, said: Whose) -> None:
        """Note whose a span is that was put aside before this process, now that it was read; settle afterwards."""
        with self._placing:
            for changed in self._recent.say(known.project_id, known.trace_id, known.span_id, said):
                self._dirty[changed.span_id] = changed

    def mend(self, project_id: str, starts: Mapping[str, int]) -> None:
        """Correct what spans of these traces say of one another, where a process that died had no time to.

        `starts` has a time within each trace, by its id.
        """
        self._read_back(project_id, starts)
        self.settle([])

    def _let_count_twice(self, spans: Iterable[Known]) -> None:
        """Hide that spans report calls where each report is to count: what is no call is no other's duplicate."""
        asked: dict[str, bool] = {}
        for known in spans:
            if known.project_id not in asked:
                asked[known.project_id] = self._deduplicates(known.project_id)
            if not asked[known.project_id]:
                known.is_billed = False

    def _add(self, known: Known) -> None:
        for changed in self._recent.add(known):
            self._dirty[changed.span_id] = changed

    def _climb(
        self,
        project_id: str,
        trace_id: str,
        aside: Mapping[tuple[str, str], Known],
        needed: list[Known],
        rescued: list[Known],
    ) -> None:
        """Go up from the trace's spans and keep what lies above them."""
        trace = self._recent.trace(project_id, trace_id)
        ways = [span_id for span_id in trace.wanted if (trace_id, span_id) in aside or span_id in trace.spans]
        while ways:
            span_id = ways.pop()
            known = aside.get((trace_id, span_id))
            if known is not None and known.is_kept:
                needed.append(known)
            else:
                known = trace.spans.get(span_id)
                if known is None or known.is_kept:
                    continue
                known.is_kept = True
                del trace.spans[span_id]
                rescued.append(known)
            self._add(known)
            parent = known.parent_span_id
            if parent in trace.wanted:
                ways.append(parent)

    def _recall(self, arrived: Sequence[Known]) -> None:
        """Ask the store for traces that began before this process, or that memory had to drop."""
        lost: dict[str, dict[str, int]] = {}
        with self._placing:
            for known in arrived:
                traces = lost.setdefault(known.project_id, {})
                if known.trace_id in traces or self._recent.knows(known.project_id, known.trace_id):
                    continue
                if known.started_ns < self._started_ns or self._recent.has_forgotten(known.project_id, known.trace_id):
                    traces[known.trace_id] = known.started_ns
        for project_id, responses in self._unknown_responses(arrived).items():
            # The same call may have been reported in another trace, to the process before this one.
            during = _around(responses.values())
            for row in store.calls_of_responses(self._warehouse, project_id, list(responses), during):
                if not self._recent.knows(project_id, row["trace_id"]):
                    lost[project_id].setdefault(row["trace_id"], row["started_ns"])
        for project_id, starts in lost.items():
            if starts:
                self._read_back(project_id, starts)

    def _read_back(self, project_id: str, starts: Mapping[str, int]) -> None:
        during = _around(starts.values())
        ids = list(starts)
        rows = store.spans_of(self._warehouse, project_id, ids, during)
        aside = store.side_spans_of(self._warehouse, project_id, ids, during)
        with self._placing:
            stored = [_known(project_id, row) for row in sorted(rows, key=lambda row: row["started_ns"])]
            stored += [_known_aside(project_id, row) for row in aside]
            self._let_count_twice(stored)
            for known in self._recent.put_back(stored):
                self._dirty[known.span_id] = known

    def _unknown_responses(self, arrived: Sequence[Known]) -> dict[str, dict[str, int]]:
        """Return the responses whose call may have been reported before this process began, by project.

        Each comes with when its span began.

        Two reports of one call overlap in time, so that a call that began after this process has no such twin.
        """
        found: dict[str, dict[str, int]] = {}
        with self._placing:
            for known in arrived:
                if not known.is_billed or not known.response_id or known.started_ns > self._started_ns + SLACK_NS:
                    continue
                if self._recent.reported(known.project_id, known.response_id) is None:
                    found.setdefault(known.project_id, {})[known.response_id] = known.started_ns
        return found

    def _write(self, todo: Sequence[tuple[Known, Answers, Answers]]) -> None:
        for to in (False, True):
            for project_id in {known.project_id for known, _, _ in todo}:
                turned = [
                    known
                    for known, before, after in todo
                    if known.project_id == project_id and before[0] != after[0] and after[0] is to
                ]
                if turned:
                    ids = [known.span_id for known in turned]
                    store.write_roots(self._warehouse, project_id, ids, _during(turned), to=to)
        for known, before, after in todo:
            if after[1] and not before[1]:
                store.write_counted_elsewhere(
                    self._warehouse,
                    known.project_id,
                    known.span_id,
                    _during([known]),
                    source=PriceSource.COUNTED_ELSEWHERE.value,
                    version=span_of_otlp.COUNTED_ELSEWHERE_VERSION,
                    formula=span_of_otlp.counted_in(after[1]),
                )
        for project_id in dict.fromkeys(known.project_id for known, _, _ in todo):
            heirs = [
                (known, after[2])
                for known, before, after in todo
                if known.project_id == project_id and before[2] != after[2]
            ]
            if heirs:
                spans = [known for known, _ in heirs]
                during = TimeRange(min(each.started_ns for each in spans), max(each.ended_ns for each in spans) + 1)
                store.write_whose(self._warehouse, project_id, {each.span_id: said for each, said in heirs}, during)


def _during(spans: Sequence[Known]) -> TimeRange:
    times = [known.started_ns for known in spans]
    return TimeRange(min(times), max(times) + 1)


def _known(project_id: str, row: Row) -> Known:
    is_gateway = row["source"] == "gateway"
    is_billed = row["kind"] == "server" if is_gateway else row["role"] in _BILLED
    is_billed = is_billed and (is_gateway or row["is_call"] or row["cost_source"] == "counted_elsewhere")
    usage = Usage(**{bucket: row[bucket] for bucket in BUCKETS})
    return Known(
        project_id=project_id,
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        parent_span_id=row["parent_span_id"],
        started_ns=row["started_ns"],
        ended_ns=row["started_ns"] + row["duration_ns"],
        is_gateway=is_gateway,
        is_billed=is_billed,
        inherits=is_billed,
        # Whoever stored it has said where it ran, if only by its key.
        said=Whose(**{name: row[name] for name in Whose._fields}),
        response_id=row["response_id"],
        usage=None if row["usage_source"] == "none" else usage,
        is_free=row["cost_source"] in _FREE and row["status"] == "error" and row["usage_source"] == "none",
        is_root=row["is_root"],
        counted_in="?" if row["cost_source"] == "counted_elsewhere" else "",
    )


def _around(starts: Collection[int]) -> TimeRange:
    """Return where what belongs to spans that began then may have begun itself."""
    return TimeRange(max(0, min(starts) - _DAY_NS), max(starts) + _DAY_NS)


def _known_aside(project_id: str, row: Row) -> Known:
    return Known(
        project_id=project_id,
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        parent_span_id=row["parent_span_id"],
        started_ns=row["started_ns"],
        ended_ns=row["started_ns"],
        is_kept=False,
    )
