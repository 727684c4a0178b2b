"""A trace as a tree in pre-order, with what every subtree used and cost. Pure.

Tokens and money are the ledger's: one row for each call, so a sum over any subtree counts no call twice. Spans whose
parent is not there stand at the top; spans that are parents of one another are reached from nowhere and stand last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import msgspec

from trimtab.base import money


class Node(msgspec.Struct, frozen=True, gc=False):
    """One span without what was said in it."""

    span_id: str
    parent_span_id: str
    name: str
    role: str
    side: str
    status: str
    outcome: str
    error_code: str
    provider: str
    model: str
    source: str
    started_ns: int
    duration_ns: int
    ttft_ns: int | None

    @property
    def is_error(self) -> bool:
        """Whether it says that it failed."""
        return self.status == "error"


@dataclass(slots=True, kw_only=True)
class Sums:
    """What some calls used and cost together. `priced_usd` leaves out those without a price: `unpriced` of them."""

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    priced_usd: Decimal = money.ZERO
    unpriced: int = 0

    @property
    def cost_usd(self) -> Decimal | None:
        """The whole cost; None when a part of it is not known."""
        return None if self.unpriced else self.priced_usd

    def add(self, other: "Sums") -> None:
        """Take another's calls in."""
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.calls += other.calls
        self.priced_usd += other.priced_usd
        self.unpriced += other.unpriced


_NOTHING: Final = Sums()


@dataclass(frozen=True, slots=True)
class Unfolding:
    """Which spans show what lies beneath them: those above level `levels`, but for what is named."""

    levels: int | None = None
    """None unfolds everything."""
    opened: AbstractSet[str] = frozenset()
    closed: AbstractSet[str] = frozenset()

    def shows(self, span_id: str, depth: int) -> bool:
        """Say whether the span's children are shown."""
        if span_id in self.opened:
            return True
        return span_id not in self.closed and (self.levels is None or depth < self.levels)


@dataclass(slots=True)
class Tree:
    """The spans of a trace; every list has one entry for each, in pre-order."""

    nodes: list[Node] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    """How many spans the subtree has, its top among them."""
    children: list[int] = field(default_factory=list)
    """How many spans lie directly beneath."""
    errors: list[int] = field(default_factory=list)
    """How many spans of the subtree failed."""
    own: list[Sums] = field(default_factory=list)
    total: list[Sums] = field(default_factory=list)
    busy_ns: list[int] = field(default_factory=list)
    """The time in which nothing beneath it was at work."""
    place: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of spans."""
        return len(self.nodes)

    @property
    def whole(self) -> Sums:
        """What all of it used and cost together."""
        total = Sums()
        for at, depth in enumerate(self.depths):
            if depth == 0:
                total.add(self.total[at])
        return total

    @property
    def bounds_ns(self) -> tuple[int, int]:
        """When the first span started and the last one ended."""
        start = min(node.started_ns for node in self.nodes)
        return start, max(node.started_ns + node.duration_ns for node in self.nodes)

    def visible(self, unfolding: Unfolding) -> list[int]:
        """Return the places of the spans that are shown, from top to bottom."""
        shown: list[int] = []
        at = 0
        while at < len(self.nodes):
            shown.append(at)
            is_open = self.children[at] == 0 or unfolding.shows(self.nodes[at].span_id, self.depths[at])
            at += 1 if is_open else self.sizes[at]
        return shown

    def ancestors(self, at: int) -> list[int]:
        """Return the places of what lies above a span, the top first."""
        above: list[int] = []
        depth = self.depths[at]
        for place in range(at - 1, -1, -1):
            if self.depths[place] < depth:
                above.append(place)
                depth = self.depths[place]
            if depth == 0:
                break
        return above[::-1]

    def subtree(self, at: int) -> range:
        """Return the places of a span and all that lies beneath it."""
        return range(at, at + self.sizes[at])

    def last_of(self, at: int, role: str) -> int | None:
        """Return the place of the span of this role beneath another one that ended last."""
        found = [below for below in self.subtree(at)[1:] if self.nodes[below].role == role]
        ends_ns = {below: self.nodes[below].started_ns + self.nodes[below].duration_ns for below in found}
        return max(found, key=lambda below: ends_ns[below], default=None)

    def first_error(self) -> int | None:
        """Return the place of the earliest failure that no failure beneath it explains."""
        origins = [at for at, node in enumerate(self.nodes) if node.is_error and self.errors[at] == 1]
        return min(origins, key=lambda at: self.nodes[at].started_ns, default=None)

    def slowest(self) -> int | None:
        """Return the place of the span that was itself at work for the longest time."""
        return max(range(len(self)), key=lambda at: self.busy_ns[at], default=None)

    def dearest(self) -> int | None:
        """Return the place of the call that cost most; None when nothing has a cost."""
        priced = [at for at, sums in enumerate(self.own) if sums.priced_usd > 0]
        return max(priced, key=lambda at: self.own[at].priced_usd, default=None)


def grow(nodes: Sequence[Node], used: Mapping[str, Sums]) -> Tree:
    """Return the tree of the nodes, siblings by their start; `used` is what each span's own calls used, by its id."""
    known = {node.span_id for node in nodes}
    below: dict[str, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: (node.started_ns, node.span_id)):
        parent = node.parent_span_id
        below.setdefault(parent if parent in known and parent != node.span_id else "", []).append(node)
    tree = Tree()
    for node, depth in _walk(below, nodes):
        tree.place[node.span_id] = len(tree.nodes)
        tree.nodes.append(node)
        tree.depths.append(depth)
    _sum_up(tree, used)
    return tree


def _walk(below: Mapping[str, list[Node]], nodes: Iterable[Node]) -> Iterator[tuple[Node, int]]:
    seen: set[str] = set()
    for top in [*below.get("", ()), *nodes]:
        waiting = [(top, 0)]
        while waiting:
            node, depth = waiting.pop()
            if node.span_id in seen:
                continue
            seen.add(node.span_id)
            yield node, depth
            waiting += [(child, depth + 1) for child in reversed(below.get(node.span_id, ()))]


def _sum_up(tree: Tree, used: Mapping[str, Sums]) -> None:
    """Fill what is known of subtrees, from the last span back, so that all beneath a span comes before it."""
    count = len(tree.nodes)
    tree.sizes, tree.children, tree.errors = [1] * count, [0] * count, [0] * count
    tree.own = [used.get(node.span_id, _NOTHING) for node in tree.nodes]
    tree.total = [Sums() for _ in range(count)]
    tree.busy_ns = [node.duration_ns for node in tree.nodes]
    for at in range(count - 1, -1, -1):
        node, depth = tree.nodes[at], tree.depths[at]
        tree.errors[at] = int(node.is_error)
        tree.total[at].add(tree.own[at])
        child, reached_ns = at + 1, node.started_ns
        end_ns = node.started_ns + node.duration_ns
        while child < count and tree.depths[child] == depth + 1:
            tree.children[at] += 1
            tree.sizes[at] += tree.sizes[child]
            tree.errors[at] += tree.errors[child]
            tree.total[at].add(tree.total[child])
            beneath = tree.nodes[child]
            stop_ns = min(beneath.started_ns + beneath.duration_ns, end_ns)
            start_ns = max(beneath.started_ns, reached_ns)
            tree.busy_ns[at] -= max(0, stop_ns - start_ns)
            reached_ns = max(reached_ns, stop_ns)
            child += tree.sizes[child]
