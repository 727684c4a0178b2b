from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal

import pytest

from trimtab.base.clock import FixedClock
from trimtab.identity.access import ProjectAccess
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.collector import CollectorService
from trimtab.traces.service import Period, TraceService
from trimtab.traces.store.overview import By
from trimtab.traces.views import Overview

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]

_HOUR_NS = 3600 * 10**9
_ONE = Decimal("0.0005125")


@pytest.fixture
def now_ns(clock: FixedClock) -> int:
    return clock.now_ns()


@pytest.fixture
def two_days(
    collector: CollectorService, frame: Frame, make_call: MakeCall, make_attempt: MakeAttempt, now_ns: int
) -> None:
    """Store six calls of today and two of yesterday, of two models, one of them without a price."""
    unpriced = make_attempt(now_ns - 3 * _HOUR_NS, provider="lab", model="nova-1", response_model="")
    failed = make_attempt(
        now_ns - 4 * _HOUR_NS, outcome=Outcome.UPSTREAM_ERROR, usage=None, first_token_ns=None, status_code=500
    )
    calls = [
        *(make_call(now_ns - 2 * _HOUR_NS + place * 10**9) for place in range(3)),
        make_call(now_ns - 3 * _HOUR_NS, attempts=[unpriced], feature="search"),
        make_call(now_ns - 4 * _HOUR_NS, attempts=[failed, make_attempt(now_ns - 4 * _HOUR_NS)], feature="search"),
        make_call(
            now_ns - 4 * _HOUR_NS, attempts=[], outcome=Outcome.REFUSED, prompt=None, feature="", environment="staging"
        ),
        *(make_call(now_ns - 30 * _HOUR_NS + place) for place in range(2)),
    ]
    assert collector.accept(frame(calls), replay=False).accepted == 8


@pytest.fixture
def overview(traces: TraceService, access: ProjectAccess, clock: FixedClock) -> Callable[[By], Overview]:
    """Give a function that asks for the overview of the last day."""
    period = Period(clock.now() - timedelta(days=1), clock.now())
    return lambda by: traces.overview(access, period, by)


@pytest.mark.usefixtures("two_days")
def test_totals_count_today_and_the_day_before_apart(overview: Callable[[By], Overview]) -> None:
    found = overview("model")
    assert found.totals.model_dump() == {
        "requests": 6,
        "errors": 1,
        "error_rate": 1 / 6,
        "p50_ms": 1000.0,
        "p95_ms": 1000.0,
        "ttft_p50_ms": 200.0,
        "ttft_p95_ms": 200.0,
        "input_tokens": 5 * 150,
        "output_tokens": 5 * 20,
        "cost_usd": "0.00205",
        "unpriced_requests": 1,
    }
    assert (found.previous.requests, found.previous.cost_usd) == (2, 2 * _ONE)


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize("by", ["prompt", "model", "feature", "environment"])
def test_series_breakdown_and_ledger_sum_to_the_totals(
    overview: Callable[[By], Overview], warehouse: Warehouse, access: ProjectAccess, now_ns: int, by: By
) -> None:
    found = overview(by)
    totals = found.totals
    for parts in (found.series, found.breakdown):
        assert sum(part.requests for part in parts) == totals.requests
        assert sum(part.errors for part in parts) == totals.errors
        assert sum((part.cost_usd or 0 for part in parts), Decimal(0)) == totals.cost_usd
    assert sum(point.tokens for point in found.series) == totals.input_tokens + totals.output_tokens
    assert sum(row.unpriced_requests for row in found.breakdown) == totals.unpriced_requests
    (ledger,) = warehouse.query(
        "SELECT sum(cost_usd) AS cost FROM ledger FINAL WHERE project_id = {p:String} "
        "AND called_at >= fromUnixTimestamp64Nano({since:Int64})",
        {"p": access.project.id, "since": now_ns - 24 * _HOUR_NS},
    )
    assert ledger["cost"] == totals.cost_usd


@pytest.mark.usefixtures("two_days")
def test_series_has_every_step_and_zeros_where_nothing_happened(overview: Callable[[By], Overview]) -> None:
    found = overview("model")
    assert (found.step_s, len(found.series)) == (900, 96)
    assert {after.at - before.at for before, after in zip(found.series, found.series[1:], strict=False)} == {
        timedelta(seconds=900)
    }
    silent = [point for point in found.series if point.requests == 0]
    assert len(silent) == 93
    assert {(point.errors, point.p50_ms, point.tokens, point.cost_usd) for point in silent} == {
        (0, None, 0, Decimal(0))
    }


