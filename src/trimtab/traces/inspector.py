"""Shows one trace part by part, whatever its size: a window of its tree, one span, the reasons of a cost.

The tree of a trace is kept for the next question about it; a mark tells whether the trace has changed since.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from trimtab.base.clock import Clock
from trimtab.base.errors import NotFound
from trimtab.costs import price_lines
from trimtab.identity.access import ProjectAccess, Right
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces import show
from trimtab.traces.inspector_views import (
    Ancestor,
    CostDetail,
    Found,
    PriceSum,
    SpanDetail,
    SumsView,
    TraceSummary,
    TreeRow,
    TreeWindow,
)
from trimtab.traces.range import TimeRange, to_ns_since_epoch
from trimtab.traces.service import TraceService
from trimtab.traces.store import remarks
from trimtab.traces.store import trace as trace_store
from trimtab.traces.store import tree as store
from trimtab.traces.tree import Sums, Tree, Unfolding, grow

MOST_SPANS: Final = 200_000
"""Of one tree."""
_MOST_KEPT: Final = 400_000
"""Spans of all trees that are kept."""
_MOST_FOUND: Final = 2_000
_MOST_ENTRIES: Final = 100
_PAGE: Final = 1_000
_KEPT: Final = timedelta(days=4_000)
MODEL: Final = "model"


@dataclass(frozen=True, slots=True)
class _Grown:
    mark: store.Mark
    tree: Tree
    is_truncated: bool


class TraceInspector:
    """Answers questions about one trace. Safe to share between threads."""

    def __init__(
        self, warehouse: Warehouse, clock: Clock, traces: TraceService, *, most_spans: int = MOST_SPANS
    ) -> None:
        """Read from `warehouse`; a tree has at most `most_spans` spans."""
        self._warehouse = warehouse
        self._clock = clock
        self._traces = traces
        self._most_spans = most_spans
        # Guards `_grown`, for a moment: a tree that is kept is found while another one grows.
        self._guard = threading.Lock()
        self._grown: OrderedDict[tuple[str, str], _Grown] = OrderedDict()
        # Held while a tree grows, so that two questions about one trace do not read it twice.
        self._growing = threading.Lock()

    def summary(self, access: ProjectAccess, trace_id: str) -> TraceSummary:
        """Return the trace as a whole.

        Raises:
            NotFound: this project has no such trace.
        """
        return self._summary(access.project.id, trace_id, self._tree(access, trace_id))

    def _summary(self, project_id: str, trace_id: str, grown: _Grown) -> TraceSummary:
        tree = grown.tree
        start_ns, end_ns = tree.bounds_ns
        first = min(tree.nodes, key=lambda node: (node.started_ns, node.span_id))
        rows = store.heads(self._warehouse, project_id, trace_id, grown.mark.during, first.span_id)
        head = show.head_of(rows)
        if head["source"] != "gateway" or len(rows) > 1:
            self._traces.add_sums(project_id, [head])
        said = remarks.of_traces(self._warehouse, project_id, [head])
        return TraceSummary(
            trace=show.trace_row(head, len(tree), said.get(trace_id)),
            span_count=len(tree),
            error_count=sum(node.is_error for node in tree.nodes),
            levels=1 + max(tree.depths),
            duration_ms=(end_ns - start_ns) / 1e6,
            total=_sums(tree.whole),
            first_error=_id(tree, tree.first_error()),
            slowest=_id(tree, tree.slowest()),
            dearest=_id(tree, tree.dearest()),
            is_truncated=grown.is_truncated,
        )

    def window(
        self, access: ProjectAccess, trace_id: str, unfolding: Unfolding, *, offset: int, limit: int, locate: str | None
    ) -> TreeWindow:
        """Return lines of the unfolded tree; `locate` unfolds what lies above that span and tells its line.

        Raises:
            NotFound: this project has no such trace.
        """
        tree = self._tree(access, trace_id).tree
        wanted = None if locate is None else tree.place.get(locate)
        above = [] if wanted is None else [tree.nodes[at].span_id for at in tree.ancestors(wanted)]
        unfolding = Unfolding(unfolding.levels, unfolding.opened | set(above), unfolding.closed - set(above))
        visible = tree.visible(unfolding)
        start_ns, _ = tree.bounds_ns
        return TreeWindow(
            visible=len(visible),
            offset=offset,
            located=None if wanted is None else visible.index(wanted),
            above=above,
            rows=[_row(tree, at, start_ns, unfolding) for at in visible[offset : offset + limit]],
        )

    def export(self, access: ProjectAccess, trace_id: str) -> Iterator[bytes]:
        """Return the whole trace as one JSON document, in pieces: its sums, every span by its start, and the ledger.

        Raises:
            NotFound: this project has no such trace.
        """
        grown = self._tree(access, trace_id)
        summary = self._summary(access.project.id, trace_id, grown)
        return self._pieces(access.project.id, trace_id, grown, summary)

    def _pieces(self, project_id: str, trace_id: str, grown: _Grown, summary: TraceSummary) -> Iterator[bytes]:
        during, nodes = grown.mark.during, sorted(grown.tree.nodes, key=lambda node: (node.started_ns, node.span_id))
        pages = [nodes[start : start + _PAGE] for start in range(0, len(nodes), _PAGE)]
        yield b'{"summary":' + summary.model_dump_json().encode() + b',"spans":['
        joint = b""
        for page in pages:
            ids = [node.span_id for node in page]
            above = [node.parent_span_id for node in page if node.parent_span_id]
            rows = trace_store.some_spans(self._warehouse, project_id, trace_id, [*ids, *above], during)
            shown = [
                show.span(rows[each.span_id], rows.get(each.parent_span_id)) for each in page if each.span_id in rows
            ]
            yield joint + b",".join(each.model_dump_json().encode() for each in shown)
            joint = b","
        yield b'],"ledger":['
        joint = b""
        for page in pages:
            ids = [node.span_id for node in page]
            entries = trace_store.ledger(self._warehouse, project_id, trace_id, during, len(ids), ids)
            if entries:
                yield joint + b",".join(show.ledger_row(row).model_dump_json().encode() for row in entries)
                joint = b","
        yield b"]}"

    def find(self, access: ProjectAccess, trace_id: str, text: str) -> Found:
        """Return the spans that hold the text, in the order of the tree; all failures for an empty text.

        Raises:
            NotFound: this project has no such trace.
        """
        grown = self._tree(access, trace_id)
        tree = grown.tree
        if text.strip():
            ids = store.find(self._warehouse, access.project.id, trace_id, grown.mark.during, text.strip())
            places = sorted(tree.place[span_id] for span_id in ids if span_id in tree.place)
        else:
            places = [at for at, node in enumerate(tree.nodes) if node.is_error]
        return Found(total=len(places), span_ids=[tree.nodes[at].span_id for at in places[:_MOST_FOUND]])

    def span(self, access: ProjectAccess, trace_id: str, span_id: str) -> SpanDetail:
        """Return everything about one span.

        Raises:
            NotFound: this project has no such trace, or the trace no such span.
        """
        grown = self._tree(access, trace_id)
        tree, at = grown.tree, _place(grown.tree, span_id)
        node = tree.nodes[at]
        during = _around([node.started_ns, *(tree.nodes[above].started_ns for above in tree.ancestors(at)[-1:])])
        ids = [span_id, *([node.parent_span_id] if node.parent_span_id else [])]
        rows = trace_store.some_spans(self._warehouse, access.project.id, trace_id, ids, during)
        if span_id not in rows:
            raise _no_span(span_id)
        shown = show.span(rows[span_id], rows.get(node.parent_span_id))
        has_messages = shown.input_messages or shown.output_messages
        return SpanDetail(
            span=shown,
            kind=node.role,
            ancestors=[
                Ancestor(span_id=tree.nodes[above].span_id, name=tree.nodes[above].name, kind=tree.nodes[above].role)
                for above in tree.ancestors(at)
            ],
            own=_sums(tree.own[at]),
            total=_sums(tree.total[at]),
            speaker=None if has_messages else _id(tree, tree.last_of(at, MODEL)),
            attempts=[
                tree.nodes[below].span_id
                for below in tree.subtree(at)
                if tree.depths[below] == tree.depths[at] + 1
                and tree.nodes[below].source == "gateway"
                and tree.nodes[below].side == "client"
            ],
        )

    def cost(self, access: ProjectAccess, trace_id: str, span_id: str | None) -> CostDetail:
        """Return why a span with all beneath it, or the whole trace, costs what it costs.

        Raises:
            NotFound: this project has no such trace, or the trace no such span.
        """
        grown = self._tree(access, trace_id)
        tree = grown.tree
        if span_id is None:
            places: Iterable[int] = range(len(tree))
            total = tree.whole
        else:
            at = _place(tree, span_id)
            places, total = tree.subtree(at), tree.total[at]
        ids = {tree.nodes[place].span_id for place in places if tree.own[place].calls}
        during = grown.mark.during
        entries = [
            entry for entry in store.entries(self._warehouse, access.project.id, trace_id, during) if entry[0] in ids
        ]
        shown = [span_id for span_id, *_ in entries[:_MOST_ENTRIES]]
        ledger = trace_store.ledger(self._warehouse, access.project.id, trace_id, during, _MOST_ENTRIES, shown)
        priced, unexplained = _price_sums(entries)
        return CostDetail(
            total=_sums(total),
            sums=priced,
            unexplained_usd=unexplained,
            ledger=[show.ledger_row(row) for row in ledger],
            is_truncated=len(entries) > _MOST_ENTRIES,
        )

    def _tree(self, access: ProjectAccess, trace_id: str) -> _Grown:
        access.require(Right.READ)
        project_id = access.project.id
        now = self._clock.now()
        ever = TimeRange(to_ns_since_epoch(now - _KEPT), to_ns_since_epoch(now + timedelta(days=2)))
        mark = store.mark(self._warehouse, project_id, trace_id, ever)
        if mark is None:
            raise NotFound(
                f"there is no trace {trace_id!r} in this project",
                hint="Calls show up within two seconds; the id is in the response header of the call.",
            )
        key = (project_id, trace_id)
        if kept := self._kept(key, mark):
            return kept
        with self._growing:
            if kept := self._kept(key, mark):
                return kept
            nodes = store.nodes(self._warehouse, project_id, trace_id, mark.during, self._most_spans + 1)
            used = store.used(self._warehouse, project_id, trace_id, mark.during)
            grown = _Grown(mark, grow(nodes[: self._most_spans], used), len(nodes) > self._most_spans)
            with self._guard:
                self._grown[key] = grown
                self._grown.move_to_end(key)
                while len(self._grown) > 1 and sum(len(each.tree) for each in self._grown.values()) > _MOST_KEPT:
                    self._grown.popitem(last=False)
        return grown

    def _kept(self, key: tuple[str, str], mark: store.Mark) -> _Grown | None:
        with self._guard:
            kept = self._grown.get(key)
            if kept is None or kept.mark != mark:
                return None
            self._grown.move_to_end(key)
            return kept


def _row(tree: Tree, at: int, start_ns: int, unfolding: Unfolding) -> TreeRow:
    node = tree.nodes[at]
    return TreeRow(
        span_id=node.span_id,
        parent_span_id=node.parent_span_id,
        name=node.name,
        kind=node.role,
        side=node.side,
        source=node.source,
        status="error" if node.is_error else "ok" if node.status == "ok" else "unset",
        outcome=node.outcome,
        error_code=node.error_code,
        provider=node.provider,
        model=node.model,
        offset_ms=(node.started_ns - start_ns) / 1e6,
        duration_ms=node.duration_ns / 1e6,
        busy_ms=tree.busy_ns[at] / 1e6,
        ttft_ms=show.milliseconds(node.ttft_ns),
        depth=tree.depths[at],
        child_count=tree.children[at],
        span_count=tree.sizes[at],
        error_count=tree.errors[at],
        is_open=tree.children[at] > 0 and unfolding.shows(node.span_id, tree.depths[at]),
        own=_sums(tree.own[at]),
        total=_sums(tree.total[at]),
    )


def _sums(sums: Sums) -> SumsView:
    return SumsView(
        input_tokens=sums.input_tokens,
        output_tokens=sums.output_tokens,
        calls=sums.calls,
        cost_usd=sums.cost_usd,
        unpriced=sums.unpriced,
    )


def _price_sums(
    entries: Sequence[tuple[str, tuple[str, str, str], str, Decimal | None]],
) -> tuple[list[PriceSum], Decimal]:
    """Return the price lines of all entries added up by what they have in common, and the cost that has no lines."""
    tokens: dict[tuple[str, ...], int] = {}
    costs: dict[tuple[str, ...], Decimal] = {}
    unexplained = Decimal(0)
    for _, asked, raw, cost in entries:
        lines = price_lines.decode(raw)
        for line in lines:
            key = (*asked, line.bucket, line.usd_per_million)
            tokens[key] = tokens.get(key, 0) + line.tokens
            costs[key] = costs.get(key, Decimal(0)) + line.cost_usd
        if not lines:
            unexplained += cost or Decimal(0)
    sums = [
        PriceSum(
            provider=key[0],
            model=key[1],
            service_tier=key[2],
            bucket=key[3],
            usd_per_million=key[4],
            tokens=tokens[key],
            cost_usd=cost,
        )
        for key, cost in sorted(costs.items(), key=lambda item: (item[0][:3], -item[1]))
    ]
    return sums, unexplained


def _place(tree: Tree, span_id: str) -> int:
    at = tree.place.get(span_id)
    if at is None:
        raise _no_span(span_id)
    return at


def _no_span(span_id: str) -> NotFound:
    return NotFound(f"the trace has no span {span_id!r}", hint="Open the trace itself to see the spans that it has.")


def _id(tree: Tree, at: int | None) -> str | None:
    return None if at is None else tree.nodes[at].span_id


def _around(times_ns: Sequence[int]) -> TimeRange:
    return TimeRange(min(times_ns), max(times_ns) + 1)
