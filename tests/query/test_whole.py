"""What a query means in a list of traces, each shown by its root."""

from decimal import Decimal

import pytest

from trimtab.query.evaluate import Subject, fits
from trimtab.query.parse import parse
from trimtab.query.render import render
from trimtab.query.whole import of_trace


def _span(started_ns: int = 0, **values: object) -> Subject:
    usual = {"status": "ok", "call": False, "root": False, "source": "otlp"}
    return Subject(values={**usual, **values}, started_ns=started_ns, ended_ns=started_ns + 1)  # type: ignore[arg-type]


def _call(model: str, cost: str | None, said: str = "") -> Subject:
    facts: dict[str, object] = {"tokens.total": Decimal(100), "tokens.input": Decimal(90), "tokens.output": Decimal(10)}
    if cost is not None:
        facts["cost"] = Decimal(cost)
    return _span(model=(model, f"openai/{model}"), call=True, message=said, **facts)


AGENT = _span(root=True, kind="agent", message="", **{"tokens.total": Decimal(0)})
TRACE = [AGENT, _call("gpt-4o", "0.02", "where is oslo"), _call("o3", "0.01"), _span(kind="tool", status="error")]
GATEWAY = _span(root=True, call=True, source="gateway", cost=Decimal("0.05"), model=("gpt-4o", "openai/gpt-4o"))


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("cost = 0.03", True),
        ("cost > 0.03", False),
        ("cost != 0.03", False),
        ("cost in (0.01, 0.03)", True),
        ("cost exists", True),
        ("tokens.total >= 200", True),
        ("tokens.input = 180 and tokens.output = 20", True),
        ("model = gpt-4o", True),
        ('model = "openai/o3"', True),
        ("model != o3", False),
        ("model != claude", True),
        ("not model = gpt-4o", False),
        ("model in (claude, o3)", True),
        ('model = ""', False),
        ('model in ("", o3)', True),
        ('model in ("", claude)', False),
        ('prompt = ""', True),
        ("message contains Oslo", True),
        ("'bergen'", False),
        ("trace.cost = 0.03 and trace.tokens = 200 and trace.spans = 4 and trace.errors = 1", True),
        ("trace.errors > 1", False),
        ("has span(cost > 0.015)", True),
        ("has span(cost > 0.025)", False),
    ],
)
def test_condition_on_an_agents_trace_is_about_all_of_its_calls(*, query: str, is_found: bool) -> None:
    assert fits(of_trace(parse(query)), AGENT, TRACE) is is_found


def test_cost_of_a_trace_is_not_known_when_that_of_one_call_is_not() -> None:
    trace = [*TRACE, _call("house-model", None)]
    assert not fits(of_trace(parse("cost exists")), AGENT, trace)
    assert fits(of_trace(parse("tokens.total = 300")), AGENT, trace)


def test_call_through_the_gateway_has_its_own_cost_whatever_else_is_in_its_trace() -> None:
    trace = [GATEWAY, _span(root=True, call=True, source="gateway", cost=Decimal(1))]
    assert fits(of_trace(parse("cost = 0.05")), GATEWAY, trace)
    assert not fits(of_trace(parse("trace.cost = 0.05")), GATEWAY, trace)


def test_conditions_within_a_span_stay_about_that_span() -> None:
    query = parse("has span(model = o3 and cost > 1) and span(cost > 2) after span(tool)")
    assert of_trace(query) == query


def test_whole_of_the_whole_is_written_in_the_language() -> None:
    asked = of_trace(parse("model = o3 and cost > 1"))
    assert parse(render(asked)) == asked
