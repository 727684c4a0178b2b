"""A project with calls of two models over a day, and a way to ask panels."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from trimtab.base.clock import FixedClock
from trimtab.identity.access import ProjectAccess
from trimtab.identity.audit import Audit
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.collector import CollectorService
from trimtab.traces.dashboards.panel import Panel
from trimtab.traces.dashboards.service import Answer, DashboardService
from trimtab.traces.service import Period

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]
Ask = Callable[..., Answer]
HOUR_NS = 3600 * 10**9


@pytest.fixture
def service(warehouse: Warehouse, clock: FixedClock, tmp_path: Any) -> Iterable[DashboardService]:
    """Give the service; nothing is kept in its meta store here."""
    meta = Meta(f"sqlite:///{tmp_path / 'meta.db'}")
    yield DashboardService(meta, Audit(meta, clock), clock, warehouse)
    meta.close()


@pytest.fixture
def ask(service: DashboardService, access: ProjectAccess, clock: FixedClock) -> Ask:
    """Give a function that asks a panel over the last day."""

    def answer(*measures: str, environment: str | None = None, **facts: Any) -> Answer:
        panel = Panel(**({"title": "Panel", "chart": "table", "measures": measures} | facts))
        return service.query(access, panel, Period(clock.now() - timedelta(days=1), clock.now()), environment)

    return answer


@pytest.fixture
def day(
    collector: CollectorService, frame: Frame, make_call: MakeCall, make_attempt: MakeAttempt, clock: FixedClock
) -> list[Call]:
    """Store seven calls of the last day: three good ones, one without a price, one tried twice, one turned away, one of
    another feature.
    """
    now_ns = clock.now_ns()
    unpriced = make_attempt(now_ns - 3 * HOUR_NS, provider="lab", model="nova-1", response_model="")
    failed = make_attempt(
        now_ns - 4 * HOUR_NS,
        model="gpt-4o-mini",
        response_model="gpt-4o-mini",
        outcome=Outcome.UPSTREAM_ERROR,
        usage=None,
        first_token_ns=None,
        status_code=500,
    )
    calls = [
        *(make_call(now_ns - 2 * HOUR_NS + place * 10**9) for place in range(3)),
        make_call(now_ns - 3 * HOUR_NS, attempts=[unpriced], feature="search", user_id="user-2"),
        make_call(now_ns - 4 * HOUR_NS, attempts=[failed, make_attempt(now_ns - 4 * HOUR_NS)], feature="search"),
        make_call(
            now_ns - 5 * HOUR_NS,
            attempts=[],
            outcome=Outcome.REFUSED,
            prompt=None,
            feature="",
            environment="staging",
            user_id="",
            session_id="",
        ),
        make_call(now_ns - 6 * HOUR_NS, feature="mail", session_id="session-2"),
    ]
    assert collector.accept(frame(calls), replay=False).accepted == len(calls)
    return calls