@pytest.mark.usefixtures("two_days")
def test_breakdown_names_each_key_with_its_own_numbers(overview: Callable[[By], Overview]) -> None:
    by_model = {row.key: row for row in overview("model").breakdown}
    assert list(by_model) == ["openai/gpt-4o", "", "lab/nova-1"]
    assert (by_model["openai/gpt-4o"].requests, by_model["openai/gpt-4o"].cost_usd) == (4, 4 * _ONE)
    assert (by_model["lab/nova-1"].cost_usd, by_model["lab/nova-1"].unpriced_requests) == (None, 1)
    by_feature = {row.key: (row.requests, row.errors) for row in overview("feature").breakdown}
    assert by_feature == {"chat": (3, 0), "search": (2, 0), "": (1, 1)}
    assert {row.key for row in overview("prompt").breakdown} == {"support/answer", ""}
    assert {row.key for row in overview("environment").breakdown} == {"production", "staging"}


def test_with_very_many_keys_each_that_is_shown_has_both_its_calls_and_its_money(
    collector: CollectorService,
    overview: Callable[[By], Overview],
    frame: Frame,
    make_call: MakeCall,
    make_attempt: MakeAttempt,
    now_ns: int,
) -> None:
    at = now_ns - _HOUR_NS
    dear = [make_call(at + place, feature=f"dear-{place:03}") for place in range(150)]
    busy = [
        make_call(
            at + 1000 * place + again, feature=f"busy-{place:03}", attempts=[make_attempt(at, provider_kind="local")]
        )
        for place in range(150)
        for again in range(2)
    ]
    collector.accept(frame([*dear, *busy]), replay=False)
    rows = {row.key: row for row in overview("feature").breakdown}
    assert len(rows) == 300
    assert {(row.requests, row.cost_usd) for key, row in rows.items() if key.startswith("dear")} == {(1, _ONE)}
    assert {(row.requests, row.cost_usd) for key, row in rows.items() if key.startswith("busy")} == {(2, Decimal(0))}


def test_project_without_calls_has_zeros_and_no_latency(overview: Callable[[By], Overview]) -> None:
    found = overview("model")
    assert (found.totals.requests, found.totals.error_rate, found.totals.p50_ms) == (0, 0.0, None)
    assert found.totals.cost_usd == Decimal(0)
    assert found.breakdown == []
    assert len(found.series) == 96


def test_unpriced_calls_alone_have_an_unknown_cost(
    collector: CollectorService,
    frame: Frame,
    make_call: MakeCall,
    make_attempt: MakeAttempt,
    overview: Callable[[By], Overview],
) -> None:
    collector.accept(frame([make_call(attempts=[make_attempt(model="x", response_model="")])]), replay=False)
    totals = overview("model").totals
    assert (totals.requests, totals.cost_usd, totals.unpriced_requests) == (1, None, 1)


def test_percentiles_are_those_of_the_calls(
    collector: CollectorService,
    frame: Frame,
    make_call: MakeCall,
    overview: Callable[[By], Overview],
    now_ns: int,
) -> None:
    calls = []
    for place in range(1, 101):
        at_ns = now_ns - _HOUR_NS + place
        calls.append(make_call(at_ns, ended_ns=at_ns + place * 1_000_000, stream=False))
    collector.accept(frame(calls), replay=False)
    totals = overview("model").totals
    assert totals.p50_ms == pytest.approx(50.5)
    assert totals.p95_ms == pytest.approx(95.05)
    assert totals.ttft_p50_ms is None


def test_tokens_of_a_call_over_midnight_fall_on_the_day_of_the_call(
    collector: CollectorService,
    frame: Frame,
    make_call: MakeCall,
    traces: TraceService,
    access: ProjectAccess,
    clock: FixedClock,
) -> None:
    midnight = clock.now().replace(hour=0)
    # The call begins half a millisecond before midnight, its attempt half a millisecond after.
    collector.accept(frame([make_call(int(midnight.timestamp()) * 10**9 - 500_000)]), replay=False)
    before = traces.overview(access, Period(midnight - timedelta(days=1), midnight), "model").totals
    after = traces.overview(access, Period(midnight, midnight + timedelta(days=1)), "model").totals
    assert (before.requests, before.cost_usd, after.requests, after.cost_usd) == (1, _ONE, 0, Decimal(0))


def test_a_model_that_no_provider_is_known_of_goes_by_its_name_alone(
    collector: CollectorService,
    frame: Frame,
    make_call: MakeCall,
    make_attempt: MakeAttempt,
    overview: Callable[[By], Overview],
    now_ns: int,
) -> None:
    own = make_attempt(now_ns - _HOUR_NS, provider="", model="own-llama", response_model="")
    collector.accept(frame([make_call(now_ns - _HOUR_NS, attempts=[own])]), replay=False)
    assert [group.key for group in overview("model").breakdown] == ["own-llama"]
