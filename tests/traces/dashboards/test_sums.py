"""Whatever a panel is cut by, its sums are those of the ledger and of the overview."""

import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimtab.base.clock import FixedClock
from trimtab.identity.access import ProjectAccess
from trimtab.llm.call import Attempt, Call, Outcome, PromptRef
from trimtab.llm.usage import Usage
from trimtab.query.parse import parse
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.collector import CollectorService
from trimtab.traces.dashboards.service import Answer
from trimtab.traces.filter import CallFilter
from trimtab.traces.service import Period, TraceService

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]
Ask = Callable[..., Answer]

SUMMED = ("calls", "errors", "cost", "tokens", "input_tokens", "output_tokens", "attempts")
DIMENSIONS = (
    *("model", "provider", "prompt", "prompt.version", "feature", "user", "session", "team", "environment", "arm"),
    *("error.code", "status", "http.status", "outcome", "stream", 'attributes["gen_ai.operation.name"]'),
)
FILTERS = ("", "error", "cost > 0.0001", 'feature = "chat" or user = "user-1"', "model = gpt-4o", "not cost exists")


@pytest.fixture
def many(
    collector: CollectorService, frame: Frame, make_call: MakeCall, make_attempt: MakeAttempt, clock: FixedClock
) -> None:
    """Store 150 calls of every sort over a day, the same each time."""
    chance = random.Random(7)  # noqa: S311 - data for a test, the same each time

    def attempt(at_ns: int) -> Attempt:
        model = chance.choice(("gpt-4o", "gpt-4o-mini", "nova-1"))
        facts: dict[str, Any] = {"model": model, "response_model": model}
        if chance.random() < 0.2:
            facts |= {"outcome": Outcome.UPSTREAM_ERROR, "usage": None, "status_code": 500, "first_token_ns": None}
        else:
            facts["usage"] = Usage(input_uncached=chance.randrange(900), output_text=chance.randrange(90))
        return make_attempt(at_ns, **facts)

    calls = []
    for _ in range(150):
        at_ns = clock.now_ns() - chance.randrange(86_000) * 10**9 - 10**9
        attempts = [attempt(at_ns) for _ in range(chance.choice((0, 1, 1, 1, 2)))]
        outcome = attempts[-1].outcome if attempts else Outcome.REFUSED
        prompt = PromptRef(name=chance.choice("pq"), version=chance.choice((1, 2)), release_id="r", environment="e")
        calls.append(
            make_call(
                at_ns,
                attempts=attempts,
                outcome=outcome,
                prompt=chance.choice((None, prompt)),
                feature=chance.choice(("", "chat", "search", "mail")),
                user_id=chance.choice(("", "user-1", "user-2", "ünder\x1fscore")),
                session_id=chance.choice(("", "s1", "s2")),
                environment=chance.choice(("production", "staging")),
                stream=chance.random() < 0.5,
            )
        )
    assert collector.accept(frame(calls), replay=False).accepted == len(calls)


def _sum(values: Iterable[Any]) -> Any:
    return sum((value for value in values if value is not None), Decimal(0))


PANELS = st.fixed_dictionaries(
    {
        "by": st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique=True).map(tuple),
        "where": st.sampled_from(FILTERS),
        "environment": st.sampled_from((None, "staging")),
        "limit": st.integers(1, 12),
        "over_time": st.booleans(),
        "sort": st.sampled_from(SUMMED),
    }
)


@pytest.mark.usefixtures("many")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(panel=PANELS)
def test_groups_and_the_rest_and_the_steps_sum_to_the_ledger_and_the_overview(
    ask: Ask,
    traces: TraceService,
    access: ProjectAccess,
    clock: FixedClock,
    warehouse: Warehouse,
    panel: dict[str, Any],
) -> None:
    found = ask(*SUMMED, **panel)
    parts = [*found.groups, *([found.rest] if found.rest else [])]
    for measure in SUMMED:
        assert _sum(part.values[measure] for part in parts) == (found.totals[measure] or 0), measure
        for part in parts:
            if part.points:
                assert _sum(point.values[measure] for point in part.points) == (part.values[measure] or 0), measure
    wanted = CallFilter(environment=panel["environment"], where=parse(panel["where"]))
    overview = traces.overview(access, Period(clock.now() - timedelta(days=1), clock.now()), "model", wanted).totals
    assert found.totals["calls"] == overview.requests
    assert found.totals["errors"] == overview.errors
    assert found.totals["cost"] == overview.cost_usd
    assert found.totals["tokens"] == overview.input_tokens + overview.output_tokens
    assert found.unpriced_calls == overview.unpriced_requests
    if wanted == CallFilter():
        (ledger,) = warehouse.query(
            "SELECT sum(cost_usd) AS cost, count() AS attempts FROM ledger FINAL WHERE project_id = {p:String}",
            {"p": access.project.id},
        )
        assert (ledger["cost"], ledger["attempts"]) == (found.totals["cost"], found.totals["attempts"])
