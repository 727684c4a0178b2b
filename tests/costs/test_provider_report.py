"""Exports of providers, in the shapes in which they come."""

import json
from decimal import Decimal

import pytest

from trimtab.base.errors import InvalidInput, TooLarge
from trimtab.costs import provider_report
from trimtab.costs.provider_report import Columns, Form, ReportLine

_DAY_S = 1_793_491_200  # 2026-11-01 in UTC


def openai(*results: dict[str, object]) -> str:
    return json.dumps({"object": "page", "data": [{"object": "bucket", "start_time": _DAY_S, "results": results}]})


def anthropic(*results: dict[str, object]) -> str:
    return json.dumps({"data": [{"starting_at": "2026-11-01T00:00:00Z", "results": results}], "has_more": False})


def test_openai_usage_is_read_with_cached_tokens_within_the_input() -> None:
    text = openai(
        {"input_tokens": 1000, "input_cached_tokens": 800, "output_tokens": 50, "model": "gpt-4o-2024-08-06"},
        {"input_tokens": 10, "output_tokens": 5, "model": "gpt-4o-2024-08-06"},
        {"input_tokens": 1, "output_tokens": 1, "model": "gpt-5"},
    )
    assert provider_report.read(text) == (
        Form.OPENAI,
        [
            ReportLine(day="2026-11-01", model="gpt-4o", input_tokens=1010, output_tokens=55),
            ReportLine(day="2026-11-01", model="gpt-5", input_tokens=1, output_tokens=1),
        ],
    )


def test_openai_costs_are_exact_and_their_line_items_name_models() -> None:
    text = openai(
        {"amount": {"value": 0.1, "currency": "usd"}, "line_item": "gpt-4o-2024-08-06, input"},
        {"amount": {"value": 0.2, "currency": "usd"}, "line_item": "gpt-4o-2024-08-06, output"},
        {"amount": {"value": 1, "currency": "usd"}, "line_item": None},
    )
    assert provider_report.read(text)[1] == [
        ReportLine(day="2026-11-01", model="*", cost_usd=Decimal(1)),
        ReportLine(day="2026-11-01", model="gpt-4o", cost_usd=Decimal("0.3")),
    ]


def test_anthropic_usage_counts_cached_tokens_beside_the_input() -> None:
    text = anthropic(
        {
            "uncached_input_tokens": 1500,
            "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
            "cache_read_input_tokens": 200,
            "output_tokens": 50,
            "model": "claude-sonnet-4-5-20250929",
        }
    )
    assert provider_report.read(text) == (
        Form.ANTHROPIC,
        [ReportLine(day="2026-11-01", model="claude-sonnet-4-5", input_tokens=3200, output_tokens=50)],
    )


def test_anthropic_amounts_are_cents() -> None:
    text = anthropic({"currency": "USD", "amount": "123.45", "model": "claude-haiku-4-5"})
    assert provider_report.read(text)[1][0].cost_usd == Decimal("1.2345")


def test_csv_is_read_by_the_names_in_use_or_by_those_given() -> None:
    usual = 'Date,Model,Cost\n2026-11-01,gpt-5,"$1,000.50"\n2026-11-02T23:30:00-02:00,gpt-5,2\n\n'
    assert provider_report.read(usual) == (
        Form.CSV,
        [
            ReportLine(day="2026-11-01", model="gpt-5", cost_usd=Decimal("1000.5")),
            ReportLine(day="2026-11-03", model="gpt-5", cost_usd=Decimal(2)),
        ],
    )
    own = "Tag,when,deployment,in\nx,2026-11-01,ours,7\n"
    columns = Columns(day="when", model="deployment", input_tokens="in")
    assert provider_report.read(own, columns)[1] == [ReportLine(day="2026-11-01", model="ours", input_tokens=7)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("{", "begins like JSON"),
        ('{"data": 3}', "no list `data`"),
        ('{"data": [{"start_time": 1}]}', r"data\[0\] has no list"),
        ('{"data": []}', "no line"),
        (openai({"amount": {"value": 1, "currency": "eur"}}), "only US dollars"),
        (openai({"input_tokens": -1, "model": "m"}), "not a count"),
        ('{"data": [{"start_time": "soon", "results": [{"input_tokens": 1}]}]}', "has no day"),
        ('{"data": [{"start_time": 1, "results": [{"amount": {"value": NaN}}]}]}', "NaN is not a number"),
        ("a,b\n1,2\n", "not recognised among: a, b"),
        ("day,cost\n2026-11-01,free\n", "line 2: 'free' is not an amount"),
        ("day,cost\n2026-13-01,1\n", "line 2 has no day"),
        ("day,cost\n", "no line"),
    ],
)
def test_what_is_no_export_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        provider_report.read(text)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidInput, match="no column 'kosten'"):
        provider_report.read("day,cost\n2026-11-01,1\n", Columns(cost_usd="kosten"))


def test_too_many_lines_are_refused() -> None:
    rows = "".join(f"2026-11-01,m{number},1\n" for number in range(provider_report.MOST_LINES + 1))
    with pytest.raises(TooLarge):
        provider_report.read("day,model,cost\n" + rows)
