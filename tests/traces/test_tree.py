"""The tree of a trace: its order, what is shown of it, and sums in which no call counts twice."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from trimtab.traces.tree import Node, Sums, Tree, Unfolding, grow


def _node(span_id: str, parent: str = "", at: int = 0, length: int = 100, **facts: Any) -> Node:
    usual: dict[str, Any] = dict.fromkeys(
        ("role", "side", "outcome", "error_code", "provider", "model", "source"), ""
    ) | {"ttft_ns": None, "name": span_id, "status": "ok"}
    return Node(span_id=span_id, parent_span_id=parent, started_ns=at, duration_ns=length, **(usual | facts))


def _cost(usd: str | None, tokens: int = 1) -> Sums:
    if usd is None:
        return Sums(input_tokens=tokens, calls=1, unpriced=1)
    return Sums(input_tokens=tokens, calls=1, priced_usd=Decimal(usd))


def _names(tree: Tree, places: list[int]) -> str:
    return " ".join(tree.nodes[at].span_id for at in places)


@pytest.fixture
def tree() -> Tree:
    """Give root > (agent > (ask, tool), other), which arrived in no order."""
    nodes = [
        _node("tool", "agent", at=30, length=10),
        _node("root", at=0, length=100),
        _node("other", "root", at=60, length=20, status="error"),
        _node("ask", "agent", at=10, length=15),
        _node("agent", "root", at=5, length=50),
    ]
    return grow(nodes, {"ask": _cost("0.25", 10), "other": _cost(None, 7)})


def test_spans_stand_in_preorder_siblings_by_their_start(tree: Tree) -> None:
    assert _names(tree, list(range(len(tree)))) == "root agent ask tool other"
    assert tree.depths == [0, 1, 2, 2, 1]
    assert tree.sizes == [5, 3, 1, 1, 1]
    assert tree.children == [2, 2, 0, 0, 0]


def test_each_subtree_has_the_sum_of_its_calls(tree: Tree) -> None:
    root, agent, ask = tree.total[:3]
    assert (agent.cost_usd, agent.input_tokens, agent.calls) == (Decimal("0.25"), 10, 1)
    assert ask == tree.own[2]
    # One call below the root has no price, so its whole cost is not known; the tokens are.
    assert (root.cost_usd, root.priced_usd, root.unpriced, root.input_tokens) == (None, Decimal("0.25"), 1, 17)


def test_folded_subtree_is_passed_over(tree: Tree) -> None:
    assert _names(tree, tree.visible(Unfolding())) == "root agent ask tool other"
    assert _names(tree, tree.visible(Unfolding(closed={"agent"}))) == "root agent other"
    assert _names(tree, tree.visible(Unfolding(0))) == "root"
    assert _names(tree, tree.visible(Unfolding(1))) == "root agent other"
    assert _names(tree, tree.visible(Unfolding(0, opened={"root", "agent"}))) == "root agent ask tool other"


def test_ancestors_are_told_from_the_top(tree: Tree) -> None:
    assert _names(tree, tree.ancestors(3)) == "root agent"
    assert tree.ancestors(0) == []


def test_time_of_its_own_leaves_out_what_lies_beneath(tree: Tree) -> None:
    # The root is at work from 0 to 5, 55 to 60 and 80 to 100; the agent from 5 to 10, 25 to 30 and 40 to 55.
    assert tree.busy_ns == [30, 25, 15, 10, 20]


def test_children_that_overlap_are_not_taken_off_twice() -> None:
    tree = grow([_node("r"), _node("a", "r", 10, 40), _node("b", "r", 20, 40), _node("c", "r", 90, 50)], {})
    assert tree.busy_ns[0] == 100 - 50 - 10


def test_first_error_is_where_it_came_from() -> None:
    failed = {"status": "error"}
    tree = grow(
        [
            _node("root", at=0, **failed),
            _node("step", "root", at=1, **failed),
            _node("fine", "step", at=2),
            _node("cause", "step", at=3, **failed),
            _node("later", "root", at=4, **failed),
        ],
        {},
    )
    assert _names(tree, [tree.first_error() or 0]) == "cause"
    assert tree.errors == [4, 2, 0, 1, 1]


def test_slowest_and_dearest_are_single_spans(tree: Tree) -> None:
    assert _names(tree, [tree.slowest() or 0]) == "root"
    assert _names(tree, [tree.dearest() or 0]) == "ask"
    assert grow([_node("a")], {}).dearest() is None
    assert grow([_node("a")], {}).first_error() is None


def test_span_whose_parent_is_missing_stands_at_the_top() -> None:
    tree = grow([_node("b", "lost", at=2), _node("a", at=1), _node("self", "self", at=3)], {})
    assert _names(tree, [0, 1, 2]) == "a b self"
    assert tree.depths == [0, 0, 0]


def test_parents_in_a_circle_are_shown_once_each() -> None:
    tree = grow([_node("x", "y", at=1), _node("y", "x", at=2), _node("a", at=0)], {"x": _cost("1"), "y": _cost("2")})
    assert _names(tree, [0, 1, 2]) == "a x y"
    assert tree.depths == [0, 0, 1]
    assert tree.total[1].cost_usd == Decimal(3)


def test_deep_chain_needs_no_deep_stack() -> None:
    chain = [_node(f"{depth}", f"{depth - 1}" if depth else "", at=depth) for depth in range(20_000)]
    tree = grow(chain[::-1], {"19999": _cost("1")})
    assert tree.depths[-1] == 19_999
    assert tree.total[0].cost_usd == 1
    assert len(tree.ancestors(19_999)) == 19_999


def test_windows_of_any_size_put_together_are_the_whole_tree() -> None:
    dice = Random(7)  # noqa: S311 - data for a test, the same each time
    nodes = [_node("0")]
    nodes += [_node(str(each), str(dice.randrange(each)), at=dice.randrange(50)) for each in range(1, 500)]
    costs = {node.span_id: _cost(str(dice.randrange(100))) for node in nodes if dice.random() < 0.5}
    tree = grow(dice.sample(nodes, len(nodes)), costs)
    for _ in range(20):
        closed = {str(dice.randrange(500)) for _ in range(30)}
        visible = tree.visible(Unfolding(closed=closed))
        # By the definition: shown is what has no folded span above it.
        expected = [
            at for at in range(len(tree)) if not closed & {tree.nodes[above].span_id for above in tree.ancestors(at)}
        ]
        assert visible == expected
    assert tree.total[0].priced_usd == sum(each.priced_usd for each in costs.values())
    assert [tree.place[node.span_id] for node in tree.nodes] == list(range(500))
