"""What panels show, asked of a real warehouse."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest

from trimtab.llm.call import Call
from trimtab.traces.dashboards.service import Answer

Ask = Callable[..., Answer]
_ONE = Decimal("0.0005125")

pytestmark = pytest.mark.usefixtures("day")


def _by_key(found: Answer, measure: str) -> dict[tuple[str, ...], Any]:
    return {group.key: group.values[measure] for group in found.groups}


def _total(values: Iterable[Any]) -> Any:
    return sum((value for value in values if value is not None), Decimal(0))


def test_panel_without_a_cut_shows_everything_as_one_group(ask: Ask) -> None:
    found = ask("calls", "errors", "error_rate", "cost", "tokens", "p95_duration")
    (group,) = found.groups
    assert group.key == ()
    assert group.values == found.totals
    assert found.totals == {
        "calls": 7,
        "errors": 1,
        "error_rate": 1 / 7,
        "cost": 5 * _ONE,
        "tokens": 6 * 170,
        "p95_duration": 1000.0,
    }
    assert (found.rest, found.step_s, found.unpriced_calls) == (None, None, 1)


def test_groups_are_the_largest_by_the_first_measure_and_the_rest_is_summed(ask: Ask) -> None:
    found = ask("calls", "cost", by=("feature",), limit=2)
    assert _by_key(found, "calls") == {("chat",): 3, ("search",): 2}
    assert list(_by_key(found, "cost").values()) == [3 * _ONE, _ONE]
    assert found.rest is not None
    assert found.rest.values == {"calls": 2, "cost": _ONE}
    assert found.totals == {"calls": 7, "cost": 5 * _ONE}


def test_each_group_has_a_point_for_every_step_and_so_has_the_rest(ask: Ask) -> None:
    found = ask("calls", "cost", by=("feature",), limit=1, chart="line", over_time=True)
    assert found.step_s == 900
    (chat,) = found.groups
    assert found.rest is not None
    assert (len(chat.points), len(found.rest.points)) == (96, 96)
    for measure in ("calls", "cost"):
        assert _total(point.values[measure] for point in chat.points) == chat.values[measure]
        assert _total(point.values[measure] for point in found.rest.points) == found.rest.values[measure]


def test_unknown_cost_is_none_and_counted_and_never_zero(ask: Ask) -> None:
    found = ask("cost", "cost_per_call", by=("model",))
    assert _by_key(found, "cost") == {
        ("openai/gpt-4o",): 5 * _ONE,
        ("openai/gpt-4o-mini",): 0,
        ("lab/nova-1",): None,
    }
    assert _by_key(found, "cost_per_call")["lab/nova-1",] is None
    assert found.unpriced_calls == 1


def test_money_can_be_cut_by_what_only_the_call_knows(ask: Ask) -> None:
    found = ask("cost", "calls", by=("error.code",))
    assert _by_key(found, "cost") == {("",): 5 * _ONE, ("refused",): 0}
    assert _by_key(found, "calls") == {("",): 6, ("refused",): 1}


def test_two_dimensions_cut_calls_and_money_alike(ask: Ask) -> None:
    found = ask("calls", "cost", by=("feature", "user"), where="status = ok", sort="cost")
    assert {key: (group["calls"], group["cost"]) for key, group in _values(found).items()} == {
        ("chat", "user-1"): (3, 3 * _ONE),
        ("mail", "user-1"): (1, _ONE),
        ("search", "user-1"): (1, _ONE),
        ("search", "user-2"): (1, None),
    }


def _values(found: Answer) -> dict[tuple[str, ...], dict[str, Any]]:
    return {group.key: group.values for group in found.groups}


def test_environment_narrows_calls_and_money(ask: Ask, day: list[Call]) -> None:
    assert len(day) == 7
    assert ask("calls", "cost", environment="staging").totals == {"calls": 1, "cost": 0}
    assert ask("calls", "cost", environment="production").totals == {"calls": 6, "cost": 5 * _ONE}
